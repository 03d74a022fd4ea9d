/** What a host's `Object.prototype` gets, by a merge of foreign JSON for example, changes nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engine, SigningKey, verifyInclusion } from 'bailiwick';
import { OPTIONS } from '../lib/options.mjs';
import native from '../native.cjs';
import { CATALOG, JWK, LARGE, NOW, POLICIES, REGISTRY, alice, bot, key, olga, research, trust } from './world.mjs';

const SEAL = new Uint8Array(32).fill(7);
const OTHERS = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'code', 'file', 'line', 'column', 'report', 'cause'];
const RECORD = ['reason', 'ask', 'obligations', 'shadow', 'findings', 'policies', 'detail', 'iban', 'amount', 'id', '0', '1'];
const MEMBERS = ['kind', 'issuer', 'subject', 'tenant', 'groups', 'session', 'instance', 'actions', 'budgets', 'arguments', 'resources'];
const NATIVE = ['lifetime_ms', 'depth_max', 'own_authority', 'subject_issuer', 'state', 'owner', 'holds', 'effects', 'tier', 'roles'];
const NAMES = [...new Set([...Object.values(OPTIONS).flat(), ...OTHERS, ...RECORD, ...MEMBERS, ...NATIVE])];
const VALUES = [true, 'mallory', NOW + 1, ['*'], { actions: ['read'] }, new Uint8Array(32)];

const made = () => new Engine({ policies: { 'all.cedar': POLICIES }, catalog: CATALOG, registry: REGISTRY, sealKey: SEAL, trust });
const shared = made();

/**
 * Everything that takes options, in one run; its outcome holds nothing that differs from run to run. Reading policies takes
 * most of the time: `loads` says whether an engine is made, too.
 */
function outcome(loads) {
  const engine = loads ? made() : shared;
  const task = engine.begin({ origin: alice, agent: bot, id: 'task-1', nowMs: NOW });
  const child = task.delegate(research, { grant: { actions: ['read'] }, nowMs: NOW });
  const claimed = { ...task.chain };
  delete claimed.seal;
  const call = { tool: 'mail.read', arguments: { id: 'm-17' } };
  const seen = [];
  const told = (work) => {
    try {
      seen.push(work());
    } catch (error) {
      const own = (name) => (Object.hasOwn(error, name) ? error[name] : undefined);
      seen.push([error.name, own('code'), error.message, own('file'), own('line')]);
    }
  };
  const short = (decision) => [decision.effect, decision.reason.code, decision.ask, decision.obligations, decision.shadow, decision.intent, decision.findings];
  seen.push(task.chain, child.chain, child.cut, child.ledger);
  told(() => short(task.decide('mail.read', { id: 'm-17' }, { nowMs: NOW })));
  told(() => short(task.decide('mail.read', { id: 'm-17' })));
  told(() => short(task.decide(...LARGE, { nowMs: NOW })));
  told(() => short(task.decide('erp.pay', { iban: 'DE89' }, { nowMs: NOW })));
  told(() => task.decideMany([['mail.read', { id: 'm-17' }], LARGE], { nowMs: NOW }).map(short));
  told(() => short(engine.decide({ chain: task.chain, call }, { nowMs: NOW })));
  told(() => short(engine.decide({ chain: claimed, call }, { nowMs: NOW })));
  told(() => engine.decideAuthzen({ subject: { type: 'user', id: 'alice' }, action: { name: 'mail.read' }, resource: { type: 'tool', id: 'mail.read' } }, { nowMs: NOW }).decision);
  told(() => engine.resume(task.chain, { nowMs: NOW }).ledger);
  told(() => engine.resume(task.chain).ledger);
  told(() => Object.keys(task.approve(task.decide(...LARGE, { nowMs: NOW }).approvalRequest(), { by: olga, nowMs: NOW })).length);
  told(() => task.approve({}, undefined));
  told(() => task.export(key).evidence.format);
  told(() => SigningKey.fromJwk(JWK).thumbprint);
  told(() => engine.changeEntities([]));
  if (loads) told(() => engine.loadPolicies({ 'bad.cedar': 'permit(' }));
  told(() => engine.loadRegistry({ agents: [{}] }));
  told(() => engine.loadRegistry(REGISTRY));
  told(() => engine.loadTrust(trust));
  told(() => new Engine({ policies: {}, acceptClaimedChains: 1 }));
  told(() => engine.begin({ origin: alice }));
  told(() => verifyInclusion(engine.log.head(), 0, engine.log.entries(0)[0], engine.log.inclusion(0, engine.log.head().size)));
  seen.push(parts());
  const living = engine.begin({ origin: alice, agent: bot, id: 'task-2' });
  const guard = engine.guard('mail.read', ({ id, to }) => [id, to], { object: true });
  told(() => living.run(() => guard({ id: 'm-17' })));
  told(() => living.run(() => guard({})));
  const pay = engine.guard('erp.pay', (iban, amount) => [iban, amount]);
  told(() => living.run(() => pay('DE89', '1.00')));
  told(() => living.run(() => pay('DE89')));
  return JSON.stringify(seen).replace(/now [\d-]+T[\d:.]+Z/g, 'now …');
}

/** What the native module is given to make an engine of, written down without any prototype. */
function parts() {
  const { Engine: Native } = native;
  let given;
  native.Engine = class {
    constructor(...all) {
      given = all.map((part) => (part instanceof Uint8Array ? Array.from(part) : part));
    }
    log() {}
    warnings() {
      return [];
    }
  };
  try {
    made();
  } finally {
    native.Engine = Native;
  }
  return given;
}

function polluted(names, value, work) {
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
  }
  try {
    return work();
  } finally {
    for (const name of names) delete Object.prototype[name];
  }
}

const loaded = outcome(true);
const clean = outcome(false);

test('there are options, and an outcome', () => {
  assert(NAMES.length > 60 && clean.includes('policy.ask') && clean.includes('chain.expired') && clean.includes('chain.unproven'), clean);
  assert(clean.includes('permit (principal') && loaded.includes('bad.cedar'));
  assert.equal(outcome(true), loaded);
  assert.equal(outcome(false), clean);
});

// Each name with each value, on a loaded engine and up to the native module; and whole loads with each name and each value.
for (const [place, name] of NAMES.entries()) {
  test(`a polluted \`${name}\` changes nothing`, () => {
    for (const value of VALUES) assert.equal(polluted([name], value, () => outcome(false)), clean);
    assert.equal(polluted([name], VALUES[place % VALUES.length], () => outcome(true)), loaded);
  });
}

for (const [place, value] of VALUES.entries()) {
  test(`all names polluted with value ${place} change nothing`, () => {
    assert.equal(polluted(NAMES, value, () => outcome(true)), loaded);
  });
}

test('neither does what arrays and JSON are asked for', () => {
  const items = Array.prototype[Symbol.iterator];
  assert.equal(polluted(['toJSON'], () => 'mallory', () => engineOnly()), engineOnly());
  Array.prototype[0] = 'mallory';
  Array.prototype[1] = true;
  try {
    assert.equal(outcome(true), loaded);
  } finally {
    delete Array.prototype[0];
    delete Array.prototype[1];
  }
  assert.equal(Array.prototype[Symbol.iterator], items);
});

/** Without `JSON.stringify` of the test's own. */
function engineOnly() {
  const engine = new Engine({ policies: { 'all.cedar': POLICIES }, catalog: CATALOG, registry: REGISTRY });
  return engine.begin({ origin: alice, agent: bot }).decide('mail.read', { id: 'm-17' }).effect;
}

test('an option is a value of a plain object', () => {
  const engine = new Engine({ policies: { 'all.cedar': POLICIES }, catalog: CATALOG, registry: REGISTRY });
  const given = { origin: alice, agent: bot };
  class Options { origin = alice; agent = bot; }
  const wrong = [new Options(), new Map(Object.entries(given)), new Proxy(given, {}), Object.create(given), [given], 'begin', null];
  for (const attempt of wrong) assert.throws(() => engine.begin(attempt), { code: 'usage', message: 'begin: options are a plain object' });
  let asked = 0;
  const accessor = { ...given, get prompt() { return (asked += 1) && 'Pay'; } };
  assert.throws(() => engine.begin(accessor), { code: 'usage', message: 'begin: option `prompt` is an accessor: give a value' });
  assert.equal(asked, 0);
  assert.throws(() => engine.begin({ ...given, [Symbol('prompt')]: 1 }), { code: 'usage', message: /there is no option `Symbol\(prompt\)`/ });
  assert.equal(engine.begin(Object.assign(Object.create(null), given)).decide('mail.read', { id: 'm-17' }).effect, 'allow');
});

test('a member hidden under a name with `~` is left out, any other hidden member is refused', () => {
  const parameters = { type: 'object', properties: { id: { type: 'string' } } };
  Object.defineProperty(parameters, '~standard', { value: { version: 1 } });
  const tools = [{ type: 'function', function: { name: 'look', parameters } }];
  assert.deepEqual(new Engine({ policies: {}, catalog: { tools } }).parameters('look'), ['id']);
  Object.defineProperty(parameters, 'hidden', { value: 1 });
  assert.throws(() => new Engine({ policies: {}, catalog: { tools } }), /`tools\[0\]\.function\.parameters\.hidden`: a member that is not enumerable: give a copy without it/);
});
