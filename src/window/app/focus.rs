//! Where the keyboard goes when what had it goes away: back to where it was.

use eframe::egui::{Context, Id, Key, Popup};

/// What had the keyboard on the page, under a list or a dialog too.
#[derive(Default)]
pub struct KeyboardFocus {
    on_page: Option<Id>,
    covered: bool,
    /// Frames to draw before it is given back.
    wait: u8,
}

impl KeyboardFocus {
    /// To be called before anything is drawn.
    pub fn begin(&self, ctx: &Context) {
        // Else it would go on to what the list covers.
        if Popup::is_any_open(ctx) && ctx.input(|input| input.key_pressed(Key::Tab)) {
            Popup::close_all(ctx);
        }
    }

    /// To be called when all is drawn; `dialog`: something stands before the pages.
    pub fn end(&mut self, ctx: &Context, dialog: bool) {
        let focused = ctx.memory(|memory| memory.focused());
        let covered = dialog || Popup::is_any_open(ctx);
        if self.covered && !covered {
            // What covered it is known, and may have the keyboard, for two frames more.
            self.wait = 3;
        }
        self.covered = covered;
        if covered {
            return;
        }
        // Escape takes it away from whatever has it.
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
