"""One scenario for every engine: a company of agents, tools and as many policies as wanted, and one call.

Of the policies five have no scope (guardrails that read the context); the others are spread over 200 tools and 50
blueprints, most with a condition on the call's arguments. `python3 scenario.py COUNT` prints it as JSON, for
programs that are not in Python.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

TOOLS = 200
BLUEPRINTS = 50
AGENTS = 4


@dataclass(frozen=True)
class Scenario:
    policies: list[str]
    #: What Bailiwick loads besides, who begins a task, and who it is handed to in turn.
    catalog: dict[str, Any]
    registry: dict[str, Any]
    origin: dict[str, Any]
    agents: list[dict[str, str]]
    #: What Cedar is asked with: the first agent's gate of the same call.
    principal: dict[str, str]
    action: dict[str, str]
    resource: dict[str, str]
    entities: list[dict[str, Any]]
    #: The context, but for `input`, which is made of each call's arguments.
    context: dict[str, Any]
    blueprints: list[str]
    #: The call, an amount that is allowed, and one that no policy permits.
    tool: str = "tool-0"
    account: str = "a-1"
    amount: float = 42.5
    amount_denied: float = 142.5

    @classmethod
    def of(cls, count: int) -> Scenario:
        """A scenario of `count` policies, at least 10."""
        agents = [{"issuer": "https://agents.example", "subject": f"agent-{index}"} for index in range(AGENTS)]
        principal, action = uid("Agent", "https://agents.example|agent-0"), uid("Action", "tool-0")
        return cls(
            policies=list(policies(count)),
            catalog={"tools": [tool(index) for index in range(TOOLS)]},
            registry={
                "agents": [
                    {**agent, "blueprint": f"blueprint-{index}", "owner": person("olga"), "state": "active"}
                    for index, agent in enumerate(agents)
                ],
                "blueprints": [
                    {"name": "all"},
                    *({"name": f"blueprint-{index}", "in": ["all"]} for index in range(BLUEPRINTS)),
                ],
            },
            origin={"kind": "user", **person("alice"), "groups": ["staff"]},
            agents=agents,
            principal=principal,
            action=action,
            resource=uid("Tool", "tool-0"),
            entities=[
                {"uid": principal, "attrs": {}, "parents": [uid("Blueprint", "blueprint-0")]},
                {"uid": uid("Blueprint", "blueprint-0"), "attrs": {}, "parents": [uid("Blueprint", "all")]},
                {"uid": action, "attrs": {}, "parents": [uid("Action", "write")]},
            ],
            context={"chain": {"depth": 1, "proof_level": 1}, "tool": {"tier": "medium"}},
            blueprints=["blueprint-0", "all"],
        )


FIXED = """\
permit (principal in Group::"staff", action in Action::"write", resource);
permit (principal in Blueprint::"all", action == Action::"tool-0", resource) \
when { context.input.amount.lessThan(decimal("100.0")) };
permit (principal, action == Action::"delegate", resource in Blueprint::"all");
forbid (principal, action, resource) when { context.chain.depth > 12 };
forbid (principal, action, resource) when { context.chain.proof_level < 1 };
forbid (principal, action, resource) when { context.tool.tier == "critical" };
forbid (principal, action, resource) \
when { context has input && context.tool.tier == "low" && context.chain.depth > 8 };
forbid (principal, action, resource) unless { context.chain.depth > 0 };
"""


def policies(count: int) -> Iterator[str]:
    """Three that permit what the chain does, five guardrails, and the rest for other calls."""
    fixed = FIXED.splitlines()
    yield from fixed
    for index in range(len(fixed), count):
        yield (
            f"{'forbid' if index % 4 == 0 else 'permit'} "
            f'(principal in Blueprint::"blueprint-{index % BLUEPRINTS}", '
            f'action == Action::"tool-{index % TOOLS}", resource) '
            f'when {{ context.input.amount.greaterThan(decimal("{index % 1000}.0")) '
            f'&& context.input.account == "a-{index}" }};'
        )


def tool(index: int) -> dict[str, Any]:
    return {
        "name": f"tool-{index}",
        "system": f"system-{index % 10}",
        "effects": ["write"],
        "parameters": {
            "type": "object",
            "properties": {"account": {"type": "string"}, "amount": {"type": "number"}},
            "required": ["account", "amount"],
        },
    }


def person(subject: str) -> dict[str, str]:
    return {"issuer": "https://idp.example", "subject": subject}


def uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


if __name__ == "__main__":
    json.dump(asdict(Scenario.of(int(sys.argv[1]))), sys.stdout)
