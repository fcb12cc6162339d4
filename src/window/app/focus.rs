//! Where the keyboard focus goes when a popup or dialog closes: back to where it was.

use eframe::egui::{Context, Event, Id, Key, Popup};

use crate::window_request::Page;

/// The page, and whether a form is open.
type Place = (Page, bool);

/// The widget on the page that had the focus before a popup or dialog opened.
#[derive(Default)]
pub struct KeyboardFocus {
    on_page: Option<Id>,
    covered: bool,
    /// Frames to draw before the focus returns.
    wait: u8,
    /// The place in the last frame.
    place: Option<Place>,
    /// Whether the last input came from the mouse.
    by_pointer: bool,
}

impl KeyboardFocus {
    /// Call this before anything is drawn.
    pub fn begin(&mut self, ctx: &Context) {
        self.by_pointer = ctx.input(|input| {
            input.events.iter().fold(self.by_pointer, |by_pointer, event| match event {
                Event::PointerButton { .. } => true,
                Event::Key { .. } | Event::AccessKitActionRequest(_) => false,
                _ => by_pointer,
            })
        });
        // Otherwise Tab would move the focus to a widget under the popup.
        if Popup::is_any_open(ctx) && ctx.input(|input| input.key_pressed(Key::Tab)) {
            Popup::close_all(ctx);
        }
    }

    /// Whether `place` differs from the one of the last frame.
    pub fn is_new(&mut self, place: Place) -> bool {
        self.place.replace(place).is_some_and(|before| before != place)
    }

    /// Whether the last input came from the mouse.
    pub fn is_by_pointer(&self) -> bool {
        self.by_pointer
    }

    /// Call this after everything is drawn. `dialog`: a dialog covers the page.
    pub fn end(&mut self, ctx: &Context, dialog: bool) {
        let focused = ctx.memory(|memory| memory.focused());
        let covered = dialog || Popup::is_any_open(ctx);
        if self.covered && !covered {
            // egui still knows the closed popup's widgets, which may keep the focus, for two more frames.
            self.wait = 3;
        }
        self.covered = covered;
        if covered {
            return;
        }
        // In egui, Escape removes the focus from any widget.
        let escaped = focused.is_none() && ctx.input(|input| input.key_pressed(Key::Escape));
        let due = self.wait == 1 || escaped;
        self.wait = self.wait.saturating_sub(1);
        match self.on_page {
            Some(id) if due && focused.is_none() => ctx.memory_mut(|memory| memory.request_focus(id)),
            Some(_) if self.wait > 0 => {}
            _ => self.on_page = focused,
        }
        if due || self.wait > 0 {
            ctx.request_repaint();
        }
    }
}
