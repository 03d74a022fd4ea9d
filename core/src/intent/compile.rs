//! Prompt × catalog → contract: which tools do what the prompt asks for.

use std::collections::BTreeSet;

use super::ground::quantity;
use super::language::{Class, Effects, Kind, Sense, Word, nearness};
use super::reading::{Manner, Request};
use super::tools::{Object, ToolMeaning, Tools};
use crate::action::ToolEffect;
use crate::contract::{Contract, ContractIssuer, GRANTS_MAX, IntentGrant, Mode, Span};
use crate::decimal::Decimal;
use crate::reason::beginning;

/// Below this share of known words, in thousandths, the prompt is in a language we cannot read.
const UNDERSTOOD: u16 = 600;

/// Longer evidence is shown in its beginning only.
const SPAN_BYTES_MAX: usize = 200;

/// How well a tool does what is asked, in percent.
#[derive(Clone, Copy, Debug, Default)]
struct Fit {
    verb: u8,
    object: u8,
}

impl Fit {
    /// Verb and object are the same, or one of them is plainly so.
    fn is_plain(self) -> bool {
        self.verb >= 55 && self.object >= 45 || self.verb >= 40 && self.object >= 70
    }

    fn is_near(self) -> bool {
        self.verb >= 40 || self.verb >= 15 && self.object >= 60
    }

    fn score(self) -> u16 {
        u16::from(self.verb) * 11 + u16::from(self.object) * 9
    }
}

/// Of two words for one deed, or nearly.
const SAME_VERB: u8 = 85;

/// Compiles what the prompt asks for.
pub(crate) fn compile(prompt: &str, tools: &Tools, standing: &BTreeSet<String>) -> Contract {
    let reading = tools.read(prompt);
    let span = |range: &std::ops::Range<usize>| Span {
        start: range.start,
        end: range.end,
        text: beginning(prompt.get(range.clone()).unwrap_or_default(), SPAN_BYTES_MAX).to_owned(),
    };
    let mut contract = Contract {
        mode: Mode::ReadOnly,
        issuer: ContractIssuer::Derived,
        grants: Vec::new(),
        denies: Vec::new(),
        delegated_sources: Vec::new(),
        standing: standing.clone(),
        topics: reading.topics.clone(),
        unknown: reading.unknown.clone(),
        confidence: reading.known,
    };
    // Neither a question nor a request: something is wanted all the same, or nothing at all.
    let says_something = !prompt.trim().is_empty();
    if says_something && (reading.known < UNDERSTOOD || reading.requests.is_empty() && !reading.asks) {
        contract.mode = Mode::Bounded;
        contract.confidence = contract.confidence.min(500);
        contract.grants.extend(whatever(tools, span(&(0..prompt.len()))));
        return contract;
    }
    // Of a verb nobody knows the effect of, anything may be meant.
    let acts = |request: &&Request| request.is_unknown || request.obeys || !request.effects.is_known() || request.effects.beyond_reading() >= 4;
    // What is forbidden is not forgotten for want of room.
    let (denied, asked): (Vec<_>, Vec<_>) = reading.requests.iter().filter(acts).partition(|request| request.is_forbidden);
    for request in denied.into_iter().chain(asked).take(GRANTS_MAX - 1) {
        if request.obeys && !request.is_forbidden {
            contract.mode = Mode::Delegated;
            contract.delegated_sources.push(span(&request.span));
        }
        let mut grant = grant(request, tools);
        grant.evidence = span(&request.span);
        grant.amount_max = request.at_most.as_ref().and_then(|range| amount(prompt.get(range.clone())?));
        if request.is_forbidden {
            grant.tools.append(&mut grant.perhaps);
            grant.tools.append(&mut grant.by_value);
            // "Do not touch the prices"
            if grant.tools.is_empty() {
                grant.tools.extend(changing(request, tools));
            }
            contract.denies.push(grant);
        } else {
            contract.mode = contract.mode.max(Mode::Bounded);
            contract.grants.push(grant);
        }
    }
    if contract.mode != Mode::ReadOnly {
        // A limit holds, too, for what has other words for the deed.
        let amount_max = contract.grants.iter().filter_map(|grant| grant.amount_max).max();
        contract.grants.extend(whatever(tools, span(&(0..prompt.len()))).map(|grant| IntentGrant { amount_max, ..grant }));
    }
    contract
}

/// What can be undone may be meant by words nobody understands; and so may what is done to things the prompt names. A person is
/// asked.
fn whatever(tools: &Tools, evidence: Span) -> Option<IntentGrant> {
    let acting = tools.iter().filter(|(_, tool)| !tool.only_reads);
    let (perhaps, about): (BTreeSet<_>, BTreeSet<_>) =
        acting.map(|(name, _)| name.to_owned()).partition(|name| tools.get(name).is_some_and(|tool| tool.is_reversible));
    let grant = IntentGrant { perhaps, about, evidence, ..IntentGrant::default() };
    (!grant.is_empty()).then_some(grant)
}

fn grant(request: &Request, tools: &Tools) -> IntentGrant {
    let effects = ToolEffect::ALL.into_iter().skip(1).filter(|effect| request.effects.of(*effect) >= 3).collect();
    let objects: Vec<_> = request.nouns.iter().map(|noun| noun.lemma.to_string()).take(12).collect();
    let mut grant = IntentGrant { effects, objects, ..IntentGrant::default() };
    let mut fits: Vec<_> = tools.iter().filter(|(_, tool)| !tool.only_reads).map(|(name, tool)| (name, tool, fit(request, tool, tools))).collect();
    // The best comes first; of two alike, the one whose object is nearer.
    fits.sort_by_key(|(_, _, fit)| std::cmp::Reverse((fit.score(), fit.object)));
    let best = fits.first().map_or(0, |(_, _, fit)| fit.score());
    let has_plain = fits.iter().any(|(_, _, fit)| fit.is_plain());
    // Where a tool is called what is asked for, those that only do alike are not meant.
    let has_same = fits.iter().any(|(_, _, fit)| fit.verb >= SAME_VERB && fit.object >= 70);
    let is_sole = fits.iter().filter(|(_, _, fit)| fit.verb >= 55).count() == 1;
    // "Give her the position": the object says what is to be done, if one tool only has to do with it.
    let is_light = tools.language.classes(&request.verb).has(Class::Light);
    let is_sole_of_object = fits.iter().filter(|(_, _, fit)| fit.object >= 85).count() == 1;
    let is_vague = request.manner > Manner::Plain;
    for (name, tool, fit) in fits {
        // What fits plainly, unless another fits far better; or else what fits best.
        let is_plain = if has_plain {
            fit.is_plain() && u32::from(fit.score()) * 100 >= u32::from(best) * 72 && (fit.verb >= SAME_VERB || !has_same)
        } else if is_light && fit.object >= 85 {
            is_sole_of_object && !undoes(request, tool)
        } else {
            fit.score() == best && fit.verb >= 55 && (fit.object >= 25 || is_sole && fit.object >= 15)
        };
        let is_any = request.obeys;
        if is_plain && (!is_vague || request.is_forbidden) {
            // "Cancel BK-1": that one, and no other.
            let set = if request.names_value && !request.is_forbidden { &mut grant.by_value } else { &mut grant.tools };
            set.insert(name.to_owned());
        } else if !has_plain && fit.verb >= 85 && !is_vague {
            grant.by_value.insert(name.to_owned());
        } else if fit.is_near() || is_plain || is_any || is_light && fit.object >= 60 {
            grant.perhaps.insert(name.to_owned());
        }
    }
    grant
}

/// Whether the tool does what is asked, or nearly.
pub(super) fn serves(request: &Request, tool: &ToolMeaning, tools: &Tools) -> bool {
    match verb_fit(request, tool, tools) {
        verb @ 40..55 => Fit { verb, object: object_fit(request, tool) }.is_plain(),
        verb => verb >= 55,
    }
}

/// Tools that only read, about what the contract is about.
pub(super) fn on_topic(contract: &Contract, tools: &Tools) -> BTreeSet<String> {
    let mut glossary = tools.glossary();
    let topics: Vec<_> = contract.topics.iter().map(|topic| glossary.word(topic, &tools.language)).collect();
    let is_about = |tool: &ToolMeaning| topics.iter().any(|noun| tool.objects.iter().any(|object| about(noun, object) >= 40));
    tools.iter().filter(|(_, tool)| tool.only_reads && is_about(tool)).map(|(name, _)| name.to_owned()).collect()
}

/// Tools that change what the request is about, whatever they do to it.
fn changing(request: &Request, tools: &Tools) -> impl Iterator<Item = String> {
    let changes = |tool: &&ToolMeaning| !tool.only_reads && request.effects.of(ToolEffect::Write) >= 3 && object_fit(request, tool) >= 85;
    tools.iter().filter(move |(_, tool)| changes(tool)).map(|(name, _)| name.to_owned())
}

fn fit(request: &Request, tool: &ToolMeaning, tools: &Tools) -> Fit {
    Fit { verb: verb_fit(request, tool, tools), object: object_fit(request, tool) }
}

fn verb_fit(request: &Request, tool: &ToolMeaning, tools: &Tools) -> u8 {
    let is_joined = |lemma: &str| request.joined.iter().any(|joined| joined == lemma);
    let names = |object: &Object| object.word.lemma == request.verb;
    let same = tool.verbs.iter().any(|verb| verb.lemma == request.verb || is_joined(&verb.lemma))
        || tool.objects.iter().any(|object| object.weight >= 60 && is_joined(&object.word.lemma));
    let by_name = match () {
        () if same => 100,
        // "A rollback of the service"
        () if !undoes(request, tool) && tool.objects.iter().any(|object| object.weight >= 60 && names(object)) => 85,
        // A word that is no verb may be one of the tool's nouns: "text her".
        () if request.is_unknown && tool.objects.iter().any(names) => 70,
        () => {
            let senses = tool.verbs.iter().map(|verb| nearness(&request.verbs, &verb.senses)).max().unwrap_or(0);
            // Verbs of many senses are near to everything.
            match () {
                () if tools.language.classes(&request.verb).has(Class::Light) => senses / 2,
                // "Tell her" is no "update", although one updates somebody, too.
                () if are_apart(request.effects, tool.effects) => senses.min(39),
                () => senses,
            }
        }
    };
    by_name.max(alike(request, tool))
}

/// Whether both change something, and nothing in the same way.
fn are_apart(ours: Effects, theirs: Effects) -> bool {
    let beyond = || ToolEffect::ALL.into_iter().skip(1);
    let changes = |effects: Effects| effects.beyond_reading() >= 5;
    changes(ours) && changes(theirs) && beyond().all(|effect| ours.of(effect).min(theirs.of(effect)) == 0)
}

/// "A refund" is not what `cancel_refund` does.
fn undoes(request: &Request, tool: &ToolMeaning) -> bool {
    tool.effects.of(ToolEffect::Delete) > 0 && request.effects.of(ToolEffect::Delete) == 0
}

fn object_fit(request: &Request, tool: &ToolMeaning) -> u8 {
    let near = request.nouns.iter().flat_map(|noun| tool.objects.iter().map(move |object| about(noun, object))).max().unwrap_or(0);
    // A bill is something to be paid.
    let paid = request.nouns.iter().map(|noun| special(noun.meaning.noun_effects, tool.effects, 8).min(50)).max().unwrap_or(0);
    // A tool that is all verb has no object to miss; "refund it" names none.
    let is_bare = request.nouns.iter().all(|noun| is_told(request, noun)) || tool.objects.iter().all(|object| object.weight < 60);
    // "it" may be what no word here says.
    let unsaid = match () {
        () if is_bare => 50,
        () if request.refers_back => 40,
        () => 0,
    };
    near.max(paid).max(unsaid)
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

fn about(noun: &Word, object: &Object) -> u8 {
    let near = if noun.lemma == object.word.lemma {
        100
    } else {
        let by_noun = nearness(&noun.meaning.nouns, &object.word.meaning.nouns);
        let by_deed = shares(&noun.meaning.made_of, &object.word.meaning.made_of);
        let by_kind = if noun.meaning.kinds.shares(object.word.meaning.kinds) { 20 } else { 0 };
        let near = by_noun.max(by_deed).max(by_kind);
        // One person is not another: "mail it to my accountant" is nothing for `escalate_to_human`.
        let are_parties = noun.meaning.kinds.is_first(Kind::Party) && object.word.meaning.kinds.is_first(Kind::Party);
        if are_parties { near.min(40) } else { near }
    };
    u8::try_from(u16::from(near) * u16::from(object.weight) / 100).unwrap_or(100)
}

fn shares(ours: &[Sense], theirs: &[Sense]) -> u8 {
    if ours.iter().any(|our| theirs.contains(our)) { 80 } else { 0 }
}

/// The number in "500 EUR", "€1,200.50", "2.5k". A time or a name is none; a limit that cannot be read allows nothing.
fn amount(text: &str) -> Option<Decimal> {
    let folded = text.to_lowercase();
    let is_name = folded.contains('-') && folded.starts_with(char::is_alphabetic);
    if is_name || folded.contains([':', '/']) || folded.matches('-').count() > 1 {
        return None;
    }
    let bare = folded.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let bare = if bare.ends_with('k') { bare } else { bare.trim_end_matches(|letter: char| !letter.is_ascii_digit()) };
    Some(quantity(bare).and_then(|number| number.parse().ok()).unwrap_or(Decimal::ZERO))
}
