//! `demo`: the whole program on a simulated API, in memory.

mod terminal;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::args::DemoArgs;
use super::output::Output;
use super::status::table;
use super::tray::{Desktop, end, quit_on_signal};
use super::{CliError, session};
use crate::domain::config::{Account, AccountId, Config};
use crate::domain::state::{Event, Kept, State};
use crate::domain::token::Token;
use crate::linode::simulated::{Served, World, serve};
use crate::poller::{Poller, Rounds, Tokens, once as one_round};
use crate::store::history::{History, Keeper};
use crate::store::keyring::Fingerprints;
use crate::tray::{self, Place, host};
use terminal::Terminal;

/// Often enough that the figures move while one looks.
const INTERVAL: Duration = Duration::from_secs(2);

/// Shows the sample accounts in the tray or, where there is none, on the terminal.
pub fn run(args: &DemoArgs, output: &mut Output) -> Result<(), CliError> {
    if !args.speed.is_finite() || args.speed < 0.0 {
        return Err(CliError::Wrong(format!(
            "--speed {} is no speed: give a number of 0 or more",
            args.speed
        )));
    }
    let runtime = session::runtime()?;
    if args.once {
        return runtime.block_on(once(args, output));
    }
    let speed = args.speed;
    let work = move |place| {
        let done = runtime.block_on(show(speed, place));
        end(runtime);
        done
    };
    tray::run(work).map_err(CliError::failed)?
}

/// The world that is served, the configuration that goes with it, and what asks.
async fn stage(speed: f64) -> Result<(Served, Config, Rounds), CliError> {
    let world = World::samples(speed);
    let (accounts, tokens) = entries(&world)?;
    let served = serve(world).await.map_err(CliError::failed)?;
    let rounds = Rounds::new(Tokens::Each(tokens), Fingerprints::new(String::new()));
    let config = Config { api_url: served.url(), poll_interval: INTERVAL, accounts, ..Config::default() };
    Ok((served, config, rounds))
}

async fn once(args: &DemoArgs, output: &mut Output) -> Result<(), CliError> {
    let (_served, config, rounds) = stage(args.speed).await?;
    let (mut state, asks) = one_round::begin(Kept::default(), config);
    one_round::poll(&mut state, asks, rounds).await;
    let snapshot = state.snapshot(Timestamp::now());
    table::lines(&snapshot, output).iter().for_each(|line| output.line(line));
    Ok(())
}

async fn show(speed: f64, place: Place) -> Result<(), CliError> {
    let mut output = Output::new();
    let (_served, config, rounds) = stage(speed).await?;
    let history = History::in_memory().map_err(CliError::failed)?;
    let keeper = Keeper::start(history).map_err(CliError::failed)?;
    let mut poller = Poller::new(State::new(Kept::default(), 0, Timestamp::now()), rounds, keeper);
    poller.begin(Event::ConfigLoaded(Box::new(config)));
    quit_on_signal(poller.inbox());
    match host::find().await {
        Ok(()) => {
            output.line(
                "The demo's icon is in the tray: four sample accounts on a simulated API, an hour a second.",
            );
            output.line("Quit it from its menu, or with Ctrl-C here.");
            let scratch = tempfile::tempdir().map_err(CliError::failed)?;
            let desktop = Desktop::start(place, &poller, scratch.path().to_owned()).await;
            desktop.map_err(CliError::failed)?.run(poller).await;
        }
        Err(why) => {
            output.line(&format!("No tray for the demo, so it is shown here; Ctrl-C ends it. {why}"));
            let inbox = poller.inbox();
            poller.run(Terminal::new(&mut output, inbox)).await;
        }
    }
    Ok(())
}

type Entries = (Vec<Account>, std::collections::BTreeMap<AccountId, Arc<Token>>);

fn entries(world: &World) -> Result<Entries, CliError> {
    let mut entries = Entries::default();
    for sample in &world.accounts {
        let id = AccountId::made_from(&sample.company, |id| {
            entries.0.iter().any(|a: &Account| a.id.as_str() == id)
        });
        let token = Token::new(sample.token.clone()).map_err(CliError::failed)?;
        entries.0.push(Account::new(id.clone(), &sample.company));
        entries.1.insert(id, Arc::new(token));
    }
    Ok(entries)
}
