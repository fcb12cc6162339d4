//! What the menu changes in the configuration, as the commands do, and then has the tray read it again.

use tokio::runtime::Handle;

use crate::accounts;
use crate::domain::alert::Notification;
use crate::domain::config::AccountId;
use crate::poller::{Inbox, Input};
use crate::store::config::{self, AccountField};
use crate::store::paths::Paths;
use crate::store::token_store::TokenStore;

/// Changes entries, off the caller's path.
#[derive(Clone)]
pub struct Changes {
    paths: Paths,
    tokens: TokenStore,
    inbox: Inbox,
}

impl Changes {
    /// Changes of the file at `paths` and of `tokens`; troubles are told to `inbox`.
    pub fn new(paths: &Paths, tokens: TokenStore, inbox: Inbox) -> Changes {
        Changes { paths: paths.clone(), tokens, inbox }
    }

    /// Holds an entry's notifications back, or no longer.
    pub fn mute(&self, id: AccountId, muted: bool) {
        self.carry_out("It could not be muted", move |paths, _, _| {
            let field = AccountField::Muted(muted);
            config::edit(&paths.config_file, |draft| draft.set_account(&id, field))
                .map_err(|error| error.to_string())
        });
    }

    /// Copies an entry, with its token.
    pub fn duplicate(&self, id: AccountId) {
        self.carry_out("It could not be duplicated", move |paths, tokens, runtime| {
            let config = config::load(&paths.config_file).map_err(|error| error.to_string())?;
            // Gone since the menu was drawn: so will be its row.
            let Some(account) = config.accounts.iter().find(|account| account.id == id) else {
                return Ok(());
            };
            accounts::duplicate(paths, tokens, runtime, account, None)
                .map(drop)
                .map_err(|error| error.to_string())
        });
    }

    fn carry_out(
        &self,
        failed: &'static str,
        work: impl FnOnce(&Paths, &TokenStore, &Handle) -> Result<(), String> + Send + 'static,
    ) {
        let Changes { paths, tokens, inbox } = self.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(why) = work(&paths, &tokens, &Handle::current()) {
                tracing::warn!("{failed}: {why}");
                let _ = inbox.send(Input::Tell(Box::new(Notification::trouble(failed, why))));
            }
            // Also after a failure, which may have come in the middle.
            let _ = inbox.send(Input::ReadConfig(None));
        });
    }
}
