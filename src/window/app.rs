//! The whole window: the list of pages, the page that is shown, and what is known.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use eframe::egui::{
    self, Align, CentralPanel, Context, CornerRadius, Frame, Layout, Margin, Panel, RichText, Sense, Ui,
    UiBuilder, Vec2, ViewportCommand,
};
use jiff::tz::TimeZone;

use super::accounts::{Focus, Form, FormAct, Linodes, ListAct, Pool, Question, rows, show_form, show_list};
use super::allowed::listed;
use super::clipboard::{Clipboard, Mark};
use super::guide::{self, Listed, Listing};
use super::look::{self, Palette, Tone};
use super::usage::{self, Card, Histories, cards};
use super::worker::{Backend, Done, Job, Loaded, SaveError, Saved, Whose, Worker};
use super::{WindowError, about, parts, settings, size};
use crate::domain::config::{AccountId, Config, Word};
use crate::domain::page::{Page, View};
use crate::store::config::AccountField;
use crate::store::paths::Paths;

/// The names of regions.
enum Regions {
    Unknown,
    Asked,
    Known(BTreeMap<String, String>),
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
    /// How many lists of Linodes were asked for.
    lists: u64,
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
            lists: 0,
            clipboard: Clipboard::default(),
            working: 0,
            said: None,
            size: None,
            shown: false,
        })
    }

    /// The window, which shows what comes over `wished`.
    pub fn listening(self, wished: Receiver<View>) -> App {
        App { wished: Some(wished), ..self }
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

    fn done(&mut self, done: Done, ctx: &Context) {
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

    fn pages(&mut self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        let frame = Frame::new().fill(palette.side).inner_margin(Margin::symmetric(10, 18));
        Panel::left("pages").exact_size(152.0).resizable(false).frame(frame).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            for (_, page) in Page::WORDS.iter().filter(|(_, page)| *page != Page::Settings) {
                self.tab(ui, *page);
            }
            self.tab(ui, Page::Settings);
        });
    }

    fn tab(&mut self, ui: &mut Ui, page: Page) {
        let palette = Palette::of(ui);
        let on = self.page == page;
        let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 32.0), Sense::click());
        let fill = match (on, response.hovered()) {
            (true, _) => palette.side.lerp_to_gamma(palette.accent, 0.18),
            (false, true) => palette.side.lerp_to_gamma(palette.text, 0.06),
            (false, false) => palette.side,
        };
        ui.painter().rect_filled(rect, CornerRadius::same(7), fill);
        if response.has_focus() {
            let stroke = egui::Stroke::new(2.0, palette.accent);
            ui.painter().rect_stroke(rect, CornerRadius::same(7), stroke, egui::StrokeKind::Inside);
        }
        let place = rect.left_center() + Vec2::new(12.0, 0.0);
        let font = egui::TextStyle::Body.resolve(ui.style());
        let colour = if on && !ui.visuals().dark_mode { palette.accent } else { palette.text };
        ui.painter().text(place, egui::Align2::LEFT_CENTER, page.title(), font, colour);
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, on, page.title()));
        if response.clicked() {
            self.page = page;
            self.said = None;
        }
    }

    /// What the last thing that was done says, below every page, until the next thing is done.
    fn sayings(&mut self, ui: &mut Ui) {
        let Some((tone, said)) = self.said.clone() else { return };
        let palette = Palette::of(ui);
        let frame = Frame::new().fill(palette.tint(tone)).inner_margin(Margin::symmetric(24, 8));
        Panel::bottom("said").frame(frame).show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Dismiss").clicked() {
                    self.said = None;
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(RichText::new(said).color(palette.tone(tone))).wrap());
                });
            });
        });
    }

    fn usage(&mut self, ui: &mut Ui) {
        let problem = self.loaded.as_ref().and_then(|loaded| loaded.snapshot.config_problem.clone());
        let act = usage::show(
            ui,
            self.cards.as_deref(),
            &mut self.histories,
            problem.as_deref(),
            self.refreshing,
            &self.tops,
        );
        match act {
            None => {}
            Some(usage::Act::Refresh) => {
                self.refreshing = true;
                self.said = None;
                self.worker.send(Job::Refresh);
            }
            Some(usage::Act::History(id)) => {
                self.histories.toggle(&id);
                if self.histories.is_open(&id) {
                    self.worker.send(Job::History(id));
                }
            }
            Some(usage::Act::Export(id, file)) => {
                let config = self.config();
                let account = config.and_then(|config| config.accounts.iter().find(|a| a.id == id));
                let name = account.map_or_else(|| id.to_string(), |account| account.name.clone());
                self.change(Job::Export(id, name, file));
            }
            Some(usage::Act::Top(id, usage::TopWish::Ask)) => {
                self.tops.ask(&id);
                self.worker.send(Job::Top(id));
            }
            Some(usage::Act::Top(id, usage::TopWish::Close)) => self.tops.close(&id),
            Some(usage::Act::SetUp) => self.page = Page::TokenGuide,
            Some(usage::Act::ReplaceToken(id)) => {
                self.page = Page::Accounts;
                self.turn_to(View::ReplaceToken(id));
            }
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
        let config = self.config();
        let found = config.and_then(|config| Some((config, config.accounts.iter().find(|a| a.id == *id)?)));
        self.form = found.map(|(config, account)| Form::of(account, config));
    }

    fn accounts(&mut self, ui: &mut Ui) {
        if let Some(problem) = self.loaded.as_ref().and_then(|loaded| loaded.config.as_ref().err()) {
            parts::page(
                ui,
                Page::Accounts.title(),
                |_| {},
                |ui| parts::note(ui, Tone::Alarm, problem, |_| {}),
            );
        } else if self.form.is_some() {
            self.form(ui);
        } else {
            self.list(ui);
        }
    }

    fn form(&mut self, ui: &mut Ui) {
        let common = self.config().map(|config| listed(&config.thresholds)).unwrap_or_default();
        let Some(mut form) = self.form.take() else { return };
        if form.pool == Pool::Region && matches!(self.regions, Regions::Unknown) {
            self.regions = Regions::Asked;
            self.worker.send(Job::Regions);
        }
        let regions = match &self.regions {
            Regions::Known(names) => Some(names),
            Regions::Unknown | Regions::Asked => None,
        };
        match show_form(ui, &mut form, regions, &common) {
            None => self.form = Some(form),
            Some(FormAct::Cancel) => {
                form.wipe();
                ui.ctx().request_repaint();
            }
            Some(FormAct::Guide) => {
                form.wipe();
                self.page = Page::TokenGuide;
            }
            Some(FormAct::ListLinodes) => {
                let kept = || form.id().cloned().map(Whose::Kept);
                if let Some(whose) = form.typed_token().map(Whose::Typed).or_else(kept) {
                    self.lists += 1;
                    form.linodes = Linodes::Asked(self.lists);
                    self.worker.send(Job::Linodes(self.lists, whose));
                }
                self.form = Some(form);
            }
            Some(act @ (FormAct::Save | FormAct::SaveAnyway)) => {
                let config = self.config().cloned().unwrap_or_default();
                if let Some(wanted) = form.submit(&config, act == FormAct::Save) {
                    self.said = None;
                    self.worker.send(Job::Save(Box::new(wanted)));
                }
                self.form = Some(form);
            }
        }
    }

    fn guide(&mut self, ui: &mut Ui) {
        let config = self.config().cloned().unwrap_or_default();
        match guide::show(ui, &mut self.guided, &config.accounts, &mut self.listing) {
            None => {}
            Some(guide::Act::Browse(address)) => {
                if let Err(error) = open::that_detached(address) {
                    let said = format!("No browser can be opened ({error}): go to {address}");
                    self.said = Some((Tone::Warning, said));
                }
            }
            Some(guide::Act::List(id)) => {
                self.listing.listed = Listed::Asked;
                self.worker.send(Job::Tokens(id));
            }
            Some(act @ (guide::Act::Save | guide::Act::SaveAnyway)) => {
                if let Some(wanted) = self.guided.submit(&config, act == guide::Act::Save) {
                    self.said = None;
                    self.worker.send(Job::Save(Box::new(wanted)));
                }
            }
        }
    }

    fn settings(&mut self, ui: &mut Ui) {
        let Some(loaded) = &self.loaded else {
            return parts::page(
                ui,
                Page::Settings.title(),
                |_| {},
                |ui| parts::busy(ui, "Reading the configuration…"),
            );
        };
        let config = match &loaded.config {
            Ok(config) => loaded.as_in_file(config),
            Err(problem) => {
                return parts::page(
                    ui,
                    Page::Settings.title(),
                    |_| {},
                    |ui| parts::note(ui, Tone::Alarm, problem, |_| {}),
                );
            }
        };
        let form = self.settings.get_or_insert_with(|| settings::Form::of(&config));
        let (overridden, saving) = (loaded.overridden.is_some(), self.working > 0);
        match settings::show(ui, form, &config, &self.paths.config_file, overridden, saving) {
            None => {}
            Some(settings::Act::Revert) => self.settings = None,
            Some(settings::Act::Save) => {
                if let Some(settings) = form.submit() {
                    self.change(Job::Settings(settings));
                }
            }
        }
    }

    fn list(&mut self, ui: &mut Ui) {
        let loaded = self.loaded.as_ref();
        let rows = loaded.and_then(|loaded| Some(rows(loaded.config.as_ref().ok()?, &loaded.snapshot)));
        let act = show_list(ui, rows.as_deref(), self.question.as_mut(), self.working > 0);
        let Some(act) = act else { return };
        match act {
            ListAct::Add => {
                self.form = Some(Form::new());
                self.said = None;
            }
            ListAct::Edit(id) => {
                self.said = None;
                self.edit(&id);
            }
            ListAct::Ask(id) => {
                let name = rows.unwrap_or_default().into_iter().find(|row| row.id == id).map(|row| row.name);
                self.question = name.map(|name| Question { id, name, forget: false });
            }
            ListAct::Keep => self.question = None,
            ListAct::Remove(id, forget) => {
                self.question = None;
                self.change(Job::Remove(id, forget));
            }
            ListAct::Duplicate(id) => self.change(Job::Duplicate(id)),
            ListAct::Move(id, to) => self.change(Job::Move(id, to)),
            ListAct::Mute(id, muted) => self.change(Job::Change(id, AccountField::Muted(muted))),
            ListAct::Enable(id, enabled) => self.change(Job::Change(id, AccountField::Enabled(enabled))),
        }
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
