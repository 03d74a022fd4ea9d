//! Decides, before every action of an AI agent, whether it is still within what the person who started the work
//! delegated: Cedar policies over origin × agent × target system, and over the delegation chain between them.
//!
//! Start with [`Engine::builder`] and [`Engine::begin`]; a [`Task`] decides calls, [`Task::delegate`]s work and
//! takes [`Task::approve`]d calls. Gateways use [`Engine::decide`]. Loading can fail with an [`Error`]; deciding
//! cannot: a [`Decision`] is always produced, and what cannot be shown to be allowed is denied.
//!
//! The crate is pure: no clock, no file, no socket, no randomness, no global. The host hands in a [`World`].
#![forbid(unsafe_code)]

mod action;
mod approval;
mod audit;
mod authzen;
mod canonical;
mod catalog;
mod chain;
mod contract;
mod decimal;
mod decision;
mod digest;
#[doc(hidden)]
pub mod doc;
mod engine;
mod error;
mod identity;
mod intent;
mod json;
mod keys;
#[doc(hidden)]
pub mod measure;
mod policy;
mod reason;
mod registry;
mod request;
mod resolve;
mod shape;
mod start;
mod task;
mod time;
mod world;

pub use action::{Call, ToolEffect};
pub use approval::{APPROVAL_MILLIS_MAX, Approval, ApprovalRequest, ApprovalUse};
pub use audit::{Damage, Head, Log};
pub use authzen::{AuthZen, AuthZenAnswer};
pub use catalog::{ARGUMENTS_BYTES_MAX, Catalog, OutputTrust, Role, Server, Tier, Tool, Trust};
pub use chain::codec::{Evidence, ExportFormat, Exported};
pub use chain::constraint::{Constraint, Range};
pub use chain::grant::{Actions, AnyWord, Approver, Approvers, Budget, Capability, EntityRef, Grant, ResourceSet, ResourceSets};
pub use chain::ledger::{Debit, Ledger};
pub use chain::pattern::{Cidr, EmailDomain, Glob, Prefix, Subpath, UrlPattern};
pub use chain::possession::{Proof, ProofUse};
pub use chain::presenter::Presenter;
pub use chain::revocation::{CutOff, EndedMission, Revocations, RevokedLink};
pub use chain::trust::TrustStore;
pub use chain::verify::LINKS_MAX;
pub use chain::{Chain, Link, Mission, Presented, ProofLevel, Redelegation};
pub use contract::{Contract, ContractIssuer, IntentClaim, IntentGrant, Mode, Span};
pub use decimal::Decimal;
pub use decision::{CallRecord, ChainRecord, Decision, Effect, GateRecord, Permissions, Shadow};
pub use digest::{Digest, Seal, SealKey};
pub use engine::{Builder, Engine};
pub use error::{Error, ErrorKind, Location};
pub use identity::{Agent, Name, Origin, OriginKind, PrincipalId};
pub use intent::{ArgumentOrigin, Groundings, IntentRecord, IntentVerdict, Language, Level, Scope, ToolGuess};
pub use json::{DEPTH_MAX, Object, TEXT_BYTES_MAX, Value, read as read_json};
pub use keys::{Algorithm, Key, Signer, SigningKey};
pub use policy::oracle::{Answer, Comparison, Oracle, Question};
pub use policy::{Baseline, Policies, Report, Resources, Source, Warning};
pub use reason::{Code, Gate, Reason};
pub use registry::{Blueprint, Finding, Hold, HoldEffect, Record, Registry, State};
pub use request::{REQUEST_BYTES_MAX, Request};
pub use start::{Handover, Start, Terms};
pub use task::{Delegated, Task};
pub use time::Timestamp;
pub use world::World;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
