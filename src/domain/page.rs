//! The pages of the window.

use super::config::Word;

/// A page of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// The figures, an entry a card.
    #[default]
    Usage,
    /// The entries and their form.
    Accounts,
    /// The settings of the whole program.
    Settings,
    /// How a token is made, and the tokens there are.
    TokenGuide,
}

impl Page {
    /// What its tab and its heading say.
    pub fn title(self) -> &'static str {
        match self {
            Page::Usage => "Usage",
            Page::Accounts => "Accounts",
            Page::Settings => "Settings",
            Page::TokenGuide => "Token guide",
        }
    }
}

impl Word for Page {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("usage", Page::Usage),
        ("accounts", Page::Accounts),
        ("settings", Page::Settings),
        ("token-guide", Page::TokenGuide),
    ];
}
