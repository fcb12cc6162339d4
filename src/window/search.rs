//! The search field for accounts, on the pages that list them.

use eframe::egui::{Key, Modifiers, TextEdit, Ui, Vec2};
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use super::widgets::{faint, named};

/// The number of accounts from which the field is shown.
const SEARCHABLE_FROM: usize = 5;

/// The searched text.
#[derive(Debug, Default)]
pub struct Search(String);

impl Search {
    /// Whether `count` accounts are enough for searching and sorting.
    pub fn is_useful(count: usize) -> bool {
        count >= SEARCHABLE_FROM
    }

    /// Shows the field. Escape clears it.
    pub fn field(&mut self, ui: &mut Ui) {
        let field = TextEdit::singleline(&mut self.0).hint_text("Search").desired_width(150.0);
        let field = ui.add(field.margin(Vec2::new(8.0, 6.0)));
        named(ui, &field, "Search accounts");
        if field.lost_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            self.0.clear();
        }
    }

    /// The accounts that contain the searched text in one of `texts`, ignoring case and accents; all of them if the
    /// field is not shown.
    pub fn filter<'a, T>(&self, accounts: &'a [T], texts: impl Fn(&T) -> [&str; 2]) -> Vec<(usize, &'a T)> {
        let wanted = without_accents(self.0.trim());
        let is_shown = Search::is_useful(accounts.len());
        let matches = |account: &T| texts(account).iter().any(|text| without_accents(text).contains(&wanted));
        accounts.iter().enumerate().filter(|(_, account)| !is_shown || matches(account)).collect()
    }
}

/// `Zoë` as `zoe`
fn without_accents(text: &str) -> String {
    let classes = CanonicalCombiningClassMapBorrowed::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    let letters: String = decomposed.chars().filter(|c| classes.get_u8(*c) == 0).collect();
    letters.to_lowercase()
}

/// Shows how many accounts match, if some don't.
pub fn count(ui: &mut Ui, shown: usize, all: usize) {
    if shown == 0 {
        faint(ui, "No matching accounts");
    } else if shown < all {
        faint(ui, format!("{shown} of {all} accounts"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_ignores_case_and_accents_and_a_hidden_field() {
        assert_eq!(without_accents("Zoë TŘÍ 東京"), "zoe tri 東京");
        let names = ["Zoo", "acme", "Beta", "Empty", "Delta"];
        let found = |names: &[&'static str]| -> Vec<&str> {
            let found = Search(" A ".to_owned()).filter(names, |name| [*name, ""]);
            found.into_iter().map(|(_, name)| *name).collect()
        };
        assert_eq!(found(&names), ["acme", "Beta", "Delta"]);
        assert_eq!(found(&names[..2]), ["Zoo", "acme"]);
    }
}
