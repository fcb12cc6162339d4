//! `demo`: the whole program on a simulated API, in memory.

mod past;
mod terminal;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;

use super::args::DemoArgs;
use super::output::Output;
use super::status::table;
use super::tray::{
    Desktop, Hands, Opener, end, quit_on_signal, quit_with_the_session, subscribers, watch_the_world,
};
use super::{CliError, session};
use crate::api::simulated::{Served, World, serve};
use crate::app::ipc::message::OwnerKind;
use crate::app::owner::TrayOwner;
use crate::app::poller::{ConfigSource, Poller, Rounds, Tokens, once as one_round};
use crate::app::requests::Requests;
use crate::domain::config::{Account, AccountId, Config};
use crate::domain::state::{Event, Kept, State};
use crate::domain::token::Token;
use crate::platform::system_events;
use crate::storage::config::{self, Setting};
use crate::storage::history::{History, Keeper};
use crate::storage::keyring::Fingerprints;
use crate::storage::paths::Paths;
use crate::storage::sample_tokens::SampleTokens;
use crate::storage::token_store::TokenStore;
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

/// What the demo plays: the configuration, what the accounts did before, and their tokens, which are noted down in a
/// folder that goes with it.
struct Play {
    config: Config,
    past: Vec<past::Series>,
    tokens: SampleTokens,
    scratch: TempDir,
}

impl Play {
    fn kept(&self) -> Kept {
        past::kept(&self.past, &self.config.accounts, Timestamp::now())
    }
}

/// The world that is served, and what is played in it.
async fn stage(speed: f64) -> Result<(Served, Play), CliError> {
    let world = World::samples(speed);
    let scratch = tempfile::tempdir().map_err(CliError::failed)?;
    let (accounts, tokens) = entries(&world, scratch.path())?;
    let past = past::of(&world, &accounts, Timestamp::now());
    let served = serve(world).await.map_err(CliError::failed)?;
    let config = Config {
        api_url: served.url(),
        poll_interval: INTERVAL,
        // Theirs is no month that a pace could be told of.
        forecast_alert: false,
        accounts,
        ..Config::default()
    };
    Ok((served, Play { config, past, tokens, scratch }))
}

async fn once(args: &DemoArgs, output: &mut Output) -> Result<(), CliError> {
    let (_served, play) = stage(args.speed).await?;
    let (mut state, asks) = one_round::begin(play.kept(), play.config.clone());
    one_round::poll(&mut state, asks, rounds(&play.tokens), one_round::Prompting::Never).await;
    let snapshot = state.snapshot(Timestamp::now());
    table::lines(&snapshot, output).iter().for_each(|line| output.line(line));
    Ok(())
}

async fn show(speed: f64, place: Place) -> Result<(), CliError> {
    let mut output = Output::new();
    let (_served, play) = stage(speed).await?;
    match host::find().await {
        Ok(()) => {
            output.line(&format!(
                "The demo's icon is in the tray: four sample accounts on a simulated API, {}.",
                pace(speed)
            ));
            output.line("Quit it from its menu, or with Ctrl-C here.");
            in_the_tray(place, play).await
        }
        Err(why) => {
            output.line(&format!("No tray for the demo, so it is shown here; Ctrl-C ends it. {why}"));
            let poller = poller(History::in_memory().map_err(CliError::failed)?, &play)?;
            quit_on_signal(poller.inbox());
            let inbox = poller.inbox();
            poller.run(Terminal::new(&mut output, inbox)).await;
            Ok(())
        }
    }
}

/// `an hour a second`: how fast the sample accounts' time goes, in the largest unit that gives a whole number.
fn pace(speed: f64) -> String {
    if speed == 0.0 {
        return "whose time stands still".to_owned();
    }
    let units = [("a day", "days", 86_400.0), ("an hour", "hours", 3600.0), ("a minute", "minutes", 60.0)];
    let unit = units.into_iter().find(|(_, _, seconds)| speed % seconds == 0.0);
    let (one, many, seconds) = unit.unwrap_or(("a second", "seconds", 1.0));
    match speed / seconds {
        1.0 => format!("{one} a second"),
        count => format!("{count} {many} a second"),
    }
}

/// With files of its own in a folder that goes with it, so that menu and window can do all that they can do.
async fn in_the_tray(place: Place, play: Play) -> Result<(), CliError> {
    let folder = play.scratch.path();
    let paths = Paths { config_file: folder.join("config.toml"), data_dir: folder.to_owned() };
    write(&play.config, &paths)?;
    let history = History::open(&paths.history_file()).map_err(CliError::failed)?;
    let to_read = paths.clone();
    let config = ConfigSource::new(paths.config_file.clone(), move || read(&to_read));
    let poller = poller(history, &play)?.reading(config);
    let inbox = poller.inbox();
    let subscribers = subscribers(&inbox);
    let poller = poller.publishing(subscribers.clone());
    quit_on_signal(inbox.clone());
    quit_with_the_session(inbox.clone());
    let tokens = TokenStore::Samples(play.tokens.clone());
    let opener = Opener::new(&paths, Some(subscribers.clone()), inbox.clone()).map_err(CliError::failed)?;
    let requests = Requests::new(&paths, tokens, inbox.clone());
    let hands = Hands { opener: opener.of_demo(), requests: requests.clone() };
    let desktop = Desktop::start(place, &poller, folder.to_owned(), hands).await;
    let desktop = desktop.map_err(|(error, _)| CliError::failed(error))?;
    let owner = TrayOwner { kind: OwnerKind::Demo, requests, inbox };
    // Dropped before the folder goes: the demo's window closes with the connection.
    let _listening = watch_the_world(&paths, owner, subscribers);
    desktop.run(poller).await;
    Ok(())
}

fn poller(mut history: History, play: &Play) -> Result<Poller, CliError> {
    past::keep(&play.past, &mut history).map_err(CliError::failed)?;
    let keeper = Keeper::start(history).map_err(CliError::failed)?;
    let state = State::new(play.kept(), 0, Timestamp::now()).in_zone(system_events::zone::current());
    let mut poller = Poller::new(state, rounds(&play.tokens), keeper);
    poller.begin(Event::ConfigLoaded(Box::new(play.config.clone())));
    Ok(poller)
}

fn rounds(tokens: &SampleTokens) -> Rounds {
    Rounds::new(Tokens::Kept(TokenStore::Samples(tokens.clone())), Fingerprints::new(String::new()))
}

/// Address and entries; the rest is at its default.
fn write(config: &Config, paths: &Paths) -> Result<(), CliError> {
    Ok(config::edit(&paths.config_file, |draft| {
        draft.set(Setting::ApiUrl(config.api_url.clone()))?;
        config.accounts.iter().try_for_each(|account| draft.add(account))
    })?)
}

/// The file as it now is, but for an interval that no file may have.
fn read(paths: &Paths) -> Event {
    match config::load(&paths.config_file) {
        Ok(config) => Event::ConfigLoaded(Box::new(Config { poll_interval: INTERVAL, ..config })),
        Err(error) => Event::ConfigRefused(error.to_string()),
    }
}

fn samples(world: &World, folder: &Path) -> Result<SampleTokens, CliError> {
    let tokens = world.accounts.iter().map(|sample| Token::new(sample.token.clone()).map(Arc::new));
    let tokens: Vec<Arc<Token>> = tokens.collect::<Result<_, _>>().map_err(CliError::failed)?;
    Ok(SampleTokens::new(tokens, folder))
}

fn entries(world: &World, folder: &Path) -> Result<(Vec<Account>, SampleTokens), CliError> {
    let (mut accounts, tokens) = (Vec::<Account>::new(), samples(world, folder)?);
    for sample in &world.accounts {
        let id = AccountId::from_name(&sample.company, |id| {
            accounts.iter().any(|account| account.id.as_str() == id)
        });
        let token = Token::new(sample.token.clone()).map_err(CliError::failed)?;
        tokens.write(&id, &token).map_err(CliError::failed)?;
        accounts.push(Account::new(id, &sample.company));
    }
    Ok((accounts, tokens))
}

#[cfg(test)]
mod tests {
    use super::pace;

    #[test]
    fn the_speed_that_is_told_is_the_one_that_was_given() {
        for (speed, words) in [
            (3600.0, "an hour a second"),
            (7200.0, "2 hours a second"),
            (86_400.0, "a day a second"),
            (60.0, "a minute a second"),
            (90.0, "90 seconds a second"),
            (1.0, "a second a second"),
            (0.5, "0.5 seconds a second"),
            (0.0, "whose time stands still"),
        ] {
            assert_eq!(pace(speed), words);
        }
    }
}
