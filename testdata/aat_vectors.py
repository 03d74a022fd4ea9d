"""The vectors of draft-niyikiza-oauth-attenuating-agent-tokens-02 (appendix J), made from their seeds.

`make_chains.py` calls `vectors` with what it writes and signs with; the cases are `chains/formats/aat_vector_*.json`, their world
`chains/setups/draft.json`. Ids, claims and verdicts are the draft's; the codes are ours. Keys, times and token ids are the draft's as well,
so that each token is the draft's byte for byte: `KNOWN` has the signatures it prints of some. Left out are J.6.1, J.6.5 to J.6.7 and
J.6.10, whose enforcement points demand an audience or a nonce of the presenter: the engine has no such setting.
"""

ISSUER, POINT = "https://auth.example.com", "https://tools.example.com"
NOW, ISSUED, EXPIRES = 1_704_067_500, 1_704_067_200, 1_704_070_800
HEADER, PROOF = {"alg": "Ed25519", "typ": "aat+jwt"}, {"alg": "Ed25519", "typ": "aat-pop+jwt"}
SEEDS = {"control": 1, "orchestrator": 2, "worker": 3, "worker2": 4, "attacker": 255}
# What the draft prints of J.1 and its proof, and of the root of J.3.
KNOWN = ["G2ZIeMAY5H1nbG0j2f6R9hW8WsP98CC8ZA9-dLpNATy-i7DMR6iAHzgSrAhpdTVt1Y5urMK9iE0ZXMcLHzrHBg",
         "Dod0rnn_6OlvM2upQlbY0trWOJPM80GEuZn6gUJr0vOmWrjdWEg_voQT-f-iKsgqGJ1KRdQqisbNgaNJ5OBOAQ",
         "6YxvFx29Q1Y2k_TI4bp4DujeluiXEBMRi0VaS9KPQnnBijGrzBaOy_G1riBOyR5ZW2JBWVoRwIU5aY5uy_s2BQ"]
Q3, Q4 = "/data/q3-report.pdf", "/data/q4-report.pdf"
README = "/srv/api/README.md"
T, N = {"type": "string"}, {"type": "integer"}
LIST = {"type": "array", "items": T}


def of(kind, **members):
    return {"constraint_type": kind, **members}


def exact(value, **members):
    return of("exact", value=value, **members)


def each(*parts):
    return of("all", constraints=list(parts))


def some(*parts):
    return of("any", constraints=list(parts))


def span(**bounds):
    return of("range", **bounds)


def one_of(*values):
    return of("one_of", values=list(values))


WILD = of("wildcard")
ROOT = {"read_file": {"path": one_of(Q3, Q4)}, "search_index": {"query": WILD, "limit": span(max=100)}}
FIRST = {"read_file": {"path": one_of(Q3)}, "search_index": {"query": exact("public filings"), "limit": span(max=20)}}
LAST = {"read_file": {"path": exact(Q3)}}
SEARCH = {"query": "public filings", "limit": 5}

CATALOG = {"tools": [
    {"name": name, "system": "fs", "effects": ["read"], "parameters": {"type": "object", "properties": properties}} for name, properties in {
        "read_file": {"path": T, "mode": T, "limit": N}, "search_index": {"query": T, "limit": N}, "delete_file": {"path": T},
        "export": {"format": T, "limit": N}, "get_account": {"id": N}, "publish": {"label": T, "tags": LIST, "roles": LIST, "limit": N},
        "read_text_file": {"path": T, "head": N, "tail": N, "encoding": T}}.items()]}


class Suite:
    """Makes tokens and writes cases with the tools of `make_chains.py`."""

    def __init__(self, keys, tools):
        self.keys, self.tools = keys, tools
        self.signed = {}

    def token(self, number, to, tools, parent=None, signer=None, header=HEADER, **claims):
        """A root, or a link below `parent`, that passes `tools` on to `to`."""
        changed, hashed = self.tools["changed"], self.tools["hashed"]
        if parent is None:
            signer, base = signer or "control", {"iss": ISSUER, "iat": ISSUED, "exp": EXPIRES, "del_depth": 0, "del_max_depth": 3}
        else:
            outer = self.signed[parent]
            signer = signer or outer["to"]
            base = {"iss": self.uri(signer), "iat": ISSUED + 60, "exp": 1_704_069_000, "del_depth": outer["depth"] + 1, "del_max_depth": 2,
                    "par_hash": hashed(parent.rsplit(".", 1)[0])}
        base |= {"jti": f"019471f8-0000-7000-8000-{number:012x}", "cnf": {"jwk": self.keys[to].jwk},
                 "authorization_details": [{"type": "attenuating_agent_token", "tools": tools}]}
        base = changed(base, claims)
        token = self.tools["jws"](header, self.tools["canonical"](base), self.keys[signer])
        self.signed[token] = {"to": to, "depth": base["del_depth"], "jti": base["jti"]}
        return token

    def uri(self, name):
        return f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{self.keys[name].thumbprint}"

    def proof(self, number, leaf, tool, arguments, signer=None, header=PROOF, **claims):
        base = {"jti": f"019471f8-0000-7000-8000-{number:012x}", "iat": NOW, "aat_id": self.signed[leaf]["jti"],
                "aat_hash": self.tools["hashed"](leaf.rsplit(".", 1)[0]), "aat_tool": tool, "hta": arguments, "aat_aud": POINT}
        return self.tools["jws"](header, self.tools["canonical"](self.tools["changed"](base, claims)), self.keys[signer or self.signed[leaf]["to"]])

    def case(self, id, note, chain, code=None, tool="read_file", arguments=None, number=0xA01, proof=None, **changes):
        arguments = {"path": Q3} if arguments is None else arguments
        proof = proof or self.proof(number, chain[-1], tool, changes.pop("hta", arguments), **changes)
        expect = self.tools["allow"](chain={"proof_level": 4, "origin_kind": "service"}) if code is None else self.tools["deny"](code)
        name = f"aat_vector_{id.replace('.', '_')}"
        self.tools["write"]("formats", name, f"{id} of the draft: {note}", expect, setup="draft", chain={"format": "aat", "tokens": chain},
                            call={"tool": tool, "arguments": arguments}, presenter={"proof": {"type": "aat", "jwt": proof}},
                            ledger=self.tools["ledger"])
        self.tools["cases"][f"formats/{name}.json"]["now_ms"] = NOW * 1000
        return proof


def vectors(seeded, tools):
    """Writes all cases; returns the world they are decided in."""
    keys = {name: seeded(name, byte) for name, byte in SEEDS.items()}
    suite = Suite(keys, tools)
    token, case = suite.token, suite.case
    chains(suite)
    proofs(suite)
    composites(suite)
    kinds(suite)
    roots(suite)
    optional(suite)
    first = token(1, "orchestrator", {"read_file": {"path": WILD}})
    proof = case("J.1", "a root alone", [first])
    assert [first.rsplit(".")[-1], proof.rsplit(".")[-1], token(0x10, "orchestrator", ROOT).rsplit(".")[-1]] == KNOWN
    thumbprint = "urn:ietf:params:oauth:jwk-thumbprint:sha-256"
    active = {"owner": tools["owner"], "state": "active"}
    return {
        "policies": {"all.cedar": "permit (principal, action, resource);"},
        "catalog": CATALOG,
        "registry": {"agents": [{"issuer": thumbprint, "subject": keys[name].thumbprint, **active} for name in list(SEEDS)[1:]]},
        "trust": {"audiences": [POINT], "issuers": [tools["anchor"](ISSUER, {"keys": [keys["control"].jwk]}, "aat", actors=[thumbprint])]},
        "revocations": {"as_of_ms": NOW * 1000, "max_age_ms": 300_000},
    }


def chains(suite):
    """Signatures, linkage, depth, times (I1, I2, I3, I5), and what the links pass on (I4)."""
    token, case = suite.token, suite.case
    root = token(0x10, "orchestrator", ROOT)
    first = token(0x11, "worker", FIRST, root)
    last = token(0x12, "worker2", LAST, first, iat=ISSUED + 120, exp=1_704_068_400)
    case("J.3", "three links", [root, first, last], number=0xA03)
    case("J.9.4", "a chain that ends earlier", [root, first], tool="search_index", arguments=SEARCH, number=0xAC4)

    def below(id, note, code, number, tools=FIRST, to="worker", pop=0xA41, **claims):
        case(id, note, [root, token(number, to, tools, root, **claims)], code, number=pop)

    below("J.4", "signed by another than the holder", "chain.proof", 0x41, signer="attacker")
    below("J.4.b", "the holder's name, another's signature", "token.signature", 0x42, pop=0xA42, signer="attacker", iss=suite.uri("orchestrator"))
    below("J.4.c", "the holder's signature, another's name", "chain.proof", 0x43, pop=0xA43, iss=suite.uri("attacker"))
    case("J.5", "an expired root", [token(0x50, "orchestrator", ROOT, exp=1_704_067_400)], "chain.expired", number=0xA50)
    below("J.10", "a depth is left out", "chain.depth_order", 0x61, pop=0xA61, del_depth=2)
    below("J.10.b", "the ceiling is raised", "chain.depth_raised", 0x62, pop=0xA62, del_max_depth=4)
    third = token(0x63, "attacker", LAST, last, iat=ISSUED + 180, exp=1_704_068_400)
    case("J.10.c", "below a link that may not be followed", [root, first, last, third], "chain.depth", number=0xA63)
    below("J.11", "a value is added", "chain.widened", 0x71, {**FIRST, "read_file": {"path": one_of(Q3, Q4, "/data/secret.pdf")}}, pop=0xA71)
    below("J.11.b", "a tool is added", "chain.widened", 0x72, {**FIRST, "delete_file": {}}, pop=0xA72)
    below("J.11.c", "a required argument is dropped", "chain.widened", 0x73, {**FIRST, "search_index": {"query": exact("public filings")}}, pop=0xA73)
    below("J.11.d", "values become a wildcard", "chain.widened", 0x74, {**FIRST, "read_file": {"path": WILD}}, pop=0xA74)
    other = token(1, "orchestrator", {"read_file": {"path": WILD}})
    hashed = suite.tools["hashed"]
    below("J.12", "the hash of another parent", "chain.parent_hash", 0x81, pop=0xA81, par_hash=hashed(other.rsplit(".", 1)[0]))
    below("J.12.b", "the hash of the claims alone", "chain.parent_hash", 0x82, pop=0xA82, par_hash=hashed(root.split(".")[1]))
    below("J.13", "outlives its parent", "chain.outlives_parent", 0x91, pop=0xA91, exp=EXPIRES + 3600)
    below("J.13.b", "older than its parent", "chain.issued_order", 0x92, pop=0xA92, iat=ISSUED - 1)
    below("J.2", "an id twice", "chain.duplicate", 0x10, pop=0xAD1)
    data, signature = root.rsplit(".", 1)
    flipped = f"{data}.{suite.tools['flip'](signature)}"
    unsigned = f"{suite.tools['b64'](suite.tools['canonical']({'alg': 'none'}))}.{root.split('.')[1]}."
    for id, note, bad, code, number in [("J.14", "a flipped bit", flipped, "token.signature", 0xAA1), ("J.14.b", "no signature", unsigned, "token.algorithm", 0xAA2)]:
        suite.signed[bad] = suite.signed[root]
        case(id, note, [bad], code, number=number)
    for id, note, code, header, signer, number, pop in [
        ("J.7.3", "a root that says it is a proof", "token.type", PROOF, None, 0x7E, 0xAE3),
        ("J.7.4", "a root without type", "token.type", {"alg": "Ed25519"}, None, 0x7F, 0xAE4),
        ("J.7.5", "the old name of the algorithm", "token.algorithm", {**HEADER, "alg": "EdDSA"}, None, 0x80, 0xAE5),
        ("J.7.6", "a critical extension", "token.critical", {**HEADER, "crit": ["urn:example:unknown"], "urn:example:unknown": True}, None, 0x82, 0xAE6),
        ("J.14.c", "a key in the header", "token.signature", {**HEADER, "jwk": suite.keys["attacker"].jwk}, "attacker", 0x81, 0xAA3),
    ]:
        case(id, note, [token(number, "orchestrator", ROOT, header=header, signer=signer)], code, number=pop)
    for id, note, audience, code, number, pop in [("J.6.8", "for this enforcement point", POINT, None, 0x20, 0xA0B),
                                                   ("J.6.9", "for another enforcement point", "https://other.example.com", "token.audience", 0x22, 0xA0C)]:
        bound = token(number, "orchestrator", ROOT, aud=audience)
        case(id, note, [bound, token(number + 1, "worker", FIRST, bound)], code, number=pop)


def proofs(suite):
    """Proofs of possession (I6), and the last link's grant."""
    token, case = suite.token, suite.case
    root = token(0x10, "orchestrator", ROOT)
    first = token(0x11, "worker", FIRST, root)
    last = token(0x12, "worker2", LAST, first, iat=ISSUED + 120, exp=1_704_068_400)
    chain = [root, first, last]
    case("J.6.2", "a proof for another enforcement point", chain, "proof.audience", number=0xA05, aat_aud="https://evil.example.com")
    case("J.6.3", "a proof for no one enforcement point", chain, number=0xA06, aat_aud=...)
    case("J.6.4", "a proof for another, where none is demanded", chain, "proof.audience", number=0xA07, aat_aud="https://evil.example.com")
    case("J.7.1", "a proof without type", chain, "token.type", number=0xAE1, header={"alg": "Ed25519"})
    case("J.7.2", "a link as a proof", chain, "token.type", number=0xAE2, header=HEADER)
    case("J.20.1", "a proof with another key", chain, "proof.key", number=0xAB1, signer="attacker")
    case("J.20.2", "a proof for another link", chain, "proof.binding", number=0xAB2, aat_id=suite.signed[first]["jti"])
    case("J.20.3", "arguments beyond the grant", chain, "proof.arguments", number=0xAB3, arguments={"path": Q4}, hta={"path": Q3})
    case("J.20.4", "an old proof", chain, "proof.stale", number=0xAB4, iat=NOW - 31)
    case("J.20.5", "other arguments than were proved", [root], "proof.arguments", number=0xAB5, hta={"path": Q4})
    case("J.20.6", "another tool than was proved", [root, first], "proof.arguments", tool="search_index", arguments=SEARCH, number=0xAB6,
         aat_tool="read_file")
    proof = suite.proof(0xA03, last, "read_file", {"path": Q3})
    sibling = token(0x12, "worker2", LAST, first, iat=ISSUED + 120, exp=1_704_068_700)
    case("J.20.7", "the proof for a sibling with the same id", [root, first, sibling], "proof.binding", proof=proof)
    case("J.20.8", "a proof without arguments", chain, "token.claim_missing", number=0xAB8, hta=...)
    case("J.9.1", "an argument that is not named", chain, "grant.argument", arguments={"path": Q3, "mode": "r"}, number=0xAC1)
    case("J.9.2", "a constrained argument is missing", chain, "grant.argument", arguments={}, number=0xAC2)
    case("J.9.3", "a tool that was dropped", chain, "grant.action", tool="search_index", arguments=SEARCH, number=0xAC3)


def composites(suite):
    """`all` and `any`, and other pairs of kinds."""
    token, case = suite.token, suite.case
    formats, limits = some(exact("pdf"), exact("csv"), exact("xlsx")), each(span(max=100), span(min=0))
    root = token(0xF0, "orchestrator", {"export": {"format": formats, "limit": limits}})
    pdf = some(exact("pdf"))

    def below(id, note, number, format=pdf, limit=limits, code=None, arguments=None, parent=root, child=None, pop=None):
        arguments = arguments or {"format": "pdf", "limit": 10}
        last = token(child or 0xF10 + number, "worker", {"export": {"format": format, "limit": limit}}, parent)
        case(id, note, [parent, last], code, tool="export", arguments=arguments, number=pop or 0xAF0 + number)

    below("J.15.1", "a condition is added", 1, limit=each(span(max=100), span(min=0), span(min=1)))
    below("J.15.2", "a condition is dropped", 2, limit=each(span(max=100)), code="chain.widened")
    below("J.15.3", "one condition for two", 3, limit=each(span(min=10, max=50)))
    free = token(0xF1, "orchestrator", {"export": {"format": WILD, "limit": each(WILD, WILD)}})
    below("J.15.4", "one value for two wildcards", 4, WILD, each(exact(5)), arguments={"format": "pdf", "limit": 5}, parent=free)
    below("J.15.5", "a condition is weaker", 5, limit=each(span(max=200), span(min=0)), code="chain.widened")
    below("J.15.6", "every condition counts", 6, limit=each(span(max=100), span(min=0), span(min=1)), code="grant.argument",
          arguments={"format": "pdf", "limit": 0})
    two = some(exact("pdf"), exact("csv"))
    below("J.16.1", "a way is dropped", 7, two)
    below("J.16.2", "a way is added", 8, some(exact("pdf"), exact("docx")), code="chain.widened")
    below("J.16.3", "no way is left", 9, some(), code="chain.constraint")
    below("J.16.4", "another way", 10, two, arguments={"format": "csv", "limit": 10})
    below("J.16.5", "a way that was dropped", 11, two, code="grant.argument", arguments={"format": "xlsx", "limit": 10})
    mixed = token(0xF2, "orchestrator", {"export": {"format": some(one_of("pdf", "csv"), exact("xlsx")), "limit": WILD}})
    below("J.16.6", "a value of a list", 6, limit=WILD, arguments={"format": "pdf", "limit": 3}, parent=mixed)
    below("J.18.1", "`all` under `any`", 0, each(exact("pdf")), code="chain.widened", child=0xD1, pop=0xD81)
    nested = token(0xD0, "orchestrator", {"export": {"format": each(formats), "limit": WILD}})
    below("J.18.2", "`any` within `all`", 0, each(pdf), WILD, arguments={"format": "pdf", "limit": 3}, parent=nested, child=0xD2, pop=0xD82)
    flat = token(0xB14, "orchestrator", {"export": {"limit": each(span(min=0), span(max=100))}})
    bare = token(0xB15, "worker", {"export": {"limit": span(min=10, max=50)}}, flat)
    case("J.8.4", "a range under `all`", [flat, bare], "chain.widened", tool="export", arguments={"limit": 20}, number=0xB04)


def kinds(suite):
    """The other constraints, and those that are none."""
    token, case = suite.token, suite.case
    base = {"label": of("not_one_of", excluded=["secret", "internal"]), "tags": of("contains", required=["public"]),
            "roles": of("subset", allowed=["reader", "editor", "admin"]), "limit": span(min=0, max=100)}
    root = token(0xC0, "orchestrator", {"publish": base})
    given = {"label": "public", "tags": ["public"], "roles": ["reader"], "limit": 10}
    for number, (note, change, code) in enumerate([
        ("a value is excluded", {"label": of("not_one_of", excluded=["secret", "internal", "embargoed"])}, None),
        ("a value is no longer excluded", {"label": of("not_one_of", excluded=["secret"])}, "chain.widened"),
        ("an element is required", {"tags": of("contains", required=["public", "reviewed"])}, None),
        ("an element is no longer required", {"tags": of("contains", required=[])}, "chain.widened"),
        ("an element is taken out", {"roles": of("subset", allowed=["reader", "editor"])}, None),
        ("an element is added", {"roles": of("subset", allowed=["reader", "editor", "admin", "owner"])}, "chain.widened"),
        ("a bound is excluded", {"limit": span(min=0, max=100, min_inclusive=False)}, None),
    ], 1):
        arguments = {**given, "tags": ["public", "reviewed"]} if number == 3 else given
        last = token(0xC10 + number, "worker", {"publish": {**base, **change}}, root)
        case(f"J.17.{number}", note, [root, last], code, tool="publish", arguments=arguments, number=0xC80 + number)
    excluded = token(0xC1, "orchestrator", {"publish": {**base, "limit": span(min=0, max=100, min_inclusive=False)}})
    case("J.17.8", "a bound is no longer excluded", [excluded, token(0xC18, "worker", {"publish": base}, excluded)], "chain.widened",
         tool="publish", arguments=given, number=0xC88)
    free = token(0xB10, "orchestrator", {"read_file": {}})
    case("J.8.1", "a condition where there was none", [free, token(0xB11, "worker", {"read_file": {"path": exact(Q3)}}, free)], number=0xB01)
    case("J.8.2", "no condition", [free], arguments={"path": Q3, "mode": "r"}, number=0xB02)
    wild = {"read_file": {"path": WILD}}
    for id, note, tools, number, pop in [
        ("J.8.3", "an unknown kind", {"read_file": {"path": of("no_such_type")}}, 0xB13, 0xB03),
        ("J.8.5", "an unknown kind at another tool", {**wild, "export": {"format": of("no_such_type")}}, 0xB16, 0xB05),
        ("J.8.6", "a range of nothing", {**wild, "export": {"limit": span(min=10, max=5)}}, 0xB17, 0xB06),
        ("J.8.9", "a bound that is no double", {**wild, "get_account": {"id": span(max=2**53 + 1)}}, 0xB19, 0xB09),
        ("J.21.7", "`all` of nothing", {"read_file": {"path": each()}}, 0xE7, 0xE87),
        ("J.21.11", "`all` of no list", {"read_file": {"path": of("all", constraints=WILD)}}, 0xE7C, 0xE8C),
    ]:
        case(id, note, [token(number, "orchestrator", tools)], "chain.constraint", number=pop)
    case("J.21.12", "an unknown member", [token(0xE7B, "orchestrator", {"read_file": {"path": WILD, "limit": span(maximum=10)}})],
         "chain.constraint", arguments={"path": Q3, "limit": 1000}, number=0xE8B)
    account = token(0xB18, "orchestrator", {"get_account": {"id": WILD}})
    for id, note, number, code, pop in [("J.8.7", "a number that is no double", 2**53 + 1, "proof.arguments", 0xB07),
                                        ("J.8.8", "a large number that is a double", 2**53 + 2, None, 0xB08)]:
        case(id, note, [account], code, tool="get_account", arguments={"id": number}, number=pop)


def roots(suite):
    """What a root must be."""
    token, case = suite.token, suite.case
    wild = {"read_file": {"path": WILD}}
    secret = {"jwk": {**suite.keys["orchestrator"].jwk, "d": suite.tools["b64"](bytes([2]) * 32)}}
    for id, note, code, number, pop, claims in [
        ("J.21.1", "with the hash of a parent", "chain.root_missing", 0xE1, 0xE81, {"par_hash": "A" * 43}),
        ("J.21.2", "with a depth", "chain.root_missing", 0xE2, 0xE82, {"del_depth": 1}),
        ("J.21.3", "a private key", "token.confirmation", 0xE3, 0xE83, {"cnf": secret}),
        ("J.21.4", "from the future", "chain.issued_order", 0xE4, 0xE84, {"iat": NOW + 31}),
        ("J.21.5", "for too long", "chain.lifetime", 0xE5, 0xE85, {"exp": ISSUED + 90 * 86_400 + 1}),
        ("J.21.6", "of another issuer", "chain.root_untrusted", 0xE6, 0xE86, {"iss": "https://other-issuer.example.com"}),
        ("J.21.8", "without tools", "chain.details", 0xE7F, 0xE8F, {"authorization_details": [{"type": "attenuating_agent_token"}]}),
        ("J.21.9", "a depth that is no number", "token.claim_type", 0xE7E, 0xE8E, {"del_depth": False}),
    ]:
        case(id, note, [token(number, "orchestrator", wild, **claims)], code, number=pop)
    case("J.21.10", "conditions that are no object", [token(0xE7D, "orchestrator", {"read_file": ["path"]})], "chain.details", number=0xE8D)


def optional(suite):
    """Arguments that may be left out, and those that are not named."""
    token, case = suite.token, suite.case
    tool, path = "read_text_file", exact(README)
    utf8 = exact("utf-8")

    def lines(most, **members):
        return span(max=most, **{"optional": True, **members})

    closed = {"path": path, "head": lines(200)}
    opened = {**closed, "tail": lines(200), "*": WILD}
    open_root = token(0x2200, "orchestrator", {tool: opened})
    closed_root = token(0x2201, "orchestrator", {tool: closed})

    def root(number, note, of, arguments, code=None):
        case(f"J.22.{number}", note, [of], code, tool=tool, arguments=arguments, number=0x2280 + number)

    def below(number, note, parent, conditions, arguments, code=None):
        last = token(0x2240 + number, "worker", {tool: conditions}, parent)
        case(f"J.22.{number}", note, [parent, last], code, tool=tool, arguments=arguments, number=0x22C0 + number)

    given, encoded = {"path": README}, {"path": README, "encoding": "utf-8"}
    root(1, "optional arguments are left out", open_root, given)
    root(2, "an optional argument within its range", open_root, {**given, "head": 100})
    root(3, "an optional argument beyond its range", open_root, {**given, "head": 500}, "grant.argument")
    root(4, "an argument that is not named", open_root, encoded)
    root(5, "a required argument is missing", open_root, {"head": 10}, "grant.argument")
    root(6, "an argument that is not named, without the star", closed_root, encoded, "grant.argument")
    below(7, "an optional argument is required", closed_root, {"path": path, "head": span(max=100)}, {**given, "head": 50})
    below(8, "a required argument is optional", closed_root, {"path": {**path, "optional": True}, "head": lines(200)}, given, "chain.widened")
    below(9, "an optional argument is dropped, and given", closed_root, {"path": path}, {**given, "head": 10}, "grant.argument")
    below(10, "an optional argument is dropped", closed_root, {"path": path}, given)
    below(11, "a required argument is dropped", closed_root, {"head": lines(200)}, {"head": 10}, "chain.widened")
    below(12, "an argument of the star is constrained", open_root, {**opened, "encoding": utf8}, {**given, "encoding": "latin-1"}, "grant.argument")
    below(13, "an argument of the star is constrained, and meets it", open_root, {**opened, "encoding": utf8}, encoded)
    below(14, "the star is added", closed_root, {**closed, "*": WILD}, given, "chain.widened")
    below(15, "an argument is added", closed_root, {**closed, "encoding": WILD}, given, "chain.widened")
    below(16, "an optional argument is dropped, and not the star", open_root, {"path": path, "tail": lines(200), "*": WILD}, given, "chain.widened")
    free = token(0x2202, "orchestrator", {tool: {}})
    below(17, "no condition is the star", free, {"path": path, "*": WILD}, {**given, "head": 5})
    root(18, "optional within `all`", token(0x2203, "orchestrator", {tool: {"path": each({**path, "optional": True})}}), given, "chain.constraint")
    root(19, "a star that is no wildcard", token(0x2204, "orchestrator", {tool: {"path": path, "*": span(max=5)}}), given, "chain.constraint")
    below(20, "an argument of the star is named, and optional", open_root, {**opened, "encoding": exact("utf-8", optional=True)}, given)
    named = {"path": path, "head": lines(200), "tail": lines(200)}
    below(21, "the star is dropped", open_root, named, {**given, "tail": 20})
    below(22, "the star is dropped, and an argument not named", open_root, named, encoded, "grant.argument")
    root(23, "a star that is optional", token(0x2205, "orchestrator", {tool: {"path": path, "*": {**WILD, "optional": True}}}), given,
         "chain.constraint")
