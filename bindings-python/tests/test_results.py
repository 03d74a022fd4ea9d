"""Outputs as protocols wrap them: MCP's results, and lists of content parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bailiwick import BailiwickError, Engine, Task
from conftest import ALICE, BOT, REGISTRY

FILE = json.loads((Path(__file__).parents[2] / "testdata" / "results.json").read_text())


@pytest.fixture(scope="module")
def office() -> Engine:
    return Engine({"all.cedar": "permit (principal, action, resource);"}, catalog=FILE["catalog"], registry=REGISTRY)


def verdict(task: Task) -> str:
    decision = task.decide(FILE["call"]["tool"], FILE["call"]["arguments"])
    assert decision.intent is not None
    return str(decision.intent["verdict"])


@pytest.mark.parametrize("case", FILE["cases"], ids=[case["note"] for case in FILE["cases"]])
def test_the_cases_all_languages_share(office: Engine, case: dict[str, Any]) -> None:
    task = office.begin(origin=ALICE, agent=BOT, prompt=FILE["prompt"])
    task.observe(case["tool"], {}, case["output"])
    assert verdict(task) == case["verdict"]

    @office.guard(case["tool"])
    def tool() -> Any:
        return case["output"]

    with office.begin(origin=ALICE, agent=BOT, prompt=FILE["prompt"]) as guarded:
        tool()
        assert verdict(guarded) == case["verdict"]


class Model:
    """As pydantic's models, which MCP's SDK returns."""

    def __init__(self, **members: Any) -> None:
        self.members = members

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        assert mode == "json"
        return {name: dumped(member) for name, member in self.members.items()}


def dumped(value: Any) -> Any:
    return [dumped(item) for item in value] if isinstance(value, list) else getattr(value, "members", value)


def test_models_are_observed_as_what_they_hold(office: Engine) -> None:
    record = {"name": "Acme", "iban": FILE["call"]["arguments"]["iban"]}
    part = Model(type="text", text=json.dumps(record))
    for output in (Model(content=[part], isError=False), [part], part, (part,)):
        task = office.begin(origin=ALICE, agent=BOT, prompt=FILE["prompt"])
        task.observe("customer.get", {}, output)
        assert verdict(task) == "aligned"

    class Broken:
        def model_dump(self, *, mode: str) -> dict[str, Any]:
            raise RuntimeError(mode)

    with pytest.raises(BailiwickError):
        office.begin(origin=ALICE, agent=BOT, prompt=FILE["prompt"]).observe("customer.get", {}, Broken())


def test_guards_observe_models(office: Engine) -> None:
    record = {"name": "Acme", "iban": FILE["call"]["arguments"]["iban"]}
    result = Model(content=[Model(type="text", text=json.dumps(record))], isError=False)

    @office.guard("customer.get")
    def find() -> Any:
        return result

    with office.begin(origin=ALICE, agent=BOT, prompt=FILE["prompt"]) as task:
        assert find() is result
        assert verdict(task) == "aligned"
