//! The client's end: for a command that makes one request, or a window that stays connected.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{ReadHalf, WriteHalf};

use super::line::{self, LineReader};
use super::message::{Answer, ClientMessage, Hello, OwnerKind, PROTOCOL, Request, ServerMessage};
use super::{IpcError, address, legacy, system};

/// How long the owner has to answer the hello.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the owner has to reread a changed configuration.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection to the owner, after both sides have sent their hello.
pub struct Connection {
    reader: LineReader<ReadHalf<system::ClientStream>>,
    writer: WriteHalf<system::ClientStream>,
    owner: OwnerKind,
}

impl Connection {
    /// Connects to the owner of `data_dir`.
    ///
    /// # Errors
    /// [`IpcError`] if no owner runs, if it does not answer, or if it has another version.
    pub async fn open(data_dir: &Path) -> Result<Connection, IpcError> {
        let mut refused = IpcError::NotRunning;
        for path in address::candidates(data_dir) {
            match system::connect(&path).await {
                Ok(stream) => return Connection::handshake(stream).await,
                Err(source) => {
                    refused = match (means_no_listener(&source), refused) {
                        (true, refused) => refused,
                        (false, _) => IpcError::Socket { path, source },
                    }
                }
            }
        }
        Err(refused)
    }

    async fn handshake(stream: system::ClientStream) -> Result<Connection, IpcError> {
        let (reader, mut writer) = tokio::io::split(stream);
        let mut reader = LineReader::new(reader);
        let greeting = async {
            line::write(&mut writer, &ClientMessage::Hello(Hello::new(None))).await?;
            reader.line().await
        };
        let line = tokio::time::timeout(HELLO_TIMEOUT, greeting).await;
        let line = line.map_err(|_| IpcError::silent("it took too long"))?.map_err(IpcError::silent)?;
        let line = line.ok_or_else(|| IpcError::silent("it sent nothing"))?;
        match serde_json::from_slice(&line) {
            Ok(ServerMessage::Hello(Hello { protocol: PROTOCOL, owner: Some(owner), .. })) => {
                Ok(Connection { reader, writer, owner })
            }
            // Another version, or one from before the protocol.
            Ok(ServerMessage::Hello(_)) => Err(IpcError::Updated),
            _ if line.as_slice() == legacy::NOT_UNDERSTOOD => Err(IpcError::Updated),
            _ => Err(IpcError::silent(format_args!("it sent {:?}", String::from_utf8_lossy(&line)))),
        }
    }

    pub fn owner(&self) -> OwnerKind {
        self.owner
    }

    /// Sends `message`.
    ///
    /// # Errors
    /// Any I/O error.
    pub async fn send(&mut self, message: &ClientMessage) -> io::Result<()> {
        line::write(&mut self.writer, message).await
    }

    /// The next message; `None` once the owner has closed the connection. Safe to cancel.
    ///
    /// # Errors
    /// Any I/O error, and `InvalidData` for a line that is not a message.
    pub async fn receive(&mut self) -> io::Result<Option<ServerMessage>> {
        self.reader.message().await
    }
}

/// Nobody listens if the socket does not exist or refuses connections. Other errors are real ones.
fn means_no_listener(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

/// Sends a request to the owner of `data_dir` and waits until it is done.
///
/// # Errors
/// [`IpcError`] if no owner runs, if it does not answer within `timeout`, or if the request fails.
pub async fn send_request(data_dir: &Path, request: Request, timeout: Duration) -> Result<(), IpcError> {
    let asked = async {
        match Connection::open(data_dir).await {
            Ok(connection) => ask(connection, request).await,
            Err(IpcError::Updated) => legacy::send_request(data_dir, &request).await,
            Err(error) => Err(error),
        }
    };
    tokio::time::timeout(timeout, asked).await.unwrap_or_else(|_| Err(IpcError::silent("it took too long")))
}

async fn ask(mut connection: Connection, request: Request) -> Result<(), IpcError> {
    connection.send(&ClientMessage::Request(0, request)).await.map_err(IpcError::silent)?;
    match connection.receive().await.map_err(IpcError::silent)? {
        Some(ServerMessage::Answer(0, Answer::Done(done) | Answer::Refreshed(done))) => {
            done.map_err(IpcError::Refused)
        }
        Some(ServerMessage::Error(why)) => Err(IpcError::Refused(why)),
        Some(other) => Err(IpcError::silent(format_args!("it sent {other:?}"))),
        None => Err(IpcError::silent("it sent nothing")),
    }
}

/// Notifies the owner of `data_dir` that the configuration was changed, because it may run without a file watcher.
/// Failures are ignored: the owner checks the file at its next poll anyway.
pub async fn notify_config_changed(data_dir: &Path) {
    if let Err(error) = send_request(data_dir, Request::ReadConfig, CHANGE_TIMEOUT).await {
        tracing::debug!("nobody heard of the change: {error}");
    }
}

/// Closes the windows of `data_dir`, ends its owner, and waits until it has ended. Windows of an older version stay.
///
/// # Errors
/// As [`quit`].
pub async fn end(data_dir: &Path) -> Result<(), IpcError> {
    let Ok(mut connection) = Connection::open(data_dir).await else { return quit(data_dir).await };
    let ended = async {
        connection.send(&ClientMessage::End).await?;
        while connection.receive().await?.is_some() {}
        Ok::<_, io::Error>(())
    };
    let ended = tokio::time::timeout(HELLO_TIMEOUT, ended).await;
    // One that does not know the message has closed the connection.
    match quit(data_dir).await {
        Err(IpcError::NotRunning) if ended.is_ok() => Ok(()),
        other => other,
    }
}

/// Ends the owner of `data_dir`, whatever its version.
///
/// # Errors
/// [`IpcError::Updated`] for a version too old to be ended like this.
pub async fn quit(data_dir: &Path) -> Result<(), IpcError> {
    for path in address::candidates(data_dir) {
        let Ok(mut stream) = system::connect(&path).await else { continue };
        let said = async {
            line::write(&mut stream, &ClientMessage::Hello(Hello::new(None))).await?;
            line::write(&mut stream, &ClientMessage::Quit).await?;
            let mut reader = LineReader::new(stream);
            let first = reader.line().await?;
            // Wait until it closes the connection.
            while reader.line().await?.is_some() {}
            Ok::<_, io::Error>(first)
        };
        let first = tokio::time::timeout(HELLO_TIMEOUT, said).await;
        return match first {
            Ok(Ok(Some(line))) if line.as_slice() == legacy::NOT_UNDERSTOOD => Err(IpcError::Updated),
            Ok(_) => Ok(()),
            Err(_) => Err(IpcError::silent("it took too long")),
        };
    }
    Err(IpcError::NotRunning)
}
