//! Decides which alerts are due and words their notification. `notifications` shows it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::account::AccountState;
use super::config::{AccountId, Config};
use super::failure::{EntryState, Failure, INVALID_TOKEN};
use super::forecast::Forecast;
use super::level::Level;
use super::month::{Month, MonthId};
use super::price::Prices;
use super::spike::Spike;
use super::text;
use super::token::TokenId;
use super::usage::{Pool, PoolId};

mod cause;
pub mod facts;
mod forecast;
mod spike;

/// The percentage that always alerts, even if muted: from here on a pool costs money.
const OVER: u16 = 100;

/// How many alerts a notification lists. Servers cut off longer ones, or cover the screen with them.
const MAX_BODY_LINES: usize = 5;

/// How many months of alerts to remember. Two would do if no clock were ever wrong.
const MONTHS_REMEMBERED: usize = 12;

/// Identifies an alert, so that it is sent once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKey {
    /// A pool reached a threshold or 100 %: once per account, pool, month and threshold.
    Threshold {
        account: AccountId,
        pool: PoolId,
        /// The month it happened in.
        month: MonthId,
        /// The threshold in percent.
        percent: u16,
    },
    /// The API refused a token: once per token.
    TokenInvalid { token: TokenId },
    /// A pool is on pace to go over: once per account, pool and month.
    Forecast { account: AccountId, pool: PoolId, month: MonthId },
    /// A pool is used far beyond its usual pace: once per account, pool and day.
    Spike {
        account: AccountId,
        pool: PoolId,
        month: MonthId,
        /// The day of the month, by which Linode bills.
        day: i8,
    },
    /// No panel shows the icon: once ever.
    NoHost,
    /// A token is about to expire: once per token and number of days ahead.
    TokenExpiry {
        token: TokenId,
        /// Days ahead.
        days: u16,
    },
}

impl AlertKey {
    /// The same alert of another account, where it is one of an account's pool in `month`.
    pub fn inherited_by_duplicate(
        &self,
        original: &AccountId,
        duplicate: &AccountId,
        month: MonthId,
    ) -> Option<AlertKey> {
        let mut key = self.clone();
        match &mut key {
            AlertKey::Threshold { account, month: of, .. }
            | AlertKey::Forecast { account, month: of, .. }
            | AlertKey::Spike { account, month: of, .. }
                if account == original && *of == month =>
            {
                account.clone_from(duplicate);
            }
            _ => return None,
        }
        Some(key)
    }

    /// The month in which it can be given.
    fn month(&self) -> Option<MonthId> {
        match self {
            AlertKey::Threshold { month, .. }
            | AlertKey::Forecast { month, .. }
            | AlertKey::Spike { month, .. } => Some(*month),
            AlertKey::TokenInvalid { .. } | AlertKey::NoHost | AlertKey::TokenExpiry { .. } => None,
        }
    }
}

/// Drops the keys of all but the last months. Which these are is not the clock's to say: one that is years ahead for a day
/// would have this month's alerts given twice.
pub fn drop_old_alerts(keys: &mut BTreeSet<AlertKey>) {
    let months: BTreeSet<MonthId> = keys.iter().filter_map(AlertKey::month).collect();
    if let Some(first) = months.iter().nth_back(MONTHS_REMEMBERED - 1) {
        keys.retain(|key| key.month().is_none_or(|month| month >= *first));
    }
}

/// An alert about one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub account: AccountId,
    pub name: String,
    /// What happened, in a line that begins with the name as it was typed.
    pub summary: String,
    /// The figures, or what to do.
    pub body: String,
    /// The keys that are recorded once it was sent.
    pub keys: Vec<AlertKey>,
    /// What it is about.
    pub kind: AlertKind,
}

/// What an alert is about.
#[derive(Debug, Clone, PartialEq)]
pub enum AlertKind {
    /// How much of a pool is used.
    Threshold(ThresholdAlert),
    /// How much of a pool will be used when the month ends.
    Forecast(ForecastAlert),
    /// How much of a pool was used in the last hours.
    Spike(SpikeAlert),
    /// A token that no longer works.
    TokenInvalid,
    /// A token that will not work for much longer.
    TokenExpiry {
        /// When it stops.
        expires_at: Timestamp,
    },
}

impl AlertKind {
    /// The word for it in the history file and for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            AlertKind::Threshold(_) => "threshold",
            AlertKind::Forecast(_) => "forecast",
            AlertKind::Spike(_) => "spike",
            AlertKind::TokenInvalid => "token_invalid",
            AlertKind::TokenExpiry { .. } => "token_expiry",
        }
    }
}

/// A pool that reached a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdAlert {
    pub pool: PoolId,
    /// The month it happened in.
    pub month: MonthId,
    pub level: Level,
    pub figures: Pool,
    /// The highest threshold that was reached, in percent.
    pub threshold: u16,
}

/// A pool that is on pace to go over.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastAlert {
    pub pool: PoolId,
    /// The month it is about.
    pub month: MonthId,
    /// Its level now.
    pub level: Level,
    /// Its figures now.
    pub figures: Pool,
    /// What the month will come to.
    pub forecast: Forecast,
}

/// A pool that is used far beyond its usual pace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpikeAlert {
    pub pool: PoolId,
    pub month: MonthId,
    pub level: Level,
    pub figures: Pool,
    pub spike: Spike,
}

/// What a button of a notification does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotificationAction {
    /// Open the window, at this account where there is one. A click on the notification itself does the same.
    Open(Option<AccountId>),
    /// Replace the account's token.
    ReplaceToken(AccountId),
    /// Hold the account's notifications back until the month ends.
    MuteForThisMonth(AccountId),
}

impl NotificationAction {
    /// The button's text.
    pub fn label(&self) -> &'static str {
        match self {
            NotificationAction::Open(_) => "Open",
            NotificationAction::ReplaceToken(_) => "Replace token…",
            NotificationAction::MuteForThisMonth(_) => "Mute for this month",
        }
    }
}

/// The topic of the one that no panel shows the icon. With a capital letter, which no account's id has.
pub const NO_HOST_TOPIC: &str = "Host";

/// A notification to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The account that it is about; `None` when it is about several. It replaces the one before it about the same.
    pub account: Option<AccountId>,
    /// The account whose icon it shows and that its click leads to: of several the first one listed.
    pub leads_to: Option<AccountId>,
    /// The first line; plain text.
    pub summary: String,
    /// The rest; plain text, one line per alert if there are several.
    pub body: String,
    /// Whether it stays until the user dismisses it.
    pub critical: bool,
    pub actions: Vec<NotificationAction>,
    /// The keys to record as sent once it was delivered.
    pub keys: Vec<AlertKey>,
}

impl Notification {
    /// The notification that no panel shows the icon; `hint` says how to get one.
    pub fn no_host(hint: &str) -> Notification {
        Notification {
            account: None,
            leads_to: None,
            summary: "Linode Bandwidth's tray icon is not visible".to_owned(),
            body: format!("To show it, {hint}. You will still get notifications."),
            critical: false,
            actions: Vec::new(),
            keys: vec![AlertKey::NoHost],
        }
    }

    /// Where the icon is in a tray that hides new ones: at the first start.
    pub fn hidden_icon() -> Notification {
        Notification::error(
            "Linode Bandwidth is in the system tray",
            "If you don't see its icon, click ^ in the taskbar. Drag the icon out to keep it in view."
                .to_owned(),
        )
    }

    /// What it is about, in a word: it replaces the one before it about the same.
    pub fn topic(&self) -> &str {
        match (&self.account, self.keys.as_slice()) {
            (Some(account), _) => account.as_str(),
            (None, [AlertKey::NoHost]) => NO_HOST_TOPIC,
            (None, _) => "Several",
        }
    }

    /// Not an alert: something the user asked for failed.
    pub fn error(summary: &str, body: String) -> Notification {
        Notification {
            account: None,
            leads_to: None,
            summary: summary.to_owned(),
            body,
            critical: false,
            actions: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// One notification for all `alerts`; `None` if there are none.
    pub fn from_alerts(mut alerts: Vec<Alert>) -> Option<Notification> {
        alerts.sort_by_key(urgency);
        let critical = alerts.iter().any(|alert| alert.kind == AlertKind::TokenInvalid);
        let keys = alerts.iter().flat_map(|alert| alert.keys.clone()).collect();
        let leads_to = alerts.first().map(|alert| alert.account.clone());
        match alerts.as_slice() {
            [] => None,
            [one] => Some(Notification {
                account: Some(one.account.clone()),
                leads_to: leads_to.clone(),
                summary: for_people(one),
                body: one.body.clone(),
                critical,
                actions: match one.kind {
                    AlertKind::TokenInvalid | AlertKind::TokenExpiry { .. } => {
                        vec![NotificationAction::ReplaceToken(one.account.clone())]
                    }
                    AlertKind::Threshold(_) | AlertKind::Forecast(_) | AlertKind::Spike(_) => {
                        vec![
                            NotificationAction::Open(leads_to),
                            NotificationAction::MuteForThisMonth(one.account.clone()),
                        ]
                    }
                },
                keys,
            }),
            several => {
                let mut lines: Vec<String> = several.iter().take(MAX_BODY_LINES).map(in_one_line).collect();
                let more = several.len().saturating_sub(MAX_BODY_LINES) as u64;
                lines.extend((more > 0).then(|| format!("and {} more", text::grouped(more))));
                Some(Notification {
                    account: None,
                    leads_to: leads_to.clone(),
                    summary: format!("Linode transfer: {} alerts", text::grouped(several.len() as u64)),
                    body: lines.join("\n"),
                    critical,
                    actions: vec![NotificationAction::Open(leads_to)],
                    keys,
                })
            }
        }
    }
}

/// The sort key of alerts: first what costs money, then what prevents figures,
/// then what may cost money.
fn urgency(alert: &Alert) -> (u8, Reverse<u16>) {
    let (rank, threshold) = match &alert.kind {
        AlertKind::Threshold(it) if it.threshold >= OVER => (0, 0),
        AlertKind::TokenInvalid => (1, 0),
        AlertKind::Forecast(_) => (2, 0),
        AlertKind::Spike(_) => (3, 0),
        AlertKind::Threshold(it) => (4, it.threshold),
        AlertKind::TokenExpiry { .. } => (5, 0),
    };
    (rank, Reverse(threshold))
}

/// Short: what all of them have in common, such as when the month ends, is left out.
fn in_one_line(alert: &Alert) -> String {
    let summary = for_people(alert);
    match &alert.kind {
        AlertKind::Threshold(it) => format!("{summary} · {}", text::used_of_quota(&it.figures)),
        AlertKind::Forecast(it) => format!("{summary} · {}", text::over_quota(&it.forecast)),
        AlertKind::Spike(it) => format!("{summary} · {}", text::spike(&it.spike)),
        AlertKind::TokenInvalid | AlertKind::TokenExpiry { .. } => summary,
    }
}

/// The summary with the account's name isolated. Programs get it without.
fn for_people(alert: &Alert) -> String {
    alert.summary.replacen(&alert.name, &text::isolated(&alert.name), 1)
}

/// What an account's alerts depend on.
#[derive(Debug, Clone, Copy)]
pub struct AlertContext<'a> {
    /// The settings in force.
    pub config: &'a Config,
    /// The names of regions, by id.
    pub regions: &'a BTreeMap<String, String>,
    /// Whether all notifications are held back.
    pub all_muted: bool,
    /// Alerts that were sent or are being sent.
    pub known: SentAlerts<'a>,
    /// What a GB over quota costs.
    pub prices: &'a Prices,
    /// The user's calendar.
    pub zone: &'a TimeZone,
    pub now: Timestamp,
}

/// Alerts that must not be sent again.
#[derive(Debug, Clone, Copy)]
pub struct SentAlerts<'a> {
    /// Alerts that were sent.
    pub sent: &'a BTreeSet<AlertKey>,
    /// Alerts that are being sent.
    pub pending: &'a BTreeSet<AlertKey>,
}

impl SentAlerts<'_> {
    fn contains(self, key: &AlertKey) -> bool {
        self.sent.contains(key) || self.pending.contains(key)
    }

    /// The highest threshold of `pool` that was alerted this month, in percent.
    fn highest_threshold(self, account: &AccountId, pool: &PoolId, month: MonthId) -> Option<u16> {
        let key =
            |percent| AlertKey::Threshold { account: account.clone(), pool: pool.clone(), month, percent };
        let last = |set: &BTreeSet<AlertKey>| match set.range(key(0)..=key(u16::MAX)).next_back() {
            Some(AlertKey::Threshold { percent, .. }) => Some(*percent),
            _ => None,
        };
        last(self.sent).max(last(self.pending))
    }

    /// The fewest days before its end at which `token`'s was alerted.
    fn fewest_days(self, token: &TokenId) -> Option<u16> {
        let key = |days| AlertKey::TokenExpiry { token: token.clone(), days };
        let first = |set: &BTreeSet<AlertKey>| match set.range(key(0)..=key(u16::MAX)).next() {
            Some(AlertKey::TokenExpiry { days, .. }) => Some(*days),
            _ => None,
        };
        [self.sent, self.pending].into_iter().filter_map(first).min()
    }
}

/// The alerts that are due for `account` and were not sent.
///
/// Failed or stale figures, another month's figures, and those of which it is not sure yet that they are this month's
/// give none. A mute holds all back but a refused token and 100 %.
pub fn due(account: &AccountState, context: AlertContext<'_>) -> Vec<Alert> {
    let muted = context.all_muted || account.muted(context.now);
    match account.state(context.now, context.config.poll_interval) {
        EntryState::TokenInvalid => refused_token(account, context).into_iter().collect(),
        EntryState::Ok => thresholds(account, context)
            .into_iter()
            .chain(forecast::due(account, context))
            .chain(spike::due(account, context))
            .chain(expiring_token(account, context))
            .filter(|alert| !muted || alert.keys.iter().any(bypasses_mute))
            .collect(),
        _ => Vec::new(),
    }
}

fn bypasses_mute(key: &AlertKey) -> bool {
    match key {
        AlertKey::Threshold { percent, .. } => *percent >= OVER,
        AlertKey::TokenInvalid { .. } => true,
        AlertKey::Forecast { .. }
        | AlertKey::Spike { .. }
        | AlertKey::TokenExpiry { .. }
        | AlertKey::NoHost => false,
    }
}

fn refused_token(account: &AccountState, context: AlertContext<'_>) -> Option<Alert> {
    let failed = account.record.failed.as_ref()?;
    let key = AlertKey::TokenInvalid { token: failed.token.clone()? };
    (!context.known.contains(&key)).then(|| Alert {
        account: account.config.id.clone(),
        name: account.config.name.clone(),
        summary: format!("{}: {}", account.config.name, Failure::TokenInvalid.short_label()),
        body: INVALID_TOKEN.to_owned(),
        keys: vec![key],
        kind: AlertKind::TokenInvalid,
    })
}

fn expiring_token(account: &AccountState, context: AlertContext<'_>) -> Option<Alert> {
    let AlertContext { config, known, now, .. } = context;
    let (token, expires_at) = (account.record.token_id.as_ref()?, account.record.token.as_ref()?.expires_at?);
    let left = expires_at.duration_since(now);
    let key = |days| AlertKey::TokenExpiry { token: token.clone(), days };
    let reached = config.token_expiry_alert_days.iter().copied();
    let reached = reached.filter(|&days| left <= SignedDuration::from_hours(24 * i64::from(days)));
    // After a shorter notice, a longer one that is configured later says nothing new.
    let fewest = known.fewest_days(token);
    let keys: Vec<AlertKey> =
        reached.filter(|days| fewest.is_none_or(|fewest| *days < fewest)).map(key).collect();
    (!keys.is_empty() && left.is_positive()).then(|| Alert {
        account: account.config.id.clone(),
        name: account.config.name.clone(),
        summary: format!("{}: token expires in {}", account.config.name, text::days(left)),
        body: "Create a new Personal Access Token and replace the old one before it expires.".to_owned(),
        keys,
        kind: AlertKind::TokenExpiry { expires_at },
    })
}

fn thresholds(account: &AccountState, context: AlertContext<'_>) -> Vec<Alert> {
    let AlertContext { config, known, prices, now, .. } = context;
    let month = Month::containing(now);
    let Some(reading) = &account.record.reading else { return Vec::new() };
    if Month::containing(reading.at).id != month.id {
        return Vec::new();
    }
    let key = |pool: &PoolId, percent| AlertKey::Threshold {
        account: account.config.id.clone(),
        pool: pool.clone(),
        month: month.id,
        percent,
    };
    let mut alerts = Vec::new();
    for (id, pool) in reading.pools() {
        if account.record.settled_month(&id, month.id).is_none() {
            continue;
        }
        let thresholds = config.thresholds_of(&account.config);
        let mut percents: BTreeSet<u16> = thresholds.iter().copied().collect();
        percents.insert(OVER);
        // None below one that was sent: thresholds that were lowered since then say nothing new.
        let alerted = known.highest_threshold(&account.config.id, &id, month.id);
        let new: Vec<u16> = percents.into_iter().filter(|&t| Some(t) > alerted && pool.reaches(t)).collect();
        let Some(&highest) = new.last() else { continue };
        let cost = pool.used.checked_sub(pool.quota).and_then(|over| prices.cost(&id, over));
        let over = text::over_so_far(&pool, cost);
        let resets = text::resets_in(&month, now);
        let cause = cause::of_threshold(account, &id, &pool, highest, context);
        let figures = [text::used_of_quota(&pool)].into_iter().chain(over).chain([resets]);
        let body: Vec<String> = cause.into_iter().chain(figures).collect();
        alerts.push(Alert {
            account: account.config.id.clone(),
            name: account.config.name.clone(),
            summary: summary(account, &id, highest, context.regions),
            body: body.join(" · "),
            keys: new.iter().map(|&t| key(&id, t)).collect(),
            kind: AlertKind::Threshold(ThresholdAlert {
                pool: id.clone(),
                month: month.id,
                level: Level::of_pool(&pool, thresholds),
                figures: pool,
                threshold: highest,
            }),
        });
    }
    alerts
}

/// `Acme`, or `Acme (Jakarta, ID)` for a region's pool that is not the watched one.
fn pool_owner_name(account: &AccountState, pool: &PoolId, regions: &BTreeMap<String, String>) -> String {
    match pool {
        PoolId::Region(region) if account.config.watch != *pool => {
            format!("{} ({})", account.config.name, regions.get(region).unwrap_or(region))
        }
        _ => account.config.name.clone(),
    }
}

fn summary(
    account: &AccountState,
    pool: &PoolId,
    percent: u16,
    regions: &BTreeMap<String, String>,
) -> String {
    let whose = pool_owner_name(account, pool, regions);
    if percent >= OVER {
        format!("{whose} is over its transfer")
    } else {
        format!("{whose} passed {percent}% of its transfer")
    }
}

#[cfg(test)]
mod tests;
