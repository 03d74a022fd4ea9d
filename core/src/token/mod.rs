//! The formats chains arrive in, and the one model they are read into. A codec verifies every signature of what it
//! reads, says how much the format can prove, and what it does not tell.

mod actors;
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

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::grant::Grant;
use crate::catalog::Catalog;
use crate::chain::trust::TrustStore;
use crate::chain::verify::LINKS_MAX;
use crate::chain::{Link, ProofLevel};
use crate::digest::Digest;
use crate::error::Error;
use crate::identity::{Name, Origin};
use crate::json;
use crate::keys::jws::Jws;
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

pub(crate) use export::export;
pub use export::{ExportFormat, Exported};
pub(crate) use native::{THUMBPRINT_URI, reauthorization};

/// Most bytes of tokens in one chain (AAT-01, limits).
const CHAIN_BYTES_MAX: usize = 256 << 10;

/// A chain as it was signed elsewhere: the tokens, and the format they are in. It proves nothing until an engine has
/// verified it against a [`crate::TrustStore`].
///
/// ```
/// use bailiwick::Evidence;
/// let evidence = Evidence::from_json(r#"{"format": "access_token", "token": "eyJhbGciOiJFZERTQSJ9.e30.c2ln"}"#)?;
/// assert_eq!(evidence.format(), "access_token");
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Evidence(Arc<Tokens>);

#[derive(PartialEq)]
struct Tokens {
    document: Document,
    /// Over the document: what verified chains are remembered by.
    digest: Digest,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "snake_case", deny_unknown_fields)]
enum Document {
    Native { links: Vec<String> },
    Aat { tokens: Vec<String> },
    AccessToken(Exchanged),
    IdToken(Exchanged),
    Entra { token: String },
    IdJag { token: String },
    TxnToken { token: String },
    JwtSvid { token: String },
    Wit { token: String },
}

/// A token, and the one it was exchanged for.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchanged {
    token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
}

impl Evidence {
    /// Reads a document of one of the formats; `FORMATS.md` says what each needs.
    ///
    /// ```
    /// assert!(bailiwick::Evidence::from_json(r#"{"format": "smoke_signals"}"#).is_err());
    /// ```
    ///
    /// # Errors
    /// `json.malformed`. Whether the tokens are any good is found when they are verified.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        json::read(text)
    }

    /// The document, to hand to another process.
    ///
    /// ```
    /// use bailiwick::Evidence;
    /// let text = r#"{"format":"native","links":["eyJhbGciOiJFZERTQSJ9.e30.c2ln"]}"#;
    /// assert_eq!(Evidence::from_json(text)?.to_json(), text);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        json::canonical(self)
    }

    /// The name of the format.
    ///
    /// ```
    /// use bailiwick::Evidence;
    /// assert_eq!(Evidence::from_json(r#"{"format": "native", "links": []}"#)?.format(), "native");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn format(&self) -> &'static str {
        match &self.0.document {
            Document::Native { .. } => "native",
            Document::Aat { .. } => "aat",
            Document::AccessToken(_) => "access_token",
            Document::IdToken(_) => "id_token",
            Document::Entra { .. } => "entra",
            Document::IdJag { .. } => "id_jag",
            Document::TxnToken { .. } => "txn_token",
            Document::JwtSvid { .. } => "jwt_svid",
            Document::Wit { .. } => "wit",
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        self.0.digest
    }

    /// How long its tokens are together.
    pub(crate) fn bytes(&self) -> usize {
        self.tokens().iter().map(|token| token.len()).sum()
    }

    /// Every token, those it was exchanged for included.
    fn tokens(&self) -> Vec<&String> {
        match &self.0.document {
            Document::Native { links: tokens } | Document::Aat { tokens } => tokens.iter().collect(),
            Document::AccessToken(Exchanged { token, parent }) | Document::IdToken(Exchanged { token, parent }) => {
                std::iter::once(token).chain(parent).collect()
            }
            Document::Entra { token }
            | Document::IdJag { token }
            | Document::TxnToken { token }
            | Document::JwtSvid { token }
            | Document::Wit { token } => vec![token],
        }
    }

    /// The token a proof of possession names by its hash, and the claim that names it; of signed links, the last.
    pub(crate) fn bound_token(&self) -> Option<(&'static str, &str)> {
        match &self.0.document {
            Document::Native { links: tokens } | Document::Aat { tokens } => tokens.last().map(|token| ("ath", token.as_str())),
            Document::AccessToken(Exchanged { token, .. })
            | Document::IdToken(Exchanged { token, .. })
            | Document::Entra { token }
            | Document::JwtSvid { token }
            | Document::IdJag { token } => Some(("ath", token)),
            Document::TxnToken { token } => Some(("tth", token)),
            Document::Wit { token } => Some(("wth", token)),
        }
    }

    /// Whether each link is signed by itself.
    pub(crate) fn is_of_links(&self) -> bool {
        matches!(self.0.document, Document::Native { .. } | Document::Aat { .. })
    }

    /// A workload's identity token.
    pub(crate) fn of_wit(token: &str) -> Self {
        Self::of(Document::Wit { token: token.to_owned() })
    }

    /// The signed links, for a chain whose links are each signed.
    pub(crate) fn native_links(&self) -> Option<&[String]> {
        match &self.0.document {
            Document::Native { links } => Some(links),
            _ => None,
        }
    }

    fn of(document: Document) -> Self {
        let digest = Digest::of("evidence", &document);
        Self(Arc::new(Tokens { document, digest }))
    }

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
        match &self.0.document {
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

impl fmt::Debug for Evidence {
    /// Tokens are not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evidence({} {})", self.format(), self.0.digest)
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.document.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Evidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Document::deserialize(deserializer).map(Self::of)
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

/// What is known of a chain beyond its links.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub proof: ProofLevel,
    /// Which agents are proven one by one, so that a policy may permit because of them.
    pub proven: Proven,
    /// Every hop is proven.
    pub complete: bool,
    /// What the origin's groups are called here, where their issuer calls them otherwise. The chain keeps the names that
    /// were signed.
    pub groups: Option<BTreeSet<Name>>,
    /// What the format did not tell, or what is odd; sorted.
    pub flags: BTreeSet<&'static str>,
    /// Who signed which hop: thumbprints.
    pub signers: Vec<(usize, String)>,
    /// The thumbprint of the holder's key.
    pub holder_key: Option<String>,
    /// The token counts only with proof of that key (RFC 9449 §7.1, WIMSE): whoever saw it could send it again.
    pub is_bound: bool,
    /// The lowest assurance anybody in the chain was vouched for with.
    pub assurance: Option<i64>,
    /// Which setting would let the token grant more, for the operator; empty when none would.
    pub ungranted: String,
    /// What the token says and nobody may decide on; for the record.
    pub claims: BTreeMap<String, String>,
    /// Of links that are signed one by one: the digests of their signing inputs.
    pub signed_links: Vec<Digest>,
    /// The ids of tokens this one was exchanged for: what revokes them revokes it.
    pub exchanged_for: Vec<Name>,
    /// Where a person gave more than the link before passed on.
    pub bases: Vec<Basis>,
}

/// Which agents of a chain are proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proven {
    None,
    Holder,
    All,
}

/// A new basis of authority: the origin's side gave this, at this hop.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    pub hop: usize,
    /// Names the re-authorization: what is drawn from its budgets is drawn under this, whoever signs the link.
    pub id: Name,
    pub method: String,
    pub grant: Grant,
    /// The thumbprint of the key it is signed with.
    pub signer: String,
    pub expires: Timestamp,
}

impl Facts {
    pub(crate) fn of(proof: ProofLevel) -> Self {
        let (proven, complete) = match proof {
            ProofLevel::Claimed => (Proven::None, false),
            ProofLevel::Attested => (Proven::Holder, false),
            ProofLevel::Sealed | ProofLevel::Linked | ProofLevel::Held => (Proven::All, true),
        };
        Self {
            proof,
            proven,
            complete,
            groups: None,
            flags: BTreeSet::new(),
            signers: Vec::new(),
            holder_key: None,
            is_bound: false,
            assurance: None,
            ungranted: String::new(),
            claims: BTreeMap::new(),
            signed_links: Vec::new(),
            exchanged_for: Vec::new(),
            bases: Vec::new(),
        }
    }
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
