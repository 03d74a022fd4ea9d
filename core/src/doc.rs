//! A small world for the examples in this crate's documentation.

use crate::keys::KeySet;
use crate::keys::jws::Jws;
use crate::{Agent, Call, Catalog, Code, Decision, Engine, Origin, Registry, SealKey, Source, Start, Task, Timestamp, Value, World};

/// Two tools.
pub const CATALOG: &str = r#"{"tools": [
    {"name": "mail.read", "system": "mail", "effects": ["read"],
     "parameters": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}},
    {"name": "erp.pay", "system": "erp", "effects": ["pay"], "tier": "high", "roles": {"iban": "destination", "amount": "amount"},
     "parameters": {"type": "object", "properties": {"iban": {"type": "string"}, "amount": {"type": "string", "format": "decimal"}},
                    "required": ["iban", "amount"]}}
]}"#;

/// Two agents, both owned by Olga.
pub const REGISTRY: &str = r#"{"agents": [
    {"issuer": "https://agents.example", "subject": "invoice-bot", "owner": {"issuer": "https://idp.example", "subject": "olga"}, "state": "active"},
    {"issuer": "https://agents.example", "subject": "research-bot", "owner": {"issuer": "https://idp.example", "subject": "olga"}, "state": "active"}
]}"#;

/// An instant in November 2023.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000).unwrap_or_else(|| unreachable!("within the range"))
}

/// An engine with one policy: people and agents may read, and hand on work.
///
/// # Panics
/// Never: the constants of this module are valid.
#[must_use]
pub fn engine() -> Engine {
    with_policies(r#"@id("readers") permit(principal, action in [Action::"read", Action::"delegate"], resource);"#)
}

/// A task of `invoice-bot` for Alice, under [`engine`].
#[must_use]
pub fn task() -> Task {
    begun(&engine())
}

/// A task with a prompt, under [`engine`].
#[must_use]
pub fn task_with_prompt(prompt: &str) -> Task {
    begun_with(&engine(), |start| start.prompt(prompt))
}

/// A decision on paying what the prompt says.
#[must_use]
pub fn decided_with_intent() -> Decision {
    let engine = with_policies("permit(principal, action, resource);");
    let task = begun_with(&engine, |start| start.prompt("Pay 480 EUR to DE89370400440532013000"));
    let registry = Registry::from_json(REGISTRY).unwrap_or_else(|error| unreachable!("{error}"));
    let call = Call::new("erp.pay", Value::parse(r#"{"iban": "DE89370400440532013000", "amount": "480.00"}"#).unwrap_or(Value::Null));
    task.decide(&call, &World::new(&registry, now()))
}

/// A call of `mail.read`.
#[must_use]
pub fn read() -> Call {
    Call::new("mail.read", Value::parse(r#"{"id": "m-17"}"#).unwrap_or(Value::Null))
}

/// A decision that allows.
#[must_use]
pub fn allowed() -> Decision {
    decided(&task())
}

/// A decision that denies: there are no policies.
#[must_use]
pub fn denied() -> Decision {
    decided(&begun(&with_policies("")))
}

/// The payload of a compact JWS that one of the keys of a document, a JWK or a JWK Set, has signed. For test vectors:
/// the engine itself reads tokens only in their places.
///
/// # Errors
/// The code of what is wrong with token or keys.
pub fn verify_jws(token: &str, keys: &str) -> Result<Vec<u8>, Code> {
    let unusable = |_| Code::TokenKeyUse;
    let document = Value::parse(keys).map_err(|_| Code::TokenJson)?;
    let set = if document.get("keys").is_some() {
        KeySet::read(&document).map_err(|_| Code::TokenKeyUse)?
    } else {
        KeySet::of(&document).map_err(unusable)?
    };
    let jws = Jws::parse(token, &[]).map_err(|reason| reason.code)?;
    let key = set.key(jws.kid.as_deref()).or_else(|why| if document.get("keys").is_some() { Err(why) } else { set.key(None) });
    let key = key.map_err(|_| Code::TokenKeyUnknown)?;
    if key.usage().is_some_and(|usage| usage != "sig") {
        return Err(Code::TokenKeyUse);
    }
    jws.verify(key).map_err(|reason| reason.code)?;
    Ok(jws.claims)
}

fn with_policies(text: &str) -> Engine {
    let build = || Engine::builder(SealKey::new([7; 32])).catalog(Catalog::from_json(CATALOG)?).policies([Source::new("doc.cedar", text)]).build();
    build().unwrap_or_else(|error| unreachable!("{error}"))
}

fn begun(engine: &Engine) -> Task {
    begun_with(engine, |start| start)
}

fn begun_with(engine: &Engine, with: impl FnOnce(Start) -> Start) -> Task {
    let begin = || -> Result<Task, Box<dyn std::error::Error>> {
        let registry = Registry::from_json(REGISTRY)?;
        let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "invoice-bot")?);
        Ok(engine.begin(with(Start::new("task-17", alice, bot)), &World::new(&registry, now()))?)
    };
    begin().unwrap_or_else(|error| unreachable!("{error}"))
}

fn decided(task: &Task) -> Decision {
    let registry = Registry::from_json(REGISTRY).unwrap_or_else(|error| unreachable!("{error}"));
    task.decide(&read(), &World::new(&registry, now()))
}
