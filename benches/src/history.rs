//! How long the intent stage takes when every call has answered with eight kilobytes: a mailbox of records and letters.

use std::error::Error;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bailiwick::{Agent, Baseline, Call, Catalog, Engine, Origin, Registry, SealKey, Source, Start, Task, Value, World, doc};

use crate::table::Series;

/// Calls before the one that is judged.
const CALLS: usize = 10;
const BYTES: usize = 8 << 10;
const TASKS: usize = 200;
const READINGS: usize = 2_000;

const CATALOG: &str = r#"{"tools": [
    {"name": "mail.list", "system": "mail", "effects": ["read"], "output": "mixed",
     "parameters": {"type": "object", "properties": {"folder": {"type": "string"}}, "required": ["folder"]}},
    {"name": "mail.send", "system": "mail", "effects": ["send"], "roles": {"to": "destination", "body": "content"},
     "parameters": {"type": "object", "properties": {"to": {"type": "string"}, "body": {"type": "string"}}, "required": ["to", "body"]}},
    {"name": "bank.pay", "system": "bank", "effects": ["pay"], "roles": {"iban": "destination", "amount": "amount"},
     "parameters": {"type": "object", "properties": {"iban": {"type": "string"}, "amount": {"type": "string", "format": "decimal"}},
                    "required": ["iban", "amount"]}}
]}"#;

const PROMPT: &str = "Pay 480 EUR to DE89370400440532013000 for order OR-1007, and send a summary of the letters of this week to dana@acme.example";

const SENTENCES: [&str; 8] = [
    "Thank you for the quick answer about the delivery of the new racks last week.",
    "The invoice is attached and is due within thirty days, as we agreed in March.",
    "Could you send me the signed protocol before the meeting on Thursday?",
    "We expect the truck around noon, the driver will call the gate.",
    "Our office in the Mill Street is closed on Friday because of the works on the roof.",
    "Please forward the drawings to our workshop, and confirm the dates for the test run.",
    "The price of the second lot has not changed since the last offer.",
    "Let me know if anything is missing, I am at my desk until five.",
];

/// What was measured.
#[derive(Debug)]
#[non_exhaustive]
pub struct Figures {
    rows: Vec<(&'static str, Series, u64)>,
    records: Series,
    letters: Series,
    kilobytes: (f64, f64),
}

/// Measures.
///
/// # Errors
/// When the engine refuses what this module wrote.
pub fn measure() -> Result<Figures, Box<dyn Error>> {
    let builder = Engine::builder(SealKey::new([7; 32])).catalog(Catalog::from_json(CATALOG)?).baseline(Baseline::Balanced);
    let engine = builder.policies([Source::new("bench.cedar", "permit(principal, action, resource);")]).build()?;
    let registry = Registry::from_json(doc::REGISTRY)?;
    let world = World::new(&registry, doc::now());
    let begin = |prompt: Option<&str>| -> Result<Task, Box<dyn Error>> {
        let start = Start::new("bench", Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "invoice-bot")?);
        Ok(engine.begin(if let Some(prompt) = prompt { start.prompt(prompt) } else { start }, &world)?)
    };
    let list = call("mail.list", r#"{"folder": "inbox"}"#)?;
    let outputs: Vec<[Value; 2]> =
        (0..CALLS).map(|call| Ok([Value::parse(&records(call))?, Value::String(letters(call))])).collect::<Result<_, bailiwick::Error>>()?;
    let (mut in_records, mut in_letters) = (Series::default(), Series::default());
    for _ in 0..TASKS {
        let task = begin(Some(PROMPT))?;
        for [records, letters] in &outputs {
            in_records.push(timed(|| task.observe(&list, records).is_ok()));
            in_letters.push(timed(|| task.observe(&list, letters).is_ok()));
        }
    }
    let cases = [
        ("no prompt", call("mail.list", r#"{"folder": "inbox"}"#)?),
        ("a call that reads", call("mail.list", r#"{"folder": "inbox"}"#)?),
        ("all from the prompt", call("bank.pay", r#"{"iban": "DE89370400440532013000", "amount": "480.00"}"#)?),
        ("an account out of a record", call("bank.pay", r#"{"iban": "DE02120300000000204711", "amount": "480.00"}"#)?),
        ("an address out of a letter", call("mail.send", r#"{"to": "agent-7-3@freight.example", "body": "Done."}"#)?),
        ("an address from nowhere", call("mail.send", r#"{"to": "mallory@evil.example", "body": "Done."}"#)?),
        (
            "a text of sixty words",
            call(
                "mail.send",
                r#"{"to": "dana@acme.example", "body": "Dear Dana, this is what the letters of the week say. The racks were delivered, and nothing was broken on the way. The invoice came with the second letter and is due in a month. The office is closed on Friday while the roof is mended. The truck with the rest comes around noon, its driver calls at the gate. Best, Alice"}"#,
            )?,
        ),
    ];
    let mut rows = Vec::new();
    for (name, call) in cases {
        let task = begin(if name == "no prompt" { None } else { Some(PROMPT) })?;
        if name != "no prompt" {
            outputs.iter().flatten().try_for_each(|output| task.observe(&list, output))?;
        }
        let mut series = Series::default();
        for _ in 0..READINGS {
            series.push(timed(|| !task.decide(&call, &world).reason.to_string().is_empty()));
        }
        let allocations = allocation_counter::measure(|| drop(task.decide(&call, &world))).count_total;
        rows.push((name, series, allocations));
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let kilobytes = |bytes: usize| bytes as f64 / 1024.0;
    let kilobytes = (kilobytes(records(0).len()), kilobytes(letters(0).len()));
    Ok(Figures { rows, records: in_records, letters: in_letters, kilobytes })
}

fn timed(run: impl FnOnce() -> bool) -> Duration {
    let begun = Instant::now();
    std::hint::black_box(run());
    begun.elapsed()
}

fn call(tool: &str, arguments: &str) -> Result<Call, bailiwick::Error> {
    Ok(Call::new(tool, Value::parse(arguments)?))
}

/// Orders, as a list of records.
fn records(call: usize) -> String {
    let mut text = String::from("[");
    for at in 0.. {
        let separator = if at == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{separator}{{"order": "OR-{}", "customer": "Customer {at} of {call}", "iban": "DE0212030000000020{:02}{:02}", "total": "{}.50", "placed": "2026-03-{:02}", "open": true, "lines": {at}}}"#,
            1000 + call * 100 + at,
            47 + call,
            at % 100,
            100 + at * 3,
            at % 28 + 1
        );
        if text.len() > BYTES {
            break;
        }
    }
    text + "]"
}

/// Letters, in one text.
fn letters(call: usize) -> String {
    let mut text = String::new();
    for at in 0.. {
        let sentence = SENTENCES.iter().cycle().nth(at * 5 + call).copied().unwrap_or_default();
        let _ = write!(text, "{sentence} ");
        if at % 6 == 5 {
            let _ = writeln!(text, "Letter {at} is from agent-{call}-{}@freight.example, tel. +49 30 9018 {:04}.\n", at / 6, call * 100 + at);
        }
        if text.len() > BYTES {
            return text;
        }
    }
    text
}

impl Figures {
    /// The figures for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!(
            "After {} outputs of 8 KB, orders as records and letters as text by turns:\n\n| `task.decide` | p50 / p99 | allocations |\n|---|--:|--:|\n",
            CALLS * 2
        );
        for (name, series, allocations) in &self.rows {
            let _ = writeln!(text, "| {name} | {series} | {allocations} |");
        }
        let each = |series: &Series, kilobytes: f64| series.median().as_secs_f64() * 1e6 / kilobytes;
        let _ = writeln!(
            text,
            "\nTo take in a kilobyte: {:.1} µs of records, {:.1} µs of letters.",
            each(&self.records, self.kilobytes.0),
            each(&self.letters, self.kilobytes.1)
        );
        text
    }
}
