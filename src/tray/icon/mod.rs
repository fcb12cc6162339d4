//! The icon: what it shows, as data, and its drawing at any size.
//!
//! [`Icon::of`] takes from a snapshot only what changes pixels, so that the tray is given new pixels when an icon is
//! unequal to the last one, and only then. [`Icon::draw`] makes them.

mod badge;
mod canvas;
mod digits;
mod draw;
mod face;
mod figure;
mod mark;
mod palette;
mod rgba;

use crate::domain::config::{IconColor, IconStyle};
use crate::domain::level::Level;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::usage::{Pool, Share};

pub use rgba::Rgba;

/// The sizes, in pixels, that panels ask for; each is drawn for its own grid.
pub const SIZES: [u32; 7] = [16, 22, 24, 32, 44, 48, 64];

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
        let face = Face::of(account, style);
        let old = face != Face::TokenFailed && (account.is_old() || account.failure.is_some());
        // One failed token more or less is the same news.
        let trouble = trouble.filter(|_| face != Face::TokenFailed);
        Icon { color, face, dimmed: old, badge: trouble.or(old.then_some(Badge::Old)) }
    }
}

impl Face {
    fn of(account: &AccountSnapshot, style: IconStyle) -> Face {
        if account.state.wants_a_token() {
            return Face::TokenFailed;
        }
        let Some(pool) = account.pool else { return Face::Waiting };
        match pool.share() {
            None => Face::NoPool,
            Some(Share::WithoutQuota) => Face::Figure { style, percent: None, level: Level::Exceeded },
            Some(Share::OfQuota { .. }) => {
                Face::Figure { style, percent: whole(&pool), level: level(account, &pool) }
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
