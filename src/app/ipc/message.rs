//! What goes over the socket, one JSON object per line.
//!
//! The first line of each side is a [`Hello`]. After that the client sends [`ClientMessage`]s and the owner
//! [`ServerMessage`]s. A token goes from client to owner only, inside [`TokenRef`] and [`AccountDraft`], and no answer has a
//! field for one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::accounts::Verified;
use crate::domain::config::{AccountConfig, AccountId};
use crate::domain::linodes::{Linode, Top};
use crate::domain::plot::PoolHistory;
use crate::domain::snapshot::StateUpdate;
use crate::domain::token::{ListedToken, Token};
use crate::domain::usage::PoolId;
use crate::storage::config::Patch;
use crate::window_request::WindowRequest;

/// The version of the protocol. Two programs of different versions say so and part.
pub const PROTOCOL: u32 = 1;

/// The first line of each side. Its form never changes, so that any two versions understand at least this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`]
    pub protocol: u32,
    /// The program's version, `0.1.0`.
    pub program: String,
    /// What the owner is; `None` from a client.
    pub owner: Option<OwnerKind>,
}

impl Hello {
    /// This program's.
    pub fn new(owner: Option<OwnerKind>) -> Hello {
        Hello { protocol: PROTOCOL, program: env!("CARGO_PKG_VERSION").to_owned(), owner }
    }
}

/// The program that owns state, keyring, history and configuration, and polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    Tray,
    /// The demo's tray, whose windows close with it.
    Demo,
    /// An exporter, which has no windows.
    Exporter,
}

/// A line from a client.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first line.
    Hello(Hello),
    /// Asks for something. The answer has the same number.
    Request(u64, Request),
    /// Ends the request of this number. One that has begun to change something is finished and answered all the same.
    Cancel(u64),
    /// Asks for the state, now and whenever it changes. With a request, from a window: where another one is open on its
    /// display, that one shows it.
    Subscribe(Option<WindowRequest>),
    /// Asks for the same, for an icon in the session with this bus: where one is shown there already, that one stays.
    Follow(String),
    /// The window received what to show.
    Shown,
    /// Ends the owner: the window starts it again, in its new version.
    Quit,
}

/// A line from the owner.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first line.
    Hello(Hello),
    /// The state, newest only.
    State(Box<StateUpdate>),
    /// What came of the request with this number.
    Answer(u64, Answer),
    /// Show this in the window, in front.
    Show(WindowRequest),
    /// Another window shows what was asked for, or there is an icon already.
    ShownElsewhere,
    /// Why the connection ends.
    Error(String),
}

/// Something to do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Poll now; answered when the figures are there.
    Refresh,
    /// Unlock the keyring, which may ask the user for its password.
    Unlock,
    /// Hold back notifications: of one account, or of all; until then, or no longer.
    Mute(Option<AccountId>, Option<Timestamp>),
    /// Start the program at login from now on, or no longer.
    StartAtLogin(bool),
    /// Open the window, or bring the open one to the front.
    Open(WindowRequest),
    /// Give up the right to poll, and answer when it is free: from a tray to an exporter.
    MakeWay,
    /// Give up the right to poll if the session is gone: from a tray to another tray.
    TakeOver,
    /// A token was stored for this account.
    TokenStored(AccountId),
    /// The configuration file was changed: read it, and answer when that is done.
    ReadConfig,
    /// Read the samples that the plots of this account show.
    History(AccountId),
    /// Save all samples of this account as CSV.
    Export {
        account: AccountId,
        /// The name to put into the file.
        name: String,
        /// The file, as an absolute path, or one below `~`.
        file: PathBuf,
        /// Whether a file that is there may be replaced.
        replace: bool,
    },
    /// Ask for the names of regions.
    Regions,
    /// Ask for the tokens of this account's Linode account.
    Tokens(AccountId),
    /// Ask which Linodes use the pools of this account.
    Top(AccountId),
    /// Ask for the Linodes that a token can read.
    Linodes(TokenRef),
    /// Verify and save an account, new or changed.
    Save(Box<AccountDraft>),
    /// Change settings of an account.
    Change(AccountId, Patch),
    /// Move an account to this place in the list.
    Move(AccountId, usize),
    /// Copy an account with its token.
    Duplicate(AccountId),
    /// Remove an account, and its samples too where asked.
    Remove {
        account: AccountId,
        /// Whether to delete its samples.
        forget: bool,
    },
    /// Change these settings, all or none.
    Settings(Patch),
}

/// Which token asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRef {
    /// This one.
    Typed(#[serde(with = "inward")] Arc<Token>),
    /// The one that is stored for this account, or that its command prints.
    Stored(AccountId),
    /// The one that this command prints.
    Command(Vec<String>),
}

/// An account as its form has it.
#[derive(Debug, Serialize, Deserialize)]
pub struct AccountDraft {
    /// The account; its id counts for nothing where it is `new`. An empty name becomes the one that the API suggests.
    pub account: AccountConfig,
    /// Whether it is a new one.
    pub new: bool,
    /// What to change, where it is not new.
    pub changes: Patch,
    /// A new token.
    #[serde(with = "inward::optional")]
    pub token: Option<Arc<Token>>,
    /// Whether to ask the API first.
    pub verify: bool,
}

/// What came of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Of the requests of other programs than the window: done, or why not.
    Done(Result<(), String>),
    Refreshed(Result<(), String>),
    /// Of `History`: by pool.
    History(AccountId, Result<BTreeMap<PoolId, PoolHistory>, String>),
    /// Of `Regions`: names by id.
    Regions(Result<BTreeMap<String, String>, String>),
    Tokens(Result<Vec<ListedToken>, String>),
    Top(AccountId, Result<Top, String>),
    Linodes(Result<Vec<Linode>, String>),
    Saved(Result<Box<Saved>, SaveError>),
    /// Of `Export`: the sentence to show.
    Exported(AccountId, Result<String, ExportError>),
    /// Of the other changes: the sentence to show.
    Changed(Result<String, String>),
}

/// Why samples were not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportError {
    /// There is a file already.
    Exists,
    /// Something else.
    Failed(String),
}

/// An account that was saved, or that only lacks a name: it has none, and the API suggests none.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Saved {
    /// Its name; `None` while it is not saved because it lacks one.
    pub name: Option<String>,
    /// What the API said, where it was asked.
    pub verified: Option<Verified>,
    /// The names of accounts with tokens of the same Linode account.
    pub same: Vec<String>,
    /// Said of a token that is for another Linode account than the one before it.
    pub other_account: Option<String>,
    /// When the history begins that an account which was removed goes on with.
    pub since: Option<Timestamp>,
}

/// Why an account was not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveError {
    /// The API did not take the token.
    Refused(String),
    /// The API could not be asked: it can be saved all the same.
    Unverified(String),
    /// The client has given it up.
    Cancelled,
    /// Something else.
    Failed(String),
}

impl Request {
    /// The answer that says why nothing came of it.
    pub fn failed(&self, why: String) -> Answer {
        match self {
            Request::Refresh => Answer::Refreshed(Err(why)),
            Request::Open(_)
            | Request::Unlock
            | Request::Mute(..)
            | Request::MakeWay
            | Request::TakeOver
            | Request::TokenStored(_)
            | Request::ReadConfig => Answer::Done(Err(why)),
            Request::History(id) => Answer::History(id.clone(), Err(why)),
            Request::Regions => Answer::Regions(Err(why)),
            Request::Tokens(_) => Answer::Tokens(Err(why)),
            Request::Top(id) => Answer::Top(id.clone(), Err(why)),
            Request::Linodes(_) => Answer::Linodes(Err(why)),
            Request::Save(_) => Answer::Saved(Err(SaveError::Failed(why))),
            Request::Export { account, .. } => {
                Answer::Exported(account.clone(), Err(ExportError::Failed(why)))
            }
            Request::StartAtLogin(_)
            | Request::Change(..)
            | Request::Move(..)
            | Request::Duplicate(_)
            | Request::Remove { .. }
            | Request::Settings(_) => Answer::Changed(Err(why)),
        }
    }
}

/// A token on its way to the owner: the one place that writes a token down, into a line that is wiped once it is sent.
mod inward {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::domain::token::Token;

    pub fn serialize<S: Serializer>(token: &Arc<Token>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(token.expose())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Token>, D::Error> {
        // The error of a text that is no token does not repeat it.
        String::deserialize(from).and_then(|text| Token::new(text).map(Arc::new).map_err(de::Error::custom))
    }

    /// The same for a token that may be missing.
    pub mod optional {
        use std::sync::Arc;

        use serde::{Deserialize, Deserializer, Serializer, de};

        use crate::domain::token::Token;

        pub fn serialize<S: Serializer>(token: &Option<Arc<Token>>, to: S) -> Result<S::Ok, S::Error> {
            match token {
                Some(token) => to.serialize_some(token.expose()),
                None => to.serialize_none(),
            }
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Arc<Token>>, D::Error> {
            let text = Option::<String>::deserialize(from)?;
            text.map(|text| Token::new(text).map(Arc::new).map_err(de::Error::custom)).transpose()
        }
    }
}
