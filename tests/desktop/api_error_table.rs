//! One tray that gets every response of the API's error table in turn: state, menu, icon, further requests and
//! notifications.

use linode_bandwidth::domain::config::IconColor;
use linode_bandwidth::domain::failure::{INVALID_RESPONSE, INVALID_TOKEN};
use linode_bandwidth::domain::level::Level;
use linode_bandwidth::domain::text::NO_POOL;
use linode_bandwidth::tray::icon::{Glyph, Icon};

use crate::figures::{old_ring, pixmaps, ring};
use crate::rig::program::{TOKEN, TestDesktop, refusal};
use crate::rig::until;
use crate::support::server::Reply;

/// A response and its effects: the state, the words after the name in title and menu, and the sentence.
struct Seen {
    reply: Reply,
    state: &'static str,
    short: &'static str,
    sentence: String,
}

fn reason(status: u16, reason: &str) -> Reply {
    Reply::json(status, format!(r#"{{"errors": [{{"reason": "{reason}"}}]}}"#))
}

fn invalid(reply: Reply, why: &str) -> Seen {
    let sentence = format!("{INVALID_RESPONSE} ({why})");
    Seen { reply, state: "invalid_response", short: "invalid response", sentence }
}

fn body(text: &str) -> Reply {
    Reply::json(200, text)
}

/// Temporary failures. There is no notification, and the figures stay.
fn transient() -> Vec<Seen> {
    let portal = "<!DOCTYPE html><title>Welcome to the airport</title>";
    let mut rows = vec![
        Seen {
            reply: Reply::json(429, r#"{"errors": [{"reason": "Too many requests"}]}"#)
                .header("Retry-After", "1"),
            state: "rate_limited",
            short: "rate limited",
            sentence: "Rate limited by the Linode API.".to_owned(),
        },
        Seen {
            reply: reason(503, "down").header("X-Maintenance-Mode", "all"),
            state: "maintenance",
            short: "maintenance",
            sentence: "Linode's API is under maintenance.".to_owned(),
        },
        Seen {
            reply: Reply::close(),
            state: "unreachable",
            short: "offline",
            sentence: "Can't reach Linode: connection closed without an answer.".to_owned(),
        },
        Seen {
            reply: reason(403, "Account must be activated"),
            state: "forbidden",
            short: "not allowed",
            sentence:
                "Account must be activated. Besides the token's scope, its user needs the role Account \
                       Viewer or unrestricted access."
                    .to_owned(),
        },
    ];
    rows.extend([
        invalid(reason(500, "Internal server error"), "HTTP 500: Internal server error"),
        invalid(Reply::new(502, "<html>bad gateway</html>"), "HTTP 502"),
        invalid(reason(503, "Please try again later."), "HTTP 503: Please try again later."),
        invalid(Reply::new(408, ""), "HTTP 408"),
        invalid(
            Reply::new(200, portal).header("Content-Type", "text/html"),
            "HTTP 200: the body is not JSON",
        ),
        invalid(
            Reply::redirect("https://portal.example.test/login"),
            "HTTP 302: a redirect, which is not followed",
        ),
        invalid(body(r#"{"used": 1, "quo"#), "HTTP 200: the body is not JSON"),
        invalid(body(r#"{"used": "NaN", "quota": 1}"#), "HTTP 200: used is not a number"),
        invalid(body(r#"{"used": NaN, "quota": 1}"#), "HTTP 200: the body is not JSON"),
        invalid(body(r#"{"used": -1, "quota": 1}"#), "HTTP 200: used is negative"),
        invalid(body(r#"{"used": 9223372036854775808, "quota": 1}"#), "HTTP 200: used is too large"),
        invalid(body(&" ".repeat(1 << 21)), "HTTP 200: more than 1 MiB"),
    ]);
    rows
}

/// All responses of the table, for other tests.
pub fn all() -> Vec<Reply> {
    transient().into_iter().chain(tokens()).map(|row| row.reply).collect()
}

/// Failures that a new token fixes.
fn tokens() -> Vec<Seen> {
    let not_authorized = || reason(401, "Your OAuth token is not authorized to use this endpoint.");
    vec![
        Seen {
            reply: not_authorized()
                .header("X-OAuth-Scopes", "domains:read_write")
                .header("X-Accepted-OAuth-Scopes", "account:read_only"),
            state: "scope_missing",
            short: "scope missing",
            sentence: format!("{INVALID_TOKEN} Missing scope: account:read_only."),
        },
        Seen {
            reply: refusal(),
            state: "token_invalid",
            short: "token refused",
            sentence: INVALID_TOKEN.to_owned(),
        },
        Seen {
            reply: Reply::new(401, ""),
            state: "token_invalid",
            short: "token refused",
            sentence: INVALID_TOKEN.to_owned(),
        },
    ]
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn every_api_response_shows_in_state_menu_and_icon() {
    let desk = TestDesktop::apart();
    let _parts = desk.session().all_well();
    desk.acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let good = desk.wait_for_state("ok");
    let seen_in_state = |row: &Seen, good: &serde_json::Value| {
        let account = until(&format!("{}: {}", row.state, row.sentence), || {
            let account = desk.cached();
            (account["state"] == row.state && account["error"]["message"] == row.sentence).then_some(account)
        });
        assert_eq!(account["error"]["kind"], row.state);
        assert_eq!((&account["used_gb"], &account["updated_at"]), (&630.0.into(), &good["updated_at"]));
    };
    let sentence_below = |row: &Seen| {
        // A single underscore would mark an access key.
        let label = row.sentence.replace('_', "__");
        until(&row.sentence, || (item.below("Acme:").first() == Some(&label)).then_some(()));
    };
    for row in transient() {
        desk.answer(row.reply.clone());
        desk.refresh();
        tray.showing(&format!("Acme 63% ({})", row.short));
        let menu_row = format!("Acme: 630 of 1,000 GB · 63% · {} · as of ", row.short);
        assert!(item.row(&menu_row).is_some(), "{:?}", item.labels());
        sentence_below(&row);
        assert_eq!(item.icon(), pixmaps(&old_ring(63, Level::Ok)), "{}", row.sentence);
        seen_in_state(&row, &good);
    }
    assert_eq!(desk.notified().len(), 0, "temporary failures do not notify");

    // The time that the API asks for is respected.
    desk.answer(Reply::new(429, "").header("Retry-After", "1"));
    desk.refresh();
    let asked = desk.asked();
    desk.used(630, 1000);
    // Otherwise this would be the longest back-off after that many failures.
    until("the next poll", || (desk.asked() > asked).then_some(()));
    tray.showing("Acme 63%");
    assert_eq!(item.icon(), pixmaps(&ring(63, Level::Ok)));
    let good = until("the new figures", || {
        let account = desk.cached();
        (account["state"] == "ok" && account["updated_at"] != good["updated_at"]).then_some(account)
    });

    let failed = Icon { color: IconColor::Auto, glyph: Glyph::TokenFailed, dimmed: false, badge: None };
    for row in tokens() {
        desk.answer(row.reply.clone());
        desk.refresh();
        tray.showing(&format!("Acme: {}", row.short));
        assert!(item.row(&format!("Acme: {}", row.short)).is_some(), "{:?}", item.labels());
        sentence_below(&row);
        assert_eq!(item.icon(), pixmaps(&failed));
        seen_in_state(&row, &good);
    }
    let told: Vec<String> = desk.wait_for_notifications(1).into_iter().map(|told| told.summary).collect();
    assert_eq!(told, ["Acme: token refused"], "once for this token");

    // An account without a pool, then one with use but without a pool.
    desk.used(0, 0);
    desk.refresh();
    let item = tray.showing("Acme no pool yet");
    let none = NO_POOL;
    until(none, || (item.below("Acme:").first().map(String::as_str) == Some(none)).then_some(()));
    let account = desk.wait_for_figures(0, 0);
    assert_eq!((&account["percent"], &account["level"]), (&serde_json::Value::Null, &"ok".into()));
    desk.used(3, 0);
    desk.refresh();
    tray.showing("Acme 3GB");
    assert_eq!(desk.wait_for_notifications(2)[1].summary, "Acme is over its transfer");
    assert_eq!(desk.wait_for_figures(3, 0)["level"], "exceeded");
    assert!(desk.api.requests().iter().all(|request| request.token().is_none_or(|token| token == TOKEN)));
}
