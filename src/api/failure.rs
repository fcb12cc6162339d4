//! Maps unsuccessful responses to failures.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::LINODES_SCOPE;
use crate::domain::failure::{Failure, Role};
use crate::domain::token::{Scopes, Token};

const TOKEN_SCOPES: &str = "x-oauth-scopes";
const ACCEPTED_SCOPES: &str = "x-accepted-oauth-scopes";
const RATE_LIMIT: &str = "x-ratelimit-limit";
const MAINTENANCE: &str = "x-maintenance-mode";
/// The API's message for a missing scope. Observed with status 401; also accepted with 403.
const NO_SCOPE: &str = "not authorized to use this endpoint";
/// In characters; fits a menu row or a notification.
const MAX_REASON_LEN: usize = 200;

/// The failure for a response with a status outside 200 to 299. `scope` is the endpoint's scope, for responses
/// that don't name one.
pub fn failure(status: u16, headers: &HeaderMap, body: &[u8], scope: &str) -> Failure {
    let reason = reason(body);
    let lacks_scope = reason.as_ref().is_some_and(|reason| reason.to_ascii_lowercase().contains(NO_SCOPE));
    match status {
        401 | 403 if lacks_scope => Failure::ScopeMissing { missing: missing_scopes(headers, scope) },
        // The API does not distinguish malformed, expired and revoked tokens.
        401 => Failure::TokenInvalid,
        403 => Failure::Forbidden {
            reason: reason.unwrap_or_else(|| FORBIDDEN.to_owned()),
            role: if scope == LINODES_SCOPE { Role::LinodeViewer } else { Role::AccountViewer },
        },
        429 => Failure::RateLimited { retry_after: retry_after(headers) },
        503 if headers.get(MAINTENANCE).is_some_and(|mode| !mode.is_empty()) => {
            Failure::Maintenance { retry_after: retry_after(headers) }
        }
        300..=399 => invalid(status, "a redirect, which is not followed"),
        _ => Failure::InvalidResponse { status, reason },
    }
}

/// The reason if a 403 has none.
const FORBIDDEN: &str = "Linode does not allow this user to see it.";

/// The failure of an unreadable response.
pub(super) fn invalid(status: u16, why: &str) -> Failure {
    Failure::InvalidResponse { status, reason: Some(why.to_owned()) }
}

/// How many requests per minute an operation allows, by a response's headers.
pub(super) fn rate_limit(headers: &HeaderMap) -> Option<usize> {
    headers.get(RATE_LIMIT)?.to_str().ok()?.parse().ok()
}

/// The token's scopes from a response's headers; `None` if the headers don't have them or the token is unknown.
pub(super) fn scopes(headers: &HeaderMap) -> Option<Scopes> {
    scopes_in(headers, TOKEN_SCOPES).filter(|scopes| !scopes.is_empty())
}

fn scopes_in(headers: &HeaderMap, name: &str) -> Option<Scopes> {
    Scopes::parse(headers.get(name)?.to_str().ok()?)
}

fn missing_scopes(headers: &HeaderMap, scope: &str) -> Scopes {
    let have = scopes_in(headers, TOKEN_SCOPES).unwrap_or_default();
    let accepted = scopes_in(headers, ACCEPTED_SCOPES).unwrap_or_default();
    let missing = have.missing(&accepted);
    if missing.is_empty() { Scopes::from(scope) } else { missing }
}

/// In seconds. A date is ignored: the API sends seconds, and the local clock may be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The API's message from `{"errors": [{"reason": "…"}]}`; `None` for any other body, such as an HTML page.
fn reason(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let errors = body.get("errors")?.as_array()?;
    let reasons: Vec<&str> = errors.iter().filter_map(|error| error.get("reason")?.as_str()).collect();
    Some(safe_to_show(&reasons.join("; "))).filter(|reason| !reason.is_empty())
}

/// Foreign text as one line of limited length, without control and text direction characters.
pub(super) fn safe_to_show(text: &str) -> String {
    let steers =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String =
        text.chars().filter(|c| !steers(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    // The API sends no tokens, but another server might echo what it received.
    let shown = |word| if Token::looks_like_token(word) { "***" } else { word };
    let words: Vec<&str> = plain.split_whitespace().map(shown).collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_REASON_LEN) {
        None => line,
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    const NO_TOKEN_SCOPE: &str =
        r#"{"errors":[{"reason":"Your OAuth token is not authorized to use this endpoint."}]}"#;

    fn read(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        failure(status, &pairs.collect(), body.as_bytes(), "linodes:read_only")
    }

    fn with_reason(reason: &str) -> String {
        serde_json::json!({"errors": [{"reason": reason}]}).to_string()
    }

    fn missing(scope: &str) -> Failure {
        Failure::ScopeMissing { missing: Scopes::from(scope) }
    }

    fn invalid_response(status: u16, reason: &str) -> Failure {
        Failure::InvalidResponse { status, reason: (!reason.is_empty()).then(|| reason.to_owned()) }
    }

    #[test]
    fn a_401_is_an_invalid_token() {
        for body in [
            with_reason("Invalid Token"),
            with_reason("anything else"),
            String::new(),
            "<html>".into(),
            "[]".into(),
        ] {
            assert_eq!(read(401, &[("x-oauth-scopes", "unknown")], &body), Failure::TokenInvalid, "{body}");
        }
    }

    #[test]
    fn missing_scope_comes_from_the_headers() {
        let headers =
            [("x-oauth-scopes", "domains:read_write"), ("x-accepted-oauth-scopes", "account:read_only")];
        for status in [401, 403] {
            assert_eq!(read(status, &headers, NO_TOKEN_SCOPE), missing("account:read_only"));
        }
    }

    #[test]
    fn missing_scope_defaults_to_the_endpoints() {
        for headers in [
            &[][..],
            &[("x-oauth-scopes", "*"), ("x-accepted-oauth-scopes", "account:read_only")],
            &[("x-accepted-oauth-scopes", "*")],
            &[("x-oauth-scopes", "unknown"), ("x-accepted-oauth-scopes", "")],
        ] {
            assert_eq!(read(401, headers, NO_TOKEN_SCOPE), missing("linodes:read_only"), "{headers:?}");
        }
    }

    #[test]
    fn other_403_has_the_apis_reason() {
        let forbidden = |reason: &str, role| Failure::Forbidden { reason: reason.to_owned(), role };
        assert_eq!(
            read(403, &[], &with_reason("Unauthorized")),
            forbidden("Unauthorized", Role::LinodeViewer)
        );
        assert_eq!(read(403, &[], "<html>"), forbidden(FORBIDDEN, Role::LinodeViewer));
        let account = failure(403, &HeaderMap::new(), with_reason("No.").as_bytes(), "account:read_only");
        assert_eq!(account, forbidden("No.", Role::AccountViewer));
        assert_eq!(
            account.to_string(),
            "No. Besides the token's scope, its user needs the role Account Viewer or unrestricted access."
        );
    }

    #[test]
    fn rate_limit_honors_retry_after() {
        let wait = |value| match read(429, &[("retry-after", value)], "<html>") {
            Failure::RateLimited { retry_after } => retry_after,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait("30"), Some(Duration::from_secs(30)));
        assert_eq!(wait("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
        for unreadable in ["99999999999999999999", "-1", "1.5", "", "Sun, 22 Nov 2026 05:10:00 GMT"] {
            assert_eq!(wait(unreadable), None, "{unreadable}");
        }
        assert_eq!(read(429, &[], ""), Failure::RateLimited { retry_after: None });
    }

    #[test]
    fn status_503_is_maintenance_only_with_its_header() {
        let headers = [("x-maintenance-mode", "all,All services under maintenance"), ("retry-after", "60")];
        let minute = Some(Duration::from_secs(60));
        assert_eq!(read(503, &headers, ""), Failure::Maintenance { retry_after: minute });
        assert_eq!(
            read(503, &[("retry-after", "60")], &with_reason("Later.")),
            invalid_response(503, "Later.")
        );
        assert_eq!(read(502, &headers, ""), invalid_response(502, ""));
    }

    #[test]
    fn other_statuses_are_invalid_responses() {
        assert_eq!(
            read(500, &[], &with_reason("Internal server error")),
            invalid_response(500, "Internal server error")
        );
        assert_eq!(read(502, &[], "<html>Bad gateway</html>"), invalid_response(502, ""));
        assert_eq!(read(408, &[], ""), invalid_response(408, ""));
        assert_eq!(read(404, &[], &with_reason("Not found")), invalid_response(404, "Not found"));
        assert_eq!(read(302, &[], ""), invalid_response(302, "a redirect, which is not followed"));
        assert_eq!(
            read(500, &[], r#"{"errors": [{"reason": 5}, "x", {"reason": "b"}]}"#),
            invalid_response(500, "b")
        );
        assert_eq!(read(500, &[], r#"{"errors": "x"}"#), invalid_response(500, ""));
    }

    #[test]
    fn foreign_text_becomes_one_safe_line() {
        assert_eq!(safe_to_show(" a\r\n\tb\u{1b}[31m \u{2028}c\u{202e}d\u{0} "), "a b [31m cd");
        let long = safe_to_show(&"é".repeat(5000));
        assert_eq!(long.chars().count(), 201);
        assert!(long.ends_with('…'));
    }
}
