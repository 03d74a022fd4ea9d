"""What is said of a document given from code that has not the shape: the parameter, the path, what there is."""

from __future__ import annotations

from typing import Any

import pytest
from bailiwick import BailiwickError, Engine, Origin, PolicyError, PolicyWarning

ALICE = Origin.user("https://idp.example", "alice")
BOT = ("https://agents.example", "bot")
OWNER = {"issuer": "https://idp.example", "subject": "olga"}
AGENTS = [{"issuer": BOT[0], "subject": name, "owner": OWNER, "state": "active"} for name in ("bot", "sub")]
TEXT = {"type": "string"}
TOOLS = [
    {
        "name": "look",
        "system": "mail",
        "effects": ["read"],
        "parameters": {"type": "object", "properties": {"id": TEXT}, "required": ["id"]},
    }
]
PARTS: dict[str, Any] = {
    "policies": {"all.cedar": "permit(principal, action, resource);"},
    "catalog": {"tools": TOOLS},
    "registry": {"agents": AGENTS},
}


@pytest.fixture
def engine() -> Engine:
    return Engine(**PARTS)


BEGIN: list[tuple[dict[str, Any], str]] = [
    (
        {"agent": "invoice-bot"},
        "begin: `agent`: an Agent, a dict with `issuer` and `subject`, or a pair (issuer, subject) is needed,"
        " not `str`",
    ),
    (
        {"origin": "alice"},
        "begin: `origin`: an Origin, a dict with `kind`, `issuer` and `subject`, or a pair (issuer, subject) is needed,"
        " not `str`",
    ),
    (
        {"origin": {"kind": "usr", "issuer": "i", "subject": "s"}},
        "begin: `origin.kind`: `usr` is none of: user, service, schedule, agent_user (did you mean `user`?)",
    ),
    ({"agent": {"issuer": "i"}}, "begin: `agent`: `subject` is missing"),
    (
        {"grant": {"action": ["read"]}},
        "begin: `grant`: there is no member `action`; there are: actions, resources, arguments, "
        "approvers, expires_ms, capabilities, budgets"
        " (did you mean `actions`?)",
    ),
    (
        {"grant": {"capabilities": [{"actions": ["pay"], "arguments": {"amount": {"range": {"max": True}}}}]}},
        "begin: `grant.capabilities[0].arguments.amount.range.max`: a string is needed, not true",
    ),
    (
        {"grant": {"actions": ["read"], "budgets": [{"name": "calls", "actions": "any", "limt": "3"}]}},
        "begin: `grant.budgets[0]`: there is no member `limt`; there are: name, actions, argument, limit"
        " (did you mean `limit`?)",
    ),
    ({"depth_max": -1}, "begin: `depth_max`: a whole number from 0 is needed, not -1"),
]


@pytest.mark.parametrize(("given", "said"), BEGIN, ids=range(len(BEGIN)))
def test_begin_says_what_is_wrong(engine: Engine, given: dict[str, Any], said: str) -> None:
    with pytest.raises(BailiwickError) as caught:
        engine.begin(**{"origin": ALICE, "agent": BOT, **given})
    assert caught.value.message == said
    assert (caught.value.code, caught.value.line) == ("json.malformed", None)


LOAD: list[tuple[dict[str, Any], str]] = [
    ({"registry": {"agents": [{"issuer": "i"}]}}, "registry: `agents[0]`: `subject` is missing"),
    ({"registry": 3}, "registry: an object with `agents`, or a list of agents, is needed, not 3"),
    (
        {"registry": {"agnets": []}},
        "registry: there is no member `agnets`; there are: agents, blueprints (did you mean `agents`?)",
    ),
    ({"catalog": [{"name": "x", "system": 3}]}, "catalog: `[0].system`: a string is needed, not 3"),
    ({"trust": []}, "trust: an object with `issuers` is needed, not a list"),
]


@pytest.mark.parametrize(("given", "said"), LOAD, ids=range(len(LOAD)))
def test_loading_says_what_is_wrong(given: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Engine(**{**PARTS, **given})
    assert caught.value.message == said
    assert caught.value.line is None


def test_positions_are_told_of_text() -> None:
    with pytest.raises(PolicyError) as caught:
        Engine(**{**PARTS, "registry": '{"agents": [{"issuer": "i"}]}'})
    assert (caught.value.file, caught.value.line) == ("registry", 1)
    assert caught.value.message.endswith("`agents[0]`: `subject` is missing")


def test_the_limit_of_a_lifetime_is_named(engine: Engine) -> None:
    with pytest.raises(BailiwickError, match=r"at most 2592000000 ms \(30 days\)$") as caught:
        engine.begin(origin=ALICE, agent=BOT, lifetime_ms=90 * 24 * 60 * 60 * 1_000)
    assert caught.value.code == "chain.lifetime"


def test_bare_lists_and_pairs_are_taken() -> None:
    short = Engine(**{**PARTS, "registry": AGENTS, "catalog": TOOLS})
    task = short.begin(origin=("https://idp.example", "alice"), agent=BOT)
    assert task.chain["origin"] == {"kind": "user", "issuer": "https://idp.example", "subject": "alice"}
    assert task.delegate((BOT[0], "sub"), grant={"actions": ["read"]}).decide("look", {"id": "m-17"}).allowed


def test_budgets_may_stand_beside_actions(engine: Engine) -> None:
    grant = {"actions": ["read"], "budgets": [{"name": "calls", "actions": "any", "limit": "1"}]}
    task = engine.begin(origin=ALICE, agent=BOT, grant=grant)
    assert [task.decide("look", {"id": "m-17"}).effect for _ in range(2)] == ["allow", "deny"]


def test_what_is_odd_about_policies_is_a_warning(engine: Engine) -> None:
    odd = {"odd.cedar": 'permit(principal, action == Action::"look", resource) when { 1 == 2 };'}
    with pytest.warns(PolicyWarning) as caught:
        loaded = Engine(**{**PARTS, "policies": odd})
    placed = [str(warning) for warning in loaded.warnings if warning.line is not None]
    assert [str(warning.message) for warning in caught] == placed
    assert placed
    assert caught[0].filename == __file__
    with pytest.warns(PolicyWarning):
        engine.load_policies(odd)
    with pytest.raises(PolicyWarning):
        engine.load_policies(odd)
    assert list(map(str, engine.warnings)) == list(map(str, loaded.warnings))
