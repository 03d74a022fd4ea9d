//! What a stranger can say to the intent stage: prompts, outputs of tools, arguments, contracts, files of a language.

use std::sync::LazyLock;

use bailiwick::{
    Agent, Baseline, Call, Catalog, Contract, Effect, Engine, IntentVerdict, Language, Object, Origin, Registry, SealKey, Source, Span, Start, Value,
    World, doc,
};

use super::{AGENTS, IDP};

/// Tools with every sort of parameter; the last two are for guessing.
const CATALOG: &str = r#"{"tools": [
    {"name": "read_mail", "system": "mail", "effects": ["read"], "output": "mixed",
     "parameters": {"type": "object", "properties": {"id": {"type": "string"}}}},
    {"name": "fetch_page", "system": "web", "effects": ["read"], "roles": {"url": "url"},
     "parameters": {"type": "object", "properties": {"url": {"type": "string"}}}},
    {"name": "send_mail", "system": "mail", "effects": ["send"], "roles": {"to": "destination", "body": "content"},
     "parameters": {"type": "object", "properties": {"to": {"type": "string"}, "body": {"type": "string"}}, "required": ["to"]}},
    {"name": "pay", "system": "bank", "effects": ["pay"], "roles": {"iban": "destination", "amount": "amount", "when": "date"},
     "parameters": {"type": "object", "properties": {"iban": {"type": "string"}, "amount": {"type": "number"}, "when": {"type": "string"}}}},
    {"name": "run_command", "system": "host", "effects": ["execute"], "roles": {"command": "command"},
     "parameters": {"type": "object", "properties": {"command": {"type": "string"}}}},
    {"name": "update_note", "system": "notes", "parameters": {"type": "object", "properties": {"note_id": {"type": "string"}, "text": {}}}},
    {"name": "frobnicate", "system": "notes", "parameters": {"type": "object", "properties": {"x": {}, "items": {"type": "array"}}}}
]}"#;

/// An address that is nobody's, and its host without the dot.
const ADDRESS: &str = "nobody@nowhere.invalid";
const HOST: &str = "nowhereinvalid";

pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(|| with_language(Language::english()));
static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::from_json(doc::REGISTRY).unwrap());

fn with_language(language: Language) -> Engine {
    Engine::builder(SealKey::new([7; 32]))
        .catalog(Catalog::from_json(CATALOG).unwrap())
        .policies([Source::new("all.cedar", "permit(principal, action, resource);")])
        .baseline(Baseline::Balanced)
        .accept_claimed_chains(true)
        .language(language)
        .build()
        .unwrap()
}

/// Texts, set apart by zero bytes; the first byte chooses what they are.
pub fn intent(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let mut texts = text.split('\0');
    let mut next = || texts.next().unwrap_or_default();
    match choice % 3 {
        0 => works(next(), next(), next(), next()),
        1 => narrows(next(), next()),
        _ => speaks(next(), next(), next()),
    }
}

/// A task with this prompt, which calls this tool and sees this output.
fn works(prompt: &str, tool: &str, output: &str, arguments: &str) {
    let engine = &*ENGINE;
    let contract = engine.contract(prompt);
    let spans = contract.grants.iter().chain(&contract.denies).map(|grant| &grant.evidence).chain(&contract.delegated_sources);
    assert!(spans.into_iter().all(|span| is_of(span, prompt)), "evidence is a part of the prompt");
    assert_eq!(Contract::from_json(&contract.to_json()).unwrap(), contract);

    let world = World::new(&REGISTRY, doc::now());
    let start = Start::new("task-1", Origin::user(IDP, "alice").unwrap(), Agent::new(AGENTS, "invoice-bot").unwrap());
    let Ok(task) = engine.begin(start.prompt(prompt), &world) else { return };
    let output = Value::parse(output).unwrap_or_else(|_| Value::String(output.to_owned()));
    let arguments = Value::parse(arguments).unwrap_or_else(|_| Value::Object(Object::new()));
    let call = Call::new(tool, arguments);
    let before = task.decide(&call, &world);
    task.observe(&call, &output).unwrap();
    let after = task.decide(&call, &world);
    for decision in [&before, &after] {
        assert!(serde_json::from_slice::<serde_json::Value>(&decision.to_bytes()).is_ok());
    }

    // What the agent itself wrote as an argument does not ground anything: only prompt and output count.
    if mentions(prompt) || mentioned_in(&output) {
        return;
    }
    let mail = Value::parse(&format!(r#"{{"to": "{ADDRESS}", "body": "Hello"}}"#)).unwrap();
    let decision = task.decide(&Call::new("send_mail", mail), &world);
    assert_eq!(decision.effect, Effect::Deny, "{}", decision.explain());
    assert!(decision.intent.is_none_or(|intent| intent.verdict >= IntentVerdict::Ungrounded), "nobody named this address");
}

/// Whether the text is what the prompt has there, or the beginning of it.
fn is_of(Span { start, end, text, .. }: &Span, prompt: &str) -> bool {
    prompt.get(*start..*end).is_some_and(|words| words == text || words.starts_with(text) && text.len() > 190)
}

/// Whether the host could be read out of the text, however it is written.
fn mentions(text: &str) -> bool {
    let plain = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        letter => letter,
    };
    let folded: String = text.chars().map(plain).flat_map(char::to_lowercase).filter(char::is_ascii_alphanumeric).collect();
    folded.contains(HOST)
}

fn mentioned_in(value: &Value) -> bool {
    match value {
        // JSON within a text may write it with escapes.
        Value::String(text) => text.contains('\\') || mentions(text),
        Value::Array(items) => items.iter().any(mentioned_in),
        Value::Object(members) => members.iter().any(|(name, member)| mentions(name) || mentioned_in(member)),
        _ => false,
    }
}

/// Two contracts: what both allow is within each.
fn narrows(outer: &str, wanted: &str) {
    let (Ok(outer), Ok(wanted)) = (Contract::from_json(outer), Contract::from_json(wanted)) else { return };
    for contract in [&outer, &wanted] {
        assert_eq!(Contract::from_json(&contract.to_json()).unwrap(), *contract);
        let (_, cut) = contract.narrowed(contract);
        assert!(cut.is_empty(), "a contract is within itself: {cut:?}");
    }
    let (narrowed, _) = outer.narrowed(&wanted);
    for other in [&outer, &wanted] {
        let (again, cut) = other.narrowed(&narrowed);
        assert!(cut.is_empty(), "what both allow is within each: {cut:?}");
        assert!(other.denies.iter().all(|deny| narrowed.denies.contains(deny)), "what either forbids stays forbidden");
        assert!(narrowed.mode <= other.mode && narrowed.standing.is_subset(&other.standing));
        for (kept, grant) in again.grants.iter().zip(&narrowed.grants) {
            assert_eq!((&kept.tools, &kept.by_value, &kept.perhaps), (&grant.tools, &grant.by_value, &grant.perhaps));
        }
    }
    let (again, _) = outer.narrowed(&narrowed);
    assert_eq!(
        (again.grants, again.denies, again.standing),
        (narrowed.grants, narrowed.denies, narrowed.standing),
        "to narrow twice is to narrow once"
    );
}

/// The files of a language, and a prompt in it.
fn speaks(lexicon: &str, grammar: &str, prompt: &str) {
    let Ok(language) = Language::new(lexicon, grammar) else { return };
    let contract = with_language(language).contract(prompt);
    assert!(contract.confidence <= 1_000);
}
