//! What can be asked of the worker, and what it does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;

use super::Backend;
use crate::accounts::{self, AccountError, Verified, verify};
use crate::domain::config::{Account, AccountId, ApiUrl, Config};
use crate::domain::failure::Failure;
use crate::domain::linodes::{Linode, Top};
use crate::domain::plot::PoolHistory;
use crate::domain::snapshot::Snapshot;
use crate::domain::state::State;
use crate::domain::text::quoted;
use crate::domain::token::{ListedToken, Token};
use crate::domain::usage::PoolId;
use crate::instance::{self, InstanceError, Wish};
use crate::linode::{Client, top};
use crate::poller::once::Prompting;
use crate::poller::{Rounds, Tokens, once};
use crate::store::config::{self, AccountField, EditError, Setting};
use crate::store::history::record::{Record, csv};
use crate::store::history::{History, HistoryError};
use crate::store::keyring::Fingerprints;
use crate::store::plain_file;
use crate::store::token_store::TokenStore;

/// How long a running tray may take for a refresh: its user may have to look for the keyring's password.
const REFRESH: Duration = Duration::from_secs(3600);
/// How long it may take to hear of something.
const TELL: Duration = Duration::from_secs(2);

/// Something to do.
#[derive(Debug)]
pub enum Job {
    /// Read configuration and last figures.
    Load,
    /// Get fresh figures.
    Refresh,
    /// Read what the pictures of this entry show.
    History(AccountId),
    /// Save all samples of this entry, called so, to this file.
    Export(AccountId, String, PathBuf),
    /// Ask for the names of regions.
    Regions,
    /// Ask for the tokens of this entry's account.
    Tokens(u64, AccountId),
    /// Ask which Linodes use the pools of this entry.
    Top(u64, AccountId),
    /// Ask for the Linodes that a token can read; the number goes back with them.
    Linodes(u64, Whose),
    /// Keep an entry, new or changed; the number goes back with what came of it.
    Save(u64, Box<Wanted>),
    /// Change one setting of an entry.
    Change(AccountId, AccountField),
    /// Put an entry at this place.
    Move(AccountId, usize),
    /// Copy an entry.
    Duplicate(AccountId),
    /// Remove an entry, and its samples too where asked.
    Remove(AccountId, bool),
    /// Change these settings, all or none.
    Settings(Vec<Setting>),
}

/// Which token asks.
#[derive(Debug)]
pub enum Whose {
    /// This one.
    Typed(Arc<Token>),
    /// The one that this entry has.
    Kept(AccountId),
}

/// An entry as its form has it.
#[derive(Debug)]
pub struct Wanted {
    /// The entry; its id counts for nothing where it is `new`. An empty name asks for a suggestion.
    pub account: Account,
    /// Whether it is a new one.
    pub new: bool,
    /// What is to be changed, where it is not new.
    pub changes: Vec<AccountField>,
    /// A new token.
    pub token: Option<Arc<Token>>,
    /// Whether to ask the API first.
    pub verify: bool,
}

/// What came of a job.
#[derive(Debug)]
pub enum Done {
    /// Of `Load`.
    Loaded(Box<Loaded>),
    /// Of `Refresh`: fresh figures where no tray runs that keeps them.
    Refreshed(Result<Option<Box<Snapshot>>, String>),
    /// Of `History`: what is known of each of its pools.
    History(AccountId, Result<BTreeMap<PoolId, PoolHistory>, String>),
    /// Of `Regions`.
    Regions(Result<BTreeMap<String, String>, String>),
    /// Of `Tokens`.
    Tokens(u64, Result<Vec<ListedToken>, String>),
    /// Of `Top`.
    Top(u64, AccountId, Result<Top, String>),
    /// Of `Linodes`.
    Linodes(u64, Result<Vec<Linode>, String>),
    /// Of `Save`.
    Saved(u64, Result<Box<Saved>, SaveError>),
    /// Of the other changes: what to say.
    Changed(Result<String, String>),
}

/// Configuration and last figures.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration in force, or why there is none.
    pub config: Result<Config, String>,
    /// The file's own `api_url`, where the environment overrides it.
    pub overridden: Option<ApiUrl>,
    /// The last figures.
    pub snapshot: Snapshot,
    /// The names of regions.
    pub regions: BTreeMap<String, String>,
}

impl Loaded {
    /// `config` with the file's own address of the API.
    pub fn as_in_file(&self, config: &Config) -> Config {
        let api_url = self.overridden.clone().unwrap_or_else(|| config.api_url.clone());
        Config { api_url, ..config.clone() }
    }
}

/// An entry that was kept, or that only lacks a name.
#[derive(Debug)]
pub struct Saved {
    /// Its name; `None` while it is not kept because it lacks one.
    pub name: Option<String>,
    /// What the API said, where it was asked.
    pub verified: Option<Verified>,
    /// Entries that are the same account's.
    pub same: Vec<String>,
}

/// Why an entry was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveError {
    /// The API did not take the token.
    Refused(String),
    /// The API could not be asked: it can be kept all the same.
    Unverified(String),
    /// Something else.
    Failed(String),
}

/// Does `job`.
pub(super) fn run(job: Job, backend: &Backend, runtime: &Handle) -> Done {
    let done = carry_out(job, backend, runtime);
    // A failure too may have come after a change.
    if matches!(done, Done::Saved(..) | Done::Changed(_)) {
        runtime.block_on(instance::tell_of_change(&backend.paths.control_socket()));
    }
    done
}

fn carry_out(job: Job, backend: &Backend, runtime: &Handle) -> Done {
    match job {
        Job::Load => Done::Loaded(Box::new(load(backend))),
        Job::Refresh => Done::Refreshed(runtime.block_on(refresh(backend))),
        Job::History(id) => {
            let read = history(backend, &id).map_err(|error| error.to_string());
            Done::History(id, read)
        }
        Job::Export(id, name, file) => Done::Changed(export(backend, &id, &name, &file)),
        Job::Regions => Done::Regions(runtime.block_on(async {
            let config = config::load_in_force(&backend.paths.config_file).unwrap_or_default();
            let client = Client::new(config.api_url).map_err(|error| error.to_string())?;
            client.regions().await.map_err(|failure| failure.to_string())
        })),
        Job::Tokens(number, id) => Done::Tokens(number, runtime.block_on(tokens(backend, &id))),
        Job::Top(number, id) => {
            let found = runtime.block_on(top_of(backend, &id));
            Done::Top(number, id, found)
        }
        Job::Linodes(number, whose) => Done::Linodes(number, runtime.block_on(linodes(backend, whose))),
        Job::Save(number, wanted) => Done::Saved(number, save(*wanted, backend, runtime).map(Box::new)),
        Job::Change(id, field) => Done::Changed(change(backend, |draft| draft.set_account(&id, field))),
        Job::Move(id, to) => Done::Changed(change(backend, |draft| draft.move_to(&id, to))),
        Job::Settings(settings) => {
            let set = |draft: &mut config::Draft| settings.into_iter().try_for_each(|s| draft.set(s));
            Done::Changed(change(backend, set).map(|_| "Saved".to_owned()))
        }
        Job::Duplicate(id) => Done::Changed(with_account(backend, &id, |account| {
            let (_, name) = accounts::duplicate(&backend.paths, &backend.tokens, runtime, account, None)?;
            Ok(format!("Copied {} to {}", quoted(&account.name), quoted(&name)))
        })),
        Job::Remove(id, forget) => Done::Changed(with_account(backend, &id, |account| {
            accounts::remove(&backend.paths, &backend.tokens, runtime, account, forget)?;
            Ok(format!("Removed {}", quoted(&account.name)))
        })),
    }
}

fn load(backend: &Backend) -> Loaded {
    let (kept, trouble) = match crate::store::kept(&backend.paths) {
        Ok((kept, _)) => (kept, None),
        Err(error) => (crate::domain::state::Kept::default(), Some(error.to_string())),
    };
    let regions = kept.regions.clone();
    let config = config::load_in_force(&backend.paths.config_file).map_err(|error| error.to_string());
    let mut snapshot = State::left(kept, config.clone(), Timestamp::now());
    let own = config::load(&backend.paths.config_file).ok().map(|config| config.api_url);
    let overridden = own.filter(|own| config.as_ref().is_ok_and(|config| config.api_url != *own));
    snapshot.config_problem = snapshot.config_problem.or(trouble);
    Loaded { config, overridden, snapshot, regions }
}

fn history(backend: &Backend, id: &AccountId) -> Result<BTreeMap<PoolId, PoolHistory>, HistoryError> {
    let Some(history) = History::open_to_read(&backend.paths.history_file())? else {
        return Ok(BTreeMap::new());
    };
    let now = Timestamp::now();
    let pools = history.series()?.into_iter().filter(|(account, _)| account == id);
    pools.map(|(_, pool)| Ok((pool.clone(), history.pool_history(id, &pool, now)?))).collect()
}

fn export(backend: &Backend, id: &AccountId, name: &str, file: &Path) -> Result<String, String> {
    if !file.is_absolute() {
        return Err(format!("Give the whole path of the file, from its first folder on: {}", file.display()));
    }
    let in_words = |error: &dyn std::fmt::Display| error.to_string();
    let history = History::open_to_read(&backend.paths.history_file()).map_err(|error| in_words(&error))?;
    let mut records = Vec::new();
    if let Some(history) = history {
        let all = history.series().map_err(|error| in_words(&error))?;
        for (account, pool) in all.into_iter().filter(|(account, _)| account == id) {
            let samples =
                history.samples(&account, &pool, Timestamp::MIN).map_err(|error| in_words(&error))?;
            records.extend(samples.iter().map(|sample| Record::of(id, name, &pool, sample)));
        }
    }
    let text = csv(&records).map_err(|error| in_words(&error))?;
    plain_file::replace(file, &text)
        .map_err(|error| format!("{} can't be written: {error}", file.display()))?;
    Ok(format!("Saved {} samples to {}", records.len(), file.display()))
}

/// By the tray, which keeps what comes; where none runs, here.
async fn refresh(backend: &Backend) -> Result<Option<Box<Snapshot>>, String> {
    match instance::tell(&backend.paths.control_socket(), &Wish::Refresh, REFRESH).await {
        Ok(()) => return Ok(None),
        Err(InstanceError::NotRunning) => {}
        Err(error) => return Err(error.to_string()),
    }
    let in_words = |error: &dyn std::fmt::Display| error.to_string();
    let config = config::load_in_force(&backend.paths.config_file).map_err(|error| in_words(&error))?;
    let (kept, fingerprints) = crate::store::kept(&backend.paths).map_err(|error| in_words(&error))?;
    let (mut state, asks) = once::begin(kept, config);
    let rounds = Rounds::new(source(backend), fingerprints);
    once::poll(&mut state, asks, rounds, Prompting::Allowed).await;
    Ok(Some(Box::new(state.snapshot(Timestamp::now()))))
}

/// The tokens as a round takes them.
fn source(backend: &Backend) -> Tokens {
    match &backend.tokens {
        TokenStore::Keyring(keyring) => Tokens::Keyring(keyring.clone()),
        kept => Tokens::Kept(kept.clone()),
    }
}

async fn top_of(backend: &Backend, id: &AccountId) -> Result<Top, String> {
    let (client, token) = asker(backend, Whose::Kept(id.clone())).await?;
    let config = config::load_in_force(&backend.paths.config_file).map_err(|error| error.to_string())?;
    let account = config.accounts.iter().find(|account| account.id == *id);
    let account = account.ok_or_else(|| EditError::NoSuchAccount { id: id.clone() }.to_string())?;
    top(&client, &token, &account.watch).await.map_err(|failure| failure.to_string())
}

async fn linodes(backend: &Backend, whose: Whose) -> Result<Vec<Linode>, String> {
    let (client, token) = asker(backend, whose).await?;
    client.linodes(&token).await.map_err(|failure| failure.to_string())
}

/// What asks, and with which token.
async fn asker(backend: &Backend, whose: Whose) -> Result<(Client, Arc<Token>), String> {
    let config = config::load_in_force(&backend.paths.config_file).map_err(|error| error.to_string())?;
    let token = match whose {
        Whose::Typed(token) => token,
        Whose::Kept(id) => {
            let account = config.accounts.iter().find(|account| account.id == id);
            let account = account.ok_or_else(|| EditError::NoSuchAccount { id }.to_string())?;
            token_of(backend, account).await.map_err(|failure| failure.to_string())?
        }
    };
    let client = Client::new(config.api_url).map_err(|error| error.to_string())?;
    Ok((client, token))
}

async fn tokens(backend: &Backend, id: &AccountId) -> Result<Vec<ListedToken>, String> {
    let (client, token) = asker(backend, Whose::Kept(id.clone())).await?;
    client.tokens(&token, Timestamp::now()).await.map_err(|failure| failure.to_string())
}

/// The account's token. Whoever uses the window may be asked to unlock the keyring.
async fn token_of(backend: &Backend, account: &Account) -> Result<Arc<Token>, Failure> {
    let rounds = Rounds::new(source(backend), Fingerprints::new(String::new()));
    if account.token_command.is_none() {
        rounds.unlock(std::slice::from_ref(&account.id)).await;
    }
    rounds.token(&account.id, account.token_command.as_deref()).await
}

fn change(
    backend: &Backend,
    change: impl FnOnce(&mut config::Draft) -> Result<(), EditError>,
) -> Result<String, String> {
    config::edit(&backend.paths.config_file, change)
        .map(|()| String::new())
        .map_err(|error| error.to_string())
}

fn with_account(
    backend: &Backend,
    id: &AccountId,
    work: impl FnOnce(&Account) -> Result<String, AccountError>,
) -> Result<String, String> {
    let config = config::load(&backend.paths.config_file).map_err(|error| error.to_string())?;
    let account = config.accounts.iter().find(|account| account.id == *id);
    let account = account.ok_or_else(|| EditError::NoSuchAccount { id: id.clone() }.to_string())?;
    work(account).map_err(|error| error.to_string())
}

fn save(wanted: Wanted, backend: &Backend, runtime: &Handle) -> Result<Saved, SaveError> {
    let failed = |error: &dyn std::fmt::Display| SaveError::Failed(error.to_string());
    let config = config::load_in_force(&backend.paths.config_file).map_err(|error| failed(&error))?;
    let mut saved = Saved { name: None, verified: None, same: Vec::new() };
    if wanted.verify {
        let token = match &wanted.token {
            Some(token) => Ok(token.clone()),
            None => runtime.block_on(token_of(backend, &wanted.account)),
        };
        let token = token.map_err(|failure| SaveError::Unverified(failure.to_string()))?;
        let verified = runtime.block_on(verify(&config.api_url, &wanted.account.watch, &token));
        let verified = verified.map_err(|error| refused(&error))?;
        let euuid = verified.identity.as_ref().and_then(|identity| identity.euuid.clone());
        if let (Some(euuid), Some(_)) = (euuid, &wanted.token) {
            let except = (!wanted.new).then_some(&wanted.account.id);
            saved.same = runtime.block_on(accounts::same_account(&config, &backend.tokens, except, &euuid));
        }
        saved.verified = Some(verified);
    }
    if wanted.account.name.is_empty() {
        return Ok(saved);
    }
    let stored = keep(&wanted, backend, runtime).map_err(|error| failed(&error))?;
    if let Some(id) = stored {
        // With no tray running there is nobody to tell.
        let wish = Wish::TokenStored(id);
        let _ = runtime.block_on(instance::tell(&backend.paths.control_socket(), &wish, TELL));
    }
    saved.name = Some(wanted.account.name);
    Ok(saved)
}

fn refused(error: &AccountError) -> SaveError {
    let said = error.to_string();
    match error {
        AccountError::Api(
            Failure::TokenInvalid | Failure::ScopeMissing { .. } | Failure::Forbidden { .. },
        ) => SaveError::Refused(said),
        AccountError::Api(_) => SaveError::Unverified(said),
        _ => SaveError::Failed(said),
    }
}

/// Keeps the entry; its id, if a token was stored.
fn keep(wanted: &Wanted, backend: &Backend, runtime: &Handle) -> Result<Option<AccountId>, AccountError> {
    let Wanted { account, token, changes, .. } = wanted;
    if token.is_some() {
        // Before the configuration is locked, which others wait for: the user may have to type a password.
        runtime.block_on(backend.tokens.prepare())?;
    }
    match token {
        Some(token) if wanted.new => {
            accounts::add(&backend.paths, &backend.tokens, runtime, account, token).map(Some)
        }
        _ => config::edit(&backend.paths.config_file, |draft| {
            if !draft.config().accounts.iter().any(|there| there.id == account.id) {
                return Err(EditError::NoSuchAccount { id: account.id.clone() }.into());
            }
            changes.iter().try_for_each(|field| draft.set_account(&account.id, field.clone()))?;
            // Last: whatever is wrong with the entry leaves its token as it was.
            if let Some(token) = token {
                runtime.block_on(backend.tokens.write(&account.id, token))?;
            }
            Ok(token.as_ref().map(|_| account.id.clone()))
        }),
    }
}
