//! Which alerts are sent, and which are held back.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::breakdowns::fetch_for_alerts;
use super::{Effect, State, StoreCommand};
use crate::domain::account::AccountState;
use crate::domain::alert::{self, Alert, AlertContext, AlertKey, Notification, SentAlerts};
use crate::domain::config::AccountId;
use crate::domain::failure::Failure;
use crate::domain::month::Month;
use crate::domain::text;
use crate::domain::token::TokenId;

pub(super) fn mute(
    state: &mut State,
    id: Option<&AccountId>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Effect> {
    let mut effects = match id {
        None => {
            state.muted_until = until;
            vec![Effect::Store(StoreCommand::SaveMute(until))]
        }
        Some(id) => match state.account(id) {
            None => Vec::new(),
            Some(account) => {
                account.record.muted_until = until;
                vec![Effect::Store(StoreCommand::SaveRecord(id.clone(), Box::new(account.record.clone())))]
            }
        },
    };
    effects.extend(alerts(state, now));
    effects
}

/// Sends due alerts. Waits for the round to end, so that alerts of one round share a notification.
pub(super) fn alerts(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if state.busy() { Vec::new() } else { alerts_at_once(state, false, now) }
}

/// Sends due alerts, whatever is under way. Those whose text says who used a pool wait until that is known, and all others
/// wait with it, so that they share a notification. None waits if some have `waited`.
pub(super) fn alerts_at_once(state: &mut State, waited: bool, now: Timestamp) -> Vec<Effect> {
    if !state.configured {
        return Vec::new();
    }
    let mut due = due(state, now);
    let fetch = fetch_for_alerts(state, &due, waited, now);
    if fetch.is_some() || state.awaits_breakdown() {
        return fetch.into_iter().collect();
    }
    state.pending_alerts.extend(due.iter().flat_map(|alert| alert.keys.iter().cloned()));
    due.iter_mut().for_each(|alert| name_all_of_token(state, alert));
    let hook = hook(state, &due);
    let mut notification = Notification::from_alerts(due);
    if let Some(notification) = notification.as_mut().filter(|_| state.demo) {
        notification.summary.insert_str(0, "Demo: ");
    }
    let mut effects = withdrawn(state, notification.as_ref());
    effects.extend(notification.map(Effect::Notify));
    effects.extend(hook);
    effects
}

/// The alerts that are due and were not sent.
fn due(state: &State, now: Timestamp) -> Vec<Alert> {
    let all_muted = state.muted_until.is_some_and(|until| now < until);
    let mut pending = state.pending_alerts.clone();
    let mut due = Vec::new();
    let (config, regions, prices, zone) = (&state.config, &state.regions, &state.prices, &state.zone);
    for account in &state.accounts {
        let known = SentAlerts { sent: &state.sent_alerts, pending: &pending };
        let context = AlertContext { config, regions, all_muted, known, prices, zone, now };
        let alerts = alert::due(account, context);
        // Accounts with the same token share its alerts.
        pending.extend(alerts.iter().flat_map(|alert| alert.keys.iter().cloned()));
        due.extend(alerts);
    }
    due
}

/// A refused token is announced once for all of its accounts: `Acme and 4 more: token refused`.
fn name_all_of_token(state: &State, alert: &mut Alert) {
    let [AlertKey::TokenInvalid { token }] = alert.keys.as_slice() else { return };
    let has_it = |account: &&AccountState| {
        let failed = account.record.failed.as_ref();
        let refused = failed.filter(|failed| failed.failure == Failure::TokenInvalid);
        account.config.enabled && refused.is_some_and(|failed| failed.token.as_ref() == Some(token))
    };
    let others = state.accounts.iter().filter(has_it).filter(|account| account.config.id != alert.account);
    let others = others.count() as u64;
    if others > 0 {
        let named = format!("{} and {} more", alert.name, text::grouped(others));
        alert.summary = alert.summary.replacen(&alert.name, &named, 1);
    }
}

/// Withdraws notifications about refused tokens of accounts that work again, unless `next` replaces them.
fn withdrawn(state: &mut State, next: Option<&Notification>) -> Vec<Effect> {
    if let Some(next) = next
        && let Some(account) = &next.account
    {
        match next.keys.as_slice() {
            [AlertKey::TokenInvalid { .. }] => state.refusals_shown.insert(account.clone()),
            _ => state.refusals_shown.remove(account),
        };
    }
    let fails = |id: &AccountId| {
        let account =
            state.accounts.iter().find(|account| account.config.id == *id && account.config.enabled);
        account.is_some_and(|account| account.record.failed.is_some())
    };
    let settled: Vec<AccountId> = state.refusals_shown.iter().filter(|id| !fails(id)).cloned().collect();
    state.refusals_shown.retain(|id| !settled.contains(id));
    settled.into_iter().map(|id| Effect::Withdraw(id.to_string())).collect()
}

/// The alerts that a new account starts with: this month's alerts of the accounts with the same token. Otherwise a
/// duplicate would repeat all of them.
pub(super) fn begin_with_alerts(
    state: &mut State,
    id: &AccountId,
    token: &TokenId,
    now: Timestamp,
) -> Option<Effect> {
    let month = Month::containing(now).id;
    let originals = state.accounts.iter().filter(|account| account.record.token_id.as_ref() == Some(token));
    let keys = originals.filter(|account| account.config.id != *id).flat_map(|original| {
        let of_duplicate = |key: &AlertKey| key.inherited_by_duplicate(&original.config.id, id, month);
        state.sent_alerts.iter().filter_map(of_duplicate)
    });
    let keys: BTreeSet<AlertKey> = keys.collect();
    if keys.is_empty() {
        return None;
    }
    state.sent_alerts.extend(keys.iter().cloned());
    Some(Effect::Store(StoreCommand::SaveAlerts(keys.into_iter().collect())))
}

/// Runs `on_alert` for the alerts in `due` that it has not run for.
fn hook(state: &mut State, due: &[Alert]) -> Option<Effect> {
    let new = |alert: &&Alert| alert.keys.iter().any(|key| !state.hook_ran_for.contains(key));
    let alerts: Vec<Alert> = due.iter().filter(new).cloned().collect();
    state.hook_ran_for.extend(due.iter().flat_map(|alert| alert.keys.iter().cloned()));
    let command = &state.config.on_alert;
    (!command.is_empty() && !alerts.is_empty()).then(|| Effect::RunHook(command.clone(), alerts))
}

/// The notification that no panel shows the icon, at most once ever.
pub(super) fn no_host(state: &mut State) -> Option<Effect> {
    let notification = Notification::no_host(state.no_host.as_deref()?);
    let told = |key| state.sent_alerts.contains(key) || state.pending_alerts.contains(key);
    if notification.keys.iter().any(told) {
        return None;
    }
    state.pending_alerts.extend(notification.keys.iter().cloned());
    Some(Effect::Notify(notification))
}
