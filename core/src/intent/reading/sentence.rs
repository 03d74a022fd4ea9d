//! Where in a sentence a deed is asked for.

use std::sync::Arc;

use super::super::text::Piece;
use super::piece::Known;
use super::request::{Manner, Request};
use crate::catalog::call::ToolEffect;
use crate::language::{Class, Language, Word};

#[expect(clippy::struct_excessive_bools, reason = "where a reader stands, each of its own")]
pub(super) struct Sentence<'s, 't> {
    pub pieces: &'s [Known<'t>],
    pub language: &'s Language,
    /// The nouns of the sentence before, for "it" and "them".
    pub earlier: &'s [Arc<Word>],
    pub requests: Vec<Request>,
    pub seen: Vec<Arc<Word>>,
    /// The word that is part of an idiom with the verb before it: the "know" of "let … know".
    pub spent: Option<usize>,
    /// The nouns since the last comma or conjunction.
    pub clause: Vec<Arc<Word>>,
    /// Whether a deed may be asked for at the next word.
    pub expecting: Expecting,
    pub is_negated: bool,
    /// Where the last deed's words end, if it is one that is not to be done.
    pub forbidden: Option<usize>,
    /// How plainly deeds are asked for from here on.
    pub manner: Manner,
    /// Whose wish is spoken of: the next "to" leads to a deed.
    pub wishes: bool,
    /// The request that collects nouns.
    pub is_open: bool,
    pub is_statement: bool,
    pub is_asking: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Expecting {
    Nothing,
    /// After "and" or a comma: only what can hardly be a noun.
    Perhaps,
    Deed,
}

impl<'s, 't> Sentence<'s, 't> {
    pub(super) fn new(pieces: &'s [Known<'t>], language: &'s Language, earlier: &'s [Arc<Word>]) -> Self {
        Self {
            pieces,
            language,
            earlier,
            requests: Vec::new(),
            seen: Vec::new(),
            spent: None,
            clause: Vec::new(),
            expecting: Expecting::Deed,
            is_negated: false,
            forbidden: None,
            manner: Manner::Plain,
            wishes: false,
            is_open: false,
            is_statement: false,
            is_asking: false,
        }
    }

    pub(super) fn at(&self, place: usize) -> Option<&'s Known<'t>> {
        self.pieces.get(place)
    }

    pub(super) fn is_at(&self, place: usize, class: Class) -> bool {
        self.at(place).is_some_and(|known| known.is(class))
    }

    pub(super) fn word(&self, place: usize) -> Option<&str> {
        self.at(place)?.token.word()
    }

    pub(super) fn read(&mut self) {
        let ends_asking = self.pieces.last().is_some_and(|known| known.token.piece == Piece::Question);
        let first = self.pieces.iter().position(|known| !known.is(Class::Polite) && known.token.word().is_some()).unwrap_or(0);
        let asked = self.asked_politely(first);
        self.wishes = asked.is_some();
        if asked.is_none() && (self.is_question(first) || ends_asking && !self.is_request(first)) {
            self.expecting = Expecting::Nothing;
            self.is_statement = true;
            self.is_asking = true;
        }
        let mut place = asked.unwrap_or(0);
        while let Some(known) = self.at(place) {
            place += match known.token.piece {
                Piece::Comma | Piece::Colon => {
                    self.pause(place, known.token.piece == Piece::Colon);
                    1
                }
                Piece::Value | Piece::Quoted => {
                    self.settle();
                    1
                }
                Piece::Word(_) => self.step(place, known),
                Piece::Stop | Piece::Question => 1,
            };
        }
        // "Check and update the rent": what has no object of its own shares the next one's.
        let mut next: Vec<Arc<Word>> = Vec::new();
        for request in self.requests.iter_mut().rev() {
            if request.nouns.is_empty() {
                request.nouns.clone_from(&next);
            }
            next.clone_from(&request.nouns);
        }
    }

    /// Here begins what somebody is to be told.
    fn tell(&mut self) {
        if let Some(request) = self.requests.last_mut().filter(|request| request.effects.first() == Some(ToolEffect::Send)) {
            request.is_told = true;
        }
    }

    /// A comma or colon: what is expected after it.
    fn pause(&mut self, place: usize, is_colon: bool) {
        self.clause.clear();
        if self.forbidden.is_some() {
            // "Do not cancel, refund or delete it"
            let goes_on = |at: usize| self.word(at) == Some("or") && self.at(at + 1).is_some_and(Known::is_base_verb);
            self.is_negated = (place + 2..place + 4).any(goes_on);
        }
        if is_colon {
            self.tell();
            self.expecting = Expecting::Deed;
            // "Translate: cancel the booking". A deed after a colon may be what it is done to.
            let is_deed = self.at(place + 1).is_some_and(|next| next.is_base_verb() || next.is(Class::Polite) || next.is(Class::Negation));
            let verb = self.requests.last().and_then(|last| self.pieces.iter().find(|known| known.token.span == last.span));
            if is_deed && verb.is_some_and(|verb| verb.word.meaning.is_mostly_verb() && !verb.is(Class::Light) && !verb.is(Class::Obeying)) {
                self.manner = Manner::Unclear;
            }
        } else if self.expecting == Expecting::Nothing && !self.is_statement {
            self.expecting = Expecting::Perhaps;
        }
        self.wishes = false;
    }

    /// "Do not cancel or refund it" forbids both; "do not cancel and refund it" may.
    fn join(&mut self, place: usize) {
        match (self.word(place), self.forbidden) {
            (Some("or" | "nor"), Some(_)) => self.is_negated = true,
            (Some("and" | "&"), Some(end)) if place <= end + 1 => self.manner = Manner::Unclear,
            _ => {}
        }
    }

    /// Something stood here that is no deed.
    pub(super) fn settle(&mut self) {
        self.expecting = Expecting::Nothing;
    }

    /// Reads one word, or several; how many.
    fn step(&mut self, place: usize, known: &'s Known<'t>) -> usize {
        let begins_clause = self.expecting != Expecting::Nothing
            || place.checked_sub(1).and_then(|before| self.at(before)).is_none_or(|before| before.token.word().is_none());
        if self.spent == Some(place) {
            return 1;
        }
        if known.is(Class::Conditional) && begins_clause {
            return self.skip_condition(place);
        }
        if known.token.word() == Some("that") {
            self.tell();
        }
        if let Some(length) = self.alternative(place) {
            return length;
        }
        if known.is(Class::Negation) {
            self.forbidden = None;
            let forgets = (1..=2).any(|ahead| self.is_at(place + ahead, Class::Forgetful));
            self.is_negated = !forgets && !self.is_statement && !self.is_told_not(place);
            if forgets {
                self.wishes = true;
            }
            // Said of something, or a prohibition in the middle of a statement: nobody can tell, and it grants nothing.
            let mut befores = (0..place).rev().filter_map(|before| self.at(before)).skip_while(|before| before.is(Class::Auxiliary));
            let begins_anew =
                befores.next().is_some_and(|before| before.is(Class::Conjunction) || before.is(Class::Polite) || before.token.piece == Piece::Comma);
            let is_before_verb =
                (1..=2).any(|ahead| self.at(place + ahead).is_some_and(|next| next.is_base_verb() || self.gerund_of(place + ahead).is_some()));
            if !forgets && !self.is_negated && begins_anew && is_before_verb && known.token.word() != Some("no") {
                self.is_negated = true;
            }
            if self.is_negated && matches!(self.expecting, Expecting::Nothing) {
                self.expecting = Expecting::Perhaps;
            }
            return 1;
        }
        if known.is(Class::Polite) {
            if matches!(known.token.word(), Some("please" | "kindly" | "then")) {
                self.expecting = Expecting::Deed;
                self.is_statement = false;
            }
            return 1;
        }
        if known.is(Class::Asking) && self.asks_you(place) {
            self.expecting = Expecting::Deed;
            self.is_statement = false;
            return 2 + usize::from(self.word(place + 2) == Some("mind"));
        }
        if let Some(length) = self.passive(place).or_else(|| self.assurance(place)) {
            return length;
        }
        if self.word(place) == Some("to") {
            return self.infinitive(place);
        }
        if known.is(Class::Subject) && !matches!(self.expecting, Expecting::Nothing) || self.is_subject(place) {
            return self.statement(place);
        }
        if self.only_helps(place, known) {
            return 1;
        }
        if known.is(Class::Conjunction) {
            self.clause.clear();
            self.join(place);
            if self.expecting == Expecting::Nothing && (!self.is_statement || !self.requests.is_empty()) {
                self.expecting = Expecting::Perhaps;
            }
            return 1;
        }
        if self.expecting == Expecting::Deed
            && !self.gerund(place)
            && let Some(named) = self.named_deed(place)
        {
            self.begin_nominal(named);
            self.settle();
            return named - place + 1;
        }
        match self.expecting {
            // "… is due on Monday, put that in the calendar"
            Expecting::Nothing if self.is_statement && self.is_after_comma(place) && self.is_main_verb(place) => {
                return self.begin(place, Manner::Plain);
            }
            Expecting::Deed if self.is_deed(place, known) => {
                // "Stop cancelling bookings", "stop running jobs": to do it or to leave it, a person may say.
                let is_unclear = known.is(Class::Ceasing) && self.gerund_of(place + 1).is_some();
                return self.begin(place, if is_unclear { Manner::Unclear } else { Manner::Plain });
            }
            Expecting::Perhaps if self.is_deed(place, known) && self.is_surely_verb(place, known) => return self.begin(place, Manner::Plain),
            // "text her": a word that is no verb, where one must be.
            Expecting::Deed
                if (known.is_stranger() || known.is_noun() && !known.is_verb())
                    && !known.is(Class::Abbreviation)
                    && self.has_object(place + 1)
                    && !self.is_told_of(place) =>
            {
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
        self.noun(known);
        if known.is_stranger() {
            return 1;
        }
        if known.word.classes.is_function() && !known.is(Class::Determiner) || known.word.meaning.is_adverb && known.word.meaning.noun_use.is_none() {
            return 1;
        }
        self.settle();
        1
    }

    /// Whether a verb can stand here.
    fn is_deed(&self, place: usize, known: &Known<'_>) -> bool {
        // A capital in the middle of a sentence begins a name.
        let is_name = known.is_capital && place > 0 && self.at(place - 1).is_some_and(|before| before.token.word().is_some() && !before.is_capital);
        (known.is_base_verb() || self.gerund(place)) && !is_name && self.word(place + 1) != Some("of") && !self.is_told_of(place)
    }

    /// "would you mind sending", "start by paying".
    fn gerund(&self, place: usize) -> bool {
        let before = place.checked_sub(1).and_then(|before| self.word(before));
        (self.is_negated || matches!(before, Some("mind" | "by" | "without" | "avoid" | "with"))) && self.gerund_of(place).is_some()
    }

    /// The verb of a word in "-ing", although the word may be in the dictionary for itself: "sending".
    pub(super) fn gerund_of(&self, place: usize) -> Option<Arc<Word>> {
        let known = self.at(place)?;
        let word = known.token.word().filter(|word| word.ends_with("ing"))?;
        if known.is_verb() { Some(Arc::clone(&known.word)) } else { self.language.verb_of(word).map(Arc::new) }
    }

    /// After "and": a verb, and not the second of two nouns.
    fn is_surely_verb(&self, place: usize, known: &Known<'_>) -> bool {
        let before = place.checked_sub(1).and_then(|before| self.at(before));
        let after_joint = before.is_none_or(|before| {
            before.token.word().is_none()
                || before.is(Class::Conjunction)
                || before.is(Class::Polite)
                || before.is(Class::Negation)
                || before.word.meaning.is_adverb
        });
        let is_verb = known.word.meaning.is_mostly_verb() || known.is(Class::Light) || self.gerund(place);
        after_joint && (self.has_object(place + 1) || is_verb)
    }

    pub(super) fn has_object(&self, place: usize) -> bool {
        self.at(place).is_some_and(|next| {
            let is_name = !next.word.is_known && next.token.word().is_some_and(|word| word.contains('-'));
            is_name
                || next.is(Class::Determiner)
                || next.is(Class::Requester)
                || next.is(Class::Backward)
                || matches!(next.token.piece, Piece::Value | Piece::Quoted)
        })
    }

    /// "do not", "do send": the verb is the one that follows.
    fn only_helps(&self, place: usize, known: &Known<'_>) -> bool {
        let before_verb = || self.at(place + 1).is_some_and(|next| next.is_base_verb() && next.word.meaning.is_mostly_verb());
        known.is(Class::Auxiliary) && (self.is_at(place + 1, Class::Negation) || known.token.word() == Some("do") && before_verb())
    }

    /// A noun is what the open request is about.
    pub(super) fn noun(&mut self, known: &Known<'_>) {
        if known.word.classes.is_function() || known.is(Class::Here) || !(known.is_noun() || known.is_stranger()) {
            return;
        }
        let noun = Arc::clone(&known.word);
        self.clause.push(noun.clone());
        self.seen.push(noun.clone());
        if self.is_open
            && let Some(request) = self.requests.last_mut()
            && !request.is_told
            && request.nouns.len() < 24
        {
            request.nouns.push(noun);
        }
    }
}
