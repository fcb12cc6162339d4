//! Changes to a configuration that keep what the user wrote around them.

use serde_json::Value;

use super::error::EditError;
use super::layout::{Block, Layout};
use super::parse::parse;
use super::patch::Patch;
use crate::domain::config::{
    ACCOUNT_SETTINGS, AccountConfig, AccountId, Config, IconAccount, MAX_NAME_CHARS, SETTINGS,
};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What a copy of the account `name` is called, if that is free.
pub fn copy_name(name: &str) -> String {
    format!("{} copy", name.chars().take(MAX_NAME_CHARS - 5).collect::<String>().trim_end())
}

/// A configuration that is being changed. Each change either is done whole or leaves it as it was; one that changes
/// no value changes no text.
#[derive(Debug)]
pub struct ConfigEditor {
    text: String,
    config: Config,
}

impl ConfigEditor {
    /// The editor of a configuration that reads as `config`.
    pub(super) fn new(text: &str, config: Config) -> ConfigEditor {
        ConfigEditor { text: text.to_owned(), config }
    }

    /// What the editor reads as.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The editor's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// An id for a new account called `name`: none in the file, and none that `used_before` knows.
    pub fn unused_id(&self, name: &str, used_before: impl Fn(&str) -> bool) -> AccountId {
        let here = |id: &str| self.config.accounts.iter().any(|account| account.id.as_str() == id);
        AccountId::from_name(name, |id| here(id) || used_before(id))
    }

    /// Changes settings above the accounts.
    ///
    /// # Errors
    /// [`EditError`] when a value may not be.
    pub fn set(&mut self, change: impl FnOnce(&mut Config)) -> Result<(), EditError> {
        let mut wanted = self.config.clone();
        change(&mut wanted);
        self.write(wanted, None)
    }

    /// Changes account `id`.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account, or a value may not be.
    pub fn set_account(
        &mut self,
        id: &AccountId,
        change: impl FnOnce(&mut AccountConfig),
    ) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        self.set(|config| {
            if let Some(account) = config.accounts.get_mut(index) {
                change(account);
            }
        })
    }

    /// Makes the changes of `patch` to the settings above the accounts.
    ///
    /// # Errors
    /// [`EditError`] when a value may not be.
    pub fn patch(&mut self, patch: &Patch) -> Result<(), EditError> {
        let wanted = patch.apply(&self.config).ok_or(EditError::Unfit)?;
        self.write(wanted, None)
    }

    /// Makes the changes of `patch` to account `id`.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account, or a value may not be.
    pub fn patch_account(&mut self, id: &AccountId, patch: &Patch) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        let account = self.config.accounts.get(index).and_then(|account| patch.apply(account));
        let account = account.ok_or(EditError::Unfit)?;
        self.set_account(id, |changed| *changed = account)
    }

    /// Puts `account` after the others, with those of its settings that are not at their defaults.
    ///
    /// # Errors
    /// [`EditError`] when its id or name is taken, or a value may not be.
    pub fn add(&mut self, account: &AccountConfig) -> Result<(), EditError> {
        self.set(|config| config.accounts.push(account.clone()))
    }

    /// Puts a copy of account `of` below it and the copies that are there already, comments and all.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account, or the id or name is taken or may not be.
    pub fn duplicate(&mut self, of: &AccountId, id: &AccountId, name: &str) -> Result<(), EditError> {
        let index = self.index_of(of)?;
        let mut wanted = self.config.clone();
        if let Some(original) = self.config.accounts.get(index) {
            let copy = AccountConfig { id: id.clone(), name: name.to_owned(), ..original.clone() };
            let below = self.config.accounts.iter().skip(index + 1);
            let prefix = copy_name(&original.name);
            let copies = below.take_while(|account| account.name.starts_with(&prefix)).count();
            wanted.accounts.insert(index + 1 + copies, copy);
        }
        self.write(wanted, Some(index))
    }

    /// Takes out account `id`, with the comments that touch it. An icon that showed it shows the highest again.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account.
    pub fn remove(&mut self, id: &AccountId) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        self.set(|config| {
            config.accounts.remove(index);
            if config.icon_account == IconAccount::Id(id.clone()) {
                config.icon_account = IconAccount::Highest;
            }
        })
    }

    /// Puts account `id` at place `to`, from 0; beyond the last is the last.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account.
    pub fn move_to(&mut self, id: &AccountId, to: usize) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        self.set(|config| {
            let account = config.accounts.remove(index);
            config.accounts.insert(to.min(config.accounts.len()), account);
        })
    }

    fn index_of(&self, id: &AccountId) -> Result<usize, EditError> {
        let position = self.config.accounts.iter().position(|account| account.id == *id);
        position.ok_or_else(|| EditError::NoSuchAccount { id: id.clone() })
    }

    /// Changes the text into one that reads as `wanted`. A new account is a copy of the one at `copied`, if given.
    fn write(&mut self, wanted: Config, copied: Option<usize>) -> Result<(), EditError> {
        if wanted == self.config {
            return Ok(());
        }
        for account in &wanted.accounts {
            let is_new = self.config.account(&account.id).is_none_or(|before| before.name != account.name);
            // Those that are in the file already may stay as they are.
            if is_new && let Some(other) = wanted.account_with_same_name(&account.name, Some(&account.id)) {
                return Err(EditError::NameTaken { name: other.name.clone() });
            }
        }
        let text = self.write_patched(&wanted, copied)?;
        let config = parse(&text).map_err(|error| EditError::Refused(error.kind))?;
        if config != wanted {
            return Err(EditError::Unfit);
        }
        (self.text, self.config) = (text, config);
        Ok(())
    }

    fn write_patched(&self, wanted: &Config, copied: Option<usize>) -> Result<String, EditError> {
        let (mark, text) = match self.text.strip_prefix(BYTE_ORDER_MARK) {
            Some(text) => (BYTE_ORDER_MARK, text),
            None => ("", self.text.as_str()),
        };
        let mut layout = Layout::new(text.parse().map_err(|_| EditError::Unfit)?);
        let patch = Patch::between(&self.config, wanted);
        for spec in SETTINGS.iter().filter(|spec| spec.key != "accounts") {
            if let Some(value) = patch.get(spec.key) {
                // What no longer shows an account of its own needs no line.
                let unset = spec.key == "icon_account" && wanted.icon_account == IconAccount::Highest;
                layout.set(spec.key, if unset { &Value::Null } else { value }).ok_or(EditError::Unfit)?;
            }
        }
        if patch.get("accounts").is_some() {
            if layout.has_list() && !self.config.accounts.is_empty() {
                return Err(EditError::AccountList);
            }
            self.write_accounts(&mut layout, wanted, copied).ok_or(EditError::Unfit)?;
        }
        // The document has line feeds only.
        let text = layout.into_text();
        let is_windows = self.text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
        Ok(format!("{mark}{}", if is_windows { text.replace('\n', "\r\n") } else { text }))
    }

    /// `None` where the text has no place for a change.
    fn write_accounts(&self, layout: &mut Layout, wanted: &Config, copied: Option<usize>) -> Option<()> {
        if layout.has_list() {
            layout.set("accounts", &Value::Null)?;
        }
        let copied =
            copied.and_then(|index| Some((layout.block(index)?.clone(), self.config.accounts.get(index)?)));
        let mut current = self.config.accounts.clone();
        for index in (0..current.len()).rev() {
            if current.get(index).is_some_and(|account| wanted.account(&account.id).is_none()) {
                current.remove(index);
                layout.remove(index)?;
            }
        }
        for (index, account) in wanted.accounts.iter().enumerate() {
            let place = |accounts: &[AccountConfig], id: &AccountId| {
                accounts.iter().skip(index).position(|account| account.id == *id).map(|at| index + at)
            };
            match place(&current, &account.id) {
                Some(at) if at == index => {}
                // The one that is in the way moves, or this one.
                Some(at) => {
                    let in_the_way = current.get(index).filter(|_| at == index + 1);
                    let to = in_the_way.and_then(|other| place(&wanted.accounts, &other.id));
                    let (from, to) = to.map_or((at, index), |to| (index, to.min(current.len() - 1)));
                    let moved = current.remove(from);
                    current.insert(to, moved);
                    let block = layout.remove(from)?;
                    layout.insert(to, block);
                }
                None => {
                    let (mut block, like) = match &copied {
                        Some((block, original)) => (block.clone(), (*original).clone()),
                        None => (Block::default(), AccountConfig::new(account.id.clone(), &account.name)),
                    };
                    block.set("id", &account.id.as_str().into())?;
                    block.set("name", &account.name.as_str().into())?;
                    current.insert(index, like);
                    layout.insert(index, block);
                }
            }
            let patch = Patch::between(current.get(index)?, account);
            let block = layout.block(index)?;
            for spec in ACCOUNT_SETTINGS {
                if let Some(value) = patch.get(spec.key) {
                    block.set(spec.key, value)?;
                }
            }
        }
        Some(())
    }
}
