//! Enforces the architecture in `src/lib.rs`: the domain is pure and independent of the other modules.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, File, ImplItem, Item, ItemMod, Macro, Stmt, UseTree};

/// The dependencies that the domain may use.
const ALLOWED: [&str; 8] =
    ["icu_normalizer", "jiff", "secrecy", "serde", "thiserror", "unicode_bidi", "unicode_width", "url"];
/// Parts of the standard library with I/O, a clock, threads or processes.
const STD_DENIED: [&str; 11] = [
    "env",
    "fs",
    "io",
    "net::TcpListener",
    "net::TcpStream",
    "net::UdpSocket",
    "os",
    "process",
    "sync",
    "thread",
    "time",
];
/// Sharing a value is not synchronizing: a snapshot is cheap to copy.
const STD_ALLOWED: [&str; 2] = ["sync::Arc", "time::Duration"];

/// The program's dependencies, under their names in code.
fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml_edit::DocumentMut = manifest.parse().unwrap();
    let of_systems = manifest["target"].as_table().unwrap().iter().map(|(_, system)| &system["dependencies"]);
    let tables = of_systems.chain([&manifest["dependencies"]]).filter_map(toml_edit::Item::as_table_like);
    tables.flat_map(|table| table.iter().map(|(name, _)| name.replace('-', "_"))).collect()
}

/// All paths in a module and its submodules, except test code.
struct Paths<'a> {
    /// The module's path: `crate`, `domain`, …
    module: Vec<String>,
    /// The folder of its submodules.
    folder: PathBuf,
    /// Each module with a path in it that starts at the crate's root or at a dependency.
    found: &'a mut Vec<(String, Vec<String>)>,
    files: &'a mut usize,
}

impl Paths<'_> {
    fn file(&mut self, file: &Path) {
        let file = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        *self.files += 1;
        self.visit_file(&syn::parse_file(&file).unwrap());
    }

    /// Records a path, resolved relative to the module.
    fn take(&mut self, path: Vec<String>) {
        if path.is_empty() {
            return;
        }
        let mut at = self.module.clone();
        let mut rest = path.as_slice();
        while let [first, after @ ..] = rest {
            match first.as_str() {
                "crate" => at.truncate(1),
                "self" => {}
                "super" => drop(at.pop()),
                _ => break,
            }
            rest = after;
        }
        let relative = rest.len() < path.len();
        let whole = if relative { [&at, rest].concat() } else { path };
        self.found.push((self.module.join("::"), whole));
    }

    fn use_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(path.ident.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, before)),
            // `{self}` names the path before it.
            UseTree::Name(name) if name.ident == "self" && !before.is_empty() => self.take(before.to_vec()),
            UseTree::Rename(name) if name.ident == "self" && !before.is_empty() => self.take(before.to_vec()),
            UseTree::Name(name) => self.take(with(name.ident.to_string())),
            UseTree::Rename(name) => self.take(with(name.ident.to_string())),
            UseTree::Glob(_) => self.take(before.to_vec()),
        }
    }

    /// The paths in a macro's arguments.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 => path.push(ident.to_string()),
                TokenTree::Ident(ident) => self.take(std::mem::replace(&mut path, vec![ident.to_string()])),
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => self.take(std::mem::take(&mut path)),
            }
            colons = 0;
        }
        self.take(path);
    }
}

/// Whether these attributes restrict an item to tests.
fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

impl Visit<'_> for Paths<'_> {
    fn visit_file(&mut self, file: &File) {
        file.items.iter().for_each(|item| self.visit_item(item));
    }

    fn visit_item(&mut self, item: &Item) {
        let attributes = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &ImplItem) {
        match item {
            ImplItem::Fn(function) if for_tests(&function.attrs) => {}
            _ => visit::visit_impl_item(self, item),
        }
    }

    fn visit_stmt(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Local(local) if for_tests(&local.attrs) => {}
            _ => visit::visit_stmt(self, statement),
        }
    }

    fn visit_item_mod(&mut self, module: &ItemMod) {
        assert!(!module.attrs.iter().any(|attribute| attribute.path().is_ident("path")), "{}", module.ident);
        let name = module.ident.to_string();
        let folder = self.folder.join(&name);
        let module_path = [self.module.as_slice(), &[name]].concat();
        let mut inner =
            Paths { module: module_path, folder: folder.clone(), found: self.found, files: self.files };
        match &module.content {
            Some((_, items)) => items.iter().for_each(|item| inner.visit_item(item)),
            None => {
                let (beside, below) = (folder.with_extension("rs"), folder.join("mod.rs"));
                inner.file(if beside.exists() { &beside } else { &below });
            }
        }
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.use_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        self.take(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, used: &Macro) {
        self.tokens(used.tokens.clone());
        visit::visit_macro(self, used);
    }
}

/// The reason why the domain must not use this path, if any.
fn wrong_with(path: &[String], dependencies: &BTreeSet<String>) -> Option<&'static str> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["crate", "domain", ..] => {}
        ["crate", ..] => return Some("is another module's, or all of the crate"),
        ["std" | "core" | "alloc"] => return Some("is all of the standard library"),
        ["std" | "core", rest @ ..] => {
            let rest = rest.join("::") + "::";
            let begins = |with: &&str| rest.starts_with(&format!("{with}::"));
            if STD_DENIED.iter().any(begins) && !STD_ALLOWED.iter().any(begins) {
                return Some("does I/O, asks a clock or starts something");
            }
        }
        [name, ..] if dependencies.contains(*name) && !ALLOWED.contains(name) => {
            return Some("is a crate that the domain does without");
        }
        _ => {}
    }
    match words.as_slice() {
        [_, .., "now" | "system"] => Some("asks a clock or the system"),
        _ => None,
    }
}

#[test]
fn domain_has_no_io_no_clock_and_no_other_modules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain");
    let (mut found, mut files) = (Vec::new(), 0);
    let module = vec!["crate".to_owned(), "domain".to_owned()];
    Paths { module, folder: folder.clone(), found: &mut found, files: &mut files }
        .file(&folder.join("mod.rs"));
    assert!(files > 20, "only {files} files");
    let dependencies = dependencies();
    assert!(dependencies.contains("tokio") && dependencies.contains("zbus"), "{dependencies:?}");
    let wrong: BTreeSet<String> = found
        .iter()
        .filter_map(|(module, path)| {
            let why = wrong_with(path, &dependencies)?;
            Some(format!("in {module}: {} {why}", path.join("::")))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The domain formats figures, so that all frontends round a figure the same way.
#[test]
fn only_the_domain_rounds_figures() {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { files(&entry, found) } else { found.push(entry) }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&source, &mut all);
    let outside = all.iter().filter(|file| !file.starts_with(source.join("domain")));
    let mut rounding = Vec::new();
    for file in outside {
        let text = fs::read_to_string(file).unwrap();
        let fetcher = |line: &&str| {
            line.split('{')
                .skip(1)
                .any(|part| part.split_once('}').is_some_and(|(inside, _)| inside.contains(":.")))
        };
        rounding
            .extend(text.lines().filter(fetcher).map(|line| format!("{}: {}", file.display(), line.trim())));
    }
    assert!(rounding.is_empty(), "{rounding:#?}");
}
