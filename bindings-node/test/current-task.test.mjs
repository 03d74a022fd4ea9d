/** The current task stays where it was made current. */

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setImmediate as tick, setTimeout as after } from 'node:timers/promises';
import { currentTask } from 'bailiwick';
import { begun, made } from './world.mjs';

const engine = made();
const [one, two] = [begun(engine), begun(engine)];

test('nests and leaves', () => {
  assert.equal(currentTask(), undefined);
  one.run(() => {
    assert.equal(currentTask(), one);
    two.run(() => one.run(() => assert.equal(currentTask(), one)));
    assert.throws(() => two.run(() => { throw new RangeError('inside'); }), RangeError);
    assert.equal(currentTask(), one);
  });
  assert.equal(currentTask(), undefined);
});

test('returns what the work returns', async () => {
  assert.equal(one.run(() => 3), 3);
  assert.equal(await one.run(async () => 3), 3);
  await assert.rejects(one.run(async () => { throw new RangeError('inside'); }), RangeError);
  for (const work of [undefined, 'work', Promise.resolve()]) assert.throws(() => one.run(work), { code: 'usage' });
});

test('tasks that wait do not see each other', async () => {
  const tasks = Array.from({ length: 20 }, () => begun(engine));
  const read = engine.guard('mail.read', async () => {
    await tick();
    return currentTask();
  });
  await Promise.all(
    tasks.map((task, index) =>
      task.run(async () => {
        for (let turn = 0; turn < 20; turn += 1) {
          await (turn % 3 === 0 ? after(index % 4) : tick());
          assert.equal(currentTask(), task);
        }
        assert.equal(await read('m-17'), task);
        await new Promise((resolve) => queueMicrotask(() => resolve(assert.equal(currentTask(), task))));
      }),
    ),
  );
  assert.equal(currentTask(), undefined);
});

test('reaches callbacks started inside, and not those started outside', async () => {
  const events = new EventEmitter();
  let seen = 'nothing';
  events.on('work', () => {
    seen = currentTask();
  });
  one.run(() => events.emit('work'));
  assert.equal(seen, one);
  events.emit('work');
  assert.equal(seen, undefined);
  let release;
  const outside = new Promise((resolve) => (release = resolve)).then(currentTask);
  two.run(() => release());
  assert.equal(await outside, undefined);
});
