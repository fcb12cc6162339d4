//! The world's events as tables, by a clock that a test moves.

use super::*;
use crate::domain::alert::Notification;
use crate::domain::config::{Account, ApiUrl};
use crate::domain::failure::{EntryState, Failure};
use crate::domain::month::MonthId;
use crate::domain::token::{Scopes, TokenId, TokenInfo};
use crate::domain::usage::{Endpoint, GB, Usage};

const MINUTE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(5 * 60);

fn start() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn config(ids: &[&str]) -> Config {
    let account = |text: &&str| Account::new(id(text), &text.to_uppercase());
    // Alerts of what is to come depend on the day of the month, and have tests of their own.
    Config { accounts: ids.iter().map(account).collect(), forecast_alert: false, ..Config::default() }
}

fn usage(used: u64, quota: u64) -> Usage {
    Usage { pool: Pool::from_gb(used, quota, 0), regions: Vec::new() }
}

/// The program, at a time that the test says.
struct World {
    state: State,
    now: Timestamp,
}

impl World {
    fn new(kept: PersistedState) -> World {
        World { state: State::new(kept, 1, start()), now: start() }
    }

    fn with(config: Config) -> World {
        let mut world = World::new(PersistedState::default());
        world.load(config);
        world
    }

    fn happen(&mut self, event: Event) -> Vec<Effect> {
        update(&mut self.state, event, self.now)
    }

    fn load(&mut self, config: Config) -> Vec<Effect> {
        self.happen(Event::ConfigLoaded(Box::new(config)))
    }

    fn pass(&mut self, time: Duration) -> Vec<Effect> {
        self.now += time;
        self.happen(Event::Tick)
    }

    fn answer(&mut self, of: &str, outcome: Result<Usage, Failure>) -> Vec<Effect> {
        let outcome = outcome.map(|usage| Answer { usage, scopes: None, linode_label: None });
        let poll = self.poll(of);
        self.happen(Event::PollFinished { poll, token: Some(TokenId("one".into())), outcome })
    }

    /// An answer and the end of its round.
    fn round(&mut self, of: &str, outcome: Result<Usage, Failure>) -> Vec<Effect> {
        let mut effects = self.answer(of, outcome);
        effects.extend(self.happen(Event::RoundFinished));
        effects
    }

    /// What is to be known of an account now.
    fn poll(&self, of: &str) -> PollId {
        let account = self.state.accounts.iter().find(|account| account.config.id == id(of));
        PollId { account: id(of), generation: account.map_or(0, |account| account.generation) }
    }

    fn account(&self, of: &str) -> AccountSnapshot {
        let accounts = self.state.snapshot(self.now).accounts;
        accounts.into_iter().find(|account| account.id == id(of)).unwrap()
    }

    fn state_of(&self, of: &str) -> EntryState {
        self.account(of).state
    }

    fn used(&self, of: &str) -> Option<u64> {
        self.account(of).pool.map(|pool| pool.used / GB)
    }
}

fn asked(effects: &[Effect]) -> Vec<PollRequest> {
    let asks = effects.iter().filter_map(|effect| match effect {
        Effect::Poll(asks) => Some(asks.clone()),
        _ => None,
    });
    asks.flatten().collect()
}

fn asked_ids(effects: &[Effect]) -> Vec<String> {
    asked(effects).iter().map(|ask| ask.poll.account.to_string()).collect()
}

fn notified(effects: &[Effect]) -> Vec<Notification> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notify(notification) => Some(notification.clone()),
            _ => None,
        })
        .collect()
}

fn offline() -> Failure {
    Failure::Unreachable { why: "no connection".into() }
}

#[test]
fn everything_is_asked_for_at_once_when_the_configuration_is_read_and_pending_till_it_answers() {
    let mut world = World::new(PersistedState::default());
    assert_eq!(asked_ids(&world.load(config(&["a", "b"]))), ["a", "b"]);
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Pending, None));
    assert!(world.state.busy());
    world.answer("a", Ok(usage(630, 1000)));
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Ok, Some(630)));
    assert_eq!(world.state_of("b"), EntryState::Pending);
    assert!(world.state.busy());
    world.answer("b", Err(offline()));
    assert!(!world.state.busy());
}

#[test]
fn what_is_under_way_is_not_asked_for_twice() {
    let mut world = World::with(config(&["a"]));
    assert_eq!(asked(&world.happen(Event::RefreshRequested)), []);
    assert_eq!(asked(&world.pass(INTERVAL * 9)), []);
}

#[test]
fn the_next_poll_comes_within_the_interval_and_not_before_most_of_it() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    let next = world.state.wakes_at(world.now).unwrap();
    assert!(next <= world.now + INTERVAL && next >= world.now + INTERVAL.mul_f64(0.89), "{next}");
    assert_eq!(asked(&world.pass(INTERVAL / 2)), []);
    assert_eq!(asked_ids(&world.pass(INTERVAL / 2)), ["a"]);
}

#[test]
fn entries_that_are_due_a_moment_later_come_along() {
    let mut world = World::with(config(&["a", "b"]));
    world.round("a", Ok(usage(1, 1000)));
    world.now += Duration::from_millis(1);
    world.round("b", Ok(usage(1, 1000)));
    let first = world.state.wakes_at(world.now).unwrap();
    world.now = first;
    assert_eq!(asked_ids(&world.happen(Event::Tick)), ["a", "b"], "in one round");
}

#[test]
fn figures_are_stale_when_they_are_older_than_two_intervals() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(630, 1000)));
    world.now += INTERVAL * 2;
    assert_eq!(world.state_of("a"), EntryState::Ok);
    world.now += Duration::from_secs(1);
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Stale, Some(630)));
}

#[test]
fn staleness_wakes_the_program_so_that_it_is_shown() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(630, 1000)));
    // A poll that never ends.
    world.pass(INTERVAL);
    let wakes = world.state.wakes_at(world.now).unwrap();
    world.now = wakes;
    assert_eq!(world.state_of("a"), EntryState::Stale);
}

#[test]
fn an_error_goes_before_stale_from_the_first_failure_on_and_leaves_the_figures() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(630, 1000)));
    let at = world.account("a").updated_at;
    world.pass(INTERVAL);
    world.round("a", Err(offline()));
    assert_eq!(world.state_of("a"), EntryState::Unreachable);
    world.now += INTERVAL * 9;
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Unreachable, Some(630)));
    assert_eq!(world.account("a").updated_at, at);
    world.round("a", Ok(usage(640, 1000)));
    assert_eq!((world.state_of("a"), world.account("a").failure), (EntryState::Ok, None));
}

#[test]
fn a_good_answer_is_kept_as_sample_and_memory_and_a_failure_only_as_memory() {
    let mut world = World::with(config(&["a"]));
    let effects = world.answer("a", Ok(usage(630, 1000)));
    let pools = vec![(PoolId::Global, Pool::from_gb(630, 1000, 0))];
    assert!(effects.contains(&Effect::Store(StoreCommand::SaveSamples(id("a"), start(), pools))));
    assert!(
        effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::SaveRecord(of, _)) if *of == id("a")))
    );
    let effects = world.answer("a", Err(offline()));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::SaveSamples(..)))));
    assert!(effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::SaveRecord(..)))));
}

#[test]
fn the_api_is_asked_once_an_hour_about_a_token_that_it_refused() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Err(Failure::TokenInvalid));
    let end = world.now + Duration::from_secs(5 * 3600 + 60);
    let (mut api, mut keyring) = (vec![start()], 0);
    while world.now < end {
        world.now = world.state.wakes_at(world.now).unwrap().max(world.now);
        let effects = world.happen(Event::Tick);
        match asked(&effects).as_slice() {
            [] => world.now += Duration::from_secs(1),
            [ask] if ask.skip_if_token == Some(TokenId("one".into())) => {
                keyring += 1;
                world.happen(Event::TokenUnchanged(world.poll("a")));
                world.happen(Event::RoundFinished);
            }
            [ask] => {
                assert_eq!(ask.skip_if_token, None);
                api.push(world.now);
                world.round("a", Err(Failure::TokenInvalid));
            }
            many => panic!("{many:?}"),
        }
    }
    let hours: Vec<i64> = api.iter().map(|at| at.duration_since(start()).as_secs()).collect();
    assert_eq!(hours, [0, 3600, 7200, 10_800, 14_400, 18_000]);
    assert!((40..=60).contains(&keyring), "the keyring is looked at every interval: {keyring}");
}

#[test]
fn the_user_may_ask_for_a_refused_token_at_any_time() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Err(Failure::TokenInvalid));
    let asks = asked(&world.happen(Event::RefreshRequested));
    assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&None]);
}

/// The API told account `a` to wait so long.
fn told_to_wait(seconds: u64) -> World {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::RefreshRequested);
    world.round("a", Err(Failure::RateLimited { retry_after: Some(Duration::from_secs(seconds)) }));
    world
}

#[test]
fn what_the_api_says_to_wait_holds_whatever_else_changes() {
    let changes: &[(&str, Change)] = &[
        ("muted", |config| config.accounts[0].muted = true),
        ("poll_interval", |config| config.poll_interval = MINUTE),
        ("thresholds", |config| config.thresholds = vec![50]),
        ("another account", |config| config.accounts.push(Account::new(id("b"), "B"))),
        ("watch", |config| config.accounts[0].watch = PoolId::Linode(7)),
        ("enabled", |config| config.accounts[0].enabled = false),
    ];
    for (what, change) in changes {
        let mut world = told_to_wait(3600);
        let until = world.now + Duration::from_secs(3600);
        let mut changed = config(&["a"]);
        change(&mut changed);
        world.now += MINUTE;
        for config in [changed.clone(), config(&["a"]), changed] {
            assert!(!asked_ids(&world.load(config)).contains(&"a".to_owned()), "{what}");
        }
        world.load(config(&["a"]));
        assert_eq!(world.state_of("a"), EntryState::RateLimited, "{what}");
        assert_eq!(asked(&world.happen(Event::SystemChanged)), [], "{what}");
        world.now = until - Duration::from_secs(1);
        assert_eq!(asked(&world.happen(Event::Tick)), [], "{what}");
        assert_eq!(asked_ids(&world.pass(Duration::from_secs(1))), ["a"], "{what}");
    }
}

#[test]
fn another_token_or_api_is_not_told_to_wait() {
    for what in ["api_url", "token_command"] {
        let mut world = told_to_wait(3600);
        let mut changed = config(&["a"]);
        CHANGES.iter().find(|(name, _)| *name == what).unwrap().1(&mut changed);
        let asks = asked(&world.load(changed));
        assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&None], "{what}");
    }
    let mut world = told_to_wait(3600);
    let asks = asked(&world.happen(Event::TokenReplaced(id("a"))));
    assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&None]);
}

#[test]
fn the_user_waits_too_unless_the_token_is_another_one() {
    let mut world = told_to_wait(3600);
    let until = world.now + Duration::from_secs(3600);
    world.now += MINUTE;
    let asks = asked(&world.happen(Event::RefreshRequested));
    let told = Some(TokenId("one".into()));
    assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&told]);
    world.happen(Event::TokenUnchanged(world.poll("a")));
    assert_eq!(world.state.snapshot(world.now).next_poll_at, Some(until));
    assert_eq!(world.state_of("a"), EntryState::RateLimited);
    world.now = until;
    assert_eq!(asked(&world.happen(Event::RefreshRequested))[0].skip_if_token, None, "it has waited");
}

#[test]
fn a_restart_does_not_shorten_the_wait() {
    let mut world = told_to_wait(3600);
    let until = world.now + Duration::from_secs(3600);
    let record = world.state.accounts[0].record.clone();
    let kept = PersistedState { records: [(id("a"), record)].into(), ..PersistedState::default() };
    world.state = State::new(kept, 1, world.now);
    let asks = asked(&world.load(config(&["a"])));
    let told = Some(TokenId("one".into()));
    assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&told]);
    world.happen(Event::TokenUnchanged(world.poll("a")));
    world.load(Config { poll_interval: MINUTE, ..config(&["a"]) });
    assert_eq!(world.state.snapshot(world.now).next_poll_at, Some(until));
}

#[test]
fn a_scope_that_another_pool_needs_is_not_missing_for_this_one() {
    let mut linode = config(&["a"]);
    linode.accounts[0].watch = PoolId::Linode(7);
    let mut world = World::with(linode);
    world.round("a", Err(Failure::ScopeMissing { missing: Scopes::from("linodes:read_only") }));
    let asks = asked(&world.load(config(&["a"])));
    assert_eq!(
        asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(),
        [&None],
        "asked, not only looked for"
    );
    assert_eq!(world.state_of("a"), EntryState::Pending);
}

#[test]
fn a_replaced_token_is_asked_with_at_once_even_if_it_is_the_same() {
    let mut world = World::with(config(&["a", "b"]));
    world.answer("a", Err(Failure::TokenInvalid));
    world.round("b", Ok(usage(1, 1000)));
    world.now += MINUTE;
    let asks = asked(&world.happen(Event::TokenReplaced(id("a"))));
    assert_eq!(
        asks.iter().map(|ask| (&ask.poll.account, &ask.skip_if_token)).collect::<Vec<_>>(),
        [(&id("a"), &None)]
    );
}

#[test]
fn a_token_replaced_while_a_poll_is_under_way_is_asked_with_at_once_and_once() {
    let mut world = World::with(config(&["a"]));
    let old = world.poll("a");
    assert_eq!(asked_ids(&world.happen(Event::TokenReplaced(id("a")))), ["a"]);
    let refused = Event::PollFinished { poll: old, token: None, outcome: Err(Failure::TokenInvalid) };
    assert_eq!(world.happen(refused), [], "the old token's answer is nobody's");
    assert_eq!(world.state_of("a"), EntryState::Pending);
    assert_eq!(asked(&world.answer("a", Ok(usage(1, 1000)))), [], "and once only");
}

type Change = fn(&mut Config);

/// What may change about an account while a poll of it is under way.
const CHANGES: &[(&str, Change)] = &[
    ("watch", |config| config.accounts[0].watch = PoolId::Linode(7)),
    ("api_url", |config| config.api_url = "http://127.0.0.1:9/v4".parse().unwrap()),
    ("token_command", |config| config.accounts[0].token_command = Some(vec!["pass".into()])),
    ("enabled", |config| config.accounts[0].enabled = false),
    ("removed", |config| drop(config.accounts.remove(0))),
];

#[test]
fn an_answer_to_what_is_no_longer_asked_is_dropped() {
    for (what, change) in CHANGES {
        let mut world = World::with(config(&["a", "b"]));
        let old = world.poll("a");
        let mut changed = config(&["a", "b"]);
        change(&mut changed);
        let asks = asked(&world.load(changed));
        let again = !["enabled", "removed"].contains(what);
        assert_eq!(asks.iter().any(|ask| ask.poll.account == id("a")), again, "{what} is asked for at once");
        let before = world.state.clone();
        let token = Some(TokenId("one".into()));
        let info = TokenInfo { label: Some("old".into()), scopes: Scopes::from("*"), expires_at: None };
        for late in [
            Event::PollFinished {
                poll: old.clone(),
                token: token.clone(),
                outcome: Ok(Answer {
                    usage: usage(999, 1000),
                    scopes: Some(Scopes::from("*")),
                    linode_label: None,
                }),
            },
            Event::PollFinished { poll: old.clone(), token, outcome: Err(Failure::TokenInvalid) },
            Event::TokenInfoFetched(old.clone(), Some(info)),
            Event::TokenUnchanged(old.clone()),
        ] {
            assert_eq!(world.happen(late.clone()), [], "{what}: {late:?}");
            assert_eq!(world.state, before, "{what}: {late:?}");
        }
        if again {
            world.answer("a", Ok(usage(5, 100)));
            assert_eq!(
                (world.used("a"), world.account("a").quota_at_start),
                (Some(5), Some(100 * GB)),
                "{what}"
            );
        }
    }
}

#[test]
fn an_answer_to_an_account_that_was_removed_and_made_again_is_dropped() {
    let mut world = World::with(config(&["a"]));
    let old = world.poll("a");
    world.load(config(&[]));
    assert_eq!(asked_ids(&world.load(config(&["a"]))), ["a"]);
    let outcome = Ok(Answer { usage: usage(999, 1000), scopes: None, linode_label: None });
    assert_eq!(world.happen(Event::PollFinished { poll: old, token: None, outcome }), []);
    assert_eq!(world.used("a"), None);
}

#[test]
fn names_and_prices_of_another_api_are_dropped_and_asked_for_again() {
    let region = |config: &mut Config| config.accounts[0].watch = PoolId::Region("id-cgk".into());
    let mut first = config(&["a"]);
    region(&mut first);
    let mut world = World::with(first.clone());
    assert!(world.round("a", Ok(usage(1, 1000))).contains(&Effect::FetchRegionLabels));
    let moved = Config { api_url: "http://127.0.0.1:9/v4".parse().unwrap(), ..first };
    world.load(moved.clone());
    let names = BTreeMap::from([("id-cgk".to_owned(), "Elsewhere".to_owned())]);
    let prices = Prices::new([(PoolId::Global, 9.0)], None);
    assert_eq!(world.happen(Event::RegionLabelsFetched(ApiUrl::default(), names.clone())), []);
    assert_eq!(world.happen(Event::PricesFetched(ApiUrl::default(), prices)), []);
    assert_eq!((world.account("a").watch_name, &world.state.prices), (None, &Prices::default()));
    assert!(world.round("a", Ok(usage(1, 1000))).contains(&Effect::FetchRegionLabels), "of the other API");
    world.happen(Event::RegionLabelsFetched(moved.api_url, names));
    assert_eq!(world.account("a").watch_name.as_deref(), Some("Elsewhere"));
}

#[test]
fn what_is_known_of_a_token_is_not_said_of_another() {
    let mut world = World::with(config(&["a"]));
    let info = TokenInfo { label: Some("tray".into()), scopes: Scopes::from("*"), expires_at: None };
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::TokenInfoFetched(world.poll("a"), Some(info.clone())));
    assert_eq!(world.account("a").token, Some(info));
    let asks = asked(&world.happen(Event::RefreshRequested));
    assert_eq!(asks[0].fetch_info_unless, Some(TokenId("one".into())));
    let outcome = Ok(Answer { usage: usage(1, 1000), scopes: None, linode_label: None });
    world.happen(Event::PollFinished { poll: world.poll("a"), token: Some(TokenId("two".into())), outcome });
    assert_eq!(world.account("a").token, None);
    assert_eq!(asked(&world.happen(Event::RefreshRequested))[0].fetch_info_unless, None);
}

#[test]
fn days_are_by_the_calendar_of_the_zone_that_was_told_last() {
    let told = |zone: Option<i8>| {
        let mut world = World::with(Config { forecast_alert: true, ..config(&["a"]) });
        let day = world.now;
        let mut effects = world.round("a", Ok(usage(1, 1000)));
        for hour in 1..=72 {
            world.now = later(day, hour * 60 * MINUTE);
            let zone = zone.map(|hours| TimeZone::fixed(jiff::tz::offset(hours)));
            effects.extend(zone.and_then(|zone| world.happen(Event::TimeZoneChanged(zone)).pop()));
            world.happen(Event::Tick);
            effects.extend(world.round("a", Ok(usage(u64::from(hour) * 12, 1000))));
        }
        let told = effects.into_iter().find_map(|effect| match effect {
            Effect::Notify(notification) if notification.body.contains("uns out") => Some(notification.body),
            _ => None,
        });
        told.unwrap()
    };
    assert_ne!(told(Some(12)), told(Some(-12)));
}

#[test]
fn no_panel_is_told_and_taken_back_once() {
    let mut world = World::with(config(&["a"]));
    let hint = || Event::TrayHostMissing("add one".to_owned());
    let notified = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Notify(_)));
    let withdrawn = [Effect::Withdraw(NO_HOST_TOPIC)];
    assert!(world.happen(Event::TrayHostFound).is_empty(), "there is nothing to take back");
    assert!(notified(&world.happen(hint())));
    world.happen(Event::Delivered(vec![AlertKey::NoHost]));
    assert_eq!(world.happen(Event::TrayHostFound), withdrawn);
    assert!(world.happen(Event::TrayHostFound).is_empty());
    assert!(!notified(&world.happen(hint())), "once ever");
}

#[test]
fn a_tokens_expiry_is_looked_up_once_a_day_and_when_it_is_another_token() {
    let mut world = World::with(config(&["a"]));
    let expires_at = |text: &str| {
        let at = Some(text.parse().unwrap());
        Some(TokenInfo { label: None, scopes: Scopes::from("account:read_only"), expires_at: at })
    };
    let one = Some(TokenId("one".into()));
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::TokenInfoFetched(world.poll("a"), expires_at("2027-01-01T00:00:00Z")));
    assert_eq!(asked(&world.pass(LOOK_UP_EVERY - MINUTE))[0].fetch_info_unless, one, "known");
    world.round("a", Ok(usage(1, 1000)));
    assert_eq!(asked(&world.pass(2 * INTERVAL))[0].fetch_info_unless, None, "a day later");
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::TokenInfoFetched(world.poll("a"), expires_at("2027-02-01T00:00:00Z")));
    let known = world.account("a").token.unwrap();
    assert_eq!(known.expires_at, Some("2027-02-01T00:00:00Z".parse().unwrap()), "the later answer counts");
    // An answer with one that is not known is followed by a look-up in the same round: `fetch_info_unless` is not it.
    let asks = asked(&world.happen(Event::TokenReplaced(id("a"))));
    assert_eq!(asks[0].fetch_info_unless, one);
    let outcome = Ok(Answer { usage: usage(1, 1000), scopes: None, linode_label: None });
    world.happen(Event::PollFinished { poll: world.poll("a"), token: Some(TokenId("two".into())), outcome });
    assert_eq!(world.account("a").token, None, "the old one's expiry is not the new one's");
}

#[test]
fn a_watched_linodes_name_comes_with_its_figures_and_is_kept_where_none_is_told() {
    let watching = |linode| {
        let mut config = config(&["a"]);
        config.accounts[0].watch = PoolId::Linode(linode);
        config
    };
    let mut world = World::with(watching(7));
    let name = |world: &mut World, label: Option<&str>| {
        let linode_label = label.map(str::to_owned);
        let outcome = Ok(Answer { usage: usage(1, 1000), scopes: None, linode_label });
        world.happen(Event::PollFinished { poll: world.poll("a"), token: None, outcome });
        world.happen(Event::RoundFinished);
        world.account("a").watch_name
    };
    assert_eq!(name(&mut world, Some("web-1")).as_deref(), Some("web-1"));
    world.happen(Event::RefreshRequested);
    assert_eq!(name(&mut world, None).as_deref(), Some("web-1"));
    world.happen(Event::RefreshRequested);
    assert_eq!(name(&mut world, Some("web-2")).as_deref(), Some("web-2"));
    world.load(watching(8));
    assert_eq!(world.account("a").watch_name, None, "not another one's");
}

#[test]
fn a_watched_regions_name_is_asked_for() {
    let mut config = config(&["a"]);
    config.accounts[0].watch = PoolId::Region("id-cgk".into());
    let mut world = World::with(config);
    assert!(world.answer("a", Ok(usage(1, 1000))).contains(&Effect::FetchRegionLabels));
    world.happen(Event::RegionLabelsFetched(
        ApiUrl::default(),
        BTreeMap::from([("id-cgk".into(), "Jakarta, ID".into())]),
    ));
    assert_eq!(world.account("a").watch_name.as_deref(), Some("Jakarta, ID"));
}

#[test]
fn a_disabled_entry_is_never_asked_for_and_at_once_when_it_is_enabled() {
    let mut off = config(&["a", "b"]);
    off.accounts[0].enabled = false;
    let mut world = World::new(PersistedState::default());
    assert_eq!(asked_ids(&world.load(off.clone())), ["b"]);
    assert_eq!(world.state_of("a"), EntryState::Disabled);
    world.round("b", Ok(usage(1, 1000)));
    assert_eq!(asked_ids(&world.happen(Event::RefreshRequested)), ["b"]);
    world.round("b", Ok(usage(1, 1000)));
    off.accounts[0].enabled = true;
    assert_eq!(asked_ids(&world.load(off)), ["a"]);
    assert_eq!(world.state_of("a"), EntryState::Pending);
}

#[test]
fn a_new_configuration_keeps_the_figures_of_what_stays_and_asks_for_nothing_anew() {
    let mut world = World::with(config(&["a", "b"]));
    world.answer("a", Ok(usage(1, 1000)));
    world.round("b", Ok(usage(2, 1000)));
    let mut changed = config(&["b", "a"]);
    changed.accounts[0].name = "Renamed".into();
    changed.thresholds = vec![50];
    let effects = world.load(changed);
    assert_eq!(asked(&effects), []);
    assert_eq!((world.used("a"), world.used("b")), (Some(1), Some(2)));
    assert_eq!(world.account("b").name, "Renamed");
    let order: Vec<String> =
        world.state.snapshot(world.now).accounts.iter().map(|account| account.id.to_string()).collect();
    assert_eq!(order, ["b", "a"], "as in the file");
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Store(StoreCommand::SaveRecord(of, record)) if *of == id("b") && record.name == "Renamed"))
    );
}

#[test]
fn an_entry_that_is_gone_from_the_file_is_forgotten() {
    let mut world = World::with(config(&["a", "b"]));
    let effects = world.load(config(&["b"]));
    assert!(effects.contains(&Effect::Store(StoreCommand::DeleteRecord(id("a")))));
    assert_eq!(world.state.snapshot(world.now).accounts.len(), 1);
    assert_eq!(world.answer("a", Ok(usage(1, 1000))), [], "a late answer is for nobody");
}

#[test]
fn watching_another_pool_drops_the_figures_and_asks_again() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    let mut changed = config(&["a"]);
    changed.accounts[0].watch = PoolId::Linode(7);
    let asks = asked(&world.load(changed));
    assert_eq!(asks.iter().map(|ask| &ask.endpoint).collect::<Vec<_>>(), [&Endpoint::Linode(7)]);
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Pending, None));
}

#[test]
fn another_source_of_the_token_or_another_api_is_asked_at_once() {
    for change in [
        |config: &mut Config| config.accounts[0].token_command = Some(vec!["pass".into()]),
        |config: &mut Config| config.api_url = "http://127.0.0.1:9/v4".parse::<ApiUrl>().unwrap(),
    ] {
        let mut world = World::with(config(&["a"]));
        world.round("a", Ok(usage(1, 1000)));
        let mut changed = config(&["a"]);
        change(&mut changed);
        assert_eq!(asked_ids(&world.load(changed.clone())), ["a"]);
        assert_eq!(asked(&world.load(changed)), []);
        assert_eq!(world.used("a"), Some(1));
    }
}

#[test]
fn a_shorter_interval_holds_from_now_on() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    world.load(Config { poll_interval: MINUTE, ..config(&["a"]) });
    assert_eq!(asked_ids(&world.pass(MINUTE)), ["a"]);
}

/// What a program before this one left of account `a`.
fn kept() -> PersistedState {
    let mut world = World::with(config(&["a"]));
    let record = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|effect| match effect {
            Effect::Store(StoreCommand::SaveRecord(of, record)) => Some((of, *record)),
            _ => None,
        })
    };
    let record = record(world.answer("a", Ok(usage(630, 1000))));
    PersistedState { records: record.into_iter().collect(), ..PersistedState::default() }
}

#[test]
fn the_last_figures_are_there_before_the_first_poll() {
    let mut world = World::new(kept());
    assert_eq!((world.used("a"), world.account("a").name.as_str()), (Some(630), "A"));
    assert_eq!(asked_ids(&world.load(config(&["a"]))), ["a"]);
    assert_eq!((world.used("a"), world.state_of("a")), (Some(630), EntryState::Ok));
}

#[test]
fn a_file_that_does_not_read_at_the_start_shows_the_last_figures_and_polls_nothing() {
    let mut world = World::new(kept());
    let problem = "config.toml:1:1: wrong".to_owned();
    assert_eq!(world.happen(Event::ConfigRefused(problem.clone())), []);
    assert_eq!(world.used("a"), Some(630));
    assert_eq!(world.state.snapshot(world.now).config_problem, Some(problem));
    assert_eq!(world.happen(Event::RefreshRequested), []);
    for _ in 0..100 {
        assert_eq!(world.pass(INTERVAL), []);
    }
    assert_eq!(world.state_of("a"), EntryState::Stale);
    assert_eq!(world.state.snapshot(world.now).next_poll_at, None);
    assert_eq!(asked_ids(&world.load(config(&["a"]))), ["a"], "once it reads");
    assert_eq!(world.state.snapshot(world.now).config_problem, None);
}

#[test]
fn a_file_that_no_longer_reads_leaves_the_last_good_one_in_force() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::ConfigRefused("config.toml:1:1: wrong".into()));
    assert_eq!(world.state.snapshot(world.now).accounts.len(), 1);
    assert!(world.state.snapshot(world.now).config_problem.is_some());
    assert_eq!(asked_ids(&world.pass(INTERVAL)), ["a"]);
}

#[test]
fn what_a_mute_held_back_and_is_still_true_comes_when_it_ends() {
    for of in [None, Some(id("a"))] {
        let mut world = World::with(config(&["a"]));
        world.round("a", Ok(usage(1, 1000)));
        let until = world.now + MINUTE * 6;
        let effects = world.happen(Event::Mute(of.clone(), Some(until)));
        assert_eq!(effects.len(), 1, "it is kept: {effects:?}");
        world.pass(INTERVAL);
        assert_eq!(notified(&world.round("a", Ok(usage(830, 1000)))), []);
        assert_eq!(world.state.wakes_at(world.now), Some(until), "{of:?}");
        let told = notified(&world.pass(MINUTE));
        assert_eq!(
            told.iter().map(|n| n.summary.as_str()).collect::<Vec<_>>(),
            ["A passed 80% of its transfer"]
        );
        assert_eq!(notified(&world.happen(Event::Tick)), [], "and once");
    }
}

#[test]
fn a_mute_that_is_taken_back_tells_at_once() {
    let mut world = World::with(config(&["a"]));
    world.happen(Event::Mute(None, Some(world.now + INTERVAL * 100)));
    assert_eq!(notified(&world.round("a", Ok(usage(830, 1000)))), []);
    assert_eq!(notified(&world.happen(Event::Mute(None, None))).len(), 1);
}

#[test]
fn a_mute_does_not_hold_back_100_percent_nor_a_refused_token() {
    let mut world = World::with(config(&["a", "b"]));
    world.happen(Event::Mute(None, Some(world.now + INTERVAL * 100)));
    world.answer("a", Ok(usage(1057, 1000)));
    let told = notified(&world.round("b", Err(Failure::TokenInvalid)));
    assert_eq!(told.len(), 1, "at once is one notification");
    assert_eq!(told[0].body.lines().count(), 2, "{told:?}");
    assert!(told[0].critical);
}

#[test]
fn nothing_is_told_before_a_round_has_ended() {
    let mut world = World::with(config(&["a", "b"]));
    assert_eq!(notified(&world.answer("a", Ok(usage(830, 1000)))), []);
    assert_eq!(notified(&world.happen(Event::Tick)), []);
    world.answer("b", Ok(usage(950, 1000)));
    assert_eq!(notified(&world.happen(Event::RoundFinished)).len(), 1);
}

#[test]
fn what_could_not_be_shown_comes_with_the_next_round() {
    let mut world = World::with(config(&["a"]));
    let told = notified(&world.round("a", Ok(usage(830, 1000))));
    assert_eq!(world.happen(Event::Undelivered(told[0].keys.clone())), []);
    world.pass(INTERVAL);
    let again = notified(&world.round("a", Ok(usage(831, 1000))));
    assert_eq!(again.len(), 1);
    let kept = world.happen(Event::Delivered(again[0].keys.clone()));
    assert_eq!(kept, [Effect::Store(StoreCommand::SaveAlerts(again[0].keys.clone()))]);
    world.pass(INTERVAL);
    assert_eq!(notified(&world.round("a", Ok(usage(832, 1000)))), []);
}

/// What each run of the user's program is told in short.
fn hook_ran_for(effects: &[Effect]) -> Vec<String> {
    let runs = effects.iter().filter_map(|effect| match effect {
        Effect::RunHook(command, alerts) => {
            assert_eq!(command, &["notify-me"]);
            Some(alerts.iter().map(|alert| alert.summary.clone()))
        }
        _ => None,
    });
    runs.flatten().collect()
}

#[test]
fn the_users_program_is_run_once_an_alert_also_where_it_cant_be_shown() {
    let on_alert = vec!["notify-me".to_owned()];
    let mut world = World::with(Config { on_alert, ..config(&["a", "b"]) });
    world.answer("b", Ok(usage(930, 1000)));
    let first = world.round("a", Ok(usage(830, 1000)));
    let both = ["A passed 80% of its transfer", "B passed 90% of its transfer"];
    assert_eq!(hook_ran_for(&first), both, "one for each, though one notification tells of both");
    assert_eq!(notified(&first).len(), 1);
    world.happen(Event::Undelivered(notified(&first)[0].keys.clone()));
    world.pass(INTERVAL);
    world.answer("b", Ok(usage(930, 1000)));
    let again = world.round("a", Ok(usage(910, 1000)));
    assert_eq!(notified(&again).len(), 1);
    assert_eq!(hook_ran_for(&again), ["A passed 90% of its transfer"], "what is new");
}

#[test]
fn what_is_held_back_runs_no_program_until_it_is_given() {
    let on_alert = vec!["notify-me".to_owned()];
    let mut world = World::with(Config { on_alert, ..config(&["a"]) });
    world.happen(Event::Mute(None, Some(start() + INTERVAL)));
    assert_eq!(hook_ran_for(&world.round("a", Ok(usage(830, 1000)))), [""; 0]);
    assert_eq!(hook_ran_for(&world.happen(Event::Mute(None, None))), ["A passed 80% of its transfer"]);
}

#[test]
fn without_a_program_none_is_run() {
    let mut world = World::with(config(&["a"]));
    let effects = world.round("a", Ok(usage(830, 1000)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::RunHook(..))), "{effects:?}");
}

#[test]
fn samples_are_thinned_when_a_round_has_ended_and_once_a_day() {
    let thinned = |effects: &[Effect]| effects.contains(&Effect::Store(StoreCommand::Downsample(13)));
    let mut world = World::with(Config { history_months: 13, ..config(&["a"]) });
    assert!(!thinned(&world.answer("a", Err(offline()))), "not before everything is shown");
    assert!(thinned(&world.happen(Event::RoundFinished)));
    world.pass(INTERVAL);
    assert!(!thinned(&world.round("a", Ok(usage(1, 1000)))));
    world.pass(THIN_EVERY);
    assert!(thinned(&world.round("a", Ok(usage(1, 1000)))));
}

#[test]
fn what_was_told_in_months_long_past_is_not_remembered() {
    let key =
        |month: MonthId| AlertKey::Threshold { account: id("a"), pool: PoolId::Global, month, percent: 80 };
    let month = Month::at(start()).id;
    let token = AlertKey::TokenInvalid { token: TokenId("one".into()) };
    let year: BTreeSet<AlertKey> = (0..12).map(|back| key(month.back(back))).chain([token.clone()]).collect();
    let given = year.iter().cloned().chain([key(month.back(12)), key(month.back(99))]).collect();
    let mut world = World::new(PersistedState { sent_alerts: given, ..PersistedState::default() });
    assert_eq!(world.state.sent_alerts, year);
    world.load(Config { on_alert: vec!["notify-me".into()], ..config(&["a"]) });
    for n in 0..60u64 {
        world.now = month.next().starts_at() + Duration::from_secs(n * 31 * 24 * 3600 + 24 * 3600);
        world.happen(Event::RefreshRequested);
        world.answer("a", Ok(usage(830, 1000)));
        let told = notified(&world.happen(Event::RoundFinished));
        // Every other one is never delivered.
        if n % 2 == 0 {
            told.into_iter().for_each(|told| drop(world.happen(Event::Delivered(told.keys))));
        } else {
            told.into_iter().for_each(|told| drop(world.happen(Event::Undelivered(told.keys))));
        }
        world.pass(THIN_EVERY);
        world.happen(Event::RoundFinished);
        assert!(world.state.sent_alerts.len() <= 13, "{:?}", world.state.sent_alerts);
        assert!(world.state.hook_ran_for.len() <= 12, "{:?}", world.state.hook_ran_for);
    }
    assert!(world.state.sent_alerts.contains(&token));
}

#[test]
fn regions_are_named_once_a_day_at_most_and_shown_by_id_till_then() {
    let mut world = World::with(config(&["a"]));
    let regions = |ids: &[&str]| Usage {
        regions: ids.iter().map(|id| ((*id).to_owned(), Pool::default())).collect(),
        ..usage(1, 1000)
    };
    let names = |world: &World| -> Vec<String> {
        world.account("a").regions.into_iter().map(|region| region.label).collect()
    };
    assert!(world.round("a", Ok(regions(&["id-cgk"]))).contains(&Effect::FetchRegionLabels));
    assert_eq!(names(&world), ["id-cgk"]);
    let jakarta = BTreeMap::from([("id-cgk".to_owned(), "Jakarta, ID".to_owned())]);
    let effects = world.happen(Event::RegionLabelsFetched(ApiUrl::default(), jakarta.clone()));
    assert_eq!(effects, [Effect::Store(StoreCommand::SaveRegions(jakarta))]);
    assert_eq!(names(&world), ["Jakarta, ID"]);
    world.pass(INTERVAL);
    let effects = world.round("a", Ok(regions(&["id-cgk", "br-gru"])));
    assert!(!effects.contains(&Effect::FetchRegionLabels), "not twice a day");
    assert_eq!(names(&world), ["Jakarta, ID", "br-gru"]);
    world.pass(LOOK_UP_EVERY);
    assert!(world.round("a", Ok(regions(&["id-cgk", "br-gru"]))).contains(&Effect::FetchRegionLabels));
}

#[test]
fn on_a_changed_world_what_is_old_or_failed_is_asked_for_at_once_in_one_round() {
    let mut world = World::with(config(&["old", "failed", "keyring", "young", "limited", "refused"]));
    world.round("old", Ok(usage(1, 1000)));
    for _ in 0..5 {
        world.happen(Event::RefreshRequested);
        world.round("failed", Err(offline()));
    }
    world.round("keyring", Err(Failure::KeyringLocked));
    world.round("limited", Err(Failure::RateLimited { retry_after: Some(INTERVAL) }));
    world.round("refused", Err(Failure::TokenInvalid));
    world.round("old", Ok(usage(1, 1000)));
    world.now += Duration::from_secs(20);
    world.round("young", Ok(usage(1, 1000)));
    let effects = world.happen(Event::SystemChanged);
    assert_eq!(asked_ids(&effects), ["old", "failed", "keyring"]);
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Poll(_))).count(), 1, "in one round");
    assert_eq!(asked(&world.happen(Event::SystemChanged)), [], "they are under way");
}

/// Accounts with one and the same command.
fn by_command(ids: &[&str]) -> Config {
    let mut config = config(ids);
    for account in &mut config.accounts {
        account.token_command = Some(vec!["pass".into()]);
    }
    config
}

fn no_token(timed_out: bool) -> Failure {
    Failure::TokenCommand { why: "pass ended with exit status: 1".into(), timed_out }
}

#[test]
fn a_failing_command_backs_off_and_only_the_user_has_it_run_at_once() {
    let mut world = World::with(by_command(&["a"]));
    for wait in [30, 60, 120, 240, 300, 300] {
        world.round("a", Err(no_token(false)));
        assert_eq!(world.state_of("a"), EntryState::TokenMissing);
        let least = Duration::from_secs(wait).mul_f64(0.89);
        assert_eq!(asked(&world.pass(least)), [], "{wait}");
        assert_eq!(asked(&world.happen(Event::SystemChanged)), [], "{wait}");
        assert_eq!(asked_ids(&world.pass(Duration::from_secs(wait) - least)), ["a"], "{wait}");
    }
    world.round("a", Err(no_token(false)));
    assert_eq!(asked_ids(&world.happen(Event::RefreshRequested)), ["a"]);
}

#[test]
fn a_command_that_may_have_asked_its_user_is_not_run_again_within_the_hour() {
    let mut world = World::with(by_command(&["a"]));
    world.round("a", Err(no_token(true)));
    assert_eq!(asked(&world.pass(Duration::from_secs(3599))), []);
    assert_eq!(asked(&world.happen(Event::SystemChanged)), []);
    assert_eq!(asked_ids(&world.pass(Duration::from_secs(1))), ["a"]);
    world.round("a", Err(no_token(true)));
    assert_eq!(asked_ids(&world.happen(Event::RefreshRequested)), ["a"], "the user may be there");
}

#[test]
fn a_command_that_failed_for_several_accounts_is_run_for_them_at_the_same_time() {
    let mut world = World::with(by_command(&["a", "b"]));
    for wait in [30, 60, 120] {
        world.answer("a", Err(no_token(false)));
        world.now += Duration::from_millis(7);
        world.round("b", Err(no_token(false)));
        world.now = world.state.wakes_at(world.now).unwrap();
        assert_eq!(asked_ids(&world.happen(Event::Tick)), ["a", "b"], "{wait}");
    }
}

#[test]
fn a_network_that_does_not_carry_yet_is_tried_again_as_at_the_first_failure() {
    let mut world = World::with(config(&["a"]));
    for _ in 0..9 {
        world.happen(Event::RefreshRequested);
        world.round("a", Err(offline()));
    }
    world.happen(Event::SystemChanged);
    world.round("a", Err(offline()));
    let next = world.state.wakes_at(world.now).unwrap();
    assert!(next <= world.now + Duration::from_secs(30), "{next}");
}

#[test]
fn a_poll_that_the_old_network_failed_is_followed_by_one_at_once_and_a_good_one_by_none() {
    let mut world = World::with(config(&["a"]));
    assert_eq!(asked(&world.happen(Event::SystemChanged)), [], "it is under way");
    assert_eq!(asked_ids(&world.answer("a", Err(offline()))), ["a"]);
    assert_eq!(asked(&world.answer("a", Err(offline()))), [], "that one failed by itself");
    world.happen(Event::SystemChanged);
    assert_eq!(asked(&world.round("a", Ok(usage(1, 1000)))), []);
}

#[test]
fn a_clock_that_is_set_back_puts_no_poll_off() {
    for back in [Duration::from_secs(1), INTERVAL, Duration::from_secs(40 * 24 * 3600)] {
        let mut world = World::with(config(&["a"]));
        world.round("a", Ok(usage(1, 1000)));
        let wait = world.state.wakes_at(world.now).unwrap().duration_since(world.now);
        world.now -= back;
        assert_eq!(asked(&world.happen(Event::Tick)), []);
        let next = world.state.snapshot(world.now).next_poll_at.unwrap();
        assert_eq!(next.duration_since(world.now), wait, "by {back:?}");
    }
}

#[test]
fn a_clock_that_is_set_forward_and_back_stalls_nothing() {
    let mut world = World::with(config(&["a"]));
    world.now += Duration::from_secs(365 * 24 * 3600);
    world.round("a", Ok(usage(1, 1000)));
    world.now -= Duration::from_secs(365 * 24 * 3600);
    assert_eq!(asked_ids(&world.happen(Event::SystemChanged)), ["a"], "figures of the future are old");
    world.round("a", Ok(usage(2, 1000)));
    assert_eq!(world.state_of("a"), EntryState::Ok);
    assert!(world.state.wakes_at(world.now).unwrap() <= world.now + INTERVAL);
}

#[test]
fn a_refused_token_is_asked_about_although_the_clock_was_set_back() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Err(Failure::TokenInvalid));
    world.now -= Duration::from_secs(24 * 3600);
    world.happen(Event::Tick);
    let effects = world.pass(INTERVAL);
    assert_eq!(asked(&effects).iter().map(|ask| ask.skip_if_token.clone()).collect::<Vec<_>>(), [None]);
}

/// The samples that were to be kept, as the store gives them back.
fn recalled(effects: &[Effect], kept: &mut PersistedState) {
    for effect in effects {
        match effect {
            Effect::Store(StoreCommand::SaveSamples(id, at, pools)) => {
                let samples = kept.samples.entry(id.clone()).or_default();
                for (pool, figures) in pools {
                    samples.entry(pool.clone()).or_default().push((*at, figures.used));
                }
            }
            Effect::Store(StoreCommand::SaveRecord(id, record)) => {
                drop(kept.records.insert(id.clone(), *record.clone()))
            }
            _ => {}
        }
    }
}

#[test]
fn a_forecast_is_the_same_after_a_restart() {
    let (mut world, mut kept) = (World::with(config(&["a"])), PersistedState::default());
    for hour in 0..200 {
        world.now = start() - Duration::from_secs(3600 * (200 - hour));
        let effects = world.round("a", Ok(usage(100 + hour * hour / 100, 1000)));
        recalled(&effects, &mut kept);
    }
    let before = world.account("a").forecast;
    assert!(before.is_some());
    let mut after = World::new(kept);
    after.now = world.now;
    assert_eq!(after.account("a").forecast, before, "also before the configuration is read");
    after.load(config(&["a"]));
    assert_eq!(after.account("a").forecast, before);
    assert_ne!(World::with(config(&["a"])).account("a").forecast, before);
}

#[test]
fn the_old_months_figures_forecast_nothing_and_are_no_part_of_later_ones() {
    let (mut world, mut kept) = (World::with(config(&["a"])), PersistedState::default());
    let mut sample = |world: &mut World, time: &str, used| {
        world.now = time.parse().unwrap();
        let effects = world.round("a", Ok(usage(used, 1000)));
        recalled(&effects, &mut kept);
        world.account("a").forecast
    };
    assert!(sample(&mut world, "2026-12-01T04:00:00Z", 900).is_some());
    // The new month's first 3 % end after 22 hours; held for a day at most.
    assert_eq!(sample(&mut world, "2026-12-01T06:00:00Z", 901), None);
    assert_eq!(sample(&mut world, "2026-12-02T04:00:00Z", 901), None);
    assert_eq!(world.state.accounts[0].series.len(), 0);
    assert!(sample(&mut world, "2026-12-02T04:30:00Z", 10).is_some());
    let lone = world.account("a").forecast;
    let mut after = World::new(kept);
    after.now = world.now;
    assert_eq!(after.account("a").forecast, lone);
    assert_eq!(after.state.accounts[0].series, world.state.accounts[0].series);
}

#[test]
fn a_failure_leaves_the_forecast_of_the_last_figures_until_the_month_is_over() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(830, 1000)));
    let before = world.account("a").forecast;
    world.pass(INTERVAL);
    world.round("a", Err(offline()));
    world.now += INTERVAL * 9;
    assert_eq!(world.account("a").forecast, before);
    world.now = "2026-12-01T05:00:00Z".parse().unwrap();
    assert_eq!(world.account("a").forecast, None);
}

#[test]
fn a_region_has_its_own_forecast() {
    let mut world = World::with(config(&["a"]));
    let regions = vec![("id-cgk".to_owned(), Pool::from_gb(9, 10, 0))];
    world.round("a", Ok(Usage { regions, ..usage(1, 1000) }));
    let account = world.account("a");
    assert_eq!(account.forecast.unwrap().over, 0);
    assert!(account.regions[0].forecast.unwrap().over > 0);
}

#[test]
fn prices_are_asked_for_once_a_day_from_when_a_forecast_costs_something() {
    let mut world = World::with(config(&["a"]));
    let asks = |effects: Vec<Effect>| effects.contains(&Effect::FetchPrices);
    assert!(!asks(world.round("a", Ok(usage(300, 1000)))));
    assert!(asks(world.round("a", Ok(usage(830, 1000)))));
    assert!(!asks(world.round("a", Ok(usage(831, 1000)))));
    let cost = |world: &World| world.account("a").forecast.unwrap().over_usd.unwrap();
    let by_default = cost(&world);
    let prices = Prices::new([(PoolId::Global, 0.01)], None);
    assert_eq!(
        world.happen(Event::PricesFetched(ApiUrl::default(), prices.clone())),
        [Effect::Store(StoreCommand::SavePrices(prices.clone()))]
    );
    assert!((cost(&world) - 2.0 * by_default).abs() < 0.000_001);
    world.now += LOOK_UP_EVERY;
    assert!(asks(world.round("a", Ok(usage(832, 1000)))));
    // Not at each start either.
    let mut world =
        World::new(PersistedState { prices, prices_told_at: Some(start()), ..PersistedState::default() });
    world.now += LOOK_UP_EVERY / 2;
    world.load(config(&["a"]));
    assert!(!asks(world.round("a", Ok(usage(900, 1000)))));
    assert!(cost(&world) > by_default);
}

fn unlocked(effects: &[Effect]) -> Vec<String> {
    let unlocks = effects.iter().filter_map(|effect| match effect {
        Effect::UnlockKeyring(accounts) => Some(accounts.iter().map(ToString::to_string)),
        _ => None,
    });
    unlocks.flatten().collect()
}

/// Two accounts whose tokens are locked, after the first round; what came of that.
fn locked(may_ask: bool) -> (World, Vec<Effect>) {
    let mut world = World::new(PersistedState::default());
    if may_ask {
        world.state = world.state.clone().unlocking_once();
    }
    world.load(config(&["a", "b"]));
    let mut effects = world.answer("a", Err(Failure::KeyringLocked));
    assert_eq!(unlocked(&effects), [""; 0], "before it is known what else is locked");
    effects.extend(world.round("b", Err(Failure::KeyringLocked)));
    (world, effects)
}

#[test]
fn a_tray_asks_once_for_all_accounts_and_other_programs_never() {
    assert_eq!(unlocked(&locked(false).1), [""; 0]);
    let (mut world, effects) = locked(true);
    assert_eq!(unlocked(&effects), ["a", "b"]);
    assert!(!world.state.busy(), "alerts and polls go on");
    // Closed, and never again, whatever the next polls find.
    assert_eq!(asked_ids(&world.happen(Event::UnlockFinished)), ["a", "b"]);
    world.answer("a", Err(Failure::KeyringLocked));
    assert_eq!(unlocked(&world.round("b", Err(Failure::KeyringLocked))), [""; 0]);
    assert_eq!(asked_ids(&world.pass(Duration::from_secs(31))), ["a", "b"]);
    world.answer("a", Err(Failure::KeyringLocked));
    assert_eq!(unlocked(&world.round("b", Err(Failure::KeyringLocked))), [""; 0]);
}

#[test]
fn an_act_of_the_users_asks_each_time_but_not_twice_at_once() {
    let (mut world, _) = locked(false);
    assert_eq!(unlocked(&world.happen(Event::UnlockRequested)), ["a", "b"]);
    assert_eq!(unlocked(&world.happen(Event::UnlockRequested)), [""; 0], "the dialog is open");
    world.happen(Event::UnlockFinished);
    world.answer("a", Ok(usage(1, 2)));
    assert_eq!(unlocked(&world.round("b", Err(Failure::KeyringLocked))), [""; 0]);
    assert_eq!(asked_ids(&world.happen(Event::RefreshRequested)), ["a", "b"]);
    world.answer("a", Ok(usage(1, 2)));
    assert_eq!(unlocked(&world.round("b", Err(Failure::KeyringLocked))), ["b"]);
}

#[test]
fn a_wish_to_unlock_ends_with_the_round_that_finds_nothing_locked() {
    let (mut world, _) = locked(false);
    world.happen(Event::RefreshRequested);
    world.answer("a", Ok(usage(1, 2)));
    assert_eq!(unlocked(&world.round("b", Ok(usage(1, 2)))), [""; 0]);
    world.pass(Duration::from_secs(600));
    world.answer("a", Err(Failure::KeyringLocked));
    assert_eq!(
        unlocked(&world.round("b", Err(Failure::KeyringLocked))),
        [""; 0],
        "locked since, and nobody asked"
    );
}

#[test]
fn names_and_prices_that_could_not_be_had_are_asked_for_again_in_an_hour() {
    let (mut world, api) = (World::with(config(&["a"])), ApiUrl::default());
    let figures = || Ok(Usage { regions: vec![("id-cgk".into(), Pool::default())], ..usage(830, 1000) });
    let both = |effects: &[Effect]| {
        (effects.contains(&Effect::FetchRegionLabels), effects.contains(&Effect::FetchPrices))
    };
    world.answer("a", Ok(usage(1, 1000)));
    world.now += Duration::from_secs(2 * 24 * 3600);
    world.happen(Event::RefreshRequested);
    assert_eq!(both(&world.round("a", figures())), (true, true));
    world.happen(Event::RegionLabelsFailed(api.clone()));
    world.happen(Event::PricesFailed(api.clone()));
    let mut asked = Vec::new();
    for minutes in [59, 1, 59, 1] {
        world.now += MINUTE * minutes;
        world.happen(Event::RefreshRequested);
        let again = both(&world.round("a", figures()));
        if again == (true, true) {
            world.happen(Event::RegionLabelsFailed(api.clone()));
            world.happen(Event::PricesFailed(api.clone()));
        }
        asked.push(again);
    }
    assert_eq!(asked, [(false, false), (true, true), (false, false), (true, true)]);
}
