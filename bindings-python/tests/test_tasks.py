"""Approvals, delegation, resuming: what a task does beside deciding."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bailiwick import Agent, BailiwickError, Engine, Origin, Task
from conftest import ALICE, BOT, CATALOG, OLGA, POLICIES, REGISTRY

LARGE = ("erp.pay", {"iban": "DE89", "amount": "900.00"})
RESEARCH = ("https://agents.example", "research-bot")
NOW = 1_700_000_000_000


def error_of(attempt: Any) -> str:
    with pytest.raises(BailiwickError) as caught:
        attempt()
    return caught.value.code


def test_an_approval_is_for_one_call_once(task: Task) -> None:
    asked = task.decide(*LARGE)
    ticket = asked.approval_request()
    assert ticket["digest"] == asked.digest
    assert ticket["decision"] == asked.id
    approval = task.approve(json.dumps(ticket), by=OLGA)
    assert approval["approver"]["subject"] == "olga"
    assert task.decide("erp.pay", {"iban": "DE89", "amount": "900.01"}).effect == "ask"
    allowed = task.decide(*LARGE)
    assert allowed.allowed
    assert allowed.to_dict()["approvals"][0]["roles"] == ["owner"]
    assert task.decide(*LARGE).effect == "ask"


def test_approvals_end(engine: Engine) -> None:
    begun = engine.begin(origin=ALICE, agent=BOT, now_ms=NOW)
    begun.approve(begun.decide(*LARGE, now_ms=NOW).approval_request(), by=OLGA, now_ms=NOW)
    assert begun.decide(*LARGE, now_ms=NOW + 15 * 60_000).effect == "ask"


def test_not_everybody_approves(task: Task) -> None:
    ticket = task.decide(*LARGE).approval_request()
    assert error_of(lambda: task.approve(ticket, by=ALICE)) == "approval.role"
    robot = Origin.service("https://idp.example", "olga")
    assert error_of(lambda: task.approve(ticket, by=robot)) == "approval.role"
    assert error_of(lambda: task.approve({**ticket, "roles": ["user"]}, by=ALICE)) == "approval.invalid"
    assert error_of(lambda: task.approve({**ticket, "arguments": {}}, by=OLGA)) == "approval.invalid"
    other = task.engine.begin(origin=ALICE, agent=BOT)
    assert error_of(lambda: other.approve(ticket, by=OLGA)) == "approval.mismatch"
    assert task.decide(*LARGE).effect == "ask"


def test_only_what_asks_can_be_approved(task: Task) -> None:
    assert error_of(task.decide("mail.read", {"id": "m-17"}).approval_request) == "usage"
    assert error_of(task.decide("mail.read", {"id": b""}).approval_request) == "usage"
    stateless = task.engine.decide({"chain": task.chain, "call": {"tool": LARGE[0], "arguments": LARGE[1]}})
    assert stateless.effect == "ask"
    assert error_of(stateless.approval_request) == "usage"


def test_an_approval_serves_the_stateless_door(task: Task) -> None:
    approval = task.approve(task.decide(*LARGE).approval_request(), by=OLGA)
    request = {"chain": task.chain, "call": {"tool": LARGE[0], "arguments": LARGE[1]}, "approvals": [approval]}
    allowed = task.engine.decide(request, ledger={"spent": [], "approvals": []})
    assert allowed.allowed, allowed.explain()
    used = [use["id"] for use in allowed.to_dict()["approvals"]]
    assert task.engine.decide(request, ledger={"spent": [], "approvals": used}).effect == "ask"
    assert task.engine.decide(request).effect == "ask"


def test_a_child_is_narrower(task: Task) -> None:
    child = task.delegate(RESEARCH, grant={"actions": ["read"]}, prompt="Find the invoices")
    assert child.cut == []
    assert child.engine is task.engine
    assert [link["delegate"]["subject"] for link in child.chain["links"]] == ["invoice-bot", "research-bot"]
    assert child.chain["links"][1]["purpose"] == "Find the invoices"
    assert child.decide("mail.read", {"id": "m-17"}).allowed
    denied = child.decide("erp.pay", {"iban": "DE89", "amount": "1.00"})
    assert (denied.reason.code, denied.reason.hop) == ("grant.action", 1)


def test_what_was_cut_is_said(engine: Engine) -> None:
    reader = engine.begin(origin=ALICE, agent=BOT, grant={"actions": ["read"]}, depth_max=2)
    child = reader.delegate(Agent(*RESEARCH), grant={"actions": ["read", "erp.pay"]}, lifetime_ms=10**12, depth_max=9)
    assert len(child.cut) == 3
    assert any("erp.pay" in line for line in child.cut)
    assert child.decide("erp.pay", {"iban": "DE89", "amount": "1.00"}).effect == "deny"
    assert child.chain["links"][1]["depth_max"] == 2


def test_delegation_has_limits(engine: Engine, task: Task) -> None:
    leaf = engine.begin(origin=ALICE, agent=BOT, depth_max=0)
    assert error_of(lambda: leaf.delegate(RESEARCH, grant={"actions": ["read"]})) == "chain.depth"
    assert error_of(lambda: task.delegate(BOT, grant={"actions": ["read"]})) == "chain.cycle"
    assert error_of(lambda: task.delegate(RESEARCH, grant={"actions": "read"})) == "json.malformed"
    assert error_of(lambda: task.delegate(RESEARCH, grant={}, own_authority="yes")) == "json.malformed"  # type: ignore[arg-type]
    own = task.delegate(RESEARCH, grant={"actions": ["read"]}, own_authority=True)
    assert own.decide("mail.read", {"id": "m-17"}).reason.code == "policy.own_authority"


def test_children_share_budgets(engine: Engine) -> None:
    budget = {"name": "calls", "actions": "any", "limit": "2"}
    parent = engine.begin(origin=ALICE, agent=BOT, grant={"capabilities": [{"actions": "any"}], "budgets": [budget]})
    child = parent.delegate(RESEARCH, grant={"actions": ["read"]})
    assert child.decide("mail.read", {"id": "m-17"}).allowed
    assert parent.decide("mail.read", {"id": "m-17"}).allowed
    assert child.decide("mail.read", {"id": "m-17"}).reason.code == "grant.budget"


def test_a_chain_is_resumed_only_where_it_was_sealed(engine: Engine, task: Task) -> None:
    chain = task.chain
    assert engine.resume(json.dumps(chain)).decide("mail.read", {"id": "m-17"}).allowed
    assert error_of(lambda: engine.resume({**chain, "id": "another"})) == "chain.seal"
    stranger = Engine({"all.cedar": POLICIES}, catalog=CATALOG, registry=REGISTRY)
    assert error_of(lambda: stranger.resume(chain)) == "chain.seal"
    assert error_of(lambda: engine.resume({**chain, "seal": None})) == "chain.unproven"
    first, second = (
        Engine({"all.cedar": POLICIES}, catalog=CATALOG, registry=REGISTRY, seal_key=b"k" * 32) for _ in "ab"
    )
    assert second.resume(first.begin(origin=ALICE, agent=BOT).chain).chain["origin"]["subject"] == "alice"


def test_times_are_milliseconds(engine: Engine) -> None:
    begun = engine.begin(origin=ALICE, agent=BOT, lifetime_ms=1_000, now_ms=NOW)
    assert begun.decide("mail.read", {"id": "m-17"}, now_ms=NOW + 999).allowed
    assert begun.decide("mail.read", {"id": "m-17"}, now_ms=NOW + 1_000).reason.code == "chain.expired"
    assert begun.decide("mail.read", {"id": "m-17"}).reason.code == "chain.expired"  # by the host's clock
    late = error_of(lambda: begun.delegate(RESEARCH, grant={"actions": ["read"]}, now_ms=NOW + 1_000))
    assert late in ("chain.expired", "chain.lifetime")


def test_people_and_agents_in_every_way(engine: Engine) -> None:
    alice = {"kind": "user", "issuer": "https://idp.example", "subject": "alice", "groups": ["finance"]}
    for origin in (ALICE, alice):
        for agent in (BOT, Agent(*BOT), Agent(*BOT, instance="pod-3"), {"issuer": BOT[0], "subject": BOT[1]}):
            begun = engine.begin(origin=origin, agent=agent)
            assert begun.decide("mail.read", {"id": "m-17"}).allowed
            assert begun.chain["origin"] == alice
    full = Origin.user("i", "s", tenant="t", groups=["g"], session="x", auth_time_ms=NOW)
    members = {"issuer": "i", "subject": "s", "tenant": "t", "groups": ["g"], "session": "x", "auth_time_ms": NOW}
    assert engine.begin(origin=full, agent=BOT).chain["origin"] == {"kind": "user", **members}


def test_host_facts_reach_policies() -> None:
    night = """permit (principal, action, resource);
               forbid (principal, action, resource)
               when { context.host has region && context.host.region == "night" };"""
    schema = {"host.cedarschema": "type HostContext = { region?: String };"}
    engine = Engine({"a.cedar": night}, schema=schema, catalog=CATALOG, registry=REGISTRY)
    begun = engine.begin(origin=ALICE, agent=BOT)
    assert begun.decide("mail.read", {"id": "m-17"}, host={"region": "day"}).allowed
    assert begun.decide("mail.read", {"id": "m-17"}, host={"region": "night"}).reason.code == "policy.forbidden"
    assert begun.decide("mail.read", {"id": "m-17"}, host={"unknown": 1}).reason.code == "request.host_facts"
    assert error_of(lambda: begun.decide("mail.read", {"id": "m-17"}, host=["region"])) == "usage"  # type: ignore[arg-type]


def test_an_unknown_agent_is_found(engine: Engine) -> None:
    decision = engine.begin(origin=ALICE, agent=("https://agents.example", "stranger")).decide(
        "mail.read", {"id": "m-17"}
    )
    assert decision.reason.code == "registry.unknown"
    assert len(decision.findings) == 1


def test_shadow_policies_are_told() -> None:
    policies = 'permit (principal, action, resource); @shadow @id("soon") forbid (principal, action, resource);'
    engine = Engine({"a.cedar": policies}, catalog=CATALOG, registry=REGISTRY)
    decision = engine.begin(origin=ALICE, agent=BOT).decide("mail.read", {"id": "m-17"})
    assert decision.allowed
    assert decision.shadow == {"effect": "deny", "policies": ["soon"]}
