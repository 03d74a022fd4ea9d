//! The repository tests itself: invariants of the design that a compiler does not hold.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(dir: &Path, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let skipped = ["target", "node_modules", ".git", ".venv", "__pycache__"];
    for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap()) {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() && !skipped.contains(&name.as_str()) {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push((path.to_string_lossy().replace('\\', "/"), fs::read_to_string(&path).unwrap_or_default()));
        }
    }
    found
}

fn core() -> Vec<(String, String)> {
    files(&root().join("core/src"), ".rs")
}

/// The source without comments, so that words about a thing are not the thing.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_core_reads_no_clock_file_socket_environment_or_chance() {
    for (path, text) in core() {
        for word in [
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::io",
            "SystemTime",
            "Instant",
            "std::thread",
            "rand::",
            "getrandom",
            "static mut",
            "OnceLock",
            "thread_local!",
            "async fn",
        ] {
            assert!(!code(&text).contains(word), "{path} has `{word}`");
        }
    }
}

#[test]
fn only_policy_uses_cedar_and_only_keys_uses_signature_schemes() {
    for (path, text) in core() {
        let text = code(&text);
        assert!(path.contains("/policy/") || !text.contains("cedar_policy"), "{path} names Cedar");
        let is_keys = path.contains("/src/keys/");
        let may_hash = is_keys || path.ends_with("/digest.rs") || path.ends_with("/audit/merkle.rs");
        assert!(may_hash || !(text.contains("sha2::") || text.contains("hmac::")), "{path} hashes");
        let names_scheme = ["ed25519_dalek", "p256::", "p384::", "rsa::"].iter().any(|scheme| text.contains(scheme));
        assert!(is_keys || !names_scheme, "{path} names a signature scheme: signatures are verified in one place");
    }
}

#[test]
fn bindings_know_no_meaning() {
    let codes: Vec<_> = bailiwick::Code::all()
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !["call.malformed", "engine.oracle", "engine.internal"].contains(code))
        .collect();
    let rust = files(&root().join("bindings-python/src"), ".rs").into_iter().chain(files(&root().join("bindings-node/src"), ".rs"));
    let facades = files(&root().join("bindings-python/python"), ".py").into_iter().chain(files(&root().join("bindings-node/lib"), ".mjs"));
    for (path, text) in rust.chain(facades) {
        for code in &codes {
            let quoted = [format!("\"{code}\""), format!("'{code}'")];
            let compared =
                text.lines().any(|line| quoted.iter().any(|quoted| line.contains(quoted)) && (line.contains("==") || line.contains("if ")));
            assert!(!compared, "{path} compares the reason `{code}`");
        }
    }
}

#[test]
fn versions_are_equal() {
    let version = env!("CARGO_PKG_VERSION");
    for (file, line) in
        [("pyproject.toml", format!("version = \"{version}\"")), ("bindings-node/package.json", format!("\"version\": \"{version}\""))]
    {
        let text = fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains(&line), "{file} is not of version {version}");
    }
}

#[test]
fn every_code_is_documented_for_a_porter() {
    let text = ["testdata/README.md", "FORMATS.md"].map(|path| fs::read_to_string(root().join(path)).unwrap_or_default()).concat();
    for code in bailiwick::Code::all() {
        assert!(text.contains(&format!("`{code}`")), "neither testdata/README.md nor FORMATS.md explains `{code}`");
    }
}

#[test]
fn no_path_of_a_machine_is_committed() {
    for ending in [".rs", ".py", ".mjs", ".ts", ".md", ".toml", ".json", ".yml", "Makefile", "run", "deny.toml"] {
        for (path, text) in files(&root(), ending) {
            if path.ends_with("tests/tidy.rs") {
                continue;
            }
            for word in ["/root/", "/work/", "artifactory", "/home/"] {
                let place = text.lines().position(|line| line.contains(word));
                assert!(place.is_none(), "{path}:{} has `{word}`", place.unwrap_or_default() + 1);
            }
        }
    }
}

/// The trust documents an operator copies from the page load.
#[test]
fn trust_documents_of_the_page_load() {
    let page = fs::read_to_string(root().join("FORMATS.md")).expect("the page");
    let section = page.split("## Issuers, and how they write their tokens").nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let documents: Vec<_> = section.split("```json").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(documents.len() >= 8, "{} documents", documents.len());
    for document in documents {
        bailiwick::TrustStore::from_json(document).unwrap_or_else(|error| panic!("{error}: {document}"));
    }
}
