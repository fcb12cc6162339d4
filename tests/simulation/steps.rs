//! The events of a simulated month.

use std::time::Duration;

use linode_bandwidth::domain::failure::Failure;
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;

/// One step. Accounts are numbers, times are minutes.
#[derive(Debug, Clone)]
pub enum Step {
    /// Time passes, with this many GB of transfer of the global pool and of the region's.
    Pass(u32, [u64; 2]),
    /// The machine sleeps while servers continue. The flag: whether the program notices the wake-up.
    Sleep(u32, [u64; 2], bool),
    /// The program is not running.
    Stop(u32),
    /// The program is killed after this many more effects, and this many of the last ones don't reach the disk. It
    /// restarts at once.
    Kill(u8, usize),
    /// The clock is set to this offset from the true time. The flag: whether the program notices.
    Clock(i32, bool),
    /// A Linode is added or removed: the new quota of the global pool in GB.
    Quota(u64),
    /// Changes how the API responds.
    Api(Api),
    /// The user refreshes.
    Refresh,
    /// The network changes.
    Network,
    /// Changes the thresholds of one account, or the global ones.
    Thresholds(Option<usize>, Vec<u16>),
    /// Turns the forecast alert on or off.
    ForecastAlert(bool),
    /// Mutes one account, or all, for this long, or unmutes.
    Mute(Option<usize>, Option<u32>),
    /// Mutes or unmutes an account in the configuration.
    Muted(usize, bool),
    /// Enables or disables an account.
    Enabled(usize, bool),
    /// The API refuses an account's token from now on.
    Revoke(usize),
    /// The user replaces an account's token.
    Replace(usize),
    /// Duplicates an account with its token.
    Duplicate(usize),
    /// Removes an account's duplicate.
    RemoveDuplicate(usize),
    /// Whether the desktop can show notifications.
    Notifications(bool),
}

/// How the API responds.
#[derive(Debug, Clone, PartialEq)]
pub enum Api {
    Good,
    Fails(Failure),
    /// No response until the time limit.
    Hangs,
}

pub fn step() -> impl Strategy<Value = Step> {
    let percents = || btree_set(1u16..=150, 1..5).prop_map(|set| set.into_iter().collect());
    // The last two are duplicates of the first, if they exist.
    let (entry, some, on) = (|| 0usize..4, || option::of(0usize..4), any::<bool>);
    let gb = || [0u64..150, 0u64..3];
    let api = prop_oneof![
        5 => Just(Api::Good),
        1 => Just(Api::Hangs),
        1 => Just(Api::Fails(Failure::Unreachable { why: "no connection".into() })),
        1 => Just(Api::Fails(Failure::InvalidResponse { status: 502, reason: None })),
        1 => Just(Api::Fails(Failure::RateLimited { retry_after: Some(Duration::from_secs(12_000)) })),
        1 => Just(Api::Fails(Failure::KeyringLocked)),
    ];
    prop_oneof![
        20 => (1u32..2000, gb()).prop_map(|(minutes, gb)| Step::Pass(minutes, gb)),
        2 => (1u32..4000, gb(), on()).prop_map(|(minutes, gb, noticed)| Step::Sleep(minutes, gb, noticed)),
        1 => (1u32..4000).prop_map(Step::Stop),
        3 => (0u8..30, 0usize..4).prop_map(|(after, lost)| Step::Kill(after, lost)),
        2 => (prop_oneof![Just(0i32), -60..60i32, -60_000..60_000i32], on())
            .prop_map(|(minutes, noticed)| Step::Clock(minutes, noticed)),
        2 => (0u64..3000).prop_map(Step::Quota),
        6 => api.prop_map(Step::Api),
        2 => Just(Step::Refresh),
        1 => Just(Step::Network),
        2 => (some(), percents()).prop_map(|(entry, percents)| Step::Thresholds(entry, percents)),
        1 => on().prop_map(Step::ForecastAlert),
        2 => (some(), option::of(1u32..5000)).prop_map(|(entry, minutes)| Step::Mute(entry, minutes)),
        1 => (entry(), on()).prop_map(|(entry, on)| Step::Muted(entry, on)),
        1 => (entry(), on()).prop_map(|(entry, on)| Step::Enabled(entry, on)),
        1 => entry().prop_map(Step::Revoke),
        2 => entry().prop_map(Step::Replace),
        2 => (0usize..2).prop_map(Step::Duplicate),
        1 => (0usize..2).prop_map(Step::RemoveDuplicate),
        2 => on().prop_map(Step::Notifications),
    ]
}
