//! The faces without a figure.

use super::canvas::{Ends, Shape};
use super::draw::Sketch;

/// A dashed ring with a plus: an empty place to fill.
pub(super) fn not_set_up(sketch: &mut Sketch) {
    sketch.ground_disc();
    let grid = sketch.grid;
    let (middle, outer, inner) = (grid.middle, grid.radius(), grid.radius() - grid.light);
    let dashes = 8;
    let mut ring = Shape::new();
    for dash in 0..dashes {
        let at = dash as f32 / dashes as f32;
        ring = ring.sector(middle, middle, outer, inner, at - 0.037, at + 0.037);
    }
    sketch.fill(ring, sketch.colors.ink);
    let (arm, line) = sign(sketch);
    let plus = Shape::new()
        .rect(middle - arm, middle - line / 2.0, arm * 2.0, line)
        .rect(middle - line / 2.0, middle - arm, line, arm - line / 2.0)
        .rect(middle - line / 2.0, middle + line / 2.0, line, arm - line / 2.0);
    sketch.fill(plus, sketch.colors.ink);
}

/// A ring with three dots: something is to come.
pub(super) fn waiting(sketch: &mut Sketch) {
    ring(sketch);
    let (middle, line) = (sketch.grid.middle, sign(sketch).1);
    let mut dots = Shape::new();
    let step = line + sketch.grid.part(0.06);
    for dot in [-1.0, 0.0, 1.0] {
        let (x, y) = (middle + dot * step - line / 2.0, middle - line / 2.0);
        dots = match line < 4.0 {
            true => dots.rect(x, y, line, line),
            false => dots.circle(x + line / 2.0, y + line / 2.0, line / 2.0),
        };
    }
    sketch.fill(dots, sketch.colors.ink);
}

/// A ring with a dash: there is no figure.
pub(super) fn no_pool(sketch: &mut Sketch) {
    ring(sketch);
    let (middle, (arm, line)) = (sketch.grid.middle, sign(sketch));
    let dash = Shape::new().rect(middle - arm, middle - line / 2.0, arm * 2.0, line);
    sketch.fill(dash, sketch.colors.ink);
}

/// A key with a cross.
pub(super) fn token_failed(sketch: &mut Sketch) {
    let grid = sketch.grid;
    let (s, m) = (grid.light.max(2.0), grid.margin);
    let bow = grid.part(0.5);
    key(sketch, m, m + grid.part(0.06), grid.size - 2.0 * m, bow, s, false);
    cross(sketch);
}

/// A horizontal key in a box, its bow at the left.
pub(super) fn key(sketch: &mut Sketch, x: f32, y: f32, width: f32, bow: f32, line: f32, badge: bool) {
    let radius = bow / 2.0;
    let middle = y + ((bow - line) / 2.0).floor();
    let right = x + width;
    let tooth = (bow * 0.3).round().max(1.0);
    let ink = if badge { sketch.colors.alert } else { sketch.colors.ink };
    let shape = || Shape::new().ring(x + radius, y + radius, radius, (radius - line).max(0.5));
    let bits = |grow: f32| {
        let start = x + bow - line * 0.5 - grow;
        let mut shape = Shape::new().rect(start, middle - grow, right - start + grow, line + 2.0 * grow);
        let low = middle + line + grow;
        shape = shape.rect(right - line - grow, low, line + 2.0 * grow, tooth);
        if !badge {
            shape = shape.rect(right - 3.0 * line, low, line, (tooth - 1.0).max(1.0));
        }
        shape
    };
    if sketch.colors.has_ground() {
        let grow = sketch.grid.margin;
        sketch.fill(Shape::new().circle(x + radius, y + radius, radius + grow), sketch.colors.ground);
        sketch.fill(bits(grow), sketch.colors.ground);
    }
    sketch.fill(shape(), ink);
    sketch.fill(bits(0.0), ink);
}

fn cross(sketch: &mut Sketch) {
    let grid = sketch.grid;
    let arm = grid.part(0.38);
    let (line, end) = (grid.light.max(2.0), grid.size - grid.margin);
    let (a, b) = (end - arm + line / 2.0, end - line / 2.0);
    let lines = Shape::new().open(&[(a, a, 0.0), (b, b, 0.0)]).open(&[(b, a, 0.0), (a, b, 0.0)]).lines();
    if let Some(lines) = lines {
        let clear = line + 2.0 * grid.margin;
        sketch.canvas.stroke(&lines, clear, Ends::Round, sketch.colors.ground);
        sketch.canvas.stroke(&lines, line, Ends::Round, sketch.colors.alert);
    }
}

/// A whole ring of the light line.
fn ring(sketch: &mut Sketch) {
    sketch.ground_disc();
    let grid = sketch.grid;
    let shape = Shape::new().ring(grid.middle, grid.middle, grid.radius(), grid.radius() - grid.light);
    sketch.fill(shape, sketch.colors.ink);
}

/// How far a sign in a ring reaches from the middle, and the width of its line: on the grid.
fn sign(sketch: &Sketch) -> (f32, f32) {
    let grid = sketch.grid;
    let odd = grid.size % 2.0;
    let line = ((grid.light - odd) / 2.0).round().max(if odd > 0.0 { 0.0 } else { 1.0 }) * 2.0 + odd;
    let arm = (grid.size * 0.2).round() + odd / 2.0;
    (arm, line)
}
