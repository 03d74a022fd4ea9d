"""Chains that go to another process, and come from one: export, trust, revocations, presenters, AuthZEN."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bailiwick import BailiwickError, Decision, Engine, Exported, PolicyError, SigningKey, Task
from conftest import ALICE, BOT, CATALOG, JWK, KEY, POLICIES, REGISTRY, TRUST

READ = ("mail.read", {"id": "m-17"})
PAY = ("erp.pay", {"iban": "DE89", "amount": "1.00"})
RESEARCH = ("https://agents.example", "research-bot")
NOW = 1_700_000_000_000
#: A key nobody trusts, of the other kind (RFC 7515, appendix A.3).
OTHER = SigningKey.from_jwk(
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    },
    issuer="https://idp.example",
)
#: Signed with `KEY`: all sessions of alice that began before `NOW` and a minute are over.
EVENT = (
    "eyJhbGciOiJFZERTQSIsInR5cCI6InNlY2V2ZW50K2p3dCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwiY"
    "XVkIjoiaHR0cHM6Ly9lcnAuZXhhbXBsZSIsImp0aSI6ImUtMSIsImlhdCI6MTcwMDAwMDA2MCwic3ViX2lkIjp7ImZ"
    "vcm1hdCI6Imlzc19zdWIiLCJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwic3ViIjoiYWxpY2UifSwiZXZlbnRzI"
    "jp7Imh0dHBzOi8vc2NoZW1hcy5vcGVuaWQubmV0L3NlY2V2ZW50L2NhZXAvZXZlbnQtdHlwZS9zZXNzaW9uLXJldm9"
    "rZWQiOnsiZXZlbnRfdGltZXN0YW1wIjoxNzAwMDAwMDYwfX19.PzwEXpzjZClrpg7gtrR-q88gm1l3_8BuC7G5uW32"
    "oW6cMGSpjXQW2Tz8sqGjhu-zTaghmPpBTXfQkP3L9xMMDQ"
)
SNAPSHOT = {"as_of_ms": NOW, "max_age_ms": 300_000}
ACCESS_TOKEN = {"access_token": {"audience": "https://erp.example"}}


def error_of(attempt: Callable[..., Any], *arguments: Any, **how: Any) -> str:
    with pytest.raises(BailiwickError) as caught:
        attempt(*arguments, **how)
    return caught.value.code


def office(**more: Any) -> Engine:
    """Another process: it makes a seal key of its own."""
    return Engine({"all.cedar": POLICIES}, catalog=CATALOG, registry=REGISTRY, **more)


def verdict(decision: Decision) -> tuple[str, str, int | None]:
    return decision.effect, decision.reason.code, decision.reason.hop


@pytest.fixture
def receiver() -> Engine:
    return office(trust=TRUST)


@pytest.mark.parametrize("format", ["native", "attenuated_jwt", ACCESS_TOKEN], ids=str)
def test_a_chain_is_decided_elsewhere_as_here(task: Task, receiver: Engine, format: Any) -> None:
    child = task.delegate(RESEARCH, grant={"actions": ["read", "erp.pay"]})
    for sender in (task, child):
        exported = sender.export(KEY, format)
        assert isinstance(exported, Exported)
        received = receiver.resume(exported.evidence)
        assert received.chain["origin"]["subject"] == "alice"
        assert received.chain["links"][-1]["delegate"] == sender.chain["links"][-1]["delegate"]
        for call in (READ, PAY, ("erp.pay", {"iban": "DE89", "amount": "900.00"}), ("mail.read", {"id": 3})):
            assert verdict(received.decide(*call)) == verdict(sender.decide(*call))
            request = {"chain": exported.evidence, "call": {"tool": call[0], "arguments": call[1]}}
            assert verdict(receiver.decide(request)) == verdict(sender.decide(*call))
    with pytest.raises(AttributeError):
        exported.evidence = {}  # type: ignore[misc]


def test_what_a_format_loses_is_said(task: Task) -> None:
    assert task.export(KEY).lossy == []
    assert task.export(KEY, "attenuated_jwt").lossy == ["purpose"]
    child = task.delegate(RESEARCH, grant={"actions": ["read"]})
    assert child.export(KEY, ACCESS_TOKEN).lossy == ["intent", "no_hop_grants", "purpose"]


def test_what_a_format_cannot_say_is_refused_by_name(task: Task) -> None:
    grant = {"actions": ["mail.read"], "arguments": {"id": {"prefix": "m-"}}}
    with pytest.raises(
        BailiwickError, match=r'the condition `\{"prefix":"m-"\}` on the argument `id` of `mail.read`'
    ) as caught:
        task.delegate(RESEARCH, grant=grant).export(KEY, "attenuated_jwt")
    assert caught.value.code == "usage"
    with pytest.raises(BailiwickError, match="attenuated_jwt"):
        task.export(KEY, "aat")


def test_a_token_alone_is_no_chain(receiver: Engine) -> None:
    wrong: list[str | list[Any]] = ["eyJhbGciOiJFZERTQSJ9.e30.c2ln", "task-17", []]
    for given in wrong:
        with pytest.raises(BailiwickError, match="a chain is an object"):
            receiver.resume(given)


def test_a_task_is_handed_on_from_process_to_process(task: Task, receiver: Engine) -> None:
    """The first agent has a key: only it can sign the next link."""
    begun = task.engine.begin(origin=ALICE, agent=BOT, key=OTHER.public)
    received = receiver.resume(begun.export(KEY).evidence)
    child = received.delegate(RESEARCH, grant={"actions": ["read"]})
    assert error_of(child.export, KEY) == "usage"
    third = office(trust=TRUST).resume(child.export(OTHER).evidence)
    assert third.decide(*READ).allowed
    assert third.decide(*READ).to_dict()["chain"]["proof_level"] == 3
    assert verdict(third.decide(*PAY)) == ("deny", "grant.action", 1)


def test_evidence_is_taken_as_text_too(task: Task, receiver: Engine) -> None:
    assert receiver.resume(json.dumps(task.export(KEY).evidence)).decide(*READ).allowed


def test_only_the_trusted_are_believed(task: Task, receiver: Engine) -> None:
    evidence = task.export(KEY).evidence
    assert error_of(office().resume, evidence) == "token.issuer_untrusted"
    assert error_of(receiver.resume, task.export(OTHER).evidence) == "token.algorithm"
    assert error_of(receiver.resume, {**evidence, "extra": 1}) == "json.malformed"
    links = evidence["links"]
    assert error_of(receiver.resume, {**evidence, "links": [links[0][:-4] + "AAAA"]}) == "token.signature"
    received = receiver.resume(evidence)
    receiver.load_trust({"issuers": []})
    assert received.decide(*READ).reason.code == "chain.root_untrusted"  # even of what was resumed before
    with pytest.raises(PolicyError) as caught:
        receiver.load_trust({"issuers": [{"issuer": "i", "formats": [], "keys": {"keys": [JWK]}}]})
    assert caught.value.code == "trust.invalid"


def test_without_a_snapshot_nothing_is_known_to_be_in_force(task: Task) -> None:
    wary = office(trust={**TRUST, "revocations": "required"})
    evidence = task.export(KEY).evidence
    assert error_of(wary.resume, evidence) == "revocation.stale"
    call = {"tool": READ[0], "arguments": READ[1]}
    assert wary.decide({"chain": evidence, "call": call}).reason.code == "revocation.stale"


def test_a_stale_snapshot_is_told_where_a_task_begins(task: Task) -> None:
    stale = office(trust=TRUST, revocations=SNAPSHOT)
    evidence = task.engine.begin(origin=ALICE, agent=BOT, now_ms=NOW).export(KEY).evidence
    late = NOW + 300_001
    with pytest.raises(BailiwickError, match=r"revocation\.stale: .*`load_revocations`"):
        stale.begin(origin=ALICE, agent=BOT, now_ms=late)
    with pytest.raises(BailiwickError, match=r"revocation\.stale: .*`load_revocations`"):
        stale.resume(evidence, now_ms=late)


def test_events_end_what_began_before(engine: Engine) -> None:
    evidence = engine.begin(origin=ALICE, agent=BOT, now_ms=NOW).export(KEY).evidence
    receiver = office(trust=TRUST, revocations=SNAPSHOT)
    received = receiver.resume(evidence, now_ms=NOW)
    assert received.decide(*READ, now_ms=NOW + 90_000).allowed
    assert receiver.absorb_event(EVENT, now_ms=NOW + 90_000) == 1
    assert received.decide(*READ, now_ms=NOW + 90_000).reason.code == "revocation.subject"
    receiver.load_revocations(SNAPSHOT)
    assert received.decide(*READ, now_ms=NOW + 90_000).allowed
    assert received.decide(*READ, now_ms=NOW + 300_001).reason.code == "revocation.stale"


def test_events_are_believed_from_the_trusted_only(engine: Engine) -> None:
    assert error_of(engine.absorb_event, EVENT) == "usage"
    receiver = office(trust=TRUST, revocations=SNAPSHOT)
    assert error_of(receiver.absorb_event, "eyJhbGciOiJFZERTQSJ9.e30.c2ln") == "token.type"
    assert error_of(receiver.absorb_event, EVENT[:-4] + "AAAA") == "token.signature"
    assert error_of(receiver.absorb_event, EVENT, now_ms=NOW) == "chain.issued_order"
    assert error_of(receiver.absorb_event, EVENT.encode()) == "usage"
    snapshots: list[Any] = [{}, [], "{", {"as_of_ms": NOW, "max_age_ms": -1}, {**SNAPSHOT, "keys": "all"}]
    for wrong in snapshots:
        with pytest.raises(PolicyError):
            receiver.load_revocations(wrong)


def test_a_directory_may_say_it_too(tmp_path: Path, task: Task) -> None:
    files = {"tools.json": CATALOG, "registry.json": REGISTRY, "trust.json": TRUST}
    for name, document in files.items():
        (tmp_path / name).write_text(json.dumps(document))
    (tmp_path / "all.cedar").write_text(POLICIES)
    evidence = task.export(KEY).evidence
    receiver = Engine.from_dir(tmp_path)
    received = receiver.resume(evidence)
    assert received.decide(*READ).allowed
    (tmp_path / "revocations.json").write_text(json.dumps(SNAPSHOT))
    receiver.reload(tmp_path)
    assert received.decide(*READ).reason.code == "revocation.stale"
    assert error_of(lambda: Engine.from_dir(tmp_path, trust={"issuers": []}).resume(evidence)) == "chain.root_untrusted"
    (tmp_path / "trust.json").write_text("{")
    with pytest.raises(PolicyError) as caught:
        Engine.from_dir(tmp_path)
    assert caught.value.file == "trust.json"
    with pytest.raises(PolicyError) as caught:
        office(revocations={"as_of_ms": "now"})
    assert str(caught.value).startswith("revocations")


def test_terms_are_in_the_link(engine: Engine) -> None:
    mission = {"id": "m-1", "origin": "https://missions.example", "authority_hash": "sha-256:" + "A" * 43}
    terms = {
        "purpose_code": "pay.invoices",
        "targets": ["mail", "erp"],
        "mission": mission,
        "redelegate_to": {"agents": [{"issuer": RESEARCH[0], "subject": RESEARCH[1]}]},
    }
    begun = engine.begin(origin=ALICE, agent=BOT, key=KEY.public, terms=terms)
    link = begun.chain["links"][0]
    assert link["key"] == KEY.public
    assert {**{name: link[name] for name in terms}, "targets": ["mail", "erp"]} == terms
    child = begun.delegate(
        RESEARCH, grant={"actions": ["read"]}, key=OTHER.public, terms={"purpose_code": "pay.invoices.small"}
    )
    inner = child.chain["links"][1]
    assert (inner["key"], inner["purpose_code"]) == (OTHER.public, "pay.invoices.small")
    assert inner["mission"] == mission
    assert sorted(inner["targets"]) == ["erp", "mail"]
    assert child.decide(*READ).allowed
    erp = begun.delegate(RESEARCH, grant={"actions": ["read"]}, terms={"targets": ["erp", "crm"]})
    assert erp.cut == ["targets: 1 of 2 are held"]
    assert erp.decide(*READ).reason.code == "grant.target"
    others: list[Any] = [{"purpose": "x"}, {"targets": "mail"}, []]
    for wrong in others:
        assert error_of(engine.begin, origin=ALICE, agent=BOT, terms=wrong) == "json.malformed"
    assert error_of(engine.begin, origin=ALICE, agent=BOT, key=JWK) == "json.malformed"  # a private one


def test_a_key_keeps_its_secret() -> None:
    secret = JWK["d"]
    shown = [repr(KEY), str(KEY), f"{KEY}", repr(KEY._native), json.dumps(KEY.public), KEY.thumbprint]
    assert not [text for text in shown if secret in text]
    assert [name for name in dir(KEY) if name[0] != "_"] == ["from_jwk", "public", "thumbprint"]
    assert [name for name in dir(KEY._native) if name[0] != "_"] == ["public", "thumbprint"]
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            attempt(KEY)
        with pytest.raises(TypeError):
            attempt(KEY._native)
    with pytest.raises(AttributeError):
        KEY.public = {}  # type: ignore[misc]
    with pytest.raises(AttributeError):
        KEY._native.thumbprint = ""  # type: ignore[misc]


def test_a_key_that_is_none_says_so_without_its_secret() -> None:
    secret = JWK["d"]
    for wrong in (
        {**JWK, "x": JWK["x"][:-1] + "A"},
        {**JWK, "kty": "RSA"},
        {**JWK, "d": secret + "AAAA"},
        {"jwk": JWK},
        [JWK],
        json.dumps(JWK)[:-1],
        f'{{"d": "{secret}", "d": "{secret}"}}',
        {**JWK, "d": secret.encode()},
        secret,
        3,
    ):
        with pytest.raises(BailiwickError) as caught:
            SigningKey.from_jwk(wrong)  # type: ignore[arg-type]
        assert caught.value.code in ("json.malformed", "key.invalid")
        assert secret not in caught.value.report + str(caught.value), wrong
    assert error_of(SigningKey.from_jwk, JWK, issuer=3) == "usage"


def test_keys_are_those_of_their_documents() -> None:
    named = SigningKey.from_jwk(json.dumps({**JWK, "kid": "2026-11"}))
    assert named.public == {**KEY.public, "kid": "2026-11"}
    assert named.thumbprint == KEY.thumbprint
    assert OTHER.public["crv"] == "P-256"


def test_only_keys_sign(task: Task) -> None:
    anonymous = SigningKey.from_jwk(JWK)
    assert error_of(task.export, anonymous) == "usage"  # the first link needs an issuer
    for wrong in (JWK, None, "key", KEY._native.public()):
        assert error_of(task.export, wrong) == "usage"
    papers: list[Any] = ["paper", {}, {"access_token": {}}, {"native": {}, "attenuated_jwt": {}}, 3, b"native"]
    for paper in papers:
        assert error_of(task.export, KEY, paper) == "json.malformed"


class Broken:
    """Fails whoever looks."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


PROOFS: list[Any] = [{}, {"type": "dpop"}, {"type": "aat", "jwt": 3}, {"type": "smoke", "jwt": ""}, [], "proof"]
MALFORMED: list[Any] = [
    *("", "{", "null", "alice", 0, False, True, 3.5, [], (), b"{}", object(), Broken(), float("nan")),
    *({"agent": BOT}, {"agent": "bot"}, {"agent": {"issuer": "i"}}, {"agent": {"issuer": "i", "subject": ""}}),
    *({"key": KEY.public}, {"key": b"thumbprint"}, {"session": 3}, {"session": ""}, {"sesion": "s"}, {3: "s"}),
    *({"proof": proof} for proof in PROOFS),
]


@pytest.mark.parametrize("index", range(len(MALFORMED)))
def test_a_presenter_that_cannot_be_read_is_denied(task: Task, index: int) -> None:
    decision = task.decide(*READ, presenter=MALFORMED[index])
    assert (decision.effect, decision.reason.code) == ("deny", "call.malformed")
    assert decision.reason.detail.startswith("presenter: ")
    assert decision.digest is None
    assert not decision.is_of(*READ)


def test_a_presenter_that_changes_is_denied(task: Task) -> None:
    cyclic: dict[str, Any] = {}
    cyclic["agent"] = cyclic
    assert task.decide(*READ, presenter=cyclic).reason.code == "call.malformed"
    assert task.decide("mail.read", {"id": b""}, presenter={}).reason.code == "call.malformed"


def test_a_chain_is_presented_by_its_holder(engine: Engine) -> None:
    origin = {"kind": "user", "issuer": "https://idp.example", "subject": "alice", "session": "s-1"}
    begun = engine.begin(origin=origin, agent=BOT, key=KEY.public)
    bot = {"issuer": BOT[0], "subject": BOT[1]}
    good = {"agent": bot, "key": KEY.thumbprint, "session": "s-1"}
    for presenter in (None, {}, good, json.dumps(good), {"agent": bot}, {"key": KEY.thumbprint}, {"session": "s-1"}):
        assert begun.decide(*READ, presenter=presenter).allowed  # type: ignore[arg-type]
    for wrong, code in (
        ({"agent": {**bot, "subject": "research-bot"}}, "chain.presenter"),
        ({"agent": {**bot, "tenant": "t"}}, "chain.presenter"),
        ({"key": OTHER.thumbprint}, "chain.presenter"),
        ({"session": "s-2"}, "chain.session"),
        ({**good, "session": "S-1"}, "chain.session"),
        ({"proof": {"type": "aat", "jwt": "eyJhbGciOiJFZERTQSJ9.e30.c2ln"}}, "token.signature"),
    ):
        assert begun.decide(*READ, presenter=wrong).effect == "deny"
        found = begun.decide(*READ, presenter=wrong).reason.code
        assert found == code or (code == "token.signature" and found.startswith(("token.", "proof."))), found


def test_what_is_presented_can_be_approved(engine: Engine) -> None:
    begun = engine.begin(origin=ALICE, agent=BOT)
    large = ("erp.pay", {"iban": "DE89", "amount": "900.00"})
    presenter = {"agent": {"issuer": BOT[0], "subject": BOT[1]}}
    ticket = begun.decide(*large, presenter=presenter).approval_request()
    assert "presenter" not in ticket
    begun.approve(ticket, by={"kind": "user", "issuer": "https://idp.example", "subject": "olga"})
    assert begun.decide(*large, presenter=presenter).allowed


def test_a_decision_is_of_one_call(task: Task) -> None:
    decision = task.decide(*PAY)
    assert decision.is_of(*PAY)
    assert decision.is_of("erp.pay", {"amount": "1.00", "iban": "DE89"})
    other = task.engine.begin(origin=ALICE, agent=BOT)
    for call in (
        READ,
        ("erp.pay", {"iban": "DE89", "amount": "1.01"}),
        ("erp.pay", {"iban": "DE89", "amount": "1.0"}),
        ("erp.pay", {"iban": b"DE89", "amount": "1.00"}),
        ("erp.pay\ud800", PAY[1]),
        ("erp.pay", None),
    ):
        assert decision.is_of(*call) is False
    assert not other.decide(*PAY).is_of(*READ)
    assert error_of(decision.is_of, 3, {}) == "usage"
    malformed = task.decide("mail.read", {"id": b""})
    assert not malformed.is_of("mail.read", {"id": b""})


EVALUATION: dict[str, Any] = {
    "subject": {"type": "user", "id": "alice"},
    "action": {"name": "mail.read"},
    "resource": {"type": "tool", "id": "mail.read"},
    "context": {"arguments": {"id": "m-17"}},
}


def test_authzen_is_answered_in_its_form() -> None:
    engine = office(accept_claimed_chains=True)
    how: dict[str, Any] = {"subject_issuer": "https://idp.example", "agent": BOT}
    answer = engine.decide_authzen(EVALUATION, **how)
    assert answer["decision"] is True
    assert answer["context"]["effect"] == "allow"
    entry = json.loads(engine.log.entries()[-1])
    assert entry["chain"]["proof_level"] == 0
    pay = {
        **EVALUATION,
        "action": {"name": "erp.pay"},
        "resource": {"type": "tool", "id": "erp.pay"},
        "context": {"arguments": {"iban": "DE89", "amount": "900.00"}},
    }
    answer = engine.decide_authzen(json.dumps(pay), **how)
    assert (answer["decision"], answer["context"]["ask"]) == (False, ["owner"])
    batch = engine.decide_authzen({"evaluations": [EVALUATION, pay, EVALUATION]}, **how, now_ms=NOW)
    assert [part["decision"] for part in batch["evaluations"]] == [True, False, True]
    assert len(engine.log) == 5
    assert engine.decide_authzen(EVALUATION)["context"]["code"] == "request.malformed"  # whose alice?


def test_authzen_takes_what_is_proven(task: Task, receiver: Engine) -> None:
    context = {**EVALUATION["context"], "delegation": task.export(KEY).evidence}
    how: dict[str, Any] = {"subject_issuer": "https://idp.example"}
    assert receiver.decide_authzen({**EVALUATION, "context": context}, **how)["decision"] is True
    assert json.loads(receiver.log.entries()[-1])["chain"]["proof_level"] == 3
    mallory = {**EVALUATION, "subject": {"type": "user", "id": "mallory"}, "context": context}
    assert receiver.decide_authzen(mallory, **how)["context"]["code"] == "chain.origin_mismatch"
    claimed = receiver.decide_authzen(EVALUATION, **how, agent=BOT)
    assert claimed["context"]["code"] == "chain.unproven"


def test_authzen_answers_what_is_no_request(engine: Engine) -> None:
    nothing: list[Any] = ["", "{", "[]", "\ud800", [], {}, 3, None, b"{}", {"subject": b""}, {1: 2}, Broken()]
    for request in nothing:
        answer = engine.decide_authzen(request)
        assert (answer["decision"], answer["context"]["code"]) == (False, "request.malformed")
        assert json.loads(engine.log.entries()[-1])["effect"] == "deny"
    assert len(engine.log) == len(nothing)
    engine.decide_authzen({"subject": b""})
    assert "`bytes` is not a JSON value" in json.loads(engine.log.entries()[-1])["reason"]["detail"]


def test_authzen_is_asked_rightly(engine: Engine) -> None:
    wrong: list[dict[str, Any]] = [
        {"subject_issuer": 3},
        {"subject_issuer": ""},
        {"agent": "bot"},
        {"agent": ("one",)},
        {"ledger": {"spend": []}},
        {"now_ms": "now"},
    ]
    for how in wrong:
        assert error_of(engine.decide_authzen, EVALUATION, **how) in ("json.malformed", "usage")
