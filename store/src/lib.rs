//! The I/O beside the pure core: reads a policy directory, asks the clock and the operating system's random
//! source, holds the snapshots in force and the log of this process.
//!
//! [`Host`] is what an embedding usually wants, and what the Python and Node bindings are made of.
#![forbid(unsafe_code)]

mod dir;
#[doc(hidden)]
pub mod doc;
mod host;
mod mistakes;
mod task;
mod tools;

pub use dir::Files;
pub use host::{Host, Parts, now};
pub use task::HostTask;
