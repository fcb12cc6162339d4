//! An HTTP/1.1 server with scripted responses that records requests.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Longer than any wait of a test.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The server, which stops when this is dropped.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
}

/// A response and how to send it.
#[derive(Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Whole,
    /// One byte of the body at a time, with a pause before each.
    Trickle(Duration),
    /// Half of the body, then the connection closes.
    Cut,
    /// The connection closes without a byte.
    Close,
    /// Nothing while the client stays connected.
    Never,
    /// A tunnel, as a proxy's after CONNECT.
    Tunnel(SocketAddr),
}

/// A received request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// With the query, without the `/v4` prefix.
    pub target: String,
    /// When it was received.
    pub at: Instant,
    headers: Vec<(String, String)>,
}

struct Shared {
    state: Mutex<State>,
    came: Condvar,
    tls: Option<Arc<ServerConfig>>,
}

#[derive(Default)]
struct State {
    /// By token (`None` for any) and by target or path.
    answers: HashMap<(Option<String>, String), Reply>,
    requests: Vec<Request>,
    /// The delay of each response, and whether responses wait for [`Server::go_on`].
    latency: Duration,
    held: bool,
    /// Open connections, and their maximum since the last [`Server::forget`].
    open: usize,
    most_open: usize,
    /// All bytes from clients through tunnels.
    tunnelled: Vec<u8>,
    ended: bool,
}

/// A reserved port of this machine without a listener.
pub struct Nobody(tokio::net::TcpSocket);

impl Nobody {
    /// Reserves a free port.
    pub fn new() -> Nobody {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Nobody(socket)
    }

    /// The address without a listener.
    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Server {
    /// A server that responds 404 to everything.
    pub fn start() -> Server {
        Server::launch("http", None)
    }

    /// The same over TLS.
    pub fn start_tls(config: Arc<ServerConfig>) -> Server {
        Server::launch("https", Some(config))
    }

    fn launch(scheme: &'static str, tls: Option<Arc<ServerConfig>>) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { state: Mutex::default(), came: Condvar::new(), tls });
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                if of_thread.lock().ended {
                    break;
                }
                let shared = Arc::clone(&of_thread);
                thread::spawn(move || {
                    shared.opened(1);
                    shared.converse(socket);
                    shared.opened(-1);
                });
            }
        });
        Server { address, scheme, shared }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's `api_url`: `http://127.0.0.1:PORT/v4`.
    pub fn url(&self) -> String {
        format!("{}://{}/v4", self.scheme, self.address)
    }

    /// Sets the response for `path` (such as `/account/transfer`, with or without a query) and any token.
    pub fn answer(&self, path: &str, reply: Reply) {
        self.shared.lock().answers.insert((None, path.to_owned()), reply);
    }

    /// Sets the response for `path` and `token`.
    pub fn answer_for(&self, token: &str, path: &str, reply: Reply) {
        self.shared.lock().answers.insert((Some(token.to_owned()), path.to_owned()), reply);
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// Waits for `enough` requests and returns all of them.
    pub fn wait_for(&self, enough: usize) -> Vec<Request> {
        let state = self.shared.lock();
        let wait = self.shared.came.wait_timeout_while(state, TIMEOUT, |s| s.requests.len() < enough);
        let (state, waited) = wait.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} of {enough} requests came", state.requests.len());
        state.requests.clone()
    }

    /// Prints each request on arrival, for a server in its own process.
    pub fn print_requests(&self) -> ! {
        let (mut state, mut printed) = (self.shared.lock(), 0);
        loop {
            for Request { method, target, .. } in &state.requests[printed..] {
                println!("{method} {target}");
            }
            printed = state.requests.len();
            state = self.shared.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Delays all later responses by `latency`.
    pub fn delay(&self, latency: Duration) {
        self.shared.lock().latency = latency;
    }

    /// Holds all responses until [`Server::go_on`].
    pub fn hold(&self) {
        self.shared.lock().held = true;
    }

    /// Releases the held responses and stops holding.
    pub fn go_on(&self) {
        self.shared.lock().held = false;
        self.shared.came.notify_all();
    }

    /// Clears the recorded requests and the maximum of connections.
    pub fn forget(&self) {
        let mut state = self.shared.lock();
        state.requests.clear();
        state.most_open = state.open;
    }

    /// The maximum of simultaneous connections.
    pub fn most_open(&self) -> usize {
        self.shared.lock().most_open
    }

    /// Waits until at most `most` connections are open.
    pub fn wait_until_open(&self, most: usize) {
        let state = self.shared.lock();
        let wait = self.shared.came.wait_timeout_while(state, TIMEOUT, |state| state.open > most);
        let (state, waited) = wait.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} connections stay open", state.open);
    }

    /// All bytes from clients through tunnels.
    pub fn tunnelled(&self) -> Vec<u8> {
        self.shared.lock().tunnelled.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        // Wakes the listening thread.
        let _ = TcpStream::connect(self.address);
    }
}

impl Reply {
    /// A complete response.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into(), way: Way::Whole }
    }

    /// A complete JSON response.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(status, body).header("Content-Type", "application/json")
    }

    /// The recorded response `name` in `tests/recorded`.
    pub fn recorded(name: &str) -> Reply {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
        let file = std::fs::read_to_string(folder.join(name).with_extension("json")).unwrap();
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        let response = &file["response"];
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let mut reply = Reply::new(status, response["body_text"].as_str().unwrap());
        for (name, value) in response["headers"].as_object().unwrap() {
            // Connection headers, which this server sets itself.
            if ["content-length", "connection", "transfer-encoding"].contains(&name.to_lowercase().as_str()) {
                continue;
            }
            for value in value.as_array().unwrap_or(&vec![value.clone()]) {
                reply = reply.header(name, value.as_str().unwrap());
            }
        }
        reply
    }

    /// A redirect to `to`.
    pub fn redirect(to: &str) -> Reply {
        Reply::new(302, "").header("Location", to)
    }

    /// Closes the connection without a byte.
    pub fn close() -> Reply {
        Reply { way: Way::Close, ..Reply::new(200, "") }
    }

    /// Sends nothing while the client stays connected.
    pub fn never() -> Reply {
        Reply { way: Way::Never, ..Reply::new(200, "") }
    }

    /// Tunnels to `address` as a proxy does after CONNECT, whatever the target.
    pub fn tunnel(address: SocketAddr) -> Reply {
        Reply { way: Way::Tunnel(address), ..Reply::new(200, "") }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends one byte of the body at a time, with `pause` before each.
    pub fn trickling(self, pause: Duration) -> Reply {
        Reply { way: Way::Trickle(pause), ..self }
    }

    /// Closes the connection after half of the body.
    pub fn cut(self) -> Reply {
        Reply { way: Way::Cut, ..self }
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !matches!(self.way, Way::Tunnel(_)) {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        head + "\r\n"
    }
}

impl Request {
    /// A header's value; the name is case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The token in the request.
    pub fn token(&self) -> Option<&str> {
        self.header("Authorization")?.strip_prefix("Bearer ")
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn read(from: &mut impl BufRead) -> Option<Request> {
        let first = line(from)?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next()?, words.next()?);
        let mut headers = Vec::new();
        loop {
            let line = line(from)?;
            match line.split_once(": ") {
                Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
                None if line.is_empty() => break,
                None => return None,
            }
        }
        let target = target.strip_prefix("/v4").map(str::to_owned).unwrap_or(target);
        Some(Request { method, target, at: Instant::now(), headers })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self, more: isize) {
        let mut state = self.lock();
        state.open = state.open.saturating_add_signed(more);
        state.most_open = state.most_open.max(state.open);
        self.came.notify_all();
    }

    /// Serves one connection until it ends or the client disconnects.
    fn converse(&self, socket: TcpStream) {
        // Head and body are separate writes: avoid waiting for an acknowledgment between them.
        let _ = socket.set_nodelay(true);
        let Ok(plain) = socket.try_clone() else { return };
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(socket),
            Some(config) => match ServerConnection::new(Arc::clone(config)) {
                Ok(connection) => Box::new(StreamOwned::new(connection, socket)),
                Err(_) => return,
            },
        };
        let mut stream = BufReader::new(stream);
        while let Some(request) = Request::read(&mut stream) {
            let reply = self.take_up(request);
            let held = self.came.wait_while(self.lock(), |state| state.held);
            let latency = held.unwrap_or_else(PoisonError::into_inner).latency;
            thread::sleep(latency);
            if !matches!(self.give(&reply, &mut stream, &plain), Ok(true)) {
                break;
            }
        }
        let _ = plain.shutdown(std::net::Shutdown::Both);
    }

    fn take_up(&self, request: Request) -> Reply {
        let mut state = self.lock();
        let token = request.token().map(str::to_owned);
        let reply = [token, None]
            .into_iter()
            .flat_map(|token| [&request.target, request.path()].map(|path| (token.clone(), path.to_owned())))
            .find_map(|key| state.answers.get(&key).cloned());
        state.requests.push(request);
        self.came.notify_all();
        reply.unwrap_or_else(|| Reply::json(404, r#"{"errors": [{"reason": "Not found"}]}"#))
    }

    /// Sends `reply`; returns whether the connection stays open.
    fn give(
        &self,
        reply: &Reply,
        stream: &mut BufReader<Box<dyn Stream>>,
        plain: &TcpStream,
    ) -> io::Result<bool> {
        let to = stream.get_mut();
        match reply.way {
            Way::Close => return Ok(false),
            Way::Never => {
                let _ = stream.read(&mut [0]);
                return Ok(false);
            }
            _ => to.write_all(reply.head().as_bytes())?,
        }
        match reply.way {
            Way::Trickle(pause) => {
                for byte in &reply.body {
                    thread::sleep(pause);
                    to.write_all(std::slice::from_ref(byte))?;
                    to.flush()?;
                }
            }
            Way::Cut => {
                to.write_all(&reply.body[..reply.body.len() / 2])?;
                to.flush()?;
                return Ok(false);
            }
            Way::Tunnel(address) => {
                self.tunnel(plain, TcpStream::connect(address)?)?;
                return Ok(false);
            }
            _ => to.write_all(&reply.body)?,
        }
        to.flush()?;
        Ok(true)
    }

    fn tunnel(&self, mut client: &TcpStream, mut server: TcpStream) -> io::Result<()> {
        let (mut back_from, mut back_to) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || io::copy(&mut back_from, &mut back_to));
        let mut bytes = [0; 4096];
        loop {
            let read = client.read(&mut bytes)?;
            if read == 0 {
                return server.shutdown(std::net::Shutdown::Both);
            }
            self.lock().tunnelled.extend_from_slice(&bytes[..read]);
            server.write_all(&bytes[..read])?;
        }
    }
}

fn line(from: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    from.read_line(&mut line).ok().filter(|read| *read > 0)?;
    Some(line.trim_end().to_owned())
}
