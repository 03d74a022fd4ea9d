//! Intent: what a prompt asks for, where a call's arguments come from, and whether the call still serves it.

mod compile;
mod directive;
mod drift;
mod ground;
mod judge;
mod language;
mod pursuit;
mod request;
mod text;
mod tools;

pub(crate) use compile::compile;
pub use ground::Level;
pub use judge::{ArgumentOrigin, Groundings, IntentVerdict, Scope};
pub use language::Language;
pub use pursuit::IntentRecord;
pub(crate) use pursuit::{Facts, Pursuit};
pub use tools::ToolGuess;
pub(crate) use tools::Tools;
