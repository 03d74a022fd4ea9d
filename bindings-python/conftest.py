"""A small world: the examples in docstrings find it by name, tests as fixtures."""

from __future__ import annotations

from typing import Any

import pytest
from bailiwick import Engine, Origin, SigningKey, Task

POLICIES = """
@id("reads") permit (principal, action in [Action::"read", Action::"delegate"], resource);
@id("pays") @obligation("notify:finance") permit (principal, action == Action::"erp.pay", resource);
@id("large-pays") @ask("owner") @reason("more than 500 needs the owner")
forbid (principal, action == Action::"erp.pay", resource) when { context.input.amount.greaterThan(decimal("500.00")) };
"""


def tool(name: str, effect: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "system": name.partition(".")[0], "effects": [effect], "parameters": parameters, **more}


TEXT = {"type": "string"}
CATALOG = {
    "tools": [
        tool("mail.read", "read", {"id": TEXT}),
        tool(
            "erp.pay",
            "pay",
            {"iban": TEXT, "amount": {"type": "string", "format": "decimal"}},
            tier="high",
            roles={"iban": "destination", "amount": "amount"},
        ),
        tool("note.free", "read", {"value": {}}),
    ]
}


def agent(subject: str) -> dict[str, Any]:
    owner = {"issuer": "https://idp.example", "subject": "olga"}
    return {"issuer": "https://agents.example", "subject": subject, "owner": owner, "state": "active"}


REGISTRY = {"agents": [agent("invoice-bot"), agent("research-bot")]}
ALICE = Origin.user("https://idp.example", "alice", groups=["finance"])
OLGA = Origin.user("https://idp.example", "olga")
BOT = ("https://agents.example", "invoice-bot")
#: RFC 8037, appendix A: everybody knows this key.
JWK = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
KEY = SigningKey.from_jwk(JWK, issuer="https://idp.example")
TRUST: dict[str, Any] = {
    "revocations": "optional",
    "audiences": ["https://erp.example"],
    "issuers": [
        {
            "issuer": "https://idp.example",
            "keys": {"keys": [KEY.public]},
            "formats": ["native", "aat", "access_token", "set"],
            "actors": ["https://agents.example"],
        }
    ],
}


@pytest.fixture
def engine() -> Engine:
    return Engine({"all.cedar": POLICIES}, catalog=CATALOG, registry=REGISTRY)


@pytest.fixture
def task(engine: Engine) -> Task:
    return engine.begin(origin=ALICE, agent=BOT, prompt="Pay the March invoices", id="task-17")


@pytest.fixture(autouse=True)
def _examples(doctest_namespace: dict[str, Any], request: pytest.FixtureRequest) -> None:
    if isinstance(request.node, pytest.DoctestItem):
        import bailiwick

        doctest_namespace.update({name: getattr(bailiwick, name) for name in bailiwick.__all__})
        engine = request.getfixturevalue("engine")
        doctest_namespace.update(engine=engine, task=request.getfixturevalue("task"), alice=ALICE, olga=OLGA)
        doctest_namespace.update(key=KEY, trust=TRUST)
