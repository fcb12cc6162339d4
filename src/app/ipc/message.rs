//! The messages on the socket, one JSON object per line.
//!
//! Each side first sends a [`Hello`]. After that, the client sends [`ClientMessage`]s and the owner [`ServerMessage`]s.
//! A token goes only from client to owner, inside [`TokenRef`] and [`AccountDraft`]; no answer has a field for one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::accounts::Verified;
use crate::domain::config::{AccountConfig, AccountId};
use crate::domain::linodes::Linode;
use crate::domain::plot::PoolCharts;
use crate::domain::snapshot::StateUpdate;
use crate::domain::token::{ListedToken, Token};
use crate::domain::top::Top;
use crate::domain::usage::PoolId;
use crate::storage::config::Patch;
use crate::window_request::WindowRequest;

/// The version of the protocol. Programs with different versions say so and disconnect.
pub const PROTOCOL: u32 = 2;

/// The first line from each side. Its format never changes, so that all versions understand it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`]
    pub protocol: u32,
    /// The program's version, `0.1.0`.
    pub program: String,
    /// The kind of owner; `None` from a client.
    pub owner: Option<OwnerKind>,
}

impl Hello {
    /// The hello of this program.
    pub fn new(owner: Option<OwnerKind>) -> Hello {
        Hello { protocol: PROTOCOL, program: env!("CARGO_PKG_VERSION").to_owned(), owner }
    }
}

/// The kind of program that owns state, keyring, history and configuration, and polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    Tray,
    /// The tray of `demo`, which closes its windows when it ends.
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
    /// A request. The answer has the same number.
    Request(u64, Request),
    /// Cancels the request with this number. A request that is already changing something is still finished and
    /// answered.
    Cancel(u64),
    /// Subscribes to the state. A window sends what it is opened for: if another window is open on the same display,
    /// that one shows it.
    Subscribe(Option<WindowRequest>),
    /// Subscribes for an icon in the session with this bus, unless an icon is already there.
    Follow(String),
    /// The window received the [`ServerMessage::Show`].
    Shown,
    /// Ends the owner, so that the window can start the new version.
    Quit,
    /// Closes the windows, then ends the owner: from an installer that replaces both programs.
    End,
}

/// A line from the owner.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first line.
    Hello(Hello),
    /// The newest state.
    State(Box<StateUpdate>),
    /// The result of the request with this number.
    Answer(u64, Answer),
    /// Bring the window to the front and show this.
    Show(WindowRequest),
    /// Another window shows what was asked for, or the session already has an icon.
    ShownElsewhere,
    /// Why the connection ends.
    Error(String),
}

/// A request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Poll now. The answer comes with the figures.
    Refresh,
    /// Unlock the keyring, which may ask the user for its password.
    Unlock,
    /// Mute one account's notifications, or all, until this time; `None` unmutes them.
    Mute(Option<AccountId>, Option<Timestamp>),
    /// Turn start at login on or off.
    StartAtLogin(bool),
    /// Open the window, or bring the open one to the front.
    Open(WindowRequest),
    /// Sent by a tray to an exporter: give up the lock. Answered when it is free.
    MakeWay,
    /// Sent by a tray to another tray: give up the lock if your session has ended.
    TakeOver,
    /// A token was stored for this account.
    TokenStored(AccountId),
    /// The configuration file was changed. Answered when it was read.
    ReadConfig,
    /// Read the samples that the plots of this account show.
    History(AccountId),
    /// Save all samples of this account as CSV.
    Export {
        account: AccountId,
        /// The name to write into the file.
        name: String,
        /// The file: an absolute path, or one that starts with `~`.
        file: PathBuf,
        /// Whether to replace an existing file.
        replace: bool,
    },
    /// Fetch the names of regions.
    Regions,
    /// List the tokens of this account's Linode account.
    Tokens(AccountId),
    /// List the Linodes that use this account's pools.
    Top(AccountId),
    /// List the Linodes that a token can read.
    Linodes(TokenRef),
    /// Verify and save an account, new or changed.
    Save(Box<AccountDraft>),
    /// Change settings of an account.
    Change(AccountId, Patch),
    /// Move an account to this place in the list.
    Move(AccountId, usize),
    /// Copy an account with its token.
    Duplicate(AccountId),
    /// Remove an account, with its samples if `forget` is set.
    Remove {
        account: AccountId,
        /// Whether to delete its samples.
        forget: bool,
    },
    /// Change these settings: all or none.
    Settings(Patch),
}

/// The token to use.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRef {
    /// A token that the user typed.
    Typed(#[serde(with = "inward")] Arc<Token>),
    /// The account's stored token, or the one that its command prints.
    Stored(AccountId),
    /// The token that this command prints.
    Command(Vec<String>),
}

/// An account as the form has it.
#[derive(Debug, Serialize, Deserialize)]
pub struct AccountDraft {
    /// The account; its id is ignored if it is `new`. An empty name is replaced with the API's suggestion.
    pub account: AccountConfig,
    /// Whether this is a new account.
    pub new: bool,
    /// The changes to an existing account.
    pub changes: Patch,
    /// A new token, if there is one.
    #[serde(with = "inward::optional")]
    pub token: Option<Arc<Token>>,
    /// Whether to verify the token with the API first.
    pub verify: bool,
}

/// The result of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// For requests of other programs than the window.
    Done(Result<(), String>),
    Refreshed(Result<(), String>),
    /// For `History`: by pool.
    History(AccountId, Result<BTreeMap<PoolId, PoolCharts>, String>),
    /// For `Regions`: names by id.
    Regions(Result<BTreeMap<String, String>, String>),
    Tokens(Result<Vec<ListedToken>, String>),
    Top(AccountId, Result<Top, String>),
    Linodes(Result<Vec<Linode>, String>),
    Saved(Result<Box<Saved>, SaveError>),
    /// For `Export`: the sentence to show.
    Exported(AccountId, Result<String, ExportError>),
    /// For all other changes: the sentence to show.
    Changed(Result<String, String>),
}

/// Why samples were not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportError {
    /// The file already exists.
    Exists,
    /// Another error.
    Failed(String),
}

/// An account that was saved, or that could not be saved only because it has no name and the API suggests none.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Saved {
    /// Its name; `None` if it was not saved because it has none.
    pub name: Option<String>,
    /// The API's answer, if the token was verified.
    pub verified: Option<Verified>,
    /// The names of other accounts with tokens of the same Linode account.
    pub same: Vec<String>,
    /// The warning about a token that belongs to another Linode account than the previous one.
    pub other_account: Option<String>,
    /// When the history begins that a removed account continues.
    pub since: Option<Timestamp>,
}

/// Why an account was not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveError {
    /// The API refused the token.
    Refused(String),
    /// The API could not be reached; the account can still be saved.
    Unverified(String),
    /// The client canceled the request.
    Cancelled,
    /// Another error.
    Failed(String),
}

impl Request {
    /// The answer to this request if it failed.
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

/// Serializes a token on its way to the owner. No other code writes a token; the line is wiped after it was sent.
mod inward {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::domain::token::Token;

    pub fn serialize<S: Serializer>(token: &Arc<Token>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(token.expose())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Token>, D::Error> {
        // The error for an invalid token does not quote it.
        String::deserialize(from).and_then(|text| Token::new(text).map(Arc::new).map_err(de::Error::custom))
    }

    /// The same for an optional token.
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
