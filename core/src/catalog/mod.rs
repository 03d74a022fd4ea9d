//! The tools: what they are called, what they take, what they do to the world.

mod bare;
pub(crate) mod call;
mod foreign;
pub(crate) mod presenter;
mod read;
pub(crate) mod schema;
mod servers;
pub(crate) mod shape;
mod unread;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::catalog::call::{Call, ToolEffect};
use crate::error::Error;
use crate::json::{Object, Value};
use crate::reason::{Code, Reason};
use schema::Checks;
use schema::rules::Steps;
pub use servers::Server;
use shape::{Fields, Members, Misfit, MisfitKind, Shape, Typed, Unseen};

/// Largest arguments of one call, in bytes of canonical text: a tool that writes files takes whole files.
///
/// ```
/// assert_eq!(bailiwick::ARGUMENTS_BYTES_MAX, 1_048_576);
/// ```
pub const ARGUMENTS_BYTES_MAX: usize = 1 << 20;

/// The Cedar action by which one participant hands work to another.
pub(crate) const DELEGATE: &str = "delegate";

/// The action group of tools nobody has said the effect of.
pub(crate) const UNCLASSIFIED: &str = "unclassified";

/// How much harm a tool can do.
///
/// ```
/// use bailiwick::{Catalog, Tier, doc};
/// assert_eq!(Catalog::from_json(doc::CATALOG)?.tool("erp.pay").unwrap().tier(), Tier::High);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "policies compare these names")]
pub enum Tier {
    /// Nothing worth a question.
    Low,
    /// The default of a tool whose effects are known.
    Medium,
    /// The default of a tool whose effects are not.
    High,
    /// Irreversible and costly.
    Critical,
}

impl Tier {
    fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a parameter is for.
///
/// ```
/// use bailiwick::{Catalog, Role, doc};
/// assert_eq!(Catalog::from_json(doc::CATALOG)?.tool("erp.pay").unwrap().role("iban"), Some(Role::Destination));
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Where something goes: a recipient, an account, a channel.
    Destination,
    /// What is acted on.
    Resource,
    /// How much.
    Amount,
    /// When.
    Date,
    /// A secret.
    Credential,
    /// A file path.
    Path,
    /// A web address.
    Url,
    /// A host name.
    Host,
    /// A search.
    Query,
    /// A program to run.
    Command,
    /// Free text.
    Content,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Destination => "destination",
            Self::Resource => "resource",
            Self::Amount => "amount",
            Self::Date => "date",
            Self::Credential => "credential",
            Self::Path => "path",
            Self::Url => "url",
            Self::Host => "host",
            Self::Query => "query",
            Self::Command => "command",
            Self::Content => "content",
        }
    }
}

/// Whose words a tool's output may carry.
///
/// ```
/// assert_eq!(bailiwick::OutputTrust::default(), bailiwick::OutputTrust::OpenWorld);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "first party, strangers, or both: there is no fourth")]
pub enum OutputTrust {
    /// Only the operator's own records.
    FirstParty,
    /// The operator's records with text strangers wrote in them.
    Mixed,
    /// Whatever the world holds; the default.
    #[default]
    OpenWorld,
}

/// One tool.
///
/// ```
/// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
/// let tool = catalog.tool("erp.pay").unwrap();
/// assert_eq!((tool.system(), tool.parameters().collect::<Vec<_>>()), ("erp", vec!["iban", "amount"]));
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) system: String,
    pub(crate) effects: BTreeSet<ToolEffect>,
    pub(crate) tier: Tier,
    pub(crate) roles: IndexMap<String, Role>,
    pub(crate) output: OutputTrust,
    /// Somebody has said so.
    pub(crate) output_declared: bool,
    /// The server's own hints say that it changes something. Whoever it is: a hint may raise the risk.
    pub(crate) hinted_to_change: bool,
    pub(crate) resource: Option<ResourceOf>,
    pub(crate) fields: Fields,
    /// What else of the schema a call must satisfy.
    pub(crate) checks: Checks,
    /// Keywords of the schema that are not enforced, sorted.
    pub(crate) unenforced: Vec<&'static str>,
    /// A `oneOf` of the schema has alternatives that one value may fit at once.
    pub(crate) overlaps: bool,
    /// Why no call of it can be decided.
    pub(crate) unusable: Option<String>,
    /// What the schema says of its parameters in words.
    pub(crate) prose: IndexMap<String, Prose>,
    /// The server it comes from, where a catalog has several.
    server: Option<Arc<str>>,
    /// Bytes of the name that tell its server.
    prefix_length: usize,
    /// Made of the name, effects and system when the tool joins a catalog.
    action: String,
    groups: Vec<String>,
}

/// What a schema says of a parameter in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prose {
    pub description: String,
    pub format: Option<String>,
}

/// Which of the host's own resources a call acts on: an entity type, and the argument that names the entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a resource")]
pub(crate) struct ResourceOf {
    #[serde(rename = "type")]
    pub kind: String,
    pub argument: String,
}

impl Tool {
    /// The tool's name.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// let tool = catalog.tool("erp.pay").unwrap();
    /// assert_eq!(tool.name(), "erp.pay");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says of itself.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// let tool = catalog.tool("erp.pay").unwrap();
    /// assert_eq!(tool.description(), "");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The system it belongs to.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// let tool = catalog.tool("erp.pay").unwrap();
    /// assert_eq!(tool.system(), "erp");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn system(&self) -> &str {
        &self.system
    }

    /// What it does; empty when nobody has said.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// let tool = catalog.tool("erp.pay").unwrap();
    /// assert!(tool.effects().contains(&bailiwick::ToolEffect::Pay));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn effects(&self) -> &BTreeSet<ToolEffect> {
        &self.effects
    }

    /// How much harm it can do.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// let tool = catalog.tool("erp.pay").unwrap();
    /// assert_eq!(tool.tier(), bailiwick::Tier::High);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// What the parameter `name` is for, when somebody has said.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// let tool = catalog.tool("erp.pay").unwrap();
    /// assert_eq!(tool.role("amount"), Some(bailiwick::Role::Amount));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Role> {
        self.roles.get(name).copied()
    }

    /// Whose words its output may carry.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// let tool = catalog.tool("erp.pay").unwrap();
    /// assert_eq!(tool.output(), bailiwick::OutputTrust::OpenWorld);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn output(&self) -> OutputTrust {
        self.output
    }

    /// The names of its parameters, in the order its schema lists them.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// let tool = catalog.tool("erp.pay").unwrap();
    /// assert_eq!(tool.parameters().collect::<Vec<_>>(), ["iban", "amount"]);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// Whether policies see the parameter `name` only as text: no single type of Cedar fits what its schema allows.
    ///
    /// ```
    /// let list = r#"[{"name": "post", "parameters": {"type": "object", "properties": {"to": {"type": ["string", "integer"]}, "text": {"type": "string"}}}}]"#;
    /// let catalog = bailiwick::Catalog::from_functions("mail", list)?;
    /// let tool = catalog.tool("post").unwrap();
    /// assert!(tool.is_free_form("to") && !tool.is_free_form("text") && !tool.is_free_form("from"));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn is_free_form(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|field| matches!(field.shape, Shape::Json { .. }))
    }

    /// The Cedar action: the tool's name, or `system.name` where the name alone is one of the engine's own.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_functions("fs", r#"[{"name": "read"}]"#)?;
    /// assert_eq!(catalog.tool("read").unwrap().action(), "fs.read");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The server it comes from, where the catalog was read from several.
    ///
    /// ```
    /// let catalog = bailiwick::Server::new("files").read(r#"[{"name": "look"}]"#)?;
    /// assert_eq!(catalog.tool("look").unwrap().server(), Some("files"));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// What its server calls it: the name without the prefix.
    pub(crate) fn own_name(&self) -> &str {
        self.name.get(self.prefix_length..).unwrap_or(&self.name)
    }

    /// The server and, for a person, its name.
    fn place(&self) -> String {
        match &self.server {
            Some(server) => format!("server `{server}`"),
            None => format!("system `{}`", self.system),
        }
    }

    /// Why every call of the tool is denied, with `call.tool_unusable`: its schema or its entry in the catalog cannot be read.
    /// Other tools of the catalog are not affected.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_functions("web", r#"[{"name": "look"}, {"type": "web_search"}]"#)?;
    /// assert!(catalog.tool("look").unwrap().unusable().is_none());
    /// assert!(catalog.tool("web_search").unwrap().unusable().unwrap().contains("built-in tool"));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn unusable(&self) -> Option<&str> {
        self.unusable.as_deref()
    }

    pub(crate) fn prose(&self, parameter: &str) -> Option<&Prose> {
        self.prose.get(parameter)
    }

    /// The action groups the tool is in: its effects (or `unclassified`), and its system's.
    pub(crate) fn groups(&self) -> &[String] {
        &self.groups
    }

    fn clashes_with(&self, other: &Self) -> Error {
        let message = if self.server == other.server && self.system == other.system {
            format!("duplicate tool `{}` of {}: remove one, or rename it", self.name, self.place())
        } else {
            format!("tool `{}` is in both {} and {}: give one of the servers a `prefix`", self.name, other.place(), self.place())
        };
        Error::new(crate::ErrorKind::Catalog, message)
    }

    /// The arguments, typed; or why they are not what the schema asks for.
    fn check_arguments<'c>(&'c self, members: &'c Object) -> Result<(Members<'c>, Unseen<'c>), Misfit> {
        let found = shape::check_arguments(&self.fields, members)?;
        let Checks { rules, arguments, whole } = &self.checks;
        if arguments.is_empty() && whole.is_none() {
            return Ok(found);
        }
        let present;
        let members = if found.1.nulls.is_empty() {
            members
        } else {
            present = shape::present(&self.fields, members);
            &present
        };
        let mut steps = Steps::new();
        for (name, node) in arguments {
            let is_required = self.fields.get(name).is_some_and(|field| field.required);
            match members.get(name) {
                // Absent; an optional argument may be `null` instead.
                None => {}
                Some(Value::Null) if !is_required => {}
                Some(value) => rules.check(*node, value, &mut steps).map_err(|misfit| misfit.within(name))?,
            }
        }
        if let Some(node) = whole {
            rules.check_members(*node, members, &mut steps)?;
        }
        Ok(found)
    }

    fn named(mut self) -> Self {
        self.action = if is_reserved(&self.name) { format!("{}.{}", self.system, self.name) } else { self.name.clone() };
        self.groups = self.effects.iter().map(|effect| effect.as_str().to_owned()).collect();
        if self.groups.is_empty() {
            self.groups.push(UNCLASSIFIED.to_owned());
        }
        self.groups.push(system_group(&self.system));
        self
    }

    pub(crate) fn tier_name(&self) -> &'static str {
        self.tier.as_str()
    }

    /// Whether the tool only reads, as far as anybody has said.
    pub(crate) fn only_reads(&self) -> bool {
        !self.effects.is_empty() && self.effects.iter().all(|effect| *effect == ToolEffect::Read)
    }
}

/// The Cedar action group of a system's tools.
pub(crate) fn system_group(system: &str) -> String {
    format!("system:{system}")
}

fn is_reserved(name: &str) -> bool {
    name == DELEGATE || name == UNCLASSIFIED || name.starts_with("system:") || ToolEffect::ALL.iter().any(|effect| effect.as_str() == name)
}

/// The tools an engine knows, and the systems they belong to.
///
/// ```
/// use bailiwick::{Catalog, Trust};
/// let listed = r#"{"tools": [{"name": "search", "inputSchema": {"type": "object",
///     "properties": {"query": {"type": "string"}}, "required": ["query"]},
///     "annotations": {"readOnlyHint": true}}]}"#;
/// let catalog = Catalog::from_mcp("web", listed, Trust::Trusted)?;
/// assert!(catalog.tool("search").unwrap().effects().contains(&bailiwick::ToolEffect::Read));
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    tools: IndexMap<String, Tool, hashbrown::DefaultHashBuilder>,
    /// The tool of each action.
    actions: HashMap<String, String>,
    systems: IndexMap<String, System>,
    /// What stands in the lists of tools and nothing reads.
    unread: Vec<String>,
}

/// A target system; a member of other systems (`"mail"` of `"production"`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a system")]
pub(crate) struct System {
    #[serde(default, rename = "in")]
    pub parents: BTreeSet<String>,
}

/// Whether the server that described its own tools is believed when it says they are harmless.
///
/// ```
/// use bailiwick::{Catalog, Trust};
/// let listed = r#"[{"name": "look", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]"#;
/// assert!(Catalog::from_mcp("web", listed, Trust::Untrusted)?.tool("look").unwrap().effects().is_empty());
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "believed or not")]
pub enum Trust {
    /// Hints may lower what we assume of a tool.
    Trusted,
    /// Hints may only raise it.
    Untrusted,
}

impl Catalog {
    /// Reads our own annotated format; see `testdata/README.md` for its members.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// assert_eq!(catalog.tools().count(), 2);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`, or `catalog.invalid` naming the tool and what is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        read::annotated(text)
    }

    /// Reads the answer of an MCP server to `tools/list`, as tools of `system`.
    ///
    /// MCP's `annotations` become effects only if the server is trusted; from an untrusted one they can raise
    /// the tier, and the tools stay `unclassified` until [`Catalog::annotate`] says what they do.
    ///
    /// ```
    /// use bailiwick::{Catalog, Trust};
    /// let listed = r#"{"tools": [{"name": "look", "inputSchema": {"type": "object"}}]}"#;
    /// assert_eq!(Catalog::from_mcp("web", listed, Trust::Untrusted)?.tool("look").unwrap().system(), "web");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Catalog::from_json`].
    pub fn from_mcp(system: &str, text: &str, trust: Trust) -> Result<Self, Error> {
        read::mcp(system, text, trust)
    }

    /// Reads `OpenAI`'s function format (a list of `{"type": "function", "function": {…}}`, or of bare
    /// `{"name", "description", "parameters"}`), as tools of `system`.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_functions("web", r#"[{"name": "look", "parameters": {"type": "object", "properties": {}}}]"#)?;
    /// assert!(catalog.tool("look").unwrap().effects().is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Catalog::from_json`].
    pub fn from_functions(system: &str, text: &str) -> Result<Self, Error> {
        read::functions(system, text)
    }

    /// Reads any of the three formats, told apart by their members; tools of the latter two belong to `system`. Also
    /// reads a list of servers, each an object of [`Server`]'s members `name`, `prefix`, `system` and `trust` with its
    /// `tools` in any of the three formats.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_any("tools", r#"[
    ///     {"name": "github", "prefix": "github__", "tools": [{"name": "search", "inputSchema": {"type": "object"}}]},
    ///     {"name": "gitlab", "prefix": "gitlab__", "tools": {"tools": [{"name": "search", "inputSchema": {"type": "object"}}]}}
    /// ]"#)?;
    /// assert_eq!(catalog.tool("gitlab__search").unwrap().system(), "gitlab");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// ```
    /// assert!(bailiwick::Catalog::from_any("tools", bailiwick::doc::CATALOG)?.tool("erp.pay").is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Catalog::from_json`].
    pub fn from_any(system: &str, text: &str) -> Result<Self, Error> {
        servers::any(system, text)
    }

    /// Says of tools already here what they do: our own format, without `parameters`.
    ///
    /// ```
    /// use bailiwick::{Catalog, ToolEffect};
    /// let catalog = Catalog::from_functions("web", r#"[{"name": "look"}]"#)?;
    /// let catalog = catalog.annotate(r#"{"tools": [{"name": "look", "effects": ["read"]}]}"#)?;
    /// assert!(catalog.tool("look").unwrap().effects().contains(&ToolEffect::Read));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Catalog::from_json`]; also when a tool is not in the catalog.
    pub fn annotate(self, text: &str) -> Result<Self, Error> {
        read::annotate(self, text)
    }

    /// Both catalogs as one.
    ///
    /// ```
    /// use bailiwick::{Catalog, doc};
    /// let both = Catalog::from_json(doc::CATALOG)?.merge(Catalog::from_functions("web", r#"[{"name": "look"}]"#)?)?;
    /// assert_eq!(both.tools().count(), 3);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `catalog.invalid` when both have a tool or an action of the same name.
    pub fn merge(mut self, other: Self) -> Result<Self, Error> {
        for (name, system) in other.systems {
            self.systems.entry(name).or_default().parents.extend(system.parents);
        }
        for tool in other.tools.into_values() {
            self.add(tool)?;
        }
        self.unread.extend(other.unread);
        Ok(self)
    }

    /// The same catalog, its warnings prefixed with this file's name.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, Registry, SealKey};
    /// let listed = r#"{"tools": [{"name": "look", "inputSchema": {}}], "annotations": {"tools": []}}"#;
    /// let catalog = Catalog::from_any("web", listed)?.in_file("tools.json");
    /// let engine = Engine::builder(SealKey::new([7; 32])).catalog(catalog).build()?;
    /// let warnings = engine.warnings(&Registry::empty());
    /// assert!(warnings[0].message.starts_with("tools.json: nothing reads `annotations` beside `tools`"));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        self.unread.iter_mut().for_each(|message| message.insert_str(0, &format!("{file}: ")));
        self
    }

    /// What stands in the lists of tools and nothing reads.
    pub(crate) fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The tool called `name`.
    ///
    /// ```
    /// assert!(bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?.tool("ERP.pay").is_none());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.get(name)
    }

    /// All tools, in the order they were read.
    ///
    /// ```
    /// let catalog = bailiwick::Catalog::from_json(bailiwick::doc::CATALOG)?;
    /// assert_eq!(catalog.tools().map(|tool| tool.name()).collect::<Vec<_>>(), ["mail.read", "erp.pay"]);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn tools(&self) -> impl Iterator<Item = &Tool> {
        self.tools.values()
    }

    pub(crate) fn systems(&self) -> impl Iterator<Item = (&str, &System)> {
        self.systems.iter().map(|(name, system)| (name.as_str(), system))
    }

    pub(crate) fn tool_of_action(&self, action: &str) -> Option<&Tool> {
        self.tools.get(self.actions.get(action)?)
    }

    /// The concrete actions a name in a grant stands for: a tool's action, or every action of a group.
    pub(crate) fn actions_of(&self, name: &str) -> BTreeSet<String> {
        let named = |tool: &&Tool| tool.action() == name || tool.groups().iter().any(|group| group == name);
        self.tools.values().filter(named).map(|tool| tool.action.clone()).collect()
    }

    /// Checks a call against its tool's schema.
    pub(crate) fn check<'c>(&'c self, call: &'c Call) -> Result<CheckedCall<'c>, Reason> {
        if let Some(why) = &call.malformed {
            return Err(Reason::new(Code::CallMalformed).because(why));
        }
        let Value::Object(members) = &call.arguments else {
            return Err(Reason::new(Code::CallMalformed).because("arguments must be an object"));
        };
        let tool = self.tool(&call.tool).ok_or_else(|| Reason::new(Code::CallToolUnknown).because(format!("`{}`", call.tool)))?;
        if let Some(why) = &tool.unusable {
            return Err(Reason::new(Code::CallToolUnusable).because(why));
        }
        let (arguments, unseen) = tool.check_arguments(members).map_err(|misfit| {
            let code = match misfit.kind {
                MisfitKind::Missing => Code::CallArgumentMissing,
                MisfitKind::Unknown => Code::CallArgumentUnknown,
                MisfitKind::Invalid => Code::CallArgumentInvalid,
            };
            Reason::new(code).because(misfit.to_string())
        })?;
        let resource = match &tool.resource {
            None => None,
            Some(resource) => Some((resource.kind.as_str(), resource_id(&arguments, &resource.argument)?)),
        };
        Ok(CheckedCall { tool, members, arguments, unseen, resource })
    }

    fn remove(&mut self, name: &str) -> Option<Tool> {
        let tool = self.tools.shift_remove(name)?;
        self.actions.remove(tool.action());
        Some(tool)
    }

    fn add(&mut self, tool: Tool) -> Result<(), Error> {
        let tool = tool.named();
        if let Some(other) = self.tools.get(&tool.name) {
            return Err(tool.clashes_with(other));
        }
        if let Some(other) = self.actions.insert(tool.action.clone(), tool.name.clone()) {
            let other = self.tools.get(&other).map_or_else(String::new, |other| format!("`{}` ({}) and ", other.name, other.place()));
            let message = format!(
                "tools {other}`{}` ({}) are both the action `{}`: rename one, or give its server a `prefix`",
                tool.name,
                tool.place(),
                tool.action()
            );
            return Err(Error::new(crate::ErrorKind::Catalog, message));
        }
        self.systems.entry(tool.system.clone()).or_default();
        self.tools.insert(tool.name.clone(), tool);
        Ok(())
    }
}

/// A call that fits its tool's schema.
#[derive(Debug)]
pub(crate) struct CheckedCall<'c> {
    pub tool: &'c Tool,
    /// The arguments as the host gave them.
    pub members: &'c Object,
    /// The arguments as Cedar sees them.
    pub arguments: Members<'c>,
    /// What of them Cedar cannot see.
    pub unseen: Unseen<'c>,
    /// The host's own resource, where the tool names one: entity type and id.
    pub resource: Option<(&'c str, Cow<'c, str>)>,
}

fn resource_id<'c>(arguments: &Members<'c>, argument: &str) -> Result<Cow<'c, str>, Reason> {
    match arguments.get(argument) {
        Some(Typed::String(id)) => Ok(Cow::Borrowed(id)),
        Some(Typed::Long(id)) => Ok(Cow::Owned(id.to_string())),
        _ => Err(Reason::new(Code::CallArgumentMissing).because(format!("`{argument}` names the resource"))),
    }
}

impl ResourceOf {
    fn fits(&self, fields: &Fields) -> Result<(), String> {
        let field = fields.get(&self.argument).ok_or_else(|| format!("resource argument `{}` is not a parameter", self.argument))?;
        match field.shape {
            Shape::String { .. } | Shape::Long { .. } => Ok(()),
            _ => Err(format!("resource argument `{}` must be a string or an integer", self.argument)),
        }
    }
}
