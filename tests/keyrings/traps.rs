//! Unusual behavior of Secret Services that a client must handle.

use crate::fake::{Fake, Locked, State, Unlocking};
use crate::session::Session;
use crate::until;

/// A session and a keyring with the token of the account `acme`; `lock` then locks it.
fn with_acme(lock: impl FnOnce(&mut State)) -> (Session, Fake) {
    let session = Session::new();
    let fake = Fake::start(session.address(), State::default());
    session.used("acme", 630);
    session.adding("acme").finished().done();
    lock(&mut fake.state());
    fake.state().calls.clear();
    (session, fake)
}

fn dialogs(fake: &Fake, enough: usize) {
    until(&format!("{enough} dialogs"), || (fake.state().dialogs == enough).then_some(()));
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn kwallets_open_wallet_counts_as_locked_until_a_silent_prompt() {
    let (session, fake) = with_acme(|state| {
        state.locked = Locked::EachClient;
        state.wallet_open = Some(true);
    });
    assert_eq!(session.state("status --format json", "acme"), "ok");
    assert_eq!(fake.state().dialogs, 0);
    assert_eq!(fake.state().count("Prompt"), 1);
    fake.state().wallet_open = Some(false);
    assert_eq!(session.state("status --format json", "acme"), "keyring_locked");
    assert_eq!(fake.state().dialogs, 0);
    assert_eq!(fake.state().count("Unlock"), 1, "none while it is closed");
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn what_unlocks_without_a_prompt_is_unlocked_by_every_poll() {
    let (session, fake) = with_acme(|state| {
        state.locked = Locked::All;
        state.unlocking = Unlocking::NoPrompt;
    });
    assert_eq!(session.state("status --format json", "acme"), "ok");
    assert_eq!(fake.state().count("Prompt"), 0);
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn prompt_that_completes_before_its_call_returns_works() {
    let (session, fake) = with_acme(|state| {
        state.locked = Locked::EachClient;
        state.only_items = true;
        state.unlocking = Unlocking::CompletesByItself;
    });
    assert!(session.run("status").done().contains("630"));
    assert_eq!(fake.state().dialogs, 0);
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn only_what_people_call_may_ask_them() {
    let (session, fake) = with_acme(|state| {
        state.locked = Locked::EachClient;
        state.only_items = true;
    });
    for words in [
        "status --format json",
        "status --format waybar",
        "status --format prometheus",
        "status --check",
        "status --cached",
        "top --format json",
        "doctor",
    ] {
        session.run(words);
        assert_eq!(fake.state().dialogs, 0, "{words}");
    }
    assert_eq!(session.state("status --format json", "acme"), "keyring_locked");
    for (at, words) in ["status", "top", "tokens", "doctor --unlock"].into_iter().enumerate() {
        let asking = session.start(words);
        dialogs(&fake, at + 1);
        fake.answer(true);
        let ran = asking.finished();
        let said = ran.stdout.clone() + &ran.stderr;
        assert!(!said.contains("keyring is locked") && !said.contains("locked for"), "{words}: {ran:?}");
    }
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn a_dialog_that_is_closed_leaves_it_locked_and_says_what_to_do() {
    let (session, fake) = with_acme(|state| state.locked = Locked::All);
    let asking = session.start("status");
    dialogs(&fake, 1);
    fake.answer(false);
    let said = asking.finished().done();
    assert!(said.contains("The keyring is locked: choose \"Unlock keyring…\""), "{said}");
    let asking = session.adding("second");
    dialogs(&fake, 2);
    fake.answer(false);
    let said = asking.finished().failed();
    assert!(said.contains("still locked, because its dialog was closed: try again and answer it"), "{said}");
    assert!(!std::fs::read_to_string(session.path().join("config.toml")).unwrap().contains("second"));
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn the_tray_asks_once_and_polls_on_meanwhile() {
    let (session, fake) = with_acme(|state| state.locked = Locked::All);
    let other = "[[accounts]]\nid = \"other\"\nname = \"other\"\ntoken_command = [\"echo\", \"5ec2e75ec2e75ec2e7-other\"]\n";
    let config = session.path().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + other).unwrap();
    session.used("other", 50);
    let tray = session.start("tray");
    dialogs(&fake, 1);
    session.wait_for("acme", "keyring_locked");
    session.wait_for_used("other", 50.0);
    // The user closes the dialog. The locked keyring is checked at once and after half a minute, without a dialog.
    let looked = || fake.state().count("ReadAlias");
    let before = looked();
    fake.answer(false);
    until("the look after the dialog", || (looked() > before).then_some(()));
    let before = looked();
    until("the next poll", || (looked() > before).then_some(()));
    assert_eq!(fake.state().dialogs, 1);
    // The user's own action shows a dialog again, and waits for the figures.
    let mut refreshing = session.start("refresh");
    dialogs(&fake, 2);
    session.used("other", 60);
    assert!(refreshing.runs(), "it waits for the answer");
    fake.answer(true);
    refreshing.finished().done();
    assert_eq!(session.state("status --cached --format json", "acme"), "ok");
    tray.terminate();
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn the_trays_dialog_is_answered_whenever_the_user_likes() {
    let (session, fake) = with_acme(|state| state.locked = Locked::All);
    let tray = session.start("tray");
    dialogs(&fake, 1);
    session.wait_for("acme", "keyring_locked");
    fake.answer(true);
    session.wait_for_used("acme", 630.0);
    tray.terminate();
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn an_exporter_asks_nobody() {
    let (session, fake) = with_acme(|state| state.locked = Locked::All);
    let exporter = session.start("exporter --listen 127.0.0.1:0");
    session.wait_for("acme", "keyring_locked");
    // The end of the round, after which a tray would ask.
    session.wait_for("acme", "keyring_locked");
    assert_eq!(fake.state().dialogs, 0);
    exporter.terminate();
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn no_collection_is_made_for_a_token_and_by_no_poll() {
    let session = Session::new();
    let mut state = State::default();
    state.no_collection = true;
    let fake = Fake::start(session.address(), state);
    session.configure(&["acme"]);
    session.used("acme", 630);
    assert_eq!(session.state("status --format json", "acme"), "token_missing");
    session.run("status").done();
    assert_eq!(fake.state().count("CreateCollection"), 0);
    let said = session.run("doctor").stdout;
    assert!(said.contains("without a default collection") && said.contains("doctor --unlock"), "{said}");

    let adding = session.adding("second");
    dialogs(&fake, 1);
    fake.answer(false);
    let said = adding.finished().failed();
    assert!(said.contains("no keyring was set up, because its dialog was closed: try again"), "{said}");
    let adding = session.adding("second");
    dialogs(&fake, 2);
    fake.answer(true);
    adding.finished().done();
    assert_eq!(fake.state().label.as_deref(), Some("Default keyring"));
    session.used("second", 640);
    assert_eq!(session.state("status --format json", "second"), "ok");
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn kwallets_default_wallet_keeps_the_name_that_kde_uses() {
    let session = Session::new();
    let mut state = State::default();
    (state.no_collection, state.wallet_open) = (true, Some(false));
    let fake = Fake::start(session.address(), state);
    let adding = session.adding("acme");
    dialogs(&fake, 1);
    fake.answer(true);
    adding.finished().done();
    assert_eq!(fake.state().label.as_deref(), Some("kdewallet"));
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn a_search_that_asks_and_blocks_is_never_begun() {
    let (session, fake) = with_acme(|state| {
        state.locked = Locked::All;
        state.hides_items = true;
    });
    for _ in 0..2 {
        assert_eq!(session.state("status --format json", "acme"), "keyring_locked");
    }
    assert_eq!(fake.state().dialogs, 0);
    // The database first, then its items.
    fake.state().locked = Locked::EachClient;
    let asking = session.start("status");
    dialogs(&fake, 1);
    fake.answer(true);
    assert!(asking.finished().done().contains("630"));
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn a_keyring_that_ends_while_it_asks_is_not_waited_for() {
    let (session, fake) = with_acme(|state| state.locked = Locked::All);
    let asking = session.start("status");
    dialogs(&fake, 1);
    fake.stop();
    let said = asking.finished().done();
    assert!(said.contains("No keyring: no program provides one"), "{said}");
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn a_keyring_that_did_not_answer_is_asked_over_a_new_session() {
    let (session, fake) = with_acme(|_| {});
    let tray = session.start("tray");
    session.wait_for_used("acme", 630.0);
    fake.state().mute = true;
    session.start("refresh").finished();
    assert_eq!(session.state("status --cached --format json", "acme"), "keyring_unavailable");
    fake.state().mute = false;
    session.used("acme", 640);
    session.run("refresh").done();
    session.wait_for_used("acme", 640.0);
    assert_eq!(fake.state().count("OpenSession"), 2);
    tray.terminate();
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn a_bar_gets_its_line_from_a_keyring_that_answers_nothing() {
    let (session, fake) = with_acme(|state| state.mute = true);
    let line = session.run("status --format waybar").done();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["class"], "keyring_unavailable", "{line}");
    fake.state().mute = false;
    fake.state().locked = Locked::All;
    let line: serde_json::Value =
        serde_json::from_str(&session.run("status --format waybar").done()).unwrap();
    assert_eq!(line["class"], "keyring_locked", "{line}");
    assert_eq!(fake.state().dialogs, 0);
}
