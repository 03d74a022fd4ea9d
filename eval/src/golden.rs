//! What was decided on every call of a corpus, as text that can be kept and compared: a net under changes that must not
//! change a verdict.

use std::collections::BTreeMap;

use bailiwick::{Baseline, Decision, Language};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::corpus::{Problem, Suite};
use crate::replay;

/// Suite → episode → one line a call: tool, effect, reason code, verdict, scope, and the level of every role.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[expect(clippy::exhaustive_structs, reason = "a file of this shape is all there is to it")]
pub struct Golden(pub BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Golden {
    /// What is decided on these suites today, under the pack `balanced`.
    ///
    /// # Errors
    /// Tools that form no engine.
    pub fn of(suites: &[Suite]) -> Result<Self, Problem> {
        let mut golden = Self::default();
        for suite in suites {
            let engine = replay::engine(suite, &Language::english(), Baseline::Balanced, true)?;
            let episodes = golden.0.entry(suite.name.clone()).or_default();
            for episode in &suite.episodes {
                let decisions = replay::decisions(&engine, suite, episode)?;
                // Wordings of one attack share the name of their episode.
                let known = episodes.keys().filter(|name| name.split('~').next() == Some(&episode.id)).count();
                let name = if known == 0 { episode.id.clone() } else { format!("{}~{known}", episode.id) };
                episodes.insert(name, decisions.iter().map(line).collect());
            }
        }
        Ok(golden)
    }

    /// The same with a digest in place of each line: for episodes that nobody may read.
    #[must_use]
    pub fn digests(self) -> Self {
        let digest = |line: &String| Sha256::digest(line).iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let digests = |calls: Vec<String>| calls.iter().map(digest).collect();
        let of_suite = |episodes: BTreeMap<String, Vec<String>>| episodes.into_iter().map(|(name, calls)| (name, digests(calls))).collect();
        Self(self.0.into_iter().map(|(name, episodes)| (name, of_suite(episodes))).collect())
    }

    /// Every call on which `self`, the kept file, and `today` differ, as `suite episode call: before | after`.
    #[must_use]
    pub fn differences(&self, today: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        for (suite, episodes) in &today.0 {
            let Some(kept) = self.0.get(suite) else {
                differences.push(format!("{suite}: not in the file"));
                continue;
            };
            for (episode, calls) in episodes {
                let before = kept.get(episode).map_or(&[][..], Vec::as_slice);
                if before.len() != calls.len() {
                    differences.push(format!("{suite} {episode}: {} calls in the file, {} today", before.len(), calls.len()));
                }
                let changed = before.iter().zip(calls).enumerate().filter(|(_, (before, after))| before != after);
                differences.extend(changed.map(|(call, (before, after))| format!("{suite} {episode} {call}: {before} | {after}")));
            }
        }
        differences
    }
}

fn line(decision: &Decision) -> String {
    let (tool, effect, code) = (&decision.call.tool, decision.effect.as_str(), decision.reason.code.as_str());
    let Some(intent) = &decision.intent else { return format!("{tool} {effect} {code}") };
    let verdict = serde_json::to_string(&(intent.verdict, intent.scope)).unwrap_or_default();
    let levels = &intent.grounding;
    format!(
        "{tool} {effect} {code} {} destination={} resource={} amount={} credential={} content={} directive={} drifted={}",
        verdict.replace(['[', ']', '"'], "").replace(',', " "),
        levels.destination as u8,
        levels.resource as u8,
        levels.amount as u8,
        levels.credential as u8,
        levels.content as u8,
        u8::from(intent.directive),
        u8::from(intent.drifted)
    )
}
