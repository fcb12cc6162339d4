//! A small HTTP/1.1 server on this machine that answers as a test tells it to, and remembers what it was asked.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Longer than anything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server. It ends with its value.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
}

/// One answer, and the way in which it is given.
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
    /// A byte of the body at a time, and a pause before each.
    Trickle(Duration),
    /// Half of the body, then the end.
    Cut,
    /// The end, without a byte.
    Close,
    /// Nothing, for as long as the client stays.
    Never,
    /// What a proxy does after CONNECT.
    Tunnel(SocketAddr),
}

/// One request that came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`
    pub method: String,
    /// With the query, without the `/v4` in front.
    pub target: String,
    /// When it was read.
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
    /// By the token that it is for, or any, and by target or path.
    answers: HashMap<(Option<String>, String), Reply>,
    requests: Vec<Request>,
    /// How long each answer waits, and whether it waits for [`Server::go_on`].
    latency: Duration,
    held: bool,
    /// How many connections are open, and the most since the last [`Server::forget`].
    open: usize,
    most_open: usize,
    /// Everything that came through a tunnel.
    tunnelled: Vec<u8>,
    ended: bool,
}

/// A port of this machine that nobody listens on, and nobody else is given while this lives.
pub struct Nobody(tokio::net::TcpSocket);

impl Nobody {
    /// One that was free.
    pub fn new() -> Nobody {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Nobody(socket)
    }

    /// Where nobody listens.
    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Server {
    /// A server that answers 404 to everything.
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

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The `api_url` for it: `http://127.0.0.1:PORT/v4`.
    pub fn url(&self) -> String {
        format!("{}://{}/v4", self.scheme, self.address)
    }

    /// From now on `path` (`/account/transfer`, with or without a query) is answered so, whatever the token.
    pub fn answer(&self, path: &str, reply: Reply) {
        self.shared.lock().answers.insert((None, path.to_owned()), reply);
    }

    /// From now on `path` is answered so to those who come with `token`.
    pub fn answer_for(&self, token: &str, path: &str, reply: Reply) {
        self.shared.lock().answers.insert((Some(token.to_owned()), path.to_owned()), reply);
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// Waits until `enough` requests have come, and gives all of them.
    pub fn wait_for(&self, enough: usize) -> Vec<Request> {
        let state = self.shared.lock();
        let wait = self.shared.came.wait_timeout_while(state, PATIENCE, |s| s.requests.len() < enough);
        let (state, waited) = wait.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} of {enough} requests came", state.requests.len());
        state.requests.clone()
    }

    /// Prints each request as it comes: of a server that is a process of its own.
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

    /// From now on every answer waits so long.
    pub fn delay(&self, latency: Duration) {
        self.shared.lock().latency = latency;
    }

    /// From now on nobody is answered before [`Server::go_on`].
    pub fn hold(&self) {
        self.shared.lock().held = true;
    }

    /// Answers those who wait, and whoever asks from now on.
    pub fn go_on(&self) {
        self.shared.lock().held = false;
        self.shared.came.notify_all();
    }

    /// Forgets what was asked so far, and how many connections there were.
    pub fn forget(&self) {
        let mut state = self.shared.lock();
        state.requests.clear();
        state.most_open = state.open;
    }

    /// The most connections that were open at once.
    pub fn most_open(&self) -> usize {
        self.shared.lock().most_open
    }

    /// Waits until no more than `most` connections are open.
    pub fn wait_until_open(&self, most: usize) {
        let state = self.shared.lock();
        let wait = self.shared.came.wait_timeout_while(state, PATIENCE, |state| state.open > most);
        let (state, waited) = wait.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} connections stay open", state.open);
    }

    /// What clients have sent through tunnels.
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
    /// A whole answer.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into(), way: Way::Whole }
    }

    /// A whole answer in JSON.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(status, body).header("Content-Type", "application/json")
    }

    /// What `tests/recorded` has under this name.
    pub fn recorded(name: &str) -> Reply {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
        let file = std::fs::read_to_string(folder.join(name).with_extension("json")).unwrap();
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        let response = &file["response"];
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let mut reply = Reply::new(status, response["body_text"].as_str().unwrap());
        for (name, value) in response["headers"].as_object().unwrap() {
            // The server's own: they say how it sends the body.
            if ["content-length", "connection", "transfer-encoding"].contains(&name.to_lowercase().as_str()) {
                continue;
            }
            for value in value.as_array().unwrap_or(&vec![value.clone()]) {
                reply = reply.header(name, value.as_str().unwrap());
            }
        }
        reply
    }

    /// Sends the client elsewhere.
    pub fn redirect(to: &str) -> Reply {
        Reply::new(302, "").header("Location", to)
    }

    /// Hangs up without a byte.
    pub fn close() -> Reply {
        Reply { way: Way::Close, ..Reply::new(200, "") }
    }

    /// Says nothing, for as long as the client stays.
    pub fn never() -> Reply {
        Reply { way: Way::Never, ..Reply::new(200, "") }
    }

    /// Does what a proxy does after CONNECT, but always to `address`.
    pub fn tunnel(address: SocketAddr) -> Reply {
        Reply { way: Way::Tunnel(address), ..Reply::new(200, "") }
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A byte of the body at a time, `pause` before each.
    pub fn trickling(self, pause: Duration) -> Reply {
        Reply { way: Way::Trickle(pause), ..self }
    }

    /// Hangs up after half of the body.
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
    /// A header's value, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The token that it came with.
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

    /// Serves one connection to its end; the client's going away is one.
    fn converse(&self, socket: TcpStream) {
        // The head and the body are written one after the other: neither waits for the other's receipt.
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

    /// Whether the connection goes on.
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
