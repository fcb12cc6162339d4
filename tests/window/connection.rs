//! The window's connection to its tray: a tray of another version, one that ends and returns, and one that has a
//! window.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use linode_bandwidth::app::ipc::UPDATED;
use linode_bandwidth::app::ipc::message::{Answer, Request, ServerMessage};
use linode_bandwidth::domain::config::Config;
use linode_bandwidth::domain::snapshot::StateUpdate;
use linode_bandwidth::domain::state::{PersistedState, State};
use linode_bandwidth::window::owner::TRAY_ENDED;
use linode_bandwidth::window::owner::{Command, Lost, NO_TRAY, OwnerEvent, OwnerLink, Tray, connect};
use linode_bandwidth::window_request::{Page, View, WindowRequest};

use crate::rig::{TestWindow, account};
use crate::support::owner::{StandIn, Window, done};

/// The window's end, connected to the tray of `data_dir`, which it can't start.
fn window(data_dir: &Path) -> OwnerLink {
    let (link, end) = OwnerLink::pair();
    let tray = Tray { data_dir: data_dir.to_owned(), program: None };
    connect(tray, WindowRequest::from(View::Page(Page::Settings)), end, Arc::new(|_| {})).unwrap();
    link
}

/// The next event other than a state.
fn next(link: &mut OwnerLink) -> OwnerEvent {
    for _ in 0..4000 {
        match link.next_event() {
            Some(OwnerEvent::State(_)) => continue,
            Some(event) => return event,
            None => {}
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("nothing comes")
}

fn state() -> StateUpdate {
    let snapshot = State::snapshot_of_persisted(
        PersistedState::default(),
        Ok(Config::default()),
        jiff::Timestamp::now(),
    );
    StateUpdate { config: Ok(Config::default()), snapshot, regions: std::iter::empty().collect() }
}

#[test]
fn an_older_and_a_newer_tray_are_to_be_started_again() {
    for hello in ["what?", r#"{"hello":{"protocol":99,"program":"9.9.9","owner":"tray"}}"#] {
        let dir = tempfile::tempdir().unwrap();
        let socket = UnixListener::bind(dir.path().join("control.sock")).unwrap();
        thread::spawn(move || {
            for mut client in socket.incoming().map_while(Result::ok) {
                let _ = BufReader::new(client.try_clone().unwrap()).read_line(&mut String::new());
                let _ = writeln!(client, "{hello}");
            }
        });
        let mut link = window(dir.path());
        assert!(matches!(next(&mut link), OwnerEvent::Lost(Lost::Updated)), "{hello}");
        // Requests then fail with an error.
        link.send(Command::Request(1, Request::Refresh));
        let answer = next(&mut link);
        assert!(matches!(&answer, OwnerEvent::Answer(1, Answer::Refreshed(Err(_)))), "{answer:?}");
    }
}

#[test]
fn requests_to_an_ending_tray_fail_and_the_next_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let mut link = window(dir.path());
    assert!(matches!(next(&mut link), OwnerEvent::Lost(Lost::Ended(_))), "none runs");
    let (go, went) = std::sync::mpsc::channel::<()>();
    let socket = UnixListener::bind(dir.path().join("control.sock")).unwrap();
    thread::spawn(move || {
        let (client, _) = socket.accept().unwrap();
        let mut lines = BufReader::new(client.try_clone().unwrap()).lines();
        lines.next();
        writeln!(&client, r#"{{"hello":{{"protocol":2,"program":"0.1.0","owner":"tray"}}}}"#).unwrap();
        // The tray is killed during a request.
        let asked = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("refresh")));
        assert!(asked.is_some());
        drop((lines, client, socket));
        went.recv().unwrap();
    });
    link.send(Command::Request(7, Request::Refresh));
    loop {
        match next(&mut link) {
            // From before the tray ran.
            OwnerEvent::Answer(7, Answer::Refreshed(Err(why))) if why == NO_TRAY => {
                link.send(Command::Request(7, Request::Refresh));
            }
            OwnerEvent::Answer(7, Answer::Refreshed(Err(why))) => {
                assert_eq!(why, "The tray stopped before this was done.");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(next(&mut link), OwnerEvent::Lost(Lost::Ended(why)) if why == TRAY_ENDED));
    std::fs::remove_file(dir.path().join("control.sock")).unwrap();
    let tray = StandIn::start(dir.path(), done);
    let update = state();
    for _ in 0..4000 {
        tray.subscribers.publish(|| update.clone());
        if matches!(link.next_event(), Some(OwnerEvent::State(_))) {
            go.send(()).unwrap();
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("the next tray is not used");
}

#[test]
fn hidden_window_lets_the_tray_quit_without_unsaved_changes() {
    for (unsaved, reply) in [(false, "\"quit\""), (true, "\"shown\"")] {
        let dir = tempfile::tempdir().unwrap();
        let socket = UnixListener::bind(dir.path().join("control.sock")).unwrap();
        let mut link = window(dir.path());
        link.set_unsaved(unsaved);
        let (client, _) = socket.accept().unwrap();
        let mut lines = BufReader::new(client.try_clone().unwrap()).lines();
        lines.next();
        writeln!(&client, r#"{{"hello":{{"protocol":2,"program":"0.1.0","owner":"tray"}}}}"#).unwrap();
        let subscribed = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("subscribe")));
        assert!(subscribed.is_some());
        let show = serde_json::to_string(&ServerMessage::Show(View::Quit.into())).unwrap();
        writeln!(&client, "{show}").unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), reply, "{unsaved}");
        drop((lines, client, socket));
        // It closes with the tray, but not with unsaved changes.
        let event = next(&mut link);
        assert_eq!(matches!(event, OwnerEvent::Closed), !unsaved, "{event:?}");
    }
}

#[test]
fn a_second_window_is_shown_in_the_first_and_closes() {
    let dir = tempfile::tempdir().unwrap();
    let tray = StandIn::publishing(dir.path(), state());
    let first = Window::open(dir.path());
    let mut second = window(dir.path());
    assert!(matches!(next(&mut second), OwnerEvent::Closed));
    assert_eq!(first.shows.recv().unwrap(), "Page(Settings)");
    drop(tray);
}

#[test]
fn a_window_says_that_there_is_no_tray_and_asks_for_one() {
    let mut window = TestWindow::new(Page::Usage, &account("acme", "Acme"));
    window.sees("Acme");
    window.hears(OwnerEvent::Lost(Lost::Ended(TRAY_ENDED.to_owned())));
    window.sees(TRAY_ENDED);
    window.press("Start the tray");
    assert!(matches!(window.commanded(), Some(Command::Start)));
    window.hears(OwnerEvent::Lost(Lost::Updated));
    window.sees(UPDATED);
    window.press("Restart the tray");
    assert!(matches!(window.commanded(), Some(Command::Restart)));
    // The known figures stay, and are updated when a tray runs again.
    window.sees("Acme");
    window.hears(OwnerEvent::State(Box::new(state())));
    assert!(!window.shows("was updated"));
}
