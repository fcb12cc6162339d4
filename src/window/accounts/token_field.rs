//! The field for a Personal Access Token, and what is said below it.

use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Event, FontId, Id, Response, RichText, Sense, TextEdit, Ui, Vec2, ViewportCommand};

use super::form::{Focus, Form};
use crate::window::theme::{Palette, Tone};
use crate::window::widgets::{field, note, wrong};

/// The field of the name.
pub fn name_field(ui: &mut Ui, form: &mut Form, hint: &str) -> Response {
    let focus = form.focus.take_if(|focus| *focus == Focus::Name).is_some();
    field(ui, "Name", hint, |ui| {
        let edit = TextEdit::singleline(&mut form.name).char_limit(100);
        let response = ui.add(edit.desired_width(340.0).margin(Vec2::new(8.0, 6.0)));
        if focus {
            response.request_focus();
        }
        wrong(ui, form.wrong.name.as_deref());
        response
    })
}

/// The field of the token. It is a password field whatever the user chooses, so that assistive technology and the
/// clipboard never get its text; what "Show" shows is painted below it.
pub fn token_field(ui: &mut Ui, form: &mut Form, hint: &str) -> Response {
    let focus = form.focus.take_if(|focus| *focus == Focus::Token).is_some();
    let id = ui.make_persistent_id("personal access token");
    field(ui, "Personal Access Token", hint, |ui| {
        let response = ui
            .horizontal(|ui| {
                let edit = TextEdit::singleline(&mut *form.token).id(id).password(true).char_limit(4096);
                let response = ui.add(edit.desired_width(290.0).margin(Vec2::new(8.0, 6.0)));
                if ui.button("Paste").clicked() {
                    form.token.clear();
                    response.request_focus();
                    ui.ctx().send_viewport_cmd(ViewportCommand::RequestPaste);
                }
                let show = if form.token_shown { "Hide" } else { "Show" };
                if ui.button(show).clicked() {
                    form.token_shown = !form.token_shown;
                }
                response
            })
            .inner;
        forget_steps(ui, id);
        let focused = response.has_focus();
        let pastes = |event: &Event| match event {
            Event::Paste(text) => focused && !text.is_empty(),
            // By the middle button, what is selected elsewhere.
            Event::MiddleClickPaste { pos, text } => response.rect.contains(*pos) && !text.is_empty(),
            _ => false,
        };
        form.pasted |= ui.input(|input| input.events.iter().any(pastes));
        if focus {
            response.request_focus();
        }
        if form.token_shown {
            painted(ui, &form.token);
        }
        wrong(ui, form.wrong.token.as_deref());
        response
    })
}

/// Undo would keep the token as long as the window is open.
fn forget_steps(ui: &Ui, id: Id) {
    if let Some(mut state) = TextEditState::load(ui.ctx(), id) {
        state.clear_undoer();
        state.store(ui.ctx(), id);
    }
}

/// Pixels alone: a label would put the text into the accessibility tree.
fn painted(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let shown = if text.is_empty() { "–" } else { text };
    let galley = ui.painter().layout(shown.to_owned(), FontId::monospace(12.0), palette.text, width);
    let (rect, _) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, palette.text);
}

/// What the API said of the token, and why it was not saved.
pub fn outcome(ui: &mut Ui, form: &Form) {
    for line in &form.told {
        note(ui, Tone::Good, line, |_| {});
    }
    if let Some(failed) = &form.failed {
        note(ui, Tone::Alarm, failed, |_| {});
    }
}

/// Why it could not be verified; `true` when the user wants to keep it all the same.
pub fn refusal(ui: &mut Ui, form: &Form) -> bool {
    let mut anyway = false;
    if let Some(unverified) = &form.unverified {
        let said = format!("Not verified, and not saved yet: {unverified}");
        note(ui, Tone::Warning, &said, |ui| {
            anyway = ui.button(RichText::new("Save anyway")).clicked();
        });
    }
    anyway
}
