//! How much work one call may cause.

use std::cell::Cell;

/// What one decision may search: a unit is a byte that is searched, or what takes as long as one, which is a nanosecond or less in a
/// release build. Half of the fifty milliseconds a decision may take; measured with the inputs of `fuzz/seeds/intent`.
const DECISION_MAX: usize = 24 << 20;

/// What taking in one output may search, beside reading it: half of the 200 milliseconds a megabyte may take.
const OUTPUT_MAX: usize = 96 << 20;

/// What handing work on may search: everything that was read is read for instructions, once.
const HANDOVER_MAX: usize = 256 << 20;

/// The one count of the work of a decision, an observation or a handover. When it is spent, nothing more is found: a value that was
/// not looked up comes from nowhere, and a sentence that was not read is an instruction.
#[derive(Debug)]
pub(crate) struct Effort {
    left: Cell<usize>,
    is_spent: Cell<bool>,
}

impl Effort {
    pub(crate) fn of_decision() -> Self {
        Self::up_to(DECISION_MAX)
    }

    pub(crate) fn of_output() -> Self {
        Self::up_to(OUTPUT_MAX)
    }

    pub(crate) fn of_handover() -> Self {
        Self::up_to(HANDOVER_MAX)
    }

    fn up_to(units: usize) -> Self {
        Self { left: Cell::new(units), is_spent: Cell::new(false) }
    }

    /// Counts work that is about to be done; whether it may be done.
    pub(crate) fn spend(&self, units: usize) -> bool {
        match self.left.get().checked_sub(units) {
            Some(left) if !self.is_spent.get() => self.left.set(left),
            // What is left is not enough for this; to look for less afterwards would find one value and miss another by chance.
            _ => self.is_spent.set(true),
        }
        !self.is_spent.get()
    }

    /// Whether something was not looked for.
    pub(crate) fn is_spent(&self) -> bool {
        self.is_spent.get()
    }

    /// What may still be searched.
    pub(crate) fn left(&self) -> usize {
        self.left.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_the_last() {
        let effort = Effort::up_to(10);
        assert!(effort.spend(7) && effort.left() == 3);
        assert!(!effort.spend(4) && effort.is_spent());
        assert!(!effort.spend(1));
    }
}
