//! What the window may ask of the tray, and how it is done: with the tray's own files, keyring and runtime.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directories::UserDirs;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, oneshot};
use tokio::task::spawn_blocking;

use crate::api::{Client, top};
use crate::app::accounts::{self, AccountError, Added, NewAccount, Verified, token_command, verify};
use crate::app::ipc::Cancelled;
use crate::app::ipc::message::{AccountDraft, Answer, ExportError, Request, SaveError, Saved, TokenRef};
use crate::app::poller::{Fetcher, Inbox, Input, TokenSource, token_of_command};
use crate::domain::config::{AccountConfig, AccountId, MAX_NAME_CHARS, check_name};
use crate::domain::failure::Failure;
use crate::domain::linodes::Linode;
use crate::domain::plot::PoolCharts;
use crate::domain::state::Event;
use crate::domain::text::quoted;
use crate::domain::token::{ListedToken, Token};
use crate::domain::top::Top;
use crate::domain::usage::PoolId;
use crate::platform::{autostart, private_file};
use crate::storage::atomic_write;
use crate::storage::config::{self, EditError};
use crate::storage::history::export::{ExportRow, csv};
use crate::storage::history::{History, HistoryError};
use crate::storage::keyring::Fingerprints;
use crate::storage::paths::Paths;
use crate::storage::token_store::TokenStore;

/// What a request says whose account is not there any more.
const GONE: &str = "The account was removed meanwhile. Nothing was changed.";

/// What a request says that its client has given up.
const CANCELLED: &str = "Cancelled.";

/// Does what is asked, with the files at `paths`, `tokens`, and the poller behind `inbox`.
#[derive(Clone)]
pub struct Requests {
    backend: Backend,
    inbox: Inbox,
    /// What changes something is done in turn.
    changes: Arc<Mutex<()>>,
}

/// What the work is done with.
#[derive(Clone)]
struct Backend {
    paths: Paths,
    tokens: TokenStore,
}

impl Requests {
    /// Requests on these files and tokens.
    pub fn new(paths: &Paths, tokens: TokenStore, inbox: Inbox) -> Requests {
        let backend = Backend { paths: paths.clone(), tokens };
        Requests { backend, inbox, changes: Arc::default() }
    }

    /// The configuration file.
    pub fn config_file(&self) -> &Path {
        &self.backend.paths.config_file
    }

    /// Does what `request` says; what only the program itself can do is refused. Where `cancelled` completes, a request
    /// that has not changed anything yet ends.
    pub async fn answer(&self, request: Request, cancelled: Cancelled) -> Answer {
        let given_up = request.failed(CANCELLED.to_owned());
        match request {
            // The change itself can't be cut in the middle: only what comes before it is cancelled.
            Request::Save(draft) => Answer::Saved(self.save(*draft, cancelled).await.map(Box::new)),
            Request::StartAtLogin(on) => Answer::Changed(self.start_at_login(on).await),
            request @ (Request::Change(..)
            | Request::Move(..)
            | Request::Duplicate(_)
            | Request::Remove { .. }
            | Request::Settings(_)) => {
                let _turn = self.changes.lock().await;
                let backend = self.backend.clone();
                let runtime = Handle::current();
                let unmuted = unmuted_account(&request);
                let done = spawn_blocking(move || apply_change(request, &backend, &runtime)).await;
                self.read_config().await;
                if let (Some(id), Ok(Ok(_))) = (unmuted, &done) {
                    // What a notification's button has begun ends too.
                    let _ = self.inbox.send(Event::Mute(Some(id), None).into());
                }
                Answer::Changed(done.unwrap_or_else(|error| Err(error.to_string())))
            }
            request => tokio::select! {
                answer = self.ask(request) => answer,
                Ok(()) = cancelled => given_up,
            },
        }
    }

    async fn ask(&self, request: Request) -> Answer {
        let backend = self.backend.clone();
        match request {
            Request::Refresh => Answer::Refreshed(self.wait_for(Input::Refresh).await),
            Request::ReadConfig => {
                self.read_config().await;
                Answer::Done(Ok(()))
            }
            Request::Unlock => self.happened(Event::UnlockRequested),
            Request::Mute(account, until) => self.happened(Event::Mute(account, until)),
            Request::TokenStored(id) => self.happened(Event::TokenReplaced(id)),
            Request::History(id) => {
                let whose = id.clone();
                let read = spawn_blocking(move || history(&backend, &whose)).await;
                let read = read.map_err(|error| error.to_string());
                Answer::History(id, read.and_then(|read| read.map_err(|error| error.to_string())))
            }
            Request::Export { account, name, file, replace } => {
                let id = account.clone();
                let saved = spawn_blocking(move || export(&backend, &id, &name, &file, replace)).await;
                let saved = saved.unwrap_or_else(|error| Err(ExportError::Failed(error.to_string())));
                Answer::Exported(account, saved)
            }
            Request::Regions => Answer::Regions(regions(&backend).await),
            Request::Tokens(id) => Answer::Tokens(tokens(&backend, &id).await),
            Request::Top(id) => {
                let found = top_of(&backend, &id).await;
                Answer::Top(id, found)
            }
            Request::Linodes(whose) => Answer::Linodes(linodes(&backend, whose).await),
            other => other.failed("This program can't do that.".to_owned()),
        }
    }

    fn happened(&self, event: Event) -> Answer {
        let _ = self.inbox.send(event.into());
        Answer::Done(Ok(()))
    }

    /// Changes it, and has the poller take up what is so then, whatever came of that.
    async fn start_at_login(&self, on: bool) -> Result<String, String> {
        let changed = spawn_blocking(move || (autostart::set(on), autostart::status_mark())).await;
        let (changed, mark) = changed.map_err(|error| error.to_string())?;
        self.happened(Event::AutostartChanged(mark));
        changed.map(|()| String::new()).map_err(|error| error.to_string())
    }

    /// Waits until the poller has done what `input` asks.
    async fn wait_for(&self, input: impl FnOnce(oneshot::Sender<()>) -> Input) -> Result<(), String> {
        let (done, ended) = oneshot::channel();
        let sent = self.inbox.send(input(done)).is_ok();
        if sent && ended.await.is_ok() { Ok(()) } else { Err("The program is shutting down.".to_owned()) }
    }

    /// Has the poller read the configuration, and waits until what it says is shown.
    async fn read_config(&self) {
        let _ = self.wait_for(|done| Input::ReadConfig(Some(done))).await;
    }

    async fn save(&self, mut draft: AccountDraft, mut cancelled: Cancelled) -> Result<Saved, SaveError> {
        let failed = |error: &dyn std::fmt::Display| SaveError::Failed(error.to_string());
        let mut saved = Saved::default();
        tokio::select! {
            verified = self.verify(&draft, &mut saved) => verified?,
            Ok(()) = &mut cancelled => return Err(SaveError::Cancelled),
        }
        if draft.account.name.is_empty() {
            match saved.verified.as_ref().and_then(|verified| suggested_name(&self.backend, verified)) {
                Some(name) => draft.account.name = name,
                None => return Ok(saved),
            }
        }
        let _turn = self.changes.lock().await;
        if draft.token.is_some() {
            // Before the configuration is locked, which others wait for: the user may have to type a password.
            tokio::select! {
                ready = self.backend.tokens.prepare() => ready.map_err(|error| failed(&error))?,
                Ok(()) = &mut cancelled => return Err(SaveError::Cancelled),
            }
        }
        // The last moment at which it can be given up.
        if cancelled.try_recv().is_ok() {
            return Err(SaveError::Cancelled);
        }
        let name = draft.account.name.clone();
        let (backend, runtime) = (self.backend.clone(), Handle::current());
        let euuid = saved.verified.as_ref().and_then(Verified::euuid).map(str::to_owned);
        let kept = spawn_blocking(move || keep(&draft, euuid.as_deref(), &backend, &runtime)).await;
        if let Ok(Ok(Some(Added { id, since }))) = &kept {
            saved.since = *since;
            let _ = self.inbox.send(Event::TokenReplaced(id.clone()).into());
        }
        self.read_config().await;
        kept.map_err(|error| failed(&error))?.map_err(|error| match error {
            AccountError::Edit(error) => SaveError::Failed(unchanged(&error)),
            error => failed(&error),
        })?;
        saved.name = Some(name);
        Ok(saved)
    }

    /// Asks the API what it says of the draft's token, where that is wanted.
    async fn verify(&self, draft: &AccountDraft, saved: &mut Saved) -> Result<(), SaveError> {
        if !draft.verify {
            return Ok(());
        }
        let backend = &self.backend;
        let config = config::load_with_env(&backend.paths.config_file);
        let config = config.map_err(|error| SaveError::Failed(error.to_string()))?;
        let token = match &draft.token {
            Some(token) => Ok(token.clone()),
            None => token_of(backend, &draft.account).await,
        };
        let token = token.map_err(|failure| SaveError::Unverified(failure.to_string()))?;
        let verified = verify(&config.api_url, &draft.account.watch, &token).await;
        let verified = verified.map_err(|error| refused(&error))?;
        if let (Some(euuid), true) = (verified.euuid(), has_new_token(draft)) {
            let replaced = (!draft.new).then_some(&draft.account.id);
            saved.same = accounts::same_account(&backend.paths, &config, replaced, euuid);
            if let Some(id) = replaced {
                let former = accounts::linode_account(&backend.paths, &config, id, &backend.tokens).await;
                saved.other_account = accounts::other_account_warning(former.as_deref(), &verified);
            }
        }
        saved.verified = Some(verified);
        Ok(())
    }
}

/// The account that `request` no longer mutes.
fn unmuted_account(request: &Request) -> Option<AccountId> {
    match request {
        Request::Change(id, patch) if patch.get("muted") == Some(&false.into()) => Some(id.clone()),
        _ => None,
    }
}

/// A name for the account, as the API has it, that no other account has.
fn suggested_name(backend: &Backend, verified: &Verified) -> Option<String> {
    let printable: String = verified.name()?.replace(char::is_control, " ");
    let words = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = words.chars().take(MAX_NAME_CHARS).collect();
    check_name(name.trim()).ok()?;
    Some(config::load(&backend.paths.config_file).unwrap_or_default().free_name(name.trim()))
}

fn apply_change(request: Request, backend: &Backend, runtime: &Handle) -> Result<String, String> {
    match request {
        Request::Change(id, patch) => change(backend, |editor| editor.patch_account(&id, &patch)),
        Request::Move(id, to) => change(backend, |editor| editor.move_to(&id, to)),
        Request::Settings(patch) => {
            change(backend, |editor| editor.patch(&patch)).map(|_| "Saved".to_owned())
        }
        Request::Duplicate(id) => with_account(backend, &id, |account| {
            let (_, name) = accounts::duplicate(&backend.paths, &backend.tokens, runtime, account, None)?;
            Ok(format!("Copied {} to {}", quoted(&account.name), quoted(&name)))
        }),
        Request::Remove { account, forget } => with_account(backend, &account, |account| {
            accounts::remove(&backend.paths, &backend.tokens, runtime, account, forget)?;
            Ok(format!("Removed {}", quoted(&account.name)))
        }),
        _ => Ok(String::new()),
    }
}

async fn regions(backend: &Backend) -> Result<BTreeMap<String, String>, String> {
    let config = config::load_with_env(&backend.paths.config_file).unwrap_or_default();
    let client = Client::new(config.api_url).map_err(|error| error.to_string())?;
    client.regions().await.map_err(|failure| failure.to_string())
}

fn history(backend: &Backend, id: &AccountId) -> Result<BTreeMap<PoolId, PoolCharts>, HistoryError> {
    let Some(history) = History::open_to_read(&backend.paths.history_file())? else {
        return Ok(BTreeMap::new());
    };
    let (now, zone) = (Timestamp::now(), TimeZone::system());
    let pools = history.series()?.into_iter().filter(|(account, _)| account == id);
    let charts = |(_, pool): (AccountId, PoolId)| {
        let samples = history.pool_history(id, &pool, now)?;
        let daily = history.daily_usage((id, &pool), &samples, now, &zone)?;
        Ok((pool, PoolCharts { history: samples, daily }))
    };
    pools.map(charts).collect()
}

/// Saves the account's samples to `file`.
fn export(
    backend: &Backend,
    id: &AccountId,
    name: &str,
    file: &Path,
    replace: bool,
) -> Result<String, ExportError> {
    let failed = |error: &dyn std::fmt::Display| ExportError::Failed(error.to_string());
    let file = whole_path(file)
        .ok_or_else(|| failed(&"Enter a full path, such as /tmp/transfer.csv or ~/transfer.csv."))?;
    let folder = file.parent().filter(|folder| !folder.is_dir());
    if let Some(missing) = folder {
        return Err(failed(&format!(
            "There is no folder {}: choose another, or make it first.",
            missing.display()
        )));
    }
    if file.is_dir() {
        return Err(failed(&format!("{} is a folder: add a file name.", file.display())));
    }
    if !replace && file.is_file() {
        return Err(ExportError::Exists);
    }
    let history = History::open_to_read(&backend.paths.history_file()).map_err(|error| failed(&error))?;
    let mut records = Vec::new();
    if let Some(history) = history {
        let all = history.series().map_err(|error| failed(&error))?;
        for (account, pool) in all.into_iter().filter(|(account, _)| account == id) {
            let samples = history.samples(&account, &pool, Timestamp::MIN).map_err(|error| failed(&error))?;
            records.extend(samples.iter().map(|sample| ExportRow::new(id, name, &pool, sample)));
        }
    }
    let text = csv(&records).map_err(|error| failed(&error))?;
    atomic_write::replace(&file, &text).map_err(|error| {
        failed(&format!("{} can't be written: {}.", file.display(), private_file::in_words(&error)))
    })?;
    let samples =
        if records.len() == 1 { "1 sample".to_owned() } else { format!("{} samples", records.len()) };
    Ok(format!("Saved {samples} to {}", file.display()))
}

/// `file` as an absolute path, where it is one or lies below `~`.
fn whole_path(file: &Path) -> Option<PathBuf> {
    match file.strip_prefix("~") {
        Ok(below) => Some(UserDirs::new()?.home_dir().join(below)),
        Err(_) => file.is_absolute().then(|| file.to_owned()),
    }
}

/// The tokens as a round takes them.
fn source(backend: &Backend) -> TokenSource {
    match &backend.tokens {
        TokenStore::Keyring(keyring) => TokenSource::Keyring(keyring.clone()),
        kept => TokenSource::Store(kept.clone()),
    }
}

async fn top_of(backend: &Backend, id: &AccountId) -> Result<Top, String> {
    let (client, token) = asker(backend, TokenRef::Stored(id.clone())).await?;
    let config = config::load_with_env(&backend.paths.config_file).map_err(|error| error.to_string())?;
    let account = config.account(id);
    let account = account.ok_or_else(|| GONE.to_owned())?;
    top(&client, &token, &account.watch).await.map_err(|failure| failure.to_string())
}

async fn linodes(backend: &Backend, whose: TokenRef) -> Result<Vec<Linode>, String> {
    let (client, token) = asker(backend, whose).await?;
    client.linodes(&token).await.map_err(|failure| failure.to_string())
}

/// What asks, and with which token.
async fn asker(backend: &Backend, whose: TokenRef) -> Result<(Client, Arc<Token>), String> {
    let config = config::load_with_env(&backend.paths.config_file).map_err(|error| error.to_string())?;
    let token = match whose {
        TokenRef::Typed(token) => token,
        TokenRef::Stored(id) => {
            let account = config.account(&id);
            let account = account.ok_or_else(|| GONE.to_owned())?;
            token_of(backend, account).await.map_err(|failure| failure.to_string())?
        }
        TokenRef::Command(command) => {
            token_command::check(&command).map_err(|error| error.to_string())?;
            token_of_command(&command).await.map(Arc::new).map_err(|failure| failure.to_string())?
        }
    };
    let client = Client::new(config.api_url).map_err(|error| error.to_string())?;
    Ok((client, token))
}

async fn tokens(backend: &Backend, id: &AccountId) -> Result<Vec<ListedToken>, String> {
    let (client, token) = asker(backend, TokenRef::Stored(id.clone())).await?;
    client.tokens(&token, Timestamp::now()).await.map_err(|failure| failure.to_string())
}

/// The account's token. The user may be asked to unlock the keyring: opening the window is their own act.
async fn token_of(backend: &Backend, account: &AccountConfig) -> Result<Arc<Token>, Failure> {
    if let Some(command) = &account.token_command {
        return token_of_command(command).await.map(Arc::new);
    }
    let rounds = Fetcher::new(source(backend), Fingerprints::new(String::new()));
    rounds.unlock(std::slice::from_ref(&account.id)).await;
    rounds.token(&account.id, None).await
}

fn change(
    backend: &Backend,
    change: impl FnOnce(&mut config::ConfigEditor) -> Result<(), EditError>,
) -> Result<String, String> {
    config::edit(&backend.paths.config_file, change)
        .map(|()| String::new())
        .map_err(|error| unchanged(&error))
}

fn with_account(
    backend: &Backend,
    id: &AccountId,
    work: impl FnOnce(&AccountConfig) -> Result<String, AccountError>,
) -> Result<String, String> {
    let config = config::load(&backend.paths.config_file).map_err(|error| error.to_string())?;
    let account = config.account(id);
    let account = account.ok_or_else(|| GONE.to_owned())?;
    work(account).map_err(|error| match error {
        AccountError::Edit(error) => unchanged(&error),
        error => error.to_string(),
    })
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

/// Why a change was not made, for who sees the window and not its configuration's ids.
fn unchanged(error: &EditError) -> String {
    match error {
        EditError::NoSuchAccount { .. } => GONE.to_owned(),
        error => error.to_string(),
    }
}

/// Keeps the account, whose token is for the Linode account `euuid` where that is known; its id, if a token was stored.
fn keep(
    draft: &AccountDraft,
    euuid: Option<&str>,
    backend: &Backend,
    runtime: &Handle,
) -> Result<Option<Added>, AccountError> {
    let AccountDraft { account, token, changes, .. } = draft;
    if draft.new {
        let new = NewAccount { account, token: token.as_ref(), euuid, new_history: false };
        return accounts::add(&backend.paths, &backend.tokens, runtime, &new).map(Some);
    }
    config::edit(&backend.paths.config_file, |file| {
        if file.config().account(&account.id).is_none() {
            return Err(EditError::NoSuchAccount { id: account.id.clone() }.into());
        }
        file.patch_account(&account.id, changes)?;
        // Last: whatever is wrong with the account leaves its token as it was.
        if let Some(token) = token {
            runtime.block_on(backend.tokens.write(&account.id, token))?;
        }
        if has_new_token(draft) {
            accounts::set_linode_account(&backend.paths, &account.id, euuid);
        }
        Ok(token.as_ref().map(|_| Added { id: account.id.clone(), since: None }))
    })
}

/// Whether the account's token is another one than before, or comes from another command.
fn has_new_token(draft: &AccountDraft) -> bool {
    draft.new || draft.token.is_some() || draft.changes.get("token_command").is_some()
}
