//! What the words of a language mean, as far as two data files tell; their format is in `core/data/README.md`.

mod forms;
mod glossary;
mod grammar;
mod meaning;

use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

use crate::error::{Error, ErrorKind, Location};
use forms::forms;
use grammar::Grammar;

pub(crate) use glossary::{Glossary, Word};
pub(crate) use grammar::{Class, Classes};
pub(crate) use meaning::{Effects, Kind, Meaning, Neighbours, Sense, nearness};

/// The words of one language: its lexicon, and its grammar.
///
/// ```
/// use bailiwick::Language;
/// let tiny = Language::new("pagar\tp9\t1\t\t\t\t\t5-\n", "polite: favor\n")?;
/// assert_eq!(tiny.len(), 1);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone)]
pub struct Language {
    /// Sorted lines: without the index a word is found by halving, so that nothing is read at load that nobody asks for.
    lexicon: Cow<'static, str>,
    grammar: Arc<Grammar>,
    /// Made when the first prompt is read; shared by clones.
    index: Arc<ArcSwapOption<Index>>,
}

/// Where each word's line begins, and whether the word may name a deed that changes something.
#[derive(Default)]
struct Index {
    lines: HashTable<(u32, bool)>,
    hasher: DefaultHashBuilder,
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({} bytes)", self.lexicon.len())
    }
}

impl Language {
    /// English: `WordNet` 3.0, and our own list of the words of grammar.
    ///
    /// ```
    /// assert!(bailiwick::Language::english().len() > 50_000);
    /// ```
    #[must_use]
    pub fn english() -> Self {
        let grammar = Grammar::parse(include_str!("../../data/english.grammar")).unwrap_or_default();
        Self { lexicon: Cow::Borrowed(include_str!("../../data/english.lexicon")), grammar: Arc::new(grammar), index: Arc::default() }
    }

    /// A language of these two texts.
    ///
    /// ```
    /// let error = bailiwick::Language::new("b\t\t\t\t\t\t\t--\na\t\t\t\t\t\t\t--\n", "").unwrap_err();
    /// assert_eq!(error.location().unwrap().line, 2); // not sorted
    /// ```
    ///
    /// # Errors
    /// `language.invalid`, with the line that is wrong.
    pub fn new(lexicon: &str, grammar: &str) -> Result<Self, Error> {
        let wrong =
            |file: &str, line: usize, why: String| Error::new(ErrorKind::Language, why).at(Location { file: Some(file.to_owned()), line, column: 1 });
        let mut last = "";
        for (at, line) in lexicon.lines().enumerate() {
            let wrong = |why: &str| wrong("lexicon", at + 1, why.to_owned());
            let (word, rest) = line.split_once('\t').ok_or_else(|| wrong("expected a word, a tab and its meaning"))?;
            if at > 0 && word <= last {
                return Err(wrong("words must be sorted by bytes, each once"));
            }
            if !rest.starts_with('=') && Meaning::parse(rest).is_none() {
                return Err(wrong("the meaning of a word has seven members, set apart by tabs"));
            }
            last = word;
        }
        let grammar = Grammar::parse(grammar).map_err(|(line, why)| wrong("grammar", line, why))?;
        Ok(Self { lexicon: Cow::Owned(lexicon.to_owned()), grammar: Arc::new(grammar), index: Arc::default() })
    }

    /// How many words it knows.
    ///
    /// ```
    /// assert_eq!(bailiwick::Language::new("", "")?.len(), 0);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.lexicon.lines().count()
    }

    /// Whether it knows no word.
    ///
    /// ```
    /// assert!(bailiwick::Language::new("", "")?.is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lexicon.is_empty()
    }

    pub(crate) fn classes(&self, word: &str) -> Classes {
        self.grammar.classes(word)
    }

    /// What the word may be a form of, the word itself left out.
    pub(crate) fn forms(word: &str) -> impl Iterator<Item = String> + '_ {
        forms(word)
    }

    /// The verb that says in one word what these two say.
    pub(crate) fn idiom(&self, verb: &str, other: &str) -> Option<&str> {
        self.grammar.idiom(verb, other)
    }

    /// All that is known of a word.
    pub(crate) fn word(&self, text: &str) -> Word {
        // "they've" is a "they".
        let stem = text.split_once('\'').map_or(text, |(stem, _)| stem);
        let classes = Some(self.classes(text)).filter(|classes| classes.any()).unwrap_or_else(|| self.classes(stem));
        match self.meaning(text) {
            Some((lemma, meaning)) => Word { lemma: lemma.into(), classes, meaning, is_known: true },
            None => Word { lemma: text.into(), classes, meaning: Meaning::default(), is_known: false },
        }
    }

    /// What the word means, in any of its forms; and its lemma.
    pub(crate) fn meaning(&self, word: &str) -> Option<(String, Meaning)> {
        self.listed(word).or_else(|| self.prefixed(word))
    }

    /// "reroute" is to route again, "unmute" to undo what "mute" does.
    fn prefixed(&self, word: &str) -> Option<(String, Meaning)> {
        (2..=5).find_map(|length| {
            let (prefix, stem) = word.split_at_checked(length)?;
            let stem = stem.strip_prefix('-').unwrap_or(stem);
            let classes = self.classes(prefix);
            if stem.len() < 4 || !(classes.has(Class::Prefix) || classes.has(Class::Reversing)) {
                return None;
            }
            let (lemma, mut meaning) = self.listed(stem).filter(|(_, meaning)| meaning.verb_use.is_some())?;
            if classes.has(Class::Reversing) {
                meaning = Meaning { effects: Effects([0, 9, 0, 0, 0, 0, 0]), verbs: SmallVec::new(), made_of: SmallVec::new(), ..meaning };
            }
            Some((format!("{prefix}{lemma}"), meaning))
        })
    }

    fn listed(&self, word: &str) -> Option<(String, Meaning)> {
        let exact = self.line(word);
        if let Some(lemma) = exact.and_then(|line| line.strip_prefix('=')) {
            return Some((lemma.to_owned(), Meaning::parse(self.line(lemma)?)?));
        }
        // "used" is in the lexicon as an adjective, but it is a form of "use" as well.
        let known = exact.and_then(Meaning::parse).map(|meaning| (word.to_owned(), meaning));
        match known {
            Some((lemma, meaning)) if meaning.verb_use.is_some() || meaning.noun_use.is_some() => Some((lemma, meaning)),
            known => forms(word).find_map(|lemma| Some((self.line(&lemma).and_then(Meaning::parse)?, lemma))).map(|(m, l)| (l, m)).or(known),
        }
    }

    /// The verb of a word with an ending that may be listed for itself, as a noun: "sending", "reserves".
    pub(crate) fn verb_of(&self, word: &str) -> Option<Word> {
        let verb = |form: &String| Meaning::parse(self.line(form)?).filter(|meaning| meaning.verb_use.is_some());
        let (lemma, meaning) = forms(word).find_map(|form| Some((verb(&form)?, form))).map(|(meaning, form)| (form, meaning))?;
        Some(Word { classes: self.classes(&lemma), lemma: lemma.into(), meaning, is_known: true })
    }

    /// Makes looking up fast: takes some milliseconds, once. Whoever reads a prompt or an output needs it.
    pub(crate) fn indexed(&self) {
        if self.index.load().is_none() {
            self.index.store(Some(Arc::new(Index::of(&self.lexicon))));
        }
    }

    /// Whether a word may name a deed that changes something, in any of its forms, or with a particle. True of everything
    /// without an index.
    pub(crate) fn may_act(&self, word: &str) -> bool {
        let index = self.index.load();
        let Some(index) = index.as_ref() else { return true };
        let acts = |word: &str| index.find(&self.lexicon, word).map(|(_, acts)| acts);
        acts(word).unwrap_or_else(|| forms(word).any(|form| acts(&form) == Some(true)) || self.prefixed(word).is_some())
    }

    /// What a verb means with this particle: "set up".
    pub(crate) fn phrase(&self, verb: &str, particle: &str) -> Option<Meaning> {
        let line = match self.index.load().as_ref() {
            Some(index) => index.phrase(&self.lexicon, verb, particle)?,
            None => self.line(&format!("{verb} {particle}"))?,
        };
        Meaning::parse(line)
    }

    /// The line of the word, without the word.
    fn line(&self, word: &str) -> Option<&str> {
        let text = self.lexicon.as_ref();
        if let Some(index) = self.index.load().as_ref()
            && !word.contains(' ')
        {
            let (at, _) = index.find(text, word)?;
            let line = text.get(at as usize..)?;
            let line = line.get(..memchr::memchr(b'\n', line.as_bytes()).unwrap_or(line.len()))?;
            return line.split_once('\t').filter(|(here, _)| *here == word).map(|(_, rest)| rest);
        }
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low.midpoint(high);
            let begins = text.as_bytes().get(..middle)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1).max(low);
            let ends = text.as_bytes().get(middle..)?.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| middle + at);
            let (here, rest) = text.get(begins..ends)?.split_once('\t')?;
            match word.cmp(here) {
                std::cmp::Ordering::Equal => return Some(rest),
                std::cmp::Ordering::Less => high = begins,
                std::cmp::Ordering::Greater => low = ends + 1,
            }
        }
        None
    }
}

impl Index {
    fn of(lexicon: &str) -> Self {
        let mut index = Self { lines: HashTable::with_capacity(60_000), hasher: DefaultHashBuilder::default() };
        let mut begins = 0;
        for line in lexicon.split('\n') {
            if let (Some((word, rest)), Ok(at)) = (line.split_once('\t'), u32::try_from(begins)) {
                let first = word.split(' ').next().unwrap_or(word);
                let (hash, acts) = (index.hasher.hash_one(first), rest.starts_with('=') || acts(rest));
                match index.lines.find_mut(hash, |entry| word_at(lexicon, entry.0) == first) {
                    Some(known) => known.1 |= acts,
                    None => {
                        index.lines.insert_unique(hash, (at, acts), |entry| index.hasher.hash_one(word_at(lexicon, entry.0)));
                    }
                }
            }
            begins += line.len() + 1;
        }
        index
    }

    /// The line of a verb with its particle; they stand behind the verb's.
    fn phrase<'l>(&self, lexicon: &'l str, verb: &str, particle: &str) -> Option<&'l str> {
        let (at, _) = self.find(lexicon, verb)?;
        for line in lexicon.get(at as usize..)?.split('\n') {
            let (word, rest) = line.strip_prefix(verb)?.split_once('\t')?;
            match word.strip_prefix(' ') {
                Some(second) if second == particle => return Some(rest),
                None if !word.is_empty() => return None,
                _ => {}
            }
        }
        None
    }

    fn find(&self, lexicon: &str, word: &str) -> Option<(u32, bool)> {
        self.lines.find(self.hasher.hash_one(word), |entry| word_at(lexicon, entry.0) == word).copied()
    }
}

/// The word, or the first of two, of the line that begins here.
fn word_at(lexicon: &str, at: u32) -> &str {
    let line = lexicon.as_bytes().get(at as usize..).unwrap_or_default();
    let end = line.iter().position(|byte| matches!(byte, b'\t' | b' ')).unwrap_or(line.len());
    lexicon.get(at as usize..at as usize + end).unwrap_or_default()
}

/// Whether a line's word changes something, as a verb or as the noun of a deed.
fn acts(rest: &str) -> bool {
    let beyond = |effects: &str| Effects::parse(effects).is_some_and(|effects| effects.beyond_reading() >= 4);
    let mut members = rest.split('\t');
    members.next().is_some_and(beyond) || members.nth(3).is_some_and(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::call::ToolEffect;

    fn meaning(word: &str) -> (String, Meaning) {
        Language::english().meaning(word).unwrap_or_else(|| panic!("{word}"))
    }

    #[test]
    fn the_english_files_are_what_new_accepts() {
        let (lexicon, grammar) = (include_str!("../../data/english.lexicon"), include_str!("../../data/english.grammar"));
        Language::new(lexicon, grammar).expect("sorted, and every line a meaning");
    }

    #[test]
    fn every_word_is_found() {
        let (english, indexed) = (Language::english(), Language::english());
        indexed.indexed();
        for line in english.lexicon.lines() {
            let (word, rest) = line.split_once('\t').expect("a tab");
            assert_eq!(english.line(word), Some(rest));
            match word.split_once(' ') {
                Some((verb, particle)) => assert_eq!(indexed.phrase(verb, particle), Meaning::parse(rest), "{word}"),
                None => assert_eq!(indexed.line(word), Some(rest)),
            }
        }
        assert!(indexed.phrase("set", "zzzzz").is_none() && indexed.phrase("zzzzz", "up").is_none());
        assert!(english.line("zzzzz").is_none() && english.line("").is_none() && english.line("\u{10ffff}").is_none());
    }

    #[test]
    fn forms_lead_to_their_lemma() {
        for (form, lemma) in [("sent", "send"), ("sends", "send"), ("cancelled", "cancel"), ("stopped", "stop"), ("cities", "city"), ("boxes", "box")]
        {
            assert_eq!(meaning(form).0, lemma, "{form}");
        }
    }

    #[test]
    fn verbs_nobody_listed_have_the_effect_of_their_branch() {
        for (verb, effect) in [
            ("reimburse", ToolEffect::Pay),
            ("notify", ToolEffect::Send),
            ("annul", ToolEffect::Delete),
            ("browse", ToolEffect::Read),
            ("amend", ToolEffect::Write),
        ] {
            assert_eq!(meaning(verb).1.effects.first(), Some(effect), "{verb}");
        }
    }

    #[test]
    fn synonyms_are_near_and_strangers_are_not() {
        let verbs = |word| meaning(word).1.verbs;
        assert!(nearness(&verbs("cancel"), &verbs("delete")) >= 60);
        assert!(nearness(&verbs("buy"), &verbs("purchase")) >= 90);
        assert!(nearness(&verbs("buy"), &verbs("delete")) < 40);
    }
}
