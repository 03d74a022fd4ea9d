//! Several servers, as the program is told of them: a list in one file, or a file each in a directory.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

const SEARCH: &str = r#"[{"name": "search", "description": "Searches.", "inputSchema": {"type": "object", "properties": {}}}]"#;

fn bailiwick(arguments: &[&Path]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bailiwick")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_catalog_may_be_a_list_of_servers() {
    let dir = tempfile::tempdir().unwrap();
    let list = |prefix: &str| format!(r#"[{{"name": "github", "prefix": "{prefix}", "tools": {SEARCH}}}, {{"name": "gitlab", "tools": {SEARCH}}}]"#);
    write(dir.path(), "all.cedar", "permit(principal, action, resource);");
    write(dir.path(), "servers.json", &list("github__"));
    let file = dir.path().join("servers.json");
    let (code, out, err) = bailiwick(&["check".as_ref(), dir.path(), "--catalog".as_ref(), &file]);
    assert!(code == Some(0) && out.contains("2 tools load"), "{out}{err}");
    let (code, out, err) = bailiwick(&["intent".as_ref(), "Search".as_ref(), "--catalog".as_ref(), &file]);
    assert!(code == Some(0) && out.contains("github__search"), "{out}{err}");
    write(dir.path(), "servers.json", &list(""));
    let (code, _, err) = bailiwick(&["check".as_ref(), dir.path(), "--catalog".as_ref(), &file]);
    let message = "tool `search` is in both server `github` and server `gitlab`: give one of the servers a `prefix`";
    assert!(code == Some(2) && err.contains("servers.json") && err.contains(message), "{err}");
}

#[test]
fn a_directory_may_have_a_file_for_each_server() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "all.cedar", "permit(principal, action, resource);");
    write(dir.path(), "tools/github.json", &format!(r#"{{"prefix": "github__", "tools": {SEARCH}}}"#));
    write(dir.path(), "gitlab/tools.json", SEARCH);
    let (code, out, err) = bailiwick(&["schema".as_ref(), dir.path()]);
    assert!(code == Some(0) && out.contains(r#"action "github__search""#) && out.contains(r#"Action::"system:gitlab""#), "{out}{err}");
}

#[test]
fn annotations_are_beside_the_tools_they_are_of() {
    let dir = tempfile::tempdir().unwrap();
    let said = |name: &str| format!(r#"{{"tools": [{{"name": "{name}", "effects": ["read"]}}]}}"#);
    let schema = || bailiwick(&["schema".as_ref(), dir.path()]);
    let reads =
        |out: &str, tool: &str| out.lines().any(|line| line.contains(&format!(r#"action "{tool}" in"#)) && line.contains(r#"Action::"read""#));
    write(dir.path(), "all.cedar", "permit(principal, action, resource);");
    write(dir.path(), "tools/github.json", &format!(r#"{{"prefix": "github__", "tools": {SEARCH}}}"#));
    write(dir.path(), "gitlab/tools.json", SEARCH);
    let (_, out, err) = schema();
    assert!(!reads(&out, "search") && !reads(&out, "github__search"), "{out}{err}");
    write(dir.path(), "gitlab/annotations.json", &said("search"));
    write(dir.path(), "tools/annotations.json", &said("github__search"));
    let (_, out, err) = schema();
    assert!(reads(&out, "search") && reads(&out, "github__search"), "{out}{err}");
    // Of all tools, in the directory itself; also with tools given by their path.
    write(dir.path(), "annotations.json", &said("search"));
    let file = dir.path().join("gitlab/tools.json");
    let (_, out, err) = bailiwick(&["schema".as_ref(), dir.path(), "--catalog".as_ref(), &file]);
    assert!(reads(&out, "search"), "{out}{err}");
    // A server's own annotations say nothing of another server's tools.
    write(dir.path(), "gitlab/annotations.json", &said("github__search"));
    let (code, _, err) = schema();
    assert!(
        code == Some(2) && err.contains("gitlab/annotations.json: tool `github__search`: is not among the tools these annotations are for"),
        "{err}"
    );
}
