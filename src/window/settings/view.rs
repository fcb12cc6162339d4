//! The settings on the screen.

use std::path::Path;

use eframe::egui::{ComboBox, Key, Margin, Response, TextEdit, Ui, Vec2};

use super::form::{Form, called, icon_accounts};
use crate::domain::config::{Config, IconColor, IconStyle, ShowAs};
use crate::window::theme::{GAP, NEAR, card};
use crate::window::widgets::{
    busy, choices, faint, field, in_reading_order, page, primary, subheading, wrong,
};

/// What the user does on this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Write what was changed.
    Save,
    /// Back to what the file has.
    Revert,
}

/// Shows the page for the settings in `file`.
pub fn show(
    ui: &mut Ui,
    form: &mut Form,
    config: &Config,
    file: &Path,
    overridden: bool,
    saving: bool,
) -> Option<Act> {
    let (mut act, mut entered) = (None, None);
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
        section(ui, "Display", |ui| display(ui, form, config));
        section(ui, "Polling", |ui| {
            entered = text(
                ui,
                "Poll interval",
                "How often Linode is asked: 1m to 24h, usually 5m.",
                &mut form.poll_interval,
                120.0,
                form.wrong.poll_interval.as_deref(),
            )
            .or(entered);
            let hint = match overridden {
                true => "LINODE_BANDWIDTH_API_URL is set in the environment and goes before it.",
                false => "https, or http on this machine. Usually https://api.linode.com/v4.",
            };
            entered = text(ui, "API address", hint, &mut form.api_url, 340.0, form.wrong.api_url.as_deref())
                .or(entered);
        });
        section(ui, "Alerts", |ui| entered = alerts(ui, form).or(entered));
        section(ui, "History", |ui| {
            entered = text(
                ui,
                "Months kept",
                "Whole months of samples, 1 to 1200, usually 25.",
                &mut form.history_months,
                120.0,
                form.wrong.history_months.as_deref(),
            )
            .or(entered);
        });
        faint(
            ui,
            format!(
                "All of it is in {}, which can be edited by hand too. Tokens are never in it.",
                file.display()
            ),
        );
    });
    act.or(entered.filter(|_| differs && !saving).map(|()| Act::Save))
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

fn display(ui: &mut Ui, form: &mut Form, config: &Config) {
    let shown = |show_as: ShowAs| match show_as {
        ShowAs::Percent => "Percent: 13%",
        ShowAs::Used => "Used: 1071GB",
        ShowAs::UsedAndTotal => "Used and total: 1071GB (8000GB)",
    };
    field(ui, "Show as", "The figure in the icon's title and tooltip. Usually percent.", |ui| {
        let choices = [ShowAs::Percent, ShowAs::Used, ShowAs::UsedAndTotal].map(|c| (c, shown(c).to_owned()));
        let called = shown(form.show_as);
        choose(ui, "show as", &mut form.show_as, &choices, called)
    });
    choices(ui, "Icon", "", |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 18.0;
            ui.radio_value(&mut form.icon, IconStyle::Ring, "Ring");
            ui.radio_value(&mut form.icon, IconStyle::Bar, "Bar");
            ui.radio_value(&mut form.icon, IconStyle::Number, "Number");
        });
    });
    field(ui, "Icon shows", "", |ui| {
        let choices = icon_accounts(config);
        let name = called(&form.icon_account, &choices);
        choose(ui, "icon account", &mut form.icon_account, &choices, &name)
    });
    choices(ui, "Icon colour", "Light strokes are for dark panels, dark ones for light panels.", |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 18.0;
            ui.radio_value(&mut form.icon_color, IconColor::Auto, "Automatic");
            ui.radio_value(&mut form.icon_color, IconColor::Light, "Light");
            ui.radio_value(&mut form.icon_color, IconColor::Dark, "Dark");
        });
    });
}

fn alerts(ui: &mut Ui, form: &mut Form) -> Option<()> {
    let wrong_with = form.wrong.clone();
    let hint = "Percent of the quota, whole and rising, each 1 to 1000. Usually 80, 90, 100.";
    let mut entered =
        text(ui, "Thresholds", hint, &mut form.thresholds, 220.0, wrong_with.thresholds.as_deref());
    choices(ui, "Forecast", "", |ui| {
        ui.checkbox(&mut form.forecast_alert, "Notify when the month is going to end over quota");
    });
    let hint = "Days before a token expires, each 1 to 365. Usually 7, 1; empty for no alert.";
    let days = &mut form.token_expiry_alert_days;
    entered = text(ui, "Token expiry", hint, days, 220.0, wrong_with.token_expiry_alert_days.as_deref())
        .or(entered);
    let hint = "Run at every alert: a program and its arguments, one a line, without a shell. Usually empty.";
    field(ui, "Program", hint, |ui| {
        let edit = TextEdit::multiline(&mut form.on_alert).desired_rows(2).desired_width(340.0);
        let response = ui.add(edit.margin(Vec2::new(8.0, 6.0)).font(eframe::egui::TextStyle::Monospace));
        wrong(ui, wrong_with.on_alert.as_deref());
        response
    });
    entered
}

/// A line of text; `Some` when it is ended with Enter.
fn text(
    ui: &mut Ui,
    label: &str,
    hint: &str,
    value: &mut String,
    width: f32,
    error: Option<&str>,
) -> Option<()> {
    let response = field(ui, label, hint, |ui| {
        let response = ui.add(TextEdit::singleline(value).desired_width(width).margin(Vec2::new(8.0, 6.0)));
        wrong(ui, error);
        response
    });
    (response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))).then_some(())
}

fn choose<T: PartialEq + Clone>(
    ui: &mut Ui,
    salt: &str,
    chosen: &mut T,
    choices: &[(T, String)],
    called: &str,
) -> Response {
    let list = ComboBox::from_id_salt(salt).selected_text(called).width(280.0);
    let shown = list.show_ui(ui, |ui| {
        for (choice, text) in choices {
            ui.selectable_value(chosen, choice.clone(), text);
        }
    });
    shown.response
}
