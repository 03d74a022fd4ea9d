//! Intent: what a prompt asks for, where a call's arguments come from, and whether the call still serves it.

mod act;
mod compile;
mod described;
mod directive;
mod drift;
mod fit;
mod ground;
mod headline;
mod judge;
mod prefix;
mod pursuit;
mod reading;
mod reads;
mod resumed;
mod role;
mod text;
mod tools;
mod trace;
mod verdict;

pub use crate::language::Language;
pub(crate) use compile::compile;
pub(crate) use pursuit::{Facts, Pursuit};
pub(crate) use resumed::Resumed;
pub use tools::ToolGuess;
pub(crate) use tools::Tools;
pub use verdict::{ArgumentOrigin, Groundings, IntentRecord, IntentVerdict, Scope};
