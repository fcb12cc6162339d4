//! The pages of the window, and what of them is to be shown.

use super::config::{AccountId, Word};

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

/// What the window is to show when it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// A page.
    Page(Page),
    /// The form of an entry.
    Edit(AccountId),
    /// The form of an entry, at the field of its token.
    ReplaceToken(AccountId),
    /// What program this is.
    About,
}

impl View {
    /// The page that it is on.
    pub fn page(&self) -> Page {
        match self {
            View::Page(page) => *page,
            View::Edit(_) | View::ReplaceToken(_) => Page::Accounts,
            View::About => Page::Usage,
        }
    }
}

/// The desktop's leave to come to the front, which it gives with a click: a Wayland desktop lets nobody there without.
/// Its own name for it is an activation token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave(String);

impl Leave {
    /// More than any desktop's own has.
    const LONGEST: usize = 200;

    /// What the desktop gave, if it can be one: a word of letters, digits and signs.
    pub fn new(given: &str) -> Option<Leave> {
        let may_be =
            (1..=Leave::LONGEST).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_graphic());
        may_be.then(|| Leave(given.to_owned()))
    }

    /// As the desktop gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A call for the window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    /// What it is to show.
    pub view: View,
    /// What it may come to the front with.
    pub leave: Option<Leave>,
}

impl From<View> for Call {
    fn from(view: View) -> Call {
        Call { view, leave: None }
    }
}

impl Default for View {
    fn default() -> View {
        View::Page(Page::default())
    }
}

impl From<Page> for View {
    fn from(page: Page) -> View {
        View::Page(page)
    }
}
