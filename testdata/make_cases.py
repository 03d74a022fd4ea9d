"""Writes `setups/` and `decisions/`: a base world, a base request that is allowed, and one flaw per case.

Run `python3 testdata/make_cases.py` after changing it; `make test` checks that the files are what this writes.
The seals are made here by another implementation of them than the core's: HMAC-SHA-256 over canonical JSON.
"""

import copy
import hashlib
import hmac
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOW = 1_700_000_000_000
MINUTE = 60_000
DAY = 24 * 60 * MINUTE
IDP, AGENTS = "https://idp.example", "https://agents.example"
KEY = "07" * 32

# --- the base world -------------------------------------------------------------------------------------------------

SCHEMA = """\
entity Ledger;
entity Invoice in [Ledger] { total: decimal, approved_by?: User };
type HostContext = { ip?: ipaddr, region?: String, tags?: Set<String>, since?: datetime };
"""

POLICIES = """\
// What finance may do, and may have done.
@id("finance-reads")
permit (principal in Group::"finance", action in Action::"read", resource);
@id("finance-posts")
permit (principal in Group::"finance", action == Action::"erp.post_invoice", resource)
when { context.input.amount.lessThanOrEqual(decimal("10000.00")) };
@id("finance-mails")
permit (principal in Group::"finance", action == Action::"mail.send", resource);
@id("finance-delegates")
permit (principal in Group::"finance", action == Action::"delegate", resource in Blueprint::"office-agents");

// What the office's agents may do.
@id("agents-read")
permit (principal in Blueprint::"office-agents", action in Action::"read", resource);
@id("agents-post")
@obligation("notify:finance")
permit (principal in Blueprint::"office-agents", action == Action::"erp.post_invoice", resource in Ledger::"main");
@id("agents-mail")
permit (principal in Blueprint::"office-agents", action == Action::"mail.send", resource);
@id("agents-delegate")
permit (principal in Blueprint::"office-agents", action == Action::"delegate", resource in Blueprint::"office-agents");

// What nobody may do, or only with a person's yes.
@id("none-to-outsiders")
@reason("outsiders get no work")
forbid (principal, action == Action::"delegate", resource in Blueprint::"outsiders");
@id("large-posts")
@ask("owner")
@reason("more than 500 needs the owner of the agent")
forbid (principal, action == Action::"erp.post_invoice", resource)
when { context.input.amount.greaterThan(decimal("500.00")) };
@id("mail-to-strangers")
@ask("user")
forbid (principal, action == Action::"mail.send", resource)
unless { ["bob@corp.example", "carol@corp.example"].containsAll(context.input.to) };
@id("no-agents-at-night")
forbid (principal is Agent, action in Action::"pay", resource)
when { context.host has region && context.host.region == "night" };
"""


def tool(name, system, effects, properties, required, **more):
    schema = {"type": "object", "properties": properties, "required": required}
    return {"name": name, "system": system, "effects": effects, "parameters": schema, **more}


CATALOG = {
    "systems": {"production": {}, "erp": {"in": ["production"]}, "mail": {}},
    "tools": [
        tool("erp.read_invoice", "erp", ["read"], {"id": {"type": "string"}}, ["id"], tier="low"),
        tool(
            "erp.post_invoice", "erp", ["write", "pay"],
            {
                "invoice": {"type": "string"},
                "amount": {"type": "number", "minimum": 0},
                "currency": {"enum": ["EUR", "USD"]},
                "memo": {"type": ["string", "null"], "maxLength": 100},
                "urgent": {"type": "boolean"},
                "priority": {"type": "integer", "minimum": 1, "maximum": 5},
                "lines": {
                    "type": "array", "maxItems": 3,
                    "items": {"type": "object", "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}}, "required": ["sku"]},
                },
                "extra": {"type": "object"},
                "level": {"enum": [1, 2]},
                "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            },
            ["invoice", "amount", "currency"],
            tier="high", roles={"amount": "amount"}, resource={"type": "Invoice", "argument": "invoice"},
        ),
        tool(
            "mail.send", "mail", ["send"],
            {"to": {"type": "array", "items": {"type": "string"}}, "subject": {"type": "string"}},
            ["to", "subject"], roles={"to": "destination"},
        ),
        tool("shell", "ops", None, {"command": {"type": "string"}}, ["command"]),
    ],
}
del CATALOG["tools"][-1]["effects"]

OLGA, PAUL = {"issuer": IDP, "subject": "olga"}, {"issuer": IDP, "subject": "paul"}


def agent(subject, blueprint, state="active", **more):
    record = {"issuer": AGENTS, "subject": subject, "blueprint": blueprint, "owner": OLGA, "sponsor": PAUL, "state": state}
    return {key: value for key, value in {**record, **more}.items() if value is not None}


def hold(kind, effect, **more):
    return {"kind": kind, "effect": effect, **more}


REGISTRY = {
    "agents": [
        agent("planner", "planners"),
        agent("worker", "workers"),
        agent("helper", "workers"),
        agent("contractor", "outsiders"),
        agent("newcomer", "workers", "discovered"),
        agent("applicant", "workers", "pending"),
        agent("misfit", "workers", "rejected"),
        agent("veteran", "workers", "retired"),
        agent("orphan", "workers", owner=None),
        agent("returned", "workers", cutoff_ms=NOW),
        agent("quarantined", "workers", holds=[hold("quarantine", "deny", reason="odd behaviour")]),
        agent("paroled", "workers", holds=[hold("quarantine", "deny", expires_ms=NOW)]),
        agent("reader", "workers", holds=[hold("attestation_overdue", "read_only")]),
        agent("watched", "workers", holds=[hold("behaviour_watch", "ask", role="sponsor")]),
        agent("drifted", "workers", holds=[hold("drift_review", "ask"), hold("attestation_overdue", "read_only")]),
        agent("shut-down", "closed"),
        agent("below-shut-down", "below-closed"),
        agent("classless", None),
    ],
    "blueprints": [
        {"name": "office-agents"},
        {"name": "planners", "in": ["office-agents"]},
        {"name": "workers", "in": ["office-agents"]},
        {"name": "outsiders"},
        {"name": "closed", "in": ["office-agents"], "holds": [hold("blueprint_disabled", "deny")]},
        {"name": "below-closed", "in": ["closed"]},
    ],
}

ENTITIES = [
    {"uid": {"type": "Ledger", "id": "main"}, "attrs": {}, "parents": []},
    {"uid": {"type": "Ledger", "id": "old"}, "attrs": {}, "parents": []},
    *(
        {
            "uid": {"type": "Invoice", "id": invoice},
            "attrs": {"total": {"__extn": {"fn": "decimal", "arg": "120.5"}}},
            "parents": [{"type": "Ledger", "id": ledger}],
        }
        for invoice, ledger in [("inv-1", "main"), ("inv-2", "main"), ("inv-0", "old")]
    ),
]

OFFICE = {
    "policies": {"office.cedar": POLICIES},
    "schema": {"office.cedarschema": SCHEMA},
    "catalog": CATALOG,
    "registry": REGISTRY,
    "entities": ENTITIES,
    "accept_claimed_chains": True,
    "seal_key": KEY,
}

# --- the base request -----------------------------------------------------------------------------------------------

ALICE = {"kind": "user", "issuer": IDP, "subject": "alice", "groups": ["finance"], "session": "s-1"}


def principal(subject, issuer=AGENTS):
    return {"issuer": issuer, "subject": subject}


def link(ident, delegator, delegate, depth_max, grant=None, **more):
    return {
        "id": ident, "delegator": delegator, "delegate": principal(delegate),
        "grant": grant or {"actions": ["read", "erp.post_invoice", "mail.send"]},
        "issued_ms": NOW - MINUTE, "expires_ms": NOW + 10 * MINUTE, "depth_max": depth_max, **more,
    }


def base_request():
    return {
        "chain": {
            "id": "task-1", "origin": copy.deepcopy(ALICE),
            "links": [link("l0", principal("alice", IDP), "planner", 4), link("l1", principal("planner"), "worker", 4)],
        },
        "call": {"tool": "erp.post_invoice", "arguments": {"invoice": "inv-1", "amount": 120.5, "currency": "EUR"}},
    }


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def seal(kind, value):
    mac = hmac.new(bytes.fromhex(KEY), f"bailiwick/{kind}\0{canonical(value)}".encode(), hashlib.sha256)
    return "sha256:" + mac.hexdigest()


def full(chain):
    """The chain as the core writes it: the short form of a grant spelled out."""
    chain = copy.deepcopy(chain)
    for each in chain["links"]:
        if "actions" in each["grant"]:
            each["grant"] = {"capabilities": [{"resources": "any", **each["grant"]}]}
        each["grant"]["capabilities"] = [
            {**{"resources": "any"}, **c, "actions": c["actions"] if c["actions"] == "any" else sorted(c["actions"])} for c in each["grant"]["capabilities"]
        ]
    return chain


def seal_chain(chain):
    spelled = full(chain)
    chain["seal"] = seal("chain", [spelled["id"], spelled["origin"], spelled["links"]])


def digest(kind, value):
    return "sha256:" + hashlib.sha256(f"bailiwick/{kind}\0{canonical(value)}".encode()).hexdigest()


def call_digest(request):
    spelled = full(request["chain"])
    chain = digest("chain", [spelled["id"], spelled["origin"], spelled["links"]])
    return digest("call", {"arguments": request["call"]["arguments"], "chain": chain, "tool": request["call"]["tool"]})


def approval(request, approver, roles, approved=NOW - 1000, expires=NOW + MINUTE):
    claims = [call_digest(request), approver, roles, approved, expires]
    return {
        "digest": claims[0], "approver": approver, "roles": roles, "approved_ms": approved, "expires_ms": expires,
        "seal": seal("approval", claims),
    }


# --- cases ----------------------------------------------------------------------------------------------------------

CASES = {}


def case(name, note, expect, change=None, setup="office", **more):
    request = base_request()
    changed = change(request) if change else None
    request = changed if isinstance(changed, str) else request
    document = {"note": note, "setup": setup, "now_ms": NOW}
    document.update({"request_text": request} if isinstance(request, str) else {"request": request})
    document.update(more)
    document["expect"] = expect
    assert name not in CASES, name
    CASES[name] = document


def load_case(name, note, error, **setup):
    assert name not in CASES, name
    CASES[name] = {"note": note, "setup": {"base": "office", **setup}, "load_error": error}


def deny(reason, **more):
    return {"effect": "deny", "reason": reason, **more}


def ask(roles, reason="policy.ask", **more):
    return {"effect": "ask", "reason": reason, "ask": roles, **more}


ALLOW = {"effect": "allow", "reason": "permitted"}


def at(path, value):
    """Sets the member at `path`, a dotted path with indexes; `...` as the value removes it."""

    def change(request):
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place = request
        for step in steps:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value

    return change


def both(*changes):
    def change(request):
        for each in changes:
            each(request)

    return change


def arguments(**values):
    return lambda request: request["call"]["arguments"].update(values)


def call(tool_name, **values):
    return at("call", {"tool": tool_name, "arguments": values})


def grant(hop, **capability):
    return at(f"chain.links.{hop}.grant", {"actions": ["read", "erp.post_invoice"], **capability})


def to(subject):
    return at("chain.links.1.delegate", principal(subject))


def delegate_again(subject="helper", **more):
    return lambda request: request["chain"]["links"].append(link("l2", principal("worker"), subject, 4, **more))


def policies(**texts):
    return {"base": "office", "policies": {"office.cedar": POLICIES, **{name.replace("_", ".", 1): text for name, text in texts.items()}}}


def good():
    case("ok_base", "everything fits", {**ALLOW, "obligations": ["notify:finance"]})
    case("ok_read", "a reading tool, whose resource is the tool itself", ALLOW, call("erp.read_invoice", id="inv-1"))
    case("ok_one_hop", "the origin's own agent acts", ALLOW, lambda r: r["chain"]["links"].pop())
    case("ok_three_hops", "a third agent, with the same grant", ALLOW, delegate_again())
    case("ok_optional_null", "an optional argument may be null", ALLOW, arguments(memo=None))
    case("ok_nested_arguments", "arrays of objects are typed", ALLOW, arguments(lines=[{"sku": "a", "count": 2}, {"sku": "b"}]))
    case("ok_free_form_argument", "an object without declared members is one text to policies", ALLOW, arguments(extra={"a": [1, None]}))
    case("ok_host_facts", "facts typed by HostContext", ALLOW, at("host", {"ip": "10.0.0.1", "region": "day", "tags": ["x"], "since": "2023-01-01"}))
    case("ok_expires_in_one_millisecond", "the last instant of a link", ALLOW, at("chain.links.1.expires_ms", NOW + 1))
    case("ok_hold_ended", "a hold ends exactly at expires_ms", ALLOW, to("paroled"))
    case("ok_sealed", "a chain sealed by this process", ALLOW, lambda r: seal_chain(r["chain"]),
         setup={"base": "office", "accept_claimed_chains": False})
    case("ok_budget_last_cent", "a budget may be used up exactly", ALLOW, at("chain.links.0.grant", {
        "capabilities": [{"actions": ["read", "erp.post_invoice", "mail.send"]}],
        "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "200.00"}]}),
        ledger={"spent": [{"chain": "task-1", "link": "l0", "budget": "eur", "amount": "79.5"}]})
    case("ok_budget_of_another_chain", "what another task spent does not count", ALLOW, at("chain.links.0.grant", {
        "capabilities": [{"actions": ["read", "erp.post_invoice", "mail.send"]}],
        "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "200.00"}]}),
        ledger={"spent": [{"chain": "task-2", "link": "l0", "budget": "eur", "amount": "200"}]})
    case("ok_grant_by_group_and_system", "a grant may name groups", ALLOW, both(
        at("chain.links.0.grant", {"actions": ["system:erp"]}), at("chain.links.1.grant", {"actions": ["erp.post_invoice"]})))
    case("ok_grant_resource_in", "a resource within a granted one", ALLOW, both(
        grant(0, resources=[{"in": {"type": "Ledger", "id": "main"}}]), grant(1, resources=[{"in": {"type": "Ledger", "id": "main"}}])))
    case("ok_grant_argument_in_range", "the limit itself is within the range", ALLOW, grant(
        1, arguments={"amount": {"range": {"max": "120.50"}}, "invoice": "any", "currency": {"one_of": ["EUR"]}}))
    case("ok_mail_to_colleagues", "everybody in the address book", ALLOW, call("mail.send", to=["bob@corp.example"], subject="hi"))
    case("ok_own_authority", "a specialist with rights of its own, permitted by a policy that says so", ALLOW,
         both(at("chain.links.0.grant", {"actions": ["read"]}), at("chain.links.1.own_authority", True)),
         setup=policies(own_cedar='@id("specialists") @own_authority permit (principal, action == Action::"delegate", resource in Blueprint::"workers");'))
    case("policy_quoted_names_are_data", "quotes, colons and newlines in names are data", deny("policy.no_permit", gate="origin"),
         both(at("chain.origin.subject", 'x"; permit(principal, action, resource); //\n::'),
              at("chain.origin.groups", ['finance"]']),
              at("chain.links.0.delegator.subject", 'x"; permit(principal, action, resource); //\n::')))


def malformed():
    for name, note, text in [
        ("request_not_json", "not JSON", "{"),
        ("request_empty", "nothing at all", ""),
        ("request_not_object", "JSON, but no object", "[]"),
        ("request_duplicate_member", "the chain stands twice", '{"chain": {}, "chain": {}, "call": {}}'),
        ("request_nested_duplicate", "an argument stands twice, once escaped", canonical(base_request()).replace('"amount":120.5', '"amount":120.5,"\\u0061mount":1')),
        ("request_trailing", "something after the request", canonical(base_request()) + "{}"),
        ("request_deep", "10,000 levels of nesting", '{"chain":' + "[" * 10_000 + "]" * 10_000 + "}"),
        ("request_number_out_of_range", "a number no reader can hold", canonical(base_request()).replace("120.5", "1e999")),
        ("request_integer_out_of_range", "an integer beyond 63 bits", canonical(base_request()).replace("120.5", "18446744073709551615")),
        ("request_nan", "NaN is not JSON", canonical(base_request()).replace("120.5", "NaN")),
        ("request_lone_surrogate", "half a character", canonical(base_request()).replace('"inv-1"', '"\\ud800"')),
    ]:
        case(name, note, deny("request.malformed"), lambda request, text=text: text)
    case("request_unknown_member", "a member nobody defined", deny("request.malformed"), at("admin", True))
    case("request_reserved_context", "the host cannot set reserved context keys", deny("request.host_facts"), at("host", {"chain": {"proof_level": 4}}))
    case("request_as_array", "a request that is an array of its members", deny("request.malformed"),
         lambda request: canonical([request["chain"], request["call"]]))
    case("request_call_as_array", "a call that is an array of its members", deny("request.malformed"),
         lambda request: canonical({**request, "call": [request["call"]["tool"], request["call"]["arguments"]]}))
    case("request_grant_as_array", "a capability that is an array of its members", deny("request.malformed"),
         at("chain.links.1.grant", {"capabilities": [[["read"], "any", None]]}))
    case("request_entity_as_array", "an entity that is an array of its members", deny("request.malformed"), grant(1, resources=[{"eq": ["Invoice", "inv-1"]}]))
    case("request_no_chain", "no chain", deny("request.malformed"), at("chain", ...))
    case("request_chain_wrong_type", "a chain that is a string", deny("request.malformed"), at("chain", "alice"))
    case("request_origin_unqualified", "an origin without issuer", deny("request.malformed"), at("chain.origin.issuer", ...))
    case("request_origin_empty_subject", "an empty subject", deny("request.malformed"), at("chain.origin.subject", ""))
    case("request_origin_unknown_kind", "a kind of origin nobody knows", deny("request.malformed"), at("chain.origin.kind", "root"))
    case("request_name_too_long", "a name of 2,049 bytes", deny("request.malformed"), at("chain.origin.subject", "x" * 2049))
    case("request_unknown_link_member", "a link with a member nobody defined", deny("request.malformed"), at("chain.links.0.admin", True))
    case("request_expires_as_string", "an expiry that is a string", deny("request.malformed"), at("chain.links.1.expires_ms", str(NOW + DAY)))
    case("request_expires_missing", "no expiry", deny("request.malformed"), at("chain.links.1.expires_ms", ...))
    case("request_expires_negative", "an expiry before the year 0", deny("request.malformed"), at("chain.links.1.expires_ms", -(2**63)))
    case("request_depth_out_of_range", "a depth of 256", deny("request.malformed"), at("chain.links.0.depth_max", 256))
    case("request_unknown_constraint", "a constraint nobody knows", deny("request.malformed"), grant(1, arguments={"amount": {"acme_geo": "EU"}}))
    case("request_grant_without_actions", "a capability must say its actions", deny("request.malformed"), at("chain.links.1.grant", {"resources": "any"}))
    case("request_host_unknown_fact", "a fact HostContext does not declare", deny("request.host_facts"), at("host", {"admin": True}))
    case("request_host_wrong_type", "a fact of another type", deny("request.host_facts"), at("host", {"region": 7}))
    case("request_host_bad_address", "an address that is none", deny("request.host_facts"), at("host", {"ip": "10.0.0.999"}))


def chains():
    def surplus(request):
        request["chain"]["links"] = [link(f"l{i}", principal(f"a{i - 1}") if i else principal("alice", IDP), f"a{i}", 255) for i in range(1000)]

    case("chain_empty", "no links: nobody was authorized", deny("chain.empty"), at("chain.links", []))
    case("chain_thousand_links", "1,000 links", deny("chain.too_large"), surplus)
    case("chain_many_capabilities", "65 capabilities in one grant", deny("chain.too_large"),
         at("chain.links.1.grant", {"capabilities": [{"actions": ["read"]}] * 65}))
    case("chain_many_groups", "an origin in 1,025 groups", deny("chain.too_large"), at("chain.origin.groups", [f"g{i}" for i in range(1025)]))
    case("chain_many_values", "1,025 values listed in one grant", deny("chain.too_large"),
         grant(1, arguments={"amount": {"one_of": list(range(1025))}, "invoice": "any", "currency": "any"}))
    case("chain_unproven", "a claimed chain where only proven ones count", deny("chain.unproven"),
         setup={"base": "office", "accept_claimed_chains": False})
    case("chain_seal_forged", "a seal somebody made up", deny("chain.seal"), at("chain.seal", "sha256:" + "00" * 32))
    case("chain_seal_edited", "a sealed chain, edited after", deny("chain.seal"),
         both(lambda r: seal_chain(r["chain"]), at("chain.links.1.expires_ms", NOW + 9 * MINUTE)))
    case("chain_seal_foreign", "a chain sealed by another process", deny("chain.seal"), lambda r: seal_chain(r["chain"]),
         setup={"base": "office", "seal_key": "08" * 32})
    case("chain_seal_not_a_digest", "a seal that is no digest", deny("request.malformed"), at("chain.seal", "trust me"))
    case("chain_duplicate_link", "the same link id twice", deny("chain.duplicate", hop=1), at("chain.links.1.id", "l0"))
    case("chain_spliced", "the first link is of somebody else", deny("chain.alignment", hop=0), at("chain.links.0.delegator", principal("mallory", IDP)))
    case("chain_other_issuer", "same subject, another issuer", deny("chain.alignment", hop=0), at("chain.links.0.delegator.issuer", "https://idp.example/"))
    case("chain_other_tenant", "same issuer and subject, another tenant", deny("chain.alignment", hop=0), at("chain.links.0.delegator.tenant", "t2"))
    case("chain_misaligned", "the second link's delegator is not the first's delegate", deny("chain.alignment", hop=1),
         at("chain.links.1.delegator", principal("helper")))
    case("chain_reordered", "two links swapped", deny("chain.alignment", hop=0), lambda r: r["chain"]["links"].reverse())
    case("chain_headless", "the first link is missing", deny("chain.alignment", hop=0), lambda r: r["chain"]["links"].pop(0))
    case("chain_homoglyph", "a Cyrillic letter in the delegator's name", deny("chain.alignment", hop=1),
         at("chain.links.1.delegator.subject", "рlanner"))
    case("chain_cycle", "an agent that was in the chain before", deny("chain.cycle", hop=2), delegate_again("planner"))
    case("chain_self_delegation", "an agent that hands to itself", deny("chain.cycle", hop=1), to("planner"))
    case("chain_too_deep", "deeper than the first link allows", deny("chain.depth", hop=0),
         both(at("chain.links.0.depth_max", 0), at("chain.links.1.depth_max", 0)))
    case("chain_depth_raised", "a link that allows more depth than its parent", deny("chain.depth_raised", hop=1),
         both(at("chain.links.0.depth_max", 1), at("chain.links.1.depth_max", 2)))
    case("chain_expired", "time is up exactly at expires_ms", deny("chain.expired", hop=1), at("chain.links.1.expires_ms", NOW))
    case("chain_expired_in_the_middle", "the first link is over, the second claims not to be", deny("chain.outlives_parent", hop=1),
         at("chain.links.0.expires_ms", NOW - 1))
    case("chain_outlives_parent", "a link that lasts longer than its parent", deny("chain.outlives_parent", hop=1),
         at("chain.links.1.expires_ms", NOW + 11 * MINUTE))
    case("chain_issued_in_future", "issued ten minutes from now", deny("chain.issued_order", hop=1), at("chain.links.1.issued_ms", NOW + 9 * MINUTE))
    case("chain_issued_before_parent", "issued before the link it builds on", deny("chain.issued_order", hop=1),
         at("chain.links.1.issued_ms", NOW - 2 * MINUTE))
    case("chain_not_yet_valid", "valid only in a minute", deny("chain.not_yet_valid", hop=1), at("chain.links.1.not_before_ms", NOW + MINUTE))
    case("chain_lifetime_too_long", "a link of 31 days", deny("chain.lifetime", hop=0), at("chain.links.0.expires_ms", NOW + 31 * DAY))
    case("chain_ends_before_it_begins", "expires before it was issued", deny("chain.lifetime", hop=1), at("chain.links.1.expires_ms", NOW - 2 * MINUTE))
    case("chain_expiry_in_seconds", "seconds where milliseconds belong", deny("chain.lifetime", hop=1), at("chain.links.1.expires_ms", NOW // 1000))
    case("chain_widened_actions", "the child adds an action", deny("chain.widened", hop=1),
         both(at("chain.links.0.grant", {"actions": ["read"]}), at("chain.links.1.grant", {"actions": ["read", "erp.post_invoice"]})))
    case("chain_widened_to_any_action", "the child grants any action", deny("chain.widened", hop=1), at("chain.links.1.grant", {"actions": "any"}))
    case("chain_widened_group", "the child names the group its parent only has a member of", deny("chain.widened", hop=1),
         both(at("chain.links.0.grant", {"actions": ["erp.post_invoice"]}), at("chain.links.1.grant", {"actions": ["pay"]})))
    case("chain_widened_resources", "the child drops the resource", deny("chain.widened", hop=1),
         both(grant(0, resources=[{"eq": {"type": "Invoice", "id": "inv-1"}}]), grant(1)))
    def intent(hop, tools, **more):
        return at(f"chain.links.{hop}.intent", {"contract": {"mode": "bounded", "grants": [{"tools": tools, **more}]}})

    case("chain_intent_widened_tool", "the child is for a tool its parent is not for", deny("chain.intent_widened", hop=1),
         both(intent(0, ["docs.read"]), intent(1, ["docs.read", "erp.post_invoice"])))
    case("chain_intent_widened_limit", "the child's limit is higher", deny("chain.intent_widened", hop=1),
         both(intent(0, ["docs.read"], amount_max="500"), intent(1, ["docs.read"], amount_max="501")))
    case("chain_intent_widened_plainly", "the child plainly may what its parent perhaps may", deny("chain.intent_widened", hop=1),
         both(at("chain.links.0.intent", {"contract": {"mode": "bounded", "grants": [{"tools": [], "perhaps": ["docs.read"]}]}}),
              intent(1, ["docs.read"])))
    case("chain_intent_dropped", "the child says nothing of an intent its parent has", deny("chain.intent_widened", hop=1), intent(0, ["docs.read"]))
    case("chain_intent_values_odd", "a value's digest is none", deny("chain.too_large"),
         at("chain.links.0.intent", {"contract": {"mode": "read_only"}, "values": {"abc": 0}}))
    case("chain_widened_resource_type", "the child names the type its parent only has an entity of", deny("chain.widened", hop=1),
         both(grant(0, resources=[{"eq": {"type": "Invoice", "id": "inv-1"}}]), grant(1, resources=[{"is": "Invoice"}])))
    case("chain_widened_range", "the child raises the limit", deny("chain.widened", hop=1),
         both(grant(0, arguments={"amount": {"range": {"max": "500"}}, "invoice": "any", "currency": "any"}),
              grant(1, arguments={"amount": {"range": {"max": "501"}}, "invoice": "any", "currency": "any"})))
    case("chain_widened_constraint_dropped", "the child drops a constraint", deny("chain.widened", hop=1),
         both(grant(0, arguments={"amount": {"range": {"max": "500"}}, "invoice": "any", "currency": "any"}), grant(1)))
    case("chain_widened_argument_added", "the child names an argument its parent's closed world has not", deny("chain.widened", hop=1),
         both(grant(0, arguments={"amount": "any", "invoice": "any", "currency": "any"}),
              grant(1, arguments={"amount": "any", "invoice": "any", "currency": "any", "memo": "any"})))
    case("chain_widened_from_nothing", "empty is nothing, not everything", deny("chain.widened", hop=1),
         at("chain.links.0.grant", {"capabilities": []}))
    case("chain_widened_budget", "the child raises the budget", deny("chain.widened", hop=1), both(*(
        at(f"chain.links.{hop}.grant", {"capabilities": [{"actions": ["read", "erp.post_invoice"]}],
            "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": limit}]})
        for hop, limit in [(0, "500.00"), (1, "600.00")])))


def registry():
    case("registry_unknown", "an agent nobody registered: denied, and found", deny("registry.unknown", hop=1, findings=1), to("stranger"))
    case("registry_homoglyph", "looks like a registered agent, and is not", deny("registry.unknown", hop=1), to("wоrker"))
    case("registry_other_issuer", "a registered subject of another issuer", deny("registry.unknown", hop=1),
         at("chain.links.1.delegate.issuer", "https://agents.example.evil"))
    case("registry_discovered", "seen, claimed by nobody", deny("registry.not_active", hop=1), to("newcomer"))
    case("registry_pending", "claimed, not approved", deny("registry.not_active", hop=1), to("applicant"))
    case("registry_rejected", "rejected", deny("registry.rejected", hop=1), to("misfit"))
    case("registry_retired", "retired", deny("registry.retired", hop=1), to("veteran"))
    case("registry_unowned", "nobody answers for it", deny("registry.unowned", hop=1), to("orphan"))
    case("registry_cutoff", "the link is older than the agent's cut-off", deny("registry.cutoff", hop=1), to("returned"))
    case("registry_held", "quarantined", deny("registry.held", hop=1), to("quarantined"))
    case("registry_held_parent", "a held agent in the middle stops those below", deny("registry.held", hop=1),
         both(to("quarantined"), lambda r: r["chain"]["links"].append(link("l2", principal("quarantined"), "helper", 4))))
    case("registry_blueprint_held", "its whole class is disabled", deny("registry.held", hop=1), to("shut-down"))
    case("registry_blueprint_ancestor_held", "a class above its class is disabled", deny("registry.held", hop=1), to("below-shut-down"))
    case("registry_read_only", "may only read, and wants to write", deny("registry.read_only", hop=1), to("reader"))
    case("registry_read_only_unclassified", "a tool nobody classified does not count as reading", deny("registry.read_only", hop=1),
         both(to("reader"), call("shell", command="ls"), at("chain.links.0.grant", {"actions": "any"}), at("chain.links.1.grant", {"actions": "any"})))
    case("registry_read_only_reads", "may only read, and reads", ALLOW, both(to("reader"), call("erp.read_invoice", id="inv-1")))
    case("registry_ask", "a hold asks its role", ask(["sponsor"], "registry.ask", hop=1), to("watched"))
    case("registry_ask_in_the_middle", "a held agent in the middle asks its own sponsor, not the acting agent's", ask([f"sponsor:{AGENTS}|watched"], "registry.ask", hop=1),
         both(to("watched"), lambda r: r["chain"]["links"].append(link("l2", principal("watched"), "helper", 4)),
              call("erp.read_invoice", id="inv-1")))
    case("registry_most_restrictive", "of two holds the stricter wins", deny("registry.read_only", hop=1), to("drifted"))
    case("registry_empty", "nobody is known", deny("registry.unknown", hop=0), setup={"base": "office", "registry": {"agents": []}})


def calls():
    case("call_unknown_tool", "no such tool", deny("call.tool_unknown"), call("erp.transfer", amount=1))
    case("call_tool_name_case", "tool names are compared byte for byte", deny("call.tool_unknown"), at("call.tool", "ERP.post_invoice"))
    case("call_group_is_no_tool", "an action group is not a tool", deny("call.tool_unknown"), at("call.tool", "pay"))
    case("call_delegate_is_no_tool", "the engine's own action is not a tool", deny("call.tool_unknown"), at("call.tool", "delegate"))
    case("call_arguments_not_object", "arguments that are an array", deny("call.malformed"), at("call.arguments", [1]))
    case("call_argument_missing", "a required argument is missing", deny("call.argument_missing"), at("call.arguments.currency", ...))
    case("call_argument_null", "a required argument is null", deny("call.argument_invalid"), arguments(currency=None))
    case("call_argument_unknown", "an argument the tool has not", deny("call.argument_unknown"), arguments(bcc="eve@evil.example"))
    case("call_argument_unknown_nested", "a member the item has not", deny("call.argument_unknown"), arguments(lines=[{"sku": "a", "price": 1}]))
    case("call_argument_wrong_type", "a string where a number belongs", deny("call.argument_invalid"), arguments(amount="120.5"))
    case("call_argument_boolean_as_number", "true is not 1", deny("call.argument_invalid"), arguments(priority=True))
    case("call_argument_fraction_as_integer", "an integer with a fraction", deny("call.argument_invalid"), arguments(priority=1.5))
    case("call_argument_too_precise", "five decimal places are refused, not rounded", deny("call.argument_inexact"), arguments(amount=120.50001))
    case("call_argument_too_large", "beyond Cedar's decimals", deny("call.argument_inexact"), arguments(amount=1e15))
    case("call_argument_below_minimum", "a negative amount", deny("call.argument_invalid"), arguments(amount=-1))
    case("call_argument_above_maximum", "priority 6 of 5", deny("call.argument_invalid"), arguments(priority=6))
    case("call_argument_not_in_enum", "a currency the schema has not", deny("call.argument_invalid"), arguments(currency="eur"))
    case("call_argument_not_in_number_enum", "a level the schema has not", deny("call.argument_invalid"), arguments(level=3))
    case("call_argument_at_exclusive_minimum", "the bound itself is excluded", deny("call.argument_invalid"), arguments(share=0))
    case("call_argument_too_long", "101 characters of 100", deny("call.argument_invalid"), arguments(memo="x" * 101))
    case("call_argument_too_many_items", "four lines of three", deny("call.argument_invalid"), arguments(lines=[{"sku": "a"}] * 4))
    case("call_argument_integer_not_exact", "an integer that readers round differently, in a free-form argument that a policy reads", deny("call.argument_inexact"),
         arguments(extra={"id": 1e20}),
         setup=policies(extra_cedar='forbid (principal, action == Action::"erp.post_invoice", resource) when { context.input has extra && context.input.extra == "{}" };'))
    case("ok_integer_not_exact_unread", "the same, and no policy reads it", ALLOW, arguments(extra={"id": 1e20}))
    case("ok_integer_not_exact_has_input", "a policy asks whether there are arguments, and reads another one", ALLOW, arguments(extra={"id": 1e20}),
         setup=policies(extra_cedar='forbid (principal, action, resource) when { context has input && context.input has memo && context.input.memo == "none" };'))
    case("call_integer_not_exact_whole_input", "a policy compares all arguments", deny("call.argument_inexact"), arguments(extra={"id": 1e20}),
         setup=policies(extra_cedar='forbid (principal, action == Action::"erp.post_invoice", resource) when { context has input && [context.input].isEmpty() };'))
    case("call_too_large", "arguments of more than 1 MiB", deny("call.too_large"), call("erp.read_invoice", id="x" * (1 << 20)))


PLACES = [
    # kind, condition, what is refused, its twin
    ("subpath", "/workspace", ["/workspace/../etc/passwd", "/workspace-evil", "workspace/a", "/workspace/%2e%2e/etc", "/workspace/..\\..\\etc"],
     ["/workspace/b/../a.txt", "//workspace//a"]),
    ("prefix", "/workspace/", ["/workspace/../etc/passwd", "/workspaces"], ["/x/../workspace/a"]),
    ("prefix", "INV-", ["inv-1", "INV-1/../../x"], ["INV-2024-1"]),
    ("glob", "/reports/*.pdf", ["/reports/a/b.pdf", "/reports/../etc/x.pdf", "/reports/a.pdf.sh"], ["/reports/./a.pdf"]),
    ("glob", "/reports/**/*.pdf", ["/reports/a.txt"], ["/reports/a/b/c.pdf"]),
    ("url", {"scheme": "https", "host": "good.example"},
     ["https://good.example@evil.example/", "https://good.example.evil.example", "http://good.example/", "https://evil.example\\@good.example/",
      "https://good.example:8443/", "https:good.example"], ["https://GOOD.example:443/a?b#c"]),
    ("url", {"host": "*.good.example", "path": "/v1"},
     ["https://evilgood.example/v1", "https://a.good.example/v1/../admin", "https://a.good.example/v12", "https://a.good.example/v1/..%2fadmin"],
     ["http://a.b.good.example/v1/x/../y"]),
    ("url", {"host": "10.0.0.1"}, ["http://[::ffff:10.0.0.1]/", "http://167772161/", "http://012.0.0.1/"], ["http://10.0.0.1/"]),
    ("cidr", "10.0.0.0/8", ["11.0.0.1", "::ffff:10.0.0.1", "167772161", "10.0.0.0/7"], ["10.1.2.3", "10.1.0.0/16"]),
    ("email_domain", "corp.example",
     ["eve@evil.example", "bob@corp.example,eve@evil.example", "\"bob@corp.example\" <eve@evil.example>", "bob@corp.example.evil.example"],
     ["Bob.O+x@CORP.example"]),
    ("email_domain", "*.corp.example", ["bob@corp.example", "bob@evilcorp.example"], ["bob@eu.corp.example"]),
]


def of_memo(condition, **more):
    return {"amount": "any", "invoice": "any", "currency": "any", "memo": condition, **more}


def grants_of_texts():
    counts = {}
    for kind, condition, refused, fine in PLACES:
        counts[kind] = counts.get(kind, 0) + 1
        for number, memo in enumerate(refused):
            case(f"grant_{kind}_{counts[kind]}_{number}", f"not within the {kind}", deny("grant.argument", hop=1),
                 both(grant(1, arguments=of_memo({kind: condition})), arguments(memo=memo)))
        for number, memo in enumerate(fine):
            case(f"ok_grant_{kind}_{counts[kind]}_{number}", f"within the {kind}", ALLOW,
                 both(grant(1, arguments=of_memo({kind: condition})), arguments(memo=memo)))
    # Narrowing: what a child may make of its parent's condition, and what not.
    narrowing = {
        "exact_in_range": ("amount", {"range": {"max": "500"}}, {"exact": 120.5}, {"exact": 500.01}),
        "text_in_range": ("amount", {"range": {"max": "500"}}, {"one_of": ["120.50", 7]}, {"one_of": ["120.50", "much"]}),
        "leading_zero_in_range": ("memo", {"range": {"max": "500"}}, {"exact": "5.0"}, {"exact": "05"}),
        "range_in_exclusive": ("amount", {"range": {"exclusive_max": "500"}}, {"range": {"max": "499.99"}}, {"range": {"max": "500"}}),
        "exclusive_in_range": ("amount", {"range": {"max": "500"}}, {"range": {"exclusive_max": "500"}}, {"range": {"exclusive_max": "500.01"}}),
        "not_one_of": ("currency", {"not_one_of": ["USD"]}, {"exact": "EUR"}, {"exact": "USD"}),
        "subpath": ("memo", {"subpath": "/w"}, {"subpath": "/w/a"}, {"subpath": "/w-x"}),
        "glob_in_subpath": ("memo", {"subpath": "/w"}, {"glob": "/w/**/*.txt"}, {"glob": "/*/a"}),
        "subpath_in_glob": ("memo", {"glob": "/w/**"}, {"subpath": "/w/a"}, {"subpath": "/"}),
        "exact_in_subpath": ("memo", {"subpath": "/w"}, {"exact": "/w/a"}, {"exact": "/w/../a"}),
        "prefix": ("memo", {"prefix": "/w/"}, {"prefix": "/w/a"}, {"prefix": "/v/"}),
        "url": ("memo", {"url": {"host": "*.good.example"}}, {"url": {"host": "a.good.example", "path": "/v1"}}, {"url": {"host": "good.example"}}),
        "url_path": ("memo", {"url": {"host": "a.example", "path": "/v1"}}, {"url": {"host": "a.example", "path": "/v1/x"}}, {"url": {"host": "a.example"}}),
        "cidr": ("memo", {"cidr": "10.0.0.0/8"}, {"cidr": "10.1.0.0/16"}, {"cidr": "0.0.0.0/0"}),
        "email_domain": ("memo", {"email_domain": "*.corp.example"}, {"email_domain": "eu.corp.example"}, {"email_domain": "corp.example"}),
        "optional": ("memo", {"optional": {"prefix": "a"}}, {"prefix": "ab"}, {"optional": {"prefix": "b"}}),
        "optional_in_required": ("memo", {"prefix": "a"}, {"prefix": "ab"}, {"optional": {"prefix": "a"}}),
    }
    values = {"exact_in_range": 120.5, "text_in_range": 120.5, "leading_zero_in_range": "5.0", "range_in_exclusive": 120.5, "exclusive_in_range": 120.5, "not_one_of": "EUR",
              "subpath": "/w/a/x", "glob_in_subpath": "/w/b/x.txt", "subpath_in_glob": "/w/a/x", "exact_in_subpath": "/w/a", "prefix": "/w/ab",
              "url": "https://a.good.example/v1", "url_path": "https://a.example/v1/x", "cidr": "10.1.0.1", "email_domain": "b@eu.corp.example",
              "optional": "abc", "optional_in_required": "abc"}
    for name, (argument, parent, narrower, wider) in narrowing.items():
        def two(child):
            conditions = [{"amount": "any", "invoice": "any", "currency": "any", argument: condition} for condition in (parent, child)]
            return both(grant(0, arguments=conditions[0]), grant(1, arguments=conditions[1]), arguments(**{argument: values[name]}))

        case(f"ok_chain_narrowed_{name}", f"narrower: {canonical(narrower)} in {canonical(parent)}", ALLOW, two(narrower))
        case(f"chain_widened_{name}", f"wider: {canonical(wider)} than {canonical(parent)}", deny("chain.widened", hop=1), two(wider))
    case("grant_range_exclusive", "the bound itself is excluded", deny("grant.argument", hop=1),
         grant(1, arguments={"amount": {"range": {"exclusive_max": "120.5"}}, "invoice": "any", "currency": "any"}))
    case("ok_grant_optional_absent", "an optional argument may be absent", ALLOW, grant(1, arguments=of_memo({"optional": {"prefix": "a"}})))
    case("ok_grant_optional_null", "and null", ALLOW, both(grant(1, arguments=of_memo({"optional": {"prefix": "a"}})), arguments(memo=None)))
    case("grant_optional", "but where it is there, it is constrained", deny("grant.argument", hop=1),
         both(grant(1, arguments=of_memo({"optional": {"prefix": "a"}})), arguments(memo="b")))
    case("ok_grant_others", "the other arguments may be anything", ALLOW,
         both(grant(1, arguments={"amount": {"range": {"max": "500"}}, "*": "any"}), arguments(memo="hi", urgent=True)))
    case("grant_others", "the other arguments are constrained", deny("grant.argument", hop=1),
         both(grant(1, arguments={"amount": "any", "*": {"one_of": ["inv-1", "EUR"]}}), arguments(memo="hi")))
    case("grant_others_named", "what is named is not among the others", deny("grant.argument", hop=1),
         grant(1, arguments={"amount": {"range": {"max": "5"}}, "*": "any"}))
    case("chain_widened_others", "the child opens what the parent closed", deny("chain.widened", hop=1),
         both(grant(0, arguments={"amount": "any", "invoice": "any", "currency": "any"}),
              grant(1, arguments={"amount": "any", "invoice": "any", "currency": "any", "*": "any"})))
    case("ok_chain_narrowed_others", "the child closes what the parent opened", ALLOW,
         both(grant(0, arguments={"amount": "any", "*": "any"}), grant(1, arguments={"amount": "any", "invoice": "any", "currency": "any"})))
    mail = {"actions": ["mail.send"], "arguments": {"to": {"all": {"email_domain": "corp.example"}}, "subject": "any"}}
    people = ["bob@corp.example", "carol@corp.example"]
    case("ok_grant_all_elements", "every recipient is of the domain", ALLOW, both(call("mail.send", to=people, subject="hi"), at("chain.links.1.grant", mail)))
    case("grant_all_elements", "one recipient is not", deny("grant.argument", hop=1),
         both(call("mail.send", to=[*people, "eve@evil.example"], subject="hi"), at("chain.links.1.grant", mail)))
    some = {**mail, "arguments": {"to": {"any": {"exact": "carol@corp.example"}}, "subject": "any"}}
    case("ok_grant_any_element", "one of the recipients is", ALLOW, both(call("mail.send", to=people, subject="hi"), at("chain.links.1.grant", some)))
    case("grant_any_element", "none of the recipients is", deny("grant.argument", hop=1),
         both(call("mail.send", to=["bob@corp.example"], subject="hi"), at("chain.links.1.grant", some)))
    for name, condition in {
        "subpath_dots": {"subpath": "/workspace/../etc"}, "prefix_empty": {"prefix": ""}, "prefix_of_url": {"prefix": "https://good.example"},
        "glob_braces": {"glob": "/a/{b,c}"}, "url_host": {"url": {"host": "https://good.example"}}, "url_member": {"url": {"host": "a.example", "hosts": []}},
        "cidr_bits": {"cidr": "10.0.0.1/8"}, "email_domain": {"email_domain": "a@corp.example"}, "range_member": {"range": {"above": "1"}}, "range_leading_zero": {"range": {"max": "0500"}},
    }.items():
        case(f"request_grant_{name}", "a condition nobody could mean", deny("request.malformed"), grant(1, arguments=of_memo(condition)))


def grants_of_persons():
    olga = principal("olga", IDP)
    role = f"person:{IDP}|olga"
    ledger = {"spent": [], "approvals": []}

    def approved(roles, by=olga, **more):
        def change(request):
            grant(1, approvers=[olga, "controllers"])(request)
            request["approvals"] = [approval(request, by, roles)]
        return change

    asked = ask(["controllers", role], reason="grant.ask", hop=1)
    case("grant_ask", "the grant names who must approve", asked, grant(1, approvers=[olga, "controllers"]))
    case("ok_grant_ask_person", "the person it names approved", ALLOW, approved([role]), ledger=ledger)
    case("ok_grant_ask_role", "one in a role it names approved", ALLOW, approved(["controllers"], by=principal("bob", IDP)), ledger=ledger)
    case("grant_ask_other_person", "another person approved", asked, approved([f"person:{IDP}|bob"], by=principal("bob", IDP)), ledger=ledger)
    case("grant_ask_does_not_outrank_forbid", "who may approve does not permit", deny("policy.forbidden"),
         both(grant(1, approvers=["user"]), at("host", {"region": "night"})))
    case("ok_grant_ask_other_capability", "another capability covers it without", ALLOW, at("chain.links.1.grant", {"capabilities": [
        {"actions": ["erp.post_invoice"], "approvers": ["controllers"]}, {"actions": ["erp.post_invoice"]}]}))
    case("chain_widened_approvers_dropped", "the child names nobody", deny("chain.widened", hop=1), both(grant(0, approvers=["controllers"]), grant(1)))
    case("chain_widened_approvers_added", "the child names one more", deny("chain.widened", hop=1),
         both(grant(0, approvers=["controllers"]), grant(1, approvers=["controllers", "user"])))
    case("chain_narrowed_approvers", "the child names one less: each grant asks for one of its own",
         ask(["controllers", role], reason="grant.ask", hop=0), both(grant(0, approvers=["controllers", olga]), grant(1, approvers=[olga])))
    case("request_grant_approvers_empty", "approvers, and none of them named", deny("request.malformed"), grant(1, approvers=[]))


def grants_of_times():
    case("grant_expired", "the capability ends exactly at expires_ms", deny("grant.expired", hop=1), grant(1, expires_ms=NOW))
    case("ok_grant_expires", "a millisecond is left", ALLOW, grant(1, expires_ms=NOW + 1))
    case("ok_grant_expired_beside", "another capability has not expired", ALLOW, at("chain.links.1.grant", {"capabilities": [
        {"actions": ["erp.post_invoice"], "expires_ms": NOW}, {"actions": ["erp.post_invoice"]}]}))
    case("chain_widened_expiry", "the child lasts longer than its parent's", deny("chain.widened", hop=1),
         both(grant(0, expires_ms=NOW + 5), grant(1, expires_ms=NOW + 6)))
    case("chain_widened_expiry_dropped", "the child does not end", deny("chain.widened", hop=1), both(grant(0, expires_ms=NOW + 5), grant(1)))
    case("ok_chain_narrowed_expiry", "the child ends earlier", ALLOW, both(grant(0, expires_ms=NOW + 5), grant(1, expires_ms=NOW + 4)))


def grants():
    case("grant_action", "an action no link grants", deny("grant.action", hop=0),
         both(at("chain.links.0.grant", {"actions": ["read"]}), at("chain.links.1.grant", {"actions": ["read"]})))
    case("grant_action_at_leaf", "granted to the planner, not to the worker", deny("grant.action", hop=1), at("chain.links.1.grant", {"actions": ["read"]}))
    case("grant_empty", "an empty grant is nothing", deny("grant.action", hop=1), at("chain.links.1.grant", {"capabilities": []}))
    case("grant_no_actions", "a capability without actions is nothing", deny("grant.action", hop=1), at("chain.links.1.grant", {"actions": []}))
    case("grant_no_resources", "a capability without resources is nothing", deny("grant.resource", hop=1), grant(1, resources=[]))
    case("grant_resource", "another invoice", deny("grant.resource", hop=1), grant(1, resources=[{"eq": {"type": "Invoice", "id": "inv-2"}}]))
    case("grant_resource_prefix", "an id that begins like the granted one", deny("grant.resource", hop=1),
         both(grant(1, resources=[{"eq": {"type": "Invoice", "id": "inv-1"}}]), arguments(invoice="inv-10")))
    case("grant_resource_not_within", "an invoice of another ledger", deny("grant.resource", hop=1),
         both(grant(1, resources=[{"in": {"type": "Ledger", "id": "main"}}]), arguments(invoice="inv-0")))
    case("grant_argument_above", "above the granted range", deny("grant.argument", hop=1),
         both(grant(1, arguments={"amount": {"range": {"max": "120.49"}}, "invoice": "any", "currency": "any"})))
    case("grant_argument_closed_world", "an argument the grant does not name", deny("grant.argument", hop=1),
         both(grant(1, arguments={"amount": "any", "invoice": "any", "currency": "any"}), arguments(memo="hi")))
    case("grant_argument_closed_world_null", "also when it is null", deny("grant.argument", hop=1),
         both(grant(1, arguments={"amount": "any", "invoice": "any", "currency": "any"}), arguments(memo=None)))
    case("grant_argument_absent", "a constrained argument must be there", deny("grant.argument", hop=1),
         grant(1, arguments={"amount": "any", "invoice": "any", "currency": "any", "memo": {"not_one_of": ["x"]}}))
    case("grant_argument_empty_list", "one of none is nothing", deny("grant.argument", hop=1),
         grant(1, arguments={"amount": "any", "invoice": "any", "currency": {"one_of": []}}))
    case("grant_argument_empty_range", "a range without bounds is nothing", deny("grant.argument", hop=1),
         grant(1, arguments={"amount": {"range": {}}, "invoice": "any", "currency": "any"}))
    case("ok_grant_argument_number_as_string", "a decimal is the same number as a string", ALLOW,
         grant(1, arguments={"amount": {"exact": "120.50"}, "invoice": "any", "currency": "any"}))
    case("grant_argument_number_as_string", "another number, as a string", deny("grant.argument", hop=1),
         grant(1, arguments={"amount": {"exact": "120.51"}, "invoice": "any", "currency": "any"}))
    for number, code in enumerate(["05", "0120.50", "-07"]):
        case(f"grant_argument_leading_zero_{number}", f"`{code}` is a code and no number, so it lies in no range", deny("grant.argument", hop=1),
             both(grant(1, arguments=of_memo({"range": {"max": "500"}})), arguments(memo=code)))
        case(f"grant_argument_leading_zero_listed_{number}", f"nor is `{code}` in a grant the number of an argument", deny("grant.argument", hop=1),
             both(grant(1, arguments={"amount": {"exact": code}, "invoice": "any", "currency": "any"}), arguments(amount=abs(float(code)))))
    for number, text in enumerate(["5.0", "0.5", "500.00"]):
        case(f"ok_grant_argument_number_in_text_{number}", f"the text `{text}` is a number, by value", ALLOW,
             both(grant(1, arguments=of_memo({"range": {"max": "500"}})), arguments(memo=text)))
    case("grant_argument_excluded_free_form", "a free-form value the grant excludes", deny("grant.argument", hop=1),
         both(arguments(extra={"b": 1, "a": None}), grant(1, arguments={
             "amount": "any", "invoice": "any", "currency": "any", "extra": {"not_one_of": [{"a": None, "b": 1.0}]}})))
    case("grant_argument_excluded_nested", "an excluded value with an optional member that is null", deny("grant.argument", hop=1),
         both(arguments(lines=[{"sku": "a"}]), grant(1, arguments={
             "amount": "any", "invoice": "any", "currency": "any", "lines": {"not_one_of": [[{"sku": "a", "count": None}]]}})))
    case("grant_argument_excluded_incomparable", "a number cannot be shown to differ from a text", deny("grant.argument", hop=1),
         grant(1, arguments={"amount": {"not_one_of": ["much"]}, "invoice": "any", "currency": "any"}))
    case("ok_grant_argument_not_excluded", "another value than the excluded", ALLOW,
         grant(1, arguments={"amount": {"not_one_of": [999, 1000.5]}, "invoice": "any", "currency": {"not_one_of": ["USD"]}}))
    case("grant_argument_subset", "a recipient outside the granted set", deny("grant.argument", hop=1),
         both(call("mail.send", to=["bob@corp.example", "carol@corp.example"], subject="hi"),
              at("chain.links.1.grant", {"actions": ["mail.send"], "arguments": {"to": {"subset_of": ["bob@corp.example"]}, "subject": "any"}})))
    grants_of_texts()
    grants_of_persons()
    grants_of_times()
    case("grant_no_mixing", "two capabilities do not add up to one", deny("grant.argument", hop=1), at("chain.links.1.grant", {"capabilities": [
        {"actions": ["erp.post_invoice"], "arguments": {"amount": {"range": {"max": "1"}}, "invoice": "any", "currency": "any"}},
        {"actions": ["read"]}]}))
    budget = {"capabilities": [{"actions": ["read", "erp.post_invoice", "mail.send"]}],
              "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "200.00"}]}
    case("grant_budget_without_ledger", "a budget nobody can check", deny("grant.ledger", hop=0), at("chain.links.0.grant", budget))
    case("grant_budget_used_up", "one cent too much", deny("grant.budget", hop=0), at("chain.links.0.grant", budget),
         ledger={"spent": [{"chain": "task-1", "link": "l0", "budget": "eur", "amount": "79.51"}]})
    case("grant_budget_adds_up", "amounts on the same budget add up", deny("grant.budget", hop=0), at("chain.links.0.grant", budget),
         ledger={"spent": [{"chain": "task-1", "link": "l0", "budget": "eur", "amount": "40"}] * 2})
    calls_budget = {**budget, "budgets": [{"name": "calls", "actions": "any", "limit": "1"}]}
    case("request_budget_twice", "two budgets of one name would share what was spent", deny("request.malformed"),
         at("chain.links.0.grant", {**budget, "budgets": budget["budgets"] * 2}))
    case("grant_budget_of_calls", "a second call where one is granted", deny("grant.budget", hop=0), at("chain.links.0.grant", calls_budget),
         ledger={"spent": [{"chain": "task-1", "link": "l0", "budget": "calls", "amount": "1"}]})


def gates():
    case("policy_origin_not_permitted", "agents and grants allow, the origin does not", deny("policy.no_permit", gate="origin", hop=0),
         at("chain.origin.groups", ["interns"]))
    case("policy_origin_is_service", "a service is not the user of the same name", deny("policy.no_permit", gate="origin"),
         both(at("chain.origin.kind", "service"), at("chain.origin.groups", [])))
    case("policy_agent_not_permitted", "the origin may, its agent may not", deny("policy.no_permit", gate="agent", hop=1), arguments(invoice="inv-0"),
         setup=policies(extra_cedar='@id("planner-posts-anywhere") permit (principal in Blueprint::"planners", action == Action::"erp.post_invoice", resource);'))
    case("policy_middle_agent_not_permitted", "every agent in between must be permitted too", deny("policy.no_permit", gate="agent", hop=0),
         setup=policies(extra_cedar='@id("no-planners") forbid (principal in Blueprint::"none", action, resource);',
                        office_cedar=POLICIES.replace('permit (principal in Blueprint::"office-agents", action == Action::"erp.post_invoice"',
                                                      'permit (principal in Blueprint::"workers", action == Action::"erp.post_invoice"')))
    case("policy_resource_unknown", "an invoice the host did not tell of is in no ledger", deny("policy.no_permit", gate="agent"), arguments(invoice="inv-9"))
    case("policy_delegation_not_permitted", "nobody permitted handing work to an agent without a class", deny("policy.no_permit", gate="delegate", hop=1), to("classless"))
    case("policy_delegation_forbidden", "work handed to an outsider", deny("policy.forbidden", gate="delegate", hop=1, policies=["none-to-outsiders"]), to("contractor"))
    case("policy_unclassified", "a tool nobody classified is in no effect group", deny("policy.no_permit", gate="origin"),
         both(call("shell", command="ls"), at("chain.links.0.grant", {"actions": "any"}), at("chain.links.1.grant", {"actions": "any"})))
    case("policy_forbidden_by_host_fact", "a fact of the host forbids", deny("policy.forbidden", gate="agent", hop=0, policies=["no-agents-at-night"]), at("host", {"region": "night"}))
    case("policy_none", "no policies: everything is denied", deny("policy.no_permit", gate="origin"), setup={"base": "office", "policies": {}})
    case("policy_error_in_forbid", "Cedar skips a forbid that errors; we deny", deny("policy.error", gate="origin", policies=["broken"]), arguments(priority=5),
         setup=policies(broken_cedar='@id("broken") forbid (principal, action == Action::"erp.post_invoice", resource) when { context.input has priority && context.input.priority * 9223372036854775807 < 0 };'))
    case("policy_error_in_permit", "an erroring permit denies too, though another permits", deny("policy.error", policies=["broken"]), arguments(priority=5),
         setup=policies(broken_cedar='@id("broken") permit (principal, action == Action::"erp.post_invoice", resource) when { context.input has priority && context.input.priority * 9223372036854775807 > 0 };'))
    case("policy_error_in_ask", "an erroring @ask denies, and asks nobody", deny("policy.error", policies=["broken"]), arguments(priority=5),
         setup=policies(broken_cedar='@id("broken") @ask("user") forbid (principal, action == Action::"erp.post_invoice", resource) when { context.input has priority && context.input.priority * 9223372036854775807 < 0 };'))
    case("policy_error_missing_entity", "an attribute of a resource the host did not tell of", deny("policy.error", policies=["totals"]), arguments(invoice="inv-9"),
         setup=policies(broken_cedar='@id("totals") forbid (principal, action == Action::"erp.post_invoice", resource) when { resource.total.greaterThan(decimal("1000.0")) };'))
    case("policy_own_authority_unpermitted", "a link claims authority of its own, no policy permits that", deny("policy.own_authority", gate="delegate", hop=1),
         both(at("chain.links.0.grant", {"actions": ["read"]}), at("chain.links.1.own_authority", True)))
    case("policy_own_authority_origin_still_counts", "the origin gate applies all the same", deny("policy.no_permit", gate="origin"),
         both(at("chain.origin.groups", []), at("chain.links.1.own_authority", True)),
         setup=policies(own_cedar='@id("specialists") @own_authority permit (principal, action == Action::"delegate", resource);'))
    case("policy_proof_level", "policies can ask for proof", deny("policy.forbidden", policies=["proven-only"]),
         setup=policies(extra_cedar='@id("proven-only") forbid (principal, action in Action::"pay", resource) unless { context.chain.proof_level >= 1 };'))
    case("policy_any_hop_class", "a class anywhere in the chain", deny("policy.forbidden", policies=["no-planners-above"]),
         setup=policies(extra_cedar='@id("no-planners-above") forbid (principal, action in Action::"pay", resource) when { context.chain.blueprints_any.contains(Blueprint::"planners") };'))
    case("policy_every_hop_class", "a class that every hop has", ALLOW,
         setup=policies(extra_cedar='@id("ours-only") forbid (principal, action, resource) unless { context.chain.blueprints_every.contains(Blueprint::"office-agents") };'))
    case("policy_system", "the target system, and what it is in", deny("policy.forbidden", policies=["production-closed"]),
         setup=policies(extra_cedar='@id("production-closed") forbid (principal, action in Action::"write", resource) when { context.system in System::"production" };'))
    case("policy_destinations", "where something goes, whatever the argument is called", deny("policy.forbidden", policies=["not-to-eve"]),
         call("mail.send", to=["bob@corp.example", "eve@corp.example"], subject="hi"),
         setup=policies(extra_cedar='@id("not-to-eve") forbid (principal, action, resource) when { context.tool.destinations.contains("eve@corp.example") };'))
    case("policy_ask", "more than 500 needs the owner", ask(["owner"], policies=["large-posts"]), arguments(amount=500.01))
    case("policy_ask_twice", "every role that was asked for must approve", ask(["owner", "sponsor"]), arguments(amount=501, priority=5),
         setup=policies(extra_cedar='@id("urgent") @ask("sponsor") forbid (principal, action == Action::"erp.post_invoice", resource) when { context.input has priority && context.input.priority == 5 };'))
    case("policy_ask_does_not_outrank_forbid", "where a forbid stands too, nobody is asked", deny("policy.forbidden"),
         both(arguments(amount=501), at("host", {"region": "night"})))
    case("policy_ask_needs_permit", "where no policy permits, nobody is asked", deny("policy.no_permit"), arguments(amount=10001))
    case("policy_shadow_forbid", "a shadow forbid is reported, not counted", {**ALLOW, "shadow": {"effect": "deny", "policies": ["trial"]}},
         setup=policies(trial_cedar='@id("trial") @shadow forbid (principal is Agent, action in Action::"pay", resource);'))
    case("policy_shadow_ask", "a shadow policy that would have asked", {**ALLOW, "shadow": {"effect": "ask", "policies": ["trial"]}},
         setup=policies(trial_cedar='@id("trial") @shadow @ask("owner") forbid (principal is Agent, action in Action::"pay", resource);'))
    case("policy_shadow_permit", "a shadow permit is reported, not counted", deny("policy.no_permit", gate="origin", shadow={"effect": "allow", "policies": ["trial"]}),
         at("chain.origin.groups", []),
         setup=policies(trial_cedar='@id("trial") @shadow permit (principal is User, action, resource);'))
    case("policy_shadow_error", "a shadow policy that errors changes nothing", ALLOW, arguments(priority=5),
         setup=policies(trial_cedar='@id("trial") @shadow forbid (principal, action == Action::"erp.post_invoice", resource) when { context.input has priority && context.input.priority * 9223372036854775807 < 0 };'))


def places():
    """What policies read of paths, hosts and domains."""

    def of(role, condition):
        catalog = copy.deepcopy(CATALOG)
        next(tool for tool in catalog["tools"] if tool["name"] == "erp.post_invoice")["roles"]["memo"] = role
        return {**policies(extra_cedar=f'@id("elsewhere") forbid (principal, action == Action::"erp.post_invoice", resource) unless {{ {condition} }};'),
                "catalog": catalog}

    forbidden = deny("policy.forbidden", policies=["elsewhere"])
    within = of("path", 'context.tool.within.contains("/workspace")')
    for number, memo in enumerate(["/workspace/../etc/passwd", "/workspace-evil/x", "workspace/a", "/workspace/%2e%2e/x", ""]):
        case(f"policy_within_{number}", "a path that does not lie there", forbidden, arguments(memo=memo), setup=within)
    case("policy_within_no_path", "no path at all", forbidden, setup=within)
    for number, memo in enumerate(["/workspace", "/x/../workspace//a/./b"]):
        case(f"ok_policy_within_{number}", "a path that lies there", ALLOW, arguments(memo=memo), setup=within)
    read = of("path", '!context.tool.paths.contains("/etc/passwd")')
    case("policy_paths", "paths are resolved", forbidden, arguments(memo="/workspace/../etc/./passwd"), setup=read)
    case("ok_policy_paths", "another path", ALLOW, arguments(memo="/workspace/etc/passwd"), setup=read)
    hosts = of("url", '["good.example"].containsAll(context.tool.hosts)')
    for number, memo in enumerate(["https://good.example@evil.example/", "https://good.example.evil.example/", "https://evil.example\\@good.example/", "//evil.example"]):
        case(f"policy_hosts_{number}", "another host, or none that all agree on", forbidden, arguments(memo=memo), setup=hosts)
    for number, memo in enumerate(["https://GOOD.example.:443/a", "good.example"]):
        case(f"ok_policy_hosts_{number}", "the host, however it is written", ALLOW, arguments(memo=memo), setup=hosts)
    domains = policies(extra_cedar='@id("elsewhere") forbid (principal, action == Action::"mail.send", resource) '
                                   'unless { ["corp.example"].containsAll(context.tool.destination_domains) };')
    case("policy_destination_domains", "one recipient of another domain", forbidden,
         call("mail.send", to=["bob@corp.example", "eve@corp.example.evil.example"], subject="hi"), setup=domains)
    case("ok_policy_destination_domains", "all recipients of the domain", ALLOW,
         call("mail.send", to=["bob@corp.example", "carol@corp.example"], subject="hi"), setup=domains)


def approvals():
    def approved(*, change=None, by=OLGA, roles=("owner",), **times):
        def apply(request):
            request["call"]["arguments"]["amount"] = 600
            request["approvals"] = [approval(request, by, list(roles), **times)]
            if change:
                change(request)

        return apply

    ledger = {"spent": [], "approvals": []}
    case("approval_ok", "the owner approved exactly this call", ALLOW, approved(), ledger=ledger)
    case("approval_without_ledger", "nobody can tell whether it was used before", ask(["owner"]), approved())
    case("approval_other_argument", "approved for another amount", ask(["owner"], declined=["approval.mismatch"]), approved(change=arguments(amount=601)), ledger=ledger)
    case("approval_other_task", "approved in another task", ask(["owner"]), approved(change=at("chain.id", "task-2")), ledger=ledger)
    case("approval_expired", "time is up exactly at expires_ms", ask(["owner"], declined=["approval.expired"]), approved(expires=NOW), ledger=ledger)
    case("approval_other_role", "approved by somebody in another role", ask(["owner"]), approved(roles=["user"]), ledger=ledger)
    case("approval_forged", "an approval with a seal somebody made up", ask(["owner"], declined=["approval.invalid"]),
         approved(change=at("approvals.0.seal", "sha256:" + "00" * 32)), ledger=ledger)
    case("approval_edited", "a role added after", ask(["owner"]),
         approved(roles=["user"], change=at("approvals.0.roles", ["owner"])), ledger=ledger)
    request = base_request()
    approved()(request)
    claims = request["approvals"][0]
    used = digest("approval", [claims["digest"], claims["approver"], claims["roles"], claims["approved_ms"], claims["expires_ms"]])
    case("approval_used", "used before", ask(["owner"], declined=["approval.used"]), approved(), ledger={"approvals": [used]})
    case("approval_does_not_outrank_forbid", "an approval lifts only what asked for it", deny("policy.forbidden"),
         approved(change=at("host", {"region": "night"})), ledger=ledger)


# --- schemas as people write them -----------------------------------------------------------------------------------

TEXT, TEXTS, NULLABLE = {"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": ["string", "null"]}
SHARED = {
    "Int": {"type": "integer"}, "Amount": {"type": "integer", "minimum": 1}, "Name": TEXT,
    "Place": {"type": "object", "properties": {"city": TEXT}, "required": ["city"]},
    "Node": {"type": "object", "properties": {"name": TEXT, "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}, "required": ["name"]},
    "Filter": {"anyOf": [
        {"type": "object", "properties": {"and": {"type": "array", "items": {"$ref": "#/$defs/Filter"}}}, "required": ["and"]},
        {"type": "object", "properties": {"eq": TEXT}, "required": ["eq"]}]},
    "Anchored": {"$anchor": "anchored", **TEXT}, "Identified": {"$id": "https://shop.example/schemas/item", **TEXT}, "Record<string>": TEXT,
}

# What is beside a reference or in a composition counts: a tool, the schema of its argument `a`, what is taken, what is not.
SCHEMAS = [
    ("ref_beside_maximum", {"$ref": "#/$defs/Int", "maximum": 100}, [100], [1_000_000, "1"]),
    ("ref_beside_length", {"$ref": "#/$defs/Name", "maxLength": 3}, ["abc"], ["abcdef"]),
    ("ref_beside_enum", {"$ref": "#/$defs/Name", "enum": ["dev"]}, ["dev"], ["prod"]),
    ("ref_beside_pattern", {"$ref": "#/$defs/Name", "pattern": "^[a-z]+$"}, ["abc"], ["a b"]),
    ("all_of_one_beside_maximum", {"allOf": [{"$ref": "#/$defs/Amount"}], "maximum": 100}, [1], [0, 101]),
    ("all_of_several", {"allOf": [{"$ref": "#/$defs/Amount"}, {"maximum": 100}]}, [100], [0, 101, {"x": 1}]),
    ("any_of_beside_maximum", {"anyOf": [{"type": "integer"}, {"type": "null"}], "maximum": 100}, [7, None], [1_000_000]),
    ("any_of_beside_enum", {"anyOf": [TEXT, {"type": "null"}], "enum": ["dev", None]}, ["dev", None], ["prod"]),
    ("any_of_ranges", {"type": "number", "anyOf": [{"maximum": 10}, {"minimum": 100}]}, [3.5, 100], ["hello", 50]),
    ("one_of_consts", {"oneOf": [{"const": "dev", "description": "here"}, {"const": "test"}]}, ["test"], ["prod"]),
    ("one_of_overlapping", {"oneOf": [{"type": "integer", "maximum": 10}, {"type": "integer", "minimum": 5}]}, [3, 20], [7]),
    ("enum_beside_length", {"enum": ["aaaa", "bb"], "maxLength": 2}, ["bb"], ["aaaa"]),
    ("const_beside_type", {"type": "string", "const": 1}, [], [1, "1"]),
    ("types_with_bounds", {"type": ["string", "integer"], "maximum": 10, "maxLength": 3}, ["abc", 10], [{"$gt": ""}, 11, "abcd"]),
    ("object_alone", {"type": "object"}, [{}, {"x": [1]}], ["text", [1]]),
    ("array_alone", {"type": "array"}, [[], [1, "x"]], ["text", {"0": 1}]),
    ("array_counted", {"type": "array", "maxItems": 2}, [[1, 2]], [[1, 2, 3]]),
    ("array_unique", {"type": "array", "items": TEXT, "uniqueItems": True}, [["x", "y"]], [["x", "x"]]),
    ("array_containing", {"type": "array", "contains": {"const": "x"}, "minItems": 1}, [["y", "x"]], [["y"], []]),
    ("tuple", {"type": "array", "prefixItems": [TEXT, {"type": "integer"}], "items": False}, [["x", 1]], [["x", "y"], ["x", 1, 2]]),
    ("map_of_integers", {"type": "object", "additionalProperties": {"type": "integer", "maximum": 10}}, [{"x": 10}], [{"a": "x"}, {"a": 11}]),
    ("open_object", {"type": "object", "properties": {"x": {"type": "integer", "maximum": 10}}, "required": ["x"], "additionalProperties": True},
     [{"x": 1, "more": "y"}], [{"x": 999}, {"more": 1}]),
    ("object_of_patterns", {"type": "object", "properties": {"x": TEXT}, "patternProperties": {"^n_": {"type": "integer"}}, "additionalProperties": False},
     [{"x": "y", "n_1": 1}], [{"n_1": "y"}, {"z": 1}]),
    ("object_of_names", {"type": "object", "propertyNames": {"maxLength": 2}, "minProperties": 1}, [{"ab": 1}], [{}, {"abc": 1}]),
    ("object_together", {"type": "object", "properties": {"x": TEXT, "y": TEXT}, "dependentRequired": {"x": ["y"]}}, [{"y": "1"}, {"x": "1", "y": "2"}], [{"x": "1"}]),
    ("object_with_parts", {"type": "object", "properties": {"kind": TEXT}, "oneOf": [{"properties": {"x": TEXT}, "required": ["x"]}, {"properties": {"y": TEXT}, "required": ["y"]}]},
     [{"kind": "k", "x": "1"}], [{"kind": "k"}, {"x": 1}]),
    ("excluded", {"type": "string", "not": {"enum": ["root", "admin"]}}, ["guest"], ["root"]),
    ("conditional", {"type": "integer", "if": {"minimum": 10}, "then": {"multipleOf": 10}}, [7, 20], [15]),
    ("null_alone", {"type": "null"}, [None], ["anything"]),
    ("never", False, [], ["anything", 1]),
    ("bound_as_text", {"type": "string", "maxLength": "10"}, ["x" * 10], ["x" * 50]),
    ("bound_not_exact", {"type": "number", "minimum": 0.00001}, [0.5, 1], [0, 0.000001]),
    ("pattern", {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"}, ["DE89"], ["de89", "DE"]),
    # References, however they are written, and recursion.
    ("ref_recursive", {"$ref": "#/$defs/Node"}, [{"name": "x", "children": [{"name": "y", "children": []}]}], [{"name": "x", "children": [{"name": 1}]}, {"name": "x", "children": [{"name": "y", "more": 1, "children": {}}]}]),
    ("ref_recursive_filter", {"$ref": "#/$defs/Filter"}, [{"and": [{"eq": "x"}, {"and": []}]}], [{"and": [{"eq": 1}]}, {"or": []}]),
    ("ref_map_of_itself", {"type": "object", "additionalProperties": {"$ref": "#/properties/a"}}, [{"x": {"y": {}}}], [{"x": {"y": 1}}]),
    ("ref_into_list", {"anyOf": [{"$ref": "#/properties/b/anyOf/0"}, {"type": "boolean"}]}, ["x", True], [1]),
    ("ref_percent_encoded", {"$ref": "#/$defs/Record%3Cstring%3E"}, ["x"], [1]),
    ("ref_by_anchor", {"$ref": "#anchored"}, ["x"], [1]),
    ("ref_by_id", {"$ref": "https://shop.example/schemas/item", "maxLength": 3}, ["x"], [1, "xxxx"]),
    ("ref_by_relative_id", {"$ref": "item"}, ["x"], [1]),
    ("ref_to_the_whole", {"anyOf": [{"type": "null"}, {"$ref": "#"}]}, [None, {"a": None}], [{"a": 1}]),
    # Bounds nothing can break, and other harmless oddities.
    ("bound_unsigned", {"type": "integer", "minimum": 0, "maximum": 18446744073709551615}, [2**63 - 1], [-1, 1.5]),
    ("bound_of_doubles", {"type": "number", "maximum": 1.7976931348623157e308}, [1.5], ["1.5"]),
    ("bound_of_javascript", {"type": "number", "minimum": -9007199254740991, "maximum": 9007199254740991}, [1.5], ["1.5", True]),
    ("bound_null", {"type": "integer", "minimum": None, "description": None}, [-5], ["x"]),
    # `null` is absence, or a value.
    ("required_nullable_of_openapi", {"type": "string", "nullable": True}, ["x", None], [1]),
    ("required_nullable_ref", {"allOf": [{"$ref": "#/$defs/Int"}], "nullable": True, "maximum": 9}, [9, None], [10]),
    ("required_nullable_nested", {"oneOf": [{"type": ["string", "null"]}]}, ["x", None], [1]),
    ("required_text", TEXT, ["x", ""], [None, 1]),
    ("optional_enum_of_integers", {"type": "integer", "enum": [1, 2, 3]}, [1, None], [4, "1"]),
    ("optional_const", {"const": 1}, [1, None], [2]),
    ("optional_enum_of_texts", {"enum": ["x", "y"]}, ["x", None], ["z"]),
    ("optional_object", {"type": "object", "properties": {"x": TEXT, "y": TEXT}, "anyOf": [{"required": ["x"]}, {"required": ["y"]}]},
     [None, {"x": "1", "y": None}], [{"x": None}, {}]),
    # Numbers no policy reads may hold what Cedar does not.
    ("number_places", {"type": "number"}, [52.520008, -13.404954, 0.000001], ["52.52"]),
    ("number_large", {"type": "number"}, [1735689600000000000, 1e15, -2.5e20], [None]),
    ("numbers_in_list", {"type": "array", "items": {"type": "number"}}, [[0.123456, 1e15]], [["x"]]),
    ("numbers_in_object", {"type": "object", "properties": {"lat": {"type": "number", "maximum": 90}}}, [{"lat": 52.520008}], [{"lat": 90.000001}]),
    ("numbers_free", {"type": "object"}, [{"vector": [0.123456, 1e20]}], [1e20]),
]

# Of arguments that policies read: a tool, the schema of `a`, the condition of a forbid, values it must see, and values it must not.
READ = [
    ("list_or_text", {"anyOf": [TEXT, TEXTS]}, 'context.input.a.contains("x@evil.example")', ["x@evil.example", ["y", "x@evil.example"]], ["y", ["y"], []]),
    ("list_or_text_typed", {"type": ["array", "string"], "items": TEXT}, 'context.input.a.contains("bad")', ["bad", ["bad"]], ["good", ["good"]]),
    ("list_or_text_or_null", {"oneOf": [TEXTS, TEXT, {"type": "null"}]}, 'context.input.a.contains("bad")', ["bad", ["bad"]], ["good", None]),
    ("list_or_number", {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "integer"}]}, "context.input.a.contains(13)", [13, [1, 13]], [1, [2]]),
    ("consts", {"oneOf": [{"const": "prod", "description": "live"}, {"const": "dev"}]}, 'context.input.a == "prod"', ["prod"], ["dev"]),
    ("two_kinds_of_text", {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "string", "format": "email"}]}, 'context.input.a == "prod"', ["prod"], ["dev"]),
    ("text_in_parts", {"allOf": [TEXT, {"maxLength": 9}]}, 'context.input.a == "prod"', ["prod"], ["dev"]),
    ("list_with_nulls", {"type": "array", "items": {"type": ["string", "null"]}}, 'context.input.a.contains("secret")', [["secret"], [None, "secret"]], [[None], ["open"]]),
    ("null_named", {"type": ["string", "null"]}, "true", ["x"], [None]),
    ("price", {"type": "number"}, 'context.input.a.greaterThan(decimal("100.0"))', [100.5], [99.9999]),
    ("count", {"type": ["integer", "null"]}, "context.input.a > 3", [4], [3, None]),
]

# Of the role `destination`: `context.tool.destinations` has every text, whatever the shape.
EVIL = "m@evil.example"
DESTINATIONS = [
    ("list_or_text", {"anyOf": [TEXT, TEXTS]}, [EVIL, ["bob@corp.example", EVIL]], ["bob@corp.example"]),
    ("open_object", {"type": "object"}, [{"x": EVIL}, {"x": [{"y": EVIL}]}], [{"x": "bob@corp.example"}]),
    ("list", {"type": "array"}, [[EVIL], [[EVIL]]], [["bob@corp.example"], [1]]),
    ("list_with_nulls", {"type": "array", "items": {"type": ["string", "null"]}}, [[None, EVIL]], [[None]]),
    ("untyped", {}, [EVIL, {"cc": EVIL}], ["bob@corp.example"]),
    ("record", {"type": "object", "properties": {"address": TEXT}}, [{"address": EVIL}], [{"address": "bob@corp.example"}]),
    ("map", {"type": "object", "additionalProperties": TEXT}, [{"x": EVIL}], [{"x": "bob@corp.example"}]),
]

# All arguments together: the parameters of a tool, calls that fit, calls that do not and why.
WHOLE = [
    ("ref", {"$ref": "#/$defs/Place"}, [{"city": "Bonn"}], [({}, "missing"), ({"city": 1}, "invalid"), ({"town": "Bonn"}, "unknown")]),
    ("one_of", {"type": "object", "oneOf": [{"properties": {"op": {"const": "create"}, "title": TEXT}, "required": ["op", "title"]},
                                            {"properties": {"op": {"const": "update"}, "id": TEXT}, "required": ["op", "id"]}]},
     [{"op": "create", "title": "x"}, {"op": "update", "id": "1"}], [({"op": "create", "id": "1"}, "invalid"), ({"op": "delete"}, "invalid"), ({"title": "x"}, "missing")]),
    ("all_of", {"type": "object", "allOf": [{"$ref": "#/$defs/Place"}, {"properties": {"unit": TEXT}}]},
     [{"city": "Bonn"}, {"city": "Bonn", "unit": "C"}], [({"unit": "C"}, "missing"), ({"city": "Bonn", "unit": 1}, "invalid")]),
    ("any_of_more", {"type": "object", "properties": {"id": TEXT}, "anyOf": [{"properties": {"x": TEXT}, "required": ["x"]}, {"properties": {"y": TEXT}, "required": ["y"]}]},
     [{"id": "1", "x": "2"}, {"y": "2"}], [({"id": "1"}, "invalid"), ({"x": None}, "invalid"), ({"z": "1"}, "unknown")]),
    ("if_then", {"type": "object", "properties": {"id": TEXT}, "if": {"required": ["more"]}, "then": {"properties": {"more": TEXT}}},
     [{"id": "1", "more": "x"}, {}], [({"more": 1}, "invalid")]),
    ("together", {"type": "object", "properties": {"x": TEXT, "y": TEXT}, "dependentRequired": {"x": ["y"]}, "minProperties": 1},
     [{"y": "1"}, {"x": "1", "y": "2"}], [({"x": "1"}, "invalid"), ({}, "invalid"), ({"x": "1", "y": None}, "invalid")]),
    ("required_undeclared", {"type": "object", "properties": {"a": TEXT}, "required": ["a", "b"]}, [{"a": "x", "b": [1]}], [({"a": "x"}, "missing"), ({"a": 1, "b": 1}, "invalid")]),
    ("type_in_list", {"type": ["object"], "properties": {"a": TEXT}}, [{"a": "x"}], [({"a": 1}, "invalid")]),
    ("empty_list_of_php", {"type": "object", "properties": []}, [{}], [({"a": 1}, "unknown")]),
    ("itself", {"type": "object", "properties": {"child": {"$ref": "#"}, "name": TEXT}}, [{"child": {"child": {"name": "x"}}}], [({"child": {"name": 1}}, "invalid")]),
]

# What makes a tool unusable, and no other.
UNUSABLE = {
    "unusable_type": {"type": "object", "properties": {"a": {"type": "strnig"}}},
    "unusable_ref": {"type": "object", "properties": {"a": {"$ref": "https://elsewhere.example/schema"}}},
    "unusable_ref_missing": {"type": "object", "properties": {"a": {"$ref": "#/$defs/Nothing"}}},
    "unusable_root": {"type": "array", "items": TEXT},
    "unusable_properties": {"type": "object", "properties": "none"},
}


def schemas_setup():
    def of(schema, required=True):
        return {"type": "object", "properties": {"a": schema, "b": {"anyOf": [TEXT, {"type": "null"}]}}, "required": ["a"] if required else [], "$defs": SHARED}

    def entry(name, parameters, **more):
        return {"name": name, "system": "shop", "effects": ["send"], "parameters": parameters, **more}

    tools = [entry(name, of(schema, not name.startswith("optional_") and name != "ref_to_the_whole")) for name, schema, *_ in SCHEMAS]
    tools += [entry(f"read_{name}", of(schema, False)) for name, schema, *_ in READ]
    tools += [entry(f"to_{name}", of(schema), roles={"a": "destination"}) for name, schema, *_ in DESTINATIONS]
    tools += [entry(f"whole_{name}", {**schema, "$defs": SHARED}) for name, schema, *_ in WHOLE]
    tools += [entry(name, schema) for name, schema in UNUSABLE.items()]
    tools += [entry("read_nulls", of(NULLABLE, False)), entry("read_has", of({"type": "number"}, False)), entry("read_nested", of({"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}, False))]
    forbids = [f'@id("{name}") forbid (principal, action == Action::"read_{name}", resource) when {{ context.input has a && {condition} }};' for name, _, condition, *_ in READ]
    forbids += [f'@id("to") forbid (principal, action, resource) when {{ context.tool.destinations.contains("{EVIL}") }};',
                '@id("nulls") forbid (principal, action == Action::"read_nulls", resource) when { context.tool.nulls.contains("a") };',
                '@id("has") forbid (principal, action == Action::"read_has", resource) when { context.input has a };',
                '@id("nested") forbid (principal, action == Action::"read_nested", resource) when { context.input has a && context.input.a == {x: decimal("1.0")} };']
    permits = '@id("all") permit (principal, action, resource);'
    return {"policies": {"shop.cedar": "\n".join([permits, *forbids])}, "catalog": {"tools": tools}, "registry": REGISTRY, "accept_claimed_chains": True, "seal_key": KEY}


def schemas():
    def decided(name, note, expect, tool_name, values, **more):
        anything = [at(f"chain.links.{hop}.grant", {"actions": "any"}) for hop in (0, 1)]
        case(f"schema_{name}", note, expect, both(*anything, call(tool_name, **values)), **{"setup": "schemas", **more})

    invalid = deny("call.argument_invalid")
    for name, _, good, bad in SCHEMAS:
        for number, value in enumerate(good):
            decided(f"{name}_ok_{number}", "fits the schema", ALLOW, name, {"a": value})
        for number, value in enumerate(bad):
            decided(f"{name}_{number}", "does not fit the schema", invalid, name, {"a": value})
    for name, _, _, seen, unseen in READ:
        for number, value in enumerate(seen):
            decided(f"read_{name}_{number}", "a forbid reads it", deny("policy.forbidden", policies=[name]), f"read_{name}", {"a": value})
        for number, value in enumerate(unseen):
            decided(f"read_{name}_ok_{number}", "a forbid reads it, and it is another value", ALLOW, f"read_{name}", {"a": value})
    for name, _, seen, unseen in DESTINATIONS:
        for number, value in enumerate(seen):
            decided(f"to_{name}_{number}", "a text in an argument of the role `destination`", deny("policy.forbidden", policies=["to"]), f"to_{name}", {"a": value})
        for number, value in enumerate(unseen):
            decided(f"to_{name}_ok_{number}", "another destination", ALLOW, f"to_{name}", {"a": value})
    for name, _, good, bad in WHOLE:
        for number, values in enumerate(good):
            decided(f"whole_{name}_ok_{number}", "all arguments fit the schema", ALLOW, f"whole_{name}", values)
        for number, (values, kind) in enumerate(bad):
            decided(f"whole_{name}_{number}", "the arguments do not fit the schema", deny(f"call.argument_{kind}"), f"whole_{name}", values)
    for name in UNUSABLE:
        decided(name, "the schema cannot be read: this tool alone is unusable", deny("call.tool_unusable"), name, {"a": "x"})
    decided("nulls_named", "policies tell `null` from absence", deny("policy.forbidden", policies=["nulls"]), "read_nulls", {"a": None})
    decided("nulls_absent", "absent is not `null`", ALLOW, "read_nulls", {})
    decided("nulls_of_others", "another argument is `null`", ALLOW, "read_nulls", {"a": "x", "b": None})
    inexact = deny("call.argument_inexact")
    for number, value in enumerate([100.00001, 1e15, 2.5e20]):
        decided(f"number_read_{number}", "a number that Cedar cannot hold, and a policy reads it", inexact, "read_price", {"a": value})
    decided("number_read_by_has", "a policy asks whether it is there", inexact, "read_has", {"a": 1.23456})
    decided("number_read_in_record", "a policy compares what it is in", inexact, "read_nested", {"a": {"x": 1.23456}})
    decided("number_read_exact", "a number that Cedar holds", ALLOW, "read_nested", {"a": {"x": 1.2345}})
    decided("number_read_not_given", "it is not given", ALLOW, "read_has", {})

    place = SHARED["Place"]
    foreign = {
        "anthropic": [{"name": "t", "description": "d", "input_schema": place}],
        "vercel": [{"name": "t", "inputSchema": {"jsonSchema": place}}],
        "vercel_parameters": [{"name": "t", "parameters": {"jsonSchema": place}}],
        "null_members": [{"name": "t", "description": None, "inputSchema": place, "annotations": None}],
        "built_in": [{"type": "web_search"}, {"type": "function", "name": "t", "parameters": place}],
        "mixed": [{"type": "web_search_20250305", "name": "web_search"}, {"name": "t", "input_schema": place},
                  {"type": "function", "function": {"name": "u", "parameters": place}}, {"name": "v", "inputSchema": place}],
    }
    for name, catalog in foreign.items():
        setup = {"base": "schemas", "policies": {"all.cedar": "permit (principal, action, resource);"}, "catalog": catalog}
        decided(f"foreign_{name}_ok", "a list as others write it", ALLOW, "t", {"city": "Bonn"}, setup=setup)
        decided(f"foreign_{name}", "a list as others write it; the schema counts", invalid, "t", {"city": 1}, setup=setup)
        if name in ("built_in", "mixed"):
            decided(f"foreign_{name}_unusable", "a tool that the model's provider runs", deny("call.tool_unusable"), "web_search", {}, setup=setup)


def loading():
    def policy_error(name, note, text, line, column, code="policy.invalid"):
        load_case(name, note, {"code": code, "file": "bad.cedar", "line": line, "column": column}, policies={"bad.cedar": text})

    policy_error("load_policy_syntax", "a policy that does not parse", "permit (principal, action, resource)\nwhen { };", 2, 1)
    policy_error("load_policy_unknown_attribute", "an attribute no schema has", 'permit (principal, action == Action::"mail.send", resource)\nwhen { context.input.cc == "x" };', 2, 8)
    policy_error("load_policy_optional_unguarded", "an optional attribute without `has`", 'permit (principal, action == Action::"erp.post_invoice", resource)\nwhen { context.input.memo == "x" };', 2, 8)
    load_case("load_policy_unknown_action", "an action no tool has", {"code": "policy.invalid", "file": "bad.cedar"},
              policies={"bad.cedar": 'permit (principal, action == Action::"erp.tranfser", resource);'})
    load_case("load_policy_same_id", "two policies of one id", {"code": "policy.invalid"},
              policies={"a.cedar": '@id("x") permit (principal, action, resource);', "b.cedar": '@id("x") forbid (principal, action, resource);'})
    load_case("load_policy_ask_on_permit", "@ask goes on a forbid", {"code": "policy.invalid"}, policies={"a.cedar": '@ask("owner") permit (principal, action, resource);'})
    load_case("load_policy_ask_without_role", "@ask needs a role", {"code": "policy.invalid"}, policies={"a.cedar": "@ask forbid (principal, action, resource);"})
    load_case("load_policy_own_authority_misplaced", "@own_authority goes on a permit of delegations", {"code": "policy.invalid"},
              policies={"a.cedar": "@own_authority permit (principal, action, resource);"})
    load_case("load_policy_misspelt_annotation", "a misspelt annotation is not ignored", {"code": "policy.invalid"},
              policies={"a.cedar": "@shadw permit (principal, action, resource);"})
    load_case("load_policy_template_unlinked", "a template in a text cannot be linked", {"code": "policy.invalid"},
              policies={"a.cedar": "permit (principal == ?principal, action, resource);"})
    load_case("load_policy_json_malformed", "a JSON policy set that is none", {"code": "policy.invalid"}, policies={"a.cedar.json": '{"staticPolicies": 3}'})
    load_case("load_schema_syntax", "a schema that does not parse", {"code": "schema.invalid", "file": "bad.cedarschema", "line": 1},
              schema={"bad.cedarschema": "entity Invoice {"})
    load_case("load_schema_conflict", "a schema that defines the engine's own type", {"code": "schema.invalid"},
              schema={"office.cedarschema": SCHEMA, "bad.cedarschema": "entity Agent;"})
    load_case("load_schema_resource_unknown", "the catalog names a resource type no schema has", {"code": "schema.invalid"}, schema={})
    broken = copy.deepcopy(CATALOG)
    broken["tools"][0]["efects"] = ["read"]
    load_case("load_catalog_unknown_member", "a misspelt member of a tool", {"code": "json.malformed"}, catalog=broken)
    broken = copy.deepcopy(CATALOG)
    broken["tools"].append(broken["tools"][0])
    load_case("load_catalog_same_name", "two tools of one name", {"code": "catalog.invalid"}, catalog=broken)
    broken = copy.deepcopy(CATALOG)
    broken["tools"].append(tool("read", "erp", ["read"], {}, []))
    broken["tools"].append(tool("erp.read", "erp", ["read"], {}, []))
    load_case("load_catalog_same_action", "two tools that become one action", {"code": "catalog.invalid"}, catalog=broken)
    broken = copy.deepcopy(CATALOG)
    broken["tools"][0]["effects"] = ["reads"]
    load_case("load_catalog_unknown_effect", "an effect nobody knows", {"code": "json.malformed"}, catalog=broken)
    broken = copy.deepcopy(CATALOG)
    broken["tools"][0]["roles"] = {"ident": "resource"}
    load_case("load_catalog_role_of_nothing", "a role for a parameter that is not there", {"code": "catalog.invalid"}, catalog=broken)
    load_case("load_registry_twice", "an agent stands twice", {"code": "registry.invalid"}, registry={"agents": [agent("a", None), agent("a", None)]})
    load_case("load_registry_unknown_blueprint", "an agent of a class that is not there", {"code": "registry.invalid"}, registry={"agents": [agent("a", "b")]})
    load_case("load_registry_unknown_state", "a state nobody knows", {"code": "json.malformed"}, registry={"agents": [agent("a", None, "suspended")]})
    load_case("load_registry_unknown_hold", "a hold effect nobody knows must not be taken for mild", {"code": "json.malformed"},
              registry={"agents": [agent("a", None, holds=[hold("x", "warn")])]})
    load_case("load_registry_blueprint_cycle", "a class in itself", {"code": "registry.invalid"},
              registry={"agents": [], "blueprints": [{"name": "a", "in": ["b"]}, {"name": "b", "in": ["a"]}]})
    load_case("load_entities_reserved", "the host cannot bring an agent", {"code": "entities.invalid"},
              entities=[{"uid": {"type": "Group", "id": "admins"}, "attrs": {}, "parents": []}])
    load_case("load_entities_wrong_type", "an attribute of another type", {"code": "entities.invalid"},
              entities=[{"uid": {"type": "Invoice", "id": "i"}, "attrs": {"total": 5}, "parents": []}])


def documents():
    """Every file this writes: its path from here, and its text."""
    for section in (good, malformed, chains, registry, calls, grants, gates, places, approvals, schemas, loading):
        section()
    files = {"setups/office.json": OFFICE, "setups/schemas.json": schemas_setup(), **{f"decisions/{name}.json": document for name, document in CASES.items()}}
    return {path: json.dumps(document, indent=1, ensure_ascii=False) + "\n" for path, document in files.items()}


def main():
    wanted = documents()
    found = {f"{path.parent.name}/{path.name}": path for folder in ("setups", "decisions") for path in (HERE / folder).glob("*.json")}
    if "--check" in sys.argv:
        wrong = sorted(set(wanted) ^ set(found)) or [path for path, text in wanted.items() if found[path].read_text(encoding="utf-8") != text]
        if wrong:
            sys.exit(f"testdata is not what make_cases.py writes: {', '.join(wrong)}")
    else:
        for path in found.values():
            path.unlink()
        for path, text in wanted.items():
            (HERE / path).parent.mkdir(exist_ok=True)
            (HERE / path).write_text(text, encoding="utf-8")
    print(f"{len(CASES)} cases")


if __name__ == "__main__":
    main()
