//! Texts → [`Policies`]: parsed, validated strictly, annotated, filed.

use std::collections::HashMap;
use std::str::FromStr;

use cedar_policy::{
    ActionConstraint, Effect, Entities, Entity, Policy, PolicyId, PolicySet, RestrictedExpression, Schema, Template, ValidationMode, Validator,
};
use miette::Diagnostic;

use super::index::{Index, Pile};
use super::reads::Reads;
use super::source::Source;
use super::{Policies, ToolUids, diagnose, express, schema};
use crate::catalog::{Catalog, DELEGATE, Tool};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};

/// What a policy's annotations say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotations {
    /// The role whose approval lifts it.
    pub ask: Option<String>,
    /// What the host must do when it decides.
    pub obligation: Option<String>,
    /// For people, never for the model.
    pub reason: Option<String>,
    /// Permits a delegate to act on rights its delegator lacks.
    pub own_authority: bool,
}

const KNOWN: [&str; 6] = ["id", "ask", "obligation", "reason", "shadow", "own_authority"];

struct Loaded<'s> {
    policy: Policy,
    template: Option<Template>,
    source: &'s Source,
}

pub(crate) fn load(catalog: &Catalog, host_schema: &[Source], sources: &[Source]) -> Result<Policies, Error> {
    let joined = schema::join(catalog, host_schema)?;
    let mut loaded: Vec<Loaded<'_>> = Vec::new();
    let mut homes: HashMap<PolicyId, &Source> = HashMap::new();
    for source in sources {
        for (policy, template) in parse(source)? {
            if let Some(first) = homes.insert(policy.id().clone(), source) {
                let message = format!("policy id `{}` stands in {} and again in {}", policy.id(), first.name, source.name);
                return Err(Error::new(ErrorKind::Policy, message));
            }
            loaded.push(Loaded { policy, template, source });
        }
    }
    let mut warnings = validate(&joined.schema, &loaded)?;

    let declared = joined.schema.action_entities().map_err(|error| Error::new(ErrorKind::Schema, error.to_string()))?;
    let mut index = Index::default();
    let mut annotations = HashMap::with_capacity(loaded.len());
    let mut has_shadow = false;
    let (mut reads_steady, mut reads_varying) = (Reads::default(), Reads::default());
    for Loaded { policy, template, source } in &loaded {
        let at = |error: Error| error.in_file(&source.name);
        let (notes, pile) = annotated(policy).map_err(at)?;
        has_shadow |= pile == Pile::Shadow;
        let reads_here = Reads::of(policy);
        warnings.extend(rests_on_hearsay(policy, &reads_here));
        index.add(policy, template.as_ref(), pile, &reads_here, &declared).map_err(|error| at(Error::new(ErrorKind::Policy, error.to_string())))?;
        annotations.insert(policy.id().clone(), notes);
        if reads_here.is_steady() { reads_steady.join(reads_here) } else { reads_varying.join(reads_here) }
    }
    let base = base_entities(catalog, declared)?;
    let delegate = express::uid("Action", DELEGATE).ok_or_else(|| invalid(format!("action `{DELEGATE}`")))?;
    let uids = catalog.tools().map(|tool| Ok((tool.name().to_owned(), tool_uids(tool)?))).collect::<Result<_, Error>>()?;
    let tools: Vec<_> = catalog.tools().map(|tool| (tool.name(), tool.effects(), tool.tier(), tool.system(), &tool.roles, &tool.resource)).collect();
    let systems: Vec<_> = catalog.systems().collect();
    let texts: Vec<_> = sources.iter().chain(host_schema).map(|source| (&source.name, &source.text)).collect();
    let digest = Digest::of("policies", &(&texts, &joined.text, &tools, &systems));
    Ok(Policies {
        schema: joined.schema,
        schema_text: joined.text,
        facts: joined.facts,
        base,
        uids,
        delegate,
        index,
        reads_steady,
        reads_varying,
        annotations,
        has_shadow,
        warnings,
        digest,
    })
}

/// A permit because of agents whose part in the chain is unproven. Of those before the holder a token of one issuer is
/// hearsay, fit only to deny (RFC 8693 §4.1).
fn rests_on_hearsay(policy: &Policy, reads: &Reads) -> Option<String> {
    let hearsay = ["agents", "first", "blueprints_any", "blueprints_every"].into_iter().find(|fact| reads.names("chain", fact))?;
    let is_guarded = ["proof_level", "proven_agents", "complete"].into_iter().any(|fact| reads.names("chain", fact));
    (policy.effect() == Effect::Permit && !is_guarded).then(|| {
        format!(
            "policy `{}` permits because of `context.chain.{hearsay}`, which may name unproven agents; read `context.chain.proven_agents`, or ask \
             for a `context.chain.proof_level`",
            policy.id()
        )
    })
}

#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "names of sources, compared byte for byte like every name")]
fn is_json(source: &Source) -> bool {
    source.name.ends_with(".json")
}

/// The policies of one source, each with its final id and, when linked, its template.
fn parse(source: &Source) -> Result<Vec<(Policy, Option<Template>)>, Error> {
    if is_json(source) {
        crate::json::Value::parse(&source.text).map_err(|error| error.of_kind(ErrorKind::Policy).in_file(&source.name))?;
        let set =
            PolicySet::from_json_str(&source.text).map_err(|error| diagnose::error(ErrorKind::Policy, &source.name, &source.text, &[&error]))?;
        return Ok(named(source, &set, false));
    }
    let set = PolicySet::from_str(&source.text).map_err(|error| diagnose::error(ErrorKind::Policy, &source.name, &source.text, &[&error]))?;
    if let Some(template) = set.templates().next() {
        let message = format!("template `{}` has slots; link it in a JSON policy set", template.id());
        return Err(Error::new(ErrorKind::Policy, message).in_file(&source.name));
    }
    Ok(named(source, &set, true))
}

/// `@id` names a policy; without it, text policies are `file#n`, and JSON policies keep their key.
fn named(source: &Source, set: &PolicySet, by_position: bool) -> Vec<(Policy, Option<Template>)> {
    let mut policies: Vec<_> = set.policies().collect();
    // Cedar numbers the policies of a text `policy0`, `policy1`, …; shorter names first is the order of the text.
    policies.sort_by_key(|policy| (policy.id().to_string().len(), policy.id().to_string()));
    let name = |(position, policy): (usize, &Policy)| {
        let id = match policy.annotation("id") {
            Some(id) if policy.is_static() => id.to_owned(),
            _ if by_position => format!("{}#{position}", source.name),
            _ => return (policy.clone(), policy.template_id().and_then(|id| set.template(id)).cloned()),
        };
        (policy.new_id(PolicyId::new(id)), None)
    };
    policies.into_iter().enumerate().map(name).collect()
}

fn validate(schema: &Schema, loaded: &[Loaded<'_>]) -> Result<Vec<String>, Error> {
    let mut set = PolicySet::new();
    for Loaded { policy, template, source } in loaded {
        let added = match (template, policy.template_links()) {
            (Some(template), Some(values)) => {
                let known = set.template(template.id()).is_some();
                let added = if known { Ok(()) } else { set.add_template(template.clone()) };
                added.and_then(|()| set.link(template.id().clone(), policy.id().clone(), values))
            }
            _ => set.add(policy.clone()),
        };
        added.map_err(|error| Error::new(ErrorKind::Policy, error.to_string()).in_file(&source.name))?;
    }
    let result = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    // A finding about a linked policy may name its template.
    let source_of = |id: &PolicyId| {
        let of = |loaded: &&Loaded<'_>| loaded.policy.id() == id || loaded.template.as_ref().is_some_and(|template| template.id() == id);
        loaded.iter().find(of).map(|loaded| loaded.source)
    };
    let errors: Vec<_> = result.validation_errors().collect();
    if let Some(first) = errors.first() {
        let source = source_of(first.policy_id());
        let here: Vec<&(dyn Diagnostic + Send + Sync)> =
            errors.iter().filter(|error| source_of(error.policy_id()) == source).map(|error| *error as _).collect();
        let (name, text) = source.map_or(("policies", ""), |source| (&source.name, &source.text));
        return Err(diagnose::error(ErrorKind::Policy, name, text, &here));
    }
    Ok(result.validation_warnings().map(ToString::to_string).collect())
}

fn annotated(policy: &Policy) -> Result<(Annotations, Pile), Error> {
    let id = policy.id();
    let wrong = |message: String| Err(Error::new(ErrorKind::Policy, message));
    if let Some((name, _)) = policy.annotations().find(|(name, _)| is_misspelt(name)) {
        return wrong(format!("policy `{id}`: `@{name}` is not an annotation; did you mean one of @{}?", KNOWN.join(", @")));
    }
    let text = |name: &str| policy.annotation(name).map(str::to_owned);
    let notes = Annotations {
        ask: text("ask"),
        obligation: text("obligation"),
        reason: text("reason"),
        own_authority: policy.annotation("own_authority").is_some(),
    };
    let forbids = policy.effect() == Effect::Forbid;
    match &notes.ask {
        Some(_) if !forbids => return wrong(format!("policy `{id}`: `@ask` goes on a `forbid`, which approval then lifts")),
        Some(role) if role.is_empty() => return wrong(format!("policy `{id}`: `@ask` needs a role, as in `@ask(\"owner\")`")),
        _ => {}
    }
    if notes.own_authority && (forbids || !is_for_delegation(policy)) {
        return wrong(format!("policy `{id}`: `@own_authority` goes on a `permit` with `action == Action::\"{DELEGATE}\"`"));
    }
    let pile = match (policy.annotation("shadow"), &notes.ask) {
        (Some(_), _) => Pile::Shadow,
        (None, Some(_)) => Pile::Ask,
        (None, None) => Pile::Enforced,
    };
    Ok((notes, pile))
}

/// An annotation one letter off one of ours: `@shadw` must not leave a policy enforced, nor `@aks` a forbid final.
fn is_misspelt(name: &str) -> bool {
    !KNOWN.contains(&name) && KNOWN.iter().any(|known| known.len() > 2 && is_one_edit_off(name, known))
}

fn is_one_edit_off(one: &str, other: &str) -> bool {
    let (one, other): (Vec<_>, Vec<_>) = (one.chars().collect(), other.chars().collect());
    let same_front = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let same_back = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let longer = one.len().max(other.len());
    let edited = longer.saturating_sub(same_front + same_back);
    let swapped = one.len() == other.len()
        && edited == 2
        && one.get(same_front) == other.get(same_front + 1)
        && one.get(same_front + 1) == other.get(same_front);
    one.len().abs_diff(other.len()) <= 1 && (edited <= 1 || swapped)
}

fn is_for_delegation(policy: &Policy) -> bool {
    matches!(policy.action_constraint(), ActionConstraint::Eq(action) if Some(&action) == express::uid("Action", DELEGATE).as_ref())
}

fn tool_uids(tool: &Tool) -> Result<ToolUids, Error> {
    let uid = |kind: &str, id: &str| express::uid(kind, id).ok_or_else(|| invalid(format!("tool `{}`: `{kind}` is no entity type", tool.name())));
    let resource_type = tool.resource.as_ref().map(|resource| uid(&resource.kind, "").map(|uid| uid.type_name().clone())).transpose()?;
    Ok(ToolUids { action: uid("Action", tool.action())?, tool: uid("Tool", tool.name())?, system: uid("System", tool.system())?, resource_type })
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Catalog, message)
}

/// The entities every decision has: actions, systems, tools.
fn base_entities(catalog: &Catalog, actions: Entities) -> Result<Entities, Error> {
    let system_uid = |name: &str| express::uid("System", name).ok_or_else(|| invalid(format!("system `{name}`")));
    let mut entities = Vec::new();
    for (name, system) in catalog.systems() {
        let parents = system.parents.iter().map(|parent| system_uid(parent)).collect::<Result<_, _>>()?;
        entities.push(Entity::new_no_attrs(system_uid(name)?, parents));
    }
    for tool in catalog.tools() {
        let uids = tool_uids(tool)?;
        let attributes: HashMap<String, RestrictedExpression> = HashMap::from([
            ("tier".to_owned(), express::text(tool.tier_name())),
            ("effects".to_owned(), express::texts(tool.effects().iter().map(|effect| effect.as_str()))),
        ]);
        let parents = std::collections::HashSet::from([uids.system]);
        entities.push(Entity::new(uids.tool, attributes, parents).map_err(|error| invalid(error.to_string()))?);
    }
    actions.add_entities(entities, None).map_err(|error| invalid(format!("systems: {error}")))
}
