//! Chains as they were signed elsewhere: tokens, and the format they are in.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest::Digest;
use crate::error::Error;
use crate::json;

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
pub(crate) struct Tokens {
    document: Document,
    /// Over the document: what verified chains are remembered by.
    digest: Digest,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Document {
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
pub(crate) struct Exchanged {
    pub token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
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
    pub(crate) fn tokens(&self) -> Vec<&String> {
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

    pub(crate) fn document(&self) -> &Document {
        &self.0.document
    }

    pub(crate) fn of(document: Document) -> Self {
        let digest = Digest::of("evidence", &document);
        Self(Arc::new(Tokens { document, digest }))
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
