//! Who uses an account's pools: Linodes, Object Storage and the rest. Fetched on request, because it takes one API request per Linode.

use std::collections::BTreeMap;

use eframe::egui::{Align, CornerRadius, Grid, Id, Label, Layout, Rect, Response, RichText, Sense, Ui, Vec2};

use super::model::Card;
use crate::domain::config::AccountId;
use crate::domain::failure::Failure;
use crate::domain::text;
use crate::domain::top::{Top, TopRow};
use crate::domain::usage::PoolId;
use crate::window::theme::{Palette, Tone};
use crate::window::widgets::{busy, cell, describe, faint, line, named, note, tooltip};

/// How many fit on a card; the others use less.
const MAX_ROWS: usize = 12;

/// The names of regions by id, as far as they are known.
pub type RegionNames = BTreeMap<String, String>;

/// The lists that were requested, by account.
#[derive(Debug, Default)]
pub struct Tops(BTreeMap<AccountId, Answer>);

#[derive(Debug)]
enum Answer {
    /// A running request, with its number.
    Asked(u64),
    Known(Top),
    Failed(String),
}

impl Tops {
    /// Notes a request and its number.
    pub fn ask(&mut self, id: &AccountId, number: u64) {
        self.0.insert(id.clone(), Answer::Asked(number));
    }

    /// Stores the answer, unless the list was closed or requested again in the meantime.
    pub fn answered(&mut self, number: u64, id: &AccountId, outcome: Result<Top, String>) {
        let answer = self.0.get_mut(id);
        if let Some(answer) = answer.filter(|it| matches!(it, Answer::Asked(awaited) if *awaited == number)) {
            *answer = outcome.map_or_else(Answer::Failed, Answer::Known);
        }
    }

    /// Closes the list.
    pub fn close(&mut self, id: &AccountId) {
        self.0.remove(id);
    }
}

/// What the user did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopAction {
    /// Fetch the list.
    Ask,
    /// Close the list.
    Close,
}

/// Shows the account's Linodes, or the button that fetches them.
pub fn show(ui: &mut Ui, card: &Card, tops: &Tops, regions: &RegionNames) -> Option<TopAction> {
    let Card { id, name, .. } = card;
    let Some(answer) = tops.0.get(id) else {
        let button = ui.button("Which Linodes?");
        named(ui, &button, &format!("Which Linodes of {name}?"));
        describe(ui, &button, &card.words);
        keep_focus(ui, id, &button);
        return button.clicked().then_some(TopAction::Ask);
    };
    let mut action = None;
    ui.separator();
    ui.horizontal(|ui| {
        ui.label("Who used it this month");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hide = ui.button("Hide");
            named(ui, &hide, &format!("Hide who used the pool of {name}"));
            describe(ui, &hide, &card.words);
            keep_focus(ui, id, &hide);
            if hide.clicked() {
                action = Some(TopAction::Close);
            }
            if !matches!(answer, Answer::Asked(_)) {
                let refresh = ui.button("Refresh");
                named(ui, &refresh, &format!("Refresh who used the pool of {name}"));
                if refresh.clicked() {
                    action = Some(TopAction::Ask);
                }
            }
        });
    });
    match answer {
        Answer::Asked(_) => busy(ui, "Asking Linode for each Linode's transfer…"),
        Answer::Failed(why) => note(ui, Tone::Alarm, why, |_| {}),
        Answer::Known(top) if top.rows.is_empty() => {
            drop(faint(ui, "Nothing to list: this token can see no Linodes."))
        }
        Answer::Known(top) => list(ui, id, top, regions),
    }
    action
}

/// Moves the focus from the button that opens the list to the one that closes it, and back.
fn keep_focus(ui: &Ui, id: &AccountId, button: &Response) {
    let pressed = Id::unique(("linodes pressed", id.as_str()));
    if button.clicked() {
        ui.data_mut(|data| data.insert_temp(pressed, button.id));
    } else if ui.data(|data| data.get_temp(pressed)).is_some_and(|other: Id| other != button.id) {
        ui.data_mut(|data| data.remove::<Id>(pressed));
        button.request_focus();
    }
}

fn list(ui: &mut Ui, id: &AccountId, top: &Top, regions: &RegionNames) {
    let (consumers, rests): (Vec<&TopRow>, Vec<&TopRow>) =
        top.rows.iter().partition(|row| row.consumer.is_some());
    // Rows of text are lower than rows of buttons.
    ui.spacing_mut().interact_size.y = 20.0;
    let width = ui.available_width();
    let (names, places, figures) = ((0.22 * width).min(150.0), (0.25 * width).min(190.0), 110.0);
    let bars = (width - names - places - figures - 3.0 * 16.0).max(24.0);
    Grid::new(("linodes", id.as_str())).num_columns(4).min_col_width(0.0).spacing([16.0, 4.0]).show(
        ui,
        |ui| {
            for row in consumers.iter().take(MAX_ROWS).chain(&rests) {
                cell(ui, names, |ui| {
                    let color = Palette::from_ui(ui).text;
                    let label = line(ui, &row.label, |label| Label::new(label.color(color)).truncate());
                    tooltip(label, &row.label);
                });
                cell(ui, places, |ui| {
                    let (place, color) = (place(row, regions), Palette::from_ui(ui).faint);
                    let shown = line(ui, &place, |text| Label::new(text.small().color(color)).truncate());
                    tooltip(shown, &place);
                });
                cell(ui, bars, |ui| bar(ui, row));
                cell(ui, figures, |ui| {
                    let palette = Palette::from_ui(ui);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        ui.label(RichText::new(figure(row)).color(palette.text));
                    });
                });
                ui.end_row();
            }
        },
    );
    if consumers.len() > MAX_ROWS {
        faint(ui, format!("and {} more that used less", consumers.len() - MAX_ROWS));
    }
    if let Some(gaps) = top.gaps() {
        note(ui, Tone::Warning, &gaps, |_| {});
    }
}

/// `Jakarta, ID · own pool`, `Denver, CO · no pool`; a region whose name is not known by its id.
fn place(row: &TopRow, regions: &RegionNames) -> String {
    let region = &row.region;
    let region = regions.get(region).unwrap_or(region);
    match (&row.pool, row.consumer) {
        (None, _) => format!("{region} · no pool"),
        (Some(PoolId::Region(id)), None) => format!("{} · own pool", regions.get(id).unwrap_or(id)),
        (Some(PoolId::Region(_)), Some(_)) => format!("{region} · own pool"),
        (Some(PoolId::Global | PoolId::Linode(_)), _) => region.clone(),
    }
}

/// A bar with the consumer's share of what its pool has used.
fn bar(ui: &mut Ui, row: &TopRow) {
    let palette = Palette::from_ui(ui);
    let (whole, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 6.0), Sense::hover());
    ui.painter().rect_filled(whole, CornerRadius::same(3), palette.track);
    if let Some((used, quota)) = row.share.map(<(u64, u64)>::from) {
        let share = (used as f32 / quota as f32).min(1.0);
        let used = Rect::from_min_size(whole.min, Vec2::new(whole.width() * share, whole.height()));
        ui.painter().rect_filled(used, CornerRadius::same(3), palette.accent);
    }
}

/// `589 GB · 58%`, in percent of what its pool has used; the cost if there is no pool.
fn figure(row: &TopRow) -> String {
    let Some(used) = row.used.map(text::gigabytes) else {
        return row.failure.as_ref().map_or("", Failure::short_label).to_owned();
    };
    match (row.usd, row.share) {
        (Some(usd), _) => format!("{used} · {}", text::dollars(usd)),
        (None, Some(share)) => format!("{used} · {share}"),
        (None, None) => used,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_belongs_to_its_own_question() {
        let (mut tops, acme) = (Tops::default(), "acme".parse().unwrap());
        tops.ask(&acme, 1);
        tops.close(&acme);
        tops.answered(1, &acme, Err("late".to_owned()));
        assert!(tops.0.is_empty());
        tops.ask(&acme, 2);
        tops.answered(1, &acme, Err("late".to_owned()));
        assert!(matches!(tops.0.get(&acme), Some(Answer::Asked(2))), "{tops:?}");
        tops.answered(2, &acme, Err("no".to_owned()));
        assert!(matches!(tops.0.get(&acme), Some(Answer::Failed(_))), "{tops:?}");
    }
}
