/** Approvals, delegation, resuming: what a task does beside deciding. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { BailiwickError, Engine } from 'bailiwick';
import { CATALOG, LARGE, NOW, REGISTRY, alice, begun, bot, made, olga, research } from './world.mjs';

let engine;
let task;
beforeEach(() => {
  engine = made();
  task = begun(engine);
});

const READ = ['mail.read', { id: 'm-17' }];
const code = (expected) => (error) => {
  assert(error instanceof BailiwickError, error);
  assert.equal(error.code, expected, error.message);
  return true;
};

test('an approval is for one call once', () => {
  const asked = task.decide(...LARGE);
  const ticket = asked.approvalRequest();
  assert.deepEqual([ticket.digest, ticket.decision], [asked.digest, asked.id]);
  const approval = task.approve(JSON.stringify(ticket), { by: olga });
  assert.equal(approval.approver.subject, 'olga');
  assert.equal(task.decide('erp.pay', { iban: 'DE89', amount: '900.01' }).effect, 'ask');
  const allowed = task.decide(...LARGE);
  assert.equal(allowed.effect, 'allow');
  assert.deepEqual(allowed.record.approvals[0].roles, ['owner']);
  assert.equal(task.decide(...LARGE).effect, 'ask');
});

test('approvals end', () => {
  const early = begun(engine, { nowMs: NOW });
  early.approve(early.decide(...LARGE, { nowMs: NOW }).approvalRequest(), { by: olga, nowMs: NOW });
  assert.equal(early.decide(...LARGE, { nowMs: NOW + 15 * 60_000 }).effect, 'ask');
});

test('not everybody approves', () => {
  const ticket = task.decide(...LARGE).approvalRequest();
  assert.throws(() => task.approve(ticket, { by: alice }), code('approval.role'));
  assert.throws(() => task.approve(ticket, { by: { ...olga, kind: 'service' } }), code('approval.role'));
  assert.throws(() => task.approve({ ...ticket, roles: ['user'] }, { by: alice }), code('approval.invalid'));
  assert.throws(() => task.approve({ ...ticket, arguments: {} }, { by: olga }), code('approval.invalid'));
  assert.throws(() => begun(engine).approve(ticket, { by: olga }), code('approval.mismatch'));
  assert.throws(() => task.approve(ticket, {}), code('json.malformed'));
  assert.throws(() => task.approve(ticket), code('json.malformed'));
  assert.equal(task.decide(...LARGE).effect, 'ask');
});

test('only what asks can be approved', () => {
  for (const decision of [task.decide(...READ), task.decide('mail.read', { id: Symbol('a') })]) {
    assert.throws(() => decision.approvalRequest(), code('usage'));
  }
  const stateless = engine.decide({ chain: task.chain, call: { tool: LARGE[0], arguments: LARGE[1] } });
  assert.equal(stateless.effect, 'ask');
  assert.throws(() => stateless.approvalRequest(), code('usage'));
});

test('an approval serves the stateless door', () => {
  const approval = task.approve(task.decide(...LARGE).approvalRequest(), { by: olga });
  const request = { chain: task.chain, call: { tool: LARGE[0], arguments: LARGE[1] }, approvals: [approval] };
  const allowed = engine.decide(request, { ledger: { spent: [], approvals: [] } });
  assert.equal(allowed.effect, 'allow', allowed.explain());
  const used = allowed.record.approvals.map((use) => use.id);
  assert.equal(engine.decide(request, { ledger: JSON.stringify({ approvals: used }) }).effect, 'ask');
  assert.equal(engine.decide(request).effect, 'ask');
});

test('a child is narrower', () => {
  const child = task.delegate(research, { grant: { actions: ['read'] }, prompt: 'Find the invoices' });
  assert.deepEqual(child.cut, []);
  assert.equal(child.engine, engine);
  assert.deepEqual(child.chain.links.map((link) => link.delegate.subject), ['invoice-bot', 'research-bot']);
  assert.equal(child.chain.links[1].purpose, 'Find the invoices');
  assert(child.decide(...READ).allowed);
  const { reason } = child.decide('erp.pay', { iban: 'DE89', amount: '1.00' });
  assert.deepEqual([reason.code, reason.hop], ['grant.action', 1]);
});

test('what was cut is said', () => {
  const reader = begun(engine, { grant: { actions: ['read'] }, depthMax: 2 });
  const child = reader.delegate(research, { grant: { actions: ['read', 'erp.pay'] }, lifetimeMs: 10 ** 12, depthMax: 9 });
  assert.equal(child.cut.length, 3);
  assert(child.cut.some((line) => line.includes('erp.pay')));
  assert.equal(child.decide('erp.pay', { iban: 'DE89', amount: '1.00' }).effect, 'deny');
  assert.equal(child.chain.links[1].depth_max, 2);
});

test('delegation has limits', () => {
  const grant = { actions: ['read'] };
  assert.throws(() => begun(engine, { depthMax: 0 }).delegate(research, { grant }), code('chain.depth'));
  assert.throws(() => task.delegate(bot, { grant }), code('chain.cycle'));
  assert.throws(() => task.delegate(research, { grant: { actions: 'read' } }), code('json.malformed'));
  assert.throws(() => task.delegate(research, { grant, ownAuthority: 'yes' }), code('json.malformed'));
  assert.throws(() => task.delegate(research, {}), code('json.malformed'));
  assert.throws(() => task.delegate(research), code('json.malformed'));
  assert.throws(() => task.delegate(research, { grant, own_authority: true }), code('usage'));
  const own = task.delegate(research, { grant, ownAuthority: true });
  assert.equal(own.decide(...READ).reason.code, 'policy.own_authority');
});

test('children share budgets', () => {
  const budgets = [{ name: 'calls', actions: 'any', limit: '2' }];
  const parent = begun(engine, { grant: { capabilities: [{ actions: 'any' }], budgets } });
  const child = parent.delegate(research, { grant: { actions: ['read'] } });
  assert(child.decide(...READ).allowed);
  assert(parent.decide(...READ).allowed);
  assert.equal(child.decide(...READ).reason.code, 'grant.budget');
});

test('a chain is resumed only where it was sealed', () => {
  const { chain } = task;
  assert(engine.resume(JSON.stringify(chain)).decide(...READ).allowed);
  assert.throws(() => engine.resume({ ...chain, id: 'another' }), code('chain.seal'));
  assert.throws(() => made().resume(chain), code('chain.seal'));
  assert.throws(() => engine.resume({ ...chain, seal: undefined }), code('chain.unproven'));
  const sealKey = new Uint8Array(32).fill(107);
  const [first, second] = [made({ sealKey }), made({ sealKey: Buffer.from(sealKey) })];
  assert.equal(second.resume(begun(first).chain).chain.origin.subject, 'alice');
  assert(made({ acceptClaimedChains: true }).resume({ ...chain, seal: undefined }).decide(...READ).allowed);
});

test('times are milliseconds', () => {
  const early = begun(engine, { lifetimeMs: 1_000, nowMs: NOW });
  assert(early.decide(...READ, { nowMs: NOW + 999 }).allowed);
  assert.equal(early.decide(...READ, { nowMs: NOW + 1_000 }).reason.code, 'chain.expired');
  assert.equal(early.decide(...READ).reason.code, 'chain.expired'); // by the host's clock
  assert.throws(() => early.delegate(research, { grant: { actions: ['read'] }, nowMs: NOW + 1_000 }), BailiwickError);
  assert(Math.abs(task.chain.links[0].issued_ms - Date.now()) < 60_000);
});

test('people and agents in full', () => {
  const origin = { kind: 'user', issuer: 'i', subject: 's', tenant: 't', groups: ['g'], session: 'x', auth_time_ms: NOW };
  const { chain } = engine.begin({ origin, agent: { ...bot, instance: 'pod-3' }, id: 'task-17' });
  assert.deepEqual([chain.origin, chain.id, chain.links[0].delegate.instance], [origin, 'task-17', 'pod-3']);
});

test('host facts reach policies', () => {
  const night = `permit (principal, action, resource);
    forbid (principal, action, resource) when { context.host has region && context.host.region == "night" };`;
  const schema = { 'host.cedarschema': 'type HostContext = { region?: String };' };
  const at = begun(new Engine({ policies: { 'a.cedar': night }, schema, catalog: CATALOG, registry: REGISTRY }));
  const decide = (host) => at.decide(...READ, { host });
  assert(decide({ region: 'day' }).allowed);
  assert(decide({ region: undefined }).allowed);
  assert.equal(decide({ region: 'night' }).reason.code, 'policy.forbidden');
  assert.equal(decide({ unknown: 1 }).reason.code, 'request.host_facts');
  assert.throws(() => decide(['region']), code('usage'));
  assert.throws(() => decide('region'), code('usage'));
  assert.throws(() => decide({ region: new Date() }), code('json.malformed'));
});

test('an unknown agent is found', () => {
  const stranger = { issuer: 'https://agents.example', subject: 'stranger' };
  const decision = engine.begin({ origin: alice, agent: stranger }).decide(...READ);
  assert.equal(decision.reason.code, 'registry.unknown');
  assert.deepEqual(decision.findings.map((finding) => [finding.kind, finding.agent.subject]), [['unknown_agent', 'stranger']]);
});

test('a decision tells what it is', () => {
  const decision = task.decide('erp.pay', { iban: 'DE89', amount: '1.00' });
  assert.deepEqual(decision.obligations, ['notify:finance']);
  assert.deepEqual(decision.reason, { code: 'permitted', policies: [], detail: '' });
  assert.equal(decision.message, 'This action is permitted.');
  assert.equal(decision.shadow, undefined);
  assert.deepEqual([decision.ask, decision.findings], [[], []]);
  assert.match(decision.digest, /^sha256:[0-9a-f]{64}$/);
  assert.equal(decision.record, decision.toJSON());
  assert.throws(() => {
    decision.record.effect = 'allow';
  }, TypeError);
  assert.throws(() => {
    decision.allowed = true;
  }, TypeError);
  const asked = task.decide(...LARGE);
  assert.deepEqual(asked.reason.policies, ['large-pays']);
  assert.deepEqual([asked.reason.hop, asked.reason.gate, asked.ask], [0, 'origin', ['owner']]);
});

test('shadow policies are told', () => {
  const policies = { 'a.cedar': 'permit (principal, action, resource); @shadow @id("soon") forbid (principal, action, resource);' };
  const decision = begun(new Engine({ policies, catalog: CATALOG, registry: REGISTRY })).decide(...READ);
  assert(decision.allowed);
  assert.deepEqual(decision.shadow, { effect: 'deny', policies: ['soon'] });
});
