//! Months in which one Linode goes wild: the notification comes within hours and names it.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::alert::{AlertKey, Notification};
use linode_bandwidth::domain::breakdown::{Consumer, ConsumerId};
use linode_bandwidth::domain::config::{AccountConfig, Config};
use linode_bandwidth::domain::state::{Answer, Effect, Event, PersistedState, State, update};
use linode_bandwidth::domain::token::{Scopes, TokenId};
use linode_bandwidth::domain::usage::{GB, Pool, Usage};

/// A month of an account with Linodes that have a rhythm by day and week. One of them goes wild.
struct WildMonth {
    begins: Timestamp,
    /// GB that all Linodes use per hour on average.
    pace: f64,
    /// The number of the Linode, and when it begins and ends, in hours of the month.
    wild: (u64, i64, i64),
    /// How many times the usual pace of all it uses then.
    times: f64,
}

const LINODES: u64 = 8;

impl WildMonth {
    /// What a Linode uses in an hour, in bytes.
    fn rate(&self, linode: u64, hour: i64) -> u64 {
        let by_day = if (8..20).contains(&(hour % 24)) { 1.5 } else { 0.5 };
        let by_week = if hour / 24 % 7 >= 5 { 0.5 } else { 1.2 };
        // Up to a third up and down, always the same.
        let noise = 0.67 + ((hour as u64 * 31 + linode * 17) * 2_654_435_761 % 1000) as f64 / 1500.0;
        let own = self.pace / LINODES as f64 * by_day * by_week * noise;
        let (wild, from, to) = self.wild;
        let added = if linode == wild && (from..to).contains(&hour) { self.times * self.pace } else { 0.0 };
        ((own + added) * GB as f64) as u64
    }

    /// The notifications with the hours at which they came.
    fn run(&self) -> Vec<(i64, Notification)> {
        let account = AccountConfig::new("acme".parse().unwrap(), "Acme");
        let config = Config {
            poll_interval: Duration::from_secs(3600),
            forecast_alert: false,
            thresholds: vec![1000],
            accounts: vec![account],
            ..Config::default()
        };
        let mut state = State::new(PersistedState::default(), 7, self.begins);
        let mut used = [0; LINODES as usize];
        let mut told = Vec::new();
        let mut events = VecDeque::from([Event::ConfigLoaded(Box::new(config))]);
        for hour in 0..29 * 24 {
            let now = self.begins + SignedDuration::from_hours(hour);
            events.push_back(Event::RefreshRequested);
            while let Some(event) = events.pop_front() {
                for effect in update(&mut state, event, now) {
                    self.answer(effect, &used, &mut events, |one| told.push((hour, one)));
                }
            }
            used.iter_mut().zip(0..).for_each(|(used, linode)| *used += self.rate(linode, hour));
        }
        told
    }

    fn answer(
        &self,
        effect: Effect,
        used: &[u64],
        events: &mut VecDeque<Event>,
        mut tell: impl FnMut(Notification),
    ) {
        match effect {
            Effect::Poll(asks) => {
                // The API's figure is in whole GB.
                let quota = (self.pace * 720.0 * 3.0) as u64;
                let usage = Usage {
                    pool: Pool::from_gb(used.iter().sum::<u64>() / GB, quota, 0),
                    regions: Vec::new(),
                };
                let scopes = Some(Scopes::from("account:read_only linodes:read_only"));
                for ask in asks {
                    let outcome =
                        Ok(Answer { usage: usage.clone(), scopes: scopes.clone(), linode_label: None });
                    let token = Some(TokenId("one".into()));
                    events.push_back(Event::PollFinished { poll: ask.poll, token, outcome });
                }
                events.push_back(Event::RoundFinished);
            }
            Effect::FetchBreakdowns(asks, _) => {
                let consumer = |(number, used): (usize, &u64)| Consumer {
                    id: ConsumerId::Linode(number as u64),
                    label: format!("web-{number}"),
                    region: "us-east".into(),
                    used: *used,
                };
                let consumers: Vec<Consumer> = used.iter().enumerate().map(consumer).collect();
                let answers =
                    asks.into_iter().map(|ask| Event::BreakdownFetched(ask.poll, Ok(consumers.clone())));
                events.extend(answers);
            }
            Effect::Notify(notification) => {
                events.push_back(Event::Delivered(notification.keys.clone()));
                tell(notification);
            }
            _ => {}
        }
    }
}

#[test]
fn a_linode_that_goes_wild_is_named_within_6_hours() {
    for (begins, pace, wild, times) in [
        ("2026-11-01T04:00:00Z", 12.0, (3, 15 * 24 + 2, 15 * 24 + 40), 4.0),
        ("2026-03-01T05:00:00Z", 1.5, (6, 20 * 24 + 13, 20 * 24 + 18), 9.0),
    ] {
        let month = WildMonth { begins: begins.parse().unwrap(), pace, wild, times };
        let told = month.run();
        let [(hour, one)] = &told[..] else { panic!("{begins}: {told:?}") };
        let (number, from, _) = wild;
        assert!(
            (from..=from + 6).contains(hour),
            "{begins}: it began at {from} and the alert came at {hour}"
        );
        assert_eq!(one.summary, "Acme is using far more than usual");
        assert!(one.body.contains(&format!(" · web-{number} used ")), "{}", one.body);
        assert!(matches!(one.keys[..], [AlertKey::Spike { .. }]), "{:?}", one.keys);
    }
}
