//! Rounds of polls against a server, and the poller's loop.
#![cfg(test)]
#![cfg(unix)]

#[path = "support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use linode_bandwidth::api::simulated::{SimulatedAccount, SimulatedData, SimulatedLinode, serve};
use linode_bandwidth::app::poller::{Fetcher, Frontend, Inbox, Input, Poller, TokenSource};
use linode_bandwidth::domain::account::{AccountRecord, Reading};
use linode_bandwidth::domain::alert::Notification;
use linode_bandwidth::domain::breakdown::{Breakdown, Consumer, ConsumerId};
use linode_bandwidth::domain::config::{AccountConfig, Config};
use linode_bandwidth::domain::failure::{EntryState, Failure};
use linode_bandwidth::domain::snapshot::Snapshot;
use linode_bandwidth::domain::state::{Event, PersistedState, PollId, PollRequest, State};
use linode_bandwidth::domain::token::{Token, TokenId};
use linode_bandwidth::domain::usage::{Endpoint, GB, Pool, PoolId, Usage};
use linode_bandwidth::storage::history::History;
use linode_bandwidth::storage::keyring::{Fingerprints, Keyring};
use support::server::{Reply, Server};
use tokio::sync::{mpsc, oneshot};

const LINODE_TRANSFER: &str = "/linode/instances/7/transfer";
const TRANSFER: &str = "/account/transfer";
const GOOD: &str = r#"{"used": 830, "quota": 1000, "billable": 0}"#;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn fingerprints() -> Fingerprints {
    Fingerprints::new("salt".to_owned())
}

fn fingerprint(token: &str) -> TokenId {
    fingerprints().fingerprint(&Token::new(token.to_owned()).unwrap())
}

fn poll(id: &str) -> PollId {
    PollId { account: id.parse().unwrap(), generation: 1 }
}

/// A request whose token command prints `token`.
fn ask(id: &str, token: &str) -> PollRequest {
    PollRequest {
        poll: poll(id),
        token_command: Some(vec!["printf".to_owned(), token.to_owned()]),
        endpoint: Endpoint::Account,
        skip_if_token: None,
        fetch_info_unless: Some(fingerprint(token)),
    }
}

/// All events of a round, in order.
fn poll_all(tokens: TokenSource, api_url: &str, asks: Vec<PollRequest>) -> Vec<Event> {
    let (tell, mut told) = mpsc::unbounded_channel();
    let fetcher = Arc::new(Fetcher::new(tokens, fingerprints()));
    run(fetcher.poll_all(api_url.parse().unwrap(), asks, |event| drop(tell.send(event))));
    std::iter::from_fn(|| told.try_recv().ok()).collect()
}

fn by_command(api: &Server, asks: Vec<PollRequest>) -> Vec<Event> {
    poll_all(TokenSource::Keyring(Keyring::new()), &api.url(), asks)
}

fn answered(events: &[Event]) -> Vec<(String, bool)> {
    let answers = events.iter().filter_map(|event| match event {
        Event::PollFinished { poll, outcome, .. } => Some((poll.account.to_string(), outcome.is_ok())),
        _ => None,
    });
    let mut answers: Vec<_> = answers.collect();
    answers.sort();
    answers
}

#[test]
fn same_token_and_endpoint_share_a_request() {
    let api = Server::start();
    api.answer(TRANSFER, Reply::json(200, GOOD));
    api.answer(LINODE_TRANSFER, Reply::json(200, GOOD));
    let linode = PollRequest { endpoint: Endpoint::Linode(7), ..ask("linode", "one") };
    let asks = vec![ask("a", "one"), ask("b", "one"), ask("c", "two"), linode];
    let events = by_command(&api, asks);
    let all = ["a", "b", "c", "linode"].map(|id| (id.to_owned(), true));
    assert_eq!(answered(&events), all);
    let mut requests: Vec<(String, String)> = api
        .requests()
        .iter()
        .map(|request| (request.path().to_owned(), request.token().unwrap().to_owned()))
        .collect();
    requests.sort();
    let linode = "/linode/instances/7";
    let expected = [(TRANSFER, "one"), (TRANSFER, "two"), (linode, "one"), (LINODE_TRANSFER, "one")];
    assert_eq!(requests, expected.map(|(path, token)| (path.to_owned(), token.to_owned())));
    assert_eq!(events.last(), Some(&Event::RoundFinished));
}

#[test]
fn linode_poll_includes_its_label() {
    let api = Server::start();
    api.answer(LINODE_TRANSFER, Reply::json(200, GOOD));
    api.answer(
        "/linode/instances/7",
        Reply::json(200, r#"{"id": 7, "label": "web-1", "region": "us-east"}"#),
    );
    let events = by_command(&api, vec![PollRequest { endpoint: Endpoint::Linode(7), ..ask("a", "one") }]);
    let labels: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::PollFinished { outcome: Ok(answer), .. } => answer.linode_label.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(labels, ["web-1"]);
}

#[test]
fn rejected_token_is_not_sent_again() {
    let api = Server::start();
    let refused = PollRequest { skip_if_token: Some(fingerprint("one")), ..ask("a", "one") };
    assert_eq!(
        by_command(&api, vec![refused.clone()]),
        [Event::TokenUnchanged(poll("a")), Event::RoundFinished]
    );
    assert!(api.requests().is_empty());
    let replaced = PollRequest { skip_if_token: Some(fingerprint("another")), ..refused };
    assert_eq!(answered(&by_command(&api, vec![replaced])).len(), 1);
    assert_eq!(api.requests().len(), 1);
}

#[test]
fn missing_token_fails_only_its_own_account() {
    let api = Server::start();
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let failing = PollRequest { token_command: Some(vec!["false".to_owned()]), ..ask("b", "x") };
    let events = by_command(&api, vec![ask("a", "one"), failing]);
    assert_eq!(answered(&events), [("a".to_owned(), true), ("b".to_owned(), false)]);
    let failure = events.iter().find_map(|event| match event {
        Event::PollFinished { token: None, outcome: Err(failure), .. } => Some(failure.clone()),
        _ => None,
    });
    assert!(matches!(failure, Some(Failure::TokenCommand { timed_out: false, .. })), "{failure:?}");
}

#[test]
fn same_token_command_runs_once_per_round() {
    let api = Server::start();
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let by = |id: &str, end: &str| {
        let script = format!("echo run >> {}; {end}", runs.display());
        let command = ["sh", "-c", &script].map(str::to_owned).to_vec();
        PollRequest { token_command: Some(command), ..ask(id, "one") }
    };
    let good = by_command(&api, vec![by("a", "echo one"), by("b", "echo one"), ask("c", "one")]);
    assert_eq!(answered(&good), ["a", "b", "c"].map(|id| (id.to_owned(), true)));
    let bad = by_command(&api, vec![by("a", "exit 1"), by("b", "exit 1"), ask("c", "one")]);
    assert_eq!(answered(&bad), [("a", false), ("b", false), ("c", true)].map(|(id, ok)| (id.to_owned(), ok)));
    assert_eq!(std::fs::read_to_string(runs).unwrap(), "run\nrun\n");
}

#[test]
fn new_token_info_is_fetched_once_and_only_on_success() {
    let api = Server::start();
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let tokens =
        r#"{"data": [{"label": "tray", "scopes": "*", "expiry": null, "token": "one-and-on"}], "pages": 1}"#;
    api.answer("/profile/tokens", Reply::json(200, tokens));
    api.answer_for("bad", TRANSFER, Reply::json(401, "{}"));
    let new = |id: &str, token: &str| PollRequest { fetch_info_unless: None, ..ask(id, token) };
    let events = by_command(&api, vec![new("a", "one-and-only"), new("b", "one-and-only"), new("c", "bad")]);
    let mut labels: Vec<(String, Option<String>)> = events
        .iter()
        .filter_map(|event| match event {
            Event::TokenInfoFetched(poll, info) => {
                Some((poll.account.to_string(), info.as_ref().and_then(|info| info.label.clone())))
            }
            _ => None,
        })
        .collect();
    labels.sort();
    let tray = Some("tray".to_owned());
    assert_eq!(labels, [("a".to_owned(), tray.clone()), ("b".to_owned(), tray)]);
    let look_ups = api.requests().iter().filter(|request| request.path() == "/profile/tokens").count();
    assert_eq!(look_ups, 1);
}

#[test]
fn at_most_16_requests_run_at_once() {
    const TIMES: usize = 20_000;
    let api = Server::start();
    api.hold();
    let given = TokenSource::Fixed(Arc::new(Token::new("one".to_owned()).unwrap()));
    let asks: Vec<PollRequest> = (0..100)
        .map(|n| PollRequest { endpoint: Endpoint::Linode(n), ..ask(&format!("n{n}"), "one") })
        .collect();
    (0..100).for_each(|n| api.answer(&format!("/linode/instances/{n}/transfer"), Reply::json(200, GOOD)));
    let fetcher = Arc::new(Fetcher::new(given, fingerprints()));
    let (tell, mut told) = mpsc::unbounded_channel();
    run(async {
        let asking = fetcher.poll_all(api.url().parse().unwrap(), asks, |event| drop(tell.send(event)));
        // Wait until 16 requests have arrived and the client, polled many times on this single thread, sends no
        // more.
        let user = async {
            let (mut quiet, mut before) = (0, 0);
            while quiet < TIMES {
                tokio::task::yield_now().await;
                let came = api.requests().len();
                quiet = if came == before && came >= 16 { quiet + 1 } else { 0 };
                before = came;
            }
            assert_eq!(before, 16);
            api.go_on();
        };
        tokio::join!(asking, user);
    });
    let events: Vec<Event> = std::iter::from_fn(|| told.try_recv().ok()).collect();
    assert_eq!(answered(&events).iter().filter(|(_, ok)| *ok).count(), 100);
    assert_eq!(api.most_open(), 16);
}

/// Records snapshots and notifications. With an inbox, it reports notifications as delivered.
#[derive(Default)]
struct Shown {
    snapshots: Vec<Snapshot>,
    notifications: Vec<Notification>,
    inbox: Option<Inbox>,
    /// Where to say that a breakdown is there.
    quit_at_breakdown: Option<Inbox>,
    notified_at: Option<tokio::time::Instant>,
}

impl Frontend for &mut Shown {
    async fn render(&mut self, snapshot: Snapshot) {
        if snapshot.accounts.iter().any(|account| account.breakdown.is_some())
            && let Some(inbox) = &self.quit_at_breakdown
        {
            inbox.send(Input::Quit).unwrap();
        }
        self.snapshots.push(snapshot);
    }

    fn notify(&mut self, notification: Notification, _: Snapshot) {
        if let Some(inbox) = &self.inbox {
            inbox.send(Event::Delivered(notification.keys.clone()).into()).unwrap();
        }
        self.notifications.push(notification);
        self.notified_at = Some(tokio::time::Instant::now());
    }
}

#[test]
fn alert_notifies_and_runs_on_alert_with_its_facts() {
    let api = Server::start();
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let dir = tempfile::tempdir().unwrap();
    let (script, said) = (dir.path().join("hook.sh"), dir.path().join("said"));
    // Rename, so that the file appears complete.
    let text = "env | sort > \"$1.new\" && mv \"$1.new\" \"$1\"";
    std::fs::write(&script, text).unwrap();
    let word = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let on_alert = vec!["sh".to_owned(), word(&script), word(&said)];
    let config = Config { on_alert, ..acme_at(&api) };
    let mut shown = Shown::default();
    run(async {
        let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), fingerprints());
        // Who used most is known from before.
        let web = Consumer {
            id: ConsumerId::Linode(7),
            label: "web-1".to_owned(),
            region: "us-east".to_owned(),
            used: 512_300_000_000,
        };
        let usage = Usage { pool: Pool::from_gb(700, 1000, 0), regions: Vec::new() };
        let breakdown = Breakdown::new(Timestamp::now(), &PoolId::Global, &usage, &[web]);
        let (mut kept, mut record) = (PersistedState::default(), AccountRecord::default());
        record.take_reading(Reading { at: Timestamp::now(), watch: PoolId::Global, usage });
        kept.records.insert("acme".parse().unwrap(), record);
        kept.breakdowns.insert("acme".parse().unwrap(), breakdown);
        let state = State::new(kept, 1, Timestamp::now());
        let mut poller = Poller::new(state, fetcher, Ok(History::in_memory().unwrap())).unwrap();
        let inbox = poller.inbox();
        poller.begin(Event::ConfigLoaded(Box::new(config)));
        let user = async {
            while !said.exists() {
                tokio::task::yield_now().await;
            }
            inbox.send(Input::Quit).unwrap();
        };
        tokio::join!(poller.run(&mut shown), user);
    });
    assert_eq!(shown.notifications.len(), 1);
    let environment = std::fs::read_to_string(said).unwrap();
    for fact in [
        "KIND=threshold",
        "ACCOUNT=acme",
        "THRESHOLD=80",
        "USED_GB=830",
        "PERCENT=83",
        "LEVEL=warning",
        "TOP_LABEL=web-1",
        "TOP_GB=512.3",
        "TOP_SHARE=73.19",
    ] {
        assert!(environment.contains(&format!("LINODE_BANDWIDTH_{fact}\n")), "{fact}: {environment}");
    }
}

/// An account, `Acme`, at this API.
fn acme_at(api: &Server) -> Config {
    let command = Some(vec!["printf".to_owned(), "one".to_owned()]);
    let account =
        AccountConfig { token_command: command, ..AccountConfig::new("acme".parse().unwrap(), "Acme") };
    // A forecast alert would depend on the day of the month.
    let api_url = api.url().parse().unwrap();
    Config { api_url, forecast_alert: false, accounts: vec![account], ..Config::default() }
}

/// Runs the program with the history `file`: a poll, a refresh by the user, and the end. Returns the snapshot
/// before the first poll. Without `delivered`, notifications stay unconfirmed.
fn start(file: &Path, config: Config, shown: &mut Shown, delivered: bool) -> Snapshot {
    run(async {
        let history = History::open(file).unwrap();
        let state = State::new(history.load().unwrap(), 1, Timestamp::now());
        let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), fingerprints());
        let mut poller = Poller::new(state, fetcher, Ok(history)).unwrap();
        let inbox = poller.inbox();
        shown.inbox = delivered.then(|| inbox.clone());
        poller.begin(Event::ConfigLoaded(Box::new(config)));
        let before = poller.snapshot();
        let user = async {
            let (done, ended) = oneshot::channel();
            inbox.send(Input::Refresh(done)).unwrap();
            ended.await.unwrap();
            inbox.send(Input::Quit).unwrap();
        };
        tokio::join!(poller.run(shown), user);
        before
    })
}

#[test]
fn late_response_for_former_pool_is_discarded() {
    let api = Server::start();
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let linode = r#"{"used": 5000000000, "quota": 4000, "billable": 0}"#;
    api.answer("/linode/instances/7/transfer", Reply::json(200, linode));
    api.answer(
        "/linode/instances/7",
        Reply::json(200, r#"{"id": 7, "label": "web-1", "region": "us-east"}"#),
    );
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.sqlite3");
    let before = acme_at(&api);
    let mut after = before.clone();
    after.accounts[0].watch = PoolId::Linode(7);
    api.hold();
    let mut shown = Shown::default();
    run(async {
        let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), fingerprints());
        let state = State::new(PersistedState::default(), 1, Timestamp::now());
        let mut poller = Poller::new(state, fetcher, Ok(History::open(&file).unwrap())).unwrap();
        let inbox = poller.inbox();
        poller.begin(Event::ConfigLoaded(Box::new(before)));
        let asked = |path: &str| api.requests().iter().any(|request| request.path() == path);
        let user = async {
            while !asked(TRANSFER) {
                tokio::task::yield_now().await;
            }
            inbox.send(Event::ConfigLoaded(Box::new(after)).into()).unwrap();
            while !asked("/linode/instances/7/transfer") {
                tokio::task::yield_now().await;
            }
            api.go_on();
            let (done, ended) = oneshot::channel();
            inbox.send(Input::Refresh(done)).unwrap();
            ended.await.unwrap();
            inbox.send(Input::Quit).unwrap();
        };
        tokio::join!(poller.run(&mut shown), user);
    });
    let history = History::open_to_read(&file).unwrap().unwrap();
    let acme = "acme".parse().unwrap();
    assert_eq!(history.series().unwrap(), [(acme, PoolId::Linode(7))]);
    let all = history.all_samples(Timestamp::UNIX_EPOCH).unwrap().into_values().flatten();
    assert_eq!(all.map(|sample| sample.pool.used / GB).collect::<BTreeSet<_>>(), [5].into());
    let memory = history.load().unwrap().records.into_values().next().unwrap();
    let months = memory.pools.into_iter().map(|(pool, month)| (pool, month.quota_at_start / GB));
    assert_eq!(months.collect::<Vec<_>>(), [(PoolId::Linode(7), 4000)]);
}

#[test]
fn loop_polls_at_start_answers_refresh_and_stores_samples() {
    let api = Server::start();
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.sqlite3");
    let mut shown = Shown::default();
    let before = start(&file, acme_at(&api), &mut shown, false);
    assert_eq!((before.accounts[0].state, before.busy), (EntryState::Pending, true));
    let last = shown.snapshots.last().unwrap();
    assert_eq!((last.accounts[0].state, last.busy), (EntryState::Ok, false));
    assert_eq!(shown.notifications.len(), 1, "83 % is past 80");
    let kept = History::open_to_read(&file).unwrap().unwrap().load().unwrap();
    assert_eq!(
        kept.records[&acme_at(&api).accounts[0].id].reading.as_ref().unwrap().usage.pool,
        last.accounts[0].pool.unwrap()
    );
    let db = rusqlite::Connection::open(&file).unwrap();
    let samples: (i64, i64, i64) = db
        .query_row("SELECT count(*), max(used), max(quota) FROM samples", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(samples, (1, 830_000_000_000, 1_000_000_000_000));
}

#[test]
fn undelivered_alert_repeats_after_restart() {
    let api = Server::start();
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.sqlite3");
    let mut shown = Shown::default();
    for (delivered, notifications) in [(false, 1), (true, 2), (true, 2), (true, 2)] {
        start(&file, acme_at(&api), &mut shown, delivered);
        assert_eq!(shown.notifications.len(), notifications);
        let given = History::open_to_read(&file).unwrap().unwrap().load().unwrap().sent_alerts;
        assert_eq!(
            given.into_iter().collect::<Vec<_>>(),
            match delivered {
                true => shown.notifications[1].keys.clone(),
                false => Vec::new(),
            }
        );
    }
}

/// An API with a pool and one Linode, whose figure never comes.
fn with_a_silent_linode() -> Server {
    let api = Server::start();
    let scopes = "account:read_only linodes:read_only";
    api.answer(TRANSFER, Reply::json(200, GOOD).header("X-OAuth-Scopes", scopes));
    let list = r#"{"data": [{"id": 7, "label": "web-1", "region": "us-east"}], "page": 1, "pages": 1}"#;
    api.answer("/linode/instances", Reply::json(200, list));
    api.answer(LINODE_TRANSFER, Reply::never());
    api
}

/// The account's figures after its first breakdown, while a Linode's answer never came.
#[test]
fn a_poll_does_not_wait_for_a_breakdown() {
    let api = with_a_silent_linode();
    let mut shown = Shown::default();
    run(async {
        let state = State::new(PersistedState::default(), 1, Timestamp::now());
        let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), fingerprints());
        let mut poller = Poller::new(state, fetcher, Ok(History::in_memory().unwrap())).unwrap();
        let inbox = poller.inbox();
        poller.begin(Event::ConfigLoaded(Box::new(acme_at(&api))));
        let user = async {
            // The breakdown is under way once its Linode was asked for.
            while !api.requests().iter().any(|request| request.path() == LINODE_TRANSFER) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let (done, ended) = oneshot::channel();
            inbox.send(Input::Refresh(done)).unwrap();
            ended.await.unwrap();
            inbox.send(Input::Quit).unwrap();
        };
        tokio::join!(poller.run(&mut shown), user);
    });
    let last = shown.snapshots.last().unwrap();
    assert_eq!((last.accounts[0].state, &last.accounts[0].breakdown), (EntryState::Ok, &None));
    assert_eq!(api.requests().iter().filter(|request| request.path() == TRANSFER).count(), 2);
}

/// The scopes for a breakdown with Object Storage.
const ALL_CONSUMERS: &str = "account:read_only linodes:read_only object_storage:read_only";

/// What three NodeBalancers used of the global pool, as shares of it. The API does not list it.
const NODEBALANCERS: [f64; 3] = [0.02, 0.01, 0.005];

/// An account with 230 Linodes in three regions, two of which have pools of their own, three NodeBalancers and Object
/// Storage. One more Linode was deleted.
fn large_account() -> SimulatedAccount {
    let region = |id| match id {
        226..=228 => "id-cgk",
        229.. => "br-gru",
        _ => "us-east",
    };
    let part = |id| match id {
        1 => 0.5,
        2..226 => 0.0015,
        226..=228 => 0.3,
        _ => 0.5,
    };
    let linode = |id: u64| SimulatedLinode::new(id, &format!("web-{id}"), region(id), part(id));
    let mut account = SimulatedData::samples(0.0).accounts.remove(0);
    account.scopes = ALL_CONSUMERS.to_owned();
    account.regions = vec![("id-cgk".to_owned(), 7, 10), ("br-gru".to_owned(), 3, 10)];
    account.object_storage = 0.1;
    account.linodes = (1..=230).map(linode).collect();
    let deleted = 1.0 - 0.5 - 224.0 * 0.0015 - 0.1 - NODEBALANCERS.iter().sum::<f64>();
    let deleted_after = Some(Duration::ZERO);
    account
        .linodes
        .push(SimulatedLinode { deleted_after, ..SimulatedLinode::new(231, "old", "us-east", deleted) });
    account
}

#[test]
fn a_linode_that_never_answers_delays_an_alert_by_5_seconds_and_no_poll() {
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(5);
    let api = with_a_silent_linode();
    let mut shown = Shown::default();
    let (asked_at, polled_at) = run(async {
        let state = State::new(PersistedState::default(), 1, Timestamp::now());
        let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), fingerprints());
        let mut poller = Poller::new(state, fetcher, Ok(History::in_memory().unwrap())).unwrap();
        let inbox = poller.inbox();
        poller.begin(Event::ConfigLoaded(Box::new(acme_at(&api))));
        let user = async {
            while !api.requests().iter().any(|request| request.path() == LINODE_TRANSFER) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            let asked_at = tokio::time::Instant::now();
            let (done, ended) = oneshot::channel();
            inbox.send(Input::Refresh(done)).unwrap();
            ended.await.unwrap();
            let polled_at = tokio::time::Instant::now();
            // From here on nothing but timers is awaited, so that time runs from one to the next.
            tokio::time::pause();
            tokio::time::sleep(LIMIT).await;
            inbox.send(Input::Quit).unwrap();
            (asked_at, polled_at)
        };
        tokio::join!(poller.run(&mut shown), user).1
    });
    assert_eq!(api.requests().iter().filter(|request| request.path() == TRANSFER).count(), 2);
    let [told] = &shown.notifications[..] else { panic!("{:?}", shown.notifications) };
    assert!(told.body.starts_with("830 of 1,000 GB"), "{}", told.body);
    let told_at = shown.notified_at.unwrap();
    assert!(told_at >= polled_at, "the poll did not wait for it");
    assert!(told_at.duration_since(asked_at) <= LIMIT, "{:?}", told_at.duration_since(asked_at));
}

#[test]
fn a_breakdown_adds_up_and_is_kept_over_a_restart() {
    let account = large_account();
    let (token, deleted) = (account.token.clone(), account.linodes[230].part);
    let world = SimulatedData { accounts: vec![account], speed: 0.0 };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.sqlite3");
    let mut shown = Shown::default();
    run(async {
        let api = serve(world).await.unwrap();
        let command = Some(vec!["printf".to_owned(), token]);
        let account =
            AccountConfig { token_command: command, ..AccountConfig::new("acme".parse().unwrap(), "Acme") };
        let config = Config { api_url: api.url(), accounts: vec![account], ..Config::default() };
        let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), fingerprints());
        let state = State::new(PersistedState::default(), 1, Timestamp::now());
        let mut poller = Poller::new(state, fetcher, Ok(History::open(&file).unwrap())).unwrap();
        let inbox = poller.inbox();
        poller.begin(Event::ConfigLoaded(Box::new(config)));
        shown.quit_at_breakdown = Some(inbox);
        poller.run(&mut shown).await;
    });
    let breakdown = shown.snapshots.last().unwrap().accounts[0].breakdown.clone().unwrap();
    let gb = |part: f64, of: u64| (part * (of * GB) as f64) as u64;
    for (pool, used, consumers, rest) in [
        (PoolId::Global, 830, 225 + 1, gb(deleted + NODEBALANCERS.iter().sum::<f64>(), 830)),
        (PoolId::Region("id-cgk".to_owned()), 7, 3, gb(0.1, 7)),
        (PoolId::Region("br-gru".to_owned()), 3, 2, 0),
    ] {
        let of_pool = breakdown.of(&pool).unwrap();
        let consumed: u64 = of_pool.consumers.iter().map(|consumer| consumer.used).sum();
        assert_eq!((of_pool.consumers.len(), of_pool.used), (consumers, used * GB), "{pool}");
        assert_eq!(consumed + of_pool.rest(), used * GB, "to the byte: {pool}");
        // Each consumer's figure is rounded down to bytes.
        assert!(of_pool.rest().abs_diff(rest) <= 226, "{pool}: {} {rest}", of_pool.rest());
    }
    let largest = breakdown.pools[0].consumers.iter().take(2).map(|consumer| consumer.label.as_str());
    assert_eq!(largest.collect::<Vec<_>>(), ["web-1", "Object Storage"]);
    assert!(breakdown.pools.iter().flat_map(|pool| &pool.consumers).all(|consumer| consumer.label != "old"));
    let kept = History::open(&file).unwrap().load().unwrap();
    let stored = &kept.breakdowns[&"acme".parse().unwrap()];
    assert_eq!(
        stored.pools.iter().map(|pool| pool.used / GB).collect::<Vec<_>>(),
        [830, 3, 7],
        "by their ids"
    );
    let state = State::new(kept, 1, Timestamp::now());
    let restarted = state.snapshot(Timestamp::now()).accounts[0].breakdown.clone().unwrap();
    let by_id = |breakdown: &Breakdown| {
        breakdown.pools.iter().map(|pool| (pool.pool.clone(), pool.clone())).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(by_id(&restarted), by_id(&breakdown));
}

/// The requests of an hour with the default intervals, and how long polls took beside a breakdown of 230 Linodes.
#[test]
fn a_breakdown_of_230_linodes_and_the_polls_beside_it() {
    let api = Server::start();
    api.delay(Duration::from_millis(20));
    api.answer(TRANSFER, Reply::json(200, GOOD).header("X-OAuth-Scopes", ALL_CONSUMERS));
    let linode = |id| format!(r#"{{"id": {id}, "label": "web-{id}", "region": "us-east"}}"#);
    let linodes = (1..=230).map(linode).collect::<Vec<_>>().join(",");
    let list = format!(r#"{{"data": [{linodes}], "page": 1, "pages": 1}}"#);
    api.answer("/linode/instances", Reply::json(200, list));
    for id in 1..=230 {
        let path = format!("/linode/instances/{id}/transfer");
        api.answer(&path, Reply::json(200, r#"{"used": 1000000000, "quota": 1000, "billable": 0}"#));
    }
    api.answer("/object-storage/transfer", Reply::json(200, r#"{"used": 5}"#));
    let count = |path: &str| api.requests().iter().filter(|request| request.path() == path).count();
    let mut shown = Shown::default();
    let mut polls = Vec::new();
    let config = acme_at(&api);
    run(async {
        let state = State::new(PersistedState::default(), 1, Timestamp::now());
        let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), fingerprints());
        let mut poller = Poller::new(state, fetcher, Ok(History::in_memory().unwrap())).unwrap();
        let inbox = poller.inbox();
        poller.begin(Event::ConfigLoaded(Box::new(config.clone())));
        let user = async {
            while count("/object-storage/transfer") == 0 {
                let (done, ended) = oneshot::channel();
                let asked = Instant::now();
                inbox.send(Input::Refresh(done)).unwrap();
                ended.await.unwrap();
                polls.push(asked.elapsed());
            }
            inbox.send(Input::Quit).unwrap();
        };
        tokio::join!(poller.run(&mut shown), user);
    });
    let other = |path: &str| path.starts_with("/linode/") || path.starts_with("/object-storage/");
    let of_breakdown = api.requests().iter().filter(|request| other(request.path())).count();
    assert_eq!(of_breakdown, 1 + 230 + 1);
    assert!(polls.len() > 1, "polls went on meanwhile: {polls:?}");
    assert_eq!(shown.snapshots.last().unwrap().accounts[0].state, EntryState::Ok);
    let hour = Duration::from_secs(3600).as_secs();
    let per_hour = hour / config.poll_interval.as_secs()
        + of_breakdown as u64 * hour / config.breakdown_interval.unwrap().as_secs();
    println!(
        "{per_hour} requests per hour; {} polls beside the breakdown, the longest {:?}, with 20 ms per answer",
        polls.len(),
        polls.iter().max().unwrap()
    );
}
