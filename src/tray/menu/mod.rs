//! The menu as data: each system's leaf only maps it.

use jiff::tz::TimeZone;

use crate::domain::config::AccountId;
use crate::domain::failure::EntryState;
use crate::domain::mute::MuteFor;
use crate::domain::report::explanation;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::text;
use crate::window_request::{Page, View};

/// So many accounts have a row each; more would not fit on a screen, and are grouped.
const MAX_ACCOUNT_ROWS: usize = 30;
/// How many accounts a group has. By their order in the file, and not by what they say: a row keeps its place.
const GROUP: usize = 20;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it says; plain text.
    pub label: String,
    /// What choosing it does; a row without one only tells.
    pub action: Option<Action>,
    /// Whether it is there. A row that comes and goes keeps its place, because hosts close or clip an open menu whose
    /// rows change their number.
    pub visible: bool,
    /// What it is.
    pub kind: Kind,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Line,
    /// With a check mark, set or not.
    Check(bool),
    /// Opens another menu.
    Submenu(Vec<Row>),
    /// A rule between groups.
    Separator,
}

/// What choosing a row does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Poll now.
    Refresh,
    /// Unlock the keyring, asking for its password.
    UnlockKeyring,
    /// Show this in the window.
    Open(View),
    /// Open the configuration file, to fix it.
    OpenConfiguration,
    /// Open Cloud Manager's page of the account's transfer.
    OpenCloudManager,
    /// Copy an account, with its token.
    Duplicate(AccountId),
    /// Hold all notifications back for so long, or, when they are, no longer.
    Mute(MuteFor),
    /// No longer hold notifications back.
    Unmute,
    /// Hold an account's notifications back, or no longer.
    MuteAccount(AccountId, bool),
    /// Start at login from now on, or no longer.
    StartAtLogin(bool),
    /// End the program.
    Quit,
}

impl Row {
    fn line(label: impl Into<String>) -> Row {
        Row { label: label.into(), action: None, visible: true, kind: Kind::Line }
    }

    fn maybe(label: Option<String>) -> Row {
        Row { visible: label.is_some(), ..Row::line(label.unwrap_or_default()) }
    }

    fn does(label: impl Into<String>, action: Action) -> Row {
        Row { action: Some(action), ..Row::line(label) }
    }

    fn opens(label: impl Into<String>, view: impl Into<View>) -> Row {
        Row::does(label, Action::Open(view.into()))
    }

    fn check(label: impl Into<String>, checked: bool, action: Action) -> Row {
        Row { kind: Kind::Check(checked), ..Row::does(label, action) }
    }

    fn submenu(label: impl Into<String>, rows: Vec<Row>) -> Row {
        Row { kind: Kind::Submenu(rows), ..Row::line(label) }
    }

    fn separator() -> Row {
        Row { kind: Kind::Separator, ..Row::line("") }
    }
}

/// The whole menu for `snapshot`, with times by the clock of `zone`.
pub fn rows(snapshot: &Snapshot, zone: &TimeZone) -> Vec<Row> {
    let now = snapshot.generated_at;
    let problem = snapshot.config_problem.as_deref().map(text::config_problem_row);
    let open = problem.as_ref().map(|_| Action::OpenConfiguration);
    let mut rows = vec![Row { action: open, ..Row::maybe(problem) }];
    let nothing = snapshot.accounts.is_empty() && snapshot.config_problem.is_none();
    let set_up = Row::opens("Set up an account…", Page::TokenGuide);
    rows.push(Row { visible: nothing, ..set_up });
    let entry = |account: &AccountSnapshot| {
        Row::submenu(text::menu_row(account, now, zone), account_rows(account, snapshot, zone))
    };
    if snapshot.accounts.len() > MAX_ACCOUNT_ROWS {
        let groups = snapshot.accounts.chunks(GROUP);
        rows.extend(
            groups.map(|group| Row::submenu(text::group_row(group), group.iter().map(entry).collect())),
        );
    } else {
        rows.extend(snapshot.accounts.iter().map(entry));
    }
    let (updated, next) = (snapshot.updated_at, snapshot.next_poll_at);
    rows.push(Row::separator());
    rows.push(Row::maybe(snapshot.history_write_error.clone()));
    let asks = !nothing || updated.is_some();
    rows.push(Row { visible: asks, ..Row::line(text::updated_row(updated, next, snapshot.busy, now, zone)) });
    rows.push(Row::does("Refresh now", Action::Refresh));
    rows.push(Row::opens("Usage and history…", Page::Usage));
    rows.push(Row::opens("Accounts…", Page::Accounts));
    rows.push(Row::opens("Settings…", Page::Settings));
    rows.push(Row::submenu(text::mute_all_row(snapshot, zone), mute_rows(snapshot)));
    let at_login = snapshot.starts_at_login.unwrap_or_default();
    let row = Row::check("Start at login", at_login, Action::StartAtLogin(!at_login));
    rows.push(Row { visible: snapshot.starts_at_login.is_some(), ..row });
    rows.push(Row::opens("About", View::About));
    rows.push(Row::does("Quit", Action::Quit));
    rows
}

fn account_rows(account: &AccountSnapshot, snapshot: &Snapshot, zone: &TimeZone) -> Vec<Row> {
    let now = snapshot.generated_at;
    let old = account.updated_at.filter(|_| account.is_old());
    let pool = account.pool.filter(|pool| pool.share().is_some());
    let forecast = account.forecast.filter(|_| pool.is_some());
    let runs_out = forecast.zip(pool).and_then(|(it, pool)| text::runs_out(&it, &pool, now, zone));
    let resets = text::resets(account, &snapshot.month, now);
    let id = || account.id.clone();
    let replace = Row::opens("Replace token…", View::ReplaceToken(id()));
    let unlock = Row::does("Unlock keyring…", Action::UnlockKeyring);
    let mut rows = vec![
        Row::maybe(explanation(account)),
        Row { visible: account.state.needs_new_token(), ..replace },
        Row { visible: account.state == EntryState::KeyringLocked, ..unlock },
        Row::maybe(old.map(|at| format!("Last figures of {}", text::clock(at, now, zone)))),
        Row::maybe(pool.map(|pool| text::used_sentence(&pool))),
        Row::maybe(pool.map(|pool| text::left_sentence(&pool, account.metered_usd, &resets))),
        Row::maybe(forecast.as_ref().map(text::on_pace)),
        Row::maybe(runs_out),
        Row::maybe(text::quota_changed(account)),
    ];
    let (regions, more) = account.regions_in_short();
    if !regions.is_empty() {
        rows.push(Row::separator());
        rows.extend(regions.into_iter().map(|region| Row::line(text::region_row(region))));
        rows.extend(text::more_regions(more).map(Row::line));
    }
    rows.push(Row::separator());
    rows.push(Row::maybe(account.token.as_ref().map(|token| text::token_row(token, now, zone))));
    rows.push(Row::does("Open in Cloud Manager", Action::OpenCloudManager));
    rows.push(Row::opens("Edit…", View::Edit(id())));
    rows.push(Row::does("Duplicate", Action::Duplicate(id())));
    let muted = account.muted || account.muted_until.is_some();
    rows.push(Row::check(text::mute_row(account, now, zone), muted, Action::MuteAccount(id(), !muted)));
    rows
}

fn mute_rows(snapshot: &Snapshot) -> Vec<Row> {
    let unmute = Row::does("Unmute", Action::Unmute);
    let mut rows = vec![Row { visible: snapshot.muted_until.is_some(), ..unmute }];
    rows.extend(MuteFor::ALL.map(|mute| Row::does(mute.label(), Action::Mute(mute))));
    rows
}

#[cfg(test)]
mod tests;
