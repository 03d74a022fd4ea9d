//! Patterns of paths: `*` and `?` within one name, `**` for any directories.

use super::path::{Path, Root};

/// A pattern, taken apart.
pub(crate) struct Pattern<'t> {
    root: Root<'t>,
    names: Vec<&'t str>,
}

impl<'t> Pattern<'t> {
    /// The pattern, or what is wrong with it. What other readers take for more than a letter is not taken for one.
    pub(crate) fn read(text: &'t str) -> Result<Self, &'static str> {
        if text.contains(['[', ']', '{', '}', '\\', '!']) {
            return Err("has no `[…]`, `{…}`, `!` and `\\`: write `any_of` with one pattern each, and `/` between directories");
        }
        let (root, rest) = Root::split(text).ok_or("is not a path")?;
        let names: Vec<_> = rest.split('/').collect();
        if names.iter().any(|name| matches!(*name, "" | "." | "..") || name.len() > 2 && name.contains("**") || name.trim() != *name) {
            return Err("has names between single slashes, none of them `.` or `..`, and `**` only as a whole name");
        }
        if names.iter().any(|name| name.chars().any(char::is_control) || name.starts_with('~') || name.contains(':')) || super::path::is_encoded(text)
        {
            return Err("has no control characters, `~`, `:` or percent-encoding");
        }
        Ok(Self { root, names })
    }

    pub(crate) fn matches(&self, path: &Path<'_>) -> bool {
        let same = |pattern: &&str, name: &&str| name_matches(self.root, pattern, name);
        self.root.is(path.root()) && wild(&self.names, path.segments(), |name| *name == "**", same)
    }

    /// The directory everything below which it matches: that of `/a/**`.
    pub(crate) fn whole_directory(&self) -> Option<String> {
        let (last, before) = self.names.split_last()?;
        (*last == "**" && !before.iter().any(|name| is_wild(name))).then(|| self.directory(before))
    }

    /// The directory everything it matches lies within.
    pub(crate) fn fixed_directory(&self) -> String {
        let fixed = self.names.iter().take_while(|name| !is_wild(name)).count();
        self.directory(self.names.get(..fixed.min(self.names.len().saturating_sub(1))).unwrap_or_default())
    }

    fn directory(&self, names: &[&str]) -> String {
        let root = match self.root {
            Root::Relative if names.is_empty() => ".".to_owned(),
            Root::Relative | Root::Share(..) => String::new(),
            Root::Slash => "/".to_owned(),
            Root::Drive(letter) => format!("{letter}:/"),
        };
        root + &names.join("/")
    }
}

fn is_wild(name: &str) -> bool {
    name.contains(['*', '?'])
}

fn name_matches(root: Root<'_>, pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let same = |one: &char, other: &char| *one == '?' || one == other || root.is_windows() && one.eq_ignore_ascii_case(other);
    wild(&pattern, &name, |letter| *letter == '*', same)
}

/// Whether the items are those of the pattern, with any number of others where it is wild. To go back to the last wild place
/// is enough, so the work is at most the product of the lengths.
fn wild<P, I>(pattern: &[P], items: &[I], is_wild: impl Fn(&P) -> bool, same: impl Fn(&P, &I) -> bool) -> bool {
    let (mut place, mut item, mut back) = (0, 0, None);
    while let Some(next) = items.get(item) {
        match pattern.get(place) {
            Some(part) if is_wild(part) => {
                place += 1;
                back = Some((place, item));
            }
            Some(part) if same(part, next) => (place, item) = (place + 1, item + 1),
            _ => {
                let Some((after, tried)) = back else { return false };
                (place, item) = (after, tried + 1);
                back = Some((after, item));
            }
        }
    }
    pattern.get(place..).is_some_and(|rest| rest.iter().all(is_wild))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let pattern = Pattern::read(pattern).unwrap_or_else(|why| unreachable!("{pattern}: {why}"));
        Path::read(path).is_some_and(|path| pattern.matches(&path))
    }

    #[test]
    fn a_star_stays_in_its_directory() {
        assert!(matches("/ws/*.txt", "/ws/a.txt") && matches("/ws/*.txt", "/ws/b/../a.txt") && matches("/ws/a?c", "/ws/abc"));
        assert!(!matches("/ws/*.txt", "/ws/b/a.txt") && !matches("/ws/*", "/ws/../etc") && !matches("/ws/*.txt", "/ws/a.txt.sh"));
        assert!(matches("/ws/**/a.txt", "/ws/a.txt") && matches("/ws/**/a.txt", "/ws/b/c/a.txt") && matches("/ws/**", "/ws/b/c"));
        assert!(!matches("/ws/**", "/etc/passwd") && !matches("/ws/**/a.txt", "/ws/b/a.txt/x") && !matches("ws/*", "/ws/a"));
        assert!(matches("C:/ws/*", "c:\\WS\\a"));
        let odd = ["/ws/[ab]", "/ws/{a,b}", "/ws/../x", "/ws//x", "/ws/a**", "\\ws\\*", "", "/ws/"];
        assert!(odd.into_iter().all(|pattern| Pattern::read(pattern).is_err()));
    }
}
