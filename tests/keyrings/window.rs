//! The window's jobs, which run beside each other and share the keyring.

use std::process::{Command, Stdio};

use linode_bandwidth::store::keyring::Keyring;
use linode_bandwidth::store::paths::Paths;
use linode_bandwidth::store::token_store::TokenStore;
use linode_bandwidth::window::Backend;
use linode_bandwidth::window::worker::{Done, Job, Worker};

use crate::fake::{Fake, State};
use crate::session::{Process, Session};
use crate::support::server::Reply;
use crate::until;

/// Set in the process that has the session's bus for its own.
const INSIDE: &str = "KEYRINGS_INSIDE";

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn jobs_of_all_queues_read_the_keyring_over_one_connection() {
    if std::env::var_os(INSIDE).is_some() {
        return jobs();
    }
    let session = Session::new();
    let fake = Fake::start(session.address(), State::default());
    session.used("acme", 630);
    session.adding("acme").finished().done();
    session.api.answer("/profile/tokens", Reply::json(200, r#"{"data": [], "pages": 1}"#));
    session.api.answer("/linode/instances", Reply::json(200, r#"{"data": [], "pages": 1}"#));
    fake.state().calls.clear();
    let mut inside: Command = session.command(std::env::current_exe().unwrap().to_str().unwrap());
    inside.args(["--exact", "window::jobs_of_all_queues_read_the_keyring_over_one_connection"]);
    inside.args(["--ignored", "--nocapture"]).env(INSIDE, "1");
    let ran = Process::start(inside.stdout(Stdio::piped()).stderr(Stdio::piped())).finished();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(fake.state().count("OpenSession"), 1);
}

fn jobs() {
    let backend = Backend { paths: Paths::from_env().unwrap(), tokens: TokenStore::Keyring(Keyring::new()) };
    let worker = Worker::start(&backend, || {}).unwrap();
    let acme = || "acme".parse().unwrap();
    for job in [
        Job::Tokens(1, acme()),
        Job::Top(1, acme()),
        Job::Duplicate(acme()),
        Job::Refresh,
        Job::Tokens(1, acme()),
        Job::Duplicate(acme()),
    ] {
        let name = format!("{job:?}");
        worker.send(job);
        let answered = match until(&name, || worker.next()) {
            Done::Tokens(_, listed) => listed.map(drop),
            Done::Top(_, _, top) => top.map(drop),
            Done::Changed(said) => said.map(drop),
            Done::Refreshed(refreshed) => refreshed.map(|snapshot| {
                let states = snapshot.unwrap().accounts.into_iter().map(|account| account.state.as_str());
                assert!(states.into_iter().all(|state| state == "ok"));
            }),
            other => panic!("{other:?}"),
        };
        assert_eq!(answered, Ok(()), "{name}");
    }
}
