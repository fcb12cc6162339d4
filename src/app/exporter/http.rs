//! `/metrics` and `/-/healthy` over HTTP/1.1, for a few clients that may be slow, broken or strangers.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HOST};
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{ExporterError, MetricsState};
use crate::metrics::Format;
use crate::platform::task;

/// How many connections are open at once. For another one, the oldest that has not said yet what it wants is closed: those
/// who only connect keep nobody out. Where all are being answered it waits, at most as long as [`CONNECTION_TIMEOUT`].
const MAX_CONNECTIONS: usize = 32;
/// How long a client may take to send its request.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum lifetime of a connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum size of the headers. Scrapers send less.
const MAX_HEADER_BYTES: usize = 16 << 10;
/// Allows every host name: for an exporter that only a proxy in front of it can reach.
const EVERY_NAME: &str = "*";
/// How many refused host names are logged.
const MAX_LOGGED_HOSTS: usize = 16;
/// The longest host name that there is.
const LONGEST_NAME: usize = 253;
const PLAIN: &str = "text/plain; charset=utf-8";

/// Listens on `address`.
///
/// # Errors
/// [`ExporterError::Listen`], which says what to do.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ExporterError> {
    TcpListener::bind(address).await.map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "the port is already in use; stop the program that uses it, or choose another port with --listen".to_owned()
            }
            io::ErrorKind::PermissionDenied => {
                "the system does not allow it; choose a port from 1024 on with --listen".to_owned()
            }
            io::ErrorKind::AddrNotAvailable => {
                "this machine does not have that address; choose another with --listen".to_owned()
            }
            _ => format!("{error}; choose another address with --listen"),
        };
        ExporterError::Listen { address, why }
    })
}

/// The host names that requests may use.
///
/// A page in somebody's browser can have its own name lead to this machine (DNS rebinding) and read what is served
/// here. Such a request has that name in `Host`: so a name has to be known, while an address may be any.
#[derive(Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
    /// Those that were refused and logged.
    refused: Mutex<BTreeSet<String>>,
}

impl Hosts {
    /// Those of this very machine, and `names`; with `*` among them, all.
    pub fn new(names: &[String]) -> Hosts {
        Hosts { names: names.iter().map(|name| plain(name)).collect(), refused: Mutex::default() }
    }

    fn allow(&self, host: &str) -> bool {
        let host = plain(host);
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
        address.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || self.names.iter().any(|name| *name == host || name == EVERY_NAME)
    }

    /// Logs a name that was refused, once: a scraper sees the status only. How many names come is not ours to
    /// choose, so there is an end to it.
    fn log_refused_host(&self, host: &str) {
        let host = plain(host);
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() > MAX_LOGGED_HOSTS || !refused.insert(host.clone()) {
            return;
        }
        if refused.len() > MAX_LOGGED_HOSTS {
            tracing::warn!(
                "more host names are refused and no longer logged; --allow-host '*' allows every name"
            );
        } else if host.len() <= LONGEST_NAME && host.chars().all(|c| c.is_ascii_graphic()) {
            tracing::warn!(
                "refused a request by the host name {host}: to allow it, start the exporter with --allow-host {host}"
            );
        } else {
            tracing::warn!("refused a request by a host name that can't be one");
        }
    }
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Accepts and serves connections for as long as this future is polled.
pub async fn serve(listener: TcpListener, state: Arc<MetricsState>, hosts: Hosts) {
    let hosts = Arc::new(hosts);
    let mut open: VecDeque<Connection> = VecDeque::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                make_room(&mut open).await;
                let asked = Arc::new(AtomicBool::new(false));
                let talk = serve_connection(stream, state.clone(), hosts.clone(), asked.clone());
                let task = task::spawn(async move {
                    let _ = tokio::time::timeout(CONNECTION_TIMEOUT, talk).await;
                });
                open.push_back(Connection { task, asked });
            }
            // For example, out of file descriptors.
            Err(error) => {
                tracing::warn!("a connection can't be taken: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// An open connection.
struct Connection {
    task: JoinHandle<()>,
    /// Whether its request has come.
    asked: Arc<AtomicBool>,
}

async fn make_room(open: &mut VecDeque<Connection>) {
    open.retain(|connection| !connection.task.is_finished());
    if open.len() < MAX_CONNECTIONS {
        return;
    }
    let waits = open.iter().position(|connection| !connection.asked.load(Ordering::Relaxed));
    if let Some(oldest) = open.remove(waits.unwrap_or_default()) {
        if waits.is_some() {
            oldest.task.abort();
        } else {
            let _ = oldest.task.await;
        }
    }
}

/// One request per connection: idle connections would keep others waiting.
async fn serve_connection(
    stream: TcpStream,
    state: Arc<MetricsState>,
    hosts: Arc<Hosts>,
    asked: Arc<AtomicBool>,
) {
    let service = service_fn(move |request| {
        asked.store(true, Ordering::Relaxed);
        let (state, hosts) = (state.clone(), hosts.clone());
        async move { Ok::<_, Infallible>(answer(&request, state, &hosts).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .header_read_timeout(HEADERS_TIMEOUT)
        .max_header_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!("a client went wrong: {error}");
    }
}

async fn answer(
    request: &Request<Incoming>,
    state: Arc<MetricsState>,
    hosts: &Hosts,
) -> Response<Full<Bytes>> {
    match route(request, hosts) {
        Route::Metrics(format) => match state.exposition(format).await {
            Ok(text) => say(StatusCode::OK, format.content_type(), text),
            Err(why) => {
                tracing::warn!("no metrics: {why}");
                say(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, format!("{why}\n"))
            }
        },
        Route::Healthy => say(StatusCode::OK, PLAIN, "ok\n".to_owned()),
        Route::Refused(status, why) => {
            let mut response = say(status, PLAIN, format!("{why}\n"));
            if status == StatusCode::METHOD_NOT_ALLOWED {
                response.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET, HEAD"));
            }
            response
        }
    }
}

/// What a request is about.
#[derive(Debug, PartialEq, Eq)]
enum Route {
    Metrics(Format),
    Healthy,
    Refused(StatusCode, &'static str),
}

fn route<B>(request: &Request<B>, hosts: &Hosts) -> Route {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let host = match (request.uri().host(), header(HOST)) {
        (Some(host), _) => Some(host.to_owned()),
        (None, Some(host)) => match host.parse::<Authority>() {
            Ok(host) => Some(host.host().to_owned()),
            Err(_) => return Route::Refused(StatusCode::BAD_REQUEST, "Invalid Host header."),
        },
        (None, None) => None,
    };
    if let Some(host) = host.filter(|host| !hosts.allow(host)) {
        hosts.log_refused_host(&host);
        let why = "Host not allowed. Start the exporter with --allow-host NAME.";
        return Route::Refused(StatusCode::FORBIDDEN, why);
    }
    let found = match request.uri().path() {
        "/metrics" => Route::Metrics(Format::accepted(header(ACCEPT))),
        "/-/healthy" => Route::Healthy,
        _ => return Route::Refused(StatusCode::NOT_FOUND, "Not found. Available: /metrics and /-/healthy."),
    };
    match *request.method() {
        Method::GET | Method::HEAD => found,
        _ => Route::Refused(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed."),
    }
}

fn say(status: StatusCode, kind: &str, body: String) -> Response<Full<Bytes>> {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, kind)
        .header("X-Content-Type-Options", "nosniff")
        .body(Full::from(body));
    response.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_may_be_allowed() {
        let hosts = Hosts::new(&["*".to_owned()]);
        let request = Request::builder().uri("/metrics").header(HOST, "anything.example:9489");
        assert_eq!(route(&request.body(()).unwrap(), &hosts), Route::Metrics(Format::Text));
    }

    #[test]
    fn each_refused_host_is_logged_once_up_to_a_limit() {
        let hosts = Hosts::default();
        for name in ["a.example", "A.example.", "b.example"] {
            hosts.log_refused_host(name);
        }
        assert_eq!(hosts.refused.lock().unwrap().len(), 2);
        (0..1000).for_each(|number| hosts.log_refused_host(&format!("{number}.example")));
        assert_eq!(hosts.refused.lock().unwrap().len(), MAX_LOGGED_HOSTS + 1);
    }

    fn routed(method: &str, uri: &str, host: Option<&str>) -> Route {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let hosts = Hosts::new(&["Metrics.Example.com".to_owned()]);
        route(&request.body(()).unwrap(), &hosts)
    }

    fn status(method: &str, uri: &str, host: Option<&str>) -> u16 {
        match routed(method, uri, host) {
            Route::Refused(status, _) => status.as_u16(),
            _ => 200,
        }
    }

    #[test]
    fn there_are_two_pages_and_they_can_only_be_read() {
        assert_eq!(routed("GET", "/metrics?x=y", None), Route::Metrics(Format::Text));
        assert_eq!(routed("HEAD", "/-/healthy", None), Route::Healthy);
        for (method, uri, expected) in [
            ("GET", "/", 404),
            ("GET", "/metrics/", 404),
            ("POST", "/", 404),
            ("POST", "/metrics", 405),
            ("OPTIONS", "/metrics", 405),
            ("DELETE", "/-/healthy", 405),
        ] {
            assert_eq!(status(method, uri, None), expected, "{method} {uri}");
        }
    }

    #[test]
    fn unknown_host_name_is_refused_and_an_address_is_not() {
        for host in [
            "127.0.0.1:9489",
            "localhost:9489",
            "LOCALHOST.",
            "[::1]:9489",
            "192.0.2.7",
            "metrics.example.com:9489",
            "METRICS.example.com.",
        ] {
            assert_eq!(status("GET", "/metrics", Some(host)), 200, "{host}");
        }
        for host in
            ["rebound.example.net:9489", "localhost.example.net", "127.0.0.1.example.net", "example.com"]
        {
            assert_eq!(status("GET", "/metrics", Some(host)), 403, "{host}");
            assert_eq!(status("GET", &format!("http://{host}/metrics"), Some("localhost")), 403, "{host}");
        }
        for host in ["a b", "", "http://localhost/"] {
            assert_eq!(status("GET", "/metrics", Some(host)), 400, "{host}");
        }
    }
}
