//! Ignores the second click of a double click if the first one brought up something new under the pointer: it is
//! unintended.

use eframe::egui::{Event, PointerButton, Pos2, RawInput};

/// The maximum distance of two clicks of a double click, in seconds, and in points.
const DOUBLE_CLICK: f64 = 0.4;
const NEAR: f32 = 8.0;

/// Removes such clicks from the window's input.
#[derive(Debug, Default)]
pub struct SecondClick {
    /// Where and when the button was last pressed.
    last: Option<(Pos2, f64)>,
    /// Whether the view has changed since then.
    changed: bool,
    /// The button is down, but egui did not get the press.
    swallowed: bool,
}

impl SecondClick {
    /// The view has changed: a page, a form, a dialog or a popup has opened or closed.
    pub fn view_changed(&mut self) {
        self.changed = true;
    }

    /// Removes an unintended second click from `input`.
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

    /// How many of a press and a release get through.
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
    fn second_click_does_not_hit_what_the_first_one_opened() {
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
