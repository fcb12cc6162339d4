//! The list of accounts.

use eframe::egui::{
    Align, Button, Id, Label, Layout, Margin, Modal, Response, RichText, Role, Sense, Ui, UiBuilder,
    WidgetInfo,
};

use jiff::tz::TimeZone;

use crate::domain::config::{AccountId, Config};
use crate::domain::plot::pool_name;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::{self, SET_UP_ACCOUNT, isolated};
use crate::window::allowed::listed;
use crate::window::search::{self, Search};
use crate::window::theme::{GAP, NEAR, Palette, Tone, WIDEST_CARD, card};
use crate::window::widgets::{
    account_heading, busy, describe, faint, heading, in_reading_order, line, name_dialog, page_up_to,
    primary, tooltip,
};

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub id: AccountId,
    pub name: String,
    /// What it watches, and its settings.
    pub about: String,
    /// Whether its token comes from a command.
    pub has_token_command: bool,
    /// Whether it is muted.
    pub muted: bool,
    /// Whether it is polled.
    pub enabled: bool,
}

/// The question before an account is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub id: AccountId,
    pub name: String,
    /// Whether its token comes from a command, so that the keyring has none.
    pub has_token_command: bool,
    /// Whether to delete its samples too.
    pub forget: bool,
}

/// What the user did in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListAct {
    /// Add an account.
    Add,
    /// Open the account's form.
    Edit(AccountId),
    /// Copy the account.
    Duplicate(AccountId),
    /// Ask whether to remove the account.
    Ask(AccountId),
    /// Remove the account, and its samples too if `true`.
    Remove(AccountId, bool),
    /// Don't remove it.
    Keep,
    /// Move the account to this position.
    Move(AccountId, usize),
    /// Mute or unmute the account.
    Mute(AccountId, bool),
    /// Enable or disable polling.
    Enable(AccountId, bool),
}

/// The rows of `config`. `snapshot` has the names of what is watched.
pub fn rows(config: &Config, snapshot: &Snapshot, zone: &TimeZone) -> Vec<AccountRow> {
    let row = |account: &crate::domain::config::AccountConfig| {
        let watch = pool_name(&account.watch, snapshot.watch_name(&account.watch));
        let token = if account.token_command.is_some() { " · token from a command" } else { "" };
        let known = snapshot.accounts.iter().find(|known| known.id == account.id);
        let muted_until = known.is_some_and(|known| known.muted_until.is_some());
        let known = known.filter(|_| !account.muted);
        let muted = known.and_then(|known| text::muted_sentence(known, snapshot, zone));
        let muted = muted.map_or_else(String::new, |muted| format!(" · {muted}"));
        AccountRow {
            id: account.id.clone(),
            name: account.name.clone(),
            about: format!("{watch} · thresholds {} %{token}{muted}", listed(config.thresholds_of(account))),
            has_token_command: account.token_command.is_some(),
            muted: account.muted || muted_until,
            enabled: account.enabled,
        }
    };
    config.accounts.iter().map(row).collect()
}

/// The state of the list between frames: search and next focus.
#[derive(Debug, Default)]
pub struct ListState {
    search: Search,
    next: Option<NextFocus>,
}

/// Where the focus goes after a form or a row has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextFocus {
    /// To the account with this name, as soon as the list has it.
    Account(String),
    /// To the button that adds an account.
    Add,
}

impl ListState {
    /// Moves the focus there.
    pub fn focus(&mut self, next: NextFocus) {
        self.next = Some(next);
    }

    /// Whether the focus is already on its way somewhere.
    pub fn has_next_focus(&self) -> bool {
        self.next.is_some()
    }

    fn take_focus(&mut self, wanted: &NextFocus) -> bool {
        self.next.take_if(|next| next == wanted).is_some()
    }
}

/// The neighbor of `id`, which gets the focus when `id` is removed.
pub fn neighbor(rows: &[AccountRow], id: &AccountId) -> NextFocus {
    let at = rows.iter().position(|row| row.id == *id).unwrap_or(0);
    let next = rows.get(at + 1).or_else(|| rows.get(at.checked_sub(1)?));
    next.map_or(NextFocus::Add, |row| NextFocus::Account(row.name.clone()))
}

/// Shows the list, or the question if there is one.
pub fn show(
    ui: &mut Ui,
    rows: Option<&[AccountRow]>,
    question: Option<&mut Question>,
    list: &mut ListState,
    working: bool,
) -> Option<ListAct> {
    let (mut act, mut below) = (None, None);
    let some = rows.is_some_and(|rows| !rows.is_empty());
    let to_add = some && list.take_focus(&NextFocus::Add);
    let right = |ui: &mut Ui| {
        if some {
            let add = primary(ui, "Add account…", true);
            if to_add {
                add.request_focus();
            }
            if add.clicked() {
                act = Some(ListAct::Add);
            }
        }
        if working {
            busy(ui, "Saving…");
        }
    };
    page_up_to(ui, "Accounts", WIDEST_CARD, right, |ui| match rows {
        None => busy(ui, "Reading the configuration…"),
        Some([]) => below = empty(ui),
        Some(rows) => {
            if Search::is_useful(rows.len()) {
                list.search.field(ui);
                ui.add_space(4.0);
            }
            let shown = list.search.filter(rows, |row| [&row.name, &row.about]);
            search::count(ui, shown.len(), rows.len());
            for (at, row) in shown {
                let focused = list.take_focus(&NextFocus::Account(row.name.clone()));
                below = show_row(ui, row, at, rows.len(), focused).or(below.take());
                ui.add_space(NEAR);
            }
        }
    });
    let answer = question.and_then(|question| ask(ui, question));
    answer.or(act).or(below)
}

fn empty(ui: &mut Ui) -> Option<ListAct> {
    let mut act = None;
    ui.add_space(60.0);
    ui.vertical_centered(|ui| {
        heading(ui, "No account yet");
        ui.add_space(NEAR);
        ui.label("An account here is a token and the pool it watches.");
        ui.add_space(GAP);
        if primary(ui, SET_UP_ACCOUNT, true).clicked() {
            act = Some(ListAct::Add);
        }
    });
    act
}

fn show_row(ui: &mut Ui, row: &AccountRow, at: usize, count: usize, focused: bool) -> Option<ListAct> {
    let palette = Palette::from_ui(ui);
    let mut act = None;
    // Below the row's buttons, which must get their clicks, and without a tab stop.
    let whole = UiBuilder::new().scope_id(Id::unique(("row", row.id.as_str()))).sense(Sense::CLICK);
    let shown = ui.scope_builder(whole, |ui| {
        card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.set_min_height(28.0);
                let color = if row.enabled { palette.text } else { palette.faint };
                // The buttons keep their width; a long name is cut off.
                let narrow = ui.available_width() < 480.0;
                let room = (ui.available_width() - if narrow { 160.0 } else { 240.0 }).max(80.0);
                ui.allocate_ui_with_layout([room, 28.0].into(), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_width(room);
                    account_heading(ui, &row.name, |name| {
                        Label::new(name.size(16.0).color(color)).truncate()
                    });
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    in_reading_order(ui, |ui| {
                        act = act.take().or(buttons(ui, row, at, count, (narrow, focused)))
                    });
                });
            });
            let about = |about: RichText| Label::new(about.small().color(palette.faint));
            let narrow = ui.available_width() < 480.0;
            if narrow {
                line(ui, &row.about, |text| about(text).wrap());
            }
            ui.horizontal(|ui| {
                let room = (ui.available_width() - 200.0).max(80.0);
                ui.allocate_ui_with_layout([room, 24.0].into(), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_width(room);
                    if !narrow {
                        let shown = line(ui, &row.about, |text| about(text).truncate());
                        tooltip(shown, &row.about);
                    }
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    in_reading_order(ui, |ui| act = act.take().or(switches(ui, row)));
                });
            });
        })
    });
    shown.response.context_menu(|ui| act = act.take().or(menu(ui, row, at, count, false)));
    act
}

/// The account's actions. In a narrow row, all but the first are in a menu.
fn buttons(
    ui: &mut Ui,
    row: &AccountRow,
    at: usize,
    count: usize,
    (narrow, focused): (bool, bool),
) -> Option<ListAct> {
    let mut act = None;
    let id = || row.id.clone();
    let edit = named(ui.button("Edit…"), &format!("Edit {}", row.name));
    // Screen readers say what the row shows with its first control.
    describe(ui, &edit, &row.about);
    if focused {
        edit.request_focus();
    }
    if edit.clicked() {
        act = Some(ListAct::Edit(id()));
    }
    if !narrow && named(ui.button("Remove…"), &format!("Remove {}", row.name)).clicked() {
        act = Some(ListAct::Ask(id()));
    }
    let more = format!("More actions for {}", row.name);
    let button = ui.menu_button("More", |ui| act = act.take().or(menu(ui, row, at, count, !narrow)));
    named(button.response, &more);
    act
}

/// The menu of all actions; `without_buttons` leaves out those that have a button in the row.
fn menu(ui: &mut Ui, row: &AccountRow, at: usize, count: usize, without_buttons: bool) -> Option<ListAct> {
    let id = || row.id.clone();
    let (up, down) = (at > 0, at + 1 < count);
    let last = count.saturating_sub(1);
    let choices = [
        ("Edit…", true, ListAct::Edit(id())),
        ("Duplicate", true, ListAct::Duplicate(id())),
        ("Remove…", true, ListAct::Ask(id())),
        ("Move up", up, ListAct::Move(id(), at.saturating_sub(1))),
        ("Move down", down, ListAct::Move(id(), at + 1)),
        ("Move to the top", up, ListAct::Move(id(), 0)),
        ("Move to the bottom", down, ListAct::Move(id(), last)),
    ];
    let mut act = None;
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
        node.set_role(Role::Menu);
        node.set_label(format!("Actions for {}", row.name));
    });
    let mut takes_focus = opens_by_keyboard(ui, Id::unique(("menu", row.id.as_str())));
    for (text, enabled, chosen) in choices {
        if without_buttons && matches!(chosen, ListAct::Edit(_) | ListAct::Ask(_)) {
            continue;
        }
        let item = ui.add_enabled(enabled, Button::new(text));
        if std::mem::take(&mut takes_focus) {
            item.request_focus();
        }
        if item.clicked() {
            act = Some(chosen);
            ui.close();
        }
    }
    act
}

/// Whether the menu with this id has just opened while a widget has the focus.
fn opens_by_keyboard(ui: &Ui, id: Id) -> bool {
    let frame = ui.ctx().cumulative_frame_nr();
    let last = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<u64>(id), frame));
    last + 1 < frame && ui.memory(|memory| memory.focused().is_some())
}

fn switches(ui: &mut Ui, row: &AccountRow) -> Option<ListAct> {
    let (mut enabled, mut muted) = (row.enabled, row.muted);
    let mut act = None;
    ui.spacing_mut().item_spacing.x = 16.0;
    if checked(ui.checkbox(&mut muted, "Muted"), &row.name, "Mute", muted).changed() {
        act = Some(ListAct::Mute(row.id.clone(), muted));
    }
    if checked(ui.checkbox(&mut enabled, "Enabled"), &row.name, "Enable", enabled).changed() {
        act = Some(ListAct::Enable(row.id.clone(), enabled));
    }
    act
}

/// The name for screen readers of a button that several rows have.
fn named(response: Response, name: &str) -> Response {
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response
}

fn checked(response: Response, name: &str, verb: &str, on: bool) -> Response {
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, format!("{verb} {name}")));
    response
}

/// What removing an account does and does not do.
fn removal(has_token_command: bool) -> &'static str {
    if has_token_command {
        "This removes the account from this program. Nothing changes at Linode, and the command that prints its token stays as it is."
    } else {
        "This removes the account from this program and its token from the keyring. Nothing changes at Linode: the token works until you revoke it there."
    }
}

fn ask(ui: &mut Ui, question: &mut Question) -> Option<ListAct> {
    let mut act = None;
    let frame = card(ui).inner_margin(Margin::symmetric(22, 16));
    let modal = Modal::new(Id::unique("remove?")).frame(frame).show(ui.ctx(), |ui| {
        let title = format!("Remove {}?", isolated(&question.name));
        name_dialog(ui, &title);
        ui.set_width(380.0);
        ui.add_space(NEAR);
        heading(ui, &title);
        ui.add_space(NEAR);
        ui.label(removal(question.has_token_command));
        ui.add_space(NEAR);
        ui.checkbox(&mut question.forget, "Delete its history too");
        if !question.forget {
            faint(ui, "Its recorded samples are kept.");
        }
        ui.add_space(GAP);
        ui.horizontal(|ui| {
            let cancel = ui.button("Cancel");
            // The safe answer gets the focus.
            if ui.memory(|memory| memory.focused().is_none()) {
                cancel.request_focus();
            }
            if cancel.clicked() {
                act = Some(ListAct::Keep);
            }
            let alarm = Palette::from_ui(ui).tone(Tone::Alarm);
            if ui.button(RichText::new("Remove").color(alarm)).clicked() {
                act = Some(ListAct::Remove(question.id.clone(), question.forget));
            }
        });
        ui.add_space(NEAR);
    });
    act.or_else(|| modal.should_close().then_some(ListAct::Keep))
}
