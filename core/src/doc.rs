//! A small world for the examples in this crate's documentation.

use crate::{Agent, Call, Catalog, Decision, Engine, Origin, Registry, SealKey, Source, Start, Timestamp, Value, World};

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

/// A decision that denies: there are no policies.
///
/// # Panics
/// Never: the constants of this module are valid.
#[must_use]
pub fn denied() -> Decision {
    let decide = || -> Result<Decision, Box<dyn std::error::Error>> {
        let none: [Source; 0] = [];
        let engine = Engine::builder(SealKey::new([7; 32])).catalog(Catalog::from_json(CATALOG)?).policies(none).build()?;
        let registry = Registry::from_json(REGISTRY)?;
        let world = World::new(&registry, now());
        let start = Start::new("task-17", Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "invoice-bot")?);
        Ok(engine.begin(start, &world)?.decide(&Call::new("mail.read", Value::parse(r#"{"id": "m-17"}"#)?), &world))
    };
    decide().unwrap_or_else(|error| unreachable!("{error}"))
}
