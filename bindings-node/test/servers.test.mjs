/** Several servers in one catalog. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Engine } from 'bailiwick';
import { REGISTRY, alice, bot } from './world.mjs';

const policies = { 'all.cedar': 'permit (principal, action in [Action::"read", Action::"delegate"], resource);' };
const search = {
  name: 'search',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } } },
  annotations: { readOnlyHint: true },
};
const github = { name: 'github', prefix: 'github__', system: 'code', trust: 'trusted', tools: [search] };
const gitlab = { name: 'gitlab', prefix: 'mcp__gitlab__', tools: { tools: [search] } };
const code = (engine, tool) => engine.begin({ origin: alice, agent: bot }).decide(tool, { query: 'x' }).reason.code;

test('a list of servers is one catalog', () => {
  for (const catalog of [[github, gitlab], JSON.stringify([github, gitlab])]) {
    const engine = new Engine({ policies, catalog, registry: REGISTRY });
    // Only the trusted server's hint that its tool reads counts.
    assert.equal(code(engine, 'github__search'), 'permitted');
    assert.equal(code(engine, 'mcp__gitlab__search'), 'policy.no_permit');
    assert.equal(code(engine, 'search'), 'call.tool_unknown');
    const annotations = { tools: [{ name: 'mcp__gitlab__search', effects: ['read'] }] };
    const annotated = new Engine({ policies, catalog, annotations, registry: REGISTRY });
    assert.equal(code(annotated, 'mcp__gitlab__search'), 'permitted');
  }
});

test('a list of tools is taken as before', () => {
  const parameters = { type: 'object', properties: {} };
  for (const tool of [search, { type: 'function', function: { name: 'search', parameters } }, { name: 'search' }]) {
    const engine = new Engine({ policies, catalog: [tool], registry: REGISTRY });
    assert(engine.parameters('search'));
    assert.notEqual(code(engine, 'search'), 'permitted');
  }
});

test('an entry that cannot be read is named', () => {
  for (const [catalog, message] of [
    [[github, { ...gitlab, trust: true }], 'catalog[1].trust: must be `trusted` or `untrusted`, not true or false'],
    [[{ ...github, prefx: 'a' }], 'catalog[0]: there is no member `prefx`; there are: `name`, `prefix`, `system`, `trust`, `tools`'],
    [[github, github], 'catalog[1].name: duplicate server `github` (first at [0])'],
    [[{ ...github, tools: '[' }], 'catalog[0].tools:1:1: '],
    [
      [{ ...github, prefix: '' }, { ...gitlab, prefix: '' }],
      'catalog: tool `search` is in both server `github` and server `gitlab`: give one of the servers a `prefix`',
    ],
  ]) {
    assert.throws(
      () => new Engine({ policies, catalog }),
      (error) => {
        assert(error.message.startsWith(message), error.message);
        return true;
      },
    );
  }
});

test('a directory has a file for each server', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bailiwick-'));
  const write = (name, value) => writeFileSync(join(dir, name), typeof value === 'string' ? value : JSON.stringify(value));
  try {
    write('all.cedar', policies['all.cedar']);
    write('registry.json', REGISTRY);
    for (const name of ['tools', 'gitlab']) mkdirSync(join(dir, name));
    write('tools/github.json', { prefix: 'github__', trust: 'trusted', tools: [search] });
    write('gitlab/tools.json', { tools: [search] });
    const engine = await Engine.fromDir(dir);
    assert.equal(code(engine, 'github__search'), 'permitted');
    assert.equal(code(engine, 'search'), 'policy.no_permit');
    const one = await Engine.fromDir(dir, { catalog: join(dir, 'gitlab/tools.json') });
    assert.equal(code(one, 'github__search'), 'call.tool_unknown');
    write('tools/gitlab.json', []);
    await assert.rejects(Engine.fromDir(dir), /duplicate server `gitlab`, in gitlab\/tools.json and tools\/gitlab.json/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
