/** Engines in workers, and everything swapped while decisions are made. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Engine } from 'bailiwick';
import { CATALOG, POLICIES, REGISTRY, begun, made } from './world.mjs';

const SMALL = ['erp.pay', { iban: 'DE89', amount: '1.00' }];

function inWorker(program, workerData) {
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { BailiwickError, Engine, currentTask } from ${JSON.stringify(import.meta.resolve('bailiwick'))};
    import { begun, made } from ${JSON.stringify(import.meta.resolve('./world.mjs'))};
    ${program}`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData });
  return new Promise((resolve, reject) => {
    let said;
    worker.on('message', (message) => (said = message)).on('error', reject).on('exit', () => resolve(said));
  });
}

test('workers have engines of their own, and agree through the seal key', async () => {
  const sealKey = new Uint8Array(32).fill(7);
  const here = begun(made({ sealKey }));
  const program = `
    const engine = made({ sealKey: workerData.sealKey });
    const task = engine.resume(workerData.chain);
    const effects = [];
    for (let turn = 0; turn < 100; turn += 1) effects.push(task.decide('erp.pay', { iban: 'DE89', amount: turn % 2 ? '1.00' : '900.00' }).effect);
    let code;
    try { new Engine({ policies: { 'a.cedar': 'permit' } }); } catch (error) { code = error instanceof BailiwickError && error.code; }
    engine.log.verify(engine.log.head());
    parentPort.postMessage({ effects, code, current: currentTask(), length: engine.log.length });`;
  const workers = Array.from({ length: 4 }, () => inWorker(program, { sealKey, chain: here.chain }));
  for (let turn = 0; turn < 100; turn += 1) {
    assert(here.decide(...SMALL).allowed);
    await tick();
  }
  for (const { effects, code, current, length } of await Promise.all(workers)) {
    assert.deepEqual(effects, Array.from({ length: 100 }, (_, turn) => (turn % 2 ? 'allow' : 'ask')));
    assert.deepEqual([code, current, length], ['policy.invalid', undefined, 100]);
  }
});

test('a worker may end while its engine loads', async () => {
  const program = `
    Engine.fromDir(workerData);
    made();
    process.exit(0);`;
  const dir = directory();
  await Promise.all(Array.from({ length: 4 }, () => inWorker(program, dir)));
  rmSync(dir, { recursive: true });
});

test('decisions while everything is swapped', async () => {
  const engine = made();
  const task = begun(engine);
  const dir = directory();
  const seen = new Set();
  const loading = Array.from({ length: 6 }, () => Engine.fromDir(dir));
  for (let turn = 0; turn < 60; turn += 1) {
    if (turn % 5 === 0) engine.loadPolicies(turn % 10 ? { 'all.cedar': POLICIES } : { 'none.cedar': '' });
    if (turn % 7 === 0) engine.loadRegistry(turn % 14 ? REGISTRY : { agents: [] });
    if (turn % 11 === 0) engine.reload(dir);
    const { effect, reason } = task.decide(...SMALL);
    seen.add(`${effect} ${reason.code}`);
    await tick();
  }
  const expected = ['allow permitted', 'deny policy.no_permit', 'deny registry.unknown'];
  assert.deepEqual([...seen].filter((answer) => !expected.includes(answer)), []);
  assert.equal(engine.log.length, 60);
  engine.log.verify(engine.log.head());
  for (const loaded of await Promise.all(loading)) assert(begun(loaded).decide(...SMALL).allowed);
  rmSync(dir, { recursive: true });
});

test('a budget is not overdrawn by many who wait', async () => {
  const budgets = [{ name: 'calls', actions: 'any', limit: '25' }];
  const engine = made();
  const task = begun(engine, { grant: { capabilities: [{ actions: 'any' }], budgets } });
  const pay = engine.guard('erp.pay', async () => tick());
  const done = await task.run(() => Promise.allSettled(Array.from({ length: 80 }, () => pay('DE89', '1.00'))));
  assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 25);
});

function directory() {
  const dir = mkdtempSync(join(tmpdir(), 'bailiwick-'));
  writeFileSync(join(dir, 'all.cedar'), POLICIES);
  writeFileSync(join(dir, 'tools.json'), JSON.stringify(CATALOG));
  writeFileSync(join(dir, 'registry.json'), JSON.stringify(REGISTRY));
  return dir;
}
