//! Who used an account's pools: a bar per pool with a part per consumer, and a list of the parts below it.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, CornerRadius, Label, Painter, Rect, RichText, Sense, Stroke, TextStyle, TextWrapMode, Ui, Vec2,
    WidgetInfo, WidgetText, pos2,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::breakdown::{PartKind, PoolBreakdown, UsagePart};
use crate::domain::config::Config;
use crate::domain::plot::pool_name;
use crate::domain::snapshot::AccountSnapshot;
use crate::domain::text;
use crate::domain::usage::PoolId;
use crate::window::theme::Palette;
use crate::window::visual::visual;
use crate::window::widgets::{faint, group, line, tooltip};

/// Height of a bar, of a row of the list, and of a part's mark in it, in points.
const BAR: f32 = 14.0;
const ROW: f32 = 20.0;
pub const MARK: f32 = 10.0;
/// The width that a column of the list needs, and the distance between two columns, in points.
const COLUMN: f32 = 230.0;
/// The width that the rest needs.
const REST_WIDTH: f32 = 380.0;
const BETWEEN: f32 = 28.0;

/// Who used an account's pools, or why that is not known.
#[derive(Debug, Clone, PartialEq)]
pub enum WhoUsedIt {
    /// A sentence instead of figures.
    Unknown(String),
    Known {
        /// When it was asked for: `14:02`.
        at: String,
        /// The watched pool first; pools that nothing was used of are left out.
        pools: Vec<PoolParts>,
    },
}

/// The parts of a pool, in the order of the bar.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolParts {
    pub title: String,
    pub parts: Vec<UsagePart>,
    /// By how much the parts exceed what the pool has used.
    pub excess: Option<String>,
}

impl WhoUsedIt {
    /// What is known at `now` of who used the pools of `account`. One Linode's transfer has no consumers.
    pub fn new(
        account: &AccountSnapshot,
        config: &Config,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<WhoUsedIt> {
        let watches_pool = !matches!(account.watch, PoolId::Linode(_));
        let unknown = |why: &str| Some(WhoUsedIt::Unknown(why.to_owned()));
        if let Some(breakdown) = &account.breakdown {
            let pools: Vec<PoolParts> =
                breakdown.pools.iter().filter_map(|pool| pool_parts(account, pool)).collect();
            if pools.is_empty() {
                return unknown("Nothing used yet this month.");
            }
            return Some(WhoUsedIt::Known { at: text::clock(breakdown.at, now, zone), pools });
        }
        // Without figures, the card says why.
        if !watches_pool || account.disabled() || account.pool.is_none() || account.has_no_pool() {
            return None;
        }
        match config.breakdown_interval {
            None => unknown("Who used it is not recorded: breakdown_interval is off."),
            Some(_) if account.breakdown_needs_scope => unknown(&format!("{}.", text::scope_for_breakdown())),
            Some(_) if account.failure.is_some() => None,
            Some(_) => unknown("Who used it is not known yet."),
        }
    }
}

/// The parts of `pool`, if anything was used of it and its region is shown.
fn pool_parts(account: &AccountSnapshot, pool: &PoolBreakdown) -> Option<PoolParts> {
    let name = match &pool.pool {
        watched if *watched == account.watch => account.watch_name.clone(),
        PoolId::Region(id) => {
            let (shown, _) = account.regions_in_short();
            Some(shown.into_iter().find(|region| region.id == *id)?.label.clone())
        }
        PoolId::Global | PoolId::Linode(_) => None,
    };
    let parts = pool.parts();
    let excess = pool.excess();
    let excess = (excess > 0).then(|| {
        format!(
            "Together {} more than the pool's own figure, which is older and in whole GB.",
            text::gigabytes(excess)
        )
    });
    (!parts.is_empty()).then(|| PoolParts { title: pool_name(&pool.pool, name), parts, excess })
}

/// `web-1: 512 GB, 61%`
fn words(part: &UsagePart) -> String {
    let share = part.share.map(|share| format!(", {share}")).unwrap_or_default();
    format!("{}: {}{share}", part.label, text::gigabytes(part.used))
}

/// `512 GB · 61%`
fn figures(part: &UsagePart) -> String {
    let share = part.share.map(|share| format!(" · {share}")).unwrap_or_default();
    format!("{}{share}", text::gigabytes(part.used))
}

/// Shows it on the card of the account `name`.
pub fn show(ui: &mut Ui, name: &str, who: &WhoUsedIt) {
    let (at, pools) = match who {
        WhoUsedIt::Unknown(why) => return drop(faint(ui, why.as_str())),
        WhoUsedIt::Known { at, pools } => (at, pools),
    };
    let palette = Palette::from_ui(ui);
    for pool in pools {
        let title = match pools.as_slice() {
            [_] => format!("Who used it, as of {at}"),
            _ => format!("{}: who used it, as of {at}", pool.title),
        };
        line(ui, &title, |title| Label::new(title.small().color(palette.faint)).truncate());
        bar(ui, &format!("{name}: who used the {}", lowercase_first(&pool.title)), &pool.parts);
        ui.add_space(2.0);
        list(ui, &format!("Who used the {} of {name}", lowercase_first(&pool.title)), &pool.parts);
        if let Some(excess) = &pool.excess {
            faint(ui, excess.as_str());
        }
        ui.add_space(4.0);
    }
}

fn lowercase_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// A bar over the full width with all parts. The pointer on a part shows its figures.
fn bar(ui: &mut Ui, name: &str, parts: &[UsagePart]) {
    let palette = Palette::from_ui(ui);
    let (whole, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), BAR), Sense::hover());
    let sum: u64 = parts.iter().map(|part| part.used).fold(0, u64::saturating_add);
    let at = |used: u64| whole.left() + whole.width() * (used as f64 / sum.max(1) as f64) as f32;
    let mut before = 0_u64;
    let mut hovered = None;
    let pointer = response.hover_pos();
    for part in parts {
        let after = before.saturating_add(part.used);
        let rect = Rect::from_x_y_ranges(at(before)..=at(after), whole.y_range());
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        paint_part(&painter, &palette, whole, part.kind, CornerRadius::same(4));
        if before > 0 {
            // A gap that is visible between any two colors.
            ui.painter().vline(rect.left(), rect.y_range(), Stroke::new(2.0, palette.card));
        }
        hovered = hovered.or(pointer.filter(|at| rect.x_range().contains(at.x)).map(|_| part));
        before = after;
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    if let Some(part) = hovered {
        tooltip(response, &words(part));
    }
}

/// Fills `rect` as a part of a chart. The rest is striped.
pub fn paint_part(painter: &Painter, palette: &Palette, rect: Rect, kind: PartKind, round: CornerRadius) {
    painter.rect_filled(rect, round, palette.part(kind));
    if kind == PartKind::Rest {
        stripes(painter, rect, palette.part(PartKind::Others));
    }
}

fn stripes(painter: &Painter, rect: Rect, color: Color32) {
    const APART: f32 = 5.0;
    let clip = rect.intersect(painter.clip_rect());
    if !clip.is_positive() {
        return;
    }
    let painter = painter.with_clip_rect(clip);
    let height = clip.height();
    let mut x = clip.left() - height;
    while x < clip.right() {
        let line = [pos2(x, clip.bottom()), pos2(x + height, clip.top())];
        painter.line_segment(line, Stroke::new(1.0, color));
        x += APART;
    }
}

/// The parts in the order of the bar, side by side where there is space. The rest has a long name.
pub fn list(ui: &mut Ui, name: &str, parts: &[UsagePart]) {
    let whole = ui.available_width();
    let columns = if whole >= 2.0 * COLUMN + BETWEEN { 2 } else { 1 };
    let width = (whole - (columns - 1) as f32 * BETWEEN) / columns as f32;
    let own_row = |part: &&UsagePart| part.kind >= PartKind::Rest && width < REST_WIDTH;
    let (rest, listed): (Vec<&UsagePart>, Vec<&UsagePart>) = parts.iter().partition(own_row);
    ui.scope_builder(group(name).accessibility_role(Role::List), |ui| {
        ui.spacing_mut().item_spacing = Vec2::new(BETWEEN, 0.0);
        let rows = listed.chunks(columns).map(|row| (row, width));
        for (row, width) in rows.chain(rest.chunks(1).map(|row| (row, whole))) {
            ui.horizontal(|ui| {
                for part in row {
                    item(ui, width, part);
                }
            });
        }
    });
}

fn item(ui: &mut Ui, width: f32, part: &UsagePart) {
    let palette = Palette::from_ui(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, ROW), Sense::hover());
    let mark = Rect::from_center_size(pos2(rect.left() + MARK / 2.0, rect.center().y), Vec2::splat(MARK));
    paint_part(ui.painter(), &palette, mark, part.kind, CornerRadius::same(2));
    let figures = RichText::new(figures(part)).color(palette.text);
    let figures =
        WidgetText::from(figures).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Body);
    let room = width - MARK - 8.0 - figures.size().x - 12.0;
    let label = RichText::new(visual(&part.label).into_owned()).color(palette.text);
    let label =
        WidgetText::from(label).into_galley(ui, Some(TextWrapMode::Truncate), room.max(0.0), TextStyle::Body);
    let cut = label.elided;
    let top = |height: f32| rect.center().y - height / 2.0;
    let (x, y) = (rect.right() - figures.size().x, top(figures.size().y));
    ui.painter().galley(pos2(x, y), figures, palette.text);
    let (x, y) = (mark.right() + 8.0, top(label.size().y));
    ui.painter().galley(pos2(x, y), label, palette.text);
    let words = words(part);
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &words));
    if cut {
        tooltip(response, &words);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::account::{AccountRecord, Reading};
    use crate::domain::breakdown::{Breakdown, Consumer, ConsumerId};
    use crate::domain::failure::{EntryState, Failure};
    use crate::domain::state::{PersistedState, State};
    use crate::domain::usage::{GB, Pool, Usage};

    const NOW: &str = "2026-11-22T05:10:00Z";

    fn usage() -> Usage {
        let regions = vec![("id-cgk".to_owned(), Pool::from_gb(4, 10, 0))];
        Usage { pool: Pool::from_gb(830, 1000, 0), regions }
    }

    fn account() -> AccountSnapshot {
        let now = NOW.parse().unwrap();
        let mut record = AccountRecord::default();
        record.take_reading(Reading { at: now, watch: PoolId::Global, usage: usage() });
        let records = [("acme".parse().unwrap(), record)].into();
        let kept = PersistedState { records, ..PersistedState::default() };
        let mut account = State::new(kept, 0, now).snapshot(now).accounts.remove(0);
        account.state = EntryState::Ok;
        account
    }

    fn broken_down(used: &[(&str, &str, u64)]) -> AccountSnapshot {
        let consumer = |(id, (label, region, used)): (u64, &(&str, &str, u64))| Consumer {
            id: ConsumerId::Linode(id),
            label: (*label).to_owned(),
            region: (*region).to_owned(),
            used: used * GB,
        };
        let consumers: Vec<Consumer> = (1..).zip(used).map(consumer).collect();
        let breakdown =
            Breakdown::new("2026-11-22T05:02:00Z".parse().unwrap(), &PoolId::Global, &usage(), &consumers);
        AccountSnapshot { breakdown: Some(Arc::new(breakdown)), ..account() }
    }

    fn who(account: &AccountSnapshot, config: &Config) -> Option<WhoUsedIt> {
        WhoUsedIt::new(account, config, NOW.parse().unwrap(), &TimeZone::UTC)
    }

    #[test]
    fn each_pool_that_was_used_has_its_parts() {
        let account = broken_down(&[("web", "us-east", 512), ("jkt", "id-cgk", 5)]);
        let Some(WhoUsedIt::Known { at, pools }) = who(&account, &Config::default()) else { panic!() };
        assert_eq!(at, "05:02");
        let said = |pool: &PoolParts| pool.parts.iter().map(words).collect::<Vec<_>>();
        assert_eq!(
            said(&pools[0]),
            ["web: 512 GB, 61%", "NodeBalancers, deleted Linodes and other: 318 GB, 38%"]
        );
        assert_eq!((pools[0].title.as_str(), &pools[0].excess), ("Global transfer pool", &None));
        assert_eq!(said(&pools[1]), ["jkt: 5 GB, 100%"]);
        let excess = "Together 1 GB more than the pool's own figure, which is older and in whole GB.";
        assert_eq!(pools[1].excess.as_deref(), Some(excess));
        assert_eq!(pools[1].title, "Transfer pool of id-cgk");
    }

    #[test]
    fn what_is_not_known_has_a_reason() {
        let said = |account: &AccountSnapshot, config: &Config| match who(account, config) {
            Some(WhoUsedIt::Unknown(why)) => why,
            other => format!("{other:?}"),
        };
        let on = Config::default();
        let off = Config { breakdown_interval: None, ..Config::default() };
        assert_eq!(said(&account(), &on), "Who used it is not known yet.");
        assert_eq!(said(&account(), &off), "Who used it is not recorded: breakdown_interval is off.");
        let lacking = AccountSnapshot { breakdown_needs_scope: true, ..account() };
        assert_eq!(said(&lacking, &on), "A token with linodes:read_only also shows which Linode used it.");
        let mut unused = broken_down(&[]);
        let breakdown = Arc::make_mut(unused.breakdown.as_mut().unwrap());
        breakdown.pools.iter_mut().for_each(|pool| pool.used = 0);
        assert_eq!(said(&unused, &on), "Nothing used yet this month.");
        // What was recorded is shown after it was switched off.
        assert!(matches!(who(&broken_down(&[("web", "us-east", 1)]), &off), Some(WhoUsedIt::Known { .. })));
    }

    #[test]
    fn nothing_is_said_where_the_card_says_why_or_there_are_no_consumers() {
        let failed = AccountSnapshot { failure: Some(Failure::TokenInvalid), ..account() };
        let linode = AccountSnapshot { watch: PoolId::Linode(1), ..account() };
        let disabled = AccountSnapshot { state: EntryState::Disabled, ..account() };
        let pending = AccountSnapshot { pool: None, ..account() };
        for account in [failed, linode, disabled, pending] {
            assert_eq!(who(&account, &Config::default()), None, "{account:?}");
        }
    }
}
