//! The cards on the screen.

use std::path::PathBuf;

use eframe::egui::{
    Align, CornerRadius, FontId, Grid, Label, Layout, Pos2, Rect, RichText, Role, Sense, Shape, Stroke, Ui,
    Vec2, WidgetInfo, pos2,
};

use super::history::{self, Histories};
use super::model::{Bar, Card};
use super::top::{self, Tops};
use crate::domain::config::AccountId;
use crate::window::theme::{GAP, NEAR, Palette, card};
use crate::window::widgets::{busy, faint, heading, line, named, note, page, primary};

/// What the user does on this page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Ask the API now.
    Refresh,
    /// Begin the first account.
    SetUp,
    /// Give this account a new token.
    ReplaceToken(AccountId),
    /// Show what is kept of this account, or no longer.
    History(AccountId),
    /// Save the samples of this account to this file.
    Export(AccountId, PathBuf),
    /// Ask which Linodes use this account's pools, or put the answer away.
    Top(AccountId, top::TopAction),
}

/// Shows the page. `None` for the cards means that they are not read yet.
pub fn show(
    ui: &mut Ui,
    cards: Option<&[Card]>,
    histories: &mut Histories,
    problem: Option<&str>,
    refreshing: bool,
    tops: &Tops,
) -> Option<Act> {
    let mut act = None;
    let some = cards.is_some_and(|cards| !cards.is_empty());
    let right = |ui: &mut Ui| {
        if some {
            if ui.add_enabled(!refreshing, eframe::egui::Button::new("Refresh now")).clicked() {
                act = Some(Act::Refresh);
            }
            if refreshing {
                busy(ui, "Asking Linode…");
            }
        }
    };
    let mut inner = None;
    page(ui, "Usage", right, |ui| {
        if let Some(problem) = problem {
            note(ui, crate::window::theme::Tone::Alarm, problem, |_| {});
            ui.add_space(GAP);
        }
        match cards {
            None => busy(ui, "Reading the last figures…"),
            Some([]) => inner = empty(ui),
            Some(cards) => {
                for card in cards {
                    inner = show_card(ui, card, histories, tops).or(inner.take());
                    ui.add_space(GAP - NEAR);
                }
            }
        }
    });
    act.or(inner)
}

fn empty(ui: &mut Ui) -> Option<Act> {
    let mut act = None;
    ui.add_space(60.0);
    ui.vertical_centered(|ui| {
        heading(ui, "No account yet");
        ui.add_space(NEAR);
        ui.label("A Personal Access Token lets this program read how much of your transfer is used.");
        ui.label("The guide shows how to make one that can read and nothing else.");
        ui.add_space(GAP);
        if primary(ui, "Set up an account…", true).clicked() {
            act = Some(Act::SetUp);
        }
    });
    act
}

fn show_card(ui: &mut Ui, data: &Card, histories: &mut Histories, tops: &Tops) -> Option<Act> {
    let palette = Palette::of(ui);
    let mut act = None;
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Max), |ui| {
                let (state, tone) = &data.state;
                if let Some(figure) = &data.figure {
                    ui.label(RichText::new(figure).size(28.0).color(palette.text));
                    ui.add_space(2.0);
                }
                ui.label(RichText::new(state).color(palette.tone(*tone)));
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    line(ui, &data.name, |name| Label::new(name.size(17.0).color(palette.text)).truncate());
                    line(ui, &data.watch, |watch| Label::new(watch.small().color(palette.faint)).truncate());
                });
            });
        });
        if let Some(drawn) = &data.bar {
            ui.add_space(4.0);
            draw_bar(ui, drawn, 12.0);
        }
        if !data.facts.is_empty() {
            ui.add_space(2.0);
            facts(ui, data);
        }
        if let Some((said, tone)) = &data.forecast {
            ui.add_space(2.0);
            ui.label(RichText::new(said).color(palette.tone(*tone)));
        }
        if let Some((said, tone)) = &data.explanation {
            ui.add_space(4.0);
            note(ui, *tone, said, |ui| {
                if data.needs_new_token && ui.button("Replace token…").clicked() {
                    act = Some(Act::ReplaceToken(data.id.clone()));
                }
            });
        }
        if !data.regions.is_empty() {
            ui.add_space(6.0);
            ui.separator();
            ui.add_space(4.0);
            regions(ui, data);
            ui.add_space(4.0);
        }
        if !data.needs_new_token {
            ui.add_space(4.0);
            let action = top::show(ui, &data.id, tops);
            act = action.map(|action| Act::Top(data.id.clone(), action)).or(act.take());
        }
        ui.add_space(4.0);
        let below: Vec<&str> =
            std::iter::once(data.updated.as_str()).chain(data.remarks.iter().map(String::as_str)).collect();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = if histories.is_open(&data.id) { "Hide history" } else { "Show history" };
            let button = ui.button(label);
            // Several cards have one: to who hears them they are told apart.
            named(ui, &button, &format!("{label} of {}", data.name));
            if button.clicked() {
                act = Some(Act::History(data.id.clone()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| faint(ui, below.join("  ·  ")));
        });
        act = history::show(ui, &data.id, &data.name, histories).or(act.take());
    });
    act
}

fn facts(ui: &mut Ui, data: &Card) {
    let palette = Palette::of(ui);
    let width = ui.available_width() / data.facts.len().max(4) as f32;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (name, value) in &data.facts {
            ui.allocate_ui_with_layout(Vec2::new(width, 36.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.label(RichText::new(*name).small().color(palette.faint));
                ui.label(RichText::new(value).color(palette.text));
            });
        }
    });
}

fn regions(ui: &mut Ui, data: &Card) {
    let palette = Palette::of(ui);
    let (names, figures) = (150.0, 200.0);
    // Rows of text, not of buttons.
    ui.spacing_mut().interact_size.y = 20.0;
    let bars = (ui.available_width() - names - figures - 2.0 * 16.0).max(60.0);
    Grid::new(("regions", data.id.as_str())).num_columns(3).spacing([16.0, 8.0]).show(ui, |ui| {
        for region in &data.regions {
            let cell = |ui: &mut Ui, width: f32, add: &mut dyn FnMut(&mut Ui)| {
                ui.allocate_ui_with_layout(
                    Vec2::new(width, 20.0),
                    Layout::left_to_right(Align::Center),
                    |ui| {
                        ui.set_width(width);
                        add(ui);
                    },
                );
            };
            cell(ui, names, &mut |ui| {
                line(ui, &region.label, |label| Label::new(label.color(palette.text)).truncate());
            });
            cell(ui, bars, &mut |ui| {
                if let Some(drawn) = &region.bar {
                    draw_bar(ui, drawn, 6.0);
                }
            });
            cell(ui, figures, &mut |ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(RichText::new(&region.usage).color(palette.text));
                });
            });
            ui.end_row();
        }
    });
}

const MONTH: &str = "today";

/// Draws `bar` over the whole width: its thresholds as notches, and below it a mark where the month is.
fn draw_bar(ui: &mut Ui, bar: &Bar, height: f32) {
    let palette = Palette::of(ui);
    let below = if bar.month.is_some() { 18.0 } else { 0.0 };
    let (whole, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), height + below), Sense::hover());
    let rect = Rect::from_min_size(whole.min, Vec2::new(whole.width(), height));
    let round = CornerRadius::same((height / 2.0) as u8);
    let painter = ui.painter();
    painter.rect_filled(rect, round, palette.track);
    let used =
        Rect::from_min_size(rect.min, Vec2::new((rect.width() * bar.used).max(height.min(4.0)), height));
    painter.with_clip_rect(used).rect_filled(rect, round, palette.area(bar.tone));
    let at = |share: f32| rect.left() + rect.width() * share;
    for (share, _) in bar.thresholds.iter().filter(|(share, _)| *share < 0.995) {
        // Seen on the full and on the empty part alike.
        let line = [pos2(at(*share), rect.top()), pos2(at(*share), rect.bottom())];
        painter.line_segment(line, Stroke::new(2.0, palette.card));
        // As wide as the notch that it goes on from. Where nothing is below there is no room for it.
        if below > 0.0 {
            let mark = [pos2(at(*share), rect.bottom()), pos2(at(*share), rect.bottom() + 3.0)];
            painter.line_segment(mark, Stroke::new(2.0, palette.edge));
        }
    }
    if let Some(month) = bar.month {
        let tip = pos2(at(month), rect.bottom() + 2.0);
        let corners: Vec<Pos2> = vec![tip, tip + Vec2::new(4.0, 6.0), tip + Vec2::new(-4.0, 6.0)];
        painter.add(Shape::convex_polygon(corners, palette.faint, Stroke::NONE));
        let galley = painter.layout_no_wrap(MONTH.to_owned(), FontId::proportional(11.0), palette.faint);
        let right = tip.x + 9.0 + galley.size().x <= rect.right();
        let x = if right { tip.x + 8.0 } else { tip.x - 8.0 - galley.size().x };
        painter.galley(pos2(x, rect.bottom() + 2.0), galley, palette.faint);
    }
    let words = bar.words.clone();
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
    response.on_hover_text(&bar.words);
}
