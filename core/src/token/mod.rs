//! The formats chains arrive in, and the one model they are read into. A codec verifies every signature of what it
//! reads, says how much the format can prove, and what it does not tell.

mod actors;
mod anchors;
mod attenuation;
mod details;
mod entra;
mod export;
#[cfg(test)]
mod laws;
mod native;
mod oauth;
pub(crate) mod possession;
pub(crate) mod presenter;
mod workload;

use crate::chain::evidence::{Document, Evidence};
use crate::chain::facts::Facts;

use crate::catalog::Catalog;
use crate::chain::Link;
use crate::chain::trust::TrustStore;
use crate::chain::verify::LINKS_MAX;
use crate::identity::{Name, Origin};
use crate::keys::jws::Jws;
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

pub(crate) use anchors::Anchors;
pub(crate) use export::export;
pub use export::{ExportFormat, Exported};
pub(crate) use native::reauthorization;

/// Most bytes of tokens in one chain (AAT-01, limits).
const CHAIN_BYTES_MAX: usize = 256 << 10;

impl Evidence {
    /// Verifies and reads.
    pub(crate) fn read(&self, trust: &TrustStore, catalog: &Catalog) -> Result<Read, Reason> {
        let tokens = self.tokens();
        if tokens.is_empty() {
            return Err(Reason::new(Code::ChainEmpty));
        }
        if tokens.len() > LINKS_MAX || self.bytes() > CHAIN_BYTES_MAX {
            return Err(Reason::new(Code::ChainTooLarge).because(format!("at most {LINKS_MAX} tokens of {CHAIN_BYTES_MAX} bytes together")));
        }
        let reader = Reader::new(trust, catalog);
        match &self.document() {
            Document::Native { links } => reader.native(links),
            Document::Aat { tokens } => reader.aat(tokens),
            Document::AccessToken(exchanged) => reader.exchanged(exchanged, Reader::access_token),
            Document::IdToken(exchanged) => reader.exchanged(exchanged, Reader::id_token),
            Document::Entra { token } => reader.entra(token),
            Document::IdJag { token } => reader.id_jag(token),
            Document::TxnToken { token } => reader.txn_token(token),
            Document::JwtSvid { token } => reader.jwt_svid(token),
            Document::Wit { token } => reader.wit(token),
        }
    }
}

/// What a codec made of evidence; every signature of it held.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub id: Name,
    pub origin: Origin,
    pub links: Vec<Link>,
    pub facts: Facts,
}

/// What codecs read against.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'r> {
    pub trust: &'r TrustStore,
    catalog: &'r Catalog,
    /// Also tokens for others: one that only bounds another was meant for whoever exchanged it.
    any_audience: bool,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(trust: &'r TrustStore, catalog: &'r Catalog) -> Self {
        Self { trust, catalog, any_audience: false }
    }
}

/// The times of a token: issued, not before, expires.
struct Times {
    issued: Timestamp,
    not_before: Option<Timestamp>,
    expires: Timestamp,
}

impl Times {
    fn of(jws: &Jws<'_>) -> Result<Self, Reason> {
        Ok(Self { issued: jws.claims.date("iat")?, not_before: jws.claims.optional_date("nbf")?, expires: jws.claims.date("exp")? })
    }
}
