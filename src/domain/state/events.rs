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
    /// Time went on.
    Tick,
    /// The user wants fresh figures now.
    RefreshRequested,
    /// The user wants the keyring unlocked, and may be asked for its password.
    UnlockRequested,
    /// The user has answered what [`Effect::UnlockKeyring`] had asked, or has closed the dialog.
    UnlockFinished,
    /// The machine woke from sleep, its clock was set, or it has another network: what is known may be old, and what
    /// failed may work.
    SystemChanged,
    /// The user's time zone, which may be another one than before.
    TimeZoneChanged(TimeZone),
    /// The configuration was read.
    ConfigLoaded(Box<Config>),
    /// The configuration can't be read; in one line, where and why.
    ConfigRefused(String),
    /// An account's poll has ended.
    PollFinished {
        poll: PollId,
        /// The token that was used, if it came to that.
        token: Option<TokenId>,
        outcome: Result<Answer, Failure>,
    },
    /// The account's token is still the one that was refused: the API was not asked.
    TokenUnchanged(PollId),
    /// The label and expiry of an account's token; `None` if the API does not list it.
    TokenInfoFetched(PollId, Option<TokenInfo>),
    /// What each consumer of the account's pools used, whichever pool it is on.
    BreakdownFetched(PollId, Result<Vec<Consumer>, Failure>),
    /// Everything that one [`Effect::Poll`] asked for has been answered.
    RoundFinished,
    /// Somebody has stored a token for the account.
    TokenReplaced(AccountId),
    /// Region labels by id, from the API at this address.
    RegionLabelsFetched(ApiUrl, BTreeMap<String, String>),
    /// Overage prices, from the API at this address.
    PricesFetched(ApiUrl, Prices),
    /// The names of regions can't be had now.
    RegionLabelsFailed(ApiUrl),
    /// What a GB over quota costs can't be had now.
    PricesFailed(ApiUrl),
    /// A notification was shown.
    Delivered(Vec<AlertKey>),
    /// A notification could not be shown.
    Undelivered(Vec<AlertKey>),
    /// Whether the program starts at login; `None` if unknown.
    AutostartChanged(Option<bool>),
    /// No panel shows the icon, and what brings one that does.
    TrayHostMissing(String),
    /// A panel shows the icon.
    TrayHostFound,
    /// Why the history can't be written; `None` once everything is written again.
    HistoryWriteStatus(Option<String>),
    /// Hold back notifications: of one account, or of all; until then, or no longer.
    Mute(Option<AccountId>, Option<Timestamp>),
}

/// A good answer of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The figures, as the endpoint gives them.
    pub usage: Usage,
    /// What the token may do, by the answer's headers.
    pub scopes: Option<Scopes>,
    /// The Linode's label, if the API gives one.
    pub linode_label: Option<String>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Poll these, in one round.
    Poll(Vec<PollRequest>),
    /// Make the keyring prompt for these accounts' locked tokens. Polls continue.
    UnlockKeyring(Vec<AccountId>),
    /// Ask for the names of regions.
    FetchRegionLabels,
    /// Ask what a GB over quota costs.
    FetchPrices,
    /// Ask who used these accounts' pools, beside all polls, and give up after this time.
    FetchBreakdowns(Vec<PollRequest>, Option<Duration>),
    /// Show this.
    Notify(Notification),
    /// Close the notification about this topic: it no longer holds.
    Withdraw(String),
    /// Run the user's program, once for each of these alerts.
    RunHook(Vec<String>, Vec<Alert>),
    /// Write this to the history.
    Store(StoreCommand),
}

/// Something to write to the history.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreCommand {
    /// An account's samples.
    SaveSamples(AccountId, Timestamp, Vec<(PoolId, Pool)>),
    /// What is known of an account.
    SaveRecord(AccountId, Box<AccountRecord>),
    /// The account is gone from the configuration: its record and samples are kept for an account of the same name.
    RetireRecord(AccountId),
    /// These alerts were given.
    SaveAlerts(Vec<AlertKey>),
    /// The names of regions.
    SaveRegions(BTreeMap<String, String>),
    /// What a GB over quota costs.
    SavePrices(Prices),
    /// Until when everything is muted.
    SaveMute(Option<Timestamp>),
    /// Who used an account's pools.
    SaveBreakdown(AccountId, Arc<Breakdown>),
    /// Thin out old samples, delete those older than this many months, and drop old alerts.
    Downsample(u16),
}

/// What an answer belongs to: an account as it was configured when it was asked for. After a change of what it watches, of
/// where its token comes from or of the API's address, an answer that is still on its way belongs to nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PollId {
    pub account: AccountId,
    /// Another number after each such change.
    pub generation: u64,
}

/// One account to poll.
#[derive(Debug, Clone, PartialEq)]
pub struct PollRequest {
    /// What its answers belong to.
    pub poll: PollId,
    /// What gives its token instead of the keyring.
    pub token_command: Option<Vec<String>>,
    /// What to ask for.
    pub endpoint: Endpoint,
    /// Leave it, if the account's token is still this one.
    pub skip_if_token: Option<TokenId>,
    /// Ask for the token's label and expiry too, if it is not this one.
    pub fetch_info_unless: Option<TokenId>,
}

/// What the store kept over a restart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersistedState {
    /// Each account's memory.
    pub records: BTreeMap<AccountId, AccountRecord>,
    /// Those of them that are of no account any more.
    pub retired: BTreeSet<AccountId>,
    /// The samples of the month that was last seen: bytes used by account, pool and time, rising in time.
    pub samples: BTreeMap<AccountId, BTreeMap<PoolId, Vec<(Timestamp, u64)>>>,
    /// The alerts given.
    pub sent_alerts: BTreeSet<AlertKey>,
    /// The names of regions.
    pub regions: BTreeMap<String, String>,
    /// What a GB over quota costs.
    pub prices: Prices,
    /// When the API last gave the prices.
    pub prices_told_at: Option<Timestamp>,
    /// Until when everything is muted.
    pub muted_until: Option<Timestamp>,
    /// The last breakdown of each account.
    pub breakdowns: BTreeMap<AccountId, Breakdown>,
    /// The figures of those of the last day, rising in time.
    pub breakdown_samples: BTreeMap<AccountId, Vec<BreakdownSample>>,
}
