//! The faces with a figure.

use super::canvas::Shape;
use super::digits::Text;
use super::draw::Sketch;
use crate::domain::level::Level;

fn words(percent: Option<u16>) -> String {
    percent.map_or_else(|| "!".to_owned(), |percent| percent.to_string())
}

/// A gauge around the figure; at 100 % a disc with the figure in it.
pub(super) fn ring(sketch: &mut Sketch, percent: Option<u16>, level: Level, badged: bool) {
    sketch.ground_disc();
    let (grid, colors) = (sketch.grid, sketch.colors);
    let (middle, outer) = (grid.middle, grid.radius());
    let within = |radius: f32| move |w: f32, h: f32| (w / 2.0).hypot(h / 2.0) <= radius;
    let Some(percent) = percent.filter(|percent| *percent < 100) else {
        sketch.fill(Shape::new().circle(middle, middle, outer), colors.accent);
        if let Some(text) = Text::centred(&words(percent), grid.size, within(outer - 0.5)) {
            text.draw(&mut sketch.canvas, 0.0, colors.cut);
        }
        return;
    };
    let inner = outer - grid.heavy;
    let share = f32::from(percent) / 100.0;
    sketch.fill(Shape::new().sector(middle, middle, outer, inner, share, 1.0), colors.track);
    if percent > 0 {
        sketch.fill(Shape::new().sector(middle, middle, outer, inner, 0.0, share), colors.accent);
    }
    if let Some(text) = Text::centred(&percent.to_string(), grid.size, within(inner - grid.part(0.03) + 0.5))
    {
        text.draw(&mut sketch.canvas, 0.0, colors.ink);
    }
    if !badged {
        match level {
            Level::Ok | Level::Exceeded => {}
            Level::Warning => warning(sketch),
            Level::Critical => critical(sketch),
        }
    }
}

fn warning(sketch: &mut Sketch) {
    let grid = sketch.grid;
    let side = grid.part(0.4);
    let end = grid.size;
    let triangle = |g: f32| {
        Shape::new().closed(&[
            (end - side - g, end + g * 0.6, 0.0),
            (end + g, end + g * 0.6, 0.0),
            (end - side / 2.0, end - side - g * 1.6, 0.0),
        ])
    };
    sketch.fill(triangle(grid.margin), sketch.colors.ground);
    sketch.fill(triangle(0.0), sketch.colors.accent);
}

fn critical(sketch: &mut Sketch) {
    let grid = sketch.grid;
    let line = grid.part(0.17);
    let (x, end) = (grid.size - line, grid.size);
    let high = grid.part(0.56);
    let m = grid.margin;
    sketch.fill(Shape::new().rect(x - m, end - high - m, line + m, high + m), sketch.colors.ground);
    sketch.fill(
        Shape::new().rect(x, end - high, line, high - line - m).rect(x, end - line, line, line),
        sketch.colors.accent,
    );
}

/// The figure, as large as fits: with a line below it, two lines, or in a filled plate.
pub(super) fn number(sketch: &mut Sketch, percent: Option<u16>, level: Level) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let side = grid.size - 2.0 * grid.margin;
    let (line, space) = (grid.part(0.07), grid.part(0.05));
    let (above, below) = match level {
        Level::Ok => (0.0, 0.0),
        Level::Warning => (0.0, line + space),
        Level::Critical => (line + space, line + space),
        Level::Exceeded => (space, space),
    };
    let plate = level == Level::Exceeded;
    let wide = if plate { grid.size - 2.0 * space } else { side };
    let high = if plate { side - 2.0 * space } else { side - above - below };
    let text = Text::centred(&words(percent), grid.size, |w, h| w <= wide && h <= high);
    let text = text.map(|text| text.moved(0.0, ((above - below) / 2.0).round()));
    let (m, s) = (grid.margin, grid.size);
    if plate {
        let radius = grid.part(0.16);
        if colors.has_ground() {
            sketch.fill(Shape::new().round_rect(0.0, 0.0, s, s, radius), colors.ground);
        }
        sketch.fill(Shape::new().round_rect(m * 0.0, m, s, side, radius), colors.accent);
        if let Some(text) = text {
            text.draw(&mut sketch.canvas, 0.0, colors.cut);
        }
        return;
    }
    let mut lines = Vec::new();
    if above > 0.0 {
        lines.push((m, m, side, line));
    }
    if below > 0.0 {
        lines.push((m, s - m - line, side, line));
    }
    if colors.has_ground() {
        if let Some(text) = &text {
            text.draw(&mut sketch.canvas, 2.0 * m, colors.ground);
        }
        for (x, y, w, h) in &lines {
            sketch.fill(Shape::new().rect(x - m, y - m, w + 2.0 * m, h + 2.0 * m), colors.ground);
        }
    }
    if let Some(text) = text {
        text.draw(&mut sketch.canvas, 0.0, colors.ink);
    }
    for (x, y, w, h) in lines {
        sketch.fill(Shape::new().rect(x, y, w, h), colors.accent);
    }
}
