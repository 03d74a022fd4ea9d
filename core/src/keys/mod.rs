//! Keys and signatures. The one place where a signature is verified, and the only one that names a signature scheme.
//!
//! The algorithm is a property of the key, never of the token: a token that names another is refused before
//! anything is computed.

pub(crate) mod jws;
mod set;
mod sign;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier as _;
use rsa::signature::Verifier as _;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::digest::{Digest, hmac_holds};
use crate::error::{Error, ErrorKind};
use crate::json::{Object, Value};
pub(crate) use set::{KeySet, NoKey};
pub use sign::{Signer, SigningKey};

/// The namespace of agents that are known by their key alone (RFC 9278).
pub(crate) const THUMBPRINT_URI: &str = "urn:ietf:params:oauth:jwk-thumbprint:sha-256";

/// Members of a JWK that only a private key has (RFC 7518 §6; `k` of a shared secret is apart).
pub(crate) const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];
/// Smallest RSA modulus, in bits (RFC 7518 §3.3).
const RSA_BITS_MIN: usize = 2_048;
/// Largest RSA modulus, in bits: the largest issuers use; the work of one verification grows with its square.
const RSA_BITS_MAX: usize = 4_096;

/// A signature algorithm of JOSE (RFC 7518 §3.1, RFC 8037).
///
/// ```
/// use bailiwick::Algorithm;
/// assert_eq!("EdDSA".parse(), Ok(Algorithm::EdDsa));
/// assert!("none".parse::<Algorithm>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are JOSE's")]
pub enum Algorithm {
    EdDsa,
    Es256,
    Es384,
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    /// With a shared secret, as the next two: proves nothing to a third party, so no issuer of a [`crate::TrustStore`]
    /// may use it.
    Hs256,
    Hs384,
    Hs512,
}

impl Algorithm {
    const ALL: [Self; 12] = [
        Self::EdDsa,
        Self::Es256,
        Self::Es384,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
    ];

    /// The name in a JOSE header.
    ///
    /// ```
    /// assert_eq!(bailiwick::Algorithm::Es256.as_str(), "ES256");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }
}

impl Algorithm {
    /// The size of its hash.
    fn hash_bytes(self) -> usize {
        match self {
            Self::Es384 | Self::Rs384 | Self::Ps384 | Self::Hs384 => 48,
            Self::EdDsa | Self::Rs512 | Self::Ps512 | Self::Hs512 => 64,
            _ => 32,
        }
    }
}

impl std::str::FromStr for Algorithm {
    type Err = String;
    /// Case counts: `none`, `None` and `nOnE` are all unknown. `Ed25519` is the newer name for what `EdDSA` is here
    /// (RFC 9864).
    fn from_str(name: &str) -> Result<Self, String> {
        if name == "Ed25519" {
            return Ok(Self::EdDsa);
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name).ok_or_else(|| format!("unknown algorithm `{name}`"))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A public key, as a JWK (RFC 7517) says it. Its algorithm is fixed when it is read.
///
/// ```
/// use bailiwick::Key;
/// // RFC 8037, appendix A.2 and A.3
/// let key = Key::from_json(r#"{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
/// assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone)]
pub struct Key {
    id: Option<String>,
    usage: Option<String>,
    algorithm: Algorithm,
    thumbprint: String,
    public: Object,
    material: Material,
}

#[derive(Clone)]
enum Material {
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    P256(Box<p256::ecdsa::VerifyingKey>),
    P384(Box<p384::ecdsa::VerifyingKey>),
    Rsa(Box<rsa::RsaPublicKey>),
    Secret(Zeroizing<Vec<u8>>),
}

impl Key {
    /// Reads a public JWK.
    ///
    /// ```
    /// assert!(bailiwick::Key::from_json(r#"{"kty": "RSA", "n": "AQAB", "e": "AQ"}"#).is_err());
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; `key.invalid` for a key that is private, weak, of an unknown kind, or not on its curve.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let key = Self::read(&Value::parse(text)?).map_err(|why| Error::new(ErrorKind::Key, why))?;
        if key.is_secret() { Err(Error::new(ErrorKind::Key, "a shared secret is not a public key")) } else { Ok(key) }
    }

    /// The SHA-256 thumbprint (RFC 7638), base64url.
    ///
    /// ```
    /// use bailiwick::{Signer, SigningKey};
    /// assert_eq!(SigningKey::ed25519([7; 32]).key().thumbprint().len(), 43);
    /// ```
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The one algorithm this key is for.
    ///
    /// ```
    /// use bailiwick::{Algorithm, Signer, SigningKey};
    /// assert_eq!(SigningKey::ed25519([7; 32]).key().algorithm(), Algorithm::EdDsa);
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The `kid`, if it has one.
    ///
    /// ```
    /// use bailiwick::{Signer, SigningKey};
    /// assert_eq!(SigningKey::ed25519([7; 32]).key().id(), None);
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(crate) fn usage(&self) -> Option<&str> {
        self.usage.as_deref()
    }

    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.material, Material::Secret(_))
    }

    /// **The one place where signatures are verified.** Ed25519 strictly: no small-order keys or points, no `S`
    /// beyond the group order (`verify_strict`). ECDSA signatures are `r || s` of exactly the curve's size.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Ed25519(key) => {
                ed25519_dalek::Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
            }
            Material::P256(key) => p256::ecdsa::Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Material::P384(key) => p384::ecdsa::Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Material::Rsa(key) => verify_rsa(self.algorithm, key, message, signature),
            Material::Secret(secret) => hmac_holds(self.algorithm.hash_bytes(), secret, message, signature),
        }
    }

    /// Reads a JWK, public or a shared secret.
    pub(crate) fn read(jwk: &Value) -> Result<Self, String> {
        let Value::Object(members) = jwk else { return Err("a key must be an object".to_owned()) };
        let text = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(format!("`{name}` must be a string")),
        };
        if let Some(private) = PRIVATE.into_iter().find(|name| members.contains_key(*name)) {
            return Err(format!("`{private}` is part of a private key"));
        }
        if let Some(operations) = members.get("key_ops") {
            let verifies = matches!(operations, Value::Array(items) if items.iter().any(|item| item.as_str() == Some("verify")));
            if !verifies {
                return Err("`key_ops` does not list `verify`".to_owned());
            }
        }
        let named = text("alg")?.map(str::parse::<Algorithm>).transpose()?;
        let bytes =
            |name: &str| decode(text(name)?.ok_or_else(|| format!("`{name}` is missing"))?).ok_or_else(|| format!("`{name}` is not base64url"));
        let kind = text("kty")?.unwrap_or_default();
        let (material, fits, required): (_, &[Algorithm], &[&str]) = match (kind, text("crv")?) {
            ("OKP", Some("Ed25519")) => (ed25519(&bytes("x")?)?, &[Algorithm::EdDsa], &["crv", "kty", "x"]),
            ("EC", Some("P-256")) => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point(&bytes("x")?, &bytes("y")?, 32)?);
                (Material::P256(Box::new(key.map_err(|_| "not a point of P-256")?)), &[Algorithm::Es256], &["crv", "kty", "x", "y"])
            }
            ("EC", Some("P-384")) => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&point(&bytes("x")?, &bytes("y")?, 48)?);
                (Material::P384(Box::new(key.map_err(|_| "not a point of P-384")?)), &[Algorithm::Es384], &["crv", "kty", "x", "y"])
            }
            ("RSA", _) => {
                use Algorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
                (rsa_key(&bytes("n")?, &bytes("e")?)?, &[Rs256, Rs384, Rs512, Ps256, Ps384, Ps512], &["e", "kty", "n"])
            }
            ("oct", _) => {
                let secret = bytes("k")?;
                // As long as the hash, at least (RFC 7518 §3.2).
                let needed = named.map_or(32, Algorithm::hash_bytes);
                if secret.len() < needed {
                    return Err(format!("a secret of {} bytes is shorter than {needed}", secret.len()));
                }
                let material = Material::Secret(Zeroizing::new(secret));
                (material, &[Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512], &["k", "kty"])
            }
            (kind, curve) => return Err(format!("unknown kind of key `{kind}`{}", curve.map(|curve| format!(" `{curve}`")).unwrap_or_default())),
        };
        let algorithm = match (named, fits) {
            (Some(named), fits) if fits.contains(&named) => named,
            (Some(named), _) => return Err(format!("`{named}` is not an algorithm for this key")),
            (None, [first, ..]) => *first,
            (None, []) => return Err("a key without an algorithm".to_owned()),
        };
        let thumbprint = {
            let members: Object = required.iter().filter_map(|name| Some(((*name).to_owned(), members.get(*name)?.clone()))).collect();
            encode(Digest::of_bytes(Value::Object(members).canonical().as_bytes()).as_bytes())
        };
        let shown = ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"];
        let public = shown.iter().filter_map(|name| Some(((*name).to_owned(), members.get(*name)?.clone()))).collect();
        let (id, usage) = (text("kid")?.map(str::to_owned), text("use")?.map(str::to_owned));
        Ok(Self { id, usage, algorithm, thumbprint, public, material })
    }
}

fn ed25519(x: &[u8]) -> Result<Material, String> {
    let bytes: &[u8; 32] = x.try_into().map_err(|_| format!("`x` has {} bytes, not 32", x.len()))?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| "not a point of Ed25519")?;
    if key.is_weak() { Err("a point of small order".to_owned()) } else { Ok(Material::Ed25519(Box::new(key))) }
}

/// An uncompressed point; both coordinates have the size of the field, no more and no less (RFC 7518 §6.2.1.2).
fn point(x: &[u8], y: &[u8], size: usize) -> Result<Vec<u8>, String> {
    if x.len() != size || y.len() != size {
        return Err(format!("coordinates of {} and {} bytes, not {size}", x.len(), y.len()));
    }
    Ok([&[4], x, y].concat())
}

fn rsa_key(n: &[u8], e: &[u8]) -> Result<Material, String> {
    let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
    if n.first() == Some(&0) || !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
        return Err(format!("an RSA modulus of {bits} bits; {RSA_BITS_MIN} to {RSA_BITS_MAX} are accepted"));
    }
    if is_roca(n) {
        return Err("an RSA modulus with the ROCA weakness (CVE-2017-15361)".to_owned());
    }
    if e.first() == Some(&0) {
        return Err("an RSA exponent with leading zeros".to_owned());
    }
    // 65537 and its like; 1 and 3 have been the door to forgeries.
    let exponent = e.iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
    if !exponent.is_some_and(|exponent| exponent > 65_536 && exponent % 2 == 1 && exponent < 1 << 33) {
        return Err("an RSA exponent below 65537, even, or beyond 33 bits".to_owned());
    }
    let key = rsa::RsaPublicKey::new(rsa::BigUint::from_bytes_be(n), rsa::BigUint::from_bytes_be(e));
    key.map(|key| Material::Rsa(Box::new(key))).map_err(|error| error.to_string())
}

/// Whether a modulus looks like one of Infineon's: modulo each of these primes it is a power of 65537 (Nemec et al.,
/// "The Return of Coppersmith's Attack", 2017; the authors' published fingerprint). Chance: less than 1 in 2^80.
fn is_roca(n: &[u8]) -> bool {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139,
        149, 151, 157, 163, 167,
    ];
    PRIMES.into_iter().all(|prime| {
        let rest = n.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let mut power = 1;
        (0..prime).any(|_| {
            let hit = power == rest;
            power = power * 65_537 % prime;
            hit
        })
    })
}

fn verify_rsa(algorithm: Algorithm, key: &rsa::RsaPublicKey, message: &[u8], signature: &[u8]) -> bool {
    use rsa::sha2::{Sha256, Sha384, Sha512};
    use rsa::{pkcs1v15, pss};
    let key = key.clone();
    let plain = || pkcs1v15::Signature::try_from(signature).ok();
    let probabilistic = || pss::Signature::try_from(signature).ok();
    let verdict = match algorithm {
        Algorithm::Rs256 => plain().map(|it| pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(message, &it)),
        Algorithm::Rs384 => plain().map(|it| pkcs1v15::VerifyingKey::<Sha384>::new(key).verify(message, &it)),
        Algorithm::Rs512 => plain().map(|it| pkcs1v15::VerifyingKey::<Sha512>::new(key).verify(message, &it)),
        Algorithm::Ps256 => probabilistic().map(|it| pss::VerifyingKey::<Sha256>::new(key).verify(message, &it)),
        Algorithm::Ps384 => probabilistic().map(|it| pss::VerifyingKey::<Sha384>::new(key).verify(message, &it)),
        Algorithm::Ps512 => probabilistic().map(|it| pss::VerifyingKey::<Sha512>::new(key).verify(message, &it)),
        _ => None,
    };
    verdict.is_some_and(|verdict| verdict.is_ok())
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {})", self.algorithm, self.thumbprint)
    }
}

/// Two keys are one when their thumbprints are: `kid` and the like are labels.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.thumbprint == other.thumbprint && self.algorithm == other.algorithm
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.public.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = Self::read(&Value::deserialize(deserializer)?).map_err(D::Error::custom)?;
        if key.is_secret() { Err(D::Error::custom("a shared secret is not a public key")) } else { Ok(key) }
    }
}

/// Base64url without padding (RFC 7515 §2).
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The same back, strictly: no padding, no white space, no other alphabet, no bits left over.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_signs_only_its_key_verifies() {
        for key in [SigningKey::ed25519([7; 32]), SigningKey::p256([9; 32]).expect("a scalar")] {
            let signature = key.sign(b"message").expect("signs");
            let public = Key::from_json(&serde_json::to_string(key.key()).expect("a JWK")).expect("itself");
            assert_eq!(&public, key.key());
            assert!(public.verify(b"message", &signature) && !public.verify(b"massage", &signature));
            for bit in 0..signature.len() * 8 {
                let mut bent = signature.clone();
                bent[bit / 8] ^= 1 << (bit % 8);
                assert!(!public.verify(b"message", &bent), "{bit}");
            }
        }
    }

    #[test]
    fn base64url_has_one_spelling() {
        assert_eq!(decode("AQAB"), Some(vec![1, 0, 1]));
        for other in ["AQAB=", "AQ==", "AR", "AQ AB", "A+AB", "A/AB", "AQA\n", "A"] {
            assert_eq!(decode(other), None, "{other}");
        }
    }
}
