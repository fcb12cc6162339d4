//! Draws the plots of the month and the year with `egui_plot`. They can't be panned or zoomed; the text above them describes the hovered point.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Align2, Color32, FontId, Label, Layout, Rangef, Rect, RichText, Sense, Ui, UiBuilder, Vec2, Vec2b,
    WidgetInfo,
};
use egui_plot::{
    AxisHints, Bar, BarChart, GridMark, Line, LineStyle, MarkerShape, Plot, PlotPoint, PlotPoints,
    PlotTransform, PlotUi, Points, Polygon, Text,
};

use crate::domain::config::AccountId;
use crate::domain::plot::{
    Bar as MonthBar, HALF, LabelKind, MARK, MonthPlot, Point, Tick, YearPlot, label_margin,
};
use crate::window::theme::{Palette, Tone};

/// Width of the figures beside a plot, in points.
const FIGURES: f32 = 76.0;
/// Height of the caption, in points.
const CAPTION: f32 = 20.0;
/// Days left of the month, for the first day's label. Also the distance of the lines' labels from the month's end, in
/// points.
const BEFORE: f64 = 0.8;
const BESIDE: f64 = 5.0;
/// Space below 0 GB in points, so that lines there are not cut off; and how far above 0 GB the middle of a label stays.
const BELOW: f64 = 5.0;
const LEAST: f64 = 3.0;
/// The minimum vertical distance between two labels, in points.
const APART: f64 = 13.0;
/// The height that a label below a line needs, in points.
const ROOM: f64 = 22.0;
/// The font size in a plot.
const LETTERS: f32 = 11.5;

/// An account and its name.
pub type NamedAccount<'a> = (&'a AccountId, &'a str);

/// Draws the plot of the month and returns its transform.
pub fn month(ui: &mut Ui, (id, name): NamedAccount<'_>, data: &MonthPlot, height: f32) -> PlotTransform {
    let palette = Palette::from_ui(ui);
    let caption = caption(ui);
    let point = data.top / (f64::from(height) - BELOW);
    let widest = widest(ui, data);
    let room = if widest > 0.0 { BESIDE + widest } else { 0.0 };
    let x = [-BEFORE, data.days + label_margin(BEFORE + data.days, wide(ui), room)];
    let y = [-BELOW * point, data.top];
    let right = data.days + BESIDE * (x[1] - x[0]) / wide(ui);
    let plot = still(ui, ("month", id.as_str()), height, &data.rows, &data.columns, !data.line.is_empty())
        .default_x_bounds(x[0], x[1])
        .default_y_bounds(y[0], y[1]);
    let shown = plot.show(ui, |plot| {
        measure(plot, x, y);
        let at = plot.pointer_coordinate().filter(|_| plot.response().hovered());
        let told = at.and_then(|at| data.description_at(at.x));
        draw_month(plot, data, right, &palette, point);
        if let Some((point, _)) = &told {
            let ring = Points::new("told", vec![[point.x, point.y]]).radius(5.0).filled(false);
            plot.points(ring.color(palette.text).allow_hover(false));
        }
        told.map(|(_, said)| said)
    });
    let words = format!("{name}: {}", data.words);
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    say(ui, caption, shown.inner.as_deref().unwrap_or(&data.words));
    note(ui, shown.response.rect, data.note);
    shown.transform
}

/// `right` is the day at which labels begin; `point` is the height of one screen point in GB.
fn draw_month(plot: &mut PlotUi<'_>, data: &MonthPlot, right: f64, palette: &Palette, point: f64) {
    if !data.line.is_empty() {
        across(plot, &data.rows, [0.0, data.days], palette);
    }
    let used = palette.accent;
    let (limit, threshold) = (palette.tone(Tone::Alarm), palette.tone(Tone::Warning));
    if let Some(forecast_band) = &data.forecast_band {
        // A very thin band would be drawn far beyond its end.
        if forecast_band.high - forecast_band.low > 2.0 * point {
            let band: Vec<[f64; 2]> = forecast_band.band(data.top).iter().map(xy).collect();
            let band = Polygon::new("band", band).fill_color(used.gamma_multiply(0.14)).width(0.0);
            plot.polygon(band.allow_hover(false));
        }
        let pace = line("pace", vec![xy(&forecast_band.from), xy(&forecast_band.to)], used);
        plot.line(pace.style(LineStyle::dashed_dense()).width(2.0));
    }
    for tick in &data.thresholds {
        let dashed = line("threshold", vec![[0.0, tick.at], [data.days, tick.at]], threshold);
        plot.line(dashed.style(LineStyle::dashed_dense()).width(1.0));
    }
    // One piece per segment: joints would overshoot at the corners of a step.
    for (from, to) in data.quota.iter().zip(data.quota.iter().skip(1)) {
        plot.line(line("quota", vec![xy(from), xy(to)], limit).width(1.5));
    }
    for label in data.labels(APART * point) {
        let color = match label.of {
            LabelKind::Quota => limit,
            LabelKind::Forecast => used,
            LabelKind::Threshold => threshold,
        };
        beside(plot, (right, label.at.max(LEAST * point)), &label.text, color, Align2::LEFT_CENTER);
    }
    if let Some([from, to]) = &data.before_first_sample {
        let way = line("unwatched", vec![xy(from), xy(to)], palette.faint.gamma_multiply(0.7));
        plot.line(way.style(LineStyle::dashed_dense()).width(1.0));
    }
    if let Some(last) = data.line.last() {
        let drawn = line("used", data.line.iter().map(xy).collect(), used);
        plot.line(drawn.width(2.0).fill(0.0).fill_alpha(0.10));
        plot.points(dot(last, used));
    }
    if let (Some(day), Some(quota)) = (&data.runs_out, data.quota.last()) {
        let down = line("runs out", vec![[day.at, quota.y], [day.at, 0.0]], limit);
        plot.line(down.style(LineStyle::dashed_dense()).width(1.0));
        plot.points(dot(&Point { x: day.at, y: quota.y }, limit));
        let early = day.at < data.days * 0.2;
        let (side, x, y) =
            if early { (Align2::LEFT_TOP, 0.3, -4.0) } else { (Align2::RIGHT_BOTTOM, -0.2, 4.0) };
        // Without space below the line the label is left out. The caption has the same text.
        if !early || quota.y > ROOM * point {
            beside(plot, (day.at + x, quota.y + y * point), &day.label, limit, side);
        }
    }
}

/// The width of the longest label at the end of the month, including labels that may be left out.
fn widest(ui: &Ui, data: &MonthPlot) -> f64 {
    data.labels(0.0).iter().map(|label| width(ui, &label.text)).fold(0.0, f64::max)
}

/// Draws the plot of the last twelve months.
pub fn year(ui: &mut Ui, (id, name): NamedAccount<'_>, data: &YearPlot, height: f32) {
    let palette = Palette::from_ui(ui);
    let caption = caption(ui);
    // The last month matters most: its label may extend beyond the plot's end.
    let places = data.months.len() as f64;
    let last = data.bars.last().and_then(|bar| bar.label.as_deref()).map_or(0.0, |label| width(ui, label));
    let x = [-0.5, places - 0.5 + (label_margin(places - 0.5, wide(ui), last / 2.0) - 0.5).max(0.0)];
    let y = [0.0, data.top];
    let place = wide(ui) / (x[1] - x[0]);
    let labels = data.labels(|label| width(ui, label) / place, x);
    let months = data.month_labels(|label| width(ui, label) / place);
    let plot = still(ui, ("year", id.as_str()), height, &data.rows, &months, !data.bars.is_empty())
        .default_x_bounds(x[0], x[1])
        .default_y_bounds(y[0], y[1]);
    let shown = plot.show(ui, |plot| {
        measure(plot, x, y);
        let at = plot.pointer_coordinate().filter(|_| plot.response().hovered());
        let hovered = at.and_then(|at| data.bar_at(at.x));
        draw_year(plot, data, hovered, &palette);
        for (middle, bar, label) in labels {
            let top = (middle, bar.within + bar.over);
            beside(plot, top, label, palette.tone(Tone::Alarm), Align2::CENTER_BOTTOM);
        }
        hovered.map(|bar| bar.words.clone())
    });
    let words = format!("{name}: {}", data.words);
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    say(ui, caption, shown.inner.as_deref().unwrap_or("The last 12 months, with usage over quota in red"));
    note(ui, shown.response.rect, data.note);
}

fn draw_year(plot: &mut PlotUi<'_>, data: &YearPlot, hovered: Option<&MonthBar>, palette: &Palette) {
    if !data.bars.is_empty() {
        across(plot, &data.rows, [-0.5, data.months.len() as f64 - 0.5], palette);
    }
    let mut pieces = Vec::new();
    for bar in &data.bars {
        // The current month is incomplete.
        let strength = if bar.goes_on { 0.55 } else { 1.0 };
        let piece = |low: f64, height: f64, color: Color32| {
            let color = color.gamma_multiply(strength);
            Bar::new(bar.at, height).base_offset(low).width(2.0 * HALF).fill(color).stroke((0.0, color))
        };
        pieces.push(piece(0.0, bar.within, palette.accent));
        if bar.over > 0.0 {
            pieces.push(piece(bar.within, bar.over, palette.area(Tone::Alarm)));
        }
    }
    if let Some(bar) = hovered {
        // A full-width background behind the bar, because a low bar is hard to see.
        let place = Bar::new(bar.at, data.top).width(1.0).fill(palette.track).stroke((0.0, palette.track));
        plot.bar_chart(BarChart::new("hovered", vec![place]).allow_hover(false));
    }
    plot.bar_chart(BarChart::new("months", pieces).allow_hover(false));
    for bar in data.bars.iter().filter(|bar| bar.quota > 0.0) {
        let mark = vec![[bar.at - MARK, bar.quota], [bar.at + MARK, bar.quota]];
        plot.line(line("quota", mark, palette.text).width(1.5));
    }
}

/// egui_plot keeps the bounds of the first frame, even if the pool, the data or the window's width changes, so they are
/// set in each frame.
pub(super) fn measure(plot: &mut PlotUi<'_>, x: [f64; 2], y: [f64; 2]) {
    plot.set_plot_bounds_x(x[0]..=x[1]);
    plot.set_plot_bounds_y(y[0]..=y[1]);
}

/// A plot that can't be moved, with grid lines and days from the model.
pub(super) fn still<'a>(
    ui: &Ui,
    id: (&'static str, &'a str),
    height: f32,
    rows: &'a [Tick],
    columns: &'a [Tick],
    measured: bool,
) -> Plot<'a> {
    let palette = Palette::from_ui(ui);
    Plot::new(id)
        .height(height)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .sense(Sense::hover())
        .show_x(false)
        .show_y(false)
        .label_formatter(|_| None)
        .set_margin_fraction(Vec2::ZERO)
        .auto_bounds(Vec2b::FALSE)
        .show_background(false)
        .show_grid(false)
        .x_grid_spacer(|_| marks(columns))
        .y_grid_spacer(move |_| if measured { marks(rows) } else { Vec::new() })
        .custom_x_axes(vec![axis(AxisHints::new_x(), columns, &palette)])
        .custom_y_axes(vec![axis(AxisHints::new_y(), rows, &palette).min_thickness(FIGURES)])
}

fn axis<'a>(axis: AxisHints<'a>, ticks: &'a [Tick], palette: &Palette) -> AxisHints<'a> {
    axis.formatter(|mark, _| named(ticks, mark))
        .label_spacing(Rangef::new(8.0, 16.0))
        .tick_label_color(palette.faint)
        .tick_label_font(FontId::proportional(LETTERS))
}

fn marks(ticks: &[Tick]) -> Vec<GridMark> {
    let step_size = match ticks {
        [first, second, ..] => second.at - first.at,
        _ => 1.0,
    };
    ticks.iter().map(|tick| GridMark { value: tick.at, step_size }).collect()
}

fn named(ticks: &[Tick], mark: GridMark) -> String {
    let tick = ticks.iter().find(|tick| (tick.at - mark.value).abs() < mark.step_size * 0.01);
    tick.map(|tick| tick.label.clone()).unwrap_or_default()
}

/// Grid lines, only within the axes and not below the labels beside the plot.
pub(super) fn across(plot: &mut PlotUi<'_>, rows: &[Tick], [from, to]: [f64; 2], palette: &Palette) {
    for row in rows {
        plot.line(line("row", vec![[from, row.at], [to, row.at]], palette.edge).width(1.0));
    }
}

fn xy(point: &Point) -> [f64; 2] {
    [point.x, point.y]
}

fn line<'a>(name: &str, points: Vec<[f64; 2]>, color: Color32) -> Line<'a> {
    Line::new(name, PlotPoints::from(points)).color(color).allow_hover(false)
}

fn dot<'a>(point: &Point, color: Color32) -> Points<'a> {
    let dot = Points::new("dot", vec![xy(point)]).shape(MarkerShape::Circle).radius(4.0);
    dot.color(color).allow_hover(false)
}

fn beside(plot: &mut PlotUi<'_>, (x, y): (f64, f64), text: &str, color: Color32, side: Align2) {
    let text = RichText::new(text).size(LETTERS);
    plot.text(Text::new("", PlotPoint::new(x, y), text).color(color).anchor(side).allow_hover(false));
}

/// The width of `text` in a plot, in points.
fn width(ui: &Ui, text: &str) -> f64 {
    let font = FontId::proportional(LETTERS);
    f64::from(ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x)
}

/// The width of a plot in the rest of `ui`, without its figures, in points.
fn wide(ui: &Ui) -> f64 {
    f64::from(ui.available_width() - FIGURES)
}

/// Reserves space for a line of text that is known only after the plot below it is drawn.
pub(super) fn caption(ui: &mut Ui) -> Rect {
    ui.allocate_exact_size(Vec2::new(ui.available_width(), CAPTION), Sense::hover()).0
}

pub(super) fn say(ui: &mut Ui, caption: Rect, text: &str) {
    let palette = Palette::from_ui(ui);
    let words = RichText::new(text).small().color(palette.faint);
    over(ui, caption, Layout::left_to_right(Align::Center), Label::new(words).truncate());
}

fn note(ui: &mut Ui, rect: Rect, note: Option<&str>) {
    let Some(note) = note else { return };
    let words = RichText::new(note).color(Palette::from_ui(ui).faint);
    let place = Rect::from_center_size(rect.center(), Vec2::new(rect.width(), CAPTION));
    over(ui, place, Layout::top_down(Align::Center), Label::new(words));
}

/// Text in reserved space, so that the content below does not move.
fn over(ui: &mut Ui, place: Rect, layout: Layout, text: Label) {
    ui.new_child(UiBuilder::new().max_rect(place).layout(layout)).add(text);
}

#[cfg(test)]
mod tests {
    use eframe::egui::Pos2;
    use egui_kittest::Harness;
    use egui_plot::PlotTransform;

    use super::*;
    use crate::domain::forecast::{Forecast, Series};
    use crate::domain::month::Month;
    use crate::domain::plot::{PlotContext, Plots, PoolHistory};
    use crate::domain::price::Prices;
    use crate::domain::sample::Sample;
    use crate::domain::usage::{Pool, PoolId};

    /// 83 % of this many GB, with a forecast.
    fn month_of(quota: u64) -> MonthPlot {
        let sample = Sample {
            at: "2026-11-22T05:10:00Z".parse().unwrap(),
            pool: Pool::from_gb(quota * 83 / 100, quota, 0),
        };
        let series = Series::new(Month::containing(sample.at));
        let forecast =
            Forecast::compute(&PoolId::Global, &sample.pool, sample.at, Some(&series), &Prices::default());
        let history = PoolHistory { month: vec![sample], before: Vec::new() };
        let zone = jiff::tz::TimeZone::UTC;
        let around =
            PlotContext { thresholds: &[80, 90], forecast: forecast.as_ref(), now: sample.at, zone: &zone };
        Plots::new("Acme".to_owned(), &history, around).month
    }

    struct Shown {
        data: MonthPlot,
        transform: Option<PlotTransform>,
        /// The width of the longest label.
        widest: f64,
    }

    fn harness(quota: u64, width: f32) -> Harness<'static, Shown> {
        let id: AccountId = "acme".parse().unwrap();
        let draw = move |ui: &mut Ui, shown: &mut Shown| {
            shown.widest = widest(ui, &shown.data);
            shown.transform = Some(month(ui, (&id, "Acme"), &shown.data, 220.0));
        };
        let shown = Shown { data: month_of(quota), transform: None, widest: 0.0 };
        Harness::builder().with_size(Vec2::new(width, 300.0)).build_ui_state(draw, shown)
    }

    /// Where the month ends on the screen, and the plot's rectangle.
    fn ends(shown: &Shown) -> (Pos2, Rect) {
        let transform = shown.transform.as_ref().unwrap();
        (transform.position_from_point(&PlotPoint::new(shown.data.days, 0.0)), *transform.frame())
    }

    #[test]
    fn labels_fit_in_every_width_even_after_a_change() {
        for quota in [10, 1_000, 20_368, 1_000_000] {
            let mut harness = harness(quota, 640.0);
            for width in [640.0, 420.0, 900.0] {
                harness.set_size(Vec2::new(width, 300.0));
                harness.run();
                let (end, frame) = ends(harness.state());
                let room = f64::from(frame.right() - end.x);
                assert!(room >= harness.state().widest, "{quota} GB in {width}: {room}");
                assert!(f64::from(frame.width()) > 2.0 * room, "{quota} GB in {width}: {room}");
            }
        }
    }

    #[test]
    fn a_picture_that_changed_is_measured_again() {
        let mut harness = harness(1_000, 640.0);
        harness.run();
        harness.state_mut().data = month_of(10);
        harness.run();
        let top = harness.state().data.top;
        let bounds = *harness.state().transform.as_ref().unwrap().bounds();
        assert!((bounds.max()[1] - top).abs() < 1e-6, "{bounds:?}: {top}");
    }
}
