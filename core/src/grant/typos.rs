//! Slips in a grant: names that mean nothing here, and times that have passed. In a chain from elsewhere they grant nothing; where a
//! grant is made they are errors.

use std::collections::BTreeSet;

use crate::catalog::call::ToolEffect;
use crate::catalog::{Catalog, DELEGATE, Tool, UNCLASSIFIED, system_group};
use crate::grant::{Actions, Approver, Budget, Capability, Grant, OTHERS, is_office};
use crate::identity::PrincipalId;
use crate::shape::slips;
use crate::time::Timestamp;

/// Most names a message lists.
const LISTED_MAX: usize = 24;

impl Grant {
    /// The grant as its maker means it, with persons written as `issuer|subject` read as such; the error is the first slip in it.
    pub(crate) fn settled(mut self, catalog: &Catalog, is_group: &dyn Fn(&str) -> bool, now: Timestamp) -> Result<Self, String> {
        if let Some(what) = self.unknown_action(catalog).or_else(|| self.unknown_argument(catalog)) {
            return Err(what);
        }
        for (index, capability) in self.capabilities.iter_mut().enumerate() {
            if let Some(expires) = capability.expires.filter(|expires| *expires <= now) {
                return Err(passed(index, expires, now));
            }
            for approver in capability.approvers.iter_mut().flat_map(crate::grant::Approvers::each) {
                if let Approver::Group { group } = approver
                    && (is_office(group) || group.starts_with("person:"))
                {
                    return Err(format!("`{group}` in the approvers of capability {index} is no group: write it as a text"));
                }
                if let Approver::Role(role) = approver
                    && !is_office(role)
                    && !is_group(role)
                {
                    *approver = Approver::Person(person(role).ok_or_else(|| nobody(role))?);
                }
            }
        }
        Ok(self)
    }

    /// What is wrong with the first argument that no tool it could be of declares.
    fn unknown_argument(&self, catalog: &Catalog) -> Option<String> {
        let of_capability = |capability: &Capability| {
            let mut names = capability.arguments.iter().flat_map(|arguments| arguments.keys()).filter(|name| *name != OTHERS);
            names.find_map(|name| undeclared(name, &capability.actions, catalog).map(|why| format!("`{name}` in the grant's arguments {why}")))
        };
        let of_budget = |budget: &Budget| {
            let name = budget.argument.as_ref()?;
            undeclared(name, &budget.actions, catalog).map(|why| format!("`{name}`, the argument of the budget `{}`, {why}", budget.name))
        };
        self.capabilities.iter().find_map(of_capability).or_else(|| self.budgets.iter().find_map(of_budget))
    }

    /// What is wrong with the first action that is neither a tool's nor a group.
    pub(crate) fn unknown_action(&self, catalog: &Catalog) -> Option<String> {
        let lists = self.capabilities.iter().map(|capability| &capability.actions).chain(self.budgets.iter().map(|budget| &budget.actions));
        let names = lists.filter_map(|actions| if let Actions::Of(names) = actions { Some(names) } else { None }).flatten();
        names.into_iter().find(|name| !is_known(name, catalog)).map(|name| unknown(name, catalog))
    }
}

/// What to say of an argument that none of the tools of these actions declares.
fn undeclared(name: &str, actions: &Actions, catalog: &Catalog) -> Option<String> {
    let tools: Vec<&Tool> = catalog.tools().filter(|tool| actions.contain(tool.action(), tool.groups())).collect();
    // Of a tool whose schema cannot be read nobody knows what it declares; of a group without tools neither.
    let is_declared = |tool: &&Tool| tool.unusable().is_some() || tool.parameters().any(|parameter| parameter == name);
    if tools.is_empty() || tools.iter().any(is_declared) {
        return None;
    }
    let declared: BTreeSet<&str> = tools.iter().flat_map(|tool| tool.parameters()).collect();
    let who = match tools.as_slice() {
        [only] => format!("the tool `{}`", only.name()),
        several => format!("any of the {} tools of `{actions}`", several.len()),
    };
    let near = declared.iter().map(|known| (slips(name, known), *known)).filter(|(far, known)| *far <= (known.len() / 3).max(1)).min();
    let meant = near.map_or_else(String::new, |(_, known)| format!(" (did you mean `{known}`?)"));
    let listed = match declared.len() {
        0 => "no arguments are declared".to_owned(),
        count => {
            let more = if count > LISTED_MAX { ", …" } else { "" };
            let listed: Vec<_> = declared.iter().take(LISTED_MAX).map(|name| format!("`{name}`")).collect();
            format!("there are: {}{more}", listed.join(", "))
        }
    };
    Some(format!("is not an argument of {who}; {listed}{meant}"))
}

/// What to say of a capability that ended before it was made.
fn passed(index: usize, expires: Timestamp, now: Timestamp) -> String {
    let begins = format!("`expires_ms` of capability {index} of the grant is {}, which is {expires}, and now is {now}", expires.as_millis());
    // A date of these decades in seconds is one of January 1970 in milliseconds.
    match expires.as_millis().checked_mul(1_000).and_then(Timestamp::from_millis).filter(|meant| *meant > now) {
        Some(meant) => format!("{begins}: `expires_ms` is in milliseconds; for {meant} write {}", meant.as_millis()),
        None => format!("{begins}: give a later time in milliseconds, or leave it out"),
    }
}

/// The person of an id as policies write it.
fn person(id: &str) -> Option<PrincipalId> {
    let part = |text: &str| text.replace("%7C", "|").replace("%25", "%");
    let parts: Vec<&str> = id.split('|').collect();
    match parts.as_slice() {
        [issuer, subject] => PrincipalId::new(&part(issuer), &part(subject)).ok(),
        [issuer, tenant, subject] => PrincipalId::new(&part(issuer), &part(subject)).ok()?.in_tenant(&part(tenant)).ok(),
        _ => None,
    }
}

fn nobody(role: &str) -> String {
    format!(
        "`{role}` in the grant's approvers is neither a role (`user`, `owner`, `sponsor`, `owner:ID`, `sponsor:ID`) nor a group that the policies name \
         or the origin is in: write a person as `{{\"issuer\": \"https://idp.example\", \"subject\": {role:?}}}` or `issuer|subject`, and a group as \
         `{{\"group\": {role:?}}}`"
    )
}

fn groups(catalog: &Catalog) -> impl Iterator<Item = String> + '_ {
    let effects = ToolEffect::ALL.iter().map(|effect| effect.as_str()).chain([UNCLASSIFIED, DELEGATE]).map(str::to_owned);
    effects.chain(catalog.systems().map(|(system, _)| system_group(system)))
}

fn is_known(name: &str, catalog: &Catalog) -> bool {
    catalog.tool_of_action(name).is_some() || groups(catalog).any(|group| group == name)
}

fn unknown(name: &str, catalog: &Catalog) -> String {
    let begins = format!("`{name}` in the grant's actions is neither a tool's action nor a group");
    if matches!(name, "any" | "*" | "all") {
        return format!("{begins}: for every action write `\"actions\": \"any\"`, without a list");
    }
    if let Some(tool) = catalog.tool(name) {
        return format!("{begins}: the action of the tool `{name}` is `{}`", tool.action());
    }
    if let Some((system, _)) = catalog.systems().find(|(system, _)| *system == name) {
        return format!("{begins}: the tools of a system are `{}`", system_group(system));
    }
    let known = catalog.tools().map(|tool| tool.action().to_owned()).chain(groups(catalog));
    let mut near: Vec<(usize, String)> = known.map(|known| (slips(name, &known), known)).filter(|(far, _)| *far <= 1 + name.len() / 3).collect();
    near.sort();
    let nearest = near.first().map_or(0, |(far, _)| *far);
    near.retain(|(far, _)| *far <= nearest + 1);
    let near: Vec<_> = near.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    match near.as_slice() {
        [] => format!("{begins}; groups are {}", groups(catalog).map(|group| format!("`{group}`")).collect::<Vec<_>>().join(", ")),
        near => format!("{begins}; did you mean {}?", near.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_said_with_what_was_meant() {
        let catalog = Catalog::from_json(crate::doc::CATALOG).unwrap_or_else(|error| unreachable!("{error}"));
        let said = |name| Grant::of_actions([name]).unknown_action(&catalog).unwrap_or_default();
        for name in ["mail.read", "read", "system:mail", "unclassified", "share", "delegate"] {
            assert_eq!(said(name), "", "{name}");
        }
        assert!(
            said("mial.read").ends_with("did you mean `mail.read`?")
                && said("READ").contains("`read`")
                && said("system:mial").contains("`system:mail`")
        );
        assert!(said("any").contains("without a list") && said("mail").contains("`system:mail`") && said("launch_rockets").contains("groups are"));
    }

    #[test]
    fn offices_and_persons_are_no_groups() {
        let catalog = Catalog::from_json(crate::doc::CATALOG).unwrap_or_else(|error| unreachable!("{error}"));
        let settled = |group: &str| {
            let mut grant = Grant::of_actions(["mail.read"]);
            let approvers = crate::grant::Approvers::try_from(vec![Approver::Group { group: group.to_owned() }]);
            grant.capabilities.iter_mut().for_each(|capability| capability.approvers = approvers.clone().ok());
            grant.settled(&catalog, &|_| false, crate::doc::now())
        };
        for group in ["user", "owner", "sponsor:bot", "person:https://idp.example|olga"] {
            assert!(settled(group).is_err_and(|why| why.contains("is no group")), "{group}");
        }
        assert!(settled("finance").is_ok() && settled("users").is_ok());
    }

    #[test]
    fn what_a_grant_says_of_arguments_approvers_and_times_is_checked() {
        let catalog = Catalog::from_json(crate::doc::CATALOG).unwrap_or_else(|error| unreachable!("{error}"));
        let now = crate::doc::now();
        let settled = |text: &str| {
            let grant: Grant = serde_json::from_str(text).unwrap_or_else(|error| unreachable!("{text}: {error}"));
            grant.settled(&catalog, &|group| group == "finance", now)
        };
        for (grant, said) in [
            (r#"{"actions": ["mail.read"], "arguments": {"idd": "any"}}"#, "of the tool `mail.read`; there are: `id` (did you mean `id`?)"),
            (r#"{"actions": ["mail.read"], "arguments": {"amount": "any"}}"#, "there are: `id`"),
            (r#"{"actions": "any", "arguments": {"amuont": {"range": {"max": "5"}}}}"#, "did you mean `amount`?"),
            (
                r#"{"actions": ["erp.pay"], "budgets": [{"name": "eur", "actions": ["erp.pay"], "argument": "amounts", "limit": "1"}]}"#,
                "the argument of the budget `eur`",
            ),
            (r#"{"actions": ["read"], "approvers": ["olga"]}"#, r#"{"group": "olga"}"#),
            (r#"{"actions": ["read"], "approvers": ["owner", "Finance"]}"#, "`Finance` in the grant's approvers"),
            (r#"{"actions": ["read"], "approvers": ["owner:"]}"#, "neither a role"),
            (r#"{"actions": ["read"], "expires_ms": 1699999999999}"#, "2023-11-14T22:13:19.999Z, and now is"),
            (r#"{"actions": ["read"], "expires_ms": 1800000000}"#, "for 2027-01-15T08:00:00.000Z write 1800000000000"),
        ] {
            let Err(why) = settled(grant) else { unreachable!("{grant}") };
            assert!(why.contains(said), "{grant}: {why}");
        }
        for grant in [
            r#"{"actions": ["mail.read", "erp.pay"], "arguments": {"id": "any", "amount": "any", "*": "any"}}"#,
            r#"{"actions": ["delete"], "arguments": {"anything": "any"}}"#,
            r#"{"actions": ["read"], "approvers": ["user", "owner", "sponsor:https://a.example|b", "finance", {"group": "olga"}], "expires_ms": 1800000000000}"#,
        ] {
            assert_eq!(settled(grant).err(), None, "{grant}");
        }
        let person = settled(r#"{"actions": ["read"], "approvers": ["https://idp.example|olga", "i|t|a%7Cb"]}"#);
        let written = person.map(|grant| crate::json::canonical(&grant.capabilities)).unwrap_or_default();
        assert!(
            written.contains(r#""approvers":[{"issuer":"https://idp.example","subject":"olga"},{"issuer":"i","subject":"a|b","tenant":"t"}]"#),
            "{written}"
        );
    }
}
