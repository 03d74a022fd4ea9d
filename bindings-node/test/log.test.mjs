/** The log proves what was decided. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import { verifyConsistency, verifyInclusion } from 'bailiwick';
import { begun, made } from './world.mjs';

let log;
beforeEach(() => {
  const engine = made();
  const task = begun(engine);
  for (let number = 0; number < 11; number += 1) task.decide('mail.read', { id: `m-${number}` });
  log = engine.log;
});

test('entries are the decisions', () => {
  const engine = made();
  const task = begun(engine);
  const decisions = [task.decide('mail.read', { id: 'm-17' }), task.decide('mail.send', { to: () => {} }), engine.decide('{}')];
  assert.deepEqual(engine.log.entries().map(String), decisions.map((decision) => JSON.stringify(decision)));
  for (const decision of decisions) {
    const hash = createHash('sha256').update(JSON.stringify(decision)).digest('hex');
    assert.equal(decision.id, `dec_${hash.slice(0, 32)}`);
  }
});

test('an empty log', () => {
  const { log: empty } = made();
  assert.equal(empty.length, 0);
  assert.deepEqual(empty.head(), { size: 0, root: `sha256:${createHash('sha256').digest('hex')}` });
  empty.verify(empty.head());
});

test('every entry is proven under every head', () => {
  const entries = log.entries();
  for (let size = 1; size <= log.length; size += 1) {
    const head = log.head(size);
    for (let index = 0; index < size; index += 1) {
      const proof = log.inclusion(index, size);
      assert(verifyInclusion(head, index, entries[index], proof));
      assert(!verifyInclusion(head, index, Buffer.concat([entries[index], Buffer.from(' ')]), proof));
      assert(!verifyInclusion(head, index + 1, entries[index], proof));
    }
  }
});

test('every head grows from every earlier one', () => {
  for (let later = 0; later <= log.length; later += 1) {
    for (let earlier = 0; earlier <= later; earlier += 1) {
      const proof = log.consistency(earlier, later);
      assert(verifyConsistency(log.head(earlier), log.head(later), proof));
      if (earlier > 0 && earlier < later) {
        assert(!verifyConsistency({ size: earlier, root: log.head(later).root }, log.head(later), proof));
      }
    }
  }
});

test('damage is found', () => {
  const head = log.head();
  const entries = log.entries();
  log.verify(head);
  log.verify(head, entries);
  log.verify(head, entries.map((entry) => new Uint8Array(entry)));
  for (const index of [0, 5, 10]) {
    const damaged = entries.with(index, Buffer.from(String(entries[index]).replace('allow', 'deny')));
    assert.throws(() => log.verify(head, damaged), { code: 'log.damaged', message: new RegExp(`entry ${index} `) });
  }
  for (const damaged of [entries.slice(0, -1), entries.slice(1), entries.toSpliced(3, 1), entries.toReversed()]) {
    assert.throws(() => log.verify(head, damaged), { code: 'log.damaged' });
  }
  assert.throws(() => log.verify({ ...head, root: `sha256:${'0'.repeat(64)}` }), { code: 'log.damaged', message: /head/ });
  assert.throws(() => log.verify({ ...head, size: head.size + 1 }), { code: 'log.damaged' });
});

test('what is not there has no proof', () => {
  const head = log.head();
  const attempts = [
    () => log.inclusion(11, 11),
    () => log.inclusion(0, 12),
    () => log.inclusion(-1, 3),
    () => log.inclusion(true, 3),
    () => log.inclusion(0.5, 3),
    () => log.inclusion(0, 2 ** 53),
    () => log.consistency(3, 2),
    () => log.consistency(0, 12),
    () => log.consistency(),
    () => log.head(12),
    () => log.head('1'),
    () => log.entries(-1),
    () => log.verify(),
    () => log.verify(head, ['text']),
    () => log.verify(head, Buffer.from('text')),
    () => log.verify(head, [new Uint16Array(2)]),
    () => verifyInclusion(head, 0, 'text', []),
    () => verifyInclusion(head, 0, Buffer.from('a'), ['no digest']),
    () => verifyInclusion({ size: 1.5, root: head.root }, 0, Buffer.from('a'), []),
  ];
  for (const attempt of attempts) assert.throws(attempt, { name: 'BailiwickError' });
  assert.deepEqual(log.entries(100), []);
  assert.deepEqual(log.entries(10), log.entries().slice(10));
});
