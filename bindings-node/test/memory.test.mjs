/** Tasks and their decisions are freed when they are collected, also in a loop that never returns to the event loop. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LARGE, alice, bot, made } from './world.mjs';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Long names make a task large: some 100 KB, against which what Node itself keeps for an object is nothing. */
const resources = Array.from({ length: 40 }, (_, index) => ({ eq: { type: 'Document', id: `document-${index}-${'x'.repeat(4_000)}` } }));
const grant = { actions: ['read'], resources };
const TASKS = 1_500;

test('tasks of a synchronous loop are freed in it', () => {
  const engine = made();
  const begun = () => engine.begin({ origin: alice, agent: bot, grant });
  begun();
  collect();
  const kept = begun();
  const before = process.memoryUsage().rss;
  for (let index = 0; index < TASKS; index += 1) {
    begun().decide('mail.read', { id: 'm-17' });
    if (index % 100 === 0) collect();
  }
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  // All together they are more than 200 MB.
  assert(grown < 110, `${grown} MB`);
  // What can still be reached is whole.
  assert.equal(kept.decide('mail.read', { id: 'm-17' }).reason.code, 'grant.resource');
});

test('a decision keeps its task', () => {
  const engine = made();
  const asked = () => engine.begin({ origin: alice, agent: bot }).decide(...LARGE);
  const decision = asked();
  for (let index = 0; index < 600; index += 1) {
    engine.begin({ origin: alice, agent: bot });
    if (index % 100 === 0) collect();
  }
  assert.equal(decision.approvalRequest().tool, 'erp.pay');
});
