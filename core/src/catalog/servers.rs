//! Several servers: each with a name, a prefix for the names of its tools, a system, and how far it is trusted.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Catalog, Trust, read, unread};
use crate::error::{Error, ErrorKind};
use crate::json::{Object, Value};

/// The members of a server's entry in a list.
const MEMBERS: [&str; 5] = ["name", "prefix", "system", "trust", "tools"];

/// Members that a tool has and a server has not.
const OF_TOOLS: [&str; 5] = ["inputSchema", "input_schema", "parameters", "function", "type"];

/// One of several servers: what its tools are called, which system they belong to, and whether its hints are believed.
///
/// ```
/// use bailiwick::{Engine, SealKey, Server, Trust};
/// let listed = r#"{"tools": [{"name": "search", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]}"#;
/// let github = Server::new("github").prefix("github__").trust(Trust::Trusted).read(listed)?;
/// let gitlab = Server::new("gitlab").prefix("gitlab__").read(listed)?;
/// let engine = Engine::builder(SealKey::new([7; 32])).catalog(github).catalog(gitlab).build()?;
/// assert!(!engine.catalog().tool("github__search").unwrap().effects().is_empty());
/// assert!(engine.catalog().tool("gitlab__search").unwrap().effects().is_empty()); // untrusted
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Server {
    name: Arc<str>,
    prefix: String,
    system: String,
    trust: Trust,
}

impl Server {
    /// A server that is not trusted. Its tools keep their names and belong to the system of the server's name.
    ///
    /// ```
    /// let catalog = bailiwick::Server::new("files").read(r#"[{"name": "look"}]"#)?;
    /// assert_eq!(catalog.tool("look").unwrap().system(), "files");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), prefix: String::new(), system: name.to_owned(), trust: Trust::Untrusted }
    }

    /// A text before the name of each of its tools, as frameworks put it there: `github__`, `mcp__github__`.
    ///
    /// ```
    /// let catalog = bailiwick::Server::new("files").prefix("mcp__files__").read(r#"[{"name": "look"}]"#)?;
    /// assert!(catalog.tool("mcp__files__look").is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// The system its tools belong to.
    ///
    /// ```
    /// let catalog = bailiwick::Server::new("files").system("disk").read(r#"[{"name": "look"}]"#)?;
    /// assert_eq!(catalog.tool("look").unwrap().system(), "disk");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn system(mut self, system: &str) -> Self {
        system.clone_into(&mut self.system);
        self
    }

    /// Whether it is believed what it says of its tools.
    ///
    /// ```
    /// use bailiwick::{Server, Trust};
    /// let listed = r#"[{"name": "look", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]"#;
    /// assert!(!Server::new("files").trust(Trust::Trusted).read(listed)?.tool("look").unwrap().effects().is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Reads its tools, in any of the three formats of [`Catalog::from_any`]. What our own format says of effects,
    /// tiers, roles, outputs, resources and systems is an error, unless the server is trusted.
    ///
    /// ```
    /// let error = bailiwick::Server::new("files").read(r#"[{"name": "wipe", "system": "files", "effects": ["read"], "parameters": {}}]"#);
    /// assert!(error.unwrap_err().to_string().contains("set `trust` to `trusted`"));
    /// ```
    ///
    /// # Errors
    /// As [`Catalog::from_json`].
    pub fn read(self, text: &str) -> Result<Catalog, Error> {
        self.tools(Value::parse(text)?)
    }

    /// Reads a file of its own: its tools, or an entry of a list of servers, in which all but `tools` may be absent.
    ///
    /// ```
    /// let file = r#"{"prefix": "fs_", "trust": "trusted", "tools": [{"name": "look"}]}"#;
    /// assert!(bailiwick::Server::new("files").read_file(file)?.tool("fs_look").is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Catalog::from_json`].
    pub fn read_file(self, text: &str) -> Result<Catalog, Error> {
        match Value::parse(text)? {
            Value::Object(members) if members.contains_key("prefix") || members.contains_key("trust") => {
                let (server, tools) = Entry { place: String::new(), members }.read(Some(self))?;
                server.tools(tools).map_err(|error| error.in_file("tools"))
            }
            // The operator's own file is believed as `tools.json` is.
            document => self.tagged(any_of(&self.system, document, text)?),
        }
    }

    fn tools(self, document: Value) -> Result<Catalog, Error> {
        let catalog = read::of_server(&self.system, document, self.trust)?;
        self.tagged(catalog)
    }

    /// The tools by their whole names, and with where they come from.
    fn tagged(&self, catalog: Catalog) -> Result<Catalog, Error> {
        let mut tagged = Catalog { systems: catalog.systems, unread: catalog.unread, ..Catalog::default() };
        for mut tool in catalog.tools.into_values() {
            // A file may itself list several servers.
            if tool.server.is_none() {
                tool.name.insert_str(0, &self.prefix);
                tool.prefix_length = self.prefix.len();
                tool.server = Some(Arc::clone(&self.name));
            }
            tagged.add(tool)?;
        }
        Ok(tagged)
    }
}

/// Whether this entry of a list is a server. A tool may have any member its server has thought of, but then it also says
/// what it takes.
pub(super) fn is_server(entry: &Value) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| entry.get(name).is_some());
    has(&["tools", "prefix", "trust"]) && !has(&OF_TOOLS)
}

/// All tools of the servers in a list.
pub(super) fn read(entries: Vec<Value>) -> Result<Catalog, Error> {
    let mut names = HashMap::new();
    let mut catalog = Catalog::default();
    for (at, entry) in entries.into_iter().enumerate() {
        let place = format!("[{at}]");
        let Value::Object(members) = entry else {
            return Err(wrong(&place, "must be an object: a server with `name` and `tools`"));
        };
        let (server, tools) = Entry { place: place.clone(), members }.read(None)?;
        if let Some(first) = names.insert(Arc::clone(&server.name), at) {
            let message = format!("duplicate server `{}` (first at [{first}]): remove one, or give them different names", server.name);
            return Err(wrong(&format!("{place}.name"), &message));
        }
        let tools = server.tools(tools).map_err(|error| error.in_file(&format!("{place}.tools")))?;
        catalog = catalog.merge(tools)?;
    }
    Ok(catalog)
}

/// One server of a list, being read.
struct Entry {
    /// Where it is in the list.
    place: String,
    members: Object,
}

impl Entry {
    /// The server and its tools; a file's entry need not repeat what the file's name says.
    fn read(mut self, of_file: Option<Server>) -> Result<(Server, Value), Error> {
        if let Some(unknown) = self.members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            if unknown == "annotations" {
                return Err(wrong(&self.place, &unread::of_list(unknown)));
            }
            let message = format!("there is no member `{unknown}`; there are: {}", MEMBERS.map(|name| format!("`{name}`")).join(", "));
            return Err(wrong(&self.place, &message));
        }
        let mut server = match (self.text("name")?, of_file) {
            (Some(""), _) => return Err(wrong(&self.at("name"), "must not be empty")),
            (Some(name), _) => Server::new(name),
            (None, Some(server)) => server,
            (None, None) => return Err(wrong(&self.place, "`name` is missing: give the server a name, as in `\"name\": \"github\"`")),
        };
        if let Some(prefix) = self.text("prefix")? {
            server = server.prefix(prefix);
        }
        match self.text("system")? {
            Some("") => return Err(wrong(&self.at("system"), "must not be empty")),
            Some(system) => server = server.system(system),
            None => {}
        }
        match self.text("trust")? {
            Some("trusted") => server = server.trust(Trust::Trusted),
            None | Some("untrusted") => {}
            Some(other) => return Err(wrong(&self.at("trust"), &format!("must be `trusted` or `untrusted`, not `{other}`"))),
        }
        let tools = match self.members.shift_remove("tools") {
            Some(Value::String(text)) => Value::parse(&text).map_err(|error| error.in_file(&self.at("tools")))?,
            Some(tools @ (Value::Array(_) | Value::Object(_))) => tools,
            Some(other) => return Err(self.misfit("tools", "a list of tools, or an object with `tools`", &other)),
            None => return Err(wrong(&self.place, "`tools` is missing: give the server's answer to `tools/list`, or a list of its tools")),
        };
        Ok((server, tools))
    }

    fn text(&self, member: &str) -> Result<Option<&str>, Error> {
        match self.members.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.misfit(member, if member == "trust" { "`trusted` or `untrusted`" } else { "a string" }, other)),
        }
    }

    fn misfit(&self, member: &str, wanted: &str, given: &Value) -> Error {
        wrong(&self.at(member), &format!("must be {wanted}, not {}", given.noun()))
    }

    fn at(&self, member: &str) -> String {
        if self.place.is_empty() { member.to_owned() } else { format!("{}.{member}", self.place) }
    }
}

/// An error about one place of the list.
fn wrong(place: &str, why: &str) -> Error {
    let error = Error::new(ErrorKind::Catalog, why);
    if place.is_empty() { error } else { error.in_file(place) }
}

pub(super) fn any(system: &str, text: &str) -> Result<Catalog, Error> {
    any_of(system, Value::parse_schema(text)?, text)
}

/// The same of what was parsed.
pub(super) fn any_of(system: &str, document: Value, text: &str) -> Result<Catalog, Error> {
    let document = match document {
        Value::Array(entries) if entries.iter().any(is_server) => return read(entries),
        document => document,
    };
    match read::Format::of(&document) {
        read::Format::Mcp => read::of_mcp(system, document, Trust::Untrusted),
        read::Format::Functions => read::of_functions(system, document),
        // Read from the text again, to say line and column.
        read::Format::Annotated => read::annotated(text),
    }
}
