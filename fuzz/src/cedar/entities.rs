//! Who and what there is, and what is true of it.

use serde_json::{Map, Value as Json, json};

use super::dice::Dice;
use super::pools::{self, ACTIONS, ATTRIBUTES, Attribute, IDS, KINDS, Kind, TEXTS, TYPES, TYPES_DECLARED};
use super::tree::Uid;

/// How often a value is of another kind than its attribute should be, in a hundred; never in worlds with a schema.
const WRONG_PERCENT: usize = 4;
/// How often an entity or context has an attribute, in a hundred.
const PRESENT_PERCENT: usize = 92;
/// Deeper records have none in them.
const RECORDS_MAX: usize = 2;

/// The entities of a world, without what is true of them.
#[derive(Debug)]
pub(super) struct Cast {
    entities: Vec<Uid>,
    pub has_schema: bool,
}

impl Cast {
    pub(super) fn new(dice: &mut Dice<'_>, has_schema: bool) -> Self {
        let mut cast = Self { entities: Vec::new(), has_schema };
        for _ in 0..3 + dice.below(8) {
            // Nothing is an action but the actions: theirs may be in nothing else.
            let kind = Some(cast.kind(dice)).filter(|kind| *kind != "Action").unwrap_or("A::User");
            let uid = Uid { kind, id: dice.pick(&IDS[..4]) };
            if !cast.entities.contains(&uid) {
                cast.entities.push(uid);
            }
        }
        cast
    }

    /// A type of entities, of actions even.
    pub(super) fn kind(&self, dice: &mut Dice<'_>) -> &'static str {
        // `User` more often than the others.
        match dice.below(10) {
            below @ 0..4 => TYPES[below / 2],
            9 if !self.has_schema => dice.pick(&["Action", "A::User"]),
            _ => dice.pick(&TYPES[..TYPES_DECLARED]),
        }
    }

    /// An entity: one that there is, one there is not, or an action.
    pub(super) fn any(&self, dice: &mut Dice<'_>) -> Uid {
        match dice.weighted(&[90, 5, 5]) {
            0 if !self.entities.is_empty() => dice.pick(&self.entities),
            1 => dice.pick(&ACTIONS),
            _ if !self.has_schema && dice.chance(20) => Uid { kind: "Ghost", id: dice.pick(&IDS) },
            _ => Uid { kind: self.kind(dice), id: dice.pick(&IDS) },
        }
    }

    pub(super) fn action(dice: &mut Dice<'_>) -> Uid {
        ACTIONS[dice.weighted(&[35, 25, 10, 15, 8, 7])]
    }

    /// One of the type, which may not be there.
    fn of_kind(&self, dice: &mut Dice<'_>, kind: &'static str) -> Uid {
        let known: Vec<_> = self.entities.iter().copied().filter(|uid| uid.kind == kind).collect();
        if known.is_empty() || dice.chance(10) { Uid { kind, id: dice.pick(&IDS) } } else { dice.pick(&known) }
    }

    /// Everything there is, in Cedar's JSON. A schema brings its own actions.
    pub(super) fn json(&self, dice: &mut Dice<'_>) -> Json {
        let mut entities: Vec<Json> = (0..self.entities.len()).map(|index| self.entity(dice, index)).collect();
        if !self.has_schema {
            let [view, edit, _, open, some, all] = ACTIONS;
            for (action, parents) in [(view, vec![some]), (edit, vec![some, all]), (open, vec![all]), (some, vec![all]), (all, vec![])] {
                if dice.chance(90) {
                    let attributes = if dice.chance(30) { self.record(dice, 1) } else { json!({}) };
                    entities
                        .push(json!({"uid": action.json(), "attrs": attributes, "parents": parents.into_iter().map(Uid::json).collect::<Vec<_>>()}));
                }
            }
        }
        Json::Array(entities)
    }

    /// An entity is in later ones only, or in such as there are not.
    fn entity(&self, dice: &mut Dice<'_>, index: usize) -> Json {
        let uid = self.entities[index];
        let later = &self.entities[index + 1..];
        let mut parents: Vec<Uid> = Vec::new();
        for _ in 0..dice.below(4) {
            let absent = Uid { kind: dice.pick(&TYPES[..TYPES_DECLARED]), id: IDS[5] };
            let parent = if later.is_empty() || dice.chance(7) { absent } else { dice.pick(later) };
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        let reference = |uid: Uid, escaped: bool| if escaped { json!({"__entity": uid.json()}) } else { uid.json() };
        let mut entity = json!({
            "uid": reference(uid, dice.chance(10)),
            "attrs": self.record(dice, 0),
            "parents": parents.into_iter().map(|uid| reference(uid, dice.chance(20))).collect::<Vec<_>>(),
        });
        if dice.chance(70) {
            let mut tags = Map::new();
            for _ in 0..dice.below(4) {
                let kind = if self.has_schema { Kind::Texts } else { dice.pick(&KINDS) };
                tags.insert(dice.pick(&TEXTS[..4]).to_owned(), self.value(dice, &Attribute { name: "", kind, declared: "User" }, 1));
            }
            entity["tags"] = Json::Object(tags);
        }
        entity
    }

    /// What is true of an entity, of a request, or of what is nested in one.
    pub(super) fn record(&self, dice: &mut Dice<'_>, depth: usize) -> Json {
        if depth > 0 && dice.chance(25) {
            return if dice.chance(20) { json!({}) } else { json!({"n": 1}) };
        }
        let percent = if depth > 0 { PRESENT_PERCENT * 3 / 4 } else { PRESENT_PERCENT };
        let mut members = Map::new();
        for attribute in &ATTRIBUTES {
            let is_known = !self.has_schema || !attribute.declared.is_empty() || attribute.kind == Kind::Record;
            if is_known && !(attribute.kind == Kind::Record && depth >= RECORDS_MAX) && dice.chance(percent) {
                let kind = if !self.has_schema && dice.chance(WRONG_PERCENT) { dice.pick(&KINDS) } else { attribute.kind };
                members.insert(attribute.name.to_owned(), self.value(dice, &Attribute { kind, ..*attribute }, depth));
            }
        }
        Json::Object(members)
    }

    fn value(&self, dice: &mut Dice<'_>, attribute: &Attribute, depth: usize) -> Json {
        match attribute.kind {
            Kind::Bool => json!(dice.chance(60)),
            Kind::Long => json!(pools::long(dice)),
            Kind::Text => json!(dice.pick(&TEXTS)),
            Kind::Entity => self.reference(dice, if attribute.declared == "A::Folder" { "A::Folder" } else { "User" }),
            Kind::Texts => self.set(dice, Kind::Text, depth),
            Kind::Longs => self.set(dice, Kind::Long, depth),
            Kind::Entities => self.set(dice, Kind::Entity, depth),
            Kind::Mixed if depth >= RECORDS_MAX => json!([]),
            Kind::Mixed => {
                let members = (0..dice.below(4)).map(|_| {
                    let kind = dice.pick(&KINDS);
                    self.value(dice, &Attribute { name: "", kind, declared: "" }, depth + 1)
                });
                members.collect()
            }
            Kind::Record => self.record(dice, depth + 1),
            kind @ (Kind::Ip | Kind::Decimal | Kind::Datetime | Kind::Duration) => self.extension(dice, kind),
        }
    }

    fn set(&self, dice: &mut Dice<'_>, kind: Kind, depth: usize) -> Json {
        (0..dice.below(4)).map(|_| self.value(dice, &Attribute { name: "", kind, declared: "User" }, depth)).collect()
    }

    /// With a schema the escape may be left out.
    fn reference(&self, dice: &mut Dice<'_>, kind: &'static str) -> Json {
        if self.has_schema {
            let uid = self.of_kind(dice, kind).json();
            return if dice.chance(50) { uid } else { json!({"__entity": uid}) };
        }
        json!({"__entity": self.any(dice).json()})
    }

    fn extension(&self, dice: &mut Dice<'_>, kind: Kind) -> Json {
        let (function, argument) = pools::constructed(dice, kind);
        if self.has_schema && dice.chance(50) {
            return json!(argument);
        }
        let call = json!({"__extn": {"fn": function, "arg": argument}});
        if kind == Kind::Datetime && dice.chance(20) {
            let span = dice.pick(&["1ms", "-1h", "1d", "0ms", "-2024d"]);
            return json!({"__extn": {"fn": "offset", "args": [call, {"__extn": {"fn": "duration", "arg": span}}]}});
        }
        call
    }
}
