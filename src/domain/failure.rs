//! What can go wrong with a poll, as states of an account and as sentences that say what to do.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::token::Scopes;

/// Said of every token that the API refuses, word for word.
pub const INVALID_TOKEN: &str =
    "Invalid Personal Access Token. Please verify the token and scopes then try again.";
/// Said of every answer that can't be read, word for word.
pub const INVALID_RESPONSE: &str = "Invalid response from server";

/// Said of a `token_command` that may have asked its user something.
const NOT_WITHIN_THE_HOUR: &str = "; it runs again in an hour, or when you refresh";

/// The state of an account, as `status` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// The last poll went well and is not old.
    Ok,
    /// Never polled yet.
    Pending,
    /// The last good answer is older than two poll intervals.
    Stale,
    /// No token is kept for the account.
    TokenMissing,
    /// The API does not know the token: mistyped, expired or revoked.
    TokenInvalid,
    /// The token lacks a scope.
    ScopeMissing,
    /// The user behind the token may not see this.
    Forbidden,
    /// The API asks to wait.
    RateLimited,
    /// No answer.
    Unreachable,
    /// An answer that is not what it should be.
    InvalidResponse,
    /// The API is down for maintenance.
    Maintenance,
    /// The keyring is locked.
    KeyringLocked,
    /// There is no keyring.
    KeyringUnavailable,
    /// The user has switched the account off.
    Disabled,
}

impl EntryState {
    /// All of them.
    pub const ALL: [EntryState; 14] = [
        EntryState::Ok,
        EntryState::Pending,
        EntryState::Stale,
        EntryState::TokenMissing,
        EntryState::TokenInvalid,
        EntryState::ScopeMissing,
        EntryState::Forbidden,
        EntryState::RateLimited,
        EntryState::Unreachable,
        EntryState::InvalidResponse,
        EntryState::Maintenance,
        EntryState::KeyringLocked,
        EntryState::KeyringUnavailable,
        EntryState::Disabled,
    ];

    /// Its name in `status --format json`.
    pub fn as_str(self) -> &'static str {
        match self {
            EntryState::Ok => "ok",
            EntryState::Pending => "pending",
            EntryState::Stale => "stale",
            EntryState::TokenMissing => "token_missing",
            EntryState::TokenInvalid => "token_invalid",
            EntryState::ScopeMissing => "scope_missing",
            EntryState::Forbidden => "forbidden",
            EntryState::RateLimited => "rate_limited",
            EntryState::Unreachable => "unreachable",
            EntryState::InvalidResponse => "invalid_response",
            EntryState::Maintenance => "maintenance",
            EntryState::KeyringLocked => "keyring_locked",
            EntryState::KeyringUnavailable => "keyring_unavailable",
            EntryState::Disabled => "disabled",
        }
    }

    /// Whether a poll can end in it.
    pub fn is_a_failure(self) -> bool {
        !matches!(self, EntryState::Ok | EntryState::Pending | EntryState::Stale | EntryState::Disabled)
    }

    /// Whether a new token fixes it.
    pub fn needs_new_token(self) -> bool {
        matches!(self, EntryState::TokenMissing | EntryState::TokenInvalid | EntryState::ScopeMissing)
    }
}

/// A role of Linode's access management that lets a restricted user see transfer figures. By Cloud Manager's list of
/// permissions: `view_network_usage` is in the first one, `view_linode_network_transfer` in the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// For `GET /account/transfer`, and all that is about the account.
    #[default]
    AccountViewer,
    /// For what is about one Linode.
    LinodeViewer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::AccountViewer => "Account Viewer",
            Role::LinodeViewer => "Linode Viewer",
        })
    }
}

/// Why a poll gave no figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failure {
    /// Nothing in the keyring; or a file that stands in its place gave nothing, and why.
    #[error("{}", token_missing(.why.as_deref()))]
    TokenMissing {
        /// Which file, and what went wrong.
        why: Option<String>,
    },
    /// The account's `token_command` gave no token.
    #[error("token_command gave no token: {why}{}", if *.timed_out { NOT_WITHIN_THE_HOUR } else { "" })]
    TokenCommand {
        /// What went wrong, without what may be a token.
        why: String,
        /// It did not end within its time. It may have asked its user something.
        timed_out: bool,
    },
    /// HTTP 401 with `Invalid Token` or without a reason.
    #[error("{INVALID_TOKEN}")]
    TokenInvalid,
    /// HTTP 401 or 403, "not authorized to use this endpoint".
    #[error("{INVALID_TOKEN} Missing scope: {missing}.")]
    ScopeMissing {
        /// The scopes that the endpoint accepts and the token lacks.
        missing: Scopes,
    },
    /// HTTP 403 for another reason: the token's user may not see it, whatever the token's scopes.
    #[error(
        "{}. Besides the token's scope, its user needs the role {role} or unrestricted access.",
        .reason.trim_end_matches('.')
    )]
    Forbidden {
        /// The API's own words.
        reason: String,
        /// The role that lets a restricted user see it.
        #[serde(default)]
        role: Role,
    },
    /// HTTP 429.
    #[error("Rate limited by the Linode API.")]
    RateLimited {
        /// How long, if the API said.
        retry_after: Option<Duration>,
    },
    /// HTTP 503 with `X-Maintenance-Mode`.
    #[error("Linode's API is under maintenance.")]
    Maintenance {
        /// How long, if the API said.
        retry_after: Option<Duration>,
    },
    /// Any other answer that is not what it should be.
    #[error("{INVALID_RESPONSE} ({})", status_words(*.status, .reason.as_deref()))]
    InvalidResponse {
        /// The HTTP status.
        status: u16,
        /// The API's own words, or what is wrong with the body.
        reason: Option<String>,
    },
    /// No answer at all.
    #[error("Can't reach Linode: {why}.")]
    Unreachable {
        /// What failed, in words: `no connection`, `timed out`.
        why: String,
    },
    /// The keyring is locked, and only the user may unlock it.
    #[error(
        "The keyring is locked: choose \"Unlock keyring…\" in the tray's menu, or run `linode-bandwidth refresh`."
    )]
    KeyringLocked,
    /// The system has no keyring, or it does not answer.
    #[error("No keyring: {why}.")]
    KeyringUnavailable {
        /// What the system said, and what to do.
        why: String,
    },
}

impl Failure {
    /// The state that an account is in by it.
    pub fn state(&self) -> EntryState {
        match self {
            Failure::TokenMissing { .. } | Failure::TokenCommand { .. } => EntryState::TokenMissing,
            Failure::TokenInvalid => EntryState::TokenInvalid,
            Failure::ScopeMissing { .. } => EntryState::ScopeMissing,
            Failure::Forbidden { .. } => EntryState::Forbidden,
            Failure::RateLimited { .. } => EntryState::RateLimited,
            Failure::Maintenance { .. } => EntryState::Maintenance,
            Failure::InvalidResponse { .. } => EntryState::InvalidResponse,
            Failure::Unreachable { .. } => EntryState::Unreachable,
            Failure::KeyringLocked => EntryState::KeyringLocked,
            Failure::KeyringUnavailable { .. } => EntryState::KeyringUnavailable,
        }
    }

    /// A word or two for a row that has no room for the sentence.
    pub fn short_label(&self) -> &'static str {
        match self {
            Failure::TokenMissing { .. } | Failure::TokenCommand { .. } => "no token",
            Failure::TokenInvalid => "token refused",
            Failure::ScopeMissing { .. } => "scope missing",
            Failure::Forbidden { .. } => "not allowed",
            Failure::RateLimited { .. } => "rate limited",
            Failure::Maintenance { .. } => "maintenance",
            Failure::InvalidResponse { .. } => "invalid response",
            Failure::Unreachable { .. } => "offline",
            Failure::KeyringLocked => "keyring locked",
            Failure::KeyringUnavailable { .. } => "no keyring",
        }
    }
}

fn token_missing(why: Option<&str>) -> String {
    match why {
        None => "No token in the keyring. Store one with: linode-bandwidth accounts token NAME".to_owned(),
        Some(why) => why.to_owned(),
    }
}

fn status_words(status: u16, reason: Option<&str>) -> String {
    match reason {
        None => format!("HTTP {status}"),
        Some(reason) => format!("HTTP {status}: {reason}"),
    }
}
