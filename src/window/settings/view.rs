//! The view of the settings.

use std::cell::Cell;
use std::path::Path;

use eframe::egui::{ComboBox, Margin, Response, TextEdit, TextStyle, Ui, Vec2};

use super::form::{SECTIONS, SettingsForm, fields_of, icon_accounts};
use crate::domain::config::{Config, Control, FormField, Width};
use crate::window::texts::please_correct;
use crate::window::theme::{GAP, NEAR, Tone, card};
use crate::window::widgets::{
    busy, checked_field, choices, entered, faint, field, message, missing_program, options, page_with_bar,
    pressed, primary, radio_buttons, scroll_into_view, selection_list, status, subheading,
};

/// What the user did on this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsAction {
    /// Save the changes.
    Save,
    /// Discard the changes.
    Revert,
    /// Turn start at login on or off.
    StartAtLogin(bool),
    /// Change a field.
    Edit,
}

/// What the page shows besides the form.
pub struct SettingsContext<'a> {
    /// The saved settings.
    pub config: &'a Config,
    /// Their file.
    pub file: &'a Path,
    /// Whether the tray starts at login; `None` where that can't be set.
    pub starts_at_login: Option<bool>,
    /// Whether an environment variable overrides the API's address.
    pub overridden: bool,
    /// Whether a save is running.
    pub saving: bool,
    /// The result of the last save.
    pub done: Option<&'a str>,
}

/// Shows the page.
pub fn show(ui: &mut Ui, form: &mut SettingsForm, around: &SettingsContext<'_>) -> Option<SettingsAction> {
    let SettingsContext { config, file, starts_at_login, overridden, saving, done } = *around;
    let before = form.clone();
    let (mut act, mut changed, submitted) = (None, None, Cell::new(false));
    let content = |ui: &mut Ui, form: &mut SettingsForm| {
        for (title, of) in SECTIONS {
            section(ui, title, |ui| {
                for (key, field) in fields_of(of) {
                    let hint = match key {
                        "api_url" if overridden => {
                            "Not in use: the environment variable LINODE_BANDWIDTH_API_URL overrides it."
                        }
                        _ => field.hint,
                    };
                    let ended = control(ui, key, &FormField { hint, ..*field }, form, config);
                    submitted.set(submitted.get() || ended);
                }
            });
        }
        // Not a setting in the file, so it takes effect at once.
        if let Some(mut on) = starts_at_login {
            section(ui, "Startup", |ui| {
                choices(ui, "Start at login", "Takes effect at once.", |ui| {
                    if ui.checkbox(&mut on, "Show the icon after every login").changed() {
                        changed = Some(SettingsAction::StartAtLogin(on));
                    }
                });
            });
        }
        faint(
            ui,
            format!(
                "These settings are stored in {}; you can also edit that file. Tokens are never stored in it.",
                file.display()
            ),
        );
    };
    let bar = |ui: &mut Ui, form: &mut SettingsForm| {
        let differs = form.differs();
        if pressed(&primary(ui, "Save", differs)) || submitted.get() && differs && !saving {
            act = Some(SettingsAction::Save);
        }
        if ui.add_enabled(differs && !saving, eframe::egui::Button::new("Revert")).clicked() {
            act = Some(SettingsAction::Revert);
        }
        match form.refused().as_slice() {
            _ if saving => busy(ui, "Saving…"),
            [] if differs => status(ui, "Not saved yet"),
            [] => done.into_iter().for_each(|done| message(ui, Tone::Good, done)),
            wrong => message(ui, Tone::Alarm, &please_correct(wrong)),
        }
    };
    page_with_bar(ui, "Settings", form, content, bar);
    act.or(changed).or_else(|| (before != *form).then_some(SettingsAction::Edit))
}

fn section(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    subheading(ui, title);
    ui.add_space(2.0);
    // The last field has its own bottom margin.
    let margin = Margin { left: 18, right: 18, top: 16, bottom: 4 };
    card(ui).inner_margin(margin).show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
    ui.add_space(GAP - NEAR);
}

/// The field of a setting. Returns whether Enter was pressed in it.
fn control(
    ui: &mut Ui,
    key: &'static str,
    setting: &FormField,
    form: &mut SettingsForm,
    config: &Config,
) -> bool {
    let FormField { label, hint, .. } = *setting;
    let mut text = form.text(key).to_owned();
    let width = match setting.control {
        Control::Switch(says) => {
            let mut on = text == "true";
            choices(ui, label, hint, |ui| drop(ui.checkbox(&mut on, says)));
            form.set(key, on.to_string());
            return false;
        }
        Control::Radio(words) => {
            choices(ui, label, hint, |ui| {
                radio_buttons(
                    ui,
                    &mut text,
                    words.iter().map(|(word, called)| ((*word).to_owned(), *called)),
                );
            });
            form.set(key, text);
            return false;
        }
        Control::List(words) => {
            let words = words.iter().map(|(word, called)| ((*word).to_owned(), (*called).to_owned()));
            let words: Vec<_> = words.collect();
            field(ui, label, hint, |ui| choose(ui, label, &mut text, &words));
            form.set(key, text);
            return false;
        }
        Control::Account => {
            field(ui, label, hint, |ui| choose(ui, label, &mut text, &icon_accounts(config)));
            form.set(key, text);
            return false;
        }
        Control::Command => None,
        Control::Number | Control::Line(Width::Short) => Some(120.0),
        Control::Numbers => Some(220.0),
        Control::Line(Width::Long) | Control::Optional => Some(340.0),
    };
    let focus = form.focus.take_if(|focus| *focus == key).is_some();
    let response = checked_field(ui, label, hint, |ui| {
        let edit = match width {
            Some(width) => TextEdit::singleline(&mut text).desired_width(width),
            None => {
                TextEdit::multiline(&mut text).desired_rows(2).desired_width(340.0).font(TextStyle::Monospace)
            }
        };
        let response = ui.add(edit.margin(Vec2::new(8.0, 6.0)));
        if focus {
            scroll_into_view(&response);
        }
        form.set(key, text);
        let wrong = form.expects(key, setting).map(|expected| (Tone::Alarm, expected.to_owned()));
        let program =
            if width.is_none() { form.text(key).lines().find(|line| !line.is_empty()) } else { None };
        let missing = program.and_then(|program| Some(program_hint(program, missing_program(ui, program)?)));
        (response, wrong.or(missing.map(|missing| (Tone::Warning, missing))))
    });
    width.is_some() && entered(ui, &response)
}

/// The hint about a missing program, or about a program whose arguments belong in a field of their own.
fn program_hint(program: &str, missing: String) -> String {
    if program.contains(' ') {
        return format!("{missing} Put each argument on a line of its own.");
    }
    missing
}

/// A drop-down list. A value that is not among the choices is shown as it is: a removed account by its id.
fn choose(ui: &mut Ui, salt: &str, chosen: &mut String, choices: &[(String, String)]) -> Response {
    let called =
        choices.iter().find(|(word, _)| word == chosen).map_or(&*chosen, |(_, called)| called).clone();
    let list = ComboBox::from_id_salt(salt).width(ui.available_width().min(280.0));
    selection_list(ui, list, &called, |ui| options(ui, chosen, choices.iter().cloned()))
}
