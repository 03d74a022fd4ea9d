"""A task goes on in another process, which shares nothing with this one but the issuer's public key.

With the name of a file as argument, what the other process needs is written there, for `examples/node/receive.mjs`.
"""

import json
import sys

from bailiwick import Engine, Origin, SigningKey

policies = {
    "people.cedar": 'permit (principal in Group::"finance", action in [Action::"read", Action::"delegate"], resource);',
    "agents.cedar": 'permit (principal is Agent, action in [Action::"read", Action::"delegate"], resource);',
}
mail = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
catalog = {
    "tools": [
        {"name": "mail.read", "system": "mail", "effects": ["read"], "parameters": mail},
        {"name": "mail.delete", "system": "mail", "effects": ["delete"], "parameters": mail},
    ]
}
olga = {"issuer": "https://idp.example", "subject": "olga"}
registry = {
    "agents": [
        {"issuer": "https://agents.example", "subject": name, "state": "active", "owner": olga}
        for name in ("invoice-bot", "research-bot")
    ]
}
# The key of the tests of RFC 8037; in earnest, 32 bytes of the system's randomness, kept in a vault.
key = SigningKey.from_jwk(
    {"kty": "OKP", "crv": "Ed25519", "kid": "2026-11", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
    issuer="https://idp.example",
)
trust = {
    "revocations": "optional",
    "issuers": [
        {
            "issuer": "https://idp.example",
            "keys": {"keys": [key.public]},
            "formats": ["native"],
            "actors": ["https://agents.example"],
            "groups": "as_named",  # our own directory; a partner's "finance" would be another group
        }
    ],
}

here = Engine(policies, catalog=catalog, registry=registry)
task = here.begin(
    origin=Origin.user("https://idp.example", "alice", groups=["finance"]),
    agent=("https://agents.example", "invoice-bot"),
    prompt="Find the March invoices",
)
child = task.delegate(("https://agents.example", "research-bot"), grant={"actions": ["read"]})
exported = child.export(key)
print(f"{exported.evidence['format']}: {len(exported.evidence['links'])} links, lost: {exported.lossy}")

handed = {
    "evidence": exported.evidence,
    "trust": trust,
    "catalog": catalog,
    "policies": policies,
    "registry": registry,
}
for path in sys.argv[1:]:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(handed, file, indent=1)

there = Engine(policies, catalog=catalog, registry=registry, trust=trust)
received = there.resume(exported.evidence)
for tool in ("mail.read", "mail.delete"):
    first, second = child.decide(tool, {"id": "m-17"}), received.decide(tool, {"id": "m-17"})
    print(f"{tool}: here {first.effect} ({first.reason.code}), there {second.effect} ({second.reason.code})")

# Prints:
# native: 2 links, lost: []
# mail.read: here allow (permitted), there allow (permitted)
# mail.delete: here deny (grant.action), there deny (grant.action)
