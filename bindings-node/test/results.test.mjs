/** Outputs as protocols wrap them: MCP's results, and lists of content parts. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Engine } from 'bailiwick';
import { REGISTRY, alice, bot } from './world.mjs';

const file = JSON.parse(readFileSync(new URL('../../testdata/results.json', import.meta.url), 'utf8'));
const policies = { 'all.cedar': 'permit(principal, action, resource);' };
const engine = new Engine({ policies, catalog: file.catalog, registry: REGISTRY });
const begun = () => engine.begin({ origin: alice, agent: bot, prompt: file.prompt });
const verdict = (task) => task.decide(file.call.tool, file.call.arguments).intent.verdict;

for (const { note, tool, output, verdict: expected } of file.cases) {
  test(note, () => {
    const task = begun();
    task.observe(tool, {}, output);
    assert.equal(verdict(task), expected);
    const guarded = begun();
    const call = engine.guard(tool, () => output, { parameters: [] });
    guarded.run(() => call());
    assert.equal(verdict(guarded), expected);
  });
}
