//! What chains are for that were taken up before: a prompt is compiled once, however many requests come with its chain.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hashbrown::HashMap;

use super::pursuit::Pursuit;
use crate::digest::Digest;

/// Most that are kept: of the chains that come at the same time.
const COUNT_MAX: usize = 64;

/// Bytes of all that are kept, as far as they are estimated: a contract over a thousand tools has a few million.
const BYTES_MAX: usize = 64 << 20;

/// By the prompt and what the links make of it. Never locked: readers see a map as it was, writers put another in its place.
#[derive(Debug, Default)]
pub(crate) struct Resumed(ArcSwap<HashMap<Digest, Arc<Pursuit>>>);

impl Resumed {
    /// Nothing is learnt under what is kept here: it is as it was when it was taken up.
    pub(crate) fn find(&self, key: Digest) -> Option<Arc<Pursuit>> {
        self.0.load().get(&key).map(Arc::clone)
    }

    pub(crate) fn keep(&self, key: Digest, pursuit: &Arc<Pursuit>) {
        let known = self.0.load();
        let bytes = pursuit.bytes() + known.values().map(|known| known.bytes()).sum::<usize>();
        let mut kept = if known.len() >= COUNT_MAX || bytes > BYTES_MAX { HashMap::new() } else { HashMap::clone(&known) };
        kept.insert(key, Arc::clone(pursuit));
        self.0.store(Arc::new(kept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Presented;
    use crate::doc;
    use crate::engine::request::Request;
    use crate::engine::world::World;
    use crate::registry::Registry;

    #[test]
    fn a_prompt_is_compiled_once_for_all_requests() {
        let registry = Registry::from_json(doc::REGISTRY).unwrap();
        let world = World::new(&registry, doc::now());
        let engine = doc::engine();
        let chain = doc::task_with_prompt("Pay the March invoices").chain().clone();
        let verified = engine.anchors(&world).verify(&Presented::from(chain.clone()), world.now).unwrap();
        let first = engine.shared_pursuit(&verified).unwrap().unwrap();
        let _ = engine.decide_many(&vec![Request::new(chain, doc::read()); 20], &world);
        assert!(Arc::ptr_eq(&first, &engine.shared_pursuit(&verified).unwrap().unwrap()));
    }
}
