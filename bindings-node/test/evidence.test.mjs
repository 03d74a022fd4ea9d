/** Chains that go to another process, and come from one: export, trust, revocations, presenters, AuthZEN. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { inspect } from 'node:util';
import { BailiwickError, Engine, SigningKey } from 'bailiwick';
import { CATALOG, JWK, LARGE, NOW, POLICIES, REGISTRY, begun, bot, key, made, olga, research, trust } from './world.mjs';

const READ = ['mail.read', { id: 'm-17' }];
const PAY = ['erp.pay', { iban: 'DE89', amount: '1.00' }];
const ISSUER = 'https://idp.example';
/** A key nobody trusts, of the other kind (RFC 7515, appendix A.3). */
const OTHER = SigningKey.fromJwk(
  {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
  },
  { issuer: ISSUER },
);
/** Signed with `key`: all sessions of alice that began before `NOW` and a minute are over. */
const EVENT = [
  'eyJhbGciOiJFZERTQSIsInR5cCI6InNlY2V2ZW50K2p3dCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwiY',
  'XVkIjoiaHR0cHM6Ly9lcnAuZXhhbXBsZSIsImp0aSI6ImUtMSIsImlhdCI6MTcwMDAwMDA2MCwic3ViX2lkIjp7ImZ',
  'vcm1hdCI6Imlzc19zdWIiLCJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwic3ViIjoiYWxpY2UifSwiZXZlbnRzI',
  'jp7Imh0dHBzOi8vc2NoZW1hcy5vcGVuaWQubmV0L3NlY2V2ZW50L2NhZXAvZXZlbnQtdHlwZS9zZXNzaW9uLXJldm9',
  'rZWQiOnsiZXZlbnRfdGltZXN0YW1wIjoxNzAwMDAwMDYwfX19.PzwEXpzjZClrpg7gtrR-q88gm1l3_8BuC7G5uW32',
  'oW6cMGSpjXQW2Tz8sqGjhu-zTaghmPpBTXfQkP3L9xMMDQ',
].join('');
const SNAPSHOT = { as_of_ms: NOW, max_age_ms: 300_000 };

let engine;
let task;
let receiver;
beforeEach(() => {
  engine = made();
  task = begun(engine);
  receiver = made({ trust });
});

const scratch = mkdtempSync(join(tmpdir(), 'bailiwick-'));
after(() => rmSync(scratch, { recursive: true }));

const verdict = ({ effect, reason: { code, hop } }) => [effect, code, hop];
const code = (expected) => (error) => {
  assert(error instanceof BailiwickError, error);
  assert.equal(error.code, expected, error.message);
  return true;
};

test('what is exported is decided alike elsewhere', () => {
  const child = task.delegate(research, { grant: { actions: ['read'] }, prompt: 'Find the invoices' });
  for (const from of [task, child]) {
    const { evidence, lossy } = from.export(key);
    assert.deepEqual([evidence.format, lossy], ['native', []]);
    for (const given of [evidence, JSON.stringify(evidence)]) {
      const received = receiver.resume(given);
      for (const call of [READ, PAY, LARGE]) {
        assert.deepEqual(verdict(received.decide(...call)), verdict(from.decide(...call)));
        const request = { chain: evidence, call: { tool: call[0], arguments: call[1] } };
        assert.deepEqual(verdict(receiver.decide(request)), verdict(from.decide(...call)));
      }
      assert.deepEqual(received.chain.links.map((link) => link.purpose), from.chain.links.map((link) => link.purpose));
      assert.deepEqual(received.chain.evidence, evidence);
    }
  }
  const { chain } = receiver.resume(child.export(key).evidence).decide(...READ).record;
  assert.deepEqual([chain.proof_level, chain.complete, chain.autonomous, chain.flags], [3, true, undefined, undefined]);
  assert.equal(task.decide(...READ).record.chain.proof_level, 1);
});

test('what another format cannot say is told', () => {
  const child = task.delegate(research, { grant: { actions: ['read'] }, prompt: 'Find the invoices' });
  const aat = child.export(key, { format: 'attenuated_jwt' });
  assert.deepEqual([aat.evidence.format, aat.evidence.tokens.length, aat.lossy], ['aat', 2, ['intent', 'purpose']]);
  const token = child.export(key, { format: { access_token: { audience: 'https://erp.example' } } });
  assert.deepEqual([token.evidence.format, typeof token.evidence.token], ['access_token', 'string']);
  assert(token.lossy.includes('purpose'), token.lossy);
  for (const { evidence } of [aat, token]) {
    const received = receiver.resume(evidence);
    assert(received.decide(...READ).allowed, received.decide(...READ).explain());
    assert.equal(received.decide(...PAY).effect, 'deny');
    assert.throws(() => received.export(key), code('usage'));
  }
  const { chain } = receiver.resume(token.evidence).decide(...READ).record;
  assert.deepEqual([chain.proof_level, chain.complete, chain.flags], [2, false, ['no_hop_grants']]);
  const elsewhere = child.export(key, { format: { access_token: { audience: 'https://crm.example' } } });
  assert.throws(() => receiver.resume(elsewhere.evidence), code('token.audience'));
});

test('the work goes on in the other process', () => {
  const held = begun(engine, { key: OTHER.public });
  const received = receiver.resume(held.export(key).evidence);
  const child = received.delegate(research, { grant: { actions: ['read'] } });
  assert(child.decide(...READ).allowed);
  assert.throws(() => child.export(key), code('usage')); // the next link is the holder's to sign
  const third = made({ trust }).resume(child.export(OTHER).evidence);
  assert.deepEqual([third.decide(...READ).effect, third.decide(...READ).record.chain.proof_level], ['allow', 3]);
  assert.deepEqual(verdict(third.decide(...PAY)), ['deny', 'grant.action', 1]);
});

test('only the trusted are believed', () => {
  const { evidence } = task.export(key);
  const [link] = evidence.links;
  assert.throws(() => engine.resume(evidence), code('token.issuer_untrusted'));
  assert.throws(() => receiver.resume(task.export(OTHER).evidence), code('token.algorithm'));
  assert.throws(() => receiver.resume({ ...evidence, extra: 1 }), code('json.malformed'));
  assert.throws(() => receiver.resume({ ...evidence, format: 'smoke_signals' }), code('json.malformed'));
  assert.throws(() => receiver.resume({ format: 'native', links: [`${link.slice(0, -4)}AAAA`] }), code('token.signature'));
  const claimed = { ...task.chain, seal: undefined };
  assert.throws(() => made({ acceptClaimedChains: true }).resume(claimed).export(key), code('usage'));
  const received = receiver.resume(evidence);
  receiver.loadTrust({ issuers: [] });
  assert.equal(received.decide(...READ).effect, 'deny'); // even of what was resumed before
  receiver.loadTrust(JSON.stringify(trust));
  assert(received.decide(...READ).allowed);
});

test('without a snapshot nothing is known to be in force', () => {
  const wary = made({ trust: { ...trust, revocations: 'required' } });
  const { evidence } = task.export(key);
  assert.throws(() => wary.resume(evidence), code('revocation.stale'));
  const call = { tool: READ[0], arguments: READ[1] };
  assert.equal(wary.decide({ chain: evidence, call }).reason.code, 'revocation.stale');
});

test('events end what began before', () => {
  const { evidence } = begun(engine, { nowMs: NOW }).export(key);
  const watched = made({ trust, revocations: SNAPSHOT });
  const received = watched.resume(evidence, { nowMs: NOW });
  const later = { nowMs: NOW + 90_000 };
  assert(received.decide(...READ, later).allowed);
  assert.equal(watched.absorbEvent(EVENT, later), 1);
  assert.equal(received.decide(...READ, later).reason.code, 'revocation.subject');
  watched.loadRevocations(SNAPSHOT);
  assert(received.decide(...READ, later).allowed);
  assert.equal(received.decide(...READ, { nowMs: NOW + 300_001 }).reason.code, 'revocation.stale');
});

test('events are believed from the trusted only', () => {
  const watched = made({ trust, revocations: SNAPSHOT });
  assert.throws(() => watched.absorbEvent('eyJhbGciOiJFZERTQSJ9.e30.c2ln'), code('token.type'));
  assert.throws(() => watched.absorbEvent(`${EVENT.slice(0, -4)}AAAA`), code('token.signature'));
  assert.throws(() => watched.absorbEvent(EVENT, { nowMs: NOW }), code('chain.issued_order'));
  assert.throws(() => watched.absorbEvent(Buffer.from(EVENT)), code('usage'));
  assert.throws(() => receiver.absorbEvent(EVENT), code('usage')); // no snapshot
});

test('a directory may say it too', async () => {
  const write = (name, document) => writeFileSync(join(scratch, name), typeof document === 'string' ? document : JSON.stringify(document));
  Object.entries({ 'all.cedar': POLICIES, 'tools.json': CATALOG, 'registry.json': REGISTRY, 'trust.json': trust }).forEach(([name, it]) => write(name, it));
  const { evidence } = task.export(key);
  const there = await Engine.fromDir(scratch);
  const received = there.resume(evidence);
  assert(received.decide(...READ).allowed);
  write('revocations.json', SNAPSHOT);
  there.reload(scratch);
  assert.equal(received.decide(...READ).reason.code, 'revocation.stale');
  const fresh = { as_of_ms: Date.now(), max_age_ms: 300_000 };
  assert((await Engine.fromDir(scratch, { revocations: fresh })).resume(evidence).decide(...READ).allowed);
  const nobody = await Engine.fromDir(scratch, { trust: { issuers: [] } });
  assert.throws(() => nobody.resume(evidence), BailiwickError);
  write('trust.json', '{');
  await assert.rejects(Engine.fromDir(scratch), { code: 'json.malformed', file: 'trust.json' });
  assert.throws(() => made({ revocations: { as_of_ms: 'now' } }), /^BailiwickError: revocations/);
});

test('terms are in the link', () => {
  const mission = { id: 'm-1', origin: 'https://missions.example', authority_hash: `sha-256:${'A'.repeat(43)}` };
  const { issuer, subject } = research;
  const terms = {
    purpose_code: 'pay.invoices',
    targets: ['erp', 'mail'],
    mission,
    redelegate_to: { agents: [{ issuer, subject }] },
  };
  const parent = begun(engine, { key: key.public, terms });
  const [link] = parent.chain.links;
  assert.deepEqual(link.key, key.public);
  for (const [name, term] of Object.entries(terms)) assert.deepEqual(link[name], term);
  const grant = { actions: ['read'] };
  const child = parent.delegate(research, { grant, key: OTHER.public, terms: { purpose_code: 'pay.invoices.small' } });
  const inner = child.chain.links[1];
  assert.deepEqual([inner.key, inner.purpose_code, inner.mission, inner.targets], [OTHER.public, 'pay.invoices.small', mission, ['erp', 'mail']]);
  assert(child.decide(...READ).allowed);
  const erp = parent.delegate(research, { grant, terms: { targets: ['erp', 'crm'] } });
  assert.deepEqual(erp.cut, ['targets: 1 of 2 are held']);
  assert.equal(erp.decide(...READ).reason.code, 'grant.target');
  assert.throws(() => parent.delegate(research, { grant, terms: { purpose_code: 'mail' } }), code('chain.purpose_widened'));
  const received = receiver.resume(parent.export(key).evidence);
  assert.deepEqual(received.chain.links[0].mission, mission);
});

test('a key keeps its secret', () => {
  const shown = [inspect(key, { showHidden: true, depth: 9, getters: true }), String(key), JSON.stringify(key), JSON.stringify(key.public)];
  shown.push(JSON.stringify({ ...key }), JSON.stringify(structuredClone(key)), key.thumbprint, key.toLocaleString());
  assert.deepEqual(shown.filter((text) => text.includes(JWK.d)), []);
  assert.equal(inspect(key), 'SigningKey { `kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k` }');
  assert.deepEqual(Reflect.ownKeys(key), []);
  assert.deepEqual(Object.getOwnPropertyNames(SigningKey.prototype).toSorted(), ['constructor', 'public', 'thumbprint']);
  assert.throws(() => {
    key.public = {};
  }, TypeError);
});

test('a key that is none says so without its secret', () => {
  const wrong = [
    { ...JWK, x: `${JWK.x.slice(0, -1)}A` },
    { ...JWK, kty: 'RSA' },
    { ...JWK, d: `${JWK.d}AAAA` },
    { ...JWK, d: Buffer.from(JWK.d) },
    { ...JWK, d: Object(JWK.d) },
    [JWK],
    { jwk: JWK },
    JSON.stringify(JWK).slice(0, -1),
    `{"d": "${JWK.d}", "d": "${JWK.d}"}`,
    JWK.d,
  ];
  for (const jwk of wrong) {
    assert.throws(() => SigningKey.fromJwk(jwk), (error) => {
      assert(error instanceof BailiwickError && ['json.malformed', 'key.invalid'].includes(error.code), error);
      assert(!inspect(error, { showHidden: true }).includes(JWK.d) && !error.report.includes(JWK.d));
      return true;
    });
  }
});

test('keys are those of their documents', () => {
  const named = SigningKey.fromJwk(JSON.stringify({ ...JWK, kid: '2026-11' }));
  assert.deepEqual([named.public, named.thumbprint], [{ ...key.public, kid: '2026-11' }, key.thumbprint]);
  assert.deepEqual([OTHER.public.crv, OTHER.public.d], ['P-256', undefined]);
});

test('a ledger goes along', () => {
  const budgets = [{ name: 'calls', actions: 'any', limit: '2' }];
  const parent = begun(engine, { grant: { capabilities: [{ actions: 'any' }], budgets } });
  assert(parent.decide(...READ).allowed);
  const { evidence } = parent.export(key);
  assert.equal(parent.ledger.spent[0].amount, '1.0');
  assert.throws(() => receiver.resume(evidence), code('grant.ledger'));
  const received = receiver.resume(evidence, { ledger: parent.ledger });
  assert.deepEqual([received.decide(...READ).effect, received.decide(...READ).reason.code], ['allow', 'grant.budget']);
  assert(engine.resume(parent.chain, { ledger: JSON.stringify(parent.ledger) }).decide(...READ).allowed);
  assert.deepEqual(begun(engine).ledger, { approvals: [], spent: [] });
});

test('a chain is presented by its holder', () => {
  const origin = { kind: 'user', issuer: ISSUER, subject: 'alice', session: 's-1' };
  const held = begun(engine, { origin, key: key.public });
  const good = { agent: bot, key: key.thumbprint, session: 's-1' };
  for (const presenter of [undefined, {}, good, JSON.stringify(good), { agent: bot }, { key: key.thumbprint }, { session: 's-1' }]) {
    assert(held.decide(...READ, { presenter }).allowed);
  }
  const wrong = [
    [{ agent: research }, 'chain.presenter'],
    [{ agent: { ...bot, tenant: 't' } }, 'chain.presenter'],
    [{ key: OTHER.thumbprint }, 'chain.presenter'],
    [{ session: 's-2' }, 'chain.session'],
    [{ ...good, session: 'S-1' }, 'chain.session'],
  ];
  for (const [presenter, expected] of wrong) assert.deepEqual(verdict(held.decide(...READ, { presenter })), ['deny', expected, undefined]);
  const unproven = held.decide(...READ, { presenter: { proof: { type: 'aat', jwt: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln' } } });
  assert.match(unproven.reason.code, /^(token|proof)\./);
});

const MALFORMED = [
  ...[null, '', '{', 'null', 'alice', '\ud800', 0, false, true, 3.5, NaN, 1n, [], Symbol('a'), () => {}, Buffer.from('{}'), new Map()],
  ...[{ agent: 'bot' }, { agent: { issuer: 'i' } }, { agent: { issuer: 'i', subject: '' } }, { agent: { ...bot, instance: 'pod-3' } }],
  ...[{ key: key.public }, { key }, { session: 3 }, { session: '' }, { sesion: 's' }, { get session() { return 's'; } }],
  ...[{}, { type: 'dpop' }, { type: 'aat', jwt: 3 }, { type: 'smoke', jwt: '' }, [], 'proof'].map((proof) => ({ proof })),
];

for (const [index, presenter] of MALFORMED.entries()) {
  test(`presenter ${index} cannot be read and is denied`, () => {
    const decision = task.decide(...READ, { presenter });
    assert.deepEqual(verdict(decision), ['deny', 'call.malformed', undefined]);
    assert.match(decision.reason.detail, /^presenter: /);
    assert.equal(decision.digest, undefined);
    assert.equal(decision.isOf(...READ), false);
    assert.equal(engine.log.length, 1);
  });
}

test('what is presented can be approved', () => {
  const presenter = { agent: bot };
  const ticket = task.decide(...LARGE, { presenter }).approvalRequest();
  assert.equal(ticket.presenter, undefined);
  task.approve(ticket, { by: olga });
  assert(task.decide(...LARGE, { presenter }).allowed);
});

test('a decision is of one call', () => {
  const decision = task.decide(...PAY);
  assert(decision.isOf(...PAY));
  assert(decision.isOf('erp.pay', { amount: '1.00', iban: 'DE89' }));
  const others = [
    READ,
    ['erp.pay', { iban: 'DE89', amount: '1.01' }],
    ['erp.pay', { iban: 'DE89', amount: '1.0' }],
    ['erp.pay', { iban: 'DE89', amount: Object('1.00') }],
    ['erp.pay', { iban: 'DE89', get amount() { return '1.00'; } }],
    ['erp.pay\ud800', PAY[1]],
    ['erp.pay', null],
    ['erp.pay'],
  ];
  for (const call of others) assert.equal(decision.isOf(...call), false);
  const malformed = task.decide('mail.read', { id: new Date() });
  assert.equal(malformed.isOf('mail.read', { id: new Date() }), false);
  const { chain } = begun(engine);
  const elsewhere = engine.decide({ chain, call: { tool: PAY[0], arguments: PAY[1] } });
  assert(elsewhere.isOf(...PAY));
  assert.notEqual(elsewhere.digest, decision.digest);
});

const EVALUATION = {
  subject: { type: 'user', id: 'alice' },
  action: { name: 'mail.read' },
  resource: { type: 'tool', id: 'mail.read' },
  context: { arguments: READ[1] },
};
const PAYMENT = { ...EVALUATION, action: { name: 'erp.pay' }, resource: { type: 'tool', id: 'erp.pay' }, context: { arguments: LARGE[1] } };
const last = ({ log }) => JSON.parse(log.entries(log.length - 1));

test('AuthZEN is answered in its form', () => {
  const open = made({ acceptClaimedChains: true });
  const options = { subjectIssuer: ISSUER, agent: bot };
  const answer = open.decideAuthzen(EVALUATION, options);
  assert.deepEqual([answer.decision, answer.context.effect], [true, 'allow']);
  assert.deepEqual([last(open).chain.proof_level, last(open).effect], [0, 'allow']);
  const asked = open.decideAuthzen(JSON.stringify(PAYMENT), options);
  assert.deepEqual([asked.decision, asked.context.effect, asked.context.ask], [false, 'ask', ['owner']]);
  const batch = open.decideAuthzen({ evaluations: [EVALUATION, PAYMENT, EVALUATION] }, { ...options, nowMs: NOW });
  assert.deepEqual(batch.evaluations.map(({ decision }) => decision), [true, false, true]);
  assert.equal(open.log.length, 5);
  assert.equal(open.decideAuthzen(EVALUATION).context.code, 'request.malformed'); // whose alice?
});

test('AuthZEN takes what is proven', () => {
  const options = { subjectIssuer: ISSUER };
  const context = { ...EVALUATION.context, delegation: task.export(key).evidence };
  assert.equal(receiver.decideAuthzen({ ...EVALUATION, context }, options).decision, true);
  assert.equal(last(receiver).chain.proof_level, 3);
  const mallory = { ...EVALUATION, subject: { type: 'user', id: 'mallory' }, context };
  assert.equal(receiver.decideAuthzen(mallory, options).context.code, 'chain.origin_mismatch');
  assert.equal(receiver.decideAuthzen(EVALUATION, { ...options, agent: bot }).context.code, 'chain.unproven');
});

test('AuthZEN answers what is no request', () => {
  const nothing = ['', '{', '[]', '\ud800', [], {}, 3, null, undefined, Buffer.from('{}'), { subject: new Set() }, Symbol('a')];
  for (const [index, request] of nothing.entries()) {
    const answer = engine.decideAuthzen(request);
    assert.deepEqual([answer.decision, answer.context.code], [false, 'request.malformed']);
    assert.deepEqual([engine.log.length, last(engine).effect], [index + 1, 'deny']);
  }
  engine.decideAuthzen({ subject: new Set() });
  assert.match(last(engine).reason.detail, /`subject`: `Set` is not a JSON value/);
  const large = engine.decideAuthzen({ ...EVALUATION, context: { arguments: { id: 'x'.repeat(3 << 20) } } });
  assert.deepEqual([large.decision, large.context.code], [false, 'request.too_large']);
});
