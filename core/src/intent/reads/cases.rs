//! Each rule's reason, a tool it is needed for, and one it must leave alone.

use super::{Look, NOTHING, Rule, blocks, finality, grounds};
use crate::catalog::Catalog;
use crate::intent::described::Described;
use crate::intent::tools::Tools;
use crate::language::{Effects, Glossary, Language};

/// A tool: its name, its description, and its parameters, as `name`, `name:type` or `name:one|of|these`.
type Sample = (&'static str, &'static str, &'static str);

/// A rule, its reason, the tool that needs it, and its twin.
type Case = (&'static str, &'static str, Sample, Sample);

const BLOCKS: &[Case] = &[
    (
        "name.changes",
        "a verb of changing is one wherever it is in a name",
        ("get_or_create_tag", "Gets a tag.", "tag"),
        ("list_deleted_tags", "Lists deleted tags.", ""),
    ),
    (
        "name.joined",
        "what a conjunction adds is done as well",
        ("get_and_book", "Gets a seat.", "seat_id"),
        ("find_sent_and_drafts", "Finds mails.", "query"),
    ),
    (
        "name.deed",
        "a name that begins or ends with a deed does it",
        ("history_purge", "History purge.", "days:integer"),
        ("order_history", "Order history of a customer.", "customer_id"),
    ),
    (
        "name.sets",
        "a name that begins with setting sets",
        ("set_access_level", "Level of access of a reader.", "reader_id"),
        ("bottle_list", "Bottles of a guest.", "guest_id"),
    ),
    (
        "name.particle",
        "a particle makes another verb of it",
        ("check_out_patient", "Patient leaves.", "patient_id"),
        ("get_checkout", "Gets a checkout.", "checkout_id"),
    ),
    (
        "name.to",
        "what goes to somebody leaves",
        ("scan_to_mailbox", "Scans a sheet.", "mailbox"),
        ("get_stops_to_station", "Gets the stops.", "station"),
    ),
    ("name.command", "a tool named for a command runs it", ("host_shell", "Shell of a host.", "line"), ("get_script", "Gets a script.", "script_id")),
    (
        "described.changes",
        "the verb of the description counts",
        ("locker", "Opens a locker.", "locker_id"),
        ("locker_contents", "Returns what is in a locker.", "locker_id"),
    ),
    (
        "described.deed",
        "a noun of a deed with a thing after it is a verb",
        ("fulfilment", "Ship orders to customers.", "day"),
        ("fulfilled", "Orders shipped to customers.", "day"),
    ),
    (
        "described.unlisted",
        "the dictionary knows more verbs",
        ("get_hedge", "Trims a hedge.", "hedge_id"),
        ("get_hedges", "Hedges that were trimmed.", "garden_id"),
    ),
    (
        "described.particle",
        "a particle makes another verb of it",
        ("cart", "Checks out the cart.", "cart_id"),
        ("cart_state", "Checks the cart.", "cart_id"),
    ),
    (
        "described.imperative",
        "what has an object is a verb, known or not",
        ("tickets", "Triage a ticket.", "ticket_id"),
        ("tickets_of_day", "Tickets of a day.", "day"),
    ),
    (
        "described.besides",
        "a later sentence tells of another deed",
        ("view_advert", "Shows an advert. Increments its counter.", "advert_id"),
        ("view_adverts", "Shows adverts. Increments are counted daily.", "day"),
    ),
    (
        "described.joined",
        "a second verb counts as much as the first",
        ("fetch_parcel_record", "Fetches a record and deletes it.", "record_id"),
        ("fetch_parcels", "Fetches parcels and returns their weights.", "depot_id"),
    ),
    (
        "described.permanent",
        "what cannot be undone was done",
        ("sector_map", "Map of a sector, lost irreversibly.", "sector_id"),
        ("get_map", "Get a map; lost irreversibly when it expires.", "map_id"),
    ),
    (
        "described.enters",
        "what is downloaded into a machine changes it",
        ("download_firmware", "Downloads firmware to the controller.", "version"),
        ("download_manual", "Downloads a manual to the local disk.", "version"),
    ),
    (
        "described.offers",
        "to list one thing for sale is to offer it",
        ("list_boat", "Lists a boat for sale.", "boat_id"),
        ("list_boats", "Lists boats for sale.", "harbour"),
    ),
    (
        "described.aloud",
        "what is read aloud is said",
        ("read_notice", "Reads a notice aloud.", "notice_id"),
        ("read_notices", "Reads the notices of a day.", "day"),
    ),
    (
        "described.caused",
        "to get something done is to have it done",
        ("get_car_washed", "Gets a car washed.", "car_id"),
        ("get_cars_washed", "Gets the cars washed on a day.", "day"),
    ),
    (
        "described.obtains",
        "money that is got was not there before",
        ("get_loan", "Gets a loan of an amount.", "amount:number"),
        ("get_loan_rate", "Gets the rate of a loan.", "amount:number"),
    ),
    (
        "described.brings",
        "somebody who is fetched from a place moves",
        ("fetch_prisoner", "Fetches a prisoner from the cell.", "prisoner_id"),
        ("fetch_prisoners", "Fetches the prisoners of a cell block.", "block_id"),
    ),
    (
        "described.runs",
        "who evaluates a program runs it",
        ("get_frame_value", "Evaluates JavaScript in a frame.", "source"),
        ("formula_check", "Evaluates a formula.", "formula"),
    ),
    (
        "query.any",
        "a statement of any kind may change something",
        ("warehouse_query", "Runs a SQL query.", "query"),
        ("warehouse_read", "Runs a SQL query; only SELECT is allowed.", "query"),
    ),
    ("parameter.secret", "who takes a secret uses it", ("meter", "Checks a meter.", "password"), ("meter_reading", "Checks a meter.", "meter_id")),
    (
        "parameter.command",
        "who takes a command runs it",
        ("list_output", "Lists the output.", "command"),
        ("list_outputs", "Lists the outputs.", "command_id"),
    ),
    (
        "parameter.payload",
        "a verdict is given, not asked for",
        ("essay", "Checks an essay.", "essay_id,verdict"),
        ("list_essays", "Lists essays.", "verdict"),
    ),
    (
        "parameter.said",
        "what is told to somebody is sent",
        ("show_notice", "Shows a notice in the hall.", "text"),
        ("search_notices", "Searches notices.", "text"),
    ),
    (
        "parameter.action",
        "a parameter may choose a deed that changes",
        ("shelf", "Returns what is on a shelf.", "action:get|list|delete"),
        ("shelf_view", "Returns what is on a shelf.", "action:get|list"),
    ),
    (
        "parameter.switch",
        "a switch may change something besides",
        ("get_mail", "Gets a mail.", "mail_id,mark_as_read:boolean"),
        ("get_mails", "Gets mails.", "include_archived:boolean"),
    ),
];

const GROUNDS: &[Case] = &[
    (
        "query.select",
        "queries that only select give back rows",
        ("run_query", "Runs a read-only SQL query.", "sql"),
        ("run_statement", "Runs a SQL query.", "sql"),
    ),
    (
        "name.retrieves",
        "a name that begins with reading reads",
        ("list_sales", "Lists sales.", "day"),
        ("list_for_sale", "Lists the car for sale.", "car_id"),
    ),
    (
        "described.retrieves",
        "a description that begins with reading reads",
        ("harbour", "Returns the ships in a harbour.", "harbour_id"),
        ("return_ship", "Returns a ship.", "ship_id"),
    ),
    (
        "described.particulars",
        "a status or history is what is told",
        ("order_standing", "Status of an order.", "order_id"),
        ("order_stop", "Stop of an order.", "order_id"),
    ),
    (
        "computes",
        "to turn a value into another changes nothing",
        ("convert_time", "Converts a time.", "time,timezone"),
        ("convert_lead", "Converts a lead.", "lead_id"),
    ),
    (
        "computes.numbers",
        "numbers are added nowhere",
        ("add_up", "Adds two numbers.", "a:number,b:number"),
        ("add_stock", "Adds a number of parts.", "part_id,quantity:integer"),
    ),
    (
        "resolves",
        "a name that is resolved is looked up",
        ("resolve_host", "Resolves a name to an address.", "name"),
        ("resolve_case", "Resolves a case.", "case_id"),
    ),
    (
        "screen",
        "a picture of the screen only looks at it",
        ("page_snapshot", "Captures a snapshot of the page.", "depth:integer"),
        ("volume_snapshot", "Captures a snapshot of a volume.", "volume_id"),
    ),
    (
        "parameter.reads",
        "all that it may be told to do reads",
        ("wharf", "Wharf.", "operation:get|list"),
        ("wharf_crane", "Wharf.", "operation:get|lift"),
    ),
    (
        "opens",
        "what is opened to give back its text is read",
        ("papers.open", "Text of a paper.", "paper_id"),
        ("gate.open", "Opens a gate.", "gate_id"),
    ),
    (
        "dictionary",
        "the dictionary knows more verbs of reading",
        ("observe_tide", "Observes the tide.", "harbour"),
        ("flood_lock", "Floods a lock.", "lock_id"),
    ),
    (
        "given",
        "a description may only say what is given",
        ("machine_parts", "Parts of a machine.", "machine_id"),
        ("spare_part", "Purchase of a spare part.", "part_id"),
    ),
];

const FINAL: &[Case] = &[
    (
        "final.name",
        "what is deleted, sent or paid is gone",
        ("batch_delete_mails", "Removes mails.", "ids"),
        ("batch_update_mails", "Updates mails.", "ids"),
    ),
    (
        "final.moved",
        "a refund that was made was paid",
        ("create_refund", "Creates a refund.", "charge_id"),
        ("create_payment_link", "Creates a link.", "price_id"),
    ),
    (
        "final.described",
        "the verb of the description counts",
        ("farewell", "Sends a letter.", "letter_id"),
        ("letter", "Drafts a letter.", "letter_id"),
    ),
    (
        "final.permanent",
        "it says so itself",
        ("mark_bottle", "Marks a bottle permanently.", "bottle_id"),
        ("tag_bottle", "Marks a bottle.", "bottle_id"),
    ),
    ("final.runs", "a program may do anything", ("run_line", "Runs a line.", "command"), ("update_line", "Updates a line.", "line_id")),
    (
        "final.action",
        "one of its deeds cannot be undone",
        ("update_album", "Updates an album.", "action:rename|delete"),
        ("change_album", "Updates an album.", "action:rename|move"),
    ),
];

/// What is decided of a tool, alone in its catalog: whether it only reads, by which rule, and what makes it final.
fn decided((name, description, parameters): Sample) -> (bool, &'static str, Option<&'static str>) {
    let property = |parameter: &str| {
        let (name, kind) = parameter.split_once(':').unwrap_or((parameter, "string"));
        let schema = if kind.contains('|') {
            let values: Vec<_> = kind.split('|').map(|value| format!("{value:?}")).collect();
            format!(r#"{{"type": "string", "enum": [{}]}}"#, values.join(","))
        } else {
            format!(r#"{{"type": {kind:?}}}"#)
        };
        format!("{name:?}: {schema}")
    };
    let properties: Vec<_> = parameters.split(',').filter(|parameter| !parameter.is_empty()).map(property).collect();
    let list = format!(
        r#"[{{"name": {name:?}, "description": {description:?}, "parameters": {{"type": "object", "properties": {{{}}}}}}}]"#,
        properties.join(",")
    );
    let catalog = Catalog::from_functions("acme", &list).expect("a catalog");
    let english = Language::english();
    let tools = Tools::of(&catalog, &english, true);
    let meaning = tools.get(name).expect("the tool");
    let tool = catalog.tool(name).expect("the tool");
    let described = Described::of(tool, 0, &english, &mut Glossary::default());
    let open = std::collections::BTreeSet::new();
    let look = Look::at((tool, &described), (&meaning.roles, &open), (Effects::default(), None), &english);
    (meaning.only_reads, meaning.rule, look.finality())
}

fn ids(rules: &[Rule]) -> Vec<&'static str> {
    rules.iter().map(|rule| rule.id).collect()
}

fn named(cases: &[Case]) -> Vec<&'static str> {
    cases.iter().map(|(id, ..)| *id).collect()
}

#[test]
fn every_rule_has_a_reason_an_example_and_a_twin() {
    // A hint is no word: `hints_only_raise_the_risk`, in `tests/guesses.rs`, has it.
    let blocking: Vec<_> = ids(blocks::RULES).into_iter().filter(|id| *id != "hint.changes").collect();
    assert_eq!(named(BLOCKS), blocking);
    assert_eq!(named(GROUNDS), ids(grounds::RULES));
    assert_eq!(named(FINAL), ids(finality::RULES));
    assert!(BLOCKS.iter().chain(GROUNDS).chain(FINAL).all(|(_, why, ..)| why.len() > 10));
    assert!(!ids(blocks::RULES).contains(&NOTHING));
}

#[test]
fn rules_block_their_examples_and_not_their_twins() {
    let wrong: Vec<_> = BLOCKS
        .iter()
        .filter_map(|(id, _, example, twin)| {
            let (found, other) = (decided(*example), decided(*twin));
            ((found.0, found.1) != (false, *id) || !other.0).then(|| format!("{id}: {} {found:?}, {} {other:?}", example.0, twin.0))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn grounds_let_their_examples_read_and_not_their_twins() {
    let wrong: Vec<_> = GROUNDS
        .iter()
        .filter_map(|(id, _, example, twin)| {
            let (found, other) = (decided(*example), decided(*twin));
            ((found.0, found.1) != (true, *id) || other.0).then(|| format!("{id}: {} {found:?}, {} {other:?}", example.0, twin.0))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_final_is_so_and_its_twin_is_not() {
    let wrong: Vec<_> = FINAL
        .iter()
        .filter_map(|(id, _, example, twin)| {
            let (found, other) = (decided(*example), decided(*twin));
            (found.2 != Some(*id) || other.2.is_some()).then(|| format!("{id}: {} {found:?}, {} {other:?}", example.0, twin.0))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
