//! No token anywhere but in the keyring and in the request.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rig::program::{Desk, refusal};
use crate::rig::until;

/// Found nowhere by chance.
const MARKED: &str = "5eed5eed5eed5eedfeedfacefeedfacefeedfacefeedface0ddba110ddba1100";
const MARKED_TOO: &str = "cafebabecafebabefeedfacefeedfacefeedfacefeedface0ddba110ddba1100";
/// In both.
const MARK: &[u8] = b"feedfacefeedface";

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn no_token_is_in_any_file_log_process_or_message() {
    let desk = Desk::alone();
    desk.used(830, 1000);
    desk.done(&["accounts", "add", "Acme", "--token-stdin"], MARKED);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    desk.wait_for_notifications(1);
    for part in ["cmdline", "environ", "comm"] {
        let file = format!("/proc/{}/{part}", tray.pid());
        assert!(!holds(&fs::read(&file).unwrap()), "{file}");
    }
    desk.answer(refusal());
    desk.refresh();
    tray.showing("Acme: token refused");
    desk.wait_for_notifications(2);
    desk.used(840, 1000);
    desk.done(&["accounts", "token", "Acme", "--token-stdin"], MARKED_TOO);
    tray.showing("Acme 84%");
    let mut said = String::new();
    for command in [&["status"][..], &["status", "--format", "json"], &["accounts", "list"]] {
        let output = desk.run(command, "");
        said += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
    }
    assert!(!holds(said.as_bytes()), "{said}");
    item.click("Quit");
    assert!(tray.ended().success());

    // That this looks in the right places: the tokens were used, the log is a full one, the keyring was asked.
    assert!(desk.api.requests().iter().any(|r| r.token() == Some(MARKED)));
    assert!(desk.api.requests().iter().any(|r| r.token() == Some(MARKED_TOO)));
    assert!(desk.log().contains("TRACE") || desk.log().contains("DEBUG"), "{}", desk.log());
    let messages = || desk.watch.messages();
    until("the keyring's messages", || {
        messages().iter().any(|m| has(m.data(), b"Secret.Item")).then_some(())
    });

    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    let files = [files(desk.folder()), files(&home)].concat();
    for name in ["config.toml", "history.sqlite3", "log", "login.keyring"] {
        assert!(files.iter().any(|file| file.ends_with(name)), "{name} in {files:?}");
    }
    for file in files {
        // What sqlite removes at its end may be gone by now.
        let Ok(bytes) = fs::read(&file) else { continue };
        assert!(!holds(&bytes), "{}", file.display());
    }
    for message in messages().iter() {
        assert!(!holds(message.data()), "{message:?}");
    }
}

fn holds(bytes: &[u8]) -> bool {
    has(bytes, MARK) || has(bytes, &MARKED.as_bytes()[..16]) || has(bytes, &MARKED_TOO.as_bytes()[..16])
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// All files below `folder`; sockets and links are none.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found
}
