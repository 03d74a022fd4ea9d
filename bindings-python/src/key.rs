//! A private key, as Python holds it: what goes in does not come out.

use bailiwick::{Error, ErrorKind, Signer};
use pyo3::prelude::*;

use crate::convert;
use crate::raise::{As, raising};

/// A private key, wiped when it is dropped.
#[pyclass(frozen, module = "bailiwick._native")]
pub(crate) struct SigningKey(pub(crate) bailiwick::SigningKey);

#[pymethods]
impl SigningKey {
    /// A key of a private JWK.
    #[new]
    fn new(py: Python<'_>, jwk: &Bound<'_, PyAny>, issuer: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        raising(py, As::Calling, || {
            let key = convert::read_as(jwk, "jwk", bailiwick::SigningKey::from_json)?;
            Ok(Self(match issuer {
                Some(issuer) => key.with_issuer(&convert::text(issuer, "issuer")?),
                None => key,
            }))
        })
    }

    /// The public half, as a JWK in JSON.
    fn public(&self, py: Python<'_>) -> PyResult<String> {
        raising(py, As::Calling, || serde_json::to_string(self.0.key()).map_err(|error| Error::new(ErrorKind::Json, error.to_string())))
    }

    /// The thumbprint of the public half (RFC 7638).
    #[getter]
    fn thumbprint(&self) -> &str {
        self.0.key().thumbprint()
    }
}
