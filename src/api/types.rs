//! Parses the bodies of successful responses. Errors are short and never contain parts of the body.
//!
//! Unknown fields are ignored, and numbers may be integers or floats: the API changes both. Fields are read one
//! by one, because a derived deserializer would accept `[200, 1000, 0]` as an object.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::failure::safe_to_show;
use crate::domain::linodes::Linode;
use crate::domain::token::{self, ListedToken, Scopes, Token, TokenInfo};
use crate::domain::usage::{GB, Pool, PoolId, Usage};

/// An exabyte (10^18 bytes). No account transfers that much in a month, so a larger figure is invalid. Sums of
/// smaller ones fit an `i64`.
const MAX_TRANSFER: u64 = 1_000_000_000 * GB;

/// The account of a token. An empty field is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// The company's name; private accounts have none.
    pub company: Option<String>,
    pub email: Option<String>,
    /// Akamai's id of the account, the same for all tokens of the account.
    pub euuid: Option<String>,
}

type Object = Map<String, Value>;
type Read<T> = Result<T, String>;

/// `GET /account/transfer`. All figures are in GB (10^9 bytes).
pub(super) fn account_transfer(body: &Value) -> Read<Usage> {
    let body = object(body)?;
    Ok(Usage { pool: pool(body, GB)?, regions: region_transfers(body, GB)? })
}

/// The `region_transfers` of a transfer response, with each `used` in units of `used_unit` bytes.
fn region_transfers(body: &Object, used_unit: u64) -> Read<Vec<(String, Pool)>> {
    let listed = match body.get("region_transfers") {
        // Older versions of the API lack the field.
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(regions)) => regions,
        Some(_) => return Err("region_transfers is not a list".to_owned()),
    };
    let mut regions: Vec<(String, Pool)> = Vec::new();
    let mut known = BTreeSet::new();
    for region in listed {
        let (id, pool) = region_pool(region, used_unit)?;
        if !known.insert(id.clone()) {
            return Err("region_transfers has a region twice".to_owned());
        }
        regions.push((id, pool));
    }
    Ok(regions)
}

/// One region. An invalid id is an error rather than skipped: its pool could be the exhausted one.
fn region_pool(region: &Value, used_unit: u64) -> Read<(String, Pool)> {
    let region = object(region)?;
    let id = region.get("id").and_then(Value::as_str).ok_or("a region has no id")?;
    match format!("region:{id}").parse() {
        Ok(PoolId::Region(id)) => Ok((id, pool(region, used_unit)?)),
        _ => Err("a region's id is invalid".to_owned()),
    }
}

/// `GET /linode/instances/{id}/transfer`: `used` in bytes, the others in GB. `linode` is `None` if only its id
/// is known.
///
/// If the response has `region_transfers` with the Linode's region, that is the Linode's pool, and the
/// top-level `used` is nearly 0. The API's specification (4.229.1) does not list the field; Cloud Manager reads
/// it this way.
pub(super) fn linode_transfer(body: &Value, linode: Option<&Linode>) -> Read<Usage> {
    let body = object(body)?;
    let top_level = pool(body, 1)?;
    let regions = region_transfers(body, 1)?;
    let own = regions.into_iter().find(|(id, _)| linode.is_some_and(|linode| linode.region == *id));
    let mut pool = own.map_or(top_level, |(_, pool)| pool);
    if linode.is_some_and(|linode| linode.distributed) {
        pool = Pool { quota: 0, metered: true, ..pool };
    }
    Ok(Usage { pool, regions: Vec::new() })
}

/// `GET /object-storage/transfer`: bytes used this month.
pub(super) fn object_storage_transfer(body: &Value) -> Read<u64> {
    bytes(object(body)?, "used", 1)
}

/// The three figures of a pool, with `used` in units of `used_unit` bytes.
fn pool(object: &Object, used_unit: u64) -> Read<Pool> {
    let (used, quota) = (bytes(object, "used", used_unit)?, bytes(object, "quota", GB)?);
    let billable = match object.get("billable") {
        // Optional, because it follows from the other two.
        None => used.saturating_sub(quota),
        Some(_) => bytes(object, "billable", GB)?,
    };
    Ok(Pool { used, quota, billable, metered: false })
}

fn bytes(object: &Object, field: &str, unit: u64) -> Read<u64> {
    let number = match object.get(field) {
        None => return Err(format!("{field} is missing")),
        Some(Value::Number(number)) => number,
        Some(_) => return Err(format!("{field} is not a number")),
    };
    let bytes = match (number.as_u64(), number.as_f64()) {
        (Some(whole), _) => whole.checked_mul(unit),
        (None, Some(negative)) if negative < 0.0 => return Err(format!("{field} is negative")),
        // The cast saturates at `u64::MAX`, which the limit rejects.
        (None, Some(fraction)) => Some((fraction * unit as f64).round() as u64),
        (None, None) => None,
    };
    bytes.filter(|bytes| *bytes <= MAX_TRANSFER).ok_or_else(|| format!("{field} is too large"))
}

/// The items of a page and the number of pages; 1 if the page does not say.
pub(super) fn page(body: &Value) -> Read<(&[Value], u64)> {
    let body = object(body)?;
    let items = body.get("data").and_then(Value::as_array).ok_or("data is not a list")?;
    Ok((items, body.get("pages").and_then(Value::as_u64).unwrap_or(1)))
}

/// A page of `GET /profile/tokens`, fetched with `token`.
pub(super) fn tokens(items: &[Value], token: &Token, now: Timestamp) -> Read<Vec<ListedToken>> {
    let listed = |item: &Value| {
        let scopes = item.get("scopes").and_then(Value::as_str).ok_or("a token's scopes are missing")?;
        let expires_at = match item.get("expiry") {
            None | Some(Value::Null) => None,
            Some(Value::String(expiry)) => token::expiry(Some(expiry), now),
            Some(_) => return Err("a token's expiry is not a time".to_owned()),
        };
        let info = TokenInfo { label: text(item, "label"), scopes: Scopes::from(scopes), expires_at };
        let created_at = item.get("created").and_then(Value::as_str).and_then(token::time);
        let ours = item.get("token").and_then(Value::as_str).is_some_and(|start| token.starts_with(start));
        Ok(ListedToken { info, created_at, ours })
    };
    items.iter().map(listed).collect()
}

/// A page of `GET /linode/instances`. An item without an id can't be fetched or watched, so it is an error.
pub(super) fn linodes(items: &[Value]) -> Read<Vec<Linode>> {
    items.iter().map(linode).collect()
}

/// `GET /linode/instances/{id}`, or an item of the list.
pub(super) fn linode(item: &Value) -> Read<Linode> {
    let id = item.get("id").and_then(Value::as_u64).ok_or("a Linode has no id")?;
    let label = text(item, "label").unwrap_or_else(|| id.to_string());
    let distributed = item.get("site_type").and_then(Value::as_str) == Some("distributed");
    Ok(Linode { id, label, region: text(item, "region").unwrap_or_default(), distributed })
}

/// `GET /account`.
pub(super) fn identity(body: &Value) -> Read<Identity> {
    object(body)?;
    let euuid = text(body, "euuid").filter(|euuid| is_euuid(euuid));
    Ok(Identity { company: text(body, "company"), email: text(body, "email"), euuid })
}

/// 32 letters and digits, with hyphens. Any other form can't identify an account.
fn is_euuid(text: &str) -> bool {
    let signs = text.bytes().filter(|byte| *byte != b'-');
    signs.clone().count() == 32 && signs.into_iter().all(|sign| sign.is_ascii_alphanumeric())
}

/// The ids and names on a page of `GET /regions`. Skips regions without a name, which are shown by id.
pub(super) fn region_names(items: &[Value]) -> impl Iterator<Item = (String, String)> {
    items.iter().filter_map(|item| Some((text(item, "id")?, text(item, "label")?)))
}

fn object(value: &Value) -> Read<&Object> {
    value.as_object().ok_or_else(|| "not an object where one is expected".to_owned())
}

/// A displayable string; `None` if it is missing, empty or not a string.
fn text(value: &Value, field: &str) -> Option<String> {
    Some(safe_to_show(value.get(field)?.as_str()?)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn gb_become_bytes_and_fractions_are_rounded_to_the_byte() {
        let usage =
            account_transfer(&json!({"used": 1.5, "quota": 1e3, "billable": 0.000_000_000_6})).unwrap();
        let pool = Pool { used: 1_500_000_000, quota: 1000 * GB, billable: 1, metered: false };
        assert_eq!(usage.pool, pool);
    }

    #[test]
    fn linode_usage_is_in_bytes_and_quota_in_gb() {
        let body = json!({"used": 22_956_600_198u64, "quota": 1854, "billable": 0});
        let usage = linode_transfer(&body, None).unwrap();
        assert_eq!(usage.pool, Pool { used: 22_956_600_198, ..Pool::from_gb(0, 1854, 0) });
    }

    #[test]
    fn linode_in_region_pool_has_that_pools_figures() {
        let body = json!({"used": 5, "quota": 1000, "billable": 0, "region_transfers": [
            {"id": "br-gru", "used": 7, "quota": 20, "billable": 0},
            {"id": "id-cgk", "used": 8_778_638_571_341u64, "quota": 10_000, "billable": 0},
        ]});
        let used = |region: Option<&str>| {
            let linode = region.map(|region| Linode { region: region.to_owned(), ..core() });
            let pool = linode_transfer(&body, linode.as_ref()).unwrap().pool;
            (pool.used, pool.quota / GB)
        };
        assert_eq!(used(Some("id-cgk")), (8_778_638_571_341, 10_000));
        assert_eq!(used(Some("br-gru")), (7, 20));
        assert_eq!(used(Some("us-east")), (5, 1000), "moved to a region without one");
        assert_eq!(used(None), (5, 1000));
    }

    #[test]
    fn a_distributed_linode_has_no_pool() {
        let edge = linode(&json!({"id": 1, "region": "us-den-10", "site_type": "distributed"})).unwrap();
        let body = json!({"used": 5 * GB, "quota": 1000, "billable": 0});
        let pool = linode_transfer(&body, Some(&edge)).unwrap().pool;
        assert_eq!(pool, Pool { used: 5 * GB, quota: 0, billable: 0, metered: true });
        assert!(!pool.reaches(1) && pool.percent().is_none());
        assert_eq!(linode_transfer(&body, Some(&core())).unwrap().pool, Pool::from_gb(5, 1000, 0));
    }

    fn core() -> Linode {
        linode(&json!({"id": 1, "label": "a", "region": "us-east", "site_type": "core"})).unwrap()
    }

    #[test]
    fn billable_is_optional() {
        let of =
            |used, quota| account_transfer(&json!({"used": used, "quota": quota})).unwrap().pool.billable;
        assert_eq!(of(900, 1000), 0);
        assert_eq!(of(1200, 1000), 200 * GB);
    }

    #[test]
    fn an_exabyte_fits_and_more_does_not() {
        let used = |used: Value| account_transfer(&json!({"used": used, "quota": 1, "billable": 0}));
        assert_eq!(used(json!(1_000_000_000u64)).unwrap().pool.used, MAX_TRANSFER);
        for broken in [json!(1_000_000_001u64), json!(u64::MAX), json!(1e300), json!(1.8e19)] {
            assert_eq!(used(broken.clone()).unwrap_err(), "used is too large", "{broken}");
        }
    }

    #[test]
    fn invalid_figures_are_rejected_by_name() {
        let wrong = [
            (json!({"used": 1}), "quota is missing"),
            (json!({"quota": 1}), "used is missing"),
            (json!({"used": "1", "quota": 1}), "used is not a number"),
            (json!({"used": null, "quota": 1}), "used is not a number"),
            (json!({"used": 1, "quota": -1}), "quota is negative"),
            (json!({"used": -0.5, "quota": 1}), "used is negative"),
            (json!({"used": 1, "quota": 1, "billable": null}), "billable is not a number"),
            (json!({"used": 1, "quota": 1, "region_transfers": {}}), "region_transfers is not a list"),
            (json!([1, 1, 0]), "not an object where one is expected"),
            (json!(null), "not an object where one is expected"),
        ];
        for (body, why) in wrong {
            assert_eq!(account_transfer(&body).unwrap_err(), why, "{body}");
        }
    }

    #[test]
    fn region_needs_a_unique_id() {
        let with = |regions: Value| {
            account_transfer(&json!({"used": 1, "quota": 1, "billable": 0, "region_transfers": regions}))
        };
        let region = |id: &str| json!({"id": id, "used": 1, "quota": 10, "billable": 0});
        assert_eq!(
            with(json!([region("id-cgk")])).unwrap().regions,
            [("id-cgk".into(), Pool::from_gb(1, 10, 0))]
        );
        assert_eq!(with(json!(null)).unwrap().regions, []);
        assert!(with(json!([region("id-cgk"), region("id-cgk")])).is_err());
        for id in ["", "ID", "a b", "a\u{202e}b", "é"] {
            assert!(with(json!([region(id)])).is_err(), "{id:?}");
        }
        assert!(with(json!([{"used": 1, "quota": 10, "billable": 0}])).is_err());
        assert!(with(json!(["id-cgk"])).is_err());
    }
}
