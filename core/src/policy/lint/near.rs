//! Names near to one that is unknown.

/// Most names a message lists.
const LISTED_MAX: usize = 12;

/// The known name that is most like `name`: one or two letters off, or the shorter is the beginning of the longer one.
pub(in crate::policy) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = name.to_lowercase();
    let distance = |other: &str| {
        let other = other.to_lowercase();
        let shorter = lower.len().min(other.len());
        let is_beginning = shorter >= 3 && (lower.starts_with(&other) || other.starts_with(&lower));
        let edits = edits(&lower, &other);
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
        text.push_str(&format!(" and {} more", names.len() - LISTED_MAX));
    }
    if text.is_empty() { "none".to_owned() } else { text }
}

/// How many letters must be added, left out, replaced, or swapped with their neighbour (Damerau–Levenshtein, one swap a pair).
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<_>, Vec<_>) = (one.chars().take(64).collect(), other.chars().take(64).collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, opposite) in other.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(letter != opposite);
            let mut least = replaced.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let is_swap = row > 0 && column > 0 && one.get(row - 1) == Some(opposite) && other.get(column - 1) == Some(letter);
            if is_swap {
                least = least.min(at(&before_last, column - 1) + 1);
            }
            current.push(least);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(0)
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
