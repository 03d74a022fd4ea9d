//! Vectors nobody here wrote: Wycheproof, the JOSE cookbook, RFC 8785's, WIMSE's, `AuthZEN`'s.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::Path;

use bailiwick::doc::verify_jws;
use bailiwick::{AuthZen, Catalog, Engine, Key, Registry, SealKey, Source, Timestamp, World};
use serde_json::{Value, json};

fn vectors(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/vectors").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json_vectors(path: &str) -> Value {
    serde_json::from_str(&vectors(path)).unwrap()
}

/// The document without the private halves, which a verifier never sees.
fn public(mut keys: Value) -> String {
    fn strip(key: &mut Value) {
        if let Some(members) = key.as_object_mut() {
            for private in ["d", "p", "q", "dp", "dq", "qi"] {
                members.remove(private);
            }
        }
    }
    match keys.get_mut("keys") {
        Some(list) => list.as_array_mut().unwrap().iter_mut().for_each(strip),
        None => strip(&mut keys),
    }
    keys.to_string()
}

/// Test cases whose label we do not follow, one by one, and why. The first eight are oddities of the vectors.
const JWS_QUIRKS: [(u64, &str); 8] = [
    (346, "a PS384 token under a key for PS256, called valid: the key's algorithm is the one that counts"),
    (350, "as 346"),
    (347, "the key says ES521, which is no algorithm (ES512 is); and P-521 is not supported"),
    (351, "as 347"),
    (367, "called invalid, but byte for byte the same as 357, which is called valid"),
    (370, "as 367"),
    (372, "a `?` in the middle of a segment, called valid: it is not base64url"),
    (373, "as 372"),
];

#[test]
fn wycheproof_jws() {
    let document = json_vectors("wycheproof/json_web_signature_test.json");
    let (mut same, mut wrong) = (0, Vec::new());
    for group in document["testGroups"].as_array().unwrap() {
        let keys = public(group.get("public").or_else(|| group.get("private")).unwrap().clone());
        for test in group["tests"].as_array().unwrap() {
            let id = test["tcId"].as_u64().unwrap();
            let token = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
            let found = verify_jws(&token, &keys);
            let agrees = found.is_ok() == (test["result"] == "valid");
            let quirk = JWS_QUIRKS.iter().any(|(quirk, _)| *quirk == id);
            if agrees == quirk {
                wrong.push(format!("{id} ({}, {}): {found:?}, quirk: {quirk}", test["comment"], test["result"]));
            }
            same += usize::from(agrees);
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    println!("Wycheproof JWS: {same} agree, {} are quirks", JWS_QUIRKS.len());
    assert_eq!(same + JWS_QUIRKS.len(), 401);
}

#[test]
fn wycheproof_jwk() {
    let document = json_vectors("wycheproof/json_web_key_test.json");
    let (mut count, mut wrong) = (0, Vec::new());
    for group in document["testGroups"].as_array().unwrap() {
        let keys = public(group.get("public").or_else(|| group.get("private")).unwrap().clone());
        for test in group["tests"].as_array().unwrap() {
            let found = verify_jws(test["jws"].as_str().unwrap(), &keys);
            count += 1;
            if found.is_ok() != (test["result"] == "valid") {
                wrong.push(format!("{} ({}, {}): {found:?}", test["tcId"], test["comment"], test["result"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, 26);
}

#[test]
fn jose_cookbook() {
    for name in ["jws/4_1.rsa_v15_signature", "jws/4_2.rsa-pss_signature", "jws/4_4.hmac-sha2_integrity_protection", "curve25519/jws"] {
        let vector = json_vectors(&format!("jose-cookbook/{name}.json"));
        let mut key = vector["input"]["key"].clone();
        // The key of the PSS example names no algorithm, and the token is PS384: whoever publishes it must say so.
        key["alg"] = vector["input"]["alg"].clone();
        let compact = vector["output"]["compact"].as_str().unwrap();
        let payload = verify_jws(compact, &public(key)).unwrap_or_else(|code| panic!("{name}: {code}"));
        assert_eq!(payload, vector["input"]["payload"].as_str().unwrap().as_bytes(), "{name}");
    }
    for (name, code) in [("jws/4_3.ecdsa_signature", "token.key_use"), ("rfc7797/hmac-sha2_b64_false", "token.critical")] {
        let vector = json_vectors(&format!("jose-cookbook/{name}.json"));
        let compact = vector["output"]["compact"].as_str().unwrap();
        // P-521 is not supported, and an unencoded payload is an extension we do not know.
        assert_eq!(verify_jws(compact, &public(vector["input"]["key"].clone())).unwrap_err().as_str(), code, "{name}");
    }
    let several = json_vectors("jose-cookbook/jws/4_8.multiple_signatures.json");
    let text = several["output"]["json"].to_string();
    assert_eq!(verify_jws(&text, &public(several["input"]["key"][0].clone())).unwrap_err().as_str(), "token.format");
    assert!(Key::from_json(&vectors("jose-cookbook/jwk/3_3.rsa_public_key.json")).is_ok());
    assert!(Key::from_json(&vectors("jose-cookbook/jwk/3_1.ec_public_key.json")).unwrap_err().to_string().contains("P-521"));
}

#[test]
fn jcs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/vectors/jcs");
    let mut count = 0;
    for entry in fs::read_dir(folder.join("input")).unwrap() {
        let path = entry.unwrap().path();
        let expected = fs::read_to_string(folder.join("output").join(path.file_name().unwrap())).unwrap();
        let value = bailiwick::Value::parse(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(value.canonical(), expected.trim_end(), "{}", path.display());
        count += 1;
    }
    assert_eq!(count, 6);
}

/// The examples of draft-ietf-wimse-wpt; not vendored, for their licence does not clearly allow it.
#[test]
fn wimse() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/vectors/wimse");
    let Ok(request) = fs::read_to_string(folder.join("wpt-request.txt")) else {
        println!("skipped: the WIMSE vectors are not beside the project");
        return;
    };
    let header = |name: &str| request.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let (wit, wpt) = (header("Workload-Identity-Token:"), header("Workload-Proof-Token:"));
    let claims = |token: &str| -> Value {
        let payload = base64_url(token.split('.').nth(1).unwrap());
        serde_json::from_slice(&payload).unwrap()
    };
    let payload = verify_jws(&wpt, &claims(&wit)["cnf"]["jwk"].to_string()).expect("made with the workload's key");
    let proof: Value = serde_json::from_slice(&payload).unwrap();
    let hash = bailiwick::Digest::of_bytes(wit.as_bytes());
    assert_eq!(base64_url(proof["wth"].as_str().unwrap()), hash.as_bytes());
}

fn base64_url(text: &str) -> Vec<u8> {
    let value = |byte: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".iter().position(|&other| other == byte).unwrap();
    let bits: Vec<bool> = text.bytes().flat_map(|byte| (0..6).rev().map(move |bit| value(byte) >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum * 2 + u8::from(*bit))).collect()
}

/// The Todo scenario of the interoperability event: who owns what is the host's to know, as entities; the roles of the
/// five people are policies here.
#[test]
fn authzen_todo() {
    let document = json_vectors("authzen/todo-decisions-1_0-02.json");
    let todo = |name: &str, effects: &[&str], kind: &str| {
        let id = json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
        json!({"name": name, "system": "todo", "effects": effects, "parameters": id, "resource": {"type": kind, "argument": "id"}})
    };
    let catalog = json!({"tools": [
        todo("can_read_user", &["read"], "user"), todo("can_read_todos", &["read"], "todo"), todo("can_create_todo", &["write"], "todo"),
        todo("can_update_todo", &["write"], "todo"), todo("can_delete_todo", &["delete"], "todo"),
    ]});
    let subject = |letter: &str| format!("https://idp.example|CiRmZD{letter}2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs");
    let (rick, morty, summer, beth, jerry) = (subject("A"), subject("E"), subject("I"), subject("M"), subject("Q"));
    let policies = format!(
        r#"
        permit(principal is Agent, action, resource);
        permit(principal is User, action == Action::"delegate", resource);
        permit(principal is User, action in Action::"read", resource);
        // Rick is an admin, Morty and Summer are editors, Beth and Jerry only look.
        permit(principal == User::"{rick}", action in [Action::"write", Action::"delete"], resource);
        permit(principal == User::"{morty}", action in [Action::"can_update_todo", Action::"can_delete_todo"], resource)
            when {{ resource has owner && resource.owner == "morty@the-citadel.com" }};
        permit(principal == User::"{summer}", action in [Action::"can_update_todo", Action::"can_delete_todo"], resource)
            when {{ resource has owner && resource.owner == "summer@the-smiths.com" }};
        permit(principal is User, action == Action::"can_create_todo", resource)
            when {{ [User::"{morty}", User::"{summer}"].contains(principal) }};
        forbid(principal is User, action in [Action::"write", Action::"delete"], resource)
            when {{ [User::"{beth}", User::"{jerry}"].contains(principal) }};
        "#
    );
    let engine = Engine::builder(SealKey::new([7; 32]))
        .catalog(Catalog::from_json(&catalog.to_string()).unwrap())
        .schema([Source::new("todo.cedarschema", "entity user; entity todo { owner?: String };")])
        .policies([Source::new("todo.cedar", policies)])
        .accept_claimed_chains(true)
        .build()
        .unwrap_or_else(|error| panic!("{}", error.report()));
    let evaluations: Vec<(Value, Vec<bool>)> = {
        let single = document["evaluation"].as_array().unwrap().iter();
        let batch = document["evaluations"].as_array().unwrap().iter();
        let expected = |case: &Value| match &case["expected"] {
            Value::Bool(decision) => vec![*decision],
            list => list.as_array().unwrap().iter().map(|answer| answer["decision"].as_bool().unwrap()).collect(),
        };
        single.chain(batch).map(|case| (case["request"].clone(), expected(case))).collect()
    };
    let mut owners = std::collections::BTreeMap::new();
    for resource in
        evaluations.iter().flat_map(|(request, _)| std::iter::once(request).chain(request["evaluations"].as_array().into_iter().flatten()))
    {
        if let Some(owner) = resource["resource"]["properties"]["ownerID"].as_str() {
            owners.insert(resource["resource"]["id"].as_str().unwrap().to_owned(), owner.to_owned());
        }
    }
    let entities: Vec<Value> =
        owners.iter().map(|(id, owner)| json!({"uid": {"type": "todo", "id": id}, "attrs": {"owner": owner}, "parents": []})).collect();
    let resources = engine.resources(&Value::Array(entities).to_string()).unwrap();
    let registry = Registry::from_json(
        r#"{"agents": [{"issuer": "https://agents.example", "subject": "gateway", "state": "active", "owner": {"issuer": "https://idp.example", "subject": "olga"}}]}"#,
    )
    .unwrap();
    let world = World::new(&registry, Timestamp::from_millis(1_700_000_000_000).unwrap()).with_resources(&resources);
    let asking: AuthZen =
        serde_json::from_str(r#"{"subject_issuer": "https://idp.example", "agent": {"issuer": "https://agents.example", "subject": "gateway"}}"#)
            .unwrap();
    let mut wrong = Vec::new();
    for (request, expected) in &evaluations {
        let answer = engine.decide_authzen(&request.to_string(), &asking, &world);
        let response: Value = serde_json::from_str(&answer.response).unwrap();
        let found: Vec<bool> = match response.get("evaluations") {
            Some(list) => list.as_array().unwrap().iter().map(|answer| answer["decision"].as_bool().unwrap()).collect(),
            None => vec![response["decision"].as_bool().unwrap()],
        };
        if found != *expected {
            wrong.push(format!("{request}: {found:?}, {}", answer.decisions[0].reason));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), evaluations.len(), wrong.join("\n"));
    assert_eq!(evaluations.len(), 43);
}
