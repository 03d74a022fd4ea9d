//! Constructions in which a deed is asked for, or is not: conditions, passives, wishes, statements.

use super::super::text::Piece;
use super::piece::Known;
use super::request::Manner;
use super::sentence::{Expecting, Sentence};
use crate::language::Class;

impl<'s, 't> Sentence<'s, 't> {
    /// "If …,": nothing is asked for before the comma, all after it.
    pub(super) fn skip_condition(&mut self, place: usize) -> usize {
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

    /// "should be paid", "needs to be replaced", "to be moved", "get it shipped": a deed told of as done.
    pub(super) fn passive(&mut self, place: usize) -> Option<usize> {
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
    pub(super) fn assurance(&mut self, place: usize) -> Option<usize> {
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
    pub(super) fn alternative(&mut self, place: usize) -> Option<usize> {
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

    /// "to" and a verb: a wish, or what something is for.
    pub(super) fn infinitive(&mut self, place: usize) -> usize {
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

    /// "I moved": tells of something. "I need", "I'd like", "you should": asks for it.
    pub(super) fn statement(&mut self, place: usize) -> usize {
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
    pub(super) fn wish(&mut self, place: usize, at: usize) -> usize {
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

    /// The participle behind a noun or pronoun: "have the valve replaced".
    pub(super) fn done_later(&self, place: usize) -> Option<&'s Known<'t>> {
        let done = (place + 2..place + 7).find(|at| self.at(*at).is_some_and(|known| known.is_participle() && !known.is(Class::Auxiliary)))?;
        let before = self.at(done - 1)?;
        let is_object =
            before.is_noun() || before.is(Class::Pronoun) || matches!(before.token.piece, Piece::Value | Piece::Quoted) || before.is_stranger();
        let is_plain = (place + 1..done).all(|at| !self.is_at(at, Class::Preposition) && !self.is_at(at, Class::Conjunction));
        self.at(done).filter(|_| is_object && is_plain)
    }

    /// Whether a participle ends the clause: "get the florist for the wedding sorted".
    pub(super) fn ends_done(&self, place: usize) -> bool {
        let rest = self.pieces.get(place + 2..).unwrap_or_default();
        let end = rest.iter().position(|known| !matches!(known.token.piece, Piece::Word(_) | Piece::Value | Piece::Quoted)).unwrap_or(rest.len());
        let last = rest.get(..end).and_then(<[_]>::last);
        last.is_some_and(|known| known.is_participle() && !known.is(Class::Auxiliary))
    }

    pub(super) fn is_question(&self, first: usize) -> bool {
        // "Have a look" is none, "Have you" is one.
        let can_be_light = matches!(self.word(first), Some("have" | "has" | "had" | "do"));
        let is_inverted = self.is_at(first, Class::YesNo)
            && self.at(first + 1).is_some_and(|next| next.is(Class::Subject) || next.is(Class::Determiner) && !can_be_light);
        let asks_for_itself = self.is_at(first, Class::Asking) && self.word(first + 1) == Some("i");
        self.is_at(first, Class::Question) || is_inverted || asks_for_itself
    }

    /// "Cancel it?", "could you cancel it?", "a refund, please?": asked for, although it ends as a question.
    pub(super) fn is_request(&self, first: usize) -> bool {
        let is_command = self.at(first).is_some_and(|known| {
            known.is_base_verb() && (known.is(Class::Light) || known.word.meaning.is_mostly_verb() || self.has_object(first + 1))
        });
        let is_plea = |at: usize| self.is_at(at, Class::Asking) && self.asks_you(at) || matches!(self.word(at), Some("please" | "pls" | "plz"));
        is_command || (0..self.pieces.len()).any(is_plea)
    }

    /// "the reviews don't complain": said of something, and asked of nobody.
    pub(super) fn is_told_not(&self, place: usize) -> bool {
        let is_contracted = self.word(place).is_some_and(|word| word.ends_with("n't"));
        let before = place.checked_sub(1).and_then(|before| self.at(before));
        is_contracted && before.is_some_and(|before| (before.is_noun() || before.token.piece == Piece::Value) && !before.is_base_verb())
    }

    /// A command in the middle of a sentence: after a value or noun, before an object.
    pub(super) fn is_main(&self, place: usize) -> bool {
        let before = place.checked_sub(1).and_then(|before| self.at(before));
        let is_cut = before
            .is_some_and(|before| matches!(before.token.piece, Piece::Value | Piece::Quoted) || before.is_noun() || before.word.meaning.is_adjective);
        is_cut && self.is_main_verb(place)
    }

    /// What can only be a command: a verb without an ending, and its object.
    pub(super) fn is_main_verb(&self, place: usize) -> bool {
        // "block it": no noun stands there.
        let is_verb = |known: &Known<'_>| known.is(Class::Light) || known.word.meaning.is_mostly_verb() || self.has_pronoun(place + 1);
        self.at(place).is_some_and(|known| known.is_base_verb() && !known.is_capital && is_verb(known)) && self.has_object(place + 1)
    }

    pub(super) fn has_pronoun(&self, place: usize) -> bool {
        matches!(self.word(place), Some("it" | "them" | "him"))
    }

    pub(super) fn is_after_comma(&self, place: usize) -> bool {
        place.checked_sub(1).and_then(|before| self.at(before)).is_some_and(|before| before.token.piece == Piece::Comma)
    }

    /// "would it be possible to move it", "why don't you move it": where the deed begins that is asked for in the form of a question.
    pub(super) fn asked_politely(&self, first: usize) -> Option<usize> {
        let is_why_not =
            self.word(first) == Some("why") && self.is_at(first + 1, Class::Negation) && matches!(self.word(first + 2), Some("you" | "we"));
        if is_why_not {
            return Some(first + 3);
        }
        let asks = self.is_at(first, Class::YesNo) || self.is_at(first, Class::Modal);
        let possible = (first..first + 5).find(|at| self.word(*at) == Some("possible") && self.word(at + 1) == Some("to"));
        possible.filter(|_| asks).map(|at| at + 1)
    }

    pub(super) fn asks_you(&self, place: usize) -> bool {
        matches!(self.word(place + 1), Some("you" | "u" | "someone" | "somebody"))
            || self.word(place + 1) == Some("we") && self.expecting == Expecting::Deed
    }

    pub(super) fn clause_wants(&self, place: usize) -> bool {
        place.checked_sub(1).is_some_and(|before| self.is_at(before, Class::Obliging))
    }

    /// Whether a new subject stands here that says something of its own: "… because they sent me".
    pub(super) fn is_subject(&self, place: usize) -> bool {
        matches!(self.word(place), Some("i" | "we" | "he" | "she" | "they")) && place > 0
    }

    /// "petition PT-88 is about that": a noun of which something is said.
    pub(super) fn is_told_of(&self, place: usize) -> bool {
        let tells = |at: usize| matches!(self.word(at), Some("is" | "are" | "was" | "were" | "has"));
        let is_named = self.at(place + 1).is_some_and(|next| matches!(next.token.piece, Piece::Value | Piece::Quoted));
        tells(place + 1) || is_named && tells(place + 2)
    }
}
