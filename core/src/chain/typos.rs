//! Names in a grant that mean nothing here. In a chain from elsewhere they grant nothing; in one made here they are slips.

use super::grant::{Actions, Grant};
use crate::action::ToolEffect;
use crate::catalog::{Catalog, DELEGATE, UNCLASSIFIED, system_group};

impl Grant {
    /// What is wrong with the first action that is neither a tool's nor a group.
    pub(crate) fn unknown_action(&self, catalog: &Catalog) -> Option<String> {
        let lists = self.capabilities.iter().map(|capability| &capability.actions).chain(self.budgets.iter().map(|budget| &budget.actions));
        let names = lists.filter_map(|actions| if let Actions::Of(names) = actions { Some(names) } else { None }).flatten();
        names.into_iter().find(|name| !is_known(name, catalog)).map(|name| unknown(name, catalog))
    }
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
    let mut near: Vec<(usize, String)> = known.map(|known| (distance(name, &known), known)).filter(|(far, _)| *far <= 1 + name.len() / 3).collect();
    near.sort();
    let near: Vec<_> = near.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    match near.as_slice() {
        [] => format!("{begins}; groups are {}", groups(catalog).map(|group| format!("`{group}`")).collect::<Vec<_>>().join(", ")),
        near => format!("{begins}; did you mean {}?", near.join(" or ")),
    }
}

/// How many letters must be put in, left out or changed (Levenshtein), upper and lower case being the same.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.to_lowercase().chars().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        for (cell, wanted) in row.iter_mut().skip(1).zip(&other) {
            let changed = before + usize::from(letter != *wanted);
            before = *cell;
            *cell = changed.min(before + 1).min(left + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(0)
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
        assert_eq!((distance("kitten", "sitting"), distance("", "ab"), distance("ab", "ab")), (3, 2, 0));
    }
}
