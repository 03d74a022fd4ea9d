//! A private key, as JavaScript holds it: what goes in does not come out.

use bailiwick::{Error, ErrorKind, Signer};
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use crate::convert;
use crate::raise::raising;

/// A private key, wiped when it is dropped.
#[napi]
pub struct SigningKey(pub(crate) bailiwick::SigningKey);

#[napi]
impl SigningKey {
    /// A key of a private JWK.
    #[napi(constructor)]
    pub fn new(jwk: Unknown<'_>, issuer: Option<Unknown<'_>>) -> napi::Result<Self> {
        raising(|| {
            let key = convert::read(&jwk, "jwk", bailiwick::SigningKey::from_json)?;
            Ok(Self(match issuer {
                Some(issuer) => key.with_issuer(&convert::text(&issuer, "issuer")?),
                None => key,
            }))
        })
    }

    /// The public half, as a JWK in JSON.
    #[napi]
    pub fn public_jwk(&self) -> napi::Result<String> {
        raising(|| serde_json::to_string(self.0.key()).map_err(|error| Error::new(ErrorKind::Json, error.to_string())))
    }

    /// The thumbprint of the public half (RFC 7638).
    #[napi]
    pub fn thumbprint(&self) -> String {
        self.0.key().thumbprint().to_owned()
    }
}
