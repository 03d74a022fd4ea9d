//! Prompt × catalog → contract: which tools do what the prompt asks for.

use std::collections::BTreeSet;

use super::language::{Class, Effects, Language, Sense, nearness};
use super::request::{Manner, Noun, Request, read};
use super::tools::{ToolMeaning, Tools};
use crate::action::ToolEffect;
use crate::contract::{Contract, ContractIssuer, GRANTS_MAX, IntentGrant, Mode, Span};
use crate::decimal::Decimal;

/// Below this share of known words, in thousandths, the prompt is in a language we cannot read.
const UNDERSTOOD: u16 = 600;

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

/// Compiles what the prompt asks for.
pub(crate) fn compile(prompt: &str, tools: &Tools, standing: &BTreeSet<String>, language: &Language) -> Contract {
    let reading = read(prompt, language);
    let span =
        |range: &std::ops::Range<usize>| Span { start: range.start, end: range.end, text: prompt.get(range.clone()).unwrap_or_default().to_owned() };
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
    let acts = |request: &&Request| request.is_unknown || request.obeys || request.effects.beyond_reading() >= 4;
    for request in reading.requests.iter().filter(acts).take(GRANTS_MAX - 1) {
        if request.obeys && !request.is_forbidden {
            contract.mode = Mode::Delegated;
            contract.delegated_sources.push(span(&request.span));
        }
        let mut grant = grant(request, tools, language);
        grant.evidence = span(&request.span);
        grant.amount_max = request.at_most.as_ref().and_then(|range| amount(prompt.get(range.clone())?));
        if request.is_forbidden {
            grant.tools.append(&mut grant.perhaps);
            contract.denies.push(grant);
        } else {
            contract.mode = contract.mode.max(Mode::Bounded);
            contract.grants.push(grant);
        }
    }
    if contract.mode != Mode::ReadOnly {
        contract.grants.extend(whatever(tools, span(&(0..prompt.len()))));
    }
    contract
}

/// What can be undone may be meant by words nobody understands; a person is asked.
fn whatever(tools: &Tools, evidence: Span) -> Option<IntentGrant> {
    let perhaps: BTreeSet<_> = tools.iter().filter(|(_, tool)| !tool.only_reads && tool.is_reversible).map(|(name, _)| name.to_owned()).collect();
    (!perhaps.is_empty()).then(|| IntentGrant { perhaps, evidence, ..IntentGrant::default() })
}

fn grant(request: &Request, tools: &Tools, language: &Language) -> IntentGrant {
    let effects = ToolEffect::ALL.into_iter().skip(1).filter(|effect| request.effects.of(*effect) >= 3).collect();
    let objects: Vec<_> = request.nouns.iter().map(|noun| noun.lemma.clone()).take(12).collect();
    let mut grant = IntentGrant { effects, objects, ..IntentGrant::default() };
    let mut fits: Vec<_> = tools.iter().filter(|(_, tool)| !tool.only_reads).map(|(name, tool)| (name, tool, fit(request, tool, language))).collect();
    // The best comes first; of two alike, the one whose object is nearer.
    fits.sort_by_key(|(_, _, fit)| std::cmp::Reverse((fit.score(), fit.object)));
    let best = fits.first().map_or(0, |(_, _, fit)| fit.score());
    let has_plain = fits.iter().any(|(_, _, fit)| fit.is_plain());
    let is_sole = fits.iter().filter(|(_, _, fit)| fit.verb >= 55).count() == 1;
    // "Give her the position": the object says what is to be done, if one tool only has to do with it.
    let is_light = language.classes(&request.verb).has(Class::Light);
    let fits_of_object = fits.iter().filter(|(_, _, fit)| fit.object >= 85).count();
    let is_vague = request.manner == Manner::Vague;
    for (name, _, fit) in fits {
        // What fits plainly, unless another fits far better; or else what fits best.
        let is_plain = if has_plain {
            fit.is_plain() && u32::from(fit.score()) * 100 >= u32::from(best) * 72
        } else if is_light && fit.object >= 85 {
            fits_of_object == 1
        } else {
            fit.score() == best && fit.verb >= 55 && (fit.object >= 25 || is_sole && fit.object >= 15)
        };
        let is_any = request.obeys;
        if is_plain && (!is_vague || request.is_forbidden) {
            grant.tools.insert(name.to_owned());
        } else if !has_plain && fit.verb >= 85 && !is_vague {
            grant.by_value.insert(name.to_owned());
        } else if fit.is_near() || is_plain || is_any {
            grant.perhaps.insert(name.to_owned());
        }
    }
    grant
}

/// Whether the tool does what is asked, or nearly.
pub(super) fn serves(request: &Request, tool: &ToolMeaning, language: &Language) -> bool {
    let fit = fit(request, tool, language);
    fit.is_plain() || fit.verb >= 55
}

/// Whether the tool might do what a word asks for, whatever it is about. Words that lead to others, such as "make", might.
pub(super) fn may_serve(word: &str, tool: &ToolMeaning, language: &Language) -> bool {
    let Some((lemma, meaning)) = language.meaning(word) else { return tool.objects.iter().any(|object| object.lemma == word) };
    if language.classes(&lemma).has(Class::Light) || language.classes(word).has(Class::Light) {
        return true;
    }
    let same = tool.verbs.iter().any(|verb| verb.lemma == lemma) || tool.objects.iter().any(|object| object.lemma == lemma);
    let senses: Vec<_> = meaning.verbs.iter().chain(&meaning.made_of).cloned().collect();
    let near = tool.verbs.iter().any(|verb| nearness(&senses, &verb.senses) >= 40);
    let alike = |effects| special(effects, tool.effects, 12) >= 40;
    same || near || alike(meaning.effects) || alike(meaning.noun_effects)
}

/// Tools that only read, about what the contract is about.
pub(super) fn on_topic(contract: &Contract, tools: &Tools, language: &Language) -> BTreeSet<String> {
    let topics = contract.topics.iter().map(|topic| {
        let meaning = language.meaning(topic).map(|(_, meaning)| meaning).unwrap_or_default();
        Noun { lemma: topic.clone(), meaning }
    });
    let topics: Vec<_> = topics.collect();
    let is_about = |tool: &ToolMeaning| topics.iter().any(|noun| tool.objects.iter().any(|object| about(noun, object) >= 40));
    tools.iter().filter(|(_, tool)| tool.only_reads && is_about(tool)).map(|(name, _)| name.to_owned()).collect()
}

fn fit(request: &Request, tool: &ToolMeaning, language: &Language) -> Fit {
    let same = tool.verbs.iter().any(|verb| verb.lemma == request.verb || request.joined.contains(&verb.lemma))
        || tool.objects.iter().any(|object| object.weight >= 60 && request.joined.contains(&object.lemma));
    let senses = tool.verbs.iter().map(|verb| nearness(&request.verbs, &verb.senses)).max().unwrap_or(0);
    // Verbs of many senses are near to everything.
    let senses = if language.classes(&request.verb).has(Class::Light) { senses / 2 } else { senses };
    // A word that is no verb may be one of the tool's nouns: "text her".
    let same_noun = request.is_unknown && tool.objects.iter().any(|object| object.lemma == request.verb);
    // "A rollback of the service"
    let named = tool.objects.iter().any(|object| object.weight >= 60 && object.lemma == request.verb);
    let verb = if same {
        100
    } else if named {
        85
    } else if same_noun {
        70
    } else {
        senses
    }
    .max(alike(request, tool));
    let object = request.nouns.iter().flat_map(|noun| tool.objects.iter().map(move |object| about(noun, object))).max().unwrap_or(0);
    // A bill is something to be paid.
    let object = object.max(request.nouns.iter().map(|noun| special(noun.meaning.noun_effects, tool.effects, 8).min(50)).max().unwrap_or(0));
    // A tool that is all verb has no object to miss; "refund it" names none.
    let is_bare = request.nouns.is_empty() || tool.objects.iter().all(|object| object.weight < 60);
    let object = if is_bare { object.max(50) } else { object };
    // "it" may be what no word here says.
    let object = if request.refers_back { object.max(40) } else { object };
    Fit { verb, object }
}

/// How much of the effect is the same. To change something says little; to pay says much.
fn alike(request: &Request, tool: &ToolMeaning) -> u8 {
    let write = request.effects.of(ToolEffect::Write).min(tool.effects.of(ToolEffect::Write));
    special(request.effects, tool.effects, 12).min(80).max(write * 4)
}

fn special(ours: Effects, theirs: Effects, times: u8) -> u8 {
    let effects = [ToolEffect::Send, ToolEffect::Pay, ToolEffect::Share, ToolEffect::Delete, ToolEffect::Execute];
    effects.into_iter().map(|effect| ours.of(effect).min(theirs.of(effect)) * times).max().unwrap_or(0)
}

fn about(noun: &Noun, object: &super::tools::Object) -> u8 {
    let near = if noun.lemma == object.lemma {
        100
    } else {
        let by_noun = nearness(&noun.meaning.nouns, &object.meaning.nouns);
        let by_deed = shares(&noun.meaning.made_of, &object.meaning.made_of);
        let by_kind = if noun.meaning.kinds.shares(object.meaning.kinds) { 20 } else { 0 };
        by_noun.max(by_deed).max(by_kind)
    };
    u8::try_from(u16::from(near) * u16::from(object.weight) / 100).unwrap_or(100)
}

fn shares(ours: &[Sense], theirs: &[Sense]) -> u8 {
    if ours.iter().any(|our| theirs.contains(our)) { 80 } else { 0 }
}

/// The number in "500 EUR", "€1,200.50".
fn amount(text: &str) -> Option<Decimal> {
    let number: String = text.chars().filter(|letter| letter.is_ascii_digit() || *letter == '.').collect();
    number.trim_matches('.').parse().ok()
}
