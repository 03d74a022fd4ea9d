//! What worlds are made of: few names and few values, so that they meet again and again.

use super::dice::Dice;
use super::tree::Uid;

/// What a value is, or should be: expressions are made for a kind, and now and then for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Long,
    Text,
    Entity,
    Texts,
    Longs,
    Entities,
    Mixed,
    Record,
    Ip,
    Decimal,
    Datetime,
    Duration,
}

pub(super) const KINDS: [Kind; 13] = [
    Kind::Bool,
    Kind::Long,
    Kind::Text,
    Kind::Entity,
    Kind::Texts,
    Kind::Longs,
    Kind::Entities,
    Kind::Mixed,
    Kind::Record,
    Kind::Ip,
    Kind::Decimal,
    Kind::Datetime,
    Kind::Duration,
];

/// An attribute of entities, records and contexts: what it should be, and what the schema says it is.
pub(super) struct Attribute {
    pub name: &'static str,
    pub kind: Kind,
    pub declared: &'static str,
}

const fn attribute(name: &'static str, kind: Kind, declared: &'static str) -> Attribute {
    Attribute { name, kind, declared }
}

/// Those a schema does not name are of worlds without one; what a record is in a schema depends on how deep it stands.
pub(super) const ATTRIBUTES: [Attribute; 20] = [
    attribute("n", Kind::Long, "Long"),
    attribute("level", Kind::Long, "Long"),
    attribute("s", Kind::Text, "String"),
    attribute("b", Kind::Bool, "Bool"),
    attribute("owner", Kind::Entity, "User"),
    attribute("home", Kind::Entity, "A::Folder"),
    attribute("tags", Kind::Texts, "Set<String>"),
    attribute("nums", Kind::Longs, "Set<Long>"),
    attribute("people", Kind::Entities, "Set<User>"),
    attribute("rec", Kind::Record, ""),
    attribute("mixed", Kind::Mixed, ""),
    attribute("ip", Kind::Ip, "ipaddr"),
    attribute("dec", Kind::Decimal, "decimal"),
    attribute("at", Kind::Datetime, "datetime"),
    attribute("span", Kind::Duration, "duration"),
    attribute("a b", Kind::Long, "Long"),
    attribute("", Kind::Text, "String"),
    attribute("ключ\"", Kind::Bool, "Bool"),
    attribute("if", Kind::Bool, "Bool"),
    attribute("type", Kind::Text, "String"),
];

/// One only worlds without a schema have stands last: a name both `User`s share.
pub(super) const TYPES: [&str; 6] = ["User", "Group", "Doc", "A::Folder", "A::B::Team", "A::User"];
pub(super) const TYPES_DECLARED: usize = 5;
pub(super) const IDS: [&str; 6] = ["a", "b", "c", "", "é \"x\"\n", "*"];

pub(super) const ACTIONS: [Uid; 6] = [
    Uid { kind: "Action", id: "view" },
    Uid { kind: "Action", id: "edit" },
    Uid { kind: "Action", id: "" },
    Uid { kind: "A::Action", id: "open" },
    Uid { kind: "Action", id: "some" },
    Uid { kind: "Action", id: "all" },
];

pub(super) const TEXTS: [&str; 19] = [
    "",
    "a",
    "b",
    "ab",
    "abab",
    "a*b",
    "*",
    "é",
    "日本*語",
    "🦀x",
    "\"q\"\\n",
    "line\nbreak\t",
    "\u{0}",
    "10.0.0.1",
    "1.0",
    "2024-01-01",
    "1h",
    "A",
    "view",
];

const LONGS: [i64; 15] =
    [0, 1, 2, 3, -1, 10, 60_000, 86_400_000, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1, 1 << 62, 3_037_000_500, -3_037_000_500];
const LONGS_SMALL: usize = 8;

const IPS: [&str; 14] = [
    "10.0.0.1",
    "10.0.0.1/32",
    "10.0.0.0/8",
    "10.1.2.3/8",
    "127.0.0.1",
    "127.0.0.0/7",
    "0.0.0.0/0",
    "224.0.0.1",
    "239.255.0.0/16",
    "::1",
    "::/0",
    "ff00::2",
    "fe80::/10",
    "2001:DB8:0:0::1",
];
const NO_IPS: [&str; 10] = ["", "10.0.0", "010.0.0.1", "10.0.0.1/33", "10.0.0.1/08", "::1/129", "::ffff:10.0.0.1", " 10.0.0.1", "10.0.0.1/", "g::"];

const DECIMALS: [&str; 11] =
    ["0.0", "-0.0", "1.0", "1.00", "1.0000", "-1.5", "0.0001", "12.34", "922337203685477.5807", "-922337203685477.5808", "007.5"];
const NO_DECIMALS: [&str; 10] = ["", "1", "1.", ".5", "1.23456", "922337203685477.5808", "-922337203685477.5809", "+1.0", "1.0 ", "١.٠"];

const DATETIMES: [&str; 13] = [
    "1970-01-01",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "2024-01-01T01:00:00+0100",
    "2023-12-31T23:59:59.999Z",
    "2024-01-01T12:30:00.001Z",
    "2024-02-29",
    "1969-12-31T23:59:59.999Z",
    "1969-12-31",
    "0000-01-01",
    "9999-12-31T23:59:59.999Z",
    "0000-01-01T00:00:00.000+2359",
    "9999-12-31T23:59:59-2359",
];
const NO_DATETIMES: [&str; 12] = [
    "",
    "2023-02-29",
    "2024-13-01",
    "2024-1-1",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00:00+2400",
    "2024-01-01T00:00:00+0060",
    "2024-01-01T00:00:00.1Z",
    "10000-01-01",
    "2024-01-01Z",
];

const DURATIONS: [&str; 13] = [
    "0ms",
    "-0ms",
    "1ms",
    "-1ms",
    "1h",
    "60m",
    "3600s",
    "1d",
    "-1d",
    "1d2h3m4s5ms",
    "-1d2h3m4s5ms",
    "106751991167d7h12m55s807ms",
    "-106751991167d7h12m55s808ms",
];
const NO_DURATIONS: [&str; 10] = ["", "-", "1", "h", "1h1d", "1h1h", "1 h", "106751991167d7h12m55s808ms", "99999999999999999999ms", "+1h"];

/// How often a number stands near the end of its range, in a hundred.
const FAR_PERCENT: usize = 14;

pub(super) fn long(dice: &mut Dice<'_>) -> i64 {
    if dice.chance(FAR_PERCENT) { dice.pick(&LONGS) } else { dice.pick(&LONGS[..LONGS_SMALL]) }
}

/// An argument for the constructor of the kind.
pub(super) fn constructed(dice: &mut Dice<'_>, kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Ip => ("ip", dice.pick(&IPS)),
        Kind::Decimal => ("decimal", dice.pick(&DECIMALS)),
        Kind::Datetime => ("datetime", dice.pick(&DATETIMES)),
        _ => ("duration", dice.pick(&DURATIONS)),
    }
}

/// An argument that the constructor of the kind refuses.
pub(super) fn misconstructed(dice: &mut Dice<'_>, kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Ip => ("ip", dice.pick(&NO_IPS)),
        Kind::Decimal => ("decimal", dice.pick(&NO_DECIMALS)),
        Kind::Datetime => ("datetime", dice.pick(&NO_DATETIMES)),
        _ => ("duration", dice.pick(&NO_DURATIONS)),
    }
}

/// The attributes of a kind.
pub(super) fn named(dice: &mut Dice<'_>, kind: Kind) -> &'static str {
    let first = dice.below(ATTRIBUTES.len());
    let from_there = ATTRIBUTES.iter().cycle().skip(first).take(ATTRIBUTES.len());
    from_there.filter(|attribute| attribute.kind == kind).map(|attribute| attribute.name).next().unwrap_or("n")
}

/// The schema of worlds that have one: everything optional, every entity of the same form.
pub(super) fn schema() -> String {
    let members = |record: &str| {
        let declared = |attribute: &Attribute| match (attribute.kind, attribute.declared) {
            (Kind::Record, _) if record.is_empty() => None,
            (Kind::Record, _) => Some(format!("\"rec\"?: {record}")),
            (_, "") => None,
            (_, declared) => Some(format!("{}?: {declared}", super::tree::quoted(attribute.name))),
        };
        format!("{{ {} }}", ATTRIBUTES.iter().filter_map(declared).collect::<Vec<_>>().join(", "))
    };
    let outer = members("Middle");
    let all = TYPES[..TYPES_DECLARED].join(", ");
    let entity = |name: &str| format!("entity {name} in [{all}] = {outer} tags Set<String>;\n");
    let applies = format!("appliesTo {{ principal: [{all}], resource: [{all}], context: {outer} }};\n");
    [
        format!("type Inner = {};\ntype Middle = {};\n", members(""), members("Inner")),
        ["User", "Group", "Doc"].map(entity).concat(),
        format!("namespace A {{ {}action \"open\" {applies} }}\nnamespace A::B {{ {} }}\n", entity("Folder"), entity("Team")),
        "action \"all\";\naction \"some\" in [\"all\"];\n".to_owned(),
        format!("action \"view\" in [\"some\"] {applies}action \"edit\" in [\"some\", \"all\"] {applies}action \"\" {applies}"),
    ]
    .concat()
}
