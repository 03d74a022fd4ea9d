"""What Python can hold and JSON cannot never crashes, and never ends in an allow."""

from __future__ import annotations

import enum
import json
import math
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bailiwick import BailiwickError, Decision, Engine, Task
from conftest import ALICE, BOT, CATALOG, POLICIES, REGISTRY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DEPTH_MAX = 64
TASK = Engine({"all.cedar": POLICIES}, catalog=CATALOG, registry=REGISTRY).begin(origin=ALICE, agent=BOT)


class Text(str):
    """Says one thing to whoever reads its characters, and another to the tool."""

    def __str__(self) -> str:
        return "something else"


class Number(int):
    pass


class Fraction(float):
    pass


class Amount(Decimal):
    pass


class Mapping(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        return "something else"


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclass
class Payment:
    iban: str


class Liar:
    """Claims to be a dict, and fails whoever believes it."""

    @property
    def __class__(self) -> type:
        return dict

    @__class__.setter
    def __class__(self, other: type) -> None:
        raise AssertionError

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


class Unnamed(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no name")


class Nameless(metaclass=Unnamed):
    pass


Pair = namedtuple("Pair", "a b")

REFUSED = [
    pytest.param(value, id=name)
    for name, value in {
        "bytes": b"DE89",
        "bytearray": bytearray(b"x"),
        "set": {1},
        "frozenset": frozenset(),
        "nan": math.nan,
        "infinity": math.inf,
        "minus infinity": -math.inf,
        "int beyond 64 bits": 2**63,
        "int below 64 bits": -(2**63) - 1,
        "enormous int": 10**5000,
        "half a surrogate pair": "\ud800",
        "name with half a surrogate pair": {"\udfff": 1},
        "int name": {1: "a"},
        "name None": {None: "a"},
        "bool name": {True: "a"},
        "tuple name": {("a",): 1},
        "name that is a subclass": {Text("a"): 1},
        "object": object(),
        "function": len,
        "type": dict,
        "generator": (n for n in [1]),
        "range": range(3),
        "complex": 1j,
        "dataclass": Payment("DE89"),
        "path": Path("x"),
        "exception": ValueError("x"),
        "str subclass": Text("DE89"),
        "int subclass": Number(3),
        "float subclass": Fraction(0.5),
        "dict subclass": Mapping(a=1),
        "ordered dict": OrderedDict(a=1),
        "default dict": defaultdict(list),
        "named tuple": Pair(1, 2),
        "str enum": Colour.RED,
        "int enum": Level.HIGH,
        "decimal subclass": Amount("1.5"),
        "decimal NaN": Decimal("NaN"),
        "decimal infinity": Decimal("-Infinity"),
        "decimal with five places": Decimal("0.12345"),
        "decimal with exponent": Decimal("1E+2"),
        "enormous decimal": Decimal("1E+999999999"),
        "decimal a double cannot tell": Decimal("922337203685477.5807"),
        "liar": Liar(),
        "nameless": Nameless(),
    }.items()
]


def decide(value: Any, task: Task = TASK) -> Decision:
    return task.decide("note.free", {"value": value})


@pytest.mark.parametrize("value", REFUSED)
def test_what_is_no_json_is_denied(value: Any) -> None:
    for wrapped in (value, [value], {"a": {"b": (value,)}}, [1, [2, value]]):
        decision = decide(wrapped)
        assert (decision.effect, decision.reason.code) == ("deny", "call.malformed")
        assert decision.digest is None
    assert TASK.decide("note.free", value).effect == "deny"


def test_where_it_was_is_said() -> None:
    assert decide({"to": ["a", {1}]}).reason.detail == "`value.to[1]`: `set` is not a JSON value"
    assert decide([{"a\nb": b""}]).reason.detail == "`value[0].a\\nb`: `bytes` is not a JSON value"
    assert len(decide({"x" * 100_000: b""}).reason.detail) < 200


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (Decimal("480.00"), 480.0),
        (Decimal("0.1"), 0.1),
        (Decimal("-98.7"), -98.7),
        (Decimal("480"), 480),
        ((1, 2), [1, 2]),
        (True, True),
        (-(2**63), -(2**63)),
        (2**63 - 1, 2**63 - 1),
        ("é\u0000😀", "é\u0000😀"),
        ({"": None}, {"": None}),
    ],
    ids=repr,
)
def test_what_is_json_is_the_same_as_its_text(value: Any, same: Any) -> None:
    decision = decide(value)
    assert decision.allowed, decision.explain()
    assert decision.digest == decide(json.loads(json.dumps(same))).digest


def test_true_is_not_one() -> None:
    digests = {decide(value).digest for value in (True, 1, "1", "true", [1], {"1": 1}, None, 0, False, "")}
    assert len(digests) == 10


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_is_bounded() -> None:
    within = DEPTH_MAX - 1  # the arguments themselves are a level
    assert decide(nested(within)).reason.code != "call.malformed"
    assert decide(nested(within + 1)).reason.detail.endswith("nested deeper than 64 levels")
    assert decide(nested(10_000)).reason.code == "call.malformed"


def test_circles_end() -> None:
    items: list[Any] = []
    items.append(items)
    members: dict[str, Any] = {}
    members["a"] = {"b": [members]}
    for circle in (items, members):
        assert decide(circle).reason.code == "call.malformed"
    assert TASK.decide("note.free", members).reason.code == "call.malformed"


def test_one_list_met_a_billion_times_ends() -> None:
    value: Any = ["x"]
    for _ in range(50):
        value = [value, value]
    decision = decide(value)
    assert (decision.effect, decision.reason.code) == ("deny", "call.malformed")
    assert "larger than" in decision.reason.detail


def test_large_arguments_are_denied() -> None:
    assert decide("x" * (1 << 20)).reason.code == "call.too_large"
    assert decide("x" * (8 << 20)).effect == "deny"
    assert decide([0] * (1 << 21)).effect == "deny"


@pytest.mark.parametrize("arguments", [None, [], "{}", 3, (("value", 1),)])
def test_arguments_are_a_dict(arguments: Any) -> None:
    assert TASK.decide("note.free", arguments).effect == "deny"


def test_a_tool_name_that_is_no_text() -> None:
    decision = TASK.decide("note\ud800.free", {"value": 1})
    assert (decision.effect, decision.reason.code) == ("deny", "call.malformed")
    for name in (None, 3, b"note.free", ["note.free"]):
        with pytest.raises(BailiwickError) as caught:
            TASK.decide(name, {"value": 1})  # type: ignore[arg-type]
        assert caught.value.code == "usage"


@pytest.mark.parametrize("value", REFUSED)
def test_a_request_that_is_no_json_is_denied(value: Any) -> None:
    for request in (
        value,
        {"chain": value, "call": {}},
        {"chain": {}, "call": {"tool": "note.free", "arguments": value}},
    ):
        decision = TASK.engine.decide(request)
        assert (decision.effect, decision.reason.code) == ("deny", "request.malformed")


@pytest.mark.parametrize("value", REFUSED)
def test_documents_that_are_no_json_raise(value: Any) -> None:
    engine = TASK.engine
    attempts: list[Callable[[], Any]] = [
        lambda: engine.load_registry({"agents": value}),
        lambda: engine.load_entities([value]),
        lambda: engine.begin(origin=value, agent=BOT),
        lambda: engine.begin(origin=ALICE, agent=value),
        lambda: engine.begin(origin=ALICE, agent=BOT, grant={"actions": value}),
        lambda: engine.begin(origin=ALICE, agent=BOT, depth_max=value),
        lambda: engine.begin(origin=ALICE, agent=BOT, lifetime_ms=value),
        lambda: engine.resume({"links": value}),
        lambda: TASK.delegate(BOT, grant=value),
        lambda: TASK.approve({"digest": value}, by=ALICE),
        lambda: engine.decide("{}", ledger={"spent": value}),
        lambda: TASK.decide("note.free", {"value": 1}, host={"region": value}),
        lambda: TASK.decide("note.free", {"value": 1}, now_ms=value),
    ]
    for attempt in attempts:
        with pytest.raises(BailiwickError) as caught:
            attempt()
        assert caught.value.code in ("json.malformed", "usage")
    # A schema may name the bounds of an unsigned integer: there, a larger one is no tool, but JSON.
    with pytest.raises(BailiwickError) as caught:
        Engine({"a.cedar": ""}, catalog={"tools": value})
    assert caught.value.code in ("json.malformed", "usage", "catalog.invalid")


def test_a_bound_beyond_64_bits_is_read() -> None:
    schema = {"type": "object", "properties": {"value": {"type": "integer", "minimum": 0, "maximum": 2**64 - 1}}}
    assert Engine({"a.cedar": ""}, catalog=[{"name": "count", "parameters": schema}]).parameters("count") == ["value"]


PURE: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
PURE |= st.text(st.characters(exclude_categories=["Cs"]))
HOSTILE = st.one_of(
    st.binary(),
    st.sets(st.integers()),
    st.sampled_from([math.nan, math.inf, Text("a"), Number(1), Fraction(1.0), Colour.RED, Level.HIGH, object()]),
    st.integers(min_value=2**63),
    st.integers(max_value=-(2**63) - 1),
    st.text(st.characters(categories=["Cs"]), min_size=1),
    st.decimals(),
    st.complex_numbers(),
    st.dates(),
)
NAMES = st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.none() | st.just("\ud800") | st.binary()
ANYTHING = st.recursive(
    PURE | HOSTILE,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
JSON = st.recursive(
    PURE,
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def is_json(value: Any) -> bool:
    """What this binding takes, said once more in the plainest way."""
    if type(value) in (bool, type(None)):
        return True
    if type(value) is str:
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if type(value) is int:
        return -(2**63) <= value < 2**63
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is Decimal:
        return value.is_finite() and "E" not in str(value) and is_exact(value)
    if type(value) in (list, tuple):
        return all(map(is_json, value))
    if type(value) is dict:
        return all(type(name) is str and is_json(name) and is_json(member) for name, member in value.items())
    return False


def is_exact(value: Decimal) -> bool:
    text = str(value)
    if "." not in text:
        return -(2**63) <= int(text) < 2**63
    return len(text.partition(".")[2]) <= 4 and Decimal(repr(float(text))) == value and abs(value) < 2**63 / 10_000


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING)
def test_anything_is_decided_and_only_json_is_read(value: Any) -> None:
    decision = decide(value)
    assert decision.effect in ("allow", "deny")
    assert (decision.reason.code == "call.malformed") is not is_json(value), decision.explain()
    if not is_json(value):
        assert not decision.allowed
        with pytest.raises(BailiwickError):
            TASK.engine.load_entities([value])
        assert (
            TASK.engine.decide({"chain": TASK.chain, "call": {"tool": "note.free", "arguments": {"v": value}}}).effect
            == "deny"
        )


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_a_value_and_its_text_are_decided_alike(value: Any) -> None:
    here = decide(value)
    text = json.dumps({"chain": TASK.chain, "call": {"tool": "note.free", "arguments": {"value": value}}})
    there = TASK.engine.decide(text)
    assert (here.effect, here.reason.code, here.digest) == (there.effect, there.reason.code, there.digest)
    assert here.digest == decide(json.loads(json.dumps(value))).digest
