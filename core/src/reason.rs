//! Every reason a decision can have: one table, the same codes in every language and in the audit log.

use crate::text::shortened;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $meaning:literal;)*) => {
        /// A stable code for why a decision is what it is. A code never changes its meaning; new ones may come.
        ///
        /// ```
        /// use bailiwick::Code;
        /// assert_eq!(Code::ChainExpired.as_str(), "chain.expired");
        /// assert!(Code::all().iter().any(|code| code.as_str() == "policy.error"));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $meaning] $name,)* }

        impl Code {
            /// The code as it is written in every language and in the log.
            ///
            /// ```
            /// assert_eq!(bailiwick::Code::Permitted.as_str(), "permitted");
            /// ```
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What the code means, in one sentence for an operator.
            ///
            /// ```
            /// assert!(bailiwick::Code::PolicyError.meaning().contains("could not be evaluated"));
            /// ```
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// The whole table.
            ///
            /// ```
            /// assert!(bailiwick::Code::all().len() > 40);
            /// ```
            #[must_use]
            pub fn all() -> &'static [Self] {
                &[$(Self::$name,)*]
            }
        }
    };
}

codes! {
    Permitted = "permitted", "every gate, grant and hold lets the call pass";

    RequestMalformed = "request.malformed", "the request is not of the documented shape";
    RequestTooLarge = "request.too_large", "the request is larger than the engine's limits";
    RequestHostFacts = "request.host_facts", "the facts the host added do not fit the schema's `HostContext`";

    ChainTooLarge = "chain.too_large", "the chain has more links, groups, capabilities, listed values or longer purposes than the engine's limits";
    ChainEmpty = "chain.empty", "the chain has no link, so no agent was authorized";
    ChainSeal = "chain.seal", "the chain's seal was not made by this process, or the chain was changed after";
    ChainUnproven = "chain.unproven", "the chain is only claimed, and the engine does not accept claimed chains";
    ChainDuplicate = "chain.duplicate", "two links have the same id";
    ChainAlignment = "chain.alignment", "a link's delegator is not the one the link before delegated to";
    ChainCycle = "chain.cycle", "an agent appears twice in the chain";
    ChainDepth = "chain.depth", "the chain is deeper than a link allows";
    ChainDepthRaised = "chain.depth_raised", "a link allows more depth than the link before it";
    ChainIssuedOrder = "chain.issued_order", "a link was issued before the link it builds on, or in the future";
    ChainNotYetValid = "chain.not_yet_valid", "a link's time has not come";
    ChainExpired = "chain.expired", "a link's time has passed";
    ChainOutlivesParent = "chain.outlives_parent", "a link lasts longer than the link before it";
    ChainLifetime = "chain.lifetime", "a link lasts longer than the engine's limits, or ends before it begins";
    ChainWidened = "chain.widened", "a link grants more than the link before it";
    ChainEvidence = "chain.evidence", "the chain is not what its evidence says";
    ChainOriginUnqualified = "chain.origin_unqualified", "the origin is named without its issuer";
    ChainOriginMismatch = "chain.origin_mismatch", "a link was made for another origin";
    ChainIdMismatch = "chain.id_mismatch", "a link was made for another chain";
    ChainRootMissing = "chain.root_missing", "the first link is not the beginning of a chain";
    ChainRootUntrusted = "chain.root_untrusted", "the first link is signed by nobody who may begin a chain";
    ChainRootPowerline = "chain.root_powerline", "the first link is for anybody";
    ChainProof = "chain.proof", "a link is not signed by the delegate of the link before it";
    ChainParentHash = "chain.parent_hash", "a link was made under another parent";
    ChainHashAlgorithm = "chain.hash_alg", "a hash is not SHA-256, or hashes of several kinds are mixed";
    ChainDepthOrder = "chain.depth_order", "a link does not stand where it says";
    ChainTruncated = "chain.truncated", "actors of the token it was exchanged for are missing";
    ChainSession = "chain.session", "the chain is presented in another session than the origin's";
    ChainPresenter = "chain.presenter", "the chain is presented by another than its holder";
    ChainTargetWidened = "chain.target_widened", "a link is for more systems than the link before it";
    ChainPurposeWidened = "chain.purpose_widened", "a link is for another purpose than the link before it";
    ChainIntentWidened = "chain.intent_widened", "a link is for more than what the one before it was for";
    ChainMission = "chain.mission", "a link is for another mission than the link before it";
    ChainRedelegation = "chain.redelegation", "a link before does not let work be handed on to this agent";
    ChainReauthorization = "chain.reauthorization", "a re-authorization is not signed by the origin's side, for this chain and link, or has expired";
    ChainReauthorizationOrigin = "chain.reauthorization_origin", "a re-authorization was given by another than the origin";
    ChainReauthorizationMethod = "chain.reauthorization_method", "a re-authorization was made by a method its issuer may not use";
    ChainConstraint = "chain.constraint", "a grant has a constraint the engine does not know";
    ChainDetails = "chain.details", "a token's `authorization_details` have a type or member the engine does not know";

    TokenTooLarge = "token.too_large", "a token is larger than the engine's limits";
    TokenFormat = "token.format", "a token is not a compact JWS";
    TokenBase64 = "token.base64", "a segment of a token is not strict base64url";
    TokenJson = "token.json", "a token's header or claims are not strict JSON";
    TokenAlgorithm = "token.algorithm", "a token's algorithm is not the one its key is for, or its issuer may not use it";
    TokenType = "token.type", "a token is of another type than its place needs";
    TokenCritical = "token.critical", "a token's header has critical extensions";
    TokenHeaderKey = "token.header_key", "a token's header carries or points to a key";
    TokenKeyUnknown = "token.key_unknown", "the issuer has no such key";
    TokenKeyUse = "token.key_use", "the issuer's key is for another use";
    TokenSignature = "token.signature", "a token's signature does not hold";
    TokenIssuerUntrusted = "token.issuer_untrusted", "the issuer is not trusted for that";
    TokenAudience = "token.audience", "a token is meant for somebody else";
    TokenActor = "token.actor", "the issuer may not speak for an agent it names";
    TokenNotAgent = "token.not_agent", "the token's client is not marked as an agent";
    TokenClaimMissing = "token.claim_missing", "a claim that is needed is missing";
    TokenClaimType = "token.claim_type", "a claim has a value of the wrong type";
    TokenClaimUnknown = "token.claim_unknown", "a link has a claim the engine does not know";
    TokenClaimInvalid = "token.claim_invalid", "a claim has a value that cannot be";
    TokenSvid = "token.svid", "a token is not what a JWT-SVID must be";
    TokenTrustDomain = "token.trust_domain", "no issuer is trusted for the workload's trust domain";
    TokenConfirmation = "token.confirmation", "the key a token confirms is private, unusable or not there";

    RevocationStale = "revocation.stale", "there is no revocation snapshot, or it is too old to rely on";
    RevocationLink = "revocation.link", "a link, or one it builds on, was revoked";
    RevocationKey = "revocation.key", "a key of the chain was revoked";
    RevocationSubject = "revocation.subject", "a link is older than the cut-off of its origin or of an agent";
    RevocationMission = "revocation.mission", "the mission was revoked or has ended";

    ProofMissing = "proof.missing", "the token counts only with proof of the holder's key, and none came with the call";
    ProofKey = "proof.key", "the proof of possession is not made with the holder's key";
    ProofArguments = "proof.arguments", "the proof of possession is for another call";
    ProofAudience = "proof.audience", "the proof of possession is meant for somebody else";
    ProofBinding = "proof.binding", "the proof of possession does not name the tokens it came with";
    ProofStale = "proof.stale", "the proof of possession is too old, or from the future";
    ProofReplay = "proof.replay", "the proof of possession was used before";
    ProofLedger = "proof.ledger", "a call with side effects came with a proof of possession, and the host gave no ledger to check it against";

    RegistryUnknown = "registry.unknown", "an agent is not in the registry; it was recorded as discovered";
    RegistryNotActive = "registry.not_active", "an agent is discovered or pending, but not yet active";
    RegistryRejected = "registry.rejected", "an agent was rejected";
    RegistryRetired = "registry.retired", "an agent is retired";
    RegistryUnowned = "registry.unowned", "an agent has no accountable owner";
    RegistryCutoff = "registry.cutoff", "a link is older than the agent's cut-off";
    RegistryKey = "registry.key", "a link names a key for an agent that the registry does not know as the agent's";
    RegistryHeld = "registry.held", "a hold on an agent or its blueprint denies";
    RegistryReadOnly = "registry.read_only", "a hold allows an agent only to read";
    RegistryAsk = "registry.ask", "a hold on an agent asks for approval";

    CallMalformed = "call.malformed", "the arguments are not JSON values";
    CallTooLarge = "call.too_large", "the arguments are larger than the engine's limits";
    CallToolUnknown = "call.tool_unknown", "the catalog has no such tool";
    CallToolUnusable = "call.tool_unusable", "the tool's entry in the catalog or its schema cannot be read, so no call of it can be decided";
    CallArgumentMissing = "call.argument_missing", "an argument the tool requires is missing";
    CallArgumentUnknown = "call.argument_unknown", "the tool has no such argument";
    CallArgumentInvalid = "call.argument_invalid", "an argument does not fit the tool's schema";
    CallArgumentInexact = "call.argument_inexact", "an argument that a policy reads holds a number with more than four decimal places, or beyond what Cedar holds";

    GrantAction = "grant.action", "a link's grant does not cover the action";
    GrantResource = "grant.resource", "a link's grant does not cover the resource";
    GrantArgument = "grant.argument", "a link's grant does not cover the arguments";
    GrantExpired = "grant.expired", "the part of a link's grant that would cover the call has expired";
    GrantAsk = "grant.ask", "a link's grant asks for approval";
    GrantTarget = "grant.target", "a link is not for the tool's system";
    GrantBudget = "grant.budget", "a link's budget is used up";
    GrantLedger = "grant.ledger", "a link has a budget and the host gave no ledger to check it against";

    PolicyError = "policy.error", "a policy could not be evaluated";
    PolicyForbidden = "policy.forbidden", "a policy forbids it";
    PolicyNoPermit = "policy.no_permit", "no policy permits it";
    PolicyOwnAuthority = "policy.own_authority", "a link claims authority of its own and no policy with `@own_authority` permits that";
    PolicyAsk = "policy.ask", "a policy asks for approval";

    ApprovalInvalid = "approval.invalid", "the approval or its request was not made by this process, or was changed after";
    ApprovalMismatch = "approval.mismatch", "the approval is for another call";
    ApprovalExpired = "approval.expired", "the approval's time has passed";
    ApprovalUsed = "approval.used", "the approval was used before";
    ApprovalRole = "approval.role", "the approver does not hold a role that was asked for";

    EngineOracle = "engine.oracle", "the compiled policies and Cedar disagree";
    EngineInternal = "engine.internal", "the engine failed; nothing was shown to be allowed";
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::all()
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| serde::de::Error::custom(format_args!("unknown reason code `{text}`")))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which of Cedar's questions was answered with no.
///
/// ```
/// assert_eq!(bailiwick::doc::denied().reason.gate, Some(bailiwick::Gate::Origin));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there are exactly three kinds of participant in a link")]
pub enum Gate {
    /// May the one who started the work do this?
    Origin,
    /// May this agent do this?
    Agent,
    /// May this delegator hand work to this delegate?
    Delegate,
}

/// Why a decision is what it is.
///
/// ```
/// let reason = bailiwick::doc::denied().reason;
/// assert_eq!(reason.to_string(), "policy.no_permit: no policy permits it, at hop 0");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reason {
    /// The stable code.
    pub code: Code,
    /// The link it was found at: 0 is the link from the origin to the first agent. `None` when it is not about a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop: Option<usize>,
    /// The gate, when policies decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// Ids of the policies that decided, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// One sentence for the operator; never for the model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Reason {
    pub(crate) fn new(code: Code) -> Self {
        Self { code, hop: None, gate: None, policies: Vec::new(), detail: String::new() }
    }

    pub(crate) fn at(mut self, hop: usize) -> Self {
        self.hop = Some(hop);
        self
    }

    pub(crate) fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = shortened(detail.into());
        self
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.code.meaning())?;
        if let Some(hop) = self.hop {
            write!(f, ", at hop {hop}")?;
        }
        if !self.policies.is_empty() {
            write!(f, " [{}]", self.policies.join(", "))?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl From<Reason> for crate::Error {
    fn from(reason: Reason) -> Self {
        Self::new(crate::ErrorKind::Refused, reason.to_string()).with_code(reason.code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::is_unseen;

    #[test]
    fn what_nobody_sees_is_written_out() {
        let detail = |text: &str| Reason::new(Code::TokenType).because(text).to_string();
        for (text, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("\u{202e}evil", "\\u{202e}evil"),
            ("ad\u{200b}min\u{feff}", "ad\\u{200b}min\\u{feff}"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("x\u{e0041}", "x\\u{e0041}"),
        ] {
            assert!(detail(text).ends_with(shown), "{}", detail(text));
            let error = crate::Error::new(crate::ErrorKind::Usage, text).to_string();
            assert!(!error.chars().any(|character| is_unseen(character) && !matches!(character, '\n' | '\t')), "{error}");
        }
        // What people write stays as it is.
        for text in ["Zo\u{eb} Müller", "e\u{301}te", "हिन्दी", "日本語", "a \\ b"] {
            assert!(detail(text).ends_with(text), "{}", detail(text));
        }
    }

    #[test]
    fn codes_are_unique_and_read_back() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::all() {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            let text = serde_json::to_string(code).expect("a string");
            assert_eq!(serde_json::from_str::<Code>(&text).expect("itself"), *code);
        }
        assert!(serde_json::from_str::<Code>("\"allow\"").is_err());
    }
}
