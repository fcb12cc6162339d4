//! The window's requests to the tray, which share one connection to the keyring.

use std::process::{Command, Stdio};

use linode_bandwidth::app::ipc::message::{Answer, Request};
use linode_bandwidth::app::poller::Input;
use linode_bandwidth::app::requests::Requests;
use linode_bandwidth::storage::keyring::Keyring;
use linode_bandwidth::storage::paths::Paths;
use linode_bandwidth::storage::token_store::TokenStore;

use crate::fake::{Fake, State};
use crate::session::{Process, Session};
use crate::support::server::Reply;

/// Set in the process that has the test's session bus.
const INSIDE: &str = "KEYRINGS_INSIDE";

#[test]
#[ignore = "needs dbus-daemon: tests/run has it"]
fn requests_read_the_keyring_over_one_connection() {
    if std::env::var_os(INSIDE).is_some() {
        return requests();
    }
    let session = Session::new();
    let fake = Fake::start(session.address(), State::default());
    session.used("acme", 630);
    session.adding("acme").finished().done();
    session.api.answer("/profile/tokens", Reply::json(200, r#"{"data": [], "pages": 1}"#));
    session.api.answer("/linode/instances", Reply::json(200, r#"{"data": [], "pages": 1}"#));
    fake.state().calls.clear();
    let mut inside: Command = session.command(std::env::current_exe().unwrap().to_str().unwrap());
    inside.args(["--exact", "window::requests_read_the_keyring_over_one_connection"]);
    inside.args(["--ignored", "--nocapture"]).env(INSIDE, "1");
    let ran = Process::start(inside.stdout(Stdio::piped()).stderr(Stdio::piped())).finished();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(fake.state().count("OpenSession"), 1);
}

fn requests() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let paths = Paths::from_env().unwrap();
        let (inbox, mut inputs) = tokio::sync::mpsc::unbounded_channel();
        let requests = Requests::new(&paths, TokenStore::Keyring(Keyring::new()), inbox);
        tokio::spawn(async move {
            while let Some(input) = inputs.recv().await {
                if let Input::ReadConfig(Some(done)) = input {
                    let _ = done.send(());
                }
            }
        });
        let acme = || "acme".parse().unwrap();
        let asked = [
            Request::Tokens(acme()),
            Request::Top(acme()),
            Request::Duplicate(acme()),
            Request::Tokens(acme()),
            Request::Duplicate(acme()),
        ];
        for request in asked {
            let name = format!("{request:?}");
            let (_kept, cancelled) = tokio::sync::oneshot::channel();
            let answered = match requests.answer(request, cancelled).await {
                Answer::Tokens(listed) => listed.map(drop),
                Answer::Top(_, top) => top.map(drop),
                Answer::Changed(said) => said.map(drop),
                other => panic!("{other:?}"),
            };
            assert_eq!(answered, Ok(()), "{name}");
        }
    });
}
