//! What became of the policies.

use serde::Serialize;

use super::Policies;

/// How the policies in force are evaluated: what an operator looks at before and after a change.
///
/// ```
/// let report = bailiwick::doc::engine().report();
/// assert_eq!((report.policies, report.compiled, report.fallen_back.len()), (1, 1, 0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How many policies there are.
    pub policies: usize,
    /// How many were compiled.
    pub compiled: usize,
    /// The ids of those that Cedar evaluates one by one; sorted. They cost what Cedar costs.
    pub fallen_back: Vec<String>,
    /// The ids of those whose scope names neither principal, action nor resource; sorted. Every call must look at them.
    pub unscoped: Vec<String>,
    /// How many different expressions all conditions come to.
    pub expressions: usize,
}

impl Policies {
    /// How they are evaluated.
    ///
    /// ```
    /// assert!(bailiwick::doc::engine().policies().report().unscoped.is_empty());
    /// ```
    #[must_use]
    pub fn report(&self) -> Report {
        let ids = |rules: Vec<u32>| rules.into_iter().map(|rule| self.rules.id(rule).to_owned()).collect::<Vec<_>>();
        let fallen_back = ids(self.rules.fallen_back().collect());
        Report {
            policies: self.len(),
            compiled: self.len() - fallen_back.len(),
            fallen_back,
            unscoped: ids(self.rules.unscoped()),
            expressions: self.rules.code.len(),
        }
    }
}
