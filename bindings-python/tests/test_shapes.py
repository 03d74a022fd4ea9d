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
FOLDER: dict[str, Any] = {"uid": {"type": "Folder", "id": "a"}, "attrs": {}, "parents": []}
PARTS: dict[str, Any] = {
    "schema": {"office.cedarschema": "entity Folder in [Folder];"},
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
    ({"grant": {"actions": "read"}}, 'begin: `grant.actions`: `"any"` or a list is needed, not a string'),
    ({"grant": {"actions": ["read"], "resources": 3}}, "begin: `grant.resources`: a list is needed, not 3"),
    (
        {"grant": {"actions": ["read"], "arguments": {"id": {"range": [1, 2]}}}},
        "begin: `grant.arguments.id.range`: an object with `min` or `max`, or with `exclusive_min` or `exclusive_max`,"
        " is needed, not a list",
    ),
    (
        {"grant": {"actions": ["read"], "budgets": ["calls"]}},
        "begin: `grant.budgets[0]`: an object with `name`, `actions` and `limit` is needed, not a string",
    ),
    ({"prompt": "Look", "contract": []}, "begin: `contract`: an object with `mode` is needed, not a list"),
    ({"terms": "pay"}, "begin: `terms`: an object of terms, such as `purpose_code`, is needed, not a string"),
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
    (
        {"trust": {"issuers": ["https://idp.example"]}},
        "trust: `issuers[0]`: an object with `issuer`, `keys` and `formats` is needed, not a string",
    ),
    (
        {"catalog": {"look": {"effects": ["read"]}}},
        "catalog: a list of tools, or an object with a list `tools`, is needed, not an object with `look`",
    ),
    (
        {"catalog": {"tools": {"look": TOOLS[0]}}},
        "catalog: a list of tools, or an object with a list `tools`, is needed, not an object whose `tools` are an"
        " object: each tool has its name in the member `name`",
    ),
    ({"catalog": 3}, "catalog: a list of tools, or an object with a list `tools`, is needed, not 3"),
    (
        {"catalog": {"tools": [{**TOOLS[0], "effects": "read"}]}},
        "catalog: `tools[0].effects`: a list is needed, not a string",
    ),
    (
        {"registry": {"agents": [BOT]}},
        "registry: `agents[0]`: an object with `issuer`, `subject` and `state` is needed, not a list",
    ),
    (
        {"registry": {"agents": [], "blueprints": ["first-party"]}},
        "registry: `blueprints[0]`: an object with `name` is needed, not a string",
    ),
    (
        {"registry": {"agents": [{**AGENTS[0], "owner": "olga"}]}},
        "registry: `agents[0].owner`: an object with `issuer` and `subject` is needed, not a string",
    ),
    ({"entities": {"uid": {"type": "Folder", "id": "a"}}}, "entities: a list is needed, not an object"),
    (
        {"entities": [{"uid": 'Folder::"a"', "attrs": {}, "parents": []}]},
        "entities: `[0].uid`: an object with `type` and `id` is needed, not a string",
    ),
    (
        {"entities": [FOLDER, {**FOLDER, "uid": {"type": "Folder"}}]},
        "entities: `[1].uid`: `id` is missing",
    ),
    ({"entities": [{"uid": FOLDER["uid"]}]}, "entities: `[0]`: `attrs` is missing"),
    ({"entities": [{**FOLDER, "attrs": []}]}, "entities: `[0].attrs`: an object is needed, not a list"),
    (
        {"entities": [{**FOLDER, "parents": ["x"]}]},
        "entities: `[0].parents[0]`: an object with `type` and `id` is needed, not a string",
    ),
]


@pytest.mark.parametrize(("given", "said"), LOAD, ids=range(len(LOAD)))
def test_loading_says_what_is_wrong(given: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Engine(**{**PARTS, **given})
    assert caught.value.message == said
    assert caught.value.line is None


SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"policies": ["permit"]}, 'policies: a dict of texts by name, as in `{"all.cedar": …}`, is needed, not `list`'),
    ({"policies": "permit"}, 'policies: a dict of texts by name, as in `{"all.cedar": …}`, is needed, not `str`'),
    ({"policies": {"all.cedar": None}}, "policies: `all.cedar`: a str is needed, not `NoneType`"),
    ({"policies": {3: ""}}, "policies: the name of a text: a str is needed, not `int`"),
    ({"schema": "entity Folder;"}, 'schema: a dict of texts by name, as in `{"all.cedar": …}`, is needed, not `str`'),
    ({"accept_claimed_chains": "yes"}, "accept_claimed_chains: True or False is needed, not `str`"),
    ({"all_reasons": 1}, "all_reasons: True or False is needed, not `int`"),
    ({"seal_key": "x" * 32}, "seal_key: 32 bytes are needed, not `str`"),
    ({"seal_key": b"x"}, "seal_key: 32 bytes are needed, not 1"),
    ({"compare_with_cedar": "1"}, "compare_with_cedar: an int is needed, not `str`"),
    ({"baseline": "strickt"}, "baseline: `strickt` is none of: observe, balanced, strict"),
    ({"baseline": True}, "baseline: `observe`, `balanced` or `strict`: a str is needed, not `bool`"),
    ({"standing": "look"}, "standing: a list of str is needed, not `str`"),
]


@pytest.mark.parametrize(("given", "said"), SETTINGS, ids=range(len(SETTINGS)))
def test_settings_say_what_is_wrong(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BailiwickError) as caught:
        Engine(**{**PARTS, **given})
    assert (caught.value.message, caught.value.code) == (said, "usage")


def test_the_name_of_a_file_is_no_document() -> None:
    for name in ("registry.json", "./registry.json", "/etc/registry.json"):
        with pytest.raises(PolicyError, match=r"registry:1:1: not JSON; .*: pass the file.s text"):
            Engine(**{**PARTS, "registry": name})


def test_entities_of_the_right_shape_are_taken() -> None:
    inner = {"uid": {"__entity": {"type": "Folder", "id": "b"}}, "attrs": {}, "parents": [FOLDER["uid"]]}
    Engine(**{**PARTS, "entities": [FOLDER, inner]})
    Engine(**{**PARTS, "entities": "[]"})


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
