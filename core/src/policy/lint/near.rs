//! Names near to one that is unknown.

use std::fmt::Write as _;

use crate::shape::slips;

/// Most names a message lists.
const LISTED_MAX: usize = 12;

/// The known name that is most like `name`: one or two letters off, or the shorter is the beginning of the longer one.
pub(in crate::policy) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = name.to_lowercase();
    let distance = |other: &str| {
        let other = other.to_lowercase();
        let shorter = lower.len().min(other.len());
        let is_beginning = shorter >= 3 && (lower.starts_with(&other) || other.starts_with(&lower));
        let edits = slips(&lower, &other);
        let near = if is_beginning { Some(edits.min(2)) } else { Some(edits).filter(|edits| *edits <= if shorter < 5 { 1 } else { 2 }) };
        near.filter(|_| !other.is_empty())
    };
    known.into_iter().filter_map(|other| Some((distance(other)?, other))).min().map(|(_, other)| other)
}

/// The names as a list in a message, shortened if there are many.
pub(in crate::policy) fn listed<'k>(names: impl IntoIterator<Item = &'k str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let mut text = names.iter().take(LISTED_MAX).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED_MAX {
        let _ = write!(text, " and {} more", names.len() - LISTED_MAX);
    }
    if text.is_empty() { "none".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["send", "pay", "order_refund", "support-bots"];
        assert_eq!(nearest("payment", names), Some("pay"));
        assert_eq!(nearest("order_refnd", names), Some("order_refund"));
        assert_eq!(nearest("suport-bots", names), Some("support-bots"));
        assert_eq!(nearest("order.refund", names), Some("order_refund"));
        assert_eq!(nearest("archive", names), None);
    }
}
