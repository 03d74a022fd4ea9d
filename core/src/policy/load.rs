//! Texts → [`Policies`]: parsed, validated strictly, annotated, filed.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{ActionConstraint, Effect, Policy, PolicyId, PolicySet, Schema, Template, ValidationWarning};
use miette::Diagnostic;
use serde_json::Value as Json;

use super::compiled::entities::{Entities, Entity, Layers};
use super::compiled::value::{Names, Record, Value};
use super::context::Slots;
use super::gates::{Class, Traits};
use super::lint::{self, Lint, Warning, Written};
use super::participants::texts;
use super::readers::Readers;
use super::reads::Reads;
use super::rules::{Given, Rules};
use super::source::Source;
use super::validation::{Findings, Validation};
use super::{Binding, Policies, Settings, bridge, diagnose, schema};
use crate::catalog::{Catalog, DELEGATE, Tool};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Location};

/// What a policy's annotations say.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// Its syntax tree. Cedar parses the text again to make one.
    tree: Json,
    template: Option<Template>,
    source: &'s Source,
}

pub(crate) fn load(catalog: &Catalog, host_schema: &[Source], sources: &[Source], settings: Settings) -> Result<Policies, Error> {
    let joined = schema::join(catalog, host_schema)?;
    let mut loaded: Vec<Loaded<'_>> = Vec::new();
    let mut homes: HashMap<PolicyId, &Source> = HashMap::new();
    for source in sources {
        for (policy, template) in parse(source)? {
            if let Some(first) = homes.insert(policy.id().clone(), source) {
                return Err(duplicate(&loaded, first, Written { policy: &policy, source }));
            }
            let tree = policy
                .to_json()
                .map_err(|error| Error::new(ErrorKind::Policy, error.to_string()).at(Written { policy: &policy, source }.place("")))?;
            loaded.push(Loaded { policy, tree, template, source });
        }
    }
    drop(homes);
    let lint = Lint { catalog };
    for Loaded { policy, source, .. } in &loaded {
        lint.scope(Written { policy, source })?;
    }
    let (cedar, mut warnings) = validate(&joined.parts, catalog, &loaded)?;

    let mut names = joined.names;
    let slots = Slots::first_of(&mut names);
    let base = base_entities(catalog, &joined.outline, &names)?;
    let given = loaded.iter().map(|loaded| Given { policy: &loaded.policy, template: loaded.template.as_ref() }).collect();
    let rules = Rules::compile(given, names.clone(), &base).map_err(|error| Error::new(ErrorKind::Policy, error.to_string()))?;
    let numbers = rules.by_id();
    let number_of = |policy: &Policy| numbers.get(&*policy.id().to_string()).copied().unwrap_or(u32::MAX);
    let mut traits = vec![Traits::UNKNOWN; rules.len()];
    let mut annotations = hashbrown::HashMap::new();
    let mut reads = Reads::default();
    let mut readers = Readers::default();
    let mut mentions = Vec::new();
    let mut groups = std::collections::BTreeSet::new();
    for Loaded { policy, tree, source, .. } in &loaded {
        let written = Written { policy, source };
        let (notes, class) = annotated(written)?;
        let number = number_of(policy);
        let reads_here = if rules.is_compiled(number) { Reads::of(tree) } else { Reads::all() };
        warnings.extend(rests_on_hearsay(written, &reads_here));
        warnings.extend(lint.conditions(written, tree)?);
        let (mentioned, named_groups) = lint::mentions(written, tree);
        mentions.extend(mentioned);
        groups.extend(named_groups.into_iter().chain(notes.ask.clone()));
        let is_spare = class == Class::Permit && notes.obligation.is_none() && !rules.traits(number).can_fail;
        if let Some(known) = traits.get_mut(number as usize) {
            *known = Traits { class, needs: reads_here.needs(), is_spare };
        }
        if notes != Annotations::default() {
            annotations.insert(number, notes);
        }
        if !class.is_shadow() {
            readers.add(policy, &reads_here);
        }
        if !reads_here.is_steady() {
            reads.join(reads_here);
        }
    }
    drop(numbers);
    let tools = catalog.tools().map(|tool| (tool.name().into(), binding(tool, &names, &reads, &readers))).collect();
    let described: Vec<_> =
        catalog.tools().map(|tool| (tool.name(), tool.effects(), tool.tier(), tool.system(), &tool.roles, &tool.resource)).collect();
    let systems: Vec<_> = catalog.systems().collect();
    let texts: Vec<_> = sources.iter().chain(host_schema).map(|source| (&source.name, &source.text)).collect();
    let digest = Digest::of("policies", &(&texts, &joined.text, &described, &systems));
    let named_in: std::collections::BTreeSet<&str> = mentions.iter().map(|mention: &lint::Mention| mention.source.as_str()).collect();
    let mentioning = sources.iter().filter(|source| named_in.contains(source.name.as_str())).cloned().collect();
    Ok(Policies {
        schema: joined.outline,
        schema_text: joined.text,
        schema_digest: joined.digest,
        facts: joined.facts,
        enumerated: joined.enumerated,
        delegate: Arc::new(names.uid("Action", DELEGATE)),
        names: Arc::new(names),
        slots,
        base,
        tools,
        has_shadow: traits.iter().any(|traits| traits.class.is_shadow()),
        rules,
        traits: traits.into(),
        annotations,
        warnings,
        mentions,
        groups,
        mentioning,
        digest,
        cedar: settings.sampled.map(|_| cedar),
    })
}

/// A permit because of agents whose part in the chain is unproven. Of those before the holder a token of one issuer is
/// hearsay, fit only to deny (RFC 8693 §4.1).
fn rests_on_hearsay(written: Written<'_>, reads: &Reads) -> Option<Warning> {
    let hearsay = ["agents", "first", "blueprints_any", "blueprints_every"].into_iter().find(|fact| reads.names("chain", fact))?;
    let is_guarded = ["proof_level", "proven_agents", "complete"].into_iter().any(|fact| reads.names("chain", fact));
    (written.policy.effect() == Effect::Permit && !is_guarded).then(|| {
        let message = format!(
            "permits because of `context.chain.{hearsay}`, which may name unproven agents; read `context.chain.proven_agents`, or ask for a \
             `context.chain.proof_level`"
        );
        written.warning("policy.unproven_agents", &format!("chain.{hearsay}"), &message)
    })
}

fn duplicate(loaded: &[Loaded<'_>], first: &Source, written: Written<'_>) -> Error {
    let id = written.policy.id();
    let first = loaded.iter().find(|loaded| loaded.policy.id() == id).map_or_else(
        || first.name.clone(),
        |loaded| {
            let Location { file, line, column } = Written { policy: &loaded.policy, source: loaded.source }.place("");
            format!("{}:{line}:{column}", file.unwrap_or_default())
        },
    );
    Error::new(ErrorKind::Policy, format!("duplicate policy id `{id}` (first at {first}): give one of them another `@id`")).at(written.place(""))
}

/// Where the policy of this id says `needle`. Reads the source again: it is asked only when something is odd.
pub(super) fn place_of(source: &Source, id: &str, needle: &str) -> Option<Location> {
    let policies = parse(source).ok()?;
    let (policy, _) = policies.iter().find(|(policy, _)| policy.id().to_string() == id)?;
    Some(Written { policy, source }.place(needle))
}

impl Source {
    /// How many policies the text has, if it is Cedar: whatever catalog and schema they are for.
    ///
    /// ```
    /// use bailiwick::Source;
    /// assert_eq!(Source::new("a.cedar", "permit(principal, action, resource);").parse()?, 1);
    /// let error = Source::new("a.cedar", "permit(").parse().unwrap_err();
    /// assert_eq!(error.location().unwrap().file.as_deref(), Some("a.cedar"));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `policy.invalid`, with file, line and column.
    pub fn parse(&self) -> Result<usize, Error> {
        parse(self).map(|policies| policies.len())
    }
}

/// The policies of one source, each with its final id and, when linked, its template.
pub(super) fn parse(source: &Source) -> Result<Vec<(Policy, Option<Template>)>, Error> {
    let set = read_set(source)?;
    if source.is_json() {
        return Ok(named(source, &set, false));
    }
    if let Some(template) = set.templates().next() {
        let message = format!(
            "template `{}` has slots (`?principal`, `?resource`), and nothing fills them: write the policy without slots, or link the template in a \
             `.cedar.json` file",
            template.id()
        );
        return Err(Error::new(ErrorKind::Policy, message).in_file(&source.name));
    }
    Ok(named(source, &set, true))
}

/// The policies of a source as Cedar names them.
pub(super) fn read_set(source: &Source) -> Result<PolicySet, Error> {
    if source.is_json() {
        crate::json::Value::parse(&source.text).map_err(|error| error.of_kind(ErrorKind::Policy).in_file(&source.name))?;
        return PolicySet::from_json_str(&source.text).map_err(|error| match std::error::Error::source(&error) {
            // Its own message only says that something is wrong.
            Some(cause) => Error::new(ErrorKind::Policy, format!("not a policy set in Cedar's JSON format: {cause}")).in_file(&source.name),
            None => diagnose::error(ErrorKind::Policy, &source.name, &source.text, &[&error]),
        });
    }
    let advice = |message: &str| diagnose::advice_on_syntax(&source.text, message);
    PolicySet::from_str(&source.text).map_err(|error| diagnose::error_with(ErrorKind::Policy, &source.name, &source.text, &[&error], &advice))
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

/// What Cedar's validator has to say; and the set it said it of.
fn validate(schema: &schema::Parts, catalog: &Catalog, loaded: &[Loaded<'_>]) -> Result<(PolicySet, Vec<Warning>), Error> {
    let mut set = PolicySet::new();
    for Loaded { policy, template, source, .. } in loaded {
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
    let trees = loaded.iter().map(|loaded| (loaded.policy.id(), &loaded.tree)).collect();
    let Findings { errors, warnings } = Validation { schema, catalog, set: &set, trees }.findings()?;
    // A finding about a linked policy may name its template.
    let home_of = |id: &PolicyId| {
        let of = |loaded: &&Loaded<'_>| loaded.policy.id() == id || loaded.template.as_ref().is_some_and(|template| template.id() == id);
        loaded.iter().find(of)
    };
    if let Some(first) = errors.first() {
        let source_of = |id: &PolicyId| home_of(id).map(|loaded| loaded.source);
        let source = source_of(first.policy_id());
        let here: Vec<&(dyn Diagnostic + Send + Sync)> =
            errors.iter().filter(|error| source_of(error.policy_id()) == source).map(|error| error as _).collect();
        let (name, text) = source.map_or(("policies", ""), |source| (&source.name, &source.text));
        return Err(diagnose::error_with(ErrorKind::Policy, name, text, &here, &|message| diagnose::advice(catalog, message)));
    }
    let mut located = Vec::new();
    for warning in &warnings {
        let Some(home) = home_of(warning.policy_id()) else { continue };
        let written = Written { policy: &home.policy, source: home.source };
        match warning {
            ValidationWarning::InvalidActionApplication(_) => {
                return Err(lint::unmatched(catalog, written));
            }
            ValidationWarning::ImpossiblePolicy(_) => {
                let message = "never applies: its conditions are false for every possible request";
                located.push(written.warning("policy.impossible", "", message));
            }
            other => located.push(written.warning("policy.text", "", &other.to_string())),
        }
    }
    Ok((set, located))
}

fn annotated(written: Written<'_>) -> Result<(Annotations, Class), Error> {
    let policy = written.policy;
    let wrong = |needle: &str, message: &str| Err(written.error(needle, message));
    if let Some((name, _)) = policy.annotations().find(|(name, _)| is_misspelt(name)) {
        let meant =
            lint::nearest(name, KNOWN).map_or_else(|| format!("there are: {}", lint::listed(KNOWN)), |near| format!("did you mean `@{near}`?"));
        return wrong(&format!("@{name}"), &format!("there is no annotation `@{name}`; {meant}"));
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
        Some(_) if !forbids => {
            return wrong("@ask", "`@ask` goes on a `forbid`, which an approval then lifts; write `forbid` for what needs approval");
        }
        Some(role) if role.is_empty() => return wrong("@ask", "`@ask` needs a role, as in `@ask(\"owner\")`"),
        _ => {}
    }
    if notes.own_authority && (forbids || !is_for_delegation(policy)) {
        return wrong("@own_authority", &format!("`@own_authority` goes on a `permit` with `action == Action::\"{DELEGATE}\"`"));
    }
    let class = match (policy.annotation("shadow").is_some(), forbids, notes.ask.is_some(), notes.own_authority) {
        (false, true, false, _) => Class::Forbid,
        (false, true, true, _) => Class::Ask,
        (false, false, _, false) => Class::Permit,
        (false, false, _, true) => Class::OwnAuthority,
        (true, true, false, _) => Class::ShadowForbid,
        (true, true, true, _) => Class::ShadowAsk,
        (true, false, _, false) => Class::ShadowPermit,
        (true, false, _, true) => Class::ShadowOwnAuthority,
    };
    Ok((notes, class))
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
    matches!(policy.action_constraint(), ActionConstraint::Eq(action) if Some(&action) == bridge::cedar_uid("Action", DELEGATE).as_ref())
}

fn binding(tool: &Tool, names: &Names, reads: &Reads, readers: &Readers) -> Binding {
    let wanted = tool.fields.keys().filter(|name| reads.wants_below("input", name));
    Binding {
        action: Arc::new(names.uid("Action", tool.action())),
        tool: Arc::new(names.uid("Tool", tool.name())),
        system: Arc::new(names.uid("System", tool.system())),
        facts: members(&[("name", Value::string(tool.name())), ("tier", Value::string(tool.tier_name())), ("effects", effects(tool))], names),
        inputs: wanted.filter_map(|name| Some((name.as_str().into(), names.get(name)?))).collect(),
        readers: readers.of(tool),
    }
}

fn effects(tool: &Tool) -> Value {
    texts(tool.effects().iter().map(|effect| effect.as_str()))
}

/// Those of the members whose names the schema has: it has all of ours.
fn members(members: &[(&str, Value)], names: &Names) -> Record {
    members.iter().filter_map(|(name, value)| Some((names.get(name)?, value.clone()))).collect()
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Catalog, message)
}

/// The entities every decision has: actions, systems, tools.
fn base_entities(catalog: &Catalog, schema: &Schema, names: &Names) -> Result<Entities, Error> {
    let declared = schema.action_entities().map_err(|error| Error::new(ErrorKind::Schema, error.to_string()))?;
    let (mut entities, mut known) = (Vec::new(), names.clone());
    for action in declared.iter() {
        let groups = declared.ancestors(&action.uid()).into_iter().flatten().map(|group| bridge::uid(group, names));
        let action = bridge::entity(action, groups.collect::<Vec<_>>(), &mut known);
        entities.push(action.ok_or_else(|| invalid("an action's attributes are of a form that is not known".to_owned()))?);
    }
    let uid = |kind: &str, id: &str| Arc::new(names.uid(kind, id));
    for (name, system) in catalog.systems() {
        let parents = system.parents.iter().map(|parent| uid("System", parent)).collect();
        entities.push(Entity { parents, ..Entity::bare(uid("System", name)) });
    }
    for tool in catalog.tools() {
        let attributes = members(&[("tier", Value::string(tool.tier_name())), ("effects", effects(tool))], names);
        let parents = [uid("System", tool.system())].into();
        entities.push(Entity { attributes, parents, ..Entity::bare(uid("Tool", tool.name())) });
    }
    let entities: Entities = entities.into_iter().collect();
    let alone = Entities::with_room(0);
    let layers = Layers { near: &alone, far: &entities };
    let cyclic = entities.iter().find(|entity| layers.ancestors(&entity.uid).contains(&&entity.uid));
    if let Some(cyclic) = cyclic {
        return Err(invalid(format!("systems: `{}` is in itself", cyclic.uid)));
    }
    Ok(entities)
}
