//! Whether who brings a call may present its chain.

use crate::catalog::presenter::Presenter;
use crate::chain::verify::VerifiedChain;
use crate::reason::{Code, Reason};

impl Presenter {
    pub(crate) fn check(&self, chain: &VerifiedChain) -> Result<(), Reason> {
        let refused = |why: String| Err(Reason::new(Code::ChainPresenter).because(why));
        let holder = chain.links().last().map(|link| &link.delegate.id);
        if let Some(agent) = self.agent.as_ref().filter(|agent| Some(*agent) != holder) {
            return refused(format!("presented by `{agent}`, held by {}", holder.map(ToString::to_string).unwrap_or_default()));
        }
        if let Some(key) = self.key.as_ref().filter(|key| Some(*key) != chain.facts().holder_key.as_ref()) {
            return refused(format!("presented with the key `{key}`"));
        }
        match &self.session {
            Some(session) if Some(session) != chain.chain().origin.session.as_ref() => {
                Err(Reason::new(Code::ChainSession).because(format!("presented in the session `{session}`")))
            }
            _ => Ok(()),
        }
    }
}
