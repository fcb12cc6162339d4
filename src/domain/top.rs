//! Who used an account's pools, most first, when its user asks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::breakdown::{Breakdown, Consumer, ConsumerId, OBJECT_STORAGE, REST, used_since};
use super::failure::Failure;
use super::linodes::Linode;
use super::month::Month;
use super::price::Prices;
use super::usage::{Percent, Pool, PoolId, Usage};

/// What the API said about each consumer.
#[derive(Debug, Clone, Default)]
pub struct ConsumerAnswers {
    /// Each Linode and its bytes this month, or why they are not known.
    pub linodes: Vec<(Linode, Result<u64, Failure>)>,
    /// The same for Object Storage; `None` where there is none, or the token may not read it.
    pub object_storage: Option<Result<u64, Failure>>,
}

/// A consumer or a pool's rest, and what it used.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TopRow {
    /// `None` for what no consumer accounts for.
    pub consumer: Option<ConsumerId>,
    /// The Linode's label, [`OBJECT_STORAGE`] or [`REST`].
    pub label: String,
    /// The Linode's region, by its id; empty where there is none.
    pub region: String,
    /// The pool that it uses; `None` for a Linode in a distributed region.
    pub pool: Option<PoolId>,
    /// Bytes this month; `None` where that is not known, and for a Linode that is no longer listed: the rest has them.
    pub used: Option<u64>,
    /// Why that is not known.
    pub failure: Option<Failure>,
    /// The same in percent of what the pool has used.
    pub share: Option<Percent>,
    /// The same in percent of the pool's quota.
    pub percent: Option<Percent>,
    /// What a Linode without a pool costs, in dollars.
    pub usd: Option<f64>,
    /// Bytes since the time that was asked about.
    pub change: Option<u64>,
    /// The same in percent of what the pool used since then.
    pub share_of_change: Option<Percent>,
}

/// An account's consumers by what they used, most first; those of which it is not known, then the rest of each pool, last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Top {
    pub rows: Vec<TopRow>,
    /// Bytes used of each pool whose figures are all known.
    used: BTreeMap<PoolId, u64>,
}

/// What the history knows of a consumer; `None` for the rest. Its samples rise in time.
#[derive(Debug, Clone)]
pub struct RecordedConsumer {
    pub consumer: Option<ConsumerId>,
    pub label: String,
    pub region: String,
    pub samples: Vec<(Timestamp, u64)>,
}

/// What the history knows of a pool's consumers, from the start of the month on that was asked about.
#[derive(Debug, Clone)]
pub struct RecordedPool {
    pub pool: PoolId,
    /// When the first breakdown was made.
    pub recorded_from: Timestamp,
    pub consumers: Vec<RecordedConsumer>,
}

impl Top {
    /// The order of `answers`, for an account that watches `watch`. `account` is the account's transfer, where it is known.
    pub fn new(
        at: Timestamp,
        watch: &PoolId,
        answers: ConsumerAnswers,
        account: Option<&Usage>,
        prices: &Prices,
    ) -> Top {
        // Who watches one Linode sees all that use its pool.
        let watch = if matches!(watch, PoolId::Linode(_)) { &PoolId::Global } else { watch };
        let usage = account.map(|account| account.for_pool(watch));
        let pool_of = |region: &str| {
            let own = PoolId::Region(region.to_owned());
            let is_own = account.is_some_and(|account| account.regions.iter().any(|(id, _)| id == region));
            if is_own || own == *watch { own } else { PoolId::Global }
        };
        let (mut rows, mut failed, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for (Linode { id, label, region, distributed }, used) in answers.linodes {
            let id = ConsumerId::Linode(id);
            let pool = (!distributed).then(|| pool_of(&region));
            match used {
                Ok(used) if !distributed => known.push(Consumer { id, label, region, used }),
                used => {
                    let usd = used.as_ref().ok().map(|used| prices.metered(*used));
                    let row = TopRow { consumer: Some(id), label, region, pool, usd, ..TopRow::default() };
                    match used {
                        Ok(used) => rows.push(TopRow { used: Some(used), ..row }),
                        Err(failure) => failed.push(TopRow { failure: Some(failure), ..row }),
                    }
                }
            }
        }
        let (id, label) = (ConsumerId::ObjectStorage, OBJECT_STORAGE.to_owned());
        match answers.object_storage {
            Some(Ok(used)) if used > 0 => known.push(Consumer { id, label, region: String::new(), used }),
            Some(Err(failure)) => failed.push(TopRow {
                consumer: Some(id),
                label,
                pool: Some(PoolId::Global),
                failure: Some(failure),
                ..TopRow::default()
            }),
            Some(Ok(_)) | None => {}
        }
        let breakdown = Breakdown::new(at, watch, &usage.clone().unwrap_or_default(), &known);
        let (mut rests, mut used) = (Vec::new(), BTreeMap::new());
        for pool in breakdown.pools {
            let quota = usage.as_ref().and_then(|usage| quota(usage, &pool.pool));
            let row = |consumer: Option<ConsumerId>, label: &str, region: &str, used: u64| TopRow {
                consumer,
                label: label.to_owned(),
                region: region.to_owned(),
                pool: Some(pool.pool.clone()),
                used: Some(used),
                share: usage.as_ref().and_then(|_| pool.share(used)),
                percent: quota.and_then(|quota| Pool { used, quota, ..Pool::default() }.percent()),
                ..TopRow::default()
            };
            rows.extend(pool.consumers.iter().map(|it| row(Some(it.id), &it.label, &it.region, it.used)));
            if usage.is_some() && failed.iter().all(|row| row.pool.as_ref() != Some(&pool.pool)) {
                rests.extend((pool.rest() > 0).then(|| row(None, REST, "", pool.rest())));
                used.insert(pool.pool.clone(), pool.used);
            }
        }
        rows.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.label.cmp(&b.label)));
        failed.sort_by(|a, b| a.label.cmp(&b.label));
        rows.extend(failed);
        rows.extend(rests);
        Top { rows, used }
    }

    /// The warning about consumers of which it is not known what they used, if there are any.
    pub fn gaps(&self) -> Option<String> {
        let failed: Vec<(&TopRow, &Failure)> =
            self.rows.iter().filter_map(|row| Some((row, row.failure.as_ref()?))).collect();
        let (first, why) = failed.first()?;
        let all = self.rows.iter().filter(|row| row.consumer.is_some()).count();
        Some(format!("no figure for {} of {all} consumers; {}: {why}", failed.len(), first.label))
    }

    /// The pools that the rows are about.
    pub fn pools(&self) -> BTreeSet<PoolId> {
        self.rows.iter().filter_map(|row| row.pool.clone()).chain(self.used.keys().cloned()).collect()
    }

    /// Adds what each consumer of a pool used from `since` to `now`, with those that are no longer listed, and sorts by it.
    pub fn add_changes(&mut self, recorded: &RecordedPool, since: Timestamp, now: Timestamp) {
        let RecordedPool { pool, recorded_from, consumers } = recorded;
        // Object Storage is not there until the token may read it, or it is used: what it had used by then is not known.
        let from = |consumer: Option<ConsumerId>, samples: &[(Timestamp, u64)]| match consumer {
            Some(ConsumerId::ObjectStorage) => samples.first().map_or(*recorded_from, |(first, _)| *first),
            _ => *recorded_from,
        };
        let change = |consumer: Option<ConsumerId>, samples: &[(Timestamp, u64)]| {
            used_since(samples, since, from(consumer, samples))
        };
        let with_now = |samples: Option<&[(Timestamp, u64)]>, used: u64| {
            let before = samples.unwrap_or_default().iter().copied().filter(|(at, _)| *at < now);
            before.chain([(now, used)]).collect::<Vec<_>>()
        };
        let samples = |id: Option<ConsumerId>| {
            consumers.iter().find(|known| known.consumer == id).map(|known| known.samples.as_slice())
        };
        let of_pool = |row: &TopRow| row.pool.as_ref() == Some(pool);
        for row in self.rows.iter_mut().filter(|row| of_pool(row) && row.consumer.is_some()) {
            row.change = row.used.map(|used| change(row.consumer, &with_now(samples(row.consumer), used)));
        }
        let listed: BTreeSet<Option<ConsumerId>> =
            self.rows.iter().filter(|row| of_pool(row)).map(|row| row.consumer).collect();
        for known in consumers.iter().filter(|known| known.consumer.is_some()) {
            let change = change(known.consumer, &known.samples);
            if change > 0 && !listed.contains(&known.consumer) {
                self.rows.push(TopRow {
                    consumer: known.consumer,
                    label: known.label.clone(),
                    region: known.region.clone(),
                    pool: Some(pool.clone()),
                    change: Some(change),
                    ..TopRow::default()
                });
            }
        }
        let consumed: u64 = self.rows.iter().filter(|row| of_pool(row)).filter_map(|row| row.change).sum();
        let used =
            self.used.get(pool).map(|used| change(None, &with_now(Some(&pool_samples(consumers)), *used)));
        let quota = used.unwrap_or(0).max(consumed);
        for row in self.rows.iter_mut().filter(|row| of_pool(row)) {
            if row.consumer.is_none() {
                row.change = used.map(|used| used.saturating_sub(consumed));
            }
            let share = row.change.map(|used| Pool { used, quota, ..Pool::default() });
            row.share_of_change = share.and_then(|share| share.percent());
        }
        let last = |row: &TopRow| (row.consumer.is_none(), row.failure.is_some());
        self.rows.sort_by(|a, b| {
            last(a).cmp(&last(b)).then_with(|| b.change.cmp(&a.change)).then_with(|| b.used.cmp(&a.used))
        });
    }
}

impl RecordedPool {
    /// The time from which on a change since `since` is counted: that of the last breakdown before, or the start of its
    /// month.
    pub fn counted_from(&self, since: Timestamp) -> Timestamp {
        let rest = self.consumers.iter().find(|known| known.consumer.is_none());
        let before = rest.into_iter().flat_map(|rest| &rest.samples).filter(|(at, _)| *at <= since);
        before.map(|(at, _)| *at).next_back().unwrap_or(Month::containing(since).starts_at)
    }
}

/// What the pool had used at each breakdown: its consumers and its rest.
fn pool_samples(consumers: &[RecordedConsumer]) -> Vec<(Timestamp, u64)> {
    let mut sums = BTreeMap::new();
    for (at, used) in consumers.iter().flat_map(|known| &known.samples) {
        *sums.entry(*at).or_insert(0) += used;
    }
    sums.into_iter().collect()
}

fn quota(usage: &Usage, pool: &PoolId) -> Option<u64> {
    let region = usage.regions.iter().find(|(id, _)| PoolId::Region(id.clone()) == *pool);
    Some(region.map_or(usage.pool.quota, |(_, pool)| pool.quota))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::GB;

    fn linode(label: &str, region: &str) -> Linode {
        let id = u64::from(label.bytes().last().unwrap());
        Linode { id, label: label.to_owned(), region: region.to_owned(), distributed: false }
    }

    fn timed_out() -> Failure {
        Failure::Unreachable { why: "timed out".to_owned() }
    }

    fn account() -> Usage {
        Usage {
            pool: Pool::from_gb(200, 1000, 0),
            regions: vec![("id-cgk".to_owned(), Pool::from_gb(5, 10, 0))],
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn top(linodes: Vec<(Linode, Result<u64, Failure>)>, storage: u64, account: Option<&Usage>) -> Top {
        let answers = ConsumerAnswers { linodes, object_storage: Some(Ok(storage)) };
        Top::new(at("2026-11-10T12:00:00Z"), &PoolId::Global, answers, account, &Prices::default())
    }

    /// Label, GB and percent of the pool's used.
    fn shown(top: &Top) -> Vec<(&str, Option<u64>, Option<String>)> {
        let share = |row: &TopRow| row.share.map(|share| share.to_string());
        top.rows.iter().map(|row| (row.label.as_str(), row.used.map(|used| used / GB), share(row))).collect()
    }

    #[test]
    fn consumers_come_most_first_and_then_the_rest_of_each_pool() {
        let used = vec![
            (linode("quiet", "us-east"), Ok(0)),
            (linode("b", "us-east"), Ok(50 * GB)),
            (linode("jakarta", "id-cgk"), Ok(4 * GB)),
            (linode("a", "us-east"), Ok(50 * GB)),
        ];
        let percent = |text: &str| Some(text.to_owned());
        let expected = [
            ("a", Some(50), percent("25%")),
            ("b", Some(50), percent("25%")),
            (OBJECT_STORAGE, Some(20), percent("10%")),
            ("jakarta", Some(4), percent("80%")),
            ("quiet", Some(0), percent("0%")),
            (REST, Some(80), percent("40%")),
            (REST, Some(1), percent("20%")),
        ];
        let top = top(used.clone(), 20 * GB, Some(&account()));
        assert_eq!(shown(&top), expected);
        assert_eq!(top.rows[0].percent.unwrap().to_string(), "5%");
        let region = PoolId::Region("id-cgk".to_owned());
        let answers = ConsumerAnswers { linodes: vec![used[2].clone()], object_storage: None };
        let of_region =
            Top::new(Timestamp::UNIX_EPOCH, &region, answers, Some(&account()), &Prices::default());
        assert_eq!(shown(&of_region), [expected[3].clone(), expected[6].clone()]);
    }

    #[test]
    fn a_pool_with_an_unknown_figure_has_no_rest() {
        let used = vec![
            (linode("lost", "us-east"), Err(timed_out())),
            (linode("busy", "us-east"), Ok(90 * GB)),
            (linode("jakarta", "id-cgk"), Ok(4 * GB)),
        ];
        let top = top(used, 0, Some(&account()));
        let labels: Vec<&str> = top.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["busy", "jakarta", "lost", REST]);
        assert_eq!(top.rows[3].pool, Some(PoolId::Region("id-cgk".to_owned())));
        let said = "no figure for 1 of 3 consumers; lost: Can't reach Linode: timed out.";
        assert_eq!(top.gaps().as_deref(), Some(said));
    }

    #[test]
    fn figures_without_the_pools_have_neither_share_nor_rest() {
        let top = top(vec![(linode("a", "id-cgk"), Ok(5 * GB))], 0, None);
        assert_eq!(shown(&top), [("a", Some(5), None)]);
        assert_eq!((&top.rows[0].pool, top.rows[0].percent), (&Some(PoolId::Global), None));
    }

    #[test]
    fn a_distributed_linode_is_on_no_pool_and_has_its_own_price() {
        let edge = Linode { distributed: true, ..linode("edge", "us-den-10") };
        let used = vec![(edge.clone(), Ok(500 * GB)), (edge, Err(timed_out()))];
        let top = top(used, 0, Some(&account()));
        assert_eq!((&top.rows[0].pool, top.rows[0].share, top.rows[0].usd), (&None, None, Some(5.0)));
        assert_eq!((&top.rows[1].pool, top.rows[1].usd), (&None, None));
        assert_eq!(top.rows[2].used, Some(200 * GB), "none of it is the pool's");
    }

    /// A label, none for the rest, and GB at times.
    type Samples<'a> = (Option<&'a str>, &'a [(&'a str, u64)]);

    fn recorded(samples: &[Samples<'_>]) -> RecordedPool {
        let consumer = |(label, samples): &Samples<'_>| RecordedConsumer {
            consumer: label.map(|label| ConsumerId::Linode(linode(label, "us-east").id)),
            label: label.unwrap_or_default().to_owned(),
            region: "us-east".to_owned(),
            samples: samples.iter().map(|(time, gb)| (at(time), gb * GB)).collect(),
        };
        let consumers = samples.iter().map(consumer).collect();
        RecordedPool { pool: PoolId::Global, recorded_from: at("2026-11-02T00:00:00Z"), consumers }
    }

    #[test]
    fn changes_are_counted_and_those_of_deleted_linodes_too() {
        let used = vec![(linode("a", "us-east"), Ok(60 * GB)), (linode("b", "us-east"), Ok(90 * GB))];
        let account = Usage { regions: Vec::new(), ..account() };
        let mut top = top(used, 0, Some(&account));
        let (first, second) = ("2026-11-08T11:00:00Z", "2026-11-09T12:30:00Z");
        let recorded = recorded(&[
            (Some("a"), &[(first, 20), (second, 40)]),
            (Some("b"), &[(first, 80), (second, 85)]),
            // It was deleted after the second.
            (Some("c"), &[(first, 10), (second, 16)]),
            (None, &[(first, 5), (second, 6)]),
        ]);
        let since = at("2026-11-08T12:00:00Z");
        top.add_changes(&recorded, since, at("2026-11-10T12:00:00Z"));
        let rows: Vec<_> = top
            .rows
            .iter()
            .map(|row| (row.label.as_str(), row.used.map(|used| used / GB), row.change.unwrap() / GB))
            .collect();
        // The pool went from 115 to 200 GB.
        assert_eq!(rows, [("a", Some(60), 40), ("b", Some(90), 10), ("c", None, 6), (REST, Some(50), 29)]);
        assert_eq!(top.rows[0].share_of_change.unwrap().to_string(), "47%");
        assert_eq!(recorded.counted_from(since), at(first));
    }
}
