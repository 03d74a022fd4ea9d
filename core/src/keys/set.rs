//! Sets of keys, as issuers publish them.

use super::{Key, PRIVATE};
use crate::json::Value;

/// Most keys in a set: an issuer that rotates daily and keeps three months.
const KEYS_MAX: usize = 128;

/// A JWK Set (RFC 7517 §5), as the host fetched it. No two keys share a `kid`; keys of unknown kinds are passed over.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySet {
    keys: Vec<Key>,
    /// The `kid` of keys we cannot use, and why: a token of theirs is told from one of an unknown key.
    unusable: Vec<(String, String)>,
}

/// Why no key of a set fits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoKey {
    Unknown,
    Unusable(String),
}

impl KeySet {
    /// Reads `{"keys": […]}`. The error's first part tells an ambiguous set from one that is otherwise not right.
    pub(crate) fn read(document: &Value) -> Result<Self, (bool, String)> {
        let invalid = |why: String| (false, why);
        let Some(Value::Array(jwks)) = document.get("keys") else { return Err(invalid("a key set is `{\"keys\": […]}`".to_owned())) };
        if jwks.len() > KEYS_MAX {
            return Err(invalid(format!("more than {KEYS_MAX} keys")));
        }
        let mut set = Self::default();
        let mut ids = std::collections::BTreeSet::new();
        for (index, jwk) in jwks.iter().enumerate() {
            let id = jwk.get("kid").and_then(Value::as_str);
            if let Some(id) = id.filter(|id| !ids.insert(*id)) {
                return Err((true, format!("two keys have the kid `{id}`")));
            }
            // Whatever kind it is of: an issuer that publishes a private key has none any more.
            if let Some(private) = PRIVATE.iter().find(|name| jwk.get(name).is_some()) {
                return Err(invalid(format!("key {index}: `{private}` is part of a private key")));
            }
            let kind = jwk.get("kty").and_then(Value::as_str).unwrap_or_default();
            let unknown = match kind {
                "OKP" => jwk.get("crv").and_then(Value::as_str) != Some("Ed25519"),
                "EC" => !matches!(jwk.get("crv").and_then(Value::as_str), Some("P-256" | "P-384")),
                other => !matches!(other, "RSA" | "oct"),
            };
            // Issuers publish keys for encryption and for curves of tomorrow beside those we can use.
            let other_use = matches!(jwk.get("use").and_then(Value::as_str), Some("enc"));
            match Key::read(jwk) {
                Ok(key) => set.keys.push(key),
                Err(why) if unknown || other_use => set.unusable.push((id.unwrap_or_default().to_owned(), why)),
                Err(why) => return Err(invalid(format!("key {index}{}: {why}", id.map(|id| format!(" `{id}`")).unwrap_or_default()))),
            }
        }
        if set.keys.iter().any(Key::is_secret) && !set.keys.iter().all(Key::is_secret) {
            return Err(invalid("shared secrets beside public keys".to_owned()));
        }
        Ok(set)
    }

    /// A set of one key.
    pub(crate) fn of(jwk: &Value) -> Result<Self, String> {
        Ok(Self { keys: vec![Key::read(jwk)?], unusable: Vec::new() })
    }

    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key a header names. Without a `kid`, the only one there is.
    pub(crate) fn key(&self, id: Option<&str>) -> Result<&Key, NoKey> {
        match id {
            Some(id) => self.keys.iter().find(|key| key.id() == Some(id)).ok_or_else(|| {
                let unusable = self.unusable.iter().find(|(other, _)| other == id);
                unusable.map_or(NoKey::Unknown, |(_, why)| NoKey::Unusable(why.clone()))
            }),
            None => match (self.keys.as_slice(), self.unusable.is_empty()) {
                ([only], true) => Ok(only),
                _ => Err(NoKey::Unknown),
            },
        }
    }
}
