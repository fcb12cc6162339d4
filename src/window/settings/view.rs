//! The settings on the screen.

use std::path::Path;

use eframe::egui::{ComboBox, Key, Margin, Response, TextEdit, TextStyle, Ui, Vec2};

use super::form::{Form, fields, icon_accounts};
use crate::domain::config::{Config, Control, FormField, Section, Width};
use crate::window::theme::{GAP, NEAR, card};
use crate::window::widgets::{
    busy, choices, faint, field, in_reading_order, page, primary, subheading, tell_chosen, wrong,
};

/// What the user does on this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Write what was changed.
    Save,
    /// Back to what the file has.
    Revert,
    /// Start the tray at login from now on, or no longer.
    StartAtLogin(bool),
}

/// The headings in order.
const SECTIONS: [(&str, Section); 4] = [
    ("Display", Section::Display),
    ("Polling", Section::Polling),
    ("Alerts", Section::Alerts),
    ("History", Section::History),
];

/// Shows the page for the settings in `file`.
pub fn show(
    ui: &mut Ui,
    form: &mut Form,
    config: &Config,
    file: &Path,
    starts_at_login: Option<bool>,
    overridden: bool,
    saving: bool,
) -> Option<Act> {
    let (mut act, mut entered, mut changed) = (None, None, None);
    let differs = form.differs();
    let right = |ui: &mut Ui| {
        in_reading_order(ui, |ui| {
            if ui.add_enabled(differs && !saving, eframe::egui::Button::new("Revert")).clicked() {
                act = Some(Act::Revert);
            }
            if primary(ui, "Save", differs).clicked() {
                act = Some(Act::Save);
            }
        });
        if saving {
            busy(ui, "Saving…");
        }
    };
    page(ui, "Settings", right, |ui| {
        for (title, of) in SECTIONS {
            section(ui, title, |ui| {
                for (key, field) in fields().filter(|(_, field)| field.section == of) {
                    let hint = match key {
                        "api_url" if overridden => {
                            "LINODE_BANDWIDTH_API_URL is set in the environment and goes before it."
                        }
                        _ => field.hint,
                    };
                    let (text, error) = form.field(key);
                    entered = control(ui, field, hint, text, error, config).or(entered);
                }
            });
        }
        // Not a line of the file: it is done at once.
        if let Some(mut on) = starts_at_login {
            section(ui, "Startup", |ui| {
                choices(ui, "Start at login", "Takes effect at once.", |ui| {
                    if ui.checkbox(&mut on, "Show the icon after every login").changed() {
                        changed = Some(Act::StartAtLogin(on));
                    }
                });
            });
        }
        faint(
            ui,
            format!(
                "All of it is in {}, which can be edited by hand too. Tokens are never in it.",
                file.display()
            ),
        );
    });
    act.or(changed).or(entered.filter(|_| differs && !saving).map(|()| Act::Save))
}

fn section(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    subheading(ui, title);
    ui.add_space(2.0);
    // The last field brings a distance of its own.
    let margin = Margin { left: 18, right: 18, top: 16, bottom: 4 };
    card(ui).inner_margin(margin).show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
    ui.add_space(GAP - NEAR);
}

/// A setting's field; `Some` when a line is ended with Enter.
fn control(
    ui: &mut Ui,
    setting: &FormField,
    hint: &str,
    text: &mut String,
    error: Option<&str>,
    config: &Config,
) -> Option<()> {
    let width = match setting.control {
        Control::Switch(says) => {
            let mut on = text == "true";
            choices(ui, setting.label, hint, |ui| drop(ui.checkbox(&mut on, says)));
            *text = on.to_string();
            return None;
        }
        Control::Radio(words) => {
            choices(ui, setting.label, hint, |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 18.0;
                    for (word, called) in words {
                        ui.radio_value(text, (*word).to_owned(), *called);
                    }
                });
            });
            return None;
        }
        Control::List(words) => {
            let words = words.iter().map(|(word, called)| ((*word).to_owned(), (*called).to_owned()));
            let words: Vec<_> = words.collect();
            field(ui, setting.label, hint, |ui| choose(ui, setting.label, text, &words));
            return None;
        }
        Control::Account => {
            field(ui, setting.label, hint, |ui| choose(ui, setting.label, text, &icon_accounts(config)));
            return None;
        }
        Control::Command => {
            field(ui, setting.label, hint, |ui| {
                let edit = TextEdit::multiline(text).desired_rows(2).desired_width(340.0);
                let response = ui.add(edit.margin(Vec2::new(8.0, 6.0)).font(TextStyle::Monospace));
                wrong(ui, error);
                response
            });
            return None;
        }
        Control::Number | Control::Line(Width::Short) => 120.0,
        Control::Numbers => 220.0,
        Control::Line(Width::Long) | Control::Optional => 340.0,
    };
    let response = field(ui, setting.label, hint, |ui| {
        let response = ui.add(TextEdit::singleline(text).desired_width(width).margin(Vec2::new(8.0, 6.0)));
        wrong(ui, error);
        response
    });
    (response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))).then_some(())
}

/// A list that opens. What is chosen and not in it is shown as it is: an account that is gone, by its id.
fn choose(ui: &mut Ui, salt: &str, chosen: &mut String, choices: &[(String, String)]) -> Response {
    let called =
        choices.iter().find(|(word, _)| word == chosen).map_or(&*chosen, |(_, called)| called).clone();
    let list = ComboBox::from_id_salt(salt).selected_text(&called).width(ui.available_width().min(280.0));
    let shown = list.show_ui(ui, |ui| {
        for (word, called) in choices {
            ui.selectable_value(chosen, word.clone(), called);
        }
    });
    tell_chosen(ui, &shown.response, &called);
    shown.response
}
