//! The fields for an account's name and token, with the messages below them.

use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Color32, Event, Id, Response, RichText, TextEdit, TextStyle, Ui, Vec2, ViewportCommand};
use secrecy::zeroize::Zeroizing;

use super::form::{AccountForm, Focus, MAX_TOKEN_CHARS, TokenSource};
use crate::app::accounts::token_command;
use crate::domain::config::MAX_NAME_CHARS;
use crate::domain::token::Token;
use crate::window::texts::{CLIPBOARD_EMPTY, please_correct};
use crate::window::theme::{Palette, Tone};
use crate::window::widgets::{
    busy, checked_field, message, missing_program, note, pressed, primary, scroll_into_view, status,
};

/// How many frames to wait for the clipboard. Nothing arrives if it is empty.
const PASTE_FRAMES: u64 = 5;

/// The name field. Hides text that looks like a token.
pub fn name_field(ui: &mut Ui, form: &mut AccountForm, hint: &str) -> Response {
    let focus = form.focus.take_if(|focus| *focus == Focus::Name).is_some();
    let id = ui.make_persistent_id("account name");
    move_token(ui, form, id);
    checked_field(ui, "Name", hint, |ui| {
        let masked = Token::looks_like_token(&form.name);
        let edit = TextEdit::singleline(&mut form.name).id(id).char_limit(MAX_NAME_CHARS).password(masked);
        let response = ui.add(edit.desired_width(340.0).margin(Vec2::new(8.0, 6.0)));
        if masked {
            forget_steps(ui, id);
        }
        if focus {
            scroll_into_view(&response);
        }
        let remark = field_note(form, Focus::Name, &response, form.wrong.name.clone());
        (response, remark)
    })
}

/// Moves a token that was pasted into the name field to the token field.
fn move_token(ui: &Ui, form: &mut AccountForm, name: Id) {
    if !ui.memory(|memory| memory.has_focus(name)) {
        return;
    }
    let is_token = |event: &Event| matches!(event, Event::Paste(text) if Token::looks_like_token(text));
    let Some(token) = take_event(ui, is_token) else { return };
    if form.token_source == TokenSource::Command {
        form.remark = Some((Focus::Name, "That looks like a token, so it was not pasted here."));
    } else if form.token.is_empty() {
        form.paste_token(&token);
        form.focus = Some(Focus::Token);
        form.remark = Some((Focus::Token, "This looks like a token, so it was pasted here."));
    } else {
        form.remark =
            Some((Focus::Name, "That looks like a token. There is already one in the token field."));
    }
    ui.ctx().request_repaint();
}

/// Takes the first paste that is `wanted` out of the events, so that no field gets it.
fn take_event(ui: &Ui, wanted: impl Fn(&Event) -> bool) -> Option<Zeroizing<String>> {
    ui.input_mut(|input| {
        let at = input.events.iter().position(wanted)?;
        match input.events.remove(at) {
            Event::Paste(text) => Some(Zeroizing::new(text)),
            _ => None,
        }
    })
}

/// The token field. It always stays a password field, so that assistive technology and the clipboard never get its
/// text; "Show" paints the text over it.
pub fn token_field(ui: &mut Ui, form: &mut AccountForm, hint: &str) -> Response {
    let focus = form.focus.take_if(|focus| *focus == Focus::Token).is_some();
    let id = ui.make_persistent_id("personal access token");
    paste(ui, form);
    checked_field(ui, "Personal Access Token", hint, |ui| {
        let response = ui
            .horizontal(|ui| {
                let buttons = 150.0;
                let width = (ui.available_width() - buttons).clamp(90.0, 480.0);
                let color = form.token_shown.then_some(Color32::TRANSPARENT);
                let edit = TextEdit::singleline(&mut *form.token).id(id).password(true);
                let edit = edit.char_limit(MAX_TOKEN_CHARS).font(TextStyle::Monospace).text_color_opt(color);
                let shown = edit.desired_width(width).margin(Vec2::new(8.0, 6.0)).show(ui);
                if form.token_shown {
                    // Painted pixels only: other text would get into the accessibility tree.
                    let painter = ui.painter().with_clip_rect(shown.text_clip_rect);
                    let font = TextStyle::Monospace.resolve(ui.style());
                    let galley =
                        painter.layout_no_wrap(form.token.to_string(), font, Palette::from_ui(ui).text);
                    painter.galley(shown.galley_pos, galley, Palette::from_ui(ui).text);
                }
                let response = shown.response.response;
                if ui.button("Paste").clicked() {
                    form.pasting = Some(ui.ctx().cumulative_frame_nr());
                    response.request_focus();
                    ui.ctx().send_viewport_cmd(ViewportCommand::RequestPaste);
                    ui.ctx().request_repaint();
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
            // The middle mouse button pastes the selection.
            Event::MiddleClickPaste { pos, text } => response.rect.contains(*pos) && !text.is_empty(),
            _ => false,
        };
        form.pasted |= ui.input(|input| input.events.iter().any(pastes));
        if response.changed() {
            form.refused = None;
        }
        if focus {
            scroll_into_view(&response);
        }
        let remark = field_note(form, Focus::Token, &response, form.wrong.token.clone());
        (response, remark)
    })
}

/// The field of the command that prints the token. Hides a token that is typed into it.
pub fn command_field(ui: &mut Ui, form: &mut AccountForm) -> Response {
    let focus = form.focus.take_if(|focus| *focus == Focus::Command).is_some();
    let id = ui.make_persistent_id("token command");
    checked_field(ui, "Command", COMMAND_HINT, |ui| {
        let masked = Token::is_in(&form.command);
        let width = ui.available_width().clamp(90.0, 480.0);
        let edit = TextEdit::singleline(&mut form.command).id(id).char_limit(MAX_TOKEN_CHARS);
        let edit = edit.password(masked).font(TextStyle::Monospace).hint_text("pass show linode");
        let response = ui.add(edit.desired_width(width).margin(Vec2::new(8.0, 6.0)));
        if masked {
            forget_steps(ui, id);
        }
        if response.changed() {
            form.refused = None;
        }
        if focus {
            scroll_into_view(&response);
        }
        let missing = || {
            let program = token_command::split(&form.command).ok()?.into_iter().next()?;
            missing_program(ui, &program)
        };
        let missing = missing().map(|missing| (Tone::Warning, missing));
        let remark = field_note(form, Focus::Command, &response, form.wrong.command.clone());
        (response, remark.or(missing))
    })
}

/// Below the command's field.
const COMMAND_HINT: &str =
    "A program that prints the token, with its arguments. It runs at every poll, without a shell.";

/// Replaces the field's text with the clipboard's, once it arrives and is not empty.
fn paste(ui: &Ui, form: &mut AccountForm) {
    let Some(asked) = form.pasting else { return };
    if let Some(text) = take_event(ui, |event| matches!(event, Event::Paste(_))) {
        form.pasting = None;
        if text.trim().is_empty() {
            form.remark = Some((Focus::Token, CLIPBOARD_EMPTY));
        } else {
            form.paste_token(&text);
        }
    } else if ui.ctx().cumulative_frame_nr() > asked + PASTE_FRAMES {
        form.pasting = None;
        form.remark = Some((Focus::Token, CLIPBOARD_EMPTY));
    }
    ui.ctx().request_repaint();
}

/// The note below a field: a hint until the user types, then what is wrong.
fn field_note(
    form: &mut AccountForm,
    field: Focus,
    response: &Response,
    wrong: Option<String>,
) -> Option<(Tone, String)> {
    form.remark.take_if(|(of, _)| *of == field && response.changed());
    let remark = form.remark.filter(|(of, _)| *of == field);
    let remark = remark.map(|(_, remark)| (Tone::Warning, remark.to_owned()));
    remark.or(wrong.map(|wrong| (Tone::Alarm, wrong)))
}

/// Clears the undo history, which would keep the token while the window is open.
fn forget_steps(ui: &Ui, id: Id) {
    if let Some(mut state) = TextEditState::load(ui.ctx(), id) {
        state.clear_undoer();
        state.store(ui.ctx(), id);
    }
}

/// What the API said about the token, and why it was not saved. Returns `true` if the user saves it anyway.
pub fn outcome(ui: &mut Ui, form: &mut AccountForm) -> bool {
    let mut anyway = false;
    if form.told.is_empty() && form.failed.is_none() && form.unverified.is_none() {
        return anyway;
    }
    let shown = ui.scope(|ui| {
        for (tone, line) in &form.told {
            note(ui, *tone, line, |_| {});
        }
        if let Some(failed) = &form.failed {
            note(ui, Tone::Alarm, failed, |_| {});
        }
        if let Some(unverified) = &form.unverified {
            let said = format!("Not saved, because the token could not be verified: {unverified}");
            note(ui, Tone::Warning, &said, |ui| {
                anyway = ui.button(RichText::new("Save anyway")).clicked();
            });
        }
    });
    if form.focus.take_if(|focus| *focus == Focus::Outcome).is_some() {
        shown.response.scroll_to_me(None);
    }
    anyway
}

/// The save button in the bar below the page. Returns `true` when it is pressed.
pub fn save_button(ui: &mut Ui, form: &AccountForm) -> bool {
    pressed(&primary(ui, "Verify and save", !form.saving))
}

/// The message next to the form's buttons.
pub fn save_state(ui: &mut Ui, form: &AccountForm) {
    let wrong = form.refused_fields();
    if form.saving {
        busy(ui, "Verifying with Linode…");
    } else if !wrong.is_empty() {
        message(ui, Tone::Alarm, &please_correct(&wrong));
    } else if form.failed.is_some() {
        message(ui, Tone::Alarm, "Not saved");
    } else if form.touched() {
        status(ui, "Not saved yet");
    }
}
