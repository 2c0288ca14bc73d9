//! Values as bytes that are read back only as what they were written.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The version that wrote some bytes: another may mean other numbers by them.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Bytes of a SHA-256.
const HASH: usize = 32;

/// Why bytes cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SealError {
    /// They are not what they are taken for, or were written by another version.
    #[error("these bytes are no {what} of capbind {VERSION}")]
    Foreign {
        /// What was expected.
        what: &'static str,
    },
    /// They are not as they were written: cut short or changed.
    #[error("the bytes of this {what} are damaged")]
    Damaged {
        /// What was expected.
        what: &'static str,
    },
}

/// A SHA-256, shown in hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
pub struct Fingerprint([u8; HASH]);

impl Fingerprint {
    /// The fingerprint of what a value serialises to, of a kind, and of the version.
    pub fn of(what: &'static str, value: &impl Serialize) -> Self {
        let mut hash = Sha256::new();
        hash.update(header(what));
        hash.update(packed(value));
        Self(hash.finalize().into())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; HASH] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A value as bytes: what it is, the version, the value, and the SHA-256 of all that.
pub fn seal(what: &'static str, value: &impl Serialize) -> Vec<u8> {
    let mut bytes = header(what);
    bytes.extend(packed(value));
    let hash = Sha256::digest(&bytes);
    bytes.extend(hash);
    bytes
}

/// Reads what [`seal`] wrote.
///
/// # Errors
/// Where it did not, or not this version.
pub fn unseal<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, SealError> {
    let Some(rest) = bytes.strip_prefix(header(what).as_slice()) else {
        return Err(SealError::Foreign { what });
    };
    let damaged = SealError::Damaged { what };
    let end = bytes.len().checked_sub(HASH).ok_or(damaged.clone())?;
    let body = rest.len().checked_sub(HASH).ok_or(damaged.clone())?;
    if Sha256::digest(&bytes[..end])[..] != bytes[end..] {
        return Err(damaged);
    }
    postcard::from_bytes(&rest[..body]).map_err(|_| damaged)
}

fn header(what: &'static str) -> Vec<u8> {
    format!("capbind {VERSION} {what}\n").into_bytes()
}

fn packed(value: &impl Serialize) -> Vec<u8> {
    // Only a map of unknown length or an input that ends cannot be written.
    postcard::to_stdvec(value).expect("values of a run have known lengths")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_bytes_of_their_kind_are_read() {
        let bytes = seal("list", &vec![1.5, f64::INFINITY]);
        assert_eq!(unseal::<Vec<f64>>("list", &bytes).unwrap()[0], 1.5);
        let foreign = SealError::Foreign { what: "part" };
        assert_eq!(unseal::<Vec<f64>>("part", &bytes), Err(foreign));
        for i in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            assert!(unseal::<Vec<f64>>("list", &changed).is_err(), "byte {i}");
            assert!(
                unseal::<Vec<f64>>("list", &bytes[..i]).is_err(),
                "cut at {i}"
            );
        }
    }

    #[test]
    fn equal_values_have_one_fingerprint() {
        let of = |value: f64| Fingerprint::of("number", &value);
        assert_eq!(of(1.5), of(1.5));
        assert_ne!(of(1.5), of(1.5000000000000002));
        assert_ne!(of(1.5), Fingerprint::of("other", &1.5));
        assert_eq!(of(1.5).to_string().len(), 64);
    }
}
