//! What a stranger's server can say of its tools, and of what they answered.

use bailiwick::{Agent, Baseline, Call, Catalog, Engine, Object, Origin, Registry, SealKey, Source, Start, Value, World, doc};

use super::{AGENTS, IDP};

/// Most tools of a catalog that are called.
const CALLED_MAX: usize = 4;

/// A list of tools, a prompt, an output and arguments, set apart by zero bytes: each tool answers, and is called.
pub fn catalog(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut texts = text.split('\0');
    let mut next = || texts.next().unwrap_or_default();
    let (tools, prompt, output, arguments) = (next(), next(), next(), next());
    let Ok(catalog) = Catalog::from_any("tools", tools) else { return };
    let names: Vec<String> = catalog.tools().take(CALLED_MAX).map(|tool| tool.name().to_owned()).collect();
    let builder = Engine::builder(SealKey::new([7; 32])).catalog(catalog).baseline(Baseline::Balanced);
    let Ok(engine) = builder.policies([Source::new("all.cedar", "permit(principal, action, resource);")]).build() else { return };
    assert!(engine.lint().all(|line| !line.contains('\u{1b}')), "what a server writes moves no terminal");
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let world = World::new(&registry, doc::now());
    let start = Start::new("task-1", Origin::user(IDP, "alice").unwrap(), Agent::new(AGENTS, "invoice-bot").unwrap());
    let Ok(task) = engine.begin(start.prompt(prompt), &world) else { return };
    let output = Value::parse(output).unwrap_or_else(|_| Value::String(output.to_owned()));
    let arguments = Value::parse(arguments).unwrap_or_else(|_| Value::Object(Object::new()));
    for name in names {
        let call = Call::new(&name, arguments.clone());
        task.observe(&call, &output).unwrap();
        let decision = task.decide(&call, &world);
        assert!(serde_json::from_slice::<serde_json::Value>(&decision.to_bytes()).is_ok());
    }
}
