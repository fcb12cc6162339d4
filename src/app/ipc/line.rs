//! Lines of JSON on a stream. A line may carry a token, so everything that held one is wiped.

use std::io;

use secrecy::zeroize::{Zeroize, Zeroizing};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// No line is longer than this, in bytes, with its end.
pub const MAX_LINE: usize = 64 * 1024;
/// No message of the owner is longer than this, in bytes; one that does not fit into a line comes in parts.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;
/// Bytes of a message in one part. Each may take two in the line.
const PART: usize = MAX_LINE / 2 - 64;
/// Bytes of the buffer before a line needs more.
const SMALL: usize = 4096;

/// A piece of a message that is longer than a line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part<T> {
    /// More comes.
    Part(T),
    /// The last one.
    LastPart(T),
}

/// The bytes of `message`, as lines.
///
/// # Errors
/// What serde says of a message that can't be written; none of ours can't.
pub fn lines(message: &impl Serialize) -> io::Result<Zeroizing<Vec<u8>>> {
    // With room from the start: a text that grows leaves copies behind that nothing wipes.
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

/// Writes `message` and wipes what it was written from.
///
/// # Errors
/// What the system says.
pub async fn write(to: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> io::Result<()> {
    to.write_all(&lines(message)?).await
}

/// Reads lines. A read that is given up loses nothing.
pub struct LineReader<R> {
    source: R,
    buffer: Zeroizing<Vec<u8>>,
    filled: usize,
    /// Parts of a message that is not whole yet.
    parts: String,
}

impl<R: AsyncRead + Unpin> LineReader<R> {
    /// Reads from `source`.
    pub fn new(source: R) -> LineReader<R> {
        LineReader { source, buffer: Zeroizing::new(Vec::new()), filled: 0, parts: String::new() }
    }

    /// The next line without its end; `None` where the other side has closed.
    ///
    /// # Errors
    /// What the system says, `InvalidData` for a line longer than [`MAX_LINE`], and `UnexpectedEof` for one that was cut.
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

    /// The next message; `None` where the other side has closed.
    ///
    /// # Errors
    /// As [`LineReader::line`], and `InvalidData` for what is no message.
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
                return serde_json::from_str(&whole).map(Some).map_err(not_a_message);
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

    /// Into a new buffer: one that grows in place may leave its old place as it is.
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

/// Without serde's words, which may repeat the text.
fn not_a_message(_: serde_json::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line is no message")
}
