//! The list of pages, and each page as part of the window: what the user does there becomes a request.

use std::path::PathBuf;

use eframe::egui::{
    self, Align2, CornerRadius, Frame, Key, Margin, Modifiers, Panel, Response, Sense, Ui, Vec2,
};
use jiff::tz::TimeZone;

use super::{App, Regions};
use crate::app::ipc::message::Request;
use crate::domain::config::AccountId;
use crate::storage::config::Patch;
use crate::window::accounts::{
    AccountForm, FormAction, Linodes, ListAct, Question, WatchChoice, neighbor, rows, show_form, show_list,
};
use crate::window::allowed::listed;
use crate::window::guide::Listed;
use crate::window::theme::{Palette, Tone};
use crate::window::window_size::MIN_SIZE;
use crate::window::{arrow_keys, guide, settings, usage, widgets};
use crate::window_request::{Page, View};

/// The pages, in the order of the list.
const TABS: [Page; 4] = [Page::Usage, Page::Accounts, Page::TokenGuide, Page::Settings];

impl App {
    pub(super) fn pages(&mut self, ui: &mut Ui) {
        let palette = Palette::from_ui(ui);
        let frame = Frame::new().fill(palette.side);
        // A tiling desktop may make the window smaller than its minimum. The forms then need the width of the list.
        if ui.ctx().content_rect().width() < MIN_SIZE.x {
            let frame = frame.inner_margin(Margin::symmetric(10, 8));
            Panel::top("pages above").resizable(false).frame(frame).show(ui, |ui| {
                ui.columns(TABS.len(), |columns| {
                    let tabs = columns.iter_mut().zip(TABS);
                    let tabs: Vec<_> =
                        tabs.map(|(ui, page)| self.tab(ui, page, Align2::CENTER_CENTER)).collect();
                    columns.first().map(|ui| arrow_keys::move_within(ui, &tabs));
                });
            });
            return;
        }
        let frame = frame.inner_margin(Margin::symmetric(10, 18));
        Panel::left("pages").exact_size(152.0).resizable(false).frame(frame).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            let tabs = TABS.map(|page| self.tab(ui, page, Align2::LEFT_CENTER));
            arrow_keys::move_within(ui, &tabs);
        });
    }

    fn tab(&mut self, ui: &mut Ui, page: Page, align: Align2) -> Response {
        let palette = Palette::from_ui(ui);
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
        let place = align.pos_in_rect(&rect.shrink2(Vec2::new(12.0, 0.0)));
        let font = egui::TextStyle::Body.resolve(ui.style());
        let color = if on && !ui.visuals().dark_mode { palette.accent } else { palette.text };
        ui.painter().text(place, align, page.title(), font, color);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Tab, true, page.title()));
        // Screen readers should read a selected tab; egui reports a checked button.
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(on));
        if response.clicked() {
            self.turn_to(page);
        }
        response
    }

    fn turn_to(&mut self, page: Page) {
        self.page = page;
        self.said = None;
    }

    /// The keys that browsers use for tabs and for reloading.
    pub(super) fn page_keys(&mut self, ctx: &egui::Context) {
        // An open dialog must be answered first.
        if self.has_dialog() {
            return;
        }
        let count = TABS.len();
        let at = TABS.iter().position(|page| *page == self.page).unwrap_or(0);
        let mut keys = vec![
            // First, because Ctrl+Tab also matches with Shift held down.
            (Modifiers::CTRL | Modifiers::SHIFT, Key::Tab, (at + count - 1) % count),
            (Modifiers::CTRL, Key::Tab, (at + 1) % count),
            (Modifiers::CTRL, Key::PageDown, (at + 1) % count),
            (Modifiers::CTRL, Key::PageUp, (at + count - 1) % count),
        ];
        let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4];
        keys.extend(digits.into_iter().enumerate().map(|(to, digit)| (Modifiers::COMMAND, digit, to)));
        let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
        let to = keys.into_iter().find(|(modifiers, key, _)| pressed(*modifiers, *key));
        if let Some(page) = to.and_then(|(_, _, to)| TABS.get(to)) {
            self.turn_to(*page);
            // The focus starts at the top of the new page.
            ctx.memory_mut(|memory| memory.stop_text_input());
        }
        if pressed(Modifiers::NONE, Key::F5) || pressed(Modifiers::COMMAND, Key::R) {
            self.refresh();
        }
    }

    fn refresh(&mut self) {
        let some = self.cards.as_ref().is_some_and(|cards| !cards.is_empty());
        if some && !self.refreshing {
            self.refreshing = true;
            self.said = None;
            self.ask(Request::Refresh);
        }
    }

    /// Replaces a page that can't be shown because the configuration is invalid.
    fn config_problem(&mut self, ui: &mut Ui, page: Page, problem: &str) {
        let mut pressed = false;
        let right = |_: &mut Ui| {};
        widgets::page(ui, page.title(), right, |ui| pressed = widgets::config_problem(ui, problem));
        if pressed {
            self.open_config_file();
        }
    }

    fn open_config_file(&mut self) {
        if let Err(error) = open::that_detached(&self.paths.config_file) {
            let file = self.paths.config_file.display();
            tracing::warn!(%error, "no program opens the configuration file");
            let said = format!("The file could not be opened. Edit {file} with a text editor.");
            self.said = Some((Tone::Warning, said));
        }
    }

    pub(super) fn usage(&mut self, ui: &mut Ui) {
        let problem = self.state.as_ref().and_then(|state| state.snapshot.config_problem.clone());
        self.histories.dialogs = self.dialogs.available();
        let names = self.state.as_ref().map(|state| state.regions.clone()).unwrap_or_default();
        let act = usage::show(
            ui,
            self.cards.as_deref(),
            &mut self.histories,
            problem.as_deref(),
            self.refreshing,
            (&self.tops, &names),
            &mut self.arrangement,
        );
        match act {
            None => {}
            Some(usage::UsageAction::Refresh) => self.refresh(),
            Some(usage::UsageAction::OpenConfigFile) => self.open_config_file(),
            Some(usage::UsageAction::History(id)) => {
                self.histories.toggle(&id);
                if self.histories.is_open(&id) {
                    self.ask(Request::History(id));
                }
            }
            Some(usage::UsageAction::Export { id, file, replace }) => self.export(id, file, replace),
            Some(usage::UsageAction::ChooseFile { id, suggested }) => {
                let (chosen, ctx) = (self.chosen.0.clone(), ui.ctx().clone());
                self.dialogs.save(&suggested, move |file| {
                    // No file was chosen, or the window is gone: nothing to save.
                    let _ = file.map(|file| chosen.send((id, file)));
                    ctx.request_repaint();
                });
            }
            Some(usage::UsageAction::Top(id, usage::TopAction::Ask)) => {
                let number = self.ask(Request::Top(id.clone()));
                self.tops.ask(&id, number);
            }
            Some(usage::UsageAction::Top(id, usage::TopAction::Close)) => self.tops.close(&id),
            Some(usage::UsageAction::SetUp) => self.page = Page::TokenGuide,
            Some(usage::UsageAction::ReplaceToken(id)) => {
                self.page = Page::Accounts;
                self.navigate(View::ReplaceToken(id));
            }
        }
    }

    pub(super) fn export(&mut self, id: AccountId, file: PathBuf, replace: bool) {
        let config = self.config();
        let account = config.and_then(|config| config.account(&id));
        let name = account.map_or_else(|| id.to_string(), |account| account.name.clone());
        self.said = None;
        let number = self.ask(Request::Export { account: id.clone(), name, file: file.clone(), replace });
        self.histories.exporting(&id, &file, number);
    }

    pub(super) fn accounts(&mut self, ui: &mut Ui) {
        if let Some(problem) = self.state.as_ref().and_then(|state| state.config.as_ref().err()) {
            let problem = problem.clone();
            self.config_problem(ui, Page::Accounts, &problem);
        } else if self.form.is_some() {
            self.form(ui);
        } else {
            self.list(ui);
        }
    }

    fn form(&mut self, ui: &mut Ui) {
        let common = self.config().map(|config| listed(&config.thresholds)).unwrap_or_default();
        let Some(mut form) = self.form.take() else { return };
        if form.pool == WatchChoice::Region && matches!(self.regions, Regions::Unknown) {
            self.regions = Regions::Asked;
            self.ask(Request::Regions);
        }
        let regions = match &self.regions {
            Regions::Known(names) => Some(Ok(names)),
            Regions::Failed(why) => Some(Err(why.as_str())),
            Regions::Unknown | Regions::Asked => None,
        };
        match show_form(ui, &mut form, regions, &common) {
            None => self.form = Some(form),
            Some(FormAction::Cancel) => {
                self.form = Some(form);
                self.cancel(ui.ctx());
                return;
            }
            Some(FormAction::Guide) => {
                self.page = Page::TokenGuide;
                // What was typed is still there when the user comes back.
                self.form = form.touched().then_some(form);
            }
            Some(FormAction::ListRegions) => {
                self.regions = Regions::Unknown;
                self.form = Some(form);
            }
            Some(FormAction::ListLinodes) => {
                if let Some(whose) = form.token_ref() {
                    form.linodes = Linodes::Asked(self.ask(Request::Linodes(whose)));
                }
                self.form = Some(form);
            }
            // Nothing has changed, so there is nothing to save.
            Some(FormAction::Save) if form.original.is_some() && !form.touched() => {
                self.said = None;
                self.leave(form);
                ui.ctx().request_repaint();
            }
            Some(act @ (FormAction::Save | FormAction::SaveAnyway)) => {
                let config = self.config().cloned().unwrap_or_default();
                if let Some(wanted) = form.submit(&config, act == FormAction::Save) {
                    self.said = None;
                    form.number = self.ask(Request::Save(Box::new(wanted)));
                }
                self.form = Some(form);
            }
        }
        let config = self.state.as_ref().and_then(|state| state.config.as_ref().ok());
        if let (Some(form), Some(config)) = (&mut self.form, config)
            && form.check(config)
        {
            ui.ctx().request_repaint();
        }
    }

    pub(super) fn guide(&mut self, ui: &mut Ui) {
        let config = self.config().cloned().unwrap_or_default();
        match guide::show(ui, &mut self.guide_form, &config.accounts, &mut self.listing) {
            None => {}
            Some(guide::GuideAction::Browse(address)) => {
                if let Err(error) = open::that_detached(address) {
                    tracing::warn!(%error, "no browser opens {address}");
                    let said = format!("No browser could be opened. Go to {address}");
                    self.copyable = Some(address);
                    self.said = Some((Tone::Warning, said));
                }
            }
            Some(guide::GuideAction::Cancel) => self.cancel(ui.ctx()),
            Some(guide::GuideAction::List(id)) => {
                self.listing.listed = Listed::Asked(self.ask(Request::Tokens(id)));
            }
            Some(act @ (guide::GuideAction::Save | guide::GuideAction::SaveAnyway)) => {
                if let Some(wanted) = self.guide_form.submit(&config, act == guide::GuideAction::Save) {
                    self.said = None;
                    self.guide_form.number = self.ask(Request::Save(Box::new(wanted)));
                }
            }
        }
        if self.guide_form.check(&config) {
            ui.ctx().request_repaint();
        }
    }

    pub(super) fn settings(&mut self, ui: &mut Ui) {
        let Some(state) = &self.state else {
            return widgets::page(
                ui,
                Page::Settings.title(),
                |_| {},
                |ui| widgets::busy(ui, "Reading the configuration…"),
            );
        };
        let config = match &state.config {
            Ok(config) => config.clone(),
            Err(problem) => {
                let problem = problem.clone();
                return self.config_problem(ui, Page::Settings, &problem);
            }
        };
        let starts_at_login = state.snapshot.starts_at_login;
        let (overridden, saving) = (config.file_api_url.is_some(), self.working > 0);
        let config = config.as_in_file();
        let form = self.settings.get_or_insert_with(|| settings::SettingsForm::from_config(&config));
        let done = self.said.as_ref().filter(|(tone, _)| *tone == Tone::Good);
        let around = settings::SettingsContext {
            config: &config,
            file: &self.paths.config_file,
            starts_at_login,
            overridden,
            saving,
            done: done.map(|(_, said)| said.as_str()),
        };
        match settings::show(ui, form, &around) {
            None => {}
            Some(settings::SettingsAction::StartAtLogin(on)) => self.change(Request::StartAtLogin(on)),
            // The message about the last save is no longer true.
            Some(settings::SettingsAction::Edit) => self.said = None,
            Some(settings::SettingsAction::Revert) => {
                self.settings = None;
                self.said = None;
            }
            Some(settings::SettingsAction::Save) => match form.submit() {
                Some(patch) => self.change(Request::Settings(patch)),
                None => self.said = None,
            },
        }
    }

    fn list(&mut self, ui: &mut Ui) {
        let state = self.state.as_ref();
        let rows = state
            .and_then(|state| Some(rows(state.config.as_ref().ok()?, &state.snapshot, &TimeZone::system())));
        let act = show_list(ui, rows.as_deref(), self.question.as_mut(), &mut self.list, self.working > 0);
        let Some(act) = act else { return };
        match act {
            ListAct::Add => {
                self.regions.forget_failure();
                self.form = Some(AccountForm::new());
                self.said = None;
            }
            ListAct::Edit(id) => {
                self.said = None;
                self.edit(&id);
            }
            ListAct::Ask(id) => {
                let row = rows.unwrap_or_default().into_iter().find(|row| row.id == id);
                self.question = row.map(|row| Question {
                    id,
                    name: row.name,
                    has_token_command: row.has_token_command,
                    forget: false,
                });
            }
            ListAct::Keep => self.question = None,
            ListAct::Remove(id, forget) => {
                self.question = None;
                self.list.focus(neighbor(&rows.unwrap_or_default(), &id));
                self.change(Request::Remove { account: id, forget });
            }
            ListAct::Duplicate(id) => self.change(Request::Duplicate(id)),
            ListAct::Move(id, to) => self.change(Request::Move(id, to)),
            ListAct::Mute(id, muted) => {
                self.change(Request::Change(id, Patch::from_iter([("muted", muted.into())])));
            }
            ListAct::Enable(id, enabled) => {
                self.change(Request::Change(id, Patch::from_iter([("enabled", enabled.into())])));
            }
        }
    }
}
