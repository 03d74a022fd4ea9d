//! Cedar as the oracle: our evaluator and Cedar's are asked the same, and what they say is laid side by side.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::{AuthorizationError, Authorizer, Context, Decision, EntityUid, PolicySet, Request, Schema, SchemaFragment};

use super::bridge;
use super::compiled::entities::{Entities, Entity, Layers};
use super::compiled::interpret::{Machine, Paths, Scratch};
use super::compiled::scope::Parties;
use super::compiled::value::{Fields, Names, Value};
use super::rules::{CedarSide, Given, Rules};
use super::source::Source;
use crate::error::{Error, ErrorKind};
use crate::grant::EntityRef;

/// Policies and entities, compiled by us and held by Cedar, to be asked the same questions.
///
/// Policies are taken as they are: not validated, and without the vocabulary of Bailiwick.
///
/// ```
/// use bailiwick::{EntityRef, Oracle, Question, Source, read_json};
/// let policies = Source::new("p.cedar", r#"permit(principal, action, resource) when { context.n * 2 > 4 };"#);
/// let oracle = Oracle::new(&policies, "[]", None)?;
/// let entity = |text: &str| read_json::<EntityRef>(text);
/// let alice = entity(r#"{"type": "User", "id": "alice"}"#)?;
/// let (view, doc) = (entity(r#"{"type": "Action", "id": "view"}"#)?, entity(r#"{"type": "Doc", "id": "d"}"#)?);
/// let compared = oracle.ask(&Question::new(alice, view, doc, r#"{"n": 9223372036854775807}"#))?;
/// assert!(compared.agrees() && compared.ours.errors.contains("policy0")); // it overflows, for both
/// # Ok::<(), bailiwick::Error>(())
/// ```
pub struct Oracle {
    rules: Rules,
    entities: Entities,
    cedar_policies: PolicySet,
    cedar_entities: Arc<cedar_policy::Entities>,
    schema: Option<Schema>,
}

impl std::fmt::Debug for Oracle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Oracle({} policies, {} entities)", self.rules.len(), self.entities.len())
    }
}

/// One request, as Cedar has it.
///
/// ```
/// use bailiwick::{EntityRef, Question, read_json};
/// let entity: EntityRef = read_json(r#"{"type": "User", "id": "alice"}"#)?;
/// let question = Question::new(entity.clone(), entity.clone(), entity, "{}");
/// assert_eq!(question.principal.id, "alice");
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// Who.
    pub principal: EntityRef,
    /// Does what.
    pub action: EntityRef,
    /// To what.
    pub resource: EntityRef,
    /// In which circumstances: a JSON object, with `__entity` and `__extn` escapes as Cedar has them.
    pub context: String,
}

/// What one of the two said.
///
/// ```
/// assert!(!bailiwick::Answer::default().allowed);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// Whether Cedar's rule of combination allows: a permit, and no forbid.
    pub allowed: bool,
    /// The policies that determined it.
    pub reasons: BTreeSet<String>,
    /// The policies that could not be evaluated.
    pub errors: BTreeSet<String>,
}

/// What both said to one question.
///
/// ```
/// use bailiwick::{Oracle, Source};
/// assert_eq!(Oracle::new(&Source::new("p.cedar", ""), "[]", None)?.compiled(), 0);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// What our evaluator said.
    pub ours: Answer,
    /// What Cedar said.
    pub cedar: Answer,
}

impl Question {
    /// A request.
    ///
    /// ```
    /// # use bailiwick::{EntityRef, Question, read_json};
    /// # let entity: EntityRef = read_json(r#"{"type": "User", "id": "alice"}"#)?;
    /// assert_eq!(Question::new(entity.clone(), entity.clone(), entity, "{}").context, "{}");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn new(principal: EntityRef, action: EntityRef, resource: EntityRef, context: impl Into<String>) -> Self {
        Self { principal, action, resource, context: context.into() }
    }
}

impl Comparison {
    /// Whether they said the same: decision, reasons and errors.
    ///
    /// ```
    /// # use bailiwick::{EntityRef, Oracle, Question, Source, read_json};
    /// let oracle = Oracle::new(&Source::new("p.cedar", "forbid(principal, action, resource);"), "[]", None)?;
    /// # let entity: EntityRef = read_json(r#"{"type": "Action", "id": "view"}"#)?;
    /// assert!(oracle.ask(&Question::new(entity.clone(), entity.clone(), entity, "{}"))?.agrees());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.ours == self.cedar
    }
}

impl Oracle {
    /// Reads policies (Cedar, or Cedar's JSON form of a policy set when the source's name ends in `.json`), entities
    /// (Cedar's JSON form) and a schema (Cedar, or JSON by its name), by which entities and contexts are read.
    ///
    /// ```
    /// use bailiwick::{Oracle, Source};
    /// assert!(Oracle::new(&Source::new("p.cedar", "permit("), "[]", None).is_err());
    /// ```
    ///
    /// # Errors
    /// `policy.invalid`, `schema.invalid` or `entities.invalid`, where Cedar says so.
    pub fn new(policies: &Source, entities: &str, schema: Option<&Source>) -> Result<Self, Error> {
        super::with_room(|| Self::read(policies, entities, schema))
    }

    fn read(policies: &Source, entities: &str, schema: Option<&Source>) -> Result<Self, Error> {
        let schema = schema.map(read_schema).transpose()?;
        let cedar_policies = super::load::read_set(policies)?;
        let wrong = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Entities, error.to_string());
        let cedar_entities = cedar_policy::Entities::from_json_str(entities, schema.as_ref()).map_err(|error| wrong(&error))?;
        let mut names = Names::default();
        let entities = read_entities(entities, &cedar_entities, &mut names).ok_or_else(|| wrong(&"an entity is of a form that is not known"))?;
        let linked = |policy: &cedar_policy::Policy| policy.template_id().and_then(|id| cedar_policies.template(id));
        let held: Vec<_> = cedar_policies.policies().map(|policy| (policy, linked(policy))).collect();
        let given = held.iter().map(|(policy, template)| Given { policy, template: *template }).collect();
        let rules = Rules::compile(given, names, &entities).map_err(|error| Error::new(ErrorKind::Policy, error.to_string()))?;
        Ok(Self { rules, entities, cedar_entities: Arc::new(cedar_entities), schema, cedar_policies })
    }

    /// How many policies our evaluator runs.
    ///
    /// ```
    /// # use bailiwick::{Oracle, Source};
    /// let oracle = Oracle::new(&Source::new("p.cedar", "permit(principal, action, resource);"), "[]", None)?;
    /// assert_eq!(oracle.compiled(), 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn compiled(&self) -> usize {
        self.rules.len() - self.fallen_back()
    }

    /// How many policies Cedar runs for us, one by one.
    ///
    /// ```
    /// # use bailiwick::{Oracle, Source};
    /// let oracle = Oracle::new(&Source::new("p.cedar", "permit(principal, action, resource);"), "[]", None)?;
    /// assert_eq!(oracle.fallen_back(), 0);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn fallen_back(&self) -> usize {
        self.rules.fallen_back().count()
    }

    /// Asks both.
    ///
    /// ```
    /// # use bailiwick::{EntityRef, Oracle, Question, Source, read_json};
    /// # let entity: EntityRef = read_json(r#"{"type": "Action", "id": "view"}"#)?;
    /// let oracle = Oracle::new(&Source::new("p.cedar", "permit(principal, action, resource);"), "[]", None)?;
    /// assert!(oracle.ask(&Question::new(entity.clone(), entity.clone(), entity.clone(), "{}"))?.cedar.allowed);
    /// assert!(oracle.ask(&Question::new(entity.clone(), entity.clone(), entity, "[]")).is_err());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `usage` for a question Cedar does not take.
    pub fn ask(&self, question: &Question) -> Result<Comparison, Error> {
        let wrong = |what: &str, error: &dyn std::fmt::Display| Error::new(ErrorKind::Usage, format!("{what}: {error}"));
        let uid = |entity: &EntityRef| {
            bridge::cedar_uid(&entity.kind, &entity.id).ok_or_else(|| wrong("entity", &format!("`{}` is no entity type", entity.kind)))
        };
        let (principal, action, resource) = (uid(&question.principal)?, uid(&question.action)?, uid(&question.resource)?);
        let declared = self.schema.as_ref().filter(|schema| schema.actions().any(|known| *known == action));
        let context =
            Context::from_json_str(&question.context, declared.map(|schema| (schema, &action))).map_err(|error| wrong("context", &error))?;
        let ours = self.ours((&principal, &action, &resource), &context).ok_or_else(|| wrong("context", &"a value of a form that is not known"))?;
        let request = Request::new(principal, action, resource, context, None).map_err(|error| wrong("request", &error))?;
        Ok(Comparison { ours, cedar: self.cedar(&request) })
    }

    #[cfg(test)]
    pub(super) fn of_rules(rules: Rules, cedar_policies: PolicySet) -> Self {
        let (entities, cedar_entities) = (Entities::with_room(0), Arc::new(cedar_policy::Entities::empty()));
        Self { rules, entities, cedar_policies, cedar_entities, schema: None }
    }

    fn cedar(&self, request: &Request) -> Answer {
        let response = Authorizer::new().is_authorized(request, &self.cedar_policies, &self.cedar_entities);
        let errors = response.diagnostics().errors().map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string());
        Answer {
            allowed: response.decision() == Decision::Allow,
            reasons: response.diagnostics().reason().map(ToString::to_string).collect(),
            errors: errors.collect(),
        }
    }

    fn ours(&self, (principal, action, resource): (&EntityUid, &EntityUid, &EntityUid), context: &Context) -> Option<Answer> {
        // Names nobody else uses may still be compared with each other.
        let mut names = self.rules.code.names.clone();
        let members = context.clone().into_iter().map(|(name, _)| Some((names.intern(&name), bridge::value(&context.get(&name)?, &mut names)?)));
        let Value::Record(members) = Value::Record(members.collect::<Option<_>>()?) else { return None };
        let [principal, action, resource] = [principal, action, resource].map(|uid| bridge::uid(uid, &names));
        let none = Entities::with_room(0);
        let machine = Machine {
            code: &self.rules.code,
            parties: Parties { principal: &principal, action: &action, resource: &resource },
            context: Fields::Kept(&members),
            entities: Layers { near: &none, far: &self.entities },
            scratch: &Scratch::default(),
            paths: Paths::default(),
        };
        let cedar = |_: Fields<'_>| Some(CedarSide { context: context.clone(), entities: Arc::clone(&self.cedar_entities) });
        let (mut permits, mut forbids, mut errors) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for rule in self.rules.candidates(&machine.parties, machine.entities) {
            let heard = match self.rules.applies(rule, &machine, &cedar) {
                Ok(false) => continue,
                Ok(true) if self.rules.permits(rule) => &mut permits,
                Ok(true) => &mut forbids,
                Err(_) => &mut errors,
            };
            heard.insert(self.rules.id(rule).to_owned());
        }
        let allowed = forbids.is_empty() && !permits.is_empty();
        Some(Answer { allowed, reasons: if forbids.is_empty() { permits } else { forbids }, errors })
    }
}

fn read_schema(source: &Source) -> Result<Schema, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Schema, error.to_string()).in_file(&source.name);
    let fragment = if source.is_json() {
        SchemaFragment::from_json_str(&source.text).map_err(|error| wrong(&error))?
    } else {
        SchemaFragment::from_cedarschema_str(&source.text).map_err(|error| wrong(&error))?.0
    };
    Schema::from_schema_fragments([fragment]).map_err(|error| wrong(&error))
}

/// The entities of a text as Cedar read them; the schema's own actions with all they are in.
fn read_entities(text: &str, read: &cedar_policy::Entities, names: &mut Names) -> Option<Entities> {
    let declared = bridge::parents(text)?;
    let one = |entity: &cedar_policy::Entity| -> Option<Entity> {
        let uid = entity.uid();
        let parents = match declared.get(&(uid.type_name().to_string(), uid.id().unescaped().to_owned())) {
            Some(parents) => parents.iter().map(|(kind, id)| names.uid(kind, id)).collect(),
            None => read.ancestors(&uid).into_iter().flatten().map(|above| bridge::uid(above, names)).collect::<Vec<_>>(),
        };
        bridge::entity(entity, parents, names)
    };
    read.iter().map(one).collect()
}
