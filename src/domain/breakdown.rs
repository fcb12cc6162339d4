//! Who used a pool: its Linodes, Object Storage, and the rest.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::month::Month;
use super::usage::{GB, Percent, Pool, PoolId, Usage};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// A consumer, and its place among the largest: 0 is the largest.
    Consumer(usize),
    /// The consumers that are not among the largest.
    Others,
    /// What no consumer accounts for.
    Rest,
    /// What was used while nobody asked for consumers.
    Unknown,
}

/// The label of `count` consumers that are not among the largest.
pub fn others_label(count: usize) -> String {
    format!("{OTHERS} ({count})")
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
            (PartKind::Others, others_label(others), others_used),
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

/// How long before a breakdown the pool's own figure may be, for the two to be compared with those of another time.
pub const MAX_POOL_FIGURE_AGE: SignedDuration = SignedDuration::from_mins(3);
/// For how long samples are kept.
pub const SAMPLES_KEPT: SignedDuration = SignedDuration::from_hours(25);
/// Samples younger than this are kept about one per hour, older ones about one in three hours.
const HOURLY: SignedDuration = SignedDuration::from_hours(6);
/// The shortest time between two samples that are kept: a little less than the usual interval, which jitters.
const MIN_SPACING: SignedDuration = SignedDuration::from_mins(50);
const MIN_SPACING_OLD: SignedDuration = SignedDuration::from_mins(170);

/// The figures of an earlier breakdown, without labels: what a later one is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakdownSample {
    pub at: Timestamp,
    pub pools: Vec<PoolSample>,
}

/// What one pool and its consumers had used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSample {
    pub pool: PoolId,
    /// Bytes used of the pool.
    pub used: u64,
    /// Bytes, by consumer.
    pub consumers: Vec<(ConsumerId, u64)>,
}

impl From<&Breakdown> for BreakdownSample {
    fn from(breakdown: &Breakdown) -> BreakdownSample {
        let sample = |pool: &PoolBreakdown| PoolSample {
            pool: pool.pool.clone(),
            used: pool.used,
            consumers: pool.consumers.iter().map(|consumer| (consumer.id, consumer.used)).collect(),
        };
        BreakdownSample { at: breakdown.at, pools: breakdown.pools.iter().map(sample).collect() }
    }
}

impl BreakdownSample {
    /// The figures of one pool.
    pub fn of(&self, pool: &PoolId) -> Option<&PoolSample> {
        self.pools.iter().find(|known| known.pool == *pool)
    }

    /// What a consumer had used, whichever pool it was in.
    fn consumer(&self, id: ConsumerId) -> Option<(&PoolId, u64)> {
        let mut all =
            self.pools.iter().flat_map(|pool| pool.consumers.iter().map(move |of| (&pool.pool, of)));
        all.find(|(_, (known, _))| *known == id).map(|(pool, (_, used))| (pool, *used))
    }
}

/// Adds `sample` to `samples`, which rise in time, and drops those that are too old or too close together. Drops later
/// ones too: the clock was set back.
pub fn push_sample(samples: &mut Vec<BreakdownSample>, sample: BreakdownSample) {
    let now = sample.at;
    samples.retain(|old| old.at < now && now.duration_since(old.at) <= SAMPLES_KEPT);
    let mut last: Option<Timestamp> = None;
    samples.retain(|old| {
        let spacing = if now.duration_since(old.at) > HOURLY { MIN_SPACING_OLD } else { MIN_SPACING };
        let keep = last.is_none_or(|last| old.at.duration_since(last) >= spacing);
        if keep {
            last = Some(old.at);
        }
        keep
    });
    samples.push(sample);
}

/// Who used most of what a pool used since an earlier breakdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth<'a> {
    /// When the earlier breakdown was made.
    pub since: Timestamp,
    /// Bytes that the pool used since then.
    pub of_pool: u64,
    /// The consumer that used most of it.
    pub by: &'a Consumer,
    /// Bytes that it used since then.
    pub of_consumer: u64,
}

/// Growth below this says little: the pool's figures are whole GB.
const MIN_GROWTH: u64 = 3 * GB;
/// From this growth on no earlier sample is needed to see who uses the pool.
const ENOUGH_GROWTH: u64 = 10 * GB;

impl<'a> Growth<'a> {
    /// Who used most of `pool` lately, by a breakdown at `at`. The reference is the newest of `samples` since which the
    /// pool used at least 10 GB and 1 % of `quota`, so that the figures say something; where it used less in all of the
    /// last day, the oldest. `None` where that is less than 3 GB, or where no consumer used a tenth of it.
    pub fn lately(
        pool: &'a PoolBreakdown,
        at: Timestamp,
        quota: u64,
        samples: &[BreakdownSample],
    ) -> Option<Growth<'a>> {
        let month = Month::containing(at).starts_at;
        let earlier = samples.iter().filter(|sample| sample.at < at && sample.at >= month);
        let grown = |sample: &&BreakdownSample| {
            sample.of(&pool.pool).map_or(0, |before| pool.used.saturating_sub(before.used))
        };
        let least = ENOUGH_GROWTH.max(quota / 100);
        let sample = earlier
            .clone()
            .rfind(|sample| grown(sample) >= least)
            .or_else(|| earlier.clone().find(|sample| grown(sample) >= MIN_GROWTH))?;
        Growth::since(pool, sample)
    }

    /// Who used most of `pool` since `sample`; `None` where no consumer used a tenth of it.
    pub fn since(pool: &'a PoolBreakdown, sample: &BreakdownSample) -> Option<Growth<'a>> {
        let of_pool = pool.used.checked_sub(sample.of(&pool.pool)?.used)?;
        let of_consumer = |consumer: &Consumer| match (sample.consumer(consumer.id), consumer.id) {
            (Some((of, used)), _) => (*of == pool.pool).then(|| consumer.used.saturating_sub(used)),
            // All Linodes are in each breakdown: it was created since then.
            (None, ConsumerId::Linode(_)) => Some(consumer.used),
            // Or the token could not read it then.
            (None, ConsumerId::ObjectStorage) => None,
        };
        let grown = pool.consumers.iter().filter_map(|consumer| Some((consumer, of_consumer(consumer)?)));
        let (by, of_consumer) = grown.max_by_key(|(_, used)| *used)?;
        (of_consumer >= (of_pool / 10).max(GB)).then_some(Growth {
            since: sample.at,
            of_pool,
            by,
            of_consumer,
        })
    }
}

/// How many Linodes of `pool` are in `before` and no longer in `after`.
pub fn removed_linodes(pool: &PoolId, before: &BreakdownSample, after: &BreakdownSample) -> usize {
    let linodes = before.of(pool).into_iter().flat_map(|pool| &pool.consumers).map(|(id, _)| *id);
    let gone = |id: &ConsumerId| matches!(id, ConsumerId::Linode(_)) && after.consumer(*id).is_none();
    linodes.filter(gone).count()
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

    fn of(at: Timestamp, used: u64, consumers: &[(u64, u64)]) -> Breakdown {
        let consumers: Vec<Consumer> = consumers.iter().map(|(id, gb)| linode(*id, "us-east", *gb)).collect();
        let usage = Usage { pool: Pool::from_gb(used, 1000, 0), regions: Vec::new() };
        Breakdown::new(at, &PoolId::Global, &usage, &consumers)
    }

    #[test]
    fn samples_of_a_day_are_kept_closer_together_the_younger_they_are() {
        let start = at("2026-11-10T00:00:00Z");
        let mut samples = Vec::new();
        for quarter in 0..4 * 72 {
            let time = start + SignedDuration::from_mins(15 * quarter);
            push_sample(&mut samples, (&of(time, 1, &[])).into());
            let newest = samples.last().unwrap().at;
            assert_eq!(newest, time);
            assert!(samples.len() <= 18, "{}", samples.len());
            let gaps: Vec<i64> = samples
                .windows(2)
                .map(|two| (two[1].at - two[0].at).total(jiff::Unit::Minute).unwrap() as i64)
                .collect();
            assert!(gaps.iter().all(|gap| *gap <= 4 * 60 + 15), "{gaps:?}");
        }
        let age = samples[0].at.duration_until(samples.last().unwrap().at);
        assert!(age >= SignedDuration::from_hours(21) && age <= SAMPLES_KEPT, "{age:?}");
        push_sample(&mut samples, (&of(start, 1, &[])).into());
        assert_eq!(samples.len(), 1, "the clock was set back");
    }

    #[test]
    fn growth_names_who_used_most_since_the_last_sample_with_enough_growth() {
        let hours = |hours: i64| at("2026-11-10T00:00:00Z") + SignedDuration::from_hours(hours);
        let samples: Vec<BreakdownSample> = [
            (&of(hours(0), 300, &[(1, 100), (2, 150)])).into(),
            (&of(hours(20), 540, &[(1, 300), (2, 155)])).into(),
            (&of(hours(22), 558, &[(1, 310), (2, 160)])).into(),
        ]
        .into();
        let lately = |used, consumers: &[(u64, u64)], samples: &[BreakdownSample]| {
            let now = of(hours(23), used, consumers);
            let growth = Growth::lately(&now.pools[0], now.at, 1000 * GB, samples)?;
            Some((growth.by.label.clone(), growth.of_consumer / GB, growth.of_pool / GB, growth.since))
        };
        let web = |id: u64| format!("web-{id}");
        assert_eq!(lately(560, &[(1, 311), (2, 161)], &samples), Some((web(1), 11, 20, hours(20))));
        assert_eq!(lately(600, &[(1, 311), (2, 200)], &samples), Some((web(2), 40, 42, hours(22))));
        assert_eq!(lately(600, &[(1, 311), (9, 35)], &samples), Some((web(9), 35, 42, hours(22))), "new");
        assert_eq!(lately(600, &[(1, 311), (2, 161)], &samples), None, "the rest used it");
        assert_eq!(
            lately(561, &[(1, 312)], &samples[2..]),
            Some((web(1), 2, 3, hours(22))),
            "all that is known"
        );
        assert_eq!(lately(560, &[(1, 312)], &samples[2..]), None, "too little to say");
        assert_eq!(lately(600, &[(1, 350)], &[]), None);
        let october = BreakdownSample { at: at("2026-11-01T03:00:00Z"), ..samples[0].clone() };
        assert_eq!(lately(600, &[(1, 350)], &[october]), None, "another month's");
    }

    #[test]
    fn a_linode_that_came_from_another_pool_and_new_object_storage_are_not_named() {
        let usage = usage();
        let before =
            Breakdown::new(at("2026-11-10T12:00:00Z"), &PoolId::Global, &usage, &[linode(3, "id-cgk", 4)]);
        let storage = Consumer { id: ConsumerId::ObjectStorage, ..linode(0, "", 30) };
        let more = Usage { pool: Pool::from_gb(140, 1000, 0), ..usage };
        let moved = [linode(3, "us-east", 40), storage];
        let after = Breakdown::new(at("2026-11-10T13:00:00Z"), &PoolId::Global, &more, &moved);
        assert_eq!(Growth::since(&after.pools[0], &(&before).into()), None);
        assert_eq!(removed_linodes(&PoolId::Region("id-cgk".into()), &(&before).into(), &(&after).into()), 0);
        let gone = Breakdown { pools: after.pools[1..].to_vec(), ..after };
        assert_eq!(removed_linodes(&PoolId::Region("id-cgk".into()), &(&before).into(), &(&gone).into()), 1);
    }

    #[test]
    fn a_linode_that_was_created_since_has_used_all_of_its_transfer_since() {
        let created = [(at("2026-11-15T00:00:00Z"), 7), (at("2026-11-16T00:00:00Z"), 9)];
        assert_eq!(used_since(&created, at("2026-11-10T00:00:00Z"), at("2026-11-02T00:00:00Z")), 9);
        assert_eq!(used_since(&created, at("2026-11-10T00:00:00Z"), at("2026-11-15T00:00:00Z")), 2);
    }
}
