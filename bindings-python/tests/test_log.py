"""The log proves what was decided."""

from __future__ import annotations

import hashlib

import pytest
from bailiwick import BailiwickError, Engine, Log, Task


@pytest.fixture
def log(engine: Engine, task: Task) -> Log:
    for number in range(11):
        task.decide("mail.read", {"id": f"m-{number}"})
    return engine.log


def test_entries_are_the_decisions(engine: Engine, task: Task) -> None:
    decisions = [task.decide("mail.read", {"id": "m-17"}), task.decide("mail.send", {}), engine.decide("{}")]
    assert engine.log.entries() == [decision.to_json().encode() for decision in decisions]
    for decision in decisions:
        assert decision.id == "dec_" + hashlib.sha256(decision.to_json().encode()).hexdigest()[:32]


def test_an_empty_log(engine: Engine) -> None:
    assert len(engine.log) == 0
    assert engine.log.head() == {"size": 0, "root": "sha256:" + hashlib.sha256(b"").hexdigest()}
    engine.log.verify(engine.log.head())


def test_every_entry_is_proven_under_every_head(log: Log) -> None:
    entries = log.entries()
    for size in range(1, len(log) + 1):
        head = log.head(size)
        for index in range(size):
            proof = log.inclusion(index, size)
            assert Log.verify_inclusion(head, index, entries[index], proof)
            assert not Log.verify_inclusion(head, index, entries[index] + b" ", proof)
            assert not Log.verify_inclusion(head, index + 1, entries[index], proof)


def test_every_head_grows_from_every_earlier_one(log: Log) -> None:
    for new in range(len(log) + 1):
        for old in range(new + 1):
            proof = log.consistency(old, new)
            assert Log.verify_consistency(log.head(old), log.head(new), proof)
            if 0 < old < new:
                forged = {"size": old, "root": log.head(new)["root"]}
                assert not Log.verify_consistency(forged, log.head(new), proof)


def test_damage_is_found(log: Log) -> None:
    head = log.head()
    log.verify(head)
    entries = log.entries()
    log.verify(head, entries)
    for index in (0, 5, 10):
        damaged = list(entries)
        damaged[index] = damaged[index].replace(b"allow", b"deny")
        with pytest.raises(BailiwickError, match=rf"entry {index} ") as caught:
            log.verify(head, damaged)
        assert caught.value.code == "log.damaged"
    for damaged in (entries[:-1], entries[1:], [*entries[:3], *entries[4:]], entries[::-1]):
        with pytest.raises(BailiwickError):
            log.verify(head, damaged)
    with pytest.raises(BailiwickError, match="head"):
        log.verify({"size": head["size"], "root": "sha256:" + "0" * 64})
    with pytest.raises(BailiwickError):
        log.verify({"size": head["size"] + 1, "root": head["root"]})


def test_what_is_not_there_has_no_proof(log: Log) -> None:
    for attempt in (
        lambda: log.inclusion(11, 11),
        lambda: log.inclusion(0, 12),
        lambda: log.inclusion(-1, 3),
        lambda: log.inclusion(True, 3),
        lambda: log.consistency(3, 2),
        lambda: log.consistency(0, 12),
        lambda: log.head(12),
        lambda: log.entries(-1),
        lambda: log.verify(log.head(), ["text"]),  # type: ignore[list-item]
        lambda: Log.verify_inclusion(log.head(), 0, "text", []),  # type: ignore[arg-type]
        lambda: Log.verify_inclusion(log.head(), 0, b"", ["no digest"]),
    ):
        with pytest.raises(BailiwickError):
            attempt()
    assert log.entries(100) == []
