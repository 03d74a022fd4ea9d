//! Policy directories, and a host that reloads while it decides.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick::{Call, Object, Source, Value, doc};
use bailiwick_store::{Files, Host, HostTask, Parts};

const READERS: &str = r#"@id("readers") permit(principal, action in [Action::"read", Action::"delegate"], resource);"#;
const START: &str = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
                        "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;

fn directory(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

fn bot() -> tempfile::TempDir {
    directory(&[("a/readers.cedar", READERS.as_bytes()), ("tools.json", doc::CATALOG.as_bytes()), ("registry.json", doc::REGISTRY.as_bytes())])
}

fn load(dir: &Path) -> Arc<Host> {
    Arc::new(Host::from_dir(dir, None, Parts::default()).unwrap_or_else(|error| unreachable!("{}", error.report())))
}

fn begin(host: &Arc<Host>) -> HostTask {
    host.begin(START, doc::now()).unwrap()
}

fn read(task: &HostTask) -> String {
    let call = Call::new("mail.read", Value::parse(r#"{"id": "m-17"}"#).unwrap());
    task.decide(&call, &Object::new(), doc::now()).reason.code.to_string()
}

#[test]
fn a_directory_is_read_with_its_sub_directories() {
    let dir = bot();
    let files = Files::read(dir.path()).unwrap();
    assert_eq!(files.policies, [Source::new("a/readers.cedar", READERS)]);
    assert!(files.catalog.is_some() && files.registry.is_some() && files.entities.is_none());
    assert_eq!(read(&begin(&load(dir.path()))), "permitted");
}

#[test]
fn the_examples_load() {
    for name in ["bank", "office"] {
        let dir: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "examples", name].iter().collect();
        let host = load(&dir);
        assert!(host.engine().policies().len() > 3, "{name}");
        let is_to_be_known = |remark: &String| remark.contains("reads the number");
        assert_eq!(host.engine().lint().find(|remark| !is_to_be_known(remark)), None, "{name}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    for (files, code, word) in [
        (&[("x.cedar", b"permit(principal, action, resource); \xff".as_slice())][..], "file.unreadable", "x.cedar: is not UTF-8"),
        (&[("tools.json", b"{}")], "file.unreadable", "has no `*.cedar` file"),
        (&[("x.cedar", b"permit(principal"), ("tools.json", b"[]")], "policy.invalid", "x.cedar:1:"),
        (
            &[("x.cedar", b""), ("tools.json", b"{\"tools\": 3}")],
            "catalog.invalid",
            "tools.json: a list of tools, or an object with a list `tools`, is needed",
        ),
        (&[("x.cedar", b""), ("registry.json", b"{\"agents\": [")], "json.malformed", "registry.json:1:"),
        (&[("x.cedar", b""), ("entities.json", b"{\"a\": 1, \"a\": 1}")], "entities.invalid", "entities.json:1:"),
        (&[("x.cedar.json", b"{")], "policy.invalid", "x.cedar.json:1:"),
        (&[("x.cedar", b""), ("x.cedarschema", b"entity")], "schema.invalid", "x.cedarschema:1:"),
    ] {
        let dir = directory(files);
        let error = Host::from_dir(dir.path(), None, Parts::default()).expect_err(word);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    let missing = Host::from_dir(Path::new("no/such/directory"), None, Parts::default()).unwrap_err();
    assert_eq!(missing.code(), "file.unreadable");
}

#[test]
fn what_is_said_in_the_call_outranks_the_files() {
    let dir = bot();
    let nobody = Some(Source::new("registry", r#"{"agents": []}"#));
    let host = Arc::new(Host::from_dir(dir.path(), None, Parts { registry: nobody, ..Parts::default() }).unwrap());
    assert_eq!(read(&begin(&host)), "registry.unknown");
}

#[test]
fn a_reload_is_all_or_nothing() {
    let dir = bot();
    let host = load(dir.path());
    let task = begin(&host);
    fs::write(dir.path().join("a/readers.cedar"), "forbid(principal, action, resource);").unwrap();
    fs::write(dir.path().join("registry.json"), "{").unwrap();
    assert_eq!(host.reload_dir(dir.path()).unwrap_err().code(), "json.malformed");
    assert_eq!(read(&task), "permitted", "the policies did not change either");
    fs::write(dir.path().join("registry.json"), doc::REGISTRY).unwrap();
    host.reload_dir(dir.path()).unwrap();
    assert_eq!(read(&task), "policy.forbidden");
}

#[test]
fn every_decision_is_logged() {
    let dir = bot();
    let host = load(dir.path());
    let task = begin(&host);
    let child = task
        .delegate(r#"{"agent": {"issuer": "https://agents.example", "subject": "research-bot"}, "grant": {"actions": ["read"]}}"#, doc::now())
        .unwrap();
    let _ = (read(&task), read(&child));
    let _ = host.decide_json("{", None, doc::now());
    let _ = host.decide_malformed("a function", doc::now());
    let _ = task.decide(&Call::malformed("mail.read", "a cycle"), &Object::new(), doc::now());
    let log = host.log();
    assert_eq!(log.head().size, 5);
    log.verify(&log.head()).unwrap();
    let codes: Vec<String> = log
        .entries()
        .map(|entry| serde_json::from_slice::<serde_json::Value>(entry).unwrap()["reason"]["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes, ["permitted", "permitted", "request.malformed", "request.malformed", "call.malformed"]);
}

#[test]
fn two_hosts_do_not_take_each_others_chains_unless_they_share_a_key() {
    let dir = bot();
    let host = |seal_key| Arc::new(Host::from_dir(dir.path(), None, Parts { seal_key, ..Parts::default() }).unwrap());
    let chain = begin(&host(None)).chain().to_json();
    assert_eq!(host(None).resume(&chain, doc::now()).unwrap_err().code(), "chain.seal");
    let chain = begin(&host(Some([1; 32]))).chain().to_json();
    assert_eq!(read(&host(Some([1; 32])).resume(&chain, doc::now()).unwrap()), "permitted");
}

#[test]
fn each_file_of_tools_is_a_server() {
    let listed =
        |name: &str| format!(r#"{{"tools": [{{"name": "{name}", "inputSchema": {{"type": "object"}}, "annotations": {{"readOnlyHint": true}}}}]}}"#);
    let prefixed = format!(r#"{{"prefix": "gitlab__", "trust": "trusted", "system": "code", "tools": {}}}"#, listed("search"));
    let dir = directory(&[
        ("all.cedar", b"permit(principal, action, resource);"),
        ("tools.json", doc::CATALOG.as_bytes()),
        ("tools/github.json", listed("search").as_bytes()),
        ("gitlab/tools.json", prefixed.as_bytes()),
        ("gitlab/other.json", b"not read"),
    ]);
    let host = load(dir.path());
    let catalog = host.engine().catalog();
    let tool = |name: &str| catalog.tool(name).map(|tool| (tool.server(), tool.system(), tool.effects().is_empty()));
    assert_eq!(tool("search"), Some((Some("github"), "github", true)));
    assert_eq!(tool("gitlab__search"), Some((Some("gitlab"), "code", false)));
    assert_eq!(tool("mail.read"), Some((None, "mail", false)));

    // A catalog given by path takes the place of them all.
    let path = dir.path().join("tools/github.json");
    let host = Host::from_dir(dir.path(), Some(&path), Parts::default()).unwrap();
    assert_eq!(host.engine().catalog().tools().count(), 1);

    for (name, text, word) in [
        ("github/tools.json", listed("find"), "duplicate server `github`, in github/tools.json and tools/github.json"),
        (
            "tools/bitbucket.json",
            listed("search"),
            "tool `search` is in both server `bitbucket` and server `github`: give one of the servers a `prefix`",
        ),
        (
            "tools/bitbucket.json",
            r#"{"trust": "yes", "tools": []}"#.to_owned(),
            "tools/bitbucket.json: trust: must be `trusted` or `untrusted`, not `yes`",
        ),
        ("tools/bitbucket.json", r#"{"trust": "trusted"}"#.to_owned(), "tools/bitbucket.json: `tools` is missing"),
        ("tools/bitbucket.json", "[".to_owned(), "tools/bitbucket.json:1:"),
    ] {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        let error = Host::from_dir(dir.path(), None, Parts::default()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        fs::remove_file(file).unwrap();
    }
}
