//! The second click of a double click, on something that came up under the pointer after the first: nobody means it.

use eframe::egui::{Event, PointerButton, Pos2, RawInput};

/// How soon after the first click, in seconds, and how near, in points, the second is one of the same double click.
const DOUBLE_CLICK: f64 = 0.4;
const NEAR: f32 = 8.0;

/// Takes such clicks out of what the window gets.
#[derive(Debug, Default)]
pub struct SecondClick {
    /// Where and when the button was last pressed.
    last: Option<(Pos2, f64)>,
    /// Since then, something else has come up.
    changed: bool,
    /// The button is down, and nobody was told.
    swallowed: bool,
}

impl SecondClick {
    /// Something else has come up: a page, a form, a dialog, or what a list has hidden.
    pub fn view_changed(&mut self) {
        self.changed = true;
    }

    /// Takes the second click out of `input`.
    pub fn filter(&mut self, input: &mut RawInput) {
        let now = input.time.unwrap_or(0.0);
        input.events.retain(|event| match event {
            Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, .. } => {
                let second = |(at, time): (Pos2, f64)| now - time < DOUBLE_CLICK && at.distance(*pos) < NEAR;
                self.swallowed = self.changed && self.last.is_some_and(second);
                if !self.swallowed {
                    (self.last, self.changed) = (Some((*pos, now)), false);
                }
                !self.swallowed
            }
            Event::PointerButton { button: PointerButton::Primary, pressed: false, .. } => {
                !std::mem::take(&mut self.swallowed)
            }
            _ => true,
        });
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Modifiers, pos2};

    use super::*;

    /// How many of a press and a release come through.
    fn click(clicks: &mut SecondClick, x: f32, time: f64) -> usize {
        let button = |pressed| Event::PointerButton {
            pos: pos2(x, 5.0),
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        let events = vec![button(true), button(false)];
        let mut input = RawInput { time: Some(time), events, ..RawInput::default() };
        clicks.filter(&mut input);
        input.events.len()
    }

    #[test]
    fn a_double_click_reaches_nothing_that_its_first_click_has_brought_up() {
        let mut clicks = SecondClick::default();
        assert_eq!(click(&mut clicks, 5.0, 1.0), 2);
        assert_eq!(click(&mut clicks, 5.0, 1.2), 2, "a word is chosen by two");
        clicks.view_changed();
        assert_eq!(click(&mut clicks, 6.0, 1.4), 0);
        assert_eq!(click(&mut clicks, 90.0, 1.5), 2, "elsewhere it is meant");
        clicks.view_changed();
        assert_eq!(click(&mut clicks, 90.0, 2.5), 2, "later it is meant");
    }
}
