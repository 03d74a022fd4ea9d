"""A guarded function is called with exactly the arguments that were decided on, or not at all."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import threading
from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

import pytest
from bailiwick import BailiwickError, Denied, Engine, Task
from conftest import ALICE, BOT, CATALOG, POLICIES, REGISTRY


def test_calls_when_allowed(engine: Engine, task: Task) -> None:
    calls = []

    @engine.guard("erp.pay")
    def pay(iban: str, amount: str = "480.00") -> str:
        calls.append((iban, amount))
        return "paid"

    with task:
        assert pay("DE89") == "paid"
        assert pay(amount="1.00", iban="DE90") == "paid"
    assert calls == [("DE89", "480.00"), ("DE90", "1.00")]


def test_does_not_call_when_asked_or_denied(engine: Engine, task: Task) -> None:
    calls = []

    @engine.guard("erp.pay")
    def pay(iban: str, amount: str = "900.00") -> None:
        calls.append(iban)

    with task:
        with pytest.raises(Denied) as asked:
            pay("DE89")
        with pytest.raises(Denied) as denied:
            pay("DE89", b"1")  # type: ignore[arg-type]
    assert (asked.value.decision.effect, asked.value.decision.ask) == ("ask", ("owner",))
    assert denied.value.decision.reason.code == "call.malformed"
    assert not calls


def test_is_called_like_the_function(engine: Engine, task: Task) -> None:
    namespace: dict[str, Any] = {}

    def read(id: str) -> str:
        return id

    read.__name__ = "mail.read"
    namespace["read"] = engine.guard(read)
    with task:
        assert namespace["read"](id="m-17") == "m-17"


def test_async(engine: Engine, task: Task) -> None:
    calls = []

    @engine.guard("mail.read")
    async def read(id: str) -> str:
        calls.append(id)
        await asyncio.sleep(0)
        return id

    @engine.guard("mail.send")
    async def send(id: str) -> None:
        calls.append(id)

    async def main() -> None:
        with task:
            assert await read("m-17") == "m-17"
            with pytest.raises(Denied):
                await send("m-17")
        with pytest.raises(BailiwickError):
            await read("m-18")

    assert inspect.iscoroutinefunction(read)
    asyncio.run(main())
    assert calls == ["m-17"]


def test_outside_of_a_task(engine: Engine) -> None:
    @engine.guard("mail.read")
    def read(id: str) -> None:
        raise AssertionError("called")

    with pytest.raises(BailiwickError) as caught:
        read("m-17")
    assert caught.value.code == "usage"


def test_in_a_thread_without_the_context(engine: Engine, task: Task) -> None:
    codes: list[str] = []

    @engine.guard("mail.read")
    def read(id: str) -> None:
        raise AssertionError("called")

    def run() -> None:
        try:
            read("m-17")
        except BailiwickError as error:
            codes.append(error.code)

    with task:
        # Some interpreters hand the maker's context to a thread; this one has none either way.
        thread = threading.Thread(target=contextvars.Context().run, args=(run,))
        thread.start()
        thread.join()
    assert codes == ["usage"]


def test_in_a_task_of_another_engine(engine: Engine) -> None:
    everything = Engine({"a.cedar": "permit (principal, action, resource);"}, catalog=CATALOG, registry=REGISTRY)

    @engine.guard("erp.pay")
    def pay(iban: str, amount: str) -> None:
        raise AssertionError("called")

    with everything.begin(origin=ALICE, agent=BOT) as other:
        assert other.decide("erp.pay", {"iban": "DE89", "amount": "900.00"}).allowed
        with pytest.raises(BailiwickError, match="another engine"):
            pay("DE89", "900.00")


def test_wrong_arguments_are_the_callers_mistake(engine: Engine, task: Task) -> None:
    @engine.guard("mail.read")
    def read(id: str) -> None:
        raise AssertionError("called")

    with task:
        with pytest.raises(TypeError):
            read()  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            read("a", "b")  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            read(identity="a")  # type: ignore[call-arg]


def test_arguments_cannot_change_after_the_decision(engine: Engine, task: Task) -> None:
    """The function gets a copy; whoever keeps the list cannot put anything in it."""
    kept: list[Any] = ["a", {"b": [1]}]
    given: list[Any] = []

    @engine.guard("note.free")
    async def note(value: list[Any]) -> list[Any]:
        given.append(value)
        await asyncio.sleep(0)
        return value

    async def main() -> list[Any]:
        with task:
            running = asyncio.ensure_future(note(kept))
            await asyncio.sleep(0)
            kept[1]["b"].append("more")
            kept.append("more")
            return await running

    assert asyncio.run(main()) == ["a", {"b": [1]}]
    assert given[0] is not kept


def test_values_keep_their_types(engine: Engine, task: Task) -> None:
    @engine.guard("note.free")
    def note(value: Any) -> Any:
        return value

    with task:
        result = note((Decimal("1.50"), True, 1, None))
    assert result == (Decimal("1.50"), True, 1, None)
    assert [type(item) for item in result] == [Decimal, bool, int, type(None)]


def test_circles_are_denied(engine: Engine, task: Task) -> None:
    circle: list[Any] = []
    circle.append(circle)

    @engine.guard("note.free")
    def note(value: Any) -> None:
        raise AssertionError("called")

    with task, pytest.raises(Denied) as denied:
        note(circle)
    assert denied.value.decision.reason.code == "call.malformed"


def variadic(*values: str) -> None: ...
def keywords(**values: str) -> None: ...
def positional(value: str, /) -> None: ...


@functools.wraps(positional)
def wrapper(*args: Any, **kwargs: Any) -> None: ...


@pytest.mark.parametrize("function", [variadic, keywords, positional, wrapper, int, object(), functools.partial(print)])
def test_functions_without_names_are_refused(engine: Engine, function: Any) -> None:
    with pytest.raises(BailiwickError) as caught:
        engine.guard("mail.read")(function)
    assert caught.value.code == "usage"


def test_a_signature_that_is_not_that_of_the_code_is_refused(engine: Engine, task: Task) -> None:
    def read(id: str, folder: str = "all-staff") -> str:
        return folder

    read.__signature__ = inspect.signature(read_mail)  # type: ignore[attr-defined]

    def handing_on(*args: Any, **kwargs: Any) -> str:
        return read(*args, **kwargs)

    handing_on.__signature__ = inspect.signature(read_mail)  # type: ignore[attr-defined]
    for function in (read, handing_on):
        with pytest.raises(BailiwickError, match="takes other parameters than its `__signature__` says"):
            engine.guard("mail.read")(function)

    def renamed(id: Any) -> Any:
        return id

    renamed.__signature__ = inspect.signature(read_mail)  # type: ignore[attr-defined]
    guarded = engine.guard("mail.read")(renamed)

    # And the other way round: a guard is wrapped.
    @functools.wraps(guarded)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return guarded(*args, **kwargs)

    with task:
        assert wrapper("m-17") == "m-17"


def read_mail(id: str) -> str:
    return id


def test_default_values_are_those_that_were_decided_on(engine: Engine, task: Task) -> None:
    listed = ["a"]

    def read(id: str = "m-17") -> str:
        return id

    def note(value: list[str] = listed) -> list[str]:
        value.append("more")
        return value

    guarded, noted = engine.guard("mail.read")(read), engine.guard("note.free")(note)
    read.__defaults__ = ("m-18",)
    with task:
        assert guarded() == "m-17"
        assert noted() == ["a", "more"]
        assert noted() == ["a", "more"]
    assert listed == ["a"]


def test_zero_has_no_sign(engine: Engine, task: Task) -> None:
    note = engine.guard("note.free")(lambda value: value)
    with task:
        assert repr(note([-0.0, {"x": -0.0}, 0.0, -1.5])) == "[0.0, {'x': 0.0}, 0.0, -1.5]"


class Text(str):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


class Members(dict[str, str]):
    def __getitem__(self, name: str) -> str:
        return "mallory"


class Kind(str, Enum):
    READ = "read"


@dataclass
class Address:
    to: str


ODD = [
    Text("alice"),
    Members(to="alice"),
    {Text("to"): "alice"},
    defaultdict(list),
    OrderedDict(),
    Kind.READ,
    Address("alice"),
    {"alice"},
    namedtuple("Pair", "to")("alice"),
    (name for name in ("alice",)),
    bytearray(b"alice"),
    memoryview(b"alice"),
    float("nan"),
    2**64,
    1j,
    date(2026, 1, 1),
    range(3),
    MappingProxyType({"to": "alice"}),
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_what_may_answer_differently_is_not_passed(engine: Engine, task: Task, value: Any) -> None:
    @engine.guard("note.free")
    def note(value: Any) -> None:
        raise AssertionError("called")

    for given in (value, [{"a": value}]):
        with task, pytest.raises(Denied) as denied:
            note(given)
        assert denied.value.decision.reason.code == "call.malformed"


@pytest.mark.parametrize("value", ["alice", ["alice"], ("alice",), {"to": "alice"}, 0, True, None, 1.5, Decimal("1.5")])
def test_plain_values_are_passed(engine: Engine, task: Task, value: Any) -> None:
    note = engine.guard("note.free")(lambda value: value)
    with task:
        assert note(value) == value


def test_methods(engine: Engine, task: Task) -> None:
    class Mailbox:
        def read(self, id: str) -> str:
            return f"{type(self).__name__} {id}"

    read = engine.guard("mail.read")(Mailbox().read)
    with task:
        assert read("m-17") == "Mailbox m-17"


def test_looks_like_the_function_and_hides_it(engine: Engine) -> None:
    def read(id: str, deep: Decimal | None = None) -> str:
        """Reads a mail."""
        return id

    guarded = engine.guard("mail.read")(read)
    assert (guarded.__name__, guarded.__doc__) == ("read", "Reads a mail.")
    assert str(inspect.signature(guarded)) == str(inspect.signature(read))
    assert inspect.get_annotations(guarded) == {"id": str, "deep": Decimal | None, "return": str}
    assert inspect.unwrap(guarded) is guarded  # no way round the guard


def test_an_approved_call_goes_through_once(task: Task) -> None:
    from conftest import OLGA

    engine = task.engine

    @engine.guard("erp.pay")
    def pay(iban: str, amount: str) -> str:
        return "paid"

    with task:
        with pytest.raises(Denied) as denied:
            pay("DE89", "900.00")
        task.approve(denied.value.decision.approval_request(), by=OLGA)
        assert pay("DE89", "900.00") == "paid"
        with pytest.raises(Denied):
            pay("DE89", "900.00")


def test_a_child_is_asked_when_it_is_current(engine: Engine, task: Task) -> None:
    @engine.guard("erp.pay")
    def pay(iban: str, amount: str) -> str:
        return "paid"

    child = task.delegate(("https://agents.example", "research-bot"), grant={"actions": ["read"]})
    with task:
        assert pay("DE89", "1.00") == "paid"
        with child, pytest.raises(Denied) as denied:
            pay("DE89", "1.00")
        assert pay("DE89", "1.00") == "paid"
    assert denied.value.decision.reason.code == "grant.action"


def test_policies_are_those_of_the_call(engine: Engine, task: Task) -> None:
    @engine.guard("mail.read")
    def read(id: str) -> str:
        return id

    with task:
        assert read("m-17") == "m-17"
        engine.load_policies({"none.cedar": ""})
        with pytest.raises(Denied):
            read("m-17")
        engine.load_policies({"all.cedar": POLICIES})
        assert read("m-17") == "m-17"
