//! The gates of a chain, asked in one pass: a policy is evaluated once for all the gates at which it says the same.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use smallvec::SmallVec;

use super::compiled::code::PathNumber;
use super::compiled::interpret::{Fault, Machine, Paths};
use super::compiled::scope::Parties;
use super::compiled::value::{Fields, Name, Uid, Val};
use super::index::Rule;
use super::participants::{Participants, Question};
use super::rules::{MakeCedarSide, Rules};
use crate::chain::verify::LINKS_MAX;
use crate::policy::record::GateRecord;

/// Which gates, by their place among the questions: a bit each.
pub(crate) type GateSet = u64;

pub(crate) const GATES_MAX: usize = GateSet::BITS as usize;
const _: () = assert!(2 * LINKS_MAX < GATES_MAX, "the origin's gate, and two for each link");

pub(crate) fn gate(place: usize) -> GateSet {
    1 << (place & 63)
}

/// What it means that a policy applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Permit,
    /// A permit with `@own_authority`.
    OwnAuthority,
    Forbid,
    /// A forbid that approval lifts.
    Ask,
    ShadowPermit,
    ShadowOwnAuthority,
    ShadowForbid,
    ShadowAsk,
}

impl Class {
    pub(crate) fn is_shadow(self) -> bool {
        matches!(self, Self::ShadowPermit | Self::ShadowOwnAuthority | Self::ShadowForbid | Self::ShadowAsk)
    }

    pub(crate) fn permits(self) -> bool {
        matches!(self, Self::Permit | Self::OwnAuthority | Self::ShadowPermit | Self::ShadowOwnAuthority)
    }
}

/// What of the context a policy reads that is made for a call.
#[expect(clippy::struct_excessive_bools, reason = "five facts, each true or not of its own")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub input: bool,
    pub destinations: bool,
    pub people: bool,
    pub intent: bool,
    /// Anything at all that differs between calls of one tool on one resource.
    pub anything: bool,
}

impl Traits {
    /// A policy nobody knows anything of counts as a forbid that may read everything.
    pub(crate) const UNKNOWN: Self =
        Self { class: Class::Forbid, needs: Needs { input: true, destinations: true, people: true, intent: true, anything: true }, is_spare: false };
}

impl Needs {
    pub(crate) fn join(self, other: Self) -> Self {
        Self {
            input: self.input || other.input,
            destinations: self.destinations || other.destinations,
            people: self.people || other.people,
            intent: self.intent || other.intent,
            anything: self.anything || other.anything,
        }
    }
}

/// What is known of a policy beside its code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    pub class: Class,
    pub needs: Needs,
    /// Whether, once a gate is permitted, it can be left out: a permit that cannot fail and has nothing to add.
    pub is_spare: bool,
}

/// Everything that holds for each call of one tool on one resource under one chain: what the steady policies said, and
/// which others remain to be evaluated.
pub(crate) struct Plan {
    pub tool: Box<str>,
    pub resource: Arc<Uid>,
    action: Arc<Uid>,
    delegate: Arc<Uid>,
    steady: Box<[Asked]>,
    settled: Heard,
    /// Forbids first.
    open: Box<[Asked]>,
    /// The paths through the context that open policies read, and by the number of each path its place among them.
    paths: Box<[PathNumber]>,
    places: Box<[u8]>,
    /// The same without what begins with `input`, which the delegate action's context does not have.
    common_places: Box<[u8]>,
    pub needs: Needs,
    /// What was permitted the last time all gates did, and by what.
    last: ArcSwapOption<Permitted>,
}

/// A policy, and the gates at which it is evaluated once for all.
#[derive(Clone, Copy, Debug)]
struct Asked {
    rule: Rule,
    class: Class,
    is_spare: bool,
    /// Who asks, and about what, makes a difference.
    reads_parties: bool,
    /// The gate it is evaluated at.
    at: u8,
    gates: GateSet,
}

/// What was heard of some policies: which applied, which failed.
#[derive(Clone, Debug, Default)]
struct Heard {
    marks: [GateSet; 8],
    failed: GateSet,
    /// By their places among those asked.
    applied: SmallVec<[u32; 24]>,
    failures: Vec<(Asked, String)>,
}

/// What was heard of all: the steady policies before, the others now.
pub(crate) struct Hearing<'p> {
    plan: &'p Plan,
    now: Heard,
}

/// An account of gates that all permitted.
pub(crate) struct Permitted {
    applied: SmallVec<[u32; 24]>,
    pub gates: Arc<[GateRecord]>,
    pub obligations: Vec<String>,
}

/// The contexts of one call: the delegate action has no input.
#[derive(Clone, Copy)]
pub(crate) struct Contexts<'c> {
    pub common: Fields<'c>,
    pub with_input: Fields<'c>,
}

impl Plan {
    pub(crate) fn make(
        (tool, action, delegate): (&str, &Arc<Uid>, &Arc<Uid>),
        (resource, input): (Uid, Name),
        participants: &Participants,
        rules: &Rules,
        traits: impl Fn(Rule) -> Traits,
        (machine, cedar): (Machine<'_>, &MakeCedarSide<'_>),
    ) -> Self {
        let (action, delegate) = (Arc::clone(action), Arc::clone(delegate));
        let mut plan = Self {
            tool: tool.into(),
            resource: Arc::new(resource),
            action,
            delegate,
            steady: Box::default(),
            settled: Heard::default(),
            open: Box::default(),
            paths: Box::default(),
            places: Box::default(),
            common_places: Box::default(),
            needs: Needs::default(),
            last: ArcSwapOption::empty(),
        };
        let mut asked: Vec<Asked> = Vec::new();
        for (place, question) in participants.questions.iter().enumerate() {
            for rule in rules.candidates(&plan.parties(question), machine.entities) {
                let Traits { class, is_spare, .. } = traits(rule);
                let reads = rules.traits(rule);
                let delegates = question.delegate.is_some();
                // At gates of one kind only principals differ; at delegate gates resources, too.
                let reads_parties = reads.reads_principal || delegates && reads.reads_resource;
                let is_one_kind = reads.reads_resource || reads.reads_kind || traits(rule).needs.input;
                let is_alike = |known: &Asked| !is_one_kind || is_delegate(participants, known.at) == delegates;
                let same = |known: &&mut Asked| known.rule == rule && !reads_parties && is_alike(known);
                if let Some(known) = asked.iter_mut().find(same) {
                    known.gates |= gate(place);
                } else {
                    let at = u8::try_from(place).unwrap_or(u8::MAX);
                    asked.push(Asked { rule, class, is_spare, reads_parties, at, gates: gate(place) });
                }
            }
        }
        // By rule, for reasons to be sorted; forbids first, for the first of them to end it.
        asked.sort_by_key(|asked| (asked.class.permits(), asked.rule, asked.at));
        let (open, steady): (Vec<_>, Vec<_>) = asked.into_iter().partition(|asked| traits(asked.rule).needs.anything);
        let mut settled = Heard::default();
        for (place, asked) in (0..).zip(&steady) {
            // Before there is a call, each is asked of its own gate.
            let asked = &Asked { reads_parties: true, ..*asked };
            plan.put(&mut settled, (place, asked), participants, rules, &machine, cedar);
        }
        plan.needs = open.iter().fold(Needs::default(), |needs, asked| needs.join(traits(asked.rule).needs));
        let paths = paths(rules, &open);
        let (places, common_places) = (places(rules, &paths, None), places(rules, &paths, Some(input)));
        Self { settled, steady: steady.into(), open: open.into(), paths, places, common_places, ..plan }
    }

    /// Evaluates what is open. With `all_reasons`, all of it; without, until somebody forbids, and of spare permits one.
    pub(crate) fn hear<'p>(
        &'p self,
        participants: &Participants,
        rules: &Rules,
        (machine, contexts, cedar): (Machine<'_>, Contexts<'_>, &MakeCedarSide<'_>),
        all_reasons: bool,
    ) -> Hearing<'p> {
        // Each path is walked once, however many policies read it.
        let walked = Machine { context: contexts.with_input, ..machine };
        let values: SmallVec<[Result<Val<'_>, Fault>; 12]> = self.paths.iter().map(|path| walked.walk(*path)).collect();
        let parties = |action| Parties { principal: &self.resource, action, resource: &self.resource };
        let (with_input, common) = (
            Machine { parties: parties(&self.action), paths: Paths { places: &self.places, values: &values }, ..walked },
            Machine {
                parties: parties(&self.delegate),
                context: contexts.common,
                paths: Paths { places: &self.common_places, values: &values },
                ..machine
            },
        );
        let mut hearing = Hearing { plan: self, now: Heard::default() };
        for (place, asked) in (0..).zip(&self.open) {
            if !all_reasons {
                if hearing.marks(Class::Forbid) | hearing.failed() != 0 {
                    break;
                }
                if asked.is_spare && asked.gates & !hearing.marks(Class::Permit) == 0 {
                    continue;
                }
            }
            let machine = if is_delegate(participants, asked.at) { &common } else { &with_input };
            self.put(&mut hearing.now, (place, asked), participants, rules, machine, cedar);
        }
        hearing
    }

    fn put(
        &self,
        heard: &mut Heard,
        (place, asked): (u32, &Asked),
        participants: &Participants,
        rules: &Rules,
        machine: &Machine<'_>,
        cedar: &MakeCedarSide<'_>,
    ) {
        let applies = if asked.reads_parties {
            match participants.questions.get(usize::from(asked.at)) {
                Some(question) => rules.applies(asked.rule, &Machine { parties: self.parties(question), ..*machine }, cedar),
                None => Err("a gate is not there".to_owned()),
            }
        } else {
            rules.applies(asked.rule, machine, cedar)
        };
        match applies {
            Ok(true) => heard.apply(place, asked),
            Ok(false) => {}
            Err(why) => heard.fail(asked, why),
        }
    }

    pub(crate) fn parties<'p>(&'p self, question: &'p Question) -> Parties<'p> {
        match &question.delegate {
            Some(agent) => Parties { principal: &question.principal, action: &self.delegate, resource: agent },
            None => Parties { principal: &question.principal, action: &self.action, resource: &self.resource },
        }
    }
}

impl Heard {
    fn apply(&mut self, place: u32, asked: &Asked) {
        if let Some(marks) = self.marks.get_mut(asked.class as usize) {
            *marks |= asked.gates;
        }
        self.applied.push(place);
    }

    fn fail(&mut self, asked: &Asked, why: String) {
        // What is only tried out fails without consequence.
        if !asked.class.is_shadow() {
            self.failed |= asked.gates;
        }
        self.failures.push((*asked, why));
    }
}

impl Hearing<'_> {
    /// The gates at which some policy of the class applies.
    pub(crate) fn marks(&self, class: Class) -> GateSet {
        let of = |heard: &Heard| heard.marks.get(class as usize).copied().unwrap_or_default();
        of(&self.plan.settled) | of(&self.now)
    }

    /// The gates at which some policy that counts failed.
    pub(crate) fn failed(&self) -> GateSet {
        self.plan.settled.failed | self.now.failed
    }

    /// Of these gates, the policies that applied, of the classes wanted; sorted, each once.
    pub(crate) fn applied(&self, gates: GateSet, wanted: impl Fn(Class) -> bool) -> Vec<Rule> {
        let of = |heard: &'_ Heard, asked: &'_ [Asked]| -> Vec<Asked> {
            heard.applied.iter().filter_map(|place| asked.get(*place as usize)).copied().collect()
        };
        let all = of(&self.plan.settled, &self.plan.steady).into_iter().chain(of(&self.now, &self.plan.open));
        let mut rules: Vec<_> = all.filter(|asked| asked.gates & gates != 0 && wanted(asked.class)).map(|asked| asked.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Of these gates, the policies that failed, with why; sorted, each once.
    pub(crate) fn failures(&self, gates: GateSet, wanted: impl Fn(Class) -> bool) -> Vec<(Rule, &str)> {
        let failures = self.plan.settled.failures.iter().chain(&self.now.failures);
        let failures = failures.filter(|(asked, _)| asked.gates & gates != 0 && wanted(asked.class));
        let mut failures: Vec<_> = failures.map(|(asked, why)| (asked.rule, why.as_str())).collect();
        failures.sort_unstable();
        failures.dedup_by_key(|(rule, _)| *rule);
        failures
    }

    /// The account of gates that all permitted: made anew only when others permitted than the last time.
    pub(crate) fn permitted(&self, make: impl FnOnce() -> (Vec<GateRecord>, Vec<String>)) -> Arc<Permitted> {
        let last = self.plan.last.load();
        if let Some(last) = last.as_ref().filter(|last| last.applied == self.now.applied) {
            return Arc::clone(last);
        }
        let (gates, obligations) = make();
        let permitted = Arc::new(Permitted { applied: self.now.applied.clone(), gates: gates.into(), obligations });
        self.plan.last.store(Some(Arc::clone(&permitted)));
        permitted
    }
}

/// The paths these policies read. What finds no place is walked each time.
fn paths(rules: &Rules, open: &[Asked]) -> Box<[PathNumber]> {
    let mut paths = Vec::new();
    for asked in open {
        rules.paths(asked.rule, &mut paths);
    }
    paths.sort_unstable_by_key(|path| path.0);
    paths.dedup();
    paths.into()
}

/// The place of each path by its number; none for those that begin with a name.
fn places(rules: &Rules, paths: &[PathNumber], without: Option<Name>) -> Box<[u8]> {
    let mut places = vec![u8::MAX; rules.code.path_count()];
    for (path, place) in paths.iter().zip(0..u8::MAX) {
        let is_left_out = without.is_some() && rules.code.path(*path).first().copied() == without;
        if let Some(known) = places.get_mut(path.0 as usize).filter(|_| !is_left_out) {
            *known = place;
        }
    }
    places.into()
}

fn is_delegate(participants: &Participants, place: u8) -> bool {
    participants.questions.get(usize::from(place)).is_some_and(|question| question.delegate.is_some())
}
