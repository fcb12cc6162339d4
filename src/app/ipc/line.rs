//! Lines of JSON on a stream. Lines may contain a token, so every buffer is wiped.

use std::io;

use secrecy::zeroize::{Zeroize, Zeroizing};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The maximum length of a line in bytes, with its end.
pub const MAX_LINE: usize = 64 * 1024;
/// The maximum length of the owner's messages in bytes. A message longer than a line is sent in parts.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;
/// Bytes of a message per part. Escaping may double them in the line.
const PART: usize = MAX_LINE / 2 - 64;
/// The initial size of the buffer in bytes.
const SMALL: usize = 4096;

/// A part of a message that is longer than a line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part<T> {
    /// Not the last part.
    Part(T),
    /// The last part.
    LastPart(T),
}

/// `message` as lines.
///
/// # Errors
/// If `message` can't be serialized; ours all can.
pub fn lines(message: &impl Serialize) -> io::Result<Zeroizing<Vec<u8>>> {
    // Allocated up front: a growing buffer leaves copies behind that nothing wipes.
    let mut text = Zeroizing::new(Vec::with_capacity(2 * SMALL));
    serde_json::to_writer(&mut *text, message)?;
    if text.len() < MAX_LINE {
        text.push(b'\n');
        return Ok(text);
    }
    let text = std::str::from_utf8(&text).map_err(io::Error::other)?;
    let mut lines = Zeroizing::new(Vec::with_capacity(text.len() * 2));
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PART));
        rest = after;
        let part = if rest.is_empty() { Part::LastPart(piece) } else { Part::Part(piece) };
        serde_json::to_writer(&mut *lines, &part)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Writes `message` and wipes the buffer.
///
/// # Errors
/// Any I/O error.
pub async fn write(to: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> io::Result<()> {
    to.write_all(&lines(message)?).await
}

/// Reads lines. Canceling a read loses nothing.
pub struct LineReader<R> {
    source: R,
    buffer: Zeroizing<Vec<u8>>,
    filled: usize,
    /// Parts of an incomplete message.
    parts: String,
}

impl<R: AsyncRead + Unpin> LineReader<R> {
    pub fn new(source: R) -> LineReader<R> {
        LineReader { source, buffer: Zeroizing::new(Vec::new()), filled: 0, parts: String::new() }
    }

    /// The next line without its end; `None` at the end of the stream.
    ///
    /// # Errors
    /// Any I/O error, `InvalidData` for a line longer than [`MAX_LINE`], and `UnexpectedEof` for an incomplete one.
    pub async fn line(&mut self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut searched = 0;
        loop {
            let found =
                self.buffer.get(searched..self.filled).and_then(|new| new.iter().position(|b| *b == b'\n'));
            if let Some(at) = found {
                return Ok(Some(self.take(searched + at)));
            }
            searched = self.filled;
            if self.filled == self.buffer.len() {
                self.grow()?;
            }
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.source.read(room).await? {
                0 if self.filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => self.filled += count,
            }
        }
    }

    /// The next message; `None` at the end of the stream.
    ///
    /// # Errors
    /// Like [`LineReader::line`], and `InvalidData` for a line that is not a message.
    pub async fn message<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        loop {
            let Some(line) = self.line().await? else { return Ok(None) };
            let Ok(part) = serde_json::from_slice::<Part<String>>(&line) else {
                return serde_json::from_slice(&line).map(Some).map_err(not_a_message);
            };
            let (Part::Part(text) | Part::LastPart(text)) = &part;
            if self.parts.len() + text.len() > MAX_MESSAGE {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a message is too long"));
            }
            self.parts.push_str(text);
            if matches!(part, Part::LastPart(_)) {
                let whole = std::mem::take(&mut self.parts);
                return serde_json::from_slice(whole.as_bytes()).map(Some).map_err(not_a_message);
            }
        }
    }

    fn take(&mut self, end: usize) -> Zeroizing<Vec<u8>> {
        let line = Zeroizing::new(self.buffer.get(..end).unwrap_or_default().to_vec());
        self.buffer.copy_within(end + 1..self.filled, 0);
        let left = self.filled - end - 1;
        self.buffer.get_mut(left..self.filled).unwrap_or_default().zeroize();
        self.filled = left;
        line
    }

    /// Moves to a larger buffer and wipes the old one: growing in place might leave a copy behind.
    fn grow(&mut self) -> io::Result<()> {
        let size = (self.buffer.len() * 2).max(SMALL);
        if size > MAX_LINE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
        }
        let mut larger = Zeroizing::new(vec![0; size]);
        larger
            .get_mut(..self.filled)
            .unwrap_or_default()
            .copy_from_slice(self.buffer.get(..self.filled).unwrap_or_default());
        self.buffer = larger;
        Ok(())
    }
}

/// Leaves serde's message out, because it may quote the text.
fn not_a_message(_: serde_json::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line is not a message")
}
