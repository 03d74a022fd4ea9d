"""Tokens as real issuers write them, with keys of our own, and what can be wrong with them.

`make_chains.py` calls `issuers` with what it writes and signs with; the cases are `chains/formats/issuer_*.json`, their
world `chains/setups/issuers.json`. The claims are those the issuers document; the values are made up.
"""

API = "https://api.example"
TENANT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
APP = "a1b2c3d4-0000-4000-8000-000000000001"
KEYCLOAK, AUTH0, OKTA = "https://kc.example/realms/acme", "https://acme.auth0.example/", "https://acme.okta.example/oauth2/default"
COGNITO, GOOGLE = "https://cognito-idp.example/pool-1", "https://accounts.google.example"
STS, V1, V2 = "https://abc.sts.example", f"https://sts.windows.example/{TENANT}/", f"https://login.example/{TENANT}/v2.0"
ROLE = "arn:aws:iam::123456789012:role/DataProcessing"


def samples(times):
    """Per issuer: profile, format, header, claims, kind of origin, agents, and changes that make it a flawed one."""
    api = {**times, "aud": API}
    keycloak = {**api, "iss": KEYCLOAK, "jti": "kc-1", "sub": "f1b2", "typ": "Bearer", "azp": "agent-client", "sid": "s-1",
                "scope": "invoices email", "preferred_username": "alice"}
    auth0 = {**times, "iss": AUTH0, "aud": [API, f"{AUTH0}userinfo"], "sub": "auth0|5f7c", "azp": "web-client", "scope": "invoices",
             "gty": "urn:ietf:params:oauth:grant-type:token-exchange",
             "act": {"sub": "agent_1", "act": {"sub": "web-client"}}}
    okta = {**api, "iss": OKTA, "ver": 1, "jti": "AT.1", "cid": "0oa8", "uid": "00u4", "scp": ["invoices"], "sub": "alice@corp.example"}
    cognito = {**times, "iss": COGNITO, "sub": "aaaa", "cognito:groups": ["g"], "version": 2, "client_id": "1example", "token_use": "access",
               "scope": "invoices", "jti": "c-1", "username": "alice"}
    google = {**api, "iss": GOOGLE, "azp": "1137", "sub": "1137", "email": "agent@proj.example", "email_verified": True}
    sts = {**api, "iss": STS, "sub": ROLE, "jti": "sts-1", "https://sts.example/": {"aws_account": "123456789012"}}
    entra = {**api, "tid": TENANT, "oid": "b1", "sub": "pairwise", "uti": "u-1", "scp": "invoices", "xms_act_fct": "3 9 11",
             "xms_par_app_azp": "blueprint"}
    v1, v2 = {**entra, "iss": V1, "appid": APP, "ver": "1.0"}, {**entra, "iss": V2, "azp": APP, "ver": "2.0"}
    plain, jwt = {}, {"typ": "JWT"}
    access, identity = "access_token", "id_token"
    return {
        "keycloak": (access, jwt, keycloak, "user", ["agent-client"], {
            "id_token": {"typ": "ID"}, "refresh_token": {"typ": "Refresh"}, "no_client": {"azp": ...}, "other_audience": {"aud": "account"}}),
        "keycloak_at_jwt": (access, {"typ": "at+jwt"}, keycloak, "user", ["agent-client"], {}),
        "keycloak_act": (access, jwt, {**keycloak, "act": {"sub": "svc-agent"}}, "user", ["svc-agent"], {}),
        "keycloak_service_account": (access, jwt, {**keycloak, "sid": ..., "preferred_username": "service-account-agent-client"},
                                     "service", ["agent-client"], {}),
        "auth0": (access, jwt, auth0, "user", ["web-client", "agent_1"], {
            "id_token": {"nonce": "n"}, "no_client": {"azp": ...}, "other_audience": {"aud": [f"{AUTH0}userinfo"]},
            "two_clients": {"client_id": "other-client"}}),
        "auth0_rfc9068": (access, {"typ": "at+jwt"}, {**auth0, "azp": ..., "client_id": "web-client", "jti": "a-1", "sub_profile": "user"},
                          "user", ["web-client", "agent_1"], {}),
        "auth0_client": (access, jwt, {**auth0, "act": ..., "sub": "web-client@clients", "gty": "client-credentials"}, "service", ["web-client"], {}),
        "auth0_agent": (access, {"typ": "at+jwt"}, {**auth0, "act": ..., "sub": "agent_1", "sub_profile": "ai_agent"}, "service", ["agent_1"], {}),
        "okta": (access, plain, okta, "user", ["0oa8"], {
            "id_token": {"cid": ..., "scp": ..., "nonce": "n"}, "no_client": {"cid": ...}, "other_audience": {"aud": "api://default"}}),
        "okta_act": (access, plain, {**okta, "act": {"sub": "wlp8"}}, "user", ["wlp8"], {}),
        "okta_client": (access, plain, {**okta, "sub": "0oa8", "uid": ...}, "service", ["0oa8"], {}),
        "cognito": (access, plain, cognito, "user", ["1example"], {
            "id_token": {"token_use": "id"}, "no_client": {"client_id": ...}, "other_audience": {"client_id": "other-client"},
            "other_resource": {"aud": "https://other.example"}}),
        "cognito_client": (access, plain, {**cognito, "sub": "1example"}, "service", ["1example"], {}),
        "google": (identity, jwt, google, "service", ["1137"], {
            "person": {"sub": "2000"}, "no_client": {"azp": ...}, "other_audience": {"aud": "https://other.example"}}),
        "aws_sts": (identity, jwt, sts, "service", [ROLE], {"other_audience": {"aud": "https://other.example"}, "no_id": {"jti": ...}}),
        "entra_v1": ("entra", {**jwt, "x5t": "HS23b7Do7TcaU1RoLHwpIq24VYg"}, v1, "user", [APP], {
            "other_version": {"ver": "2.0"}, "no_client": {"appid": ...}, "other_audience": {"aud": "https://other.example"},
            "no_agent": {"xms_act_fct": "3 9"}, "neither_user_nor_app": {"scp": ...}}),
        "entra_v2": ("entra", jwt, v2, "user", [APP], {
            "other_version": {"ver": "1.0"}, "no_client": {"azp": ...}, "other_audience": {"aud": "https://other.example"}}),
    }


# What is found of a flaw.
CODES = {
    "id_token": "token.type", "refresh_token": "token.type", "other_version": "token.type", "no_client": "token.claim_missing",
    "no_id": "token.claim_missing", "other_audience": "token.audience", "other_resource": "token.audience",
    "two_clients": "token.claim_invalid", "person": "chain.empty", "no_agent": "token.not_agent",
    "neither_user_nor_app": "token.claim_missing", "other_key": "token.signature", "other_algorithm": "token.algorithm",
    "other_type": "token.type", "key_in_header": "token.header_key",
}
PROFILES = {
    KEYCLOAK: "keycloak", AUTH0: "auth0", OKTA: "okta", COGNITO: "cognito", GOOGLE: "google", STS: "aws_sts", V1: "entra_v1", V2: "entra_v2",
}


def issuers(make):
    """Writes the cases; `make` is the module `make_chains`."""
    found = samples(make.TIMES)
    agents = {(claims["iss"], agent) for _, _, claims, _, named, _ in found.values() for agent in named}
    scopes = {"scopes": {"invoices": make.INVOICES}}

    def anchor(issuer, key):
        name = PROFILES[issuer]
        more = {"audiences": ["1example"]} if name == "cognito" else {}
        formats = ("entra",) if name.startswith("entra") else ("access_token", "id_token")
        return make.anchor(issuer, make.jwks((key, {"kid": "k1", "alg": "RS256"})), *formats, profile=name, grant=make.INVOICES,
                           **scopes, **more)

    make.SETUPS["issuers"] = {
        **make.WORLD,
        "policies": {"all.cedar": "permit (principal, action, resource);"},
        "registry": {"agents": [
            make.known(issuer, agent, blueprint=None, **({"tenant": TENANT} if issuer in (V1, V2) else {})) for issuer, agent in sorted(agents)
        ]},
        "trust": {"audiences": [API], "issuers": [anchor(issuer, "ps-1") for issuer in PROFILES]},
    }
    for each in make.SETUPS["issuers"]["registry"]["agents"]:
        del each["blueprint"]

    def write(name, note, expect, form, header, claims, key="ps-1", alg="RS256"):
        token = make.jws({"alg": alg, "kid": "k1", **header}, make.changed(claims, {}), make.KEYS[key], alg)
        make.write("formats", f"issuer_{name}", note, expect, setup="issuers", chain={"format": form, "token": token}, call=make.READ)

    for name, (form, header, claims, kind, named, flaws) in found.items():
        expect = make.allow(chain={"origin_kind": kind, "proof_level": 2, "agents": [
            {"issuer": claims["iss"], "subject": agent, **({"tenant": TENANT} if claims["iss"] in (V1, V2) else {})} for agent in named]})
        write(name, f"{name}: a token as it is issued", expect, form, header, claims)
        for flaw, change in flaws.items():
            write(f"{name}_{flaw}", f"{name}: {flaw.replace('_', ' ')}", make.deny(CODES[flaw]), form, header, make.changed(claims, change))
        if not flaws:
            continue
        write(f"{name}_other_key", f"{name}: signed by the key of another issuer", make.deny("token.signature"), form, header, claims, "entra-1")
        write(f"{name}_other_algorithm", f"{name}: the key is for RS256", make.deny("token.algorithm"), form, header, claims, alg="PS256")
        write(f"{name}_other_type", f"{name}: another type", make.deny("token.type"), form, {**header, "typ": "dpop+jwt"}, claims)
        write(f"{name}_key_in_header", f"{name}: a key in the header", make.deny("token.header_key"), form,
              {**header, "jwk": make.KEYS["attacker-ec"].jwk}, claims)
    # Another issuer's token, of the same profile: what it says counts for its own issuer only.
    form, header, claims, *_ = found["keycloak"]
    write("keycloak_unknown_issuer", "a realm nobody trusts", make.deny("token.issuer_untrusted"), form, header,
          {**claims, "iss": f"{KEYCLOAK}-2"})
    typ = "\u001b[31m\u202e\u200b\nallow"
    for flaw, lacks in [("escape", "\u001b"), ("override", "\u202e"), ("no_width", "\u200b"), ("line", "\nallow")]:
        write(f"keycloak_type_with_{flaw}", "what a token says does not act on a terminal, nor make lines",
              {**make.deny("token.type"), "explain_lacks": lacks}, form, {"typ": typ}, claims)
    write("keycloak_as_id_token", "an access token where an ID token is expected", make.deny("token.type"), "id_token", header, claims)
    write("cognito_as_id_token", "the same of Cognito", make.deny("token.type"), "id_token", found["cognito"][1], found["cognito"][2] | {"aud": "1example"})
    write("okta_as_id_token", "the same of Okta", make.deny("token.type"), "id_token", found["okta"][1], found["okta"][2])
