//! `exporter`: polls without a tray and serves metrics for Prometheus.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{ExporterArgs, TokenFile};
use super::output::Output;
use super::status::{LINODE_TOKEN, token_from_environment};
use super::{CliError, context};
use crate::app::exporter::{self, ExporterContext, Hosts, MetricsState};
use crate::app::lifecycle::shut_down;
use crate::app::poller::TokenOverride;
use crate::domain::config::{AccountConfig, AccountId, Config};
use crate::platform::system_events;
use crate::storage::keyring::Keyring;
use crate::storage::paths::Paths;
use crate::storage::token_file;

/// Serves until a termination signal.
pub fn run(args: &ExporterArgs, output: &mut Output) -> Result<(), CliError> {
    let source = source(context::paths()?, args, output)?;
    let runtime = context::runtime()?;
    let done = runtime.block_on(serve(args, source, output));
    shut_down(runtime);
    done
}

async fn serve(args: &ExporterArgs, source: ExporterContext, output: &mut Output) -> Result<(), CliError> {
    let ended = async {
        if let Err(error) = system_events::signals::termination().await {
            tracing::warn!("signals can't be caught: {error}");
            std::future::pending::<()>().await;
        }
    };
    tokio::pin!(ended);
    // Catch signals before printing "Serving": a supervisor may stop the process as soon as it sees that line.
    tokio::select! {
        biased;
        () = &mut ended => return Ok(()),
        () = std::future::ready(()) => {}
    }
    let listener = exporter::bind(args.listen).await.map_err(CliError::runtime)?;
    let address = listener.local_addr().map_err(CliError::runtime)?;
    let to_read = source.clone();
    let state = Arc::new(MetricsState::new(move || to_read.persisted_snapshot()));
    if !address.ip().is_loopback() {
        output.error_line(&format!("Anyone who can reach {address} can read the figures."));
    }
    output.line(&format!("Serving http://{address}/metrics"));
    tokio::select! {
        done = exporter::run(&source, &state, &mut ended) => done.map_err(CliError::runtime),
        () = exporter::serve(listener, state.clone(), Hosts::new(&args.allow_host)) => Ok(()),
    }
}

fn source(paths: Paths, args: &ExporterArgs, output: &mut Output) -> Result<ExporterContext, CliError> {
    let config = context::config(&paths)?;
    let fallback_account = || AccountConfig::new(AccountId::from_name(LINODE_TOKEN, |_| false), LINODE_TOKEN);
    let mut given = BTreeMap::new();
    for file in &args.token_file {
        let whose = token_file_account(file, &config)?.unwrap_or_else(|| fallback_account().id);
        token_file::read(&file.path).map_err(CliError::runtime)?;
        if token_file::is_open_to_all(&file.path) {
            let path = file.path.display();
            output.error_line(&format!("Every user of this machine can read {path}: run chmod 600 on it."));
        }
        if given.insert(whose, TokenOverride::File(file.path.clone())).is_some() {
            return Err(CliError::Usage("--token-file names two files for the same account".to_owned()));
        }
    }
    if given.is_empty()
        && let Some(token) = token_from_environment(&config)?
    {
        given.insert(fallback_account().id, TokenOverride::Token(token));
    }
    let fallback_account = Some(fallback_account()).filter(|account| given.contains_key(&account.id));
    if config.accounts.is_empty() && fallback_account.is_none() {
        output.error_line(
            "No account yet: nothing is polled. Add one with `linode-bandwidth accounts add NAME`, or set a token with LINODE_TOKEN or --token-file.",
        );
    }
    Ok(ExporterContext { paths, fallback_account, given, keyring: Keyring::new() })
}

/// The configured account of `file`; `None` stands for the fallback account, used while none is configured.
fn token_file_account(file: &TokenFile, config: &Config) -> Result<Option<AccountId>, CliError> {
    match (&file.account, config.accounts.as_slice()) {
        (Some(word), _) => context::account(config, word).map(|account| Some(account.id.clone())),
        (None, []) => Ok(None),
        (None, [one]) => Ok(Some(one.id.clone())),
        (None, [one, ..]) => Err(CliError::Usage(format!(
            "--token-file {path}: there are several accounts, so name the token's: --token-file {id}={path}",
            path = file.path.display(),
            id = one.id
        ))),
    }
}
