//! Compact JWS (RFC 7515), read strictly, and its claims (RFC 7519), typed.
//!
//! Nothing a token says about its own key is believed: keys and URLs in a header are refused, not ignored.

use crate::identity::{Name, PrincipalId};
use crate::json::{Object, Value};
use crate::keys::{Algorithm, Key, PRIVATE, decode};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// Largest token, in bytes (AAT-01, limits); a native link is below 2 KiB.
pub(crate) const TOKEN_BYTES_MAX: usize = 64 << 10;
/// Header members that carry or point to keys.
const HEADER_KEYS: [&str; 7] = ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "jwe"];

/// A token whose form is right. Its signature is not yet verified. `P` is its payload: claims, or whatever bytes.
#[derive(Debug)]
pub(crate) struct Jws<'t, P = Claims> {
    /// The whole token.
    pub text: &'t str,
    /// What is signed: header and payload as they were sent.
    pub signing_input: &'t str,
    pub algorithm: Algorithm,
    pub typ: Option<String>,
    pub kid: Option<String>,
    /// Every member of the header.
    pub header: Object,
    pub claims: P,
    signature: Vec<u8>,
}

impl<'t> Jws<'t> {
    pub(crate) fn read(text: &'t str) -> Result<Self, Reason> {
        Jws::parse(text, &[])?.with_claims()
    }

    /// A token whose issuer may name its certificate in the header; the issuer's profile says whether.
    pub(crate) fn read_of_issuer(text: &'t str) -> Result<Self, Reason> {
        Jws::parse(text, &["x5t", "x5t#S256"])?.with_claims()
    }

    /// A token of a format that has keys in headers ignored; nobody reads them.
    pub(crate) fn read_ignoring_keys(text: &'t str) -> Result<Self, Reason> {
        Jws::parse(text, &HEADER_KEYS)?.with_claims()
    }

    /// A proof of possession, whose header may carry the key it is made with (`DPoP`).
    pub(crate) fn read_proof(text: &'t str) -> Result<Self, Reason> {
        Jws::parse(text, &["jwk"])?.with_claims()
    }
}

impl<'t> Jws<'t, Vec<u8>> {
    fn with_claims(self) -> Result<Jws<'t>, Reason> {
        let Self { text, signing_input, algorithm, typ, kid, header, claims, signature } = self;
        Ok(Jws { text, signing_input, algorithm, typ, kid, header, claims: Claims(object(&claims)?), signature })
    }

    /// A token whose payload may be anything; `may_have` lets header members of keys pass, for the caller to judge.
    pub(crate) fn parse(text: &'t str, may_have: &[&str]) -> Result<Self, Reason> {
        let refused = |code, detail: &str| Err(Reason::new(code).because(detail));
        if text.len() > TOKEN_BYTES_MAX {
            return refused(Code::TokenTooLarge, &format!("at most {TOKEN_BYTES_MAX} bytes"));
        }
        let mut segments = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) = (segments.next(), segments.next(), segments.next(), segments.next()) else {
            return refused(Code::TokenFormat, "not three segments");
        };
        let signing_input = text.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        let Some(header) = decode(header) else { return refused(Code::TokenBase64, "") };
        let header = object(&header)?;
        if header.contains_key("crit") || header.contains_key("b64") {
            return refused(Code::TokenCritical, "");
        }
        let (Some(payload), Some(signature)) = (decode(payload), decode(signature)) else { return refused(Code::TokenBase64, "") };
        if let Some(name) = HEADER_KEYS.iter().find(|name| header.contains_key(**name) && !may_have.contains(name)) {
            return refused(Code::TokenHeaderKey, &format!("`{name}`"));
        }
        let member = |name: &str, code| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Reason::new(code).because(format!("`{name}` is not a string"))),
        };
        let algorithm = member("alg", Code::TokenAlgorithm)?.ok_or_else(|| Reason::new(Code::TokenAlgorithm).because("no `alg`"))?;
        let algorithm = algorithm.parse().map_err(|why: String| Reason::new(Code::TokenAlgorithm).because(why))?;
        let (typ, kid) = (member("typ", Code::TokenType)?, member("kid", Code::TokenKeyUnknown)?);
        Ok(Self { text, signing_input, algorithm, typ, kid, header, claims: payload, signature })
    }
}

impl<P> Jws<'_, P> {
    /// The `typ` is one of these; `""` stands for none. A media type may be written with `application/`.
    pub(crate) fn expect_type(&self, expected: &[&str]) -> Result<(), Reason> {
        let typ = self.typ.as_deref().unwrap_or_default();
        if expected.contains(&typ.strip_prefix("application/").unwrap_or(typ)) {
            Ok(())
        } else {
            Err(Reason::new(Code::TokenType).because(format!("`{typ}`, not one of {expected:?}")))
        }
    }

    /// The signature is this key's, by the algorithm the key is for.
    pub(crate) fn verify(&self, key: &Key) -> Result<(), Reason> {
        if self.algorithm != key.algorithm() {
            let detail = format!("the token says {}, the key is for {}", self.algorithm, key.algorithm());
            return Err(Reason::new(Code::TokenAlgorithm).because(detail));
        }
        if key.verify(self.signing_input.as_bytes(), &self.signature) { Ok(()) } else { Err(Reason::new(Code::TokenSignature)) }
    }
}

fn object(bytes: &[u8]) -> Result<Object, Reason> {
    let refused = |detail: &str| Err(Reason::new(Code::TokenJson).because(detail));
    let Ok(text) = std::str::from_utf8(bytes) else { return refused("not UTF-8") };
    match Value::parse(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => refused("not an object"),
        Err(error) => refused(&error.to_string()),
    }
}

/// Claims, read by name and type. `null` is a value of the wrong type, not an absent claim.
#[derive(Debug)]
pub(crate) struct Claims(pub Object);

impl Claims {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Reason> {
        self.optional_text(name)?.ok_or_else(|| missing(name))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, Reason> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "not a string")),
        }
    }

    pub(crate) fn name(&self, name: &str) -> Result<Name, Reason> {
        self.optional_name(name)?.ok_or_else(|| missing(name))
    }

    pub(crate) fn optional_name(&self, name: &str) -> Result<Option<Name>, Reason> {
        self.optional_text(name)?.map(|text| named(name, text)).transpose()
    }

    /// A `NumericDate`: whole seconds since the epoch. Strings, fractions and negative numbers have been read as
    /// "no limit" elsewhere (CVE-2026-25537); here they are refused.
    pub(crate) fn date(&self, name: &str) -> Result<Timestamp, Reason> {
        self.optional_date(name)?.ok_or_else(|| missing(name))
    }

    pub(crate) fn optional_date(&self, name: &str) -> Result<Option<Timestamp>, Reason> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Int(seconds)) if *seconds >= 0 => seconds
                .checked_mul(1_000)
                .and_then(Timestamp::from_millis)
                .map(Some)
                .ok_or_else(|| Reason::new(Code::ChainLifetime).because(format!("`{name}` is beyond the year 9999: milliseconds?"))),
            Some(_) => Err(wrong(name, "not whole seconds since the epoch")),
        }
    }

    pub(crate) fn small(&self, name: &str) -> Result<u8, Reason> {
        match self.0.get(name) {
            None => Err(missing(name)),
            Some(Value::Int(number)) => u8::try_from(*number).map_err(|_| wrong(name, "not between 0 and 255")),
            Some(_) => Err(wrong(name, "not an integer")),
        }
    }

    pub(crate) fn optional_bool(&self, name: &str) -> Result<bool, Reason> {
        match self.0.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(wrong(name, "not true or false")),
        }
    }

    /// A claim that is one string or a list of strings (`aud`).
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&str>, Reason> {
        match self.0.get(name) {
            None => Err(missing(name)),
            Some(Value::String(text)) => Ok(vec![text]),
            Some(Value::Array(items)) => items.iter().map(|item| item.as_str().ok_or_else(|| wrong(name, "not strings"))).collect(),
            Some(_) => Err(wrong(name, "not a string or a list of strings")),
        }
    }

    pub(crate) fn optional_texts(&self, name: &str) -> Result<Vec<&str>, Reason> {
        if self.0.contains_key(name) { self.texts(name) } else { Ok(Vec::new()) }
    }

    pub(crate) fn optional_object(&self, name: &str) -> Result<Option<&Value>, Reason> {
        match self.0.get(name) {
            None => Ok(None),
            Some(object @ Value::Object(_)) => Ok(Some(object)),
            Some(_) => Err(wrong(name, "not an object")),
        }
    }

    /// A claim that has one of our own shapes.
    pub(crate) fn shape<'c, T: serde::Deserialize<'c>>(&'c self, name: &str) -> Result<Option<T>, Reason> {
        self.0.get(name).map(|value| T::deserialize(value).map_err(|error| wrong(name, &error.to_string()))).transpose()
    }

    /// What `cnf` (RFC 7800) confirms: a whole, public, usable key in `jwk`, or its thumbprint in `jkt` (RFC 9449 §6.1).
    /// A kind of confirmation we cannot check would be none at all.
    pub(crate) fn confirmation(&self) -> Result<Confirmation, Reason> {
        let Some(confirmation) = self.optional_object("cnf")? else { return Ok(Confirmation::default()) };
        let refused = |why: String| Reason::new(Code::TokenConfirmation).because(why);
        if let Value::Object(members) = confirmation
            && let Some(unknown) = members.keys().find(|name| !["jwk", "jkt"].contains(&name.as_str()))
        {
            return Err(refused(format!("`{unknown}`")));
        }
        let key = confirmation.get("jwk").map(|jwk| {
            if let Some(private) = PRIVATE.iter().chain(&["k"]).find(|name| jwk.get(name).is_some()) {
                return Err(refused(format!("`{private}` is part of a private key")));
            }
            Key::read(jwk).map_err(refused)
        });
        let key = key.transpose()?;
        let named = match confirmation.get("jkt") {
            None => None,
            Some(Value::String(thumbprint)) => Some(thumbprint.clone()),
            Some(_) => return Err(refused("`jkt` is not a string".to_owned())),
        };
        match (key, named) {
            (None, None) => Err(refused("neither `jwk` nor `jkt`".to_owned())),
            (Some(key), Some(named)) if key.thumbprint() != named => Err(refused("`jwk` and `jkt` differ".to_owned())),
            (Some(key), _) => Ok(Confirmation { thumbprint: Some(key.thumbprint().to_owned()), key: Some(key) }),
            (None, thumbprint) => Ok(Confirmation { key: None, thumbprint }),
        }
    }
}

/// The holder's key, as a token confirms it: whole, or by its thumbprint, or not at all.
#[derive(Debug, Default)]
pub(crate) struct Confirmation {
    pub key: Option<Key>,
    pub thumbprint: Option<String>,
}

pub(crate) fn named(claim: &str, text: &str) -> Result<Name, Reason> {
    Name::try_from(text).map_err(|why| wrong(claim, &why))
}

pub(crate) fn principal(issuer: &str, subject: &str, tenant: Option<&str>) -> Result<PrincipalId, Reason> {
    let tenant = tenant.map(|tenant| named("tenant", tenant)).transpose()?;
    Ok(PrincipalId { issuer: named("iss", issuer)?, subject: named("sub", subject)?, tenant })
}

pub(crate) fn missing(claim: &str) -> Reason {
    Reason::new(Code::TokenClaimMissing).because(format!("`{claim}`"))
}

pub(crate) fn wrong(claim: &str, why: &str) -> Reason {
    Reason::new(Code::TokenClaimType).because(format!("`{claim}`: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::encode;

    fn code(header: &str, payload: &str) -> Option<Code> {
        let text = format!("{}.{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()), encode(b"signature"));
        Jws::read(&text).err().map(|reason| reason.code)
    }

    #[test]
    fn form_is_strict() {
        assert_eq!(code(r#"{"alg":"EdDSA"}"#, "{}"), None);
        assert_eq!(code(r#"{"alg":"none"}"#, "{}"), Some(Code::TokenAlgorithm));
        assert_eq!(code(r#"{"alg":"EdDSA","jwk":{}}"#, "{}"), Some(Code::TokenHeaderKey));
        assert_eq!(code(r#"{"alg":"EdDSA","crit":[]}"#, "{}"), Some(Code::TokenCritical));
        assert_eq!(code(r#"{"alg":"EdDSA"}"#, r#"{"a":1,"a":2}"#), Some(Code::TokenJson));
        assert_eq!(code(r#"{"alg":"EdDSA"}"#, "[]"), Some(Code::TokenJson));
        for text in ["", ".", "..", "a.b", "a.b.c.d.e", "{\"payload\":\"\"}"] {
            assert!(Jws::read(text).is_err(), "{text}");
        }
        assert_eq!(Jws::read(&"a".repeat(TOKEN_BYTES_MAX + 1)).err().map(|reason| reason.code), Some(Code::TokenTooLarge));
    }
}
