//! The number of D-Bus calls for reading a token.

use zbus::blocking::{MessageIterator, connection};
use zbus::message::Type;

use crate::fake::{Fake, State};
use crate::session::Session;

/// The sender of a connection's first call, which requests its name.
const NAMELESS: &str = ":not.active.yet";

/// Records all messages on a bus.
pub struct Monitor(MessageIterator);

impl Monitor {
    /// Monitors the bus at `address`.
    pub fn start(address: &str) -> Monitor {
        let bus = connection::Builder::address(address).unwrap().build().unwrap();
        let messages = MessageIterator::from(&bus);
        let interface = Some("org.freedesktop.DBus.Monitoring");
        let all: (&[&str], u32) = (&[], 0);
        bus.call_method(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            interface,
            "BecomeMonitor",
            &all,
        )
        .unwrap();
        Monitor(messages)
    }

    /// The methods that the next client of the keyring calls until it disconnects, and each new connection to the bus.
    pub fn calls(self) -> Vec<String> {
        let mut calls = Vec::<(String, String)>::new();
        for message in self.0 {
            let message = message.unwrap();
            let (header, body) = (message.header(), message.body());
            let sender = header.sender().map(ToString::to_string).unwrap_or_default();
            let member = header.member().map(ToString::to_string).unwrap_or_default();
            match message.message_type() {
                Type::MethodCall => calls.push((sender, member)),
                Type::Signal if member == "NameOwnerChanged" => {
                    let (name, _, owner): (String, String, String) = body.deserialize().unwrap();
                    let is_client = calls.contains(&(name.clone(), "OpenSession".to_owned()));
                    if owner.is_empty() && is_client {
                        calls.retain(|(sender, _)| *sender == name || sender == NAMELESS);
                        break;
                    }
                }
                _ => {}
            }
        }
        calls.into_iter().map(|(_, member)| member).collect()
    }
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn status_reads_all_tokens_with_one_call() {
    let session = Session::new();
    let fake = Fake::start(session.address(), State::default());
    let ids = ["acme", "bert", "carl", "dora"];
    for (at, id) in ids.into_iter().enumerate() {
        session.used(id, 630);
        session.adding(id).finished().done();
        let monitor = Monitor::start(session.address());
        assert_eq!(session.state("status --format json", id), "ok");
        let mut expected = vec!["Hello", "OpenSession", "Get", "SearchItems"];
        expected.extend(vec!["GetAll"; at + 1]);
        expected.push("GetSecrets");
        assert_eq!(monitor.calls(), expected, "{} accounts", at + 1);
    }
    // Another user's account has the same service name; it is not read.
    session.configure(&ids[..1]);
    fake.state().calls.clear();
    assert_eq!(session.state("status --format json", "acme"), "ok");
    assert_eq!(fake.state().secrets_given, 1);
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn reading_one_token_does_not_search_for_others() {
    let session = Session::new();
    let fake = Fake::start(session.address(), State::default());
    let ids = ["acme", "bert", "carl", "dora"];
    ids.iter().for_each(|id| drop(session.adding(id).finished().done()));
    fake.state().calls.clear();
    // `tokens` reads one token after another.
    session.run("tokens");
    let state = fake.state();
    assert_eq!((state.count("GetAll"), state.count("GetSecrets")), (ids.len(), ids.len()));
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn duplicate_tokens_of_an_account_do_not_affect_others() {
    let session = Session::new();
    let fake = Fake::start(session.address(), State::default());
    for id in ["acme", "bert"] {
        session.used(id, 630);
        session.adding(id).finished().done();
    }
    fake.state().double();
    assert_eq!(session.state("status --format json", "acme"), "keyring_unavailable");
    assert_eq!(session.state("status --format json", "bert"), "ok");
    assert!(session.run("status").done().contains("it has several tokens for this account"));
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn token_deleted_during_a_read_does_not_affect_others() {
    let session = Session::new();
    let fake = Fake::start(session.address(), State::default());
    for id in ["acme", "bert"] {
        session.used(id, 630);
        session.adding(id).finished().done();
    }
    fake.state().deleted = Some(1);
    assert_eq!(session.state("status --format json", "acme"), "ok");
    assert_eq!(session.state("status --format json", "bert"), "token_missing");
}

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn more_tokens_than_a_bus_lets_wait_for_answers_are_read() {
    let session = Session::new();
    let fake = Fake::start(session.address(), State::default());
    session.used("acme", 630);
    session.adding("acme").finished().done();
    // A session bus with the limits of the system bus allows 128 pending calls.
    let ids: Vec<String> = (0..200).map(|at| format!("more{at}")).collect();
    ids.iter().for_each(|id| fake.state().share(id));
    session.configure(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let table = session.run("status").done();
    assert_eq!(table.matches("630 GB").count(), ids.len(), "{table}");
}
