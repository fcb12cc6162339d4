//! The window's state, pages, and the messages between them and the tray.

mod bars;
mod focus;
mod leaving;
mod pages;
mod results;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc;

use eframe::egui::{
    self, CentralPanel, Context, Frame, Key, Modifiers, Popup, Ui, UiBuilder, Vec2, ViewportCommand,
};

use self::focus::KeyboardFocus;
use self::leaving::Leaving;
use super::accounts::{AccountForm, Focus, ListState, NextFocus, Question};
use super::clipboard::Clipboard;
use super::desktop::FileDialogs;
use super::guide::Listing;
use super::owner::{Command, Lost, OwnerLink};
use super::second_click::SecondClick;
use super::theme::{Palette, Tone};
use super::usage::{Card, Histories};
use super::{about, arrow_keys, settings, theme, usage, widgets, window_size};
use crate::app::ipc::message::Request;
use crate::domain::config::{AccountId, Config, ConfigEnum};
use crate::domain::snapshot::StateUpdate;
use crate::storage::paths::Paths;
use crate::window::texts::ACCOUNT_REMOVED;
use crate::window_request::{Page, View};

/// A file chosen for an account's samples.
type ChosenFile = (AccountId, PathBuf);

/// The names of regions.
enum Regions {
    Unknown,
    Asked,
    Known(BTreeMap<String, String>),
    /// Why the last request failed; the next form repeats it.
    Failed(String),
}

impl Regions {
    /// Lets the next form repeat a request that failed.
    fn forget_failure(&mut self) {
        if matches!(self, Regions::Failed(_)) {
            *self = Regions::Unknown;
        }
    }
}

/// The page, the account whose form is open, and whether a dialog or a popup covers the page.
type ViewKey = (Page, Option<Option<AccountId>>, bool, bool);

/// The window's state.
pub struct App {
    paths: Paths,
    owner: OwnerLink,
    /// Why there is no connection to a tray.
    lost: Option<Lost>,
    page: Page,
    /// A form to open as soon as its account is known.
    pending_view: Option<View>,
    about: bool,
    state: Option<StateUpdate>,
    cards: Option<Vec<Card>>,
    histories: Histories,
    refreshing: bool,
    tops: usage::Tops,
    arrangement: usage::Arrangement,
    form: Option<AccountForm>,
    /// The form of the token guide.
    guide_form: AccountForm,
    listing: Listing,
    settings: Option<settings::SettingsForm>,
    question: Option<Question>,
    list: ListState,
    /// What the user wants to close, despite unsaved changes.
    leaving: Option<Leaving>,
    /// The window is closing and ignores unsaved changes.
    closing: bool,
    /// The window closes as soon as the tray has ended.
    quitting: bool,
    clicks: SecondClick,
    /// The view that was drawn last.
    view: Option<ViewKey>,
    /// The program's name at the end of the window's title, and the whole title.
    program: &'static str,
    title: String,
    regions: Regions,
    /// The number of the last request. An answer has the number of its request.
    number: u64,
    clipboard: Clipboard,
    dialogs: FileDialogs,
    focus: KeyboardFocus,
    /// Files chosen in a dialog for the samples of these accounts.
    chosen: (mpsc::Sender<ChosenFile>, mpsc::Receiver<ChosenFile>),
    /// The number of changes in progress.
    working: usize,
    /// The result of the last action.
    said: Option<(Tone, String)>,
    /// The address at the end of that result, which can be copied.
    copyable: Option<&'static str>,
    /// The success message that is shown, and the time (of egui) when it disappears.
    shown_until: Option<(String, f64)>,
    size: Option<Vec2>,
    /// Whether figures have been drawn.
    shown: bool,
}

impl App {
    /// The window of the tray behind `owner`, drawn in `ctx`.
    pub fn new(ctx: &Context, paths: &Paths, owner: OwnerLink, view: impl Into<View>) -> App {
        theme::apply_theme(ctx);
        let view = view.into();
        App {
            paths: paths.clone(),
            owner,
            lost: None,
            page: view.page(),
            about: view == View::About,
            pending_view: Some(view),
            state: None,
            cards: None,
            histories: Histories::default(),
            refreshing: false,
            tops: usage::Tops::default(),
            arrangement: usage::Arrangement::with_compact(window_size::read_compact(
                &paths.window_size_file(),
            )),
            form: None,
            guide_form: AccountForm::in_guide(),
            listing: Listing::default(),
            settings: None,
            question: None,
            list: ListState::default(),
            leaving: None,
            closing: false,
            quitting: false,
            clicks: SecondClick::default(),
            view: None,
            program: super::TITLE,
            title: String::new(),
            regions: Regions::Unknown,
            number: 0,
            clipboard: Clipboard::default(),
            dialogs: FileDialogs::default(),
            focus: KeyboardFocus::default(),
            chosen: mpsc::channel(),
            working: 0,
            said: None,
            copyable: None,
            shown_until: None,
            size: None,
            shown: false,
        }
    }

    /// Adds the desktop's clipboard and dialogs.
    pub fn on_desktop(self, dialogs: FileDialogs) -> App {
        App { clipboard: Clipboard::system(), dialogs, ..self }
    }

    /// Ends the window's title with `program`.
    pub fn titled(self, program: &'static str) -> App {
        App { program, ..self }
    }

    /// Handles new events and draws the window into `ui`.
    pub fn draw(&mut self, ui: &mut Ui) {
        self.focus.begin(ui.ctx());
        self.ask_before_closing(ui.ctx());
        self.process_results(ui.ctx());
        arrow_keys::keep_focus(ui.ctx());
        // Escape closes only the innermost popup or dialog.
        let innermost = Popup::is_any_open(ui.ctx()) || self.has_dialog();
        self.pages(ui);
        self.set_title(ui.ctx());
        self.focus_new_page(ui.ctx());
        self.between_bars(ui, App::page);
        if self.about && about::show(ui) {
            self.about = false;
        }
        self.ask_about_unsaved(ui);
        if !innermost {
            self.escape(ui.ctx());
        }
        self.note_view(ui.ctx());
        self.focus.end(ui.ctx(), self.has_dialog());
    }

    /// Names the window after its page: screen readers say the title first.
    fn set_title(&mut self, ctx: &Context) {
        let form = self.form.as_ref().filter(|_| self.page == Page::Accounts).map(AccountForm::title);
        let page = form.unwrap_or_else(|| self.page.title().to_owned());
        let title = format!("{page} – {}", self.program);
        ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label(title.as_str()));
        if self.title != title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Moves the focus to the heading of a new page. Mouse users see where they are.
    fn focus_new_page(&mut self, ctx: &Context) {
        let place = (self.page, self.form.is_some());
        if self.focus.is_new(place) && !self.focus.is_by_pointer() {
            widgets::focus_page_heading(ctx);
        }
    }

    fn page(&mut self, ui: &mut Ui) {
        let palette = Palette::from_ui(ui);
        CentralPanel::default().frame(Frame::new().fill(palette.ground)).show(ui, |ui| {
            // A fixed id scope for the page: a button whose id changes while it is held down misses the click.
            let own = UiBuilder::new().scope_id(egui::Id::unique(("page", self.page.as_str())));
            ui.scope_builder(own, |ui| match self.page {
                // Without a state there is nothing to show but the guide.
                page if self.lost.is_some() && self.state.is_none() && page != Page::TokenGuide => {
                    widgets::page(ui, page.title(), |_| {}, |_| {});
                }
                Page::Usage => self.usage(ui),
                Page::Accounts => self.accounts(ui),
                Page::Settings => self.settings(ui),
                Page::TokenGuide => self.guide(ui),
            });
        });
    }

    /// Notes when the view has changed since the last frame.
    fn note_view(&mut self, ctx: &Context) {
        let form = self.form.as_ref().map(|form| form.id().cloned());
        let closed =
            self.view.as_ref().and_then(|(_, before, ..)| before.as_ref()).filter(|_| form.is_none());
        // Back to the row of the closed form; a saved form sets the focus itself.
        if let Some(id) = closed
            && !self.list.has_next_focus()
        {
            let account = id.as_ref().and_then(|id| self.config()?.account(id));
            let next = account.map(|account| NextFocus::Account(account.name.clone()));
            self.list.focus(next.unwrap_or(NextFocus::Add));
        }
        let view = Some((self.page, form, self.has_dialog(), Popup::is_any_open(ctx)));
        if view != self.view {
            self.view = view;
            self.clicks.view_changed();
        }
    }

    /// Handles the events from the tray.
    fn hear(&mut self, ctx: &Context) {
        while let Some(event) = self.owner.next_event() {
            self.on_owner_event(event, ctx);
        }
    }

    fn process_results(&mut self, ctx: &Context) {
        self.hear(ctx);
        while let Ok((id, file)) = self.chosen.1.try_recv() {
            // The dialog has already asked whether to replace the file.
            self.export(id, file, true);
        }
        self.clipboard.look(ctx);
        // As in other programs; egui supports this only on Windows.
        if ctx.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::Insert)) {
            ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
        }
        self.page_keys(ctx);
        if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::W)) {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        if self.state.is_some()
            && let Some(view) = self.pending_view.take()
        {
            self.navigate(view);
        }
        self.size = ctx.input(|input| input.viewport().inner_rect).map(|rect| rect.size()).or(self.size);
    }

    /// Opens the requested form. A form with unsaved changes stays open instead.
    fn navigate(&mut self, view: View) {
        let (id, focus) = match view {
            View::Page(_) | View::About | View::Quit => return,
            View::Account(id) => {
                self.arrangement.reveal(id);
                return;
            }
            View::Edit(id) => (id, Focus::Name),
            View::ReplaceToken(id) => (id, Focus::Token),
        };
        self.said = None;
        let same = self.form.as_ref().is_some_and(|form| form.id() == Some(&id));
        let typed = self.form.as_ref().is_some_and(|form| form.saving || form.touched());
        if !same && typed {
            let said = "You have unsaved changes. Save or cancel them first.";
            self.said = Some((Tone::Warning, said.to_owned()));
            return;
        }
        if !same {
            self.edit(&id);
        }
        if let Some(form) = &mut self.form {
            let has_command = form.token_field() == Focus::Command;
            form.focus = Some(if focus == Focus::Token && has_command { Focus::Command } else { focus });
        } else if self.config().is_some() {
            self.said = Some((Tone::Warning, ACCOUNT_REMOVED.to_owned()));
        }
    }

    fn config(&self) -> Option<&Config> {
        self.state.as_ref().and_then(|state| state.config.as_ref().ok())
    }

    fn edit(&mut self, id: &AccountId) {
        self.regions.forget_failure();
        let config = self.config();
        let found = config.and_then(|config| Some((config, config.account(id)?)));
        self.form = found.map(|(config, account)| AccountForm::for_account(account, config));
    }

    /// Sends a request to the tray. Returns its number, which the answer repeats.
    fn ask(&mut self, request: Request) -> u64 {
        self.number += 1;
        self.owner.send(Command::Request(self.number, request));
        self.number
    }

    fn change(&mut self, request: Request) {
        self.working += 1;
        self.said = None;
        self.ask(request);
    }
}

impl eframe::App for App {
    fn raw_input_hook(&mut self, _ctx: &Context, input: &mut egui::RawInput) {
        self.clicks.filter(input);
    }

    /// Also called while the window draws nothing.
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.hear(ctx);
        self.ask_before_closing(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
        self.owner.set_unsaved(self.has_unsaved());
        if !self.shown && self.state.is_some() {
            self.shown = true;
            tracing::debug!("the first figures are drawn");
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if let Some(size) = self.size {
            window_size::keep(&self.paths.window_size_file(), size, self.arrangement.compact());
        }
    }
}
