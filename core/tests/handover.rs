//! Chains that leave a process and come back: signed link by link, decided the same, and not to be bent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use bailiwick::{
    Agent, Call, Catalog, Chain, Digest, Engine, Evidence, ExportFormat, Grant, Handover, Ledger, Origin, Presenter, Registry, Request, Revocations,
    SealKey, Signer, SigningKey, Source, Start, Task, Timestamp, TrustStore, Value, World, doc,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

const IDP: &str = "https://idp.example";
const AGENTS: &str = "https://agents.example";
const NAMES: [&str; 4] = ["planner", "worker", "helper", "clerk"];

/// Two processes that trust the same issuer and share nothing else.
struct Pair {
    here: Engine,
    there: Engine,
    registry: Registry,
    trust: TrustStore,
    revocations: Revocations,
}

fn idp() -> SigningKey {
    SigningKey::ed25519([1; 32]).with_id("idp-1").with_issuer(IDP)
}

/// Ed25519 and P-256 by turns.
fn agent_key(hop: usize) -> SigningKey {
    let secret = [10 + u8::try_from(hop).unwrap(); 32];
    if hop.is_multiple_of(2) { SigningKey::ed25519(secret) } else { SigningKey::p256(secret).unwrap() }
}

fn trust_of(key: &SigningKey) -> TrustStore {
    let jwk = serde_json::to_value(key.key()).unwrap();
    let issuer = json!({"issuer": IDP, "keys": {"keys": [jwk]}, "formats": ["native", "aat", "access_token"], "actors": [AGENTS]});
    TrustStore::from_json(&json!({"audiences": ["https://erp.example"], "issuers": [issuer]}).to_string()).unwrap()
}

fn pair() -> Pair {
    let engine = |seal| {
        Engine::builder(SealKey::new([seal; 32]))
            .catalog(Catalog::from_json(doc::CATALOG).unwrap())
            .policies([Source::new("all.cedar", "permit(principal, action, resource);")])
            .build()
            .unwrap()
    };
    let owner = json!({"issuer": IDP, "subject": "olga"});
    let record = |name: &&str| json!({"issuer": AGENTS, "subject": name, "owner": owner, "state": "active"});
    let registry = json!({"agents": NAMES.iter().map(record).collect::<Vec<_>>()});
    Pair {
        here: engine(1),
        there: engine(2),
        registry: Registry::from_json(&registry.to_string()).unwrap(),
        trust: trust_of(&idp()),
        revocations: Revocations::none(doc::now(), 300_000),
    }
}

impl Pair {
    fn world(&self) -> World<'_> {
        World::new(&self.registry, doc::now()).with_trust(&self.trust).with_revocations(&self.revocations)
    }

    fn begin(&self, grant: Grant) -> Task {
        let origin = Origin::user(IDP, "alice").unwrap().with_groups(["finance"]).unwrap();
        let start = Start::new("task-1", origin, agent(0)).grant(grant).key(agent_key(0).key().clone());
        self.here.begin(start, &self.world()).unwrap()
    }

    /// A chain of so many links, each signed by the one entitled to make it.
    fn chain(&self, links: usize) -> Evidence {
        let mut evidence = self.begin(Grant::everything()).export(&idp()).unwrap().evidence;
        for hop in 1..links {
            let task = self.there.resume(evidence, &self.world()).unwrap();
            let handover = Handover::new(agent(hop), Grant::everything()).key(agent_key(hop).key().clone());
            evidence = task.delegate(handover, &self.world()).unwrap().task.export(&agent_key(hop - 1)).unwrap().evidence;
        }
        evidence
    }
}

fn agent(hop: usize) -> Agent {
    Agent::new(AGENTS, NAMES[hop]).unwrap()
}

fn pay(iban: &str, amount: &str) -> Call {
    Call::new("erp.pay", Value::parse(&json!({"iban": iban, "amount": amount}).to_string()).unwrap())
}

fn code(error: &bailiwick::Error) -> &'static str {
    error.code()
}

#[test]
fn a_chain_decides_the_same_elsewhere() {
    let pair = pair();
    let grant: Grant = bailiwick::read_json(
        r#"{"capabilities": [{"actions": ["read", "erp.pay"], "arguments": {"id": "any", "iban": {"one_of": ["DE89"]}, "amount": {"range": {"max": "500"}}}}]}"#,
    )
    .unwrap();
    let task = pair.begin(grant);
    let handover = Handover::new(agent(1), Grant::of_actions(["erp.pay"])).key(agent_key(1).key().clone()).prompt("pay");
    let child = task.delegate(handover, &pair.world()).unwrap().task;
    // The first link names another key than the issuer's: only its holder may sign the second.
    assert_eq!(code(&child.export(&idp()).unwrap_err()), "usage");
    let first = task.export(&idp()).unwrap().evidence;
    let there = pair.there.resume(first, &pair.world()).unwrap();
    let handover = Handover::new(agent(1), Grant::of_actions(["erp.pay"])).key(agent_key(1).key().clone()).prompt("pay");
    let exported = there.delegate(handover, &pair.world()).unwrap().task.export(&agent_key(0)).unwrap();
    assert!(exported.lossy.is_empty());
    let received = pair.there.resume(Evidence::from_json(&exported.evidence.to_json()).unwrap(), &pair.world()).unwrap();
    for (iban, amount) in [("DE89", "480"), ("DE89", "501"), ("FR76", "1")] {
        let (inside, outside) = (child.decide(&pay(iban, amount), &pair.world()), received.decide(&pay(iban, amount), &pair.world()));
        assert_eq!(
            (inside.effect, inside.reason.code, inside.reason.hop),
            (outside.effect, outside.reason.code, outside.reason.hop),
            "{iban} {amount}"
        );
        assert_eq!((inside.chain.unwrap().proof_level, outside.chain.unwrap().proof_level), (Some(1), Some(3)));
    }
}

#[test]
fn what_is_added_under_seal_is_only_sealed() {
    let pair = pair();
    let task = pair.there.resume(pair.chain(2), &pair.world()).unwrap();
    let child = task.delegate(Handover::new(agent(2), Grant::everything()), &pair.world()).unwrap().task;
    let decision = child.decide(&pay("DE89", "1"), &pair.world());
    assert!(decision.is_allowed(), "{}", decision.reason);
    assert_eq!(decision.chain.unwrap().proof_level, Some(1));
    // It comes back to its process, evidence and all; another does not know its seal.
    let text = child.chain().to_json();
    assert!(pair.there.resume(Chain::parse(&text).unwrap(), &pair.world()).is_ok());
    assert_eq!(code(&pair.here.resume(Chain::parse(&text).unwrap(), &pair.world()).unwrap_err()), "chain.seal");
    // Without the seal, links beyond the evidence are nobody's; and what is said must be what was signed.
    let mut bent: serde_json::Value = serde_json::from_str(&text).unwrap();
    bent.as_object_mut().unwrap().remove("seal");
    let resume = |document: &serde_json::Value| pair.there.resume(Chain::parse(&document.to_string()).unwrap(), &pair.world());
    assert_eq!(code(&resume(&bent).unwrap_err()), "chain.unproven");
    bent["links"].as_array_mut().unwrap().truncate(2);
    assert!(resume(&bent).is_ok());
    bent["links"][1]["depth_max"] = json!(3);
    assert_eq!(code(&resume(&bent).unwrap_err()), "chain.evidence");
}

#[test]
fn a_task_follows_keys_and_revocations() {
    let pair = pair();
    let task = pair.there.resume(pair.chain(2), &pair.world()).unwrap();
    let call = pay("DE89", "1");
    let code_in = |world: &World<'_>| task.decide(&call, world).reason.code.as_str();
    assert_eq!(code_in(&pair.world()), "permitted");
    // The issuer's key was rotated out.
    let rotated = trust_of(&SigningKey::ed25519([2; 32]).with_id("idp-2"));
    assert_eq!(code_in(&pair.world().with_trust(&rotated)), "token.key_unknown");
    // The same keys in another document are verified anew, and stay good.
    let same = TrustStore::from_json(&json!({"audiences": [], "issuers": [{"issuer": IDP, "keys": {"keys": [serde_json::to_value(idp().key()).unwrap()]}, "formats": ["native"], "actors": [AGENTS]}]}).to_string()).unwrap();
    assert_eq!(code_in(&pair.world().with_trust(&same)), "permitted");
    assert_eq!(task.decide(&call, &World::new(&pair.registry, doc::now())).reason.code.as_str(), "token.issuer_untrusted");

    let revoked = |document: serde_json::Value| Revocations::from_json(&document.to_string()).unwrap();
    let fresh = |more: serde_json::Value| {
        let mut document = json!({"as_of_ms": doc::now().as_millis(), "max_age_ms": 300_000});
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        revoked(document)
    };
    for (more, code) in [
        (json!({"links": [{"chain": "task-1", "link": "0"}]}), "revocation.link"),
        (json!({"links": [{"chain": "task-2"}]}), "permitted"),
        (json!({"keys": [agent_key(0).key().thumbprint()]}), "revocation.key"),
        (json!({"keys": [idp().key().thumbprint()]}), "revocation.key"),
        (json!({"subjects": [{"issuer": IDP, "subject": "alice", "before_ms": doc::now().as_millis() + 1}]}), "revocation.subject"),
        (json!({"subjects": [{"issuer": IDP, "subject": "alice", "before_ms": doc::now().as_millis()}]}), "permitted"),
        (json!({"as_of_ms": doc::now().as_millis() - 300_001}), "revocation.stale"),
    ] {
        assert_eq!(code_in(&pair.world().with_revocations(&fresh(more.clone()))), code, "{more}");
    }
    let mut later = pair.world();
    later.now = doc::now().plus_millis(60 * 60 * 1_000);
    assert_eq!(code_in(&later), "chain.expired");
}

/// A chain that was verified before is remembered: under other keys it is not believed, nor after it expired.
#[test]
fn a_remembered_chain_outlives_nothing() {
    let pair = pair();
    let request = Request::new(pair.chain(3), pay("DE89", "1"));
    let code_in = |world: &World<'_>| pair.there.decide(&request, world).reason.code.as_str();
    for _ in 0..3 {
        assert_eq!(code_in(&pair.world()), "permitted");
    }
    let rotated = trust_of(&SigningKey::ed25519([2; 32]).with_id("idp-2"));
    assert_eq!(code_in(&pair.world().with_trust(&rotated)), "token.key_unknown");
    let mut later = pair.world();
    later.now = doc::now().plus_millis(60 * 60 * 1_000);
    assert_eq!(code_in(&later), "chain.expired");
    assert_eq!(code_in(&pair.world()), "permitted");
}

fn possession(key: &SigningKey, (link, token): (&str, &str), call: &Call, jti: &str) -> Presenter {
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let arguments: serde_json::Value = serde_json::from_str(&call.arguments.canonical()).unwrap();
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    let claims = json!({
        "jti": jti, "iat": doc::now().as_millis() / 1_000, "aat_id": link, "aat_tool": call.tool, "hta": arguments,
        "aat_hash": URL_SAFE_NO_PAD.encode(Digest::of_bytes(signed.as_bytes()).as_bytes()),
    });
    let input = format!("{}.{}", part(&json!({"alg": key.key().algorithm().as_str(), "typ": "aat-pop+jwt"})), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).unwrap());
    serde_json::from_value(json!({"proof": {"type": "aat", "jwt": format!("{input}.{signature}")}})).unwrap()
}

#[test]
fn a_proof_of_possession_counts_once_for_one_call() {
    let (pair, ledger) = (pair(), Ledger::default());
    let chain = pair.chain(2);
    let token = serde_json::from_str::<serde_json::Value>(&chain.to_json()).unwrap()["links"][1].as_str().unwrap().to_owned();
    let task = pair.there.resume(chain.clone(), &pair.world().with_ledger(&ledger)).unwrap();
    let (call, link) = (pay("DE89", "1"), task.chain().links[1].id.to_string());
    let of = (link.as_str(), token.as_str());
    let shown = |call: Call, presenter| task.decide(&call.presented_by(presenter), &pair.world());
    let decision = shown(call.clone(), possession(&agent_key(1), of, &call, "p1"));
    assert!(decision.is_allowed(), "{}", decision.reason);
    assert_eq!(decision.chain.unwrap().proof_level, Some(4));
    let code = |call: Call, presenter| shown(call, presenter).reason.code.as_str();
    assert_eq!(code(call.clone(), possession(&agent_key(1), of, &call, "p1")), "proof.replay");
    assert_eq!(code(call.clone(), possession(&agent_key(1), of, &call, "p2")), "permitted");
    assert_eq!(code(pay("DE89", "2"), possession(&agent_key(1), of, &call, "p3")), "proof.arguments");
    assert_eq!(code(call.clone(), possession(&agent_key(0), of, &call, "p4")), "proof.key");
    assert_eq!(code(call.clone(), possession(&agent_key(1), ("0", &token), &call, "p5")), "proof.binding");
    assert_eq!(code(call.clone(), possession(&agent_key(1), (&link, "another"), &call, "p6")), "proof.binding");
    // What was read with is not good for more.
    let read = doc::read();
    assert_eq!(code(read.clone(), possession(&agent_key(1), of, &read, "p7")), "permitted");
    assert_eq!(code(call.clone(), possession(&agent_key(1), of, &call, "p7")), "proof.replay");
    // Resumed without what was used before, nobody can say that it was not.
    let forgetful = pair.there.resume(chain, &pair.world()).unwrap();
    let again = forgetful.decide(&call.clone().presented_by(possession(&agent_key(1), of, &call, "p8")), &pair.world());
    assert_eq!(again.reason.code.as_str(), "proof.ledger");
}

#[test]
fn a_format_that_cannot_say_a_limit_is_refused() {
    let pair = pair();
    let budget: Grant =
        bailiwick::read_json(r#"{"capabilities": [{"actions": ["read"]}], "budgets": [{"name": "calls", "actions": "any", "limit": "3"}]}"#).unwrap();
    assert_eq!(code(&pair.begin(budget).export_as(&ExportFormat::AttenuatedJwt, &idp()).unwrap_err()), "usage");
    let token = ExportFormat::AccessToken { audience: "https://erp.example".to_owned() };
    // A contract somebody gave is a limit, too; a prompt is not.
    for (contract, is_refused) in [(Some(r#"{"mode": "read_only", "issuer": "person"}"#), true), (None, false)] {
        let mut start = Start::new("task-2", Origin::user(IDP, "alice").unwrap(), agent(0)).prompt("What did Acme write?");
        if let Some(contract) = contract {
            start = start.contract(bailiwick::Contract::from_json(contract).unwrap());
        }
        let task = pair.here.begin(start, &pair.world()).unwrap();
        for format in [ExportFormat::AttenuatedJwt, token.clone()] {
            let exported = task.export_as(&format, &idp());
            assert_eq!(exported.is_err(), is_refused, "{format:?}: {exported:?}");
        }
    }
    // So is one that somebody gave when work was handed on; what follows from a prompt alone is none.
    let start = Start::new("task-3", Origin::user(IDP, "alice").unwrap(), agent(0)).prompt("Pay the invoice of Acme").key(agent_key(0).key().clone());
    let asked = pair.here.begin(start, &pair.world()).unwrap();
    for (contract, is_refused) in [(Some(r#"{"mode": "read_only"}"#), true), (Some(r#"{"mode": "bounded", "denies": []}"#), true), (None, false)] {
        let mut handover = Handover::new(agent(1), Grant::everything()).key(agent_key(1).key().clone());
        if let Some(contract) = contract {
            handover = handover.contract(bailiwick::Contract::from_json(contract).unwrap());
        }
        let child = asked.delegate(handover, &pair.world()).unwrap();
        let exported = child.task.export_as(&token, &idp());
        assert_eq!(exported.is_err(), is_refused, "{contract:?}: {exported:?}");
    }
    // How a link narrows must be in the draft's table: that of two kinds of conditions is not.
    let arguments =
        |amount: &str| bailiwick::read_json::<Grant>(&format!(r#"{{"actions": ["erp.pay"], "arguments": {{"iban": "any", "amount": {amount}}}}}"#));
    let ranged = pair.begin(arguments(r#"{"range": {"max": "10"}}"#).unwrap());
    for (amount, is_refused) in [(r#"{"one_of": [5, 6]}"#, true), (r#"{"range": {"max": "6"}}"#, false)] {
        let handover = Handover::new(agent(1), arguments(amount).unwrap()).key(agent_key(1).key().clone());
        let child = ranged.delegate(handover, &pair.world()).unwrap();
        assert!(child.cut.is_empty(), "{:?}", child.cut);
        let exported = child.task.export_as(&ExportFormat::AttenuatedJwt, &agent_key(0).with_issuer(IDP));
        assert_eq!(exported.is_err(), is_refused, "{exported:?}");
    }
    let plain = pair.begin(Grant::of_actions(["read"]));
    for (format, level) in [(ExportFormat::Native, 3), (ExportFormat::AttenuatedJwt, 3), (token, 2)] {
        let exported = plain.export_as(&format, &idp()).unwrap();
        assert!(exported.lossy.is_empty(), "{format:?}: {:?}", exported.lossy);
        let received = pair.there.resume(exported.evidence, &pair.world()).unwrap();
        // A token that names the agent's key is nothing without it; the host has authenticated the agent by that key.
        let key = json!({"key": agent_key(0).key().thumbprint()});
        let presenter: Presenter = serde_json::from_value(key).unwrap();
        assert_eq!(received.decide(&doc::read(), &pair.world()).is_allowed(), level == 3, "{format:?}");
        let decision = received.decide(&doc::read().presented_by(presenter.clone()), &pair.world());
        assert!(decision.is_allowed(), "{format:?}: {}", decision.reason);
        assert_eq!(decision.chain.unwrap().proof_level, Some(level));
        assert_eq!(received.chain().links[0].depth_max, plain.chain().links[0].depth_max);
        assert_eq!(received.decide(&pay("DE89", "1").presented_by(presenter), &pair.world()).reason.code.as_str(), "grant.action");
    }
    // A claimed chain is nobody's to vouch for.
    let engine =
        Engine::builder(SealKey::new([3; 32])).catalog(Catalog::from_json(doc::CATALOG).unwrap()).accept_claimed_chains(true).build().unwrap();
    let mut claimed = plain.chain().clone();
    claimed.seal = None;
    assert_eq!(code(&engine.resume(claimed, &pair.world()).unwrap().export(&idp()).unwrap_err()), "usage");
}

/// The bits of a chain's tokens, as one line.
fn flipped(evidence: &Evidence, bit: usize) -> Option<String> {
    let mut text = evidence.to_json().into_bytes();
    let bit = bit % (text.len() * 8);
    text[bit / 8] ^= 1 << (bit % 8);
    String::from_utf8(text).ok()
}

fn grant() -> impl Strategy<Value = Grant> {
    let amount = || prop::sample::select(vec!["1", "100", "500", "1000"]);
    let capability = prop_oneof![
        Just(json!({"actions": "any"})),
        Just(json!({"actions": ["read", "erp.pay"]})),
        Just(json!({"actions": ["read"]})),
        Just(json!({"actions": []})),
        amount().prop_map(|max| json!({"actions": ["pay"], "arguments": {"iban": "any", "amount": {"range": {"max": max}}}})),
        amount().prop_map(|max| json!({"actions": ["erp.pay"], "arguments": {"iban": {"one_of": ["DE89"]}, "amount": {"any_of": [{"range": {"max": max}}, {"exact": "7"}]}}})),
    ];
    prop::collection::vec(capability, 0..3).prop_map(|capabilities| serde_json::from_value(json!({"capabilities": capabilities})).unwrap())
}

fn calls() -> impl Strategy<Value = Call> {
    let amounts = prop::sample::select(vec!["1", "7", "100", "100.01", "500", "999"]);
    prop_oneof![Just(doc::read()), (prop::sample::select(vec!["DE89", "FR76"]), amounts).prop_map(|(iban, amount)| pay(iban, amount))]
}

thread_local! {
    static PAIR: (Pair, Vec<Evidence>) = {
        let pair = pair();
        let chains = (1..=4).map(|links| pair.chain(links)).collect();
        (pair, chains)
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any one bit of any signed chain, and it is no chain any more: not of the same meaning, at least.
    #[test]
    fn a_flipped_bit_is_refused(links in 0..4usize, bit in any::<usize>()) {
        PAIR.with(|(pair, chains)| {
            let Some(text) = flipped(&chains[links], bit) else { return Ok(()) };
            let Ok(evidence) = Evidence::from_json(&text) else { return Ok(()) };
            let found = pair.there.resume(evidence, &pair.world());
            prop_assert!(found.is_err(), "bit {bit} of {} links: {text}", links + 1);
            Ok(())
        })?;
    }

    /// Whatever is handed on, signed and received: the child may do nothing its parent may not.
    #[test]
    fn a_signed_link_never_widens(first in grant(), second in grant(), own_words in any::<bool>(), call in calls()) {
        PAIR.with(|(pair, _)| {
            let parent = pair.begin(first.clone());
            let evidence = parent.export(&idp()).unwrap().evidence;
            let there = pair.there.resume(evidence.clone(), &pair.world()).unwrap();
            let child = if own_words {
                // What a hostile holder would sign: its own words, not what the library clamps.
                let token = forged_child(&evidence, &second);
                match pair.there.resume(token, &pair.world()) {
                    Ok(task) => task,
                    Err(refused) => {
                        prop_assert_eq!(refused.code(), "chain.widened");
                        return Ok(());
                    }
                }
            } else {
                let handover = Handover::new(agent(1), second.clone()).key(agent_key(1).key().clone());
                let evidence = there.delegate(handover, &pair.world()).unwrap().task.export(&agent_key(0)).unwrap().evidence;
                pair.there.resume(evidence, &pair.world()).unwrap()
            };
            if child.decide(&call, &pair.world()).is_allowed() {
                prop_assert!(there.decide(&call, &pair.world()).is_allowed() && parent.decide(&call, &pair.world()).is_allowed());
            }
            Ok(())
        })?;
    }
}

/// A second link with this grant, signed by the first link's delegate without asking the library.
fn forged_child(evidence: &Evidence, grant: &Grant) -> Evidence {
    let document: serde_json::Value = serde_json::from_str(&evidence.to_json()).unwrap();
    let root = document["links"][0].as_str().unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(root.split('.').nth(1).unwrap()).unwrap()).unwrap();
    let (input, _) = root.rsplit_once('.').unwrap();
    let key = agent_key(0);
    let mut detail = serde_json::to_value(grant).unwrap();
    detail["type"] = json!("bailiwick_grant");
    let child = json!({
        "iss": format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", key.key().thumbprint()), "jti": "0.0", "iat": claims["iat"], "exp": claims["exp"],
        "del_depth": 1, "del_max_depth": claims["del_max_depth"], "par_hash": URL_SAFE_NO_PAD.encode(Digest::of_bytes(input.as_bytes()).as_bytes()),
        "chn": claims["chn"], "ogd": claims["ogd"], "dlr": claims["dle"], "dle": {"issuer": AGENTS, "subject": NAMES[1]},
        "authorization_details": [detail],
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": "EdDSA", "typ": "dlg+jwt"})), part(&child));
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).unwrap()));
    Evidence::from_json(&json!({"format": "native", "links": [root, token]}).to_string()).unwrap()
}

/// A token that is bound to a key is not handed on by whoever found it.
#[test]
fn a_bound_token_is_shown_before_it_is_handed_on() {
    let pair = pair();
    let token = ExportFormat::AccessToken { audience: "https://erp.example".to_owned() };
    let task = pair.there.resume(pair.begin(Grant::everything()).export_as(&token, &idp()).unwrap().evidence, &pair.world()).unwrap();
    let handover = || Handover::new(agent(1), Grant::everything());
    assert_eq!(code(&task.delegate(handover(), &pair.world()).unwrap_err()), "proof.missing");
    let presenter: Presenter = serde_json::from_value(json!({"key": agent_key(0).key().thumbprint()})).unwrap();
    assert!(task.decide(&doc::read().presented_by(presenter), &pair.world()).is_allowed());
    let child = task.delegate(handover(), &pair.world()).unwrap().task;
    let decision = child.decide(&doc::read(), &pair.world());
    assert!(decision.is_allowed(), "{}", decision.reason);
    assert_eq!(decision.chain.unwrap().proof_level, Some(1));
}

#[test]
fn times_are_never_longer_than_they_were() {
    let pair = pair();
    let mut world = pair.world();
    world.now = Timestamp::from_millis(doc::now().as_millis() + 999).unwrap();
    let start = Start::new("task-1", Origin::user(IDP, "alice").unwrap(), agent(0)).lifetime_millis(1_500);
    let task = pair.here.begin(start, &world).unwrap();
    let received = pair.there.resume(task.export(&idp()).unwrap().evidence, &world).unwrap();
    assert!(received.chain().links[0].expires <= task.chain().links[0].expires);
}
