//! Prompt × catalog → contract: which tools do what the prompt asks for.

use std::collections::BTreeSet;

use super::fit::{Asked, Nouns, SAME_VERB, undoes};
use super::ground::quantity;
use super::reading::{Manner, Request};
use super::tools::{ToolMeaning, Tools};
use crate::catalog::call::ToolEffect;
use crate::decimal::Decimal;
use crate::grant::contract::{Contract, ContractIssuer, GRANTS_MAX, IntentGrant, Mode, Span};
use crate::language::Class;
use crate::text::beginning;

/// Below this share of known words, in thousandths, the prompt is in a language we cannot read.
const UNDERSTOOD: u16 = 600;

/// Longer evidence is shown in its beginning only.
const SPAN_BYTES_MAX: usize = 200;

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
    let mut asked = Asked::of(request, tools);
    let mut fits: Vec<_> = tools.iter().filter(|(_, tool)| !tool.only_reads).map(|(name, tool)| (name, tool, asked.fit(tool))).collect();
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

/// Tools that only read, about what the contract is about.
pub(super) fn on_topic(contract: &Contract, tools: &Tools) -> BTreeSet<String> {
    let mut glossary = tools.glossary();
    let topics: Vec<_> = contract.topics.iter().map(|topic| glossary.word(topic, &tools.language)).collect();
    let mut nouns = Nouns::of(&topics, tools.vocabulary);
    let mut is_about = |tool: &ToolMeaning| tool.objects.iter().any(|object| nouns.about(object) >= 40);
    tools.iter().filter(|(_, tool)| tool.only_reads && is_about(tool)).map(|(name, _)| name.to_owned()).collect()
}

/// Tools that change what the request is about, whatever they do to it.
fn changing(request: &Request, tools: &Tools) -> impl Iterator<Item = String> {
    let mut asked = Asked::of(request, tools);
    let mut changes = move |tool: &ToolMeaning| !tool.only_reads && request.effects.of(ToolEffect::Write) >= 3 && asked.object_fit(tool) >= 85;
    tools.iter().filter(move |(_, tool)| changes(tool)).map(|(name, _)| name.to_owned())
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
