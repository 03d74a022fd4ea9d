/** Runs every file in `testdata/decisions`: the same files the Rust and Python suites run. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { BailiwickError, Engine } from 'bailiwick';

const TESTDATA = new URL('../../testdata/', import.meta.url);
const CASES = readdirSync(new URL('decisions/', TESTDATA)).filter((name) => name.endsWith('.json'));
/** What the suites seal with when a setup names no key. */
const SEAL_KEY = '00'.repeat(32);

test('there are cases', () => assert(CASES.length >= 60));

for (const name of CASES) {
  const source = readFileSync(new URL(`decisions/${name}`, TESTDATA), 'utf8');
  const { note, ...item } = JSON.parse(source);
  test(`${name}: ${note}`, () => {
    const setup = setupOf(item);
    if (item.load_error !== undefined) {
      assert.throws(() => load(setup), (error) => {
        assert(error instanceof BailiwickError);
        assert(error.report);
        const found = Object.keys(item.load_error).map((member) => [member, error[member]]);
        assert.deepEqual(Object.fromEntries(found), item.load_error, error.report);
        return true;
      });
      return;
    }
    const engine = loaded(setup);
    for (const request of requests(item, source)) {
      const decision = engine.decide(request, { ledger: item.ledger, nowMs: item.now_ms });
      const found = Object.keys(item.expect).map((member) => [member, told(decision, member, item.expect)]);
      assert.deepEqual(Object.fromEntries(found), item.expect, decision.explain());
      assert.equal(decision.allowed, decision.effect === 'allow');
      assert.deepEqual([decision.record.effect, decision.record.reason.code], [decision.effect, decision.reason.code]);
      assert.equal(engine.log.entries(engine.log.length - 1).toString(), JSON.stringify(decision));
    }
  });
}

function setupOf(item) {
  const { base, ...setup } = typeof item.setup === 'string' ? { base: item.setup } : item.setup;
  const under = base === undefined ? {} : JSON.parse(readFileSync(new URL(`setups/${base}.json`, TESTDATA), 'utf8'));
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
  return numbers.every((number) => String(Number(number)) === number) ? [text, item.request] : [text];
}

/** A member of the record, as the cases name it. */
function told({ record }, member, expected) {
  const { reason, findings = [] } = record;
  if (member === 'reason') return reason.code;
  if (member === 'findings') return findings.length;
  const found = ['hop', 'gate', 'policies'].includes(member) ? reason[member] : record[member];
  return found ?? (expected[member] === null ? null : undefined);
}
