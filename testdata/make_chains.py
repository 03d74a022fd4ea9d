"""Writes `chains/`: chains that come from elsewhere, signed, and what a presenter can do wrong with them.

The 125 cases of the attack suite, a good twin for most of them, and the same delegation in every format. Run
`python3 testdata/make_chains.py` after changing it (it needs `cryptography` 42 or later); `--check` says whether the
files are what this writes. Every key is made from its name and every signature is deterministic, so that the files
only change when this does. The signatures, hashes and thumbprints are made here by other code than the core's.
"""

import base64
import copy
import hashlib
import hmac
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

sys.path.insert(0, str(Path(__file__).parent))
from make_cases import AGENTS, ALICE, ALLOW, DAY, IDP, MINUTE, NOW, OFFICE, OLGA, POLICIES, REGISTRY  # noqa: E402
from aat_vectors import vectors  # noqa: E402
from issuer_cases import issuers  # noqa: E402
from make_cases import agent, approval, ask, base_request, canonical, deny, digest, hold, principal, seal_chain  # noqa: E402

HERE = Path(__file__).parent / "chains"
SECONDS = NOW // 1000
AUDIENCE = "https://erp.example"
THUMBPRINT = "urn:ietf:params:oauth:jwk-thumbprint:sha-256"
PARTNER, PS_ISSUER, JAG = "https://partner.example", "https://ps.example", "https://jag.example"
TENANT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"
APP, HUMAN, CLASS = (
    "a1b2c3d4-0000-4000-8000-000000000001", "a1b2c3d4-0000-4000-8000-000000000002",
    "a1b2c3d4-0000-4000-8000-000000000003",
)
TTS, TXN_DOMAIN = "https://tts.example", "txn.example"
SPIRE, DOMAIN = "https://spire.example", "spiffe://corp.example"
SPIFFE_PLANNER, SPIFFE_WORKER = f"{DOMAIN}/planner", f"{DOMAIN}/worker"

# --- keys and signatures --------------------------------------------------------------------------------------------

CURVES = {
    "P-256": (ec.SECP256R1(), 32, hashes.SHA256(), "ES256"),
    "P-384": (ec.SECP384R1(), 48, hashes.SHA384(), "ES384"),
    "P-521": (ec.SECP521R1(), 66, hashes.SHA512(), "ES512"),
    "secp256k1": (ec.SECP256K1(), 32, hashes.SHA256(), "ES256K"),
}
EDWARDS_ORDER = 2**252 + 27742317777372353535851937790883648493


def b64(data):
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def sha256(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()


def hashed(data):
    return b64(sha256(data))


def stream(name, size):
    """`size` bytes that look random and are always the same."""
    return b"".join(sha256(f"bailiwick testdata {name} {block}") for block in range(size // 32 + 1))[:size]


def is_prime(number):
    if any(number % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29):
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        if not any((power := power * power % number) == number - 1 for _ in range(twos - 1)):
            return False
    return True


def prime(name):
    candidate = int.from_bytes(stream(name, 128), "big") | (3 << 1022) | 1
    while not is_prime(candidate) or (candidate - 1) % 65537 == 0:
        candidate += 2
    return candidate


class Key:
    """A key pair made from its name: `Ed25519`, `Ed448`, `RSA`, or one of the curves."""

    def __init__(self, name, kind="Ed25519"):
        self.kind = kind
        if kind == "Ed25519":
            self.private = ed25519.Ed25519PrivateKey.from_private_bytes(stream(f"key {name}", 32))
            self.alg = "EdDSA"
        elif kind == "Ed448":
            self.private = ed448.Ed448PrivateKey.from_private_bytes(stream(f"key {name}", 57))
            self.alg = "Ed448"
        elif kind == "RSA":
            p, q = prime(f"key {name} p"), prime(f"key {name} q")
            d = pow(65537, -1, (p - 1) * (q - 1))
            parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
            self.private = rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(65537, p * q)).private_key()
            self.numbers, self.alg = (p * q, d), "RS256"
        else:
            curve, size, _, self.alg = CURVES[kind]
            self.private = ec.derive_private_key(int.from_bytes(stream(f"key {name}", size - 2), "big"), curve)
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        public = self.private.public_key()
        if kind.startswith("Ed"):
            self.jwk = {"kty": "OKP", "crv": kind, "x": b64(public.public_bytes(*raw))}
        elif kind == "RSA":
            self.jwk = {"kty": "RSA", "n": b64(self.numbers[0].to_bytes(256, "big")), "e": "AQAB"}
        else:
            numbers, size = public.public_numbers(), CURVES[kind][1]
            self.jwk = {"kty": "EC", "crv": kind, "x": b64(numbers.x.to_bytes(size, "big")),
                        "y": b64(numbers.y.to_bytes(size, "big"))}

    @property
    def thumbprint(self):
        return thumbprint(self.jwk)

    def sign(self, data, alg=None):
        alg = alg or self.alg
        if self.kind.startswith("Ed"):
            return self.private.sign(data)
        if alg == "PS256":
            return self.sign_pss(data)
        if self.kind == "RSA":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        _, size, algorithm, _ = CURVES[self.kind]
        r, s = decode_dss_signature(self.sign_der(data, algorithm))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def sign_der(self, data, algorithm=hashes.SHA256()):  # noqa: B008
        return self.private.sign(data, ec.ECDSA(algorithm, deterministic_signing=True))

    def sign_pss(self, data):
        """RSASSA-PSS of RFC 8017 with a salt of 32 bytes, as RFC 7518 wants it, but the same salt each time."""
        salt = stream(f"salt {data.hex()}", 32)
        tag = sha256(bytes(8) + sha256(data) + salt)
        block = bytes(256 - 32 - 1 - 33) + b"\x01" + salt
        mask = b"".join(sha256(tag + counter.to_bytes(4, "big")) for counter in range(7))[: len(block)]
        masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
        masked[0] &= 0x7F
        encoded = int.from_bytes(bytes(masked) + tag + b"\xbc", "big")
        return pow(encoded, self.numbers[1], self.numbers[0]).to_bytes(256, "big")


def thumbprint(jwk):
    needed = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}[jwk["kty"]]
    return hashed(canonical({name: jwk[name] for name in needed}))


KEYS = {
    name: Key(name, kind)
    for name, kind in {
        "planner": "Ed25519", "worker": "Ed25519", "helper": "P-256", "attacker": "Ed25519", "attacker-ec": "P-256",
        "idp-1": "Ed25519", "idp-2": "P-256", "idp-3": "P-384", "idp-0": "P-256", "agents-1": "P-256",
        "partner": "Ed25519", "ps-1": "RSA", "entra-1": "RSA", "jag-1": "Ed25519", "tts-1": "P-256",
        "svid-1": "P-256", "wit-1": "Ed25519", "x509-1": "P-256", "svid-ed": "Ed25519",
        "planner.example": "Ed25519", "worker.example": "P-256",
        "p521": "P-521", "k256": "secp256k1", "ed448": "Ed448",
    }.items()
}


def agent_key(subject):
    """The key of an agent, also of those nobody listed above."""
    if subject not in KEYS:
        KEYS[subject] = Key(subject)
    return KEYS[subject]


def compact(value):
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def signing_input(header, claims):
    return f"{b64(compact(header))}.{b64(compact(claims))}"


def jws(header, claims, key, alg=None):
    """A compact JWS. Header and claims may be JSON texts. `key` may be the signature itself."""
    data = signing_input(header, claims)
    return f"{data}.{b64(key if isinstance(key, bytes) else key.sign(data.encode(), alg))}"


def changed(members, changes):
    """`members` with `changes`; `...` as the value removes one."""
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


# --- the world ------------------------------------------------------------------------------------------------------

USERS = ", ".join(
    f'User::"{name}"' for name in (f"{JAG}|t1|alice", f"{ENTRA}|{TENANT}|{HUMAN}", f"{TXN_DOMAIN}|alice")
)
CHAIN_POLICIES = f"""\
// Origins that no group speaks for.
@id("users-of-tokens")
permit (principal is User, action in [Action::"read", Action::"erp.post_invoice", Action::"delegate"], resource)
when {{ [{USERS}].contains(principal) }};
@id("users-of-agents")
permit (principal is AgentUser, action in [Action::"read", Action::"erp.post_invoice", Action::"delegate"], resource);
@id("agents-of-their-own")
permit (principal is Service, action in [Action::"read", Action::"erp.post_invoice", Action::"delegate"], resource)
when {{ context.chain.autonomous }};
"""


def jwks(*keys):
    """A key set; each key is a name, or a name and members to add."""
    named = [(each, {}) if isinstance(each, str) else each for each in keys]
    return {"keys": [{**KEYS[name].jwk, "kid": name, **more} for name, more in named]}


def capability(*actions, **more):
    return {"actions": list(actions), **more}


def grants(*capabilities, **more):
    return {"capabilities": [capability(each) if isinstance(each, str) else each for each in capabilities], **more}


INVOICES = grants(capability("read", "erp.post_invoice", "mail.send"))
SCOPES = {"scopes": {"invoices": INVOICES}}


def anchor(issuer, keys, *formats, **more):
    return {"issuer": issuer, "keys": keys, "formats": list(formats), **more}


TRUST = {
    "audiences": [AUDIENCE],
    "revocations": "required",
    "issuers": [
        anchor(IDP, jwks("idp-1", "idp-2", "idp-3"), "native", "aat", "access_token", "id_token", "actor_receipt",
               "reauthorization",
               actors=[IDP, AGENTS, THUMBPRINT, DOMAIN], grant=INVOICES, reauthorization=["step_up", "policy_grant"],
               groups="as_named", **SCOPES),
        anchor(AGENTS, jwks("agents-1"), "access_token", groups="as_named", **SCOPES),
        anchor(PARTNER, jwks(("partner", {"kid": "idp-1"})), "access_token", actors=[AGENTS], **SCOPES),
        anchor(PS_ISSUER, jwks(("ps-1", {"alg": "PS256"})), "access_token", actors=[AGENTS], groups="as_named", **SCOPES),
        anchor(ENTRA, jwks("entra-1"), "entra", groups="as_named", **SCOPES),
        anchor(JAG, jwks("jag-1"), "id_jag", multi_tenant=True, groups="as_named", actors=[JAG, AGENTS], grant=INVOICES, **SCOPES),
        anchor(TTS, jwks("tts-1"), "txn_token", trust_domain=TXN_DOMAIN, audiences=[TXN_DOMAIN, AUDIENCE],
               origins=[TTS, TXN_DOMAIN], actors=[TTS, TXN_DOMAIN], **SCOPES),
        anchor(SPIRE, jwks(("svid-1", {"use": "jwt-svid"}), ("wit-1", {"use": "wit-svid"}),
                           ("x509-1", {"use": "x509-svid"}),
                           ("svid-ed", {"use": "jwt-svid"})),
               "jwt_svid", "wit", trust_domain=DOMAIN, grant=INVOICES),
        anchor("https://planner.example", jwks("planner.example"), "actor_proof"),
        anchor("https://worker.example", jwks("worker.example"), "actor_proof"),
    ],
}


def known(issuer, subject, blueprint="workers", **more):
    return {"issuer": issuer, **more, "subject": subject, "blueprint": blueprint, "owner": OLGA, "state": "active"}


SUSPENDED = agent("suspended", "workers", holds=[hold("scim_inactive", "deny", reason="active is false")])
CHAIN_REGISTRY = {
    "agents": [
        *(each for each in REGISTRY["agents"] if each["subject"] in ("planner", "worker", "helper", "contractor",
            "veteran")),
        *(agent(subject, "workers") for subject in ("clerk", "runner", "b\u00fccher")),
        SUSPENDED,
        *(known(AGENTS, f"https://{name}.example", f"{name}s") for name in ("planner", "worker")),
        *(known(THUMBPRINT, KEYS[name].thumbprint, f"{name}s") for name in ("planner", "worker")),
        known(ENTRA, APP, tenant=TENANT),
        known(JAG, "worker"),
        *(known(TXN_DOMAIN, subject) for subject in (SPIFFE_PLANNER, SPIFFE_WORKER)),
        known(DOMAIN, SPIFFE_WORKER),
    ],
    "blueprints": [
        *(each for each in REGISTRY["blueprints"] if each["name"] in ("office-agents", "planners", "workers",
            "outsiders")),
    ],
}
FRESH = {"as_of_ms": NOW - 1000, "max_age_ms": 5 * MINUTE}
CHAIN_ENTITIES = [
    *OFFICE["entities"],
    {**OFFICE["entities"][2], "uid": {"type": "Invoice", "id": "inv-3"}},
]
WORLD = {
    **OFFICE,
    "policies": {"office.cedar": POLICIES, "chains.cedar": CHAIN_POLICIES},
    "registry": CHAIN_REGISTRY,
    "entities": CHAIN_ENTITIES,
    "accept_claimed_chains": False,
    "trust": TRUST,
    "revocations": FRESH,
}


def with_policy(text, office=POLICIES, **members):
    """The world with one more text of policies."""
    texts = {"office.cedar": office, "chains.cedar": CHAIN_POLICIES, **({"case.cedar": text} if text else {})}
    return {"base": "office", "policies": texts, **members}


def paid_only_if(ident, condition):
    return f'@id("{ident}") forbid (principal, action in Action::"pay", resource) unless {{ {condition} }};'


def revoked(**members):
    return {"base": "office", "revocations": {**FRESH, **members}}


CLAIMED = {"base": "office", "accept_claimed_chains": True}
# The registry knows the worker's key.
KEYED = {"base": "office", "registry": {**CHAIN_REGISTRY, "agents": [
    {**each, "keys": [KEYS["worker"].thumbprint]} if each["subject"] == "worker" and each["issuer"] == AGENTS else each
    for each in CHAIN_REGISTRY["agents"]]}}

# --- links and tokens -----------------------------------------------------------------------------------------------

GRANTS = [INVOICES, grants(capability("read", "erp.post_invoice")),
          grants(capability("erp.read_invoice", "erp.post_invoice"))]
TIMES = {"iat": SECONDS - 60, "exp": SECONDS + 600}


class Hop:
    """One link to be: to whom, with what grant, and what is different about it."""

    def __init__(self, subject, grant=None, *, key=None, signer=None, header=None, issuer=AGENTS, raw=None, **claims):
        self.subject, self.grant, self.issuer, self.claims = subject, grant, issuer, claims
        self.key, self.signer, self.header = key or agent_key(subject), signer, header or {}
        self.raw = raw


def origin_digest(origin):
    return digest("origin", origin)


def chain_links(hops, origin=ALICE, chain="task-1", form="native"):
    """The links of a chain, each signed by the key the one before names, unless a hop says otherwise."""
    tokens = []
    for depth, hop in enumerate(hops):
        before = hops[depth - 1] if depth else None
        signer = hop.signer or (before.key if before else KEYS["idp-1"])
        # AAT names the algorithm of Ed25519 as RFC 9864 does.
        algorithm = "Ed25519" if form == "aat" and signer.alg == "EdDSA" else signer.alg
        header = {"alg": algorithm, "typ": "dlg+jwt" if form == "native" else "aat+jwt"}
        delegator = principal(before.subject, before.issuer) if before else {"issuer": origin["issuer"],
            "subject": origin["subject"]}
        grant = hop.grant if hop.grant is not None else GRANTS[min(depth, 2)]
        claims = {
            "iss": f"{THUMBPRINT}:{before.key.thumbprint}" if before else IDP,
            "jti": f"l{depth}", **TIMES, "cnf": {"jwk": hop.key.jwk}, "del_depth": depth, "del_max_depth": 4,
            "chn": chain,
        }
        if before:
            claims["par_hash"] = hashed(tokens[-1].rsplit(".", 1)[0])
        else:
            header["kid"] = "idp-1"
            claims["org"] = origin
        if form == "native":
            claims["ogd"] = origin_digest(origin)
            claims["authorization_details"] = [{"type": "bailiwick_grant", **grant}]
        else:
            tools = grant if "tools" in grant else AAT_GRANTS[min(depth, 2)]
            claims["authorization_details"] = [{"type": "attenuating_agent_token", **tools}]
        claims.update(dlr=delegator, dle=principal(hop.subject, hop.issuer))
        claims = changed(claims, hop.claims)
        tokens.append(jws(changed(header, hop.header), hop.raw(claims) if hop.raw else claims, signer))
    return tokens


def tools(**constraints):
    return {"tools": {"erp.post_invoice": constraints}}


FREE = {"invoice": {"constraint_type": "wildcard"}, "amount": {"constraint_type": "wildcard"}, "currency": {"constraint_type": "wildcard"}}
READING = {"erp.read_invoice": {"id": {"constraint_type": "wildcard"}}}
MAILING = {"mail.send": {"to": {"constraint_type": "wildcard"}, "subject": {"constraint_type": "wildcard"}}}
AAT_GRANTS = [
    {"tools": {**READING, **MAILING, "erp.post_invoice": FREE}},
    {"tools": {**READING, "erp.post_invoice": FREE}},
    {"tools": {"erp.post_invoice": FREE}},
]


def native(*hops, origin=ALICE, chain="task-1"):
    return {"format": "native", "links": chain_links(hops or base_hops(), origin, chain)}


def aat(*hops, origin=ALICE, chain="task-1"):
    return {"format": "aat", "tokens": chain_links(hops or base_hops(), origin, chain, "aat")}


def base_hops():
    return Hop("planner"), Hop("worker")


def one(grant=None, subject="worker", **members):
    """The base chain, with what is different about its second link."""
    return native(Hop("planner"), Hop(subject, grant, **members))


def two(first, second, **members):
    """The base chain, with other grants."""
    return native(Hop("planner", first), Hop("worker", second), **members)


def own(**members):
    """A chain in our own JSON, of the base request."""
    chain = base_request()["chain"]
    chain["links"][1]["grant"] = {"actions": ["read", "erp.post_invoice"]}
    return {**chain, **members}


def sealed(**members):
    chain = own(**members)
    seal_chain(chain)
    return chain


def token(form, claims, key, typ, *, header=None, alg=None, kid=None, **evidence):
    named = {"alg": alg or key.alg, "typ": typ, "kid": kid}
    return {"format": form, "token": jws(changed(named, header or {}), claims, key, alg), **evidence}


def actors(*subjects, issuer=AGENTS):
    """A nested `act`, the acting agent outermost; `subjects` are oldest first."""
    act = None
    for subject in subjects:
        act = {"sub": subject, "iss": issuer, **({"act": act} if act else {})}
    return act


ACCESS = {
    "iss": IDP, "sub": "alice", "aud": AUDIENCE, **TIMES, "jti": "at-1", "client_id": "worker", "scope": "invoices",
    "groups": ["finance"], "sid": "s-1", "act": actors("planner", "worker"),
}


def access(key="idp-2", *, header=None, kid=None, alg=None, typ="at+jwt", parent=None, **claims):
    evidence = {"parent": parent["token"]} if parent else {}
    return token("access_token", changed(ACCESS, claims), KEYS[key], typ, header=header, kid=kid or key, alg=alg,
                 **evidence)


def alone(**claims):
    """An access token an agent got for itself."""
    nobody = {"iss": AGENTS, "sub": "worker", "client_id": "worker", "act": ..., "groups": ..., "sid": ...}
    return access("agents-1", **{**nobody, **claims})


def id_token(**claims):
    base = {name: value for name, value in ACCESS.items() if name not in ("client_id", "scope", "jti")}
    return token("id_token", changed(base, claims), KEYS["idp-2"], "JWT", kid="idp-2")


def entra(**claims):
    base = {
        "iss": ENTRA, "tid": TENANT, "oid": HUMAN, "azp": APP, "idtyp": "user", "aud": AUDIENCE, **TIMES, "uti": "u-1",
        "sub": "pairwise", "scp": "invoices", "xms_act_fct": "3 9 11",
    }
    return token("entra", changed(base, claims), KEYS["entra-1"], "JWT", kid="entra-1")


def entra_app(**claims):
    return entra(**{"idtyp": "app", "oid": CLASS, "scp": ..., "roles": ["invoices"], **claims})


def id_jag(**claims):
    base = {
        "iss": JAG, "sub": "alice", "tenant": "t1", "aud": AUDIENCE, "client_id": "worker", "jti": "jag-1", **TIMES,
        "scope": "invoices",
    }
    return token("id_jag", changed(base, claims), KEYS["jag-1"], "oauth-id-jag+jwt", kid="jag-1")


def txn(metadata=None, posture=None, **claims):
    context = {"chain_metadata": {"txn_path": [SPIFFE_PLANNER, SPIFFE_WORKER], **(metadata or {})}}
    if posture:
        context["posture"] = posture
    base = {
        "iss": TTS, "iat": SECONDS - 60, "exp": SECONDS + 300, "aud": TXN_DOMAIN, "txn": "txn-1", "sub": "alice",
        "sub_profile": "user", "scope": "invoices", "req_wl": SPIFFE_WORKER, "agentic_ctx": context,
    }
    return token("txn_token", changed(base, claims), KEYS["tts-1"], "txntoken+jwt", kid="tts-1")


def jwt_svid(key="svid-1", header=None, **claims):
    base = {"sub": SPIFFE_WORKER, "aud": [AUDIENCE], **TIMES}
    return token("jwt_svid", changed(base, claims), KEYS[key], "JWT", kid=key, header=header)


WORKER_WIT_KEY = KEYS["worker"]


def wit(key="wit-1", **claims):
    jwk = {**WORKER_WIT_KEY.jwk, "alg": WORKER_WIT_KEY.alg}
    base = {"iss": SPIRE, "sub": SPIFFE_WORKER, "jti": "wit-1", **TIMES, "cnf": {"jwk": jwk}}
    return token("wit", changed(base, claims), KEYS[key], "wit+jwt", kid=key)


def proofs(*subjects, prh_alg=(), sub=None):
    """Actor proofs, newest first; `subjects` are oldest first and sign with keys of their own."""
    found = []
    for index, name in enumerate(subjects):
        claims = {"iss": f"https://{name}", "sub": "alice", "sub_iss": IDP, **TIMES, "jti": f"p{index}"}
        claims.update((sub or {}).get(name, {}))
        if found:
            claims["prh"] = hashed(found[0])
        if index < len(prh_alg) and prh_alg[index]:
            claims["prh_alg"] = prh_alg[index]
        found.insert(0, jws({"alg": KEYS[name].alg, "typ": "actor-proof+jwt", "kid": name}, claims, KEYS[name]))
    return found


URL_AGENTS = ("planner.example", "worker.example")
URL_ACT = actors(*(f"https://{name}" for name in URL_AGENTS))


def proven(entries, **claims):
    return access(act=URL_ACT, client_id="https://worker.example", actor_proofs=entries, **claims)


def receipts(rewrite=None):
    """The receipts of both exchanges, newest first; `rewrite` writes the older anew after the newer was made."""
    header = {"alg": "EdDSA", "typ": "actor-receipt+jwt", "kid": "idp-1"}
    older = {"iss": IDP, "sub": "alice", "sub_iss": IDP, "act": actors("planner"), **TIMES, "jti": "r0"}
    newer = {"iss": IDP, "sub": "alice", "sub_iss": IDP, "act": actors("worker"), **TIMES, "jti": "r1"}
    first = jws(header, older, KEYS["idp-1"])
    second = jws(header, {**newer, "prh": hashed(first)}, KEYS["idp-1"])
    return [second, jws(header, rewrite(older), KEYS["idp-1"]) if rewrite else first]


def reauthorization(parent, *, key=None, header=None, **claims):
    """A person's yes to more than the parent passed on: for this chain, on top of this parent."""
    base = {
        "iss": IDP, "sub": "alice", "sub_iss": IDP, **TIMES, "jti": "rea-1", "chn": "task-1",
        "par_hash": hashed(parent.rsplit(".", 1)[0]), "method": "step_up",
        "authorization_details": [{"type": "bailiwick_grant", **INVOICES}],
    }
    named = {"alg": "EdDSA", "typ": "reauth+jwt", "kid": "idp-1"}
    return jws(changed(named, header or {}), changed(base, claims), KEYS["idp-1"] if key is None else key)


NARROW = grants(capability("read", "erp.post_invoice"))


def reauthorized(**changes):
    """The planner may not send mail; the worker may, because alice was asked again."""
    parent = chain_links([Hop("planner", NARROW)])[0]
    return native(Hop("planner", NARROW), Hop("worker", INVOICES, rea=reauthorization(parent, **changes)))


# --- who presents, and how it is proven -----------------------------------------------------------------------------

POST = {"tool": "erp.post_invoice", "arguments": {"invoice": "inv-1", "amount": 120.5, "currency": "EUR"}}
READ = {"tool": "erp.read_invoice", "arguments": {"id": "inv-1"}}
LEDGER = {"spent": [], "approvals": [], "proofs": []}
# The host has authenticated the workload by the key its identity token names.
WORKLOAD = {"key": WORKER_WIT_KEY.thumbprint}


def call(tool="erp.post_invoice", **values):
    return {"tool": tool, "arguments": values}


def post(**values):
    return {"tool": "erp.post_invoice", "arguments": changed(POST["arguments"], values)}


def arguments_hash(arguments):
    return hashed(canonical(arguments))


def last_token(evidence):
    return (evidence.get("links") or evidence.get("tokens") or [evidence.get("token")])[-1]


def aat_proof(key="worker", arguments=POST["arguments"], evidence=None, typ="aat-pop+jwt", **claims):
    signing_input = last_token(evidence or native()).rsplit(".", 1)[0]
    base = {"jti": "pop-1", "iat": SECONDS - 1, "aat_id": "l1", "aat_hash": hashed(signing_input),
            "aat_tool": "erp.post_invoice", "hta": arguments}
    header = changed({"alg": KEYS[key].alg, "typ": typ}, {})
    return {"type": "aat", "jwt": jws(header, changed(base, claims), KEYS[key])}


def dpop(evidence=None, key="worker", arguments=POST["arguments"], **claims):
    url = f"{AUDIENCE}/invoices"
    base = {"jti": "dpop-1", "htm": "POST", "htu": url, "iat": SECONDS - 1, "hta": arguments_hash(arguments),
            "aat_tool": POST["tool"]}
    if evidence:
        base["ath"] = hashed(last_token(evidence))
    header = {"alg": KEYS[key].alg, "typ": "dpop+jwt", "jwk": KEYS[key].jwk}
    return {"type": "dpop", "jwt": jws(header, changed(base, claims), KEYS[key]), "method": "POST", "url": url}


def wpt(identity, key="worker", arguments=POST["arguments"], attach=True, **claims):
    base = {
        "aud": AUDIENCE, "exp": SECONDS + 60, "jti": "wpt-1", "wth": hashed(identity["token"]),
        "hta": arguments_hash(arguments), "aat_tool": POST["tool"],
    }
    proof = {"type": "wpt", "jwt": jws({"alg": KEYS[key].alg, "typ": "wpt+jwt"}, changed(base, claims), KEYS[key])}
    return {**proof, "wit": identity["token"]} if attach else proof


def by(agent_subject="worker", issuer=AGENTS, **facts):
    return {"agent": principal(agent_subject, issuer), **facts}


def proof_id(key, jti):
    return digest("proof", [KEYS[key].thumbprint, jti])


# --- the suite --------------------------------------------------------------------------------------------------------

# What the suite asks of each case: its name there, and the outcome.
SUITE = {
    "A01": ("sub without issuer", "ERR:origin.unqualified"),
    "A02": ("same sub, other issuer", "ERR:link.origin_mismatch"),
    "A03": ("tenant collision", "treated as different users; DENY"),
    "A04": ("act.iss as token issuer", "ERR:issuer.untrusted"),
    "A05": ("client_id as actor", "decided as worker; DENY:leaf"),
    "A06": ("self delegation", "not delegation; depth 0; record autonomous=true"),
    "A07": ("agent user account", "origin.kind=='agent_user'; human-only policy DENY"),
    "A08": ("facet order/unknown", "first two agent, last NOT"),
    "A09": ("missing agent marker", "not an Agent; DENY"),
    "A10": ("blueprint authz", "codec exposes as audit-only attribute; not an entity parent"),
    "A11": ("autonomous with human policy", "DENY:origin.no_user"),
    "A12": ("homoglyph / NFC", "distinct principal; DENY"),
    "A13": ("iss trailing slash/case", "distinct; ERR:issuer.untrusted"),
    "A14": ("Cedar uid injection", "encoded as EntityUid data, no parse; OK/DENY by identity only"),
    "A15": ("unverified user string", "proof_level<=1; policy needing >=2 DENY"),
    "B01": ("splice: other subject", "ERR:link.origin_mismatch"),
    "B02": ("splice: same subject, other session", "ERR:chain.id_mismatch"),
    "B03": ("branch swap", "ERR:link.parent_hash"),
    "B04": ("principal misalignment", "ERR:link.alignment"),
    "B05": ("reorder", "ERR:link.depth/parent_hash"),
    "B06": ("truncation at tail (backtracking)", "ERR:presenter.not_delegate"),
    "B07": ("truncation at head", "ERR:root.missing"),
    "B08": ("insertion", "ERR:link.proof"),
    "B09": ("gap in depth", "ERR:link.depth"),
    "B10": ("depth over ceiling", "ERR:depth.exceeded"),
    "B11": ("ceiling raised", "ERR:depth.ceiling_raised"),
    "B12": ("cycle by agent", "DENY:cycle (config: allow by instance with flag)"),
    "B13": ("duplicate link id", "ERR:link.duplicate"),
    "B14": ("empty chain as delegated", "ERR:chain.empty (never 'valid')"),
    "B15": ("re-root", "ERR:root.untrusted"),
    "B16": ("nested act depth bomb", "ERR:limits (bounded, no stack overflow)"),
    "B17": ("oversized chain", "ERR:limits"),
    "B18": ("act order confusion", "golden mapping: innermost = first agent"),
    "B19": ("completeness downgrade", "complete=false; policy requiring complete DENY"),
    "B20": ("receipts byte change", "ERR:link.parent_hash"),
    "B21": ("prh_alg mixed", "ERR:link.hash_alg"),
    "B22": ("act dropped on re-exchange", "ERR:chain.truncated when parent known"),
    "B23": ("graft by re-expressed subject", "ERR:link.origin_mismatch"),
    "B24": ("UCAN powerline root", "ERR:root.powerline"),
    "C01": ("scope widening", "ERR:grant.widened{hop}"),
    "C02": ("re-exchange after narrowing", "ERR:grant.widened vs parent hash"),
    "C03": ("empty means all", "ERR; empty = nothing"),
    "C04": ("empty disjunction", "denies all (never true)"),
    "C05": ("empty conjunction on child, parent constrained", "ERR:grant.widened"),
    "C06": ("wildcard child", "ERR:grant.widened"),
    "C07": ("prefix boundary", "ERR:grant.widened"),
    "C08": ("dot-dot / encoded path", "DENY:resource.noncanonical"),
    "C09": ("group later enlarged",
            "pointwise with pinned entity snapshot -> policy chooses; "
            "default DENY if resource not under root grant at mint"),
    "C10": ("constraint key dropped", "pointwise still denies 900; static ERR"),
    "C11": ("extra argument", "DENY:arg.unknown"),
    "C12": ("numeric type games", "JCS/I-JSON numbers; non-number DENY"),
    "C13": ("unknown constraint type", "DENY:constraint.unknown"),
    "C14": ("unknown RAR member", "ERR by default"),
    "C15": ("purpose swap", "ERR:purpose.widened"),
    "C16": ("mission hash change", "ERR:intent.mismatch"),
    "C17": ("audience retarget", "ERR:audience.widened"),
    "C18": ("reauth by wrong principal", "ERR:reauth.not_origin"),
    "C19": ("reauth unsigned", "ERR:reauth.proof"),
    "C20": ("budget raise", "ERR:budget.widened"),
    "C21": ("budget fan-out", "ledger obligation; 2nd debit DENY:budget"),
    "C22": ("assurance laundering", "min_assurance stays low"),
    "C23": ("domain transition laundering", "DENY unless reauth method domain_transition allowed by policy"),
    "C24": ("user lacks right", "DENY:origin_gate"),
    "C25": ("agent lacks right", "DENY:leaf_gate"),
    "C26": ("unauthorised delegation", "DENY:delegate_gate{hop}"),
    "C27": ("delegate class not allowed", "ERR:redelegation"),
    "C28": ("same-scope handoff", "OK, flagged no_attenuation"),
    "C29": ("narrowing accepted", "OK"),
    "D01": ("expired middle link", "ERR:expired{hop 0}"),
    "D02": ("child outlives parent", "ERR:exp.widened"),
    "D03": ("nbf future", "ERR:not_yet_valid"),
    "D04": ("iat before parent iat", "ERR:iat.order"),
    "D05": ("iat far future", "ERR:iat.future"),
    "D06": ("exp as string / negative / 2^63 / float", "ERR:claim.type"),
    "D07": ("exp missing", "ERR:exp.missing"),
    "D08": ("ms vs s", "ERR:exp.implausible (lifetime cap)"),
    "D09": ("parent revoked", "DENY:revoked{hop 0} for all descendants"),
    "D10": ("user session revoked", "DENY:revoked.origin; chain iat>=T OK"),
    "D11": ("key revoked", "DENY:revoked.key"),
    "D12": ("mission revoked/expired", "DENY:intent.inactive"),
    "D13": ("stale snapshot", "DENY:revocation.stale (or policy attr)"),
    "D14": ("unrelated sibling", "OK"),
    "D15": ("chain replay, new session", "ERR:chain.session"),
    "D16": ("invocation replay", "DENY:replay"),
    "D17": ("PoP for other args", "DENY:pop.args"),
    "D18": ("PoP other audience", "DENY:pop.audience"),
    "D19": ("TOCTOU", "decision digest mismatch -> enforce refuses"),
    "D20": ("wth/ath/tth mismatch", "ERR:binding"),
    "D21": ("handle reuse across users", "ERR:chain.session"),
    "D22": ("agent deactivated", "DENY:leaf_gate"),
    "E01": ("alg none / None / nOnE / ''", "ERR:alg"),
    "E02": ("HS256 with RSA public PEM", "ERR:alg"),
    "E03": ("key alg mismatch", "ERR:alg"),
    "E04": ("embedded jwk", "ERR:key.untrusted"),
    "E05": ("jku / x5u / x5c", "never fetched; ERR"),
    "E06": ("kid traversal / SQL / empty / 10 kB", "treated as opaque; ERR:key.unknown"),
    "E07": ("duplicate kid in JWKS", "ERR:jwks.ambiguous"),
    "E08": ("kid collision across issuers", "ERR: keys are looked up per issuer"),
    "E09": ("typ confusion", "ERR:typ"),
    "E10": ("crit unknown / b64:false", "ERR:crit"),
    "E11": ("duplicate JSON member", "ERR:json.duplicate"),
    "E12": ("non-canonical base64url", "ERR:b64"),
    "E13": ("ECDSA r=0/s=0/psychic, DER instead of P1363, wrong length", "ERR:sig"),
    "E14": ("Ed25519 small-order / non-canonical S", "ERR:sig (verify_strict)"),
    "E15": ("P-521/secp256k1/Ed448 token to P-256 key", "ERR:alg"),
    "E16": ("JWS JSON serialisation", "ERR for JWT codecs"),
    "E17": ("private key in cnf.jwk", "ERR:cnf.private"),
    "E18": ("cnf not presenter", "ERR:pop"),
    "E19": ("JWT-SVID with EdDSA / extra header", "ERR:svid"),
    "E20": ("JWT-SVID key use", "ERR:key.use"),
    "E21": ("WIT key by iss", "ERR:trust_domain"),
    "E22": ("rotated-out key within exp", "ERR:key.unknown"),
    "E23": ("hash alg downgrade", "ERR:hash_alg"),
    "E24": ("sealed handle forged/edited/other process", "ERR:seal"),
    "E25": ("JWE/nested JWT", "ERR:format"),
    "F01": ("permit on unproven prior actor", "lint error; at run time attribute proven_agents is empty"),
    "F02": ("missing optional attr", "strict validation error at load"),
    "F03": ("policy error", "DENY:policy_error (Cedar skips erroring forbid -> we must fail closed)"),
    "F04": ("context shadowing", "reserved keys rejected"),
    "F05": ("entity injection", "engine-owned types not overridable"),
    "F06": ("gate order", "all gates needed"),
    "F07": ("monotonicity", "Allowed(L+x) subset of Allowed(L) (property)"),
    "F08": ("codec round trip", "same decision or lossy flag"),
    "F09": ("log injection", "escaped"),
    "F10": ("AuthZEN spoof", "proof_level 0"),
}
CASES = {}
INPUTS = {"chain", "call", "presenter", "host", "approvals", "setup", "ledger", "executed", "authzen", "text"}


def write(folder, name, note, expect, suite=None, **inputs):
    """One file. `chain`, `call`, `presenter` and `host` make the request; `text` writes the request's text itself."""
    unknown = set(inputs) - INPUTS
    assert not unknown, unknown
    document = {"note": note, **({"suite": suite} if suite else {}), "setup": inputs.get("setup", "office"),
                "now_ms": NOW}
    if "authzen" in inputs:
        document["authzen"] = inputs["authzen"]
    else:
        request = {"chain": inputs.get("chain", native()), "call": inputs.get("call", POST)}
        request.update({name: inputs[name] for name in ("presenter", "host", "approvals") if name in inputs})
        if "text" in inputs:
            document["request_text"] = inputs["text"](request)
        else:
            document["request"] = copy.deepcopy(request)
    document.update({name: inputs[name] for name in ("ledger", "executed") if name in inputs})
    document["expect"] = expect
    path = f"{folder}/{name}.json"
    assert path not in CASES, path
    CASES[path] = document


def attack(ident, name, note, expect, good=None, good_note="the same without the flaw", **inputs):
    """A case of the suite, and its good twin: `good` says what is different in that; `...` takes an input away."""
    suite = {"id": ident, "asks": SUITE[ident][1]}
    write("cases", f"{ident}_{name}", note, expect, suite, **inputs)
    if good is not None:
        expect = good.get("expect", ALLOW)
        without = {name: value for name, value in good.items() if name != "expect"}
        write("cases", f"{ident}_{name}.good", good_note, expect, suite, **changed(inputs, without))


def refused_at_load(ident, name, note, error, **setup):
    suite = {"id": ident, "asks": SUITE[ident][1]}
    CASES[f"cases/{ident}_{name}.json"] = {"note": note, "suite": suite, "setup": {"base": "office", **setup},
                                           "load_error": error}


def trusting(issuer, **members):
    """The world with one issuer trusted otherwise."""
    issuers = [{**each, **members} if each["issuer"] == issuer else each for each in TRUST["issuers"]]
    return {"base": "office", "trust": {**TRUST, "issuers": issuers}}


def allow(**more):
    return {**ALLOW, **more}


def no_permit(gate, hop, **more):
    return deny("policy.no_permit", gate=gate, hop=hop, **more)


def forbidden(policy, **more):
    return deny("policy.forbidden", policies=[policy], **more)


BASE = {"chain": native()}


def a_identity():
    nameless = dict(ALICE)
    del nameless["issuer"]
    attack("A01", "origin_without_issuer",
           "an AAT whose root names an origin without its issuer: nobody knows whose alice",
           deny("chain.origin_unqualified", hop=0), chain=aat(Hop("planner", org=nameless), Hop("worker")),
           good={"chain": aat()})
    attack("A01", "origin_without_issuer_own", "the same in our own JSON", deny("request.malformed"),
           chain=own(origin=nameless), setup=CLAIMED, good={"chain": own()})
    attack("A02", "same_subject_other_issuer", "link 0 is delegated by alice of another issuer than the origin's",
           deny("chain.alignment", hop=0), chain=native(Hop("planner", dlr=principal("alice", PARTNER)),
                                                        Hop("worker")), good=BASE)
    attack("A03", "tenant_collision", "alice of tenant t2 is not alice of tenant t1, for whom the policy is",
           no_permit("origin", 0), chain=id_jag(tenant="t2"), good={"chain": id_jag()})
    attack("A03", "tenant_missing", "a multi-tenant issuer must say the tenant", deny("token.claim_missing"),
           chain=id_jag(tenant=...), good={"chain": id_jag()})
    attack("A04", "act_issuer_as_token_issuer",
           "a trusted issuer in `act.iss` does not make the token's issuer trusted",
           deny("token.issuer_untrusted"), chain=access(iss="https://evil.example"), good={"chain": access()})
    planners_only = with_policy("", POLICIES.replace(
        'permit (principal in Blueprint::"office-agents", action == Action::"erp.post_invoice"',
        'permit (principal in Blueprint::"planners", action == Action::"erp.post_invoice"'))
    attack("A05", "client_id_is_not_the_actor",
           "the client is the planner, who may post; the actor is the worker, who may not",
           no_permit("agent", 0), setup=planners_only, chain=access(act=actors("worker"), client_id="planner"),
           good={"chain": access(act=actors("planner"), client_id="worker")},
           good_note="the actor is the planner, the client the worker")
    flat = with_policy('@id("no-delegation") forbid (principal, action, resource) unless { context.chain.depth == 0 };')
    attack("A06", "self_delegation", "act is the subject itself: no delegation, and the record says so",
           allow(chain={"autonomous": True, "origin_kind": "service"}), setup=flat,
           chain=alone(act=actors("worker"), client_id="gateway"))
    attack("A06", "self_delegation_with_human_policy", "what acts for itself is nobody's delegate",
           forbidden("humans-only", gate="origin"), setup=with_policy(HUMANS),
           chain=alone(act=actors("worker"), client_id="gateway"),
           good={"chain": access()}, good_note="alice's delegate")
    attack("A07", "agent_user_account", "an agent's user account looks like a user in the token, and is none",
           forbidden("humans-only", gate="origin", chain={"origin_kind": "agent_user"}), setup=with_policy(HUMANS),
           chain=entra(xms_sub_fct="13"), good={"chain": entra(), "expect": allow(chain={"origin_kind": "user"})})
    for facets, expect in [("3 9 11", None), ("11", None), ("111", "token.not_agent"), ("3 9", "token.not_agent")]:
        attack("A08", f"facets_{facets.replace(' ', '_')}",
               "facets are a set of numbers: 11 is an agent, wherever it stands, and 111 is not",
               deny(expect) if expect else ALLOW, chain=entra(xms_act_fct=facets))
    attack("A09", "agent_marker_missing", "an Entra app that nothing says to be an agent", deny("token.not_agent"),
           chain=entra_app(xms_act_fct=...), good={"chain": entra_app()})
    by_claim = POLICIES.replace(
        'permit (principal in Blueprint::"office-agents", action == Action::"erp.post_invoice"',
        f'permit (principal in Blueprint::"{CLASS}", action == Action::"erp.post_invoice"')
    attack("A10", "blueprint_from_a_claim", "the blueprint of the token is for the audit trail: no entity is in it",
           no_permit("agent", 0, chain={"claims": {"xms_par_app_azp": CLASS}}), setup=with_policy("", by_claim),
           chain=entra(xms_par_app_azp=CLASS), good={"setup": "office",
                                                     "expect": allow(chain={"claims": {"xms_par_app_azp": CLASS}})},
           good_note="a policy on the registry's blueprint")
    attack("A11", "autonomous_with_human_policy", "client credentials: no human is behind it",
           forbidden("humans-only", gate="origin"),
           setup=with_policy(HUMANS), chain=alone(), good={"setup": "office"}, good_note="without the policy, it may")
    attack("A12", "homoglyph", "a Cyrillic letter: another agent, that nobody registered",
           deny("registry.unknown", hop=1, findings=1),
           chain=one(subject="w\u043erker"), good=BASE)
    attack("A12", "decomposed", "the registered name, but decomposed (NFD): another agent",
           deny("registry.unknown", hop=1, findings=1),
           chain=one(subject="bu\u0308ccher"), good={"chain": one(subject="b\u00fccher")},
           good_note="the name as registered (NFC)")
    attack("A13", "issuer_slash", "an issuer is compared byte for byte: a slash makes another",
           deny("chain.root_untrusted", hop=0),
           chain=native(Hop("planner", iss=f"{IDP}/"), Hop("worker")), good=BASE)
    attack("A13", "issuer_case", "so do capitals", deny("token.issuer_untrusted"),
           chain=access(iss="https://IDP.example"),
           good={"chain": access()})
    attack("A13", "issuer_of_origin", "the root's issuer speaks for its own people, not for those of a look-alike",
           deny("token.issuer_untrusted"), chain=native(origin={**ALICE, "issuer": f"{IDP}/"}), good=BASE)
    attack("A14", "cedar_injection", "quotes, colons and newlines in a name are data: an agent nobody registered",
           deny("registry.unknown", hop=1, findings=1), chain=one(subject='worker"] || Agent::"x\n//'), good={
               "chain": native(origin={**ALICE, "subject": 'x"; permit(principal, action, resource); //\n::'})},
           good_note="such a name in finance may what finance may")
    proven_only = with_policy(
        paid_only_if("proven-only", "context.chain.proof_level >= 2"),
        accept_claimed_chains=True)
    attack("A15", "unverified_user", "a user somebody claims, where two levels of proof are asked for",
           forbidden("proven-only", gate="origin", chain={"proof_level": 0}), setup=proven_only, chain=own(),
           good={"chain": access(), "expect": allow(chain={"proof_level": 2})}, good_note="a user an issuer attests")


HUMANS = paid_only_if("humans-only", "context.origin has user")
MALLORY = {**ALICE, "subject": "mallory", "session": "s-2"}


def b_structure():
    three = Hop("planner"), Hop("worker"), Hop("helper")
    attack("B01", "splice_other_subject", "the second link was made for mallory", deny("chain.origin_mismatch", hop=1),
           chain=one(ogd=origin_digest(MALLORY)), good=BASE)
    attack("B01", "splice_other_subject_token", "the token this one was exchanged for was mallory's",
           deny("chain.origin_mismatch"),
           chain=access(parent=access(sub="mallory", jti="at-0", act=actors("planner"), client_id="planner")),
           good={"chain": access(parent=access(jti="at-0", act=actors("planner"), client_id="planner"))})
    attack("B02", "splice_other_session", "the second link is from another of alice's tasks",
           deny("chain.id_mismatch", hop=1),
           chain=one(chn="task-2"), good=BASE)
    under_a = chain_links([Hop("planner"), Hop("worker")])
    under_b = chain_links([Hop("planner", jti="m0"), Hop("worker")])
    attack("B03", "branch_swap", "the worker's link was made under one delegation, and is presented under a like one",
           deny("chain.parent_hash", hop=1), chain={"format": "native", "links": [under_b[0], under_a[1]]},
           good={"chain": {"format": "native", "links": under_b}}, good_note="under the delegation it was made for")
    attack("B04", "misaligned", "the second link is delegated by somebody else than the first was delegated to",
           deny("chain.alignment", hop=1), chain=one(dlr=principal("helper")), good=BASE)
    links = chain_links(three)
    attack("B05", "reordered", "links 1 and 2 change places", deny("chain.depth_order", hop=1),
           chain={"format": "native", "links": [links[0], links[2], links[1]]}, good={"chain": native(*three)})
    attack("B06", "tail_cut", "the worker presents the planner's delegation, with more rights than its own",
           deny("chain.presenter"),
           chain=native(Hop("planner")), presenter=by(), good={"chain": native()},
           good_note="the worker presents its own")
    attack("B06", "tail_cut_by_key", "the same, where the host knows the worker by its key", deny("chain.presenter"),
           chain=native(Hop("planner")), presenter={"key": KEYS["worker"].thumbprint}, good={"chain": native()})
    attack("B07", "head_cut", "the first link is missing", deny("chain.root_missing", hop=0),
           chain={"format": "native", "links": under_a[1:]}, good=BASE)
    attack("B08", "insertion", "somebody put a link of their own between", deny("chain.proof", hop=1), chain=native(
        Hop("planner"), Hop("clerk", signer=KEYS["attacker"], iss=f"{THUMBPRINT}:{KEYS['attacker'].thumbprint}"),
        Hop("worker")),
        good={"chain": native(Hop("planner"), Hop("clerk"), Hop("worker"))}, good_note="the planner made that link")
    attack("B08", "insertion_unsigned", "and said the planner had made it", deny("token.signature"),
           chain=native(Hop("planner"), Hop("clerk", signer=KEYS["attacker"]), Hop("worker")),
           good={"chain": native(Hop("planner"), Hop("clerk"), Hop("worker"))}, good_note="the planner made that link")
    attack("B08", "no_delegate_key", "a link that names no key of its delegate ends the chain",
           deny("chain.proof", hop=1),
           chain=native(Hop("planner", cnf=...), Hop("worker")), good=BASE)
    attack("B09", "gap", "depths 0 and 2", deny("chain.depth_order", hop=1), chain=one(del_depth=2), good=BASE)
    six = [Hop(name) for name in ("planner", "worker", "helper", "clerk", "runner", "b\u00fccher")]
    attack("B10", "too_deep", "six links where the last may have the number 4", deny("chain.depth", hop=0),
           chain=native(*six),
           good={"chain": native(*six[:5])}, good_note="five links")
    attack("B11", "ceiling_raised", "a link that allows more depth than its parent", deny("chain.depth_raised", hop=1),
           chain=one(del_max_depth=5), good={"chain": one(del_max_depth=3)}, good_note="or less")
    attack("B12", "cycle", "the worker hands back to the planner", deny("chain.cycle", hop=2),
           chain=native(Hop("planner"), Hop("worker"), Hop("planner")), good={"chain": native(*three)},
           good_note="to a third agent")
    attack("B13", "duplicate_id", "two links of one id", deny("chain.duplicate", hop=1), chain=one(jti="l0"), good=BASE)
    attack("B14", "empty", "no links: nobody was authorized", deny("chain.empty"),
           chain={"format": "native", "links": []}, good=BASE)
    attack("B14", "empty_own", "the same in our own JSON", deny("chain.empty"), chain=own(links=[]), setup=CLAIMED,
           good={"chain": own()})
    attack("B14", "token_without_actor", "alice's token for a client: nothing says that an agent acts",
           deny("chain.empty"),
           chain=access(act=...), good={"chain": access()})
    attack("B15", "re_root", "an attacker makes a new first link for alice", deny("chain.root_untrusted", hop=0),
           chain=native(Hop("planner", signer=KEYS["attacker"], iss="https://evil.example"), Hop("worker")), good=BASE)
    attack("B15", "re_root_forged", "and says that her issuer made it", deny("token.signature"),
           chain=native(Hop("planner", signer=KEYS["attacker"]), Hop("worker")), good=BASE)
    bomb = compact(changed(ACCESS, {"act": 0})).replace('"act":0', '"act":' + '{"act":' * 10_000 + "{}" + "}" * 10_000)
    attack("B16", "act_bomb", "10,000 actors in each other", deny("token.too_large"),
           chain=token("access_token", bomb, KEYS["idp-2"], "at+jwt", kid="idp-2"), good={"chain": access()})
    bomb = compact(changed(ACCESS, {"act": 0})).replace('"act":0', '"act":' + '{"act":' * 1_000 + "{}" + "}" * 1_000)
    attack("B16", "act_nested", "1,000 in a token of the allowed size", deny("token.json"),
           chain=token("access_token", bomb, KEYS["idp-2"], "at+jwt", kid="idp-2"))
    attack("B16", "act_twenty", "20 well-formed actors", deny("chain.too_large"),
           chain=access(act=actors(*(f"a{i}" for i in range(20)))))
    attack("B17", "many_links", "17 links", deny("chain.too_large"),
           chain=native(*(Hop(f"a{i}", del_max_depth=20) for i in range(17))), good=BASE)
    many = grants(*(capability("erp.post_invoice", "read") for _ in range(65)))
    attack("B17", "many_capabilities", "65 capabilities in one grant", deny("chain.too_large"), chain=one(many),
           good={"chain": one(grants(*many["capabilities"][:64]))}, good_note="64 capabilities")
    attack("B17", "large_token", "a token of more than 64 KiB", deny("token.too_large"),
           chain=access(note="x" * 50_000))
    agents = [principal("planner"), principal("worker")]
    order = with_policy(
        paid_only_if("worker-acts", f'context.chain.holder == Agent::"{AGENTS}|worker" '
                                    f'&& context.chain.first == Agent::"{AGENTS}|planner"'))
    attack("B18", "act_order", "the acting agent is outermost: turned around, the planner acts for the worker",
           forbidden("worker-acts", chain={"agents": agents[::-1]}), setup=order,
           chain=access(act=actors("worker", "planner"), client_id="planner"),
           good={"chain": access(), "expect": allow(chain={"agents": agents})},
           good_note="the innermost is the first agent")
    complete = with_policy(paid_only_if("complete-only", "context.chain.complete"))
    whole = proofs(*URL_AGENTS)
    attack("B19", "proofs_missing", "only the worker proves that it acted",
           forbidden("complete-only", chain={"complete": False, "proof_level": 2}),
           setup=complete, chain=proven(whole[:1]),
           good={"chain": proven(whole), "expect": allow(chain={"complete": True, "proof_level": 3})},
           good_note="both agents prove it")
    both = receipts()
    turned = receipts(lambda older: dict(reversed(list(older.items()))))
    attack("B20", "receipt_rewritten", "the older receipt says the same in other bytes", deny("chain.parent_hash"),
           chain=access(actor_receipts=turned, actor_receipts_complete=True),
           good={"chain": access(actor_receipts=both, actor_receipts_complete=True)})
    attack("B21", "hash_mixed", "one proof names the hash, the other does not", deny("chain.hash_alg"),
           chain=proven(proofs(*URL_AGENTS, prh_alg=["sha-256"])),
           good={"chain": proven(proofs(*URL_AGENTS, prh_alg=["sha-256", "sha-256"]))}, good_note="both name it")
    before = access(jti="at-0", act=actors("planner"), client_id="planner")
    attack("B22", "actor_dropped", "the planner is in the token this one was exchanged for, and not in this one",
           deny("chain.truncated"),
           chain=access(act=actors("worker"), parent=before), good={"chain": access(parent=before)})
    attack("B23", "graft", "the worker's proof is real, but for another subject", deny("chain.origin_mismatch"),
           chain=proven(proofs(*URL_AGENTS, sub={"worker.example": {"sub": "mallory"}})), good={"chain": proven(whole)})
    attack("B24", "powerline",
           "UCAN's `sub: null` (a root for anybody) is not read here; `\"org\": null` says the same",
           deny("chain.root_powerline", hop=0), chain=native(Hop("planner", org=None), Hop("worker")), good=BASE)
    attack("B24", "powerline_aat", "the same in an AAT", deny("chain.root_powerline", hop=0),
           chain=aat(Hop("planner", org=None), Hop("worker")), good={"chain": aat()})


def posting(**arguments):
    """A grant to post invoices, with constraints; the arguments not named here may be anything."""
    return grants(capability("erp.post_invoice", arguments=changed({"invoice": "any", "amount": "any",
        "currency": "any"}, arguments)))


UP_TO_500 = posting(amount={"range": {"max": "500"}})
EUR_200 = [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "500.00"}]


def at_invoice(*resources):
    return grants(capability("erp.post_invoice", resources=list(resources)))


def invoice(ident):
    return {"eq": {"type": "Invoice", "id": ident}}


def c_attenuation():
    wider = deny("chain.widened", hop=1)
    attack("C01", "scope_widened", "the child adds an action", wider,
           chain=two(grants("read", "erp.post_invoice"), INVOICES),
           good={"chain": two(INVOICES, grants("read", "erp.post_invoice"))}, good_note="the child leaves one out")
    before = {"jti": "at-0", "act": actors("planner"), "client_id": "planner"}
    attack("C02", "re_exchange", "the token this one was exchanged for was narrower", deny("chain.widened"),
           chain=access(parent=access(**before, scope="read")), good={"chain": access(parent=access(**before))})
    attack("C03", "empty_means_nothing", "the parent grants nothing, not everything", wider,
           chain=two(grants(), NARROW), good=BASE)
    attack("C03", "empty_actions", "nor does a capability without actions", wider,
           chain=two(grants(capability()), NARROW), good=BASE)
    exact = {"constraint_type": "exact", "value": 120.5}
    limited = {"constraint_type": "range", "max": 500}
    attack("C04", "empty_disjunction", "any of no constraints is never met", deny("chain.constraint", hop=1),
           chain=aat(Hop("planner"), Hop("worker", tools(**{**FREE, "amount": {"constraint_type": "any", "constraints": []}}))),
           good={"chain": aat(Hop("planner"), Hop("worker",
                                                  tools(**{**FREE,
                                                           "amount": {"constraint_type": "any", "constraints": [exact]}})))},
           good_note="any of one that is met")
    attack("C04", "empty_disjunction_native", "the same in our own words", deny("grant.argument", hop=1),
           chain=one(posting(amount={"any_of": []})),
           good={"chain": one(posting(amount={"any_of": [{"exact": 120.5}]}))})
    attack("C05", "empty_conjunction", "all of no constraints is no constraint, and the parent has one",
           deny("chain.constraint", hop=1),
           chain=aat(Hop("planner", tools(**{**FREE, "amount": limited})),
                     Hop("worker", tools(**{**FREE, "amount": {"constraint_type": "all", "constraints": []}}))),
           good={"chain": aat(Hop("planner", tools(**{**FREE, "amount": limited})),
                              Hop("worker", tools(**{**FREE, "amount": {"constraint_type": "range", "max": 200}})))},
                              good_note="a range in its range")
    attack("C06", "wildcard_action", "any action, where the parent has one", wider,
           chain=two(grants("erp.post_invoice"), grants({"actions": "any"})),
           good={"chain": two(grants({"actions": "any"}), grants("erp.post_invoice"))}, good_note="the other way round")
    attack("C06", "wildcard_argument", "any value, where the parent has one", wider,
           chain=aat(Hop("planner", tools(**{**FREE, "amount": exact})), Hop("worker", tools(**FREE))),
           good={"chain": aat(Hop("planner", tools(**FREE)), Hop("worker", tools(**{**FREE, "amount": exact})))})
    attack("C07", "prefix", "an id that begins like the granted one is another", wider,
           chain=two(at_invoice(invoice("inv-1")), at_invoice(invoice("inv-10"))),
           good={"chain": two(at_invoice(invoice("inv-1")), at_invoice(invoice("inv-1")))})
    for name, ident in [("dot_dot", "inv-1/../inv-2"), ("encoded", "%69nv-1")]:
        attack("C08", name, "an id is no path: it is compared as it is, never resolved or decoded",
               deny("grant.resource", hop=1), chain=one(at_invoice(invoice("inv-1"))), call=post(invoice=ident),
               good={"call": POST})
    pinned = at_invoice(invoice("inv-1"), invoice("inv-2"))
    def memo(condition):
        return posting(memo={"optional": condition})

    workspace = memo({"subpath": "/workspace"})
    attack("C07", "subpath_beside", "a directory that begins like the granted one is another", wider,
           chain=two(workspace, memo({"subpath": "/workspace-evil"})), good={"chain": two(workspace, memo({"subpath": "/workspace/a"}))})
    attack("C07", "host_below", "a name below a host is not that host", wider,
           chain=two(memo({"url": {"host": "good.example"}}), memo({"url": {"host": "good.example.evil.example"}})),
           good={"chain": two(memo({"url": {"host": "*.good.example"}}), memo({"url": {"host": "a.good.example"}}))})
    for name, path in [("dot_dot", "/workspace/../etc/passwd"), ("encoded", "/workspace/%2e%2e/etc/passwd")]:
        attack("C08", f"path_{name}", "a path is resolved before it is compared, and what is encoded is no path",
               deny("grant.argument", hop=0), chain=two(workspace, workspace), call=post(memo=path),
               good={"call": post(memo="/workspace/b/../a.txt")})
    attack("C09", "moved_in_later",
           "`in Ledger::main` was pinned when the chain was made, to what was in it; inv-3 came later",
           deny("grant.resource", hop=1), chain=one(pinned), call=post(invoice="inv-3"),
           good={"chain": one(at_invoice({"in": {"type": "Ledger", "id": "main"}}))},
           good_note="not pinned: what is in it now")
    attack("C10", "constraint_dropped", "the child drops its parent's limit", wider,
           chain=two(UP_TO_500, grants("erp.post_invoice")),
           good={"chain": two(UP_TO_500, posting(amount={"range": {"max": "200"}}))})
    attack("C10", "number_outside", "a number its parent's range does not hold", wider,
           chain=two(UP_TO_500, posting(amount={"one_of": [120.5, "500.01"]})),
           good={"chain": two(UP_TO_500, posting(amount={"one_of": [120.5, "500.00"]}))})
    until = grants(capability("erp.post_invoice", expires_ms=NOW + 60_000))
    attack("C10", "expiry_dropped", "the child's part of the grant outlasts its parent's", wider,
           chain=two(until, grants("erp.post_invoice")), good={"chain": two(until, until)})
    approved = grants(capability("erp.post_invoice", approvers=["controllers"]))
    attack("C10", "approvers_dropped", "the child drops who must approve", wider,
           chain=two(approved, grants("erp.post_invoice")), good={"chain": two(INVOICES, grants("erp.post_invoice"))})
    attack("C10", "constraint_kept", "the parent's limit counts at every hop", deny("grant.argument", hop=0),
           chain=two(UP_TO_500, UP_TO_500), call=post(amount=900), good={"call": POST})
    attack("C11", "argument_not_granted", "an argument the grant does not name", deny("grant.argument", hop=1),
           chain=one(posting()),
           call=post(memo="hi"), good={"call": POST})
    attack("C11", "argument_unknown", "an argument the tool has not", deny("call.argument_unknown"),
           call=post(bcc="eve"), good={"call": POST})
    limited = one(UP_TO_500)
    for name, number, expect in [
        ("string", '"500"', deny("call.argument_invalid")), ("infinite", "1e309", deny("request.malformed")),
        ("nan", "NaN", deny("request.malformed")), ("fraction", "500.0", ALLOW), ("exponent", "5e2", ALLOW),
        ("negative_zero", "-0", ALLOW),
    ]:
        attack("C12", f"number_{name}", f"{number} against a limit of 500", expect, chain=limited,
               text=lambda request, number=number: canonical(request).replace('"amount":120.5', f'"amount":{number}'))
    geo = {"type": "acme_geo", "value": "EU"}
    attack("C13", "unknown_constraint", "a constraint nobody here understands might be the limit",
           deny("chain.constraint", hop=1),
           chain=aat(Hop("planner"), Hop("worker", tools(**{**FREE, "amount": geo}))), good={"chain": aat()})
    detail = {"type": "bailiwick_grant", **NARROW}
    attack("C14", "unknown_member", "a detail with a member nobody here understands", deny("chain.details"),
           chain=access(scope=..., authorization_details=[{**detail, "locations": [AUDIENCE]}]),
           good={"chain": access(scope=..., authorization_details=[detail])})
    attack("C14", "unknown_type", "a detail of a type nobody here understands", deny("chain.details"),
           chain=access(scope=..., authorization_details=[detail, {"type": "payment_initiation"}]),
           good={"chain": access(scope=..., authorization_details=[detail])})
    attack("C14", "unknown_member_native", "the same in a link", deny("chain.details", hop=1),
           chain=one(authorization_details=[{**detail, "locations": [AUDIENCE]}]), good=BASE)

    def coded(child):
        return native(Hop("planner", prc="pay-invoices"), Hop("worker", prc=child))

    attack("C15", "purpose_swap", "another purpose than the parent's", deny("chain.purpose_widened", hop=1),
           chain=coded("marketing"),
           good={"chain": coded("pay-invoices.eu")}, good_note="a purpose below it")
    attack("C15", "purpose_prefix", "a purpose that only begins like the parent's",
           deny("chain.purpose_widened", hop=1),
           chain=coded("pay-invoices-and-more"), good={"chain": coded("pay-invoices")})
    attack("C15", "purpose_dropped", "no purpose, where the parent has one", deny("chain.purpose_widened", hop=1),
           chain=coded(...),
           good={"chain": coded("pay-invoices")})

    def meant(child):
        held = {"contract": {"mode": "bounded", "grants": [{"tools": ["mail.read"]}]}}
        return native(Hop("planner", int=held), Hop("worker", int=child))

    narrower = {"contract": {"mode": "read_only"}}
    attack("C15", "intent_widened", "for more than its parent is for", deny("chain.intent_widened", hop=1),
           chain=meant({"contract": {"mode": "bounded", "grants": [{"tools": ["mail.read", "mail.send"]}]}}),
           good={"chain": meant(narrower)})
    attack("C15", "intent_dropped", "no intent, where the parent has one", deny("chain.intent_widened", hop=1),
           chain=meant(...), good={"chain": meant(narrower)})
    mission = {"id": "m-1", "origin": IDP, "authority_hash": digest("mission", "m-1")}

    def missions(child):
        return native(Hop("planner", mission=mission), Hop("worker", mission=child))

    attack("C16", "mission_changed", "the mission's authority is another", deny("chain.mission", hop=1),
           chain=missions({**mission, "authority_hash": digest("mission", "m-2")}), good={"chain": missions(mission)})

    def targets(parent, child):
        return native(Hop("planner", tgt=parent), Hop("worker", tgt=child))

    attack("C17", "retargeted", "the child is for a system the parent is not for", deny("chain.target_widened", hop=1),
           chain=targets(["erp"], ["erp", "mail"]), good={"chain": targets(["erp", "mail"], ["erp"])})
    attack("C17", "targets_dropped", "for any system, where the parent is for one", deny("chain.target_widened", hop=1),
           chain=targets(["erp"], ...), good={"chain": targets(["erp"], ["erp"])})
    attack("C17", "other_target", "a call to a system the second link is not for", deny("grant.target", hop=1),
           chain=targets(["erp", "mail"], ["mail"]), good={"chain": targets(["erp", "mail"], ["erp"])})
    attack("C17", "audience", "a token for somebody else", deny("token.audience"),
           chain=access(aud="https://crm.example"),
           good={"chain": access(aud=["https://crm.example", AUDIENCE])}, good_note="for somebody else, and for us")
    attack("C18", "agent_reauthorizes", "the planner says yes in alice's place",
           deny("chain.reauthorization_origin", hop=1),
           chain=reauthorized(sub="planner", sub_iss=AGENTS), good={"chain": reauthorized()},
           good_note="alice says yes")
    unsigned = {"key": b"", "header": {"alg": "none", "kid": ...}}
    attack("C19", "reauthorization_unsigned", "nobody signed the yes", deny("chain.reauthorization", hop=1),
           chain=reauthorized(**unsigned),
           good={"chain": reauthorized()})
    attack("C19", "reauthorization_forged", "somebody else signed it", deny("chain.reauthorization", hop=1),
           chain=reauthorized(key=KEYS["attacker"]), good={"chain": reauthorized()})
    attack("C19", "reauthorization_other_chain", "a yes for another task", deny("chain.reauthorization", hop=1),
           chain=reauthorized(chn="task-2"), good={"chain": reauthorized()})
    attack("C19", "reauthorization_other_link", "a yes on top of another link", deny("chain.reauthorization", hop=1),
           chain=reauthorized(par_hash=hashed("another link")), good={"chain": reauthorized()})
    attack("C19", "reauthorization_expired", "a yes whose time has passed", deny("chain.reauthorization", hop=1),
           chain=reauthorized(exp=SECONDS), good={"chain": reauthorized(exp=SECONDS + 1)})
    attack("C19", "reauthorization_exceeded", "the link passes on more than the yes covers",
           deny("chain.widened", hop=1),
           chain=reauthorized(authorization_details=[{"type": "bailiwick_grant", **NARROW}]),
           good={"chain": reauthorized()})

    def budgeted(child):
        limits = [[{**EUR_200[0], "limit": limit}] for limit in ("500.00", child)]
        return two({**INVOICES, "budgets": limits[0]}, {**NARROW, "budgets": limits[1]})

    attack("C20", "budget_raised", "600 of 500", wider, chain=budgeted("600.00"), ledger=LEDGER,
           good={"chain": budgeted("200.00")})
    fan_out = two({**INVOICES, "budgets": EUR_200}, NARROW)
    spent = [{"chain": "task-1", "link": "l0", "budget": "eur", "amount": "400"}]
    attack("C21", "budget_fan_out", "another child of the planner has spent 400 of the 500 already",
           deny("grant.budget", hop=0),
           chain=fan_out, ledger={**LEDGER, "spent": spent},
           good={"ledger": {**LEDGER, "spent": [{**spent[0], "amount": "300"}]}},
           good_note="it has spent 300")
    assured = with_policy(
        paid_only_if("assured-only", "context.chain has min_assurance && context.chain.min_assurance >= 2"))
    attack("C22", "assurance_laundered", "the weakest that took part counts, however strong the acting one",
           forbidden("assured-only", gate="origin"), setup=assured,
           chain=txn({"min_assurance_level": 1}, {"assurance": 3}),
           good={"chain": txn({"min_assurance_level": 2}, {"assurance": 3})}, good_note="all strong enough")
    attack("C23", "domain_transition", "other words for more rights need a yes of a kind the issuer may give",
           deny("chain.reauthorization_method", hop=1), chain=reauthorized(method="domain_transition"),
           good={"chain": reauthorized()})
    attack("C24", "user_lacks_right", "agents and grants allow, alice may not", no_permit("origin", 0),
           chain=native(origin={**ALICE, "groups": ["interns"]}), good=BASE)
    planner_anywhere = with_policy(
        '@id("planner-posts-anywhere") '
        'permit (principal in Blueprint::"planners", action == Action::"erp.post_invoice", resource);')
    attack("C25", "agent_lacks_right", "alice, the planner and the grants allow, the worker may not",
           no_permit("agent", 1),
           setup=planner_anywhere, call=post(invoice="inv-0"), good={"call": POST})
    attack("C26", "delegation_forbidden", "the planner may act, but not hand work to an outsider",
           forbidden("none-to-outsiders", gate="delegate", hop=1), chain=one(subject="contractor"), good=BASE)

    def redelegating(to, subject):
        return native(Hop("planner", rdl=to), Hop(subject))

    attack("C27", "class_not_allowed", "alice's link lets the planner hand on to workers only",
           deny("chain.redelegation", hop=1),
           chain=redelegating({"blueprints": ["workers"]}, "contractor"),
           good={"chain": redelegating({"blueprints": ["workers"]}, "worker")})
    attack("C27", "agent_not_allowed", "or to the worker only", deny("chain.redelegation", hop=1),
           chain=redelegating({"agents": [principal("worker")]}, "helper"),
           good={"chain": redelegating({"agents": [principal("worker")]}, "worker")})
    attack("C27", "may_act", "the same in a token: only the worker may act for the planner", deny("chain.redelegation"),
           chain=access(parent=access(**before, may_act=principal_claims("worker")), act=actors("planner", "helper"),
                        client_id="helper"),
           good={"chain": access(parent=access(**before, may_act=principal_claims("worker")))})
    attack("C28", "same_scope", "nothing is narrowed: allowed, and flagged",
           allow(chain={"flags": ["no_attenuation"]}), chain=two(INVOICES, INVOICES))
    attack("C29", "narrowing", "each link passes on less than it has", ALLOW, chain=native(
        Hop("planner", {**INVOICES, "budgets": EUR_200}),
        Hop("worker", {**UP_TO_500, "budgets": [{**EUR_200[0], "limit": "400.00"}]}, exp=SECONDS + 300)),
        ledger=LEDGER)


def principal_claims(subject, issuer=AGENTS):
    return {"sub": subject, "iss": issuer}


def d_lifecycle():
    attack("D01", "middle_expired", "link 0 is over, and link 1 says it is not", deny("chain.outlives_parent", hop=1),
           chain=native(Hop("planner", exp=SECONDS - 1), Hop("worker")), good=BASE)
    attack("D01", "all_expired", "time is up for both", deny("chain.expired", hop=0),
           chain=native(Hop("planner", exp=SECONDS), Hop("worker", exp=SECONDS)),
           good={"chain": native(Hop("planner", exp=SECONDS + 1), Hop("worker", exp=SECONDS + 1))},
           good_note="one second later")
    attack("D02", "outlives_parent", "a link that lasts longer than its parent", deny("chain.outlives_parent", hop=1),
           chain=one(exp=SECONDS + 601), good=BASE)
    attack("D03", "not_yet_valid", "valid in 61 seconds", deny("chain.not_yet_valid", hop=1),
           chain=one(nbf=SECONDS + 61),
           good={"chain": one(nbf=SECONDS - 1)})
    attack("D04", "issued_before_parent", "the clock ran backwards", deny("chain.issued_order", hop=1),
           chain=one(iat=SECONDS - 61), good=BASE)
    long = {"exp": SECONDS + 1200}
    attack("D05", "issued_in_future", "issued ten minutes from now", deny("chain.issued_order", hop=1),
           chain=native(Hop("planner", **long), Hop("worker", iat=SECONDS + 600, **long)),
           good={"chain": native(Hop("planner", **long), Hop("worker", **long))})
    for name, number, code in [
        ("string", f'"{SECONDS + 600}"', "token.claim_type"), ("negative", "-1", "token.claim_type"),
        ("float", f"{SECONDS + 600}.5", "token.claim_type"), ("beyond_64_bits", str(2**63), "token.json"),
        ("far_future", str(2**62), "chain.lifetime"),
    ]:
        def written(claims, number=number):
            return compact({**claims, "exp": 0}).replace('"exp":0', f'"exp":{number}')

        attack("D06", f"expiry_{name}", f"exp is {number}", deny(code), chain=one(raw=written), good=BASE)
    attack("D06", "expiry_string_token", "the same in an access token", deny("token.claim_type"),
           chain=access(exp=str(SECONDS + 600)),
           good={"chain": access()})
    attack("D07", "expiry_missing", "no expiry", deny("token.claim_missing"),
           chain=native(Hop("planner", exp=...), Hop("worker", exp=...)), good=BASE)
    attack("D07", "expiry_missing_token", "the same in an access token", deny("token.claim_missing"),
           chain=access(exp=...), good={"chain": access()})
    attack("D08", "milliseconds", "milliseconds where seconds belong", deny("chain.lifetime"),
           chain=native(Hop("planner", exp=NOW + 600_000), Hop("worker")), good=BASE)
    attack("D08", "thirty_one_days", "a plausible date, and too long", deny("chain.lifetime", hop=0),
           chain=native(Hop("planner", exp=SECONDS + 31 * DAY // 1000), Hop("worker")), good=BASE)
    attack("D09", "parent_revoked", "link 0 is revoked, and with it what was made under it",
           deny("revocation.link", hop=0),
           setup=revoked(links=[{"chain": "task-1", "link": "l0"}]), good={"setup": "office"})
    attack("D09", "chain_revoked", "the whole chain is", deny("revocation.link"),
           setup=revoked(links=[{"chain": "task-1"}]), good={"setup": "office"})
    attack("D09", "token_revoked", "a token is known by its jti", deny("revocation.link"), chain=access(),
           setup=revoked(links=[{"chain": "at-1"}]), good={"setup": revoked(links=[{"chain": "at-2"}])})

    def ended(before, **more):
        return revoked(subjects=[{**principal("alice", IDP), **more, "before_ms": before}])

    attack("D10", "session_revoked", "alice's session ended after the chain was made", deny("revocation.subject"),
           setup=ended(NOW, session="s-1"),
           good={"setup": ended(NOW - MINUTE, session="s-1")}, good_note="exactly when, or before, the chain was made")
    attack("D10", "subject_revoked", "whatever the session", deny("revocation.subject"), setup=ended(NOW),
           good={"setup": ended(NOW, session="s-2")}, good_note="another session of hers")
    attack("D10", "session_unknown", "a chain that does not say its session counts as the one that ended",
           deny("revocation.subject"),
           chain=native(origin=changed(ALICE, {"session": ...})), setup=ended(NOW, session="s-1"),
           good={"setup": "office"})
    attack("D11", "delegate_key_revoked", "the planner's key is revoked", deny("revocation.key"),
           setup=revoked(keys=[KEYS["planner"].thumbprint]), good={"setup": revoked(keys=[KEYS["helper"].thumbprint])},
           good_note="somebody else's key is")
    attack("D11", "issuer_key_revoked", "the key that signed the first link is", deny("revocation.key"),
           setup=revoked(keys=[KEYS["idp-1"].thumbprint]), good={"setup": revoked(keys=[KEYS["idp-2"].thumbprint])},
           good_note="another key of the issuer is")
    mission = {"id": "m-1", "origin": IDP, "authority_hash": digest("mission", "m-1")}
    attack("D12", "mission_ended", "the mission is over", deny("revocation.mission"),
           chain=native(Hop("planner", mission=mission), Hop("worker", mission=mission)),
           setup=revoked(missions=[{"id": "m-1", "origin": IDP}]),
           good={"setup": revoked(missions=[{"id": "m-2", "origin": IDP}])}, good_note="another mission is over")
    attack("D13", "stale_snapshot", "what is known of revocations is too old", deny("revocation.stale"),
           setup=revoked(as_of_ms=NOW - 5 * MINUTE - 1), good={"setup": revoked(as_of_ms=NOW - 5 * MINUTE)},
           good_note="just new enough")
    attack("D13", "no_snapshot", "nothing is known of revocations", deny("revocation.stale"), setup="unwatched",
           good={"setup": "office"})
    attack("D14", "sibling_revoked", "another link of the planner's is revoked", ALLOW,
           setup=revoked(links=[{"chain": "task-1", "link": "l9"}]))
    attack("D15", "other_session", "the chain was made in another session", deny("chain.session"),
           presenter=by(session="s-2"),
           good={"presenter": by(session="s-1")})
    used = {"id": proof_id("worker", "pop-1"), "until_ms": NOW + MINUTE}
    attack("D16", "replayed", "the same proof a second time, for a tool with side effects", deny("proof.replay"),
           presenter=by(proof=aat_proof()), ledger={**LEDGER, "proofs": [used]}, good={"ledger": LEDGER})
    attack("D16", "nobody_remembers", "nobody can tell whether it was used before", deny("proof.ledger"),
           presenter=by(proof=aat_proof()),
           good={"ledger": LEDGER})
    attack("D16", "replayed_reading", "reading twice harms nobody", ALLOW, call=READ,
           ledger={**LEDGER, "proofs": [used]},
           presenter=by(proof=aat_proof(arguments=READ["arguments"], aat_tool="erp.read_invoice")))
    attack("D16", "old_proof", "a proof made 61 seconds ago", deny("proof.stale"),
           presenter=by(proof=aat_proof(iat=SECONDS - 61)), ledger=LEDGER,
           good={"presenter": by(proof=aat_proof(iat=SECONDS - 59))})
    attack("D17", "other_arguments", "a proof for a smaller amount", deny("proof.arguments"),
           presenter=by(proof=aat_proof(arguments=post(amount=1)["arguments"])), ledger=LEDGER,
           good={"presenter": by(proof=aat_proof())})
    attack("D17", "other_tool", "a proof for another tool", deny("proof.arguments"),
           presenter=by(proof=aat_proof(aat_tool="erp.read_invoice")),
           ledger=LEDGER, good={"presenter": by(proof=aat_proof())})
    attack("D18", "other_audience", "a proof for another service", deny("proof.audience"),
           presenter=by(proof=aat_proof(aat_aud="https://crm.example")),
           ledger=LEDGER, good={"presenter": by(proof=aat_proof(aat_aud=AUDIENCE))})
    bound = access(cnf={"jkt": KEYS["worker"].thumbprint})
    attack("D18", "other_url", "a DPoP proof for another URL", deny("proof.audience"), chain=bound,
           presenter=by(proof=dpop(bound, htu="https://crm.example/invoices")), ledger=LEDGER,
           good={"presenter": by(proof=dpop(bound))})
    attack("D18", "other_method", "a DPoP proof for another method", deny("proof.audience"), chain=bound,
           presenter=by(proof=dpop(bound, htm="GET")), ledger=LEDGER, good={"presenter": by(proof=dpop(bound))})
    attack("D19", "changed_after", "the arguments changed after the decision", allow(is_of=False),
           executed=post(amount=499),
           good={"executed": POST, "expect": allow(is_of=True)}, good_note="the call that was decided on")

    def approved(amount):
        """A request to post `amount`, where the owner approved of 600."""
        request = {"chain": sealed(), "call": post(amount=600)}
        yes = approval(request, OLGA, ["owner"])
        return {"chain": request["chain"], "call": post(amount=amount), "approvals": [yes]}

    attack("D19", "changed_after_approval", "the owner approved of 600, and 601 are to be posted",
           ask(["owner"], declined=["approval.mismatch"]), ledger=LEDGER, good=approved(600), **approved(601))
    identity = wit()
    other = wit(jti="wit-2")
    attack("D20", "other_wit", "a proof for another identity token", deny("proof.binding"), chain=identity,
           presenter={"proof": wpt(identity, attach=False, wth=hashed(other["token"]))}, ledger=LEDGER,
           good={"presenter": {"proof": wpt(identity, attach=False)}})
    carried = access(act=spiffe_act(), client_id="planner")
    attack("D20", "other_access_token", "a proof for another access token", deny("proof.binding"), chain=carried,
           presenter={"proof": wpt(identity, ath=hashed(access()["token"]))}, ledger=LEDGER,
           good={"presenter": {"proof": wpt(identity, ath=hashed(carried["token"]))}})
    transaction = txn()
    attack("D20", "other_transaction", "a proof for another transaction", deny("proof.binding"), chain=transaction,
           presenter={"proof": wpt(identity, tth=hashed(txn(txn="txn-2")["token"]))}, ledger=LEDGER,
           good={"presenter": {"proof": wpt(identity, tth=hashed(transaction["token"]))}})
    attack("D20", "other_link", "a proof for another link", deny("proof.binding"),
           presenter=by(proof=aat_proof(aat_id="l0")), ledger=LEDGER,
           good={"presenter": by(proof=aat_proof())})
    attack("D20", "other_token_dpop", "a DPoP proof for another token", deny("proof.binding"), chain=bound,
           presenter=by(proof=dpop(bound, ath=hashed("another token"))), ledger=LEDGER,
           good={"presenter": by(proof=dpop(bound))})
    attack("D20", "dpop_unbound", "a DPoP proof that names no token", deny("proof.binding"), chain=bound,
           presenter=by(proof=dpop(bound, ath=...)), ledger=LEDGER, good={"presenter": by(proof=dpop(bound))})
    attack("D21", "handle_of_another_user", "alice's sealed chain in bob's session", deny("chain.session"),
           chain=sealed(),
           presenter=by(session="s-bob"), good={"presenter": by(session="s-1")})
    attack("D21", "session_not_known", "alice's chain does not say its session: it fits none", deny("chain.session"),
           chain=native(origin=changed(ALICE, {"session": ...})), presenter=by(session="s-bob"),
           good={"presenter": by()})
    attack("D22", "deactivated", "the directory says the agent is not active: a hold", deny("registry.held", hop=1),
           chain=one(subject="suspended"), good=BASE)
    attack("D22", "retired", "the agent is retired", deny("registry.retired", hop=1), chain=one(subject="veteran"),
           good=BASE)


def spiffe_act():
    return {"sub": SPIFFE_WORKER, "iss": DOMAIN, "act": actors("planner")}


def resigned(signature, key="idp-2"):
    """The base access token, with what `signature` makes of the right one."""
    header = {"alg": KEYS[key].alg, "typ": "at+jwt", "kid": key}
    right = KEYS[key].sign(signing_input(header, ACCESS).encode())
    return {"format": "access_token", "token": jws(header, ACCESS, signature(right))}


def rewritten(change):
    """The base access token, its text changed."""
    return {"format": "access_token", "token": change(access()["token"])}


def e_crypto():
    good = {"chain": access()}
    for alg in ("none", "None", "nOnE", ""):
        unsigned = jws({"alg": alg, "typ": "at+jwt", "kid": "idp-2"}, ACCESS, b"")
        attack("E01", f"alg_{alg or 'empty'}", f"alg is `{alg}`, and nothing is signed", deny("token.algorithm"),
               chain={"format": "access_token", "token": unsigned}, good=good if alg == "none" else None)
    pem = KEYS["entra-1"].private.public_key().public_bytes(serialization.Encoding.PEM,
                                                            serialization.PublicFormat.SubjectPublicKeyInfo)
    forged = copy.deepcopy(entra())
    _, claims, _ = forged["token"].split(".")
    data = f"{b64(compact({'alg': 'HS256', 'typ': 'JWT', 'kid': 'entra-1'}))}.{claims}"
    forged["token"] = f"{data}.{b64(hmac.new(pem, data.encode(), hashlib.sha256).digest())}"
    attack("E02", "hs256_with_public_key", "the public key taken for a shared secret", deny("token.algorithm"),
           chain=forged, good={"chain": entra()})
    attack("E03", "es256_with_es384_key", "the key is for ES384, the header says ES256", deny("token.algorithm"),
           chain=access("idp-3", header={"alg": "ES256"}), good={"chain": access("idp-3")})

    def of_ps(alg):
        return access("ps-1", iss=PS_ISSUER, alg=alg)

    attack("E03", "rs256_with_ps256_key", "the key is for PS256, the token is signed with RS256",
           deny("token.algorithm"),
           chain=of_ps("RS256"), good={"chain": of_ps("PS256")})
    attacker = KEYS["attacker-ec"]
    embedded = token("access_token", ACCESS, attacker, "at+jwt", kid="idp-2", header={"jwk": attacker.jwk})
    attack("E04", "embedded_key", "the token brings its own key", deny("token.header_key"), chain=embedded, good=good)
    for name, value in [("jku", "https://evil.example/jwks"), ("x5u", "https://evil.example/cert"), ("x5c", ["MIIB"]),
                        ("x5t", "AAAA")]:
        attack("E05", name, f"the token says by `{name}` where its key is: nothing is fetched",
               deny("token.header_key"),
               chain=access(header={name: value}), good=good if name == "jku" else None)
    kids = [("traversal", "../../../etc/passwd"), ("sql", "x' OR '1'='1"), ("empty", ""), ("long", "k" * 10_000),
            ("absent", ...)]
    for name, kid in kids:
        attack("E06", f"kid_{name}", "a key id is only ever compared", deny("token.key_unknown"),
               chain=access(header={"kid": kid}),
               good=good if name == "traversal" else None)
    twice = copy.deepcopy(TRUST)
    twice["issuers"][0]["keys"]["keys"][1]["kid"] = "idp-1"
    refused_at_load("E07", "duplicate_kid", "two keys of one id", {"code": "trust.ambiguous"},
                    trust={**twice, "issuers": twice["issuers"][:1]})
    for name, key in [("private", {**KEYS["idp-1"].jwk, "d": b64(stream("key idp-1", 32))}),
                      ("symmetric", {"kty": "oct", "k": b64(bytes(32))})]:
        one_issuer = [anchor(IDP, {"keys": [{**key, "kid": "k"}]}, "native")]
        refused_at_load("E07", f"{name}_key", f"a {name} key among the public ones", {"code": "trust.invalid"},
                        trust={**TRUST, "issuers": one_issuer})
    attack("E08", "kid_of_another_issuer", "the partner's key has the id of one of the issuer's keys",
           deny("token.signature"),
           chain=access("partner", kid="idp-1"),
           good={"chain": access("partner", kid="idp-1", iss=PARTNER), "setup": trusting(PARTNER, groups="as_named")},
           good_note="the partner's own token")
    for name, typ in [("id_token", "JWT"), ("txn_token", "txntoken+jwt"), ("id_jag", "oauth-id-jag+jwt"),
                      ("receipt", "actor-receipt+jwt"), ("absent", ...)]:
        attack("E09", f"typ_{name}", "another kind of token, signed by the same issuer", deny("token.type"),
               chain=access(header={"typ": typ}),
               good={"chain": access(typ="application/at+jwt")} if name == "id_token" else None,
               good_note="the media type written in full")
    attack("E10", "crit_unknown", "a header member that must be understood", deny("token.critical"),
           chain=access(header={"crit": ["x-acme"], "x-acme": True}), good=good)
    attack("E10", "crit_b64", "a payload that is not base64url", deny("token.critical"),
           chain=access(header={"crit": ["b64"], "b64": False}), good=good)
    attack("E10", "b64_without_crit", "nor without saying so", deny("token.critical"),
           chain=access(header={"b64": False}), good=good)
    double = compact(ACCESS).replace('"sub":"alice"', '"sub":"mallory","sub":"alice"')
    attack("E11", "duplicate_member", "two subjects", deny("token.json"),
           chain=token("access_token", double, KEYS["idp-2"], "at+jwt", kid="idp-2"), good=good)
    escaped = compact(ACCESS).replace('"sub":"alice"', '"\\u0073ub":"mallory","sub":"alice"')
    attack("E11", "duplicate_member_escaped", "two subjects, one escaped", deny("token.json"),
           chain=token("access_token", escaped, KEYS["idp-2"], "at+jwt", kid="idp-2"))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    def trailing(text):
        """64 bytes end in a digit of which 4 bits are not used."""
        return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]

    def plus(text):
        place = text.rindex("-") if "-" in text.rsplit(".", 1)[1] else text.rindex("_")
        return text[:place] + {"-": "+", "_": "/"}[text[place]] + text[place + 1 :]

    for name, change in [
        ("padding", lambda text: text + "=="), ("trailing_bits", trailing), ("white_space", lambda text: text + "\n"),
        ("standard_alphabet", plus),
    ]:
        attack("E12", name, "base64url that is not the one way to write it", deny("token.base64"),
               chain=rewritten(change),
               good=good if name == "padding" else None)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    der = KEYS["idp-2"].sign_der(access()["token"].rsplit(".", 1)[0].encode())
    for name, note, signature in [
        ("r_zero", "r is 0", lambda right: bytes(32) + right[32:]),
        ("s_zero", "s is 0", lambda right: right[:32] + bytes(32)),
        ("psychic", "r and s are 0", lambda _: bytes(64)),
        ("order", "r and s are the order", lambda _: order.to_bytes(32, "big") * 2),
        ("der", "a right signature, in DER", lambda _: der), ("short", "63 bytes", lambda right: right[:63]),
        ("long", "65 bytes", lambda right: right + b"\0"), ("empty", "no bytes", lambda _: b""),
    ]:
        attack("E13", f"ecdsa_{name}", note, deny("token.signature"), chain=resigned(signature),
               good=good if name == "der" else None)

    def ed25519(signature):
        header = {"alg": "EdDSA", "typ": "at+jwt", "kid": "idp-1"}
        right = KEYS["idp-1"].sign(signing_input(header, ACCESS).encode())
        return {"format": "access_token", "token": jws(header, ACCESS, signature(right))}

    def not_reduced(right):
        number = int.from_bytes(right[32:], "little") + EDWARDS_ORDER
        return right[:32] + number.to_bytes(32, "little")

    attack("E14", "s_not_reduced", "the same S, written another way", deny("token.signature"),
           chain=ed25519(not_reduced),
           good={"chain": ed25519(lambda right: right)})
    identity = bytes([1]) + bytes(31)
    weak = Key("weak")
    weak.jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(identity)}
    links = chain_links([Hop("planner", key=weak), Hop("worker")])
    links[1] = f"{links[1].rsplit('.', 1)[0]}.{b64(identity + bytes(32))}"
    attack("E14", "small_order", "a key of small order, for which one signature fits every message: refused as a key",
           deny("token.confirmation"),
           chain={"format": "native", "links": links}, good=BASE)
    weak_issuer = [anchor(IDP, {"keys": [{**weak.jwk, "kid": "k"}]}, "native")]
    refused_at_load("E14", "small_order_key", "the same as an issuer's key", {"code": "trust.invalid"},
                    trust={**TRUST, "issuers": weak_issuer})
    for name, key, alg in [("p521", "p521", "ES512"), ("secp256k1", "k256", "ES256K"), ("ed448", "ed448", "EdDSA")]:
        attack("E15", name, f"signed with {KEYS[key].kind} for a P-256 key", deny("token.algorithm"),
               chain=access(key, kid="idp-2", alg=alg),
               good=good if name == "p521" else None)
    protected, payload, signature = access()["token"].split(".")
    flat = {"payload": payload, "protected": protected, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
    for name, value in [("flattened", flat), ("general", general)]:
        attack("E16", name, "a JWS as JSON", deny("token.format"),
               chain={"format": "access_token", "token": compact(value)},
               good=good if name == "flattened" else None)
    attack("E17", "private_key", "the confirmation gives the private key away", deny("token.confirmation"),
           chain=native(Hop("planner", cnf={"jwk": {**KEYS["planner"].jwk, "d": b64(stream("key planner", 32))}}),
                        Hop("worker")), good=BASE)
    attack("E18", "other_presenter", "the host authenticated another key than the holder's", deny("chain.presenter"),
           presenter={"key": KEYS["attacker"].thumbprint}, good={"presenter": {"key": KEYS["worker"].thumbprint}})
    attack("E18", "other_proof", "a proof by another key", deny("proof.key"),
           presenter={"proof": aat_proof("attacker")}, ledger=LEDGER,
           good={"presenter": {"proof": aat_proof()}})
    bound = access(cnf={"jkt": KEYS["worker"].thumbprint})
    attack("E18", "other_dpop", "a stolen token, proven by the thief's key", deny("proof.key"), chain=bound,
           presenter={"proof": dpop(bound, "attacker")}, ledger=LEDGER, good={"presenter": {"proof": dpop(bound)}})
    attack("E18", "bound_token_bare", "a token that names its holder's key, sent on by whoever saw it", deny("proof.missing"),
           chain=bound, good={"presenter": {"key": KEYS["worker"].thumbprint}},
           good_note="the host has authenticated the holder by that key")
    attack("E18", "identity_token_bare", "an identity token is no proof of identity by itself", deny("proof.missing"),
           chain=wit(), good={"presenter": WORKLOAD})
    attack("E18", "other_agents_key", "the planner names the worker, with a key that is not the worker's",
           deny("registry.key", hop=1), chain=one(key=KEYS["attacker"]), setup=KEYED, good={"chain": native()},
           good_note="the worker's own key, which the registry knows")
    attack("E19", "svid_eddsa", "a JWT-SVID must not be signed with EdDSA", deny("token.svid"),
           chain=jwt_svid("svid-ed"), good={"chain": jwt_svid()})
    attack("E19", "svid_header", "nor have other header members than alg, kid and typ", deny("token.svid"),
           chain=jwt_svid(header={"nonce": "1"}),
           good={"chain": jwt_svid()})
    attack("E20", "svid_key_use", "a key for X.509 SVIDs", deny("token.key_use"), chain=jwt_svid("x509-1"),
           good={"chain": jwt_svid()})
    attack("E20", "wit_key_use", "a key for JWT-SVIDs signs no identity tokens", deny("token.key_use"),
           chain=wit(key="svid-1"), presenter=WORKLOAD,
           good={"chain": wit()})
    attack("E21", "other_domain", "a trust domain nobody vouches for, whatever the issuer", deny("token.trust_domain"),
           chain=wit(sub="spiffe://evil.example/worker"), presenter=WORKLOAD, good={"chain": wit()})
    attack("E21", "other_issuer", "an issuer that is not the one of the subject's trust domain",
           deny("token.trust_domain"),
           chain=wit(iss="https://evil.example"), presenter=WORKLOAD, good={"chain": wit(iss=...)},
           good_note="an identity token need not name its issuer")
    attack("E22", "rotated_out", "a key that was the issuer's, and no longer is", deny("token.key_unknown"),
           chain=access("idp-0"), good=good)
    for name, algorithm in [("sha1", hashlib.sha1), ("md5", hashlib.md5)]:
        parent = chain_links([Hop("planner")])[0].rsplit(".", 1)[0].encode()
        attack("E23", name, f"the parent's hash is made with {name}", deny("chain.hash_alg", hop=1),
               chain=one(par_hash=b64(algorithm(parent, usedforsecurity=False).digest())),
               good=BASE if name == "sha1" else None)
    handle = sealed()
    last = int(handle["seal"][-1], 16)
    attack("E24", "seal_bit", "one bit of the seal is another", deny("chain.seal"),
           chain={**handle, "seal": handle["seal"][:-1] + f"{last ^ 1:x}"},
           good={"chain": handle})
    edited = sealed()
    edited["links"][1]["expires_ms"] += 1
    attack("E24", "seal_edited", "the chain lasts one millisecond longer", deny("chain.seal"), chain=edited,
           good={"chain": handle})
    attack("E24", "seal_of_another_process", "sealed by another process", deny("chain.seal"), chain=handle,
           setup={"base": "office", "seal_key": "08" * 32}, good={"setup": "office"})
    attack("E25", "five_parts", "an encrypted token", deny("token.format"),
           chain={"format": "access_token", "token": "e30.AA.AA.AA.AA"}, good=good)
    attack("E25", "nested", "a token in a token: the claims are no JSON object", deny("token.json"),
           chain=token("access_token", access()["token"], KEYS["idp-2"], "at+jwt", kid="idp-2"), good=good)


PLANNER_ENTITY = f'Agent::"{AGENTS}|planner"'


def agents_may_post(condition):
    """The policies, where agents may post invoices only under a condition."""
    head = 'permit (principal in Blueprint::"office-agents", action == Action::"erp.post_invoice", resource)'
    text = f'@id("agents-post-if")\n{head}\nwhen {{ {condition} }};'
    return with_policy(text, POLICIES.replace(
        'permit (principal in Blueprint::"office-agents", action == Action::"erp.post_invoice", '
        'resource in Ledger::"main");',
        'permit (principal in Blueprint::"nobody", action == Action::"erp.post_invoice", resource);'))


def f_projection():
    for name, condition in [
        ("agents", f"context.chain.agents.contains({PLANNER_ENTITY})"),
        ("first", f"context.chain.first == {PLANNER_ENTITY}"),
        ("blueprints_any", 'context.chain.blueprints_any.contains(Blueprint::"planners")'),
        ("blueprints_every", 'context.chain.blueprints_every.contains(Blueprint::"office-agents")'),
    ]:
        attack("F01", f"warned_{name}",
               "a permit on agents that may only be claimed: the engine warns when it loads the policy",
               allow(warning="unproven"), setup=agents_may_post(condition), chain=access())
    proven_planner = agents_may_post(f"context.chain.proven_agents.contains({PLANNER_ENTITY})")
    attack("F01", "unproven_prior_actor", "the issuer attests the worker; the planner before it is only named",
           no_permit("agent", 0),
           setup=proven_planner, chain=access(), good={"chain": native()},
           good_note="where each signed its link, each is proven")
    refused_at_load("F02", "optional_unguarded", "`user` is not there for every origin",
                    {"code": "policy.invalid", "file": "bad.cedar"},
                    policies={"bad.cedar": 'permit (principal, action, resource) '
                                           f'when {{ context.origin.user == User::"{IDP}|alice" }};'})
    overflow = "context.input has priority && context.input.priority * 9223372036854775807"
    for effect, sign in [("forbid", "< 0"), ("permit", "> 0")]:
        attack("F03", f"error_in_{effect}", "Cedar skips a policy that fails; we deny",
               deny("policy.error", gate="origin", policies=["broken"]),
               call=post(priority=5), good={"call": post()}, good_note="where it does not fail, it changes nothing",
               setup=with_policy(f'@id("broken") {effect} (principal, action == Action::"erp.post_invoice", resource) '
                                 f'when {{ {overflow} {sign} }};'))
    attack("F04", "chain_shadowed", "facts of the host that call themselves the chain", deny("request.host_facts"),
           host={"chain": {"proof_level": 4}}, good={"host": {"region": "day"}}, good_note="facts the schema declares")
    attack("F04", "origin_shadowed", "or the origin", deny("request.host_facts"), host={"origin": {"kind": "user"}},
           good={"host": ...})
    for name, kind, ident in [("agent", "Agent", f"{AGENTS}|worker"), ("blueprint", "Blueprint", "admin"),
                              ("agent_user", "AgentUser", f"{IDP}|a")]:
        refused_at_load("F05", f"{name}_injected", "the engine's own types are the engine's",
                        {"code": "entities.invalid"},
                        entities=[{"uid": {"type": kind, "id": ident}, "attrs": {}, "parents": []}])
    origin_only = '@id("origin-may") permit (principal in Group::"finance", action, resource);'
    agents_too = '@id("agents-may") permit (principal is Agent, action == Action::"erp.post_invoice", resource);'
    delegating = '@id("agents-delegate") permit (principal is Agent, action == Action::"delegate", resource);'

    def only(*texts):
        return {"base": "office", "policies": {"gates.cedar": "\n".join(texts)}}

    attack("F06", "origin_gate_only", "alice may; nobody said that her agents may", no_permit("agent", 0),
           setup=only(origin_only),
           good={"setup": only(origin_only, agents_too, delegating)}, good_note="every gate permits")
    attack("F06", "no_delegate_gate", "all may post; nobody said that the planner may delegate",
           no_permit("delegate", 1),
           setup=only(origin_only, agents_too), good={"setup": only(origin_only, agents_too, delegating)})
    attack("F06", "no_origin_gate", "the agents may; nobody said that alice may", no_permit("origin", 0),
           setup=only(agents_too, delegating),
           good={"setup": only(origin_only, agents_too, delegating)})
    mail = call("mail.send", to=["bob@corp.example"], subject="hi")
    attack("F07", "denied", "the worker was not granted mail", deny("grant.action", hop=1), call=mail)
    attack("F07", "denied_with_another_link", "nor is it one link further on", deny("grant.action", hop=1), call=mail,
           chain=native(Hop("planner"), Hop("worker"), Hop("helper")))
    attack("F08", "native", "the delegation in our format", ALLOW, chain=native())
    attack("F08", "aat", "the same as AAT", ALLOW, chain=aat())
    attack("F08", "access_token",
           "the same as an access token: allowed, and flagged, for it does not say what each hop was granted",
           allow(chain={"flags": ["no_hop_grants"]}), chain=access())
    for name, chain in [("native", native()), ("aat", aat())]:
        attack("F08", f"{name}_beyond_grant", "what the second link does not pass on, it does not pass on in either",
               deny("grant.action", hop=1), chain=chain, call=mail, good={"call": POST})
    lines = "\r\nallow: permitted\nacting agent  https://agents.example|worker"
    attack("F09", "line_injected", "a name with line breaks in it makes no lines of its own",
           deny("registry.unknown", hop=1, explain_lacks="\nallow: permitted"), chain=one(subject=f"worker{lines}"),
           good=BASE)
    attack("F09", "escape_injected", "nor does it colour the terminal",
           deny("registry.unknown", hop=1, explain_lacks="\u001b["),
           chain=one(subject="worker\u001b[32m"), good=BASE)
    attack("F09", "json_injected", "nor does it end a string of the record",
           deny("registry.unknown", hop=1, explain_lacks='\nx"}'),
           chain=one(subject='worker\\"\nx"},{"effect":"allow"'), good=BASE)
    claimed = own()
    evaluation = {
        "subject": {"type": "user", "id": "alice", "properties": {"issuer": IDP}},
        "action": {"name": "erp.post_invoice"},
        "resource": {"type": "Invoice", "id": "inv-1"},
        "context": {"arguments": POST["arguments"], "agent": principal("worker"), "delegation": claimed},
    }
    at_all = paid_only_if("proven-only", "context.chain.proof_level >= 1")
    attack("F10", "delegation_claimed", "whoever asks over AuthZEN only claims a delegation",
           forbidden("proven-only", gate="origin", chain={"proof_level": 0}),
           setup=with_policy(at_all, accept_claimed_chains=True),
           authzen=evaluation, good={"setup": CLAIMED, "expect": allow(chain={"proof_level": 0})},
           good_note="without the policy")


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def malleated(evidence):
    """The same token with the other signature ECDSA has for it: `s` for `n - s`."""
    signed, signature = evidence["token"].rsplit(".", 1)
    raw = base64.urlsafe_b64decode(signature + "==")
    other = (P256_ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    return {**evidence, "token": f"{signed}.{b64(raw[:32] + other)}"}


def reviewed():
    """What a hostile reviewer found to be allowed once, and must never be again; filed under the nearest of the suite."""
    bought = {**INVOICES, "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "100.0"}]}
    attack("C20", "budget_of_a_reauthorization", "the person gave a budget with it; the link leaves it out",
           deny("grant.budget", hop=1),
           chain=reauthorized(authorization_details=[{"type": "bailiwick_grant", **bought}]), ledger=LEDGER,
           good={"chain": reauthorized()})
    for name, flaw in [("not_yet", {"nbf": SECONDS + 120}), ("other_audience", {"aud": "https://crm.example"}),
                       ("unnamed", {"jti": ...}), ("for_ever", {"exp": SECONDS + 40 * 86_400}),
                       ("other_delegate", {"dle": principal("helper")})]:
        attack("C19", f"reauth_{name}", "a re-authorisation that does not hold", deny("chain.reauthorization", hop=1),
               chain=reauthorized(**flaw), call=POST, good={"chain": reauthorized()})
    attack("D09", "reauthorization_revoked", "a re-authorisation is revoked by its `jti`", deny("revocation.link", hop=1),
           chain=reauthorized(), setup=revoked(links=[{"chain": "task-1", "link": "rea-1"}]), good={"setup": "office"})
    worker_key = principal(KEYS["worker"].thumbprint, THUMBPRINT)
    attack("E18", "named_by_anothers_key", "an agent that is its key comes with that key",
           deny("token.confirmation", hop=1), chain=one(key=KEYS["attacker"], dle=worker_key),
           good={"chain": one(key=KEYS["worker"], dle=worker_key)})
    attack("A15", "partners_group", "a partner's `finance` is not ours", no_permit("origin", 0),
           chain=access("partner", kid="idp-1", iss=PARTNER), good={"setup": trusting(PARTNER, groups="as_named")})
    unnamed = id_token(scope="invoices")
    named = "sha256:" + hashlib.sha256(unnamed["token"].rsplit(".", 1)[0].encode()).hexdigest()
    attack("D09", "revoked_and_resigned", "ECDSA has two signatures for everything; the token is revoked under both",
           deny("revocation.link"), chain=malleated(unnamed), setup=revoked(links=[{"chain": named}]),
           good={"setup": "office"})
    identity, held = wit(), with_policy(paid_only_if("held-only", "context.chain.held"))
    bound = access(cnf={"jkt": KEYS["worker"].thumbprint})
    carried = access(act=spiffe_act(), client_id="planner")

    def workload_proof(identity):
        return {"proof": wpt(identity, ath=hashed(carried["token"]))}

    attack("D11", "workload_key", "a proof by a workload whose key was revoked", deny("revocation.key"), chain=carried,
           presenter=workload_proof(identity), ledger=LEDGER,
           setup={**held, **revoked(keys=[WORKER_WIT_KEY.thumbprint]), "base": "office", "policies": held["policies"]},
           good={"setup": held})
    attack("D03", "workload_not_yet", "a proof by a workload whose identity has not begun", deny("chain.not_yet_valid"),
           chain=carried, presenter=workload_proof(wit(nbf=SECONDS + 120)), ledger=LEDGER, setup=held,
           good={"presenter": workload_proof(identity)})
    attack("D17", "dpop_other_tool", "a proof made to read, used to pay at the same URL", deny("proof.arguments"),
           presenter=by(proof=dpop(native(), aat_tool="erp.read_invoice")), ledger=LEDGER,
           good={"presenter": by(proof=dpop(native()))})
    attack("D20", "other_chain_same_key", "a proof for another chain of the same holder", deny("proof.binding"),
           presenter=by(proof=aat_proof(evidence=native(chain="task-2"))), ledger=LEDGER,
           good={"presenter": by(proof=aat_proof(evidence=native()))})
    attack("D16", "dpop_expired", "a DPoP proof that says until when", deny("proof.stale"),
           presenter=by(proof=dpop(native(), exp=SECONDS - 1)), ledger=LEDGER,
           good={"presenter": by(proof=dpop(native(), exp=SECONDS + 1))})
    attack("D18", "dpop_other_audience", "a DPoP proof that says for whom", deny("proof.audience"),
           presenter=by(proof=dpop(native(), aud="https://crm.example")), ledger=LEDGER,
           good={"presenter": by(proof=dpop(native(), aud=AUDIENCE))})
    cut = {"issuer": ENTRA, "subject": HUMAN, "before_ms": NOW}
    attack("D10", "tenant_not_named", "a cut-off that names no tenant reaches all of them", deny("revocation.subject"),
           chain=entra(), setup=revoked(subjects=[cut]),
           good={"setup": revoked(subjects=[{**cut, "tenant": "another"}])}, good_note="of another tenant")
    before = {"jti": "at-0", "act": actors("planner"), "client_id": "planner"}
    attack("D01", "parent_token_expired", "the token this one was exchanged for is over", deny("chain.expired"),
           chain=access(parent=access(**before, exp=SECONDS - 1)), good={"chain": access(parent=access(**before))})
    for name, chain_id in [("parent_token", "at-0"), ("child_token", "at-1")]:
        attack("D09", f"{name}_revoked", "of two tokens, one exchanged for the other, one was revoked",
               deny("revocation.link"), chain=access(parent=access(**before)), setup=revoked(links=[{"chain": chain_id}]),
               good={"setup": "office"})
    mission = {"id": "m-1", "origin": "https://missions.example", "authority_hash": "sha-256:x"}
    attack("C16", "mission_dropped", "the mission of the token this one was exchanged for is gone",
           deny("chain.mission"), chain=access(parent=access(**before, mission=mission)),
           good={"chain": access(parent=access(**before, mission=mission), mission=mission)})
    attack("B02", "exchanged_in_another_session", "exchanged for a token of another session",
           deny("chain.origin_mismatch"), chain=access(parent=access(**before, sid="s-2")),
           good={"chain": access(parent=access(**before))})
    attack("E17", "unknown_confirmation", "a kind of confirmation we cannot check", deny("token.confirmation"),
           chain=access(cnf={"x5t#S256": "abc"}), good={"chain": access()})
    attack("E17", "two_confirmations", "two keys confirmed, which differ", deny("token.confirmation"),
           chain=access(cnf={"jwk": KEYS["worker"].jwk, "jkt": KEYS["attacker"].thumbprint}),
           presenter={"key": KEYS["worker"].thumbprint},
           good={"chain": access(cnf={"jwk": KEYS["worker"].jwk, "jkt": KEYS["worker"].thumbprint})})
    attack("E09", "aat_other_audience", "an AAT that says for whom", deny("token.audience"),
           chain=aat(Hop("planner", aud="https://crm.example"), Hop("worker")),
           good={"chain": aat(Hop("planner", aud=AUDIENCE), Hop("worker"))})
    attack("E09", "aat_other_audience_later", "nor may a later link", deny("token.audience", hop=1),
           chain=aat(Hop("planner"), Hop("worker", aud="https://crm.example")), good={"chain": aat()})
    odd = {"kty": "EC", "crv": "P-521", "kid": "odd", "x": "AA", "y": "AA"}
    refused_at_load("E07", "private_key_of_another_kind", "a private key is none, of whatever kind",
                    {"code": "trust.invalid"},
                    trust={**TRUST, "issuers": [anchor(IDP, {"keys": [{**odd, "d": "AA"}]}, "access_token")]})
    first = {"rdl": {"agents": [principal("worker")]}}
    attack("C27", "later_hop", "a rule binds all that follow, not only the next", deny("chain.redelegation", hop=2),
           chain=native(Hop("planner", **first), Hop("worker"), Hop("helper", grants(capability("erp.post_invoice")))),
           good={"chain": native(Hop("planner"), Hop("worker"), Hop("helper", grants(capability("erp.post_invoice"))))})
    attack("C15", "purpose_dropped_on_exchange", "the purpose of the token this one was exchanged for is gone",
           deny("chain.purpose_widened"), chain=access(parent=access(**before, purpose_code="pay.invoices")),
           good={"chain": access(parent=access(**before, purpose_code="pay.invoices"), purpose_code="pay.invoices")})
    attack("B11", "raised_on_exchange", "the token this one was exchanged for bore no further hop", deny("chain.depth"),
           chain=access(parent=access(**before, del_max_depth=0)), good={"chain": access(parent=access(**before))})
    second = [*TRUST["issuers"], anchor("https://spire2.example", jwks(("svid-1", {"use": "jwt-svid"})), "jwt_svid",
                                        trust_domain=DOMAIN)]
    refused_at_load("E07", "two_issuers_of_a_domain", "who speaks for a trust domain must be one",
                    {"code": "trust.ambiguous"}, trust={**TRUST, "issuers": second})
    attack("E18", "presenter_in_the_call", "what the agent may write is not what the host has authenticated",
           deny("request.malformed"), chain=bound, call={**POST, "presenter": {"key": KEYS["worker"].thumbprint}},
           good={"call": POST, "presenter": {"key": KEYS["worker"].thumbprint}})
    attack("C17", "aat_target", "our limits in a format that would pass over them", deny("token.claim_unknown", hop=1),
           chain=aat(Hop("planner"), Hop("worker", tgt=["erp"])), good={"chain": aat()})
    claimed = own()
    claimed["links"][-1]["key"] = KEYS["worker"].jwk
    attack("A15", "claimed_and_held", "who wrote the key into the chain proves nothing by it",
           forbidden("held-only", gate="origin"), chain=claimed, presenter=by(proof=aat_proof(aat_id=claimed["links"][-1]["id"])),
           ledger=LEDGER, setup=with_policy(paid_only_if("held-only", "context.chain.held"), accept_claimed_chains=True),
           good={"setup": CLAIMED})
    attack("A03", "access_token_without_tenant", "an issuer of several tenants whose token names none",
           deny("token.claim_missing"), chain=access(), setup=trusting(IDP, multi_tenant=True),
           good={"chain": access(tenant="t1")})
    attack("A03", "native_without_tenant", "the same at a root of ours", deny("token.claim_missing", hop=0),
           setup=trusting(IDP, multi_tenant=True), good={"chain": native(
               Hop("planner", dlr={**principal("alice", IDP), "tenant": "t1"}), Hop("worker"), origin={**ALICE, "tenant": "t1"})})
    attack("A05", "person_as_client", "a subject that is its own client is no person", deny("token.claim_invalid"),
           chain=access(sub="worker", client_id="worker", sub_profile="user"),
           good={"chain": access(sub="alice", client_id="worker", sub_profile="user")})
    for name, flaw, code in [("not_yet", {"iat": SECONDS + 120}, "chain.not_yet_valid"),
                             ("other_audience", {"aud": "https://crm.example"}, "token.audience")]:
        attack("B19", f"proof_{name}", "a proof of an actor counts in its time and for us", deny(code),
               chain=proven(proofs(*URL_AGENTS, sub={"worker.example": flaw})),
               good={"chain": proven(proofs(*URL_AGENTS))})
    attack("C22", "metadata_of_another_type", "what tells path and assurance cannot be read", deny("token.claim_type"),
           chain=txn(agentic_ctx={"chain_metadata": "{}"}), good={"chain": txn()})
    evaluation = {
        "subject": {"type": "user", "id": "alice", "properties": {"issuer": IDP}},
        "action": {"name": "erp.post_invoice"}, "resource": {"type": "Invoice", "id": "inv-1"},
        "context": {"arguments": POST["arguments"], "agent": principal("worker"), "delegation": native()},
    }
    attack("F10", "other_agent", "the agent that asks is not the chain's holder", deny("chain.presenter"),
           authzen=changed(evaluation, {"context": {**evaluation["context"], "agent": principal("helper")}}),
           good={"authzen": evaluation})
    attack("F10", "other_kind", "a service of the same name is somebody else", deny("chain.origin_mismatch"),
           authzen=changed(evaluation, {"subject": {**evaluation["subject"], "type": "service"}}),
           good={"authzen": evaluation})
    rsa_key = next(each for each in TRUST["issuers"] if each["issuer"] == PS_ISSUER)["keys"]["keys"][0]
    refused_at_load("E07", "exponent_with_zeros", "the same key under another thumbprint", {"code": "trust.invalid"},
                    trust={**TRUST, "issuers": [anchor(PS_ISSUER, {"keys": [{**rsa_key, "e": "AAEAAQ"}]}, "access_token")]})


def formats():
    """The same delegation in each format, and what each loses."""

    def good_one(name, note, chain, level, setup="office", **more):
        facts = {"proof_level": level, **more.pop("record", {})}
        write("formats", name, note, allow(chain=facts), chain=chain, setup=setup, **more)

    path = [principal("planner"), principal("worker")]
    record = {"agents": path, "origin_kind": "user"}
    good_one("native", "alice, the planner, the worker: each signed what it passed on", native(), 3,
             record={**record, "complete": True})
    good_one("aat", "the same as AAT, with our names in it", aat(), 3, record=record)
    good_one("access_token", "the same as one token: its issuer says who acted, nobody else proves it", access(), 2,
             record={**record, "flags": ["no_hop_grants"], "complete": False})
    write("formats", "aat_tool_named_like_a_group", "a tool called `read` is not the group of all that read",
          deny("grant.action", hop=0), chain=aat(Hop("planner", {"tools": {"read": {}}}), Hop("worker", {"tools": {}})),
          call=READ)
    write("formats", "scope_named_like_a_group", "a scope called `read` is not the group of all that read",
          deny("grant.action", hop=1), chain=access(scope="read"), call=READ)
    mail = call("mail.send", to=["bob@corp.example"], subject="hi")
    for name, chain in [("native", native()), ("aat", aat())]:
        write("formats", f"{name}_hop_grant", "what the second link does not pass on", deny("grant.action", hop=1),
              chain=chain, call=mail)
    write("formats", "access_token_hop_grant",
          "a token does not say what the planner passed on: what it has is the worker's",
          allow(chain={"flags": ["no_hop_grants"]}), chain=access(), call=mail)
    keyed = [Hop("planner", dle=..., dlr=..., chn=...), Hop("worker", dle=..., dlr=..., chn=...)]
    good_one("aat_plain", "an AAT without names: agents are known by their keys", aat(*keyed), 3,
             record={"agents": [principal(KEYS[name].thumbprint, THUMBPRINT) for name in ("planner", "worker")]})
    good_one("id_token", "an identity token with actors", id_token(), 2, record=record)
    good_one("access_token_unqualified", "an actor without issuer is of the token's", access(
        "agents-1", iss=AGENTS, act={"sub": "worker"}, sub="ci", sub_profile="service"), 2,
        setup=with_policy(f'@id("ci-may") permit (principal == Service::"{AGENTS}|ci", action, resource);'),
        record={"agents": path[1:], "origin_kind": "service", "flags": ["unqualified_actor"]})
    good_one("access_token_autonomous", "client credentials: the agent for itself", alone(), 2,
             record={"autonomous": True, "origin_kind": "service"})
    good_one("access_token_details", "rich authorization in place of scopes", access(
        scope=..., authorization_details=[{"type": "attenuating_agent_token", **tools(**FREE)}]), 2)
    good_one("actor_proofs", "each actor signed that it acted", proven(proofs(*URL_AGENTS)), 3,
             record={"complete": True, "agents": [principal(f"https://{name}") for name in URL_AGENTS]})
    good_one("entra_user", "an Entra agent for a user", entra(), 2, record={
        "origin_kind": "user", "agents": [{"issuer": ENTRA, "tenant": TENANT, "subject": APP}]})
    good_one("entra_app", "an Entra agent for itself", entra_app(), 2,
             record={"origin_kind": "service", "autonomous": True})
    good_one("entra_agent_user", "an Entra agent's own user account", entra(xms_sub_fct="11 13"), 2,
             record={"origin_kind": "agent_user"})
    good_one("id_jag", "an identity assertion of another domain", id_jag(), 2,
             record={"agents": [principal("worker", JAG)]})
    good_one("id_jag_actor", "with an actor", id_jag(act=actors("worker")), 2, record={"agents": path[1:]})
    good_one("txn_token", "a transaction in a trust domain", txn(), 2, record={
        "agents": [principal(subject, TXN_DOMAIN) for subject in (SPIFFE_PLANNER, SPIFFE_WORKER)]})
    good_one("txn_token_no_issuer", "its issuer is that of its trust domain", txn(iss=...), 2)
    good_one("jwt_svid", "a workload for itself", jwt_svid(), 2,
             record={"autonomous": True, "agents": [principal(SPIFFE_WORKER, DOMAIN)]})
    good_one("wit", "a workload's identity token", wit(), 2, presenter=WORKLOAD,
             record={"autonomous": True, "agents": [principal(SPIFFE_WORKER, DOMAIN)]})
    held = with_policy(paid_only_if("held-only", "context.chain.held"))
    write("formats", "native_not_held", "a policy can ask for a proof that the presenter has the holder's key",
          forbidden("held-only", gate="origin"), setup=held)
    good_one("native_aat_proof", "bound to this very call", native(), 4, held,
             presenter=by(proof=aat_proof(evidence=native())),
             ledger=LEDGER)
    good_one("aat_aat_proof", "the same for AAT", aat(), 4, held,
             presenter=by(proof=aat_proof(evidence=aat(), aat_aud=AUDIENCE)),
             ledger=LEDGER)
    good_one("native_dpop", "DPoP, with our hash of the arguments", native(), 4, held,
             presenter=by(proof=dpop(native())),
             ledger=LEDGER)
    good_one("native_dpop_unbound", "DPoP as it is binds method and URL, not the arguments", native(), 3, held,
             presenter=by(proof=dpop(hta=...)), ledger=LEDGER)
    bound = access(cnf={"jkt": KEYS["worker"].thumbprint})
    good_one("access_token_dpop", "a proof does not make an attested chain a proven one", bound, 2, held,
             presenter=by(proof=dpop(bound)), ledger=LEDGER)
    identity = wit()
    good_one("wit_wpt", "a workload proves its identity token", identity, 2, held,
             presenter={"proof": wpt(identity, attach=False)}, ledger=LEDGER)
    carried = access(act=spiffe_act(), client_id="planner")
    good_one("access_token_wpt", "and the access token it carries", carried, 2, held,
             presenter={"proof": wpt(identity, ath=hashed(carried["token"]))}, ledger=LEDGER)
    transaction = txn()
    good_one("txn_token_wpt", "and the transaction it takes part in", transaction, 2, held,
             presenter={"proof": wpt(identity, tth=hashed(transaction["token"]))}, ledger=LEDGER)
    stranger = wit(sub=SPIFFE_PLANNER)
    write("formats", "access_token_wpt_other", "an identity token of somebody who is not the holder",
          deny("chain.presenter"),
          setup=held, chain=carried, presenter={"proof": wpt(stranger, ath=hashed(carried["token"]))}, ledger=LEDGER)
    step_up = with_policy(paid_only_if("stepped-up", 'context.chain.reauthorized.contains("step_up")'))
    good_one("native_reauthorized", "alice was asked again, and policies can see it", reauthorized(), 3, step_up)
    write("formats", "native_unknown_claim", "a claim nobody here understands might be a limit",
          deny("token.claim_unknown"), chain=one(limit=100))
    write("formats", "access_token_other_namespace", "an issuer that names agents it may not speak for",
          deny("token.actor"), chain=access(act=actors("planner", issuer=PARTNER)))
    write("formats", "entra_other_tenant", "a tenant that is not the issuer's", deny("token.claim_invalid"),
          chain=entra(tid=CLASS))
    draft_aat()
    good_one("txn_token_act", "an actor without issuer is of the trust domain", txn(agentic_ctx=..., act={"sub": SPIFFE_WORKER}), 2,
             record={"agents": [principal(SPIFFE_WORKER, TXN_DOMAIN)]})
    good_one("revocations_optional", "where the trust says so, no snapshot is needed", native(), 3,
             "unwatched_optional")


def draft_aat():
    """AATs as draft-niyikiza-oauth-attenuating-agent-tokens-02 has them."""
    allowed_all = {"base": "office", "policies": {"all.cedar": "permit (principal, action, resource);"}}

    def rooted(details=None, header=None, **constraints):
        entries = details or [{"type": "attenuating_agent_token", **tools(**{**FREE, **constraints})}]
        return aat(Hop("planner", authorization_details=entries, header=header or {}))

    entry = {"type": "attenuating_agent_token", **tools(**FREE)}
    write("formats", "aat_no_origin", "an AAT names no origin: it is its issuer",
          allow(chain={"origin_kind": "service", "origin": principal(IDP, IDP)}), setup=allowed_all,
          chain=aat(Hop("planner", org=..., dlr=...), Hop("worker")))
    good = {
        "range": {"amount": {"constraint_type": "range", "min": 1, "max": 500, "max_inclusive": True}},
        "not_one_of": {"currency": {"constraint_type": "not_one_of", "excluded": ["USD"]}},
        "any": {"amount": {"constraint_type": "any", "constraints": [{"constraint_type": "exact", "value": 120.5}]}},
        "open": {"currency": {"constraint_type": "wildcard"}, "*": {"constraint_type": "wildcard"}},
        "range_exclusive": {"amount": {"constraint_type": "range", "max": 500, "max_inclusive": False}},
        "optional_range": {"amount": {"constraint_type": "range", "max": 500, "optional": True}},
        "optional_wildcard": {"currency": {"constraint_type": "wildcard", "optional": True}},
    }
    for name, constraints in good.items():
        write("formats", f"aat_draft_{name}", f"a constraint of the draft: {name.replace('_', ' ')}", allow(), chain=rooted(**constraints))
    bad = {
        "range_text": {"constraint_type": "range", "max": "500"},
        "our_names": {"constraint_type": "not_one_of", "values": ["1"]},
        "unknown_kind": {"constraint_type": "cidr", "value": "10.0.0.0/8"},
        "both_names": {"constraint_type": "wildcard", "type": "exact"},
        "nested_optional": {"constraint_type": "all", "constraints": [{"constraint_type": "wildcard", "optional": True}]},
        "inexact_number": {"constraint_type": "exact", "value": 2**53 + 1},
    }
    for name, constraint in bad.items():
        write("formats", f"aat_draft_{name}", f"cannot be held, or is none: {name.replace('_', ' ')}", deny("chain.constraint", hop=0),
              chain=rooted(amount=constraint))
    write("formats", "aat_draft_range_at_exclusive_bound", "the bound itself is excluded", deny("grant.argument", hop=0),
          chain=rooted(amount={"constraint_type": "range", "max": 120.5, "max_inclusive": False}))
    write("formats", "aat_draft_optional_range_outside", "what is there must be within the range", deny("grant.argument", hop=0),
          chain=rooted(amount={"constraint_type": "range", "max": 100, "optional": True}))
    write("formats", "aat_draft_star_not_wildcard", "the star is a wildcard", deny("chain.constraint", hop=0),
          chain=rooted(**{"*": {"constraint_type": "exact", "value": 1}}))
    write("formats", "aat_draft_other_types", "details of other types are ignored", allow(),
          chain=rooted([entry, {"type": "account_information", "actions": ["read"]}]))
    write("formats", "aat_draft_two_entries", "two entries could differ", deny("chain.details", hop=0), chain=rooted([entry, entry]))
    write("formats", "aat_draft_no_entry", "none grants nothing", deny("chain.details", hop=0),
          chain=rooted([{"type": "account_information"}]))
    write("formats", "aat_draft_key_in_header", "a key in the header is as if it were not there", allow(),
          chain=rooted(header={"jwk": KEYS["attacker"].jwk}))
    write("formats", "aat_draft_type", "an AAT says that it is one", deny("token.type", hop=0), chain=rooted(header={"typ": "JWT"}))
    write("formats", "aat_draft_long", "sixty days", allow(), chain=aat(Hop("planner", exp=SECONDS + 60 * 86_400)))
    write("formats", "aat_draft_too_long", "more than the ninety the draft recommends", deny("chain.lifetime", hop=0),
          chain=aat(Hop("planner", exp=SECONDS + 91 * 86_400)))
    for name, code, changes in [("type", "token.type", {"typ": "JWT"}), ("hash_of_arguments", "token.claim_type",
            {"hta": arguments_hash(POST["arguments"])}), ("no_hash", "token.claim_missing", {"aat_hash": ...}),
            ("other_hash", "proof.binding", {"aat_hash": hashed("other")})]:
        write("formats", f"aat_draft_proof_{name}", f"a proof of possession that is not the draft's: {name.replace('_', ' ')}", deny(code),
              chain=aat(), presenter=by(proof=aat_proof(evidence=aat(), **changes)), ledger=LEDGER)
    draft_vectors()


def draft_vectors():
    """The draft's own vectors."""
    def seeded(name, byte):
        key = Key(name)
        key.private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32)
        public = key.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        key.jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(public)}
        return key

    def flip(signature):
        data = base64.urlsafe_b64decode(signature + "==")
        return b64(bytes([data[0] ^ 1]) + data[1:])

    tools = {"write": write, "cases": CASES, "allow": allow, "deny": deny, "jws": jws, "canonical": canonical, "changed": changed,
             "hashed": hashed, "b64": b64, "flip": flip, "anchor": anchor, "owner": OLGA, "ledger": LEDGER}
    SETUPS["draft"] = vectors(seeded, tools)


# --- files ----------------------------------------------------------------------------------------------------------

UNWATCHED = {name: value for name, value in WORLD.items() if name != "revocations"}
SETUPS = {
    "office": WORLD,
    "unwatched": UNWATCHED,
    "unwatched_optional": {**UNWATCHED, "trust": {**TRUST, "revocations": "optional", "issuers": TRUST["issuers"][:1]}},
}

README = """\
# Chains from elsewhere, and what can be wrong with them

| here | what |
|---|---|
| `cases/*.json` | the 125 cases of the attack suite, named `<id>_<name>.json`; some ids have several |
| `cases/*.good.json` | good twins: the same input without the one flaw |
| `formats/*.json` | one delegation in every format, with and without proof of possession: what each keeps and loses |
| `formats/aat_vector_*.json` | the vectors of the AAT draft, appendix J, made from their seeds (`aat_vectors.py`) |
| `formats/issuer_*.json` | tokens as Keycloak, Auth0, Okta, Cognito, Google, AWS and Entra write them, by their profiles, and flawed ones (`issuer_cases.py`) |
| `setups/*.json` | the worlds they share, each with `trust` and `revocations` |

`python3 testdata/make_chains.py` writes all of this, this file included; it needs Python's `cryptography` 42 or later.
With `--check` it says whether the files are what it writes. Keys are made from their names and signatures are
deterministic (the salt of PS256 is made from the message), so nothing changes unless the generator does. **The private
keys are public: never trust them.**

The format of a case is that of [testdata/README.md](../README.md), and:

| member | what |
|---|---|
| `suite` | `id`, and `asks`: what the suite requires, in its words |
| `setup` | the name of a file in `setups/` here, or an object whose `base` is one |
| a setup's `trust`, `revocations` | documents; `revocations` absent: no snapshot |
| `ledger.proofs` | proofs of possession that were used |
| `authzen` | in place of `request`: an AuthZEN 1.0 evaluation request, with the delegation in `context.delegation` |
| `executed` | the call that is executed in the end; the decision is compared with it |
| `expect.chain` | members of the record's `chain`, each compared |
| `expect.is_of` | whether the decision is of the call in `executed` |
| `expect.warning` | words that must be in one of the engine's warnings about the policies |
| `expect.explain_lacks` | words that must not be in the decision's explanation |

All other members of `expect` are as there; members that are absent are not compared.

## Where our formats cannot say it

- **B24**: UCAN is not read; a root for anybody is `"org": null`.
- **C08**: grants have no paths and no prefixes. Ids are opaque, so a path with dots in it is just another id.
- **C09**: a group pinned when the chain was made is the list of what was in it; `in` means what is in it now.
- **A01**: the unqualified origin is in the `org` of an AAT; in our own JSON an origin has an issuer.
- **D12**: what a mission is now is not in the chain: the revocation snapshot says which are over.
- **E17**: the flaw is shown in `cnf`; private keys in a trust document do not load (E07).

## The suite's codes and ours

| id | case | the suite asks | here |
|---|---|---|---|
"""


def outcome(document):
    if "load_error" in document:
        return f"loading fails: `{document['load_error']['code']}`"
    expect = document["expect"]
    extras = [f"chain.{name} {json.dumps(value)}" for name,
              value in expect.get("chain", {}).items() if name not in ("agents", "claims")]
    extras += [f"{name} {json.dumps(expect[name])}" for name in ("warning", "is_of") if name in expect]
    return f"`{expect['reason']}`" + (f" ({', '.join(extras)})" if extras else "")


def readme():
    rows = []
    for ident, (name, asks) in SUITE.items():
        outcomes = []
        for path, document in CASES.items():
            if document.get("suite", {}).get("id") == ident and not path.endswith(".good.json"):
                text = outcome(document)
                if text not in outcomes:
                    outcomes.append(text)
        assert outcomes, ident
        rows.append(f"| {ident} | {name} | {asks} | {', '.join(outcomes)} |".replace("| |", "|"))
    return README + "\n".join(rows) + "\n"


def documents():
    """Every file this writes: its path from `chains/`, and its text."""
    for section in (a_identity, b_structure, c_attenuation, d_lifecycle, e_crypto, f_projection, reviewed, formats):
        section()
    issuers(sys.modules[__name__])
    files = {**{f"setups/{name}.json": setup for name, setup in SETUPS.items()}, **CASES}
    texts = {path: json.dumps(document, indent=1, ensure_ascii=False) + "\n" for path, document in files.items()}
    return {**texts, "README.md": readme()}


def main():
    wanted = documents()
    folders = ("setups", "cases", "formats")
    found = {f"{folder}/{path.name}": path for folder in folders for path in (HERE / folder).glob("*.json")}
    if (HERE / "README.md").exists():
        found["README.md"] = HERE / "README.md"
    if "--check" in sys.argv:
        wrong = sorted(set(wanted) ^ set(found)) or [
            path for path, text in wanted.items() if found[path].read_text(encoding="utf-8") != text
        ]
        if wrong:
            sys.exit(f"testdata/chains is not what make_chains.py writes: {', '.join(wrong)}")
    else:
        for path in found.values():
            path.unlink()
        for path, text in wanted.items():
            (HERE / path).parent.mkdir(parents=True, exist_ok=True)
            (HERE / path).write_text(text, encoding="utf-8")
    good = sum(path.endswith(".good.json") for path in CASES)
    print(f"{len(CASES)} cases, {good} of them good twins")


if __name__ == "__main__":
    main()
