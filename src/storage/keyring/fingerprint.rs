//! Token fingerprints: recognize a token without storing it.

use ring::digest::{Context, SHA256};
use ring::rand::{SecureRandom, SystemRandom};

use crate::domain::token::{Token, TokenId};

/// Computes token fingerprints: the first 64 bits of a salted SHA-256. They don't reveal the token, which has
/// 256 bits.
#[derive(Clone)]
pub struct Fingerprints {
    salt: String,
}

impl Fingerprints {
    /// Fingerprints with `salt`, which the history file stores.
    pub fn new(salt: String) -> Fingerprints {
        Fingerprints { salt }
    }

    pub fn new_salt() -> String {
        let mut bytes = [0; 16];
        // Without randomness, the salt is empty; fingerprints still differ between tokens.
        match SystemRandom::new().fill(&mut bytes) {
            Ok(()) => hex(&bytes),
            Err(_) => String::new(),
        }
    }

    pub fn fingerprint(&self, token: &Token) -> TokenId {
        let mut context = Context::new(&SHA256);
        context.update(self.salt.as_bytes());
        context.update(token.expose().as_bytes());
        TokenId(hex(context.finish().as_ref().get(..8).unwrap_or_default()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_differ_by_token_and_salt() {
        let token = |text: &str| Token::new(text.into()).unwrap();
        let one = Fingerprints::new(Fingerprints::new_salt());
        let two = Fingerprints::new(Fingerprints::new_salt());
        assert_eq!(one.fingerprint(&token("abc")), one.fingerprint(&token("abc")));
        assert_ne!(one.fingerprint(&token("abc")), one.fingerprint(&token("abd")));
        assert_ne!(one.fingerprint(&token("abc")), two.fingerprint(&token("abc")));
        assert!(!one.fingerprint(&token("abc")).0.contains("abc"));
    }
}
