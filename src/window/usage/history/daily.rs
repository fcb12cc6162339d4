//! The days of the month, each a bar stacked by who used the pool. A day that is chosen has a list below.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, CornerRadius, Id, Key, Layout, Modifiers, Rect, Response, RichText, Sense, Stroke, StrokeKind,
    TextStyle, TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText, pos2,
};
use egui_plot::{PlotPoint, PlotTransform};
use jiff::civil;

use super::draw::{self, NamedAccount};
use crate::domain::breakdown::PartKind;
use crate::domain::config::AccountId;
use crate::domain::plot::{DailyPlot, DayBar, HALF};
use crate::window::arrow_keys;
use crate::window::theme::{GAP, Palette, Tone};
use crate::window::usage::breakdown::{MARK, list, paint_part};
use crate::window::visual::visual;
use crate::window::widgets::{announce, named, pressed, subheading};

/// Height of the plot, in points.
const HEIGHT: f32 = 140.0;
/// The maximum width of a name below the plot, in points.
const NAME: f32 = 180.0;

/// Shows the days and, below them, who used the pool on `day`.
pub fn show(ui: &mut Ui, (id, name): NamedAccount<'_>, data: &DailyPlot, day: &mut Option<civil::Date>) {
    let caption = draw::caption(ui);
    let (x, y) = ([-0.5, data.days - 0.5], [0.0, data.top]);
    let plot = draw::still(ui, ("daily", id.as_str()), HEIGHT, &data.rows, &data.columns, true)
        .default_x_bounds(x[0], x[1])
        .default_y_bounds(y[0], y[1]);
    let palette = Palette::from_ui(ui);
    let shown = plot.show(ui, |plot| {
        draw::measure(plot, x, y);
        draw::across(plot, &data.rows, x, &palette);
    });
    let words = format!("{name}: {}", data.words);
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let days = days(ui, (id, name), data, &shown.transform, *day);
    let before = *day;
    for (bar, response) in data.bars.iter().zip(&days) {
        if pressed(response) {
            *day = (*day != Some(bar.date)).then_some(bar.date);
        }
    }
    let pointed = days.iter().position(Response::hovered).or(days.iter().position(Response::has_focus));
    let pointed = pointed.and_then(|at| data.bars.get(at));
    let hint = "Each day, by who used it. Choose a day to list them.";
    draw::say(ui, caption, pointed.map_or(hint, |bar| bar.words.as_str()));
    legend(ui, data);
    if let Some(bar) = data.bars.iter().find(|bar| Some(bar.date) == *day) {
        let listed = ui.scope(|ui| list_of_day(ui, name, bar));
        if before != *day {
            // It may be below what is visible.
            ui.scroll_to_rect(listed.response.rect.expand(GAP), None);
        }
        if listed.inner {
            *day = None;
            ui.ctx().memory_mut(|memory| memory.request_focus(day_id(id, bar.date)));
        }
    }
}

fn day_id(account: &AccountId, date: civil::Date) -> Id {
    Id::unique(("day", account.as_str(), date.to_string()))
}

/// The days as buttons. The keyboard reaches one of them by Tab, and the others from there by the arrow keys.
fn days(
    ui: &Ui,
    (id, name): NamedAccount<'_>,
    data: &DailyPlot,
    transform: &PlotTransform,
    chosen: Option<civil::Date>,
) -> Vec<Response> {
    let palette = Palette::from_ui(ui);
    let at = |x: f64, y: f64| transform.position_from_point(&PlotPoint::new(x, y));
    let has_focus = |bar: &DayBar| ui.memory(|memory| memory.has_focus(day_id(id, bar.date)));
    let stop = data.bars.iter().position(has_focus);
    let stop = stop.or_else(|| data.bars.iter().position(|bar| Some(bar.date) == chosen));
    let stop = stop.unwrap_or(data.bars.len().saturating_sub(1));
    let mut days = Vec::new();
    for (place, bar) in data.bars.iter().enumerate() {
        let column = Rect::from_two_pos(at(bar.at - 0.5, 0.0), at(bar.at + 0.5, data.top));
        let sense = if place == stop { Sense::click() } else { Sense::CLICK };
        let response = ui.interact(column, day_id(id, bar.date), sense);
        if response.hovered() || chosen == Some(bar.date) {
            ui.painter().rect_filled(column, CornerRadius::same(3), palette.track);
        }
        let mut below = 0.0;
        for (kind, gb) in &bar.stack {
            let part = Rect::from_two_pos(at(bar.at - HALF, below), at(bar.at + HALF, below + gb));
            paint_part(ui.painter(), &palette, part, *kind, CornerRadius::ZERO);
            if below > 0.0 && part.height() > 3.0 {
                ui.painter().hline(part.x_range(), part.bottom(), Stroke::new(1.0, palette.card));
            }
            below += gb;
        }
        if bar.estimated {
            let whole = Rect::from_two_pos(at(bar.at - HALF, 0.0), at(bar.at + HALF, below));
            ui.painter().rect_filled(whole, CornerRadius::ZERO, palette.card.gamma_multiply(0.5));
        }
        if response.has_focus() {
            let ring = Stroke::new(2.0, palette.accent);
            ui.painter().rect_stroke(column, CornerRadius::same(3), ring, StrokeKind::Inside);
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}, {}", bar.words)));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(chosen == Some(bar.date)));
        days.push(response);
    }
    arrow_keys::move_within(ui, &days);
    days
}

/// What the parts stand for, in their order.
fn legend(ui: &mut Ui, data: &DailyPlot) {
    let palette = Palette::from_ui(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(14.0, 0.0);
        for (kind, label) in &data.legend {
            let text = RichText::new(visual(label).into_owned()).small().color(palette.text);
            let room = if matches!(kind, PartKind::Consumer(_)) { NAME } else { f32::INFINITY };
            let text =
                WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Truncate), room, TextStyle::Small);
            let size = Vec2::new(MARK + 6.0 + text.size().x, 18.0);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            let mark = pos2(rect.left() + MARK / 2.0, rect.center().y);
            let mark = Rect::from_center_size(mark, Vec2::splat(MARK));
            paint_part(ui.painter(), &palette, mark, *kind, CornerRadius::same(2));
            let place = pos2(mark.right() + 6.0, rect.center().y - text.size().y / 2.0);
            ui.painter().galley(place, text, palette.text);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label));
        }
    });
}

/// Lists who used the pool on a day. Returns whether the list must be closed.
fn list_of_day(ui: &mut Ui, name: &str, bar: &DayBar) -> bool {
    let mut close = false;
    ui.horizontal(|ui| {
        ui.set_min_height(32.0);
        let title = subheading(ui, &bar.title);
        announce(ui, &title, Tone::Faint);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = ui.button("Close");
            named(ui, &button, &format!("Close {} of {name}", bar.title));
            close = button.clicked();
        });
    });
    list(ui, &format!("Who used the pool of {name} on {}", bar.date.strftime("%-d %b")), &bar.list);
    let popup = ui.ctx().any_popup_open() || ui.ctx().text_edit_focused();
    close || !popup && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
}
