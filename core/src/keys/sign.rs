//! Signing: with a key in memory, or whatever service the host has.

use std::fmt;

use ed25519_dalek::Signer as _;

use super::{Key, decode, encode};
use crate::error::{Error, ErrorKind};
use crate::json::{Object, Value};

/// Whoever can sign: a [`SigningKey`], or the host's key service.
///
/// ```
/// use bailiwick::{Error, Key, Signer, SigningKey};
/// struct Vault(SigningKey); // in earnest: a client of the key service
/// impl Signer for Vault {
///     fn key(&self) -> &Key { self.0.key() }
///     fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> { self.0.sign(message) }
/// }
/// assert_eq!(Vault(SigningKey::ed25519([7; 32])).sign(b"text")?.len(), 64);
/// # Ok::<(), Error>(())
/// ```
pub trait Signer {
    /// The public half.
    fn key(&self) -> &Key;
    /// The issuer this key is published by, for one who may begin chains.
    fn issuer(&self) -> Option<&str> {
        None
    }
    /// The signature of the message, in the form JWS has it: 64 bytes for Ed25519, `r || s` for ECDSA.
    ///
    /// # Errors
    /// Whatever the host's key service says.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A private key, kept in memory and wiped when dropped: Ed25519 or P-256 (deterministic ECDSA, RFC 6979).
///
/// ```
/// use bailiwick::SigningKey;
/// let key = SigningKey::ed25519([7; 32]); // in earnest: 32 bytes of the system's randomness
/// assert!(!format!("{key:?}").contains('7'));
/// ```
pub struct SigningKey {
    public: Key,
    issuer: Option<String>,
    secret: Secret,
}

enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

impl SigningKey {
    /// An Ed25519 key from its 32 secret bytes.
    ///
    /// ```
    /// use bailiwick::{Algorithm, Signer, SigningKey};
    /// assert_eq!(SigningKey::ed25519([7; 32]).key().algorithm(), Algorithm::EdDsa);
    /// ```
    #[must_use]
    pub fn ed25519(secret: [u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&secret);
        let x = encode(&key.verifying_key().to_bytes());
        let public = public([("crv", "Ed25519"), ("kty", "OKP"), ("x", &x)]);
        Self { public, issuer: None, secret: Secret::Ed25519(Box::new(key)) }
    }

    /// A P-256 key from its 32 secret bytes, big-endian.
    ///
    /// ```
    /// use bailiwick::{Algorithm, Signer, SigningKey};
    /// assert_eq!(SigningKey::p256([7; 32])?.key().algorithm(), Algorithm::Es256);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.invalid` for zero and for what is not below the order of the group.
    pub fn p256(secret: [u8; 32]) -> Result<Self, Error> {
        let key = p256::ecdsa::SigningKey::from_slice(&secret).map_err(|_| Error::new(ErrorKind::Key, "not a scalar of P-256"))?;
        let point = key.verifying_key().to_sec1_bytes();
        let (x, y) = (encode(point.get(1..33).unwrap_or_default()), encode(point.get(33..).unwrap_or_default()));
        let public = public([("crv", "P-256"), ("kty", "EC"), ("x", &x), ("y", &y)]);
        Ok(Self { public, issuer: None, secret: Secret::P256(Box::new(key)) })
    }

    /// A private JWK of one of these kinds.
    ///
    /// ```
    /// // RFC 8037, appendix A.1
    /// let key = bailiwick::SigningKey::from_json(r#"{"kty": "OKP", "crv": "Ed25519",
    ///     "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; `key.invalid` for another kind of key, or when the public half is not that of the private.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let invalid = |why: &str| Error::new(ErrorKind::Key, why);
        let jwk = Value::parse(text)?;
        let member = |name: &str| jwk.get(name).and_then(Value::as_str);
        let is_ed25519 = match (member("kty"), member("crv")) {
            (Some("OKP"), Some("Ed25519")) => true,
            (Some("EC"), Some("P-256")) => false,
            _ => return Err(invalid("only Ed25519 and P-256 keys sign")),
        };
        let secret = member("d").and_then(decode).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or_else(|| invalid("`d` is not 32 bytes"))?;
        let mut key = if is_ed25519 { Self::ed25519(secret) } else { Self::p256(secret)? };
        if ["x", "y"].into_iter().any(|name| jwk.get(name).is_some_and(|value| key.public.public.get(name) != Some(value))) {
            return Err(invalid("the public half is not that of the private"));
        }
        if let Some(id) = member("kid") {
            key = key.with_id(id);
        }
        Ok(key)
    }

    /// The same, with the `kid` its issuer publishes it under.
    ///
    /// ```
    /// use bailiwick::{Signer, SigningKey};
    /// assert_eq!(SigningKey::ed25519([7; 32]).with_id("2026-11").key().id(), Some("2026-11"));
    /// ```
    #[must_use]
    pub fn with_id(mut self, id: &str) -> Self {
        self.public.id = Some(id.to_owned());
        self.public.public.insert("kid".to_owned(), Value::String(id.to_owned()));
        self
    }

    /// The same, of an issuer that may begin chains.
    ///
    /// ```
    /// use bailiwick::{Signer, SigningKey};
    /// assert_eq!(SigningKey::ed25519([7; 32]).with_issuer("https://idp.example").issuer(), Some("https://idp.example"));
    /// ```
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.to_owned());
        self
    }
}

impl Signer for SigningKey {
    fn key(&self) -> &Key {
        &self.public
    }

    fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(match &self.secret {
            Secret::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.algorithm)
    }
}

/// The public half, read back as anybody would read it.
fn public<const N: usize>(members: [(&str, &str); N]) -> Key {
    let jwk: Object = members.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value.to_owned()))).collect();
    Key::read(&Value::Object(jwk)).unwrap_or_else(|why| unreachable!("a key of ours is not one: {why}"))
}
