//! What the window is asked to show, where, and with which right to come to the front.

use serde::{Deserialize, Serialize};

use crate::domain::config::{AccountId, ConfigEnum};

/// A page of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

impl ConfigEnum for Page {
    const VARIANTS: &'static [(&'static str, Self)] = &[
        ("usage", Page::Usage),
        ("accounts", Page::Accounts),
        ("settings", Page::Settings),
        ("token-guide", Page::TokenGuide),
    ];
}

/// What the window is to show when it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// A page.
    Page(Page),
    /// The figures of an account.
    Account(AccountId),
    /// The form of an entry.
    Edit(AccountId),
    /// The form of an entry, at the field of its token.
    ReplaceToken(AccountId),
    /// What program this is.
    About,
    /// The question whether to discard what is not saved, where something is not: the tray quits after it.
    Quit,
}

impl View {
    /// The page that it is on.
    pub fn page(&self) -> Page {
        match self {
            View::Page(page) => *page,
            View::Edit(_) | View::ReplaceToken(_) => Page::Accounts,
            View::Account(_) | View::About | View::Quit => Page::Usage,
        }
    }
}

/// A Wayland activation token (xdg-activation). Without one no window may raise itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ActivationToken(String);

impl ActivationToken {
    /// More than any desktop's own has.
    const MAX_LEN: usize = 200;

    /// What the desktop gave, if it can be one: a word of letters, digits and signs.
    pub fn new(given: &str) -> Option<ActivationToken> {
        let may_be = (1..=ActivationToken::MAX_LEN).contains(&given.len())
            && given.bytes().all(|b| b.is_ascii_graphic());
        may_be.then(|| ActivationToken(given.to_owned()))
    }

    /// As the desktop gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ActivationToken {
    type Error = &'static str;

    fn try_from(given: String) -> Result<ActivationToken, &'static str> {
        ActivationToken::new(&given).ok_or("not an activation token")
    }
}

impl From<ActivationToken> for String {
    fn from(token: ActivationToken) -> String {
        token.0
    }
}

/// The names of the display that a program shows its windows on; none where there is one for all, or it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DisplayNames(Vec<String>);

impl DisplayNames {
    /// The display with these names. On Wayland there may be one for X programs beside it.
    pub fn new(names: Vec<String>) -> DisplayNames {
        DisplayNames(names)
    }

    /// Whether both are names of one display, as far as is known.
    pub fn is(&self, other: &DisplayNames) -> bool {
        let unknown = self.0.is_empty() || other.0.is_empty();
        unknown || self.0.iter().any(|name| other.0.contains(name))
    }
}

/// What the window is asked to show, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WindowRequest {
    /// What it is to show.
    pub view: View,
    /// What it may come to the front with.
    pub activation: Option<ActivationToken>,
    /// Where it is to show it.
    #[serde(default)]
    pub display: DisplayNames,
}

impl From<View> for WindowRequest {
    fn from(view: View) -> WindowRequest {
        WindowRequest { view, ..WindowRequest::default() }
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
