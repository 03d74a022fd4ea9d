"""Runs every file in ``testdata/decisions``: the same files the Rust and Node suites run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bailiwick import BailiwickError, Engine, PolicyError

TESTDATA = Path(__file__).parents[2] / "testdata"
CASES = sorted((TESTDATA / "decisions").glob("*.json"))
#: What the suites seal with when a setup names no key.
SEAL_KEY = "00" * 32


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def setup_of(case: dict[str, Any]) -> dict[str, Any]:
    setup = case["setup"]
    if isinstance(setup, str):
        setup = {"base": setup}
    base = read(TESTDATA / "setups" / f"{setup['base']}.json") if "base" in setup else {}
    return {**base, **{name: member for name, member in setup.items() if name != "base"}}


def load(setup: dict[str, Any]) -> Engine:
    key = bytes.fromhex(setup.get("seal_key", SEAL_KEY))
    return Engine(**{**setup, "seal_key": key})


_engines: dict[str, Engine] = {}


def loaded(setup: dict[str, Any]) -> Engine:
    name = json.dumps(setup, sort_keys=True)
    if name not in _engines:
        _engines[name] = load(setup)
    return _engines[name]


def requests(case: dict[str, Any]) -> list[Any]:
    """The request as text, and as Python has it: both doors lead to the same decision."""
    return [case["request_text"]] if "request_text" in case else [case["request"], json.dumps(case["request"])]


def found(record: dict[str, Any], member: str) -> Any:
    reason = record["reason"]
    if member == "reason":
        return reason["code"]
    if member in ("hop", "gate", "policies"):
        return reason.get(member)
    return len(record.get("findings", [])) if member == "findings" else record.get(member)


def test_there_are_cases() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_is_decided_as_it_says(path: Path) -> None:
    case = read(path)
    setup = setup_of(case)
    if "load_error" in case:
        with pytest.raises(PolicyError) as caught:
            load(setup)
        error = {name: getattr(caught.value, name) for name in case["load_error"]}
        assert error == case["load_error"], caught.value.report
        assert isinstance(caught.value, BailiwickError)
        assert caught.value.report
        return
    engine = loaded(setup)
    for request in requests(case):
        decision = engine.decide(request, ledger=case.get("ledger"), now_ms=case["now_ms"])
        record = decision.to_dict()
        assert {member: found(record, member) for member in case["expect"]} == case["expect"], decision.explain()
        assert decision.allowed is (record["effect"] == "allow")
        assert decision.reason.code == record["reason"]["code"]
        assert engine.log.entries(start=len(engine.log) - 1) == [decision.to_json().encode()]
