//! Closing the window or a form with unsaved changes: the user is asked first.

use eframe::egui::{Context, Id, Key, Margin, Modal, Modifiers, RichText, Ui, ViewportCommand};

use super::App;
use crate::domain::text::isolated;
use crate::window::accounts::AccountForm;
use crate::window::owner::Command;
use crate::window::theme::{GAP, NEAR, Palette, Tone, card};
use crate::window::widgets::{heading, name_dialog};
use crate::window_request::Page;

/// What the user wants to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    Window,
    /// The whole program, from the tray's menu.
    Program,
    /// The form on the accounts page.
    Form,
}

impl App {
    /// Whether there are unsaved changes.
    pub(super) fn has_unsaved(&self) -> bool {
        !self.unsaved().is_empty()
    }

    /// The unsaved changes, each with its page.
    fn unsaved(&self) -> Vec<(Page, String)> {
        let mut unsaved = Vec::new();
        if self.settings.as_ref().is_some_and(|form| form.differs()) {
            unsaved.push((Page::Settings, "the settings".to_owned()));
        }
        if let Some(form) = self.form.as_ref().filter(|form| form.touched()) {
            let what = match &form.original {
                Some(account) => format!("the account {}", isolated(&account.name)),
                None => "the new account".to_owned(),
            };
            unsaved.push((Page::Accounts, what));
        }
        if self.guide_form.touched() {
            unsaved.push((Page::TokenGuide, "the account in the token guide".to_owned()));
        }
        unsaved
    }

    /// Keeps the window open when the user closes it with unsaved changes, and asks.
    pub(super) fn ask_before_closing(&mut self, ctx: &Context) {
        let asked = ctx.input(|input| input.viewport().close_requested());
        if !asked || self.closing || self.unsaved().is_empty() {
            return;
        }
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        self.show_question(Leaving::Window, ctx);
    }

    /// Quits the tray. Asks first if there are unsaved changes.
    pub(super) fn ask_before_quitting(&mut self, ctx: &Context) {
        if self.unsaved().is_empty() {
            self.owner.send(Command::Quit);
        } else {
            self.show_question(Leaving::Program, ctx);
        }
    }

    fn show_question(&mut self, leaving: Leaving, ctx: &Context) {
        self.leaving = Some(leaving);
        // The question must be visible.
        ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
        ctx.send_viewport_cmd(ViewportCommand::Focus);
        ctx.request_repaint();
    }

    /// Whether a dialog covers the page.
    pub(super) fn has_dialog(&self) -> bool {
        // The question about removing an account is only on the list of accounts.
        let asked = self.question.is_some() && self.page == Page::Accounts && self.form.is_none();
        self.about || asked || self.leaving.is_some()
    }

    /// Escape works like Cancel.
    pub(super) fn escape(&mut self, ctx: &Context) {
        let cancels = match self.page {
            Page::Accounts => self.form.is_some(),
            Page::TokenGuide => self.guide_form.saving,
            Page::Usage | Page::Settings => false,
        };
        if cancels
            && !self.has_dialog()
            && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
        {
            self.cancel(ctx);
        }
    }

    /// Cancels a running verification and keeps its form. Otherwise closes the account's form, after asking if it has
    /// unsaved changes.
    pub(super) fn cancel(&mut self, ctx: &Context) {
        ctx.request_repaint();
        let in_guide = self.page == Page::TokenGuide;
        let form = if in_guide { Some(&mut self.guide_form) } else { self.form.as_mut() };
        let Some(form) = form else { return };
        if form.saving {
            form.saving = false;
            self.owner.send(Command::Cancel(form.number));
        } else if form.touched() && !in_guide {
            self.leaving = Some(Leaving::Form);
        } else if !in_guide {
            self.form = None;
        }
    }

    /// Shows the question, if there is one.
    pub(super) fn ask_about_unsaved(&mut self, ui: &mut Ui) {
        let Some(leaving) = self.leaving else { return };
        let mut unsaved = self.unsaved();
        unsaved.retain(|(page, _)| leaving != Leaving::Form || *page == Page::Accounts);
        // It may have been saved in the meantime.
        let Some((first, _)) = unsaved.first() else {
            self.leaving = None;
            if leaving == Leaving::Program {
                self.owner.send(Command::Quit);
            }
            return;
        };
        let here = unsaved.iter().any(|(page, _)| *page == self.page);
        let page = if here { self.page } else { *first };
        let what: Vec<&str> = unsaved.iter().map(|(_, what)| what.as_str()).collect();
        const TITLE: &str = "Discard unsaved changes?";
        let (mut keep, mut discard) = (false, false);
        let frame = card(ui).inner_margin(Margin::symmetric(22, 16));
        let modal = Modal::new(Id::unique("discard?")).frame(frame).show(ui.ctx(), |ui| {
            name_dialog(ui, TITLE);
            ui.set_width(380.0);
            ui.add_space(NEAR);
            heading(ui, TITLE);
            ui.add_space(NEAR);
            ui.label(format!("Not saved: {}.", what.join(", ")));
            ui.add_space(GAP);
            ui.horizontal(|ui| {
                let kept = ui.button("Keep editing");
                // The safe answer gets the focus.
                if ui.memory(|memory| memory.focused().is_none()) {
                    kept.request_focus();
                }
                keep = kept.clicked();
                let alarm = Palette::from_ui(ui).tone(Tone::Alarm);
                let text = if leaving == Leaving::Program { "Discard and quit" } else { "Discard" };
                discard = ui.button(RichText::new(text).color(alarm)).clicked();
            });
            ui.add_space(NEAR);
        });
        if discard {
            self.leaving = None;
            self.discard(leaving, ui.ctx());
        } else if keep || modal.should_close() {
            self.leaving = None;
            self.page = page;
        }
    }

    fn discard(&mut self, leaving: Leaving, ctx: &Context) {
        if let Some(form) = self.form.take() {
            self.leave(form);
        }
        if leaving != Leaving::Form {
            let guide = std::mem::replace(&mut self.guide_form, AccountForm::in_guide());
            self.leave(guide);
            self.settings = None;
        }
        match leaving {
            Leaving::Window => {
                self.closing = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            // The window closes when the tray has ended, so it must keep listening.
            Leaving::Program => {
                self.quitting = true;
                self.owner.send(Command::Quit);
            }
            Leaving::Form => {}
        }
        ctx.request_repaint();
    }

    /// Discards the form and cancels its verification, so that it is not saved.
    pub(super) fn leave(&self, mut form: AccountForm) {
        if form.saving {
            self.owner.send(Command::Cancel(form.number));
        }
        form.wipe();
    }
}
