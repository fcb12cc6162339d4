//! The whole window: what is known, which page is shown, and what goes on between the two.

mod answers;
mod pages;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use eframe::egui::{
    self, CentralPanel, Context, Frame, Key, Modifiers, Ui, UiBuilder, Vec2, ViewportCommand,
};

use super::accounts::{Focus, Form, Question};
use super::clipboard::Clipboard;
use super::guide::Listing;
use super::look::{Palette, Tone};
use super::usage::{Card, Histories};
use super::worker::{Backend, Job, Loaded, Worker};
use super::{WindowError, about, look, settings, size, usage};
use crate::domain::config::{AccountId, Config, Word};
use crate::domain::page::{Page, View};
use crate::store::paths::Paths;

/// The names of regions.
enum Regions {
    Unknown,
    Asked,
    Known(BTreeMap<String, String>),
    /// Why they can't be had: they are asked for again.
    Failed(String),
}

impl Regions {
    /// The next form asks again for what could not be had for the one before it.
    fn forget_failure(&mut self) {
        if matches!(self, Regions::Failed(_)) {
            *self = Regions::Unknown;
        }
    }
}

/// The window's state.
pub struct App {
    paths: Paths,
    worker: Worker,
    page: Page,
    wished: Option<Receiver<View>>,
    /// A form that is to be opened as soon as its entry is known.
    awaited: Option<View>,
    about: bool,
    /// Something was changed by others.
    changed: Arc<AtomicBool>,
    loaded: Option<Loaded>,
    cards: Option<Vec<Card>>,
    histories: Histories,
    refreshing: bool,
    tops: usage::Tops,
    form: Option<Form>,
    /// The guide's own form.
    guided: Form,
    listing: Listing,
    settings: Option<settings::Form>,
    question: Option<Question>,
    regions: Regions,
    /// The number of the last thing that was asked for: an answer belongs to what has its number.
    number: u64,
    clipboard: Clipboard,
    /// Changes that are being made.
    working: usize,
    /// What the last thing that was done says.
    said: Option<(Tone, String)>,
    size: Option<Vec2>,
    /// Figures have been drawn.
    shown: bool,
}

impl App {
    /// The window, drawn by `ctx`; the first figures are being read.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn new(ctx: &Context, backend: &Backend, view: impl Into<View>) -> Result<App, WindowError> {
        look::dress(ctx);
        let waker = ctx.clone();
        let worker = Worker::start(backend, move || waker.request_repaint())?;
        worker.send(Job::Load);
        let view = view.into();
        Ok(App {
            paths: backend.paths.clone(),
            worker,
            page: view.page(),
            wished: None,
            about: view == View::About,
            awaited: Some(view),
            changed: Arc::default(),
            loaded: None,
            cards: None,
            histories: Histories::default(),
            refreshing: false,
            tops: usage::Tops::default(),
            form: None,
            guided: Form::in_guide(),
            listing: Listing::default(),
            settings: None,
            question: None,
            regions: Regions::Unknown,
            number: 0,
            clipboard: Clipboard::default(),
            working: 0,
            said: None,
            size: None,
            shown: false,
        })
    }

    /// The window on a desktop, which shows what comes over `wished`.
    pub fn listening(self, wished: Receiver<View>) -> App {
        App { wished: Some(wished), clipboard: Clipboard::of_desktop(), ..self }
    }

    /// What to call when others have changed something.
    pub fn changes(&self, ctx: &Context) -> impl Fn() + Send + Sync + 'static {
        let (changed, ctx) = (self.changed.clone(), ctx.clone());
        move || {
            changed.store(true, Ordering::Relaxed);
            ctx.request_repaint();
        }
    }

    /// Draws the window into `ui`, after taking up what has come.
    pub fn draw(&mut self, ui: &mut Ui) {
        self.take_up(ui.ctx());
        self.pages(ui);
        self.sayings(ui);
        let palette = Palette::of(ui);
        CentralPanel::default().frame(Frame::new().fill(palette.ground)).show(ui, |ui| {
            // Its own ids, whatever comes and goes beside it: a button whose id changes while it is held down does not
            // hear that it was pressed.
            let own = UiBuilder::new().scope_id(egui::Id::unique(("page", self.page.word())));
            ui.scope_builder(own, |ui| match self.page {
                Page::Usage => self.usage(ui),
                Page::Accounts => self.accounts(ui),
                Page::Settings => self.settings(ui),
                Page::TokenGuide => self.guide(ui),
            });
        });
        if self.about && about::show(ui) {
            self.about = false;
        }
    }

    fn take_up(&mut self, ctx: &Context) {
        if self.changed.swap(false, Ordering::Relaxed) {
            self.worker.send(Job::Load);
        }
        if let Some(view) = self.wished.as_ref().and_then(|wished| wished.try_iter().last()) {
            self.page = view.page();
            self.about = view == View::About;
            self.awaited = Some(view);
            ctx.send_viewport_cmd(ViewportCommand::Focus);
        }
        while let Some(done) = self.worker.next() {
            self.done(done, ctx);
        }
        self.clipboard.look(ctx);
        // As in other programs; the window's library does it on Windows alone.
        if ctx.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::Insert)) {
            ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
        }
        if self.loaded.is_some()
            && let Some(view) = self.awaited.take()
        {
            self.turn_to(view);
        }
        self.size = ctx.input(|input| input.viewport().inner_rect).map(|rect| rect.size()).or(self.size);
    }

    /// Opens the form that was asked for. One in which something was typed stays: it is asked for again, or never.
    fn turn_to(&mut self, view: View) {
        let (id, focus) = match view {
            View::Page(_) | View::About => return,
            View::Edit(id) => (id, Focus::Name),
            View::ReplaceToken(id) => (id, Focus::Token),
        };
        self.said = None;
        let same = self.form.as_ref().is_some_and(|form| form.id() == Some(&id));
        let typed = self.form.as_ref().is_some_and(|form| form.saving || form.touched());
        if !same && typed {
            let said = "Save or cancel what is here first, then open the other account's form again.";
            self.said = Some((Tone::Warning, said.to_owned()));
            return;
        }
        if !same {
            self.edit(&id);
        }
        if let Some(form) = &mut self.form {
            form.focus = Some(focus);
        } else if self.config().is_some() {
            self.said = Some((Tone::Warning, "That account is gone.".to_owned()));
        }
    }

    fn config(&self) -> Option<&Config> {
        self.loaded.as_ref().and_then(|loaded| loaded.config.as_ref().ok())
    }

    fn file_config(&self) -> Option<Config> {
        let loaded = self.loaded.as_ref()?;
        loaded.config.as_ref().ok().map(|config| loaded.as_in_file(config))
    }

    fn edit(&mut self, id: &AccountId) {
        self.regions.forget_failure();
        let config = self.config();
        let found = config.and_then(|config| Some((config, config.accounts.iter().find(|a| a.id == *id)?)));
        self.form = found.map(|(config, account)| Form::of(account, config));
    }

    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn change(&mut self, job: Job) {
        self.working += 1;
        self.said = None;
        self.worker.send(job);
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
        if !self.shown && self.loaded.is_some() {
            self.shown = true;
            tracing::debug!("the first figures are drawn");
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if let Some(size) = self.size {
            size::keep(&self.paths.window_size_file(), size);
        }
    }
}
