//! The demo's tokens. Tray and window are two processes: which sample's token an entry has is in a file, for both to
//! read. No token is, and none but the samples' is taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keyring::KeyringError;
use crate::domain::config::AccountId;
use crate::domain::token::Token;

/// The samples' tokens, and which of them each entry has.
#[derive(Clone)]
pub struct SampleTokens {
    samples: Arc<[Arc<Token>]>,
    folder: PathBuf,
}

impl SampleTokens {
    /// Those of `samples`, noted down in `folder`.
    pub fn new(samples: impl IntoIterator<Item = Arc<Token>>, folder: &Path) -> SampleTokens {
        SampleTokens { samples: samples.into_iter().collect(), folder: folder.to_owned() }
    }

    fn file(&self, id: &AccountId) -> PathBuf {
        self.folder.join(format!("{id}.sample"))
    }

    /// An entry's token.
    ///
    /// # Errors
    /// [`KeyringError::Missing`].
    pub fn read(&self, id: &AccountId) -> Result<Arc<Token>, KeyringError> {
        let number = fs::read_to_string(self.file(id)).ok().and_then(|number| number.parse::<usize>().ok());
        number.and_then(|number| self.samples.get(number)).cloned().ok_or(KeyringError::Missing)
    }

    /// Notes down that an entry has this token.
    ///
    /// # Errors
    /// [`KeyringError::Unavailable`] for a token that is none of the samples'.
    pub fn write(&self, id: &AccountId, token: &Token) -> Result<(), KeyringError> {
        let number = self.samples.iter().position(|sample| sample.expose() == token.expose());
        let unavailable = |why: String| KeyringError::Unavailable(why);
        let number =
            number.ok_or_else(|| unavailable("the demo keeps its own accounts' tokens alone".to_owned()))?;
        fs::write(self.file(id), number.to_string()).map_err(|error| unavailable(error.to_string()))
    }

    /// Forgets which token an entry has; none is as good.
    pub fn remove(&self, id: &AccountId) {
        let _ = fs::remove_file(self.file(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_notes_down_another_reads_and_no_token_is_in_a_file() {
        let token = |text: &str| Arc::new(Token::new(text.to_owned()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let samples = || SampleTokens::new([token("one"), token("two")], folder.path());
        let id: AccountId = "acme-copy".parse().unwrap();
        samples().write(&id, &token("two")).unwrap();
        assert_eq!(samples().read(&id).unwrap().expose(), "two");
        assert_eq!(fs::read_to_string(folder.path().join("acme-copy.sample")).unwrap(), "1");
        samples().remove(&id);
        assert!(matches!(samples().read(&id), Err(KeyringError::Missing)));
        let refused = samples().write(&id, &token("real")).unwrap_err().to_string();
        assert_eq!(refused, "no keyring: the demo keeps its own accounts' tokens alone");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
