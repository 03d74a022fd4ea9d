"""Runs every file in ``testdata/decisions`` and ``testdata/chains``: the same files the Rust and Node suites run."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bailiwick import BailiwickError, Decision, Engine, PolicyError, PolicyWarning

TESTDATA = Path(__file__).parents[2] / "testdata"
#: Where cases stand, and where the setups they name.
FOLDERS = {"decisions": "setups", "chains/cases": "chains/setups", "chains/formats": "chains/setups"}
CASES = [path for folder in FOLDERS for path in sorted((TESTDATA / folder).glob("*.json"))]
#: What the suites seal with when a setup names no key.
SEAL_KEY = "00" * 32


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def setup_of(setup: str | dict[str, Any], home: Path) -> dict[str, Any]:
    if isinstance(setup, str):
        return setup_of(read(home / f"{setup}.json"), home)
    base = setup_of(setup["base"], home) if "base" in setup else {}
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


def decisions(engine: Engine, case: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Decision | None]]:
    """The record of each decision, and the decision itself where the door hands it out."""
    how = {"ledger": case.get("ledger"), "now_ms": case["now_ms"]}
    if "authzen" in case:
        for request in (case["authzen"], json.dumps(case["authzen"])):
            answer = engine.decide_authzen(request, **how)
            record = json.loads(engine.log.entries()[-1])
            assert answer["decision"] is (record["effect"] == "allow")
            assert answer["context"]["code"] == record["reason"]["code"]
            yield record, None
        return
    for request in requests(case):
        decision = engine.decide(request, **how)
        assert decision.allowed is (decision.effect == "allow")
        assert decision.reason.code == decision.to_dict()["reason"]["code"]
        assert engine.log.entries(start=len(engine.log) - 1) == [decision.to_json().encode()]
        yield decision.to_dict(), decision


def found(record: dict[str, Any], member: str, expected: Any) -> Any:
    reason = record["reason"]
    if member == "chain":
        return {name: record["chain"].get(name) for name in expected}
    if member == "reason":
        return reason["code"]
    if member in ("hop", "gate", "policies"):
        return reason.get(member)
    return len(record.get("findings", [])) if member == "findings" else record.get(member)


def test_there_are_cases() -> None:
    count = {folder: len(list((TESTDATA / folder).glob("*.json"))) for folder in FOLDERS}
    assert count["decisions"] >= 60
    assert count["chains/cases"] >= 400
    assert count["chains/formats"] >= 30


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case_is_decided_as_it_says(path: Path) -> None:
    case = read(path)
    setup = setup_of(case["setup"], TESTDATA / FOLDERS[path.parent.relative_to(TESTDATA).as_posix()])
    if "load_error" in case:
        with pytest.raises(PolicyError) as caught:
            load(setup)
        error = {name: getattr(caught.value, name) for name in case["load_error"]}
        assert error == case["load_error"], caught.value.report
        assert isinstance(caught.value, BailiwickError)
        assert caught.value.report
        return
    expect = case["expect"]
    # Some cases name agents that their registry does not have; that is warned about, too.
    with warnings.catch_warnings(record=True) as caught_warnings:
        warnings.simplefilter("always", PolicyWarning)
        engine = loaded(setup)
    if "warning" in expect:
        assert any(expect["warning"] in str(warning.message) for warning in caught_warnings)
    about = {name: expect[name] for name in ("is_of", "warning", "explain_lacks") if name in expect}
    for record, decision in decisions(engine, case):
        said = {member: found(record, member, expect[member]) for member in expect if member not in about}
        assert said == {member: expect[member] for member in said}, record
        if "warning" in about:
            assert any(about["warning"] in str(warning) for warning in engine.warnings)
        if decision is None:
            continue
        if "is_of" in about:
            assert decision.is_of(case["executed"]["tool"], case["executed"]["arguments"]) is about["is_of"]
        if "explain_lacks" in about:
            assert about["explain_lacks"] not in decision.explain()


FORMATS = [path for path in CASES if path.parent.name == "formats"]


@pytest.mark.parametrize("path", FORMATS, ids=lambda path: path.stem)
def test_a_task_decides_as_the_stateless_door(path: Path) -> None:
    case = read(path)
    engine = loaded(setup_of(case["setup"], TESTDATA / FOLDERS["chains/formats"]))
    expect, chain, call = case["expect"], case["request"]["chain"], case["request"]["call"]
    try:
        received = engine.resume(chain, ledger=case.get("ledger"), now_ms=case["now_ms"])
    except BailiwickError as error:
        refused: str | None = error.code
    else:
        refused = None
        asked = case["request"]
        how = {"host": asked.get("host"), "presenter": asked.get("presenter"), "now_ms": case["now_ms"]}
        decision = received.decide(call["tool"], call["arguments"], **how)
        assert {member: found(decision.to_dict(), member, expect[member]) for member in expect} == expect
        # To read twice does no harm.
        if "proof" in decision.to_dict() and decision.to_dict()["call"]["effects"] != ["read"]:
            assert received.decide(call["tool"], call["arguments"], **how).reason.code == "proof.replay"
    assert refused in (None, expect["reason"])
