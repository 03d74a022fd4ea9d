/** Runs every file in `testdata/decisions` and `testdata/chains`: the same files the Rust and Python suites run. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { BailiwickError, Engine } from 'bailiwick';

const TESTDATA = new URL('../../testdata/', import.meta.url);
/** Where cases stand, and where the setups they name; how many there are at least. */
const FOLDERS = [
  ['decisions/', 'setups/', 60],
  ['chains/cases/', 'chains/setups/', 400],
  ['chains/formats/', 'chains/setups/', 30],
];
/** What the suites seal with when a setup names no key. */
const SEAL_KEY = '00'.repeat(32);
/** Members of `expect` that are not of the record. */
const BESIDE = ['is_of', 'warning', 'explain_lacks'];

for (const [folder, home, least] of FOLDERS) {
  const names = readdirSync(new URL(folder, TESTDATA)).filter((name) => name.endsWith('.json'));
  test(`there are cases in ${folder}`, () => assert(names.length >= least, `${names.length}`));
  for (const name of names) {
    const source = readFileSync(new URL(folder + name, TESTDATA), 'utf8');
    const { note, ...item } = JSON.parse(source);
    const setup = setupOf(item.setup, home);
    test(`${folder}${name}: ${note}`, () => (item.load_error === undefined ? decided(setup, item, source) : notLoaded(setup, item)));
    if (folder === 'chains/formats/') test(`${folder}${name}: a task decides as the stateless door`, () => resumed(setup, exact(structuredClone(item), source)));
  }
}

/** Integers that no JavaScript number holds, as `BigInt`: a host that means one passes it so. */
function exact(item, source) {
  const args = item.request?.call?.arguments;
  if (args === null || typeof args !== 'object') return item;
  for (const [name, value] of Object.entries(args)) {
    const digits = Number.isInteger(value) && !Number.isSafeInteger(value) ? new RegExp(`"${name}":\\s*(-?\\d+)[,}\\s]`).exec(source) : null;
    if (digits !== null) args[name] = BigInt(digits[1]);
  }
  return item;
}

function notLoaded(setup, item) {
  assert.throws(() => load(setup), (error) => {
    assert(error instanceof BailiwickError);
    assert(error.report);
    const found = Object.keys(item.load_error).map((member) => [member, error[member]]);
    assert.deepEqual(Object.fromEntries(found), item.load_error, error.report);
    return true;
  });
}

function decided(setup, item, source) {
  const engine = loaded(setup);
  const options = { ledger: item.ledger, nowMs: item.now_ms };
  if (item.authzen !== undefined) {
    for (const request of [item.authzen, JSON.stringify(item.authzen)]) {
      const answer = engine.decideAuthzen(request, options);
      const record = JSON.parse(engine.log.entries(engine.log.length - 1));
      assert.deepEqual([answer.decision, answer.context.code], [record.effect === 'allow', record.reason.code]);
      asExpected(record, item.expect);
    }
    return;
  }
  for (const request of requests(item, source)) {
    const decision = engine.decide(request, options);
    asExpected(decision.record, item.expect);
    const { is_of: isOf, warning, explain_lacks: lacking } = item.expect;
    if (isOf !== undefined) assert.equal(decision.isOf(item.executed.tool, item.executed.arguments), isOf);
    if (warning !== undefined) assert(engine.warnings.some(({ text }) => text.includes(warning)), engine.warnings.join('\n'));
    if (lacking !== undefined) assert(!decision.explain().includes(lacking), decision.explain());
    assert.equal(decision.allowed, decision.effect === 'allow');
    assert.deepEqual([decision.record.effect, decision.record.reason.code], [decision.effect, decision.reason.code]);
    assert.equal(engine.log.entries(engine.log.length - 1).toString(), JSON.stringify(decision));
  }
}

function resumed(setup, item) {
  const { chain, host, call, presenter } = item.request;
  const { tool, arguments: args } = call;
  const nowMs = item.now_ms;
  let task;
  try {
    task = loaded(setup).resume(chain, { ledger: item.ledger, nowMs });
  } catch (error) {
    assert.equal(error.code, item.expect.reason, error.message);
    return;
  }
  const decision = task.decide(tool, args, { host, presenter, nowMs });
  asExpected(decision.record, item.expect);
  if (decision.record.proof === undefined) return;
  assert.deepEqual(task.ledger.proofs.at(-1), decision.record.proof);
  // To read twice does no harm.
  if (decision.record.call.effects?.join() === 'read') return;
  assert.equal(task.decide(tool, args, { host, presenter, nowMs }).reason.code, 'proof.replay');
}

function setupOf(given, home) {
  const { base, ...setup } = typeof given === 'string' ? { base: given } : given;
  const under = base === undefined ? {} : setupOf(JSON.parse(readFileSync(new URL(`${home}${base}.json`, TESTDATA), 'utf8')), home);
  return { ...under, ...setup };
}

function load({ accept_claimed_chains: acceptClaimedChains, seal_key: sealKey = SEAL_KEY, ...parts }) {
  return new Engine({ ...parts, acceptClaimedChains, sealKey: Buffer.from(sealKey, 'hex') });
}

const engines = new Map();

function loaded(setup) {
  const name = JSON.stringify(setup);
  if (!engines.has(name)) engines.set(name, load(setup));
  return engines.get(name);
}

/** As text, and as JavaScript has it if it can: both doors lead to the same decision. */
function requests(item, source) {
  if (item.request_text !== undefined) return [item.request_text];
  // The text itself, since `JSON.parse` has no integers beyond 2^53 and no `5.0`.
  const [, text] = source.match(/^ "request": (.*?),?\n(?= "|\})/ms);
  assert.deepEqual(JSON.parse(text), item.request);
  const outsideStrings = text.replace(/"(\\.|[^"\\])*"/g, '""');
  const numbers = outsideStrings.match(/-?\d[\d.eE+-]*/g) ?? [];
  const isExact = (number) => !Number.isInteger(number) || Number.isSafeInteger(number);
  return numbers.every((number) => String(Number(number)) === number && isExact(Number(number))) ? [text, item.request] : [text];
}

function asExpected(record, expected) {
  const members = Object.keys(expected).filter((member) => !BESIDE.includes(member));
  const found = members.map((member) => [member, told(record, member, expected)]);
  const wanted = members.map((member) => [member, expected[member]]);
  assert.deepEqual(found, wanted, JSON.stringify(record.reason));
}

/** A member of the record, as the cases name it. */
function told(record, member, expected) {
  const { reason, findings = [] } = record;
  if (member === 'chain') return Object.fromEntries(Object.keys(expected.chain).map((name) => [name, record.chain[name]]));
  if (member === 'reason') return reason.code;
  if (member === 'findings') return findings.length;
  const found = ['hop', 'gate', 'policies'].includes(member) ? reason[member] : record[member];
  return found ?? (expected[member] === null ? null : undefined);
}
