//! SHA-256 digests over canonical text, and the keyed seal.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::json;

/// A SHA-256 digest, written `sha256:` and 64 hexadecimal digits.
///
/// ```
/// let digest = bailiwick::Digest::of_bytes(b"");
/// assert!(digest.to_string().starts_with("sha256:e3b0c442"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of the bytes as they are.
    ///
    /// ```
    /// use bailiwick::Digest;
    /// assert_ne!(Digest::of_bytes(b"a"), Digest::of_bytes(b"b"));
    /// ```
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    ///
    /// ```
    /// assert_eq!(bailiwick::Digest::of_bytes(b"").as_bytes()[0], 0xe3);
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Writes it as it is displayed.
    pub(crate) fn write(&self, text: &mut String) {
        text.push_str("sha256:");
        write_hex(&self.0, text);
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of a value's canonical text, prefixed by what the value is, so that no two kinds of value
    /// can share a digest.
    pub(crate) fn of(kind: &str, value: &impl Serialize) -> Self {
        Self::of_bytes(format!("bailiwick/{kind}\0{}", json::canonical(value)).as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Digest {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not `sha256:` and 64 hexadecimal digits");
        let digits = text.strip_prefix("sha256:").ok_or_else(wrong)?;
        if digits.len() != 64 || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// Two digits a byte, lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    write_hex(bytes, &mut text);
    text
}

fn write_hex(bytes: &[u8], text: &mut String) {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
}

/// The secret with which one process seals its own chains and approvals (HMAC-SHA-256).
///
/// The core has no source of randomness: the host hands in 32 bytes of its operating system's. Whoever holds
/// the key can seal anything; keep it in the process and make a new one at every start.
///
/// ```
/// let key = bailiwick::SealKey::new([7; 32]); // in earnest: 32 random bytes
/// assert_eq!(format!("{key:?}"), "SealKey(..)");
/// ```
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// A key from 32 random bytes.
    ///
    /// ```
    /// let key = bailiwick::SealKey::new([7; 32]); // in earnest: 32 bytes of the system's randomness
    /// ```
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn seal(&self, kind: &str, value: &impl Serialize) -> Seal {
        Seal(Digest(self.mac(kind, value).finalize().into_bytes().into()))
    }

    pub(crate) fn holds(&self, seal: &Seal, kind: &str, value: &impl Serialize) -> bool {
        // `verify_slice` takes the same time whatever the seal says.
        self.mac(kind, value).verify_slice(seal.0.as_bytes()).is_ok()
    }

    fn mac(&self, kind: &str, value: &impl Serialize) -> Hmac<Sha256> {
        let mut key = [0; 64]; // SHA-256's block size: HMAC pads a shorter key with zeros itself
        key[..32].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(format!("bailiwick/{kind}\0{}", json::canonical(value)).as_bytes());
        mac
    }
}

/// Whether this is the HMAC of the message, with SHA-256, SHA-384 or SHA-512 by the size of the hash in bytes (JOSE's
/// HS256, HS384, HS512). Takes the same time whatever the code.
pub(crate) fn hmac_holds(size: usize, secret: &[u8], message: &[u8], code: &[u8]) -> bool {
    fn holds<M: Mac + KeyInit>(secret: &[u8], message: &[u8], code: &[u8]) -> bool {
        <M as KeyInit>::new_from_slice(secret).is_ok_and(|mac| mac.chain_update(message).verify_slice(code).is_ok())
    }
    match size {
        32 => holds::<Hmac<Sha256>>(secret, message, code),
        48 => holds::<Hmac<sha2::Sha384>>(secret, message, code),
        64 => holds::<Hmac<sha2::Sha512>>(secret, message, code),
        _ => false,
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// Proof that a value was made by the process that holds the [`SealKey`].
///
/// ```
/// assert!(bailiwick::doc::task().chain().seal.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal(Digest);

impl Seal {
    /// A seal that holds for nothing, until the value it stands in is sealed.
    pub(crate) fn blank() -> Self {
        Self(Digest([0; 32]))
    }
}
