//! A policy directory.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick::{Error, ErrorKind, Source};

/// Largest file read, in bytes: the largest document the core accepts.
const FILE_BYTES_MAX: u64 = bailiwick::TEXT_BYTES_MAX as u64;

/// The texts in a policy directory:
///
/// | file | what |
/// |---|---|
/// | `*.cedar` | policies |
/// | `*.cedar.json` | policies in Cedar's JSON policy-set format, templates and links included |
/// | `*.cedarschema` | the host's own schema |
/// | `tools.json` | the catalog: in any of the three formats, or a list of servers |
/// | `tools/NAME.json`, `NAME/tools.json` | more tools: those of the server `NAME` |
/// | `annotations.json` | says of tools what they do; beside `NAME/tools.json` of those of that server, elsewhere of all |
/// | `registry.json` | the agents |
/// | `entities.json` | the host's resources, in Cedar's JSON entity format |
/// | `trust.json` | whom chains from elsewhere are believed from |
/// | `revocations.json` | what was taken back |
///
/// Sub-directories are read too; other files are not, and are listed in [`Files::unread`]. Sources are named by their path from the directory.
///
/// The tools of a server belong to the system of its name, and keep their names. A server whose tools need a prefix, or
/// that is trusted, has the file `{"prefix": "github__", "trust": "trusted", "tools": …}`, with `name` and `system` where
/// they differ from the file's name; see [`bailiwick::Server::read_file`].
///
/// Annotations name tools as calls do, with the prefix of their server.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// std::fs::write(dir.path().join("all.cedar"), "permit(principal, action, resource);")?;
/// let files = bailiwick_store::Files::read(dir.path())?;
/// assert_eq!(files.policies[0].name, "all.cedar");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Files {
    /// `*.cedar` and `*.cedar.json`, sorted by name.
    pub policies: Vec<Source>,
    /// `*.cedarschema`, sorted by name.
    pub schema: Vec<Source>,
    /// `tools.json`
    pub catalog: Option<Source>,
    /// `tools/NAME.json` and `NAME/tools.json`, sorted by name; a server each.
    pub servers: Vec<Source>,
    /// `annotations.json` of the directory, of `tools`, and beside each `NAME/tools.json`; sorted by name.
    pub annotations: Vec<Source>,
    /// `registry.json`
    pub registry: Option<Source>,
    /// `entities.json`
    pub entities: Option<Source>,
    /// `trust.json`
    pub trust: Option<Source>,
    /// `revocations.json`
    pub revocations: Option<Source>,
    /// The names of all other files, sorted: a misspelt `registery.json` is among them.
    pub unread: Vec<String>,
}

impl Files {
    /// Reads a directory.
    ///
    /// ```
    /// let error = bailiwick_store::Files::read(std::path::Path::new("no/such/directory")).unwrap_err();
    /// assert_eq!(error.code(), "file.unreadable");
    /// ```
    ///
    /// # Errors
    /// `file.unreadable` with the path: not there, not readable, not UTF-8, or too large. A directory without any
    /// policy is an error too: it is almost always the wrong directory.
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "the documented names, byte for byte")]
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let mut paths = Vec::new();
        walk(dir, &mut paths)?;
        paths.sort();
        let mut files = Self::default();
        for path in paths {
            let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let slot = match name.as_str() {
                "tools.json" => &mut files.catalog,
                "registry.json" => &mut files.registry,
                "entities.json" => &mut files.entities,
                "trust.json" => &mut files.trust,
                "revocations.json" => &mut files.revocations,
                annotations if file_name(annotations) == ANNOTATIONS => {
                    files.annotations.push(Source::new(&name, read(&path)?));
                    continue;
                }
                server if server_of(server).is_some() => {
                    files.servers.push(Source::new(&name, read(&path)?));
                    continue;
                }
                policy if policy.ends_with(".cedar") || policy.ends_with(".cedar.json") => {
                    files.policies.push(Source::new(&name, read(&path)?));
                    continue;
                }
                schema if schema.ends_with(".cedarschema") => {
                    files.schema.push(Source::new(&name, read(&path)?));
                    continue;
                }
                _ => {
                    files.unread.push(name);
                    continue;
                }
            };
            *slot = Some(Source::new(&name, read(&path)?));
        }
        let (read, unread) = std::mem::take(&mut files.annotations).into_iter().partition(|source| files.has_tools_for(&source.name));
        files.annotations = read;
        files.unread.extend(unread.into_iter().map(|source: Source| source.name));
        files.unread.sort();
        if files.policies.is_empty() {
            return Err(unreadable(dir, "has no `*.cedar` file"));
        }
        Ok(files)
    }
}

impl Files {
    /// Whether there are tools for annotations of this name to say something of.
    fn has_tools_for(&self, annotations: &str) -> bool {
        match annotations.rsplit_once('/') {
            // Tools may also be given beside the directory.
            None => true,
            Some(("tools", _)) => self.servers.iter().any(|server| server.name.starts_with("tools/")),
            Some(_) => self.servers.iter().any(|server| are_of(annotations, &server.name)),
        }
    }
}

/// What files of annotations are called.
pub(crate) const ANNOTATIONS: &str = "annotations.json";

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether these annotations are beside the `NAME/tools.json` of this server, and say of its tools only.
pub(crate) fn are_of(annotations: &str, server: &str) -> bool {
    let (Some((beside, _)), Some((dir, file))) = (annotations.rsplit_once('/'), server.rsplit_once('/')) else { return false };
    file == "tools.json" && dir != "tools" && beside == dir
}

/// The server whose tools a file of this name has.
pub(crate) fn server_of(file: &str) -> Option<&str> {
    let (dir, name) = file.rsplit_once('/')?;
    match name {
        _ if dir == "tools" => name.strip_suffix(".json"),
        "tools.json" => dir.rsplit('/').next(),
        _ => None,
    }
}

/// The text of one file.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    let size = fs::metadata(path).map_err(|error| unreadable(path, &error.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(unreadable(path, &format!("is {size} bytes, more than {FILE_BYTES_MAX}")));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| unreadable(path, &format!("is not UTF-8: {}", error.utf8_error())))
}

fn walk(dir: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Error> {
    let entries = fs::read_dir(dir).map_err(|error| unreadable(dir, &error.to_string()))?;
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(dir, &error.to_string()))?;
        let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), &error.to_string()))?;
        // A linked directory is not followed: it may lead anywhere, or round in a circle.
        if kind.is_dir() { walk(&entry.path(), paths)? } else { paths.push(entry.path()) }
    }
    Ok(())
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::File, format!("{}: {why}", path.display()))
}
