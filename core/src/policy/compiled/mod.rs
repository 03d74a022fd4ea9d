//! Cedar, compiled: values, entities and conditions as numbers and slices, evaluated without allocating.
//!
//! Cedar stays the definition of what a policy means: it parses and validates every policy, and [`crate::Oracle`]
//! compares each answer of this module with its own.

pub(crate) mod code;
pub(crate) mod compile;
pub(crate) mod entities;
pub(crate) mod extension;
pub(crate) mod interpret;
pub(crate) mod pattern;
pub(crate) mod scope;
pub(crate) mod value;
