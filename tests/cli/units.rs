//! The units in `packaging` work with the oldest supported systemd: 249, in Ubuntu 22.04.

use std::fs;
use std::path::{Path, PathBuf};

/// The specifiers after `%` in systemd.unit(5) of 249.
const SPECIFIERS: &str = "aAbBCEfgGhHiIjJlLmMnNopPqsStTuUvVwW%";

/// All units in `folder`.
fn units(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| if path.is_dir() { units(&path) } else { vec![path] });
    let kinds = ["service", "socket", "timer", "path", "target"];
    below.filter(|path| path.extension().is_some_and(|kind| kinds.iter().any(|k| *k == kind))).collect()
}

/// The specifiers in `text`, including those in comments.
fn specifiers(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '%' {
            found.extend(letters.next());
        }
    }
    found
}

#[test]
fn no_unit_has_a_specifier_that_systemd_249_does_not_know() {
    assert_eq!(specifiers("%d/token %%d %S"), ['d', '%', 'S']);
    let units = units(&Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging"));
    assert_eq!(units.len(), 2, "{units:?}");
    for unit in units {
        let text = fs::read_to_string(&unit).unwrap();
        let unknown: Vec<char> = specifiers(&text).into_iter().filter(|s| !SPECIFIERS.contains(*s)).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", unit.display());
    }
}
