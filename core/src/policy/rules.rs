//! Policies, compiled and filed, without what Bailiwick makes of them: what Cedar's `PolicySet` is to Cedar.

use cedar_policy::{Authorizer, Effect, Policy, PolicySet, Request, Template};
use hashbrown::HashMap;

use super::bridge;
use super::compiled::code::{Code, Expr, PathNumber, Traits};
use super::compiled::compile::Compiler;
use super::compiled::entities::{Entities, Layers};
use super::compiled::interpret::Machine;
use super::compiled::scope::{Acting, Parties, Scope};
use super::compiled::value::{Fields, Names, Uid, Value};
use super::index::{Index, Rule};

pub(crate) struct Rules {
    /// In the order of their ids, so that what is sorted by number is sorted by id.
    filed: Box<[Filed]>,
    index: Index,
    pub code: Code,
}

struct Filed {
    id: Box<str>,
    permits: bool,
    /// Nothing when it could not be read: then the body tells the scope, too.
    scope: Option<Scope>,
    body: Body,
}

enum Body {
    Always,
    When(Expr),
    /// What was not compiled: Cedar evaluates this policy alone.
    Cedar(Box<PolicySet>),
}

/// A policy to be compiled, with the template it is linked to.
#[derive(Clone, Copy)]
pub(crate) struct Given<'p> {
    pub policy: &'p Policy,
    pub template: Option<&'p Template>,
}

/// What Cedar needs to evaluate a policy that was not compiled.
pub(crate) struct CedarSide {
    pub context: cedar_policy::Context,
    pub entities: std::sync::Arc<cedar_policy::Entities>,
}

/// Makes it when it is needed, which is seldom.
pub(crate) type MakeCedarSide<'f> = dyn Fn(Fields<'_>) -> Option<CedarSide> + 'f;

/// An action, perhaps by an agent or by who started the work, perhaps on one resource.
pub(crate) struct Reach<'u> {
    pub acting: Option<Acting>,
    pub action: &'u Uid,
    pub resource: Option<&'u Uid>,
}

impl Rules {
    /// `declared` holds every action entity there is.
    pub(crate) fn compile(mut given: Vec<Given<'_>>, names: Names, declared: &Entities) -> Result<Self, Box<cedar_policy::PolicySetError>> {
        given.sort_by_cached_key(|given| given.policy.id().to_string());
        let mut compiler = Compiler::new(Code::new(names));
        Self::compile_with(&mut compiler, &given, declared)
    }

    pub(super) fn compile_with(compiler: &mut Compiler, given: &[Given<'_>], declared: &Entities) -> Result<Self, Box<cedar_policy::PolicySetError>> {
        let (mut filed, mut index) = (Vec::with_capacity(given.len()), Index::default());
        for (number, given) in (0..).zip(given) {
            let one = file(compiler, *given)?;
            match &one.scope {
                Some(scope) => index.add(number, scope, declared),
                None => index.add_unread(number),
            }
            filed.push(one);
        }
        let mut code = std::mem::take(&mut compiler.code);
        code.shrink();
        Ok(Self { filed: filed.into(), index, code })
    }

    pub(crate) fn len(&self) -> usize {
        self.filed.len()
    }

    /// The policies Cedar evaluates one by one.
    pub(crate) fn fallen_back(&self) -> impl Iterator<Item = Rule> {
        self.filed.iter().zip(0..).filter(|(filed, _)| matches!(filed.body, Body::Cedar(_))).map(|(_, rule)| rule)
    }

    /// The policies every call must look at.
    pub(crate) fn unscoped(&self) -> Vec<Rule> {
        self.index.unscoped()
    }

    pub(crate) fn id(&self, rule: Rule) -> &str {
        self.get(rule).map_or("", |filed| &filed.id)
    }

    pub(crate) fn is_compiled(&self, rule: Rule) -> bool {
        self.get(rule).is_some_and(|filed| !matches!(filed.body, Body::Cedar(_)))
    }

    pub(crate) fn permits(&self, rule: Rule) -> bool {
        self.get(rule).is_some_and(|filed| filed.permits)
    }

    /// The numbers of policies by their ids.
    pub(crate) fn by_id(&self) -> HashMap<&str, Rule> {
        self.filed.iter().map(|filed| &*filed.id).zip(0..).collect()
    }

    /// Whether some permit that counts may have this action in its scope. A scope that was not read may.
    pub(crate) fn may_permit(&self, question: &Reach<'_>, entities: Layers<'_>, counts: impl Fn(Rule) -> bool) -> bool {
        let Reach { acting, action, resource } = question;
        let fits = |scope: &Scope| {
            scope.action.fits(action, entities)
                && acting.is_none_or(|acting| scope.principal.may_have(acting))
                && resource.is_none_or(|resource| scope.resource.fits(resource, entities))
        };
        let is_about = |filed: &Filed| filed.permits && filed.scope.as_ref().is_none_or(fits);
        self.filed.iter().zip(0..).any(|(filed, rule)| is_about(filed) && counts(rule))
    }

    /// What its condition reads. Of what Cedar evaluates, everything.
    pub(crate) fn traits(&self, rule: Rule) -> Traits {
        match self.get(rule).map(|filed| &filed.body) {
            Some(Body::Always) => Traits::default(),
            Some(Body::When(condition)) => self.code.traits(*condition),
            Some(Body::Cedar(_)) | None => Traits { reads_principal: true, reads_resource: true, reads_kind: true, can_fail: true },
        }
    }

    /// Every policy whose scope fits, in the order of their ids.
    pub(crate) fn candidates(&self, parties: &Parties<'_>, entities: Layers<'_>) -> Vec<Rule> {
        self.index.candidates(parties, entities, |rule| self.get(rule)?.scope.as_ref())
    }

    /// Whether a policy whose scope fits applies; or why that cannot be told.
    pub(crate) fn applies(&self, rule: Rule, machine: &Machine<'_>, cedar: &MakeCedarSide<'_>) -> Result<bool, String> {
        match self.get(rule).map(|filed| &filed.body) {
            Some(Body::Always) => Ok(true),
            Some(Body::When(condition)) => machine.holds(*condition).map_err(|fault| fault.describe(&self.code.names)),
            Some(Body::Cedar(set)) => applies_by_cedar(set, machine, cedar),
            None => Err("there is no such policy".to_owned()),
        }
    }

    /// The paths through the context its condition may read.
    pub(crate) fn paths(&self, rule: Rule, found: &mut Vec<PathNumber>) {
        if let Some(Body::When(condition)) = self.get(rule).map(|filed| &filed.body) {
            self.code.paths_in(*condition, found);
        }
    }

    fn get(&self, rule: Rule) -> Option<&Filed> {
        self.filed.get(rule as usize)
    }
}

fn file(compiler: &mut Compiler, given: Given<'_>) -> Result<Filed, Box<cedar_policy::PolicySetError>> {
    let (id, permits) = (given.policy.id().to_string().into(), given.policy.effect() == Effect::Permit);
    let tree = given.policy.to_pst().ok();
    if let Some(compiled) = tree.as_ref().and_then(|tree| compiler.policy(tree).ok()) {
        let body = compiled.condition.map_or(Body::Always, Body::When);
        return Ok(Filed { id, permits, scope: Some(compiled.scope), body });
    }
    let mut alone = PolicySet::new();
    match (given.template, given.policy.template_links()) {
        (Some(template), Some(values)) => {
            alone.add_template(template.clone())?;
            alone.link(template.id().clone(), given.policy.id().clone(), values)?;
        }
        _ => alone.add(given.policy.clone())?,
    }
    Ok(Filed { id, permits, scope: tree.and_then(|tree| compiler.scope_of(&tree).ok()), body: Body::Cedar(Box::new(alone)) })
}

fn applies_by_cedar(set: &PolicySet, machine: &Machine<'_>, cedar: &MakeCedarSide<'_>) -> Result<bool, String> {
    let side = cedar(machine.context).ok_or("the request does not form for Cedar")?;
    let request = cedar_request(&machine.parties, side.context).ok_or("the request does not form for Cedar")?;
    let response = Authorizer::new().is_authorized(&request, set, &side.entities);
    match response.diagnostics().errors().next() {
        Some(error) => Err(error.to_string()),
        None => Ok(response.diagnostics().reason().next().is_some()),
    }
}

pub(crate) fn cedar_request(parties: &Parties<'_>, context: cedar_policy::Context) -> Option<Request> {
    let uid = |uid: &Uid| bridge::cedar_uid(&uid.kind, &uid.id);
    Request::new(uid(parties.principal)?, uid(parties.action)?, uid(parties.resource)?, context, None).ok()
}

/// The members of a context, as Cedar takes them.
pub(crate) fn cedar_context<'m>(members: impl Iterator<Item = (&'m str, Value)>, names: &Names) -> Option<cedar_policy::Context> {
    let pairs: Option<Vec<_>> = members.map(|(name, value)| Some((name.to_owned(), bridge::express(&value, names)?))).collect();
    cedar_policy::Context::from_pairs(pairs?).ok()
}
