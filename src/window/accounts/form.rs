//! An account's form: what is typed, what is wrong with it, and what came of saving it. Nothing that is typed is lost
//! before it is kept.

use std::sync::Arc;

use secrecy::zeroize::{Zeroize, Zeroizing};

use crate::app::accounts::warning;
use crate::app::ipc::message::{AccountDraft, SaveError, Saved};
use crate::domain::config::{Account, AccountId, Config, ShowAs, check_name};
use crate::domain::linodes::Linode;
use crate::domain::text;
use crate::domain::token::Token;
use crate::domain::usage::PoolId;
use crate::storage::config::Patch;
use crate::window::allowed;
use crate::window::settings::follow;

/// Room for any token from the start: a text that grows leaves copies behind that nothing wipes.
const ROOM: usize = 4096;

/// The kinds of pool that can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// The account's global pool.
    Global,
    /// A region's.
    Region,
    /// One Linode's.
    Linode,
}

/// What is wrong with each field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wrong {
    /// Of the name.
    pub name: Option<String>,
    /// Of region or Linode.
    pub watch: Option<String>,
    /// Of the token.
    pub token: Option<String>,
    /// Of the thresholds.
    pub thresholds: Option<String>,
}

/// The form.
pub struct Form {
    /// The account as it was; `None` for a new one.
    pub original: Option<Account>,
    /// Its name.
    pub name: String,
    /// The kind of pool that it watches.
    pub pool: Pool,
    /// The region's id.
    pub region: String,
    /// The Linode's id.
    pub linode: String,
    /// The token, while it is being typed.
    pub token: Zeroizing<String>,
    /// Whether the token can be read on the screen.
    pub token_shown: bool,
    /// Whether it has thresholds of its own.
    pub own_thresholds: bool,
    /// They.
    pub thresholds: String,
    /// Its own form of the figure.
    pub show_as: Option<ShowAs>,
    /// What is wrong.
    pub wrong: Wrong,
    /// It is being verified and saved.
    pub saving: bool,
    /// The number under which it was last given away to be saved.
    pub number: u64,
    /// Why it could not be verified: it can be saved all the same.
    pub unverified: Option<String>,
    /// Why it was not saved.
    pub failed: Option<String>,
    /// What the API said of the token.
    pub told: Vec<String>,
    /// The field that is to have the keyboard next.
    pub focus: Option<Focus>,
    /// The Linodes to choose from.
    pub linodes: Linodes,
    /// The token came from the clipboard.
    pub pasted: bool,
}

/// The Linodes that a token can read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Linodes {
    /// Nobody has asked.
    #[default]
    Unknown,
    /// The API is being asked, under this number.
    Asked(u64),
    /// They.
    Known(Vec<Linode>),
    /// Why they can't be had: the scope that is missing, for example.
    Failed(String),
}

impl Linodes {
    /// What the API said.
    pub fn of(listed: Result<Vec<Linode>, String>) -> Linodes {
        match listed {
            Ok(mut linodes) => {
                linodes.sort_by(|left, right| left.label.cmp(&right.label));
                Linodes::Known(linodes)
            }
            Err(why) => Linodes::Failed(why),
        }
    }
}

/// A field that can be given the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The name.
    Name,
    /// The token.
    Token,
}

impl Form {
    /// The form of a new account.
    pub fn new() -> Form {
        Form {
            original: None,
            name: String::new(),
            pool: Pool::Global,
            region: String::new(),
            linode: String::new(),
            token: Zeroizing::new(String::with_capacity(ROOM)),
            token_shown: false,
            own_thresholds: false,
            thresholds: String::new(),
            show_as: None,
            wrong: Wrong::default(),
            saving: false,
            number: 0,
            unverified: None,
            failed: None,
            told: Vec::new(),
            focus: Some(Focus::Name),
            linodes: Linodes::Unknown,
            pasted: false,
        }
    }

    /// The form of a new account below the guide: nothing takes the keyboard there before the steps are read.
    pub fn in_guide() -> Form {
        Form { focus: None, ..Form::new() }
    }

    /// The form of `account`.
    pub fn of(account: &Account, config: &Config) -> Form {
        let mut form = Form::new();
        form.name.clone_from(&account.name);
        match &account.watch {
            PoolId::Global => {}
            PoolId::Region(id) => (form.pool, form.region) = (Pool::Region, id.clone()),
            PoolId::Linode(id) => (form.pool, form.linode) = (Pool::Linode, id.to_string()),
        }
        form.own_thresholds = account.thresholds.is_some();
        form.thresholds = allowed::listed(config.thresholds_of(account));
        form.show_as = account.show_as;
        form.original = Some(account.clone());
        form
    }

    /// Whether something was typed or chosen in it that is not kept.
    pub fn touched(&self) -> bool {
        let untouched = match &self.original {
            None => Form::new(),
            // The common thresholds count for nothing while it has none of its own.
            Some(account) => Form::of(account, &Config::default()),
        };
        let own = |form: &Form| form.own_thresholds.then(|| form.thresholds.clone());
        !self.token.is_empty()
            || (&self.name, self.pool, &self.region, &self.linode)
                != (&untouched.name, untouched.pool, &untouched.region, &untouched.linode)
            || own(self) != own(&untouched)
            || self.show_as != untouched.show_as
    }

    /// The account's id, of one that is there already.
    pub fn id(&self) -> Option<&AccountId> {
        self.original.as_ref().map(|account| &account.id)
    }

    /// Whether there is a token to ask the API with.
    pub fn can_ask(&self) -> bool {
        self.original.is_some() || !self.token.trim().is_empty()
    }

    /// The token that is typed, where it is one.
    pub fn typed_token(&self) -> Option<Arc<Token>> {
        Token::new(self.token.to_string()).ok().map(Arc::new)
    }

    /// Takes up that the account is now as `config` has it: what was typed here stays, all else follows.
    pub fn follow(&mut self, config: &Config) {
        let Some(original) = &self.original else { return };
        let Some(account) = config.account(&original.id) else { return };
        if account == original {
            return;
        }
        let (old, new) = (Form::of(original, config), Form::of(account, config));
        follow(&mut self.name, &old.name, new.name.clone());
        if (self.pool, &self.region, &self.linode) == (old.pool, &old.region, &old.linode) {
            (self.pool, self.region, self.linode) = (new.pool, new.region.clone(), new.linode.clone());
        }
        let thresholds = |form: &Form| form.own_thresholds.then(|| form.thresholds.clone());
        if thresholds(self) == thresholds(&old) {
            (self.own_thresholds, self.thresholds) = (new.own_thresholds, new.thresholds.clone());
        }
        follow(&mut self.show_as, &old.show_as, new.show_as);
        self.original = Some(account.clone());
    }

    /// Whether the account's token comes from a command: there is nothing to paste then.
    pub fn has_token_command(&self) -> bool {
        self.original.as_ref().is_some_and(|account| account.token_command.is_some())
    }

    /// What is to be kept, beside the accounts of `config`; else the form says what is wrong. With `verify`, the API is
    /// asked first, where there is something to ask it.
    pub fn submit(&mut self, config: &Config, verify: bool) -> Option<AccountDraft> {
        (self.unverified, self.failed) = (None, None);
        self.told.clear();
        let watch = self.watch();
        let thresholds = match self.own_thresholds {
            true => allowed::thresholds(&self.thresholds).map(Some),
            false => Ok(None),
        };
        let token = self.checked_token();
        let name = self.checked_name(config);
        self.wrong = Wrong {
            name: name.as_ref().err().cloned(),
            watch: watch.as_ref().err().cloned(),
            token: token.as_ref().err().cloned(),
            thresholds: thresholds.as_ref().err().cloned(),
        };
        let (Ok(name), Ok(watch), Ok(token), Ok(thresholds)) = (name, watch, token, thresholds) else {
            self.focus = match (&self.wrong.name, &self.wrong.token) {
                (Some(_), _) => Some(Focus::Name),
                (None, Some(_)) => Some(Focus::Token),
                (None, None) => None,
            };
            return None;
        };
        let watched_before = self.original.as_ref().map(|account| &account.watch);
        let something_new = token.is_some() || watched_before != Some(&watch);
        let blank = || Account::new(AccountId::from_name(&name, |_| false), &name);
        let account = self.original.clone().unwrap_or_else(blank);
        self.saving = true;
        let account = Account { name, watch, thresholds, show_as: self.show_as, ..account };
        Some(AccountDraft {
            new: self.original.is_none(),
            changes: self
                .original
                .as_ref()
                .map(|before| Patch::between(before, &account))
                .unwrap_or_default(),
            account,
            token,
            verify: verify && something_new,
        })
    }

    /// An empty name of a new account is right: the API may suggest one.
    fn checked_name(&self, config: &Config) -> Result<String, String> {
        let name = self.name.trim();
        if name.is_empty() && self.original.is_none() && !self.token.trim().is_empty() {
            return Ok(String::new());
        }
        check_name(name).map_err(|error| error.to_string())?;
        let taken = |account: &&Account| account.name == name && Some(&account.id) != self.id();
        match config.accounts.iter().find(taken) {
            None => Ok(name.to_owned()),
            Some(_) => Err(format!("There is an account {} already: take another name.", text::quoted(name))),
        }
    }

    fn checked_token(&self) -> Result<Option<Arc<Token>>, String> {
        if self.token.trim().is_empty() && self.original.is_some() {
            return Ok(None);
        }
        Token::new(self.token.to_string())
            .map(|token| Some(Arc::new(token)))
            .map_err(|error| error.to_string())
    }

    fn watch(&self) -> Result<PoolId, String> {
        let text = match self.pool {
            Pool::Global => return Ok(PoolId::Global),
            Pool::Region if self.region.is_empty() => return Err("Choose a region.".to_owned()),
            Pool::Linode if self.linode.trim().is_empty() => {
                return Err("Type the Linode's number: it is in its address in Cloud Manager.".to_owned());
            }
            Pool::Region => format!("region:{}", self.region),
            Pool::Linode => format!("linode:{}", self.linode.trim()),
        };
        text.parse().map_err(|_| "A Linode's id is a whole number, for example 12345678.".to_owned())
    }

    /// Takes up what came of saving. `Some` when the form has done its work: what to say. The token is gone then.
    pub fn saved(&mut self, outcome: Result<&Saved, SaveError>) -> Option<String> {
        self.saving = false;
        let saved = match outcome {
            Ok(saved) => saved,
            Err(SaveError::Refused(said)) => {
                self.wrong.token = Some(said);
                self.focus = Some(Focus::Token);
                return None;
            }
            Err(SaveError::Unverified(said)) => {
                self.unverified = Some(said);
                return None;
            }
            Err(SaveError::Cancelled) => return None,
            Err(SaveError::Failed(said)) => {
                self.failed = Some(said);
                return None;
            }
        };
        self.told = told(saved, &self.watch().unwrap_or(PoolId::Global));
        match &saved.name {
            Some(name) => {
                self.wipe();
                let said = if self.original.is_some() { "Changed" } else { "Added" };
                let told: String = self.told.iter().map(|line| format!(" · {line}")).collect();
                Some(format!("{said} {}{told}", text::quoted(name)))
            }
            None => {
                let suggested = saved.verified.as_ref().and_then(|verified| verified.name());
                match suggested {
                    Some(name) => self.name = name.to_owned(),
                    None => self.wrong.name = Some("Type a name: the API suggests none.".to_owned()),
                }
                self.focus = Some(Focus::Name);
                None
            }
        }
    }

    /// Whether it waits for what comes of the saving of this number.
    pub fn awaits(&self, number: u64) -> bool {
        self.saving && self.number == number
    }

    /// Forgets the token.
    pub fn wipe(&mut self) {
        self.token.zeroize();
        (self.token_shown, self.pasted) = (false, false);
    }
}

/// What the API said, in lines.
fn told(saved: &Saved, watch: &PoolId) -> Vec<String> {
    let Some(verified) = &saved.verified else { return Vec::new() };
    let zone = jiff::tz::TimeZone::system();
    let mut told = vec![text::usage_sentence(&verified.answer.usage.seen_from(watch).pool)];
    told.extend(verified.token().map(|token| text::token_row(&token, jiff::Timestamp::now(), &zone)));
    told.extend(warning(verified.answer.scopes.as_ref(), watch));
    if !saved.same.is_empty() {
        told.push(format!("The same Linode account is here as {}", saved.same.join(", ")));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let account = |id: &str, name: &str| Account::new(id.parse().unwrap(), name);
        Config { accounts: vec![account("acme", "Acme"), account("b", "Bee")], ..Config::default() }
    }

    #[test]
    fn every_wrong_field_says_so_and_nothing_is_lost() {
        let mut form = Form::new();
        (form.name, form.pool, form.linode) = ("Acme".into(), Pool::Linode, "x".into());
        (form.own_thresholds, form.thresholds) = (true, "90, 80".into());
        form.token.push_str("a b");
        assert!(form.submit(&config(), true).is_none());
        assert!(form.wrong.name.as_ref().unwrap().contains("already"));
        assert!(form.wrong.watch.is_some() && form.wrong.token.is_some());
        assert!(form.wrong.thresholds.as_ref().unwrap().contains("allowed is"));
        assert_eq!((form.linode.as_str(), form.token.as_str(), form.saving), ("x", "a b", false));
    }

    #[test]
    fn an_entry_keeps_its_own_name_and_its_token() {
        let config = config();
        let mut form = Form::of(&config.accounts[0], &config);
        let wanted = form.submit(&config, true).unwrap();
        assert!(wanted.token.is_none() && !wanted.verify && !wanted.new, "nothing to ask the API");
        let mut form = Form::of(&config.accounts[0], &config);
        (form.pool, form.region) = (Pool::Region, "id-cgk".into());
        assert!(form.submit(&config, true).unwrap().verify, "it watches something else");
        let mut form = Form::of(&config.accounts[0], &config);
        form.name = "Bee".into();
        assert!(form.submit(&config, true).is_none(), "another's name");
    }

    #[test]
    fn a_refused_token_stays_in_the_form_and_a_kept_one_does_not() {
        let mut form = Form::new();
        form.name = "New".into();
        form.token.push_str("abc");
        assert!(form.submit(&config(), true).unwrap().verify);
        assert!(form.saved(Err(SaveError::Refused("no".into()))).is_none());
        assert_eq!((form.token.as_str(), form.wrong.token.as_deref()), ("abc", Some("no")));
        let saved = Saved { name: Some("New".into()), verified: None, same: Vec::new() };
        assert_eq!(form.saved(Ok(&saved)).as_deref(), Some("Added \"New\""));
        assert!(form.token.is_empty());
    }

    #[test]
    fn only_what_was_changed_is_written_and_what_others_change_follows() {
        let config = config();
        let mut form = Form::of(&config.accounts[0], &config);
        form.name = "Acme Ltd.".into();
        let mut theirs = config.clone();
        theirs.accounts[0].watch = PoolId::Region("id-cgk".to_owned());
        theirs.accounts[0].show_as = Some(ShowAs::Used);
        form.follow(&theirs);
        assert_eq!((form.pool, form.region.as_str()), (Pool::Region, "id-cgk"));
        let wanted = form.submit(&theirs, true).unwrap();
        assert_eq!(wanted.changes, Patch::from_iter([("name", "Acme Ltd.".into())]));
        assert!(!wanted.verify);
    }

    #[test]
    fn a_new_entry_without_a_name_asks_for_a_suggestion() {
        let mut form = Form::new();
        form.token.push_str("abc");
        assert_eq!(form.submit(&config(), true).unwrap().account.name, "");
        form.token.clear();
        assert!(form.submit(&config(), true).is_none());
    }
}
