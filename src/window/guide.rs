//! The token guide: how to make a token, a form for it, and a list of existing tokens.

use std::cell::Cell;

use eframe::egui::accesskit::Role;
use eframe::egui::{Align, ComboBox, Grid, Label, Layout, RichText, Ui, UiBuilder, Vec2};
use jiff::tz::TimeZone;

use crate::app::accounts::token_guide::{INTRODUCTION, ROLES, STEPS, Step, TOKENS};
use crate::domain::config::{AccountConfig, AccountId};
use crate::domain::token::ListedToken;
use crate::window::accounts::{
    AccountForm, NAME_HINT, TOKEN_HINT, name_field, outcome, save_button, save_state, token_field,
};
use crate::window::theme::{GAP, NEAR, Palette, Tone, card};
use crate::window::widgets::{
    busy, describe, entered, faint, line, named, note, options, page_with_bar, selection_list, subheading,
};

/// What the user did on this page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuideAction {
    /// Open this address in the browser.
    Browse(&'static str),
    /// Verify the token and save it in a new account.
    Save,
    /// Save it without verification.
    SaveAnyway,
    /// Cancel the running verification.
    Cancel,
    /// List the tokens of this account.
    List(AccountId),
}

/// Shows the page.
pub fn show(
    ui: &mut Ui,
    form: &mut AccountForm,
    accounts: &[AccountConfig],
    listing: &mut Listing,
) -> Option<GuideAction> {
    let act = Cell::new(None);
    let set = |did: Option<GuideAction>| act.set(did.or_else(|| act.take()));
    let content = |ui: &mut Ui, form: &mut AccountForm| {
        ui.label(INTRODUCTION);
        ui.add_space(NEAR);
        card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            set(steps(ui));
            ui.label(ROLES);
        });
        ui.add_space(GAP - NEAR);
        subheading(ui, "Paste the token");
        ui.add_space(2.0);
        card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            set(paste(ui, form));
        });
        ui.add_space(GAP - NEAR);
        set(show_tokens(ui, accounts, listing));
        if !accounts.is_empty() {
            ui.add_space(GAP - NEAR);
        }
        subheading(ui, "Revoke a token");
        ui.add_space(2.0);
        card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label("On the tokens page, open the menu in the token's row and choose Revoke. The token stops working everywhere at once: then choose Edit on the Accounts page and enter a new token. Removing an account here does not revoke its token.");
            set(ui.button("Open the tokens page").clicked().then_some(GuideAction::Browse(TOKENS)));
        });
    };
    let bar = |ui: &mut Ui, form: &mut AccountForm| {
        set(save_button(ui, form).then_some(GuideAction::Save));
        // The form keeps its input, because the page has no other view to go back to.
        if form.saving {
            set(ui.button("Cancel").clicked().then_some(GuideAction::Cancel));
        }
        save_state(ui, form);
    };
    page_with_bar(ui, "Token guide", form, content, bar);
    act.take()
}

fn steps(ui: &mut Ui) -> Option<GuideAction> {
    let mut act = None;
    let list = UiBuilder::new().accessibility_role(Role::List).accessibility_label("Steps");
    ui.scope_builder(list, |ui| {
        for (at, Step { text, page, choices }) in STEPS.iter().enumerate() {
            step(ui, at + 1, text, |ui| {
                ui.label(*text);
                if let Some(page) = page {
                    let place = page.trim_start_matches("https://");
                    let open = ui.button(format!("Open {place}"));
                    // With the Tab key, a screen reader says only what belongs to the button.
                    describe(ui, &open, text);
                    if open.clicked() {
                        act = Some(GuideAction::Browse(page));
                    }
                }
                if !choices.is_empty() {
                    let list = UiBuilder::new().accessibility_role(Role::List).accessibility_label(*text);
                    ui.scope_builder(list, |ui| {
                        // Lines of text are lower than rows of buttons.
                        ui.spacing_mut().interact_size.y = 18.0;
                        for (name, value) in *choices {
                            choice(ui, name, value);
                        }
                    });
                }
            });
        }
    });
    act
}

fn list_item(text: String) -> UiBuilder {
    UiBuilder::new().accessibility_role(Role::ListItem).accessibility_label(text)
}

fn step(ui: &mut Ui, number: usize, text: &str, content: impl FnOnce(&mut Ui)) {
    let palette = Palette::from_ui(ui);
    ui.scope_builder(
        list_item(format!("{number}. {text}")).layout(Layout::left_to_right(Align::Min)),
        |ui| {
            ui.allocate_ui_with_layout(Vec2::new(20.0, 20.0), Layout::left_to_right(Align::Min), |ui| {
                ui.set_width(20.0);
                ui.label(RichText::new(format!("{number}.")).color(palette.accent));
            });
            ui.vertical(content);
        },
    );
    ui.add_space(NEAR);
}

fn choice(ui: &mut Ui, name: &str, value: &str) {
    let palette = Palette::from_ui(ui);
    ui.scope_builder(list_item(format!("{name}: {value}")).layout(Layout::left_to_right(Align::Min)), |ui| {
        ui.allocate_ui_with_layout(Vec2::new(90.0, 18.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(90.0);
            ui.label(RichText::new(name).color(palette.faint));
        });
        ui.add(Label::new(RichText::new(value).color(palette.text)).wrap());
    });
}

fn paste(ui: &mut Ui, form: &mut AccountForm) -> Option<GuideAction> {
    let mut act = None;
    ui.add_enabled_ui(!form.saving, |ui| {
        let token = token_field(ui, form, TOKEN_HINT);
        let name = name_field(ui, form, NAME_HINT);
        if entered(ui, &token) || entered(ui, &name) {
            act = Some(GuideAction::Save);
        }
    });
    if outcome(ui, form) {
        act = Some(GuideAction::SaveAnyway);
    }
    act
}

/// The list of tokens, and its account.
#[derive(Debug, Default)]
pub struct Listing {
    /// The account whose token makes the request.
    pub account: Option<AccountId>,
    pub listed: Listed,
}

/// The state of the list.
#[derive(Debug, Default)]
pub enum Listed {
    /// Not requested.
    #[default]
    Not,
    /// A running request, with its number.
    Asked(u64),
    /// The API's answer.
    Known(Result<Vec<TokenRow>, String>),
}

/// A token in the list.
#[derive(Debug)]
pub struct TokenRow {
    /// Label, creation date, expiry date and scopes.
    cells: [String; 4],
    /// Whether the account uses this token.
    ours: bool,
    /// Whether it can do more than read.
    excessive: bool,
}

impl Listed {
    /// The rows for `tokens`. They contain no secret, nor the part of it that the API returns.
    pub fn from_result(tokens: Result<Vec<ListedToken>, String>) -> Listed {
        let day = |at: jiff::Timestamp| at.to_zoned(TimeZone::system()).strftime("%-d %b %Y").to_string();
        let row = |token: &ListedToken| {
            let info = &token.info;
            let cells = [
                info.label.clone().unwrap_or_else(|| "–".to_owned()),
                token.created_at.map_or_else(|| "–".to_owned(), day),
                info.expires_at.map_or_else(|| "never".to_owned(), day),
                info.scopes.to_string(),
            ];
            TokenRow { cells, ours: token.ours, excessive: !info.scopes.read_only() }
        };
        Listed::Known(tokens.map(|tokens| tokens.iter().map(row).collect()))
    }
}

/// Shows the list below the guide.
fn show_tokens(ui: &mut Ui, accounts: &[AccountConfig], listing: &mut Listing) -> Option<GuideAction> {
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
            let list = ComboBox::from_id_salt("tokens of");
            let shown = ui.scope(|ui| {
                // Leaves space for the button, however long the name is.
                ui.set_max_width(220.0);
                selection_list(ui, list.width(220.0).truncate(), &name, |ui| {
                    options(ui, chosen, accounts.iter().map(|account| (account.id.clone(), &account.name)));
                })
            });
            named(ui, &shown.inner, "Account");
            let asked = matches!(listing.listed, Listed::Asked(_));
            let lists = ui.add_enabled(!asked, eframe::egui::Button::new("List tokens"));
            named(ui, &lists, &format!("List tokens of {name}"));
            if lists.clicked() {
                act = Some(GuideAction::List(chosen.clone()));
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
                faint(ui, "This account has no tokens.");
            }
            Listed::Known(Ok(rows)) => table(ui, rows),
        }
    });
    act
}

fn table(ui: &mut Ui, rows: &[TokenRow]) {
    let palette = Palette::from_ui(ui);
    ui.add_space(NEAR);
    Grid::new("tokens").num_columns(5).spacing([18.0, 7.0]).max_col_width(190.0).show(ui, |ui| {
        for head in ["Label", "Created", "Expires", "Scopes", ""] {
            ui.label(RichText::new(head).small().color(palette.faint));
        }
        ui.end_row();
        for row in rows {
            for cell in &row.cells {
                line(ui, cell, |cell| Label::new(cell.color(palette.text)));
            }
            let marks = [(row.ours, "this account's"), (row.excessive, "can do more than read")];
            let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
            let color = if row.excessive { palette.tone(Tone::Warning) } else { palette.text };
            line(ui, &marks.join(", "), |marks| Label::new(marks.color(color)));
            ui.end_row();
        }
    });
}
