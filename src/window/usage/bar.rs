//! The bar of a pool.

use eframe::egui::{
    CornerRadius, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2,
};

use super::model::Bar;
use crate::window::theme::Palette;

const MONTH: &str = "today";

/// Draws `bar` over the whole width: its thresholds as notches, and below it a mark where the month is.
pub fn draw(ui: &mut Ui, bar: &Bar, height: f32) {
    let palette = Palette::of(ui);
    let below = if bar.month.is_some() { 18.0 } else { 0.0 };
    let (whole, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), height + below), Sense::hover());
    let rect = Rect::from_min_size(whole.min, Vec2::new(whole.width(), height));
    let round = CornerRadius::same((height / 2.0) as u8);
    let painter = ui.painter();
    painter.rect_filled(rect, round, palette.track);
    let used =
        Rect::from_min_size(rect.min, Vec2::new((rect.width() * bar.used).max(height.min(4.0)), height));
    painter.with_clip_rect(used).rect_filled(rect, round, palette.area(bar.tone));
    let at = |share: f32| rect.left() + rect.width() * share;
    for (share, _) in bar.thresholds.iter().filter(|(share, _)| *share < 0.995) {
        // Seen on the full and on the empty part alike.
        let line = [pos2(at(*share), rect.top()), pos2(at(*share), rect.bottom())];
        painter.line_segment(line, Stroke::new(2.0, palette.card));
        // As wide as the notch that it goes on from. Where nothing is below there is no room for it.
        if below > 0.0 {
            let mark = [pos2(at(*share), rect.bottom()), pos2(at(*share), rect.bottom() + 3.0)];
            painter.line_segment(mark, Stroke::new(2.0, palette.edge));
        }
    }
    if let Some(month) = bar.month {
        let tip = pos2(at(month), rect.bottom() + 2.0);
        let corners: Vec<Pos2> = vec![tip, tip + Vec2::new(4.0, 6.0), tip + Vec2::new(-4.0, 6.0)];
        painter.add(Shape::convex_polygon(corners, palette.faint, Stroke::NONE));
        let galley = painter.layout_no_wrap(MONTH.to_owned(), FontId::proportional(11.0), palette.faint);
        let right = tip.x + 9.0 + galley.size().x <= rect.right();
        let x = if right { tip.x + 8.0 } else { tip.x - 8.0 - galley.size().x };
        painter.galley(pos2(x, rect.bottom() + 2.0), galley, palette.faint);
    }
    let words = bar.words.clone();
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
    response.on_hover_text(&bar.words);
}
