//! Inputs and outputs of [`update`](super::update).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::account::AccountRecord;
use crate::domain::alert::{Alert, AlertKey, Notification};
use crate::domain::breakdown::{Breakdown, BreakdownSample, Consumer};
use crate::domain::config::{AccountId, ApiUrl, Config};
use crate::domain::failure::Failure;
use crate::domain::price::Prices;
use crate::domain::token::{Scopes, TokenId, TokenInfo};
use crate::domain::usage::{Endpoint, Pool, PoolId, Usage};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Time has passed.
    Tick,
    /// The user wants fresh figures now.
    RefreshRequested,
    /// The user wants to unlock the keyring, so its password dialog may be shown.
    UnlockRequested,
    /// The user has answered or closed the dialog of [`Effect::UnlockKeyring`].
    UnlockFinished,
    /// The machine woke from sleep, its clock was set, or its network changed: figures may be old, and failed polls may
    /// succeed now.
    SystemChanged,
    /// The user's time zone, which may have changed.
    TimeZoneChanged(TimeZone),
    /// The configuration was read.
    ConfigLoaded(Box<Config>),
    /// The configuration can't be read: where and why, in one line.
    ConfigRefused(String),
    /// An account's poll has ended.
    PollFinished {
        poll: PollId,
        /// The token that was used, if any.
        token: Option<TokenId>,
        outcome: Result<Answer, Failure>,
    },
    /// The account's token is still the refused one, so no request was made.
    TokenUnchanged(PollId),
    /// The label and expiry of an account's token; `None` if the API does not list it.
    TokenInfoFetched(PollId, Option<TokenInfo>),
    /// What each consumer used, in all of the account's pools.
    BreakdownFetched(PollId, Result<Vec<Consumer>, Failure>),
    /// All polls of one [`Effect::Poll`] have ended.
    RoundFinished,
    /// A new token was stored for the account.
    TokenReplaced(AccountId),
    /// Region labels by id, from the API at this address.
    RegionLabelsFetched(ApiUrl, BTreeMap<String, String>),
    /// Overage prices, from the API at this address.
    PricesFetched(ApiUrl, Prices),
    /// The request for region labels failed.
    RegionLabelsFailed(ApiUrl),
    /// The request for overage prices failed.
    PricesFailed(ApiUrl),
    /// A notification was shown.
    Delivered(Vec<AlertKey>),
    /// A notification could not be shown.
    Undelivered(Vec<AlertKey>),
    /// Whether the program starts at login; `None` if unknown.
    AutostartChanged(Option<bool>),
    /// No panel shows the icon; what the user can do about it.
    TrayHostMissing(String),
    /// A panel shows the icon.
    TrayHostFound,
    /// Why the history can't be written; `None` once everything is written again.
    HistoryWriteStatus(Option<String>),
    /// Mute the notifications of one account, or of all (`None`), until this time; `None` unmutes them.
    Mute(Option<AccountId>, Option<Timestamp>),
}

/// A successful answer of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The figures as the endpoint returns them.
    pub usage: Usage,
    /// The token's scopes, from the answer's headers.
    pub scopes: Option<Scopes>,
    /// The Linode's label, if the API returns one.
    pub linode_label: Option<String>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Poll these, in one round.
    Poll(Vec<PollRequest>),
    /// Make the keyring prompt for these accounts' locked tokens. Polls continue.
    UnlockKeyring(Vec<AccountId>),
    /// Fetch the names of the regions.
    FetchRegionLabels,
    /// Fetch the overage prices.
    FetchPrices,
    /// Fetch who used these accounts' pools, without delaying polls, and give up after this time.
    FetchBreakdowns(Vec<PollRequest>, Option<Duration>),
    /// Show this notification.
    Notify(Notification),
    /// Close the notification about this topic, which is no longer true.
    Withdraw(String),
    /// Run this command (`on_alert`) once for each of these alerts.
    RunHook(Vec<String>, Vec<Alert>),
    /// Write this to the history.
    Store(StoreCommand),
}

/// Something to write to the history.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreCommand {
    /// An account's samples.
    SaveSamples(AccountId, Timestamp, Vec<(PoolId, Pool)>),
    /// An account's record.
    SaveRecord(AccountId, Box<AccountRecord>),
    /// The account is gone from the configuration: its record and samples are kept for an account of the same name.
    RetireRecord(AccountId),
    /// These alerts were sent.
    SaveAlerts(Vec<AlertKey>),
    /// The names of regions.
    SaveRegions(BTreeMap<String, String>),
    /// The overage prices.
    SavePrices(Prices),
    /// Until when everything is muted.
    SaveMute(Option<Timestamp>),
    /// Who used an account's pools.
    SaveBreakdown(AccountId, Arc<Breakdown>),
    /// Thin out old samples, delete those older than this many months, and drop old alerts.
    Downsample(u16),
}

/// What an answer belongs to: an account, as configured when the request was made. If its pool, the source of its token
/// or the API's address changes meanwhile, the answer is dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PollId {
    pub account: AccountId,
    /// A new number after each such change.
    pub generation: u64,
}

/// One account to poll.
#[derive(Debug, Clone, PartialEq)]
pub struct PollRequest {
    /// What its answers belong to.
    pub poll: PollId,
    /// The command that prints its token instead of the keyring.
    pub token_command: Option<Vec<String>>,
    /// The endpoint to request.
    pub endpoint: Endpoint,
    /// Make no request if the account's token is still this one.
    pub skip_if_token: Option<TokenId>,
    /// Also fetch the token's label and expiry, unless it is this one.
    pub fetch_info_unless: Option<TokenId>,
}

/// What was stored before the restart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersistedState {
    /// Each account's record.
    pub records: BTreeMap<AccountId, AccountRecord>,
    /// The accounts that were removed.
    pub retired: BTreeSet<AccountId>,
    /// The samples of the last month with samples and of the two months before it: bytes used by account, pool and time,
    /// in order of time.
    pub samples: BTreeMap<AccountId, BTreeMap<PoolId, Vec<(Timestamp, u64)>>>,
    /// The last sample of each of the last hours: bytes used by account, pool and time, rising in time.
    pub hourly_samples: BTreeMap<AccountId, BTreeMap<PoolId, Vec<(Timestamp, u64)>>>,
    /// The alerts that were sent.
    pub sent_alerts: BTreeSet<AlertKey>,
    /// The names of regions.
    pub regions: BTreeMap<String, String>,
    /// The overage prices.
    pub prices: Prices,
    /// When the API last returned the prices.
    pub prices_told_at: Option<Timestamp>,
    /// Until when everything is muted.
    pub muted_until: Option<Timestamp>,
    /// The last breakdown of each account.
    pub breakdowns: BTreeMap<AccountId, Breakdown>,
    /// The figures of those of the last day, rising in time.
    pub breakdown_samples: BTreeMap<AccountId, Vec<BreakdownSample>>,
}
