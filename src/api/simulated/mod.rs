//! A simulated API with the real one's formats and accounts whose transfer grows at any speed. For `demo`,
//! tests and benches.

mod server;

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::token::Scopes;

pub use server::{SimulatedServer, serve};

/// The scope of the endpoints below `/linode`.
const LINODES_SCOPE: &str = "linodes:read_only";
/// The scope of the endpoints below `/object-storage`.
const OBJECT_STORAGE_SCOPE: &str = "object_storage:read_only";
/// The API's message for a missing scope.
const NO_SCOPE: &str = "Your OAuth token is not authorized to use this endpoint.";

/// The simulated accounts and the speed of their clock.
#[derive(Debug, Clone)]
pub struct SimulatedData {
    pub accounts: Vec<SimulatedAccount>,
    /// Simulated seconds per second.
    pub speed: f64,
}

/// An account with one made-up token.
#[derive(Debug, Clone)]
pub struct SimulatedAccount {
    pub token: String,
    pub label: String,
    /// Separated by spaces.
    pub scopes: String,
    /// Whether the API accepts the token.
    pub known: bool,
    /// The account's company.
    pub company: String,
    /// The quota of the global pool, in GB.
    pub quota: u64,
    /// The usage of the global pool at the start, in GB. What its Linodes and Object Storage leave of it is that of its
    /// NodeBalancers.
    pub used: f64,
    /// What it grows by in GB per hour, without bursts and deletions of Linodes.
    pub rate: f64,
    /// Regions with their own pools: id, usage in GB, quota in GB.
    pub regions: Vec<(String, u64, u64)>,
    pub linodes: Vec<SimulatedLinode>,
    /// The share of Object Storage of the global pool's usage, 0 to 1.
    pub object_storage: f64,
}

#[derive(Debug, Clone)]
pub struct SimulatedLinode {
    pub id: u64,
    pub label: String,
    /// The region's id.
    pub region: String,
    /// Its share of its pool's usage without bursts, 0 to 1.
    pub part: f64,
    pub burst: Option<SimulatedBurst>,
    /// Simulated time from the start to its deletion: its usage remains that of the pool, but it is no longer listed.
    pub deleted_after: Option<Duration>,
}

/// Transfer of a Linode that runs away.
#[derive(Debug, Clone, Copy)]
pub struct SimulatedBurst {
    /// Simulated time from the start to its beginning.
    pub begins_after: Duration,
    pub lasts: Duration,
    /// In GB per hour, beside the Linode's usual transfer.
    pub rate: f64,
}

impl SimulatedBurst {
    /// GB, `elapsed` after the start.
    fn used(&self, elapsed: Duration) -> f64 {
        self.rate * elapsed.saturating_sub(self.begins_after).min(self.lasts).as_secs_f64() / 3600.0
    }
}

impl SimulatedAccount {
    fn new(number: u32, company: &str, used: f64, quota: u64, rate: f64) -> SimulatedAccount {
        SimulatedAccount {
            token: format!("{number:0>64x}"),
            label: "tray".to_owned(),
            scopes: "account:read_only".to_owned(),
            known: true,
            company: company.to_owned(),
            quota,
            used,
            rate,
            regions: Vec::new(),
            linodes: Vec::new(),
            object_storage: 0.0,
        }
    }

    /// The region with a pool of its own that `linode` is in.
    pub fn region_of(&self, linode: &SimulatedLinode) -> Option<&str> {
        self.regions.iter().map(|(id, ..)| id.as_str()).find(|id| *id == linode.region)
    }

    /// GB of a region's pool or of the global one, without bursts and deletions.
    fn usual(&self, region: Option<&str>, elapsed: Duration) -> f64 {
        let of_region = self.regions.iter().find(|(id, ..)| Some(id.as_str()) == region);
        of_region.map_or_else(
            || self.used + self.rate * elapsed.as_secs_f64() / 3600.0,
            |(_, used, _)| *used as f64,
        )
    }

    fn used_by(&self, linode: &SimulatedLinode, elapsed: Duration) -> f64 {
        let elapsed = linode.deleted_after.map_or(elapsed, |deleted| deleted.min(elapsed));
        linode.part * self.usual(self.region_of(linode), elapsed) + linode.burst_used(elapsed)
    }

    /// GB of a region's pool or of the global one.
    pub fn used(&self, region: Option<&str>, elapsed: Duration) -> f64 {
        let usual = self.usual(region, elapsed);
        let linodes = self.linodes.iter().filter(|linode| self.region_of(linode) == region);
        usual + linodes.map(|linode| self.used_by(linode, elapsed) - linode.part * usual).sum::<f64>()
    }

    fn transfer(&self, elapsed: Duration) -> Value {
        let used = self.used(None, elapsed) as u64;
        let regions = self.regions.iter().map(|(id, _, quota)| {
            let used = self.used(Some(id), elapsed) as u64;
            json!({"id": id, "billable": used.saturating_sub(*quota), "quota": quota, "used": used})
        });
        json!({
            "billable": used.saturating_sub(self.quota),
            "quota": self.quota,
            "used": used,
            "region_transfers": regions.collect::<Vec<_>>(),
        })
    }

    fn existing(&self, elapsed: Duration) -> impl Iterator<Item = &SimulatedLinode> {
        self.linodes.iter().filter(move |linode| linode.deleted_after.is_none_or(|deleted| elapsed < deleted))
    }

    fn instances(&self, elapsed: Duration) -> Value {
        json!(self.existing(elapsed).map(SimulatedLinode::json).collect::<Vec<_>>())
    }

    /// The Linode that `path` names, or its transfer: `used` in bytes, `quota` in GB.
    fn instance(&self, path: &str, elapsed: Duration) -> Option<Value> {
        let path = path.strip_prefix("/linode/instances/")?;
        let transfer = path.strip_suffix("/transfer");
        let id: u64 = transfer.unwrap_or(path).parse().ok()?;
        let linode = self.existing(elapsed).find(|linode| linode.id == id)?;
        Some(match transfer {
            None => linode.json(),
            Some(_) => json!({"used": bytes(self.used_by(linode, elapsed)), "quota": 2000, "billable": 0}),
        })
    }

    fn object_storage_transfer(&self, elapsed: Duration) -> Value {
        json!({"used": bytes(self.usual(None, elapsed) * self.object_storage)})
    }

    fn tokens(&self) -> Value {
        let start = self.token.get(..16).unwrap_or_default();
        json!({"data": [{
            "id": 1, "label": self.label, "scopes": self.scopes, "token": start,
            "created": "2026-01-02T03:04:05", "expiry": "2999-12-12T05:00:00",
        }], "page": 1, "pages": 1, "results": 1})
    }
}

fn bytes(gb: f64) -> u64 {
    (gb * 1e9) as u64
}

impl SimulatedLinode {
    pub fn new(id: u64, label: &str, region: &str, part: f64) -> SimulatedLinode {
        let (label, region) = (label.to_owned(), region.to_owned());
        SimulatedLinode { id, label, region, part, burst: None, deleted_after: None }
    }

    /// GB of its burst, `elapsed` after the start.
    pub fn burst_used(&self, elapsed: Duration) -> f64 {
        self.burst.map_or(0.0, |burst| burst.used(elapsed))
    }

    fn json(&self) -> Value {
        json!({"id": self.id, "label": self.label, "region": self.region, "status": "running",
            "type": "g6-standard-1"})
    }
}

/// A response: the status, the scopes header and the body.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    pub status: u16,
    /// `X-OAuth-Scopes`
    pub scopes: String,
    pub body: Value,
}

impl SimulatedData {
    /// Four accounts: one at 83%, one with a rejected token, one with little usage, and one over quota. A Linode of the
    /// first, `db-1`, runs away after half a simulated day, and one was deleted before the start.
    pub fn samples(speed: f64) -> SimulatedData {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let runs_away = SimulatedBurst { begins_after: hours(12), lasts: hours(8), rate: 45.0 };
        let acme = SimulatedAccount {
            regions: vec![("id-cgk".to_owned(), 1, 10)],
            scopes: "account:read_only linodes:read_only object_storage:read_only".to_owned(),
            object_storage: 0.05,
            linodes: vec![
                SimulatedLinode::new(101, "web-1", "us-east", 0.61),
                SimulatedLinode::new(102, "web-2", "us-east", 0.24),
                SimulatedLinode {
                    burst: Some(runs_away),
                    ..SimulatedLinode::new(103, "db-1", "us-east", 0.02)
                },
                SimulatedLinode::new(104, "jakarta-1", "id-cgk", 1.0),
                SimulatedLinode {
                    deleted_after: Some(Duration::ZERO),
                    ..SimulatedLinode::new(105, "old-web", "us-east", 0.03)
                },
            ],
            ..SimulatedAccount::new(0xA1, "Acme", 830.0, 1000, 6.0)
        };
        let refused =
            SimulatedAccount { known: false, ..SimulatedAccount::new(0xC2, "Client X", 0.0, 1000, 0.0) };
        let quiet = SimulatedAccount::new(0x0D, "Old project", 12.0, 2000, 0.3);
        let over = SimulatedAccount::new(0x57, "Streaming", 4620.0, 4368, 9.0);
        SimulatedData { accounts: vec![acme, refused, quiet, over], speed }
    }

    /// The response to a request for `path` (below `/v4`) with `token`, `elapsed` after the start.
    pub fn answer(&self, path: &str, token: Option<&str>, elapsed: Duration) -> Response {
        let elapsed = elapsed.mul_f64(self.speed.max(0.0));
        let say = |status, scopes: &str, body| Response { status, scopes: scopes.to_owned(), body };
        let reason =
            |status, scopes, reason: &str| say(status, scopes, json!({"errors": [{"reason": reason}]}));
        let list = |data: Value| json!({"data": data, "page": 1, "pages": 1, "results": data.as_array().map(Vec::len)});
        match path {
            "/regions" => {
                let regions =
                    [("id-cgk", "Jakarta, ID"), ("br-gru", "Sao Paulo, BR"), ("us-east", "Newark, NJ")];
                let data = regions.map(|(id, label)| json!({"id": id, "label": label, "status": "ok"}));
                return say(200, "*", list(json!(data)));
            }
            "/network-transfer/prices" => {
                let regions = json!([{"id": "id-cgk", "hourly": 0.015, "monthly": null},
                    {"id": "br-gru", "hourly": 0.007, "monthly": null}]);
                let price = json!({"id": "network_transfer", "label": "Network Transfer", "transfer": 0,
                    "price": {"hourly": 0.005, "monthly": null}, "region_prices": regions});
                return say(200, "*", list(json!([price])));
            }
            _ => {}
        }
        let account =
            self.accounts.iter().find(|account| account.known && Some(account.token.as_str()) == token);
        let Some(account) = account else { return reason(401, "unknown", "Invalid Token") };
        if path.starts_with("/linode/") && !Scopes::from(account.scopes.as_str()).allow(LINODES_SCOPE) {
            return reason(401, &account.scopes, NO_SCOPE);
        }
        if path.starts_with("/object-storage/")
            && !Scopes::from(account.scopes.as_str()).allow(OBJECT_STORAGE_SCOPE)
        {
            return reason(401, &account.scopes, NO_SCOPE);
        }
        match path {
            "/object-storage/transfer" => say(200, &account.scopes, account.object_storage_transfer(elapsed)),
            "/linode/instances" => say(200, &account.scopes, list(account.instances(elapsed))),
            "/account/transfer" => say(200, &account.scopes, account.transfer(elapsed)),
            "/profile/tokens" => say(200, &account.scopes, account.tokens()),
            "/account" => {
                let email = "billing@example.com";
                say(
                    200,
                    &account.scopes,
                    json!({"company": account.company, "email": email, "euuid": euuid(&account.token)}),
                )
            }
            _ => match account.instance(path, elapsed) {
                Some(found) => say(200, &account.scopes, found),
                None => reason(404, &account.scopes, "Not found"),
            },
        }
    }
}

/// An account id in the API's form, derived from the token.
fn euuid(token: &str) -> Option<String> {
    let end = token.get(token.len().checked_sub(16)?..)?;
    Some(format!("00000000-0000-0000-{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_grows_with_simulated_time() {
        let world = SimulatedData::samples(3600.0);
        let token = world.accounts[0].token.clone();
        let used = |seconds| {
            let answer = world.answer("/account/transfer", Some(&token), Duration::from_secs(seconds));
            answer.body["used"].as_u64().unwrap()
        };
        assert_eq!((used(0), used(10)), (830, 830 + 58), "a deleted Linode sends no more");
    }

    #[test]
    fn a_linode_that_runs_away_takes_its_pool_along() {
        let world = SimulatedData::samples(3600.0);
        let used = |path: &str, seconds| {
            let answer = world.answer(path, Some(&world.accounts[0].token), Duration::from_secs(seconds));
            answer.body["used"].as_u64().unwrap()
        };
        let of_linode = |seconds| used("/linode/instances/103/transfer", seconds) / 1_000_000_000;
        assert_eq!([0, 12, 14, 20, 24].map(of_linode), [16, 18, 108, 379, 379]);
        let of_pool = [0, 12, 14, 20, 24].map(|seconds| used("/account/transfer", seconds));
        assert_eq!(of_pool, [830, 899, 1001, 1306, 1329]);
    }

    #[test]
    fn a_deleted_linodes_transfer_remains_in_the_pool() {
        let mut world = SimulatedData::samples(3600.0);
        world.accounts[0].linodes[0].deleted_after = Some(Duration::from_secs(10 * 3600));
        let token = world.accounts[0].token.clone();
        let ask = |path, seconds| world.answer(path, Some(&token), Duration::from_secs(seconds));
        let listed = |seconds| ask("/linode/instances", seconds).body["data"].as_array().unwrap().len();
        assert_eq!([0, 9, 10].map(listed), [4, 4, 3]);
        assert_eq!(ask("/linode/instances/101", 10).status, 404);
        assert_eq!(ask("/linode/instances/101/transfer", 10).status, 404);
        let used = |seconds| ask("/account/transfer", seconds).body["used"].as_u64().unwrap();
        assert_eq!([0, 10, 11].map(used), [830, 888, 890]);
    }

    #[test]
    fn unknown_token_is_rejected_like_the_api_does() {
        let world = SimulatedData::samples(1.0);
        for token in [None, Some("nobody's"), Some(world.accounts[1].token.as_str())] {
            let answer = world.answer("/account/transfer", token, Duration::ZERO);
            assert_eq!((answer.status, answer.scopes.as_str()), (401, "unknown"));
            assert_eq!(answer.body, json!({"errors": [{"reason": "Invalid Token"}]}));
        }
    }
}
