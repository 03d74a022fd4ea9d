/** What JavaScript can hold and JSON cannot never crashes, and never ends in an allow. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import fc from 'fast-check';
import native from '../native.cjs';
import { BailiwickError } from 'bailiwick';
import { alice, begun, bot, key, made } from './world.mjs';

const DEPTH_MAX = 64;
const engine = made();
const task = begun(engine);
const decide = (value) => task.decide('note.free', { value });

class Payment {
  iban = 'DE89';
}
class List extends Array {}
const thrower = new Proxy({}, { get: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail });
function fail() {
  throw new Error('a trap was run');
}
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const holes = ['a', , 'b'];
const traded = ['a', , 'b'];
traded.extra = 'c';

const REFUSED = {
  undefined,
  function: () => {},
  class: Payment,
  symbol: Symbol('a'),
  nan: NaN,
  infinity: Infinity,
  'minus infinity': -Infinity,
  'bigint beyond 64 bits': 2n ** 63n,
  'bigint below 64 bits': -(2n ** 63n) - 1n,
  'enormous bigint': 10n ** 5000n,
  'half a surrogate pair': '\ud800',
  'the other half': 'a\udfffb',
  'name with half a surrogate pair': { '\ud800': 1 },
  date: new Date(0),
  regexp: /a/,
  map: new Map(),
  set: new Set(),
  error: new Error('a'),
  promise: Promise.resolve(),
  buffer: Buffer.from('a'),
  'typed array': new Float64Array(2),
  'array buffer': new ArrayBuffer(2),
  'weak map': new WeakMap(),
  generator: (function* () {})(),
  'boxed string': new String('a'),
  'boxed number': new Number(1),
  'boxed boolean': new Boolean(true),
  url: new URL('https://example.org'),
  arguments: (function () {
    return arguments;
  })('a'),
  'namespace object': await import('node:path'),
  'class instance': new Payment(),
  'array subclass': List.of(1),
  'object with a prototype of its own': Object.create({ to: 'mallory' }),
  'object whose prototype has no prototype': Object.create(Object.create(null)),
  'foreign object': vm.runInNewContext('({})'),
  'foreign array': vm.runInNewContext('[]'),
  'to json': { toJSON: () => ({}) },
  'inherited to json': Object.create({ toJSON: () => ({}) }),
  getter: { get to() { return 'alice'; } },
  'throwing getter': { get to() { throw new Error('a getter was run'); } },
  setter: { set to(_) {} },
  'getter in an array': Object.defineProperty(['a'], 0, { get: fail, enumerable: true }),
  'hidden member': Object.defineProperty({}, 'to', { value: 'mallory' }),
  'symbol member': { [Symbol('to')]: 'mallory' },
  'symbol to primitive': { [Symbol.toPrimitive]: () => 1 },
  holes,
  'holes and something else': traded,
  'undefined item': [undefined],
  'more than items': Object.assign(['a'], { to: 'mallory' }),
  'sparse array of four billion': Object.assign([], { length: 2 ** 32 - 1 }),
  proxy: new Proxy({}, {}),
  'proxy of an array': new Proxy([], {}),
  'proxy of a function': new Proxy(() => {}, {}),
  'proxy that throws': thrower,
  'revoked proxy': revoked.proxy,
  'prototype that is a proxy': Object.create(thrower),
  'class that lies about its name': Object.create({ get constructor() { return fail(); } }),
};

for (const [name, value] of Object.entries(REFUSED)) {
  test(`${name} is denied`, () => {
    const wrapped = [[value], { a: { b: [value] } }, [1, [2, value]], ...(value === undefined ? [] : [value])];
    for (const given of wrapped) {
      const decision = decide(given);
      assert.equal(decision.effect, 'deny');
      assert.equal(decision.reason.code, 'call.malformed', decision.explain());
      assert.equal(decision.digest, undefined);
    }
    assert.equal(task.decide('note.free', value).effect, 'deny');
  });

  test(`${name} in a request is denied`, () => {
    for (const request of [value, { chain: [value], call: {} }, { chain: task.chain, call: { tool: 'note.free', arguments: { value: [value] } } }]) {
      const decision = engine.decide(request);
      assert.deepEqual([decision.effect, decision.reason.code], ['deny', 'request.malformed']);
    }
  });

  test(`${name} in a presenter is denied`, () => {
    const presenters = [[value], { agent: [value] }, { proof: { type: 'aat', jwt: [value] } }, ...(value === undefined ? [] : [value])];
    for (const presenter of presenters) {
      const decision = task.decide('note.free', { value: 1 }, { presenter });
      assert.deepEqual([decision.effect, decision.reason.code], ['deny', 'call.malformed']);
      assert.match(decision.reason.detail, /^presenter: /);
    }
    assert.equal(task.decide('note.free', { value: 1 }).isOf('note.free', { value: [value] }), false);
  });

  test(`${name} in a question of AuthZEN is denied`, () => {
    for (const question of [value, { subject: [value] }, { evaluations: [{ context: { arguments: [value] } }] }]) {
      const before = engine.log.length;
      const answer = engine.decideAuthzen(question);
      assert.deepEqual([answer.decision, answer.context.code], [false, 'request.malformed']);
      assert.equal(engine.log.length, before + 1);
    }
  });

  test(`${name} in a document is an error`, () => {
    const attempts = [
      () => engine.loadRegistry({ agents: [value] }),
      () => engine.loadEntities([value]),
      () => engine.loadPolicies({ 'a.cedar': [value] }),
      () => engine.begin({ origin: [value], agent: bot }),
      () => engine.begin({ origin: alice, agent: [value] }),
      () => engine.begin({ origin: alice, agent: bot, grant: { actions: [value] } }),
      () => engine.begin({ origin: alice, agent: bot, depthMax: [value] }),
      () => engine.begin({ origin: alice, agent: bot, terms: { targets: [value] } }),
      () => engine.begin({ origin: alice, agent: bot, key: { kty: [value] } }),
      () => engine.resume({ links: [value] }),
      () => engine.resume({ format: 'native', links: [value] }),
      () => engine.resume(task.chain, { ledger: { spent: [value] } }),
      () => task.export(key, { format: [value] }),
      () => engine.loadTrust({ issuers: [value] }),
      () => engine.loadRevocations({ keys: [value] }),
      () => engine.decideAuthzen('{}', { agent: [value] }),
      () => task.delegate(bot, { grant: [value] }),
      () => task.approve({ digest: [value] }, { by: alice }),
      () => task.approve('{}', { by: [value] }),
      () => engine.decide('{}', { ledger: { spent: [value] } }),
      () => task.decide('note.free', { value: 1 }, { host: { region: [value] } }),
      () => task.decide('note.free', { value: 1 }, { nowMs: [value] }),
      () => made({ catalog: { tools: [value] } }),
      () => made({ policies: [value] }),
    ];
    for (const attempt of attempts) {
      assert.throws(attempt, (error) => error instanceof BailiwickError && /^(json\.malformed|usage)$/.test(error.code));
    }
  });

  test(`${name} does not crash the native module`, () => {
    const { Engine, SigningKey } = native;
    const policies = { 'a.cedar': '' };
    const bare = new Engine(policies);
    const start = { origin: alice, agent: bot };
    for (const given of [value, [value], { value }]) {
      for (const attempt of [
        () => new Engine(given),
        () => new Engine(policies, given, given, given, given, given, given, given, given, given),
        () => new SigningKey(given, given),
        () => bare.begin(given, given),
        () => bare.resume(given, given, given),
        () => bare.decide(given, given, given),
        () => bare.decideAuthzen(given, given, given, given),
        () => bare.loadTrust(given),
        () => bare.loadRevocations(given),
        () => bare.absorbEvent(given, given),
        () => bare.begin(start).export(given, given),
        () => bare.begin(start).export(bare, given),
        () => bare.begin(start).decide('note.free', {}, given, given, given),
        () => bare.decide('{}').isOf(given, given),
        () => bare.parameters(given),
        () => bare.log().head(given),
        () => bare.log().verify(given, given),
        () => native.verifyInclusion(given, given, given, given),
      ]) {
        try {
          attempt();
        } catch (error) {
          assert(error instanceof Error);
        }
      }
      for (const decide of [() => bare.decide(given), () => bare.begin(start).decide('note.free', given)]) {
        let decision;
        try {
          decision = decide();
        } catch (error) {
          assert(error instanceof Error); // of a trap or a getter, which only the facade looks for
        }
        assert.notEqual(decision?.allowed, true);
      }
    }
  });
}

test('where it was is said', () => {
  assert.equal(decide({ to: ['a', new Set()] }).reason.detail, '`value.to[1]`: `Set` is not a JSON value');
  assert.equal(decide({ '\ud800': new Set() }).reason.detail, '`value.\ufffd`: a name with half a surrogate pair');
  assert(decide({ ['x'.repeat(100_000)]: Symbol('a') }).reason.detail.length < 200);
});

test('what is JSON is the same as its text', () => {
  const same = [
    [-0, 0],
    [2n ** 53n - 1n, 2 ** 53 - 1],
    [7n, 7],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [JSON.parse('{"__proto__": {"admin": true}}'), JSON.parse('{"__proto__": {"admin": true}}')],
    [Object.freeze(['a']), ['a']],
    ['é\0😀', 'é\0😀'],
    [{ '': null }, { '': null }],
    [{ toJSON: 'text' }, { toJSON: 'text' }],
    [1e308, 1e308],
    [0.1, 0.1],
  ];
  for (const [value, other] of same) {
    const decision = decide(value);
    assert(decision.allowed || decision.reason.code === 'call.argument_invalid', decision.explain());
    assert.equal(decision.digest, decide(other).digest);
    const request = JSON.stringify({ chain: task.chain, call: { tool: 'note.free', arguments: { value: other } } });
    assert.equal(decision.digest, engine.decide(request).digest);
  }
  const large = `{"chain":${JSON.stringify(task.chain)},"call":{"tool":"note.free","arguments":{"value":-9223372036854775808}}}`;
  assert.equal(decide(-(2n ** 63n)).digest, engine.decide(large).digest);
});

test('what is not the same is not taken for it', () => {
  const values = [true, 1, '1', 'true', [1], { 1: 1 }, null, 0, false, '', JSON.parse('{"__proto__": 1}'), {}, []];
  assert.equal(new Set(values.map((value) => decide(value).digest)).size, values.length);
});

function nested(depth) {
  let value = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
}

test('nesting is bounded', () => {
  const within = DEPTH_MAX - 1; // the arguments themselves are a level
  assert.notEqual(decide(nested(within)).reason.code, 'call.malformed');
  assert.match(decide(nested(within + 1)).reason.detail, /nested deeper than 64 levels$/);
  assert.equal(decide(nested(10_000)).reason.code, 'call.malformed');
  assert.equal(engine.decide(nested(10_000)).reason.code, 'request.malformed');
  assert.throws(() => native.verifyConsistency(nested(10_000), {}, []), /nested deeper/);
});

test('circles end', () => {
  const items = [];
  items.push(items, items);
  const members = {};
  members.a = { b: [members], c: members };
  for (const circle of [items, members]) assert.equal(decide(circle).reason.code, 'call.malformed');
  assert.equal(task.decide('note.free', members).reason.code, 'call.malformed');
  assert.throws(() => engine.loadRegistry(members), BailiwickError);
});

test('one list met a billion times ends', () => {
  let value = ['x'];
  for (let level = 0; level < 50; level += 1) value = [value, value];
  const decision = decide(value);
  assert.deepEqual([decision.effect, decision.reason.code], ['deny', 'call.malformed']);
  assert.match(decision.reason.detail, /larger than/);
});

test('large arguments are denied', () => {
  assert.equal(decide('x'.repeat(1 << 20)).reason.code, 'call.too_large');
  assert.equal(decide('x'.repeat(8 << 20)).effect, 'deny');
  assert.equal(decide(new Array(1 << 21).fill(0)).effect, 'deny');
  assert.equal(engine.decide(' '.repeat(3 << 20)).reason.code, 'request.too_large');
});

test('arguments are an object', () => {
  for (const args of [null, [], '{}', 3, undefined, [['value', 1]]]) {
    assert.equal(task.decide('note.free', args).effect, 'deny');
  }
});

test('a tool name that is no text', () => {
  const decision = task.decide('note\ud800.free', { value: 1 });
  assert.deepEqual([decision.effect, decision.reason.code], ['deny', 'call.malformed']);
  assert.equal(decision.record.call.tool, 'note\ufffd.free');
  for (const name of [null, undefined, 3, Buffer.from('note.free'), ['note.free'], Symbol('a'), {}]) {
    assert.throws(() => task.decide(name, { value: 1 }), { name: 'BailiwickError', code: 'usage' });
  }
});

test('polluted prototypes add nothing', () => {
  Object.prototype.value = 'polluted';
  try {
    assert.equal(task.decide('note.free', {}).reason.code, 'call.argument_missing');
  } finally {
    delete Object.prototype.value;
  }
});

const pure = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: 'binary' }),
);
const hostile = fc.oneof(
  // fast-check looks into what it makes.
  fc.constantFrom(...Object.values(REFUSED).filter((value) => value !== thrower && value !== revoked.proxy)),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
  fc.bigInt(),
  fc.double(),
  fc.date(),
  fc.uint8Array(),
  fc.object({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true }),
);
const tree = (leaf) =>
  fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 4 })),
  })).value;

/** What this binding takes, said once more in the plainest way. */
function isJson(value) {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'bigint') return -(2n ** 63n) <= value && value < 2n ** 63n;
  if (typeof value !== 'object' || Object.values(REFUSED).includes(value)) return false;
  if (Array.isArray(value)) return Object.keys(value).length === value.length && Array.from(value).every(isJson);
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) return false;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && (member === undefined || isJson(member)));
}

test('anything is decided, and only JSON is read', () => {
  fc.assert(
    fc.property(tree(fc.oneof(pure, hostile)), (value) => {
      fc.pre(value !== undefined);
      const decision = decide(value);
      assert.notEqual(decision.effect, 'ask');
      assert.equal(decision.reason.code === 'call.malformed', !isJson(value), decision.explain());
      const request = { chain: task.chain, call: { tool: 'note.free', arguments: { value } } };
      if (isJson(value)) return;
      assert.equal(decision.allowed, false);
      assert.equal(engine.decide(request).effect, 'deny');
      assert.throws(() => engine.loadEntities([value]), BailiwickError);
    }),
    { numRuns: 1_000 },
  );
});

test('a value and its text are decided alike', () => {
  const json = tree(pure.filter((value) => typeof value !== 'bigint'));
  fc.assert(
    fc.property(json, (value) => {
      const here = decide(value);
      // Beyond 2^53 a number of JavaScript is a double; its text could be taken for an exact integer.
      fc.pre(!/\d{16,}/.test(JSON.stringify(value) ?? ''));
      const text = JSON.stringify({ chain: task.chain, call: { tool: 'note.free', arguments: { value } } });
      const there = engine.decide(text);
      assert.deepEqual([here.effect, here.reason.code, here.digest], [there.effect, there.reason.code, there.digest]);
      assert.equal(here.digest, engine.decide(JSON.parse(text)).digest);
    }),
    { numRuns: 500 },
  );
});
