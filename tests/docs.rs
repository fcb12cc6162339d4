//! Checks the links between the pages: relative links, anchors and pictures must exist, on GitHub and in the
//! book.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Markdown files in `folder` and its subfolders.
fn pages_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(pages_in(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
    found
}

/// All pages for readers: in the top folder, the documentation and the packaging.
fn pages() -> Vec<PathBuf> {
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        top.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    found.extend(["docs", "packaging"].into_iter().flat_map(|folder| pages_in(&root().join(folder))));
    found
}

/// A page's links and pictures, inline code, and heading anchors.
#[derive(Debug, Default, PartialEq)]
struct Page {
    links: Vec<String>,
    codes: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn read(file: &Path) -> Page {
        Page::parse(&fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
    }

    fn parse(text: &str) -> Page {
        let mut page = Page::default();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            if let Event::Code(code) = &event {
                page.codes.push(code.to_string());
            }
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.add_anchor(&heading.take().unwrap_or_default()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let sources = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
                    page.links.extend(sources.map(str::to_owned));
                }
                _ => {}
            }
        }
        page
    }

    /// Adds an anchor as GitHub and mdBook do: lower-case letters and digits, hyphens for spaces, a number for
    /// duplicates.
    fn add_anchor(&mut self, heading: &str) {
        let kept = heading.trim().chars().filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            _ => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
        });
        let anchor: String = kept.collect();
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(numbered).find(|name| !self.anchors.contains(name));
        self.anchors.extend(free);
    }
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The problem with a link of `file`, if any.
fn wrong_with(file: &Path, link: &str) -> Option<String> {
    if link.starts_with("https://") {
        return None;
    }
    if link.contains(':') {
        return Some("is neither https nor relative".to_owned());
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { file.to_owned() } else { plain(&file.parent().unwrap().join(path)) };
    if !target.exists() {
        return Some("leads to no file".to_owned());
    }
    let docs = root().join("docs");
    if file.starts_with(&docs) && !target.starts_with(&docs) {
        return Some("leads out of docs, where the book has nothing".to_owned());
    }
    let anchor = anchor?;
    let anchors = Page::read(&target).anchors;
    (!anchors.contains(anchor)).then(|| format!("has no such heading among {anchors:?}"))
}

#[test]
fn all_links_resolve() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for file in pages() {
        for link in Page::read(&file).links {
            count += 1;
            if let Some(why) = wrong_with(&file, &link) {
                wrong.push(format!("{}: {link} {why}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 100, "only {count} links");
}

#[test]
fn broken_links_are_found() {
    let page = root().join("docs/configuration.md");
    for link in
        ["cli.md", "cli.md#exit-codes", "#templates", "screenshots/menu.png", "https://cloud.linode.com"]
    {
        assert_eq!(wrong_with(&page, link), None, "{link}");
    }
    for link in [
        "clo.md",
        "cli.md#exit",
        "#template",
        "screenshots/menu.jpg",
        "http://cloud.linode.com",
        "../README.md",
    ] {
        assert!(wrong_with(&page, link).is_some(), "{link}");
    }
    let text = "# A `b` c!\n\n# A b c\n\n[x](y) ![](z.png) <img src=\"w.svg\">\n\n```\n[no](link)\n```\n";
    let links = ["y", "z.png", "w.svg"].map(str::to_owned).to_vec();
    let anchors = ["a-b-c", "a-b-c-1"].map(str::to_owned).into();
    assert_eq!(Page::parse(text), Page { links, codes: vec!["b".to_owned()], anchors });
}

#[test]
fn book_and_first_page_list_all_pages() {
    let docs = root().join("docs");
    let targets =
        |page: &str| -> BTreeSet<String> { Page::read(&docs.join(page)).links.into_iter().collect() };
    let all = pages_in(&docs)
        .into_iter()
        .map(|file| file.strip_prefix(&docs).unwrap().to_str().unwrap().to_owned());
    let mut all: BTreeSet<String> = all.filter(|page| page != "SUMMARY.md").collect();
    assert_eq!(targets("SUMMARY.md"), all);
    all.remove("README.md");
    assert_eq!(targets("README.md"), all);
}

#[test]
fn project_files_named_in_pages_exist() {
    let folders = ["src/", "tests/", "docs/", "packaging/", "examples/", "benches/", "icons/", ".ci/"];
    let (mut missing, mut count) = (Vec::new(), 0);
    for page in pages() {
        for code in Page::read(&page).codes {
            // Such as `tests/soak 20`.
            let Some(name) =
                code.split_whitespace().next().filter(|name| folders.iter().any(|it| name.starts_with(it)))
            else {
                continue;
            };
            count += 1;
            if !root().join(name).exists() {
                missing.push(format!("{}: {name}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(count > 40, "only {count} names");
}
