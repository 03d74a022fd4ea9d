//! How an issuer writes its tokens: which `typ` they have, and which claims say what. Declared in the trust document, by
//! the name of an issuer we know (`profiles.json`) or member by member, and never guessed from a token.
//!
//! A profile says where to read. Algorithm, issuer, key, audience and times are checked whatever it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use crate::json::{self, Value};
use crate::keys::jws::{Claims, Jws, missing};
use crate::reason::{Code, Reason};

/// What an issuer may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    Native,
    Aat,
    AccessToken,
    IdToken,
    Entra,
    IdJag,
    TxnToken,
    JwtSvid,
    Wit,
    ActorProof,
    ActorReceipt,
    Reauthorization,
    Set,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Aat => "aat",
            Self::AccessToken => "access_token",
            Self::IdToken => "id_token",
            Self::Entra => "entra",
            Self::IdJag => "id_jag",
            Self::TxnToken => "txn_token",
            Self::JwtSvid => "jwt_svid",
            Self::Wit => "wit",
            Self::ActorProof => "actor_proof",
            Self::ActorReceipt => "actor_receipt",
            Self::Reauthorization => "reauthorization",
            Self::Set => "set",
        })
    }
}

/// The issuers we know, as data.
const PRESETS: &str = include_str!("profiles.json");
/// What an issuer follows that declares nothing.
const DEFAULT: &str = "rfc9068";
/// Header members a profile may let pass, unread: names of a certificate, which neither carry a key nor say where one is.
const THUMBPRINTS: [&str; 2] = ["x5t", "x5t#S256"];

/// Where a token without `act` names its agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AgentIn {
    /// Nowhere: without `act` no agent was authorized by name.
    #[default]
    Act,
    /// The client the token was issued to.
    Client,
    /// The subject is the agent itself.
    Subject,
}

impl AgentIn {
    fn as_str(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Client => "client",
            Self::Subject => "subject",
        }
    }
}

/// How the tokens of one kind are written.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    typ: Vec<String>,
    pub client: Vec<String>,
    pub user: String,
    pub scope: String,
    pub groups: String,
    pub id: String,
    pub audience: String,
    pub agent: AgentIn,
    needs: Vec<String>,
    require: BTreeMap<String, BTreeSet<String>>,
    refuse: BTreeSet<String>,
    header: BTreeSet<String>,
    itself: BTreeMap<String, Option<String>>,
    agent_profiles: BTreeSet<String>,
}

/// How an issuer writes its access tokens and its ID tokens.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    access: Rules,
    id: Rules,
}

/// A profile as it is written: what differs from the one it is `like`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "the members of a profile")]
struct Written {
    like: Option<String>,
    id_token: Option<Box<Written>>,
    typ: Option<Vec<String>>,
    client: Option<OneOrMore>,
    user: Option<String>,
    scope: Option<String>,
    groups: Option<String>,
    id: Option<String>,
    audience: Option<String>,
    agent: Option<AgentIn>,
    needs: Option<Vec<String>>,
    require: Option<BTreeMap<String, BTreeSet<String>>>,
    refuse: Option<BTreeSet<String>>,
    header: Option<BTreeSet<String>>,
    itself: Option<BTreeMap<String, Option<String>>>,
    agent_profiles: Option<BTreeSet<String>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "the name of a claim, or a list of them")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Every profile that has a name.
#[derive(Clone, Debug)]
pub(crate) struct Profiles(BTreeMap<String, Profile>);

impl Profiles {
    pub(crate) fn read() -> Result<Self, String> {
        let written: BTreeMap<String, Written> = json::read(PRESETS).map_err(|error| error.to_string())?;
        let named = |(name, written): (String, Written)| Ok((name, written.over(&Profile::plain())?));
        written.into_iter().map(named).collect::<Result<_, String>>().map(Self)
    }

    /// The profile an issuer declared, by name or member by member; without one, that of RFC 9068.
    pub(crate) fn declared(&self, declared: Option<&Value>) -> Result<Profile, String> {
        match declared {
            None => self.named(DEFAULT).cloned(),
            Some(Value::String(name)) => self.named(name).cloned(),
            Some(members) => {
                let written = Written::deserialize(members).map_err(|error| format!("`profile`: {error}"))?;
                let base = self.named(written.like.as_deref().unwrap_or(DEFAULT))?.clone();
                written.over(&base)
            }
        }
    }

    pub(crate) fn default_rules(&self, format: Format) -> Option<&Rules> {
        self.0.get(DEFAULT).map(|profile| profile.rules(format))
    }

    fn named(&self, name: &str) -> Result<&Profile, String> {
        self.0.get(name).ok_or_else(|| {
            let names: Vec<_> = self.0.keys().map(|name| format!("`{name}`")).collect();
            format!("there is no profile `{name}`; there are: {}", names.join(", "))
        })
    }

    /// The profiles such a token could be of, for an operator who has to choose.
    pub(crate) fn fitting(&self, jws: &Jws<'_>, format: Format) -> Vec<&str> {
        let claims = &jws.claims;
        let fits = |rules: &Rules| {
            let is_of_kind = rules.accepts_type(jws) && rules.thumbprint(jws).is_none() && rules.check_kind(claims).is_ok();
            is_of_kind && rules.client(claims).is_ok_and(|client| rules.names_agent(claims, client))
        };
        self.0.iter().filter(|(_, profile)| fits(profile.rules(format))).map(|(name, _)| name.as_str()).collect()
    }
}

impl Profile {
    /// What every profile begins with.
    fn plain() -> Self {
        let rules = Rules {
            typ: Vec::new(),
            client: Vec::new(),
            user: "sub".to_owned(),
            scope: "scope".to_owned(),
            groups: "groups".to_owned(),
            id: "jti".to_owned(),
            audience: "aud".to_owned(),
            agent: AgentIn::Act,
            needs: Vec::new(),
            require: BTreeMap::new(),
            refuse: BTreeSet::new(),
            header: BTreeSet::new(),
            itself: BTreeMap::new(),
            agent_profiles: BTreeSet::new(),
        };
        Self { access: rules.clone(), id: rules }
    }

    pub(crate) fn rules(&self, format: Format) -> &Rules {
        if format == Format::IdToken { &self.id } else { &self.access }
    }

    /// Subjects are agents, whatever the profile says.
    pub(crate) fn of_agents(mut self) -> Self {
        (self.access.agent, self.id.agent) = (AgentIn::Subject, AgentIn::Subject);
        self
    }
}

impl Written {
    fn over(mut self, base: &Profile) -> Result<Profile, String> {
        let id = match self.id_token.take() {
            None => base.id.clone(),
            Some(members) if members.like.is_some() || members.id_token.is_some() => {
                return Err("`id_token` of a profile has neither `like` nor `id_token`".to_owned());
            }
            Some(members) => members.rules(&base.id)?,
        };
        Ok(Profile { access: self.rules(&base.access)?, id })
    }

    fn rules(self, base: &Rules) -> Result<Rules, String> {
        let base = base.clone();
        let rules = Rules {
            typ: self.typ.unwrap_or(base.typ),
            client: self.client.map_or(base.client, |names| match names {
                OneOrMore::One(name) => vec![name],
                OneOrMore::More(names) => names,
            }),
            user: self.user.unwrap_or(base.user),
            scope: self.scope.unwrap_or(base.scope),
            groups: self.groups.unwrap_or(base.groups),
            id: self.id.unwrap_or(base.id),
            audience: self.audience.unwrap_or(base.audience),
            agent: self.agent.unwrap_or(base.agent),
            needs: self.needs.unwrap_or(base.needs),
            require: self.require.unwrap_or(base.require),
            refuse: self.refuse.unwrap_or(base.refuse),
            header: self.header.unwrap_or(base.header),
            itself: self.itself.unwrap_or(base.itself),
            agent_profiles: self.agent_profiles.unwrap_or(base.agent_profiles),
        };
        if rules.typ.is_empty() {
            return Err("a profile needs a `typ`: the types its tokens may have, `\"\"` for none".to_owned());
        }
        if let Some(name) = rules.header.iter().find(|name| !THUMBPRINTS.contains(&name.as_str())) {
            return Err(format!("`header` may name `x5t` and `x5t#S256`, not `{name}`: keys come from the trust document alone"));
        }
        if rules.agent == AgentIn::Client && rules.client.is_empty() {
            return Err("`agent` is `client` and no claim names the client: give `client` one".to_owned());
        }
        let claims = [&rules.user, &rules.scope, &rules.groups, &rules.id, &rules.audience];
        if claims.into_iter().chain(&rules.client).any(String::is_empty) {
            return Err("the name of a claim is empty".to_owned());
        }
        Ok(rules)
    }
}

impl Rules {
    /// The types that are accepted, for a message.
    pub(crate) fn types(&self) -> String {
        let shown: Vec<_> = self.typ.iter().map(|typ| if typ.is_empty() { "none".to_owned() } else { format!("`{typ}`") }).collect();
        shown.join(", ")
    }

    pub(crate) fn accepts_type(&self, jws: &Jws<'_>) -> bool {
        let typ = jws.typ.as_deref().unwrap_or_default();
        let typ = typ.strip_prefix("application/").unwrap_or(typ);
        self.typ.iter().any(|accepted| accepted == typ)
    }

    /// A thumbprint in the header that the profile does not let pass.
    pub(crate) fn thumbprint(&self, jws: &Jws<'_>) -> Option<&'static str> {
        THUMBPRINTS.into_iter().find(|name| jws.header.contains_key(*name) && !self.header.contains(*name))
    }

    /// The token is of the kind its place needs, by the claims that tell the issuer's kinds of tokens apart.
    pub(crate) fn check_kind(&self, claims: &Claims) -> Result<(), Reason> {
        let refused = |why: String| Err(Reason::new(Code::TokenType).because(why));
        for (name, accepted) in &self.require {
            let found = claims.get(name).and_then(Value::as_str);
            if !found.is_some_and(|found| accepted.contains(found)) {
                let found = found.map_or_else(|| "absent".to_owned(), |found| format!("`{found}`"));
                return refused(format!(
                    "the claim `{name}` is {found}; the issuer's profile requires one of {accepted:?} in this format: give the token with the \
                     `format` it is of, or change `require` of the profile"
                ));
            }
        }
        if let Some(name) = self.refuse.iter().find(|name| claims.get(name).is_some()) {
            return refused(format!(
                "the claim `{name}` marks another kind of token in the issuer's profile: give the token with the `format` it is \
                 of, or change `refuse` of the profile"
            ));
        }
        match self.needs.iter().find(|name| claims.get(name).is_none()) {
            Some(name) => Err(missing(name)),
            None => Ok(()),
        }
    }

    /// The client the token was issued to; `None` where the profile names no claim for it.
    pub(crate) fn client<'c>(&self, claims: &'c Claims) -> Result<Option<&'c str>, Reason> {
        let mut client = None;
        for name in &self.client {
            match (client, claims.optional_text(name)?) {
                (Some(before), Some(here)) if before != here => {
                    return Err(Reason::new(Code::TokenClaimInvalid).because(format!("{:?} name different clients", self.client)));
                }
                (before, here) => client = before.or(here),
            }
        }
        if client.is_none() && !self.client.is_empty() {
            let names: Vec<_> = self.client.iter().map(|name| format!("`{name}`")).collect();
            let detail = format!(
                "{}: the issuer's profile reads the client there; set `client` of its `profile` to the claim that names it",
                names.join(" or ")
            );
            return Err(Reason::new(Code::TokenClaimMissing).because(detail));
        }
        Ok(client)
    }

    /// Whether the subject is the client itself (client credentials).
    pub(crate) fn is_client_itself(&self, claims: &Claims, client: &str) -> bool {
        let is_so = |(name, value): (&String, &Option<String>)| {
            let wanted = value.as_ref().map(|value| value.replace("{client}", client));
            claims.get(name).map(Value::as_str) == wanted.as_deref().map(Some)
        };
        claims.get("sub").and_then(Value::as_str) == Some(client) || (!self.itself.is_empty() && self.itself.iter().all(is_so))
    }

    /// Whether the subject is an agent: the profile says so of all, or the token of this one.
    pub(crate) fn is_agent_subject(&self, claims: &Claims) -> bool {
        let profile = claims.get("sub_profile").and_then(Value::as_str);
        self.agent == AgentIn::Subject || profile.is_some_and(|profile| self.agent_profiles.contains(profile))
    }

    /// Whether such a token names an agent.
    fn names_agent(&self, claims: &Claims, client: Option<&str>) -> bool {
        let by_client = client.is_some_and(|client| self.agent == AgentIn::Client || self.is_client_itself(claims, client));
        claims.get("act").is_some() || by_client || self.is_agent_subject(claims)
    }

    /// What would say who the agent is, for an operator whose token has no `act`.
    pub(crate) fn without_agent(&self, client: Option<&str>) -> String {
        let client = client.map(|client| format!("`client` (here `{client}`) or ")).unwrap_or_default();
        format!(
            "the token has no `act`, and the issuer's profile reads the agent from `{}`: set `agent` of its `profile` to {client}`subject`, \
             if that is the agent",
            self.agent.as_str()
        )
    }
}
