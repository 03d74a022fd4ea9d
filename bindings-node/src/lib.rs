//! The native half of the npm package: converts, calls, converts back. Names, documentation and errors that users
//! see are in `lib/` and `index.d.ts`; nothing here or there knows what a policy, chain or reason means.

mod convert;
mod decision;
mod engine;
mod key;
mod log;
mod raise;
mod reclaim;
mod task;
