//! Where in a sentence a deed is asked for.

use std::sync::Arc;

use super::super::language::{Class, Language, Word};
use super::super::text::Piece;
use super::piece::Known;
use super::request::{Manner, Request};
use crate::action::ToolEffect;

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
        if self.is_question(first) || ends_asking && !self.is_request(first) {
            self.expecting = Expecting::Nothing;
            self.is_statement = true;
            self.is_asking = true;
        }
        let mut place = 0;
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

    fn is_question(&self, first: usize) -> bool {
        // "Have a look" is none, "Have you" is one.
        let can_be_light = matches!(self.word(first), Some("have" | "has" | "had" | "do"));
        let is_inverted = self.is_at(first, Class::YesNo)
            && self.at(first + 1).is_some_and(|next| next.is(Class::Subject) || next.is(Class::Determiner) && !can_be_light);
        let asks_for_itself = self.is_at(first, Class::Asking) && self.word(first + 1) == Some("i");
        self.is_at(first, Class::Question) || is_inverted || asks_for_itself
    }

    /// "Cancel it?", "could you cancel it?", "a refund, please?": asked for, although it ends as a question.
    fn is_request(&self, first: usize) -> bool {
        let is_command = self.at(first).is_some_and(|known| {
            known.is_base_verb() && (known.is(Class::Light) || known.word.meaning.is_mostly_verb() || self.has_object(first + 1))
        });
        let is_plea = |at: usize| self.is_at(at, Class::Asking) && self.asks_you(at) || matches!(self.word(at), Some("please" | "pls" | "plz"));
        is_command || (0..self.pieces.len()).any(is_plea)
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
    fn settle(&mut self) {
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

    /// "the reviews don't complain": said of something, and asked of nobody.
    fn is_told_not(&self, place: usize) -> bool {
        let is_contracted = self.word(place).is_some_and(|word| word.ends_with("n't"));
        let before = place.checked_sub(1).and_then(|before| self.at(before));
        is_contracted && before.is_some_and(|before| (before.is_noun() || before.token.piece == Piece::Value) && !before.is_base_verb())
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
        let comma = self.pieces.iter().skip(place).position(|known| {
            matches!(known.token.piece, Piece::Comma | Piece::Colon) || matches!(known.token.word(), Some("then" | "please" | "kindly"))
        });
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
        let is_cut = before
            .is_some_and(|before| matches!(before.token.piece, Piece::Value | Piece::Quoted) || before.is_noun() || before.word.meaning.is_adjective);
        is_cut && self.is_main_verb(place)
    }

    /// What can only be a command: a verb without an ending, and its object.
    fn is_main_verb(&self, place: usize) -> bool {
        // "block it": no noun stands there.
        let is_verb = |known: &Known<'_>| known.is(Class::Light) || known.word.meaning.is_mostly_verb() || self.has_pronoun(place + 1);
        self.at(place).is_some_and(|known| known.is_base_verb() && !known.is_capital && is_verb(known)) && self.has_object(place + 1)
    }

    fn has_pronoun(&self, place: usize) -> bool {
        matches!(self.word(place), Some("it" | "them" | "him"))
    }

    fn is_after_comma(&self, place: usize) -> bool {
        place.checked_sub(1).and_then(|before| self.at(before)).is_some_and(|before| before.token.piece == Piece::Comma)
    }

    fn asks_you(&self, place: usize) -> bool {
        matches!(self.word(place + 1), Some("you" | "u" | "someone" | "somebody"))
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

    /// "make sure the rent is paid", "… is not cancelled": a deed told of as done, or as not done; or no deed at all.
    fn assurance(&mut self, place: usize) -> Option<usize> {
        let is_assured = self.word(place) == Some("ensure") || self.is_at(place, Class::Light) && self.word(place + 1) == Some("sure");
        let after = place + if self.word(place) == Some("ensure") { 1 } else { 2 };
        if !is_assured || self.expecting == Expecting::Nothing || self.word(after) == Some("to") {
            return None;
        }
        let end = (after..self.pieces.len()).find(|at| self.at(*at).is_some_and(|known| known.token.word().is_none())).unwrap_or(self.pieces.len());
        let is_passive = |at: &usize| matches!(self.word(*at), Some("is" | "are" | "be" | "gets" | "get" | "been"));
        let be = (after..end).find(is_passive);
        let deed = be.and_then(|be| (be + 1..end.min(be + 4)).find(|at| self.at(*at).is_some_and(Known::is_participle)));
        self.settle();
        let Some(deed) = deed else { return Some(after - place) };
        self.is_negated = (after..deed).any(|at| self.is_at(at, Class::Negation));
        self.clause.clear();
        for known in self.pieces.get(after..deed).unwrap_or_default() {
            self.noun(known);
        }
        let about = self.clause.clone();
        let length = self.begin(deed, Manner::Plain);
        if let Some(request) = self.requests.last_mut() {
            request.nouns.extend(about);
        }
        Some(deed - place + length)
    }

    /// "rather than cancel it", "instead of sending it", "anything but cancel it": what is not to be done.
    fn alternative(&mut self, place: usize) -> Option<usize> {
        let before = place.checked_sub(1).and_then(|before| self.word(before));
        let length = match (self.word(place)?, self.word(place + 1)) {
            ("rather", Some("than")) | ("instead", Some("of")) => 2,
            ("but", _) if matches!(before, Some("anything" | "everything" | "all")) => 1,
            _ => return None,
        };
        let is_deed = self.at(place + length).is_some_and(Known::is_base_verb) || self.gerund_of(place + length).is_some();
        is_deed.then(|| {
            self.settle();
            length + 1
        })
    }

    fn clause_wants(&self, place: usize) -> bool {
        place.checked_sub(1).is_some_and(|before| self.is_at(before, Class::Obliging))
    }

    /// "to" and a verb: a wish, or what something is for.
    fn infinitive(&mut self, place: usize) -> usize {
        // "to kindly send"; but "to the number" leads to no deed.
        let is_between = self.at(place + 1).is_some_and(|known| known.is(Class::Polite) || known.word.meaning.is_adverb && !known.is_verb());
        let deed = [place + 1, place + 1 + usize::from(is_between)]
            .into_iter()
            .find(|at| self.at(*at).is_some_and(|known| known.is_base_verb() && !known.is_capital && !known.is(Class::Polite)));
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
        while self.is_at(at, Class::Modal) || self.at(at).is_some_and(|known| known.word.meaning.is_adverb && known.word.meaning.verb_use.is_none()) {
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
        let named = phrase.iter().position(|known| known.is_noun() && known.word.meaning.noun_effects.beyond_reading() > 4);
        if let Some(named) = named {
            self.begin_nominal(at + 1 + named);
            return at + 2 + named - place;
        }
        // "I need a new card": what it takes to have one.
        let is_thing = |known: &Known<'_>| known.is_noun() || matches!(known.token.piece, Piece::Value | Piece::Quoted);
        if self.is_at(at, Class::Light) && phrase.iter().any(is_thing) {
            return at - place + self.begin(at, Manner::Unclear);
        }
        at + 1 - place
    }

    /// Whether a participle ends the clause: "get the florist for the wedding sorted".
    pub(super) fn ends_done(&self, place: usize) -> bool {
        let rest = self.pieces.get(place + 2..).unwrap_or_default();
        let end = rest.iter().position(|known| !matches!(known.token.piece, Piece::Word(_) | Piece::Value | Piece::Quoted)).unwrap_or(rest.len());
        let last = rest.get(..end).and_then(<[_]>::last);
        last.is_some_and(|known| known.is_participle() && !known.is(Class::Auxiliary))
    }

    /// The participle behind a noun or pronoun: "have the valve replaced".
    pub(super) fn done_later(&self, place: usize) -> Option<&'s Known<'t>> {
        let done = (place + 2..place + 7).find(|at| self.at(*at).is_some_and(|known| known.is_participle() && !known.is(Class::Auxiliary)))?;
        let before = self.at(done - 1)?;
        let is_object =
            before.is_noun() || before.is(Class::Pronoun) || matches!(before.token.piece, Piece::Value | Piece::Quoted) || before.is_stranger();
        let is_plain = (place + 1..done).all(|at| !self.is_at(at, Class::Preposition) && !self.is_at(at, Class::Conjunction));
        self.at(done).filter(|_| is_object && is_plain)
    }

    /// Whether a verb can stand here.
    fn is_deed(&self, place: usize, known: &Known<'_>) -> bool {
        // A capital in the middle of a sentence begins a name.
        let is_name = known.is_capital && place > 0 && self.at(place - 1).is_some_and(|before| before.token.word().is_some() && !before.is_capital);
        (known.is_base_verb() || self.gerund(place)) && !is_name && self.word(place + 1) != Some("of") && !self.is_told_of(place)
    }

    /// "petition PT-88 is about that": a noun of which something is said.
    fn is_told_of(&self, place: usize) -> bool {
        let tells = |at: usize| matches!(self.word(at), Some("is" | "are" | "was" | "were" | "has"));
        let is_named = self.at(place + 1).is_some_and(|next| matches!(next.token.piece, Piece::Value | Piece::Quoted));
        tells(place + 1) || is_named && tells(place + 2)
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

    fn has_object(&self, place: usize) -> bool {
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
    fn noun(&mut self, known: &Known<'_>) {
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
