//! Lemmas of words with endings.

/// What the word may be a form of: `WordNet`'s rules of detachment, and consonants doubled.
pub(super) fn forms(word: &str) -> impl Iterator<Item = String> + '_ {
    const RULES: [(&str, &str); 16] = [
        ("ies", "y"),
        ("sses", "ss"),
        ("xes", "x"),
        ("zes", "z"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("ied", "y"),
        ("ing", "e"),
        ("ing", ""),
        ("ed", "e"),
        ("ed", ""),
        ("es", "e"),
        ("es", ""),
        ("s", ""),
        ("'s", ""),
        ("men", "man"),
    ];
    RULES.iter().flat_map(move |(ending, instead)| {
        let stem = word.strip_suffix(ending).filter(|stem| stem.len() > 1);
        let plain = stem.map(|stem| format!("{stem}{instead}"));
        let doubled = stem.filter(|_| instead.is_empty() && matches!(*ending, "ing" | "ed")).and_then(undoubled);
        // "cancelled" before "cancelle".
        [doubled, plain].into_iter().flatten()
    })
}

fn undoubled(stem: &str) -> Option<String> {
    let mut letters = stem.chars().rev();
    let (last, before) = (letters.next()?, letters.next()?);
    (last == before && !matches!(last, 's' | 'l' | 'e' | 'o') || last == 'l' && before == 'l').then(|| stem.strip_suffix(last).map(str::to_owned))?
}
