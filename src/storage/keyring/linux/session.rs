//! A session with one Secret Service process.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use ring::error::Unspecified;
use secrecy::zeroize::Zeroizing;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{DynamicType, ObjectPath, OwnedObjectPath, OwnedValue, Type, Value};
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::super::{Condition, KeyringError, OR_TOKEN_COMMAND, SERVICE, ambiguous};
use super::cipher::{ALGORITHM, Cipher, Encrypted, Exchange};
use crate::domain::config::AccountId;
use crate::platform::dbus::next_message;

const NAME: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const SERVICE_INTERFACE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// Stands for "no prompt" or "no object".
const NONE: &str = "/";

/// libsecret's name for a new default collection.
const DEFAULT_LABEL: &str = "Default keyring";
const KWALLET: &str = "org.kde.KWallet";
/// Paths of KWallet's own interface on its Secret Service's connection: KDE Frameworks 6, older ones, and the
/// separate Secret Service daemon.
const KWALLET_PATHS: [&str; 3] = ["/modules/kwalletd6", "/modules/kwalletd5", "/ksecretd"];
/// How long KWallet's prompt may take to complete without the user.
const SELF_COMPLETION_TIMEOUT: Duration = Duration::from_secs(3);

/// The attribute of all items of this program.
const SERVICE_ATTRIBUTE: (&str, &str) = ("service", SERVICE);
/// The attribute with the account's id.
const USERNAME: &str = "username";

/// Secrets per call. GNOME Keyring keeps the secrets that it sends in locked memory, of which there is little,
/// and exits when that runs out: with two hundred at once, for example.
const MAX_SECRETS_PER_CALL: usize = 16;

/// Concurrent calls. A bus may limit a connection to 128.
const MAX_PENDING_CALLS: usize = 64;

/// A secret on the bus: the session's path, the initialization vector, the ciphertext and the content type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// A connection with an open session, which ends when this is dropped.
pub(super) struct Session {
    bus: Connection,
    path: OwnedObjectPath,
    cipher: Cipher,
    /// The unique bus name of the service.
    owner: OwnedUniqueName,
    kwallet: OnceCell<Option<KWallet>>,
    /// KWallet asked its user although the wallet was open: its settings make it ask per program.
    kwallet_asks: AtomicBool,
}

/// KWallet's own interface.
struct KWallet {
    path: &'static str,
    /// The wallet of KDE's programs.
    default_wallet: String,
}

/// The places of an account's secret, and what to unlock to see it.
#[derive(Default)]
struct SearchResult {
    unlocked: Vec<OwnedObjectPath>,
    locked: Vec<OwnedObjectPath>,
    /// Locked collections that may contain it.
    unsearchable: Vec<OwnedObjectPath>,
}

#[derive(Default)]
struct AllItems {
    unlocked: HashMap<AccountId, Vec<OwnedObjectPath>>,
    locked: Vec<OwnedObjectPath>,
}

impl SearchResult {
    /// The objects to unlock before the secret can be read or reported missing.
    fn to_unlock(&self) -> &[OwnedObjectPath] {
        match (self.unlocked.as_slice(), self.locked.as_slice()) {
            ([], []) => &self.unsearchable,
            ([], locked) => locked,
            _ => &[],
        }
    }
}

impl Session {
    pub(super) async fn open() -> Result<Session, KeyringError> {
        let bus = Connection::session().await.map_err(|error| absent(&error))?;
        let exchange = Exchange::begin().map_err(no_randomness)?;
        let body = (ALGORITHM, Value::from(exchange.public.as_slice()));
        // The well-known name, so that the bus can start a service.
        let asked = bus.call_method(Some(NAME), PATH, Some(SERVICE_INTERFACE), "OpenSession", &body);
        let answer = asked.await.map_err(|error| absent(&error))?;
        let owner = answer.header().sender().ok_or_else(unreadable)?.to_owned().into();
        let (half, path): (OwnedValue, OwnedObjectPath) =
            answer.body().deserialize().map_err(|_| unreadable())?;
        let half = Vec::<u8>::try_from(half).map_err(|_| unreadable())?;
        let cipher = exchange.end(&half).map_err(no_randomness)?;
        Ok(Session {
            bus,
            path,
            cipher,
            owner,
            kwallet: OnceCell::new(),
            kwallet_asks: AtomicBool::new(false),
        })
    }

    /// Whether the session's service still runs.
    pub(super) async fn is_current(&self) -> bool {
        owner(&self.bus).await.is_ok_and(|owner| owner == self.owner)
    }

    /// Reads the accounts' secrets, in the order of `ids`.
    pub(super) async fn read(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Result<Zeroizing<String>, KeyringError>>, KeyringError> {
        let mut seen = self.list_items(ids).await?;
        if !seen.locked.is_empty() && self.unlock_silently(&seen.locked).await? {
            seen = self.list_items(ids).await?;
        }
        let alone = |id| seen.unlocked.get(id).and_then(|items| <&[_; 1]>::try_from(items.as_slice()).ok());
        let items: Vec<&OwnedObjectPath> = ids.iter().filter_map(alone).flatten().collect();
        let mut secrets = HashMap::new();
        for items in items.chunks(MAX_SECRETS_PER_CALL) {
            match self.secrets(items).await {
                Ok(some) => secrets.extend(some),
                // One was locked or deleted in the meantime; the others may still be readable.
                Err(KeyringError::Locked | KeyringError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        let mut read = Vec::with_capacity(ids.len());
        for id in ids {
            let secret = alone(id).and_then(|[item]| secrets.remove(item));
            read.push(match secret {
                Some(secret) => Ok(secret),
                None => self.read_alone(id).await,
            });
        }
        Ok(read)
    }

    /// Reads one account's secret with a full search of all collections.
    async fn read_alone(&self, id: &AccountId) -> Result<Zeroizing<String>, KeyringError> {
        let mut found = self.find(id).await?;
        if !found.to_unlock().is_empty() {
            if !self.unlock_silently(found.to_unlock()).await? {
                return Err(KeyringError::Locked);
            }
            found = self.find(id).await?;
        }
        match found.unlocked.as_slice() {
            [item] => self.secrets(&[item]).await?.remove(item).ok_or(KeyringError::Locked),
            [] if found.to_unlock().is_empty() => Err(KeyringError::Missing),
            [] => Err(KeyringError::Locked),
            _ => Err(ambiguous()),
        }
    }

    /// Writes the secret to the unlocked collection `default`, or replaces the existing one.
    pub(super) async fn write(
        &self,
        id: &AccountId,
        secret: &str,
        default: &OwnedObjectPath,
    ) -> Result<(), KeyringError> {
        let mut found = self.find(id).await?;
        if found.unlocked.is_empty() && !found.locked.is_empty() {
            self.unlock_objects(&found.locked).await?;
            found = self.find(id).await?;
        }
        let Encrypted { start, text } = self.cipher.encrypt(secret.as_bytes()).map_err(no_randomness)?;
        let secret: Secret = (self.path.clone(), start, text, "text/plain".to_owned());
        match found.unlocked.as_slice() {
            [item] => self.call(item, ITEM, "SetSecret", &(secret,)).await,
            [] => {
                let label = Value::from(format!("keyring:{id}@{SERVICE}"));
                let properties = HashMap::from([
                    ("org.freedesktop.Secret.Item.Label", label),
                    ("org.freedesktop.Secret.Item.Attributes", Value::from(attributes(id))),
                ]);
                let body = (properties, secret, true);
                let creating = self.call(default, COLLECTION, "CreateItem", &body);
                let (item, prompt): (OwnedObjectPath, OwnedObjectPath) =
                    self.race_with_disconnect(creating).await?;
                if item.as_str() == NONE {
                    self.complete(&prompt).await?.ok_or(KeyringError::Dismissed)?;
                }
                Ok(())
            }
            _ => Err(ambiguous()),
        }
    }

    pub(super) async fn remove(&self, id: &AccountId) -> Result<(), KeyringError> {
        let found = self.find(id).await?;
        if found.unlocked.is_empty() {
            return if found.locked.is_empty() {
                Err(KeyringError::Missing)
            } else {
                Err(KeyringError::Locked)
            };
        }
        for item in &found.unlocked {
            let prompt: OwnedObjectPath = self.call(item, ITEM, "Delete", &()).await?;
            if prompt.as_str() != NONE {
                self.complete(&prompt).await?.ok_or(KeyringError::Dismissed)?;
            }
        }
        Ok(())
    }

    /// The unlocked default collection, created if there is none; both may ask the user.
    pub(super) async fn prepared(&self) -> Result<OwnedObjectPath, KeyringError> {
        let default = match self.default_collection().await? {
            Some(default) => default,
            None => self.create_default_collection().await?,
        };
        if self.locked(&default, COLLECTION).await? {
            self.unlock_objects(std::slice::from_ref(&default)).await?;
        }
        Ok(default)
    }

    /// Unlocks these accounts' secrets with one dialog for all. In a collection that was just unlocked, single
    /// items may still be locked, which takes a second dialog.
    pub(super) async fn unlock(&self, ids: &[AccountId]) -> Result<(), KeyringError> {
        for _ in 0..2 {
            let mut objects = HashSet::new();
            for id in ids {
                objects.extend(self.find(id).await?.to_unlock().iter().cloned());
            }
            if objects.is_empty() {
                break;
            }
            self.unlock_objects(&Vec::from_iter(objects)).await?;
        }
        Ok(())
    }

    pub(super) async fn condition(&self, ids: &[AccountId]) -> Result<Condition, KeyringError> {
        let default = self.default_collection().await?;
        let default_locked = match &default {
            Some(default) => self.locked(default, COLLECTION).await?,
            None => false,
        };
        let mut locked = Vec::new();
        for id in ids {
            let found = self.find(id).await?;
            if !found.to_unlock().is_empty() && !self.unlock_silently(found.to_unlock()).await? {
                locked.push(id.clone());
            }
        }
        Ok(Condition { default_missing: default.is_none(), default_locked, locked })
    }

    /// Lists all items of these accounts with concurrent calls, without asking the user. It avoids the
    /// service's own `SearchItems`: KeePassXC's asks for the password of each locked database and waits for it.
    /// A locked item may hide its account or its existence.
    async fn list_items(&self, ids: &[AccountId]) -> Result<AllItems, KeyringError> {
        let mut seen = AllItems::default();
        let collections = self.collections().await?;
        let wanted = match ids {
            [id] => attributes(id),
            _ => HashMap::from([SERVICE_ATTRIBUTE]),
        };
        let searches = collections.iter().map(|collection| self.search(collection, &wanted));
        let items = try_join_all(searches).await?.concat();
        let mut told = Vec::with_capacity(items.len());
        for items in items.chunks(MAX_PENDING_CALLS) {
            told.extend(try_join_all(items.iter().map(|item| self.properties(item))).await?);
        }
        for (item, mut properties) in items.into_iter().zip(told) {
            let locked = properties.remove("Locked").and_then(|value| bool::try_from(value).ok());
            let attributes = properties.remove("Attributes");
            let attributes = attributes.and_then(|value| HashMap::<String, String>::try_from(value).ok());
            let username = attributes.and_then(|mut attributes| attributes.remove(USERNAME));
            let id = ids.iter().find(|id| Some(id.as_str()) == username.as_deref());
            match (id, locked) {
                (Some(id), Some(false)) => seen.unlocked.entry(id.clone()).or_default().push(item),
                (Some(_), Some(true)) => seen.locked.push(item),
                _ => {}
            }
        }
        Ok(seen)
    }

    async fn properties(&self, item: &ObjectPath<'_>) -> Result<HashMap<String, OwnedValue>, KeyringError> {
        match self.call(item, PROPERTIES, "GetAll", &(ITEM,)).await {
            // Deleted since the search.
            Err(KeyringError::Missing) => Ok(HashMap::new()),
            told => told,
        }
    }

    /// The secrets of these items. Some services skip locked items, others then return none at all.
    async fn secrets(
        &self,
        items: &[&OwnedObjectPath],
    ) -> Result<HashMap<OwnedObjectPath, Zeroizing<String>>, KeyringError> {
        let encrypted: HashMap<OwnedObjectPath, Secret> =
            self.call(&service_path(), SERVICE_INTERFACE, "GetSecrets", &(items, &self.path)).await?;
        let mut secrets = HashMap::new();
        for (item, (_, start, text, _)) in encrypted {
            let secret = self.cipher.decrypt(&start, text).ok_or_else(unreadable)?;
            secrets.insert(item, Zeroizing::new(String::from_utf8_lossy(&secret).into_owned()));
        }
        Ok(secrets)
    }

    /// Finds the account's secret without asking the user, as [`Session::list_items`].
    async fn find(&self, id: &AccountId) -> Result<SearchResult, KeyringError> {
        let default = self.default_collection().await?;
        let mut found = SearchResult::default();
        let wanted = attributes(id);
        for collection in self.collections().await? {
            let locked = match self.locked(&collection, COLLECTION).await {
                // Deleted since it was listed.
                Err(KeyringError::Missing) => continue,
                locked => locked?,
            };
            if locked {
                let all: Vec<OwnedObjectPath> = self.property(&collection, COLLECTION, "Items").await?;
                // A locked KeePassXC database lists no items.
                let items =
                    if all.is_empty() { Vec::new() } else { self.search(&collection, &wanted).await? };
                if !items.is_empty() {
                    found.locked.extend(items);
                } else if all.is_empty() || default.as_ref() == Some(&collection) {
                    found.unsearchable.push(collection);
                }
            } else {
                for item in self.search(&collection, &wanted).await? {
                    let locked = match self.locked(&item, ITEM).await {
                        Err(KeyringError::Missing) => continue,
                        locked => locked?,
                    };
                    let items = if locked { &mut found.locked } else { &mut found.unlocked };
                    items.push(item);
                }
            }
        }
        Ok(found)
    }

    async fn collections(&self) -> Result<Vec<OwnedObjectPath>, KeyringError> {
        self.property(&service_path(), SERVICE_INTERFACE, "Collections").await
    }

    /// The items in `collection` with at least these attributes.
    async fn search(
        &self,
        collection: &ObjectPath<'_>,
        attributes: &HashMap<&str, &str>,
    ) -> Result<Vec<OwnedObjectPath>, KeyringError> {
        self.call(collection, COLLECTION, "SearchItems", &(attributes,)).await
    }

    async fn locked(&self, object: &ObjectPath<'_>, interface: &str) -> Result<bool, KeyringError> {
        self.property(object, interface, "Locked").await
    }

    async fn default_collection(&self) -> Result<Option<OwnedObjectPath>, KeyringError> {
        let path: OwnedObjectPath =
            self.call(&service_path(), SERVICE_INTERFACE, "ReadAlias", &("default",)).await?;
        Ok(Some(path).filter(|path| path.as_str() != NONE))
    }

    async fn create_default_collection(&self) -> Result<OwnedObjectPath, KeyringError> {
        // KWallet makes the new wallet its default, even if its user cancels, so use the name that KDE's
        // programs and its login use.
        let label = self.kwallet().await.map_or(DEFAULT_LABEL, |kwallet| kwallet.default_wallet.as_str());
        let properties = HashMap::from([("org.freedesktop.Secret.Collection.Label", Value::from(label))]);
        let (collection, prompt): (OwnedObjectPath, OwnedObjectPath) = self
            .call(&service_path(), SERVICE_INTERFACE, "CreateCollection", &(properties, "default"))
            .await?;
        if collection.as_str() != NONE {
            return Ok(collection);
        }
        let created = self.complete(&prompt).await?.ok_or(KeyringError::NotCreated)?;
        OwnedObjectPath::try_from(created)
            .ok()
            .filter(|path| path.as_str() != NONE)
            .ok_or(KeyringError::NotCreated)
    }

    async fn start_unlocking(
        &self,
        objects: &[OwnedObjectPath],
    ) -> Result<Option<OwnedObjectPath>, KeyringError> {
        let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            self.call(&service_path(), SERVICE_INTERFACE, "Unlock", &(objects,)).await?;
        Ok(Some(prompt).filter(|prompt| prompt.as_str() != NONE))
    }

    /// Unlocks the objects, and asks the user if needed.
    async fn unlock_objects(&self, objects: &[OwnedObjectPath]) -> Result<(), KeyringError> {
        if let Some(prompt) = self.start_unlocking(objects).await? {
            self.complete(&prompt).await?.ok_or(KeyringError::Dismissed)?;
            self.kwallet_asks.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Unlocks the objects if that needs no dialog; returns whether it did.
    async fn unlock_silently(&self, objects: &[OwnedObjectPath]) -> Result<bool, KeyringError> {
        match self.kwallet().await {
            Some(kwallet) => {
                for object in objects {
                    if !self.wallet_is_open(kwallet, object).await? {
                        return Ok(false);
                    }
                }
                // Even an open wallet has a prompt. It completes without the user unless KWallet is set to ask.
                if self.kwallet_asks.load(Ordering::Relaxed) {
                    return Ok(false);
                }
                let Some(prompt) = self.start_unlocking(objects).await? else { return Ok(true) };
                match tokio::time::timeout(SELF_COMPLETION_TIMEOUT, self.complete(&prompt)).await {
                    Ok(completed) => Ok(completed?.is_some()),
                    Err(_) => {
                        self.kwallet_asks.store(true, Ordering::Relaxed);
                        Ok(false)
                    }
                }
            }
            // GNOME Keyring needs no prompt for an empty password.
            None => match self.start_unlocking(objects).await? {
                None => Ok(true),
                Some(prompt) => {
                    let () = self.call(&prompt, PROMPT, "Dismiss", &()).await?;
                    Ok(false)
                }
            },
        }
    }

    async fn kwallet(&self) -> Option<&KWallet> {
        let find = async {
            for path in KWALLET_PATHS {
                let Ok(object) = ObjectPath::try_from(path) else { continue };
                if let Ok(default_wallet) = self.call(&object, KWALLET, "networkWallet", &()).await {
                    return Some(KWallet { path, default_wallet });
                }
            }
            None
        };
        self.kwallet.get_or_init(|| find).await.as_ref()
    }

    /// Whether the wallet of `object` is open.
    async fn wallet_is_open(
        &self,
        kwallet: &KWallet,
        object: &OwnedObjectPath,
    ) -> Result<bool, KeyringError> {
        let parts: Vec<&str> = object.as_str().split('/').take(6).collect();
        let collection = ObjectPath::try_from(parts.join("/")).map_err(|error| absent(&error.into()))?;
        let wallet: String = self.property(&collection, COLLECTION, "Label").await?;
        let path = ObjectPath::from_static_str(kwallet.path).map_err(|error| absent(&error.into()))?;
        self.call(&path, KWALLET, "isOpen", &(wallet,)).await
    }

    /// Shows `prompt` to the user. Returns its result, or `None` if the user dismissed it.
    async fn complete(&self, prompt: &OwnedObjectPath) -> Result<Option<OwnedValue>, KeyringError> {
        // Subscribe first: the prompt may complete at once.
        let (owner, path) = (&self.owner, prompt.as_str());
        let rule =
            format!("type='signal',sender='{owner}',path='{path}',interface='{PROMPT}',member='Completed'");
        let mut completed = self.messages(&rule).await?;
        self.race_with_disconnect(async {
            let () = self.call(prompt, PROMPT, "Prompt", &("",)).await?;
            let message =
                next_message(&mut completed).await.ok_or_else(ended)?.map_err(|error| absent(&error))?;
            let body = message.body();
            let (dismissed, result): (bool, Value<'_>) =
                body.deserialize().map_err(|error| absent(&error))?;
            let result = OwnedValue::try_from(result).map_err(|error| absent(&error.into()))?;
            Ok(Some(result).filter(|_| !dismissed))
        })
        .await
    }

    /// The result of `work`, or an error when the service exits, after which `work` would never finish.
    async fn race_with_disconnect<T>(
        &self,
        work: impl Future<Output = Result<T, KeyringError>>,
    ) -> Result<T, KeyringError> {
        let rule =
            format!("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{NAME}'");
        let mut changes = self.messages(&rule).await?;
        tokio::select! {
            done = work => done,
            _ = next_message(&mut changes) => Err(ended()),
        }
    }

    async fn messages(&self, rule: &str) -> Result<MessageStream, KeyringError> {
        let rule = MatchRule::try_from(rule).map_err(|error| absent(&error))?.into_owned();
        MessageStream::for_match_rule(rule, &self.bus, None).await.map_err(|error| absent(&error))
    }

    async fn property<T>(
        &self,
        object: &ObjectPath<'_>,
        interface: &str,
        name: &str,
    ) -> Result<T, KeyringError>
    where
        T: TryFrom<OwnedValue>,
    {
        let value: OwnedValue = self.call(object, PROPERTIES, "Get", &(interface, name)).await?;
        T::try_from(value).map_err(|_| unreadable())
    }

    async fn call<B, T>(
        &self,
        object: &ObjectPath<'_>,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<T, KeyringError>
    where
        B: Serialize + DynamicType + Sync,
        T: DeserializeOwned + Type,
    {
        let called = self.bus.call_method(Some(&self.owner), object, Some(interface), method, body).await;
        let answer: Message = called.map_err(|error| absent(&error))?;
        answer.body().deserialize().map_err(|_| unreadable())
    }
}

fn service_path() -> ObjectPath<'static> {
    ObjectPath::from_static_str_unchecked(PATH)
}

fn attributes(id: &AccountId) -> HashMap<&str, &str> {
    HashMap::from([SERVICE_ATTRIBUTE, (USERNAME, id.as_str())])
}

/// The unique bus name of the Secret Service.
async fn owner(bus: &Connection) -> zbus::Result<OwnedUniqueName> {
    let daemon = Some("org.freedesktop.DBus");
    let asked = bus.call_method(daemon, "/org/freedesktop/DBus", daemon, "GetNameOwner", &(NAME,)).await;
    asked?.body().deserialize()
}

fn ended() -> KeyringError {
    KeyringError::Unavailable("it has ended; start it again, and try again".to_owned())
}

fn unreadable() -> KeyringError {
    KeyringError::Unavailable("it returned something that can't be read".to_owned())
}

fn no_randomness(_: Unspecified) -> KeyringError {
    KeyringError::Unavailable("the system provides no random numbers for the encryption".to_owned())
}

fn absent(error: &zbus::Error) -> KeyringError {
    match error {
        zbus::Error::MethodError(name, ..) if name.ends_with("Secret.Error.IsLocked") => KeyringError::Locked,
        zbus::Error::MethodError(name, why, _) if is_gone(name, why.as_deref()) => KeyringError::Missing,
        error => KeyringError::Unavailable(in_words(&error.to_string())),
    }
}

/// Whether the object no longer exists. GNOME Keyring then reports an unknown method.
fn is_gone(name: &str, why: Option<&str>) -> bool {
    name.ends_with("Secret.Error.NoSuchObject")
        || name.ends_with("DBus.Error.UnknownObject")
        || why.is_some_and(|why| why.contains("Object does not exist at path"))
}

/// The bus's error, with advice on how to get a keyring.
fn in_words(why: &str) -> String {
    if why.contains("ServiceUnknown") || why.contains("not provided by any") || why.contains("NameHasNoOwner")
    {
        "no program provides one on the session bus; start GNOME Keyring, KWallet or KeePassXC".to_owned()
    } else {
        let why = why.replace('\n', " ");
        format!("{why}; start this inside a desktop session{OR_TOKEN_COMMAND}")
    }
}
