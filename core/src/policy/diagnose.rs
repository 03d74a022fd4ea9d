//! Cedar's diagnostics as one error with file, line and column, and a report with the source around it.

use std::fmt::Write as _;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, NamedSource, Report};

use crate::error::{Error, ErrorKind, Location};

/// One error of all findings about a text; the first gives the message and the place.
pub(crate) fn error(kind: ErrorKind, file: &str, text: &str, findings: &[&(dyn Diagnostic + Send + Sync)]) -> Error {
    let Some(first) = findings.first() else {
        return Error::new(kind, format!("{file}: unknown error"));
    };
    let first = deepest(*first);
    let message = match first.help() {
        Some(help) => format!("{first}; {help}"),
        None => first.to_string(),
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
    for finding in findings {
        render(&mut report, file, text, deepest(*finding));
    }
    error.with_report(report)
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

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

fn render(report: &mut String, file: &str, text: &str, finding: &dyn Diagnostic) {
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
    let found = InFile {
        message: finding.to_string(),
        help: finding.help().map(|help| help.to_string()),
        labels: finding.labels().map(Iterator::collect).unwrap_or_default(),
    };
    let found = Report::new(found).with_source_code(NamedSource::new(file, text.to_owned()));
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    if handler.render_report(report, found.as_ref()).is_err() {
        let _ = writeln!(report, "{file}: {finding}");
    }
}
