//! What frontends show at one instant. Menu, icon, commands and reports render it and compute nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::breakdown::Breakdown;
use super::config::template::Template;
use super::config::{AccountId, Config, IconAccount, IconColor, IconStyle, ShowAs};
use super::failure::{EntryState, Failure};
use super::forecast::Forecast;
use super::level::Level;
use super::month::{Month, MonthId};
use super::token::TokenInfo;
use super::usage::{Fullness, Percent, Pool, PoolId};

/// The maximum number of regions in a menu.
const MAX_SHOWN_REGIONS: usize = 20;

/// The state of everything at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub generated_at: Timestamp,
    /// The month it is in.
    pub month: Month,
    /// The accounts in the user's order.
    pub accounts: Vec<AccountSnapshot>,
    /// When the last good answer of any account came.
    pub updated_at: Option<Timestamp>,
    /// When an account is asked next; `None` when nothing is polled.
    pub next_poll_at: Option<Timestamp>,
    /// A poll is under way.
    pub busy: bool,
    /// What is wrong with the configuration file.
    pub config_problem: Option<String>,
    /// Why the history can't be written.
    pub history_write_error: Option<String>,
    /// Until when all notifications are held back.
    pub muted_until: Option<Timestamp>,
    /// Whether the program starts at login; `None` if unknown.
    pub starts_at_login: Option<bool>,
    /// Whether the accounts are the demo's samples.
    #[serde(default)]
    pub demo: bool,
    /// Whose figure the icon shows.
    pub icon_account: IconAccount,
    /// How the icon is drawn.
    pub icon_style: IconStyle,
    /// Which panel it is drawn for.
    pub icon_color: IconColor,
}

/// What the window shows: figures, and the values of its forms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateUpdate {
    /// The configuration in force, or why the file has none.
    pub config: Result<Config, String>,
    pub snapshot: Snapshot,
    /// The names of regions by their ids, as far as they are known.
    pub regions: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountSnapshot {
    pub id: AccountId,
    pub name: String,
    /// The pool it watches.
    pub watch: PoolId,
    /// The name of the region or the Linode that it watches, where that is known.
    pub watch_name: Option<String>,
    /// The form its figure is shown in.
    pub show_as: ShowAs,
    /// The template of its title, if there is one.
    pub title: Option<Template>,
    pub state: EntryState,
    /// The worst level of its pools whose figures are of the same month as those of the one that is watched; `None` while it
    /// has no figures.
    pub level: Option<Level>,
    /// When its last good answer came.
    pub updated_at: Option<Timestamp>,
    /// The watched pool's last good figures.
    pub pool: Option<Pool>,
    /// What a Linode without a pool has cost this month, in dollars.
    pub metered_usd: Option<f64>,
    /// What the GB over the watched pool's quota have cost so far, in dollars.
    pub over_usd: Option<f64>,
    /// The month before this one whose figures the watched pool's still are, where they are not this month's.
    pub still_of: Option<MonthId>,
    /// The watched pool's own level.
    pub pool_level: Option<Level>,
    /// The watched pool's quota when the month began, in bytes.
    pub quota_at_start: Option<u64>,
    /// What the watched pool's month will come to by its last good figures; `None` where that can't be known.
    pub forecast: Option<Forecast>,
    /// Who used its pools this month, as far as that is known.
    pub breakdown: Option<Arc<Breakdown>>,
    /// Whether a breakdown is wanted, and the token may not read Linodes.
    pub breakdown_needs_scope: bool,
    /// The pools of regions.
    pub regions: Vec<RegionSnapshot>,
    /// What is known of its token.
    pub token: Option<TokenInfo>,
    /// What its last poll failed with.
    pub failure: Option<Failure>,
    /// When it is polled next; `None` while a poll is under way, and where it is not polled.
    pub next_poll_at: Option<Timestamp>,
    /// The end of the wait that the API asked for, if it is in the future.
    pub waits_until: Option<Timestamp>,
    /// Whether the configuration holds its notifications back.
    pub muted: bool,
    /// The end of a temporary mute.
    pub muted_until: Option<Timestamp>,
}

/// A region's pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionSnapshot {
    /// The region's id, `id-cgk`.
    pub id: String,
    /// Its name, `Jakarta, ID`; its id while the name is not known.
    pub label: String,
    pub pool: Pool,
    /// What the GB over its quota have cost so far, in dollars.
    pub over_usd: Option<f64>,
    /// The month before this one whose figures they still are, where they are not this month's.
    pub still_of: Option<MonthId>,
    pub level: Level,
    /// What its month will come to; `None` where that can't be known.
    pub forecast: Option<Forecast>,
}

impl AccountSnapshot {
    /// Whether the user has switched it off.
    pub fn disabled(&self) -> bool {
        self.state == EntryState::Disabled
    }

    /// Whether its figures are out of date.
    pub fn is_old(&self) -> bool {
        self.pool.is_some() && (self.state != EntryState::Ok || self.still_of.is_some())
    }

    /// The regions that a menu or a window has room for, in the API's order, and how many more there are: of many the
    /// ones that are used most. Real accounts have a handful.
    pub fn regions_in_short(&self) -> (Vec<&RegionSnapshot>, usize) {
        let mut order: Vec<usize> = (0..self.regions.len()).collect();
        order.sort_by_key(|at| Reverse(self.regions.get(*at).map(|region| region.pool.fullness())));
        order.truncate(MAX_SHOWN_REGIONS);
        order.sort_unstable();
        let shown: Vec<_> = order.into_iter().filter_map(|at| self.regions.get(at)).collect();
        let more = self.regions.len() - shown.len();
        (shown, more)
    }

    /// The sort key: disabled last, then by level and percentage. A token that needs the user counts as a warning.
    fn urgency(&self) -> (bool, Option<Level>, Option<Fullness>) {
        let level = self.level.filter(|_| self.still_of.is_none());
        let level = if self.state.needs_new_token() { level.max(Some(Level::Warning)) } else { level };
        let worst = self.worst_region().map(|region| region.pool).or(self.pool);
        (!self.disabled(), level, worst.as_ref().map(Pool::fullness))
    }

    /// The region whose pool, not the watched one, gives the account its level.
    pub fn worst_region(&self) -> Option<&RegionSnapshot> {
        let level = self.level.filter(|level| Some(*level) > self.pool_level)?;
        let counts = |region: &&RegionSnapshot| region.level == level && region.still_of == self.still_of;
        self.regions.iter().filter(counts).max_by_key(|region| region.pool.fullness())
    }

    /// Whether what it watches has no transfer pool, and nothing was used.
    pub fn has_no_pool(&self) -> bool {
        self.pool.is_some_and(|pool| pool.share().is_none())
    }

    /// How much of the watched pool is used.
    pub fn percent(&self) -> Option<Percent> {
        self.pool.as_ref().and_then(Pool::percent)
    }
}

impl Snapshot {
    /// The forecast for a pool of an account.
    pub fn forecast(&self, id: &AccountId, pool: &PoolId) -> Option<&Forecast> {
        let account = self.accounts.iter().find(|account| account.id == *id)?;
        if account.watch == *pool {
            return account.forecast.as_ref();
        }
        let region = account.regions.iter().find(|region| PoolId::Region(region.id.clone()) == *pool);
        region.and_then(|region| region.forecast.as_ref())
    }

    /// The name of the region or Linode whose pool `pool` is, where it is known from any account.
    pub fn watch_name(&self, pool: &PoolId) -> Option<String> {
        let watching = self.accounts.iter().filter(|account| account.watch == *pool);
        let named = watching.filter_map(|account| account.watch_name.clone()).next();
        let mut regions = self.accounts.iter().flat_map(|account| &account.regions);
        named.or_else(|| {
            let region = regions.find(|region| PoolId::Region(region.id.clone()) == *pool);
            region.map(|region| region.label.clone())
        })
    }

    /// The account whose figure icon and title show: the one that was chosen, else the one with the highest percentage
    /// among those that can be shown. A token that fails hides an account only behind one that works.
    pub fn icon_account(&self) -> Option<&AccountSnapshot> {
        let chosen = match &self.icon_account {
            IconAccount::Id(id) => {
                self.accounts.iter().find(|account| account.id == *id && !account.disabled())
            }
            IconAccount::Highest => None,
        };
        chosen.or_else(|| {
            let enabled = || self.accounts.iter().filter(|account| !account.disabled());
            let with_figures = enabled().filter(|a| a.pool.is_some() && !a.state.needs_new_token());
            let highest = with_figures.reduce(|best, next| if higher(next, best) { next } else { best });
            highest.or_else(|| enabled().find(|a| a.state.needs_new_token())).or_else(|| enabled().next())
        })
    }

    /// The accounts by level and then by percentage, the worst first.
    pub fn worst_first(&self) -> Vec<&AccountSnapshot> {
        let mut accounts: Vec<_> = self.accounts.iter().collect();
        accounts.sort_by_key(|account| Reverse(account.urgency()));
        accounts
    }

    /// The worst level of all accounts, by figures of this month.
    pub fn worst_level(&self) -> Option<Level> {
        let counts = |account: &&AccountSnapshot| !account.disabled() && account.still_of.is_none();
        self.accounts.iter().filter(counts).filter_map(|account| account.level).max()
    }

    /// Whether another account than the one shown has a token that needs the user.
    pub fn other_account_needs_token(&self) -> bool {
        let shown = self.icon_account().map(|account| &account.id);
        self.accounts.iter().any(|account| account.state.needs_new_token() && Some(&account.id) != shown)
    }
}

fn higher(left: &AccountSnapshot, right: &AccountSnapshot) -> bool {
    let fullness = |account: &AccountSnapshot| account.pool.as_ref().map(Pool::fullness);
    fullness(left) > fullness(right)
}
