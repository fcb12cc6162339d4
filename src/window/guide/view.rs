//! The guide on the screen.

use eframe::egui::{Align, Key, Label, Layout, RichText, Ui, Vec2};

use super::tokens::{self, Listing};
use crate::app::accounts::token_guide::{INTRODUCTION, ROLES, STEPS, Step, TOKENS};
use crate::domain::config::{Account, AccountId};
use crate::window::accounts::{Form, name_field, outcome, refusal, token_field};
use crate::window::theme::{GAP, NEAR, Palette, card};
use crate::window::widgets::{busy, page, primary, subheading};

/// What the user does on this page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Open this address in the browser.
    Browse(&'static str),
    /// Verify the token and keep it in a new account.
    Save,
    /// Keep it unverified.
    SaveAnyway,
    /// Ask for the tokens of this account's account.
    List(AccountId),
}

/// Shows the page.
pub fn show(ui: &mut Ui, form: &mut Form, accounts: &[Account], listing: &mut Listing) -> Option<Act> {
    let mut act = None;
    page(
        ui,
        "Token guide",
        |_| {},
        |ui| {
            ui.label(INTRODUCTION);
            ui.add_space(NEAR);
            card(ui).show(ui, |ui| {
                ui.set_width(ui.available_width());
                act = steps(ui);
                ui.label(ROLES);
            });
            ui.add_space(GAP - NEAR);
            subheading(ui, "Paste it here");
            ui.add_space(2.0);
            card(ui).show(ui, |ui| {
                ui.set_width(ui.available_width());
                act = paste(ui, form).or(act.take());
            });
            ui.add_space(GAP - NEAR);
            if let Some(asked) = tokens::show(ui, accounts, listing) {
                act = Some(asked);
            }
            if !accounts.is_empty() {
                ui.add_space(GAP - NEAR);
            }
            subheading(ui, "Revoke one");
            ui.add_space(2.0);
            card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label("On the tokens page, open the menu in the token's row and choose Revoke. It stops working at once, here and everywhere else: give the account a new one with Edit on the Accounts page. Removing an account here revokes nothing.");
            if ui.button("Open the tokens page").clicked() {
                act = Some(Act::Browse(TOKENS));
            }
        });
        },
    );
    act
}

fn steps(ui: &mut Ui) -> Option<Act> {
    let mut act = None;
    for (at, Step { text, page, choices }) in STEPS.iter().enumerate() {
        step(ui, at + 1, |ui| {
            ui.label(*text);
            if let Some(page) = page {
                let place = page.trim_start_matches("https://");
                if ui.button(format!("Open {place}")).clicked() {
                    act = Some(Act::Browse(page));
                }
            }
            // Lines of text, not of buttons.
            ui.spacing_mut().interact_size.y = 18.0;
            for (name, value) in *choices {
                choice(ui, name, value);
            }
        });
    }
    act
}

fn step(ui: &mut Ui, number: usize, content: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(Vec2::new(20.0, 20.0), Layout::left_to_right(Align::Min), |ui| {
            ui.set_width(20.0);
            ui.label(RichText::new(format!("{number}.")).color(palette.accent));
        });
        ui.vertical(content);
    });
    ui.add_space(NEAR);
}

fn choice(ui: &mut Ui, name: &str, value: &str) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(Vec2::new(90.0, 18.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(90.0);
            ui.label(RichText::new(name).color(palette.faint));
        });
        ui.add(Label::new(RichText::new(value).color(palette.text)).wrap());
    });
}

fn paste(ui: &mut Ui, form: &mut Form) -> Option<Act> {
    let mut act = None;
    ui.add_enabled_ui(!form.saving, |ui| {
        let entered = |ui: &Ui| ui.input(|input| input.key_pressed(Key::Enter));
        let token = token_field(ui, form, "It goes into the keyring and nowhere else.");
        let name = name_field(ui, form, "Left empty, Linode is asked for the company's name.");
        if (token.lost_focus() || name.lost_focus()) && entered(ui) {
            act = Some(Act::Save);
        }
    });
    outcome(ui, form);
    if refusal(ui, form) {
        act = Some(Act::SaveAnyway);
    }
    ui.horizontal(|ui| {
        ui.set_min_height(30.0);
        if primary(ui, "Verify and save", !form.saving).clicked() {
            act = Some(Act::Save);
        }
        if form.saving {
            busy(ui, "Verifying with Linode…");
        }
    });
    act
}
