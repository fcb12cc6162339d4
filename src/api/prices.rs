//! `GET /network-transfer/prices`. Public. The field with the price per GB is called `hourly`.

use serde_json::Value;

use crate::domain::price::Prices;
use crate::domain::usage::PoolId;

/// The item for overage of the pools.
const POOLS: &str = "network_transfer";
/// The item for Linodes in distributed regions, which have no pool.
const DISTRIBUTED: &str = "distributed_network_transfer";
/// In US dollars per GB; a higher price is invalid.
const MAX_PRICE: f64 = 1000.0;

/// The prices, if this page contains them. Skips regions with an invalid price; without a valid global price,
/// there are none.
pub(super) fn prices(items: &[Value]) -> Option<Prices> {
    let find = |id| items.iter().find(|item| item.get("id").and_then(Value::as_str) == Some(id));
    let item = find(POOLS)?;
    let distributed = find(DISTRIBUTED).and_then(|item| price(item.get("price")?));
    let global = price(item.get("price")?)?;
    let regions = item.get("region_prices").and_then(Value::as_array);
    let regions = regions.into_iter().flatten().filter_map(|region| {
        let id = region.get("id")?.as_str()?;
        match format!("region:{id}").parse() {
            Ok(pool @ PoolId::Region(_)) => Some((pool, price(region)?)),
            _ => None,
        }
    });
    Some(Prices::new(std::iter::once((PoolId::Global, global)).chain(regions), distributed))
}

fn price(object: &Value) -> Option<f64> {
    object.get("hourly")?.as_f64().filter(|price| (0.0..=MAX_PRICE).contains(price))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find_price(pool: &str, prices: &Prices) -> Option<f64> {
        prices.by_pool().get(&pool.parse().unwrap()).copied()
    }

    #[test]
    fn parses_the_recorded_prices() {
        let recorded = include_str!("../../tests/recorded/network_transfer_prices_200.json");
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        let items = recorded.pointer("/response/body_json/data").unwrap().as_array().unwrap();
        let prices = prices(items).unwrap();
        assert_eq!(find_price("global", &prices), Some(0.005));
        assert_eq!(find_price("region:id-cgk", &prices), Some(0.015));
        assert_eq!(find_price("region:br-gru", &prices), Some(0.007));
        assert_eq!(prices.by_pool().len(), 3);
        assert!(prices.stored().any(|price| price == ("distributed".to_owned(), 0.01)));
    }

    #[test]
    fn skips_invalid_prices_and_needs_the_global_one() {
        let list = |hourly: Value, regions: Value| {
            let item =
                json!({"id": "network_transfer", "price": {"hourly": hourly}, "region_prices": regions});
            prices(&[json!({"id": "other", "price": {"hourly": 9}}), json!(7), item])
        };
        let regions = json!([{"id": "a", "hourly": 1}, {"id": "b", "hourly": -1}, {"id": "c", "hourly": "1"},
            {"id": "Ü", "hourly": 1}, {"hourly": 1}, "d", {"id": "e", "hourly": 1e300}]);
        let read = list(json!(0.005), regions).unwrap();
        assert_eq!(read.by_pool().len(), 2);
        assert_eq!(find_price("region:a", &read), Some(1.0));
        assert_eq!(list(json!(0), json!(null)).unwrap().by_pool().len(), 1);
        for wrong in [json!(null), json!(-0.005), json!("0.005"), json!(1e300), json!([0.005])] {
            assert_eq!(list(wrong.clone(), json!([])), None, "{wrong}");
        }
        assert_eq!(prices(&[]), None);
    }
}
