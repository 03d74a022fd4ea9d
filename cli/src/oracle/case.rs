//! Cedar's format of a test case, and its variants: of its integration tests, and of the corpus its fuzzers left.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bailiwick::{Answer, EntityRef, Question, Source};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A case with all its files read.
pub(super) struct Case {
    pub policies: Source,
    pub entities: String,
    pub schema: Option<Source>,
    /// Whether Cedar should be able to read the policies.
    pub should_parse: bool,
    pub requests: Vec<Asked>,
}

/// One request of a case.
pub(super) struct Asked {
    pub description: String,
    pub question: Question,
    pub expected: Expected,
}

/// What the case says the answer is, as far as it does.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Expected {
    #[serde(rename = "decision", skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Decision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<BTreeSet<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decision {
    #[serde(alias = "Allow")]
    Allow,
    #[serde(alias = "Deny")]
    Deny,
}

#[derive(Deserialize)]
struct CaseJson {
    policies: String,
    #[serde(default)]
    entities: Json,
    #[serde(default)]
    schema: Json,
    #[serde(default = "yes", rename = "shouldParse", alias = "should_parse")]
    should_parse: bool,
    requests: Vec<RequestJson>,
}

#[derive(Deserialize)]
struct RequestJson {
    #[serde(default, alias = "desc")]
    description: String,
    principal: Named,
    action: Named,
    resource: Named,
    #[serde(default)]
    context: Json,
    #[serde(default)]
    decision: Option<Decision>,
    #[serde(default, rename = "reason", alias = "reasons")]
    reasons: Option<BTreeSet<String>>,
    #[serde(default)]
    errors: Option<BTreeSet<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Plain(EntityRef),
    Escaped {
        #[serde(rename = "__entity")]
        entity: EntityRef,
    },
}

/// The case in a file; nothing, if it is JSON but no case.
pub(super) fn read(path: &Path) -> Result<Option<Case>, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let json: Json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if json.get("policies").is_none() || json.get("requests").is_none() {
        return Ok(None);
    }
    let CaseJson { policies, entities, schema, should_parse, requests } = serde_json::from_value(json).map_err(|error| error.to_string())?;
    let entities = match &entities {
        Json::Null => "[]".to_owned(),
        Json::String(named) => beside(path, named)?.text,
        inline => inline.to_string(),
    };
    let schema = match &schema {
        Json::Null => None,
        Json::String(named) if named.is_empty() => None,
        Json::String(named) => Some(beside(path, named)?),
        inline => Some(Source::new("schema.json", inline.to_string())),
    };
    let requests = requests.into_iter().enumerate().map(|(index, request)| request.asked(index)).collect();
    Ok(Some(Case { policies: beside(path, &policies)?, entities, schema, should_parse, requests }))
}

/// A file that a case names, from the nearest folder above where there is one.
fn beside(case: &Path, named: &str) -> Result<Source, String> {
    let whole = case.canonicalize().map_err(|error| error.to_string())?;
    let file = whole.ancestors().skip(1).map(|folder| folder.join(named)).find(|file| file.is_file());
    let file = file.ok_or_else(|| format!("`{named}` is neither beside it nor in a folder above"))?;
    let text = fs::read_to_string(file).map_err(|error| format!("{named}: {error}"))?;
    Ok(Source::new(named, text))
}

fn yes() -> bool {
    true
}

impl RequestJson {
    fn asked(self, index: usize) -> Asked {
        let context = if self.context.is_null() { "{}".to_owned() } else { self.context.to_string() };
        Asked {
            description: if self.description.is_empty() { format!("request {index}") } else { self.description },
            question: Question::new(self.principal.into(), self.action.into(), self.resource.into(), context),
            expected: Expected { allowed: self.decision, reasons: self.reasons, errors: self.errors },
        }
    }
}

impl From<Named> for EntityRef {
    fn from(named: Named) -> Self {
        match named {
            Named::Plain(entity) | Named::Escaped { entity } => entity,
        }
    }
}

impl Decision {
    pub(super) fn of(answer: &Answer) -> Self {
        if answer.allowed { Self::Allow } else { Self::Deny }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

impl Expected {
    pub(super) fn is_met_by(&self, answer: &Answer) -> bool {
        self.allowed.is_none_or(|decision| decision == Decision::of(answer))
            && self.reasons.as_ref().is_none_or(|reasons| *reasons == answer.reasons)
            && self.errors.as_ref().is_none_or(|errors| *errors == answer.errors)
    }
}

impl From<&Answer> for Expected {
    fn from(answer: &Answer) -> Self {
        Self { allowed: Some(Decision::of(answer)), reasons: Some(answer.reasons.clone()), errors: Some(answer.errors.clone()) }
    }
}
