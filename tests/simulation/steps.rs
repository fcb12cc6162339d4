//! What may happen in a month.

use std::time::Duration;

use linode_bandwidth::domain::failure::Failure;
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;

/// One step. Entries are numbers, times are minutes.
#[derive(Debug, Clone)]
pub enum Step {
    /// Time passes, and transfer with it: GB of the global pool and of the region's.
    Pass(u32, [u64; 2]),
    /// The machine sleeps; servers do not. The program notices the wake, or not.
    Sleep(u32, [u64; 2], bool),
    /// The program does not run.
    Stop(u32),
    /// The program is killed when it has done so many more things, of which so many of the last ones never reach the
    /// disk. It is started again at once.
    Kill(u8, usize),
    /// The clock is set to so much beside the true time. The program notices, or not.
    Clock(i32, bool),
    /// A Linode is made or removed: the global pool has so many GB.
    Quota(u64),
    /// How the API answers from now on.
    Api(Api),
    /// The user asks for fresh figures.
    Refresh,
    /// The machine has another network.
    Network,
    /// Thresholds of one entry, or of all.
    Thresholds(Option<usize>, Vec<u16>),
    /// Whether forecasts alert.
    ForecastAlert(bool),
    /// Notifications of one entry, or of all, are held back for so long, or no longer.
    Mute(Option<usize>, Option<u32>),
    /// An entry is muted in the configuration, or not.
    Muted(usize, bool),
    /// An entry is switched on or off.
    Enabled(usize, bool),
    /// The API refuses an entry's token from now on.
    Revoke(usize),
    /// The user gives an entry another token.
    Replace(usize),
    /// An entry is duplicated, with its token.
    Duplicate(usize),
    /// An entry's duplicate is removed.
    RemoveDuplicate(usize),
    /// The desktop can show notifications, or not.
    Notifications(bool),
}

/// A way in which the API answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Api {
    Good,
    Fails(Failure),
    /// No answer until the time limit.
    Hangs,
}

pub fn step() -> impl Strategy<Value = Step> {
    let percents = || btree_set(1u16..=150, 1..5).prop_map(|set| set.into_iter().collect());
    // The last two are duplicates of the first, where there are any.
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
