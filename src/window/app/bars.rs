//! The bars above and below every page. They are drawn after the page: screen readers count the nodes before a widget, and
//! would lose their place when a bar appears. Tab reaches the bars last.

use std::time::Duration;

use eframe::egui::{Align, Button, Context, Frame, Id, Label, Layout, Margin, Rect, Ui, UiBuilder, Vec2};

use super::App;
use crate::app::ipc::UPDATED;
use crate::window::owner::{Command, Lost};
use crate::window::theme::{Palette, Tone};
use crate::window::widgets;
use crate::window_request::Page;

/// How many seconds a success message stays.
const GOOD_NEWS_SECONDS: f64 = 12.0;

impl App {
    /// Draws the page and the bars that have something to say.
    pub(super) fn between_bars(&mut self, ui: &mut Ui, page: impl FnOnce(&mut App, &mut Ui)) {
        let whole = ui.available_rect_before_wrap();
        let (above, below) = (Bar("without tray"), Bar("said"));
        let said = self.said_in_bar(ui.ctx());
        let (top, rest) = whole.split_top_bottom_at_y(whole.top() + above.height(ui, self.lost.is_some()));
        let (middle, bottom) = rest.split_top_bottom_at_y(rest.bottom() - below.height(ui, said.is_some()));
        ui.scope_builder(UiBuilder::new().max_rect(middle), |ui| page(self, ui));
        if self.lost.is_some() {
            above.show(ui, top, Tone::Warning, |ui| self.without_tray(ui));
        }
        if let Some((tone, said)) = said {
            below.show(ui, bottom, tone, |ui| self.said(ui, tone, &said));
        }
    }

    /// The result of the last action, until the next action.
    fn said_in_bar(&mut self, ctx: &Context) -> Option<(Tone, String)> {
        let (tone, said) = self.said.clone()?;
        // The settings page shows it in its own bar.
        let unsaved = self.settings.as_ref().is_some_and(|form| form.differs());
        if self.page == Page::Settings && tone == Tone::Good && !unsaved {
            return None;
        }
        if tone == Tone::Good && self.has_been_read(ctx, &said) {
            self.said = None;
        }
        self.said.clone()
    }

    fn said(&mut self, ui: &mut Ui, tone: Tone, said: &str) {
        if ui.button("Dismiss").clicked() {
            self.said = None;
        }
        if let Some(address) = self.copyable.filter(|address| said.ends_with(address)) {
            let copy = ui.button("Copy");
            widgets::named(ui, &copy, "Copy the address");
            if widgets::tooltip(copy, "Copy the address").clicked() {
                ui.ctx().copy_text(address.to_owned());
            }
        }
        sentence(ui, tone, said);
    }

    /// Whether a success message was visible for long enough, in a window with the focus.
    fn has_been_read(&mut self, ctx: &Context, said: &str) -> bool {
        let (now, focused) = ctx.input(|input| (input.time, input.focused));
        let until = match &self.shown_until {
            Some((text, until)) if text == said && focused => *until,
            _ => now + GOOD_NEWS_SECONDS,
        };
        self.shown_until = Some((said.to_owned(), until));
        ctx.request_repaint_after(Duration::from_secs_f64((until - now).max(0.0)));
        now >= until
    }

    /// Says that the figures are not updated, and how to fix that.
    fn without_tray(&mut self, ui: &mut Ui) {
        let (said, button, command) = match &self.lost {
            None => return,
            Some(Lost::Ended(why)) => (why.as_str(), "Start the tray", Command::Start),
            Some(Lost::Updated) => (UPDATED, "Restart the tray", Command::Restart),
        };
        if ui.add(Button::new(button)).clicked() {
            self.owner.send(command);
        }
        sentence(ui, Tone::Warning, said);
    }
}

fn sentence(ui: &mut Ui, tone: Tone, said: &str) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let color = Palette::from_ui(ui).tone(tone);
        let line = widgets::line(ui, said, |said| Label::new(said.color(color)).wrap());
        widgets::announce(ui, &line, tone);
    });
}

/// A bar with an id.
struct Bar(&'static str);

impl Bar {
    fn id(&self) -> Id {
        Id::unique(("bar", self.0))
    }

    /// Its height in the last frame: the page is drawn first and leaves room for it.
    fn height(&self, ui: &Ui, shown: bool) -> f32 {
        if shown { ui.data(|data| data.get_temp(self.id())).unwrap_or(0.0) } else { 0.0 }
    }

    fn show(&self, ui: &mut Ui, place: Rect, tone: Tone, content: impl FnOnce(&mut Ui)) {
        let fill = Palette::from_ui(ui).tint(tone);
        let frame = Frame::new().fill(fill).inner_margin(Margin::symmetric(24, 8));
        let shown = ui.scope_builder(UiBuilder::new().max_rect(place).scope_id(self.id()), |ui| {
            frame.show(ui, |ui| {
                let size = Vec2::new(ui.available_width(), ui.spacing().interact_size.y);
                ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), content);
            })
        });
        let height = shown.inner.response.rect.height();
        if (height - place.height()).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(self.id(), height));
            ui.ctx().request_discard("the height of a bar");
        }
    }
}
