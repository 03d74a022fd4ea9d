//! What a tool that only reads does not have.

use super::super::act::{Act, Doing, Form};
use super::super::described::Written;
use super::super::headline::{sentences, words_of};
use super::super::role::{is_of_money, shape};
use super::super::text::identifier_words;
use super::grounds::resolves;
use super::{Look, Rule, query};
use crate::catalog::Role;
use crate::catalog::call::ToolEffect;
use crate::catalog::shape::Shape;
use crate::language::{Class, Kind};

pub(super) const RULES: &[Rule] = &[
    Rule { id: "hint.changes", holds: |look| look.tool.hinted_to_change },
    Rule { id: "name.changes", holds: name_changes },
    Rule { id: "name.joined", holds: name_is_joined },
    Rule { id: "name.deed", holds: name_is_of_a_deed },
    Rule { id: "name.sets", holds: |look| look.head.is_none() && look.described.sets() },
    Rule { id: "name.particle", holds: name_has_particle },
    Rule { id: "name.to", holds: name_goes_somewhere },
    Rule { id: "name.command", holds: |look| !look.head.is_some_and(Act::reads) && ends_in_command(look) },
    Rule { id: "described.changes", holds: description_changes },
    Rule { id: "described.deed", holds: description_begins_with_deed },
    Rule { id: "described.unlisted", holds: description_changes_in_other_words },
    Rule { id: "described.particle", holds: description_has_particle },
    Rule { id: "described.imperative", holds: description_commands },
    Rule { id: "described.besides", holds: does_something_besides },
    Rule { id: "described.joined", holds: description_tells_another },
    Rule { id: "described.permanent", holds: |look| look.head.is_none() && is_permanent(look.tool.description()) },
    Rule { id: "described.enters", holds: enters },
    Rule { id: "described.offers", holds: offers },
    Rule { id: "described.aloud", holds: |look| look.first().iter().any(|word| word.text == "aloud") },
    Rule { id: "described.caused", holds: has_something_done },
    Rule { id: "described.obtains", holds: obtains },
    Rule { id: "described.brings", holds: brings_somebody },
    Rule { id: "described.runs", holds: runs_a_program },
    Rule { id: "query.any", holds: runs_any_query },
    Rule { id: "parameter.secret", holds: takes_a_secret },
    Rule { id: "parameter.command", holds: takes_a_command },
    Rule { id: "parameter.payload", holds: takes_a_payload },
    Rule { id: "parameter.said", holds: shows_what_it_is_given },
    Rule { id: "parameter.action", holds: may_be_told_to_change },
    Rule { id: "parameter.switch", holds: may_change_besides },
];

/// `create_page`, `get_or_create_user`, `search_replace`.
fn name_changes(look: &Look<'_>) -> bool {
    look.name.iter().any(|(_, act)| *act == Some(Act::Changes)) && !computes_numbers(look)
}

/// "Add two numbers": of nothing but numbers, and of more than one.
pub(super) fn computes_numbers(look: &Look<'_>) -> bool {
    let is_number = |shape: &Shape| matches!(shape, Shape::Long { .. } | Shape::Decimal { .. });
    let numbers = look.tool.fields.values().filter(|field| is_number(shape(field))).count();
    let is_set = look.tool.fields.values().any(|field| matches!(field.shape, Shape::Set { .. }));
    let of_numbers = look.first().iter().any(|word| matches!(word.text.as_str(), "numbers" | "number" | "integers" | "integer"));
    numbers == look.tool.fields.len() && (numbers > 1 || is_set) && of_numbers
}

/// `get_and_increment`, `find_or_book`.
fn name_is_joined(look: &Look<'_>) -> bool {
    look.name.windows(2).any(|pair| match pair {
        [(joiner, _), (_, Some(act))] => matches!(joiner.text.as_str(), "and" | "or" | "then") && !act.reads(),
        _ => false,
    })
}

/// `history_purge`, `book_flight`, `return_deposit`; but not `order_history`, of which the description says that it is given.
fn name_is_of_a_deed(look: &Look<'_>) -> bool {
    if look.head.is_some() {
        return false;
    }
    let first = look.name.first().filter(|(_, act)| *act == Some(Act::Deed));
    // At the end of a name it is the deed only if it is mostly a verb: `history_purge`, but not `occupancy_report`.
    let last = look.name.last().filter(|(word, act)| *act == Some(Act::Deed) && word.word.meaning.is_mostly_verb());
    let Some((deed, _)) = first.or(last) else { return false };
    match &look.told {
        _ if sees_the_screen(look) || resolves(look) || query::only_selects_rows(look.tool, look.described, look.language) => false,
        Some(told) if told.act.reads() => told.lemma == deed.text,
        Some(told) => !(look.language.classes(&told.lemma).has(Class::Yielding) && look.described.returns()),
        None if is_participle(look.first().first()) || look.tells_particulars() => false,
        // "Report of a day" is a document; "Purge of a list" is not.
        None if deed.word.meaning.kinds.is_first(Kind::Document) || deed.word.meaning.kinds.is_first(Kind::Said) => !look.described.gives(),
        None => !look.described.gives() || look.described.head().is_some_and(|head| head.word.lemma == deed.word.lemma && head.is_bare()),
    }
}

/// "Transcribed text of an item"
fn is_participle(word: Option<&Written>) -> bool {
    word.is_some_and(|word| word.text.len() > 4 && word.text.ends_with("ed") && !word.is_bare())
}

/// `check_out_patient`, `list_for_sale`, `let_know`.
fn name_has_particle(look: &Look<'_>) -> bool {
    let words: Vec<&str> = look.name.iter().map(|(word, _)| word.text.as_str()).collect();
    words.windows(2).any(|pair| match pair {
        ["check", "in" | "out" | "off"] | ["read", "aloud" | "out"] => true,
        ["for", what] => look.language.classes(what).has(Class::Offering) && words.len() == 3,
        [verb, other] => look.language.idiom(verb, other).is_some(),
        _ => false,
    })
}

/// `scan_to_email`; what computes turns one thing to another, and what judges may measure up to something.
fn name_goes_somewhere(look: &Look<'_>) -> bool {
    let Some(to) = look.name.iter().skip(1).position(|(word, _)| word.text == "to").map(|at| at + 1) else { return false };
    let first = look.name.first();
    let is_safe = first.is_some_and(|(word, _)| word.is(Class::Safe) || matches!(word.text.as_str(), "compare" | "diff"));
    let computes = look.name.iter().any(|(_, act)| *act == Some(Act::Computes)) || look.told_act() == Some(Act::Computes);
    let measures = first.is_some_and(|(_, act)| *act == Some(Act::Judges)) && to > 1;
    !is_safe && !computes && !measures
}

fn ends_in_command(look: &Look<'_>) -> bool {
    look.name.last().or(look.name.first()).is_some_and(|(word, _)| word.is(Class::Command))
        && !query::only_selects_rows(look.tool, look.described, look.language)
}

/// "Deletes a page", "Performs a transfer"; what a tool named for reading gives back may be told with other verbs.
fn description_changes(look: &Look<'_>) -> bool {
    let is_query = query::only_selects_rows(look.tool, look.described, look.language);
    match look.told_act() {
        Some(Act::Changes) => !(is_query || computes_numbers(look) || look.head.is_some() && look.told_is(Class::Performing)),
        // "Claim file with notes": of a tool named for reading it is what is given.
        Some(Act::Deed) if look.head.is_some() => !look.told_is(Class::Yielding) && look.after_verb(0).is_some_and(|next| next.is(Class::Determiner)),
        // "Opens a file and returns its text"
        Some(Act::Deed) => !(is_query || sees_the_screen(look) || look.told_is(Class::Yielding) && look.described.returns()),
        _ => false,
    }
}

/// "Take a screenshot of the page", "Capture accessibility snapshot".
pub(super) fn sees_the_screen(look: &Look<'_>) -> bool {
    let is_picture = |word: &Written| word.is(Class::Picture) || look.language.classes(&word.word.lemma).has(Class::Picture);
    let named = look.name.iter().any(|(word, _)| is_picture(word));
    let told = look.first().iter().any(is_picture);
    let of_screen = look.first().iter().chain(look.name.iter().map(|(word, _)| *word)).any(|word| word.is(Class::Screen));
    let takes = look
        .told
        .as_ref()
        .is_none_or(|told| matches!(told.lemma.as_str(), "take" | "capture" | "make" | "screenshot" | "snapshot" | "grab") || told.act.reads());
    (named || told)
        && of_screen
        && takes
        && look.name.iter().all(|(word, act)| {
            *act != Some(Act::Changes) && !matches!(act, Some(Act::Deed))
                || is_picture(word)
                || word.is(Class::Screen)
                || matches!(word.text.as_str(), "take" | "capture" | "make")
        })
}

/// "Email customers about an order", "Ship orders": a noun of a deed that a thing follows is the verb.
fn description_begins_with_deed(look: &Look<'_>) -> bool {
    if look.head.is_some() || look.told.is_some() || look.tells_particulars() {
        return false;
    }
    let [first, next, ..] = look.first() else { return false };
    let Some(doing) = Doing::of(&first.text, look.language) else { return false };
    // "Open bids" are not opened, if the name does not say so.
    let is_adjective = first.word.meaning.is_adjective && look.name.first().is_none_or(|(word, _)| word.text != doing.lemma);
    let is_noun = is_adjective
        || first.word.meaning.verb_use.is_none()
        || next.is(Class::Preposition)
        || next.is(Class::Particulars)
        || next.is(Class::Question)
        || next.is(Class::Conjunction);
    let is_done = matches!(Doing::of(&next.text, look.language), Some(Doing { form: Form::Past | Form::Ing, .. }))
        || next.text.ends_with("ed")
        || next.text.ends_with("ing");
    doing.act == Act::Deed && matches!(doing.form, Form::Bare | Form::Third) && !is_noun && !is_done && next.text.ends_with('s')
}

/// A verb no class has, of which the dictionary says that it changes something.
fn description_changes_in_other_words(look: &Look<'_>) -> bool {
    let Some(verb) = look.described.described_verb() else { return false };
    if look.told.is_some() || Doing::of(&verb.text, look.language).is_some() || sees_the_screen(look) || resolves(look) {
        return false;
    }
    let is_said = !verb.is_bare() || look.first().get(1).is_some_and(|next| next.is(Class::Determiner));
    // What is opened to be read is only read.
    let is_yielding = look.language.classes(&verb.word.lemma).has(Class::Yielding);
    let least = if look.head.is_some() { 7 } else { 5 };
    is_said && !is_yielding && verb.word.meaning.effects.beyond_reading() >= least
}

/// "Checks out the cart"
fn description_has_particle(look: &Look<'_>) -> bool {
    let is_check = look.told.as_ref().is_some_and(|told| told.lemma == "check");
    is_check && look.after_verb(0).is_some_and(|word| matches!(word.text.as_str(), "in" | "out" | "off"))
}

/// "Triage a ticket": with an object it is a verb, and nobody knows that it reads.
fn description_commands(look: &Look<'_>) -> bool {
    let [first, next, ..] = look.first() else { return false };
    let takes_object = matches!(next.text.as_str(), "a" | "an" | "the" | "your" | "this" | "these");
    let is_known = first.word.classes.is_function() || first.word.meaning.is_adverb || Doing::of(&first.text, look.language).is_some();
    let reads = first.word.meaning.effects.of(ToolEffect::Read) >= 3 || look.language.classes(&first.word.lemma).has(Class::Yielding);
    look.head.is_none() && look.told.is_none() && takes_object && !is_known && !reads && !resolves(look)
}

/// "Views a page. Increments its counter.": a later sentence says what else is done.
fn does_something_besides(look: &Look<'_>) -> bool {
    const BESIDES: [&str; 8] = ["remove", "increment", "decrement", "mark", "reset", "clear", "acknowledge", "consume"];
    let leads = |word: &String| matches!(word.as_str(), "also" | "then" | "it" | "this" | "afterwards" | "automatically" | "and");
    sentences(look.tool.description()).skip(1).take(3).any(|sentence| {
        let words: Vec<String> = words_of(sentence).skip_while(leads).take(2).collect();
        let [verb, object] = words.as_slice() else { return false };
        let takes_object = look.language.classes(object).has_any(&[Class::Determiner, Class::Backward]);
        takes_object
            && Doing::of(verb, look.language).is_some_and(|doing| {
                let is_final = doing.act == Act::Changes && look.language.classes(&doing.lemma).has(Class::Final);
                doing.form == Form::Third && (is_final || BESIDES.contains(&doing.lemma.as_str()))
            })
    })
}

/// A second verb: "Reads and deletes a message", "Gets and increments a counter", "List, create or remove".
fn description_tells_another(look: &Look<'_>) -> bool {
    let form = look.told.as_ref().map(|told| told.form);
    let is_object = |word: &Written| word.is(Class::Determiner) || word.is(Class::Backward);
    let listed = look.first().windows(2).enumerate().skip(1).any(|(place, pair)| {
        let [joiner, verb] = pair else { return false };
        let Some(doing) = Doing::of(&verb.text, look.language) else { return false };
        let next = look.first().get(place + 2);
        let is_verb = match doing.act {
            Act::Changes => Some(doing.form) == form && (doing.form == Form::Bare || next.is_some_and(|next| !next.is(Class::Preposition))),
            Act::Deed => !look.language.classes(&doing.lemma).has(Class::Yielding) && Some(doing.form) == form && next.is_some_and(is_object),
            _ => false,
        };
        matches!(joiner.text.as_str(), "and" | "or" | "then") && is_verb
    });
    listed || look.described.tells_another(look.language)
}

pub(super) fn is_permanent(description: &str) -> bool {
    let text = description.to_lowercase();
    ["permanently", "irreversibl", "cannot be undone", "can't be undone"].iter().any(|said| text.contains(said))
}

/// "Download a recipe into a controller", "Downloads firmware to the device".
fn enters(look: &Look<'_>) -> bool {
    let Some(told) =
        look.told.as_ref().filter(|told| matches!(told.lemma.as_str(), "download" | "fetch" | "load" | "pull" | "get" | "read" | "open"))
    else {
        return false;
    };
    let is_download = told.lemma == "download";
    let goes = |word: &Written| matches!(word.text.as_str(), "into" | "onto") || is_download && word.text == "to";
    let Some(place) = look.first().iter().skip(told.place + 1).position(goes).map(|at| at + told.place + 1) else { return false };
    let rest = look.first().iter().skip(place + 1).take(5);
    !rest.into_iter().any(|word| word.is(Class::Sink) || look.language.classes(&word.word.lemma).has(Class::Sink))
}

/// "Lists an item", "Lists the car for sale": one, and therefore for others to take.
fn offers(look: &Look<'_>) -> bool {
    if look.told.as_ref().is_none_or(|told| told.lemma != "list") {
        return false;
    }
    let Some(determiner) = look.after_verb(0).filter(|word| matches!(word.text.as_str(), "a" | "an" | "the" | "your" | "my" | "its" | "this")) else {
        return false;
    };
    let phrase: Vec<_> = look.first().iter().skip(2).take_while(|word| !word.is(Class::Preposition) && word.text != "s").collect();
    let ends = look.first().get(2 + phrase.len());
    // "a form's responses", "a directory"
    let is_owner = ends.is_some_and(|word| word.text == "s");
    let is_one = phrase.last().is_some_and(|word| word.is_bare() && !word.word.classes.has(Class::Sink) && !word.word.classes.has(Class::Path));
    let for_sale = look.first().windows(2).any(|pair| matches!(pair, [to, what] if to.text == "for" && what.is(Class::Offering)));
    is_one && !is_owner && (for_sale || matches!(determiner.text.as_str(), "a" | "an"))
}

/// "Gets a prescription filled"; but not "get amount paid", "get orders completed".
fn has_something_done(look: &Look<'_>) -> bool {
    let is_done = |words: &[&Written]| {
        let [.., thing, done] = words else { return false };
        let is_past = done.text.len() > 4 && done.text.ends_with("ed") && !done.is_bare();
        let is_one = thing.word.meaning.noun_use.is_some()
            && (thing.is_bare() && !thing.text.ends_with('s'))
            && !thing.word.meaning.kinds.is_first(Kind::Quantity)
            && !thing.word.meaning.kinds.is_first(Kind::Time);
        is_past && is_one
    };
    let name: Vec<&Written> = look.name.iter().map(|(word, _)| *word).collect();
    let named = name.len() > 2 && matches!(name.first().map(|word| word.text.as_str()), Some("get" | "have")) && is_done(&name);
    let gets =
        look.told.as_ref().is_some_and(|told| told.lemma == "get") && look.after_verb(0).is_some_and(|word| matches!(word.text.as_str(), "a" | "an"));
    let words: Vec<&Written> = look.first().iter().skip(2).take_while(|word| !word.is(Class::Preposition)).collect();
    named || gets && words.len() > 1 && is_done(&words)
}

/// "Gets a loan of an amount": money that was not there before.
fn obtains(look: &Look<'_>) -> bool {
    let is_got = look.name.first().is_some_and(|(word, _)| matches!(word.text.as_str(), "get" | "take" | "fetch" | "obtain"));
    let is_money = |word: &Written| word.word.meaning.kinds.is_first(Kind::Money) && word.is_bare();
    let is_told_in_numbers = look.name.iter().any(|(word, _)| {
        word.word.meaning.kinds.is_first(Kind::Quantity) && !is_money(word)
            || matches!(word.text.as_str(), "rate" | "price" | "cost" | "quote" | "estimate" | "total" | "balance" | "fee" | "status")
    });
    let sum = |(name, role): (&String, &Role)| *role == Role::Amount && is_of_money(name, look.language);
    let is_new =
        look.name.last().is_some_and(|(word, _)| is_money(word)) || look.after_verb(0).is_some_and(|word| matches!(word.text.as_str(), "a" | "an"));
    is_got && is_new && !is_told_in_numbers && look.roles.iter().any(sum) && look.tool.fields.len() < 3
}

/// "Fetches a prisoner from the cell": somebody, from a place.
fn brings_somebody(look: &Look<'_>) -> bool {
    let brings = look.told.as_ref().is_some_and(|told| matches!(told.lemma.as_str(), "fetch" | "get" | "bring"));
    let words: Vec<_> = look.first().iter().skip(1).filter(|word| !word.is(Class::Determiner)).collect();
    let from = words.iter().position(|word| word.text == "from");
    let is_somebody = words.first().is_some_and(|word| word.word.meaning.kinds.is_first(Kind::Party) && word.is_bare());
    let is_place = |word: &&Written| {
        word.word.meaning.kinds.has(Kind::Place)
            || word.word.meaning.nouns.len() > 2 && matches!(word.text.as_str(), "cell" | "room" | "ward" | "gate")
    };
    brings && is_somebody && from.is_some_and(|from| from == 1 && words.get(from + 1).is_some_and(is_place))
}

/// "Evaluate JavaScript on the page", "Runs a shell command".
pub(super) fn runs_a_program(look: &Look<'_>) -> bool {
    let runs = |word: &str| {
        matches!(
            word,
            "run" | "runs" | "execute" | "executes" | "evaluate" | "evaluates" | "eval" | "interpret" | "interprets" | "invoke" | "invokes"
        )
    };
    let begins = look.first().iter().take(2).any(|word| runs(&word.text)) || look.name.iter().any(|(word, _)| runs(&word.text));
    begins && look.first().iter().take(8).any(|word| word.is(Class::Program))
}

/// "Executes SQL"; but not "Explains the plan of a query".
pub(super) fn runs_any_query(look: &Look<'_>) -> bool {
    let judges = look.name.first().is_some_and(|(_, act)| *act == Some(Act::Judges));
    !judges && query::runs_any(look.tool, look.described, look.language)
}

fn takes_a_secret(look: &Look<'_>) -> bool {
    look.has_role(Role::Credential) && !look.name.iter().any(|(word, _)| word.is(Class::Safe)) && look.head != Some(Act::Retrieves)
}

fn takes_a_command(look: &Look<'_>) -> bool {
    look.has_role(Role::Command) && (look.head != Some(Act::Judges) || runs_any_query(look))
}

/// A verdict, a debit, what replaces something.
fn takes_a_payload(look: &Look<'_>) -> bool {
    let looks_up = look.name.first().is_some_and(|(_, act)| *act == Some(Act::Retrieves));
    !looks_up && look.takes(Class::Payload)
}

/// `show_message(text)`, `ask(question)`: what is told to somebody is sent.
fn shows_what_it_is_given(look: &Look<'_>) -> bool {
    let first = look.name.first().map(|(word, _)| word.text.as_str());
    let shows = matches!(first, Some("show" | "display" | "read" | "present"));
    let is_lookup = look.name.iter().any(|(word, _)| word.is(Class::Safe) || matches!(word.text.as_str(), "search" | "find"));
    let judges = matches!(look.head, Some(Act::Judges | Act::Computes)) || matches!(look.told_act(), Some(Act::Judges | Act::Computes));
    let says = look.tool.fields.iter().any(|(name, field)| {
        let is_text = matches!(shape(field), Shape::String { one_of: None, .. } | Shape::Json { .. });
        let words = identifier_words(name);
        let refers = words.iter().any(|word| look.language.classes(word).has(Class::Identifier));
        is_text && !refers && words.iter().any(|word| look.language.classes(word).has(Class::Told) || shows && word == "text")
    });
    says && !is_lookup && !judges
}

/// A parameter that chooses the deed, and one of its values changes something.
fn may_be_told_to_change(look: &Look<'_>) -> bool {
    acting(look).any(|act| matches!(act, Act::Changes | Act::Deed))
}

/// What the values of parameters that choose a deed do.
pub(super) fn acting(look: &Look<'_>) -> impl Iterator<Item = Act> {
    acting_words(look).map(|doing| doing.act)
}

pub(super) fn acting_words<'l>(look: &'l Look<'_>) -> impl Iterator<Item = Doing> + 'l {
    let chooses = |name: &str| identifier_words(name).last().is_some_and(|word| look.language.classes(word).has(Class::Acting));
    look.tool.fields.iter().filter(move |(name, _)| chooses(name)).flat_map(|(name, field)| match shape(field) {
        Shape::String { one_of: Some(values), .. } => {
            // A mode need not be a deed: "moderate".
            let is_mode = name.to_lowercase().ends_with("mode");
            let first = values.iter().filter_map(|value| identifier_words(value).into_iter().next());
            first
                .filter_map(|word| Doing::of(&word, look.language).or_else(|| Doing::in_dictionary(&word, look.language).filter(|_| !is_mode)))
                .filter(|doing| doing.form == Form::Bare)
                .collect::<Vec<_>>()
        }
        _ if look.head.is_some() => Vec::new(),
        // "One of create, update and delete"
        _ => {
            let prose = look.tool.prose(name).map(|prose| prose.description.as_str()).unwrap_or_default();
            let words = prose.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
            words.filter_map(|word| Doing::of(&word, look.language)).filter(|doing| doing.act == Act::Changes && doing.form == Form::Bare).collect()
        }
    })
}

/// `get_mail(mark_as_read: true)`, `fetch(delete: true)`.
fn may_change_besides(look: &Look<'_>) -> bool {
    look.tool.fields.iter().any(|(name, field)| {
        let words = identifier_words(name);
        let changes = |word: &String| {
            Doing::of(word, look.language).is_some_and(|doing| doing.act == Act::Changes && doing.form == Form::Bare) && !is_option(word)
        };
        let marks = matches!(words.as_slice(), [mark, to, ..] if mark == "mark" && to == "as");
        matches!(field.shape, Shape::Bool) && (words.first().is_some_and(changes) || marks)
    })
}

/// What a switch turns on or leaves out concerns what is given: `enable_spellcheck`, `ignore_case`.
fn is_option(word: &str) -> bool {
    matches!(word, "enable" | "disable" | "allow" | "ignore" | "accept" | "apply" | "append" | "prepend" | "override" | "replace" | "toggle")
}

/// Whether the dictionary's verbs say that it reads.
pub(super) fn is_known_to_read(look: &Look<'_>) -> u8 {
    look.effects.of(ToolEffect::Read)
}
