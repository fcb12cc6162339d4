//! The faces without a figure.

use super::Face;
use super::arc::Arc;
use super::draw::Sketch;

/// Draws `face`, which has no figure.
pub(super) fn draw(sketch: &mut Sketch, face: Face) {
    match face {
        Face::NotSetUp => not_set_up(sketch),
        Face::TokenFailed => token_failed(sketch),
        Face::NoPool => no_pool(sketch),
        Face::Waiting | Face::Figure { .. } => waiting(sketch),
    }
}

/// A dashed ring with a plus: an empty place to fill.
fn not_set_up(sketch: &mut Sketch) {
    sketch.ground_disc();
    let grid = sketch.grid;
    let (middle, outer, inner) = (grid.middle, grid.radius(), grid.radius() - grid.light);
    let dashes = 8;
    let ring = Arc::ring(middle, middle, outer, inner);
    for dash in 0..dashes {
        let at = dash as f32 / dashes as f32;
        sketch.arc(ring.part(at - 0.037, at + 0.037), sketch.colors.ink);
    }
    let (arm, line) = sign(sketch);
    sketch.rect(middle - arm, middle - line / 2.0, arm * 2.0, line, sketch.colors.ink);
    sketch.rect(middle - line / 2.0, middle - arm, line, arm * 2.0, sketch.colors.ink);
}

/// A ring with three dots: something is to come.
fn waiting(sketch: &mut Sketch) {
    ring(sketch);
    let (middle, line) = (sketch.grid.middle, sign(sketch).1);
    let step = line * 2.0;
    for dot in [-1.0, 0.0, 1.0] {
        let (x, y) = (middle + dot * step - line / 2.0, middle - line / 2.0);
        match line < 4.0 {
            true => sketch.rect(x, y, line, line, sketch.colors.ink),
            false => {
                let disc = Arc::disc(x + line / 2.0, y + line / 2.0, line / 2.0);
                sketch.arc(disc, sketch.colors.ink);
            }
        }
    }
}

/// A ring with a dash: there is no figure.
fn no_pool(sketch: &mut Sketch) {
    ring(sketch);
    let (middle, (arm, line)) = (sketch.grid.middle, sign(sketch));
    sketch.rect(middle - arm, middle - line / 2.0, arm * 2.0, line, sketch.colors.ink);
}

/// A key with a cross in the corner.
fn token_failed(sketch: &mut Sketch) {
    sketch.ground_plate();
    let (grid, colors) = (sketch.grid, sketch.colors);
    let (line, pad, bow) = (grid.light.max(2.0), grid.part(0.06), grid.part(0.5));
    let radius = bow / 2.0;
    let shaft = pad + ((bow - line) / 2.0).floor();
    let (start, right) = (pad + bow - line / 2.0, grid.size - pad);
    let (low, tooth) = (shaft + line, grid.part(0.14));
    sketch.arc(Arc::ring(pad + radius, pad + radius, radius, radius - line), colors.ink);
    sketch.rect(start, shaft, right - start, line, colors.ink);
    sketch.rect(right - line, low, line, tooth, colors.ink);
    sketch.rect(right - line * 2.0 - grid.part(0.06), low, line, tooth - 1.0, colors.ink);
    let (arm, end) = (grid.part(0.36), grid.size - pad);
    let (near, far) = (end - arm + line / 2.0, end - line / 2.0);
    let cross = [[(near, near, 0.0), (far, far, 0.0)], [(far, near, 0.0), (near, far, 0.0)]];
    sketch.strokes(&cross, line + 2.0 * grid.margin, colors.ground);
    sketch.strokes(&cross, line, colors.alert);
}

/// A whole ring of the light line.
fn ring(sketch: &mut Sketch) {
    sketch.ground_disc();
    let grid = sketch.grid;
    let (middle, radius) = (grid.middle, grid.radius());
    sketch.arc(Arc::ring(middle, middle, radius, radius - grid.light), sketch.colors.ink);
}

/// How far a sign in a ring reaches from the middle, and the width of its line: on the grid.
fn sign(sketch: &Sketch) -> (f32, f32) {
    let grid = sketch.grid;
    let odd = grid.size % 2.0;
    let line = ((grid.light - odd) / 2.0).round().max(if odd > 0.0 { 0.0 } else { 1.0 }) * 2.0 + odd;
    let arm = (grid.size * 0.2).round() + odd / 2.0;
    (arm, line)
}
