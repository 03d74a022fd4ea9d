//! Grounding: where the values of a call come from.

mod arena;
mod atom;
#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may fail")]
mod bounds;
mod date;
mod effort;
mod fold;
mod ingest;
mod known;
mod number;
mod runs;
mod said;
mod spoken;
mod strings;
mod texts;
mod web;
mod words;

pub(super) use arena::{Arena, Carried, Grounding, Search};
pub(super) use atom::{Atom, Kind, atoms, whole_texts};
pub(super) use effort::Effort;
pub(super) use ingest::Source;
pub(super) use number::quantity;
pub(super) use texts::ReadsOrder;
pub(super) use web::may_be_reached;
