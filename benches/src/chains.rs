//! Signed chains of up to eight links, as two processes hand them on.

use std::error::Error;

use bailiwick::{
    Agent, Catalog, Engine, Evidence, Grant, Handover, Origin, Registry, Revocations, SealKey, Signer, SigningKey, Start, Task, Timestamp,
    TrustStore, World, doc,
};

const IDP: &str = "https://idp.example";

/// An engine that trusts one issuer, and a chain of each length.
#[derive(Debug)]
pub struct Chains {
    engine: Engine,
    registry: Registry,
    revocations: Revocations,
    /// The same anchors twice, under two digests: what was verified under one is verified anew under the other.
    trust: [TrustStore; 2],
    evidence: Vec<Evidence>,
    key: fn(u8) -> Result<SigningKey, bailiwick::Error>,
}

impl Chains {
    /// Chains whose links are signed with Ed25519, or with ES256.
    ///
    /// # Errors
    /// When the engine refuses what this module made.
    pub fn new(is_es256: bool) -> Result<Self, Box<dyn Error>> {
        let key: fn(u8) -> Result<SigningKey, bailiwick::Error> =
            if is_es256 { |hop| SigningKey::p256([hop + 1; 32]) } else { |hop| Ok(SigningKey::ed25519([hop + 1; 32])) };
        let issuer = key(100)?.with_id("k1").with_issuer(IDP);
        let jwk = serde_json::to_string(issuer.key())?;
        let trust = |audience: &str| {
            TrustStore::from_json(&format!(
                r#"{{"audiences": ["{audience}"], "issuers": [{{"issuer": "{IDP}", "keys": {{"keys": [{jwk}]}}, "formats": ["native"], "actors": ["https://agents.example"]}}]}}"#
            ))
        };
        let mut chains = Self {
            engine: Engine::builder(SealKey::new([7; 32])).catalog(Catalog::from_json(doc::CATALOG)?).build()?,
            registry: Registry::empty(),
            revocations: Revocations::none(doc::now(), 300_000),
            trust: [trust("a")?, trust("b")?],
            evidence: Vec::new(),
            key,
        };
        let agent = |hop: u8| Agent::new("https://agents.example", &format!("agent-{hop}"));
        let start = Start::new("bench", Origin::user(IDP, "alice")?, agent(0)?).key(key(0)?.key().clone()).depth_max(16);
        chains.evidence.push(chains.engine.begin(start, &chains.world(0))?.export(&issuer)?.evidence);
        for hop in 1..8 {
            let task = chains.resume(usize::from(hop), 0)?;
            let handover = Handover::new(agent(hop)?, Grant::of_actions(["erp.pay", "read"])).key(key(hop)?.key().clone());
            let child = task.delegate(handover, &chains.world(0))?.task;
            chains.evidence.push(child.export(&key(hop - 1)?)?.evidence);
        }
        Ok(chains)
    }

    fn world(&self, epoch: usize) -> World<'_> {
        let world = World::new(&self.registry, now()).with_revocations(&self.revocations);
        match self.trust.get(epoch % 2) {
            Some(trust) => world.with_trust(trust),
            None => world,
        }
    }

    /// Verifies the chain of so many links, under the anchors of this epoch. The same epoch as the last time: it is
    /// remembered; another: it is verified anew.
    ///
    /// # Errors
    /// When it does not verify.
    pub fn resume(&self, links: usize, epoch: usize) -> Result<Task, bailiwick::Error> {
        let chain = self.evidence.get(links - 1).cloned().ok_or_else(|| bailiwick::Error::new(bailiwick::ErrorKind::Usage, "no such chain"))?;
        self.engine.resume(chain, &self.world(epoch))
    }

    /// A chain's document, as it crosses processes.
    #[must_use]
    pub fn document(&self, links: usize) -> String {
        self.evidence.get(links - 1).map(Evidence::to_json).unwrap_or_default()
    }

    /// A task that is one link longer than the chain of so many, to mint that link's token from, and who signs it.
    ///
    /// # Errors
    /// When the chain does not verify.
    pub fn child(&self, links: usize) -> Result<(Task, SigningKey), Box<dyn Error>> {
        let handover = Handover::new(Agent::new("https://agents.example", "next")?, Grant::of_actions(["erp.pay"]));
        let child = self.resume(links, 0)?.delegate(handover, &self.world(0))?.task;
        Ok((child, (self.key)(u8::try_from(links - 1)?)?))
    }
}

fn now() -> Timestamp {
    doc::now()
}
