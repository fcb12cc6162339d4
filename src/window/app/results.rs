//! How the window handles the tray's messages.

use eframe::egui::{Context, ViewportCommand};
use jiff::tz::TimeZone;

use super::{App, Regions};
use crate::app::ipc::message::{Answer, Request, SaveError, Saved};
use crate::domain::config::{AccountId, Config};
use crate::domain::snapshot::StateUpdate;
use crate::domain::text::quoted;
use crate::platform::system_events::time_zone;
use crate::window::accounts::{AccountForm, Linodes, NextFocus};
use crate::window::clipboard::TextDigest;
use crate::window::guide::Listed;
use crate::window::owner::OwnerEvent;
use crate::window::theme::Tone;
use crate::window::usage::cards;
use crate::window_request::{Page, View, WindowRequest};

/// Whether this system's desktops have clipboard managers with a history.
const HAS_CLIPBOARD_HISTORY: bool = !cfg!(target_os = "macos");

/// Added after a pasted token was saved: the window can clear the clipboard, but not a clipboard manager's history.
const CLIPBOARD_HISTORY_HINT: &str = " · Your clipboard manager may still hold the token: clear its history.";

impl App {
    pub(super) fn on_owner_event(&mut self, event: OwnerEvent, ctx: &Context) {
        match event {
            OwnerEvent::State(state) => self.apply_state(*state),
            OwnerEvent::Answer(number, answer) => self.answered(number, answer, ctx),
            OwnerEvent::Show(WindowRequest { view: View::Quit, .. }) => self.ask_before_quitting(ctx),
            OwnerEvent::Show(WindowRequest { view, .. }) => {
                self.page = view.page();
                self.about = view == View::About;
                self.pending_view = Some(view);
                ctx.send_viewport_cmd(ViewportCommand::Focus);
            }
            OwnerEvent::Lost(lost) if !self.quitting => self.lost = Some(lost),
            OwnerEvent::Lost(_) | OwnerEvent::Closed => {
                self.closing = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
        }
    }

    fn apply_state(&mut self, state: StateUpdate) {
        self.lost = None;
        // Read the time zone again for the times that are shown.
        time_zone::forget();
        if !state.regions.is_empty() {
            self.regions = Regions::Known(state.regions.clone());
        }
        self.close_outdated_lists(&state);
        let config = state.config.clone().unwrap_or_default();
        self.cards = Some(cards(&state.snapshot, &config, &TimeZone::system()));
        self.read_histories(&state);
        self.state = Some(state);
        // Unsaved input stays; everything else follows the file.
        if let Some(config) = self.config().map(Config::as_in_file) {
            self.settings.iter_mut().for_each(|form| form.follow(&config));
            let touched = self.form.as_ref().is_some_and(AccountForm::touched);
            self.form.iter_mut().for_each(|form| form.follow(&config));
            if let Some(removed) = self.form.as_ref().and_then(|form| form.removed.as_ref())
                && !touched
            {
                self.said =
                    Some((Tone::Warning, format!("{} was removed elsewhere.", quoted(&removed.name))));
                self.form = None;
            }
        }
    }

    fn answered(&mut self, number: u64, answer: Answer, ctx: &Context) {
        match answer {
            Answer::Done(_) => {}
            Answer::Refreshed(outcome) => {
                self.refreshing = false;
                if let Err(why) = outcome {
                    self.said = Some((Tone::Alarm, why));
                }
            }
            Answer::History(id, read) => {
                if let Some(state) = &self.state {
                    let config = state.config.clone().unwrap_or_default();
                    self.histories.insert(&id, read, &config, &state.snapshot);
                }
            }
            // The names may have arrived with the tray's state first.
            Answer::Regions(names) if !matches!(self.regions, Regions::Known(_)) => {
                self.regions = names.map_or_else(Regions::Failed, Regions::Known);
            }
            Answer::Regions(_) => {}
            Answer::Saved(outcome) => self.saved(number, outcome, ctx),
            Answer::Changed(outcome) => {
                self.working = self.working.saturating_sub(1);
                self.said = match outcome {
                    Ok(said) if said.is_empty() => None,
                    Ok(said) => Some((Tone::Good, said)),
                    Err(why) => Some((Tone::Alarm, why)),
                };
            }
            Answer::Exported(id, saved) => {
                if let Some(said) = self.histories.exported(&id, number, saved) {
                    self.said = Some((Tone::Good, said));
                }
            }
            Answer::Top(id, top) => self.tops.answered(number, &id, top),
            Answer::Linodes(listed) => {
                if let Some(form) = self.form.as_mut().filter(|form| form.linodes == Linodes::Asked(number)) {
                    form.linodes = Linodes::from_result(listed);
                }
            }
            Answer::Tokens(tokens) => {
                if matches!(self.listing.listed, Listed::Asked(awaited) if awaited == number) {
                    self.listing.listed = Listed::from_result(tokens);
                }
            }
        }
    }

    fn saved(&mut self, number: u64, outcome: Result<Box<Saved>, SaveError>, ctx: &Context) {
        let known = outcome.as_deref();
        let in_guide = self.guide_form.takes(number, known);
        let form = if in_guide { Some(&mut self.guide_form) } else { self.form.as_mut() };
        let Some(form) = form.filter(|form| form.takes(number, known)) else {
            return self.on_unclaimed_save(outcome);
        };
        let pasted = form.pasted_token().then(|| TextDigest::new(&form.token));
        if let Some(said) = form.saved(outcome.as_deref().map_err(Clone::clone)) {
            if in_guide {
                self.guide_form = AccountForm::in_guide();
            } else {
                self.form = None;
            }
            // On the usage page the new account is visible.
            if in_guide && self.page == Page::TokenGuide {
                self.page = Page::Accounts;
            }
            let (tone, mut said) = said;
            if pasted.is_some() && HAS_CLIPBOARD_HISTORY {
                said.push_str(CLIPBOARD_HISTORY_HINT);
            }
            self.said = Some((tone, said));
            let name = outcome.ok().and_then(|saved| saved.name);
            name.into_iter().for_each(|name| self.list.focus(NextFocus::Account(name)));
            if let Some(mark) = pasted {
                self.clipboard.clear_of(mark, ctx);
            }
        }
    }

    /// For a save whose form was closed.
    fn on_unclaimed_save(&mut self, outcome: Result<Box<Saved>, SaveError>) {
        self.said = match outcome {
            Ok(saved) => saved.name.map(|name| (Tone::Good, format!("Saved {}", quoted(&name)))),
            Err(SaveError::Cancelled) => None,
            Err(SaveError::Refused(why) | SaveError::Unverified(why) | SaveError::Failed(why)) => {
                Some((Tone::Alarm, format!("Not saved: {why}")))
            }
        };
    }

    /// Closes the lists of accounts that were removed, or whose API address, pool or token command has changed.
    fn close_outdated_lists(&mut self, state: &StateUpdate) {
        let (Some(old), Ok(new)) = (self.config(), &state.config) else { return };
        let asked = |config: &Config, id: &AccountId| {
            let account = config.account(id)?;
            Some((config.api_url.clone(), account.watch.clone(), account.token_command.clone()))
        };
        let ids = old.accounts.iter().map(|account| account.id.clone());
        let others: Vec<AccountId> = ids.filter(|id| asked(old, id) != asked(new, id)).collect();
        for id in others {
            self.tops.close(&id);
            if self.listing.account.as_ref() == Some(&id) {
                self.listing.listed = Listed::Not;
            }
        }
    }

    /// Rereads the open histories when their samples may have changed. A single account's history opens at once.
    fn read_histories(&mut self, state: &StateUpdate) {
        if let (None, [only]) = (&self.state, state.snapshot.accounts.as_slice()) {
            self.histories.toggle(&only.id);
        }
        // The plots change with a poll, not with other changes of the state.
        let polled = |state: &StateUpdate| state.snapshot.updated_at;
        if self.state.as_ref().is_none_or(|old| polled(old) != polled(state) || old.config != state.config) {
            let ids: Vec<AccountId> = self.histories.ids().cloned().collect();
            for id in ids {
                self.ask(Request::History(id));
            }
        }
    }
}
