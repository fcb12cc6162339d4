//! Turns transport errors into words.
//!
//! reqwest hides the errors of lower layers in a chain of sources. Known types are matched by type. The errors
//! of hyper and of the proxy tunnel are private, so they are matched by text; if that changes, messages only
//! lose detail and tests fail.

use std::error::Error;
use std::io::{self, ErrorKind};

use rustls::CertificateError;

use super::failure::safe_to_show;
use crate::domain::failure::Failure;

/// Why no request can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The system trusts no certificate authority, so every certificate would be refused.
    #[error(
        "this system has no trusted certificates: install the package ca-certificates, or set SSL_CERT_FILE to a certificate file"
    )]
    NoTrustStore,
    #[error("can't set up secure connections: {0}")]
    Setup(String),
}

const CLOSED: &str = "connection closed without an answer";
const NO_CONNECTION: &str = "no connection";

/// The failure of a request without a response.
pub(super) fn unreachable(error: &reqwest::Error) -> Failure {
    Failure::Unreachable { why: describe(error) }
}

/// The error of a client that could not be built.
pub(super) fn setup(error: &reqwest::Error) -> ClientError {
    // The verifier reports an empty trust store as its only `General` error.
    match chain(error).find_map(|error| error.downcast_ref()) {
        Some(rustls::Error::General(_)) => ClientError::NoTrustStore,
        _ => ClientError::Setup(innermost(error)),
    }
}

fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    if let Some(tls) = chain(error).find_map(|error| error.downcast_ref()) {
        return tls_words(tls);
    }
    let io = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind).last();
    if let Some(words) = chain(error).find_map(|layer| proxy_words(&layer.to_string(), io)) {
        return words.to_owned();
    }
    if error.is_dns() {
        return "name not found".to_owned();
    }
    match io {
        Some(
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof,
        ) => CLOSED.to_owned(),
        _ if error.is_connect() => NO_CONNECTION.to_owned(),
        _ => match innermost(error) {
            text if text == "connection closed before message completed" => CLOSED.to_owned(),
            text => format!("the answer can't be read: {text}"),
        },
    }
}

/// Errors between this program and a proxy.
fn proxy_words(layer: &str, io: Option<ErrorKind>) -> Option<&'static str> {
    match layer.strip_prefix("tunnel error: ") {
        Some("proxy authorization required") => Some("proxy requires a user name and password"),
        Some("failed to create underlying connection") if io == Some(ErrorKind::ConnectionRefused) => {
            Some("proxy refused the connection")
        }
        Some("failed to create underlying connection") => Some("no connection to the proxy"),
        Some(_) => Some("proxy refused"),
        None => layer.starts_with("error connecting to socks proxy").then_some("proxy refused"),
    }
}

fn tls_words(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return format!("no secure connection: {}", safe_to_show(&error.to_string()));
    };
    let wrong = match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; is the clock right?"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host"
        }
        CertificateError::UnknownIssuer => "its issuer is unknown",
        CertificateError::Revoked => "it was revoked",
        CertificateError::BadSignature => "its signature is wrong",
        // The verifier's error for a CA certificate used as a server certificate.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "it is a certificate authority's (CA:TRUE), not a server's"
        }
        other => &safe_to_show(&other.to_string()),
    };
    format!("certificate not trusted: {wrong}")
}

/// An error and its sources, outermost first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        // `io::Error::source` skips the wrapped error itself.
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().map(|error| safe_to_show(&error.to_string())).unwrap_or_default()
}
