//! `status --format waybar`: one line of JSON for Waybar and i3status-rust.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::exporter::{Exporter, USED_830};
use crate::support::server::Reply;
use crate::support::skip;
use crate::{Checks, Home, TRANSFER, account, checked, invalid_token, token, transfer};

fn line(home: &Home, words: &str) -> Value {
    of_bar(home.program(&format!("status --format waybar {words}")))
}

/// The output for a bar, which shows nothing unless the exit code is 0.
fn of_bar(mut program: Command) -> Value {
    let text = checked("waybar", program.output().unwrap()).done();
    assert_eq!(text.matches('\n').count(), 1, "one line: {text}");
    let line: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["class", "percentage", "text", "tooltip"]);
    assert!(line["percentage"].is_u64(), "waybar takes no other: {line}");
    line
}

#[test]
fn the_entry_that_is_shown_gives_text_class_and_percentage() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let shown = line(&home, "");
    assert_eq!((&shown["text"], &shown["class"]), (&json!("Acme 83%"), &json!("warning")));
    assert_eq!(shown["percentage"], 83);
    let tooltip: Vec<&str> = shown["tooltip"].as_str().unwrap().lines().collect();
    assert_eq!(tooltip[0], "Acme 83%");
    assert!(tooltip[1].starts_with("830 of 1,000 GB · resets in "), "{tooltip:?}");
    assert!(tooltip.last().unwrap().starts_with("Updated "), "{tooltip:?}");

    home.configure(&(account("acme", "Acme") + &account("over", "Over")));
    home.api.answer_for(&token("over"), TRANSFER, transfer(4620, 4368, 252));
    let highest = line(&home, "");
    assert_eq!((&highest["text"], &highest["percentage"]), (&json!("Over 105%"), &json!(105)));
    assert_eq!(highest["class"], "exceeded");
    assert_eq!(line(&home, "--account Acme")["text"], "Acme 83%");
}

#[test]
fn a_state_that_is_not_ok_is_the_class() {
    let home = Home::with_acme(invalid_token());
    let refused = line(&home, "");
    assert_eq!((&refused["class"], &refused["percentage"]), (&json!("token_invalid"), &json!(0)));
    assert_eq!(refused["text"], "Acme: token refused");
    home.api.answer_for(&token("acme"), TRANSFER, Reply::close());
    assert_eq!(line(&home, "")["class"], "unreachable");
    assert_eq!(line(&home, "--cached")["class"], "pending");
    assert_eq!(line(&Home::new(), "")["class"], "pending");
}

#[test]
fn markup_in_a_name_is_escaped() {
    let home = Home::new();
    home.configure(&account("rd", "R&D <b>"));
    home.api.answer(TRANSFER, transfer(830, 1000, 0));
    let shown = line(&home, "");
    assert_eq!(shown["text"], "R&amp;D &lt;b&gt; 83%");
    assert!(shown["tooltip"].as_str().unwrap().starts_with("R&amp;D &lt;b&gt; 83%\n"));
}

#[test]
fn a_name_with_right_to_left_letters_turns_no_line_around() {
    let home = Home::new();
    home.configure(&account("he", "חיפה"));
    home.api.answer(TRANSFER, transfer(830, 1000, 0));
    let shown = line(&home, "");
    assert_eq!(shown["text"], "\u{200E}\u{2068}חיפה\u{2069} 83%");
    assert!(shown["tooltip"].as_str().unwrap().starts_with("\u{200E}\u{2068}חיפה\u{2069} 83%\n"));
}

fn tooltip(line: &Value) -> &str {
    line["tooltip"].as_str().unwrap()
}

/// A home with figures stored by a tray (here: the exporter).
fn with_figures() -> Home {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let exporter = Exporter::of(home.program("exporter --listen 127.0.0.1:0"));
    exporter.until(USED_830);
    home.run("refresh").done();
    exporter.end();
    assert_eq!(line(&home, "--cached")["text"], "Acme 83%");
    home
}

#[test]
fn invalid_config_is_shown_with_the_last_figures() {
    let home = with_figures();
    home.configure("show_as = \n");
    for words in ["", "--cached", "--account Acme"] {
        let told = line(&home, words);
        assert_eq!((&told["class"], &told["text"]), (&json!("config_error"), &json!("Acme 83%")), "{words}");
        assert!(tooltip(&told).lines().next().unwrap().contains("config.toml:1:11: "), "{told}");
    }
    assert_eq!(home.run("status --format waybar --check").get_output().status.code(), Some(3));
    let bare = Home::new();
    for text in ["show_as = \n", "thresholds = 5", "\u{0}"] {
        bare.configure(text);
        let told = line(&bare, "");
        assert_eq!(told["class"], "config_error");
        assert_eq!(told["text"], "Linode: configuration error");
        assert!(tooltip(&told).contains("config.toml:1:"), "{told}");
    }
    fs::remove_file(bare.config_file()).unwrap();
    fs::create_dir(bare.config_file()).unwrap();
    assert!(tooltip(&line(&bare, "")).contains("is not a file"));
}

#[test]
fn what_else_the_program_is_told_wrong_is_told_too() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let unknown = line(&home, "--account Acne");
    assert_eq!(unknown["class"], "config_error");
    assert!(tooltip(&unknown).contains("Acne"), "{unknown}");
    for (variable, value, why) in [
        ("LINODE_BANDWIDTH_API_URL", "http://api.example.test", "LINODE_BANDWIDTH_API_URL"),
        ("LINODE_BANDWIDTH_CONFIG", "/dev/null", "is not a file"),
    ] {
        let mut program = home.program("status --format waybar");
        program.env(variable, value);
        let told = of_bar(program);
        assert_eq!(told["class"], "config_error");
        assert!(tooltip(&told).contains(why), "{told}");
    }
    let mut program = Home::new().program("status --format waybar");
    program.env("LINODE_TOKEN", "no token");
    assert!(tooltip(&of_bar(program)).contains("LINODE_TOKEN"));
}

#[test]
fn without_a_home_there_is_a_line() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    // A user without a home directory in the user database.
    let mut program = Command::new("setpriv");
    home.prepare(&mut program);
    for variable in ["HOME", "LINODE_BANDWIDTH_CONFIG", "LINODE_BANDWIDTH_DATA_DIR"] {
        program.env_remove(variable);
    }
    let copy = home.dir.path().join("program");
    fs::hard_link(env!("CARGO_BIN_EXE_linode-bandwidth"), &copy)
        .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_linode-bandwidth"), &copy).map(drop))
        .unwrap();
    fs::set_permissions(home.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    program.args(["--reuid", "54321", "--clear-groups"]).arg(copy).args(["status", "--format", "waybar"]);
    let ran = program.output().unwrap();
    if String::from_utf8_lossy(&ran.stderr).contains("setpriv: ") {
        return skip("it takes root to be another user");
    }
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((ran.status.code(), &told["class"]), (Some(0), &json!("config_error")));
    assert!(tooltip(&told).contains("set LINODE_BANDWIDTH_CONFIG to a file"), "{told}");
}

#[test]
fn unreadable_history_is_reported_and_the_api_still_polled() {
    let home = with_figures();
    let history = home.data_dir().join("history.sqlite3");
    let good = fs::read(&history).unwrap();
    let damages: [&dyn Fn(); 3] = [
        &|| fs::write(&history, "no database at all. ".repeat(100)).unwrap(),
        &|| fs::write(&history, &good[..good.len() / 2]).unwrap(),
        &|| {
            fs::remove_file(&history).unwrap();
            fs::create_dir(&history).unwrap();
        },
    ];
    for damage in damages {
        damage();
        let told = line(&home, "");
        assert_eq!((&told["class"], &told["text"]), (&json!("warning"), &json!("Acme 83%")), "{told}");
        assert!(tooltip(&told).lines().next().unwrap().contains("history.sqlite3"), "{told}");
        let cached = line(&home, "--cached");
        assert_eq!(cached["class"], "pending", "{cached}");
        assert!(tooltip(&cached).contains("history.sqlite3"), "{cached}");
    }
}

#[test]
fn locked_history_is_not_waited_for_long() {
    let home = with_figures();
    let db = rusqlite::Connection::open(home.data_dir().join("history.sqlite3")).unwrap();
    db.execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").unwrap();
    let told = line(&home, "");
    assert_eq!(told["text"], "Acme 83%");
    assert!(tooltip(&told).contains("locked"), "{told}");
}

#[test]
fn an_api_that_does_not_answer_is_unreachable() {
    let home = Home::with_acme(Reply::never());
    assert_eq!(line(&home, "")["class"], "unreachable");
}

/// Each request stays below its own time limit, but together they take longer than a bar waits.
#[test]
fn answers_that_take_too_long_in_all_are_given_up() {
    let home = Home::new();
    let names: Vec<String> = (0..80).map(|at| format!("a{at}")).collect();
    home.configure(&names.iter().map(|name| account(name, name)).collect::<String>());
    home.api.answer(TRANSFER, Reply::never());
    let told = line(&home, "");
    assert_eq!(told["class"], "unreachable", "{told}");
    // As many as fit into the time limit; without it, all.
    assert!(home.api.requests().len() < names.len());
}

#[test]
fn with_standard_output_closed_it_ends_well() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let program = home.program("status --format waybar");
    let mut shell = Command::new("sh");
    home.prepare(&mut shell);
    shell.args(["-c", "\"$0\" \"$@\" >&-"]).arg(program.get_program()).args(program.get_args());
    checked("waybar", shell.output().unwrap()).success().stderr("");
    let mut gone = home.program("status --format waybar");
    let mut child = gone.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
