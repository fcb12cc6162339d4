//! `status --format json`: the exact keys and values of schema 1.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::server::Reply;
use crate::{Checks, Home, TRANSFER, account, good, token, transfer};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn instant(value: &Value) -> Timestamp {
    let text = value.as_str().unwrap();
    assert!(
        text.len() == "2026-11-22T05:10:00Z".len() && text.ends_with('Z'),
        "whole seconds in UTC: {text}"
    );
    text.parse().unwrap()
}

fn with_regions() -> Reply {
    good(json!({"used": 830, "quota": 1000, "billable": 0, "region_transfers": [
        {"id": "id-cgk", "used": 1, "quota": 10, "billable": 0},
        {"id": "br-gru", "used": 12, "quota": 10, "billable": 2},
    ]}))
}

fn named_regions(home: &Home) {
    let regions =
        json!({"data": [{"id": "id-cgk", "label": "Jakarta, ID"}], "page": 1, "pages": 1, "results": 1});
    home.api.answer("/regions", Reply::json(200, regions.to_string()));
}

/// The forecast from one sample of 830 of 1000 GB, when `elapsed` of the month has passed. The month and day are those
/// of the test run.
fn forecast_of_one_sample(forecast: &Value, elapsed: f64) {
    if elapsed < 0.03 {
        assert_eq!(forecast, &Value::Null);
        return;
    }
    let by_hand = 830.0 / elapsed;
    let near = |field: &str, expected: f64, by: f64| {
        let found = forecast[field].as_f64().unwrap();
        assert!((found - expected).abs() <= by, "{field}: {found}, not {expected}");
    };
    let over = (by_hand - 1000.0).max(0.0);
    assert_eq!(keys(forecast), ["exhausted_at", "over_gb", "over_usd", "percent", "used_gb"]);
    near("used_gb", by_hand, 0.06);
    near("percent", by_hand / 10.0, 0.011);
    near("over_gb", over, 0.06);
    near("over_usd", over * 0.005, 0.006);
    let exhausted_at = &forecast["exhausted_at"];
    match over > 0.0 {
        true => assert!(
            instant(exhausted_at) > Timestamp::now() && exhausted_at.as_str().unwrap().ends_with(":00Z")
        ),
        false => assert_eq!(exhausted_at, &Value::Null),
    }
}

#[test]
fn the_whole_report_is_as_documented() {
    let home = Home::with_acme(with_regions());
    named_regions(&home);
    let tokens = json!({"data": [
        {"id": 1, "label": "tray", "scopes": "account:read_only", "created": "2026-01-01T00:00:00",
         "expiry": "2999-12-12T05:00:00", "token": &token("acme")[..16]},
    ], "page": 1, "pages": 1, "results": 1});
    home.api.answer("/profile/tokens", Reply::json(200, tokens.to_string()));
    let before = Timestamp::now();
    let mut report = home.run("status --format json").json();
    let generated = instant(&report["generated_at"]);
    assert!(generated.as_second() >= before.as_second() && generated <= Timestamp::now());
    assert!(instant(&report["month"]["ends_at"]) > generated);
    let elapsed = report["month"]["elapsed"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&elapsed));
    assert!(((elapsed * 10_000.0).round() / 10_000.0 - elapsed).abs() < 1e-9, "four decimals: {elapsed}");
    let updated = instant(&report["accounts"][0]["updated_at"]);
    assert!(updated.as_second() >= before.as_second() && updated <= generated);
    forecast_of_one_sample(&report["accounts"][0]["forecast"], elapsed);
    for path in [
        "/generated_at",
        "/month/ends_at",
        "/month/elapsed",
        "/accounts/0/updated_at",
        "/accounts/0/forecast",
    ] {
        *report.pointer_mut(path).unwrap() = json!("checked above");
    }
    let expected = json!({
        "schema": 1,
        "generated_at": "checked above",
        "month": {"ends_at": "checked above", "elapsed": "checked above"},
        "accounts": [{
            "id": "acme", "name": "Acme", "watch": "global", "state": "ok", "level": "exceeded",
            "updated_at": "checked above",
            "used_gb": 830.0, "quota_gb": 1000.0, "billable_gb": 0.0, "remaining_gb": 170.0, "percent": 83.0,
            "forecast": "checked above",
            "regions": [
                {"id": "id-cgk", "label": "Jakarta, ID", "used_gb": 1.0, "quota_gb": 10.0, "billable_gb": 0.0,
                 "percent": 10.0, "level": "ok", "breakdown": null},
                // The response lacks this region's label.
                {"id": "br-gru", "label": "br-gru", "used_gb": 12.0, "quota_gb": 10.0, "billable_gb": 2.0,
                 "percent": 120.0, "level": "exceeded", "breakdown": null},
            ],
            "token": {"label": "tray", "scopes": ["account:read_only"], "expires_at": null, "read_only": true},
            "error": null,
            // The token may not read Linodes.
            "breakdown": null,
        }],
    });
    assert_eq!(report, expected);
}

#[test]
fn a_report_without_figures_has_the_same_keys() {
    let ok = Home::with_acme(transfer(630, 1000, 0)).status("");
    let failed = Home::with_acme(Reply::close()).status("");
    assert_eq!(keys(&ok), keys(&failed));
}

#[test]
fn figures_are_decimal_numbers() {
    let text = Home::with_acme(transfer(630, 1000, 0)).run("status --format json").done();
    for figure in
        ["\"used_gb\":630.0,", "\"quota_gb\":1000.0,", "\"remaining_gb\":370.0,", "\"percent\":63.0,"]
    {
        assert!(text.contains(figure), "{text}");
    }
    let text = Home::with_acme(transfer(4620, 4368, 252)).run("status --format json").done();
    for figure in ["\"billable_gb\":252.0,", "\"remaining_gb\":0.0,", "\"percent\":105.77,", "\"exceeded\""] {
        assert!(text.contains(figure), "{text}");
    }
}

#[test]
fn zero_quota_has_no_percentage_and_any_use_exceeds_it() {
    let nothing = Home::with_acme(transfer(0, 0, 0)).status("");
    assert_eq!((&nothing["percent"], &nothing["level"]), (&Value::Null, &json!("ok")));
    assert_eq!((&nothing["used_gb"], &nothing["quota_gb"]), (&json!(0.0), &json!(0.0)));
    let used = Home::with_acme(transfer(5, 0, 5)).status("");
    assert_eq!((&used["percent"], &used["level"]), (&Value::Null, &json!("exceeded")));
}

#[test]
fn a_region_or_a_linode_can_be_what_is_watched() {
    let home = Home::with_acme(with_regions());
    home.configure(&(account("acme", "Acme") + "watch = \"region:br-gru\"\n"));
    let region = home.status("");
    assert_eq!(region["watch"], "region:br-gru");
    assert_eq!(
        (&region["used_gb"], &region["quota_gb"], &region["percent"]),
        (&json!(12.0), &json!(10.0), &json!(120.0))
    );
    assert_eq!((&region["level"], &region["regions"]), (&json!("exceeded"), &json!([])));

    let linode = "/linode/instances/12345/transfer";
    home.api.answer(linode, good(json!({"used": 22_956_600_198u64, "quota": 1854, "billable": 0})));
    home.configure(&(account("acme", "Acme") + "watch = \"linode:12345\"\n"));
    let linode = home.status("");
    assert_eq!(linode["watch"], "linode:12345");
    assert_eq!((&linode["used_gb"], &linode["quota_gb"]), (&json!(22.956600198), &json!(1854.0)));
    assert_eq!(linode["percent"], json!(1.24));
}

#[test]
fn a_watched_linode_is_measured_by_the_pool_of_where_it_is() {
    let home = Home::new();
    home.configure(&(account("acme", "Acme") + "watch = \"linode:7\"\n"));
    let own = json!({"id": "id-cgk", "used": 8_000_000_000u64, "quota": 10, "billable": 0});
    let transfer =
        json!({"used": 500_000_000_000u64, "quota": 400, "billable": 100, "region_transfers": [own]});
    home.api.answer("/linode/instances/7/transfer", good(transfer));
    for (region, site_type, used, percent, level) in [
        ("id-cgk", "core", 8.0, json!(80.0), "warning"),
        ("us-east", "core", 500.0, json!(125.0), "exceeded"),
        // Without a pool nothing can be over the quota.
        ("us-den-10", "distributed", 500.0, Value::Null, "ok"),
    ] {
        let linode = json!({"id": 7, "label": "a", "region": region, "site_type": site_type});
        home.api.answer("/linode/instances/7", good(linode));
        let status = home.status("");
        assert_eq!(status["used_gb"], json!(used), "{region}");
        assert_eq!((&status["percent"], &status["level"]), (&percent, &json!(level)), "{region}");
    }
    let status = home.status("");
    assert_eq!((&status["quota_gb"], &status["remaining_gb"]), (&Value::Null, &Value::Null));
    let table = home.run("status").done();
    assert!(table.contains("500 GB   -  -"), "{table}");
}

#[test]
fn token_info_falls_back_to_the_headers() {
    let reply = transfer(630, 1000, 0);
    assert_eq!(
        Home::with_acme(reply).status("")["token"],
        json!({"label": null, "scopes": ["account:read_only"], "expires_at": null, "read_only": true})
    );
    let wide = Reply::json(200, r#"{"used": 1, "quota": 2, "billable": 0}"#).header("X-OAuth-Scopes", "*");
    assert_eq!(
        Home::with_acme(wide).status("")["token"],
        json!({"label": null, "scopes": ["*"], "expires_at": null, "read_only": false})
    );
}

#[test]
fn entries_of_one_token_share_a_request() {
    let home = Home::new();
    let same = account("acme", "Acme").replace("\"acme\"", "\"other\"").replace("\"Acme\"", "\"Other\"");
    home.configure(&(account("acme", "Acme") + &same + "watch = \"region:br-gru\"\n"));
    home.api.answer(TRANSFER, with_regions());
    let report = home.run("status --format json").json();
    assert_eq!(report["accounts"][0]["used_gb"], json!(830.0));
    assert_eq!(report["accounts"][1]["used_gb"], json!(12.0));
    let asked = home.api.requests().iter().filter(|request| request.path() == TRANSFER).count();
    assert_eq!(asked, 1);
}

#[test]
fn linode_token_is_an_entry_only_while_no_account_is_configured() {
    let home = Home::new();
    home.api.answer_for(&token("env"), TRANSFER, transfer(630, 1000, 0));
    home.api.answer_for(&token("acme"), TRANSFER, transfer(1, 1000, 0));
    let run = |words: &str| {
        let mut program = home.program(words);
        program.env("LINODE_TOKEN", token("env"));
        crate::checked(words, program.output().unwrap())
    };
    let report = run("status --format json").json();
    assert_eq!(report["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&report["accounts"][0]["name"], &report["accounts"][0]["used_gb"]),
        (&json!("LINODE_TOKEN"), &json!(630.0))
    );
    run("status --check --account linode-token").success();
    home.configure(&account("acme", "Acme"));
    let report = run("status --format json").json();
    assert_eq!(report["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(report["accounts"][0]["name"], json!("Acme"));
    assert!(!home.data_dir().exists());
}

#[test]
fn account_is_selected_by_name_or_id_and_polled_alone() {
    let home = Home::new();
    home.configure(&(account("one", "First one") + &account("two", "Second")));
    home.api.answer(TRANSFER, transfer(630, 1000, 0));
    assert_eq!(home.status("--account First_one")["id"], "one");
    assert_eq!(home.status("--account two")["name"], "Second");
    let asked = home.api.requests();
    let tokens: Vec<Option<&str>> =
        asked.iter().filter(|request| request.path() == TRANSFER).map(|request| request.token()).collect();
    assert_eq!(tokens, [Some(token("one").as_str()), Some(token("two").as_str())]);
    let said = home.run("status --account Third").failed(2);
    assert!(said.contains("\"Third\"") && said.contains("First one, Second"), "{said}");
}

#[test]
fn no_account_is_an_empty_list() {
    let report = Home::new().run("status --format json").json();
    assert_eq!(report["accounts"], json!([]));
}

#[test]
fn a_status_leaves_nothing_behind() {
    let home = Home::with_acme(transfer(950, 1000, 0));
    home.run("status").done();
    home.run("status --cached").done();
    assert!(!home.data_dir().exists(), "neither samples nor alerts are kept");
}

#[test]
fn no_log_holds_a_token() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    for level in ["trace", "debug", "reqwest=trace,hyper=trace,linode_bandwidth=trace"] {
        let mut program = home.program("status");
        program.env("RUST_LOG", level);
        // `checked` searches for the token.
        crate::checked("status", program.output().unwrap()).success();
    }
}

#[test]
fn prometheus_reads_the_same_figures() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let text = home.run("status --format prometheus").done();
    for line in [
        r#"linode_bandwidth_transfer_used_bytes{account="acme",pool="global"} 830000000000"#,
        r#"linode_bandwidth_transfer_level{account="acme",pool="global",level="warning"} 1"#,
        r#"linode_bandwidth_account_state{account="acme",state="ok"} 1"#,
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(text.ends_with('\n') && !text.contains("poll_errors"), "{text}");
}

#[test]
fn what_is_over_costs_what_the_price_list_says_of_its_region() {
    let recorded: Value =
        serde_json::from_str(include_str!("../recorded/network_transfer_prices_200.json")).unwrap();
    let prices = recorded["response"]["body_text"].as_str().unwrap();
    let home = Home::with_acme(with_regions());
    home.api.answer("/network-transfer/prices", Reply::json(200, prices));
    home.configure(&(account("acme", "Acme") + "watch = \"region:br-gru\"\n"));
    let forecast = home.status("")["forecast"].clone();
    let request = home.api.requests().into_iter().find(|it| it.path() == "/network-transfer/prices");
    // In the first 3 % of a month there is no forecast, so no price is fetched.
    assert_eq!(request.is_none(), forecast.is_null());
    if let Some(request) = request {
        assert_eq!(request.token(), None, "it is public");
        let (over, dollars) = (forecast["over_gb"].as_f64().unwrap(), forecast["over_usd"].as_f64().unwrap());
        assert!(over > 0.0 && (dollars - over * 0.007).abs() < 0.006, "{forecast}");
    }
    let rises = Home::with_acme(transfer(1, 1_000_000, 0));
    rises.status("");
    assert!(
        rises.api.requests().iter().all(|it| it.path() != "/network-transfer/prices"),
        "it costs nothing"
    );
}
