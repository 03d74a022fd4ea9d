"""One exception, with a code, a place and a report."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bailiwick import BailiwickError, Denied, Engine, Origin, PolicyError, Task, reason_codes
from conftest import ALICE, BOT, CATALOG, POLICIES

#: The same, for calls with the wrong types.
ENGINE: Any = Engine


def test_a_policy_error_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "good.cedar").write_text("permit (principal, action, resource);")
    (tmp_path / "sub" / "bad.cedar").write_text(
        'permit (principal, action, resource)\n  when { context.nothing == "a" };\n'
    )
    with pytest.raises(PolicyError) as caught:
        Engine.from_dir(tmp_path)
    error = caught.value
    assert (error.code, error.file, error.line) == ("policy.invalid", "sub/bad.cedar", 2)
    assert isinstance(error.column, int)
    assert str(error) == error.message
    assert str(error).startswith("sub/bad.cedar:2:")
    assert "context.nothing" in error.report  # with the source around it


def test_a_syntax_error_has_its_place() -> None:
    with pytest.raises(PolicyError) as caught:
        Engine({"a.cedar": "permit (principal, action, resource);\npermit (principal, action resource);"})
    assert (caught.value.file, caught.value.line, caught.value.column) == ("a.cedar", 2, 27)


def test_a_catalog_in_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "all.cedar").write_text("")
    tools = tmp_path / "my-tools.json"
    tools.write_text('{\n "tools": [],\n}')
    with pytest.raises(PolicyError) as caught:
        Engine.from_dir(tmp_path, catalog=tools)
    assert (caught.value.code, caught.value.file, caught.value.line) == ("json.malformed", str(tools), 3)


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (lambda engine: engine.begin(origin={"kind": "robot"}, agent=BOT), "json.malformed"),
        (lambda engine: engine.begin(origin="alice", agent=BOT), "json.malformed"),
        (lambda engine: engine.begin(origin=None, agent=BOT), "json.malformed"),
        (lambda engine: engine.begin(origin=Origin.user("", "alice"), agent=BOT), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=("only-one",)), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=(1, 2)), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, grant={"action": ["read"]}), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, grant=["read"]), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, prompt=3), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, depth_max=True), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, lifetime_ms=3600.0), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, lifetime_ms="1h"), "json.malformed"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, lifetime_ms=-1), "chain.lifetime"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, now_ms=1.5), "usage"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, now_ms=True), "usage"),
        (lambda engine: engine.begin(origin=ALICE, agent=BOT, now_ms=10**18), "usage"),
        (lambda engine: engine.resume("{"), "json.malformed"),
        (lambda engine: engine.resume(3), "json.malformed"),
        (lambda engine: engine.decide("{}", ledger="{"), "json.malformed"),
        (lambda engine: engine.decide("{}", now_ms="now"), "usage"),
        (lambda engine: engine.parameters(3), "usage"),
        (lambda engine: engine.load_policies("permit (principal, action, resource);"), "usage"),
        (lambda engine: engine.load_policies({"a.cedar": b""}), "usage"),
        (lambda engine: engine.load_policies({3: ""}), "usage"),
        (lambda engine: engine.load_registry("{"), "json.malformed"),
        (lambda engine: engine.load_registry(None), "json.malformed"),
        (lambda engine: engine.reload(3), "usage"),
        (lambda engine: ENGINE(None), "usage"),
        (lambda engine: Engine({"a.cedar": ""}, seal_key=b"short"), "usage"),
        (lambda engine: ENGINE({"a.cedar": ""}, seal_key="x" * 32), "usage"),
        (lambda engine: ENGINE({"a.cedar": ""}, accept_claimed_chains="false"), "usage"),
        (lambda engine: ENGINE({"a.cedar": ""}, accept_claimed_chains=1), "usage"),
        (lambda engine: Engine({"a.cedar": ""}, catalog="tools.json"), "json.malformed"),
        (lambda engine: ENGINE.from_dir(3), "usage"),
        (lambda engine: Engine.from_dir("/dev/null"), "file.unreadable"),
        (lambda engine: Origin.user("https://idp.example", "alice", groups="finance"), "usage"),
        (lambda engine: engine.log.head(-1), "usage"),
        (lambda engine: engine.log.verify({"size": 0}), "json.malformed"),
    ],
)
def test_wrong_use_raises_one_error(engine: Engine, attempt: Callable[[Engine], Any], code: str) -> None:
    with pytest.raises(BailiwickError) as caught:
        attempt(engine)
    assert caught.value.code == code, str(caught.value)
    assert caught.value.report


def test_what_does_not_load_leaves_what_was_in_force(engine: Engine, task: Task) -> None:
    attempts: list[Callable[[], None]] = [
        lambda: engine.load_policies({"a.cedar": "permit"}),
        lambda: engine.load_registry({"agents": [{"issuer": "a"}]}),
        lambda: engine.load_entities([{"uid": {"type": "Agent", "id": "x"}, "attrs": {}, "parents": []}]),
    ]
    for attempt in attempts:
        with pytest.raises(PolicyError):
            attempt()
        assert task.decide("mail.read", {"id": "m-17"}).allowed


def test_errors_survive_pickling() -> None:
    with pytest.raises(PolicyError) as caught:
        Engine({"a.cedar": "permit"})
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is PolicyError
    assert vars(again) == vars(caught.value)


def test_a_decision_is_no_truth(task: Task) -> None:
    decision = task.decide("mail.read", {"id": "m-17"})
    with pytest.raises(TypeError, match=r"\.allowed"):
        bool(decision)
    with pytest.raises(TypeError):
        _ = not decision
    with pytest.raises(AttributeError):
        decision.allowed = True  # type: ignore[misc]


def test_the_model_is_told_nothing(task: Task) -> None:
    decision = task.decide("erp.pay", {"iban": "DE89", "amount": "900.00"})
    assert str(Denied(decision)) == decision.message == "This action needs a person's approval."
    assert "large-pays" not in str(Denied(decision))


def test_every_code_is_told() -> None:
    codes = reason_codes()
    assert codes["permitted"]
    assert "engine.internal" in codes
    assert all(re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)?", code) and meaning for code, meaning in codes.items())


def test_from_dir_reads_everything(tmp_path: Path, task: Task) -> None:
    import json

    from conftest import REGISTRY

    (tmp_path / "all.cedar").write_text(POLICIES)
    (tmp_path / "tools.json").write_text(json.dumps(CATALOG))
    (tmp_path / "registry.json").write_text(json.dumps(REGISTRY))
    engine = Engine.from_dir(str(tmp_path))
    begun = engine.begin(origin=ALICE, agent=BOT)
    assert begun.decide("mail.read", {"id": "m-17"}).allowed
    (tmp_path / "all.cedar").write_text("permit (principal, action, resource) when {")
    with pytest.raises(PolicyError):
        engine.reload(tmp_path)
    assert begun.decide("mail.read", {"id": "m-17"}).allowed
    (tmp_path / "all.cedar").write_text("")
    engine.reload(tmp_path)
    assert begun.decide("mail.read", {"id": "m-17"}).reason.code == "policy.no_permit"
    nobody = Engine.from_dir(tmp_path, registry={"agents": []})
    assert nobody.begin(origin=ALICE, agent=BOT).decide("mail.read", {"id": "m-17"}).reason.code == "registry.unknown"
