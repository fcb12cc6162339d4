//! An API on this machine that answers after a while and counts what comes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The answers to come, and what came.
#[derive(Default)]
pub struct Api {
    latency: AtomicU64,
    requests: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
    last: Mutex<Option<Instant>>,
}

/// What came since the last reset.
#[derive(Debug, Clone, Copy)]
pub struct Came {
    pub requests: usize,
    /// The most connections at once.
    pub connections: usize,
}

impl Api {
    /// Starts it, over TLS if with a configuration; where it listens.
    pub fn start(tls: Option<Arc<ServerConfig>>) -> (Arc<Api>, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let api = Arc::new(Api::default());
        let serving = api.clone();
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (api, tls) = (serving.clone(), tls.clone());
                thread::spawn(move || {
                    let open = api.open.fetch_add(1, Ordering::SeqCst) + 1;
                    api.most_open.fetch_max(open, Ordering::SeqCst);
                    let _ = socket.set_nodelay(true);
                    let _ = match tls.map(ServerConnection::new) {
                        Some(Ok(connection)) => api.converse(StreamOwned::new(connection, socket)),
                        Some(Err(_)) => Ok(()),
                        None => api.converse(socket),
                    };
                    api.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        (api, address)
    }

    /// From now on every answer takes so long.
    pub fn latency(&self, latency: Duration) {
        self.latency.store(latency.as_millis() as u64, Ordering::SeqCst);
    }

    /// Waits until no more than `most` connections are open.
    pub fn settle(&self, most: usize) {
        for _ in 0..200 {
            if self.open.load(Ordering::SeqCst) <= most {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Begins to count anew.
    pub fn reset(&self) {
        self.requests.store(0, Ordering::SeqCst);
        self.most_open.store(self.open.load(Ordering::SeqCst), Ordering::SeqCst);
        *self.last.lock().unwrap() = None;
    }

    pub fn came(&self) -> Came {
        let (requests, connections) =
            (self.requests.load(Ordering::SeqCst), self.most_open.load(Ordering::SeqCst));
        Came { requests, connections }
    }

    /// When the first request since the reset came.
    pub fn first_at(&self) -> Option<Instant> {
        *self.last.lock().unwrap()
    }

    fn converse(&self, stream: impl Read + Write) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            self.last.lock().unwrap().get_or_insert_with(Instant::now);
            let (mut token, path) = (String::new(), line.split(' ').nth(1).unwrap_or_default().to_owned());
            while line.trim_end() != "" {
                line.clear();
                stream.read_line(&mut line)?;
                if let Some((_, bearer)) = line.split_once("Bearer ") {
                    token = bearer.chars().take(16).collect();
                }
            }
            self.requests.fetch_add(1, Ordering::SeqCst);
            let latency = self.latency.load(Ordering::SeqCst);
            if latency > 0 {
                thread::sleep(Duration::from_millis(latency));
            }
            let (status, body) = answer(&path, &token);
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nX-OAuth-Scopes: account:read_only\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.get_mut().write_all(format!("{head}{body}").as_bytes())?;
            stream.get_mut().flush()?;
        }
    }
}

fn answer(path: &str, token: &str) -> (&'static str, String) {
    let path = path.split('?').next().unwrap_or_default();
    let body = match path.trim_start_matches("/v4") {
        "/account/transfer" => {
            r#"{"used": 830, "quota": 1000, "billable": 0, "region_transfers": [{"id": "id-cgk", "used": 1, "quota": 10, "billable": 0}]}"#.to_owned()
        }
        "/profile/tokens" => format!(
            r#"{{"data": [{{"id": 1, "scopes": "account:read_only", "label": "tray", "token": "{token}", "created": "2026-01-02T03:04:05", "expiry": null}}], "page": 1, "pages": 1, "results": 1}}"#
        ),
        "/regions" => {
            r#"{"data": [{"id": "id-cgk", "label": "Jakarta, ID"}], "page": 1, "pages": 1, "results": 1}"#.to_owned()
        }
        "/network-transfer/prices" => {
            r#"{"data": [{"id": "network_transfer", "label": "Network Transfer", "price": {"hourly": 0.005, "monthly": null}, "region_prices": [], "transfer": 0}], "page": 1, "pages": 1, "results": 1}"#.to_owned()
        }
        _ => return ("404 Not Found", r#"{"errors": [{"reason": "Not found"}]}"#.to_owned()),
    };
    ("200 OK", body)
}
