//! Frees the memory of tasks that no program can reach any more, without waiting for the event loop.
//!
//! Node runs the finalizers of collected objects from the event loop. A loop that makes tasks and never returns to it
//! would keep the memory of every one of them. A weak reference, however, is cleared by the garbage collection itself:
//! whenever as many tasks were made as were left the last time, those whose object is gone are emptied.

use std::cell::RefCell;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bailiwick_store::HostTask;
use napi::{Env, sys};

/// How many tasks are made before the first look.
const FIRST_LOOK: usize = 256;

/// A task, until its object is collected.
pub(crate) type Slot = Mutex<Option<Arc<HostTask>>>;

/// A task's object, as a weak reference, and what it holds.
struct Watched {
    object: sys::napi_ref,
    slot: Weak<Slot>,
}

struct Table {
    watched: Vec<Watched>,
    next_look: usize,
}

thread_local! {
    // One for each environment: every worker thread has its own, and ends with it.
    static TABLE: RefCell<Table> = const { RefCell::new(Table { watched: Vec::new(), next_look: FIRST_LOOK }) };
}

/// Empties `slot` once `object`, which holds it, is collected.
pub(crate) fn watch(env: Env, object: sys::napi_value, slot: &Arc<Slot>) {
    let mut reference = ptr::null_mut();
    // SAFETY: `env` and `object` are those of the call in progress. A count of 0 makes the reference weak.
    #[expect(unsafe_code, reason = "napi-rs has no weak references")]
    let made = unsafe { sys::napi_create_reference(env.raw(), object, 0, &raw mut reference) };
    if made != sys::Status::napi_ok {
        return; // then the finalizer frees it, later
    }
    TABLE.with_borrow_mut(|table| {
        table.watched.push(Watched { object: reference, slot: Arc::downgrade(slot) });
        if table.watched.len() >= table.next_look {
            look(env, &mut table.watched);
            table.next_look = FIRST_LOOK.max(2 * table.watched.len());
        }
    });
}

/// Empties the slots whose objects are gone.
fn look(env: Env, watched: &mut Vec<Watched>) {
    let mut scope = ptr::null_mut();
    // SAFETY: `env` is that of the call in progress; the scope is closed below, in the same call.
    #[expect(unsafe_code, reason = "napi-rs has no weak references")]
    let opened = unsafe { sys::napi_open_handle_scope(env.raw(), &raw mut scope) };
    if opened != sys::Status::napi_ok {
        return;
    }
    watched.retain(|one| {
        let mut object = ptr::null_mut();
        // SAFETY: the reference was made in this environment, and is deleted once, where it leaves the table.
        #[expect(unsafe_code, reason = "napi-rs has no weak references")]
        let told = unsafe { sys::napi_get_reference_value(env.raw(), one.object, &raw mut object) };
        if told != sys::Status::napi_ok || !object.is_null() {
            return true;
        }
        if let Some(slot) = one.slot.upgrade() {
            drop(slot.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
        // SAFETY: as above.
        #[expect(unsafe_code, reason = "napi-rs has no weak references")]
        unsafe {
            sys::napi_delete_reference(env.raw(), one.object);
        }
        false
    });
    // SAFETY: opened above.
    #[expect(unsafe_code, reason = "napi-rs has no weak references")]
    unsafe {
        sys::napi_close_handle_scope(env.raw(), scope);
    }
}
