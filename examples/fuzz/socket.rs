//! The local socket.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use linode_bandwidth::instance;

use super::unix::Target;

pub fn socket() -> Target {
    let folder = Box::leak(Box::new(tempfile::tempdir().unwrap())).path();
    let path = folder.join("control.sock");
    let listening = path.clone();
    let (ready, listens) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            instance::listen_with(&listening, |_wish| async { true }).unwrap();
            ready.send(()).unwrap();
            std::future::pending::<()>().await
        });
    });
    listens.recv().unwrap();
    let read = move |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // It hangs up on who says too much.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        match stream.take(1024).read_to_end(&mut answer) {
            Ok(_) => assert!(matches!(&*answer, b"ok\n" | b"what?\n"), "{answer:?}"),
            // It had not read everything when it hung up.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
        }
    };
    let good = ["refresh\n", "open\n", "token-stored acme\n", "show usage\n", "show token-guide\n"];
    Target {
        good: good.map(|line| line.as_bytes().to_vec()).to_vec(),
        longest: 1 << 20,
        read: Box::new(read),
    }
}
