//! Collects all texts that a user can see in `tests/texts.txt`, for review when a wording changes.
//!
//! `UPDATE_TEXTS=1 cargo test --test texts` updates it.
#![cfg(test)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use linode_bandwidth::cli::args::Cli;
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, LitStr, Macro};

/// Words that no colleague would say, in texts and comments for users and contributors.
const ODD_WORDS: [&str; 26] = [
    "mend",
    "mended",
    "mends",
    "reckon",
    "reckons",
    "reckoned",
    "reckoning",
    "anew",
    "whoever",
    "is told of",
    "are told",
    "was told",
    "a row an account",
    "all the same",
    "so many",
    "takes up",
    "taken up",
    "to be had",
    "that is to",
    "what is to",
    "what came of",
    "what comes of",
    "what becomes of",
    "what has come of",
    "unless you say otherwise",
    "longer than anything takes",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below `folder` with one of these endings, sorted by path.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| endings.iter().any(|wanted| end == *wanted)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A file's string literals for people, without those of tests, logs, attributes and SQL.
#[derive(Default)]
struct Texts(Vec<String>);

impl Texts {
    fn take(&mut self, text: &str) {
        if is_read_by_people(text) && !self.0.iter().any(|known| known == text) {
            self.0.push(text.to_owned());
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse2::<LitStr>(TokenTree::Literal(literal).into()) {
                        self.take(&text.value());
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

/// Whether `text` is a sentence, a part of one or a label rather than a key, a path, an interface name or SQL.
fn is_read_by_people(text: &str) -> bool {
    const SQL: [&str; 10] = [
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "DELETE FROM",
        "CREATE ",
        "PRAGMA ",
        "ALTER ",
        "DROP ",
        "BEGIN",
        "VACUUM ",
    ];
    if SQL.iter().any(|verb| text.trim_start().starts_with(verb)) {
        return false;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [] => false,
        [word] => {
            let mut letters = word.trim_end_matches(['…', '.', ':', '?']).chars();
            letters.next().is_some_and(char::is_uppercase)
                && letters.clone().count() > 1
                && letters.all(|letter| letter.is_lowercase())
        }
        words => words.iter().any(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1),
    }
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

impl Visit<'_> for Texts {
    fn visit_attribute(&mut self, attribute: &Attribute) {
        // The text of an error. Help and documentation are included as rendered.
        if attribute.path().is_ident("error")
            && let syn::Meta::List(list) = &attribute.meta
        {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_item(&mut self, item: &Item) {
        let attributes: &[Attribute] = match item {
            Item::Const(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            _ => &[],
        };
        if !for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &ImplItem) {
        if !matches!(item, ImplItem::Fn(function) if for_tests(&function.attrs)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_macro(&mut self, used: &Macro) {
        let name = used.path.segments.last().unwrap().ident.to_string();
        if !matches!(
            name.as_str(),
            "trace" | "debug" | "info" | "warn" | "error" | "info_span" | "cfg" | "env"
        ) {
            self.tokens(used.tokens.clone());
        }
    }

    fn visit_lit_str(&mut self, text: &LitStr) {
        self.take(&text.value());
    }
}

/// The help of a command and its subcommands.
fn help(command: &Command, name: &str, texts: &mut String) {
    let shown = command.clone().bin_name(name).term_width(100).render_long_help();
    writeln!(texts, "## {name} --help\n\n{}", shown.to_string().trim_end()).unwrap();
    texts.push('\n');
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help")
    {
        help(below, &format!("{name} {}", below.get_name()), texts);
    }
}

fn all_texts() -> String {
    let mut texts = String::from(
        "Every text that a user can see. Made by `UPDATE_TEXTS=1 cargo test --test texts`; in braces is what is filled in.\n\n\
         # Help\n\n",
    );
    let mut command = Cli::command();
    command.build();
    help(&command, "linode-bandwidth", &mut texts);
    let source = root().join("src");
    texts.push_str("# In the program, by file\n");
    for file in files(&source, &["rs"]) {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if name.contains("/tests") {
            continue;
        }
        let mut found = Texts::default();
        found.visit_file(&syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap());
        if !found.0.is_empty() {
            writeln!(texts, "\n## {name}\n").unwrap();
            for text in found.0 {
                writeln!(texts, "- {}", text.trim().replace('\n', "\n  ")).unwrap();
            }
        }
    }
    texts
}

#[test]
fn texts_file_is_up_to_date() {
    let (file, texts) = (root().join("tests/texts.txt"), all_texts());
    if std::env::var_os("UPDATE_TEXTS").is_some() {
        fs::write(&file, &texts).unwrap();
    }
    let known = fs::read_to_string(&file).unwrap_or_default();
    let changed = texts.lines().zip(known.lines()).find(|(text, known)| text != known);
    assert!(
        texts == known,
        "a text has changed ({changed:?}): read it, and write tests/texts.txt with UPDATE_TEXTS=1"
    );
}

#[test]
fn no_text_has_odd_words() {
    let mut odd = Vec::new();
    let mut all = vec![root().join("README.md"), root().join("CONTRIBUTING.md"), root().join("SECURITY.md")];
    for folder in ["src", "docs", "packaging", "tests", "examples", "benches"] {
        let endings = ["rs", "md", "sh", "toml", "service", "desktop", "xml", "yml", "wxs", "timer", "txt"];
        all.extend(files(&root().join(folder), &endings));
    }
    all.retain(|file| !file.ends_with("tests/texts.rs"));
    assert!(all.len() > 200, "only {} files", all.len());
    for file in all {
        let text = fs::read_to_string(&file).unwrap().to_lowercase();
        let words = format!(
            " {} ",
            text.split(|letter: char| !letter.is_alphanumeric()).collect::<Vec<_>>().join(" ")
        );
        for word in ODD_WORDS {
            if words.contains(&format!(" {word} ")) {
                odd.push(format!("{}: {word}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(odd.is_empty(), "{odd:#?}");
}
