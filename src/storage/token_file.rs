//! A token in a file: a systemd credential or a mounted secret.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

use crate::domain::token::{InvalidToken, Token};
use crate::platform::private_file;

/// Longer than any token, in bytes.
const MAX_LEN: u64 = 8192;

/// Why a file has no token. The message never contains the file's content.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    #[error("the token file {} can't be read: {}", path.display(), private_file::in_words(source))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the token file {}: {source}", path.display())]
    InvalidToken { path: PathBuf, source: InvalidToken },
}

/// Reads the token in the file at `path`, without surrounding whitespace.
///
/// # Errors
/// [`TokenFileError`] if the file can't be read or holds no token.
pub fn read(path: &Path) -> Result<Token, TokenFileError> {
    let unreadable = |source| TokenFileError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_LEN as usize));
    File::open(path).and_then(|file| file.take(MAX_LEN).read_to_end(&mut bytes)).map_err(unreadable)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Token::new(text).map_err(|source| TokenFileError::InvalidToken { path: path.to_owned(), source })
}

/// Whether every user of the machine can read the file.
pub fn is_open_to_all(path: &Path) -> bool {
    private_file::is_open_to_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_end_is_not_part_of_the_token() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789abcdef\n").unwrap();
        assert_eq!(read(file.path()).unwrap().expose(), "0123456789abcdef");
    }

    #[test]
    fn errors_name_the_file_but_not_its_content() {
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
