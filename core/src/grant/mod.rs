//! What a link passes on: actions × resources × argument constraints × budgets. Empty means nothing.
//!
//! Two mechanisms keep authority shrinking, and neither relies on the other. *Pointwise*: a call must lie in
//! every link's grant ([`Grant::covers`]). *Static*: a received link whose grant is not within its parent's is
//! evidence of tampering ([`Grant::widening`]). `task.delegate` clamps with [`Grant::meet`].

pub(crate) mod constraint;
pub(crate) mod contract;
#[cfg(test)]
pub(crate) mod laws;
pub(crate) mod level;
pub(crate) mod pattern;
mod typos;
mod unmet;

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};

use crate::catalog::shape::Typed;
use crate::catalog::{Catalog, CheckedCall};
use crate::decimal::Decimal;
use crate::grant::constraint::Constraint;
use crate::identity::PrincipalId;
use crate::json::Value;
use crate::reason::Code;
use crate::time::Timestamp;

/// Most capabilities in one grant: a grant is read by people.
pub(crate) const CAPABILITIES_MAX: usize = 64;
/// Most names, resources, constraints and listed values in one grant, together: comparing two grants takes their
/// product.
pub(crate) const ENTRIES_MAX: usize = 1_024;
/// Most budgets in one grant.
pub(crate) const BUDGETS_MAX: usize = 16;

/// What a link passes on. A call is covered when *one* capability covers its action, resource and arguments, and
/// *every* budget still has room.
///
/// In JSON a single capability can stand for the whole grant: `{"actions": ["read"]}`.
///
/// ```
/// use bailiwick::Grant;
/// let grant: Grant = serde_json::from_str(r#"{
///   "capabilities": [{
///     "actions": ["read", "erp.pay"],
///     "resources": "any",
///     "arguments": {"iban": {"one_of": ["DE89"]}, "amount": {"range": {"max": "500.00"}}}
///   }],
///   "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "1000.00"}]
/// }"#)?;
/// assert!(!grant.is_nothing());
/// assert!(Grant::nothing().is_nothing());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Grant {
    /// Alternatives; none means nothing is granted.
    pub capabilities: Vec<Capability>,
    /// Limits on the sum over all calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<Budget>,
}

/// Actions on resources under conditions.
///
/// ```
/// let read: bailiwick::Capability = serde_json::from_str(r#"{"actions": ["read"], "resources": [{"in": {"type": "Folder", "id": "march"}}]}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `actions`")]
#[non_exhaustive]
pub struct Capability {
    /// Tool actions or action groups (`"erp.pay"`, `"read"`, `"system:mail"`).
    pub actions: Actions,
    /// Which resources; absent: every one.
    #[serde(default)]
    pub resources: ResourceSets,
    /// Conditions on arguments. Absent: none. Present: *closed world*, an argument not named here is not covered, unless `"*"` says
    /// what holds for those not named, where they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<BTreeMap<String, Constraint>>,
    /// Who must approve each call: roles as of `@ask`, or people. One of them is enough; absent: nobody need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Approvers>,
    /// From this instant on, nothing is covered; absent: as long as the link lasts.
    #[serde(default, rename = "expires_ms", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// Who may approve what a capability covers; at least one.
///
/// ```
/// let approvers: bailiwick::Approvers = serde_json::from_str(r#"["owner", {"issuer": "https://idp.example", "subject": "olga"}]"#)?;
/// assert_eq!(serde_json::to_string(&approvers)?, r#"["owner",{"issuer":"https://idp.example","subject":"olga"}]"#);
/// assert!(serde_json::from_str::<bailiwick::Approvers>("[]").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Approver>")]
pub struct Approvers(Vec<Approver>);

/// A role, as of `@ask`, a group, or one person.
///
/// Where a grant is made, a text that is no role is a group the policies name or the origin is in, or a person, `issuer|subject`.
///
/// ```
/// let approver: bailiwick::Approver = serde_json::from_str(r#""owner""#)?;
/// let group: bailiwick::Approver = serde_json::from_str(r#"{"group": "finance-approvers"}"#)?;
/// assert!(serde_json::from_str::<bailiwick::Approver>(r#"{"subject": "olga"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "a role, a group or a person")]
pub enum Approver {
    /// `user`, `owner`, `sponsor`, `owner:ID`, `sponsor:ID`, or a group of the approver's.
    Role(String),
    /// A group of the approver's, whether the policies know it or not.
    Group {
        /// The name, as the approver's issuer or the trust document calls it.
        group: String,
    },
    /// This person, whatever their roles.
    Person(PrincipalId),
}

impl TryFrom<Vec<Approver>> for Approvers {
    type Error = &'static str;

    fn try_from(approvers: Vec<Approver>) -> Result<Self, Self::Error> {
        if approvers.is_empty() { Err("`approvers` names nobody: leave it out, or name a role or a person") } else { Ok(Self(approvers)) }
    }
}

impl<'de> Deserialize<'de> for Approver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(role) if !role.is_empty() && !role.starts_with(PERSON) => Ok(Self::Role(role)),
            Value::Object(members) if members.contains_key("group") => match members.get("group") {
                Some(Value::String(group)) if members.len() == 1 && is_free_for_groups(group) => Ok(Self::Group { group: group.clone() }),
                _ => Err(D::Error::custom("an approver's `group` is a name that is no role, as in `{\"group\": \"finance-approvers\"}`")),
            },
            person @ Value::Object(_) => PrincipalId::deserialize(&person).map(Self::Person).map_err(D::Error::custom),
            _ => Err(D::Error::custom("an approver is a role, `{\"group\": …}`, or `{\"issuer\": …, \"subject\": …}`")),
        }
    }
}

/// What a decision asks for where one person is meant: no group is named so.
pub(crate) const PERSON: &str = "person:";

/// Whether the engine has no other meaning for the name.
fn is_free_for_groups(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(PERSON) && !is_office(name)
}

/// Whether a role is held by what the registry or the chain says, and not by a group.
pub(crate) fn is_office(role: &str) -> bool {
    let has_agent = |office: &str| role.strip_prefix(office).is_some_and(|agent| agent.len() > 1 && agent.starts_with(':'));
    matches!(role, "user" | "owner" | "sponsor") || has_agent("owner") || has_agent("sponsor")
}

impl Approver {
    /// As a decision asks for it, and an approval answers.
    fn role(&self) -> String {
        match self {
            Self::Role(role) | Self::Group { group: role } => role.clone(),
            Self::Person(id) => format!("{PERSON}{id}"),
        }
    }
}

impl Approvers {
    fn roles(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(Approver::role)
    }

    pub(crate) fn each(&mut self) -> impl Iterator<Item = &mut Approver> {
        self.0.iter_mut()
    }

    fn contain(&self, approver: &Approver) -> bool {
        self.0.iter().any(|known| known.role() == approver.role())
    }
}

/// How a grant covers a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cover {
    /// As it is.
    Whole,
    /// Once one of these approves.
    Asking(BTreeSet<String>),
}

/// A set of actions: `"any"`, or a list of names.
///
/// ```
/// let any: bailiwick::Actions = serde_json::from_str(r#""any""#)?;
/// assert_eq!(any.to_string(), "any action");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "everything, or what is listed")]
pub enum Actions {
    /// Every action the policies know.
    Any(AnyWord),
    /// These; none means nothing.
    Of(BTreeSet<String>),
}

/// A set of resources: `"any"`, or a list.
///
/// ```
/// assert_eq!(serde_json::to_string(&bailiwick::ResourceSets::default())?, r#""any""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "everything, or what is listed")]
pub enum ResourceSets {
    /// Every resource.
    Any(AnyWord),
    /// These; none means nothing.
    Of(Vec<ResourceSet>),
}

impl Default for ResourceSets {
    fn default() -> Self {
        Self::Any(AnyWord::Any)
    }
}

/// The word `"any"`.
///
/// ```
/// assert_eq!(serde_json::to_string(&bailiwick::AnyWord::Any)?, r#""any""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "one word")]
pub enum AnyWord {
    /// `"any"`
    Any,
}

/// Resources, as Cedar's scope would say it. No prefixes and no patterns: those have holes.
///
/// ```
/// let accounts: bailiwick::ResourceSet = serde_json::from_str(r#"{"is": "Account"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ResourceSet {
    /// This entity.
    Eq(EntityRef),
    /// This entity and everything in it.
    In(EntityRef),
    /// Every entity of this type.
    Is(String),
}

/// A Cedar entity by type and id.
///
/// ```
/// let account: bailiwick::EntityRef = serde_json::from_str(r#"{"type": "Account", "id": "DE89"}"#)?;
/// assert_eq!(account.kind, "Account");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `type` and `id`")]
#[non_exhaustive]
pub struct EntityRef {
    /// The entity type, `Account` or `Bank::Account`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id.
    pub id: String,
}

/// A limit on the sum of an argument, or on the number of calls, over everything done under the link.
///
/// ```
/// let calls: bailiwick::Budget = serde_json::from_str(r#"{"name": "calls", "actions": "any", "limit": "100"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `name`, `actions` and `limit`")]
#[non_exhaustive]
pub struct Budget {
    /// Names it within the grant.
    pub name: String,
    /// Which actions draw on it.
    pub actions: Actions,
    /// The numeric argument that is summed; absent: each call counts 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
    /// The most the sum may reach.
    pub limit: Decimal,
}

/// The resource of a call, with everything it is in.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub resource: EntityRef,
    pub within: BTreeSet<EntityRef>,
}

/// Which part of a grant did not cover a call, or was wider than its parent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Actions,
    Resources,
    Arguments,
    Approvers,
    Expiry,
    Budgets,
}

impl Dimension {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Resources => "resources",
            Self::Arguments => "arguments",
            Self::Approvers => "approvers",
            Self::Expiry => "expires_ms",
            Self::Budgets => "budgets",
        }
    }
}

impl Grant {
    /// Nothing at all.
    ///
    /// ```
    /// assert!(bailiwick::Grant::nothing().is_nothing());
    /// ```
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Everything the delegator may do; policies, holds and the links before still bound it.
    ///
    /// ```
    /// assert!(!bailiwick::Grant::everything().is_nothing());
    /// ```
    #[must_use]
    pub fn everything() -> Self {
        Self { capabilities: vec![Capability::of(Actions::Any(AnyWord::Any))], budgets: Vec::new() }
    }

    /// These actions or action groups, on any resource.
    ///
    /// ```
    /// let grant = bailiwick::Grant::of_actions(["read", "erp.pay"]);
    /// assert_eq!(grant.capabilities.len(), 1);
    /// ```
    #[must_use]
    pub fn of_actions<'a>(actions: impl IntoIterator<Item = &'a str>) -> Self {
        let actions = Actions::Of(actions.into_iter().map(str::to_owned).collect());
        Self { capabilities: vec![Capability::of(actions)], budgets: Vec::new() }
    }

    /// Whether no call can be covered.
    ///
    /// ```
    /// assert!(bailiwick::Grant::default().is_nothing());
    /// ```
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.capabilities.is_empty()
    }

    /// The same, with every `in` spelled out as what `members` lists, itself included.
    pub(crate) fn pinned(&self, members: impl Fn(&EntityRef) -> Vec<EntityRef>) -> Self {
        let mut pinned = self.clone();
        for capability in &mut pinned.capabilities {
            if let ResourceSets::Of(sets) = &mut capability.resources {
                let spelled = |set: ResourceSet| match set {
                    ResourceSet::In(entity) => members(&entity).into_iter().chain([entity]).map(ResourceSet::Eq).collect(),
                    other => vec![other],
                };
                *sets = std::mem::take(sets).into_iter().flat_map(spelled).collect();
            }
        }
        pinned
    }

    /// Whether the grant keeps to the size limits; the sentence says which it does not.
    pub(crate) fn oversize(&self) -> Option<String> {
        if self.capabilities.len() > CAPABILITIES_MAX {
            Some(format!("more than {CAPABILITIES_MAX} capabilities"))
        } else if self.budgets.len() > BUDGETS_MAX {
            Some(format!("more than {BUDGETS_MAX} budgets"))
        } else if self.capabilities.iter().map(Capability::entries).sum::<usize>() > ENTRIES_MAX {
            Some(format!("more than {ENTRIES_MAX} names, resources and values"))
        } else {
            None
        }
    }

    /// Pointwise: whether one capability covers the call. The error names the dimension the best attempt failed in.
    pub(crate) fn covers<F: FnOnce() -> Located>(
        &self,
        call: &CheckedCall<'_>,
        located: &LazyCell<Located, F>,
        now: Timestamp,
    ) -> Result<Cover, Code> {
        let action = call.tool.action();
        let groups = call.tool.groups();
        let mut nearest = Code::GrantAction;
        let mut asking = BTreeSet::new();
        for capability in &self.capabilities {
            if !capability.actions.contain(action, groups) {
                continue;
            }
            if capability.expires.is_some_and(|expires| now >= expires) {
                if nearest == Code::GrantAction {
                    nearest = Code::GrantExpired;
                }
                continue;
            }
            if !capability.resources.contain(located) {
                if nearest != Code::GrantArgument {
                    nearest = Code::GrantResource;
                }
                continue;
            }
            if !capability.covers_arguments(call) {
                nearest = Code::GrantArgument;
                continue;
            }
            match &capability.approvers {
                None => return Ok(Cover::Whole),
                Some(approvers) => asking.extend(approvers.roles()),
            }
        }
        if asking.is_empty() { Err(nearest) } else { Ok(Cover::Asking(asking)) }
    }

    /// Static: where this grant is wider than its parent's, and by what. Sound, not complete: a grant that
    /// merely looks wider (a group spelled out as its members counts as within, the reverse does not) is refused.
    pub(crate) fn widening(&self, parent: &Self, catalog: &Catalog) -> Option<(Dimension, String)> {
        for (index, child) in self.capabilities.iter().enumerate() {
            let mut nearest = (Dimension::Actions, format!("capability {index}: {}", child.actions));
            let covered = parent.capabilities.iter().any(|outer| match child.wider_than(outer, catalog) {
                None => true,
                Some(dimension) => {
                    if dimension != Dimension::Actions && nearest.0 != Dimension::Arguments {
                        nearest = (dimension, format!("capability {index}"));
                    }
                    false
                }
            });
            if !covered {
                return Some(nearest);
            }
        }
        let raised = |budget: &&Budget| {
            let outer = parent.budgets.iter().find(|outer| outer.name == budget.name);
            outer.is_some_and(|outer| budget.limit > outer.limit || budget.actions != outer.actions || budget.argument != outer.argument)
        };
        self.budgets.iter().find(raised).map(|budget| (Dimension::Budgets, format!("budget `{}`", budget.name)))
    }

    /// The part of `self` that lies within `parent`, and what was cut.
    pub(crate) fn meet(&self, parent: &Self, catalog: &Catalog) -> (Self, Vec<String>) {
        let mut met = Self { capabilities: Vec::new(), budgets: self.budgets.clone() };
        let mut cut = Vec::new();
        for (index, child) in self.capabilities.iter().enumerate() {
            if parent.capabilities.iter().any(|outer| child.wider_than(outer, catalog).is_none()) {
                met.capabilities.push(child.clone());
                continue;
            }
            let parts: Vec<_> = parent.capabilities.iter().filter_map(|outer| child.meet(outer, catalog)).collect();
            cut.push(match parts.len() {
                0 => format!("capability {index} ({}): nothing of it is held", child.actions),
                _ => format!("capability {index} ({}): narrowed to what is held", child.actions),
            });
            met.capabilities.extend(parts);
        }
        if met.capabilities.len() > CAPABILITIES_MAX {
            cut.push(format!("capabilities beyond the first {CAPABILITIES_MAX}"));
            met.capabilities.truncate(CAPABILITIES_MAX);
        }
        for budget in &mut met.budgets {
            if let Some(outer) = parent.budgets.iter().find(|outer| outer.name == budget.name) {
                if budget.limit > outer.limit {
                    cut.push(format!("budget `{}`: {} is lowered to {}", budget.name, budget.limit, outer.limit));
                }
                *budget = Budget { limit: budget.limit.min(outer.limit), ..outer.clone() };
            }
        }
        (met, cut)
    }
}

impl<'de> Deserialize<'de> for Grant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Those of both forms.
        const MEMBERS: &[&str] = &["actions", "resources", "arguments", "approvers", "expires_ms", "capabilities", "budgets"];
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, expecting = "an object with `actions`, or with `capabilities`,")]
        struct GrantFields {
            capabilities: Vec<Capability>,
            #[serde(default)]
            budgets: Vec<Budget>,
        }
        let mut value = Value::deserialize(deserializer)?;
        if let Value::Object(members) = &value
            && let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str()))
        {
            return Err(D::Error::unknown_field(unknown, MEMBERS));
        }
        if let Value::Object(members) = &mut value
            && members.contains_key("actions")
            && !members.contains_key("capabilities")
        {
            // The short form: the one capability, with the budgets beside its members.
            let budgets = members.shift_remove("budgets");
            let capability = std::mem::take(members);
            members.insert("capabilities".to_owned(), Value::Array(Vec::new()));
            members.extend(budgets.map(|budgets| ("budgets".to_owned(), budgets)));
            let capability = Capability::deserialize(&Value::Object(capability)).map_err(D::Error::custom)?;
            let Self { budgets, .. } = Self::deserialize(&value).map_err(D::Error::custom)?;
            return Ok(Self { capabilities: vec![capability], budgets });
        }
        let GrantFields { capabilities, budgets } = GrantFields::deserialize(&value).map_err(D::Error::custom)?;
        let mut names = BTreeSet::new();
        if let Some(twice) = budgets.iter().find(|budget| !names.insert(&budget.name)) {
            return Err(D::Error::custom(format_args!("budget `{}` stands twice", twice.name)));
        }
        Ok(Self { capabilities, budgets })
    }
}

impl<'de> Deserialize<'de> for Actions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        any_or(deserializer, Self::Any, Self::Of)
    }
}

impl<'de> Deserialize<'de> for ResourceSets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        any_or(deserializer, Self::Any, Self::Of)
    }
}

/// `"any"`, or a list.
fn any_or<'de, D: Deserializer<'de>, T: DeserializeOwned, S>(deserializer: D, any: fn(AnyWord) -> S, of: fn(T) -> S) -> Result<S, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(word) if word == "any" => Ok(any(AnyWord::Any)),
        list @ Value::Array(_) => T::deserialize(&list).map(of).map_err(D::Error::custom),
        Value::String(_) => Err(D::Error::custom("`\"any\"` or a list is needed, not a string")),
        other => T::deserialize(&other).map(of).map_err(D::Error::custom),
    }
}

impl Capability {
    /// These actions, on any resource.
    pub(crate) fn of(actions: Actions) -> Self {
        Self { actions, resources: ResourceSets::Any(AnyWord::Any), arguments: None, approvers: None, expires: None }
    }

    fn entries(&self) -> usize {
        let actions = if let Actions::Of(names) = &self.actions { names.len() } else { 0 };
        let resources = if let ResourceSets::Of(sets) = &self.resources { sets.len() } else { 0 };
        let arguments = self.arguments.iter().flat_map(BTreeMap::values).map(|constraint| 1 + constraint.listed());
        let approvers = self.approvers.as_ref().map_or(0, |approvers| approvers.0.len());
        actions + resources + approvers + arguments.sum::<usize>()
    }

    /// Whether its actions, resources and expiry match the call, arguments aside.
    pub(crate) fn is_about<F: FnOnce() -> Located>(&self, call: &CheckedCall<'_>, located: &LazyCell<Located, F>, now: Timestamp) -> bool {
        let is_named = self.actions.contain(call.tool.action(), call.tool.groups());
        is_named && self.expires.is_none_or(|expires| now < expires) && self.resources.contain(located)
    }

    /// Whether an argument may be passed: every one the host will pass must be named or be among the others, also one that is
    /// `null` or that Cedar does not see.
    pub(crate) fn lets_pass(&self, call: &CheckedCall<'_>, name: &str, value: &Value) -> bool {
        let Some(constraints) = &self.arguments else { return true };
        may_pass(constraints, name, *value == Value::Null, call.arguments.get(name))
    }

    fn covers_arguments(&self, call: &CheckedCall<'_>) -> bool {
        let Some(constraints) = &self.arguments else { return true };
        call.members.iter().all(|(name, value)| self.lets_pass(call, name, value))
            && constraints.iter().all(|(name, constraint)| name == OTHERS || constraint.holds(call.arguments.get(name)))
    }

    fn wider_than(&self, outer: &Self, catalog: &Catalog) -> Option<Dimension> {
        if !self.actions.are_within(&outer.actions, catalog) {
            Some(Dimension::Actions)
        } else if !self.resources.are_within(&outer.resources) {
            Some(Dimension::Resources)
        } else if !arguments_within(self.arguments.as_ref(), outer.arguments.as_ref()) {
            Some(Dimension::Arguments)
        } else if !approvers_within(self.approvers.as_ref(), outer.approvers.as_ref()) {
            Some(Dimension::Approvers)
        } else if outer.expires.is_some_and(|outer| self.expires.is_none_or(|expires| expires > outer)) {
            Some(Dimension::Expiry)
        } else {
            None
        }
    }

    /// What both capabilities cover; `None` when that is nothing, or cannot be written as one capability.
    fn meet(&self, outer: &Self, catalog: &Catalog) -> Option<Self> {
        let resources = if self.resources.are_within(&outer.resources) {
            self.resources.clone()
        } else {
            outer.resources.are_within(&self.resources).then(|| outer.resources.clone())?
        };
        let arguments = if arguments_within(self.arguments.as_ref(), outer.arguments.as_ref()) {
            self.arguments.clone()
        } else {
            arguments_within(outer.arguments.as_ref(), self.arguments.as_ref()).then(|| outer.arguments.clone())?
        };
        let approvers = match (&self.approvers, &outer.approvers) {
            (own, None) => own.clone(),
            (None, outer) => outer.clone(),
            // One of both: where nobody is in both, nobody could approve.
            (Some(own), Some(outer)) => {
                let both: Vec<_> = own.0.iter().filter(|approver| outer.contain(approver)).cloned().collect();
                Some(Approvers::try_from(both).ok()?)
            }
        };
        let expires = self.expires.into_iter().chain(outer.expires).min();
        Some(Self { actions: self.actions.meet(&outer.actions, catalog)?, resources, arguments, approvers, expires })
    }
}

/// The name for all arguments that are not named.
pub(crate) const OTHERS: &str = "*";

/// Whether an argument may be there: it is named, or it meets what is said of the others, of which `null` is one that is absent.
/// What is there but has no type is neither absent nor known to meet a condition.
fn may_pass(constraints: &BTreeMap<String, Constraint>, name: &str, is_null: bool, argument: Option<&Typed<'_>>) -> bool {
    let named = constraints.get(name).filter(|_| name != OTHERS);
    match (named, constraints.get(OTHERS)) {
        (Some(Constraint::Any), _) | (None, Some(Constraint::Any)) => true,
        // Whether it meets its condition is asked of all that are named, there or not.
        (Some(_), _) => is_null || argument.is_some(),
        (None, Some(_)) if is_null => true,
        (None, Some(others)) => argument.is_some_and(|argument| others.holds(Some(argument))),
        (None, None) => false,
    }
}

fn arguments_within(child: Option<&BTreeMap<String, Constraint>>, parent: Option<&BTreeMap<String, Constraint>>) -> bool {
    let Some(parent) = parent else { return true };
    let Some(child) = child else { return false };
    let others = |constraints: &BTreeMap<String, Constraint>| constraints.get(OTHERS).map(|inner| Constraint::Optional(Box::new(inner.clone())));
    let (child_others, parent_others) = (others(child), others(parent));
    // Closed world on both sides: the child may not name what the parent does not, nor drop what it requires.
    let is_within = |name: &String| {
        let (inner, outer) = (child.get(name).or(child_others.as_ref()), parent.get(name).or(parent_others.as_ref()));
        match (inner, outer) {
            (Some(inner), Some(outer)) => inner.is_within(outer),
            (None, Some(outer)) => outer.holds(None),
            (Some(_), None) => false,
            (None, None) => true,
        }
    };
    let others_are_within = match (child.get(OTHERS), parent.get(OTHERS)) {
        (None, _) => true,
        (Some(inner), Some(outer)) => inner.is_within(outer),
        (Some(_), None) => false,
    };
    others_are_within && child.keys().chain(parent.keys()).filter(|name| *name != OTHERS).all(is_within)
}

/// One of the child's approvers must be one of the parent's.
fn approvers_within(child: Option<&Approvers>, parent: Option<&Approvers>) -> bool {
    let Some(parent) = parent else { return true };
    child.is_some_and(|child| child.0.iter().all(|approver| parent.contain(approver)))
}

impl Actions {
    pub(crate) fn contain(&self, action: &str, groups: &[String]) -> bool {
        match self {
            Self::Any(_) => true,
            Self::Of(names) => names.contains(action) || groups.iter().any(|group| names.contains(group)),
        }
    }

    fn are_within(&self, outer: &Self, catalog: &Catalog) -> bool {
        match (self, outer) {
            (_, Self::Any(_)) => true,
            (Self::Any(_), Self::Of(_)) => false,
            (Self::Of(names), Self::Of(outer)) => names.iter().all(|name| {
                // A tool is within its groups. A group is only within itself: it may grow.
                let tool = catalog.tool_of_action(name);
                outer.contains(name) || tool.is_some_and(|tool| tool.groups().iter().any(|group| outer.contains(group)))
            }),
        }
    }

    /// The actions in both; groups that only partly overlap are spelled out as tools. `None` when there are none.
    fn meet(&self, outer: &Self, catalog: &Catalog) -> Option<Self> {
        let both = match (self, outer) {
            (actions, Self::Any(_)) | (Self::Any(_), actions) => return Some(actions.clone()),
            (Self::Of(one), Self::Of(other)) => {
                let shared = one.intersection(other).cloned();
                let spelled = |names: &BTreeSet<String>| names.iter().flat_map(|name| catalog.actions_of(name)).collect::<BTreeSet<_>>();
                shared.chain(spelled(one).intersection(&spelled(other)).cloned()).collect::<BTreeSet<_>>()
            }
        };
        (!both.is_empty()).then_some(Self::Of(both))
    }
}

impl std::fmt::Display for Actions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any(_) => f.write_str("any action"),
            Self::Of(names) => f.write_str(&names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
        }
    }
}

impl ResourceSets {
    /// The resource is only looked up when a grant speaks of resources.
    fn contain<F: FnOnce() -> Located>(&self, located: &LazyCell<Located, F>) -> bool {
        match self {
            Self::Any(_) => true,
            Self::Of(sets) => sets.iter().any(|set| match set {
                ResourceSet::Eq(entity) => located.resource == *entity,
                ResourceSet::In(entity) => located.resource == *entity || located.within.contains(entity),
                ResourceSet::Is(kind) => located.resource.kind == *kind,
            }),
        }
    }

    fn are_within(&self, outer: &Self) -> bool {
        match (self, outer) {
            (_, Self::Any(_)) => true,
            (Self::Any(_), Self::Of(_)) => false,
            (Self::Of(sets), Self::Of(outer)) => sets.iter().all(|set| outer.iter().any(|other| set.is_within(other))),
        }
    }
}

impl ResourceSet {
    fn is_within(&self, outer: &Self) -> bool {
        match (self, outer) {
            (Self::Eq(one), Self::Eq(other) | Self::In(other)) | (Self::In(one), Self::In(other)) => one == other,
            (Self::Eq(entity), Self::Is(kind)) => entity.kind == *kind,
            (Self::Is(one), Self::Is(other)) => one == other,
            _ => false,
        }
    }
}
