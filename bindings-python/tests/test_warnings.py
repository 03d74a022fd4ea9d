"""What is odd about policies, as `bailiwick check --json` has it: `testdata/mistakes/warnings.json`."""

from __future__ import annotations

import json
import pickle
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bailiwick import Engine, PolicyWarning

MISTAKES = Path(__file__).parents[2] / "testdata/mistakes"
CASES = json.loads((MISTAKES / "warnings.json").read_text())
SHOP = {path.name: path.read_text() for path in sorted((MISTAKES / "shop").iterdir())}


def written(warning: PolicyWarning) -> dict[str, Any]:
    members = {name: getattr(warning, name) for name in ("code", "message", "file", "line", "column")}
    return {name: member for name, member in members.items() if member is not None}


def texts(case: dict[str, Any], ending: str) -> dict[str, str]:
    return {name: text for name, text in (SHOP | case["write"]).items() if name.endswith(ending)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_warnings_have_code_and_place(case: dict[str, Any], tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(MISTAKES / "shop", shop)
    for name, text in case["write"].items():
        (shop / name).write_text(text)

    def of_texts() -> Engine:
        files = SHOP | case["write"]
        return Engine(
            texts(case, ".cedar"),
            schema=texts(case, ".cedarschema"),
            catalog=files["tools.json"],
            registry=files["registry.json"],
            entities=files["entities.json"],
        )

    makers: list[Callable[[], Engine]] = [lambda: Engine.from_dir(shop), of_texts]
    for make in makers:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            engine = make()
        assert list(map(written, engine.warnings)) == case["expect"]
        emitted = [warning.message for warning in caught]
        assert all(isinstance(warning, PolicyWarning) for warning in emitted)
        assert [written(warning) for warning in emitted if isinstance(warning, PolicyWarning)] == [
            warning for warning in case["expect"] if "line" in warning
        ]


def test_the_text_has_the_place_in_front() -> None:
    never = {"all.cedar": "permit (principal, action, resource) when { 1 == 2 };"}
    with pytest.warns(PolicyWarning):
        engine = Engine(never, catalog={"tools": []}, registry=SHOP["registry.json"])
    (odd, *_) = engine.warnings
    assert str(odd) == f"{odd.file}:{odd.line}:{odd.column}: {odd.message}"
    copy = pickle.loads(pickle.dumps(odd))
    assert (str(copy), written(copy)) == (str(odd), written(odd))


def test_a_registry_that_lacks_a_name_is_warned_about_when_it_is_loaded() -> None:
    named = {"named.cedar": 'forbid (principal in Blueprint::"support-bots", action, resource);'}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        engine = Engine(named, catalog=SHOP["tools.json"], schema={"s": SHOP["shop.cedarschema"]})
        engine.load_registry(SHOP["registry.json"])
    with pytest.warns(PolicyWarning, match='did you mean `Blueprint::"suport-bots"`'):
        engine.load_registry(SHOP["registry.json"].replace("support-bots", "suport-bots"))
