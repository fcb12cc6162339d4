//! A token in a file of its own: a systemd credential, a mounted secret.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

use crate::domain::token::{InvalidToken, Token};
use crate::platform::private_file;

/// Longer than any token, in bytes.
const MAX_LEN: u64 = 8192;

/// Why a file gives no token. It never says what is in it.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// It can't be read.
    #[error("the token file {} can't be read: {}", path.display(), private_file::in_words(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// What is in it is no token.
    #[error("the token file {}: {source}", path.display())]
    InvalidToken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: InvalidToken,
    },
}

/// The token in the file at `path`; spaces and line ends around it don't count.
///
/// # Errors
/// [`TokenFileError`] when there is none.
pub fn read(path: &Path) -> Result<Token, TokenFileError> {
    let unreadable = |source| TokenFileError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_LEN as usize));
    File::open(path).and_then(|file| file.take(MAX_LEN).read_to_end(&mut bytes)).map_err(unreadable)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Token::new(text).map_err(|source| TokenFileError::InvalidToken { path: path.to_owned(), source })
}

/// Whether every user of the machine can read it.
pub fn is_open_to_all(path: &Path) -> bool {
    private_file::is_open_to_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_end_is_not_the_tokens() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789abcdef\n").unwrap();
        assert_eq!(read(file.path()).unwrap().expose(), "0123456789abcdef");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_file_and_without_what_is_in_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, why) in [("", "is empty"), ("hid den", "that is not a token")] {
            std::fs::write(file.path(), text).unwrap();
            let said = read(file.path()).unwrap_err().to_string();
            assert!(said.contains(why) && said.contains(&*file.path().to_string_lossy()), "{said}");
            assert!(!said.contains("hid"), "{said}");
        }
        let folder = tempfile::tempdir().unwrap();
        let said = read(&folder.path().join("token")).unwrap_err().to_string();
        assert!(said.contains("can't be read: "), "{said}");
    }
}
