/** One error, with a code, a place and a report. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { BailiwickError, Engine, SigningKey, reasonCodes } from 'bailiwick';
import { CATALOG, JWK, NOW, POLICIES, REGISTRY, alice, begun, bot, key, made } from './world.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'bailiwick-'));
after(() => rmSync(scratch, { recursive: true }));

function directory(name, files) {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(scratch, name, file, '..'), { recursive: true });
    writeFileSync(join(scratch, name, file), typeof text === 'string' ? text : JSON.stringify(text));
  }
  return join(scratch, name);
}

const BOT = { origin: alice, agent: bot };

test('a policy error has its place', async () => {
  const bad = 'permit (principal, action, resource)\n  when { context.nothing == "a" };\n';
  const dir = directory('bad', { 'good.cedar': POLICIES, 'sub/bad.cedar': bad, 'tools.json': CATALOG });
  await assert.rejects(Engine.fromDir(dir), (error) => {
    assert(error instanceof BailiwickError && error instanceof Error);
    assert.deepEqual([error.name, error.code, error.file, error.line], ['BailiwickError', 'policy.invalid', 'sub/bad.cedar', 2]);
    assert.equal(typeof error.column, 'number');
    assert.match(error.message, /^sub\/bad\.cedar:2:/);
    assert.match(error.report, /context\.nothing/); // with the source around it
    assert.match(error.stack, /errors\.test\.mjs|engine\.mjs/);
    assert(!inspect(error).includes('report'));
    return true;
  });
});

test('a syntax error has its place', () => {
  const text = 'permit (principal, action, resource);\npermit (principal, action resource);';
  assert.throws(() => new Engine({ policies: { 'a.cedar': text } }), { code: 'policy.invalid', file: 'a.cedar', line: 2, column: 27 });
});

test('a catalog by path is named', async () => {
  const dir = directory('catalog', { 'all.cedar': '', 'my-tools.json': '{\n "tools": [],\n}' });
  const catalog = join(dir, 'my-tools.json');
  await assert.rejects(Engine.fromDir(dir, { catalog }), { code: 'json.malformed', file: catalog, line: 3 });
});

const WRONG = [
  ['json.malformed', (engine) => engine.begin({ origin: { kind: 'robot' }, agent: bot })],
  ['json.malformed', (engine) => engine.begin({ origin: 'alice', agent: bot })],
  ['json.malformed', (engine) => engine.begin({ origin: null, agent: bot })],
  ['json.malformed', (engine) => engine.begin({ agent: bot })],
  ['json.malformed', (engine) => engine.begin({ origin: { ...alice, issuer: '' }, agent: bot })],
  ['json.malformed', (engine) => engine.begin({ origin: { ...alice, groups: 'finance' }, agent: bot })],
  ['json.malformed', (engine) => engine.begin({ origin: { ...alice, admin: true }, agent: bot })],
  ['json.malformed', (engine) => engine.begin({ origin: alice, agent: ['https://agents.example', 'bot', 'tenant'] })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, grant: { action: ['read'] } })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, grant: ['read'] })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, prompt: 3 })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, prompt: '\ud800' })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, depthMax: true })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, depthMax: 256 })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, lifetimeMs: 3600.5 })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, lifetimeMs: '1h' })],
  ['chain.lifetime', (engine) => engine.begin({ ...BOT, lifetimeMs: -1 })],
  ['usage', (engine) => engine.begin({ ...BOT, lifetime_ms: 1 })],
  ['usage', (engine) => engine.begin({ ...BOT, grants: { actions: ['read'] } })],
  ['usage', (engine) => engine.begin(Object.create({ ...BOT }))],
  ['usage', (engine) => engine.begin(new (class { get grant() { return {}; } })())],
  ['usage', (engine) => engine.begin({ ...BOT, get grant() { throw new Error('inside'); } })],
  ['usage', (engine) => engine.begin(new Proxy({ ...BOT }, {}))],
  ['usage', (engine) => engine.begin('alice')],
  ['usage', (engine) => engine.begin(null)],
  ['usage', (engine) => engine.begin({ ...BOT, nowMs: 1.5 })],
  ['usage', (engine) => engine.begin({ ...BOT, nowMs: true })],
  ['usage', (engine) => engine.begin({ ...BOT, nowMs: NaN })],
  ['usage', (engine) => engine.begin({ ...BOT, nowMs: 1n })],
  ['usage', (engine) => engine.begin({ ...BOT, nowMs: 10 ** 15 })],
  ['usage', (engine) => engine.begin({ ...BOT, nowMs: new Date() })],
  ['json.malformed', (engine) => engine.resume('{')],
  ['json.malformed', (engine) => engine.resume(3)],
  ['json.malformed', (engine) => engine.resume()],
  ['json.malformed', (engine) => engine.decide('{}', { ledger: '{' })],
  ['usage', (engine) => engine.decide('{}', { nowMs: 'now' })],
  ['usage', (engine) => engine.decide('{}', { now: 1 })],
  ['usage', (engine) => begun(engine).decide('mail.read', {}, { hosts: {} })],
  ['usage', (engine) => begun(engine).decide('mail.read', {}, { presented: {} })],
  ['json.malformed', (engine) => engine.resume(begun(engine).chain, { ledger: { spend: [] } })],
  ['usage', (engine) => engine.resume(begun(engine).chain, { spent: {} })],
  ['usage', (engine) => begun(engine).delegate(bot, { grant: { actions: 'any' }, purposeCode: 'pay' })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, terms: { purposeCode: 'pay' } })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, terms: { targets: 'mail' } })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, terms: [] })],
  ['json.malformed', (engine) => engine.begin({ ...BOT, key: JWK })], // a private one
  ['json.malformed', (engine) => engine.begin({ ...BOT, key })],
  ['usage', (engine) => begun(engine).export()],
  ['usage', (engine) => begun(engine).export(JWK)],
  ['usage', (engine) => begun(engine).export(key.public)],
  ['usage', (engine) => begun(engine).export(Object.create(key))],
  ['usage', (engine) => begun(engine).export(new Proxy(key, {}))],
  ['usage', (engine) => begun(engine).export(SigningKey.fromJwk(JWK))], // the first link needs an issuer
  ['usage', (engine) => begun(engine).export(key, 'native')],
  ['usage', (engine) => begun(engine).export(key, { formats: 'native' })],
  ['json.malformed', (engine) => begun(engine).export(key, { format: 'paper' })],
  ['json.malformed', (engine) => begun(engine).export(key, { format: null })],
  ['json.malformed', (engine) => begun(engine).export(key, { format: { access_token: {} } })],
  ['json.malformed', (engine) => begun(engine).export(key, { format: { native: {}, attenuated_jwt: {} } })],
  ['json.malformed', (engine) => begun(engine).export(key, { format: Buffer.from('native') })],
  ['usage', () => new SigningKey(JWK)],
  ['usage', () => new SigningKey()],
  ['json.malformed', () => SigningKey.fromJwk()],
  ['json.malformed', () => SigningKey.fromJwk('{')],
  ['json.malformed', () => SigningKey.fromJwk(new Map(Object.entries(JWK)))],
  ['key.invalid', () => SigningKey.fromJwk([JWK])],
  ['key.invalid', () => SigningKey.fromJwk({ jwk: JWK })],
  ['key.invalid', () => SigningKey.fromJwk(key.public)],
  ['usage', () => SigningKey.fromJwk(JWK, { issuer: 3 })],
  ['usage', () => SigningKey.fromJwk(JWK, 'https://idp.example')],
  ['json.malformed', (engine) => engine.loadTrust('{')],
  ['trust.invalid', (engine) => engine.loadTrust({ issuers: [{ issuer: 'i', formats: [], keys: { keys: [JWK] } }] })],
  ['json.malformed', (engine) => engine.loadTrust({ issuers: [new Map()] })],
  ['json.malformed', (engine) => engine.loadTrust()],
  ['json.malformed', (engine) => engine.loadRevocations({})],
  ['revocations.invalid', (engine) => engine.loadRevocations({ as_of_ms: NOW, max_age_ms: -1 })],
  ['json.malformed', (engine) => engine.loadRevocations()],
  ['usage', (engine) => engine.absorbEvent('e30.e30.e30')], // neither trust nor snapshot
  ['usage', (engine) => engine.absorbEvent({})],
  ['usage', (engine) => engine.absorbEvent('a', { nowMs: 'now' })],
  ['json.malformed', (engine) => engine.decideAuthzen('{}', { subjectIssuer: 3 })],
  ['json.malformed', (engine) => engine.decideAuthzen('{}', { subjectIssuer: '' })],
  ['json.malformed', (engine) => engine.decideAuthzen('{}', { agent: 'bot' })],
  ['json.malformed', (engine) => engine.decideAuthzen('{}', { ledger: '{' })],
  ['usage', (engine) => engine.decideAuthzen('{}', { nowMs: 'now' })],
  ['usage', (engine) => engine.decideAuthzen('{}', { subject_issuer: 'i' })],
  ['usage', (engine) => begun(engine).decide('mail.read', { id: 'm-17' }).isOf(3, {})],
  ['usage', (engine) => engine.parameters(3)],
  ['usage', (engine) => engine.parameters('\ud800')],
  ['usage', (engine) => engine.loadPolicies(POLICIES)],
  ['usage', (engine) => engine.loadPolicies({ 'a.cedar': 3 })],
  ['usage', (engine) => engine.loadPolicies([POLICIES])],
  ['json.malformed', (engine) => engine.loadPolicies({ 'a.cedar': Buffer.from(POLICIES) })],
  ['json.malformed', (engine) => engine.loadPolicies(new Map([['a.cedar', POLICIES]]))],
  ['json.malformed', (engine) => engine.loadRegistry('{')],
  ['json.malformed', (engine) => engine.loadRegistry(null)],
  ['json.malformed', (engine) => engine.loadRegistry()],
  ['usage', (engine) => engine.reload(3)],
  ['usage', (engine) => engine.reload(new URL('https://example.org/policies'))],
  ['file.unreadable', (engine) => engine.reload('a\0b')],
  ['usage', () => new Engine()],
  ['usage', () => new Engine(null)],
  ['usage', () => new Engine({})],
  ['usage', () => new Engine({ policies: { 'a.cedar': '' }, sealkey: new Uint8Array(32) })],
  ['usage', () => new Engine({ policies: { 'a.cedar': '' }, sealKey: Buffer.from('short') })],
  ['usage', () => new Engine({ policies: { 'a.cedar': '' }, sealKey: 'x'.repeat(32) })],
  ['usage', () => new Engine({ policies: { 'a.cedar': '' }, sealKey: new Uint32Array(32) })],
  ['usage', () => new Engine({ policies: { 'a.cedar': '' }, acceptClaimedChains: 'false' })],
  ['usage', () => new Engine({ policies: { 'a.cedar': '' }, acceptClaimedChains: 1 })],
  ['json.malformed', () => made({ trust: 'trust.json' })],
  ['json.malformed', () => made({ revocations: { as_of_ms: 'now' } })],
  ['json.malformed', () => Engine.fromDir('policies', { trust: new Map() })],
  ['json.malformed', () => new Engine({ policies: { 'a.cedar': '' }, catalog: 'tools.json' })],
  ['usage', () => Engine.fromDir(3)],
  ['usage', () => Engine.fromDir('policies', { catalog: {} })],
  ['usage', () => Engine.fromDir('policies', { policies: {} })],
  ['file.unreadable', () => Engine.fromDir('no/such/directory')],
  ['file.unreadable', () => Engine.fromDir(new URL('no/such/directory', import.meta.url))],
  ['usage', (engine) => engine.log.head(-1)],
  ['json.malformed', (engine) => engine.log.verify({ size: 0 })],
];

for (const [index, [code, attempt]] of WRONG.entries()) {
  test(`wrong use ${index} is one error: ${String(attempt).replace(/^\((?:engine)?\) => /, '')}`, async () => {
    const engine = made();
    // Of what is asynchronous, the promise rejects.
    const tried = String(attempt).includes('fromDir') ? assert.rejects(attempt(engine), check) : assert.throws(() => attempt(engine), check);
    await tried;
    function check(error) {
      assert(error instanceof BailiwickError, error);
      assert.equal(error.code, code, error.message);
      assert(error.report && error.message);
      return true;
    }
  });
}

test('what does not load leaves what was in force', () => {
  const engine = made();
  const task = begun(engine);
  const attempts = [
    () => engine.loadPolicies({ 'a.cedar': 'permit' }),
    () => engine.loadRegistry({ agents: [{ issuer: 'a' }] }),
    () => engine.loadEntities([{ uid: { type: 'Agent', id: 'x' }, attrs: {}, parents: [] }]),
    () => engine.loadTrust({ issuers: [{ issuer: 'a' }] }),
    () => engine.loadRevocations({ as_of_ms: NOW }),
  ];
  for (const attempt of attempts) {
    assert.throws(attempt, BailiwickError);
    assert(task.decide('mail.read', { id: 'm-17' }).allowed);
  }
});

test('every code is told', () => {
  const codes = reasonCodes();
  assert(codes.permitted && codes['engine.internal']);
  for (const [code, meaning] of Object.entries(codes)) assert(/^[a-z_]+(\.[a-z0-9_]+)?$/.test(code) && meaning, code);
});

test('a directory is read whole', async () => {
  const dir = directory('whole', { 'all.cedar': POLICIES, 'tools.json': CATALOG, 'registry.json': REGISTRY });
  const engine = await Engine.fromDir(pathToFileURL(dir));
  const task = begun(engine);
  const decide = () => task.decide('mail.read', { id: 'm-17' });
  assert(decide().allowed);
  assert.match(engine.schema, /action "erp\.pay"/);
  assert.deepEqual([engine.warnings, engine.lint, engine.parameters('mail.send')], [[], [], undefined]);
  directory('whole', { 'all.cedar': 'permit (principal, action, resource) when {' });
  assert.throws(() => engine.reload(dir), { code: 'policy.invalid', file: 'all.cedar', line: 1 });
  assert(decide().allowed);
  directory('whole', { 'all.cedar': '' });
  engine.reload(dir);
  assert.equal(decide().reason.code, 'policy.no_permit');
  const nobody = await Engine.fromDir(dir, { registry: { agents: [] } });
  assert.equal(begun(nobody).decide('mail.read', { id: 'm-17' }).reason.code, 'registry.unknown');
});
