//! Random Cedar worlds, and what our evaluator and Cedar make of them.
//!
//! A world is read off bytes, the fuzzer's or a seed's: some entities, some policies about them, and questions that
//! policies and entities are likely to have an answer to. All of Cedar's language occurs, and so does all that can go
//! wrong in it: errors are half of what an evaluator must get right.

mod compare;
mod dice;
mod entities;
mod expr;
mod policies;
mod pools;
mod tree;

use std::fmt;

use bailiwick::{EntityRef, Question, Source};
use serde_json::Value as Json;

pub use compare::{Tally, compare};
pub use dice::{Dice, seeded};
use entities::Cast;
use expr::Writer;

/// Requests of a world differ in few circumstances.
const CONTEXTS_MAX: usize = 6;

/// Policies, entities and questions about them.
#[derive(Debug)]
#[non_exhaustive]
pub struct World {
    /// Cedar, or Cedar's JSON with templates and links.
    pub policies: Source,
    /// Cedar's JSON.
    pub entities: String,
    /// Declares the entities' attributes, in some worlds.
    pub schema: Option<Source>,
    /// What to ask.
    pub questions: Vec<Question>,
}

/// The world in these dice.
#[must_use]
pub fn world(dice: &mut Dice<'_>) -> World {
    let has_schema = dice.chance(30);
    let cast = Cast::new(dice, has_schema);
    let schema = cast.has_schema.then(|| Source::new("world.cedarschema", pools::schema()));
    let contexts: Vec<String> = (0..=dice.below(CONTEXTS_MAX)).map(|depth| cast.record(dice, usize::from(depth == 1)).to_string()).collect();
    let count = 20 + dice.below(31);
    let questions = (0..count).map(|_| question(dice, &cast, &contexts)).collect();
    let entities = cast.json(dice).to_string();
    let policies = policies::source(&mut Writer::new(dice, &cast));
    World { policies, entities, schema, questions }
}

fn question(dice: &mut Dice<'_>, cast: &Cast, contexts: &[String]) -> Question {
    let reference = |uid: tree::Uid| -> EntityRef { serde_json::from_value(uid.json()).unwrap() };
    let principal = cast.any(dice);
    let resource = if dice.chance(10) { principal } else { cast.any(dice) };
    let action = if dice.chance(4) { cast.any(dice) } else { Cast::action(dice) };
    Question::new(reference(principal), reference(action), reference(resource), contexts[dice.below(contexts.len())].as_str())
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let readable = |text: &str| serde_json::from_str::<Json>(text).map_or_else(|_| text.to_owned(), |json| format!("{json:#}"));
        write!(f, "{}:\n{}\nentities:\n{}\n", self.policies.name, readable(&self.policies.text), readable(&self.entities))?;
        self.schema.as_ref().map_or(Ok(()), |schema| write!(f, "{}:\n{}\n", schema.name, schema.text))
    }
}
