//! The sentences that all frontends share.

mod change;
mod forecast;
mod name;
mod template;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::config::ShowAs;
use super::month::{Month, MonthId};
use super::snapshot::{AccountSnapshot, RegionSnapshot, Snapshot};
use super::token::TokenInfo;
use super::usage::{GB, LINODES_SCOPE, Pool, PoolId};

pub use change::{pool_shrank, spike, used_most_since};
pub use forecast::{day, dollars, on_pace, over_quota, rough_guess, runs_out, tooltip_line};
pub use name::{
    MAX_NAME_WIDTH, clipped, display_width, escaped, for_programs, isolated, left_to_right, quoted,
    short_name, shortened, without_markup,
};

/// The button and menu row that lead to the first account.
pub const SET_UP_ACCOUNT: &str = "Set up an account…";

/// Shown for an account without a pool.
pub const NO_POOL: &str = "No transfer pool yet: it appears with the account's first Linode.";

/// The sentence for a watched pool that does not exist yet.
pub fn no_pool(watch: &PoolId) -> &'static str {
    match watch {
        PoolId::Region(_) => "No transfer pool yet: it appears with the account's first Linode there.",
        PoolId::Global | PoolId::Linode(_) => NO_POOL,
    }
}

/// The warning for a region in which the account has no pool.
pub fn no_pool_in(name: &str) -> String {
    format!(
        "{} has no transfer pool of its own yet. It appears with the account's first Linode there.",
        isolated(name)
    )
}

/// A whole number with thousands grouped: `4,620`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes as GB without the unit, rounded down: `4620`, and with two decimals below 10 GB. `whole` formats the whole
/// number.
fn gb(bytes: u64, whole: impl Fn(u64) -> String) -> String {
    let hundredths = bytes % GB / (GB / 100);
    match bytes / GB {
        small @ 0..10 if hundredths > 0 => format!("{small}.{hundredths:02}"),
        large => whole(large),
    }
}

/// Bytes for a sentence: `4,620 GB`.
pub fn gigabytes(bytes: u64) -> String {
    format!("{} GB", gb(bytes, grouped))
}

/// `830 of 1,000 GB`; `12 GB` without a quota.
pub fn used_of_quota(pool: &Pool) -> String {
    if pool.metered {
        return gigabytes(pool.used);
    }
    format!("{} of {} GB", gb(pool.used, grouped), gb(pool.quota, grouped))
}

/// `830 of 1,000 GB · 83%`, or why there is no percentage.
pub fn usage_sentence(pool: &Pool) -> String {
    match (pool.percent(), pool.used) {
        _ if pool.metered => used_of_quota(pool),
        (Some(percent), _) => format!("{} · {percent}", used_of_quota(pool)),
        (None, 0) => "no transfer pool yet".to_owned(),
        (None, _) => format!("{} · over", used_of_quota(pool)),
    }
}

/// Bytes without spaces: `1071GB`. Not grouped.
pub fn plain(bytes: u64) -> String {
    format!("{}GB", gb(bytes, |whole| whole.to_string()))
}

/// The figure next to an icon: `13%`, `1071GB`, `1071GB (8000GB)`, `6929GB`. Not grouped.
pub fn figure(pool: &Pool, show_as: ShowAs) -> String {
    match (show_as, pool.percent()) {
        (ShowAs::Percent, Some(percent)) => percent.to_string(),
        (ShowAs::Percent | ShowAs::Used, _) => plain(pool.used),
        (ShowAs::UsedAndTotal | ShowAs::Left, _) if pool.metered => plain(pool.used),
        (ShowAs::Left, _) => plain(pool.remaining()),
        (ShowAs::UsedAndTotal, _) => format!("{} ({})", plain(pool.used), plain(pool.quota)),
    }
}

/// `resets in 9 days`; hours on the last day, minutes in the last hour. Rounded up.
pub fn resets_in(month: &Month, now: Timestamp) -> String {
    format!("resets in {}", days(month.left(now)))
}

/// `70% of the month gone`, rounded down like a pool's percentage.
pub fn month_elapsed(elapsed: f64) -> String {
    format!("{}% of the month gone", (elapsed * 100.0).floor())
}

/// `9 days`; `7 hours` on the last day, `50 minutes` in the last hour. Rounded up.
pub fn days(left: SignedDuration) -> String {
    let seconds = left.as_secs();
    let begun = |unit: i64| (seconds + unit - 1) / unit;
    let (count, unit) = match seconds {
        86_401.. => (begun(86_400), "day"),
        3601.. => (begun(3600), "hour"),
        _ => (begun(60).max(1), "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The time in the user's zone: `14:02`; with the date if that is not today: `21 Nov 14:02`.
pub fn clock(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if at.date() == now.date() { "%H:%M" } else { "%-d %b %H:%M" };
    at.strftime(form).to_string()
}

/// `Updated 14:02 · next 14:07`
pub fn updated_row(
    at: Option<Timestamp>,
    next: Option<Timestamp>,
    busy: bool,
    now: Timestamp,
    zone: &TimeZone,
) -> String {
    let updated = match at {
        Some(at) => format!("Updated {}", clock(at, now, zone)),
        None => "Not updated yet".to_owned(),
    };
    match next {
        _ if busy => format!("{updated} · refreshing…"),
        Some(next) => format!("{updated} · next {}", clock(next, now, zone)),
        None => updated,
    }
}

/// When the account's pool resets: `resets in 9 days`; for figures of the previous month, `still November's`.
pub fn resets(account: &AccountSnapshot, month: &Month, now: Timestamp) -> String {
    account.still_of.map_or_else(|| resets_in(month, now), still)
}

/// `still November's`: for figures of that month, shown after its end.
pub fn still(month: MonthId) -> String {
    format!("still {}'s", month.name())
}

/// An account's row: `Acme: 830 of 1,000 GB · 83%`, `Client X: token refused`.
pub fn menu_row(account: &AccountSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    let name = short_name(&account.name);
    let row = match (&account.failure, &account.pool) {
        _ if account.disabled() => format!("{name}: off"),
        (Some(failure), _) if account.state.needs_new_token() => format!("{name}: {}", failure.short_label()),
        (Some(_), Some(pool)) | (None, Some(pool)) if account.is_old() => {
            let as_of = |at| format!("as of {}", clock(at, now, zone));
            let why = account.failure.as_ref().map(|failure| failure.short_label().to_owned());
            let since = account.still_of.map(still).or_else(|| account.updated_at.map(as_of));
            let rest: String = why.into_iter().chain(since).map(|part| format!(" · {part}")).collect();
            format!("{name}: {}{rest}", usage_sentence(pool))
        }
        (None, Some(pool)) => {
            format!("{name}: {}{}", usage_sentence(pool), worst_region(account).unwrap_or_default())
        }
        (Some(failure), _) => format!("{name}: {}", failure.short_label()),
        (None, None) => format!("{name}: not checked yet"),
    };
    match muted(account, now, zone) {
        Some(muted) => format!("{row} · {muted}"),
        None => row,
    }
}

/// `muted until 1 Dec 06:00`, or `muted` without an end.
fn muted(account: &AccountSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    match account.muted_until {
        _ if account.muted => Some("muted".to_owned()),
        until => until.map(|until| format!("muted until {}", clock(until, now, zone))),
    }
}

/// `Notifications muted until 23:33`, if the account's or all notifications are muted.
pub fn muted_sentence(account: &AccountSnapshot, snapshot: &Snapshot, zone: &TimeZone) -> Option<String> {
    let all = snapshot.muted_until.is_some().then(|| mute_all_row(snapshot, zone));
    let alone = || muted(account, snapshot.generated_at, zone).map(|muted| format!("Notifications {muted}"));
    all.or_else(alone)
}

/// The label of an account's mute row: `Mute`, or `Muted until 1 Dec 06:00`.
pub fn mute_row(account: &AccountSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    match account.muted_until.filter(|_| !account.muted) {
        Some(until) => format!("Muted until {}", clock(until, now, zone)),
        None => "Mute".to_owned(),
    }
}

/// The label of the row that mutes all notifications, with the end of a running mute.
pub fn mute_all_row(snapshot: &Snapshot, zone: &TimeZone) -> String {
    match snapshot.muted_until {
        Some(until) => format!("Notifications muted until {}", clock(until, snapshot.generated_at, zone)),
        None => "Mute notifications".to_owned(),
    }
}

/// The maximum width of an error in a menu or tooltip, in columns.
const MAX_PROBLEM_WIDTH: usize = 80;

/// The maximum width of a name in a menu bar, in columns.
const MAX_SHORT_NAME_WIDTH: usize = 10;

/// The configuration error in one line, without the file's folder: `config.toml:1:17: poll_interval is …`.
pub fn config_problem_row(problem: &str) -> String {
    let is_of_a_file = problem.starts_with(['/', '\\']) || problem.get(1..3) == Some(":\\");
    let path = problem.split(": ").next().filter(|_| is_of_a_file).unwrap_or_default();
    let folder = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    clipped(problem.get(folder..).unwrap_or(problem), MAX_PROBLEM_WIDTH).into_owned()
}

/// The account's tray title: `Acme 83%`, or its template's text.
pub fn tray_title(account: &AccountSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    match &account.title {
        Some(template) => template.render(account, &short_name(&account.name), now, zone),
        None => name_and_figure(account),
    }
}

/// The tray title where room is scarce: the figure alone, after the start of the name if there are several accounts. Empty
/// without a figure: the icon says what is wrong. A template's text is the user's own.
pub fn short_tray_title(snapshot: &Snapshot, zone: &TimeZone) -> String {
    let Some(account) = snapshot.icon_account() else { return String::new() };
    if account.title.is_some() {
        return tray_title(account, snapshot.generated_at, zone);
    }
    let shown =
        |pool: &&Pool| pool.share().is_some() && !account.disabled() && !account.state.needs_new_token();
    let Some(pool) = account.pool.as_ref().filter(shown) else { return String::new() };
    let figure = figure(pool, account.show_as);
    let several = snapshot.accounts.iter().filter(|account| !account.disabled()).count() > 1;
    match several {
        true => format!("{} {figure}", isolated(&clipped(&account.name, MAX_SHORT_NAME_WIDTH))),
        false => figure,
    }
}

/// `Acme 83%`, or what is wrong: `Acme: token refused`.
fn name_and_figure(account: &AccountSnapshot) -> String {
    let name = short_name(&account.name);
    match (&account.failure, &account.pool) {
        _ if account.disabled() => format!("{name} off"),
        (Some(failure), _) if account.state.needs_new_token() => format!("{name}: {}", failure.short_label()),
        (failure, Some(pool)) => {
            let what =
                if pool.share().is_some() { figure(pool, account.show_as) } else { "no pool yet".to_owned() };
            let old = account.still_of.map(still);
            let why: Vec<&str> =
                failure.iter().map(|failure| failure.short_label()).chain(old.as_deref()).collect();
            if why.is_empty() {
                format!("{name} {what}")
            } else {
                format!("{name} {what} ({})", why.join(", "))
            }
        }
        (Some(failure), None) => format!("{name}: {}", failure.short_label()),
        (None, None) => format!("{name} …"),
    }
}

/// What a title template must not hide: `Acme: token refused`, `Acme: 262 GB over`.
fn figures_without_template(account: &AccountSnapshot) -> Option<String> {
    account.title.as_ref().filter(|_| !account.disabled())?;
    if account.failure.is_some() {
        return Some(name_and_figure(account));
    }
    let pool = account.pool.filter(|pool| !pool.metered && pool.used > pool.quota && !account.is_old())?;
    Some(format!("{}: {} over", short_name(&account.name), gigabytes(pool.used - pool.quota)))
}

/// What an account's title leaves out: `830 of 1,000 GB · resets in 9 days`.
pub fn account_details(account: &AccountSnapshot, month: &Month, now: Timestamp) -> Option<String> {
    let pool = account.pool.filter(|pool| pool.share().is_some())?;
    Some(format!("{} · {}", used_of_quota(&pool), resets(account, month, now)))
}

/// The tooltip's text below its title: one line per account if there are several, and the time of the last update. At
/// most `most` lines; the last one counts the accounts that are left out.
pub fn tooltip(snapshot: &Snapshot, zone: &TimeZone, most: usize) -> Vec<String> {
    let now = snapshot.generated_at;
    let mut lines: Vec<String> =
        snapshot.config_problem.iter().map(|problem| config_problem_row(problem)).collect();
    let updated = snapshot.updated_at.map(|at| format!("Updated {}", clock(at, now, zone)));
    let all_muted = snapshot.muted_until.map(|until| format!("muted until {}", clock(until, now, zone)));
    let demo = snapshot.demo.then(|| "demo".to_owned());
    let last =
        [updated, all_muted, demo].into_iter().flatten().reduce(|before, next| format!("{before} · {next}"));
    match snapshot.accounts.as_slice() {
        [] if snapshot.config_problem.is_none() => lines.push("No account yet".to_owned()),
        [only] => {
            lines.extend(figures_without_template(only));
            lines.extend(account_details(only, &snapshot.month, now));
            lines.extend(only.worst_region().filter(|_| !only.is_old()).map(region_row));
            let going_over = only.forecast.filter(|forecast| forecast.over > 0);
            lines.extend(going_over.as_ref().map(on_pace));
            let runs_out = going_over.zip(only.pool).and_then(|(it, pool)| runs_out(&it, &pool, now, zone));
            lines.extend(runs_out);
            lines.extend(muted(only, now, zone).map(|muted| format!("Notifications {muted}")));
            lines.extend(last);
        }
        _ => {
            let room = most.saturating_sub(lines.len());
            let line = |account: &AccountSnapshot| tooltip_line(account, now, zone);
            let several = snapshot.worst_first();
            let shown =
                snapshot.icon_account().and_then(|shown| several.iter().position(|it| it.id == shown.id));
            lines.extend(accounts_and_last_line(&several, shown, line, last, room));
        }
    }
    lines
}

/// At most `room` lines for several accounts: as many accounts as fit above `last`, which also counts the others. The
/// account at `shown` is always included, because the title shows it.
fn accounts_and_last_line(
    several: &[&AccountSnapshot],
    shown: Option<usize>,
    line: impl Fn(&AccountSnapshot) -> String,
    last: Option<String>,
    room: usize,
) -> Vec<String> {
    if several.len() + usize::from(last.is_some()) <= room {
        return several.iter().map(|account| line(account)).chain(last).collect();
    }
    let fit = room.saturating_sub(1);
    let more = format!("and {} more", grouped(several.len().saturating_sub(fit) as u64));
    let last = last.map_or_else(|| more.clone(), |last| format!("{more} · {last}"));
    let beyond = shown.filter(|at| *at >= fit).and_then(|at| several.get(at));
    let before = several.iter().take(fit - usize::from(beyond.is_some() && fit > 0));
    before.chain(beyond.filter(|_| fit > 0)).map(|account| line(account)).chain([last]).collect()
}

/// Who used most of the watched pool, `Most: web-1, 512 GB (61%)`; or which scope the token lacks to find out.
pub fn most_row(account: &AccountSnapshot) -> Option<String> {
    if account.breakdown_needs_scope {
        return Some(scope_for_breakdown());
    }
    let pool = account.breakdown.as_ref()?.of(&account.watch)?;
    let most = pool.largest()?;
    let share = pool.share(most.used).map(|share| format!(" ({share})")).unwrap_or_default();
    Some(format!("Most: {}, {}{share}", short_name(&most.label), gigabytes(most.used)))
}

/// Which scope the token lacks to find out who used a pool.
pub fn scope_for_breakdown() -> String {
    format!("A token with {LINODES_SCOPE} also shows which Linode used it")
}

/// `Used 830 GB of 1,000 GB (83%)`
pub fn used_sentence(pool: &Pool) -> String {
    match (pool.percent(), pool.used) {
        _ if pool.metered => format!("Used {}: every GB is billed", gigabytes(pool.used)),
        (Some(percent), _) => {
            format!("Used {} of {} ({percent})", gigabytes(pool.used), gigabytes(pool.quota))
        }
        (None, 0) => NO_POOL.to_owned(),
        (None, _) => format!("Used {} without a quota", gigabytes(pool.used)),
    }
}

/// `170 GB left · resets in 9 days`, or by how much the pool is over. Without a pool, the cost: `about $0.12 · resets
/// in 9 days`. `cost_usd` is the cost so far; `resets` comes from [`resets`].
pub fn left_sentence(pool: &Pool, cost_usd: Option<f64>, resets: &str) -> String {
    if pool.metered {
        let cost = cost_usd.map(|usd| format!("{} · ", dollars(usd))).unwrap_or_default();
        format!("{cost}{resets}")
    } else if let Some(over) = over_so_far(pool, cost_usd) {
        format!("{over} · {resets}")
    } else {
        format!("{} left · {resets}", gigabytes(pool.remaining()))
    }
}

/// `655 GB over, about $3.28 so far` for a pool over its quota; without the cost if that is not known.
pub fn over_so_far(pool: &Pool, cost_usd: Option<f64>) -> Option<String> {
    let over = pool.used.checked_sub(pool.quota).filter(|over| *over > 0 && !pool.metered)?;
    let cost = cost_usd.map(|usd| format!(", {} so far", dollars(usd))).unwrap_or_default();
    Some(format!("{} over{cost}", gigabytes(over)))
}

/// The row of a group of accounts: first and last name, and the highest percentage or what is wrong: `Acme to Zebra ·
/// up to 83%`.
pub fn group_row(accounts: &[AccountSnapshot]) -> String {
    let (Some(first), Some(last)) = (accounts.first(), accounts.last()) else { return String::new() };
    // Two short names are as wide as one full name.
    let short = |name| isolated(&shortened(name, MAX_NAME_WIDTH / 2)).into_owned();
    let names = format!("{} to {}", short(&first.name), short(&last.name));
    let current = accounts.iter().filter(|account| account.still_of.is_none());
    let percents = current.filter_map(|account| account.pool?.percent());
    let highest = percents.reduce(|most, percent| if percent > most { percent } else { most });
    let highest = highest.map(|percent| format!(" · up to {percent}")).unwrap_or_default();
    match accounts.iter().filter(|account| account.failure.is_some()).count() {
        0 => format!("{names}{highest}"),
        failing => format!("{names}{highest} · {failing} failing"),
    }
}

/// Shown if the quota changed during the month, so that the percentage moved without traffic.
pub fn quota_changed(account: &AccountSnapshot) -> Option<String> {
    let (start, pool) = (account.quota_at_start?, account.pool?);
    (start != pool.quota).then(|| format!("Quota changed this month: it was {}", gigabytes(start)))
}

/// `Jakarta, ID: 1 of 10 GB · 10%`
pub fn region_row(region: &RegionSnapshot) -> String {
    format!("{}: {}", isolated(&region.label), region_usage(region))
}

/// ` · São Paulo, BR 90%`: the region whose pool sets the account's level, if one does.
fn worst_region(account: &AccountSnapshot) -> Option<String> {
    account.worst_region().map(|region| format!(" · {}", region_in_short(region)))
}

/// `São Paulo 90%`, `São Paulo over`: the pool that sets an account's level.
fn region_in_short(region: &RegionSnapshot) -> String {
    let percent = region.pool.percent().map_or_else(|| "over".to_owned(), |percent| percent.to_string());
    format!("{} {percent}", isolated(&region.label))
}

/// An account's level, with the region whose pool sets it, if one does: `critical`, `critical: São Paulo`.
pub fn level_in_words(word: &str, account: &AccountSnapshot) -> String {
    match account.worst_region() {
        Some(region) => format!("{word}: {}", isolated(&region.label)),
        None => word.to_owned(),
    }
}

/// `1 of 10 GB · 10%`, `12 of 10 GB · 120% · 2 GB over, about $0.03 so far`
pub fn region_usage(region: &RegionSnapshot) -> String {
    let remark = match region.still_of {
        Some(month) => Some(still(month)),
        None => region.over_usd.and_then(|usd| over_so_far(&region.pool, Some(usd))),
    };
    let remark = remark.map(|remark| format!(" · {remark}")).unwrap_or_default();
    format!("{}{remark}", usage_sentence(&region.pool))
}

/// `It continues its history from 3 Aug`: for a removed account that was added again.
pub fn history_goes_on(since: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (since, now) = (since.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if since.year() == now.year() { "%-d %b" } else { "%-d %b %Y" };
    format!("It continues its history from {}", since.strftime(form))
}

/// How many regions are left out.
pub fn more_regions(count: usize) -> Option<String> {
    (count > 0).then(|| format!("and {} more regions: see `linode-bandwidth status`", grouped(count as u64)))
}

/// `Token "tray": read-only, never expires`
pub fn token_row(token: &TokenInfo, now: Timestamp, zone: &TimeZone) -> String {
    let colon = if token.label.is_some() { "" } else { ":" };
    format!("Token{colon} {}", token_facts(token, now, zone))
}

/// `"tray": read-only, never expires`; `read-only` if only the scopes are known.
pub fn token_facts(token: &TokenInfo, now: Timestamp, zone: &TimeZone) -> String {
    let may = if token.scopes.read_only() { "read-only" } else { "can do more than read" };
    let Some(label) = &token.label else { return may.to_owned() };
    let until = match token.expires_at {
        None => "never expires".to_owned(),
        Some(at) => {
            let day = at.to_zoned(zone.clone()).strftime("%-d %b %Y").to_string();
            let left = at.duration_since(now);
            if left.is_positive() {
                format!("expires {day} ({})", days(left))
            } else {
                format!("expired {day}")
            }
        }
    };
    format!("{}: {may}, {until}", quoted(&shortened(label, MAX_NAME_WIDTH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_group_thousands_and_the_three_forms_do_not() {
        let pool = Pool::from_gb(1071, 8000, 0);
        assert_eq!(used_of_quota(&pool), "1,071 of 8,000 GB");
        assert_eq!(figure(&pool, ShowAs::Percent), "13%");
        assert_eq!(figure(&pool, ShowAs::Used), "1071GB");
        assert_eq!(figure(&pool, ShowAs::UsedAndTotal), "1071GB (8000GB)");
        assert_eq!(figure(&pool, ShowAs::Left), "6929GB");
        assert_eq!(figure(&Pool { metered: true, ..pool }, ShowAs::Left), "1071GB", "no quota to be left of");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(999), "999");
    }

    /// Every text about one pool, for people and for scripts.
    #[test]
    fn every_frontend_says_the_same_of_a_pool() {
        // Used and quota in bytes; the percentage for people and for scripts; the figure for people; the three forms.
        for (used_bytes, quota, percent, exact, long, plain) in [
            (0, 2000 * GB, "0%", 0.0, "0 of 2,000 GB", "0GB (2000GB)"),
            (1, 2000 * GB, "0%", 0.0, "0 of 2,000 GB", "0GB (2000GB)"),
            (12 * GB, 2000 * GB, "0.60%", 0.6, "12 of 2,000 GB", "12GB (2000GB)"),
            (9_999_999_999, 1000 * GB, "0.99%", 0.99, "9.99 of 1,000 GB", "9.99GB (1000GB)"),
            (10 * GB, 1000 * GB, "1%", 1.0, "10 of 1,000 GB", "10GB (1000GB)"),
            (290 * GB, 1000 * GB, "29%", 29.0, "290 of 1,000 GB", "290GB (1000GB)"),
            (996 * GB, 1000 * GB, "99%", 99.6, "996 of 1,000 GB", "996GB (1000GB)"),
            (999_999_999_999, 1000 * GB, "99%", 99.99, "999 of 1,000 GB", "999GB (1000GB)"),
            (1000 * GB, 1000 * GB, "100%", 100.0, "1,000 of 1,000 GB", "1000GB (1000GB)"),
            (4620 * GB, 4368 * GB, "105%", 105.77, "4,620 of 4,368 GB", "4620GB (4368GB)"),
            (1_234_567 * GB, GB, "123456700%", 123_456_700.0, "1,234,567 of 1 GB", "1234567GB (1GB)"),
        ] {
            let pool = Pool { used: used_bytes, quota, ..Pool::default() };
            let (used, _) = long.split_once(" of ").unwrap();
            assert_eq!(pool.percent().unwrap().rounded(), exact, "{long}");
            assert_eq!(used_of_quota(&pool), long);
            assert_eq!(usage_sentence(&pool), format!("{long} · {percent}"));
            assert_eq!(used_sentence(&pool), format!("Used {used} GB of {} ({percent})", gigabytes(quota)));
            assert_eq!(figure(&pool, ShowAs::Percent), percent);
            assert_eq!(figure(&pool, ShowAs::UsedAndTotal), plain);
            assert_eq!(format!("{} ({}GB)", figure(&pool, ShowAs::Used), quota / GB), plain);
            // The whole number on bars and icons is the integer part of the one in sentences.
            let whole = pool.percent().unwrap().truncated();
            assert_eq!(percent.trim_end_matches('%').split('.').next(), Some(whole.to_string().as_str()));
            assert_eq!(pool.reaches(100), whole >= 100, "an alert of 100 % comes with 100%");
        }
    }

    #[test]
    fn days_dollars_and_tenths_are_the_same_everywhere() {
        let now: Timestamp = "2026-11-22T05:10:00Z".parse().unwrap();
        for (seconds, words) in [
            (7 * 86_400, "7 days"),
            (7 * 86_400 - 1, "7 days"),
            (6 * 86_400 + 1, "7 days"),
            (86_401, "2 days"),
            (86_400, "24 hours"),
            (3601, "2 hours"),
            (3600, "60 minutes"),
            (61, "2 minutes"),
            (1, "1 minute"),
        ] {
            let left = SignedDuration::from_secs(seconds);
            assert_eq!(days(left), words);
            let (label, scopes) = (Some("tray".to_owned()), "account:read_only".into());
            let info = TokenInfo { label, scopes, expires_at: Some(now + left) };
            let said = token_row(&info, now, &TimeZone::UTC);
            assert!(said.ends_with(&format!("2026 ({words})")), "{said}");
        }
        for (usd, words, whole) in [
            (0.0, "$0.00", 0),
            (0.004, "less than $0.01", 0),
            (0.005, "about $0.01", 1),
            (0.9235, "about $0.92", 92),
            (1234.567, "about $1,234.57", 123_457),
        ] {
            assert_eq!((dollars(usd).as_str(), crate::domain::price::cents(usd)), (words, whole));
        }
        for (tenths, gb) in [(0, 0.0), (49, 0.0), (50, 0.1), (1_184_749, 1184.7), (1_184_250, 1184.3)] {
            assert_eq!(crate::domain::usage::gb_to_a_tenth(tenths * (GB / 1000)), gb);
        }
        assert_eq!(
            (month_elapsed(0.996), month_elapsed(0.7006)),
            ("99% of the month gone".into(), "70% of the month gone".into())
        );
    }

    #[test]
    fn expired_token_is_called_expired() {
        let now: Timestamp = "2026-11-22T05:10:00Z".parse().unwrap();
        let (label, scopes) = (Some("tray".to_owned()), "account:read_only".into());
        let info = TokenInfo { label, scopes, expires_at: Some(now) };
        assert_eq!(token_row(&info, now, &TimeZone::UTC), "Token \"tray\": read-only, expired 22 Nov 2026");
    }

    #[test]
    fn a_little_is_shown_with_decimals() {
        let pool = Pool { used: 530_999_999, ..Pool::from_gb(0, 1000, 0) };
        assert_eq!(usage_sentence(&pool), "0.53 of 1,000 GB · 0.05%");
        assert_eq!(figure(&Pool { used: 12 * GB + 5, ..pool }, ShowAs::Used), "12GB");
    }

    #[test]
    fn without_a_quota_there_is_no_percentage() {
        assert_eq!(used_sentence(&Pool::default()), NO_POOL);
        assert_eq!(usage_sentence(&Pool::from_gb(3, 0, 3)), "3 of 0 GB · over");
        assert_eq!(figure(&Pool::from_gb(3, 0, 3), ShowAs::Percent), "3GB");
    }

    #[test]
    fn the_reset_is_told_in_begun_days_then_hours_then_minutes() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let resets = |now: &str| resets_in(&Month::containing(at(now)), at(now));
        assert_eq!(resets("2026-11-22T05:10:00Z"), "resets in 9 days");
        assert_eq!(resets("2026-11-29T05:00:01Z"), "resets in 2 days");
        assert_eq!(resets("2026-11-30T05:00:00Z"), "resets in 24 hours");
        assert_eq!(resets("2026-12-01T04:00:00Z"), "resets in 60 minutes");
        assert_eq!(resets("2026-12-01T04:59:59Z"), "resets in 1 minute");
    }

    #[test]
    fn being_over_is_told_as_such() {
        let now: Timestamp = "2026-11-22T05:10:00Z".parse().unwrap();
        let told =
            left_sentence(&Pool::from_gb(4620, 4368, 252), None, &resets_in(&Month::containing(now), now));
        assert_eq!(told, "252 GB over · resets in 9 days");
        let told = left_sentence(&Pool::from_gb(4620, 4368, 252), Some(1.26), "resets in 9 days");
        assert_eq!(told, "252 GB over, about $1.26 so far · resets in 9 days");
    }

    #[test]
    fn another_days_clock_has_its_day() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-22T14:05:00Z");
        assert_eq!(clock(at("2026-11-22T14:02:00Z"), now, &TimeZone::UTC), "14:02");
        assert_eq!(clock(at("2026-11-21T14:02:00Z"), now, &TimeZone::UTC), "21 Nov 14:02");
    }
}
