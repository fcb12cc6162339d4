//! The guide on the screen. Its words are Cloud Manager's own, as of December 2025.

use eframe::egui::{Align, Key, Label, Layout, RichText, Ui, Vec2};

use super::tokens::{self, Listing};
use crate::domain::config::{Account, AccountId};
use crate::window::accounts::{Form, name_field, outcome, refusal, token_field};
use crate::window::look::{GAP, NEAR, Palette, card};
use crate::window::parts::{busy, page, primary, subheading};

/// Where one logs in.
const LOGIN: &str = "https://login.linode.com";
/// Where tokens are made. No link leads straight into the form.
const TOKENS: &str = "https://cloud.linode.com/profile/tokens";

/// What the user does on this page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Open this address in the browser.
    Browse(&'static str),
    /// Verify the token and keep it in a new entry.
    Save,
    /// Keep it unverified.
    SaveAnyway,
    /// Ask for the tokens of this entry's account.
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
            ui.label("A Personal Access Token lets this program read your transfer figures. Make one that can do nothing else:");
            ui.add_space(NEAR);
            card(ui).show(ui, |ui| {
                ui.set_width(ui.available_width());
                act = steps(ui);
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
            ui.label("On the tokens page, open the menu in the token's row and choose Revoke. It stops working at once, here and everywhere else: give the entry a new one with Edit on the Accounts page. Removing an entry here revokes nothing.");
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
    step(ui, 1, |ui| {
        ui.label("Log in to Cloud Manager.");
        if ui.button("Open login.linode.com").clicked() {
            act = Some(Act::Browse(LOGIN));
        }
    });
    step(ui, 2, |ui| {
        ui.label("Open the page with your tokens and press “Create a Personal Access Token”.");
        if ui.button("Open cloud.linode.com/profile/tokens").clicked() {
            act = Some(Act::Browse(TOKENS));
        }
    });
    step(ui, 3, |ui| {
        ui.label("Choose exactly this:");
        // Lines of text, not of buttons.
        ui.spacing_mut().interact_size.y = 18.0;
        choice(ui, "Label", "Linode Bandwidth");
        choice(ui, "Expiry", "as long as you like; you are told before it ends");
        choice(ui, "Select All", "No Access");
        choice(ui, "Account", "Read Only");
        choice(ui, "Linodes", "Read Only, only to watch single Linodes");
    });
    step(ui, 4, |ui| {
        ui.label("Press “Create Token”. It stays grey until every row of the table has a choice.");
    });
    step(ui, 5, |ui| {
        ui.label("Copy the token, which is shown this once, and paste it below. Then press “I Have Saved My Personal Access Token”.");
    });
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
