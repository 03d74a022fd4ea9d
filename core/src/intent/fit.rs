//! How well a tool does what is asked. What a request has to do with a word of the tools is found out once for all of them.

use std::sync::Arc;

use super::reading::Request;
use super::tools::{Object, ToolMeaning, Tools, Verb, Vocabulary};
use crate::catalog::call::ToolEffect;
use crate::language::{Class, Effects, Kind, Sense, Word, nearness};

/// How well a tool does what is asked, in percent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fit {
    pub verb: u8,
    pub object: u8,
}

impl Fit {
    /// Verb and object are the same, or one of them is plainly so.
    pub(super) fn is_plain(self) -> bool {
        self.verb >= 55 && self.object >= 45 || self.verb >= 40 && self.object >= 70
    }

    pub(super) fn is_near(self) -> bool {
        self.verb >= 40 || self.verb >= 15 && self.object >= 60
    }

    pub(super) fn score(self) -> u16 {
        u16::from(self.verb) * 11 + u16::from(self.object) * 9
    }
}

/// Of two words for one deed, or nearly.
pub(super) const SAME_VERB: u8 = 85;

/// One request, held against tools.
pub(super) struct Asked<'r> {
    request: &'r Request,
    /// Its verb says little: "make", "give".
    is_light: bool,
    /// It names no object that a tool could miss.
    is_bare: bool,
    /// What its nouns are there for, all together: a bill is something to be paid.
    of_nouns: Effects,
    nouns: Nouns<'r>,
    /// By the numbers of verbs: how near it is, and whether it is the very verb.
    verbs: Vec<Option<(u8, bool)>>,
    objects: Vec<Option<AsVerb>>,
}

/// An object of a tool as the verb of a request: "a rollback of the service".
#[derive(Clone, Copy)]
struct AsVerb {
    is_verb: bool,
    is_joined: bool,
}

/// Nouns, held against the objects of tools.
pub(super) struct Nouns<'r> {
    nouns: &'r [Arc<Word>],
    /// By the numbers of objects.
    near: Vec<Option<u8>>,
}

impl<'r> Nouns<'r> {
    pub(super) fn of(nouns: &'r [Arc<Word>], vocabulary: Vocabulary) -> Self {
        Self { nouns, near: vec![None; vocabulary.objects] }
    }

    /// How near the nearest noun is to what a tool acts on, as much as that tells the tool from the others.
    pub(super) fn about(&mut self, object: &Object) -> u8 {
        let nouns = self.nouns;
        let nearest = || nouns.iter().map(|noun| near(noun, &object.word)).max().unwrap_or(0);
        let near = self.near.get_mut(object.number).map_or_else(nearest, |known| *known.get_or_insert_with(nearest));
        u8::try_from(u16::from(near) * u16::from(object.weight) / 100).unwrap_or(100)
    }
}

impl<'r> Asked<'r> {
    pub(super) fn of(request: &'r Request, tools: &Tools) -> Self {
        Self {
            request,
            is_light: tools.language.classes(&request.verb).has(Class::Light),
            is_bare: request.nouns.iter().all(|noun| is_told(request, noun)),
            of_nouns: request.nouns.iter().fold(Effects::default(), |all, noun| all.larger(noun.meaning.noun_effects)),
            nouns: Nouns::of(&request.nouns, tools.vocabulary),
            verbs: vec![None; tools.vocabulary.verbs],
            objects: vec![None; tools.vocabulary.objects],
        }
    }

    pub(super) fn fit(&mut self, tool: &ToolMeaning) -> Fit {
        Fit { verb: self.verb_fit(tool), object: self.object_fit(tool) }
    }

    /// Whether the tool does what is asked, or nearly.
    pub(super) fn is_served_by(&mut self, tool: &ToolMeaning) -> bool {
        match self.verb_fit(tool) {
            verb @ 40..55 => Fit { verb, object: self.object_fit(tool) }.is_plain(),
            verb => verb >= 55,
        }
    }

    fn is_joined(request: &Request, lemma: &str) -> bool {
        request.joined.iter().any(|joined| joined == lemma)
    }

    /// How near the request's verb is to one of a tool, and whether it is the same.
    fn verb(&mut self, verb: &Verb) -> (u8, bool) {
        let request = self.request;
        let found = || (nearness(&request.verbs, &verb.senses), verb.lemma == request.verb || Self::is_joined(request, &verb.lemma));
        self.verbs.get_mut(verb.number).map_or_else(found, |known| *known.get_or_insert_with(found))
    }

    fn as_verb(&mut self, object: &Object) -> AsVerb {
        let (request, lemma) = (self.request, &object.word.lemma);
        let found = || AsVerb { is_verb: *lemma == request.verb, is_joined: Self::is_joined(request, lemma) };
        self.objects.get_mut(object.number).map_or_else(found, |known| *known.get_or_insert_with(found))
    }

    fn verb_fit(&mut self, tool: &ToolMeaning) -> u8 {
        let request = self.request;
        let (mut senses, mut same) = (0, false);
        for verb in &tool.verbs {
            let (near, is_same) = self.verb(verb);
            (senses, same) = (near.max(senses), same || is_same);
        }
        let (mut is_object, mut is_main_object) = (false, false);
        for object in &tool.objects {
            let AsVerb { is_verb, is_joined } = self.as_verb(object);
            let is_main = object.weight >= 60;
            (is_object, is_main_object) = (is_object || is_verb, is_main_object || is_main && is_verb);
            same = same || is_main && is_joined;
        }
        let by_name = match () {
            () if same => 100,
            // "A rollback of the service"
            () if !undoes(request, tool) && is_main_object => 85,
            // A word that is no verb may be one of the tool's nouns: "text her".
            () if request.is_unknown && is_object => 70,
            // Verbs of many senses are near to everything.
            () if self.is_light => senses / 2,
            // "Tell her" is no "update", although one updates somebody, too.
            () if are_apart(request.effects, tool.effects) => senses.min(39),
            () => senses,
        };
        by_name.max(alike(request, tool))
    }

    pub(super) fn object_fit(&mut self, tool: &ToolMeaning) -> u8 {
        let near = tool.objects.iter().map(|object| self.nouns.about(object)).max().unwrap_or(0);
        // A bill is something to be paid.
        let paid = special(self.of_nouns, tool.effects, 8).min(50);
        // A tool that is all verb has no object to miss; "refund it" names none.
        let is_bare = self.is_bare || tool.objects.iter().all(|object| object.weight < 60);
        // "it" may be what no word here says.
        let unsaid = match () {
            () if is_bare => 50,
            () if self.request.refers_back => 40,
            () => 0,
        };
        near.max(paid).max(unsaid)
    }
}

/// Whether both change something, and nothing in the same way.
fn are_apart(ours: Effects, theirs: Effects) -> bool {
    let beyond = || ToolEffect::ALL.into_iter().skip(1);
    let changes = |effects: Effects| effects.beyond_reading() >= 5;
    changes(ours) && changes(theirs) && beyond().all(|effect| ours.of(effect).min(theirs.of(effect)) == 0)
}

/// "A refund" is not what `cancel_refund` does.
pub(super) fn undoes(request: &Request, tool: &ToolMeaning) -> bool {
    tool.effects.of(ToolEffect::Delete) > 0 && request.effects.of(ToolEffect::Delete) == 0
}

/// Who is told something is not what it is about: "message the pharmacist".
fn is_told(request: &Request, noun: &Word) -> bool {
    request.effects.first() == Some(ToolEffect::Send) && noun.meaning.kinds.is_first(Kind::Party)
}

/// How much of the effect is the same. To change something says little; to pay says much.
fn alike(request: &Request, tool: &ToolMeaning) -> u8 {
    let write = request.effects.of(ToolEffect::Write).min(tool.effects.of(ToolEffect::Write));
    special(request.effects, tool.effects, 12).min(80).max(write * 4)
}

pub(super) fn special(ours: Effects, theirs: Effects, times: u8) -> u8 {
    let effects = [ToolEffect::Send, ToolEffect::Pay, ToolEffect::Share, ToolEffect::Delete, ToolEffect::Execute];
    effects.into_iter().map(|effect| ours.of(effect).min(theirs.of(effect)) * times).max().unwrap_or(0)
}

/// How near a noun is to what a tool acts on, in percent.
fn near(noun: &Word, object: &Word) -> u8 {
    if noun.lemma == object.lemma {
        return 100;
    }
    let by_noun = nearness(&noun.meaning.nouns, &object.meaning.nouns);
    let by_deed = shares(&noun.meaning.made_of, &object.meaning.made_of);
    let by_kind = if noun.meaning.kinds.shares(object.meaning.kinds) { 20 } else { 0 };
    let near = by_noun.max(by_deed).max(by_kind);
    // One person is not another: "mail it to my accountant" is nothing for `escalate_to_human`.
    let are_parties = noun.meaning.kinds.is_first(Kind::Party) && object.meaning.kinds.is_first(Kind::Party);
    if are_parties { near.min(40) } else { near }
}

fn shares(ours: &[Sense], theirs: &[Sense]) -> u8 {
    if ours.iter().any(|our| theirs.contains(our)) { 80 } else { 0 }
}
