//! Who used a pool: its Linodes, Object Storage, and the rest.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::month::Month;
use super::usage::{Percent, Pool, PoolId, Usage};

/// What uses a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsumerId {
    /// A Linode, by its id.
    Linode(u64),
    /// All buckets of the account.
    ObjectStorage,
}

impl ConsumerId {
    /// Its kind, as JSON and metrics name it.
    pub fn kind(self) -> &'static str {
        match self {
            ConsumerId::Linode(_) => "linode",
            ConsumerId::ObjectStorage => "object_storage",
        }
    }

    /// The Linode's id.
    pub fn number(self) -> Option<u64> {
        match self {
            ConsumerId::Linode(id) => Some(id),
            ConsumerId::ObjectStorage => None,
        }
    }
}

/// The label of [`ConsumerId::ObjectStorage`].
pub const OBJECT_STORAGE: &str = "Object Storage";
/// The label of consumers that are not listed one by one.
pub const OTHERS: &str = "Others";
/// The label of what no consumer accounts for.
pub const REST: &str = "NodeBalancers, deleted Linodes and other";

/// How many consumers a chart shows one by one.
pub const LARGEST: usize = 5;

/// A consumer and its usage this month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    pub id: ConsumerId,
    /// The Linode's label, or [`OBJECT_STORAGE`].
    pub label: String,
    /// The Linode's region, by its id; empty where it is not known or there is none.
    pub region: String,
    /// Bytes.
    pub used: u64,
}

/// The consumers of one pool at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolBreakdown {
    pub pool: PoolId,
    /// Bytes used of the pool.
    pub used: u64,
    /// Most first.
    pub consumers: Vec<Consumer>,
}

impl PoolBreakdown {
    fn consumed(&self) -> u64 {
        self.consumers.iter().map(|consumer| consumer.used).fold(0, u64::saturating_add)
    }

    /// Bytes that no consumer accounts for: NodeBalancers, deleted Linodes, what the token may not read.
    pub fn rest(&self) -> u64 {
        self.used.saturating_sub(self.consumed())
    }

    /// Bytes by which the consumers exceed what the pool has used: their figures are newer than the pool's, which are
    /// whole GB.
    pub fn excess(&self) -> u64 {
        self.consumed().saturating_sub(self.used)
    }

    /// `used` in percent of what the pool has used; `None` while nothing is used.
    pub fn share(&self, used: u64) -> Option<Percent> {
        Pool { used, quota: self.used.max(self.consumed()), ..Pool::default() }.percent()
    }

    /// The largest consumer, if it has used anything.
    pub fn largest(&self) -> Option<&Consumer> {
        self.consumers.first().filter(|consumer| consumer.used > 0)
    }

    /// The largest `count` consumers, and the others added up: how many, and their bytes.
    pub fn largest_and_others(&self, count: usize) -> (&[Consumer], usize, u64) {
        let (largest, others) = self.consumers.split_at(count.min(self.consumers.len()));
        (largest, others.len(), others.iter().map(|consumer| consumer.used).fold(0, u64::saturating_add))
    }
}

/// What a part of a chart stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// A consumer, and its place among the largest: 0 is the largest.
    Consumer(usize),
    /// The consumers that are not among the largest.
    Others,
    /// What no consumer accounts for.
    Rest,
}

/// A part of what was used of a pool, as charts show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsagePart {
    pub kind: PartKind,
    /// The consumer's label, [`OTHERS`] with their number, or [`REST`].
    pub label: String,
    /// Bytes.
    pub used: u64,
    /// The same in percent of the whole.
    pub share: Option<Percent>,
}

impl PoolBreakdown {
    /// The largest [`LARGEST`] consumers, the others and the rest. Leaves out what used nothing.
    pub fn parts(&self) -> Vec<UsagePart> {
        let (largest, others, others_used) = self.largest_and_others(LARGEST);
        let others = self.consumers.iter().rev().take(others).filter(|consumer| consumer.used > 0).count();
        let largest = largest.iter().enumerate();
        let largest = largest.map(|(at, it)| (PartKind::Consumer(at), it.label.clone(), it.used));
        let added = [
            (PartKind::Others, format!("{OTHERS} ({others})"), others_used),
            (PartKind::Rest, REST.to_owned(), self.rest()),
        ];
        let used = largest.chain(added).filter(|(_, _, used)| *used > 0);
        used.map(|(kind, label, used)| UsagePart { kind, label, used, share: self.share(used) }).collect()
    }
}

/// The consumers of an account's pools at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// When the consumers were asked for.
    pub at: Timestamp,
    /// The watched pool first.
    pub pools: Vec<PoolBreakdown>,
}

impl Breakdown {
    /// `consumers` by the pools of `usage`, as an account sees it that watches `watch`. A Linode in a region with a pool
    /// of its own uses that one, any other the global one. Leaves out consumers of pools that are not watched.
    pub fn new(at: Timestamp, watch: &PoolId, usage: &Usage, consumers: &[Consumer]) -> Breakdown {
        let regions = usage.regions.iter().map(|(id, pool)| (PoolId::Region(id.clone()), pool.used));
        let watched = std::iter::once((watch.clone(), usage.pool.used)).chain(regions);
        let mut pools: Vec<PoolBreakdown> =
            watched.map(|(pool, used)| PoolBreakdown { pool, used, consumers: Vec::new() }).collect();
        for consumer in consumers {
            let of_region = |pool: &PoolBreakdown| matches!((&pool.pool, consumer.id), (PoolId::Region(id), ConsumerId::Linode(_)) if *id == consumer.region);
            let pool = match pools.iter().position(of_region) {
                Some(at) => pools.get_mut(at),
                None => pools.iter_mut().find(|pool| pool.pool == PoolId::Global),
            };
            if let Some(pool) = pool {
                pool.consumers.push(consumer.clone());
            }
        }
        for pool in &mut pools {
            pool.consumers.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.label.cmp(&b.label)));
        }
        Breakdown { at, pools }
    }

    /// The breakdown of one pool.
    pub fn of(&self, pool: &PoolId) -> Option<&PoolBreakdown> {
        self.pools.iter().find(|known| known.pool == *pool)
    }
}

/// How much a consumer used from `since` on: bytes. Its `samples` rise in time; each month starts at 0. `recorded_from` is
/// when the first breakdown of the pool was made: a consumer that is not in one of before `since` did not exist then. Where
/// there was none by then, the month's first sample is the start, and the figure a lower bound.
pub fn used_since(samples: &[(Timestamp, u64)], since: Timestamp, recorded_from: Timestamp) -> u64 {
    let begins_at = Month::containing(since).starts_at;
    let mut by_month = BTreeMap::<Timestamp, (u64, u64)>::new();
    for (at, used) in samples.iter().filter(|(at, _)| *at >= begins_at) {
        let month = Month::containing(*at).starts_at;
        let known_from_its_start = month > since || recorded_from <= since;
        let start = if known_from_its_start { 0 } else { *used };
        let (start, end) = by_month.entry(month).or_insert((start, *used));
        if *at <= since {
            *start = *used;
        }
        *end = (*end).max(*used);
    }
    by_month.values().map(|(start, end)| end.saturating_sub(*start)).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::GB;

    fn linode(id: u64, region: &str, gb: u64) -> Consumer {
        Consumer {
            id: ConsumerId::Linode(id),
            label: format!("web-{id}"),
            region: region.to_owned(),
            used: gb * GB,
        }
    }

    fn usage() -> Usage {
        Usage {
            pool: Pool::from_gb(100, 1000, 0),
            regions: vec![("id-cgk".to_owned(), Pool::from_gb(5, 10, 0))],
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn consumers_and_rest_are_what_the_pool_used_to_the_byte() {
        let storage = Consumer {
            id: ConsumerId::ObjectStorage,
            label: OBJECT_STORAGE.to_owned(),
            region: String::new(),
            used: 3_000_000_001,
        };
        let consumers = [linode(1, "us-east", 20), linode(2, "us-east", 40), linode(3, "id-cgk", 4), storage];
        let breakdown = Breakdown::new(at("2026-11-10T12:00:00Z"), &PoolId::Global, &usage(), &consumers);
        let global = breakdown.of(&PoolId::Global).unwrap();
        let labels: Vec<&str> = global.consumers.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(labels, ["web-2", "web-1", OBJECT_STORAGE]);
        assert_eq!((global.rest(), global.excess()), (36_999_999_999, 0));
        assert_eq!(global.consumed() + global.rest(), global.used);
        assert_eq!(global.share(global.consumers[0].used).unwrap().to_string(), "40%");
        let jakarta = breakdown.of(&PoolId::Region("id-cgk".to_owned())).unwrap();
        assert_eq!((jakarta.consumers.len(), jakarta.rest()), (1, GB));
    }

    #[test]
    fn a_rest_is_never_below_zero_and_the_excess_is_known() {
        let breakdown = Breakdown::new(
            at("2026-11-10T12:00:00Z"),
            &PoolId::Global,
            &usage(),
            &[linode(1, "us-east", 101)],
        );
        let global = &breakdown.pools[0];
        assert_eq!((global.rest(), global.excess()), (0, GB));
        assert_eq!(global.share(global.consumers[0].used).unwrap().to_string(), "100%");
    }

    #[test]
    fn an_account_that_watches_a_region_has_its_linodes_alone() {
        let region = PoolId::Region("id-cgk".to_owned());
        let usage = usage().for_pool(&region);
        let consumers = [linode(1, "us-east", 20), linode(3, "id-cgk", 4)];
        let breakdown = Breakdown::new(at("2026-11-10T12:00:00Z"), &region, &usage, &consumers);
        assert_eq!(breakdown.pools.len(), 1);
        assert_eq!(breakdown.pools[0].consumers, [linode(3, "id-cgk", 4)]);
        assert_eq!(breakdown.pools[0].rest(), GB);
    }

    #[test]
    fn the_largest_are_listed_and_the_others_added_up() {
        let consumers: Vec<Consumer> = (1..=5).map(|n| linode(n, "us-east", n)).collect();
        let breakdown = Breakdown::new(at("2026-11-10T12:00:00Z"), &PoolId::Global, &usage(), &consumers);
        let global = &breakdown.pools[0];
        let (largest, others, used) = global.largest_and_others(2);
        assert_eq!((largest[0].label.as_str(), largest.len(), others, used), ("web-5", 2, 3, 6 * GB));
        assert_eq!(global.largest_and_others(9).0.len(), 5);
        assert_eq!(global.largest().unwrap().label, "web-5");
    }

    #[test]
    fn the_parts_of_a_chart_are_the_pools_usage() {
        let parts = |used, consumers: &[Consumer]| {
            let usage = Usage { pool: Pool::from_gb(used, 1000, 0), regions: Vec::new() };
            let breakdown = Breakdown::new(at("2026-11-10T12:00:00Z"), &PoolId::Global, &usage, consumers);
            breakdown.pools[0].parts()
        };
        let of = |parts: &[UsagePart]| -> Vec<(PartKind, String, u64, String)> {
            let share = |part: &UsagePart| part.share.unwrap().to_string();
            parts.iter().map(|part| (part.kind, part.label.clone(), part.used / GB, share(part))).collect()
        };
        // One of them used nothing.
        let consumers: Vec<Consumer> = (0..=8).map(|n| linode(n, "us-east", n)).collect();
        let all = parts(40, &consumers);
        let (others, rest) = (all[5].clone(), all[6].clone());
        assert_eq!(of(&all[..1]), [(PartKind::Consumer(0), "web-8".to_owned(), 8, "20%".to_owned())]);
        assert_eq!(of(&[others]), [(PartKind::Others, "Others (3)".to_owned(), 6, "15%".to_owned())]);
        assert_eq!(of(&[rest]), [(PartKind::Rest, REST.to_owned(), 4, "10%".to_owned())]);
        assert_eq!(all.iter().map(|part| part.used).sum::<u64>(), 40 * GB);
        let exceeding = parts(3, &[linode(3, "us-east", 3), linode(1, "us-east", 1)]);
        let shares: Vec<String> = of(&exceeding).into_iter().map(|(.., share)| share).collect();
        assert_eq!(shares, ["75%", "25%"]);
        assert!(parts(0, &[linode(1, "us-east", 0)]).is_empty());
    }

    #[test]
    fn usage_is_counted_over_the_months_end() {
        // The month ends at 05:00 in UTC.
        let samples = [
            (at("2026-11-20T00:00:00Z"), 100),
            (at("2026-11-30T00:00:00Z"), 150),
            (at("2026-12-01T04:00:00Z"), 180),
            (at("2026-12-01T06:00:00Z"), 5),
            (at("2026-12-02T06:00:00Z"), 30),
        ];
        let since = |time| used_since(&samples, at(time), samples[0].0);
        assert_eq!(since("2026-11-30T12:00:00Z"), 30 + 30);
        assert_eq!(since("2026-12-01T12:00:00Z"), 25);
        assert_eq!(since("2026-12-01T05:00:00Z"), 30);
        assert_eq!(since("2026-11-10T00:00:00Z"), 80 + 30, "a lower bound");
        assert_eq!(used_since(&[], at("2026-11-10T00:00:00Z"), at("2026-11-01T00:00:00Z")), 0);
    }

    #[test]
    fn a_linode_that_was_created_since_has_used_all_of_its_transfer_since() {
        let created = [(at("2026-11-15T00:00:00Z"), 7), (at("2026-11-16T00:00:00Z"), 9)];
        assert_eq!(used_since(&created, at("2026-11-10T00:00:00Z"), at("2026-11-02T00:00:00Z")), 9);
        assert_eq!(used_since(&created, at("2026-11-10T00:00:00Z"), at("2026-11-15T00:00:00Z")), 2);
    }
}
