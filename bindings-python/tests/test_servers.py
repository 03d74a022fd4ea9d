"""Several servers in one catalog."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bailiwick import BailiwickError, Engine, PolicyError, Server
from conftest import ALICE, BOT, REGISTRY

POLICIES = {"all.cedar": 'permit (principal, action in [Action::"read", Action::"delegate"], resource);'}
SEARCH: dict[str, Any] = {
    "name": "search",
    "inputSchema": {"type": "object", "properties": {"query": {"type": "string"}}},
    "annotations": {"readOnlyHint": True},
}
GITHUB: Server = {"name": "github", "prefix": "github__", "system": "code", "trust": "trusted", "tools": [SEARCH]}
GITLAB: Server = {"name": "gitlab", "prefix": "mcp__gitlab__", "tools": {"tools": [SEARCH]}}


def code(engine: Engine, tool: str) -> str:
    return engine.begin(origin=ALICE, agent=BOT).decide(tool, {"query": "x"}).reason.code


@pytest.mark.parametrize("catalog", [[GITHUB, GITLAB], json.dumps([GITHUB, GITLAB])])
def test_a_list_of_servers_is_one_catalog(catalog: Any) -> None:
    engine = Engine(POLICIES, catalog=catalog, registry=REGISTRY)
    # Only the trusted server's hint that its tool reads counts.
    assert code(engine, "github__search") == "permitted"
    assert code(engine, "mcp__gitlab__search") == "policy.no_permit"
    assert code(engine, "search") == "call.tool_unknown"
    annotations = {"tools": [{"name": "mcp__gitlab__search", "effects": ["read"]}]}
    engine = Engine(POLICIES, catalog=catalog, annotations=annotations, registry=REGISTRY)
    assert code(engine, "mcp__gitlab__search") == "permitted"
    assert 'action "github__search" in [Action::"read", Action::"system:code"]' in engine.schema


def test_a_list_of_tools_is_taken_as_before() -> None:
    function = {"type": "function", "function": {"name": "search", "parameters": {"type": "object", "properties": {}}}}
    for tools in ([SEARCH], [function], [{"name": "search"}]):
        engine = Engine(POLICIES, catalog=tools, registry=REGISTRY)
        assert engine.parameters("search") is not None
        assert code(engine, "search") != "permitted"


@pytest.mark.parametrize(
    ("catalog", "message"),
    [
        ([GITHUB, {**GITLAB, "trust": True}], "catalog[1].trust: must be `trusted` or `untrusted`, not true or false"),
        (
            [{**GITHUB, "prefx": "a"}],
            "catalog[0]: there is no member `prefx`; there are: `name`, `prefix`, `system`, `trust`, `tools`",
        ),
        ([GITHUB, GITHUB], "catalog[1].name: duplicate server `github` (first at [0])"),
        ([{**GITHUB, "tools": "["}], "catalog[0].tools:1:1: "),
        (
            [{**GITHUB, "prefix": ""}, {**GITLAB, "prefix": ""}],
            "catalog: tool `search` is in both server `github` and server `gitlab`: give one of the servers a `prefix`",
        ),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(catalog: Any, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Engine(POLICIES, catalog=catalog)
    assert str(caught.value).startswith(message)


def test_a_directory_has_a_file_for_each_server(tmp_path: Path) -> None:
    (tmp_path / "all.cedar").write_text(POLICIES["all.cedar"])
    (tmp_path / "registry.json").write_text(json.dumps(REGISTRY))
    (tmp_path / "tools").mkdir()
    github = {"prefix": "github__", "trust": "trusted", "tools": [SEARCH]}
    (tmp_path / "tools" / "github.json").write_text(json.dumps(github))
    (tmp_path / "gitlab").mkdir()
    (tmp_path / "gitlab" / "tools.json").write_text(json.dumps({"tools": [SEARCH]}))
    engine = Engine.from_dir(tmp_path)
    assert code(engine, "github__search") == "permitted"
    assert code(engine, "search") == "policy.no_permit"
    engine = Engine.from_dir(tmp_path, tmp_path / "gitlab" / "tools.json")
    assert code(engine, "github__search") == "call.tool_unknown"
    (tmp_path / "tools" / "gitlab.json").write_text("[]")
    with pytest.raises(BailiwickError, match=r"duplicate server `gitlab`, in gitlab/tools.json and tools/gitlab.json"):
        Engine.from_dir(tmp_path)
