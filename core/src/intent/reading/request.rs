//! One thing a prompt asks for, as it is put together of the words around its verb.

use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use super::super::text::Piece;
use super::piece::Known;
use super::sentence::{Expecting, Sentence};
use crate::catalog::call::ToolEffect;
use crate::language::{Class, Effects, Kind, Sense, Word, nearness};

/// One thing a prompt asks for, or forbids.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what is known of a request, each of its own")]
pub(in crate::intent) struct Request {
    /// The lemma of its verb, or of the noun that says what is to be done.
    pub verb: Box<str>,
    pub verbs: SmallVec<[Sense; 8]>,
    pub effects: Effects,
    /// What it is about.
    pub nouns: Vec<Arc<Word>>,
    pub manner: Manner,
    pub is_forbidden: bool,
    /// The verb is in no dictionary: it may mean anything.
    pub is_unknown: bool,
    /// The largest amount it names as a limit, as written.
    pub at_most: Option<Range<usize>>,
    pub span: Range<usize>,
    /// It tells the agent to do as another text says.
    pub obeys: bool,
    /// What was said after "that" or a colon is what it is to say, and not what it is about.
    pub is_told: bool,
    /// Its object is an identifier or something quoted: "reroute SH-1".
    pub names_value: bool,
    /// Its object is "it" or "them".
    pub refers_back: bool,
    /// Verb and particle as one word, as tools are named: `rollback`.
    pub joined: Vec<String>,
}

/// How plainly it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::intent) enum Manner {
    /// Where a deed is asked for.
    Plain,
    /// Where one is asked for or only spoken of: "translate: cancel it".
    Unclear,
    /// Where one may be meant: "a link to reset my password".
    Vague,
}

/// Of what hands something over to the asker.
pub(in crate::intent) const READS: Effects = Effects([9, 0, 0, 0, 0, 0, 0]);

/// The verb of a request, with the words around it that change what it means.
struct Verb {
    lemma: Box<str>,
    senses: SmallVec<[Sense; 8]>,
    effects: Effects,
    is_unknown: bool,
    /// How many words it takes.
    length: usize,
    joined: Vec<String>,
    /// No other word has changed its meaning.
    is_itself: bool,
}

impl Verb {
    fn of(word: &Word) -> Self {
        let Word { lemma, meaning, .. } = word;
        Self {
            lemma: lemma.clone(),
            senses: SmallVec::from_slice(&meaning.verbs),
            effects: meaning.effects,
            is_unknown: !meaning.effects.is_known() && meaning.verb_use.is_none(),
            length: 1,
            joined: Vec::new(),
            is_itself: true,
        }
    }
}

impl Sentence<'_, '_> {
    /// Begins a request at this verb; how many words it takes.
    pub(super) fn begin(&mut self, place: usize, manner: Manner) -> usize {
        let Some(known) = self.at(place) else { return 1 };
        let word = self.gerund_of(place).unwrap_or_else(|| Arc::clone(&known.word));
        let verb = self.verb(place, &word);
        let (length, end, is_itself) = (verb.length, place + verb.length, verb.is_itself);
        let is_forbidden = self.is_negated || self.is_of_nothing(end);
        let mut request = Request {
            is_unknown: verb.is_unknown,
            verb: verb.lemma,
            verbs: verb.senses,
            effects: verb.effects,
            nouns: Vec::new(),
            manner: manner.max(self.manner),
            is_forbidden,
            at_most: self.limit(end),
            span: known.token.span.clone(),
            obeys: self.obeys(place, end),
            joined: verb.joined,
            is_told: false,
            names_value: self.names_value(end),
            refers_back: matches!(self.word(end), Some("it" | "them" | "that" | "this" | "those" | "these")),
        };
        // "make sure to pay": the deed is the one that follows.
        if self.requests.last().is_some_and(|last| last.nouns.is_empty() && self.language.classes(&last.verb).has(Class::Light) && self.wishes) {
            self.requests.pop();
        }
        if is_itself {
            self.lighten(&mut request, place, end);
        }
        if request.refers_back || self.is_at(end, Class::Backward) && !self.is_at(end, Class::Determiner) {
            request.nouns.extend(self.seen.iter().chain(self.earlier).take(12).cloned());
        }
        // "Can you sort that out?": whatever it takes.
        let is_of_it = request.refers_back && self.is_at(place, Class::Light) && !self.at(end + 1).is_some_and(Known::is_noun);
        let is_done = matches!(&*word.lemma, "get" | "have") && is_itself && self.ends_done(place);
        request.is_unknown |= is_of_it && request.effects != READS || is_done;
        self.requests.push(request);
        self.is_open = true;
        self.forbidden = is_forbidden.then_some(end);
        self.is_negated = false;
        self.is_statement = false;
        self.wishes = self.is_at(place, Class::Wanting);
        self.expecting = Expecting::Nothing;
        self.clause.clear();
        length
    }

    fn verb(&mut self, place: usize, word: &Word) -> Verb {
        let mut verb = Verb::of(word);
        // "let them know"
        let idiom = (place + 1..place + 9).find_map(|at| Some((at, self.language.idiom(&word.lemma, &self.at(at)?.word.lemma)?)));
        if let Some((at, one)) = idiom {
            self.spent = Some(at);
            verb = Verb { is_itself: false, ..Verb::of(&self.language.word(one)) };
        }
        // "get 60 more": to have them ordered.
        if &*word.lemma == "get" && self.at(place + 1).is_some_and(|next| next.token.piece == Piece::Value && next.is_number) {
            verb = Verb { is_itself: false, ..Verb::of(&self.language.word("order")) };
        }
        // "get it faxed": what is to be done comes later.
        if matches!(&*word.lemma, "get" | "have" | "want" | "need")
            && let Some(done) = self.done_later(place)
        {
            verb = Verb { is_itself: false, ..Verb::of(&done.word) };
        }
        // "set up", "call it off"
        for ahead in 1..=4 {
            let Some(particle) = self.word(place + ahead) else { continue };
            if self.is_at(place + ahead, Class::Particle) {
                verb.joined.push(format!("{}{particle}", word.lemma));
            }
            if let Some(phrase) = self.language.phrase(&word.lemma, particle) {
                verb.senses.insert_many(0, phrase.verbs);
                verb.effects = phrase.effects;
                verb.is_unknown = !phrase.effects.is_known() && phrase.verb_use.is_none();
                verb.length = if ahead == 1 { 2 } else { 1 };
                break;
            }
            if ahead > 1 && !self.is_at(place + ahead, Class::Determiner) && !self.at(place + ahead).is_some_and(Known::is_noun) {
                break;
            }
        }
        verb
    }

    /// "A refund for order 12", "plus a note on …": a noun of a deed stands where a verb might.
    pub(super) fn named_deed(&self, place: usize) -> Option<usize> {
        let starts = self.is_at(place, Class::Determiner) || self.at(place).is_some_and(|known| !known.is_base_verb());
        let noun = (place..place + 4).find(|at| self.at(*at).is_some_and(|known| known.is_noun() && !known.word.meaning.is_adjective))?;
        let is_deed = self.at(noun)?.word.meaning.noun_effects.beyond_reading() > 4;
        let leads = self.at(noun + 1).is_none_or(|next| next.is(Class::Preposition) || next.token.word().is_none());
        (starts && is_deed && leads && (place..noun).all(|at| !self.is_at(at, Class::Preposition))).then_some(noun)
    }

    /// A request named by a noun: "a refund for order 12".
    pub(super) fn begin_nominal(&mut self, place: usize) {
        let Some(known) = self.at(place) else { return };
        let meaning = &known.word.meaning;
        self.requests.push(Request {
            verb: known.word.lemma.clone(),
            verbs: meaning.made_of.iter().chain(&meaning.verbs).copied().collect(),
            effects: meaning.noun_effects,
            nouns: vec![Arc::clone(&known.word)],
            manner: self.manner,
            is_forbidden: self.is_negated,
            is_unknown: false,
            at_most: self.limit(place + 1),
            span: known.token.span.clone(),
            obeys: false,
            joined: Vec::new(),
            is_told: false,
            names_value: false,
            refers_back: false,
        });
        self.is_open = true;
        self.is_negated = false;
    }

    /// "cancel nothing", "delete no invoice"; but "no more than 80" is a limit.
    fn is_of_nothing(&self, end: usize) -> bool {
        match self.word(end) {
            Some("nothing" | "none" | "nobody" | "neither") => self.word(end + 1) != Some("but"),
            Some("no") => !matches!(self.word(end + 1), Some("more" | "less" | "fewer" | "later" | "sooner" | "earlier" | "longer" | "matter")),
            _ => false,
        }
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
            .take_while(|known| !matches!(known.token.word(), Some("that" | "which" | "who")))
            .filter(|known| known.is_noun())
            .collect();
        let for_asker = self.is_at(end, Class::Requester) || object.clone().any(|known| matches!(known.token.word(), Some("me" | "us")));
        if is(Class::Handing) && (for_asker || is(Class::Safe)) || is(Class::Safe) {
            request.effects = READS;
        }
        let is_definite = self.is_at(end, Class::Determiner) && !matches!(self.word(end), Some("a" | "an" | "another" | "some"));
        if is(Class::Light) && !(is_definite && is(Class::Setting)) {
            let deed = nouns.iter().map(|known| &known.word).rfind(|word| word.meaning.noun_effects.is_known());
            if let Some(Word { lemma, meaning, .. }) = deed.map(|word| &**word)
                && !(is(Class::Handing) && for_asker && meaning.noun_effects.of(ToolEffect::Pay) == 0)
            {
                request.verbs.insert_many(0, meaning.made_of.iter().copied());
                request.verb.clone_from(lemma);
                request.effects = meaning.noun_effects;
            }
        }
        // To write to somebody is to send.
        if &*request.verb == "write" && self.word(end) == Some("to") {
            request.effects.0 = [0, 4, 5, 0, 0, 0, 0];
        }
        // To send or transfer money is to pay.
        let is_sum = |pair: &[Known<'_>]| matches!(pair, [number, unit] if number.is_number && unit.is(Class::Currency));
        let object = self.pieces.get(end..).unwrap_or_default();
        let is_sum = object.iter().take(6).any(|known| known.is_sum) || object.windows(2).take(6).any(is_sum);
        let is_money = is_sum || nouns.iter().any(|known| known.word.meaning.kinds.has(Kind::Money));
        let moves = || nearness(&request.verbs, &self.language.word("transfer").meaning.verbs) >= 55;
        if is_money && (request.effects.first() == Some(ToolEffect::Send) || is_sum && moves()) {
            request.effects.0 = [0, 1, 3, 5, 0, 0, 0];
        }
    }

    fn names_value(&self, end: usize) -> bool {
        let object = (end..end + 3).find(|at| !self.is_at(*at, Class::Determiner)).and_then(|at| self.at(at));
        object.is_some_and(|object| matches!(object.token.piece, Piece::Value | Piece::Quoted))
    }

    /// "none above 500": the number behind such a word.
    pub(super) fn limit(&self, from: usize) -> Option<Range<usize>> {
        let is_up_to = |at: usize| self.word(at) == Some("up") && self.word(at + 1) == Some("to");
        let place = (from..self.pieces.len()).find(|at| self.is_at(*at, Class::AtMost) || is_up_to(*at))?;
        let mut after = self.pieces.iter().skip(place + 1).take(4);
        after.find(|known| known.token.piece == Piece::Value || known.is(Class::Cardinal)).map(|known| known.token.span.clone())
    }

    /// "follow the instructions in …", "… accordingly": the deed is told elsewhere.
    fn obeys(&self, place: usize, end: usize) -> bool {
        let rest: Vec<_> = self
            .pieces
            .get(end..)
            .unwrap_or_default()
            .iter()
            .take_while(|known| !matches!(known.token.piece, Piece::Stop | Piece::Question))
            .take(25)
            .collect();
        let is_obeying =
            self.is_at(place, Class::Obeying) || self.at(place).is_some_and(|known| self.language.classes(&known.word.lemma).has(Class::Obeying));
        let duty = rest.iter().take(6).position(|known| !known.is(Class::Here) && known.is_noun() && known.word.meaning.kinds.has(Kind::Duty));
        let is_here = rest.iter().take(duty.unwrap_or(0)).any(|known| known.is(Class::Here));
        let told = rest.iter().any(|known| known.is(Class::Saying));
        // "exactly as described in …"
        let as_told = rest.windows(2).any(|pair| matches!(pair, [one, next] if one.token.word() == Some("as") && next.is(Class::Saying)));
        let what = rest.iter().take(3).any(|known| matches!(known.token.word(), Some("what" | "whatever" | "everything" | "anything" | "as")));
        // "the way the procedure says", "what's on the list", "work through the list"
        let is_way = rest.iter().take(4).any(|known| known.token.word() == Some("way")) && told;
        let is_listed = rest.windows(2).take(2).any(|pair| {
            let is_what = pair.first().is_some_and(|known| matches!(known.token.word(), Some("what's" | "whatever's" | "everything" | "all")));
            is_what && pair.get(1).is_some_and(|known| matches!(known.token.word(), Some("on" | "in")))
        });
        let is_worked = self.word(place) == Some("work")
            && matches!(rest.first().and_then(|known| known.token.word()), Some("through" | "off" | "along" | "down"));
        as_told || is_worked || is_obeying && (duty.is_some() && !is_here || (what || is_way) && told || is_listed)
    }
}
