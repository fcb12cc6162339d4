//! The tokens of an account, as the API lists them.

use eframe::egui::{ComboBox, Grid, Label, RichText, Ui};
use jiff::tz::TimeZone;

use super::view::Act;
use crate::domain::config::{Account, AccountId};
use crate::domain::token::ListedToken;
use crate::window::theme::{NEAR, Palette, Tone, card};
use crate::window::widgets::{busy, faint, line, named, note, subheading};

/// The list, and whose it is.
#[derive(Debug, Default)]
pub struct Listing {
    /// The account whose token asks.
    pub account: Option<AccountId>,
    /// What is known.
    pub listed: Listed,
}

/// What is known of an account's tokens.
#[derive(Debug, Default)]
pub enum Listed {
    /// Nobody has asked.
    #[default]
    Not,
    /// The API is being asked, under this number.
    Asked(u64),
    /// What it said.
    Known(Result<Vec<[String; 5]>, String>),
}

impl Listed {
    /// The rows of `tokens`: label, made, expires, scopes, and what is to be said of it. Never a secret, nor the part
    /// of it that the API shows.
    pub fn of(tokens: Result<Vec<ListedToken>, String>) -> Listed {
        let day = |at: jiff::Timestamp| at.to_zoned(TimeZone::system()).strftime("%-d %b %Y").to_string();
        let row = |token: &ListedToken| {
            let info = &token.info;
            let marks = [(token.ours, "this account's"), (!info.scopes.read_only(), "can do more than read")];
            let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
            [
                info.label.clone().unwrap_or_else(|| "–".to_owned()),
                token.created_at.map_or_else(|| "–".to_owned(), day),
                info.expires_at.map_or_else(|| "never".to_owned(), day),
                info.scopes.to_string(),
                marks.join(", "),
            ]
        };
        Listed::Known(tokens.map(|tokens| tokens.iter().map(row).collect()))
    }
}

/// Shows the list below the guide.
pub(super) fn show(ui: &mut Ui, accounts: &[Account], listing: &mut Listing) -> Option<Act> {
    let first = accounts.first()?;
    let mut act = None;
    subheading(ui, "Tokens of an account");
    ui.add_space(2.0);
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let chosen = listing.account.get_or_insert_with(|| first.id.clone());
        let before = chosen.clone();
        ui.horizontal(|ui| {
            let name = accounts.iter().find(|account| account.id == *chosen).unwrap_or(first).name.clone();
            let list = ComboBox::from_id_salt("tokens of").selected_text(name).width(220.0);
            let shown = list.show_ui(ui, |ui| {
                for account in accounts {
                    ui.selectable_value(chosen, account.id.clone(), &account.name);
                }
            });
            named(ui, &shown.response, "Account");
            let asked = matches!(listing.listed, Listed::Asked(_));
            if ui.add_enabled(!asked, eframe::egui::Button::new("List tokens")).clicked() {
                act = Some(Act::List(chosen.clone()));
            }
            if asked {
                busy(ui, "Asking Linode…");
            }
        });
        if before != *chosen {
            listing.listed = Listed::Not;
        }
        match &listing.listed {
            Listed::Not | Listed::Asked(_) => {}
            Listed::Known(Err(why)) => {
                ui.add_space(NEAR);
                note(ui, Tone::Alarm, why, |_| {});
            }
            Listed::Known(Ok(rows)) if rows.is_empty() => {
                faint(ui, "There is none.");
            }
            Listed::Known(Ok(rows)) => table(ui, rows),
        }
    });
    act
}

fn table(ui: &mut Ui, rows: &[[String; 5]]) {
    let palette = Palette::of(ui);
    ui.add_space(NEAR);
    Grid::new("tokens").num_columns(5).spacing([18.0, 7.0]).max_col_width(190.0).show(ui, |ui| {
        for head in ["Label", "Made", "Expires", "Scopes", ""] {
            ui.label(RichText::new(head).small().color(palette.faint));
        }
        ui.end_row();
        for row in rows {
            for cell in row {
                line(ui, cell, |cell| Label::new(cell.color(palette.text)));
            }
            ui.end_row();
        }
    });
}
