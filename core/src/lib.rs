//! Decides, before every action of an AI agent, whether it is still within what the person who started the work
//! delegated: Cedar policies over origin × agent × target system, and over the delegation chain between them.
//!
//! Start with [`Engine::builder`] and [`Engine::begin`]; a [`Task`] decides calls, [`Task::delegate`]s work and
//! takes [`Task::approve`]d calls. Gateways use [`Engine::decide`]. Loading can fail with an [`Error`]; deciding
//! cannot: a [`Decision`] is always produced, and what cannot be shown to be allowed is denied.
//!
//! The crate is pure: no clock, no file, no socket, no randomness, no global. The host hands in a [`World`].
#![forbid(unsafe_code)]

mod audit;
mod catalog;
mod chain;
mod decimal;
mod decision;
mod digest;
#[doc(hidden)]
pub mod doc;
mod engine;
mod error;
mod grant;
mod identity;
mod intent;
mod json;
mod keys;
mod language;
#[doc(hidden)]
pub mod measure;
mod policy;
mod reason;
mod registry;
mod resolve;
mod shape;
mod text;
mod time;
mod token;

pub use audit::{Damage, Head, Log};
pub use catalog::call::CallRecord;
pub use catalog::call::{Call, ToolEffect};
pub use catalog::presenter::{Presenter, Proof};
pub use catalog::{ARGUMENTS_BYTES_MAX, Catalog, OutputTrust, Role, Server, Tier, Tool, Trust};
pub use chain::evidence::Evidence;
pub use chain::record::ChainRecord;
pub use chain::revocation::{CutOff, EndedMission, Revocations, RevokedLink};
pub use chain::trust::TrustStore;
pub use chain::verify::LINKS_MAX;
pub use chain::{Chain, Link, Mission, Presented, ProofLevel, Redelegation};
pub use decimal::Decimal;
pub use decision::approval::{APPROVAL_MILLIS_MAX, Approval, ApprovalRequest, ApprovalUse};
pub use decision::ledger::{Debit, Ledger};
pub use decision::{Decision, Permissions};
pub use digest::{Digest, Seal, SealKey};
pub use engine::authzen::{AuthZen, AuthZenAnswer};
pub use engine::request::{REQUEST_BYTES_MAX, Request};
pub use engine::start::{Handover, Start, Terms};
pub use engine::task::{Delegated, Task};
pub use engine::world::World;
pub use engine::{Builder, Engine};
pub use error::{Error, ErrorKind, Location};
pub use grant::constraint::{Constraint, Range};
pub use grant::contract::{Contract, ContractIssuer, IntentClaim, IntentGrant, Mode, Span};
pub use grant::level::Level;
pub use grant::pattern::{Cidr, EmailDomain, Glob, Prefix, Subpath, UrlPattern};
pub use grant::{Actions, AnyWord, Approver, Approvers, Budget, Capability, EntityRef, Grant, ResourceSet, ResourceSets};
pub use identity::{Agent, Name, Origin, OriginKind, PrincipalId};
pub use intent::{ArgumentOrigin, Groundings, IntentRecord, IntentVerdict, Language, Scope, ToolGuess};
pub use json::{DEPTH_MAX, Object, TEXT_BYTES_MAX, Value, read as read_json};
pub use keys::{Algorithm, Key, Signer, SigningKey};
pub use policy::oracle::{Answer, Comparison, Oracle, Question};
pub use policy::record::Effect;
pub use policy::record::GateRecord;
pub use policy::record::Shadow;
pub use policy::{Baseline, Policies, Report, Resources, Source, Warning};
pub use reason::{Code, Gate, Reason};
pub use registry::{Blueprint, Finding, Hold, HoldEffect, Record, Registry, State};
pub use time::Timestamp;
pub use token::possession::ProofUse;
pub use token::{ExportFormat, Exported};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
