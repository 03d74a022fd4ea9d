"""Engines and tasks are shared between threads; what is in force changes meanwhile."""

from __future__ import annotations

import re
import sys
import sysconfig
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bailiwick import Engine, Task
from conftest import ALICE, BOT, POLICIES, REGISTRY


def run(*works: Callable[[], None]) -> None:
    errors: list[BaseException] = []

    def caught(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=caught, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors


def test_decisions_while_everything_is_swapped(engine: Engine, task: Task) -> None:
    """Each decision is one of the two sets', never of a mixture: with either, a small payment is decided clearly."""
    seen: Counter[tuple[str, str]] = Counter()
    lock = threading.Lock()
    done = threading.Event()

    def decide() -> None:
        mine: Counter[tuple[str, str]] = Counter()
        while not done.is_set():
            decision = task.decide("erp.pay", {"iban": "DE89", "amount": "1.00"})
            mine[decision.effect, decision.reason.code] += 1
        with lock:
            seen.update(mine)

    def swap() -> None:
        try:
            for turn in range(12):
                engine.load_policies({"all.cedar": POLICIES} if turn % 2 else {"none.cedar": ""})
                engine.load_registry(REGISTRY if turn % 3 else {"agents": []})
                engine.log.verify(engine.log.head(min(len(engine.log), 50)), engine.log.entries()[:50])
                engine.log.entries(start=max(0, len(engine.log) - 3))
        finally:
            done.set()

    run(decide, decide, swap)
    assert set(seen) <= {("allow", "permitted"), ("deny", "policy.no_permit"), ("deny", "registry.unknown")}
    assert len(engine.log) == seen.total()
    engine.log.verify(engine.log.head())


@pytest.fixture
def never_interrupted() -> Iterator[None]:
    """No thread is interrupted: others run only when one gives the interpreter lock away itself."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1_000)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


WRITTEN = "Please see the attached minutes of the meeting. " * 4_000
CHAIN_REQUEST = {"call": {"tool": "note.free", "arguments": {"value": WRITTEN}}}


TASKS = ["decide", "decide_many", "observe", "know", "extend"]
ENGINES = ["engine.decide", "engine.decide_many", "authzen", "begin", "resume", "load"]


@pytest.mark.parametrize("name", TASKS + ENGINES)
@pytest.mark.usefixtures("never_interrupted")
def test_other_threads_run_meanwhile(name: str, engine: Engine, task: Task) -> None:
    request = {"chain": task.chain, **CHAIN_REQUEST}
    arguments: dict[str, Any] = {"value": WRITTEN}
    action = {"subject": {"type": "user", "id": "alice"}, "action": {"name": "note.free"}}
    evaluation = {**action, "resource": {"type": "tool", "id": "note.free"}, "context": {"arguments": arguments}}
    policies = {"all.cedar": POLICIES, "more.cedar": "permit (principal, action, resource);\n" * 50}
    prompt = "Pay the March invoices. " * 300
    calls: dict[str, Callable[[], object]] = {
        "decide": lambda: task.decide("note.free", arguments),
        "decide_many": lambda: task.decide_many([("note.free", arguments)]),
        "engine.decide": lambda: engine.decide(request),
        "engine.decide_many": lambda: engine.decide_many([request]),
        "authzen": lambda: engine.decide_authzen(evaluation, subject_issuer="https://idp.example", agent=BOT),
        "observe": lambda: task.observe("mail.read", {"id": "m-17"}, WRITTEN),
        "know": lambda: task.know({"text": WRITTEN}),
        "begin": lambda: engine.begin(origin=ALICE, agent=BOT, prompt=prompt),
        "extend": lambda: task.extend(prompt),
        "resume": lambda: engine.resume(task.chain),
        "load": lambda: engine.load_policies(policies),
    }
    ready, ran = threading.Lock(), threading.Event()
    ready.acquire()

    def other() -> None:
        with ready:
            ran.set()

    thread = threading.Thread(target=other)
    thread.start()
    ready.release()
    # Without the lock given away, no number of calls would let the other thread run.
    for _ in range(2_000):
        if ran.is_set():
            break
        calls[name]()
    assert ran.is_set()
    thread.join()


def test_a_budget_is_not_overdrawn(engine: Engine) -> None:
    budget = {"name": "calls", "actions": "any", "limit": "25"}
    task = engine.begin(origin=ALICE, agent=BOT, grant={"capabilities": [{"actions": "any"}], "budgets": [budget]})
    allowed: list[bool] = []

    def spend() -> None:
        allowed.extend(task.decide("mail.read", {"id": "m-17"}).allowed for _ in range(10))

    run(*[spend] * 8)
    assert sum(allowed) == 25
    sequence = [entry for entry in engine.log.entries() if b'"sequence"' in entry]
    assert len(sequence) == 80


def test_an_approval_is_used_by_one_thread(task: Task) -> None:
    from conftest import OLGA

    call = ("erp.pay", {"iban": "DE89", "amount": "900.00"})
    task.approve(task.decide(*call).approval_request(), by=OLGA)
    effects: list[str] = []
    run(*[lambda: effects.append(task.decide(*call).effect)] * 8)
    assert Counter(effects) == {"allow": 1, "ask": 7}


def test_arguments_written_to_meanwhile(task: Task) -> None:
    arguments: dict[str, object] = {"value": {}}
    inner: dict[str, int] = {}
    arguments["value"] = inner
    done = threading.Event()

    def write() -> None:
        try:
            for turn in range(20_000):
                inner[str(turn % 50)] = turn
                inner.pop(str((turn + 25) % 50), None)
        finally:
            done.set()

    def decide() -> None:
        while not done.is_set():
            assert task.decide("note.free", arguments).effect in ("allow", "deny")

    run(write, decide, decide)


def test_free_threading_is_declared() -> None:
    """Only an interpreter without the lock tells; elsewhere the source does."""
    import bailiwick  # noqa: F401

    source = (Path(__file__).parents[1] / "src" / "lib.rs").read_text(encoding="utf-8")
    assert "#[pymodule(gil_used = false)]" in source
    classes = [
        line
        for file in Path(__file__).parents[1].glob("src/*.rs")
        for line in re.findall(r"#\[pyclass\(.*", file.read_text())
    ]
    assert classes
    assert all("frozen" in line for line in classes)
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled()  # type: ignore[attr-defined]
