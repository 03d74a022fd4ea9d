//! The scope of a policy: whom, what and where it is about. Testing one cannot fail.

use std::sync::Arc;

use super::entities::Layers;
use super::value::Uid;

#[derive(Debug)]
pub(crate) struct Scope {
    pub principal: PartyScope,
    pub action: ActionScope,
    pub resource: PartyScope,
}

/// Who acts at a gate: who started the work, or an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acting {
    Origin,
    Agent,
}

/// What is asked of a principal or a resource.
#[derive(Debug)]
pub(crate) enum PartyScope {
    Any,
    Equal(Arc<Uid>),
    In(Arc<Uid>),
    Is(Box<str>),
    IsIn(Box<str>, Arc<Uid>),
}

#[derive(Debug)]
pub(crate) enum ActionScope {
    Any,
    Equal(Arc<Uid>),
    In(Box<[Arc<Uid>]>),
}

/// Who wants to do what to what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parties<'q> {
    pub principal: &'q Uid,
    pub action: &'q Uid,
    pub resource: &'q Uid,
}

impl Scope {
    pub(crate) fn fits(&self, parties: &Parties<'_>, entities: Layers<'_>) -> bool {
        self.action.fits(parties.action, entities)
            && self.principal.fits(parties.principal, entities)
            && self.resource.fits(parties.resource, entities)
    }
}

impl PartyScope {
    pub(crate) fn fits(&self, uid: &Uid, entities: Layers<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Equal(this) => *uid == **this,
            Self::In(above) => entities.is_in(uid, above),
            Self::Is(kind) => uid.kind == *kind,
            Self::IsIn(kind, above) => uid.kind == *kind && entities.is_in(uid, above),
        }
    }

    /// Whether a principal of this type may be in it, whoever else must be.
    pub(crate) fn may_have(&self, acting: Acting) -> bool {
        let is_agent = |kind: &str| matches!(kind, "Agent" | "Blueprint");
        let fits = |kind: &str| (acting == Acting::Agent) == is_agent(kind);
        match self {
            Self::Any => true,
            Self::Equal(uid) | Self::In(uid) => fits(&uid.kind),
            Self::Is(kind) | Self::IsIn(kind, _) => fits(kind),
        }
    }

    /// The entity the scope names: a policy is filed under it, for it can be about nothing that is not in it.
    pub(crate) fn named(&self) -> Option<&Arc<Uid>> {
        match self {
            Self::Equal(uid) | Self::In(uid) | Self::IsIn(_, uid) => Some(uid),
            Self::Any | Self::Is(_) => None,
        }
    }
}

impl ActionScope {
    pub(crate) fn fits(&self, action: &Uid, entities: Layers<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Equal(this) => *action == **this,
            Self::In(named) => named.iter().any(|above| entities.is_in(action, above)),
        }
    }
}
