//! What the words of a language mean, as far as two data files tell; their format is in `core/data/README.md`.

use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use smallvec::SmallVec;

use crate::action::ToolEffect;
use crate::error::{Error, ErrorKind, Location};

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
    /// Sorted lines: a word is found by halving, so that nothing is read at load that nobody asks for.
    lexicon: Cow<'static, str>,
    grammar: Arc<Grammar>,
    /// Made when outputs are to be read, many words of which are looked up; shared by clones.
    index: Arc<ArcSwapOption<Index>>,
}

/// Where each word's line begins, and whether the word may name a deed that changes something.
#[derive(Default)]
struct Index {
    lines: HashTable<(u32, bool)>,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Debug, Default)]
struct Grammar {
    classes: HashMap<String, Classes>,
    /// Of two words that name a deed together, the verb that says it in one.
    idioms: HashMap<(String, String), String>,
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({} bytes)", self.lexicon.len())
    }
}

/// Declares the classes of words of grammar, with the names they have in the file.
macro_rules! classes {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// A class of words of grammar.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Class { $($name),* }

        impl Class {
            fn named(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

classes! {
    Determiner = "determiner", Pronoun = "pronoun", Subject = "subject", Requester = "requester", Backward = "backward",
    Preposition = "preposition", Conjunction = "conjunction", Auxiliary = "auxiliary", Modal = "modal", Asking = "asking",
    Obliging = "obliging", Negation = "negation", Forgetful = "forgetful", Question = "question", YesNo = "yes_no",
    Polite = "polite", Wanting = "wanting", Wish = "wish", Conditional = "conditional", Light = "light", Handing = "handing",
    Obeying = "obeying", Obedient = "obedient", Saying = "saying", Here = "here", Safe = "safe", Destination = "destination",
    Credential = "credential", Url = "url", Host = "host", Path = "path", Query = "query", Command = "command",
    Identifier = "identifier", Content = "content", AtMost = "at_most", Prefix = "prefix", Reversing = "reversing", Particle = "particle", Told = "told",
}

/// The classes a word is in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Classes(u64);

impl Classes {
    pub(super) fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    pub(super) fn any(self) -> bool {
        self.0 != 0
    }

    /// A word that only holds a sentence together.
    pub(super) fn is_function(self) -> bool {
        const WORDS: [Class; 9] = [
            Class::Determiner,
            Class::Pronoun,
            Class::Preposition,
            Class::Conjunction,
            Class::Auxiliary,
            Class::Modal,
            Class::Question,
            Class::Polite,
            Class::Conditional,
        ];
        WORDS.iter().any(|class| self.has(*class))
    }
}

/// Shares of the seven effects, in ninths, in the order of [`ToolEffect::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects(pub [u8; 7]);

impl Effects {
    pub(super) fn of(self, effect: ToolEffect) -> u8 {
        self.0.get(effect as usize).copied().unwrap_or_default()
    }

    /// How much of it changes anything.
    pub(super) fn beyond_reading(self) -> u8 {
        self.0.iter().skip(1).sum()
    }

    pub(super) fn is_known(self) -> bool {
        self.0 != [0; 7]
    }

    /// The effect with the largest share.
    pub(super) fn first(self) -> Option<ToolEffect> {
        let most = self.0.iter().max().copied().filter(|share| *share > 0)?;
        ToolEffect::ALL.into_iter().find(|effect| self.of(*effect) == most)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut effects = Self::default();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            let place = "rwsphdx".find(letter)?;
            let share = letters.next()?.to_digit(10)?;
            *effects.0.get_mut(place)? = u8::try_from(share).ok()?;
        }
        Some(effects)
    }
}

/// A sense: its own number, and those of the senses above it, the nearest first.
pub(super) type Sense = SmallVec<[u32; 3]>;

/// What a word can mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Meaning {
    pub effects: Effects,
    pub verbs: SmallVec<[Sense; 4]>,
    pub nouns: SmallVec<[Sense; 4]>,
    /// Verb senses the noun is made of.
    pub made_of: SmallVec<[Sense; 6]>,
    pub noun_effects: Effects,
    pub kinds: Kinds,
    /// How often it is a verb, as a logarithm; `None` for never.
    pub verb_use: Option<u8>,
    pub noun_use: Option<u8>,
    pub is_adjective: bool,
    pub is_adverb: bool,
}

/// What a noun is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Party = b'P',
    Address = b'A',
    Money = b'M',
    Secret = b'K',
    Time = b'T',
    Quantity = b'Q',
    Document = b'F',
    Duty = b'I',
    Place = b'L',
    Identifier = b'U',
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    first: u32,
    any: u32,
}

impl Kinds {
    pub(super) fn has(self, kind: Kind) -> bool {
        self.any & bit(kind as u8) != 0
    }

    /// Whether the word's most frequent sense is about that.
    pub(super) fn is_first(self, kind: Kind) -> bool {
        self.first & bit(kind as u8) != 0
    }

    pub(super) fn shares(self, other: Self) -> bool {
        self.any & other.any != 0
    }

    fn parse(text: &str) -> Self {
        let of = |letters: &mut dyn Iterator<Item = u8>| letters.fold(0, |kinds, letter| kinds | bit(letter));
        Self { first: of(&mut text.bytes().filter(u8::is_ascii_uppercase)), any: of(&mut text.bytes()) }
    }
}

fn bit(letter: u8) -> u32 {
    1 << (letter & 31)
}

impl Meaning {
    /// Whether the word is more often a verb than a noun, or never a noun.
    pub(super) fn is_mostly_verb(&self) -> bool {
        self.verb_use.is_some() && self.verb_use >= self.noun_use
    }

    fn parse(line: &str) -> Option<Self> {
        let mut members = line.split('\t');
        let mut next = || members.next();
        let (effects, verbs, nouns, made_of, noun_effects, kinds, uses) = (next()?, next()?, next()?, next()?, next()?, next()?, next()?);
        let mut uses = uses.chars();
        let mut count = || uses.next().and_then(|digit| digit.to_digit(10)).and_then(|count| u8::try_from(count).ok());
        let (verb_use, noun_use) = (count(), count());
        let rest = uses.as_str();
        Some(Self {
            effects: Effects::parse(effects)?,
            verbs: senses(verbs)?.collect(),
            nouns: senses(nouns)?.collect(),
            made_of: senses(made_of)?.collect(),
            noun_effects: Effects::parse(noun_effects)?,
            kinds: Kinds::parse(kinds),
            verb_use,
            noun_use,
            is_adjective: rest.contains('a'),
            is_adverb: rest.contains('r'),
        })
    }
}

fn senses(text: &str) -> Option<impl Iterator<Item = Sense>> {
    let senses: Option<Vec<Sense>> =
        text.split_ascii_whitespace().map(|sense| sense.split('.').map(|number| u32::from_str_radix(number, 36).ok()).collect()).collect();
    senses.map(Vec::into_iter)
}

/// How near two words' senses are, in percent: the same sense, one above the other, or both below a third.
pub(super) fn nearness(ours: &[Sense], theirs: &[Sense]) -> u8 {
    let mut best = 0;
    for (rank, our) in (0..).zip(ours) {
        for (their_rank, their) in (0..).zip(theirs) {
            // What a word seldom means counts less.
            let rarity = 8 * (rank + their_rank);
            let near: u8 = match (our.as_slice(), their.as_slice()) {
                ([a, ..], [b, ..]) if a == b => 100,
                ([a, ..], [_, above, ..]) | ([_, above, ..], [a, ..]) if a == above => 70,
                ([a, ..], [_, _, above, ..]) | ([_, _, above, ..], [a, ..]) if a == above => 55,
                ([_, a, ..], [_, b, ..]) if a == b => 45,
                _ => continue,
            };
            best = best.max(near.saturating_sub(rarity));
        }
    }
    best
}

impl Language {
    /// English: `WordNet` 3.0, and our own list of the words of grammar.
    ///
    /// ```
    /// assert!(bailiwick::Language::english().len() > 50_000);
    /// ```
    #[must_use]
    pub fn english() -> Self {
        let grammar = read_grammar(include_str!("../../data/english.grammar")).unwrap_or_default();
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
        let grammar = read_grammar(grammar).map_err(|(line, why)| wrong("grammar", line, why))?;
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

    pub(super) fn classes(&self, word: &str) -> Classes {
        self.grammar.classes.get(word).copied().unwrap_or_default()
    }

    /// The verb that says in one word what these two say.
    pub(super) fn idiom(&self, verb: &str, other: &str) -> Option<&str> {
        self.grammar.idioms.get(&(verb.to_owned(), other.to_owned())).map(String::as_str)
    }

    /// What the word means, in any of its forms; and its lemma.
    pub(super) fn meaning(&self, word: &str) -> Option<(String, Meaning)> {
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

    /// Makes looking up fast: takes some milliseconds, once.
    pub(super) fn indexed(&self) {
        if self.index.load().is_some() {
            return;
        }
        let mut index = Index { lines: HashTable::with_capacity(60_000), hasher: DefaultHashBuilder::default() };
        let mut begins = 0;
        for line in self.lexicon.split('\n') {
            if let (Some((word, rest)), Ok(at)) = (line.split_once('\t'), u32::try_from(begins)) {
                let first = word.split(' ').next().unwrap_or(word);
                let (hash, acts) = (index.hasher.hash_one(first), rest.starts_with('=') || acts(rest));
                let same = |entry: &(u32, bool)| word_at(&self.lexicon, entry.0) == first;
                match index.lines.find_mut(hash, same) {
                    Some(known) => known.1 |= acts,
                    None => {
                        index.lines.insert_unique(hash, (at, acts), |entry| index.hasher.hash_one(word_at(&self.lexicon, entry.0)));
                    }
                }
            }
            begins += line.len() + 1;
        }
        self.index.store(Some(Arc::new(index)));
    }

    /// Whether a word may name a deed that changes something, in any of its forms. True of everything without an index.
    pub(super) fn may_act(&self, word: &str) -> bool {
        let index = self.index.load();
        let Some(index) = index.as_ref() else { return true };
        let acts = |word: &str| index.lines.find(index.hasher.hash_one(word), |entry| word_at(&self.lexicon, entry.0) == word).map(|(_, acts)| *acts);
        acts(word).unwrap_or_else(|| forms(word).any(|form| acts(&form) == Some(true)) || self.prefixed(word).is_some())
    }

    /// The line of the word, without the word.
    fn line(&self, word: &str) -> Option<&str> {
        let text = self.lexicon.as_ref();
        if let Some(index) = self.index.load().as_ref()
            && !word.contains(' ')
        {
            let (at, _) = index.lines.find(index.hasher.hash_one(word), |entry| word_at(text, entry.0) == word)?;
            let line = text.get(*at as usize..)?;
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

/// What the word may be a form of: `WordNet`'s rules of detachment, and consonants doubled.
fn forms(word: &str) -> impl Iterator<Item = String> + '_ {
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

fn read_grammar(text: &str) -> Result<Grammar, (usize, String)> {
    let mut grammar = Grammar::default();
    for (at, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, words) = line.split_once(':').ok_or_else(|| (at + 1, "expected `class: words`".to_owned()))?;
        if name == "idiom" {
            for idiom in words.split_ascii_whitespace() {
                let parts = idiom.split_once('=').and_then(|(two, one)| Some((two.split_once('_')?, one)));
                let ((verb, other), one) = parts.ok_or_else(|| (at + 1, format!("expected `verb_word=verb`, not `{idiom}`")))?;
                grammar.idioms.insert((verb.to_owned(), other.to_owned()), one.to_owned());
            }
            continue;
        }
        let class = Class::named(name).ok_or_else(|| (at + 1, format!("`{name}` is not a class of words")))?;
        for word in words.split_ascii_whitespace() {
            grammar.classes.entry(word.replace('_', " ")).or_default().0 |= 1 << class as u8;
        }
    }
    Ok(grammar)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let english = Language::english();
        for line in english.lexicon.lines() {
            let (word, rest) = line.split_once('\t').expect("a tab");
            assert_eq!(english.line(word), Some(rest));
        }
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
