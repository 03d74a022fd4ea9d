//! Evidence for each actor of an access token: `actor_proofs`, signed by the actors themselves, and `actor_receipts`,
//! signed by the servers that added them (draft-mcguinness-oauth-actor-profile and its companions). Newest first,
//! aligned with `act` from outside in, each bound to the next older by the hash of its whole text.

use super::oauth::actor;
use super::{Read, Reader};
use crate::chain::facts::Proven;
use crate::chain::profile::Format;
use crate::chain::{Link, ProofLevel};
use crate::digest::Digest;
use crate::json::Value;
use crate::keys::encode;
use crate::keys::jws::{Claims, Jws, principal, wrong};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// What a list of evidence is, and who signs its entries.
struct Kind {
    claim: &'static str,
    typ: &'static str,
    format: Format,
}

const KINDS: [Kind; 2] = [
    Kind { claim: "actor_proofs", typ: "actor-proof+jwt", format: Format::ActorProof },
    Kind { claim: "actor_receipts", typ: "actor-receipt+jwt", format: Format::ActorReceipt },
];

/// Entries were made one after the other, and a chain ends with the first of its links that does.
fn settle_times(links: &mut [Link]) {
    let mut ends: Option<Timestamp> = None;
    for link in links.iter_mut() {
        link.expires = ends.map_or(link.expires, |ends| ends.min(link.expires));
        ends = Some(link.expires);
    }
    let mut begun: Option<Timestamp> = None;
    for link in links.iter_mut().rev() {
        link.issued = begun.map_or(link.issued, |begun| begun.min(link.issued));
        begun = Some(link.issued);
    }
}

impl Reader<'_> {
    /// Verifies what evidence there is. When every actor is proven, each link is.
    pub(super) fn actor_evidence(&self, claims: &Claims, read: &mut Read) -> Result<(), Reason> {
        for kind in &KINDS {
            let Some(list) = claims.get(kind.claim) else { continue };
            let Value::Array(entries) = list else { return Err(wrong(kind.claim, "not a list")) };
            let texts: Option<Vec<&str>> = entries.iter().map(Value::as_str).collect();
            let texts = texts.ok_or_else(|| wrong(kind.claim, "not strings"))?;
            self.verify_entries(kind, &texts, read)?;
            settle_times(&mut read.links);
            if texts.len() == read.links.len() {
                read.facts.complete = true;
                read.facts.proven = Proven::All;
                read.facts.proof = ProofLevel::Linked;
            }
        }
        Ok(())
    }

    fn verify_entries(&self, kind: &Kind, texts: &[&str], read: &mut Read) -> Result<(), Reason> {
        if texts.len() > read.links.len() {
            return Err(Reason::new(Code::ChainTooLarge).because(format!("more {} than actors", kind.claim)));
        }
        let mut algorithm = None;
        for (index, text) in texts.iter().enumerate() {
            let hop = read.links.len() - 1 - index;
            let entry = self.verify_entry(kind, text, hop, read).map_err(|reason| reason.at(hop))?;
            let named = entry.claims.optional_text("prh_alg")?.map(str::to_owned);
            let all = algorithm.get_or_insert_with(|| named.clone());
            if *all != named || named.is_some_and(|named| named != "sha-256") {
                return Err(Reason::new(Code::ChainHashAlgorithm).at(hop));
            }
            let older = texts.get(index + 1).map(|older| encode(Digest::of_bytes(older.as_bytes()).as_bytes()));
            let says = entry.claims.optional_text("prh")?;
            // The last of an incomplete list may name one that is not here; it proves nothing of it.
            let is_cut = older.is_none() && hop > 0;
            if !is_cut && says != older.as_deref() {
                return Err(Reason::new(Code::ChainParentHash).at(hop));
            }
        }
        Ok(())
    }

    fn verify_entry<'t>(&self, kind: &Kind, text: &'t str, hop: usize, read: &mut Read) -> Result<Jws<'t>, Reason> {
        let jws = Jws::read(text)?;
        jws.expect_type(&[kind.typ])?;
        let claims = &jws.claims;
        let anchor = self.trust.anchor(claims.text("iss")?, kind.format)?;
        let signer = anchor.verify(&jws, kind.format)?.thumbprint().to_owned();
        let link = read.links.get_mut(hop).ok_or_else(|| Reason::new(Code::ChainTooLarge))?;
        let namespace = claims.optional_text("sub_iss")?.unwrap_or(read.origin.id.issuer.as_str());
        let subject = principal(namespace, claims.text("sub")?, claims.optional_text("tenant")?)?;
        if subject != read.origin.id {
            return Err(Reason::new(Code::ChainOriginMismatch).because(format!("evidence for `{subject}`")));
        }
        let named = match kind.format {
            // A server names the actor it added.
            Format::ActorReceipt => {
                let act = claims.optional_object("act")?.ok_or_else(|| crate::keys::jws::missing("act"))?;
                anchor.check_origin(&read.origin.id.issuer)?;
                anchor.check_actor(&link.delegate.id.issuer)?;
                actor(act, read.origin.id.issuer.as_str())?.0 == link.delegate.id
            }
            // An actor speaks for itself.
            _ => claims.text("iss")? == link.delegate.id.subject.as_str(),
        };
        if !named {
            return Err(Reason::new(Code::ChainAlignment).because(format!("evidence of another than `{}`", link.delegate.id)));
        }
        if claims.get("aud").is_some() {
            self.trust.check_audience(anchor, &claims.texts("aud")?, kind.format)?;
        }
        let expires = claims.date("exp")?;
        let issued = claims.optional_date("iat")?;
        // Cut-offs count from the oldest word on a hop; none of them counts before its time.
        link.issued = issued.map_or(link.issued, |issued| link.issued.min(issued));
        link.not_before = link.not_before.max(issued).max(claims.optional_date("nbf")?);
        link.expires = link.expires.min(expires);
        read.facts.signers.push((hop, signer));
        Ok(jws)
    }
}
