//! `bailiwick demo`: recorded runs at a bank and in an office, and the policies written for them. All of it is part
//! of the program, so that it runs from anywhere; the files are those of `examples/` and `testdata/episodes/`.

use bailiwick::{Source, Timestamp};
use bailiwick_store::{Host, Parts};

use crate::cast::{Grants, Roles};
use crate::episode;
use crate::failure::Failure;
use crate::replay::{Scene, perform};
use crate::report::Report;
use crate::stage::{START_MILLIS, Stage};

/// A policy directory and the runs replayed under it.
struct Organization {
    name: &'static str,
    policies: &'static [(&'static str, &'static str)],
    schema: (&'static str, &'static str),
    tools: &'static str,
    registry: &'static str,
    entities: &'static str,
    grants: &'static str,
    episodes: (&'static str, &'static str),
}

macro_rules! organization {
    ($name:literal, $schema:literal, $episodes:literal) => {
        Organization {
            name: $name,
            policies: &[
                ("agents.cedar", include_str!(concat!("../../examples/", $name, "/agents.cedar"))),
                ("limits.cedar", include_str!(concat!("../../examples/", $name, "/limits.cedar"))),
                ("people.cedar", include_str!(concat!("../../examples/", $name, "/people.cedar"))),
            ],
            schema: ($schema, include_str!(concat!("../../examples/", $name, "/", $schema))),
            tools: include_str!(concat!("../../examples/", $name, "/tools.json")),
            registry: include_str!(concat!("../../examples/", $name, "/registry.json")),
            entities: include_str!(concat!("../../examples/", $name, "/entities.json")),
            grants: include_str!(concat!("../../examples/", $name, "/grants.json")),
            episodes: ($episodes, include_str!(concat!("../../testdata/episodes/", $episodes))),
        }
    };
}

const ORGANIZATIONS: [Organization; 2] =
    [organization!("bank", "bank.cedarschema", "banking.jsonl"), organization!("office", "office.cedarschema", "workspace.jsonl")];

pub(crate) fn run(json: bool) -> Result<(), Failure> {
    let scenes = ORGANIZATIONS.iter().map(scene).collect::<Result<_, _>>()?;
    perform(scenes, if json { Report::Json } else { Report::Text })
}

fn scene(organization: &Organization) -> Result<Scene, Failure> {
    let source = |name: &str, text: &str| Source::new(name, text);
    let unusable = |error: bailiwick::Error| Failure::Input(format!("{}: {error}", organization.name));
    let host = Host::new(Parts {
        policies: organization.policies.iter().map(|(name, text)| source(name, text)).collect(),
        schema: vec![source(organization.schema.0, organization.schema.1)],
        catalog: Some(source("tools.json", organization.tools)),
        registry: Some(source("registry.json", organization.registry)),
        entities: Some(source("entities.json", organization.entities)),
        ..Parts::default()
    });
    let grants = Grants::from_json(organization.grants).map_err(unusable)?;
    let cast = Roles::default().with(grants).map_err(Failure::Input)?;
    let clock = Timestamp::from_millis(START_MILLIS).unwrap_or_else(|| unreachable!("a constant within the range"));
    let (name, text) = organization.episodes;
    Ok(Scene { stage: Stage::new(organization.name, host.map_err(unusable)?, cast, clock), episodes: episode::parse(name, text.as_bytes())? })
}
