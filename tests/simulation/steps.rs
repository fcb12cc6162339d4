//! What may happen in a month.

use proptest::prelude::*;

/// What happens at one step.
#[derive(Debug, Clone)]
pub enum Step {
    /// Time passes, and transfer with it: GB of the global pool and of the region's.
    Pass { minutes: u32, gb: [u64; 2] },
    /// The machine sleeps; servers do not. Its wake is told of, or not.
    Sleep { minutes: u32, gb: [u64; 2], told: bool },
    /// A Linode is made or removed.
    Quota { gb: u64 },
    /// How the API answers from now on.
    Api(Api),
    /// The user asks for fresh figures.
    Refresh,
    /// The machine has another network.
    Network,
    /// The program is killed when it has done so many more things, of which so many of the last ones never reach the
    /// disk; it is started again at once.
    Kill { after: u8, lost: u8 },
    /// It does not run for so long.
    Stop { minutes: u32 },
    /// The user sets thresholds: of all entries, or of one.
    Thresholds { entry: Option<usize>, percents: Vec<u16> },
    /// The user wants to be told of a forecast, or not.
    ForecastAlert { on: bool },
    /// Notifications are held back for so long, or no longer: of all entries, or of one.
    Mute { entry: Option<usize>, minutes: Option<u32> },
    /// An entry is muted in the configuration, or not.
    Muted { entry: usize, muted: bool },
    /// An entry is switched on or off.
    Enabled { entry: usize, enabled: bool },
    /// The clock is set so far from the true time; that is told of, or not.
    Clock { minutes: i32, told: bool },
    /// The API no longer takes an entry's token.
    Revoke { entry: usize },
    /// The user gives an entry another token.
    Replace { entry: usize },
    /// The desktop can show notifications, or not.
    Notifications { there: bool },
}

/// A way in which the API answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Api {
    Good,
    Unreachable,
    Broken,
    Limited,
    Locked,
    /// No answer until the time limit.
    Hangs,
}

pub fn step() -> impl Strategy<Value = Step> {
    let percents =
        || proptest::collection::btree_set(1u16..=150, 1..5).prop_map(|set| set.into_iter().collect());
    let entry = || 0usize..2;
    let some = || proptest::option::of(0usize..2);
    let gb = || [0u64..60, 0u64..2];
    let api = prop_oneof![
        5 => Just(Api::Good),
        1 => Just(Api::Unreachable),
        1 => Just(Api::Broken),
        1 => Just(Api::Limited),
        1 => Just(Api::Locked),
        1 => Just(Api::Hangs),
    ];
    prop_oneof![
        20 => (1u32..2000, gb()).prop_map(|(minutes, gb)| Step::Pass { minutes, gb }),
        2 => (1u32..4000, gb(), any::<bool>()).prop_map(|(minutes, gb, told)| Step::Sleep { minutes, gb, told }),
        2 => (0u64..3000).prop_map(|gb| Step::Quota { gb }),
        6 => api.prop_map(Step::Api),
        2 => Just(Step::Refresh),
        1 => Just(Step::Network),
        3 => (0u8..30, 0u8..4).prop_map(|(after, lost)| Step::Kill { after, lost }),
        1 => (1u32..4000).prop_map(|minutes| Step::Stop { minutes }),
        2 => (some(), percents()).prop_map(|(entry, percents)| Step::Thresholds { entry, percents }),
        1 => any::<bool>().prop_map(|on| Step::ForecastAlert { on }),
        2 => (some(), proptest::option::of(1u32..5000)).prop_map(|(entry, minutes)| Step::Mute { entry, minutes }),
        1 => (entry(), any::<bool>()).prop_map(|(entry, muted)| Step::Muted { entry, muted }),
        1 => (entry(), any::<bool>()).prop_map(|(entry, enabled)| Step::Enabled { entry, enabled }),
        2 => (prop_oneof![Just(0i32), -60..60i32, -60_000..60_000i32], any::<bool>())
            .prop_map(|(minutes, told)| Step::Clock { minutes, told }),
        1 => entry().prop_map(|entry| Step::Revoke { entry }),
        2 => entry().prop_map(|entry| Step::Replace { entry }),
        2 => any::<bool>().prop_map(|there| Step::Notifications { there }),
    ]
}
