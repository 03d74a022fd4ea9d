//! Our evaluator and Cedar, asked the same.

use std::fmt;

use bailiwick::{Oracle, Question};

use super::dice::Dice;
use super::{World, world};

/// What came of comparing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Worlds.
    pub worlds: usize,
    /// Of these, worlds whose texts Cedar does not read.
    pub refused: usize,
    /// Policies our evaluator ran.
    pub compiled: usize,
    /// Policies it left to Cedar.
    pub fallen_back: usize,
    /// Questions both answered.
    pub comparisons: usize,
    /// Questions Cedar does not take.
    pub refused_questions: usize,
    /// Of the comparisons, those Cedar allowed.
    pub allowed: usize,
    /// Of the comparisons, those in which Cedar could not evaluate some policy.
    pub with_errors: usize,
}

/// Makes the world in these bytes and asks all its questions of both. Texts that Cedar refuses are counted, no more.
///
/// # Errors
/// Says where they differ: the world, the question and both answers.
pub fn compare(data: &[u8], tally: &mut Tally) -> Result<(), String> {
    let world = world(&mut Dice::new(data));
    tally.worlds += 1;
    let Ok(oracle) = Oracle::new(&world.policies, &world.entities, world.schema.as_ref()) else {
        tally.refused += 1;
        return Ok(());
    };
    tally.compiled += oracle.compiled();
    tally.fallen_back += oracle.fallen_back();
    for question in &world.questions {
        let Ok(comparison) = oracle.ask(question) else {
            tally.refused_questions += 1;
            continue;
        };
        tally.comparisons += 1;
        tally.allowed += usize::from(comparison.cedar.allowed);
        tally.with_errors += usize::from(!comparison.cedar.errors.is_empty());
        if !comparison.agrees() {
            return Err(difference(&world, question, &comparison));
        }
    }
    Ok(())
}

fn difference(world: &World, question: &Question, comparison: &bailiwick::Comparison) -> String {
    format!("{world}\n{question:#?}\nours:  {:?}\nCedar: {:?}", comparison.ours, comparison.cedar)
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "a percentage for people")]
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        write!(
            f,
            "{} comparisons, {:.1} % allowed, {:.1} % with errors; {} worlds, {} refused, {} questions refused; {} policies compiled, {} left to Cedar",
            self.comparisons,
            percent(self.allowed, self.comparisons),
            percent(self.with_errors, self.comparisons),
            self.worlds,
            self.refused,
            self.refused_questions,
            self.compiled,
            self.fallen_back,
        )
    }
}
