//! The icon: what it shows, as data, and its drawing at any size.
//!
//! [`Icon::of`] takes from a snapshot only what changes pixels, so that the tray is given new pixels when an icon is
//! unequal to the last one, and only then. [`Icon::draw`] makes them.

mod arc;
mod badge;
mod canvas;
mod digits;
mod draw;
mod face;
mod figure;
mod ink;
mod lines;
mod mark;
mod mask;
mod palette;
mod rgba;
#[cfg(test)]
mod tests;
mod text;
mod tick;

use crate::domain::config::{IconColor, IconStyle};
use crate::domain::level::Level;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::usage::{Pool, Share};

pub use rgba::Rgba;
pub use tick::Tick;

/// The sizes, in pixels, that panels ask for, scaled ones up to three times 32; each is drawn for its own grid.
pub const SIZES: [u32; 8] = [16, 22, 24, 32, 44, 48, 64, 96];

/// The largest percentage that is written out; above it the figure stays there.
const MOST: u16 = 999;

/// What the icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Icon {
    /// Which panel it is drawn for.
    pub color: IconColor,
    /// The main thing.
    pub face: Face,
    /// The figures are not the current ones.
    pub dimmed: bool,
    /// The small thing in a corner.
    pub badge: Option<Badge>,
}

/// The main thing that an icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    /// There is no entry yet.
    NotSetUp,
    /// The entry's token has to be replaced.
    TokenFailed,
    /// No figure has come yet.
    Waiting,
    /// There are no figures to come: the account has no transfer pool, or every entry is switched off.
    NoPool,
    /// How much is used.
    Figure {
        /// How it is drawn.
        style: IconStyle,
        /// Whole percent, cut, 999 at most; `None` where something was used without any quota.
        percent: Option<u16>,
        /// The entry's level: [`Level::Exceeded`] below 100 % when one of its regions is over.
        level: Level,
        /// How much of the month is gone, on a gauge that is not full and whose figure is of now.
        tick: Option<Tick>,
    },
}

/// A small thing in the icon's corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Badge {
    /// The figures are old: the last poll failed, or none came for a while.
    Old,
    /// Another entry's token needs the user. Goes before [`Badge::Old`]: old figures pass by themselves.
    Attention,
}

impl Icon {
    /// The icon for `snapshot`.
    pub fn of(snapshot: &Snapshot, style: IconStyle, color: IconColor) -> Icon {
        let trouble = snapshot.hidden_trouble().then_some(Badge::Attention);
        let Some(account) = snapshot.shown() else {
            let face = if snapshot.accounts.is_empty() { Face::NotSetUp } else { Face::NoPool };
            return Icon { color, face, dimmed: !snapshot.accounts.is_empty(), badge: trouble };
        };
        let old = account.is_old() || account.failure.is_some();
        // Old use against today's tick would look like less than it is.
        let tick = (!old).then(|| Tick::at(snapshot.month.elapsed(snapshot.generated_at)));
        let face = Face::of(account, style, tick);
        let old = old && face != Face::TokenFailed;
        // One failed token more or less is the same news.
        let trouble = trouble.filter(|_| face != Face::TokenFailed);
        Icon { color, face, dimmed: old, badge: trouble.or(old.then_some(Badge::Old)) }
    }
}

impl Face {
    fn of(account: &AccountSnapshot, style: IconStyle, tick: Option<Tick>) -> Face {
        if account.state.wants_a_token() {
            return Face::TokenFailed;
        }
        let Some(pool) = account.pool else { return Face::Waiting };
        match pool.share() {
            None | Some(Share::Metered) => Face::NoPool,
            Some(Share::WithoutQuota) => {
                Face::Figure { style, percent: None, level: Level::Exceeded, tick: None }
            }
            Some(Share::OfQuota { .. }) => {
                let level = level(account, &pool);
                let gauge = style != IconStyle::Number && level != Level::Exceeded;
                Face::Figure { style, percent: whole(&pool), level, tick: tick.filter(|_| gauge) }
            }
        }
    }
}

fn whole(pool: &Pool) -> Option<u16> {
    pool.percent().map(|percent| u16::try_from(percent.whole()).map_or(MOST, |whole| whole.min(MOST)))
}

fn level(account: &AccountSnapshot, pool: &Pool) -> Level {
    let own = if pool.reaches(100) { Level::Exceeded } else { Level::Ok };
    account.level.map_or(own, |level| level.max(own))
}

#[cfg(test)]
mod of {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::domain::config::IconAccount;
    use crate::domain::failure::{EntryState, Failure};
    use crate::domain::month::Month;
    use crate::domain::usage::PoolId;

    fn entry(id: &str, state: EntryState, pool: Option<Pool>) -> AccountSnapshot {
        AccountSnapshot {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            watch: PoolId::Global,
            watch_name: None,
            show_as: crate::domain::config::ShowAs::Percent,
            state,
            level: pool.map(|pool| Level::of(&pool, &[80, 90, 100])),
            updated_at: None,
            pool,
            metered_usd: None,
            pool_level: pool.map(|pool| Level::of(&pool, &[80, 90, 100])),
            quota_at_start: None,
            forecast: None,
            regions: Vec::new(),
            token: None,
            failure: (state == EntryState::Unreachable)
                .then(|| Failure::Unreachable { why: "no connection".to_owned() }),
            waits_until: None,
            muted: false,
            muted_until: None,
        }
    }

    fn icon(accounts: Vec<AccountSnapshot>) -> Icon {
        icon_at(accounts, Timestamp::UNIX_EPOCH, IconStyle::Ring)
    }

    fn icon_at(accounts: Vec<AccountSnapshot>, now: Timestamp, style: IconStyle) -> Icon {
        let snapshot = Snapshot {
            generated_at: now,
            month: Month::at(now),
            accounts,
            updated_at: None,
            next_poll_at: None,
            busy: false,
            config_problem: None,
            keeping_problem: None,
            muted_until: None,
            starts_at_login: None,
            icon_account: IconAccount::Highest,
            icon_style: style,
            icon_color: IconColor::Auto,
        };
        Icon::of(&snapshot, style, IconColor::Auto)
    }

    fn used(used: u64, quota: u64) -> Option<Pool> {
        Some(Pool { used, quota, ..Pool::default() })
    }

    fn figure(percent: impl Into<Option<u16>>, level: Level) -> Face {
        Face::Figure { style: IconStyle::Ring, percent: percent.into(), level, tick: None }
    }

    /// The same without its tick, and the tick.
    fn parted(face: Face) -> (Face, Option<Tick>) {
        match face {
            Face::Figure { style, percent, level, tick } => {
                (Face::Figure { style, percent, level, tick: None }, tick)
            }
            face => (face, None),
        }
    }

    #[test]
    fn each_state_has_its_face() {
        use EntryState as S;
        let table: &[(S, Option<Pool>, Face, Option<Badge>)] = &[
            (S::Ok, used(839, 1000), figure(83, Level::Warning), None),
            (S::Ok, used(0, 1000), figure(0, Level::Ok), None),
            (S::Ok, used(999, 1000), figure(99, Level::Critical), None),
            (S::Ok, used(1000, 1000), figure(100, Level::Exceeded), None),
            (S::Ok, used(u64::MAX, 1), figure(999, Level::Exceeded), None),
            (S::Ok, used(1, 0), figure(None, Level::Exceeded), None),
            (S::Ok, used(0, 0), Face::NoPool, None),
            (S::Pending, None, Face::Waiting, None),
            (S::Stale, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::TokenMissing, None, Face::TokenFailed, None),
            (S::TokenInvalid, used(1, 2), Face::TokenFailed, None),
            (S::ScopeMissing, used(1, 2), Face::TokenFailed, None),
            (S::Forbidden, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::RateLimited, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::Unreachable, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::Unreachable, used(2, 2), figure(100, Level::Exceeded), Some(Badge::Old)),
            (S::Unreachable, None, Face::Waiting, Some(Badge::Old)),
            (S::InvalidResponse, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::Maintenance, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::KeyringLocked, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::KeyringUnavailable, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
        ];
        for (state, pool, face, badge) in table {
            let icon = icon(vec![entry("acme", *state, *pool)]);
            let (shown, tick) = parted(icon.face);
            assert_eq!((shown, icon.badge, icon.dimmed), (*face, *badge, badge.is_some()), "{state:?}");
            let of_now = matches!(face, Face::Figure { level, .. } if *level != Level::Exceeded);
            assert_eq!(tick.is_some(), of_now && !icon.dimmed, "{state:?}");
        }
    }

    #[test]
    fn nothing_to_show_is_a_place_to_fill_or_a_dash() {
        assert_eq!(icon(Vec::new()).face, Face::NotSetUp);
        let off = icon(vec![entry("acme", EntryState::Disabled, None)]);
        assert_eq!((off.face, off.dimmed, off.badge), (Face::NoPool, true, None));
    }

    #[test]
    fn another_entrys_token_is_a_badge_and_no_second_one_on_a_key() {
        let refused = |id| entry(id, EntryState::TokenInvalid, None);
        let works = |state| entry("works", state, used(1, 2));
        let badge = |accounts| icon(accounts).badge;
        assert_eq!(badge(vec![refused("a"), works(EntryState::Ok)]), Some(Badge::Attention));
        assert_eq!(badge(vec![refused("a"), works(EntryState::Unreachable)]), Some(Badge::Attention));
        assert_eq!(badge(vec![refused("a"), refused("b")]), None);
    }

    #[test]
    fn a_region_over_its_quota_shows_below_100_percent() {
        let mut acme = entry("acme", EntryState::Ok, used(1, 2));
        acme.level = Some(Level::Exceeded);
        assert_eq!(icon(vec![acme]).face, figure(50, Level::Exceeded));
    }

    #[test]
    fn the_tick_moves_about_once_a_day_and_only_on_a_gauge() {
        let acme = || vec![entry("acme", EntryState::Ok, used(1, 2))];
        let hour =
            |hour| "2026-07-01T04:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour);
        for style in [IconStyle::Ring, IconStyle::Bar] {
            let icons: Vec<Icon> = (0..31 * 24).map(|h| icon_at(acme(), hour(h), style)).collect();
            let changes: Vec<usize> = (1..icons.len()).filter(|i| icons[*i] != icons[i - 1]).collect();
            assert_eq!(changes.len(), usize::from(Tick::PARTS) - 1);
            assert!(changes.windows(2).all(|pair| pair[1] - pair[0] >= 23), "{changes:?}");
        }
        assert_eq!(parted(icon_at(acme(), hour(0), IconStyle::Number).face).1, None);
    }

    #[test]
    fn what_changes_no_pixel_changes_no_icon() {
        let acme = || entry("acme", EntryState::Ok, used(6201, 10_000));
        let before = icon(vec![acme()]);
        let later = AccountSnapshot {
            pool: used(6299, 10_000),
            updated_at: Some(Timestamp::UNIX_EPOCH),
            muted: true,
            ..acme()
        };
        assert_eq!(icon(vec![later]), before);
        assert_ne!(icon(vec![entry("acme", EntryState::Ok, used(6300, 10_000))]), before);
    }
}
