//! What the window is asked to show, where, and with which right to come to the front.

use serde::{Deserialize, Serialize};

use crate::domain::config::{AccountId, ConfigEnum};

/// The scheme of links that lead to the window.
pub const LINK_SCHEME: &str = "linode-bandwidth";

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

    /// The link that leads to it: `linode-bandwidth:account/acme`.
    pub fn link(&self) -> String {
        let (verb, id) = match self {
            View::Account(id) => ("account/", id.as_str()),
            View::Edit(id) | View::ReplaceToken(id) => ("replace-token/", id.as_str()),
            View::Page(_) | View::About | View::Quit => ("", self.page().as_str()),
        };
        format!("{LINK_SCHEME}:{verb}{id}")
    }

    /// What `link` leads to, if it is one that [`View::link`] makes. Any web page may call it, so it only ever shows
    /// something.
    pub fn from_link(link: &str) -> Option<View> {
        let (scheme, rest) = link.split_once(':')?;
        if !scheme.eq_ignore_ascii_case(LINK_SCHEME) {
            return None;
        }
        match rest.split_once('/') {
            None => Page::parse(rest).map(View::Page),
            Some(("account", id)) => id.parse().ok().map(View::Account),
            Some(("replace-token", id)) => id.parse().ok().map(View::ReplaceToken),
            Some(_) => None,
        }
    }

    /// The account that it is about.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            View::Account(id) | View::Edit(id) | View::ReplaceToken(id) => Some(id),
            View::Page(_) | View::About | View::Quit => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_where_it_was_made_for() {
        let id = |text: &str| text.parse::<AccountId>().unwrap();
        let pages = Page::VARIANTS.iter().map(|(_, page)| View::Page(*page));
        let accounts = [View::Account(id("acme")), View::ReplaceToken(id("acme-2"))];
        for view in pages.chain(accounts) {
            assert_eq!(View::from_link(&view.link()), Some(view));
        }
        assert_eq!(View::Account(id("acme")).link(), "linode-bandwidth:account/acme");
        assert_eq!(View::from_link("LINODE-bandwidth:usage"), Some(View::default()));
    }

    #[test]
    fn a_link_can_only_show_something() {
        for link in [
            "",
            "usage",
            "https:usage",
            "linode-bandwidth:",
            "linode-bandwidth:quit",
            "linode-bandwidth:edit/acme",
            "linode-bandwidth:mute/acme",
            "linode-bandwidth:account/",
            "linode-bandwidth:account/acme/../x",
            "linode-bandwidth:account/acme\" --quit-all \"",
            "linode-bandwidth://account/acme",
        ] {
            assert_eq!(View::from_link(link), None, "{link}");
        }
    }
}
