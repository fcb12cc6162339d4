//! The map of `src/lib.rs`, held to: the domain decides, and knows nothing of what lies around it.
#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| sources(folder));
    files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")).chain(below).collect()
}

/// The lines of `file` before its tests that are no comments, with their numbers.
fn lines(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text
        .lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .map(str::trim)
        .zip(1..)
        .filter(|(line, _)| !line.starts_with("//"));
    lines.map(|(line, number)| (number, line.to_owned())).collect()
}

#[test]
fn the_domain_imports_nothing_of_the_other_folders_asks_no_clock_and_does_no_io() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain"));
    assert!(files.len() > 20, "{files:?}");
    let clocks_and_io = [
        "Timestamp::now",
        "SystemTime",
        "Instant::",
        "Zoned::now",
        "tokio",
        "tracing",
        "rusqlite",
        "TcpStream",
    ];
    let system = ["fs", "thread", "env", "process", "io", "sync"].map(|part| format!("std::{part}"));
    for file in files {
        for (number, line) in lines(&file) {
            let place = format!("{}:{number}: {line}", file.display());
            let others = line.split("crate::").skip(1).filter(|rest| !rest.starts_with("domain"));
            assert_eq!(others.count(), 0, "{place}");
            let mut words = clocks_and_io.into_iter().chain(system.iter().map(String::as_str));
            assert!(!words.any(|word| line.contains(word)), "{place}");
        }
    }
}
