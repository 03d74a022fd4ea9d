//! Where the arguments of a call come from.

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::ground::{Arena, Atom, Carried, Grounding, Kind, ReadsOrder, Search, atoms, may_be_reached, whole_texts};
use super::tools::{ToolMeaning, Tools};
use super::verdict::{ArgumentOrigin, Groundings, IntentVerdict};
use crate::catalog::Role;
use crate::grant::level::Level;
use crate::json::{Object, Value};
use crate::text::beginning;

/// The arguments of a call with where they come from.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "findings, each true or not of its own")]
pub(super) struct Traced {
    pub worst: Groundings,
    pub directive: bool,
    /// Among what reads like an instruction is where something would go, or a secret.
    address_is_directive: bool,
    /// A content carries an address that is not grounded.
    content_is_planted: bool,
    /// A web address is reached whose host nobody named, or that carries off what was read.
    leaks: bool,
    /// A text repeats an instruction, or a web address, out of one the prompt names.
    repeats: bool,
    is_too_much: bool,
    /// An amount comes from a text, or from nowhere though the prompt leaves none to be found.
    is_made_up: bool,
    /// An amount stands in a record beside the one the prompt names.
    is_of_another: bool,
    /// The prompt names another of the kind: another address, or an identifier that is made alike.
    is_another: bool,
    /// Some value of weight is an address, a name or an identifier the prompt has, too.
    pub names_something: bool,
    /// Some value of weight is the prompt's own, or stands in a record of what it names.
    has_own: bool,
    /// And that is where something goes, or what is acted on.
    owns: bool,
    pub origins: Vec<ArgumentOrigin>,
    /// Something was not looked for: what was looked for took all of the effort.
    is_exhausted: bool,
    /// What the names of members say of their roles: a list of records has the same ones again and again.
    roles_of_members: HashMap<String, Option<Role>>,
}

/// Why a call is not grounded whose values were not all looked for.
const EXHAUSTED: &str = "the search for where its values come from reached its limit: fewer or shorter values may pass";

/// Longest path of a member that is kept whole.
const PATH_BYTES_MAX: usize = 1_000;

/// What a part of an argument is weighed as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Destination,
    Credential,
    Resource,
    Amount,
    /// Of a free text: only addresses in it count.
    Content,
    Nothing,
}

impl Weight {
    fn of((role, open): (Role, Role), atom: &Atom, (tool, is_new): (&ToolMeaning, bool)) -> Self {
        // "CH", "m": a code of two letters reaches nobody.
        if atom.kind == Kind::Text
            && atom.norm.len() <= 2
            && atom.norm.chars().all(char::is_alphabetic)
            && !matches!(role, Role::Credential | Role::Command)
        {
            return Self::Nothing;
        }
        // Words where an amount might be are no amount; "from 10:00 to 12:00" goes nowhere.
        let role = match role {
            // "EUR"; but "ten thousand" and "all" are amounts nobody can read.
            Role::Amount if atom.kind == Kind::Text && is_currency(&atom.norm) => Role::Content,
            Role::Date if !is_time(&atom.norm) => open,
            Role::Destination | Role::Resource | Role::Query if is_clock(&atom.norm) => Role::Date,
            role => role,
        };
        match role {
            Role::Destination | Role::Url | Role::Host => Self::Destination,
            Role::Credential | Role::Command => Self::Credential,
            Role::Resource | Role::Path if atom.kind.is_address() && atom.kind != Kind::Account => Self::Destination,
            // A condition is put together by the agent: "stage=won and closed>=2027-01-01".
            Role::Query if !tool.deletes && atom.norm.contains(' ') => Self::Content,
            Role::Resource | Role::Path | Role::Query if !is_new || atom.norm.starts_with(['/', '~', '.', '\\']) || atom.norm.contains("..") => {
                Self::Resource
            }
            Role::Amount => Self::Amount,
            Role::Date => Self::Nothing,
            Role::Resource | Role::Path | Role::Query | Role::Content => Self::Content,
        }
    }

    /// Whether a value of an instruction may not stand there.
    fn is_weighty(self, open: Role, atom: &Atom) -> bool {
        match self {
            Self::Destination | Self::Credential | Self::Resource => true,
            Self::Content => {
                // "Annexe 9"
                let is_name =
                    atom.kind == Kind::Text && atom.norm.contains(|letter: char| letter.is_ascii_digit()) && atom.norm.split(' ').nth(5).is_none();
                atom.kind.is_address() || is_name || open == Role::Resource
            }
            Self::Amount | Self::Nothing => false,
        }
    }
}

impl Traced {
    pub(super) fn of((tool, tools): (&ToolMeaning, &Tools), arguments: &Object, (arena, reads): (&Search<'_>, ReadsOrder<'_>)) -> Self {
        let mut traced = Self::default();
        for (name, value) in arguments {
            if !tool.only_reads && tool.values.get(name).is_some_and(|values| is_other_choice(value, values, arena)) {
                traced.is_another = true;
            }
            let role = tool.roles.get(name).copied();
            if role.is_some() || tool.open.contains(name) {
                traced.member((name, role), value, (tool, tools), (arena, reads));
            }
        }
        traced.is_exhausted = arena.is_spent();
        traced
    }

    /// An argument, or a member of one that is a record: each is weighed by its own name, or else as what it is in.
    fn member(
        &mut self,
        (path, role): (&str, Option<Role>),
        value: &Value,
        (tool, tools): (&ToolMeaning, &Tools),
        seen: (&Search<'_>, ReadsOrder<'_>),
    ) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = joined(path, name);
                    let role = tool.roles.get(&path).copied().or_else(|| self.role_of_member(name, tools)).or(role);
                    self.member((&path, role), value, (tool, tools), seen);
                }
            }
            Value::Array(items) if items.iter().any(|item| matches!(item, Value::Object(_))) => {
                for item in items {
                    self.member((path, role), item, (tool, tools), seen);
                }
            }
            value => {
                let role = role.unwrap_or_else(|| open_role(value));
                if tool.only_reads {
                    self.reading(role, value, seen);
                } else {
                    self.argument((path, role, tool), value, seen);
                }
            }
        }
    }

    fn role_of_member(&mut self, name: &str, tools: &Tools) -> Option<Role> {
        match self.roles_of_members.get(name) {
            Some(role) => *role,
            None => *self.roles_of_members.entry(name.to_owned()).or_insert(tools.role_of_member(name)),
        }
    }

    /// What a tool that only reads is told: where it reaches out, the address counts, and what the address carries.
    fn reading(&mut self, role: Role, value: &Value, (arena, reads): (&Search<'_>, ReadsOrder<'_>)) {
        let cut = whole_texts(value, |text| {
            let is_wanted = match role {
                Role::Url => true,
                // A name without a point is one of the operator's own.
                Role::Host => text.norm.contains(['.', ':', '/', '\\', '?', '#', '@']),
                // A web address is reached, whatever the parameter is called.
                _ => may_be_reached(&text.norm),
            };
            if !is_wanted {
                return;
            }
            let address = Atom { hidden: text.hidden, ..Atom::wanted(&text.norm) };
            let found = arena.ground(&address, Some(reads));
            let as_said = arena.ground(&text, Some(reads));
            let whole = if as_said.level < found.level && !address.hidden { as_said } else { found };
            let host = arena.ground_host(&address, Some(reads)).level.min(whole.level);
            // What stands in an output as it is carries off nothing but what its writer knows.
            let is_copied = whole.level <= Level::Untrusted && !whole.directive;
            let carried = if is_copied { Carried::Nothing } else { arena.carried(&address) };
            self.directive |= whole.directive;
            self.leaks |= carried == Carried::Read || whole.directive || host >= Level::Untrusted && !is_copied;
            // Who wrote what the address carries counts, too.
            let level = match carried {
                Carried::Nothing if address.norm.contains(['?', '#']) => host.max(whole.level),
                Carried::Nothing => host,
                Carried::Unknown | Carried::Read => host.max(Level::Field),
            };
            self.worst.destination = self.worst.destination.max(level);
        });
        self.is_too_much |= cut;
    }

    fn argument(&mut self, (name, role, tool): (&str, Role, &ToolMeaning), value: &Value, (arena, reads): (&Search<'_>, ReadsOrder<'_>)) {
        let is_new = tool.makes_new && !tool.refers.contains(name);
        let choices = tool.choices.get(name);
        let open = open_role(value);
        let mut worst = Grounding::of(Level::Prompt);
        let mut directive = false;
        // A command is the prompt's or it is not, whatever address stands in it.
        let is_whole = matches!(role, Role::Credential | Role::Command);
        let mut weigh = |atom: Atom| {
            let weight = Weight::of((role, open), &atom, (tool, is_new));
            let asks = weight.is_weighty(open, &atom).then_some(reads);
            // What a text says need not come from anywhere.
            let found = if matches!(weight, Weight::Content | Weight::Nothing) { arena.ground(&atom, asks) } else { arena.ground_parts(&atom, asks) };
            // What the schema speaks of is the operator's word.
            let is_choice = atom.kind == Kind::Text && !atom.hidden && choices.is_some_and(|choices| choices.contains(&atom.norm));
            let is_choice = is_choice && found.level > Level::Trusted && weight != Weight::Credential;
            let found = if is_choice { Grounding::of(Level::Trusted) } else { found };
            // "everyone", "original": where it goes the schema offers, and the prompt does not say.
            self.is_another |= is_choice && weight == Weight::Destination;
            self.part(weight, &atom, &found, arena);
            self.is_another |= found.passed_over && asks.is_some();
            self.is_of_another |= found.passed_over && weight == Weight::Amount;
            if asks.is_some() {
                self.is_another |= found.level > Level::Trusted && arena.prompt_has_another(&atom);
                self.directive |= found.directive;
                self.address_is_directive |=
                    found.directive && (atom.kind.is_address() || matches!(weight, Weight::Destination | Weight::Credential));
            }
            // A code of two letters that is no country's, and a condition nobody has written: a person is asked.
            let is_code = role == Role::Destination && weight == Weight::Nothing && !is_clock(&atom.norm) && found.level > Level::Trusted;
            let is_condition = role == Role::Query && weight == Weight::Content && found.level >= Level::Untrusted;
            self.is_another |= is_code || is_condition;
            directive |= found.directive;
            if found.level >= worst.level {
                worst = found;
            }
        };
        let cut = if is_whole { whole_texts(value, &mut weigh) } else { atoms(value, &mut weigh) };
        let copied = if matches!(role, Role::Content | Role::Query) { arena.copied_order(value, reads) } else { None };
        self.directive |= copied >= Some(Level::Untrusted);
        self.repeats |= copied.is_some();
        self.is_too_much |= cut;
        let Grounding { level, call, path, .. } = worst;
        self.origins.push(ArgumentOrigin { argument: name.to_owned(), role, level, call, field: path.map(str::to_owned), directive });
    }

    /// One part of an argument, as far as its level counts.
    fn part(&mut self, weight: Weight, atom: &Atom, found: &Grounding<'_>, arena: &Arena) {
        let is_address = atom.kind.is_address();
        let slot = match weight {
            Weight::Destination => Some(&mut self.worst.destination),
            Weight::Credential => Some(&mut self.worst.credential),
            Weight::Resource => Some(&mut self.worst.resource),
            Weight::Amount => Some(&mut self.worst.amount),
            Weight::Content if is_address => Some(&mut self.worst.content),
            Weight::Content | Weight::Nothing => None,
        };
        if let Some(worst) = slot {
            *worst = found.level.max(*worst);
        }
        self.is_made_up |=
            weight == Weight::Amount && found.level >= Level::NamedText && !(found.level == Level::Nowhere && arena.prompt_leaves_sums());
        self.content_is_planted |= weight == Weight::Content && is_address && found.level >= Level::Untrusted;
        self.repeats |= weight == Weight::Content && atom.kind == Kind::Url && found.level >= Level::NamedText;
        if matches!(weight, Weight::Amount | Weight::Nothing) {
            return;
        }
        let is_telling =
            is_address || atom.kind == Kind::Text && atom.norm.len() >= 4 && atom.norm.contains(|letter: char| letter == ' ' || is_sign(letter));
        self.names_something |= is_telling && found.level == Level::Prompt;
        self.has_own |= found.level <= Level::Keyed;
        self.owns |= weight != Weight::Content && found.level <= Level::Keyed;
    }

    /// All of weight is the prompt's own, and there is something of weight.
    pub(super) fn is_prompts_own(&self) -> bool {
        let Groundings { destination, resource, credential, .. } = self.worst;
        destination <= Level::Keyed && credential <= Level::Trusted && resource <= Level::Keyed && self.has_own && !self.directive
    }

    /// Where it goes, or what it acts on, is what the prompt speaks of; and the rest is in some record.
    pub(super) fn is_of_prompt(&self) -> bool {
        let Groundings { destination, resource, credential, .. } = self.worst;
        let is_grounded = destination <= Level::Keyed && credential <= Level::Trusted && resource <= Level::Field && !self.directive;
        is_grounded && (self.names_something || self.owns)
    }

    /// The verdict on where its arguments come from, and why.
    pub(super) fn verdict(&self, tool: &ToolMeaning, obeys: bool) -> (IntentVerdict, &'static str) {
        use IntentVerdict::{Aligned, Delegated, Ungrounded};
        let Groundings { destination, resource, credential, .. } = self.worst;
        let checks: [(bool, IntentVerdict, &'static str); 17] = [
            (self.is_exhausted, Ungrounded, EXHAUSTED),
            (self.is_too_much, Ungrounded, "the arguments have too many parts to trace"),
            (tool.only_reads && self.leaks, Ungrounded, "it reaches a place nobody named, or carries data there"),
            (tool.only_reads && destination >= Level::Field, Delegated, "it reaches a place that stands in a text or an unrelated record"),
            (tool.only_reads, Aligned, ""),
            (credential >= Level::Field, Ungrounded, "a credential or command is not the prompt's"),
            (destination >= Level::Untrusted, Ungrounded, "a destination comes from a text nobody named, or from nowhere"),
            // Who is told to follow a text may take from it what to do, but not where to send it.
            (self.address_is_directive || self.directive && !obeys, Ungrounded, "a value stands in what reads like an instruction"),
            (resource >= Level::Untrusted, Ungrounded, "what it acts on comes from a text nobody named, or from nowhere"),
            (self.content_is_planted, Ungrounded, "its text carries an address nobody named"),
            (self.repeats, Delegated, "its text repeats an instruction or a web address out of a text"),
            (tool.is_critical && resource >= Level::Field, Delegated, "it cannot be undone, and what it acts on is in an unrelated record"),
            // Who says whom to pay may leave it to the agent to find how much.
            (self.is_of_another && destination > Level::Prompt, Delegated, "an amount comes from a record the prompt does not name"),
            (self.is_another, Delegated, "the prompt names another of the kind"),
            (self.is_made_up, Delegated, "an amount comes from a text, or from nowhere"),
            (
                self.directive || destination >= Level::Field || resource >= Level::NamedText,
                Delegated,
                "a value comes from a text or an unrelated record",
            ),
            (true, Aligned, ""),
        ];
        checks.into_iter().find(|(is, ..)| *is).map_or((Ungrounded, ""), |(_, verdict, why)| (verdict, why))
    }
}

/// The path of a member. A very long one is cut, and then is no path of a schema: there may be a hundred thousand members below it.
pub(super) fn joined(path: &str, name: &str) -> String {
    if path.ends_with('…') || path.len() + name.len() < PATH_BYTES_MAX {
        return if path.ends_with('…') { path.to_owned() } else { format!("{path}.{name}") };
    }
    format!("{}.{}…", beginning(path, PATH_BYTES_MAX), beginning(name, PATH_BYTES_MAX))
}

/// Whether the prompt speaks of one of a parameter's values, and this is another.
fn is_other_choice(value: &Value, values: &[String], arena: &Arena) -> bool {
    let Value::String(chosen) = value else { return false };
    let says = |value: &String| value.len() > 2 && arena.prompt_speaks_of(&value.to_lowercase());
    !says(chosen) && values.iter().any(|value| value != chosen && says(value))
}

/// A code of a currency, as far as its form tells.
fn is_currency(norm: &str) -> bool {
    norm.len() == 3 && norm.bytes().all(|letter| letter.is_ascii_lowercase()) && !matches!(norm, "all" | "max" | "any")
}

/// A time of day, as `10:00`, or a day, as `2024-05-15`, and nothing else: `555-0199` is a telephone.
fn is_clock(norm: &str) -> bool {
    // 2024-05-15T10:00
    if let Some((day, time)) = norm.split_once(['t', ' ']) {
        return day.contains('-') && is_clock(day) && time.contains(':') && is_clock(time.trim_end_matches('z'));
    }
    let digits = |part: &str| if part.bytes().all(|digit| digit.is_ascii_digit()) { part.len() } else { 0 };
    let parts = |mark| norm.split(mark).map(digits).collect::<SmallVec<[usize; 4]>>();
    let is_day = || norm.split('-').zip([9_999, 12, 31]).all(|(part, most)| part.parse::<u32>().is_ok_and(|number| number <= most));
    matches!(parts(':').as_slice(), [1 | 2, 2] | [1 | 2, 2, 2]) || parts('-').as_slice() == [4, 2, 2] && is_day()
}

/// What identifiers are made of and words are not.
fn is_sign(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '-' | '_' | '/' | '.' | ':' | '@' | '#' | '\\')
}

/// Digits and what stands between them in dates and times, and names of months and days: `LS-1766` is an identifier.
fn is_time(norm: &str) -> bool {
    const MARKS: [&str; 33] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "am",
        "pm", "st", "nd", "rd", "th", "utc", "gmt", "t", "z", "w", "q", "h", "p",
    ];
    let mut words = norm.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    let is_identifier = !norm.contains(' ') && norm.contains(|letter: char| letter.is_ascii_digit());
    let is_word =
        |word: &str| word.len() <= 9 && (!is_identifier || MARKS.iter().any(|mark| word == *mark || mark.len() == 3 && word.starts_with(mark)));
    norm.len() <= 40 && !norm.contains(['@', '_', '\\']) && words.all(is_word)
}

/// What a value is where nobody knows what the parameter is for: a name or an identifier refers to something.
fn open_role(value: &Value) -> Role {
    let is_camel = |text: &str| text.chars().zip(text.chars().skip(1)).any(|(one, next)| one.is_lowercase() && next.is_uppercase());
    let refers = |text: &str| !text.contains(char::is_whitespace) && (text.contains(is_sign) || is_camel(text));
    match value {
        Value::String(text) if refers(text) => Role::Resource,
        Value::Array(items) if items.iter().any(|item| open_role(item) == Role::Resource) => Role::Resource,
        Value::Object(members) if members.values().any(|member| open_role(member) == Role::Resource) => Role::Resource,
        _ => Role::Content,
    }
}
