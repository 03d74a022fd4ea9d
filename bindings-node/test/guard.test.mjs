/** A guarded function is called with exactly the arguments that were decided on, or not at all. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { types } from 'node:util';
import { BailiwickError, Denied, Engine } from 'bailiwick';
import { CATALOG, POLICIES, REGISTRY, alice, begun, bot, made, olga, research } from './world.mjs';

let engine;
let task;
let calls;
beforeEach(() => {
  engine = made();
  task = begun(engine);
  calls = [];
});

const denied = (effect, code) => (error) => {
  assert(error instanceof Denied && error instanceof BailiwickError, error);
  assert.deepEqual([error.decision.effect, error.decision.reason.code], [effect, code], error.report);
  return true;
};

test('calls when allowed', () => {
  const pay = engine.guard('erp.pay', (iban, amount) => calls.push([iban, amount]) && 'paid');
  assert.equal(task.run(() => pay('DE89', '480.00')), 'paid');
  assert.deepEqual(calls, [['DE89', '480.00']]);
});

test('does not call when asked or denied', () => {
  const pay = engine.guard('erp.pay', (...args) => calls.push(args));
  task.run(() => {
    assert.throws(() => pay('DE89', '900.00'), denied('ask', 'policy.ask'));
    assert.throws(() => pay('DE89', new Date()), denied('deny', 'call.malformed'));
    assert.throws(() => pay('DE89'), denied('deny', 'call.argument_missing'));
    assert.throws(() => pay(undefined, '1.00'), denied('deny', 'call.argument_missing'));
    assert.throws(() => pay(), denied('deny', 'call.argument_missing'));
  });
  assert.deepEqual(calls, []);
});

test('async functions reject', async () => {
  const read = engine.guard('mail.read', async (id) => {
    calls.push(id);
    await tick();
    return id;
  });
  assert(types.isAsyncFunction(read));
  assert.equal(await task.run(() => read('m-17')), 'm-17');
  await task.run(async () => {
    await tick();
    assert.equal(await read('m-18'), 'm-18');
    await assert.rejects(read(3), denied('deny', 'call.argument_invalid'));
  });
  await assert.rejects(read('m-19'), { name: 'BailiwickError', code: 'usage' });
  assert.deepEqual(calls, ['m-17', 'm-18']);
});

test('functions that return promises throw', async () => {
  const read = engine.guard('mail.read', (id) => Promise.resolve(id));
  assert.equal(await task.run(() => read('m-17')), 'm-17');
  assert.throws(() => task.run(() => read(3)), Denied);
});

test('what the function throws is thrown', async () => {
  const read = engine.guard('mail.read', () => {
    throw new RangeError('inside');
  });
  assert.throws(() => task.run(() => read('m-17')), RangeError);
});

test('outside of a task nothing is called', () => {
  const read = engine.guard('mail.read', (id) => calls.push(id));
  assert.throws(() => read('m-17'), { name: 'BailiwickError', code: 'usage', message: /outside of a task/ });
  assert.deepEqual([calls, engine.log.length], [[], 0]);
});

test('in a task of another engine nothing is called', () => {
  const policies = { 'a.cedar': 'permit (principal, action, resource);' };
  const other = begun(new Engine({ policies, catalog: CATALOG, registry: REGISTRY }));
  const pay = engine.guard('erp.pay', () => calls.push('paid'));
  other.run(() => {
    assert(other.decide('erp.pay', { iban: 'DE89', amount: '900.00' }).allowed);
    assert.throws(() => pay('DE89', '900.00'), { code: 'usage', message: /another engine/ });
  });
  assert.deepEqual(calls, []);
});

test('arguments are named in the order of the catalog, or as it is said', () => {
  assert.deepEqual(engine.parameters('erp.pay'), ['iban', 'amount']);
  const pay = engine.guard('erp.pay', (amount, iban) => calls.push({ amount, iban }), { parameters: ['amount', 'iban'] });
  task.run(() => pay('1.00', 'DE89'));
  assert.deepEqual(calls, [{ amount: '1.00', iban: 'DE89' }]);
});

test('more arguments than names are never passed', () => {
  const read = engine.guard('mail.read', (...args) => calls.push(args));
  task.run(() => {
    assert.throws(() => read('m-17', 'mallory'), { code: 'usage', message: /2 arguments/ });
    assert.throws(() => read('m-17', undefined), { code: 'usage' });
  });
  assert.deepEqual(calls, []);
});

test('absent arguments are not taken from a prototype', () => {
  const names = ['id', 'toString', '__proto__'];
  const read = engine.guard('mail.read', (...args) => calls.push(args), { parameters: names });
  task.run(() => read('m-17', undefined, undefined));
  assert.deepEqual(calls, [['m-17', undefined, undefined]]);
  task.run(() => assert.throws(() => read('m-17', 'a'), denied('deny', 'call.argument_unknown')));
  task.run(() => assert.throws(() => read('m-17', undefined, {}), denied('deny', 'call.argument_unknown')));
});

test('one object of arguments', () => {
  const pay = engine.guard('erp.pay', ({ iban, amount }) => calls.push([iban, amount]), { object: true });
  task.run(() => {
    pay({ iban: 'DE89', amount: '1.00' });
    assert.throws(() => pay({ iban: 'DE89', amount: '900.00' }), denied('ask', 'policy.ask'));
    assert.throws(() => pay({ iban: 'DE89', amount: '1.00', to: 'mallory' }), denied('deny', 'call.argument_unknown'));
    for (const given of [[], null, 'DE89', new Map(), undefined, new Proxy({ iban: 'DE89', amount: '1.00' }, {})]) {
      assert.throws(() => pay(given), Denied);
    }
    assert.throws(() => pay(), { code: 'usage' });
    assert.throws(() => pay({ iban: 'DE89', amount: '1.00' }, 'mallory'), { code: 'usage' });
  });
  assert.deepEqual(calls, [['DE89', '1.00']]);
});

test('arguments cannot change after the decision', async () => {
  const kept = ['a', { b: [1] }];
  const note = engine.guard('note.free', async (value) => {
    calls.push(value);
    await tick();
    return value;
  });
  const running = task.run(() => note(kept));
  kept[1].b.push('more');
  kept.push('more');
  const passed = await running;
  assert.deepEqual(passed, ['a', { b: [1] }]);
  assert.notEqual(passed, kept);
  assert.throws(() => passed[1].b.push('more'), TypeError);
  const other = JSON.parse('{"__proto__": {"admin": true}, "a": [{}]}');
  const [own] = await Promise.all([task.run(() => note(other))]);
  assert.deepEqual(Object.keys(own), ['__proto__', 'a']);
  assert.equal(own.admin, undefined);
});

test('an argument that tells everybody something else is not passed', () => {
  const note = engine.guard('note.free', (value) => calls.push(value.to));
  let asked = 0;
  const turncoat = { get to() { return (asked += 1) === 1 ? 'alice' : 'mallory'; } };
  const proxy = new Proxy({ to: 'alice' }, { get: () => 'mallory' });
  task.run(() => {
    for (const value of [turncoat, proxy, [turncoat], { proxy }]) {
      assert.throws(() => note(value), denied('deny', 'call.malformed'));
    }
  });
  assert.deepEqual([calls, asked], [[], 0]);
});

test('circles are denied', () => {
  const circle = [];
  circle.push(circle);
  const note = engine.guard('note.free', () => calls.push('called'));
  assert.throws(() => task.run(() => note(circle)), denied('deny', 'call.malformed'));
  assert.deepEqual(calls, []);
});

test('values keep their types', () => {
  const note = engine.guard('note.free', (value) => value);
  const passed = task.run(() => note([7n, true, 1.5, null, Object.create(null)]));
  assert.deepEqual(passed, [7n, true, 1.5, null, Object.create(null)]);
  assert.equal(Object.getPrototypeOf(passed[4]), null);
});

test('methods keep their object', () => {
  class Mailbox {
    owner = 'alice';
    read = engine.guard('mail.read', this.read);
    read(id) {
      return `${this.owner} ${id}`;
    }
  }
  assert.equal(task.run(() => new Mailbox().read('m-17')), 'alice m-17');
});

test('looks like the function and hides it', () => {
  function readMail(id, deep) {
    return [id, deep];
  }
  const guard = engine.guard('mail.read', readMail);
  assert.deepEqual([guard.name, guard.length], ['readMail', 2]);
  assert.deepEqual(Object.getOwnPropertyNames(guard).map((name) => guard[name]).includes(readMail), false);
});

test('what cannot be guarded is refused', () => {
  const attempts = [
    () => engine.guard('mail.read'),
    () => engine.guard('mail.read', {}),
    () => engine.guard('mail.unknown', () => {}),
    () => engine.guard(3, () => {}),
    () => engine.guard('mail.read', () => {}, { parameters: 'id' }),
    () => engine.guard('mail.read', () => {}, { parameters: ['id', 'id'] }),
    () => engine.guard('mail.read', () => {}, { parameters: ['id', , ] }),
    () => engine.guard('mail.read', () => {}, { parameters: [3] }),
    () => engine.guard('mail.read', () => {}, { parameters: null }),
    () => engine.guard('mail.read', () => {}, { object: 1 }),
    () => engine.guard('mail.read', () => {}, { object: false }),
    () => engine.guard('mail.read', () => {}, { object: true, parameters: ['id'] }),
    () => engine.guard('mail.read', () => {}, { params: ['id'] }),
    () => engine.guard('mail.read', () => {}, ['id']),
  ];
  for (const attempt of attempts) assert.throws(attempt, { name: 'BailiwickError', code: 'usage' });
});

test('an approved call goes through once', () => {
  const pay = engine.guard('erp.pay', () => 'paid');
  task.run(() => {
    assert.throws(() => pay('DE89', '900.00'), (error) => {
      task.approve(error.decision.approvalRequest(), { by: olga });
      return true;
    });
    assert.equal(pay('DE89', '900.00'), 'paid');
    assert.throws(() => pay('DE89', '900.00'), Denied);
  });
});

test('a child is asked when it is current', () => {
  const pay = engine.guard('erp.pay', () => 'paid');
  const child = task.delegate(research, { grant: { actions: ['read'] } });
  task.run(() => {
    assert.equal(pay('DE89', '1.00'), 'paid');
    assert.throws(() => child.run(() => pay('DE89', '1.00')), denied('deny', 'grant.action'));
    assert.equal(pay('DE89', '1.00'), 'paid');
  });
});

test('policies are those of the call', () => {
  const read = engine.guard('mail.read', (id) => id);
  task.run(() => {
    assert.equal(read('m-17'), 'm-17');
    engine.loadPolicies({ 'none.cedar': '' });
    assert.throws(() => read('m-17'), Denied);
    engine.loadPolicies({ 'all.cedar': POLICIES });
    assert.equal(read('m-17'), 'm-17');
  });
});

test('the model is told nothing', () => {
  const pay = engine.guard('erp.pay', () => 'paid');
  assert.throws(() => engine.begin({ origin: alice, agent: bot }).run(() => pay('DE89', '900.00')), (error) => {
    assert.equal(String(error), "Denied: This action needs a person's approval.");
    assert.deepEqual(JSON.parse(JSON.stringify({ error })), { error: { name: 'Denied', message: error.message } });
    assert.equal(error.code, 'policy.ask');
    assert.match(error.report, /large-pays/);
    return true;
  });
});

/** `to` is optional and `text` is not, and nothing may go to everybody. */
function notifying() {
  const text = { type: 'string' };
  const parameters = { type: 'object', properties: { to: text, text, list: { type: 'array', items: text } }, required: ['text'] };
  const policies = { 'a.cedar': `permit (principal, action, resource);
    forbid (principal, action == Action::"notify", resource) when { context.input has to && context.input.to == "all-staff" };` };
  const tools = [{ name: 'notify', system: 'mail', effects: ['send'], parameters }];
  const made = new Engine({ policies, catalog: { tools }, registry: REGISTRY });
  const running = made.begin({ origin: alice, agent: bot });
  return (call, options) => {
    const guard = made.guard('notify', call, options);
    return (...args) => running.run(() => guard(...args));
  };
}

const malformed = (text) => (error) => denied('deny', 'call.malformed')(error) && assert.match(error.decision.reason.detail, text) === undefined;

test('a default value is never used without a decision', () => {
  const guarding = notifying();
  const functions = [
    (to = 'all-staff', text) => [to, text],
    function send(to = 'all-staff', text) { return [to, text]; },
    { send(to /* a ) and , */ = 'all-staff', text) { return [to, text]; } }.send,
    (to = ['all-staff', ')'].at(0), text) => [to, text],
    ((to = 'all-staff', text) => [to, text]).bind(undefined),
    new Function('to = "all-staff"', 'text', 'return [to, text]'),
    new Proxy((to = 'all-staff', text) => [to, text], {}),
    ( // ) => {
      to = 'all-staff', text,
    ) => [to, text],
    (to = /[)]/.exec(')') && 'all-staff', text) => [to, text],
  ];
  for (const send of functions) {
    const call = guarding(send);
    assert.throws(() => call(undefined, 'hi'), denied('deny', 'call.malformed'), String(send));
    // For a function that cannot be read, `list` is open, too.
    if (!isReadable(send)) continue;
    assert.throws(() => call('all-staff', 'hi'), denied('deny', 'policy.forbidden'));
    assert.deepEqual(call('bob', 'hi'), ['bob', 'hi']);
  }
  assert.throws(() => guarding((to = 'all-staff', text) => [to, text])(undefined, 'hi'), malformed(/^`to` was not given.*give it in `defaults`/));
});

function isReadable(call) {
  return !/native code|\/\[/.test(Function.prototype.toString.call(call));
}

test('nor is one of a destructured object', () => {
  const guarding = notifying();
  const call = guarding(({ to = 'all-staff', text }) => [to, text], { object: true });
  assert.throws(() => call({ text: 'hi' }), malformed(/`to` was not given/));
  assert.throws(() => call({ to: undefined, text: 'hi' }), malformed(/`to` was not given/));
  assert.deepEqual(call({ to: 'bob', text: 'hi' }), ['bob', 'hi']);
  const renamed = guarding(({ 'to': whom = 'all-staff', text }) => [whom, text], { object: true });
  assert.throws(() => renamed({ text: 'hi' }), malformed(/`to`/));
  const nested = { code: 'usage', message: /destructured parameter.*body of the function/ };
  assert.throws(() => guarding(({ list: [first = 'all-staff'] }) => first, { object: true }), nested);
  assert.throws(() => guarding((to, text, [first = 'all-staff']) => first), nested);
});

test('functions without default values take what they are given', () => {
  const guarding = notifying();
  for (const send of [
    (to, text) => [to, text],
    (to /* = 'all-staff' */, text) => [to, text],
    (...args) => args.slice(0, 2),
    function () { return [arguments[0], arguments[1]]; }, // eslint-disable-line prefer-rest-params
  ]) {
    assert.deepEqual(guarding(send)(undefined, 'hi'), [undefined, 'hi']);
    assert.deepEqual(guarding(send)('bob', 'hi'), ['bob', 'hi']);
    assert.throws(() => guarding(send)('all-staff', 'hi'), denied('deny', 'policy.forbidden'));
  }
  assert.deepEqual(guarding(({ to, text }) => [to, text], { object: true })({ text: 'hi' }), [undefined, 'hi']);
  assert.deepEqual(guarding((input = {}) => input.to, { object: true })({ text: 'hi' }), undefined);
  // A default value where an argument was given is of no account.
  assert.deepEqual(guarding((to, text = 'nothing') => [to, text])('bob', 'hi'), ['bob', 'hi']);
  assert.deepEqual(guarding((to, text, list = []) => [to, text, list], { defaults: { list: [] } })('bob', 'hi'), ['bob', 'hi', []]);
});

test('a bound function is called with all it is given', () => {
  const mailbox = { owner: 'alice', pay(iban, amount = '0.00') { return [this.owner, iban, amount]; } };
  const pay = engine.guard('erp.pay', mailbox.pay.bind(mailbox));
  assert.deepEqual(task.run(() => pay('DE89', '1.00')), ['alice', 'DE89', '1.00']);
  const note = engine.guard('note.free', ((value) => value).bind(undefined));
  assert.equal(task.run(() => note('text')), 'text');
  assert.throws(() => task.run(() => note({ text: 'text' })), malformed(/`value` has members.*guard a function such as/));
});

test('a wrapper does not hide the default values of what it wraps', async () => {
  const guarding = notifying();
  const send = (to = 'all-staff', text) => [to, text];
  const wrappers = [
    (...args) => send(...args),
    (to, ...rest) => send([to][0], ...rest),
    (...args) => Reflect.apply(send, undefined, args),
    function () { return send(...arguments); },
    function (to, text) { return send.apply(this, arguments); }, // eslint-disable-line no-unused-vars
    async (...args) => await send(...args),
    (...a) => send(...[...a]),
    (...a) => send(...(a)),
    (...a) => send(a[0], a[1]),
    (...a) => { const list = ['x[', ...a]; return send(...list.slice(1)); },
    (...[to, text]) => send(to, text),
    function (...a) { return send.call(this, ...a); },
  ];
  const open = malformed(/^`to` was not given.*takes its arguments as a list.*guard the inner function and wrap the guard/);
  for (const wrapper of wrappers) {
    const call = guarding(wrapper);
    await assert.rejects(async () => call(undefined, 'hi'), open, String(wrapper));
  }
  // All there is to decide on is given, or the guard is what is wrapped, or nothing is handed on.
  const all = guarding((...args) => send(...args), { defaults: { to: 'bob', list: [] } });
  assert.deepEqual(all(undefined, 'hi'), ['bob', 'hi']);
  assert.throws(() => all('all-staff', 'hi'), denied('deny', 'policy.forbidden'));
  const within = guarding(send);
  assert.deepEqual(((...args) => within(...args))('bob', 'hi'), ['bob', 'hi']);
  assert.deepEqual(guarding((to, ...rest) => [to, ...rest])(undefined, 'hi'), [undefined, 'hi']);
  assert.deepEqual(guarding((to, text) => send(...[to ?? 'bob', text]))(undefined, 'hi'), ['bob', 'hi']);
});

test('a function has the parameters of the tool in the order of the tool, or says its own', () => {
  const guarding = notifying();
  const swapped = (text, to) => ({ text, to });
  const wrong = { code: 'usage', message: /parameter 1 of the function is `text`, and parameter 2 of the tool \(to, text, list\).*`parameters`/ };
  assert.throws(() => guarding(swapped), wrong);
  assert.throws(() => guarding(async function (text /* , */, to = 'bob') { return [text, to]; }), wrong);
  assert.throws(() => guarding((text) => text), wrong);
  const call = guarding(swapped, { parameters: ['text', 'to'] });
  assert.deepEqual(call('hi', 'bob'), { text: 'hi', to: 'bob' });
  assert.throws(() => call('hi', 'all-staff'), denied('deny', 'policy.forbidden'));
  // Other names than the tool's say nothing, nor do those of a function that takes one object.
  assert.deepEqual(guarding((whom, words) => [whom, words])('bob', 'hi'), ['bob', 'hi']);
  assert.deepEqual(guarding(({ text, to }) => [text, to], { object: true })({ to: 'bob', text: 'hi' }), ['hi', 'bob']);
});

test('zero has no sign', () => {
  const note = engine.guard('note.free', (value) => value);
  const [zero, { within }] = task.run(() => note([-0, { within: -0 }]));
  assert(Object.is(zero, 0) && Object.is(within, 0));
  assert.deepEqual(task.run(() => note([0, -1])), [0, -1]);
});

test('what is decided on is what is passed, whatever the argument is', () => {
  const note = engine.guard('note.free', (value) => calls.push(value));
  class Text extends String {}
  class List extends Array {}
  const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false });
  const odd = [
    new Text('alice'), new List('alice'), new Map([['to', 'alice']]), new Set(['alice']), new Date(0), Buffer.from('alice'),
    [, 'alice'], Object.assign(['alice'], { to: 'mallory' }), { toJSON: () => 'mallory' }, { [Symbol.toPrimitive]: () => 'mallory' },
    Object.setPrototypeOf({ a: 1 }, { set to(value) { calls.push(value); } }), hidden, () => 'alice', Symbol('alice'), NaN, new Boolean(true),
    (function () { return arguments; })('alice'), /alice/, new Proxy([], {}), Promise.resolve('alice'), { then() {} },
  ];
  task.run(() => {
    for (const value of odd) assert.throws(() => note(value), denied('deny', 'call.malformed'));
    for (const value of odd) assert.throws(() => note([{ value }]), denied('deny', 'call.malformed'));
  });
  assert.deepEqual(calls, []);
  const plain = ['alice', ['alice'], { to: 'alice' }, 0, 1n, true, null, { '': [] }, { a: undefined }];
  task.run(() => plain.forEach((value) => note(value)));
  assert.deepEqual(calls, [...plain.slice(0, -1), {}]);
});

test('what was given when the guard was made does not change later', async () => {
  const guarding = notifying();
  const options = { parameters: ['text', 'to'], defaults: { to: 'bob' } };
  const call = guarding(async (text, to) => (await tick(), [text, to]), options);
  options.defaults.to = 'all-staff';
  options.parameters.reverse();
  assert.deepEqual(await call('hi'), ['hi', 'bob']);
  const given = { to: 'bob', text: 'hi' };
  const late = guarding(async (input) => (await tick(), input.to), { object: true })(given);
  given.to = 'all-staff';
  assert.equal(await late, 'bob');
});

test('defaults of the guard are decided on', () => {
  const guarding = notifying();
  for (const [send, options] of [
    [(to = 'nobody', text) => [to, text], {}],
    [({ to = 'nobody', text }) => [to, text], { object: true }],
  ]) {
    const given = options.object ? [{ text: 'hi' }] : [undefined, 'hi'];
    assert.deepEqual(guarding(send, { ...options, defaults: { to: 'bob' } })(...given), ['bob', 'hi']);
    assert.throws(() => guarding(send, { ...options, defaults: { to: 'all-staff' } })(...given), denied('deny', 'policy.forbidden'));
    assert.throws(() => guarding(send, { ...options, defaults: { cc: 'bob' } }), { code: 'usage', message: /there is no parameter `cc`; there are: to, text, list/ });
    assert.throws(() => guarding(send, { ...options, defaults: [] }), { code: 'usage', message: /defaults/ });
  }
});

test('what the function is passed has no members from elsewhere', () => {
  const guarding = notifying();
  const call = guarding(({ to, text }) => [to, text], { object: true });
  Object.prototype.to = 'all-staff';
  try {
    assert.deepEqual(call({ text: 'hi' }), [undefined, 'hi']);
  } finally {
    delete Object.prototype.to;
  }
});
