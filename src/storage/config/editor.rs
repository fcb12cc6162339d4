//! Edits a configuration's text and keeps the user's comments and formatting.

use serde_json::Value;

use super::error::EditError;
use super::layout::{Block, Layout};
use super::parse::parse;
use super::patch::Patch;
use crate::domain::config::{
    ACCOUNT_SETTINGS, AccountConfig, AccountId, Config, IconAccount, MAX_NAME_CHARS, SETTINGS,
};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The preferred name of a copy of the account `name`.
pub fn copy_name(name: &str) -> String {
    format!("{} copy", name.chars().take(MAX_NAME_CHARS - 5).collect::<String>().trim_end())
}

/// A configuration under edit. Each change is applied completely or not at all; a change without a new value
/// leaves the text as it is.
#[derive(Debug)]
pub struct ConfigEditor {
    text: String,
    config: Config,
}

impl ConfigEditor {
    /// An editor of `text`, which parses as `config`.
    pub(super) fn new(text: &str, config: Config) -> ConfigEditor {
        ConfigEditor { text: text.to_owned(), config }
    }

    /// The edited configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The edited text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// An id for a new account called `name` that is neither in the file nor known to `used_before`.
    pub fn unused_id(&self, name: &str, used_before: impl Fn(&str) -> bool) -> AccountId {
        let here = |id: &str| self.config.accounts.iter().any(|account| account.id.as_str() == id);
        AccountId::from_name(name, |id| here(id) || used_before(id))
    }

    /// Changes global settings.
    ///
    /// # Errors
    /// [`EditError`] for an invalid value.
    pub fn set(&mut self, change: impl FnOnce(&mut Config)) -> Result<(), EditError> {
        let mut wanted = self.config.clone();
        change(&mut wanted);
        self.write(wanted, None)
    }

    /// Changes account `id`.
    ///
    /// # Errors
    /// [`EditError`] for an unknown account or an invalid value.
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

    /// Applies `patch` to the global settings.
    ///
    /// # Errors
    /// [`EditError`] for an invalid value.
    pub fn patch(&mut self, patch: &Patch) -> Result<(), EditError> {
        let wanted = patch.apply(&self.config).ok_or(EditError::Unfit)?;
        self.write(wanted, None)
    }

    /// Applies `patch` to account `id`.
    ///
    /// # Errors
    /// [`EditError`] for an unknown account or an invalid value.
    pub fn patch_account(&mut self, id: &AccountId, patch: &Patch) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        let account = self.config.accounts.get(index).and_then(|account| patch.apply(account));
        let account = account.ok_or(EditError::Unfit)?;
        self.set_account(id, |changed| *changed = account)
    }

    /// Adds `account` after the others, with its settings that differ from the defaults.
    ///
    /// # Errors
    /// [`EditError`] if its id or name is taken, or a value is invalid.
    pub fn add(&mut self, account: &AccountConfig) -> Result<(), EditError> {
        self.set(|config| config.accounts.push(account.clone()))
    }

    /// Inserts a copy of account `of`, comments included, below it and its existing copies.
    ///
    /// # Errors
    /// [`EditError`] for an unknown account, or an id or name that is taken or invalid.
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

    /// Removes account `id` and its adjacent comments. An icon bound to it returns to the highest account.
    ///
    /// # Errors
    /// [`EditError`] for an unknown account.
    pub fn remove(&mut self, id: &AccountId) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        self.set(|config| {
            config.accounts.remove(index);
            if config.icon_account == IconAccount::Id(id.clone()) {
                config.icon_account = IconAccount::Highest;
            }
        })
    }

    /// Moves account `id` to index `to`; an index past the end means the last place.
    ///
    /// # Errors
    /// [`EditError`] for an unknown account.
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

    /// Changes the text so that it parses as `wanted`. A new account is a copy of the one at index `copied`, if
    /// given.
    fn write(&mut self, wanted: Config, copied: Option<usize>) -> Result<(), EditError> {
        if wanted == self.config {
            return Ok(());
        }
        for account in &wanted.accounts {
            let is_new = self.config.account(&account.id).is_none_or(|before| before.name != account.name);
            // Names that the file already has may stay.
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
                // The default needs no line.
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
        // `toml_edit` writes line feeds only.
        let text = layout.into_text();
        let is_windows = self.text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
        Ok(format!("{mark}{}", if is_windows { text.replace('\n', "\r\n") } else { text }))
    }

    /// `None` if the text has no place for a change.
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
                // With neighbors swapped, move the one in the way to its final place; otherwise move this one.
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
