//! Which cards the usage page shows, in which order, and how compact.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use eframe::egui::{ComboBox, Ui};

use super::model::Card;
use crate::domain::config::AccountId;
use crate::window::search::Search;
use crate::window::widgets::{options, selection_list};

/// With more accounts than this, each is a single line, unless the user chooses otherwise.
const MOST_CARDS: usize = 8;

/// The order of the cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// As in the configuration.
    #[default]
    Configured,
    /// By name.
    Name,
    /// The highest percentage first.
    Percent,
    /// The highest forecast first.
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

/// The user's choices.
#[derive(Debug, Default)]
pub struct Arrangement {
    search: Search,
    order: SortOrder,
    /// Whether each account is a single line; `None` until the user chooses.
    compact: Option<bool>,
    expanded: BTreeSet<AccountId>,
    /// The account to scroll to in the next frame.
    scroll_to: Option<AccountId>,
}

impl Arrangement {
    /// Starts with the choice of cards or lines from the last time.
    pub fn with_compact(compact: Option<bool>) -> Arrangement {
        Arrangement { compact, ..Arrangement::default() }
    }

    /// The user's choice: lines, cards, or none yet.
    pub fn compact(&self) -> Option<bool> {
        self.compact
    }

    /// Whether `id` is shown as a whole card when there are `count` accounts.
    pub fn is_whole(&self, id: &AccountId, count: usize) -> bool {
        !self.is_compact(count) || self.is_open(id)
    }

    /// Whether the card of an account that is a line is open below it.
    pub fn is_open(&self, id: &AccountId) -> bool {
        self.expanded.contains(id)
    }

    /// Whether `count` accounts are shown as single lines.
    pub fn is_compact(&self, count: usize) -> bool {
        self.compact.unwrap_or(count > MOST_CARDS)
    }

    /// Opens or closes the card below an account's line.
    pub fn toggle(&mut self, id: &AccountId) {
        if !self.expanded.remove(id) {
            self.expanded.insert(id.clone());
        }
    }

    /// Opens the card of `id` and scrolls to it. Clears the search.
    pub fn reveal(&mut self, id: AccountId) {
        self.search = Search::default();
        self.expanded.insert(id.clone());
        self.scroll_to = Some(id);
    }

    /// Whether the page must scroll to `id` now. True only once.
    pub fn take_scroll_to(&mut self, id: &AccountId) -> bool {
        self.scroll_to.take_if(|wanted| wanted == id).is_some()
    }

    /// The cards to show, in order.
    pub fn arrange<'a>(&self, cards: &'a [Card]) -> Vec<&'a Card> {
        let found = self.search.filter(cards, |card| [&card.name, &card.watch]);
        let mut shown: Vec<&Card> = found.into_iter().map(|(_, card)| card).collect();
        match self.order {
            // Too few cards to sort.
            _ if !Search::is_useful(cards.len()) => {}
            SortOrder::Configured => {}
            SortOrder::Name => shown.sort_by_cached_key(|card| card.name.to_lowercase()),
            // Unknown values come last.
            SortOrder::Percent => shown.sort_by_key(|card| Reverse(card.percent)),
            SortOrder::Forecast => shown.sort_by_key(|card| Reverse(card.forecast_percent)),
        }
        shown
    }

    /// Shows the search field and the choices above the cards if there are enough of them.
    pub fn controls(&mut self, ui: &mut Ui, count: usize) {
        if !Search::is_useful(count) {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            self.search.field(ui);
            let label = ui.label("Sort by");
            let list = ComboBox::from_id_salt("order").width(120.0);
            let list = selection_list(ui, list, self.order.title(), |ui| {
                options(ui, &mut self.order, SortOrder::ALL.map(|order| (order, order.title())));
            });
            list.labelled_by(label.id);
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
        // Used and forecast in percent; 0 means unknown.
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
