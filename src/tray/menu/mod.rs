//! The menu as data: each system's leaf only maps it.

use jiff::tz::TimeZone;

use crate::domain::config::AccountId;
use crate::domain::failure::EntryState;
use crate::domain::mute::MuteFor;
use crate::domain::report::explanation;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::text;
use crate::window_request::{Page, View};

/// The most accounts with a row each; more would make the menu as high as the screen, and are grouped.
const MAX_ACCOUNT_ROWS: usize = 15;
/// The fewest and the most accounts in a group. Groups follow the order in the file, so that a row keeps its place.
const GROUP_SIZES: (usize, usize) = (10, 20);

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuRow {
    /// What it says; plain text.
    pub label: String,
    /// What choosing it does.
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
    Submenu(Vec<MenuRow>),
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

impl MenuRow {
    fn line(label: impl Into<String>) -> MenuRow {
        MenuRow { label: label.into(), action: None, visible: true, kind: Kind::Line }
    }

    fn optional(label: Option<String>) -> MenuRow {
        MenuRow { visible: label.is_some(), ..MenuRow::line(label.unwrap_or_default()) }
    }

    fn does(label: impl Into<String>, action: Action) -> MenuRow {
        MenuRow { action: Some(action), ..MenuRow::line(label) }
    }

    fn opens(label: impl Into<String>, view: impl Into<View>) -> MenuRow {
        MenuRow::does(label, Action::Open(view.into()))
    }

    /// The same row, which shows `view` when it is chosen.
    fn opening(self, view: impl Into<View>) -> MenuRow {
        MenuRow { action: Some(Action::Open(view.into())), ..self }
    }

    fn check(label: impl Into<String>, checked: bool, action: Action) -> MenuRow {
        MenuRow { kind: Kind::Check(checked), ..MenuRow::does(label, action) }
    }

    fn submenu(label: impl Into<String>, rows: Vec<MenuRow>) -> MenuRow {
        MenuRow { kind: Kind::Submenu(rows), ..MenuRow::line(label) }
    }

    fn separator() -> MenuRow {
        MenuRow { kind: Kind::Separator, ..MenuRow::line("") }
    }
}

/// The whole menu for `snapshot`, with times by the clock of `zone`.
pub fn rows(snapshot: &Snapshot, zone: &TimeZone) -> Vec<MenuRow> {
    let now = snapshot.generated_at;
    let problem = snapshot.config_problem.as_deref().map(text::config_problem_row);
    let open = problem.as_ref().map(|_| Action::OpenConfiguration);
    let mut rows = vec![MenuRow { action: open, ..MenuRow::optional(problem) }];
    let nothing = snapshot.accounts.is_empty() && snapshot.config_problem.is_none();
    let set_up = MenuRow::opens(text::SET_UP_ACCOUNT, Page::TokenGuide);
    rows.push(MenuRow { visible: nothing, ..set_up });
    let entry = |account: &AccountSnapshot| {
        MenuRow::submenu(text::menu_row(account, now, zone), account_rows(account, snapshot, zone))
    };
    if snapshot.accounts.len() > MAX_ACCOUNT_ROWS {
        let (fewest, most) = GROUP_SIZES;
        let size = snapshot.accounts.len().div_ceil(MAX_ACCOUNT_ROWS).clamp(fewest, most);
        let groups = snapshot.accounts.chunks(size);
        rows.extend(
            groups.map(|group| MenuRow::submenu(text::group_row(group), group.iter().map(entry).collect())),
        );
    } else {
        rows.extend(snapshot.accounts.iter().map(entry));
    }
    let (updated, next) = (snapshot.updated_at, snapshot.next_poll_at);
    rows.push(MenuRow::separator());
    rows.push(MenuRow::optional(snapshot.history_write_error.clone()).opening(Page::Usage));
    let asks = !nothing || updated.is_some();
    rows.push(MenuRow {
        visible: asks,
        ..MenuRow::opens(text::updated_row(updated, next, snapshot.busy, now, zone), Page::Usage)
    });
    rows.push(MenuRow::does("Refresh now", Action::Refresh));
    rows.push(MenuRow::opens("Usage and history…", Page::Usage));
    rows.push(MenuRow::opens("Accounts…", Page::Accounts));
    rows.push(MenuRow::opens("Settings…", Page::Settings));
    rows.push(MenuRow::submenu(text::mute_all_row(snapshot, zone), mute_rows(snapshot)));
    let at_login = snapshot.starts_at_login.unwrap_or_default();
    let row = MenuRow::check("Start at login", at_login, Action::StartAtLogin(!at_login));
    rows.push(MenuRow { visible: snapshot.starts_at_login.is_some(), ..row });
    rows.push(MenuRow::opens("About", View::About));
    rows.push(MenuRow::does("Quit", Action::Quit));
    rows
}

fn account_rows(account: &AccountSnapshot, snapshot: &Snapshot, zone: &TimeZone) -> Vec<MenuRow> {
    let now = snapshot.generated_at;
    let old = account.updated_at.filter(|_| account.is_old());
    let pool = account.pool.filter(|pool| pool.share().is_some());
    let forecast = account.forecast.filter(|_| pool.is_some());
    let runs_out = forecast.zip(pool).and_then(|(it, pool)| text::runs_out(&it, &pool, now, zone));
    let resets = text::resets(account, &snapshot.month, now);
    let cost = account.metered_usd.or(account.over_usd);
    let id = || account.id.clone();
    let replace = MenuRow::opens("Replace token…", View::ReplaceToken(id()));
    let unlock = MenuRow::does("Unlock keyring…", Action::UnlockKeyring);
    let tried = account.failure.as_ref().and(account.next_poll_at).filter(|at| *at > now);
    let clock = |at| text::clock(at, now, zone);
    let last = match (old.map(clock), tried.map(clock)) {
        (Some(last), Some(next)) => Some(format!("Last figures of {last} · next try {next}")),
        (Some(last), None) => Some(format!("Last figures of {last}")),
        (None, next) => next.map(|next| format!("Next try {next}")),
    };
    // Where there is more about it.
    let figures = |label: Option<String>| MenuRow::optional(label).opening(View::Account(id()));
    let mut rows = vec![
        figures(explanation(account)),
        MenuRow { visible: account.state.needs_new_token(), ..replace },
        MenuRow { visible: account.state == EntryState::KeyringLocked, ..unlock },
        figures(last),
        figures(pool.map(|pool| text::used_sentence(&pool))),
        figures(pool.map(|pool| text::left_sentence(&pool, cost, &resets))),
        figures(forecast.as_ref().map(text::on_pace)),
        figures(runs_out),
        figures(text::quota_changed(account)),
        figures(text::most_row(account)),
    ];
    let (regions, more) = account.regions_in_short();
    if !regions.is_empty() {
        rows.push(MenuRow::separator());
        rows.extend(regions.into_iter().map(|region| figures(Some(text::region_row(region)))));
        rows.extend(text::more_regions(more).map(|more| figures(Some(more))));
    }
    rows.push(MenuRow::separator());
    let token = account.token.as_ref().map(|token| text::token_row(token, now, zone));
    rows.push(MenuRow::optional(token).opening(View::Edit(id())));
    rows.push(MenuRow::does("Open in Cloud Manager", Action::OpenCloudManager));
    rows.push(MenuRow::opens("Edit…", View::Edit(id())));
    rows.push(MenuRow::does("Duplicate", Action::Duplicate(id())));
    let muted = account.muted || account.muted_until.is_some();
    rows.push(MenuRow::check(text::mute_row(account, now, zone), muted, Action::MuteAccount(id(), !muted)));
    rows
}

fn mute_rows(snapshot: &Snapshot) -> Vec<MenuRow> {
    let unmute = MenuRow::does("Unmute", Action::Unmute);
    let mut rows = vec![MenuRow { visible: snapshot.muted_until.is_some(), ..unmute }];
    rows.extend(MuteFor::ALL.map(|mute| MenuRow::does(mute.label(), Action::Mute(mute))));
    rows
}

#[cfg(test)]
mod tests;
