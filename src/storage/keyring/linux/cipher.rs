//! Encryption of a Secret Service session: AES-128-CBC with a key from a Diffie-Hellman exchange (the
//! specification's "dh-ietf1024-sha256-aes128-cbc-pkcs7").

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use cbc::{Decryptor, Encryptor};
use num_bigint::BigUint;
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::zeroize::Zeroizing;

/// The specification's name of the algorithm.
pub(super) const ALGORITHM: &str = "dh-ietf1024-sha256-aes128-cbc-pkcs7";

/// Length of a public key in bytes.
const PUBLIC_BYTES: usize = 128;
/// Length of a private key in bytes. A longer one is slower and adds no strength in a 1024-bit group.
const PRIVATE_BYTES: usize = 32;
/// Length of the AES key and block in bytes.
const BLOCK_BYTES: usize = 16;

/// The prime of the second Oakley group (RFC 2409, 6.2), most significant digits first.
const PRIME: [u32; 32] = [
    0xffff_ffff,
    0xffff_ffff,
    0xc90f_daa2,
    0x2168_c234,
    0xc4c6_628b,
    0x80dc_1cd1,
    0x2902_4e08,
    0x8a67_cc74,
    0x020b_bea6,
    0x3b13_9b22,
    0x514a_0879,
    0x8e34_04dd,
    0xef95_19b3,
    0xcd3a_431b,
    0x302b_0a6d,
    0xf25f_1437,
    0x4fe1_356d,
    0x6d51_c245,
    0xe485_b576,
    0x625e_7ec6,
    0xf44c_42e9,
    0xa637_ed6b,
    0x0bff_5cb6,
    0xf406_b7ed,
    0xee38_6bfb,
    0x5a89_9fa5,
    0xae9f_2411,
    0x7c4b_1fe6,
    0x4928_6651,
    0xece6_5381,
    0xffff_ffff,
    0xffff_ffff,
];

/// This side of an exchange.
pub(super) struct Exchange {
    prime: BigUint,
    private: BigUint,
    /// The public key for the service.
    pub(super) public: Vec<u8>,
}

pub(super) struct Cipher {
    key: Zeroizing<[u8; BLOCK_BYTES]>,
}

/// A ciphertext and its initialization vector.
pub(super) struct Encrypted {
    pub(super) start: Vec<u8>,
    pub(super) text: Vec<u8>,
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        BLOCK_BYTES
    }
}

impl Exchange {
    /// Starts an exchange with a new private key.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub(super) fn begin() -> Result<Exchange, Unspecified> {
        let private = Zeroizing::new(random::<PRIVATE_BYTES>()?);
        let prime = BigUint::new(PRIME.iter().rev().copied().collect());
        let private = BigUint::from_bytes_be(&*private);
        let public = BigUint::from(2u32).modpow(&private, &prime).to_bytes_be();
        Ok(Exchange { prime, private, public })
    }

    /// Derives the cipher from the service's public key.
    ///
    /// # Errors
    /// None known: the lengths are fixed.
    pub(super) fn end(self, public: &[u8]) -> Result<Cipher, Unspecified> {
        let shared = BigUint::from_bytes_be(public).modpow(&self.private, &self.prime);
        let shared = Zeroizing::new(shared.to_bytes_be());
        let mut padded = Zeroizing::new(vec![0; PUBLIC_BYTES.saturating_sub(shared.len())]);
        padded.extend_from_slice(&shared);
        let mut key = Zeroizing::new([0; BLOCK_BYTES]);
        Salt::new(HKDF_SHA256, &[]).extract(&padded).expand(&[], KeyLength)?.fill(&mut *key)?;
        Ok(Cipher { key })
    }
}

impl Cipher {
    /// Encrypts `text`.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub(super) fn encrypt(&self, text: &[u8]) -> Result<Encrypted, Unspecified> {
        let start = random()?;
        let cipher = Encryptor::<Aes128>::new(&(*self.key).into(), &start.into());
        Ok(Encrypted { start: start.to_vec(), text: cipher.encrypt_padded_vec::<Pkcs7>(text) })
    }

    /// Decrypts `text`; `None` if it was not encrypted for this session.
    pub(super) fn decrypt(&self, start: &[u8], text: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
        let start: [u8; BLOCK_BYTES] = start.try_into().ok()?;
        // In place, so that no copy of the secret remains.
        let mut text = Zeroizing::new(text);
        let cipher = Decryptor::<Aes128>::new(&(*self.key).into(), &start.into());
        let length = cipher.decrypt_padded::<Pkcs7>(&mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Unspecified> {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_derive_the_same_cipher() {
        let (ours, theirs) = (Exchange::begin().unwrap(), Exchange::begin().unwrap());
        assert_ne!(ours.public, theirs.public);
        let (our_half, their_half) = (ours.public.clone(), theirs.public.clone());
        let (ours, theirs) = (ours.end(&their_half).unwrap(), theirs.end(&our_half).unwrap());
        for secret in ["", "a token", "sixteen letters.", "more than sixteen letters"] {
            let encrypted = ours.encrypt(secret.as_bytes()).unwrap();
            let decrypted = theirs.decrypt(&encrypted.start, encrypted.text).unwrap();
            assert_eq!(&*decrypted, secret.as_bytes());
        }
    }

    #[test]
    fn derives_the_key_of_the_specification() {
        // HKDF (RFC 5869) with SHA-256, no salt and no info, of 127 zeros and a 1; by Python's hmac.
        let cipher = Exchange::begin().unwrap().end(&[1]).unwrap();
        assert_eq!(*cipher.key, KEY_OF_ONE);
    }

    #[test]
    fn rejects_text_of_another_session() {
        let (one, other) = (Exchange::begin().unwrap(), Exchange::begin().unwrap());
        let their_half = other.public.clone();
        let cipher = one.end(&their_half).unwrap();
        assert!(cipher.decrypt(&[0; BLOCK_BYTES], vec![7; 15]).is_none(), "half a block");
        assert!(cipher.decrypt(&[0; 3], vec![7; 16]).is_none(), "a start that is too short");
        assert!(cipher.decrypt(&[], Vec::new()).is_none(), "nothing");
    }

    const KEY_OF_ONE: [u8; BLOCK_BYTES] =
        [0xe9, 0xdd, 0x7e, 0x34, 0x5f, 0xdb, 0x5e, 0x13, 0xc1, 0x5d, 0xc2, 0xf3, 0xd9, 0xb6, 0x29, 0x4f];
}
