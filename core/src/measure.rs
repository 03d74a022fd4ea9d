//! For the benchmarks: the policy stage by itself, with everything before it done.

use std::collections::BTreeSet;

use crate::catalog::call::Call;
use crate::engine::task::Task;
use crate::engine::world::World;
use crate::json::Object;
use crate::policy::record::Effect;
use crate::policy::{Asking, Case};

/// Hands `run` a function that asks every gate about the call and tells whether all permit. `None` when the call does not
/// come as far as the policies.
pub fn policy_stage<T>(task: &Task, call: &Call, world: &World<'_>, run: impl FnOnce(&dyn Fn() -> bool) -> T) -> Option<T> {
    let (chain, engine) = (task.current(world).ok()?, task.engine());
    let (policies, call) = (engine.in_force(), engine.catalog().check(call).ok()?);
    let participants = task.prepared(&chain, crate::chain::facts::Held::No, &policies, world)?;
    let (host, approved) = (Object::new(), BTreeSet::new());
    let case = Case {
        call: &call,
        participants: &participants,
        resources: engine.world_resources(world),
        intent: None,
        host: &host,
        approved: &approved,
        holds: &[],
        now: world.now,
        asking: Asking { all_reasons: engine.settings().all_reasons, is_sampled: false },
    };
    Some(run(&|| policies.permit(&case).effect == Effect::Allow))
}
