/** What is odd about policies, as `bailiwick check --json` has it: `testdata/mistakes/warnings.json`. */

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Engine } from 'bailiwick';

const MISTAKES = new URL('../../testdata/mistakes/', import.meta.url);
const SHOP = new URL('shop/', MISTAKES);
const read = (name, folder) => readFileSync(new URL(name, folder), 'utf8');
const shop = Object.fromEntries(readdirSync(SHOP).map((name) => [name, read(name, SHOP)]));
const plain = (warnings) => JSON.parse(JSON.stringify(warnings));

/** What is emitted on `process` while `work` runs. */
async function emitted(work) {
  // What an earlier test caused comes late.
  await new Promise(setImmediate);
  const found = [];
  const listen = ({ name, code, file, line, column }) => found.push({ name, code, file, line, column });
  process.on('warning', listen);
  await work();
  await new Promise(setImmediate);
  process.off('warning', listen);
  return found;
}

function places(expect) {
  const placed = expect.filter(({ line }) => line !== undefined);
  return placed.map(({ code, file, line, column }) => ({ name: 'PolicyWarning', code, file, line, column }));
}

for (const { name, write, expect } of JSON.parse(read('warnings.json', MISTAKES))) {
  test(`${name}: of a directory`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'warnings-'));
    cpSync(SHOP, dir, { recursive: true });
    for (const [file, text] of Object.entries(write)) writeFileSync(join(dir, file), text);
    const found = await emitted(async () => {
      const engine = await Engine.fromDir(dir);
      assert.deepEqual(plain(engine.warnings), expect);
    });
    assert.deepEqual(found, places(expect));
    rmSync(dir, { recursive: true });
  });

  test(`${name}: of texts`, async () => {
    const all = { ...shop, ...write };
    const named = (ending) => Object.fromEntries(Object.entries(all).filter(([file]) => file.endsWith(ending)));
    const documents = { catalog: all['tools.json'], registry: all['registry.json'], entities: all['entities.json'] };
    const found = await emitted(() => {
      const engine = new Engine({ policies: named('.cedar'), schema: named('.cedarschema'), ...documents });
      assert.deepEqual(plain(engine.warnings), expect);
    });
    assert.deepEqual(found, places(expect));
  });
}

test('the text has the place in front', () => {
  const policies = { 'all.cedar': 'permit (principal, action, resource) when { 1 == 2 };' };
  const [odd] = new Engine({ policies, catalog: { tools: [] }, registry: shop['registry.json'] }).warnings;
  assert.equal(odd.text, `${odd.file}:${odd.line}:${odd.column}: ${odd.message}`);
  assert.equal(`${odd}`, odd.text);
  assert.deepEqual(Object.keys(odd), ['code', 'message', 'file', 'line', 'column']);
});

test('a registry that lacks a name is warned about when it is loaded', async () => {
  const policies = { 'named.cedar': 'forbid (principal in Blueprint::"support-bots", action, resource);' };
  const engine = new Engine({ policies, catalog: shop['tools.json'], schema: { s: shop['shop.cedarschema'] } });
  assert.deepEqual(await emitted(() => engine.loadRegistry(shop['registry.json'])), []);
  const found = await emitted(() => engine.loadRegistry(shop['registry.json'].replaceAll('support-bots', 'suport-bots')));
  assert.deepEqual(found, [{ name: 'PolicyWarning', code: 'policy.unknown_entity', file: 'named.cedar', line: 1, column: 22 }]);
});

test('a warning is emitted once, and again after a load without it', async () => {
  const policies = { 'named.cedar': 'forbid (principal in Blueprint::"support-bots", action, resource);' };
  const lacking = shop['registry.json'].replaceAll('support-bots', 'suport-bots');
  const codes = async (work) => (await emitted(work)).map(({ code }) => code);
  const engine = new Engine({ policies, catalog: shop['tools.json'], schema: { s: shop['shop.cedarschema'] } });
  assert.deepEqual(await codes(() => engine.loadRegistry(lacking)), ['policy.unknown_entity']);
  assert.deepEqual(await codes(() => engine.loadRegistry(lacking)), []);
  assert.deepEqual(await codes(() => engine.loadPolicies(policies)), []);
  const moved = { 'named.cedar': `\n${policies['named.cedar']}` };
  assert.deepEqual(await codes(() => engine.loadPolicies(moved)), ['policy.unknown_entity']);
  assert.deepEqual(await codes(() => engine.loadRegistry(shop['registry.json'])), []);
  assert.deepEqual(await codes(() => engine.loadRegistry(lacking)), ['policy.unknown_entity']);
});
