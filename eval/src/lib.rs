//! How often the library is right: recorded episodes and catalogs of tools, replayed and counted. How long it takes is
//! measured in `benches`.
#![forbid(unsafe_code)]

pub mod ablation;
pub mod corpus;
pub mod golden;
pub mod replay;
