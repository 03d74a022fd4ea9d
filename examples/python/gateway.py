"""A gateway decides on requests that come with their chain, and keeps no task."""

import json

from bailiwick import Engine

engine = Engine.from_dir("examples/office", accept_claimed_chains=True)
emma = {"issuer": "https://idp.example", "subject": "emma"}
link = {
    "id": "0",
    "delegator": emma,
    "delegate": {"issuer": "https://agents.example", "subject": "assistant"},
    "grant": {"actions": ["read"]},
    "issued_ms": 1_700_000_000_000,
    "expires_ms": 1_700_000_600_000,
    "depth_max": 0,
}
request = {
    "chain": {"id": "chat-7", "origin": {"kind": "user", **emma}, "links": [link]},
    "call": {"tool": "list_files", "arguments": {}},
}
body = json.dumps(request)
for text, now_ms in [(body, 1_700_000_000_000), (body, 1_700_000_600_000), (body[:-1], 1_700_000_000_000)]:
    decision = engine.decide(text, now_ms=now_ms)
    print(decision.effect, decision.reason.code)

# Prints:
# allow permitted
# deny chain.expired
# deny request.malformed
