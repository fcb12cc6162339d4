//! The part of a card that shows the plots.

use eframe::egui::{Align, Button, ComboBox, Key, Layout, Modifiers, Response, TextEdit, Ui, Vec2};

use super::draw::{self, NamedAccount};
use super::{Histories, Open, PoolPlots, Saving, daily, usual_file};
use crate::app::ipc::message::ExportError;
use crate::domain::config::AccountId;
use crate::window::theme::{NEAR, Tone};
use crate::window::usage::UsageAction;
use crate::window::widgets::{
    busy, entered, named, note, options, pressed, primary, remark, selection_list, subheading,
};

/// Total height, also while the data is being read, so that the page does not jump.
const HEIGHT: f32 = 470.0;
/// Height of each plot.
const MONTH: f32 = 220.0;
const YEAR: f32 = 140.0;

/// Shows the plots of `id`, if they are open.
pub fn show(ui: &mut Ui, id: &AccountId, name: &str, histories: &mut Histories) -> Option<UsageAction> {
    let dialogs = histories.dialogs;
    let open = histories.open.get_mut(id)?;
    let mut act = None;
    ui.add_space(NEAR);
    ui.separator();
    if open.saving.is_some() {
        act = ask_where(ui, (id, name), open, dialogs);
    }
    let Open { plots, shown, day, saving } = open;
    let size = Vec2::new(ui.available_width(), HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        match plots {
            None => busy(ui, "Reading the history…"),
            Some(Err(why)) => note(ui, Tone::Alarm, why, |_| {}),
            Some(Ok(plots)) => {
                ui.horizontal(|ui| {
                    ui.set_min_height(32.0);
                    choice(ui, (id, name), plots, shown);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        let save = ui.add_enabled(saving.is_none(), Button::new("Save as CSV…"));
                        named(ui, &save, &format!("Save as CSV: samples of {name}"));
                        if save.clicked() {
                            let file = usual_file(id).display().to_string();
                            *saving = Some(Saving { file, asked: None, refused: None, new: true });
                        }
                    });
                });
                if let Some(PoolPlots { plots, daily }) = plots.get(*shown) {
                    draw::month(ui, (id, name), &plots.month, MONTH);
                    ui.add_space(NEAR);
                    if let Some(daily) = daily {
                        daily::show(ui, (id, name), daily, day);
                        ui.add_space(NEAR);
                    }
                    draw::year(ui, (id, name), &plots.year, YEAR);
                }
            }
        }
    });
    act
}

/// The pool: its name if there is one, a list if there are several.
fn choice(ui: &mut Ui, (id, name): NamedAccount<'_>, plots: &[PoolPlots], shown: &mut usize) {
    let title = |at: usize| plots.get(at).map_or("", |pool| pool.plots.title.as_str());
    if plots.len() < 2 {
        subheading(ui, title(0));
        return;
    }
    let list = ComboBox::from_id_salt(("pool", id.as_str())).width(240.0);
    let list = selection_list(ui, list, title(*shown), |ui| {
        options(ui, shown, (0..plots.len()).map(|at| (at, title(at))));
    });
    named(ui, &list, &format!("Transfer pool of {name}"));
}

fn ask_where(
    ui: &mut Ui,
    (id, name): NamedAccount<'_>,
    open: &mut Open,
    dialogs: bool,
) -> Option<UsageAction> {
    let Saving { file, asked, refused, new } = open.saving.as_mut()?;
    let (mut save, mut cancel, mut choose) = (false, false, false);
    let exists = *refused == Some(ExportError::Exists);
    let row = ui.horizontal(|ui| {
        ui.label("Save to");
        let right = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let whose = |ui: &Ui, button: Response, verb: &str| {
                named(ui, &button, &format!("{verb} the file with the samples of {name}"));
                button
            };
            let button = ui.button("Cancel");
            named(ui, &button, &format!("Cancel saving the samples of {name}"));
            cancel = button.clicked();
            let verb = if exists { "Replace" } else { "Save" };
            let ready = asked.is_none() && !file.trim().is_empty();
            let button = primary(ui, verb, ready);
            save = pressed(&whose(ui, button, verb));
            if dialogs {
                let button = ui.add_enabled(asked.is_none(), Button::new("Choose…"));
                choose = pressed(&whose(ui, button, "Choose"));
            }
            let field = ui.add(TextEdit::singleline(file).desired_width(ui.available_width()));
            named(ui, &field, &format!("Save to: samples of {name}"));
            if std::mem::take(new) {
                field.request_focus();
            }
            if field.changed() {
                *refused = None;
            }
            // Taken, so that it closes nothing else.
            cancel |=
                field.lost_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
            // Only the button replaces a file, not Enter.
            save |= entered(ui, &field) && ready && !exists;
            field
        });
        right.inner
    });
    let said = match refused {
        _ if asked.is_some() => {
            busy(ui, "Saving…");
            None
        }
        Some(ExportError::Exists) => Some((Tone::Warning, "This file already exists. Replace it?")),
        Some(ExportError::Failed(why)) => Some((Tone::Alarm, why.as_str())),
        None => None,
    };
    remark(ui, &row.inner, said, "");
    let act = save.then(|| UsageAction::Export { id: id.clone(), file: file.trim().into(), replace: exists });
    let chooses =
        || choose.then(|| UsageAction::ChooseFile { id: id.clone(), suggested: file.trim().into() });
    let act = act.or_else(chooses);
    if cancel {
        open.saving = None;
    }
    act
}
