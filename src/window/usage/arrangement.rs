//! Which cards the page shows, in which order and how long, where there are many.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use eframe::egui::{ComboBox, Ui};

use super::model::Card;
use crate::domain::config::AccountId;
use crate::window::search::Search;
use crate::window::widgets::{describe_selection, options};

/// The number of accounts above which each is a single line, unless the user chooses otherwise.
const MOST_CARDS: usize = 8;

/// The order of the cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// As in the configuration.
    #[default]
    Configured,
    /// By name.
    Name,
    /// The fullest first.
    Percent,
    /// First what will be fullest when the month ends.
    Forecast,
}

impl SortOrder {
    const ALL: [SortOrder; 4] =
        [SortOrder::Configured, SortOrder::Name, SortOrder::Percent, SortOrder::Forecast];

    fn title(self) -> &'static str {
        match self {
            SortOrder::Configured => "As configured",
            SortOrder::Name => "Name",
            SortOrder::Percent => "Percent used",
            SortOrder::Forecast => "Forecast",
        }
    }
}

/// What the user chose of it.
#[derive(Debug, Default)]
pub struct Arrangement {
    search: Search,
    order: SortOrder,
    /// Whether each account is a single line; `None` until the user chooses.
    compact: Option<bool>,
    expanded: BTreeSet<AccountId>,
    /// The account to scroll to when it is drawn next.
    scroll_to: Option<AccountId>,
}

impl Arrangement {
    /// Cards or lines, as the user chose when the window was last open.
    pub fn with_compact(compact: Option<bool>) -> Arrangement {
        Arrangement { compact, ..Arrangement::default() }
    }

    /// What the user chose: lines, cards, or nothing yet.
    pub fn compact(&self) -> Option<bool> {
        self.compact
    }

    /// Whether `id` is shown as a whole card, of `count` accounts.
    pub fn is_whole(&self, id: &AccountId, count: usize) -> bool {
        !self.is_compact(count) || self.is_open(id)
    }

    /// Whether the card of an account that is a line is shown below it.
    pub fn is_open(&self, id: &AccountId) -> bool {
        self.expanded.contains(id)
    }

    /// Whether accounts are single lines, of `count` accounts.
    pub fn is_compact(&self, count: usize) -> bool {
        self.compact.unwrap_or(count > MOST_CARDS)
    }

    /// Shows the card below its line, or no longer.
    pub fn toggle(&mut self, id: &AccountId) {
        if !self.expanded.remove(id) {
            self.expanded.insert(id.clone());
        }
    }

    /// Shows the whole card of `id` and scrolls to it, whatever was searched for.
    pub fn reveal(&mut self, id: AccountId) {
        self.search = Search::default();
        self.expanded.insert(id.clone());
        self.scroll_to = Some(id);
    }

    /// Whether the page scrolls to `id`, once.
    pub fn take_scroll_to(&mut self, id: &AccountId) -> bool {
        self.scroll_to.take_if(|wanted| wanted == id).is_some()
    }

    /// The cards to show, in order.
    pub fn arrange<'a>(&self, cards: &'a [Card]) -> Vec<&'a Card> {
        let found = self.search.filter(cards, |card| [&card.name, &card.watch]);
        let mut shown: Vec<&Card> = found.into_iter().map(|(_, card)| card).collect();
        match self.order {
            // Where they can't be sorted, they are not.
            _ if !Search::is_useful(cards.len()) => {}
            SortOrder::Configured => {}
            SortOrder::Name => shown.sort_by_cached_key(|card| card.name.to_lowercase()),
            // What is not known comes last.
            SortOrder::Percent => shown.sort_by_key(|card| Reverse(card.percent)),
            SortOrder::Forecast => shown.sort_by_key(|card| Reverse(card.forecast_percent)),
        }
        shown
    }

    /// Shows the search field and the choices above the cards, where there are enough of them.
    pub fn controls(&mut self, ui: &mut Ui, count: usize) {
        if !Search::is_useful(count) {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            self.search.field(ui);
            let label = ui.label("Sort by");
            let list = ComboBox::from_id_salt("order").selected_text(self.order.title()).width(120.0);
            let shown = list.show_ui(ui, |ui| {
                options(ui, &mut self.order, SortOrder::ALL.map(|order| (order, order.title())));
            });
            describe_selection(ui, &shown.response.labelled_by(label.id), self.order.title());
            let mut compact = self.is_compact(count);
            if ui.checkbox(&mut compact, "Compact").changed() {
                self.compact = Some(compact);
                self.expanded.clear();
            }
        });
        ui.add_space(4.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::Pool;

    fn names(arrangement: &Arrangement, cards: &[Card]) -> Vec<String> {
        arrangement.arrange(cards).into_iter().map(|card| card.name.clone()).collect()
    }

    fn cards() -> Vec<Card> {
        // Used and forecast in percent; 0 is not known.
        let of = |(name, used, forecast): (&str, u64, u64)| {
            let percent = |percent| Pool::from_gb(percent, if percent > 0 { 100 } else { 0 }, 0).percent();
            let id = name.to_lowercase().parse().unwrap();
            Card::sample(id, name, percent(used), percent(forecast))
        };
        [("Zoo", 50, 80), ("acme", 105, 110), ("Beta", 9, 120), ("Empty", 0, 0), ("Delta", 30, 0)]
            .map(of)
            .into()
    }

    #[test]
    fn cards_are_sorted_and_what_is_not_known_comes_last() {
        let cards = cards();
        let sorted = |order| names(&Arrangement { order, ..Arrangement::default() }, &cards);
        assert_eq!(sorted(SortOrder::Configured), ["Zoo", "acme", "Beta", "Empty", "Delta"]);
        assert_eq!(sorted(SortOrder::Name), ["acme", "Beta", "Delta", "Empty", "Zoo"]);
        assert_eq!(sorted(SortOrder::Percent), ["acme", "Zoo", "Delta", "Beta", "Empty"]);
        assert_eq!(sorted(SortOrder::Forecast), ["Beta", "acme", "Zoo", "Empty", "Delta"]);
    }
}
