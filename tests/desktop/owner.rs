//! The window and the tray that owns everything: which starts which, which outlives which, and their messages.

use std::process::Child;

use linode_bandwidth::app::instance_lock::try_acquire;
use linode_bandwidth::app::ipc::message::{
    AccountDraft, Answer, ClientMessage, Request, SaveError, ServerMessage, TokenRef,
};
use linode_bandwidth::app::ipc::{self, Connection};
use linode_bandwidth::domain::config::{AccountConfig, AccountId};
use linode_bandwidth::storage::config::Patch;

use crate::rig::isolated_session::Way;
use crate::rig::program::{TestDesktop, screen};
use crate::rig::running::AppWindow;
use crate::rig::{tool, until};
use crate::support::server::Reply;
use crate::window::drawn;

fn desk() -> TestDesktop {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    desk
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The window that a command opens.
fn opened(desk: &TestDesktop, words: &[&str]) -> (Child, AppWindow) {
    // The window of an isolated session, except for its display.
    let mut command = desk.command(words);
    command.env("DISPLAY", std::env::var_os("DISPLAY").unwrap());
    let child = desk.logged(&mut command).spawn().unwrap();
    let window = until("the window", || AppWindow::of(child.id()));
    drawn(&window);
    (child, window)
}

fn closes(mut child: Child, window: &AppWindow) {
    window.close();
    assert!(until("the window's end", || child.try_wait().unwrap()).success());
}

/// Waits until no process polls any more.
fn is_free(desk: &TestDesktop) {
    until("the end of the tray", || try_acquire(&desk.data_dir().join("lock")).unwrap());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tray_started_by_the_window_ends_with_it_without_a_panel() {
    let _screen = screen();
    let desk = desk();
    let (child, window) = opened(&desk, &["window"]);
    until("a poll", || (desk.asked() > 0).then_some(()));
    assert!(try_acquire(&desk.data_dir().join("lock")).unwrap().is_none(), "a tray runs");
    // A second one is shown in the first.
    desk.done(&["window", "settings"], "");
    closes(child, &window);
    is_free(&desk);
    // Once more, to check that nothing was left behind.
    let (child, window) = opened(&desk, &["window", "accounts"]);
    closes(child, &window);
    is_free(&desk);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tray_started_by_the_window_stays_if_a_panel_shows_it() {
    let _screen = screen();
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let (child, window) = opened(&desk, &["window"]);
    closes(child, &window);
    desk.used(640, 1000);
    desk.refresh();
    desk.wait_for_figures(640, 1000);
    run(ipc::quit(&desk.data_dir())).unwrap();
    is_free(&desk);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn window_survives_a_killed_tray_and_uses_the_next() {
    let _screen = screen();
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let (child, window) = opened(&desk, &["window"]);
    let before = window.pixels();
    tray.signal("-KILL");
    drop(tray);
    until("what the window says of it", || (window.pixels() != before).then_some(()));
    drawn(&window);
    window.keep("window-without-tray");
    let without = window.pixels();
    desk.used(640, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 64%");
    until("the figures again", || (window.pixels() != without).then_some(()));
    // The new tray has the window, and starts no other to show something.
    until("the window's place", || {
        item.click("Settings…");
        drawn(&window);
        tray.children().is_empty().then_some(())
    });
    closes(child, &window);
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn stopped_window_delays_no_poll_and_is_replaced() {
    let _screen = screen();
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray_with(&[("DISPLAY", &std::env::var("DISPLAY").unwrap())]);
    let item = tray.showing("Acme 63%");
    let (mut child, _window) = opened(&desk, &["window"]);
    tool("kill", &["-STOP", &child.id().to_string()]);
    for used in 640..660 {
        desk.used(used, 1000);
        desk.refresh();
        tray.showing(&format!("Acme {}%", used / 10));
    }
    item.activate();
    let next = tray.window();
    drawn(&next);
    // The first window has nothing left to show.
    tool("kill", &["-CONT", &child.id().to_string()]);
    assert!(until("the end of the first", || child.try_wait().unwrap()).success());
    next.close();
    tray.alone();
    tray.quit();
}

fn new_account(name: &str) -> Request {
    let mut account = AccountConfig::new("new".parse().unwrap(), name);
    account.token_command = Some(vec!["false".to_owned()]);
    let draft = AccountDraft { account, new: true, changes: Patch::default(), token: None, verify: true };
    Request::Save(Box::new(draft))
}

/// All requests of the window; each pair has its own.
fn requests(acme: &AccountId) -> Vec<Request> {
    let acme = || acme.clone();
    vec![
        Request::Refresh,
        Request::History(acme()),
        Request::Regions,
        Request::Tokens(acme()),
        Request::Top(acme()),
        Request::Linodes(TokenRef::Stored(acme())),
        new_account("New"),
        Request::Change(acme(), Patch::from_iter([("muted", true.into())])),
        Request::Move(acme(), 1),
        Request::Duplicate(acme()),
        Request::Settings(Patch::from_iter([("history_months", 12.into())])),
        Request::Export {
            account: acme(),
            name: "Acme".to_owned(),
            file: "/dev/null/no".into(),
            replace: false,
        },
        Request::Remove { account: "acme-copy".parse().unwrap(), forget: true },
    ]
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn any_two_requests_are_answered_in_both_orders() {
    let desk = desk();
    for path in ["/linode/instances", "/profile/tokens", "/regions"] {
        desk.api.answer(path, Reply::json(200, r#"{"data": [], "page": 1, "pages": 1}"#));
    }
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let acme: AccountId = desk.id(0).parse().unwrap();
    let count = requests(&acme).len();
    let nth = |at: usize| requests(&acme).swap_remove(at);
    run(async {
        let mut window = Connection::open(&desk.data_dir()).await.unwrap();
        for first in 0..count {
            for second in 0..count {
                let names = format!("{:?}, then {:?}", nth(first), nth(second));
                for (number, request) in [nth(first), nth(second)].into_iter().enumerate() {
                    window.send(&ClientMessage::Request(number as u64, request)).await.unwrap();
                }
                let mut answered = Vec::new();
                while answered.len() < 2 {
                    let Some(ServerMessage::Answer(number, answer)) = window.receive().await.unwrap() else {
                        panic!("{names}")
                    };
                    let request = nth(if number == 0 { first } else { second });
                    assert!(belongs(&request, &answer), "{names}: {answer:?}");
                    answered.push(number);
                }
                answered.sort_unstable();
                assert_eq!(answered, [0, 1], "{names}");
            }
        }
    });
    // After all requests it polls, and the account is there, next to its copies.
    desk.used(640, 1000);
    desk.refresh();
    desk.wait_for_figures(640, 1000);
    assert!(std::fs::read_to_string(desk.config_file()).unwrap().contains("muted = true"));
    tray.quit();
}

/// Whether `answer` is the expected one for `request`.
fn belongs(request: &Request, answer: &Answer) -> bool {
    match (request, answer) {
        (Request::Refresh, Answer::Refreshed(Ok(())))
        | (Request::History(_), Answer::History(_, Ok(_)))
        | (Request::Regions, Answer::Regions(Ok(_)))
        | (Request::Tokens(_), Answer::Tokens(Ok(_)))
        | (Request::Top(_), Answer::Top(_, Ok(_)))
        | (Request::Linodes(_), Answer::Linodes(Ok(_)))
        // The token command prints nothing.
        | (Request::Save(_), Answer::Saved(Err(SaveError::Unverified(_))))
        | (Request::Export { .. }, Answer::Exported(_, Err(_)))
        | (Request::Change(..) | Request::Move(..) | Request::Duplicate(_) | Request::Settings(_), Answer::Changed(Ok(_)))
        // Whether or not there is a copy.
        | (Request::Remove { .. }, Answer::Changed(_)) => true,
        _ => false,
    }
}
