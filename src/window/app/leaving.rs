//! Closing the window, or a form, in which something is not saved: the user is asked first.

use eframe::egui::{Context, Id, Key, Margin, Modal, Modifiers, RichText, Ui, ViewportCommand};

use super::App;
use crate::domain::text::isolated;
use crate::window::accounts::AccountForm;
use crate::window::owner::Command;
use crate::window::theme::{GAP, NEAR, Palette, Tone, card};
use crate::window::widgets::{heading, name_dialog};
use crate::window_request::Page;

/// What is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    Window,
    /// The whole program, from the tray's menu.
    Program,
    /// The form on the accounts page.
    Form,
}

impl App {
    /// Whether something was typed or chosen and is not saved.
    pub(super) fn has_unsaved(&self) -> bool {
        !self.unsaved().is_empty()
    }

    /// What was typed or chosen and is not saved, with the page that it is on.
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

    /// Keeps the window open where it is asked to close and something is not saved.
    pub(super) fn ask_before_closing(&mut self, ctx: &Context) {
        let asked = ctx.input(|input| input.viewport().close_requested());
        if !asked || self.closing || self.unsaved().is_empty() {
            return;
        }
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        self.show_question(Leaving::Window, ctx);
    }

    /// Ends the tray, and asks first where something is not saved.
    pub(super) fn ask_before_quitting(&mut self, ctx: &Context) {
        if self.unsaved().is_empty() {
            self.owner.send(Command::Quit);
        } else {
            self.show_question(Leaving::Program, ctx);
        }
    }

    fn show_question(&mut self, leaving: Leaving, ctx: &Context) {
        self.leaving = Some(leaving);
        // The question must be seen.
        ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
        ctx.send_viewport_cmd(ViewportCommand::Focus);
        ctx.request_repaint();
    }

    /// Whether something stands before the pages.
    pub(super) fn has_dialog(&self) -> bool {
        // The list of accounts alone has its question.
        let asked = self.question.is_some() && self.page == Page::Accounts && self.form.is_none();
        self.about || asked || self.leaving.is_some()
    }

    /// Escape does what Cancel does.
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

    /// Ends what goes on: a verification, whose form stays as it is; else the account's form, and asks first where
    /// something in it is not saved.
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

    /// The question, where there is one.
    pub(super) fn ask_about_unsaved(&mut self, ui: &mut Ui) {
        let Some(leaving) = self.leaving else { return };
        let mut unsaved = self.unsaved();
        unsaved.retain(|(page, _)| leaving != Leaving::Form || *page == Page::Accounts);
        // It may have been saved meanwhile.
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
                // What loses nothing has the keyboard.
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
            // The window closes when the tray has: it has to hear of it.
            Leaving::Program => {
                self.quitting = true;
                self.owner.send(Command::Quit);
            }
            Leaving::Form => {}
        }
        ctx.request_repaint();
    }

    /// Forgets what is in the form. What is only being verified is not saved then.
    pub(super) fn leave(&self, mut form: AccountForm) {
        if form.saving {
            self.owner.send(Command::Cancel(form.number));
        }
        form.wipe();
    }
}
