//! The local socket.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use linode_bandwidth::app::ipc;
use linode_bandwidth::app::ipc::message::{OwnerKind, Request};
use linode_bandwidth::app::ipc::{Answering, Cancelled, Owner, Subscribers};

use super::unix::Target;

pub fn socket() -> Target {
    let folder = Box::leak(Box::new(tempfile::tempdir().unwrap())).path();
    let path = folder.join("control.sock");
    let listening = path.clone();
    let (ready, listens) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let subscribers = Subscribers::new(|| {});
            let _listening = ipc::listen(&listening, Arc::new(Nobody), Some(subscribers)).unwrap();
            ready.send(()).unwrap();
            std::future::pending::<()>().await
        });
    });
    listens.recv().unwrap();
    let read = move |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The server hangs up on clients that send too much.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        match stream.take(1 << 20).read_to_end(&mut answer) {
            // Whatever it receives, the server only sends its own lines and no token.
            Ok(_) => {
                let text = String::from_utf8(answer).unwrap();
                for line in text.lines() {
                    assert!(serde_json::from_str::<serde_json::Value>(line).unwrap().is_object(), "{line}");
                }
                assert!(!text.contains(TOKEN), "{text}");
            }
            // The server hung up before it had read everything.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
        }
    };
    let hello = r#"{"hello":{"protocol":1,"program":"0.1.0","owner":null}}"#;
    let token = format!(r#"{{"request":[2,{{"linodes":{{"typed":"{TOKEN}"}}}}]}}"#);
    let good = [
        r#"{"request":[1,"refresh"]}"#,
        r#"{"request":[3,{"token_stored":"acme"}]}"#,
        r#"{"request":[4,{"settings":[{"forecast_alert":true}]}]}"#,
        r#"{"cancel":1}"#,
        r#"{"subscribe":{"view":{"page":"usage"},"activation":"a-1"}}"#,
        r#""shown""#,
        r#""quit""#,
        &token,
    ];
    Target {
        good: good.iter().map(|line| format!("{hello}\n{line}\n").into_bytes()).collect(),
        longest: 1 << 20,
        read: Box::new(read),
    }
}

/// An invented token in the format of a real one.
const TOKEN: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";

/// Answers every request and does nothing.
struct Nobody;

impl Owner for Nobody {
    fn kind(&self) -> OwnerKind {
        OwnerKind::Tray
    }

    fn answer(&self, request: Request, _: Cancelled) -> Answering {
        Box::pin(async move { request.failed("nothing is done here".to_owned()) })
    }

    fn quit(&self) {}
}
