//! Fuzz targets: every reader of bytes from outside, as a function of bytes. None may panic, and none may end in more
//! than its input could give.
//!
//! A fuzzer cannot guess signatures, so that mutated tokens alone never reach what reads their claims: where a target
//! takes claims, it signs them itself.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "to panic is to find"
)]

mod catalog;
pub mod cedar;
mod intent;

pub use catalog::catalog;
pub use intent::intent;

use std::sync::LazyLock;

use bailiwick::{
    Agent, AuthZen, Call, Catalog, Chain, Digest, Engine, Evidence, Handover, Key, Ledger, Origin, Presenter, Registry, Revocations, SealKey, Signer,
    SigningKey, Source, Start, Task, TrustStore, Value, World, doc,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

const IDP: &str = "https://idp.example";
const AGENTS: &str = "https://agents.example";
const DOMAIN: &str = "spiffe://example.org";

struct Scene {
    engine: Engine,
    registry: Registry,
    trust: TrustStore,
    revocations: Revocations,
    task: Task,
}

static SCENE: LazyLock<Scene> = LazyLock::new(scene);

fn idp() -> SigningKey {
    SigningKey::ed25519([1; 32]).with_id("k1").with_issuer(IDP)
}

fn ec() -> SigningKey {
    SigningKey::p256([2; 32]).unwrap().with_id("k2")
}

fn holder() -> SigningKey {
    SigningKey::ed25519([3; 32])
}

fn scene() -> Scene {
    let jwk = |key: &SigningKey| serde_json::to_value(key.key()).unwrap();
    let formats = [
        "native",
        "aat",
        "access_token",
        "id_token",
        "entra",
        "id_jag",
        "txn_token",
        "jwt_svid",
        "wit",
        "actor_proof",
        "actor_receipt",
        "reauthorization",
        "set",
    ];
    let issuer = |name: &str, more: Json| {
        let mut issuer = json!({"issuer": name, "keys": {"keys": [jwk(&idp()), jwk(&ec())]}, "formats": formats, "actors": [IDP, AGENTS, DOMAIN],
            "origins": [IDP, DOMAIN], "grant": {"actions": "any"}, "reauthorization": ["step_up"]});
        issuer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        issuer
    };
    let trust = json!({"audiences": ["https://erp.example", DOMAIN], "issuers": [
        issuer(IDP, json!({"trust_domain": DOMAIN})), issuer("https://login.example/t1/v2.0", json!({}))]});
    let trust = TrustStore::from_json(&trust.to_string()).unwrap();
    let engine = Engine::builder(SealKey::new([7; 32]))
        .catalog(Catalog::from_json(doc::CATALOG).unwrap())
        .policies([Source::new("all.cedar", "permit(principal, action, resource);")])
        .accept_claimed_chains(true)
        .build()
        .unwrap();
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let revocations = Revocations::none(doc::now(), 300_000);
    let task = {
        let world = World::new(&registry, doc::now()).with_trust(&trust).with_revocations(&revocations);
        let bot = Agent::new(AGENTS, "invoice-bot").unwrap();
        engine.begin(Start::new("task-1", Origin::user(IDP, "alice").unwrap(), bot).key(holder().key().clone()), &world).unwrap()
    };
    Scene { engine, registry, trust, revocations, task }
}

impl Scene {
    fn world(&self) -> World<'_> {
        World::new(&self.registry, doc::now()).with_trust(&self.trust).with_revocations(&self.revocations)
    }
}

/// A token and keys.
pub fn jws(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (token, keys) = text.split_once('\n').unwrap_or((text, ""));
    let _ = doc::verify_jws(token, keys);
    let _ = doc::verify_jws(token, &serde_json::to_string(ec().key()).unwrap());
    assert!(doc::verify_jws(text, &serde_json::to_string(idp().key()).unwrap()).is_err(), "nobody signed this");
}

/// Claims, one object a line: signed, presented in a format the first byte chooses, and resumed.
pub fn evidence(data: &[u8]) {
    let _ = resumes(data);
}

/// The same; whether the chain verified.
#[must_use]
pub fn resumes(data: &[u8]) -> bool {
    let Some((&choice, rest)) = data.split_first() else { return false };
    let Ok(text) = std::str::from_utf8(rest) else { return false };
    let lines = || text.lines().take(20);
    let single = |format: &str, typ: Option<&str>, key: &SigningKey| {
        let token = signed(key, typ, lines().next().unwrap_or_default());
        match lines().nth(1).filter(|_| matches!(format, "access_token" | "id_token")) {
            Some(parent) => json!({"format": format, "token": token, "parent": signed(key, typ, parent)}),
            None => json!({"format": format, "token": token}),
        }
    };
    let document = match choice % 10 {
        0 => json!({"format": "native", "links": linked(lines(), "dlg+jwt")}),
        1 => json!({"format": "aat", "tokens": linked(lines(), "aat+jwt")}),
        2 => single("access_token", Some("at+jwt"), &idp()),
        3 => single("id_token", None, &ec()),
        4 => single("entra", Some("JWT"), &ec()),
        5 => single("id_jag", Some("oauth-id-jag+jwt"), &idp()),
        6 => single("txn_token", Some("txntoken+jwt"), &idp()),
        7 => single("jwt_svid", Some("JWT"), &ec()),
        8 => single("wit", Some("wit+jwt"), &ec()),
        _ => match serde_json::from_str(text) {
            Ok(document) => document,
            Err(_) => return false,
        },
    };
    let Ok(evidence) = Evidence::from_json(&document.to_string()) else { return false };
    let scene = &*SCENE;
    let Ok(task) = scene.engine.resume(evidence, &scene.world()) else { return false };
    assert!(task.chain().links.len() <= bailiwick::LINKS_MAX);
    let decision = task.decide(&doc::read(), &scene.world());
    let level = decision.chain.and_then(|chain| chain.proof_level).unwrap_or_default();
    assert!((2..=3).contains(&level), "{level}");
    // Whatever a holder hands on is no more than it has.
    if let Ok(child) = task.delegate(Handover::new(Agent::new(AGENTS, "research-bot").unwrap(), bailiwick::Grant::everything()), &scene.world()) {
        let child = child.task.decide(&doc::read(), &scene.world());
        assert!(!child.is_allowed() || decision.effect == bailiwick::Effect::Allow);
    }
    true
}

/// A request at the stateless door.
pub fn request(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (scene, ledger) = (&*SCENE, Ledger::default());
    let decision = scene.engine.decide_json(text, &scene.world().with_ledger(&ledger));
    assert!(serde_json::from_slice::<Json>(&decision.to_bytes()).is_ok());
    assert!(decision.explain().lines().all(|line| !line.contains('\u{1b}')));
}

/// Documents a host loads; the first byte chooses which.
pub fn documents(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match if choice < 14 { choice } else { choice % 12 } {
        12 => {
            if let Ok(grant) = bailiwick::read_json::<bailiwick::Grant>(text) {
                let _ = SCENE.engine.pin(&grant, &SCENE.world());
            }
        }
        13 => {
            if let Ok(contract) = bailiwick::Contract::from_json(text) {
                assert_eq!(bailiwick::Contract::from_json(&contract.to_json()).unwrap(), contract);
            }
        }
        0 => drop(TrustStore::from_json(text)),
        1 => {
            if let Ok(revocations) = Revocations::from_json(text) {
                assert_eq!(Revocations::from_json(&revocations.to_json()).unwrap(), revocations);
            }
        }
        2 => drop(Registry::from_json(text)),
        3 => {
            if let Ok(catalog) = Catalog::from_any("tools", text) {
                let _ = Engine::builder(SealKey::new([7; 32])).catalog(catalog).build();
            }
        }
        4 => drop(Ledger::from_json(text)),
        5 => drop(Key::from_json(text)),
        6 => drop(SigningKey::from_json(text)),
        7 => {
            if let Ok(evidence) = Evidence::from_json(text) {
                assert_eq!(Evidence::from_json(&evidence.to_json()).unwrap(), evidence);
            }
        }
        8 => {
            if let Ok(chain) = Chain::from_json(text) {
                assert_eq!(Chain::from_json(&chain.to_json()).unwrap().digest(), chain.digest());
            }
        }
        9 => drop(SCENE.engine.resources(text)),
        10 => {
            if let Ok(value) = Value::parse(text) {
                let canonical = value.canonical();
                assert_eq!(Value::parse(&canonical).map(|again| again.canonical()).ok(), Some(canonical));
            }
        }
        _ => drop(SCENE.engine.compile(&[Source::new("a.cedar", text)])),
    }
}

/// An `AuthZEN` request.
pub fn authzen(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let asking: AuthZen = serde_json::from_value(json!({"subject_issuer": IDP, "agent": {"issuer": AGENTS, "subject": "invoice-bot"}})).unwrap();
    let answer = SCENE.engine.decide_authzen(text, &asking, &SCENE.world());
    let response: Json = serde_json::from_str(&answer.response).unwrap();
    let answers = response["evaluations"].as_array().map_or(1, Vec::len);
    assert_eq!(answers, answer.decisions.len());
    // An engine that judges intent, too, reads the purpose of the chain.
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let judged = intent::ENGINE.decide_authzen(text, &asking, &World::new(&registry, doc::now()));
    assert!(serde_json::from_str::<Json>(&judged.response).is_ok());
}

/// Claims of a proof of possession or of a security event; the first byte chooses which.
pub fn proof(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let scene = &*SCENE;
    let key = holder();
    let proof = match choice % 4 {
        0 => {
            let header = json!({"alg": "EdDSA", "typ": "dpop+jwt", "jwk": serde_json::to_value(key.key()).unwrap()});
            json!({"type": "dpop", "jwt": with_header(&key, &header, text), "method": "POST", "url": "https://erp.example/pay?x#y"})
        }
        1 => {
            let (wit, claims) = text.split_once('\n').unwrap_or((text, "{}"));
            json!({"type": "wpt", "jwt": signed(&key, Some("wpt+jwt"), claims), "wit": signed(&ec(), Some("wit+jwt"), wit)})
        }
        2 => json!({"type": "aat", "jwt": signed(&key, Some("aat-pop+jwt"), text)}),
        _ => {
            let mut revocations = scene.revocations.clone();
            let _ = revocations.absorb(&signed(&idp(), Some("secevent+jwt"), text), &scene.trust, doc::now());
            return;
        }
    };
    let presenter: Presenter = serde_json::from_value(json!({"proof": proof})).unwrap();
    let decision = scene.task.decide(&Call::new("mail.read", Value::parse(r#"{"id": "m-17"}"#).unwrap()).presented_by(presenter), &scene.world());
    // The task's links are sealed, not signed: a proof of the key does not make them so.
    assert_eq!(decision.chain.and_then(|chain| chain.proof_level), Some(1));
}

/// A world of policies, entities and questions, asked of our evaluator and of Cedar.
pub fn same_as_cedar(data: &[u8]) {
    if let Err(difference) = cedar::compare(data, &mut cedar::Tally::default()) {
        panic!("{difference}");
    }
}

fn signed(key: &SigningKey, typ: Option<&str>, claims: &str) -> String {
    // AAT names the algorithm of Ed25519 as RFC 9864 does.
    let algorithm = match key.key().algorithm().as_str() {
        "EdDSA" if typ == Some("aat+jwt") => "Ed25519",
        name => name,
    };
    let mut header = json!({"alg": algorithm});
    for (name, value) in [("kid", key.key().id()), ("typ", typ)] {
        if let Some(value) = value {
            header[name] = json!(value);
        }
    }
    with_header(key, &header, claims)
}

fn with_header(key: &SigningKey, header: &Json, claims: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).unwrap());
    format!("{input}.{signature}")
}

/// Links: what binds them to one another is filled in where the claims leave it out.
fn linked<'l>(lines: impl Iterator<Item = &'l str>, typ: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for line in lines {
        let mut claims = line.to_owned();
        if let Ok(Json::Object(mut members)) = serde_json::from_str(line) {
            let mut fill = |name: &str, value: Json| {
                members.entry(name).or_insert(value);
            };
            fill("cnf", json!({"jwk": serde_json::to_value(holder().key()).unwrap()}));
            if let Some(parent) = tokens.last() {
                let input = parent.rsplit_once('.').map_or("", |(input, _)| input);
                fill("par_hash", json!(URL_SAFE_NO_PAD.encode(Digest::of_bytes(input.as_bytes()).as_bytes())));
                fill("iss", json!(format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", holder().key().thumbprint())));
                fill("del_depth", json!(tokens.len()));
            } else {
                fill("iss", json!(IDP));
                fill("del_depth", json!(0));
            }
            claims = Json::Object(members).to_string();
        }
        let key = if tokens.is_empty() { idp() } else { holder() };
        tokens.push(signed(&key, Some(typ), &claims));
    }
    tokens
}
