//! When the keyring may ask the user to unlock it. Polls never ask: they fail with [`Failure::KeyringLocked`]. Then
//! this module decides.

use jiff::Timestamp;

use super::{Effect, State};
use crate::domain::account::AccountState;
use crate::domain::config::AccountId;
use crate::domain::failure::Failure;

/// Whether the user is asked, or may be.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Unlocking {
    /// Whether it may ask without a request from the user. Only once: a user who closed the dialog does not want
    /// another.
    pub(super) allowed_once: bool,
    /// The user wants it, but it is not known yet what is locked.
    wanted: bool,
    /// The user is being asked.
    prompt_open: bool,
}

/// Handles a user action that needs the tokens.
pub(super) fn want(state: &mut State) {
    state.unlocking.wanted = !state.unlocking.prompt_open;
}

/// Asks the user to unlock, if wanted or allowed. Waits for the end of the round, to ask once for all accounts, unless
/// the user is waiting for it.
pub(super) fn unlock(state: &mut State) -> Option<Effect> {
    let Unlocking { allowed_once, wanted, prompt_open } = state.unlocking;
    if prompt_open || !(wanted || (allowed_once && !state.busy())) {
        return None;
    }
    let locked = state.accounts.iter().filter(|account| is_locked(account));
    let accounts: Vec<AccountId> = locked.map(|account| account.config.id.clone()).collect();
    if accounts.is_empty() {
        // Nothing is locked. More may turn up until the polls have ended.
        state.unlocking.wanted &= state.busy();
        return None;
    }
    state.unlocking = Unlocking { allowed_once: false, wanted: false, prompt_open: true };
    Some(Effect::UnlockKeyring(accounts))
}

/// Polls accounts with locked tokens at once, whatever the user answered.
pub(super) fn unlock_ended(state: &mut State, now: Timestamp) {
    state.unlocking.prompt_open = false;
    for account in state.accounts.iter_mut().filter(|account| has_locked_token(account)) {
        account.next = now;
        account.repoll |= account.in_flight;
    }
}

fn is_locked(account: &AccountState) -> bool {
    account.config.enabled && !account.in_flight && has_locked_token(account)
}

fn has_locked_token(account: &AccountState) -> bool {
    account.record.failed.as_ref().is_some_and(|failed| failed.failure == Failure::KeyringLocked)
}
