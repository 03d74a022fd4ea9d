/** What is said of a document given from code that has not the shape: the parameter, the path, what there is. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Engine, SigningKey } from 'bailiwick';
import { CATALOG, JWK, POLICIES, REGISTRY, alice, begun, bot, made, olga, research } from './world.mjs';

const engine = made();
const task = begun(engine);
const parts = { policies: { 'all.cedar': POLICIES }, catalog: CATALOG, registry: REGISTRY };
const begin = (more) => () => engine.begin({ origin: alice, agent: bot, ...more });
const load = (more) => () => new Engine({ ...parts, ...more });

const TOOL = CATALOG.tools[0];
const AGENT = REGISTRY.agents[0];
const FOLDER = { uid: { type: 'Folder', id: 'a' }, attrs: {}, parents: [] };
const TOOLS = 'catalog: a list of tools, or an object with a list `tools`, is needed, not ';
const entities = (given) => load({ schema: { 'office.cedarschema': 'entity Folder in [Folder];' }, entities: given });

const WRONG = [
  [load({ policies: ['permit'] }), 'policies: an object of texts by name, as in `{"all.cedar": …}`, is needed, not an array'],
  [load({ policies: 'permit' }), 'policies: an object of texts by name, as in `{"all.cedar": …}`, is needed, not a string'],
  [load({ policies: { 'all.cedar': null } }), 'policies: `all.cedar`: a string is needed, not null'],
  [load({ schema: 'entity Folder;' }), 'schema: an object of texts by name, as in `{"all.cedar": …}`, is needed, not a string'],
  [load({ acceptClaimedChains: 'yes' }), 'acceptClaimedChains: true or false is needed, not a string'],
  [load({ allReasons: 1 }), 'allReasons: true or false is needed, not a number'],
  [load({ sealKey: 'x'.repeat(32) }), 'sealKey: a Uint8Array is needed, not a string'],
  [load({ sealKey: new Uint8Array(1) }), 'sealKey: 32 bytes are needed, not 1'],
  [load({ baseline: 'strickt' }), 'baseline: `strickt` is none of: observe, balanced, strict'],
  [load({ baseline: true }), 'baseline: a string is needed, not a boolean'],
  [load({ standing: 'look' }), 'standing: an array of strings is needed, not a string'],
  [load({ catalog: { look: { effects: ['read'] } } }), `${TOOLS}an object with \`look\``],
  [load({ catalog: { tools: { look: TOOL } } }), `${TOOLS}an object whose \`tools\` are an object: each tool has its name in the member \`name\``],
  [load({ catalog: 3 }), `${TOOLS}3`],
  [load({ catalog: { tools: [{ ...TOOL, effects: 'read' }] } }), 'catalog: `tools[0].effects`: a list is needed, not a string'],
  [load({ registry: { agents: [['https://agents.example', 'bot']] } }), 'registry: `agents[0]`: an object with `issuer`, `subject` and `state` is needed, not a list'],
  [load({ registry: { agents: [{ ...AGENT, owner: 'olga' }] } }), 'registry: `agents[0].owner`: an object with `issuer` and `subject` is needed, not a string'],
  [load({ trust: { issuers: ['https://idp.example'] } }), 'trust: `issuers[0]`: an object with `issuer`, `keys` and `formats` is needed, not a string'],
  [entities(FOLDER), 'entities: a list is needed, not an object'],
  [entities([{ ...FOLDER, uid: 'Folder::"a"' }]), 'entities: `[0].uid`: an object with `type` and `id` is needed, not a string'],
  [entities([FOLDER, { ...FOLDER, uid: { type: 'Folder' } }]), 'entities: `[1].uid`: `id` is missing'],
  [entities([{ ...FOLDER, attrs: [] }]), 'entities: `[0].attrs`: an object is needed, not a list'],
  [entities([{ ...FOLDER, parents: ['x'] }]), 'entities: `[0].parents[0]`: an object with `type` and `id` is needed, not a string'],
  [begin({ origin: 'alice' }), 'begin: `origin`: an object with `kind`, `issuer` and `subject` is needed, not a string'],
  [begin({ grant: { actions: 'read' } }), 'begin: `grant.actions`: `"any"` or a list is needed, not a string'],
  [begin({ grant: { actions: ['read'], budgets: ['calls'] } }), 'begin: `grant.budgets[0]`: an object with `name`, `actions` and `limit` is needed, not a string'],
  [begin({ contract: [] }), 'begin: `contract`: an object with `mode` is needed, not a list'],
  [begin({ agent: 'invoice-bot' }), 'begin: `agent`: an object with `issuer` and `subject` is needed, not a string'],
  [begin({ origin: { kind: 'usr', issuer: 'i', subject: 's' } }), 'begin: `origin.kind`: `usr` is none of: user, service, schedule, agent_user (did you mean `user`?)'],
  [begin({ agent: undefined }), 'begin: `agent` is missing'],
  [begin({ grant: { action: ['read'] } }), 'begin: `grant`: there is no member `action`; there are: actions, resources, arguments, approvers, expires_ms, capabilities, budgets (did you mean `actions`?)'],
  [begin({ grant: { capabilities: [{ actions: ['pay'], arguments: { amount: { range: { max: true } } } }] } }), 'begin: `grant.capabilities[0].arguments.amount.range.max`: a string is needed, not true'],
  [begin({ contract: { mod: 'read_only' } }), /^begin: `contract`: there is no member `mod`; there are: mode, .*did you mean `mode`/],
  [begin({ lifetimeMs: 90 * 24 * 60 * 60 * 1_000 }), /at most 2592000000 ms \(30 days\)$/],
  [() => task.delegate(research, { grant: { actoins: ['read'] } }), /^delegate: `grant`: there is no member `actoins`.*did you mean `actions`/],
  [() => task.approve({ a: 1 }, { by: olga }), /^ticket: there is no member `a`; there are: /],
  [() => engine.resume({ ...task.chain, sael: '' }), /^chain: there is no member `sael`.*did you mean `seal`/],
  [() => engine.resume(task.chain, { ledger: { spend: [] } }), /^ledger: there is no member `spend`; there are: spent, approvals, proofs/],
  [() => engine.loadRegistry({ agnets: [] }), 'registry: there is no member `agnets`; there are: agents, blueprints (did you mean `agents`?)'],
  [load({ registry: { agents: [{ issuer: 'i' }] } }), 'registry: `agents[0]`: `subject` is missing'],
  [load({ registry: 3 }), 'registry: an object with `agents`, or a list of agents, is needed, not 3'],
  [load({ catalog: [{ name: 'x', system: 3 }] }), 'catalog: `[0].system`: a string is needed, not 3'],
  [load({ trust: [] }), 'trust: an object with `issuers` is needed, not a list'],
  [load({ revocations: { as_of: 3 } }), /^revocations: there is no member `as_of`; there are: as_of_ms, max_age_ms/],
  [() => task.export(SigningKey.fromJwk(JWK), { format: 'natve' }), /^format: `natve` is none of: native, .*did you mean `native`/],
];

for (const [work, said] of WRONG) {
  test(`it is said: ${said}`, () => {
    assert.throws(work, (error) => {
      if (typeof said === 'string') assert.equal(error.message, said);
      else assert.match(error.message, said);
      assert.equal(error.line, undefined);
      return true;
    });
  });
}

test('the name of a file is no document', () => {
  for (const name of ['registry.json', './registry.json', '/etc/registry.json']) {
    assert.throws(load({ registry: name }), { message: /^registry:1:1: not JSON; this looks like a file name: pass the file.s text$/ });
  }
});

test('entities of the right shape are taken', () => {
  const inner = { uid: { __entity: { type: 'Folder', id: 'b' } }, attrs: {}, parents: [FOLDER.uid] };
  entities([FOLDER, inner])();
  entities('[]')();
});

test('positions are told of text', () => {
  assert.throws(load({ registry: '{"agents": [{"issuer": "i"}]}' }), { message: /^registry:1:27: `agents\[0\]`: /, file: 'registry', line: 1 });
});

test('decisions say it, too', () => {
  const decide = (request) => engine.decide(request).reason.detail;
  assert.match(decide({ chain: task.chain, cal: {} }), /^request: there is no member `cal`; .*did you mean `call`/);
  assert.match(task.decide('mail.read', { id: 'm-17' }, { presenter: { agnt: 1 } }).reason.detail, /^presenter: there is no member `agnt`/);
});

test('bare lists and pairs are taken', () => {
  const short = new Engine({ ...parts, registry: REGISTRY.agents, catalog: CATALOG.tools });
  const pair = (who) => [who.issuer, who.subject];
  const running = short.begin({ origin: pair(alice), agent: pair(bot) });
  assert.deepEqual(running.chain.origin, { kind: 'user', issuer: alice.issuer, subject: alice.subject });
  assert(running.delegate(pair(research), { grant: { actions: ['read'] } }).decide('mail.read', { id: 'm-17' }).allowed);
  for (const agent of [['a'], ['a', 3], ['a', 'b', 'c'], []]) assert.throws(() => short.begin({ origin: alice, agent }), { code: 'json.malformed' });
});

test('what is odd about policies is emitted once for each load', async () => {
  const odd = { 'odd.cedar': 'permit (principal, action == Action::"erp.pay", resource) when { 1 == 2 };' };
  const found = [];
  const listen = ({ name, code, message, file, line, column }) => found.push([name, code, message, file, line, column]);
  process.on('warning', listen);
  const warned = once(process, 'warning');
  const other = new Engine({ ...parts, policies: odd });
  await warned;
  await new Promise(setImmediate);
  process.off('warning', listen);
  const placed = other.warnings.filter(({ line }) => line !== undefined);
  assert(placed.length > 0);
  assert.deepEqual(found, placed.map(({ code, text, file, line, column }) => ['PolicyWarning', code, text, file, line, column]));
});
