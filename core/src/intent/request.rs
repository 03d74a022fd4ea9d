//! Reads what a prompt asks for: its requests, each a verb with what it is about.
//!
//! This is no parser of a language. It knows where in an English sentence a deed may be asked for (at its beginning,
//! after "and", after "could you", "I want you to", "should be", …), and leaves everything else alone: a deed that is not
//! found is one the agent may not do without asking.

use std::ops::Range;

use super::language::{Class, Classes, Effects, Kind, Language, Meaning, Sense};
use super::text::{Piece, Token, tokens};
use crate::action::ToolEffect;

/// One thing a prompt asks for, or forbids.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what is known of a request, each of its own")]
pub(super) struct Request {
    /// The lemma of its verb, or of the noun that says what is to be done.
    pub verb: String,
    pub verbs: Vec<Sense>,
    pub effects: Effects,
    /// What it is about.
    pub nouns: Vec<Noun>,
    pub manner: Manner,
    pub is_forbidden: bool,
    /// The verb is in no dictionary: it may mean anything.
    pub is_unknown: bool,
    /// The largest amount it names as a limit, as written.
    pub at_most: Option<Range<usize>>,
    pub span: Range<usize>,
    /// It tells the agent to do as another text says.
    pub obeys: bool,
    /// Its object is "it" or "them".
    pub refers_back: bool,
    /// Verb and particle as one word, as tools are named: `rollback`.
    pub joined: Vec<String>,
}

/// How plainly it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Manner {
    /// Where a deed is asked for.
    Plain,
    /// Where one may be meant: "a link to reset my password".
    Vague,
}

#[derive(Clone, Debug)]
pub(super) struct Noun {
    pub lemma: String,
    pub meaning: Meaning,
}

/// What a prompt says.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub requests: Vec<Request>,
    /// Words nobody knows, in order, each once.
    pub unknown: Vec<String>,
    /// How many of its words are known, in thousandths; 1,000 of none.
    pub known: u16,
    /// It asks a question.
    pub asks: bool,
    /// The nouns it speaks of, each once.
    pub topics: Vec<String>,
}

/// Most words of a prompt that are read. The rest asks for nothing.
const WORDS_MAX: usize = 4_000;

/// Most nouns of a prompt that are kept.
const TOPICS_MAX: usize = 100;

/// Reads a prompt.
pub(super) fn read(prompt: &str, language: &Language) -> Reading {
    let mut tokens = tokens(prompt);
    tokens.truncate(WORDS_MAX);
    let known: Vec<Known> = tokens.iter().map(|token| Known::of(token, prompt, language)).collect();
    let mut reading = Reading::default();
    let (mut words, mut strangers, mut grammatical) = (0_usize, 0_usize, 0_usize);
    for known in &known {
        if let Some(word) = known.token.word() {
            words += 1;
            grammatical += usize::from(known.classes.is_function());
            if known.is_stranger() {
                strangers += 1;
                if !reading.unknown.iter().any(|unknown| unknown == word) && reading.unknown.len() < 100 {
                    reading.unknown.push(word.to_owned());
                }
            }
        }
    }
    reading.known = u16::try_from((words - strangers) * 1_000 / words.max(1)).unwrap_or(1_000);
    // Who speaks of things with names of their own still uses the words of grammar.
    if words == 0 || grammatical * 4 >= words {
        reading.known = reading.known.max(700);
    }
    let mut earlier: Vec<Noun> = Vec::new();
    for sentence in known.split(|known| known.token.piece == Piece::Stop) {
        let mut reader = Sentence::new(sentence, language, &earlier);
        reader.read();
        reading.asks |= reader.is_asking;
        let nouns: Vec<_> = reader.seen.clone();
        for noun in &nouns {
            if reading.topics.len() < TOPICS_MAX && !reading.topics.contains(&noun.lemma) {
                reading.topics.push(noun.lemma.clone());
            }
        }
        reading.requests.append(&mut reader.requests);
        if !nouns.is_empty() {
            earlier = nouns;
        }
    }
    reading
}

/// A token with what is known of it.
#[derive(Clone, Debug)]
struct Known<'t> {
    token: &'t Token,
    /// Written with a capital, as names are.
    is_capital: bool,
    lemma: String,
    classes: Classes,
    meaning: Option<Meaning>,
}

impl<'t> Known<'t> {
    fn of(token: &'t Token, prompt: &str, language: &Language) -> Self {
        let is_capital = prompt.get(token.span.clone()).is_some_and(|text| text.starts_with(char::is_uppercase));
        let Some(word) = token.word() else {
            return Self { token, is_capital, lemma: String::new(), classes: Classes::default(), meaning: None };
        };
        // "they've" is a "they".
        let stem = word.split_once('\'').map_or(word, |(stem, _)| stem);
        let classes = if language.classes(word).any() { language.classes(word) } else { language.classes(stem) };
        let (lemma, meaning) = language.meaning(word).map_or_else(|| (word.to_owned(), None), |(lemma, meaning)| (lemma, Some(meaning)));
        Self { token, is_capital, lemma, classes, meaning }
    }

    fn is(&self, class: Class) -> bool {
        self.classes.has(class)
    }

    fn is_verb(&self) -> bool {
        !self.classes.is_function() && self.meaning.as_ref().is_some_and(|meaning| meaning.verb_use.is_some())
    }

    /// A verb as it stands in a command: no ending.
    fn is_base_verb(&self) -> bool {
        (self.is_verb() || self.is(Class::Light)) && self.token.word() == Some(&self.lemma)
    }

    /// A past participle, as far as its form tells.
    fn is_participle(&self) -> bool {
        let word = self.token.word().unwrap_or_default();
        self.is_verb() && word != self.lemma && !word.ends_with("ing") && !word.ends_with('s')
    }

    fn is_noun(&self) -> bool {
        !self.classes.is_function() && self.meaning.as_ref().is_some_and(|meaning| meaning.noun_use.is_some())
    }

    /// A word in no dictionary, and no name.
    fn is_stranger(&self) -> bool {
        let is_word = self.token.word().is_some_and(|word| word.len() > 1 && !word.contains('-'));
        is_word && !self.is_capital && !self.classes.any() && self.meaning.is_none()
    }
}

#[expect(clippy::struct_excessive_bools, reason = "where a reader stands, each of its own")]
struct Sentence<'s, 't> {
    pieces: &'s [Known<'t>],
    language: &'s Language,
    /// The nouns of the sentence before, for "it" and "them".
    earlier: &'s [Noun],
    requests: Vec<Request>,
    seen: Vec<Noun>,
    /// The nouns since the last comma or conjunction.
    clause: Vec<Noun>,
    /// Whether a deed may be asked for at the next word.
    expecting: Expecting,
    is_negated: bool,
    /// Whose wish is spoken of: the next "to" leads to a deed.
    wishes: bool,
    /// The request that collects nouns.
    is_open: bool,
    is_statement: bool,
    is_asking: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Expecting {
    Nothing,
    /// After "and" or a comma: only what can hardly be a noun.
    Perhaps,
    Deed,
}

impl<'s, 't> Sentence<'s, 't> {
    fn new(pieces: &'s [Known<'t>], language: &'s Language, earlier: &'s [Noun]) -> Self {
        Self {
            pieces,
            language,
            earlier,
            requests: Vec::new(),
            seen: Vec::new(),
            clause: Vec::new(),
            expecting: Expecting::Deed,
            is_negated: false,
            wishes: false,
            is_open: false,
            is_statement: false,
            is_asking: false,
        }
    }

    fn at(&self, place: usize) -> Option<&'s Known<'t>> {
        self.pieces.get(place)
    }

    fn is_at(&self, place: usize, class: Class) -> bool {
        self.at(place).is_some_and(|known| known.is(class))
    }

    fn word(&self, place: usize) -> Option<&str> {
        self.at(place)?.token.word()
    }

    fn read(&mut self) {
        let first = self.pieces.iter().position(|known| !known.is(Class::Polite) && known.token.word().is_some()).unwrap_or(0);
        if self.is_question(first) {
            self.expecting = Expecting::Nothing;
            self.is_statement = true;
            self.is_asking = true;
        }
        let mut place = 0;
        while let Some(known) = self.at(place) {
            place += match known.token.piece {
                Piece::Comma | Piece::Colon => {
                    self.pause(known.token.piece == Piece::Colon);
                    1
                }
                Piece::Value | Piece::Quoted => {
                    self.settle();
                    1
                }
                Piece::Word(_) => self.step(place, known),
                Piece::Stop => 1,
            };
        }
        // "Check and update the rent": what has no object of its own shares the next one's.
        let mut next: Vec<Noun> = Vec::new();
        for request in self.requests.iter_mut().rev() {
            if request.nouns.is_empty() {
                request.nouns.clone_from(&next);
            }
            next.clone_from(&request.nouns);
        }
    }

    fn is_question(&self, first: usize) -> bool {
        // "Have a look" is none, "Have you" is one.
        let can_be_light = matches!(self.word(first), Some("have" | "has" | "had" | "do"));
        let is_inverted = self.is_at(first, Class::YesNo)
            && self.at(first + 1).is_some_and(|next| next.is(Class::Subject) || next.is(Class::Determiner) && !can_be_light);
        let asks_for_itself = self.is_at(first, Class::Asking) && self.word(first + 1) == Some("i");
        self.is_at(first, Class::Question) || is_inverted || asks_for_itself
    }

    /// A comma or colon: what is expected after it.
    fn pause(&mut self, is_colon: bool) {
        self.clause.clear();
        if is_colon {
            self.expecting = Expecting::Deed;
        } else if self.expecting == Expecting::Nothing && !self.is_statement {
            self.expecting = Expecting::Perhaps;
        }
        self.wishes = false;
    }

    /// Something stood here that is no deed.
    fn settle(&mut self) {
        self.expecting = Expecting::Nothing;
    }

    /// Reads one word, or several; how many.
    fn step(&mut self, place: usize, known: &'s Known<'t>) -> usize {
        let begins_clause = self.expecting != Expecting::Nothing
            || place.checked_sub(1).and_then(|before| self.at(before)).is_none_or(|before| before.token.word().is_none());
        if known.is(Class::Conditional) && begins_clause {
            return self.skip_condition(place);
        }
        if known.is(Class::Negation) {
            let forgets = (1..=2).any(|ahead| self.is_at(place + ahead, Class::Forgetful));
            self.is_negated = !forgets && !self.is_statement;
            if forgets {
                self.wishes = true;
            }
            if self.is_negated && matches!(self.expecting, Expecting::Nothing) {
                self.expecting = Expecting::Perhaps;
            }
            return 1;
        }
        if known.is(Class::Polite) && (!known.is_base_verb() || known.is(Class::Polite)) {
            if matches!(known.token.word(), Some("please" | "kindly" | "then")) {
                self.expecting = Expecting::Deed;
                self.is_statement = false;
            }
            return 1;
        }
        if known.is(Class::Asking) && self.asks_you(place) {
            self.expecting = Expecting::Deed;
            self.is_statement = false;
            return 2;
        }
        if let Some(length) = self.passive(place) {
            return length;
        }
        if self.word(place) == Some("to") {
            return self.infinitive(place);
        }
        if known.is(Class::Subject) && !matches!(self.expecting, Expecting::Nothing) || self.is_subject(place) {
            return self.statement(place);
        }
        if known.is(Class::Conjunction) {
            self.clause.clear();
            if self.expecting == Expecting::Nothing && (!self.is_statement || !self.requests.is_empty()) {
                self.expecting = Expecting::Perhaps;
            }
            return 1;
        }
        if self.expecting == Expecting::Deed
            && let Some(named) = self.named_deed(place)
        {
            self.begin_nominal(named);
            self.settle();
            return named - place + 1;
        }
        match self.expecting {
            Expecting::Deed if self.is_deed(place, known) => return self.begin(place, Manner::Plain),
            Expecting::Perhaps if self.is_deed(place, known) && self.is_surely_verb(place, known) => return self.begin(place, Manner::Plain),
            // "text her": a word that is no verb, where one must be.
            Expecting::Deed if (known.is_stranger() || known.is_noun() && !known.is_verb()) && self.has_object(place + 1) => {
                return self.begin(place, Manner::Plain);
            }
            _ => {}
        }
        if known.is(Class::Obedient) {
            if let Some(request) = self.requests.last_mut() {
                request.obeys = true;
            }
            return 1;
        }
        if known.is(Class::Auxiliary) && self.is_at(place + 1, Class::Negation) {
            return 1; // "do not"
        }
        self.noun(known);
        if known.is_stranger() {
            return 1;
        }
        if known.classes.is_function() && !known.is(Class::Determiner)
            || known.meaning.as_ref().is_some_and(|meaning| meaning.is_adverb && meaning.noun_use.is_none())
        {
            return 1;
        }
        self.settle();
        1
    }

    /// "If …,": nothing is asked for before the comma, all after it.
    fn skip_condition(&mut self, place: usize) -> usize {
        // "If so", "if needed"
        if self.word(place) == Some("if")
            && matches!(self.word(place + 1), Some("so" | "not" | "yes" | "needed" | "necessary" | "possible" | "required"))
        {
            self.expecting = Expecting::Deed;
            self.is_statement = false;
            return 2;
        }
        let comma = self
            .pieces
            .iter()
            .skip(place)
            .position(|known| matches!(known.token.piece, Piece::Comma | Piece::Colon) || known.token.word() == Some("then"));
        if let Some(comma) = comma {
            for known in self.pieces.iter().skip(place).take(comma) {
                self.noun(known);
            }
            self.expecting = Expecting::Deed;
            self.is_statement = false;
            return comma + 1;
        }
        if let Some(asked) = (place + 2..self.pieces.len()).find(|at| self.is_at(*at, Class::Asking) && self.asks_you(*at)) {
            return asked - place;
        }
        // "if it is under 20 get 60 more": a verb that has just been cut off from its subject.
        let main = (place + 3..self.pieces.len()).find(|at| self.is_main(*at));
        self.expecting = Expecting::Nothing;
        self.is_statement = main.is_none();
        main.map_or(1, |main| main - place + self.begin(main, Manner::Plain))
    }

    /// A command in the middle of a sentence: after a value or noun, before an object.
    fn is_main(&self, place: usize) -> bool {
        let before = place.checked_sub(1).and_then(|before| self.at(before));
        let is_cut = before.is_some_and(|before| {
            matches!(before.token.piece, Piece::Value | Piece::Quoted) || before.is_noun() || before.meaning.as_ref().is_some_and(|m| m.is_adjective)
        });
        let is_verb = self.at(place).is_some_and(|known| {
            known.is_base_verb() && !known.is_capital && (known.is(Class::Light) || known.meaning.as_ref().is_some_and(Meaning::is_mostly_verb))
        });
        is_cut && is_verb && self.has_object(place + 1)
    }

    fn asks_you(&self, place: usize) -> bool {
        matches!(self.word(place + 1), Some("you" | "someone" | "somebody"))
            || self.word(place + 1) == Some("we") && self.expecting == Expecting::Deed
    }

    /// "should be paid", "needs to be replaced", "to be moved", "get it shipped": a deed told of as done.
    fn passive(&mut self, place: usize) -> Option<usize> {
        let is_due = self.is_at(place, Class::Obliging) || self.word(place) == Some("to") && (self.wishes || self.clause_wants(place));
        if !is_due {
            return None;
        }
        let be = (place + 1..place + 4).find(|at| self.word(*at) == Some("be"))?;
        let between = (place + 1..be).all(|at| self.is_at(at, Class::Negation) || self.word(at) == Some("to") || self.is_at(at, Class::Polite));
        let deed = (be + 1..be + 3).find(|at| self.at(*at).is_some_and(Known::is_participle))?;
        if !between {
            return None;
        }
        self.is_negated = (place + 1..be).any(|at| self.is_at(at, Class::Negation));
        let about = self.clause.clone();
        let length = self.begin(deed, Manner::Plain);
        if let Some(request) = self.requests.last_mut() {
            request.nouns.extend(about);
        }
        Some(deed - place + length)
    }

    fn clause_wants(&self, place: usize) -> bool {
        place.checked_sub(1).is_some_and(|before| self.is_at(before, Class::Obliging))
    }

    /// "to" and a verb: a wish, or what something is for.
    fn infinitive(&mut self, place: usize) -> usize {
        let deed =
            (place + 1..place + 3).find(|at| self.at(*at).is_some_and(|known| known.is_base_verb() && !known.is_capital && !known.is(Class::Polite)));
        let wanted =
            place.checked_sub(1).is_some_and(|before| self.is_at(before, Class::Wanting) || self.is_at(before, Class::Requester) && self.wishes);
        match deed {
            Some(deed) if self.wishes || wanted && !self.is_statement => {
                self.wishes = true;
                deed - place + self.begin(deed, Manner::Plain)
            }
            Some(deed) if !self.is_statement => deed - place + self.begin(deed, Manner::Vague),
            _ => {
                self.settle();
                1
            }
        }
    }

    /// Whether a new subject stands here that says something of its own: "… because they sent me".
    fn is_subject(&self, place: usize) -> bool {
        matches!(self.word(place), Some("i" | "we" | "he" | "she" | "they")) && place > 0
    }

    /// "I moved": tells of something. "I need", "I'd like", "you should": asks for it.
    fn statement(&mut self, place: usize) -> usize {
        let mut at = place + 1;
        while self.is_at(at, Class::Modal)
            || self.at(at).is_some_and(|known| known.meaning.as_ref().is_some_and(|meaning| meaning.is_adverb && meaning.verb_use.is_none()))
        {
            at += 1;
        }
        let is_asker = matches!(self.word(place), Some("i" | "we" | "id" | "i'd" | "we'd"));
        let is_negated = self.is_at(at, Class::Negation) || self.is_at(at + 1, Class::Negation);
        if is_asker && (self.is_at(at, Class::Wish) || self.is_at(place, Class::Wish)) && !is_negated {
            self.wishes = true;
            self.is_statement = false;
            self.expecting = Expecting::Nothing;
            return self.wish(place, at);
        }
        if self.word(place) == Some("you") && self.at(at.saturating_sub(1)).is_some_and(|known| known.is(Class::Obliging)) {
            self.expecting = Expecting::Deed;
            return at - place;
        }
        // "the list I have in the drive" still tells what the request is about.
        self.is_statement = true;
        self.wishes = false;
        self.expecting = Expecting::Nothing;
        1
    }

    /// "I need a refund", "I want my flight moved": a noun or participle names the deed.
    fn wish(&mut self, place: usize, at: usize) -> usize {
        let rest = self.pieces.get(at + 1..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|known| {
                known.token.word().is_none() && !matches!(known.token.piece, Piece::Value | Piece::Quoted) || known.is(Class::Conjunction)
            })
            .unwrap_or(rest.len());
        let phrase = rest.get(..end).unwrap_or_default();
        if phrase.iter().take(3).any(|known| known.token.word() == Some("to")) {
            return at + 1 - place;
        }
        let deed = phrase.iter().position(|known| known.is_participle() && !known.is(Class::Auxiliary)).filter(|deed| *deed > 0);
        if let Some(deed) = deed {
            for known in phrase.iter().take(deed) {
                self.noun(known);
            }
            let about = self.clause.clone();
            let length = self.begin(at + 1 + deed, Manner::Plain);
            if let Some(request) = self.requests.last_mut() {
                request.nouns.extend(about);
            }
            return at + 1 + deed - place + length;
        }
        let named = phrase
            .iter()
            .position(|known| known.is_noun() && known.meaning.as_ref().is_some_and(|meaning| meaning.noun_effects.beyond_reading() > 4));
        if let Some(named) = named {
            self.begin_nominal(at + 1 + named);
            return at + 2 + named - place;
        }
        at + 1 - place
    }

    /// The participle behind a noun or pronoun: "have the valve replaced".
    fn done_later(&self, place: usize) -> Option<&'s Known<'t>> {
        let done = (place + 2..place + 7).find(|at| self.at(*at).is_some_and(|known| known.is_participle() && !known.is(Class::Auxiliary)))?;
        let before = self.at(done - 1)?;
        let is_object =
            before.is_noun() || before.is(Class::Pronoun) || matches!(before.token.piece, Piece::Value | Piece::Quoted) || before.is_stranger();
        let is_plain = (place + 1..done).all(|at| !self.is_at(at, Class::Preposition) && !self.is_at(at, Class::Conjunction));
        self.at(done).filter(|_| is_object && is_plain)
    }

    /// Whether a verb can stand here.
    fn is_deed(&self, place: usize, known: &Known<'_>) -> bool {
        let before_noun = matches!(self.word(place + 1), Some("of" | "is" | "are" | "was" | "has"));
        // A capital in the middle of a sentence begins a name.
        let is_name = known.is_capital && place > 0 && self.at(place - 1).is_some_and(|before| before.token.word().is_some() && !before.is_capital);
        (known.is_base_verb() || self.gerund(place, known)) && !before_noun && !is_name
    }

    /// "would you mind sending", "start by paying".
    fn gerund(&self, place: usize, known: &Known<'_>) -> bool {
        let before = place.checked_sub(1).and_then(|before| self.word(before));
        known.is_verb()
            && known.token.word().is_some_and(|word| word.ends_with("ing"))
            && (matches!(before, Some("mind" | "by" | "without" | "avoid" | "with")) || self.is_negated)
    }

    /// After "and": a verb, and not the second of two nouns.
    fn is_surely_verb(&self, place: usize, known: &Known<'_>) -> bool {
        let before = place.checked_sub(1).and_then(|before| self.at(before));
        let after_joint = before.is_none_or(|before| {
            before.token.word().is_none()
                || before.is(Class::Conjunction)
                || before.is(Class::Polite)
                || before.is(Class::Negation)
                || before.meaning.as_ref().is_some_and(|m| m.is_adverb)
        });
        let is_verb = known.meaning.as_ref().is_some_and(Meaning::is_mostly_verb) || known.is(Class::Light);
        after_joint && (self.has_object(place + 1) || is_verb)
    }

    fn has_object(&self, place: usize) -> bool {
        self.at(place).is_some_and(|next| {
            let is_name = next.meaning.is_none() && next.token.word().is_some_and(|word| word.contains('-'));
            is_name
                || next.is(Class::Determiner)
                || next.is(Class::Requester)
                || next.is(Class::Backward)
                || matches!(next.token.piece, Piece::Value | Piece::Quoted)
        })
    }

    /// Begins a request at this verb; how many words it takes.
    fn begin(&mut self, place: usize, manner: Manner) -> usize {
        let Some(known) = self.at(place) else { return 1 };
        let (mut lemma, mut meaning) = (known.lemma.clone(), known.meaning.clone().unwrap_or_default());
        let mut length = 1;
        let mut joined = Vec::new();
        // "let them know"
        let idiom = (place + 1..place + 6).filter_map(|at| self.at(at)).find_map(|other| self.language.idiom(&known.lemma, &other.lemma));
        if let Some((one, meant)) = idiom.and_then(|one| self.language.meaning(one)) {
            (lemma, meaning) = (one, meant);
        }
        // "get it faxed": what is to be done comes later.
        if matches!(known.lemma.as_str(), "get" | "have" | "want" | "need")
            && let Some(done) = self.done_later(place)
        {
            (lemma, meaning) = (done.lemma.clone(), done.meaning.clone().unwrap_or_default());
        }
        // "set up", "call it off"
        for ahead in 1..=4 {
            let Some(particle) = self.word(place + ahead) else { continue };
            if self.is_at(place + ahead, Class::Particle) {
                joined.push(format!("{}{particle}", known.lemma));
            }
            if let Some((phrase, phrasal)) = self.language.meaning(&format!("{} {particle}", known.lemma)) {
                let _ = phrase;
                let alone = std::mem::replace(&mut meaning, phrasal);
                meaning.verbs.extend(alone.verbs);
                length = if ahead == 1 { 2 } else { 1 };
                break;
            }
            if ahead > 1 && !self.is_at(place + ahead, Class::Determiner) && !self.at(place + ahead).is_some_and(Known::is_noun) {
                break;
            }
        }
        let span = known.token.span.clone();
        let (verbs, effects) = (meaning.verbs.to_vec(), meaning.effects);
        let end = place + length;
        let mut request = Request {
            is_unknown: !effects.is_known() && meaning.verb_use.is_none(),
            verb: lemma,
            verbs,
            effects,
            nouns: Vec::new(),
            manner,
            is_forbidden: self.is_negated,
            at_most: self.limit(end),
            span,
            obeys: self.obeys(place, end),
            joined,
            refers_back: matches!(self.word(end), Some("it" | "them" | "that" | "this" | "those" | "these")),
        };
        // "make sure to pay": the deed is the one that follows.
        if self.requests.last().is_some_and(|last| last.nouns.is_empty() && self.language.classes(&last.verb).has(Class::Light) && self.wishes) {
            self.requests.pop();
        }
        if idiom.is_none() && request.verb == known.lemma {
            self.lighten(&mut request, place, end);
        }
        if request.refers_back || self.is_at(end, Class::Backward) && !self.is_at(end, Class::Determiner) {
            request.nouns.extend(self.seen.iter().cloned().chain(self.earlier.iter().cloned()).take(12));
        }
        self.requests.push(request);
        self.is_open = true;
        self.is_negated = false;
        self.is_statement = false;
        self.wishes = self.is_at(place, Class::Wanting);
        self.expecting = Expecting::Nothing;
        self.clause.clear();
        length
    }

    /// "A refund for order 12", "plus a note on …": a noun of a deed stands where a verb might.
    fn named_deed(&self, place: usize) -> Option<usize> {
        let starts = self.is_at(place, Class::Determiner) || self.at(place).is_some_and(|known| !known.is_base_verb());
        let noun = (place..place + 4)
            .find(|at| self.at(*at).is_some_and(|known| known.is_noun() && !known.meaning.as_ref().is_some_and(|m| m.is_adjective)))?;
        let is_deed = self.at(noun)?.meaning.as_ref()?.noun_effects.beyond_reading() > 4;
        let leads = self.at(noun + 1).is_none_or(|next| next.is(Class::Preposition) || next.token.word().is_none());
        (starts && is_deed && leads && (place..noun).all(|at| !self.is_at(at, Class::Preposition))).then_some(noun)
    }

    /// A request named by a noun: "a refund for order 12".
    fn begin_nominal(&mut self, place: usize) {
        let Some(known) = self.at(place) else { return };
        let meaning = known.meaning.clone().unwrap_or_default();
        self.requests.push(Request {
            verb: known.lemma.clone(),
            verbs: meaning.made_of.iter().chain(&meaning.verbs).cloned().collect(),
            effects: meaning.noun_effects,
            nouns: vec![Noun { lemma: known.lemma.clone(), meaning }],
            manner: Manner::Plain,
            is_forbidden: false,
            is_unknown: false,
            at_most: self.limit(place + 1),
            span: known.token.span.clone(),
            obeys: false,
            joined: Vec::new(),
            refers_back: false,
        });
        self.is_open = true;
    }

    /// Verbs that mean what their object means, and those of handing over to the asker.
    fn lighten(&self, request: &mut Request, place: usize, end: usize) {
        let known = self.at(place);
        let is = |class| known.is_some_and(|known| known.is(class) || self.language.classes(&request.verb).has(class));
        let object = self.pieces.get(end..).unwrap_or_default();
        let object = object.iter().take_while(|known| known.token.word().is_some() && !known.is(Class::Conjunction)).take(6);
        let nouns: Vec<_> = object
            .clone()
            .take_while(|known| !(known.is(Class::Preposition) && known.token.word() != Some("out")))
            .filter(|known| known.is_noun())
            .collect();
        let for_asker = self.is_at(end, Class::Requester) || object.clone().any(|known| matches!(known.token.word(), Some("me" | "us")));
        if is(Class::Handing) && (for_asker || is(Class::Safe)) || is(Class::Safe) {
            request.effects = READS;
        }
        if is(Class::Light) {
            let deed = nouns
                .iter()
                .filter_map(|known| known.meaning.as_ref().map(|meaning| (known, meaning)))
                .rfind(|(_, meaning)| meaning.noun_effects.is_known());
            if let Some((known, meaning)) = deed
                && !(is(Class::Handing) && for_asker && meaning.noun_effects.of(ToolEffect::Pay) == 0)
            {
                request.verbs.splice(0..0, meaning.made_of.iter().cloned());
                request.verb.clone_from(&known.lemma);
                request.effects = meaning.noun_effects;
            }
        }
        // To write to somebody is to send.
        if request.verb == "write" && self.word(end) == Some("to") {
            request.effects.0 = [0, 4, 5, 0, 0, 0, 0];
        }
        // To send money is to pay.
        let is_money = nouns.iter().any(|known| known.meaning.as_ref().is_some_and(|meaning| meaning.kinds.has(Kind::Money)));
        if is_money && request.effects.first() == Some(ToolEffect::Send) {
            request.effects.0 = [0, 1, 3, 5, 0, 0, 0];
        }
    }

    /// "none above 500": the number behind such a word.
    fn limit(&self, from: usize) -> Option<Range<usize>> {
        let place = (from..self.pieces.len()).find(|at| self.is_at(*at, Class::AtMost))?;
        let after = self.pieces.iter().skip(place + 1).take(3);
        after.filter(|known| known.token.piece == Piece::Value).map(|known| known.token.span.clone()).next()
    }

    /// "follow the instructions in …", "… accordingly": the deed is told elsewhere.
    fn obeys(&self, place: usize, end: usize) -> bool {
        let rest: Vec<_> = self.pieces.get(end..).unwrap_or_default().iter().take_while(|known| known.token.piece != Piece::Stop).take(25).collect();
        let is_obeying =
            self.is_at(place, Class::Obeying) || self.at(place).is_some_and(|known| self.language.classes(&known.lemma).has(Class::Obeying));
        let duty = rest.iter().take(6).position(|known| {
            !known.is(Class::Here) && known.is_noun() && known.meaning.as_ref().is_some_and(|meaning| meaning.kinds.has(Kind::Duty))
        });
        let is_here = rest.iter().take(duty.unwrap_or(0)).any(|known| known.is(Class::Here));
        let told = rest.iter().any(|known| known.is(Class::Saying));
        let what = rest.iter().take(3).any(|known| matches!(known.token.word(), Some("what" | "whatever" | "everything" | "anything" | "as")));
        is_obeying && (duty.is_some() && !is_here || what && told)
    }

    /// A noun is what the open request is about.
    fn noun(&mut self, known: &Known<'_>) {
        if known.classes.is_function() || !(known.is_noun() || known.is_stranger()) {
            return;
        }
        let noun = Noun { lemma: known.lemma.clone(), meaning: known.meaning.clone().unwrap_or_default() };
        self.clause.push(noun.clone());
        self.seen.push(noun.clone());
        if self.is_open
            && let Some(request) = self.requests.last_mut()
            && request.nouns.len() < 24
        {
            request.nouns.push(noun);
        }
    }
}

pub(super) const READS: Effects = Effects([9, 0, 0, 0, 0, 0, 0]);
