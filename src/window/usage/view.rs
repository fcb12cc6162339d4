//! The view of the cards.

use std::path::PathBuf;

use eframe::egui::{
    Align, CornerRadius, FontId, Grid, Label, Layout, Pos2, Rect, RichText, Role, Sense, Shape, Stroke, Ui,
    UiBuilder, Vec2, WidgetInfo, pos2,
};

use super::arrangement::Arrangement;
use super::breakdown;
use super::history::{self, Histories};
use super::model::{Bar, Card};
use super::top::{self, RegionNames, Tops};
use crate::domain::config::AccountId;
use crate::domain::text::SET_UP_ACCOUNT;
use crate::window::search;
use crate::window::theme::{GAP, NEAR, Palette, WIDEST, WIDEST_CARD, card};
use crate::window::widgets::{
    Picture, account_heading, busy, cell, config_problem, describe, faint, heading, line, named, note,
    page_up_to, picture_button, primary, tooltip,
};

/// What the user did on the usage page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageAction {
    /// Poll now.
    Refresh,
    /// Open the configuration file.
    OpenConfigFile,
    /// Add the first account.
    SetUp,
    /// Replace this account's token.
    ReplaceToken(AccountId),
    /// Show or hide this account's history.
    History(AccountId),
    /// Choose the file for this account's samples in the desktop's dialog.
    ChooseFile {
        id: AccountId,
        /// The file that the dialog suggests.
        suggested: PathBuf,
    },
    /// Save this account's samples to a file.
    Export {
        id: AccountId,
        file: PathBuf,
        /// Whether to replace an existing file.
        replace: bool,
    },
    /// Show or hide the Linodes that use this account's pools.
    Top(AccountId, top::TopAction),
}

/// Shows the page. `None` for the cards means that they have not arrived yet.
pub fn show(
    ui: &mut Ui,
    cards: Option<&[Card]>,
    histories: &mut Histories,
    problem: Option<&str>,
    refreshing: bool,
    (tops, regions): (&Tops, &RegionNames),
    arrangement: &mut Arrangement,
) -> Option<UsageAction> {
    let (mut act, mut inner) = (None, None);
    let some = cards.is_some_and(|cards| !cards.is_empty());
    let right = |ui: &mut Ui| {
        if some {
            if ui.add_enabled(!refreshing, eframe::egui::Button::new("Refresh now")).clicked() {
                act = Some(UsageAction::Refresh);
            }
            if refreshing {
                busy(ui, "Asking Linode…");
            }
        }
    };
    let count = cards.map_or(0, <[Card]>::len);
    let compact = arrangement.is_compact(count);
    let columns = if compact { 1 } else { columns(ui.available_width(), count) };
    let widest = if columns == 1 { WIDEST_CARD } else { columns as f32 * (WIDEST + GAP) - GAP };
    page_up_to(ui, "Usage", widest, right, |ui| {
        if let Some(problem) = problem {
            if config_problem(ui, problem) {
                inner = Some(UsageAction::OpenConfigFile);
            }
            ui.add_space(GAP);
        }
        match cards {
            None => busy(ui, "Reading the last figures…"),
            Some([]) => inner = empty(ui).or(inner.take()),
            Some(cards) => {
                arrangement.controls(ui, count);
                let shown = arrangement.arrange(cards);
                search::count(ui, shown.len(), count);
                for row in shown.chunks(columns) {
                    ui.columns(columns, |uis| {
                        for (ui, card) in uis.iter_mut().zip(row) {
                            // Fixed ids, wherever the card is placed.
                            let own = UiBuilder::new().id_salt(card.id.as_str());
                            let own = own.layout(Layout::top_down(Align::Min));
                            let shown = ui.scope_builder(own, |ui| {
                                if compact {
                                    ui.spacing_mut().item_spacing.y = 0.0;
                                    show_line(ui, card, arrangement);
                                }
                                if arrangement.is_whole(&card.id, count) {
                                    let linodes = (tops, regions);
                                    inner = show_card(ui, card, histories, linodes).or(inner.take());
                                }
                            });
                            if arrangement.take_scroll_to(&card.id) {
                                shown.response.scroll_to_me(Some(Align::Min));
                            }
                        }
                    });
                    ui.add_space(if compact { 0.0 } else { GAP - NEAR });
                }
            }
        }
    });
    act.or(inner)
}

/// How many cards fit next to each other.
fn columns(width: f32, cards: usize) -> usize {
    const LEAST: f32 = 520.0;
    let room = (width - 2.0 * 24.0 + GAP) / (LEAST + GAP);
    (room as usize).clamp(1, cards.clamp(1, 4))
}

fn empty(ui: &mut Ui) -> Option<UsageAction> {
    let mut act = None;
    ui.add_space(60.0);
    ui.vertical_centered(|ui| {
        heading(ui, "No account yet");
        ui.add_space(NEAR);
        ui.label("A Personal Access Token lets this program read how much of your transfer is used.");
        ui.label("The guide shows how to make one that can read and nothing else.");
        ui.add_space(GAP);
        if primary(ui, SET_UP_ACCOUNT, true).clicked() {
            act = Some(UsageAction::SetUp);
        }
    });
    act
}

fn show_card(
    ui: &mut Ui,
    data: &Card,
    histories: &mut Histories,
    (tops, names): (&Tops, &RegionNames),
) -> Option<UsageAction> {
    let palette = Palette::from_ui(ui);
    let mut act = None;
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        head(ui, data);
        if let Some((region, tone)) = &data.worst_region {
            line(ui, region, |region| Label::new(region.color(palette.tone(*tone))).wrap());
        }
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
            line(ui, said, |said| Label::new(said.color(palette.tone(*tone))).wrap());
        }
        if let Some((said, tone)) = &data.explanation {
            ui.add_space(4.0);
            note(ui, *tone, said, |ui| {
                if data.needs_new_token {
                    let replace = ui.button("Replace token…");
                    named(ui, &replace, &format!("Replace token of {}", data.name));
                    describe(ui, &replace, &data.words);
                    if replace.clicked() {
                        act = Some(UsageAction::ReplaceToken(data.id.clone()));
                    }
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
        if let Some(who) = &data.breakdown {
            ui.add_space(4.0);
            breakdown::show(ui, &data.name, who);
        }
        if !data.needs_new_token {
            ui.add_space(4.0);
            let action = top::show(ui, data, tops, names);
            act = action.map(|action| UsageAction::Top(data.id.clone(), action)).or(act.take());
        }
        ui.add_space(4.0);
        let below: Vec<&str> =
            std::iter::once(data.updated.as_str()).chain(data.remarks.iter().map(String::as_str)).collect();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = if histories.is_open(&data.id) { "Hide history" } else { "Show history" };
            let button = ui.button(label);
            // Several cards have this button, so screen readers need the account's name.
            named(ui, &button, &format!("{label} of {}", data.name));
            if button.clicked() {
                act = Some(UsageAction::History(data.id.clone()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| faint(ui, below.join("  ·  ")));
        });
        act = history::show(ui, &data.id, &data.name, histories).or(act.take());
    });
    act
}

/// Name, state and figure, read in this order.
fn head(ui: &mut Ui, data: &Card) {
    let palette = Palette::from_ui(ui);
    let (state, tone) = &data.state;
    let layout = |text: &str, size: f32, color| {
        let font = FontId::proportional(size);
        ui.painter().layout_no_wrap(text.to_owned(), font, color)
    };
    let state = layout(state, 14.0, palette.tone(*tone));
    let figure = data.figure.as_ref().map(|figure| layout(figure, 28.0, palette.text));
    let right = state.size().x + figure.as_ref().map_or(0.0, |figure| figure.size().x + 10.0);
    ui.horizontal(|ui| {
        let room = Vec2::new((ui.available_width() - right - 10.0).max(60.0), 40.0);
        ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(room);
            ui.spacing_mut().item_spacing.y = 1.0;
            account_heading(ui, &data.name, |name| {
                Label::new(name.size(17.0).color(palette.text)).truncate()
            });
            line(ui, &data.watch, |watch| Label::new(watch.small().color(palette.faint)).truncate());
        });
        ui.with_layout(Layout::left_to_right(Align::Max), |ui| {
            ui.set_min_height(room.y);
            ui.label(state);
            if let Some(figure) = figure {
                ui.label(figure);
            }
        });
    });
}

/// An account as a single line. Clicking it opens its card.
fn show_line(ui: &mut Ui, data: &Card, arrangement: &mut Arrangement) {
    let palette = Palette::from_ui(ui);
    let open = arrangement.is_open(&data.id);
    ui.horizontal(|ui| {
        ui.set_min_height(32.0);
        let (picture, verb) = if open { (Picture::Down, "Hide") } else { (Picture::Right, "Show") };
        let button = picture_button(ui, picture, &format!("{verb} {}", data.name), true);
        describe(ui, &button, &data.words);
        if button.clicked() {
            arrangement.toggle(&data.id);
        }
        let (figures, states) = (64.0, 110.0);
        let names = ((ui.available_width() - figures - states) * 0.45).max(80.0);
        let bars = (ui.available_width() - names - figures - states - 3.0 * 8.0).max(40.0);
        cell(ui, names, |ui| {
            let name =
                account_heading(ui, &data.name, |name| Label::new(name.color(palette.text)).truncate());
            tooltip(name, &data.name);
        });
        cell(ui, bars, |ui| {
            if let Some(drawn) = &data.bar {
                draw_bar(ui, &Bar { month: None, ..drawn.clone() }, 8.0);
            }
        });
        cell(ui, figures, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(RichText::new(data.figure.as_deref().unwrap_or("–")).color(palette.text));
            });
        });
        cell(ui, states, |ui| {
            let (state, tone) = &data.state;
            let state =
                ui.add(Label::new(RichText::new(state).small().color(palette.tone(*tone))).truncate());
            if let Some((region, _)) = &data.worst_region {
                describe(ui, &state, region);
                tooltip(state, region);
            }
        });
    });
}

fn facts(ui: &mut Ui, data: &Card) {
    let palette = Palette::from_ui(ui);
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
    let palette = Palette::from_ui(ui);
    let width = ui.available_width();
    let (names, figures) = ((0.28 * width).min(150.0), (0.46 * width).min(200.0));
    // Rows of text are lower than rows of buttons.
    ui.spacing_mut().interact_size.y = 20.0;
    let bars = (width - names - figures - 2.0 * 16.0).max(24.0);
    Grid::new(("regions", data.id.as_str())).num_columns(3).spacing([16.0, 8.0]).show(ui, |ui| {
        for region in &data.regions {
            cell(ui, names, |ui| {
                line(ui, &region.label, |label| Label::new(label.color(palette.text)).truncate());
            });
            cell(ui, bars, |ui| {
                if let Some(drawn) = &region.bar {
                    draw_bar(ui, drawn, 6.0);
                }
            });
            cell(ui, figures, |ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(RichText::new(&region.usage).color(palette.text));
                });
            });
            ui.end_row();
        }
    });
}

const MONTH: &str = "today";

/// Draws `bar` over the full width: thresholds as notches, and the month's marker below it.
fn draw_bar(ui: &mut Ui, bar: &Bar, height: f32) {
    let palette = Palette::from_ui(ui);
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
        // Visible on both the filled and the empty part.
        let line = [pos2(at(*share), rect.top()), pos2(at(*share), rect.bottom())];
        painter.line_segment(line, Stroke::new(2.0, palette.card));
        // As wide as the notch above it. Left out if there is no space below the bar.
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
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_numeric_value(bar.percent);
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(100.0);
    });
    response.on_hover_text(&bar.words);
}
