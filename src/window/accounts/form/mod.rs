//! The form of an account: its fields, their validation, and the outcome of saving. What the user typed stays until it is
//! saved or discarded.

use std::sync::Arc;

use secrecy::zeroize::{Zeroize, Zeroizing};

use crate::app::accounts::token_command::{self, TokenCommandError};
use crate::app::accounts::{same_account_warning, warning};
use crate::app::ipc::message::{AccountDraft, SaveError, Saved, TokenRef};
use crate::domain::config::{AccountConfig, AccountId, Config, MAX_NAME_CHARS, ShowAs, check_name};
use crate::domain::linodes::Linode;
use crate::domain::text;
use crate::domain::token::Token;
use crate::domain::usage::PoolId;
use crate::storage::config::Patch;
use crate::window::allowed;
use crate::window::settings::follow;
use crate::window::theme::Tone;

/// The initial capacity, enough for any token: a string that grows leaves copies behind that nothing wipes.
pub const MAX_TOKEN_CHARS: usize = 4096;

/// The kind of pool that the account watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchChoice {
    Global,
    Region,
    Linode,
}

/// Where an account's token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSource {
    /// The keyring, which stores a pasted token.
    Keyring,
    /// A program that prints the token.
    Command,
}

/// The error below each field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldErrors {
    pub name: Option<String>,
    pub watch: Option<String>,
    pub token: Option<String>,
    pub command: Option<String>,
    pub thresholds: Option<String>,
}

pub struct AccountForm {
    /// The account as it was; `None` for a new one.
    pub original: Option<AccountConfig>,
    pub name: String,
    /// The kind of pool that it watches.
    pub pool: WatchChoice,
    pub region: String,
    pub linode: String,
    /// Where the token comes from.
    pub token_source: TokenSource,
    /// The program that prints the token, and its arguments, in one line.
    pub command: String,
    /// The token, while it is being typed.
    pub token: Zeroizing<String>,
    /// Whether the token can be read on the screen.
    pub token_shown: bool,
    /// Whether the account overrides the thresholds in Settings.
    pub own_thresholds: bool,
    pub thresholds: String,
    /// `None` for the one in Settings.
    pub show_as: Option<ShowAs>,
    /// Set by [`AccountForm::check`].
    pub wrong: FieldErrors,
    /// The kind of pool when the user last tried to save. From then on untouched fields show their errors too.
    tried: Option<WatchChoice>,
    /// Whether the name must not be empty, because the API suggested none.
    needs_name: bool,
    /// Why the API refused the typed token.
    pub refused: Option<String>,
    /// A note below a field, until the user types into it.
    pub remark: Option<(Focus, &'static str)>,
    /// The original account, if it was removed elsewhere while the form was open.
    pub removed: Option<AccountConfig>,
    /// Whether it is being verified and saved.
    pub saving: bool,
    /// The number of the last save request.
    pub number: u64,
    /// Why the token could not be verified. The user may save anyway.
    pub unverified: Option<String>,
    /// Why it was not saved.
    pub failed: Option<String>,
    /// What the API said about the token, one message per line.
    pub told: Vec<(Tone, String)>,
    /// The field to focus in the next frame.
    pub focus: Option<Focus>,
    pub linodes: Linodes,
    /// Whether the token came from the clipboard.
    pub pasted: bool,
    /// The frame in which the clipboard was requested.
    pub pasting: Option<u64>,
}

/// The Linodes that a token can read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Linodes {
    /// Not requested yet.
    #[default]
    Unknown,
    /// Requested with this number.
    Asked(u64),
    Known(Vec<Linode>),
    /// Why there is no list, for example a missing scope.
    Failed(String),
}

impl Linodes {
    pub fn from_result(listed: Result<Vec<Linode>, String>) -> Linodes {
        match listed {
            Ok(mut linodes) => {
                linodes.sort_by(|left, right| left.label.cmp(&right.label));
                Linodes::Known(linodes)
            }
            Err(why) => Linodes::Failed(why),
        }
    }
}

/// What can be focused or scrolled to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Name,
    Token,
    /// The command that prints the token.
    Command,
    Watch,
    Thresholds,
    /// The message that says why it was not saved. It only scrolls into view.
    Outcome,
}

impl AccountForm {
    /// The form of a new account.
    pub fn new() -> AccountForm {
        AccountForm {
            original: None,
            name: String::new(),
            pool: WatchChoice::Global,
            region: String::new(),
            linode: String::new(),
            token_source: TokenSource::Keyring,
            command: String::new(),
            token: Zeroizing::new(String::with_capacity(MAX_TOKEN_CHARS)),
            token_shown: false,
            own_thresholds: false,
            thresholds: String::new(),
            show_as: None,
            wrong: FieldErrors::default(),
            tried: None,
            needs_name: false,
            refused: None,
            remark: None,
            removed: None,
            saving: false,
            number: 0,
            unverified: None,
            failed: None,
            told: Vec::new(),
            focus: Some(Focus::Name),
            linodes: Linodes::Unknown,
            pasted: false,
            pasting: None,
        }
    }

    /// The form below the guide. No field is focused: the user reads the steps first.
    pub fn in_guide() -> AccountForm {
        AccountForm { focus: None, ..AccountForm::new() }
    }

    /// The form of `account`.
    pub fn for_account(account: &AccountConfig, config: &Config) -> AccountForm {
        let mut form = AccountForm::new();
        form.name.clone_from(&account.name);
        match &account.watch {
            PoolId::Global => {}
            PoolId::Region(id) => (form.pool, form.region) = (WatchChoice::Region, id.clone()),
            PoolId::Linode(id) => (form.pool, form.linode) = (WatchChoice::Linode, id.to_string()),
        }
        form.own_thresholds = account.thresholds.is_some();
        form.thresholds = allowed::listed(config.thresholds_of(account));
        form.show_as = account.show_as;
        if let Some(command) = &account.token_command {
            (form.token_source, form.command) = (TokenSource::Command, token_command::join(command));
        }
        form.original = Some(account.clone());
        form
    }

    /// The form as it was when it opened.
    fn as_opened(&self) -> AccountForm {
        match &self.original {
            None => AccountForm::new(),
            // Without thresholds of its own, those of the settings do not matter here.
            Some(account) => AccountForm::for_account(account, &Config::default()),
        }
    }

    /// Whether it has unsaved changes.
    pub fn touched(&self) -> bool {
        let untouched = self.as_opened();
        let own = |form: &AccountForm| form.own_thresholds.then(|| form.thresholds.clone());
        !self.token.is_empty()
            || self.token_comes_from() != untouched.token_comes_from()
            || (&self.name, self.pool, &self.region, &self.linode)
                != (&untouched.name, untouched.pool, &untouched.region, &untouched.linode)
            || own(self) != own(&untouched)
            || self.show_as != untouched.show_as
    }

    /// The page's heading.
    pub fn title(&self) -> String {
        let edited = self.original.as_ref();
        edited.map_or_else(
            || "New account".to_owned(),
            |account| format!("Edit {}", text::isolated(&account.name)),
        )
    }

    /// The id of an existing account.
    pub fn id(&self) -> Option<&AccountId> {
        self.original.as_ref().map(|account| &account.id)
    }

    /// Where the token comes from, and from which command.
    fn token_comes_from(&self) -> (TokenSource, &str) {
        match self.token_source {
            TokenSource::Keyring => (TokenSource::Keyring, ""),
            TokenSource::Command => (TokenSource::Command, self.command.trim()),
        }
    }

    /// Whether the account already has a token that this form does not change.
    pub fn uses_stored_token(&self) -> bool {
        let is_same = self.token_comes_from() == self.as_opened().token_comes_from();
        self.original.is_some() && is_same && self.typed_text().is_empty()
    }

    /// Whether there is a token to use with the API.
    pub fn can_ask(&self) -> bool {
        self.uses_stored_token() || !self.typed_text().is_empty()
    }

    /// The text in the field for the token or the command.
    fn typed_text(&self) -> &str {
        match self.token_source {
            TokenSource::Keyring => self.token.trim(),
            TokenSource::Command if self.token_comes_from() == self.as_opened().token_comes_from() => "",
            TokenSource::Command => self.command.trim(),
        }
    }

    /// The token to use with the API.
    pub fn token_ref(&self) -> Option<TokenRef> {
        if self.uses_stored_token() {
            return self.id().cloned().map(TokenRef::Stored);
        }
        match self.token_source {
            TokenSource::Keyring => self.typed_token().map(TokenRef::Typed),
            TokenSource::Command => token_command::split(&self.command).ok().map(TokenRef::Command),
        }
    }

    /// The typed token, if it is valid and goes into the keyring.
    fn typed_token(&self) -> Option<Arc<Token>> {
        if self.token_source == TokenSource::Command {
            return None;
        }
        Token::new(self.token.to_string()).ok().map(Arc::new)
    }

    /// The field for the token or the command.
    pub fn token_field(&self) -> Focus {
        match self.token_source {
            TokenSource::Keyring => Focus::Token,
            TokenSource::Command => Focus::Command,
        }
    }

    /// Applies changes that were made elsewhere, except to fields that the user changed.
    pub fn follow(&mut self, config: &Config) {
        if let Some(removed) = self.removed.take_if(|removed| config.account(&removed.id).is_some()) {
            self.original = Some(removed);
        }
        let Some(original) = &self.original else { return };
        let Some(account) = config.account(&original.id) else {
            self.removed = self.original.take();
            return;
        };
        if account == original {
            return;
        }
        let (old, new) =
            (AccountForm::for_account(original, config), AccountForm::for_account(account, config));
        follow(&mut self.name, &old.name, new.name.clone());
        if (self.pool, &self.region, &self.linode) == (old.pool, &old.region, &old.linode) {
            (self.pool, self.region, self.linode) = (new.pool, new.region.clone(), new.linode.clone());
        }
        let thresholds = |form: &AccountForm| form.own_thresholds.then(|| form.thresholds.clone());
        if thresholds(self) == thresholds(&old) {
            (self.own_thresholds, self.thresholds) = (new.own_thresholds, new.thresholds.clone());
        }
        follow(&mut self.show_as, &old.show_as, new.show_as);
        if self.token_comes_from() == old.token_comes_from() {
            (self.token_source, self.command) = (new.token_source, new.command.clone());
        }
        self.original = Some(account.clone());
    }

    /// The account to save, or `None` if a field has an error; the first such field is focused. With `verify`, the API
    /// is asked first if the token or the pool is new.
    pub fn submit(&mut self, config: &Config, verify: bool) -> Option<AccountDraft> {
        self.refused = None;
        (self.tried, self.needs_name) = (Some(self.pool), self.needs_name || !verify);
        self.check(config);
        let wrong = &self.wrong;
        let fields = [
            (Focus::Name, &wrong.name),
            (Focus::Token, &wrong.token),
            (Focus::Command, &wrong.command),
            (Focus::Watch, &wrong.watch),
            (Focus::Thresholds, &wrong.thresholds),
        ];
        self.focus = fields.into_iter().find_map(|(field, wrong)| wrong.as_ref().map(|_| field));
        let (None, Ok(watch), Ok(thresholds), Ok(token_command)) =
            (self.focus, self.watch(), self.parsed_thresholds(), self.token_command())
        else {
            return None;
        };
        (self.unverified, self.failed) = (None, None);
        self.told.clear();
        let name = self.name.trim().to_owned();
        let token = self.typed_token();
        let before = self.original.as_ref().map(|account| (&account.watch, &account.token_command));
        let something_new = token.is_some() || before != Some((&watch, &token_command));
        let blank = || AccountConfig::new(AccountId::from_name(&name, |_| false), &name);
        let account = self.original.clone().unwrap_or_else(blank);
        self.saving = true;
        let show_as = self.show_as;
        let account = AccountConfig { name, watch, thresholds, show_as, token_command, ..account };
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

    /// Validates the fields. Returns whether an error appeared or disappeared.
    pub fn check(&mut self, config: &Config) -> bool {
        let touched = |field: bool| self.tried.is_some() || field;
        let wrong = FieldErrors {
            name: self.name_error(config).filter(|_| touched(self.name != self.as_opened().name)),
            watch: self.watch().err().filter(|_| {
                let typed = self.pool == WatchChoice::Linode && !self.linode.trim().is_empty();
                typed || self.tried == Some(self.pool)
            }),
            token: self.token_error().filter(|_| touched(!self.token.is_empty())),
            command: self.command_error().filter(|_| touched(!self.command.is_empty())),
            thresholds: self.parsed_thresholds().err(),
        };
        let changed = wrong != self.wrong;
        self.wrong = wrong;
        changed
    }

    /// The labels of the fields that prevented saving and still have an error.
    pub fn refused_fields(&self) -> Vec<&'static str> {
        let FieldErrors { name, watch, token, command, thresholds } = &self.wrong;
        let fields = [
            ("Name", name),
            ("Personal Access Token", token),
            ("Command", command),
            ("Watch", watch),
            ("Thresholds", thresholds),
        ];
        let wrong = fields.into_iter().filter(|(_, wrong)| self.tried.is_some() && wrong.is_some());
        wrong.map(|(label, _)| label).collect()
    }

    /// An empty name of a new account is not an error: it becomes the company's name.
    fn name_error(&self, config: &Config) -> Option<String> {
        let name = self.name.trim();
        if name.is_empty() {
            return match &self.original {
                None if !self.needs_name => None,
                None => Some("Enter a name. Linode has none for this account.".to_owned()),
                Some(_) => Some("Enter a name.".to_owned()),
            };
        }
        if Token::looks_like_token(name) {
            return Some(
                "This looks like a token. Enter a name, and paste the token into its own field.".to_owned(),
            );
        }
        if check_name(name).is_err() {
            return Some(format!("Enter at most {MAX_NAME_CHARS} characters, without line breaks or tabs."));
        }
        let other = config.account_with_same_name(name, self.id())?;
        Some(format!("There is already an account {}. Enter another name.", text::quoted(&other.name)))
    }

    fn token_error(&self) -> Option<String> {
        if self.token_source != TokenSource::Keyring {
            return None;
        }
        if self.refused.is_some() {
            return self.refused.clone();
        }
        if self.token.trim().is_empty() {
            let needed = "Paste the token. Cloud Manager shows it once, when it is created.";
            return (!self.uses_stored_token()).then(|| needed.to_owned());
        }
        let wrong = "This is not a token: it contains spaces or characters that tokens never have. Copy it again from Cloud Manager.";
        self.typed_token().is_none().then(|| wrong.to_owned())
    }

    fn command_error(&self) -> Option<String> {
        if self.token_source != TokenSource::Command {
            return None;
        }
        self.refused.clone().or_else(|| self.token_command().err().map(|error| error.to_string()))
    }

    fn token_command(&self) -> Result<Option<Vec<String>>, TokenCommandError> {
        match self.token_source {
            TokenSource::Keyring => Ok(None),
            TokenSource::Command => token_command::split(&self.command).map(Some),
        }
    }

    fn parsed_thresholds(&self) -> Result<Option<Vec<u16>>, String> {
        if !self.own_thresholds {
            return Ok(None);
        }
        allowed::thresholds(&self.thresholds).map(Some).map_err(str::to_owned)
    }

    fn watch(&self) -> Result<PoolId, String> {
        let text = match self.pool {
            WatchChoice::Global => return Ok(PoolId::Global),
            WatchChoice::Region if self.region.trim().is_empty() => return Err("Choose a region.".to_owned()),
            WatchChoice::Region => format!("region:{}", self.region.trim()),
            WatchChoice::Linode => format!("linode:{}", self.linode.trim()),
        };
        let expected = match (self.pool, &self.linodes) {
            (WatchChoice::Region, _) => "Enter a region's id, such as id-cgk.",
            (_, Linodes::Known(linodes)) if !linodes.is_empty() => "Choose a Linode.",
            _ => {
                "Enter the Linode's id, such as 12345678. It is in the address of its page in Cloud Manager."
            }
        };
        text.parse().map_err(|_| expected.to_owned())
    }

    /// Replaces the token with `text` from the clipboard.
    pub fn paste_token(&mut self, text: &str) {
        self.token.zeroize();
        // The capacity is large enough already.
        self.token.extend(text.trim().chars().take(MAX_TOKEN_CHARS));
        (self.pasted, self.refused, self.remark) = (true, None, None);
    }

    /// Handles the outcome of saving. If the account was saved, wipes the token and returns the message to show.
    pub fn saved(&mut self, outcome: Result<&Saved, SaveError>) -> Option<(Tone, String)> {
        self.saving = false;
        let saved = match outcome {
            Ok(saved) => saved,
            Err(SaveError::Refused(said)) => {
                self.refused = Some(said);
                self.focus = Some(self.token_field());
                return None;
            }
            Err(SaveError::Unverified(said)) => {
                self.unverified = Some(said);
                self.focus = Some(Focus::Outcome);
                return None;
            }
            Err(SaveError::Cancelled) => return None,
            Err(SaveError::Failed(said)) => {
                self.failed = Some(said);
                self.focus = Some(Focus::Outcome);
                return None;
            }
        };
        self.told = notes_after_save(saved, &self.watch().unwrap_or(PoolId::Global));
        match &saved.name {
            Some(name) => {
                self.wipe();
                let said = if self.original.is_some() { "Changed" } else { "Added" };
                let warns = self.told.iter().any(|(tone, _)| *tone == Tone::Warning);
                let told: String = self.told.iter().map(|(_, line)| format!(" · {line}")).collect();
                let tone = if warns { Tone::Warning } else { Tone::Good };
                Some((tone, format!("{said} {}{told}", text::quoted(name))))
            }
            None => {
                self.needs_name = true;
                self.focus = Some(Focus::Name);
                None
            }
        }
    }

    /// Whether `outcome` belongs to the save request with this number, or to one that was saved before it could be
    /// cancelled.
    pub fn takes(&self, number: u64, outcome: Result<&Saved, &SaveError>) -> bool {
        let is_saved = outcome.is_ok_and(|saved| saved.name.is_some());
        self.number == number && (self.saving || is_saved)
    }

    /// Whether the saved token came from the clipboard.
    pub fn pasted_token(&self) -> bool {
        self.pasted && self.token_source == TokenSource::Keyring
    }

    /// Wipes the token.
    pub fn wipe(&mut self) {
        self.token.zeroize();
        (self.token_shown, self.pasted, self.pasting) = (false, false, None);
    }
}

/// The messages about the verified token.
fn notes_after_save(saved: &Saved, watch: &PoolId) -> Vec<(Tone, String)> {
    let Some(verified) = &saved.verified else { return Vec::new() };
    let zone = jiff::tz::TimeZone::system();
    let mut told = vec![(Tone::Good, text::usage_sentence(&verified.answer.usage.for_pool(watch).pool))];
    let row = |token| text::token_row(&token, jiff::Timestamp::now(), &zone);
    let no_pool = verified.no_pool.as_deref().map(text::no_pool_in);
    told.extend(no_pool.map(|warning| (Tone::Warning, warning)));
    // For a token that can do too much, the warning is enough.
    told.extend(match warning(verified.answer.scopes.as_ref(), watch) {
        Some(warning) => Some((Tone::Warning, warning)),
        None => verified.token().map(|token| (Tone::Good, row(token))),
    });
    told.extend(saved.other_account.clone().map(|warning| (Tone::Warning, warning)));
    told.extend(same_account_warning(&saved.same).map(|warning| (Tone::Warning, warning)));
    let since = saved.since.map(|since| text::history_goes_on(since, jiff::Timestamp::now(), &zone));
    told.extend(since.map(|since| (Tone::Good, since)));
    told
}

#[cfg(test)]
mod tests;
