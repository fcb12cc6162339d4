//! When the keyring may ask the user to unlock it. Polls never do: they fail with [`Failure::KeyringLocked`], and what is
//! decided here follows.

use jiff::Timestamp;

use super::{Effect, State};
use crate::domain::config::AccountId;
use crate::domain::entry::Entry;
use crate::domain::failure::Failure;

/// What was asked of the user, and may be.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Unlocking {
    /// It may be asked for without an act of the user's. Once: somebody who closed the dialog does not want it again.
    pub(super) allowed_once: bool,
    /// The user wants it, and it is not known yet what is locked.
    wanted: bool,
    /// The user is being asked.
    under_way: bool,
}

/// The user does something that needs the tokens.
pub(super) fn want(state: &mut State) {
    state.unlocking.wanted = !state.unlocking.under_way;
}

/// What to ask the user for, if that is wanted or allowed. Between two rounds, so that it is asked for all accounts at
/// once, except where the user waits for it.
pub(super) fn unlock(state: &mut State) -> Option<Effect> {
    let Unlocking { allowed_once, wanted, under_way } = state.unlocking;
    if under_way || !(wanted || (allowed_once && !state.busy())) {
        return None;
    }
    let locked = state.entries.iter().filter(|entry| is_locked(entry));
    let accounts: Vec<AccountId> = locked.map(|entry| entry.account.id.clone()).collect();
    if accounts.is_empty() {
        // Once everything was polled there is nothing to unlock; until then there may be.
        state.unlocking.wanted &= state.busy();
        return None;
    }
    state.unlocking = Unlocking { allowed_once: false, wanted: false, under_way: true };
    Some(Effect::UnlockKeyring(accounts))
}

/// What was locked is polled at once, whatever the user did.
pub(super) fn unlock_ended(state: &mut State, now: Timestamp) {
    state.unlocking.under_way = false;
    for entry in state.entries.iter_mut().filter(|entry| has_locked_token(entry)) {
        entry.next = now;
        entry.ask_again |= entry.in_flight;
    }
}

fn is_locked(entry: &Entry) -> bool {
    entry.account.enabled && !entry.in_flight && has_locked_token(entry)
}

fn has_locked_token(entry: &Entry) -> bool {
    entry.memory.failed.as_ref().is_some_and(|failed| failed.failure == Failure::KeyringLocked)
}
