//! The tray icon: what it shows, as data, and how it is drawn at any size.
//!
//! [`Icon::from_snapshot`] takes from a snapshot only what changes pixels. The tray gets new pixels from [`Icon::draw`]
//! only if the icon is not equal to the last one.

mod corner;
mod digits;
mod glyph;
mod month_marker;
mod painter;
mod palette;
#[cfg(test)]
mod tests;

use crate::domain::config::{IconColor, IconStyle};
use crate::domain::level::Level;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::usage::{Pool, Share};

pub use month_marker::MonthMarker;
use painter::Painter;
pub use painter::Rgba;
use palette::Palette;

/// The sizes in pixels that panels ask for, up to three times 32 on scaled displays. Each is drawn on its own grid.
pub const SIZES: [u32; 8] = [16, 22, 24, 32, 44, 48, 64, 96];

/// The largest percentage that is written out; a higher one is shown as this.
const MAX_PERCENT: u16 = 999;

/// What the icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Icon {
    /// Which panel it is drawn for.
    pub color: IconColor,
    /// The main figure or sign.
    pub glyph: Glyph,
    /// Whether the figures are out of date.
    pub dimmed: bool,
    /// The badge in a corner.
    pub badge: Option<Badge>,
}

/// The main figure or sign of an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// There is no account yet.
    NotSetUp,
    /// The account's token has to be replaced.
    TokenFailed,
    /// No figures have arrived yet.
    Waiting,
    /// There will be no figures: the account has no transfer pool, or every account is disabled.
    NoPool,
    /// How much is used.
    Figure {
        /// How it is drawn.
        style: IconStyle,
        /// Whole percent, rounded down, at most 999; `None` if something was used without any quota.
        percent: Option<u16>,
        /// The account's level: [`Level::Exceeded`] below 100 % if one of its regions is over its quota.
        level: Level,
        /// The part of the month that has passed. Only on a gauge that is not full and whose figures are current.
        month_marker: Option<MonthMarker>,
    },
}

/// A small sign in the icon's corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Badge {
    /// The figures are old: the last poll failed, or there was none for a while.
    Old,
    /// Another account needs a new token. Takes precedence over [`Badge::Old`], which goes away without the user.
    Attention,
}

impl Icon {
    /// The icon for `snapshot`.
    pub fn from_snapshot(snapshot: &Snapshot) -> Icon {
        let color = snapshot.icon_color;
        let attention = snapshot.other_account_needs_token().then_some(Badge::Attention);
        let Some(account) = snapshot.icon_account() else {
            let glyph = if snapshot.accounts.is_empty() { Glyph::NotSetUp } else { Glyph::NoPool };
            return Icon { color, glyph, dimmed: !snapshot.accounts.is_empty(), badge: attention };
        };
        let old = account.is_old() || account.failure.is_some();
        // Old figures next to today's share of the month would look lower than they are.
        let month_marker =
            (!old).then(|| MonthMarker::from_elapsed(snapshot.month.elapsed(snapshot.generated_at)));
        let glyph = Glyph::from_account(account, snapshot.icon_style, month_marker);
        let old = old && glyph != Glyph::TokenFailed;
        // The key already says that a token failed.
        let attention = attention.filter(|_| glyph != Glyph::TokenFailed);
        Icon { color, glyph, dimmed: old, badge: attention.or(old.then_some(Badge::Old)) }
    }

    /// Draws it `size` pixels wide and high, from 8 to 512.
    pub fn draw(&self, size: u32) -> Rgba {
        let level = match self.glyph {
            Glyph::Figure { level, .. } => level,
            _ => Level::Ok,
        };
        let colors = Palette::new(self.color, level, self.dimmed);
        let Some(mut painter) = Painter::new(size.clamp(8, 512), colors) else {
            return Rgba { width: 0, height: 0, data: Vec::new() };
        };
        glyph::draw(&mut painter, self);
        painter.finish()
    }
}

impl Glyph {
    fn from_account(account: &AccountSnapshot, style: IconStyle, month_marker: Option<MonthMarker>) -> Glyph {
        if account.state.needs_new_token() {
            return Glyph::TokenFailed;
        }
        let Some(pool) = account.pool else { return Glyph::Waiting };
        match pool.share() {
            None | Some(Share::Metered) => Glyph::NoPool,
            Some(Share::WithoutQuota) => {
                Glyph::Figure { style, percent: None, level: Level::Exceeded, month_marker: None }
            }
            Some(Share::OfQuota { .. }) => {
                let level = level(account, &pool);
                let gauge = style != IconStyle::Number && level != Level::Exceeded;
                Glyph::Figure {
                    style,
                    percent: whole_percent(&pool),
                    level,
                    month_marker: month_marker.filter(|_| gauge),
                }
            }
        }
    }
}

fn whole_percent(pool: &Pool) -> Option<u16> {
    pool.percent()
        .map(|percent| u16::try_from(percent.truncated()).map_or(MAX_PERCENT, |whole| whole.min(MAX_PERCENT)))
}

fn level(account: &AccountSnapshot, pool: &Pool) -> Level {
    // The new month has not cost anything yet.
    if account.still_of.is_some() {
        return Level::Ok;
    }
    let own = if pool.reaches(100) { Level::Exceeded } else { Level::Ok };
    account.level.map_or(own, |level| level.max(own))
}

#[cfg(test)]
mod from_snapshot {
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
            title: None,
            state,
            level: pool.map(|pool| Level::of_pool(&pool, &[80, 90, 100])),
            updated_at: None,
            pool,
            metered_usd: None,
            over_usd: None,
            still_of: None,
            pool_level: pool.map(|pool| Level::of_pool(&pool, &[80, 90, 100])),
            quota_at_start: None,
            forecast: None,
            breakdown: None,
            breakdown_needs_scope: false,
            regions: Vec::new(),
            token: None,
            failure: (state == EntryState::Unreachable)
                .then(|| Failure::Unreachable { why: "no connection".to_owned() }),
            next_poll_at: None,
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
            month: Month::containing(now),
            accounts,
            updated_at: None,
            next_poll_at: None,
            busy: false,
            config_problem: None,
            history_write_error: None,
            muted_until: None,
            starts_at_login: None,
            demo: false,
            icon_account: IconAccount::Highest,
            icon_style: style,
            icon_color: IconColor::Auto,
        };
        Icon::from_snapshot(&snapshot)
    }

    fn used(used: u64, quota: u64) -> Option<Pool> {
        Some(Pool { used, quota, ..Pool::default() })
    }

    fn figure(percent: impl Into<Option<u16>>, level: Level) -> Glyph {
        Glyph::Figure { style: IconStyle::Ring, percent: percent.into(), level, month_marker: None }
    }

    /// The glyph without its month marker, and the marker.
    fn without_month_marker(glyph: Glyph) -> (Glyph, Option<MonthMarker>) {
        match glyph {
            Glyph::Figure { style, percent, level, month_marker } => {
                (Glyph::Figure { style, percent, level, month_marker: None }, month_marker)
            }
            glyph => (glyph, None),
        }
    }

    #[test]
    fn each_state_has_its_glyph() {
        use EntryState as S;
        let table: &[(S, Option<Pool>, Glyph, Option<Badge>)] = &[
            (S::Ok, used(839, 1000), figure(83, Level::Warning), None),
            (S::Ok, used(0, 1000), figure(0, Level::Ok), None),
            (S::Ok, used(999, 1000), figure(99, Level::Critical), None),
            (S::Ok, used(1000, 1000), figure(100, Level::Exceeded), None),
            (S::Ok, used(u64::MAX, 1), figure(999, Level::Exceeded), None),
            (S::Ok, used(1, 0), figure(None, Level::Exceeded), None),
            (S::Ok, used(0, 0), Glyph::NoPool, None),
            (S::Pending, None, Glyph::Waiting, None),
            (S::Stale, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::TokenMissing, None, Glyph::TokenFailed, None),
            (S::TokenInvalid, used(1, 2), Glyph::TokenFailed, None),
            (S::ScopeMissing, used(1, 2), Glyph::TokenFailed, None),
            (S::Forbidden, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::RateLimited, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::Unreachable, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::Unreachable, used(2, 2), figure(100, Level::Exceeded), Some(Badge::Old)),
            (S::Unreachable, None, Glyph::Waiting, Some(Badge::Old)),
            (S::InvalidResponse, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::Maintenance, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::KeyringLocked, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
            (S::KeyringUnavailable, used(1, 2), figure(50, Level::Ok), Some(Badge::Old)),
        ];
        for (state, pool, glyph, badge) in table {
            let icon = icon(vec![entry("acme", *state, *pool)]);
            let (shown, month_marker) = without_month_marker(icon.glyph);
            assert_eq!((shown, icon.badge, icon.dimmed), (*glyph, *badge, badge.is_some()), "{state:?}");
            let of_now = matches!(glyph, Glyph::Figure { level, .. } if *level != Level::Exceeded);
            assert_eq!(month_marker.is_some(), of_now && !icon.dimmed, "{state:?}");
        }
    }

    #[test]
    fn icon_without_figures_is_a_plus_or_a_dash() {
        assert_eq!(icon(Vec::new()).glyph, Glyph::NotSetUp);
        let off = icon(vec![entry("acme", EntryState::Disabled, None)]);
        assert_eq!((off.glyph, off.dimmed, off.badge), (Glyph::NoPool, true, None));
    }

    #[test]
    fn another_accounts_token_is_a_badge_except_on_a_key() {
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
        assert_eq!(icon(vec![acme]).glyph, figure(50, Level::Exceeded));
    }

    #[test]
    fn the_month_marker_moves_about_once_a_day_and_only_on_a_gauge() {
        let acme = || vec![entry("acme", EntryState::Ok, used(1, 2))];
        let hour =
            |hour| "2026-07-01T04:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour);
        for style in [IconStyle::Ring, IconStyle::Bar] {
            let icons: Vec<Icon> = (0..31 * 24).map(|h| icon_at(acme(), hour(h), style)).collect();
            let changes: Vec<usize> = (1..icons.len()).filter(|i| icons[*i] != icons[i - 1]).collect();
            assert_eq!(changes.len(), usize::from(MonthMarker::PARTS) - 1);
            assert!(changes.windows(2).all(|pair| pair[1] - pair[0] >= 23), "{changes:?}");
        }
        assert_eq!(without_month_marker(icon_at(acme(), hour(0), IconStyle::Number).glyph).1, None);
    }

    #[test]
    fn icon_is_equal_if_its_pixels_are() {
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
