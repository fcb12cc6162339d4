//! When the keyring may ask the user to unlock it. Polls never do: they fail with [`Failure::KeyringLocked`], and what is
//! decided here follows.

use jiff::Timestamp;

use super::{Effect, State};
use crate::domain::account::AccountState;
use crate::domain::config::AccountId;
use crate::domain::failure::Failure;

/// What was asked of the user, and may be.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Unlocking {
    /// It may be asked for without an act of the user's. Once: somebody who closed the dialog does not want it again.
    pub(super) allowed_once: bool,
    /// The user wants it, and it is not known yet what is locked.
    wanted: bool,
    /// The user is being asked.
    prompt_open: bool,
}

/// The user does something that needs the tokens.
pub(super) fn want(state: &mut State) {
    state.unlocking.wanted = !state.unlocking.prompt_open;
}

/// What to ask the user for, if that is wanted or allowed. Between two rounds, so that it is asked for all accounts at
/// once, except where the user waits for it.
pub(super) fn unlock(state: &mut State) -> Option<Effect> {
    let Unlocking { allowed_once, wanted, prompt_open } = state.unlocking;
    if prompt_open || !(wanted || (allowed_once && !state.busy())) {
        return None;
    }
    let locked = state.accounts.iter().filter(|account| is_locked(account));
    let accounts: Vec<AccountId> = locked.map(|account| account.config.id.clone()).collect();
    if accounts.is_empty() {
        // Once everything was polled there is nothing to unlock; until then there may be.
        state.unlocking.wanted &= state.busy();
        return None;
    }
    state.unlocking = Unlocking { allowed_once: false, wanted: false, prompt_open: true };
    Some(Effect::UnlockKeyring(accounts))
}

/// What was locked is polled at once, whatever the user did.
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
