//! Who plays the parts when a recorded run is replayed as user → assistant → specialist.

use bailiwick::{Agent, Error, Grant, Origin, OriginKind, PrincipalId, read_json};
use clap::Args;
use serde::Deserialize;

/// The parts, as options of the command line.
#[derive(Args, Clone)]
pub(crate) struct Roles {
    /// The person every run was started by
    #[arg(long, value_name = "ISSUER|SUBJECT", value_parser = principal, default_value = "https://idp.example|emma")]
    pub user: PrincipalId,
    /// A group that person is in; may be repeated
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<String>,
    /// The agent the person talks to
    #[arg(long, value_name = "ISSUER|SUBJECT", value_parser = principal, default_value = "https://agents.example|assistant")]
    pub assistant: PrincipalId,
    /// The agent the assistant delegates to, which makes the recorded calls
    #[arg(long, value_name = "ISSUER|SUBJECT", value_parser = principal, default_value = "https://agents.example|specialist")]
    pub specialist: PrincipalId,
}

/// The parts, and what is passed on from one to the next.
pub(crate) struct Cast {
    pub user: Origin,
    pub assistant: Agent,
    pub specialist: Agent,
    pub grants: Grants,
}

/// `grants.json` beside the policies: what the user grants the assistant, and the assistant the specialist. Whatever
/// it leaves out is granted in full, bounded by the policies alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grants {
    #[serde(default = "Grant::everything")]
    pub assistant: Grant,
    #[serde(default = "Grant::everything")]
    pub specialist: Grant,
}

impl Grants {
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        read_json(text)
    }
}

impl Default for Grants {
    fn default() -> Self {
        Self { assistant: Grant::everything(), specialist: Grant::everything() }
    }
}

impl Roles {
    pub(crate) fn with(&self, grants: Grants) -> Result<Cast, String> {
        let user = Origin::new(OriginKind::User, self.user.clone()).with_groups(self.groups.iter().map(String::as_str))?;
        Ok(Cast { user, assistant: self.assistant.clone().into(), specialist: self.specialist.clone().into(), grants })
    }
}

impl Default for Roles {
    /// The defaults of the options above; a test holds the two together.
    fn default() -> Self {
        let named = |text| principal(text).unwrap_or_else(|_| unreachable!("a constant"));
        Self {
            user: named("https://idp.example|emma"),
            groups: Vec::new(),
            assistant: named("https://agents.example|assistant"),
            specialist: named("https://agents.example|specialist"),
        }
    }
}

/// Reads what `PrincipalId` prints: `issuer|subject` or `issuer|tenant|subject`, with `%7C` and `%25` for `|` and `%`.
fn principal(text: &str) -> Result<PrincipalId, String> {
    let parts: Vec<_> = text.split('|').map(|part| part.replace("%7C", "|").replace("%25", "%")).collect();
    match parts.as_slice() {
        [issuer, subject] => PrincipalId::new(issuer, subject),
        [issuer, tenant, subject] => PrincipalId::new(issuer, subject)?.in_tenant(tenant),
        _ => Err("expected `issuer|subject`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_demo_has_the_cast_a_replay_has_by_default() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            roles: Roles,
        }
        let Line { roles } = clap::Parser::try_parse_from(["replay"]).ok().unwrap();
        let (one, other) = (roles.with(Grants::default()).unwrap(), Roles::default().with(Grants::default()).unwrap());
        assert_eq!((one.user, one.assistant, one.specialist), (other.user, other.assistant, other.specialist));
    }

    #[test]
    fn principals_read_as_they_print() {
        for text in ["https://idp.example|alice", "https://idp.example|acme|alice", "a%7Cb|100%25", "a|%257C"] {
            assert_eq!(principal(text).unwrap().to_string(), text);
        }
        for text in ["alice", "a|b|c|d", "|alice", "https://idp.example|"] {
            assert!(principal(text).is_err(), "{text}");
        }
    }
}
