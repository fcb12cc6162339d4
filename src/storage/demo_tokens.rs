//! The demo's tokens. The tray and the window are two processes, so a file holds the number of each account's
//! token. No file holds a token, and only the demo's own tokens are accepted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keyring::KeyringError;
use crate::domain::config::AccountId;
use crate::domain::token::Token;

/// The demo's tokens and the folder that assigns them to accounts.
#[derive(Clone)]
pub struct DemoTokens {
    tokens: Arc<[Arc<Token>]>,
    folder: PathBuf,
}

impl DemoTokens {
    /// Accepts these tokens; `folder` stores which account has which.
    pub fn new(tokens: impl IntoIterator<Item = Arc<Token>>, folder: &Path) -> DemoTokens {
        DemoTokens { tokens: tokens.into_iter().collect(), folder: folder.to_owned() }
    }

    fn file(&self, id: &AccountId) -> PathBuf {
        self.folder.join(format!("{id}.sample"))
    }

    /// Reads an account's token.
    ///
    /// # Errors
    /// [`KeyringError::Missing`] if the account has none.
    pub fn read(&self, id: &AccountId) -> Result<Arc<Token>, KeyringError> {
        let number = fs::read_to_string(self.file(id)).ok().and_then(|number| number.parse::<usize>().ok());
        number.and_then(|number| self.tokens.get(number)).cloned().ok_or(KeyringError::Missing)
    }

    /// Assigns a token to an account.
    ///
    /// # Errors
    /// [`KeyringError::Unavailable`] for a token that is not one of the demo's, or if the file can't be
    /// written.
    pub fn write(&self, id: &AccountId, token: &Token) -> Result<(), KeyringError> {
        let number = self.tokens.iter().position(|known| known.expose() == token.expose());
        let unavailable = |why: String| KeyringError::Unavailable(why);
        let number =
            number.ok_or_else(|| unavailable("the demo stores only its own accounts' tokens".to_owned()))?;
        fs::write(self.file(id), number.to_string()).map_err(|error| unavailable(error.to_string()))
    }

    /// Removes an account's token, if there is one.
    pub fn remove(&self, id: &AccountId) {
        let _ = fs::remove_file(self.file(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_shared_by_processes_and_in_no_file() {
        let token = |text: &str| Arc::new(Token::new(text.to_owned()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let tokens = || DemoTokens::new([token("one"), token("two")], folder.path());
        let id: AccountId = "acme-copy".parse().unwrap();
        tokens().write(&id, &token("two")).unwrap();
        assert_eq!(tokens().read(&id).unwrap().expose(), "two");
        assert_eq!(fs::read_to_string(folder.path().join("acme-copy.sample")).unwrap(), "1");
        tokens().remove(&id);
        assert!(matches!(tokens().read(&id), Err(KeyringError::Missing)));
        let refused = tokens().write(&id, &token("real")).unwrap_err().to_string();
        assert_eq!(refused, "no keyring: the demo stores only its own accounts' tokens");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
