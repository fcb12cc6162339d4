//! What becomes of an answer of the worker.

use eframe::egui::Context;
use jiff::tz::TimeZone;

use super::{App, Regions};
use crate::domain::page::Page;
use crate::window::accounts::{Form, Linodes};
use crate::window::clipboard::Mark;
use crate::window::guide::Listed;
use crate::window::look::Tone;
use crate::window::usage::cards;
use crate::window::worker::{Done, Job, Loaded, SaveError, Saved};

impl App {
    pub(super) fn done(&mut self, done: Done, ctx: &Context) {
        match done {
            Done::Loaded(loaded) => {
                if !loaded.regions.is_empty() {
                    self.regions = Regions::Known(loaded.regions.clone());
                }
                self.show_snapshot(&loaded);
                self.read_histories(&loaded);
                self.loaded = Some(*loaded);
                // What is being typed stays; everything else follows the file.
                if let Some(config) = self.file_config() {
                    self.settings.iter_mut().for_each(|form| form.follow(&config));
                    self.form.iter_mut().for_each(|form| form.follow(&config));
                }
            }
            Done::Refreshed(outcome) => {
                self.refreshing = false;
                match outcome {
                    Ok(None) => self.worker.send(Job::Load),
                    Ok(Some(snapshot)) => {
                        if let Some(loaded) = &mut self.loaded {
                            loaded.snapshot = *snapshot;
                        }
                        if let Some(loaded) = self.loaded.take() {
                            self.show_snapshot(&loaded);
                            self.loaded = Some(loaded);
                        }
                    }
                    Err(why) => self.said = Some((Tone::Alarm, why)),
                }
            }
            Done::History(id, read) => {
                if let Some(loaded) = &self.loaded {
                    let config = loaded.config.clone().unwrap_or_default();
                    self.histories.take_up(&id, read, &config, &loaded.snapshot);
                }
            }
            Done::Regions(names) => self.regions = Regions::Known(names.unwrap_or_default()),
            Done::Saved(outcome) => self.saved(outcome, ctx),
            Done::Changed(outcome) => {
                self.working = self.working.saturating_sub(1);
                self.said = match outcome {
                    Ok(said) if said.is_empty() => None,
                    Ok(said) => Some((Tone::Good, said)),
                    Err(why) => Some((Tone::Alarm, why)),
                };
                self.worker.send(Job::Load);
            }
            Done::Top(id, top) => self.tops.answered(id, top),
            Done::Linodes(number, listed) => {
                if let Some(form) = self.form.as_mut().filter(|form| form.linodes == Linodes::Asked(number)) {
                    form.linodes = Linodes::of(listed);
                }
            }
            Done::Tokens(id, tokens) => {
                if self.listing.account.as_ref() == Some(&id) {
                    self.listing.listed = Listed::of(tokens);
                }
            }
        }
    }

    fn saved(&mut self, outcome: Result<Box<Saved>, SaveError>, ctx: &Context) {
        let warns = |saved: &Saved| {
            let scopes = saved.verified.as_ref().and_then(|verified| verified.answer.scopes.as_ref());
            scopes.is_some_and(|scopes| !scopes.read_only()) || !saved.same.is_empty()
        };
        let tone = if outcome.as_deref().is_ok_and(warns) { Tone::Warning } else { Tone::Good };
        let form = if self.guided.saving { Some(&mut self.guided) } else { self.form.as_mut() };
        let Some(form) = form else { return };
        let pasted = form.pasted.then(|| Mark::of(&form.token));
        if let Some(said) = form.saved(outcome.as_deref().map_err(Clone::clone)) {
            if self.form.as_ref().is_some_and(|form| form.done) {
                self.form = None;
            } else {
                self.guided = Form::in_guide();
            }
            // There the new entry is seen.
            if self.page == Page::TokenGuide {
                self.page = Page::Accounts;
            }
            self.said = Some((tone, said));
            self.worker.send(Job::Load);
            if let Some(mark) = pasted {
                self.clipboard.clear_of(mark, ctx);
            }
        }
    }

    /// Those that are shown follow what the tray keeps. A single entry's are shown from the beginning.
    fn read_histories(&mut self, loaded: &Loaded) {
        if let (None, [only]) = (&self.loaded, loaded.snapshot.accounts.as_slice()) {
            self.histories.toggle(&only.id);
        }
        for id in self.histories.ids() {
            self.worker.send(Job::History(id.clone()));
        }
    }

    fn show_snapshot(&mut self, loaded: &Loaded) {
        let config = loaded.config.clone().unwrap_or_default();
        self.cards = Some(cards(&loaded.snapshot, &config, &TimeZone::system()));
    }
}
