//! A Secret Service that does what the real ones do at their worst.
//!
//! It needs no cryptography: its public key is 1, so the key of every session is the same, and what one client has
//! encrypted another can decrypt.

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

/// For whom something is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locked {
    #[default]
    Nobody,
    All,
    /// Each client that has not unlocked it.
    EachClient,
}

/// What comes of `Unlock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unlocking {
    /// It needs no prompt.
    NoPrompt,
    /// There is a prompt, which completes before its call returns.
    CompletesByItself,
    /// A dialog, which the test answers.
    #[default]
    Asks,
}

#[derive(Default)]
pub struct State {
    /// Whether there is a collection, which is the default one then.
    pub no_collection: bool,
    pub locked: Locked,
    /// Its items are locked, it is not.
    pub only_items: bool,
    /// While it is locked it shows no items.
    pub hides_items: bool,
    pub unlocking: Unlocking,
    /// It is KWallet, and its wallet is open or not.
    pub wallet_open: Option<bool>,
    /// It answers nothing.
    pub mute: bool,
    /// The methods that were called.
    pub calls: Vec<String>,
    /// Dialogs that were put up.
    pub dialogs: usize,
    /// The secrets that the last call got.
    pub secrets_given: usize,
    /// The item that is deleted between a search and the reading of its secret.
    pub deleted: Option<usize>,
    /// The label of the collection that was made.
    pub label: Option<String>,
    unlocked_for: HashSet<String>,
    items: Vec<(Attributes, Secret)>,
    prompts: HashMap<String, Prompt>,
    /// Dialogs that are open.
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

    /// Its first item is there twice.
    pub fn double(&mut self) {
        self.items.push(self.items[0].clone());
    }

    /// Its first item is there for this account too.
    pub fn share(&mut self, id: &str) {
        let (mut attributes, secret) = self.items[0].clone();
        attributes.insert("username".to_owned(), id.to_owned());
        self.items.push((attributes, secret));
    }

    pub fn count(&self, call: &str) -> usize {
        self.calls.iter().filter(|called| *called == call).count()
    }
}

/// The service, on the bus for as long as the value is.
pub struct Fake {
    bus: Connection,
    state: Arc<Mutex<State>>,
}

impl Fake {
    /// On the bus at `address`.
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

    /// Ends it, as a keyring that crashes.
    pub fn stop(self) {
        self.bus.close().unwrap();
    }

    /// The user answers all dialogs that are open: with the password, or by closing them.
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
            // As KeePassXC's, with a database that is locked: the dialog is up, and the caller waits.
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
                // Only who made it may read it, until the user has allowed more.
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
                // Somebody who is locked out is not told what it is.
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
