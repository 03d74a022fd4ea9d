"""Microsoft Entra's tokens for agents: an agent that works for a person, and one that has a user account of its own.

Both tokens say `idtyp: user`; only a facet tells the person from the account. The issuer, tenant and ids are made up.
The signatures are of a key that is only for tests: change a claim, and they hold no more.
"""

import base64
import json
from typing import Any

from bailiwick import Engine

TENANT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
AGENT = "a1b2c3d4-0000-4000-8000-000000000001"
NOW_MS = 1_700_000_000_000

claims: dict[str, Any] = {
    "iss": ISSUER,
    "tid": TENANT,
    "oid": "a1b2c3d4-0000-4000-8000-000000000002",  # the account
    "azp": AGENT,
    "idtyp": "user",
    "aud": "https://erp.example",
    "iat": 1_699_999_940,
    "exp": 1_700_000_600,
    "uti": "u-1",
    "sub": "pairwise",
    "scp": "invoices",
    "xms_act_fct": "3 9 11",  # 11: the one that acts is an agent
}
person = (
    claims,
    "ebxjd9HgRfEa9WcCZAYBBBIVCe9XITb5DkTRPFc0xla03gMzCFbVWjFT6QkdbCi8bPjZilzQTV7mmrb22R9jlC6sgc6mdoWPghbm"
    "VYeNTz9LUMNeEv-JQ8rm8CIx5sI3bcVhOXD0KWhA-NMQwIrvWN04wxSjv_7SdUF4jnaFk3Clv4_jzYLAejr1ZobgW482s-BYst-M"
    "7q2EIB67jamMPSQJI-Ov515MJqVe6a893n5V0OuMPzyVB5o-SoCcyRl_v51AqPM6YhcYybLFd-2S2GMn6vZWP15X8ipLvWxIsdRi"
    "6OK2vUIBD_kmWkomvvT4Lw6KryZvsD1V0u7ZbjVfLQ",
)
account = (
    {**claims, "xms_sub_fct": "11 13"},  # 11: the account is an agent's as well
    "nPEdXNEGx2CksSPgj9UKl2IElG5GPSqXMCTSXdNLReip8nOJaQDmo0syfmYvgERJtKQc92eZQDGTflymPnfSNkc4Y1i-jW9oMAxu"
    "UbCoEUswMClaQwc-RchteTSUisTwIsf9D9zuimMOWyvOa0wrFIisxpOtx4Y4n-LcvUALTlJzwaE1RGk0mivMnppUFOiCw76qfIJF"
    "kIa8foSFhqFpXrDkl-wOk0H4ODo9PwoGXpR1Wg6umwnGA2iUPiJ3oSbzxjgpG5knKt-XFn_CVpR4QIpkwZkOKlsIkMfCO1r_Kqxz"
    "yhAWfgOgx-lCYBDPXs4Q7jE2LRaJsdItDd9UIJxQLA",
)
forged = ({**claims, "oid": "a1b2c3d4-0000-4000-8000-000000000003"}, person[1])
n = (
    "quHVzg-4SjF-1yAkDpPcAN2AhFvzht9jgtroHqwx3Z81L27IpHAKmJ-mTfolGJgysQr_VLvgtSbqXGXkgTayCm8nmbGh-T7KpaPG"
    "Ne6hn31sBSR4UhcNwT4ebfCzjeq1UPYtQSktteqYJElkSz9n_n6OzN0CdMUMj44eNLBwkq2esu7-rUEwOJjgWRyyYEs861CdmCns"
    "RFYtvbT0nJxoFChsrD4tCr8G64YelyX0DpWsyGffhtTJnQfdAbSpBQb0Lx29wAeCmGJczGcSooMRWAoCpkgstpOyykLrQbkbz2hn"
    "MTN9U43xq06gaeYFeYIVipbqDOoxU12vk1qIAQTZZw"
)


def token(claims: dict[str, Any], signature: str) -> str:
    def part(members: dict[str, Any]) -> str:
        text = json.dumps(members, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    return ".".join([part({"alg": "RS256", "typ": "JWT", "kid": "entra-1"}), part(claims), signature])


invoice = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
engine = Engine(
    {
        "people.cedar": 'permit (principal is User, action == Action::"erp.post_invoice", resource);',
        "accounts.cedar": 'permit (principal is AgentUser, action in Action::"read", resource);',
        "agents.cedar": "permit (principal is Agent, action, resource);",
        "handover.cedar": 'permit (principal, action == Action::"delegate", resource);',
    },
    catalog={
        "tools": [
            {"name": "erp.read_invoice", "system": "erp", "effects": ["read"], "parameters": invoice},
            {"name": "erp.post_invoice", "system": "erp", "effects": ["write"], "parameters": invoice},
        ]
    },
    registry={
        "agents": [
            {
                "issuer": ISSUER,
                "tenant": TENANT,
                "subject": AGENT,
                "state": "active",
                "owner": {"issuer": "https://idp.example", "subject": "olga"},
            }
        ]
    },
    trust={
        "revocations": "optional",
        "audiences": ["https://erp.example"],
        "issuers": [
            {
                "issuer": ISSUER,
                "keys": {"keys": [{"kty": "RSA", "kid": "entra-1", "e": "AQAB", "n": n}]},
                "formats": ["entra"],
                "scopes": {"invoices": {"actions": ["read", "erp.post_invoice"]}},
            }
        ],
    },
)
call = {"tool": "erp.post_invoice", "arguments": {"id": "inv-1"}}
for name, signed in [("for a person", person), ("an account of its own", account), ("forged", forged)]:
    request = {"chain": {"format": "entra", "token": token(*signed)}, "call": call}
    decision = engine.decide(request, now_ms=NOW_MS)
    origin = decision.to_dict().get("chain", {}).get("origin_kind")
    print(f"{name}: origin {origin}, {decision.effect} ({decision.reason.code})")

# Prints:
# for a person: origin user, allow (permitted)
# an account of its own: origin agent_user, deny (policy.no_permit)
# forged: origin None, deny (token.signature)
