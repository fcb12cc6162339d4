//! Checks of the API, and of each account's token with a real poll.

use super::Finding;
use crate::api::Client;
use crate::app::accounts;
use crate::app::accounts::token_guide::TOKENS;
use crate::app::poller::once::Prompting;
use crate::app::poller::{Fetcher, TokenSource, once};
use crate::cli::context;
use crate::domain::config::{AccountId, Config};
use crate::domain::failure::{EntryState, Failure};
use crate::domain::report::explanation;
use crate::domain::snapshot::AccountSnapshot;
use crate::domain::text;
use crate::storage::keyring::Keyring;
use crate::storage::paths::Paths;

/// Fetches a public endpoint, then polls each account once.
pub async fn look(paths: Option<&Paths>, config: Config, keyring: Keyring) -> Vec<Finding> {
    let api = api(&config).await;
    let reached = api.ok;
    let mut findings = vec![api];
    let Some(paths) = paths.filter(|_| reached && !config.accounts.is_empty()) else { return findings };
    let Ok((_, fingerprints)) = context::load_persisted(paths) else { return findings };
    let (mut state, asks) = once::begin(Default::default(), config);
    let fetcher = Fetcher::new(TokenSource::Keyring(keyring), fingerprints);
    once::poll(&mut state, asks, fetcher, Prompting::Never).await;
    let by_command =
        |id: &AccountId| state.config().account(id).is_some_and(|account| account.token_command.is_some());
    let accounts = state.snapshot(jiff::Timestamp::now()).accounts;
    findings.extend(accounts.iter().map(|account| finding(account, by_command(&account.id))));
    findings
}

async fn api(config: &Config) -> Finding {
    let check = "API";
    let said = |why: &dyn std::fmt::Display| format!("{}: {why}", config.api_url);
    let client = match Client::new(config.api_url.clone()) {
        Ok(client) => client,
        Err(error) => return Finding::fail(check, said(&error), "then try again"),
    };
    match client.regions().await {
        Ok(_) => {
            let by = client.desktop_proxy().map(|proxy| format!(", by the desktop's proxy {proxy}"));
            Finding::pass(check, format!("{} answers{}", config.api_url, by.unwrap_or_default()))
        }
        Err(failure) => Finding::fail(check, said(&failure), connection_hint(&failure)),
    }
}

/// Advice about an API that is unreachable or responds with something else.
fn connection_hint(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unreachable { why } if why.starts_with("certificate not trusted") => {
            if cfg!(target_os = "linux") {
                "check the clock, and whether the network requires a login in a browser; add your own certificate authority to the system's store or to the file in SSL_CERT_FILE"
            } else {
                "check the clock, and whether the network requires a login in a browser; add your own certificate authority to the system's store"
            }
        }
        Failure::Unreachable { why } if why.contains("proxy") => {
            "check the proxy in HTTPS_PROXY or, if that is not set, in the desktop's network settings"
        }
        Failure::Unreachable { .. } => {
            "check the network and api_url in the configuration; if a proxy is needed, set it in HTTPS_PROXY or in the desktop's network settings"
        }
        Failure::InvalidResponse { .. } => {
            "check whether the network requires a login in a browser, and api_url in the configuration"
        }
        _ => "wait and try again later",
    }
}

fn finding(account: &AccountSnapshot, by_command: bool) -> Finding {
    let check = "token";
    let name = &account.name;
    let said = |what: String| format!("{}: {what}", text::isolated(name));
    if account.disabled() {
        return Finding::pass(check, said("disabled".to_owned()));
    }
    match (explanation(account), account.state) {
        (None, _) | (_, EntryState::Ok) => {
            let Some(token) = &account.token else { return Finding::pass(check, said("works".to_owned())) };
            let facts = text::token_facts(token, jiff::Timestamp::now(), &jiff::tz::TimeZone::system());
            match accounts::unneeded_scopes(&token.scopes, &account.watch) {
                None => Finding::pass(check, said(facts)),
                Some(unneeded) => {
                    Finding::warn(check, said(facts), narrower_token_hint(&unneeded, name, by_command))
                }
            }
        }
        (Some(why), state) => Finding::fail(check, said(why), hint(state, name, by_command)),
    }
}

/// Advice about a token that can do more than read.
fn narrower_token_hint(unneeded: &str, name: &str, by_command: bool) -> String {
    let put = match by_command {
        true => "make the account's token_command print it".to_owned(),
        false => format!("run `linode-bandwidth accounts token \"{name}\"`"),
    };
    format!("it does not need {unneeded}: create a read-only one at {TOKENS}, and {put}")
}

fn hint(state: EntryState, name: &str, by_command: bool) -> String {
    match state {
        // The command takes precedence over the keyring.
        state if state.needs_new_token() && by_command => {
            "make the account's token_command print a valid token as its first line".to_owned()
        }
        state if state.needs_new_token() => {
            format!("create one at {TOKENS} and store it: linode-bandwidth accounts token \"{name}\"")
        }
        EntryState::Forbidden => {
            "ask the account's owner for that role, or use another user's token".to_owned()
        }
        EntryState::KeyringLocked => super::UNLOCK.to_owned(),
        EntryState::KeyringUnavailable => format!(
            "start a keyring, or get the token from a command: linode-bandwidth accounts edit \"{name}\" --token-command pass show linode"
        ),
        _ => "nothing to fix: the tray tries again on its own".to_owned(),
    }
}
