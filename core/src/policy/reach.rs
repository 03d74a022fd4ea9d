//! What no policy can ever permit, asked of the compiled policies and not of their texts.

use std::sync::Arc;

use super::compiled::entities::{Entities, Entity, Layers};
use super::compiled::scope::Acting;
use super::compiled::value::Uid;
use super::lint::{Warning, listed};
use super::rules::Reach;
use super::{Policies, lint, load};
use crate::catalog::Catalog;
use crate::registry::Registry;

impl Policies {
    /// Tools no permit is about, and agents nobody may hand work to, under these agents.
    pub(crate) fn unreachable(&self, catalog: &Catalog, registry: &Registry) -> Vec<Warning> {
        let warning = |code, message: String| Warning { code, message, location: None };
        let mut warnings = self.unknown_to(registry);
        let alone = Entities::with_room(0);
        for tool in catalog.tools().filter(|tool| tool.unusable().is_none()) {
            let action = self.names.uid("Action", tool.action());
            let layers = Layers { near: &alone, far: &self.base };
            let permits = |acting| self.may_permit(&Reach { acting: Some(acting), action: &action, resource: None }, layers);
            let missing = match (permits(Acting::Origin), permits(Acting::Agent)) {
                (true, true) => continue,
                (false, true) => "for the user or service who starts the work",
                (true, false) => "for an agent",
                (false, false) => "for the user who starts the work, and one for an agent,",
            };
            let groups = listed(tool.groups().iter().map(String::as_str));
            let (name, action) = (tool.name(), tool.action());
            let message = format!(
                "no policy permits tool `{name}`, and every call of it is denied: add a `permit` {missing} with `action == Action::{action:?}`, or \
                 with `action in` one of its groups: {groups}"
            );
            warnings.push(warning("policy.tool_unreachable", message));
        }
        let agents: Entities = self.agents(registry).into_iter().collect();
        let layers = Layers { near: &agents, far: &self.base };
        if !self.may_permit(&Reach { acting: Some(Acting::Origin), action: &self.delegate, resource: None }, layers) {
            let message = "no policy permits `Action::\"delegate\"` to the user or service who starts the work, and every call of every agent is \
                           denied: add a `permit`, as in `permit(principal is User, action == Action::\"delegate\", resource is Agent);`";
            warnings.push(warning("policy.delegate_unreachable", message.to_owned()));
            return warnings;
        }
        let may_be_delegate = |agent: &String| {
            let agent = self.names.uid("Agent", agent);
            self.may_permit(&Reach { acting: None, action: &self.delegate, resource: Some(&agent) }, layers)
        };
        let unreachable: Vec<String> = registry.active().map(ToString::to_string).filter(|agent| !may_be_delegate(agent)).collect();
        if !unreachable.is_empty() {
            let names = listed(unreachable.iter().map(String::as_str));
            let message = format!("no policy permits to delegate to these active agents, and every call of theirs is denied: {names}");
            warnings.push(warning("policy.agent_unreachable", message));
        }
        if registry.is_empty() {
            warnings.push(warning(
                "registry.empty",
                "the registry has no agents, and every call is denied: list the agents in `registry.json`".to_owned(),
            ));
        }
        warnings
    }

    /// A shadow policy permits nothing.
    fn may_permit(&self, question: &Reach<'_>, entities: Layers<'_>) -> bool {
        self.rules.may_permit(question, entities, |rule| !self.traits_of(rule).class.is_shadow())
    }

    fn agents(&self, registry: &Registry) -> Vec<Entity> {
        let uid = |kind: &str, id: &str| -> Arc<Uid> { Arc::new(self.names.uid(kind, id)) };
        let mut entities = Vec::new();
        for (agent, blueprint) in registry.agents_with_blueprints() {
            let parents = blueprint.map(|blueprint| uid("Blueprint", blueprint)).into_iter().collect();
            entities.push(Entity { parents, ..Entity::bare(uid("Agent", &agent.to_string())) });
        }
        for (name, above) in registry.blueprints() {
            let parents = above.iter().map(|parent| uid("Blueprint", parent)).collect();
            entities.push(Entity { parents, ..Entity::bare(uid("Blueprint", name)) });
        }
        entities
    }

    /// Whether a policy names the group, or asks it.
    pub(crate) fn names_group(&self, name: &str) -> bool {
        self.groups.contains(name)
    }

    /// Agents and blueprints that policies name and the registry does not have.
    fn unknown_to(&self, registry: &Registry) -> Vec<Warning> {
        if registry.is_empty() {
            // That there are no agents is said once, and not for every name.
            return Vec::new();
        }
        let unknown = self.mentions.iter().filter(|mention| !registry.knows(&mention.kind, &mention.id));
        let warning = |mention: &lint::Mention| {
            let lint::Mention { policy, kind, id, source } = mention;
            let source = self.mentioning.iter().find(|known| known.name == *source);
            let location = source.and_then(|source| load::place_of(source, policy, &format!("{kind}::{id:?}")));
            let known = registry.names(kind);
            let meant = match lint::nearest(id, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{kind}::{near:?}`?"),
                None => format!("there are: {}", listed(known.iter().map(String::as_str))),
            };
            let message = format!("policy `{policy}`: `{kind}::{id:?}` is not in the registry; {meant}");
            Warning { code: "policy.unknown_entity", message, location }
        };
        unknown.map(warning).collect()
    }
}
