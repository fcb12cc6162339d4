//! A Secret Service that imitates the worst behavior of real ones.
//!
//! It needs no cryptography: its public key is 1, so all sessions have the same key, and one client can decrypt what
//! another has encrypted.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde::Serialize;
use zbus::Message;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::message::{Header, Type};
use zbus::zvariant::{DynamicType, ObjectPath, OwnedObjectPath, OwnedValue, Value};

pub const COLLECTION: &str = "/org/freedesktop/secrets/collection/one";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";

type Attributes = HashMap<String, String>;
/// Session, parameters, value and content type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// Who can't read a locked item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locked {
    #[default]
    Nobody,
    All,
    /// Each client that has not unlocked it.
    EachClient,
}

/// How `Unlock` proceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unlocking {
    /// Without a prompt.
    NoPrompt,
    /// With a prompt that completes before its call returns.
    CompletesByItself,
    /// With a dialog that the test answers.
    #[default]
    Asks,
}

#[derive(Default)]
pub struct State {
    /// Whether there is no default collection.
    pub no_collection: bool,
    pub locked: Locked,
    /// Whether only items are locked, not the collection.
    pub only_items: bool,
    /// Whether a locked collection hides its items.
    pub hides_items: bool,
    pub unlocking: Unlocking,
    /// Whether KWallet's wallet is open; `None` for other keyrings.
    pub wallet_open: Option<bool>,
    /// Whether it never answers.
    pub mute: bool,
    /// All methods called.
    pub calls: Vec<String>,
    /// Number of dialogs shown.
    pub dialogs: usize,
    /// Number of secrets returned by the last call.
    pub secrets_given: usize,
    /// An item to delete between the search and the read.
    pub deleted: Option<usize>,
    /// The label of the new collection.
    pub label: Option<String>,
    unlocked_for: HashSet<String>,
    items: Vec<(Attributes, Secret)>,
    prompts: HashMap<String, Prompt>,
    /// Open dialogs.
    open: Vec<(String, String)>,
}

#[derive(Clone)]
enum Prompt {
    Unlock(Vec<OwnedObjectPath>),
    Create(String),
}

impl State {
    fn is_locked(&self, client: &str) -> bool {
        match self.locked {
            Locked::Nobody => false,
            Locked::All => true,
            Locked::EachClient => !self.unlocked_for.contains(client),
        }
    }

    /// Adds a second copy of the first item.
    pub fn double(&mut self) {
        self.items.push(self.items[0].clone());
    }

    /// Adds the first item for another account.
    pub fn share(&mut self, id: &str) {
        let (mut attributes, secret) = self.items[0].clone();
        attributes.insert("username".to_owned(), id.to_owned());
        self.items.push((attributes, secret));
    }

    pub fn count(&self, call: &str) -> usize {
        self.calls.iter().filter(|called| *called == call).count()
    }
}

/// The service on the bus. It ends when this is dropped.
pub struct Fake {
    bus: Connection,
    state: Arc<Mutex<State>>,
}

impl Fake {
    /// Starts it on the bus at `address`.
    pub fn start(address: &str, state: State) -> Fake {
        let bus = connection::Builder::address(address).unwrap().name("org.freedesktop.secrets").unwrap();
        let bus = bus.build().unwrap();
        let fake = Fake { bus, state: Arc::new(Mutex::new(state)) };
        let served = Fake { bus: fake.bus.clone(), state: fake.state.clone() };
        let messages = MessageIterator::from(&fake.bus);
        thread::spawn(move || {
            for message in messages {
                let Ok(message) = message else { break };
                if message.message_type() == Type::MethodCall {
                    served.serve(&message);
                }
            }
        });
        fake
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Ends it like a crash.
    pub fn stop(self) {
        self.bus.close().unwrap();
    }

    /// Answers all open dialogs: enters the password, or closes them.
    pub fn answer(&self, accepts: bool) {
        let mut state = self.state();
        for (client, path) in std::mem::take(&mut state.open) {
            self.complete(&mut state, &client, &path, !accepts);
        }
    }

    fn complete(&self, state: &mut State, client: &str, path: &str, dismissed: bool) {
        let Some(prompt) = state.prompts.remove(path) else { return };
        let result = match (prompt, dismissed) {
            (_, true) => Value::from(""),
            (Prompt::Unlock(objects), false) => {
                state.unlocked_for.insert(client.to_owned());
                if state.locked == Locked::All {
                    state.locked = Locked::Nobody;
                }
                Value::from(objects.into_iter().map(ObjectPath::from).collect::<Vec<_>>())
            }
            (Prompt::Create(label), false) => {
                state.no_collection = false;
                state.label = Some(label);
                Value::from(ObjectPath::try_from(COLLECTION).unwrap())
            }
        };
        let signal = Message::signal(path, PROMPT, "Completed").unwrap().destination(client).unwrap();
        self.bus.send(&signal.build(&(dismissed, result)).unwrap()).unwrap();
    }

    fn reply<B: Serialize + DynamicType>(&self, header: &Header<'_>, body: &B) {
        self.bus.reply(header, body).unwrap();
    }

    fn serve(&self, message: &Message) {
        let header = message.header();
        let (path, member) = (header.path().unwrap().to_string(), header.member().unwrap().to_string());
        let interface = header.interface().map(ToString::to_string).unwrap_or_default();
        let client = header.sender().unwrap().to_string();
        let body = message.body();
        let mut state = self.state.lock().unwrap();
        state.calls.push(member.clone());
        if state.mute {
            return;
        }
        let none = || OwnedObjectPath::try_from("/").unwrap();
        let object = |path: &str| OwnedObjectPath::try_from(path).unwrap();
        let item = |at: usize| object(&format!("{COLLECTION}/{at}"));
        let locked = state.is_locked(&client);
        let collection_locked = locked && !state.only_items;
        match (interface.rsplit('.').next().unwrap(), member.as_str()) {
            ("Service", "OpenSession") => {
                let result = (Value::from(vec![1u8]), object("/org/freedesktop/secrets/session/s"));
                self.reply(&header, &result);
            }
            ("Service", "ReadAlias") => {
                let path = if state.no_collection { none() } else { object(COLLECTION) };
                self.reply(&header, &path);
            }
            // Like KeePassXC with a locked database: shows a dialog while the caller waits.
            ("Service", "SearchItems") => state.dialogs += 1,
            ("Service", "CreateCollection") => {
                let (properties, alias): (HashMap<String, OwnedValue>, String) = body.deserialize().unwrap();
                assert_eq!(alias, "default");
                let label = properties["org.freedesktop.Secret.Collection.Label"].clone();
                let prompt = format!("/prompt/{}", state.calls.len());
                state.prompts.insert(prompt.clone(), Prompt::Create(label.try_into().unwrap()));
                self.reply(&header, &(none(), object(&prompt)));
            }
            ("Service", "Unlock") => {
                let (objects,): (Vec<OwnedObjectPath>,) = body.deserialize().unwrap();
                if !locked {
                    self.reply(&header, &(objects, none()));
                } else if state.unlocking == Unlocking::NoPrompt {
                    state.locked = Locked::Nobody;
                    self.reply(&header, &(objects, none()));
                } else {
                    let prompt = format!("/prompt/{}", state.calls.len());
                    state.prompts.insert(prompt.clone(), Prompt::Unlock(objects));
                    self.reply(&header, &(Vec::<OwnedObjectPath>::new(), object(&prompt)));
                }
            }
            ("Prompt", "Prompt") => {
                let unlocks = matches!(state.prompts[&path], Prompt::Unlock(_));
                let by_itself = unlocks
                    && (state.wallet_open == Some(true) || state.unlocking == Unlocking::CompletesByItself);
                if by_itself {
                    self.complete(&mut state, &client, &path, false);
                } else {
                    state.dialogs += 1;
                    state.open.push((client, path));
                }
                self.reply(&header, &());
            }
            ("Prompt", "Dismiss") => {
                self.complete(&mut state, &client, &path, true);
                self.reply(&header, &());
            }
            ("Collection", "SearchItems") => {
                let (wanted,): (Attributes,) = body.deserialize().unwrap();
                let has_all = |attributes: &Attributes| {
                    wanted.iter().all(|(name, text)| attributes.get(name) == Some(text))
                };
                let items = state.items.iter().enumerate().filter(|(_, (attributes, _))| has_all(attributes));
                self.reply(&header, &items.map(|(at, _)| item(at)).collect::<Vec<_>>());
            }
            ("Collection", "CreateItem") => {
                assert!(!locked);
                let (properties, secret, _): (HashMap<String, OwnedValue>, Secret, bool) =
                    body.deserialize().unwrap();
                let attributes = properties["org.freedesktop.Secret.Item.Attributes"].clone();
                state.items.push((attributes.try_into().unwrap(), secret));
                // Only the client that made it may read it, until the user allows others.
                state.unlocked_for.insert(client);
                self.reply(&header, &(item(state.items.len() - 1), none()));
            }
            ("Item", "GetSecret") if locked => {
                let error = "org.freedesktop.Secret.Error.IsLocked";
                self.bus.reply_error(&header, error, &"locked").unwrap();
            }
            ("Item", "GetSecret") => {
                let at: usize = path.rsplit('/').next().unwrap().parse().unwrap();
                self.reply(&header, &(state.items[at].1.clone(),));
            }
            ("Service", "GetSecrets") if locked => {
                let error = "org.freedesktop.Secret.Error.IsLocked";
                self.bus.reply_error(&header, error, &"locked").unwrap();
            }
            ("Service", "GetSecrets")
                if state.deleted.is_some_and(|at| {
                    let (wanted, _): (Vec<OwnedObjectPath>, OwnedObjectPath) = body.deserialize().unwrap();
                    wanted.contains(&item(at))
                }) =>
            {
                let error = "org.freedesktop.Secret.Error.NoSuchObject";
                self.bus.reply_error(&header, error, &"deleted").unwrap();
            }
            ("Service", "GetSecrets") => {
                let (wanted, _): (Vec<OwnedObjectPath>, OwnedObjectPath) = body.deserialize().unwrap();
                let secrets =
                    state.items.iter().enumerate().map(|(at, (_, secret))| (item(at), secret.clone()));
                let secrets: HashMap<_, _> = secrets.filter(|(path, _)| wanted.contains(path)).collect();
                self.reply(&header, &secrets);
                state.secrets_given = secrets.len();
            }
            ("Properties", "GetAll") => {
                let at: usize = path.rsplit('/').next().unwrap().parse().unwrap();
                // Clients without access don't see the attributes.
                let attributes = if locked { Attributes::new() } else { state.items[at].0.clone() };
                let properties = HashMap::from([
                    ("Locked", Value::from(locked)),
                    ("Attributes", Value::from(attributes)),
                    ("Label", Value::from("a label")),
                ]);
                self.reply(&header, &properties);
            }
            ("Properties", "Get") => {
                let (interface, name): (String, String) = body.deserialize().unwrap();
                let items =
                    || (0..state.items.len()).map(|at| ObjectPath::from(item(at))).collect::<Vec<_>>();
                let value = match (interface.rsplit('.').next().unwrap(), name.as_str()) {
                    ("Service", "Collections") if state.no_collection => {
                        Value::from(Vec::<ObjectPath<'_>>::new())
                    }
                    ("Service", "Collections") => {
                        Value::from(vec![ObjectPath::try_from(COLLECTION).unwrap()])
                    }
                    ("Collection", "Locked") => Value::from(collection_locked),
                    ("Collection", "Items") if collection_locked && state.hides_items => {
                        Value::from(Vec::<ObjectPath<'_>>::new())
                    }
                    ("Collection", "Items") => Value::from(items()),
                    ("Collection", "Label") => Value::from("kdewallet"),
                    ("Item", "Locked") => Value::from(locked),
                    other => panic!("{other:?}"),
                };
                self.reply(&header, &value);
            }
            ("KWallet", "networkWallet") if state.wallet_open.is_some() && path.ends_with("kwalletd5") => {
                self.reply(&header, &"kdewallet");
            }
            ("KWallet", "isOpen") if state.wallet_open.is_some() => {
                let (wallet,): (String,) = body.deserialize().unwrap();
                assert_eq!(wallet, "kdewallet");
                self.reply(&header, &(state.wallet_open == Some(true)));
            }
            _ => {
                let error = "org.freedesktop.DBus.Error.UnknownMethod";
                self.bus.reply_error(&header, error, &"none").unwrap();
            }
        }
    }
}
