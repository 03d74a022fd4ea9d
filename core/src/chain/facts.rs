//! What is known of a chain beyond its links.

use std::collections::{BTreeMap, BTreeSet};

use super::ProofLevel;
use crate::digest::Digest;
use crate::grant::Grant;
use crate::identity::Name;
use crate::time::Timestamp;

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

/// What the holder has shown of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Nothing.
    No,
    /// It has the key.
    Key,
    /// It has the key, and means this very call.
    Call,
}
