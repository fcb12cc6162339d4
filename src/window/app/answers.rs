//! What becomes of an answer of the worker.

use eframe::egui::Context;
use jiff::tz::TimeZone;

use super::{App, Regions};
use crate::domain::config::{AccountId, Config};
use crate::domain::page::Page;
use crate::domain::text::quoted;
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
                self.close_what_is_of_others(&loaded);
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
            // The tray may have told them meanwhile.
            Done::Regions(names) if !matches!(self.regions, Regions::Known(_)) => {
                self.regions = names.map_or_else(Regions::Failed, Regions::Known);
            }
            Done::Regions(_) => {}
            Done::Saved(number, outcome) => self.saved(number, outcome, ctx),
            Done::Changed(outcome) => {
                self.working = self.working.saturating_sub(1);
                self.said = match outcome {
                    Ok(said) if said.is_empty() => None,
                    Ok(said) => Some((Tone::Good, said)),
                    Err(why) => Some((Tone::Alarm, why)),
                };
                self.worker.send(Job::Load);
            }
            Done::Top(number, id, top) => self.tops.answered(number, &id, top),
            Done::Linodes(number, listed) => {
                if let Some(form) = self.form.as_mut().filter(|form| form.linodes == Linodes::Asked(number)) {
                    form.linodes = Linodes::of(listed);
                }
            }
            Done::Tokens(number, tokens) => {
                if matches!(self.listing.listed, Listed::Asked(awaited) if awaited == number) {
                    self.listing.listed = Listed::of(tokens);
                }
            }
        }
    }

    fn saved(&mut self, number: u64, outcome: Result<Box<Saved>, SaveError>, ctx: &Context) {
        let warns = |saved: &Saved| {
            let scopes = saved.verified.as_ref().and_then(|verified| verified.answer.scopes.as_ref());
            scopes.is_some_and(|scopes| !scopes.read_only()) || !saved.same.is_empty()
        };
        let tone = if outcome.as_deref().is_ok_and(warns) { Tone::Warning } else { Tone::Good };
        let in_guide = self.guided.awaits(number);
        let form = if in_guide { Some(&mut self.guided) } else { self.form.as_mut() };
        let Some(form) = form.filter(|form| form.awaits(number)) else {
            return self.saved_for_nobody(tone, outcome);
        };
        let pasted = form.pasted.then(|| Mark::of(&form.token));
        if let Some(said) = form.saved(outcome.as_deref().map_err(Clone::clone)) {
            if in_guide {
                self.guided = Form::in_guide();
            } else {
                self.form = None;
            }
            // There the new entry is seen.
            if in_guide && self.page == Page::TokenGuide {
                self.page = Page::Accounts;
            }
            self.said = Some((tone, said));
            self.worker.send(Job::Load);
            if let Some(mark) = pasted {
                self.clipboard.clear_of(mark, ctx);
            }
        }
    }

    /// The form was left meanwhile.
    fn saved_for_nobody(&mut self, tone: Tone, outcome: Result<Box<Saved>, SaveError>) {
        self.said = match outcome {
            Ok(saved) => saved.name.map(|name| (tone, format!("Saved {}", quoted(&name)))),
            Err(SaveError::Refused(why) | SaveError::Unverified(why) | SaveError::Failed(why)) => {
                Some((Tone::Alarm, format!("Not saved: {why}")))
            }
        };
        self.worker.send(Job::Load);
    }

    /// What was asked about an entry that is another one now, or gone, is nothing of this one.
    fn close_what_is_of_others(&mut self, loaded: &Loaded) {
        let (Some(old), Ok(new)) = (self.config(), &loaded.config) else { return };
        let asked = |config: &Config, id: &AccountId| {
            let account = config.accounts.iter().find(|account| account.id == *id)?;
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
