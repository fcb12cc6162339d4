//! The protocol of version 0.1.0 and earlier: one word per connection, on a socket in the data folder. Remove it in the
//! version after the next.

use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::message::Request;
use super::{IpcError, address, system};

/// The old version's answer to a line that it does not understand, such as a hello.
pub(super) const NOT_UNDERSTOOD: &[u8] = b"what?";
/// The longest answer, in bytes.
const MAX_ANSWER: u64 = 64;

/// Sends a request that the old version supports.
pub(super) async fn send_request(data_dir: &Path, request: &Request) -> Result<(), IpcError> {
    let Some(line) = line(request) else { return Err(IpcError::Updated) };
    let path = address::in_data_folder(data_dir);
    let mut stream = system::connect(&path).await.map_err(|_| IpcError::Updated)?;
    let asked = async {
        stream.write_all(line.as_bytes()).await?;
        let mut answer = String::new();
        stream.take(MAX_ANSWER).read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    // A newer version hangs up on such a line.
    match asked.await.map_err(|_| IpcError::Updated)?.as_str() {
        "ok\n" => Ok(()),
        "no\n" => Err(IpcError::Refused("the running tray keeps running".to_owned())),
        _ => Err(IpcError::Updated),
    }
}

fn line(request: &Request) -> Option<String> {
    Some(match request {
        Request::Refresh => "refresh\n".to_owned(),
        Request::Open(_) => "open\n".to_owned(),
        Request::MakeWay => "make-way\n".to_owned(),
        Request::TakeOver => "take-over\n".to_owned(),
        Request::ReadConfig => "read-config\n".to_owned(),
        Request::TokenStored(id) => format!("token-stored {id}\n"),
        _ => return None,
    })
}
