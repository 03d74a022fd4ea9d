//! The closed classes of words, as `NAME.grammar` lists them.

use hashbrown::HashMap;

/// Declares the classes of words of grammar, with the names they have in the file.
macro_rules! classes {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// A class of words of grammar.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Class { $($name),* }

        // One bit each.
        const _: () = assert!([$($text),*].len() <= 128);

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
    Identifier = "identifier", Content = "content", AtMost = "at_most", Prefix = "prefix", Reversing = "reversing", Particle = "particle", Told = "told", Ceasing = "ceasing",
    Setting = "setting", Origin = "origin", Cardinal = "cardinal", Currency = "currency", Abbreviation = "abbreviation",
    Retrieving = "retrieving", Judging = "judging", Computing = "computing", Finding = "finding", Changing = "changing", Deed = "deed",
    Final = "final", Acting = "acting", Payload = "payload", Screen = "screen", Picture = "picture", Sink = "sink", Program = "program",
    Querying = "querying", Writing = "writing", Refusing = "refusing", Rows = "rows", Frame = "frame", Framing = "framing",
    Framed = "framed", Offering = "offering", Ordering = "ordering",
    Particulars = "particulars", Yielding = "yielding", Giving = "giving", Performing = "performing", Moved = "moved",
}

/// The classes a word is in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Classes(u128);

impl Classes {
    pub(crate) fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    pub(crate) fn any(self) -> bool {
        self.0 != 0
    }

    pub(crate) fn has_any(self, classes: &[Class]) -> bool {
        classes.iter().any(|class| self.has(*class))
    }

    /// A word that only holds a sentence together.
    pub(crate) fn is_function(self) -> bool {
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
        self.has_any(&WORDS)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Grammar {
    classes: HashMap<String, Classes>,
    /// Of two words that name a deed together, the verb that says it in one; by the first.
    idioms: HashMap<String, Vec<(String, String)>>,
}

impl Grammar {
    pub(crate) fn classes(&self, word: &str) -> Classes {
        self.classes.get(word).copied().unwrap_or_default()
    }

    pub(crate) fn idiom(&self, verb: &str, other: &str) -> Option<&str> {
        self.idioms.get(verb)?.iter().find(|(second, _)| second == other).map(|(_, one)| one.as_str())
    }

    /// Reads the file; or the line that is wrong, and why.
    pub(crate) fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut grammar = Self::default();
        for (at, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, words) = line.split_once(':').ok_or_else(|| (at + 1, "expected `class: words`".to_owned()))?;
            if name == "idiom" {
                for idiom in words.split_ascii_whitespace() {
                    let parts = idiom.split_once('=').and_then(|(two, one)| Some((two.split_once('_')?, one)));
                    let ((verb, other), one) = parts.ok_or_else(|| (at + 1, format!("expected `verb_word=verb`, not `{idiom}`")))?;
                    grammar.idioms.entry(verb.to_owned()).or_default().push((other.to_owned(), one.to_owned()));
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
}
