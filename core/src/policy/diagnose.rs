//! Cedar's diagnostics as one error with file, line and column, and a report with the source around it.

use std::fmt::Write as _;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, NamedSource, Report};

use super::lint::{listed, nearest};
use crate::catalog::call::ToolEffect;
use crate::catalog::{Catalog, DELEGATE};
use crate::error::{Error, ErrorKind, Location};

/// One error of all findings about a text; the first gives the message and the place.
pub(crate) fn error(kind: ErrorKind, file: &str, text: &str, findings: &[&(dyn Diagnostic + Send + Sync)]) -> Error {
    error_with(kind, file, text, findings, &|_| None)
}

/// The same, with what `advice` says to a message in place of Cedar's own help.
pub(super) fn error_with(
    kind: ErrorKind,
    file: &str,
    text: &str,
    findings: &[&(dyn Diagnostic + Send + Sync)],
    advice: &dyn Fn(&str) -> Option<String>,
) -> Error {
    let help_of = |finding: &dyn Diagnostic| advice(&finding.to_string()).or_else(|| Some(finding.help()?.to_string()));
    let Some(first) = findings.first() else {
        return Error::new(kind, format!("{file}: unknown error"));
    };
    // In the order of the text; Cedar's is by chance.
    let mut findings: Vec<_> = findings.iter().map(|finding| deepest(*finding)).collect();
    findings.sort_by_cached_key(|finding| (offset(*finding), without_action(&finding.to_string())));
    let first = findings.first().copied().unwrap_or(*first);
    let message = match help_of(first) {
        Some(help) => format!("{}; {help}", without_action(&first.to_string())),
        None => without_action(&first.to_string()),
    };
    let mut error = Error::new(kind, message);
    error = match offset(first) {
        Some(offset) => {
            let (line, column) = line_and_column(text, offset);
            error.at(Location { file: Some(file.to_owned()), line, column })
        }
        None => error.in_file(file),
    };
    let mut report = String::new();
    // Cedar finds one mistake once for every action it can be made with.
    let mut told = std::collections::HashSet::new();
    for finding in findings {
        if told.insert((offset(finding), without_action(&finding.to_string()))) {
            render(&mut report, file, text, finding, help_of(finding));
        }
    }
    error.with_report(report)
}

/// The message without the action Cedar happened to name.
fn without_action(message: &str) -> String {
    let Some((before, rest)) = message.split_once(" in context for Action::\"") else { return message.to_owned() };
    let action_ends = rest.find('"').map_or(rest.len(), |end| end + 1);
    format!("{before} in context{}", rest.get(action_ends..).unwrap_or_default())
}

/// What to do about a message of Cedar's; nothing where the message says enough.
pub(super) fn advice(catalog: &Catalog, message: &str) -> Option<String> {
    let quoted = |after: &str| message.split_once(after)?.1.split('`').next().map(str::to_owned);
    if message.contains("expected Long but saw decimal") {
        return Some(
            "the argument may have a fraction: compare decimals with methods, as in `context.input.amount.greaterThan(decimal(\"50.0\"))`".into(),
        );
    }
    if message.contains("expected decimal but saw Long") {
        let remedy = "`greaterThan` and its like compare two decimals: write `decimal(\"50.0\")`, not `50`; an integer argument is compared with an \
                      operator, as in `context.input.count > 50`";
        return Some(remedy.into());
    }
    if message.contains("expected String but saw Set<String>") || message.contains("types String and Set<String>") {
        return Some("the argument is a set of strings: write `.contains(\"value\")`, or `.containsAny([…])`".into());
    }
    if message.contains("expected Long but saw String") {
        return Some("the argument is a string: compare it with `==` or `like`".into());
    }
    if message.contains("types String and Group") || message.contains("types Group and String") {
        return Some("groups are entities: write `Group::\"support\"`, not `\"support\"`".into());
    }
    if message.contains("failed to parse as a decimal") {
        return Some("write it with digits on both sides of the point, as in `decimal(\"50.0\")`".into());
    }
    if let Some(action) = quoted("unrecognized action `Action::\"").and_then(|rest| rest.split('"').next().map(str::to_owned)) {
        let groups = ToolEffect::ALL.iter().map(|effect| effect.as_str()).chain([DELEGATE]);
        let names: Vec<&str> = groups.chain(catalog.tools().map(super::super::catalog::Tool::action)).collect();
        return Some(match nearest(&action, names.iter().copied()) {
            Some(near) => format!("did you mean `Action::\"{near}\"`?"),
            None => format!(
                "actions are the tools of the catalog, `delegate`, and the groups {}",
                listed(ToolEffect::ALL.iter().map(|effect| effect.as_str()))
            ),
        });
    }
    if let Some(kind) = quoted("unrecognized entity type `") {
        let near = nearest(&kind, TYPES).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        return Some(format!("{near}the engine's types are {}; declare your own in a `.cedarschema` file, as `entity {kind};`", listed(TYPES)));
    }
    // Cedar says how to test for an optional attribute, and what other entities have.
    let attribute = quoted("attribute `").filter(|_| message.contains("in context") && !message.contains("optional attribute"))?;
    match attribute.split_once('.') {
        None if attribute == "input" => Some("only tools have arguments: write `context has input && …`, or name the tools in the scope".into()),
        Some(("input", argument)) => {
            let having: Vec<&str> =
                catalog.tools().filter(|tool| tool.fields.contains_key(argument)).map(super::super::catalog::Tool::action).collect();
            Some(if having.is_empty() {
                let known: std::collections::BTreeSet<&str> = catalog.tools().flat_map(|tool| tool.fields.keys().map(String::as_str)).collect();
                match nearest(argument, known.iter().copied()) {
                    Some(near) => format!("did you mean `context.input.{near}`?"),
                    None => format!("no tool has this argument; there are: {}", listed(known)),
                }
            } else {
                format!(
                    "only some tools have this argument: name them, as in `action in [{}]`, or write `context has input && context.input has {argument} && …`",
                    having.iter().take(3).map(|action| format!("Action::\"{action}\"")).collect::<Vec<_>>().join(", ")
                )
            })
        }
        Some(_) => None,
        None => Some(match nearest(&attribute, CONTEXT) {
            Some(near) => format!("did you mean `context.{near}`?"),
            None => format!("`context` has: {}", listed(CONTEXT)),
        }),
    }
}

/// What to do about a text that is not Cedar.
pub(super) fn advice_on_syntax(text: &str, message: &str) -> Option<String> {
    (message.contains("unexpected token") && has_fraction(text))
        .then(|| "Cedar has no numbers with a fraction: write `decimal(\"50.0\")`, and compare with `.greaterThan(…)`".to_owned())
}

/// The entity types every schema has.
const TYPES: [&str; 9] = ["User", "Service", "Schedule", "AgentUser", "Agent", "Blueprint", "Group", "System", "Tool"];

/// The members of `context`.
const CONTEXT: [&str; 10] = ["origin", "chain", "tool", "system", "approvals", "holds", "now", "host", "intent", "input"];

/// Whether the text has a number with a fraction outside of strings.
fn has_fraction(text: &str) -> bool {
    text.split('"').step_by(2).any(|code| {
        code.as_bytes().windows(3).any(|three| matches!(three, [before, b'.', after] if before.is_ascii_digit() && after.is_ascii_digit()))
    })
}

/// Cedar wraps several parse errors into one that only says "several errors"; the first related is the cause.
fn deepest(finding: &dyn Diagnostic) -> &dyn Diagnostic {
    if offset(finding).is_some() {
        return finding;
    }
    let related = finding.related().and_then(|mut related| related.next());
    related.filter(|related| offset(*related).is_some()).unwrap_or(finding)
}

fn offset(finding: &dyn Diagnostic) -> Option<usize> {
    finding.labels()?.next().map(|label| label.offset())
}

pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

fn render(report: &mut String, file: &str, text: &str, finding: &dyn Diagnostic, help: Option<String>) {
    /// A finding whose source is the file it came from: Cedar's own copy has no name.
    #[derive(Debug)]
    struct InFile {
        message: String,
        help: Option<String>,
        labels: Vec<miette::LabeledSpan>,
    }
    impl std::fmt::Display for InFile {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(&self.message)
        }
    }
    impl std::error::Error for InFile {}
    impl Diagnostic for InFile {
        fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
            self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
        }
        fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
            Some(Box::new(self.labels.iter().cloned()))
        }
    }
    let found = InFile { message: without_action(&finding.to_string()), help, labels: finding.labels().map(Iterator::collect).unwrap_or_default() };
    let found = Report::new(found).with_source_code(NamedSource::new(file, text.to_owned()));
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    if handler.render_report(report, found.as_ref()).is_err() {
        let _ = writeln!(report, "{file}: {finding}");
    }
}
