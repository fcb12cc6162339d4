//! Consumers of pools.

use std::sync::Arc;

use super::*;
use crate::domain::breakdown::{Breakdown, Consumer, ConsumerId, OBJECT_STORAGE};

fn linode(id: u64, label: &str, region: &str, gb: u64) -> Consumer {
    Consumer { id: ConsumerId::Linode(id), label: label.into(), region: region.into(), used: gb * GB }
}

fn breakdown(time: &str, used: u64, consumers: &[Consumer]) -> Breakdown {
    let regions = vec![("id-cgk".to_owned(), Pool::from_gb(5, 10, 0))];
    let usage = Usage { pool: Pool::from_gb(used, 1000, 0), regions };
    Breakdown::new(at(time), &PoolId::Global, &usage, consumers)
}

fn storage(gb: u64) -> Consumer {
    Consumer {
        id: ConsumerId::ObjectStorage,
        label: OBJECT_STORAGE.into(),
        region: String::new(),
        used: gb * GB,
    }
}

#[test]
fn samples_of_the_last_day_are_read_where_the_pools_figure_is_as_old() {
    let mut history = History::in_memory().unwrap();
    let pool = |used| vec![(PoolId::Global, Pool::from_gb(used, 1000, 0))];
    for (time, used, figures_at) in [
        ("2026-11-20T12:00:10Z", 90, "2026-11-20T12:00:00Z"),
        ("2026-11-21T12:00:10Z", 100, "2026-11-21T12:00:00Z"),
        ("2026-11-21T13:00:10Z", 101, "2026-11-21T12:10:00Z"),
        ("2026-11-21T14:00:10Z", 120, "2026-11-21T14:00:00Z"),
    ] {
        history.save_samples(&acme(), at(figures_at), &pool(used)).unwrap();
        let consumer = Consumer {
            id: ConsumerId::Linode(1),
            label: "web-1".into(),
            region: String::new(),
            used: used / 2 * GB,
        };
        let usage = Usage { pool: Pool::from_gb(used, 1000, 0), regions: Vec::new() };
        history
            .save_breakdown(&acme(), &Breakdown::new(at(time), &PoolId::Global, &usage, &[consumer]))
            .unwrap();
    }
    let samples = history.breakdown_samples().unwrap().remove(&acme()).unwrap();
    let found: Vec<_> = samples
        .iter()
        .map(|sample| (sample.at, sample.pools[0].used / GB, sample.pools[0].consumers[0].1 / GB))
        .collect();
    assert_eq!(found, [(at("2026-11-21T12:00:10Z"), 100, 50), (at("2026-11-21T14:00:10Z"), 120, 60)]);
}

#[test]
fn the_last_breakdown_comes_back_after_a_restart() {
    let mut history = History::in_memory().unwrap();
    let first = [linode(1, "web", "us-east", 10), linode(2, "gone", "us-east", 20)];
    history.save_breakdown(&acme(), &breakdown("2026-11-20T05:00:00Z", 40, &first)).unwrap();
    let last = [linode(1, "web-1", "us-east", 30), linode(3, "jakarta", "id-cgk", 4), storage(2)];
    let last = breakdown("2026-11-20T06:00:00Z", 60, &last);
    history.save_breakdown(&acme(), &last).unwrap();
    let other = breakdown("2026-11-19T06:00:00Z", 1, &[]);
    history.save_breakdown(&"other".parse().unwrap(), &other).unwrap();
    let kept = history.load().unwrap().breakdowns;
    assert_eq!(kept[&acme()], last);
    assert_eq!(kept[&"other".parse().unwrap()], other);
}

#[test]
fn a_rest_and_an_excess_come_back_to_the_byte() {
    let mut history = History::in_memory().unwrap();
    for (used, rest, excess) in [(40, 10, 0), (20, 0, 10)] {
        let kept = breakdown("2026-11-20T05:00:00Z", used, &[linode(1, "web", "us-east", 30)]);
        history.save_breakdown(&acme(), &kept).unwrap();
        let read = history.load().unwrap().breakdowns.remove(&acme()).unwrap();
        let global = read.of(&PoolId::Global).unwrap();
        assert_eq!((global.used, global.rest(), global.excess()), (used * GB, rest * GB, excess * GB));
    }
}

#[test]
fn a_consumers_course_is_read_under_its_last_name() {
    let mut history = History::in_memory().unwrap();
    for (time, label, gb) in [
        ("2026-11-19T05:00:00Z", "old", 1),
        ("2026-11-20T05:00:00Z", "old", 10),
        ("2026-11-20T06:00:00Z", "new", 11),
    ] {
        let consumers = [linode(1, label, "us-east", gb), storage(2)];
        history.save_breakdown(&acme(), &breakdown(time, 20, &consumers)).unwrap();
    }
    let since = at("2026-11-20T00:00:00Z");
    let series = history.consumer_series(&acme(), &PoolId::Global, since).unwrap();
    let of = |consumer| series.iter().find(|series| series.consumer == consumer).unwrap();
    let web = of(Some(ConsumerId::Linode(1)));
    assert_eq!((web.label.as_str(), web.samples.len(), web.samples[1].1), ("new", 2, 11 * GB));
    assert_eq!(of(None).samples.iter().map(|(_, used)| used / GB).collect::<Vec<_>>(), [8, 7]);
    assert_eq!(series.len(), 3);
    let first = history.consumers_recorded_from(&acme(), &PoolId::Global).unwrap();
    assert_eq!(first, Some(at("2026-11-19T05:00:00Z")));
}

#[test]
fn consumers_are_thinned_as_samples_are_and_the_empty_ones_go() {
    let mut history = History::in_memory().unwrap();
    let pools = [(PoolId::Global, Pool::from_gb(9, 10, 0))];
    for hour in 0..48 {
        let time = at("2026-10-10T04:00:00Z") + jiff::SignedDuration::from_hours(hour);
        history.save_samples(&acme(), time, &pools).unwrap();
        // The second Linode is deleted at noon of the first day.
        let gone = (hour < 12).then(|| linode(2, "gone", "us-east", 1));
        let consumers: Vec<Consumer> = gone.into_iter().chain([linode(1, "web", "us-east", 5)]).collect();
        let kept = Breakdown { at: time, ..breakdown("2026-10-10T04:00:00Z", 9, &consumers) };
        history.save_breakdown(&acme(), &kept).unwrap();
    }
    let thin = |history: &mut History, months| {
        let mut thinning = Some(Downsampling::new(months, at("2026-11-22T05:10:00Z")));
        while let Some(going_on) = thinning {
            thinning = history.downsample_next(going_on).unwrap();
        }
        let series = history.consumer_series(&acme(), &PoolId::Global, Timestamp::MIN).unwrap();
        series.into_iter().map(|series| (series.label, series.samples.len())).collect::<Vec<_>>()
    };
    let daily = [("web".to_owned(), 2), ("gone".to_owned(), 1), (String::new(), 2)];
    assert_eq!(thin(&mut history, 25), daily, "its last figure stays");
    assert_eq!(thin(&mut history, 1), []);
    let left: i64 = history
        .db
        .query_row("SELECT count(*) FROM consumers WHERE pool = 'global'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_deleted_accounts_consumers_are_deleted() {
    let mut history = History::in_memory().unwrap();
    let kept = breakdown("2026-11-20T05:00:00Z", 40, &[linode(1, "web", "us-east", 10)]);
    history.save_breakdown(&acme(), &kept).unwrap();
    history.delete_account(&acme()).unwrap();
    for table in ["consumers", "consumer_samples"] {
        let rows = format!("SELECT count(*) FROM {table}");
        assert_eq!(history.db.query_row(&rows, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "{table}");
    }
}

#[test]
fn the_writer_stores_breakdowns() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    let writer = HistoryWriter::start(Ok(History::open(&path).unwrap()), |_| {}).unwrap();
    let kept = breakdown("2026-11-20T05:00:00Z", 40, &[linode(1, "web", "us-east", 10)]);
    let command = StoreCommand::SaveBreakdown(acme(), Arc::new(kept.clone()));
    writer.enqueue(command, at("2026-11-20T05:00:00Z"));
    drop(writer);
    let read = History::open_to_read(&path).unwrap().unwrap().load().unwrap();
    assert_eq!(read.breakdowns[&acme()], kept);
}
