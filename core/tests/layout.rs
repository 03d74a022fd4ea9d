//! The stages of the core lie one above the other, and its files in few circles: read from the `use` items and paths of the
//! sources.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::Visit;

/// From the ground up; what is not named here is `doc`, `measure` and the root.
const STAGES: [&str; 14] =
    ["ground", "keys", "catalog", "language", "grant", "chain", "token", "registry", "intent", "policy", "decision", "audit", "engine", "root"];
const GROUND: [&str; 10] = ["text", "error", "reason", "time", "decimal", "json", "identity", "digest", "shape", "resolve"];

/// Modules by path, as `chain::verify`; the root is empty.
struct Sources(BTreeMap<String, syn::File>);

/// Names a module has from elsewhere: what `use` brings in, and where it is defined.
type Imports = BTreeMap<(String, String), String>;

impl Sources {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![root.clone()];
        let mut files = BTreeMap::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let name = path.strip_prefix(&root).unwrap().with_extension("");
                    let name = name.to_string_lossy().replace(['/', '\\'], "::");
                    let module = name.strip_suffix("::mod").unwrap_or(if name == "lib" { "" } else { &name });
                    files.insert(module.to_owned(), syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
                }
            }
        }
        Self(files)
    }

    /// What each module names, as absolute paths: of code that is not only compiled for tests.
    fn paths(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let tests = self.tests();
        let modules = self.0.iter().filter(|(module, _)| !tests.contains(*module));
        modules.map(|(module, file)| (module.as_str(), Paths::of(module, file).found)).collect()
    }

    /// The modules that are only compiled for tests.
    fn tests(&self) -> BTreeSet<String> {
        let declared = self.0.iter().flat_map(|(module, file)| {
            let tests = file.items.iter().filter_map(|item| match item {
                syn::Item::Mod(inner) if inner.content.is_none() && is_test(&inner.attrs) => Some(joined(module, &inner.ident.to_string())),
                _ => None,
            });
            tests.collect::<Vec<_>>()
        });
        declared.collect()
    }

    /// Where what the path names is defined: the longest module of it, through what that module has from elsewhere.
    fn home(&self, path: &str, imports: &Imports) -> String {
        let mut path = path.to_owned();
        for _ in 0..8 {
            let mut module = path.as_str();
            while !module.is_empty() && !self.0.contains_key(module) {
                module = module.rsplit_once("::").map_or("", |(outer, _)| outer);
            }
            let name = path.strip_prefix(module).unwrap().trim_start_matches("::").split("::").next().unwrap().to_owned();
            match imports.get(&(module.to_owned(), name)) {
                Some(next) => path.clone_from(next),
                None => return module.to_owned(),
            }
        }
        path
    }
}

fn joined(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && attribute.meta.require_list().unwrap().tokens.to_string() == "test")
}

/// The paths of one module.
struct Paths<'m> {
    module: &'m str,
    found: BTreeSet<String>,
    /// What is brought in, by its name here.
    imports: BTreeMap<String, String>,
    children: BTreeSet<String>,
}

impl<'m> Paths<'m> {
    fn of(module: &'m str, file: &syn::File) -> Self {
        let children = file.items.iter().filter_map(|item| match item {
            syn::Item::Mod(inner) => Some(inner.ident.to_string()),
            _ => None,
        });
        let mut paths = Self { module, found: BTreeSet::new(), imports: BTreeMap::new(), children: children.collect() };
        paths.visit_file(file);
        paths
    }

    /// The absolute path of one that begins with `crate`, `super`, `self` or a child of the module.
    fn absolute(&self, segments: &[String]) -> Option<String> {
        let (first, rest) = segments.split_first()?;
        let mut base: Vec<&str> = self.module.split("::").filter(|part| !part.is_empty()).collect();
        match first.as_str() {
            "crate" => base.clear(),
            "super" => _ = base.pop(),
            "self" => {}
            child if self.children.contains(child) => base.push(child),
            _ => return None,
        }
        let mut rest = rest;
        while let Some(("super", inner)) = rest.split_first().map(|(first, inner)| (first.as_str(), inner)) {
            base.pop();
            rest = inner;
        }
        Some(base.into_iter().chain(rest.iter().map(String::as_str)).collect::<Vec<_>>().join("::"))
    }

    fn tree(&mut self, tree: &syn::UseTree, prefix: &[String]) {
        let with = |name: &syn::Ident| prefix.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item, prefix)),
            syn::UseTree::Glob(_) => self.found.extend(self.absolute(prefix)),
            syn::UseTree::Name(name) if name.ident == "self" => self.import(prefix, prefix.last().cloned().unwrap_or_default()),
            syn::UseTree::Name(name) => self.import(&with(&name.ident), name.ident.to_string()),
            syn::UseTree::Rename(rename) => self.import(&with(&rename.ident), rename.rename.to_string()),
        }
    }

    fn import(&mut self, path: &[String], name: String) {
        if let Some(path) = self.absolute(path) {
            self.imports.insert(name, path.clone());
            self.found.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.found.extend(self.absolute(&segments));
        }
        syn::visit::visit_path(self, path);
    }
}

/// Which modules each uses, by where what it names is defined.
fn uses(sources: &Sources) -> BTreeMap<String, BTreeSet<String>> {
    let of =
        |module: &String, file| Paths::of(module, file).imports.into_iter().map(|(name, path)| ((module.clone(), name), path)).collect::<Vec<_>>();
    let imports: Imports = sources.0.iter().flat_map(|(module, file)| of(module, file)).collect();
    let used = |module: &str, paths: BTreeSet<String>| {
        let homes = paths.iter().map(|path| sources.home(path, &imports));
        homes.filter(|home| home != module).collect::<BTreeSet<_>>()
    };
    sources.paths().into_iter().map(|(module, paths)| (module.to_owned(), used(module, paths))).collect()
}

fn stage(module: &str) -> usize {
    let first = module.split("::").next().unwrap_or_default();
    let name = if GROUND.contains(&first) { "ground" } else { first };
    STAGES.iter().position(|stage| *stage == name).unwrap_or(STAGES.len() - 1)
}

/// A stage never uses a later one.
#[test]
fn no_stage_uses_a_later_one() {
    let uses = uses(&Sources::read());
    assert!(uses.len() > 100 && uses.values().map(BTreeSet::len).sum::<usize>() > 400, "the sources are read");
    let upward = uses.iter().flat_map(|(module, used)| used.iter().map(move |home| (module, home)));
    let upward: Vec<_> = upward.filter(|(module, home)| stage(home) > stage(module)).map(|(module, home)| format!("{module} uses {home}")).collect();
    assert_eq!(upward, [""; 0]);
}

/// Files that use one another are few. What a folder's `mod.rs` has, the files of the folder share.
#[test]
fn files_use_one_another_in_few_circles() {
    let mut uses = uses(&Sources::read());
    for (module, used) in &mut uses {
        used.retain(|home| !module.starts_with(&format!("{home}::")) && !home.is_empty());
    }
    let reached = |from: &String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            next.extend(uses.get(&module).into_iter().flatten().filter(|home| seen.insert((*home).clone())).cloned());
        }
        seen
    };
    let reach: BTreeMap<_, _> = uses.keys().map(|module| (module, reached(module))).collect();
    let circle = |module: &String| {
        let others = uses.keys().filter(|other| reach[module].contains(*other) && reach[*other].contains(module));
        others.cloned().collect::<BTreeSet<_>>()
    };
    let circles: BTreeSet<_> = uses.keys().map(circle).filter(|circle| circle.len() > 1).collect();
    assert!(circles.len() <= 3, "{circles:#?}");
}
