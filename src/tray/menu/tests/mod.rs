mod many_and_long;
mod tooltip;

use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::domain::breakdown::{Breakdown, Consumer, ConsumerId};
use crate::domain::config::{IconAccount, IconColor, IconStyle, ShowAs};
use crate::domain::failure::{EntryState, Failure, INVALID_TOKEN, Role};
use crate::domain::level::Level;
use crate::domain::month::Month;
use crate::domain::snapshot::RegionSnapshot;
use crate::domain::text::{NO_POOL, SET_UP_ACCOUNT};
use crate::domain::token::{Scopes, TokenInfo};
use crate::domain::usage::{GB, Pool, PoolId, Usage};
use crate::tray::TrayView;
use crate::tray::icon::Glyph;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// 830 of 1000 GB, asked at 14:02.
fn acme() -> AccountSnapshot {
    AccountSnapshot {
        id: "acme".parse().unwrap(),
        name: "Acme".to_owned(),
        watch: PoolId::Global,
        watch_name: None,
        show_as: ShowAs::Percent,
        title: None,
        state: EntryState::Ok,
        level: Some(Level::Warning),
        updated_at: Some(at("2026-11-22T14:02:00Z")),
        metered_usd: None,
        over_usd: None,
        pool: Some(Pool::from_gb(830, 1000, 0)),
        still_of: None,
        pool_level: Some(Level::Warning),
        quota_at_start: Some(Pool::from_gb(0, 1000, 0).quota),
        forecast: None,
        breakdown: None,
        breakdown_needs_scope: false,
        regions: Vec::new(),
        token: Some(token()),
        failure: None,
        next_poll_at: None,
        waits_until: None,
        muted: false,
        muted_until: None,
    }
}

fn token() -> TokenInfo {
    TokenInfo { label: Some("tray".to_owned()), scopes: Scopes::from("account:read_only"), expires_at: None }
}

fn jakarta() -> RegionSnapshot {
    RegionSnapshot {
        id: "id-cgk".to_owned(),
        label: "Jakarta, ID".to_owned(),
        pool: Pool::from_gb(1, 10, 0),
        over_usd: None,
        still_of: None,
        level: Level::Ok,
        forecast: None,
    }
}

/// Never asked with success.
fn without_figures(state: EntryState, failure: Option<Failure>) -> AccountSnapshot {
    let nothing =
        AccountSnapshot { level: None, updated_at: None, pool: None, quota_at_start: None, ..acme() };
    AccountSnapshot { state, failure, token: None, ..nothing }
}

fn failing(failure: Failure) -> AccountSnapshot {
    AccountSnapshot { state: failure.state(), failure: Some(failure), ..acme() }
}

fn offline() -> Failure {
    Failure::Unreachable { why: "no connection".to_owned() }
}

fn snapshot(accounts: Vec<AccountSnapshot>) -> Snapshot {
    let now = at("2026-11-22T14:03:00Z");
    Snapshot {
        generated_at: now,
        month: Month::containing(now),
        accounts,
        updated_at: Some(at("2026-11-22T14:02:00Z")),
        next_poll_at: Some(at("2026-11-22T14:07:00Z")),
        busy: false,
        config_problem: None,
        history_write_error: None,
        muted_until: None,
        starts_at_login: Some(true),
        demo: false,
        icon_account: IconAccount::Highest,
        icon_style: IconStyle::Ring,
        icon_color: IconColor::Auto,
    }
}

/// The menu as a user sees it, submenus opened.
fn drawn(rows: &[MenuRow], indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows.iter().filter(|row| row.visible) {
        let label = &row.label;
        let text = match &row.kind {
            Kind::Separator => "-----".to_owned(),
            Kind::Check(true) => format!("{label} ✓"),
            Kind::Submenu(_) => format!("{label} ▸"),
            Kind::Check(false) | Kind::Line => label.clone(),
        };
        lines.push(format!("{}{text}", " ".repeat(indent)));
        if let Kind::Submenu(rows) = &row.kind {
            lines.extend(drawn(rows, indent + 2));
        }
    }
    lines
}

fn menu(snapshot: &Snapshot) -> Vec<String> {
    drawn(&rows(snapshot, &TimeZone::UTC), 0)
}

/// What an account's row says, and the rows behind it.
fn entry(account: AccountSnapshot) -> (String, Vec<String>) {
    let mut lines = menu(&snapshot(vec![account])).into_iter();
    let row = lines.next().unwrap();
    (row, lines.take_while(|line| line.starts_with(' ')).map(|line| line.trim().to_owned()).collect())
}

/// Rows at every depth, whether they are there or not.
fn slots(rows: &[MenuRow]) -> usize {
    let inside = |row: &MenuRow| match &row.kind {
        Kind::Submenu(rows) => slots(rows),
        _ => 0,
    };
    rows.iter().map(|row| 1 + inside(row)).sum()
}

#[test]
fn an_account_says_who_used_most() {
    let consumer = |label: &str, gb: u64| Consumer {
        id: ConsumerId::Linode(gb),
        label: label.to_owned(),
        region: "us-east".to_owned(),
        used: gb * GB,
    };
    let usage = Usage { pool: Pool::from_gb(830, 1000, 0), regions: Vec::new() };
    let most = |consumers: &[Consumer]| {
        let at = "2026-11-22T05:00:00Z".parse().unwrap();
        let breakdown = Breakdown::new(at, &PoolId::Global, &usage, consumers);
        let account = AccountSnapshot { breakdown: Some(Arc::new(breakdown)), ..acme() };
        menu(&snapshot(vec![account])).into_iter().find(|row| row.contains("Most"))
    };
    let said = "  Most: web-1, 512 GB (61%)";
    assert_eq!(most(&[consumer("db", 3), consumer("web-1", 512)]).as_deref(), Some(said));
    assert_eq!(most(&[consumer("idle", 0)]), None);
    let lacking = AccountSnapshot { breakdown_needs_scope: true, ..acme() };
    let row = "  A token with linodes:read_only also shows which Linode used it".to_owned();
    assert!(menu(&snapshot(vec![lacking])).contains(&row));
}

#[test]
fn the_menu_is_the_one_of_the_documentation() {
    let refused = AccountSnapshot {
        name: "Client X".to_owned(),
        ..without_figures(EntryState::TokenInvalid, Some(Failure::TokenInvalid))
    };
    let old_project = AccountSnapshot {
        name: "Old project".to_owned(),
        pool: Some(Pool::from_gb(12, 2000, 0)),
        quota_at_start: None,
        ..acme()
    };
    let with_region = AccountSnapshot { regions: vec![jakarta()], ..acme() };
    assert_eq!(
        menu(&snapshot(vec![with_region, refused, old_project])),
        [
            "Acme: 830 of 1,000 GB · 83% ▸",
            "  Used 830 GB of 1,000 GB (83%)",
            "  170 GB left · resets in 9 days",
            "  -----",
            "  Jakarta, ID: 1 of 10 GB · 10%",
            "  -----",
            "  Token \"tray\": read-only, never expires",
            "  Open in Cloud Manager",
            "  Edit…",
            "  Duplicate",
            "  Mute",
            "Client X: token refused ▸",
            "  Invalid Personal Access Token. Please verify the token and scopes then try again.",
            "  Replace token…",
            "  -----",
            "  Open in Cloud Manager",
            "  Edit…",
            "  Duplicate",
            "  Mute",
            "Old project: 12 of 2,000 GB · 0.60% ▸",
            "  Used 12 GB of 2,000 GB (0.60%)",
            "  1,988 GB left · resets in 9 days",
            "  -----",
            "  Token \"tray\": read-only, never expires",
            "  Open in Cloud Manager",
            "  Edit…",
            "  Duplicate",
            "  Mute",
            "-----",
            "Updated 14:02 · next 14:07",
            "Refresh now",
            "Usage and history…",
            "Accounts…",
            "Settings…",
            "Mute notifications ▸",
            "  For an hour",
            "  Until tomorrow",
            "  Until the month ends",
            "Start at login ✓",
            "About",
            "Quit",
        ]
    );
}

#[test]
fn each_state_has_its_row_and_failures_lead_the_submenu() {
    let missing = Failure::ScopeMissing { missing: Scopes::from("account:read_only") };
    let missing_in_words = format!("{INVALID_TOKEN} Missing scope: account:read_only.");
    let with_figures = |what: &str| format!("Acme: 830 of 1,000 GB · 83%{what} · as of 14:02 ▸");
    let plain = str::to_owned;
    let forbidden = Failure::Forbidden { reason: "Unauthorized".to_owned(), role: Role::AccountViewer };
    let unauthorized = forbidden.to_string();
    let invalid = Failure::InvalidResponse { status: 502, reason: None };
    let table = [
        (acme(), plain("Acme: 830 of 1,000 GB · 83% ▸"), "Used 830 GB of 1,000 GB (83%)"),
        (AccountSnapshot { state: EntryState::Stale, ..acme() }, with_figures(""), "Last figures of 14:02"),
        (without_figures(EntryState::Pending, None), plain("Acme: not checked yet ▸"), "-----"),
        (without_figures(EntryState::Disabled, Some(offline())), plain("Acme: off ▸"), "-----"),
        (failing(Failure::TokenInvalid), plain("Acme: token refused ▸"), INVALID_TOKEN),
        (failing(missing), plain("Acme: scope missing ▸"), &missing_in_words),
        (
            failing(Failure::TokenMissing { why: None }),
            plain("Acme: no token ▸"),
            "No token in the keyring. Store one with: linode-bandwidth accounts token NAME",
        ),
        (failing(forbidden.clone()), with_figures(" · not allowed"), &unauthorized),
        (
            without_figures(EntryState::Forbidden, Some(forbidden)),
            plain("Acme: not allowed ▸"),
            &unauthorized,
        ),
        (
            failing(Failure::RateLimited { retry_after: None }),
            with_figures(" · rate limited"),
            "Rate limited by the Linode API.",
        ),
        (failing(invalid), with_figures(" · invalid response"), "Invalid response from server (HTTP 502)"),
        (failing(offline()), with_figures(" · offline"), "Can't reach Linode: no connection."),
        (
            without_figures(EntryState::Unreachable, Some(offline())),
            plain("Acme: offline ▸"),
            "Can't reach Linode: no connection.",
        ),
        (
            without_figures(EntryState::Maintenance, Some(Failure::Maintenance { retry_after: None })),
            plain("Acme: maintenance ▸"),
            "Linode's API is under maintenance.",
        ),
        (
            without_figures(EntryState::KeyringLocked, Some(Failure::KeyringLocked)),
            plain("Acme: keyring locked ▸"),
            "The keyring is locked: choose \"Unlock keyring…\" in the tray's menu, or run `linode-bandwidth refresh`.",
        ),
        (
            without_figures(
                EntryState::KeyringUnavailable,
                Some(Failure::KeyringUnavailable { why: "start one".to_owned() }),
            ),
            plain("Acme: no keyring ▸"),
            "No keyring: start one.",
        ),
        (
            AccountSnapshot { pool: Some(Pool::default()), ..acme() },
            plain("Acme: no transfer pool yet ▸"),
            NO_POOL,
        ),
    ];
    for (account, row, first) in table {
        let state = account.state;
        let (said, behind) = entry(account);
        assert_eq!((said.as_str(), behind[0].as_str()), (row.as_str(), first), "{state:?}");
    }
}

#[test]
fn a_locked_keyring_is_unlocked_by_the_row_below_the_message() {
    let inside = |state, failure| {
        let account = AccountSnapshot { state, failure, ..acme() };
        account_rows(&account, &snapshot(vec![account.clone()]), &TimeZone::UTC)
    };
    let locked = inside(EntryState::KeyringLocked, Some(Failure::KeyringLocked));
    let shown: Vec<&MenuRow> = locked.iter().filter(|row| row.visible).collect();
    assert_eq!(
        (shown[1].label.as_str(), &shown[1].action),
        ("Unlock keyring…", &Some(Action::UnlockKeyring))
    );
    let open = inside(EntryState::Ok, None);
    assert_eq!(open.iter().filter(|row| row.visible && row.label == "Unlock keyring…").count(), 0);
    assert_eq!(open.len(), locked.len(), "an open menu keeps its rows");
}

#[test]
fn old_figures_stay_behind_a_failure_with_their_time() {
    let next_poll_at = Some(at("2026-11-22T14:09:00Z"));
    let (_, behind) = entry(AccountSnapshot { next_poll_at, ..failing(offline()) });
    assert_eq!(
        behind[..4],
        [
            "Can't reach Linode: no connection.",
            "Last figures of 14:02 · next try 14:09",
            "Used 830 GB of 1,000 GB (83%)",
            "170 GB left · resets in 9 days",
        ]
    );
    let never = without_figures(EntryState::Unreachable, Some(offline()));
    assert_eq!(entry(AccountSnapshot { next_poll_at, ..never }).1[1], "Next try 14:09");
    let past = Some(at("2026-11-22T14:02:59Z"));
    assert_eq!(
        entry(AccountSnapshot { next_poll_at: past, ..failing(offline()) }).1[1],
        "Last figures of 14:02"
    );
    assert_eq!(entry(AccountSnapshot { next_poll_at, ..acme() }).1[0], "Used 830 GB of 1,000 GB (83%)");
}

#[test]
fn menu_shows_overage_and_a_changed_quota() {
    let pool = Pool::from_gb(4620, 4368, 252);
    let half = Pool::from_gb(0, 2000, 0).quota;
    let over = AccountSnapshot { pool: Some(pool), over_usd: Some(1.26), ..acme() };
    let (row, behind) = entry(AccountSnapshot { quota_at_start: Some(half), ..over });
    assert_eq!(row, "Acme: 4,620 of 4,368 GB · 105% ▸");
    assert_eq!(
        behind[..3],
        [
            "Used 4,620 GB of 4,368 GB (105%)",
            "252 GB over, about $1.26 so far · resets in 9 days",
            "Quota changed this month: it was 2,000 GB",
        ]
    );
}

#[test]
fn an_open_menu_keeps_its_rows_whatever_happens() {
    let base = AccountSnapshot { regions: vec![jakarta()], ..acme() };
    let count = |snapshot: &Snapshot| slots(&rows(snapshot, &TimeZone::UTC));
    let expected = count(&snapshot(vec![base.clone()]));
    let until = Some(at("2026-11-22T15:00:00Z"));
    for account in [
        AccountSnapshot { regions: vec![jakarta()], ..failing(Failure::TokenInvalid) },
        AccountSnapshot { regions: vec![jakarta()], ..failing(offline()) },
        AccountSnapshot { state: EntryState::Stale, ..base.clone() },
        AccountSnapshot { state: EntryState::Disabled, ..base.clone() },
        AccountSnapshot { pool: Some(Pool::default()), ..base.clone() },
        AccountSnapshot { token: None, quota_at_start: None, ..base.clone() },
        AccountSnapshot { quota_at_start: Some(1), muted: true, ..base.clone() },
        AccountSnapshot { muted_until: until, ..base.clone() },
    ] {
        let whole = Snapshot {
            config_problem: Some("config.toml:1:1: wrong".to_owned()),
            muted_until: until,
            busy: true,
            ..snapshot(vec![account])
        };
        assert_eq!(count(&whole), expected, "{whole:?}");
    }
}

#[test]
fn the_first_rows_tell_of_a_broken_file_and_of_an_empty_one() {
    let problem = "config.toml:1:17: poll_interval is \"10s\"".to_owned();
    let told = format!("/home/ada lovelace/.config/linode-bandwidth/{problem}");
    let broken = Snapshot { config_problem: Some(told), ..snapshot(vec![acme()]) };
    assert_eq!(menu(&broken)[..2], [problem.as_str(), "Acme: 830 of 1,000 GB · 83% ▸"]);
    assert_eq!(rows(&broken, &TimeZone::UTC)[0].action, Some(Action::OpenConfiguration));
    assert_eq!(menu(&snapshot(Vec::new()))[..2], [SET_UP_ACCOUNT, "-----"]);
    let first = Snapshot { updated_at: None, next_poll_at: None, ..snapshot(Vec::new()) };
    assert_eq!(menu(&first)[..3], [SET_UP_ACCOUNT, "-----", "Refresh now"], "nothing to be updated");
    assert_eq!(TrayView::new(&first, &TimeZone::UTC).lines(), ["Linode Bandwidth", "No account yet"]);
    // What the file would say is not known then.
    let broken = Snapshot { config_problem: Some(problem.clone()), ..snapshot(Vec::new()) };
    assert_eq!(menu(&broken)[..2], [problem.as_str(), "-----"]);
}

#[test]
fn the_time_of_the_next_poll_is_told_and_that_one_is_under_way() {
    let updated = |snapshot: Snapshot| menu(&snapshot)[1].clone();
    let none = || snapshot(Vec::new());
    let line = |snapshot: Snapshot| {
        let lines = menu(&snapshot);
        lines.into_iter().find(|line| line.contains("pdated")).unwrap()
    };
    assert_eq!(updated(none()), "-----");
    assert_eq!(line(none()), "Updated 14:02 · next 14:07");
    assert_eq!(line(Snapshot { busy: true, ..none() }), "Updated 14:02 · refreshing…");
    assert_eq!(line(Snapshot { next_poll_at: None, ..none() }), "Updated 14:02");
    let never = Snapshot { updated_at: None, next_poll_at: None, ..snapshot(vec![acme()]) };
    assert_eq!(line(never), "Not updated yet");
    let yesterday = Snapshot { updated_at: Some(at("2026-11-21T09:00:00Z")), ..none() };
    assert_eq!(line(yesterday), "Updated 21 Nov 09:00 · next 14:07");
}

#[test]
fn muting_is_offered_shown_and_taken_back() {
    let action = |snapshot: &Snapshot, label: &str| {
        let all = rows(snapshot, &TimeZone::UTC);
        let inside = all.iter().filter_map(|row| match &row.kind {
            Kind::Submenu(rows) => Some(rows.clone()),
            _ => None,
        });
        inside.flatten().find(|row| row.label == label && row.visible).and_then(|row| row.action)
    };
    let id: AccountId = "acme".parse().unwrap();
    let plain = snapshot(vec![acme()]);
    assert_eq!(action(&plain, "Mute"), Some(Action::MuteAccount(id.clone(), true)));
    assert_eq!(action(&plain, "For an hour"), Some(Action::Mute(MuteFor::Hour)));
    let until = Some(at("2026-11-22T15:03:00Z"));
    let muted =
        Snapshot { muted_until: until, ..snapshot(vec![AccountSnapshot { muted_until: until, ..acme() }]) };
    assert_eq!(action(&muted, "Muted until 15:03"), Some(Action::MuteAccount(id.clone(), false)));
    assert!(menu(&muted).contains(&"  Muted until 15:03 ✓".to_owned()));
    assert_eq!(menu(&muted)[0], "Acme: 830 of 1,000 GB · 83% · muted until 15:03 ▸");
    assert!(menu(&muted).contains(&"Notifications muted until 15:03 ▸".to_owned()));
    assert_eq!(action(&muted, "Unmute"), Some(Action::Unmute));
    assert_eq!(action(&plain, "Unmute"), None);
    let tooltip = |snapshot: &Snapshot| TrayView::new(snapshot, &TimeZone::UTC).details;
    assert_eq!(
        tooltip(&muted)[1..],
        ["Notifications muted until 15:03", "Updated 14:02 · muted until 15:03"]
    );
    let two = Snapshot { accounts: vec![acme(), muted.accounts[0].clone()], ..plain };
    assert_eq!(tooltip(&two)[..2], ["Acme 83%", "Acme 83%, muted until 15:03"]);
    let by_file = snapshot(vec![AccountSnapshot { muted: true, ..acme() }]);
    assert_eq!(action(&by_file, "Mute"), Some(Action::MuteAccount(id, false)));
    assert_eq!(menu(&by_file)[0], "Acme: 830 of 1,000 GB · 83% · muted ▸");
}

#[test]
fn every_row_that_can_be_chosen_does_something() {
    let account = AccountSnapshot {
        regions: vec![jakarta()],
        quota_at_start: Some(1),
        next_poll_at: Some(at("2026-11-22T14:09:00Z")),
        ..failing(offline())
    };
    let problems = Snapshot {
        config_problem: Some("config.toml:1:1: wrong".to_owned()),
        history_write_error: Some("The disk is full".to_owned()),
        ..snapshot(vec![account])
    };
    let all = rows(&problems, &TimeZone::UTC);
    let Kind::Submenu(inside) = &all[2].kind else { panic!("{all:?}") };
    let idle = |row: &&MenuRow| row.visible && row.action.is_none();
    let idle: Vec<&MenuRow> = all.iter().chain(inside).filter(idle).collect();
    let opens_or_rules = |row: &&MenuRow| matches!(row.kind, Kind::Submenu(_) | Kind::Separator);
    assert!(idle.iter().all(opens_or_rules), "{idle:?}");
    let figures = Some(Action::Open(View::Account("acme".parse().unwrap())));
    for label in [
        "Can't reach Linode: no connection.",
        "Used 830 GB of 1,000 GB (83%)",
        "Jakarta, ID: 1 of 10 GB · 10%",
    ] {
        let row = inside.iter().find(|row| row.label == label).unwrap();
        assert_eq!(row.action, figures, "{label}");
    }
}

#[test]
fn unknown_start_at_login_has_no_check_mark() {
    let with = |starts_at_login| menu(&Snapshot { starts_at_login, ..snapshot(vec![]) });
    assert!(with(Some(false)).contains(&"Start at login".to_owned()));
    assert!(!with(None).iter().any(|row| row.starts_with("Start at login")));
}

#[test]
fn rows_of_the_window_open_it_where_they_say() {
    let all = rows(&snapshot(vec![failing(Failure::TokenInvalid)]), &TimeZone::UTC);
    let inside = match &all[2].kind {
        Kind::Submenu(rows) => rows.as_slice(),
        other => panic!("{other:?}"),
    };
    let opens = |rows: &[MenuRow], label: &str| match rows.iter().find(|row| row.label == label) {
        Some(MenuRow { action: Some(Action::Open(view)), .. }) => view.clone(),
        other => panic!("{label}: {other:?}"),
    };
    let id: AccountId = "acme".parse().unwrap();
    assert_eq!(opens(&all, "Usage and history…"), View::Page(Page::Usage));
    assert_eq!(opens(&all, "Accounts…"), View::Page(Page::Accounts));
    assert_eq!(opens(&all, "Settings…"), View::Page(Page::Settings));
    assert_eq!(opens(&all, SET_UP_ACCOUNT), View::Page(Page::TokenGuide));
    assert_eq!(opens(&all, "About"), View::About);
    assert_eq!(opens(inside, "Edit…"), View::Edit(id.clone()));
    assert_eq!(opens(inside, "Replace token…"), View::ReplaceToken(id));
    let shown: Vec<&MenuRow> = inside.iter().filter(|row| row.visible).collect();
    assert_eq!(shown[1].label, "Replace token…", "right below the message");
}

#[test]
fn old_months_figures_are_marked_and_have_no_forecast() {
    let still_of = Some("2026-11".parse().unwrap());
    let over = Pool::from_gb(1010, 1000, 10);
    let level = Some(Level::Exceeded);
    let acme = AccountSnapshot { pool: Some(over), level, pool_level: level, still_of, ..acme() };
    let acme = AccountSnapshot { regions: vec![RegionSnapshot { still_of, ..jakarta() }], ..acme };
    let shown = TrayView::new(&snapshot(vec![acme.clone()]), &TimeZone::UTC);
    assert_eq!(shown.title, "Acme 101% (still November's)");
    assert_eq!(shown.details[0], "1,010 of 1,000 GB · still November's");
    assert!(shown.icon.dimmed && !shown.attention, "{:?}", shown.icon);
    assert!(matches!(shown.icon.glyph, Glyph::Figure { level: Level::Ok, month_marker: None, .. }));
    let (row, behind) = entry(acme);
    assert_eq!(row, "Acme: 1,010 of 1,000 GB · 101% · still November's ▸");
    assert_eq!(
        behind[..7],
        [
            "These are still November's figures. December's are not available yet.",
            "Last figures of 14:02",
            "Used 1,010 GB of 1,000 GB (101%)",
            "10 GB over · still November's",
            "-----",
            "Jakarta, ID: 1 of 10 GB · 10% · still November's",
            "-----",
        ]
    );
}

#[test]
fn what_the_month_will_come_to_is_told_below_what_is_left() {
    let gb = crate::domain::usage::GB;
    let forecast = crate::domain::forecast::Forecast {
        used: 1_184_700_000_000,
        low: 1100 * gb,
        high: 1400 * gb,
        quota: 1000 * gb,
        exhausted_at: Some(at("2026-11-26T12:38:00Z")),
        over: 184_700_000_000,
        over_usd: Some(0.9235),
        seen: 0,
        rough: true,
    };
    let (_, behind) = entry(AccountSnapshot { forecast: Some(forecast), ..acme() });
    assert_eq!(
        behind[..4],
        [
            "Used 830 GB of 1,000 GB (83%)",
            "170 GB left · resets in 9 days",
            "On pace for 1,184 GB: about $0.92 over (a rough guess from a single figure)",
            "Runs out about 26 Nov",
        ]
    );
    let slots_of = |account| slots(&rows(&snapshot(vec![account]), &TimeZone::UTC));
    let with = AccountSnapshot { forecast: Some(forecast), ..acme() };
    assert_eq!(slots_of(with), slots_of(acme()), "an open menu keeps its rows");
}

#[test]
fn a_region_over_its_quota_says_what_that_costs() {
    let over = RegionSnapshot { pool: Pool::from_gb(12, 10, 2), over_usd: Some(0.03), ..jakarta() };
    assert_eq!(text::region_usage(&over), "12 of 10 GB · 120% · 2 GB over, about $0.03 so far");
    let last_month = RegionSnapshot { still_of: Some("2026-11".parse().unwrap()), ..over };
    assert_eq!(text::region_usage(&last_month), "12 of 10 GB · 120% · still November's");
}

#[test]
fn a_level_that_is_a_regions_says_whose_it_is() {
    let region = RegionSnapshot {
        label: "São Paulo".to_owned(),
        pool: Pool::from_gb(90, 100, 0),
        level: Level::Critical,
        ..jakarta()
    };
    let account = AccountSnapshot {
        pool: Some(Pool::from_gb(190, 1000, 0)),
        level: Some(Level::Critical),
        pool_level: Some(Level::Ok),
        regions: vec![jakarta(), region],
        ..acme()
    };
    let row = text::menu_row(&account, at("2026-11-22T14:03:00Z"), &TimeZone::UTC);
    assert_eq!(row, "Acme: 190 of 1,000 GB · 19% · São Paulo 90%");
    assert_eq!(text::level_in_words("critical", &account), "critical: São Paulo");
    let own = AccountSnapshot { pool_level: Some(Level::Critical), ..account };
    assert_eq!(text::level_in_words("critical", &own), "critical");
}
