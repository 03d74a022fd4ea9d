/** Plain functions as tools that ask before they act. */

import { types } from 'node:util';
import { BailiwickError, Denied } from './error.mjs';
import { options } from './options.mjs';
import { defaultsOf } from './parameters.mjs';
import { Misfit, document, isPlain, snapshot } from './snapshot.mjs';
import { currentTask, decideFixed, decideUnread, observeReturned } from './task.mjs';

/** `call`, called only when the current task may call the tool with these very arguments. */
export function guarded(engine, tool, call, given) {
  const taken = options(given, 'guard');
  if (typeof call !== 'function') throw new BailiwickError('guard: a function is needed');
  const reading = taken.object === undefined ? byPosition(engine, tool, call, taken) : asObject(engine, tool, call, taken);

  const decided = (args) => {
    const task = acting(engine, tool);
    const named = reading.named(args);
    const open = reading.open(named);
    if (open !== undefined) throw new Denied(decideUnread(task, tool, undecided(open)));
    const { decision, fixed } = decideFixed(task, tool, named);
    // Without a copy nothing is called, whatever the decision is.
    if (!decision.allowed || fixed === undefined) throw new Denied(decision);
    return { task, fixed, passed: reading.passed(fixed, args.length) };
  };
  const observed = ({ task, fixed }, output) => {
    observeReturned(task, tool, fixed, output);
    return output;
  };

  // A function that returns promises rejects; every other one throws.
  const guard = types.isAsyncFunction(call)
    ? async function guard(...args) {
        const allowed = decided(args);
        return observed(allowed, await Reflect.apply(call, this, allowed.passed));
      }
    : function guard(...args) {
        const allowed = decided(args);
        const output = Reflect.apply(call, this, allowed.passed);
        // A promise of a plain function is handed on as it is; what it comes to is observed on the way.
        return types.isPromise(output) ? output.then((value) => observed(allowed, value)) : observed(allowed, output);
      };
  Object.defineProperty(guard, 'name', { __proto__: null, value: call.name, configurable: true });
  return Object.defineProperty(guard, 'length', { __proto__: null, value: call.length, configurable: true });
}

/** Arguments by position: the names are the tool's, in the order of the function's parameters. */
function byPosition(engine, tool, call, { parameters, defaults: given }) {
  const names = named(engine, tool, parameters);
  const own = readable(call, false);
  if (parameters === undefined) inOrder(own.names, names);
  const defaults = filledIn(given, names);
  return {
    named(args) {
      if (args.length > names.length) {
        throw new BailiwickError(`guard: ${args.length} arguments for the parameters (${names.join(', ')})`);
      }
      const found = { __proto__: null };
      for (let index = 0; index < names.length; index += 1) {
        // Beyond its items, a list has those of `Array.prototype`.
        const passed = index < args.length ? args[index] : undefined;
        const argument = passed === undefined ? defaults[names[index]] : passed;
        if (argument !== undefined) found[names[index]] = argument;
      }
      return found;
    },
    open: (found) => openIn(own, names, found, (index) => own.defaults.includes(index)),
    passed: (fixed, count) => names.slice(0, reach(names, fixed, count)).map((name) => fixed[name]),
  };
}

/** One object that has the arguments by name. */
function asObject(engine, tool, call, { object, parameters, defaults: given }) {
  if (object !== true || parameters !== undefined) {
    throw new BailiwickError('guard: either `object: true` or `parameters`');
  }
  const names = named(engine, tool);
  const own = readable(call, true);
  const defaults = filledIn(given, names);
  return {
    named(args) {
      if (args.length !== 1) throw new BailiwickError(`guard: one object is needed, not ${args.length} arguments`);
      return given === undefined ? args[0] : beside(args[0], defaults);
    },
    open: (found) => (isPlain(found) ? openIn(own, names, found, (_, name) => own.defaults.includes(name)) : undefined),
    passed: (fixed) => [fixed],
  };
}

/** The function's own names of its parameters, where they are the tool's, have to be at the same places. */
function inOrder(own, names) {
  for (let index = 0; index < own.length; index += 1) {
    const place = own[index] === undefined ? -1 : names.indexOf(own[index]);
    if (place < 0 || place === index) continue;
    throw new BailiwickError(
      `guard: parameter ${index + 1} of the function is \`${own[index]}\`, and parameter ${place + 1} of the tool (${names.join(', ')}): ` +
        'name the arguments in the order of the function in `parameters`',
    );
  }
}

/** What is known of the default values of the function's own parameters. */
function readable(call, takesObject) {
  const own = defaultsOf(call, takesObject);
  if (own.nested) {
    throw new BailiwickError(
      'guard: a default value within a destructured parameter would be passed without a decision: ' +
        'take the whole value as the parameter, and read its members in the body of the function',
    );
  }
  return own;
}

/** The parameter whose value nobody would have decided on, if there is one. */
function openIn(own, names, found, hasDefault) {
  for (let index = 0; index < names.length; index += 1) {
    const slot = Reflect.getOwnPropertyDescriptor(found, names[index]);
    const value = slot !== undefined && Object.hasOwn(slot, 'value') ? slot.value : undefined;
    const absent = slot === undefined || (value === undefined && Object.hasOwn(slot, 'value'));
    if (absent && own.handsOn) return { name: names[index], why: 'is handed on' };
    if (absent && (own.unknown || hasDefault(index, names[index]))) return { name: names[index], why: 'was not given' };
    // Within it, a function that cannot be read may have default values of its own.
    if (own.unknown && typeof value === 'object' && value !== null) return { name: names[index], why: 'has members' };
  }
  return undefined;
}

function undecided({ name, why }) {
  if (why === 'is handed on') {
    return (
      `\`${name}\` was not given, and the function takes its arguments as a list, as a wrapper of one that may have a default value for it: ` +
      'guard the inner function and wrap the guard, or set `defaults`'
    );
  }
  return why === 'was not given'
    ? `\`${name}\` was not given, and the function may have a default value for it: give it in \`defaults\` of the guard`
    : `\`${name}\` has members, and the source of the function cannot be read: guard a function such as \`(${name}) => …\` that calls it`;
}

/** The arguments beside default values, which are decided on like those that were given. */
function beside(given, defaults) {
  let fixed;
  try {
    fixed = snapshot(given);
  } catch (error) {
    // It cannot be copied when it is decided on, either.
    if (error instanceof Misfit) return given;
    throw error;
  }
  return isPlain(fixed) ? { __proto__: null, ...defaults, ...fixed } : given;
}

/** The option `defaults`: values by the names of parameters. */
function filledIn(given, names) {
  if (given === undefined) return { __proto__: null };
  const copy = document(given, 'guard: defaults');
  if (!isPlain(copy)) throw new BailiwickError('guard: defaults are an object of values by name');
  const unknown = Object.keys(copy).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BailiwickError(`guard: defaults: there is no parameter \`${unknown}\`; there are: ${names.join(', ')}`);
  }
  return { __proto__: null, ...copy };
}

/** How many arguments are passed: those given, and those up to the last that has a default value. */
function reach(names, fixed, count) {
  let last = names.length;
  while (last > count && fixed[names[last - 1]] === undefined) last -= 1;
  return last;
}

function named(engine, tool, parameters) {
  const found = engine.parameters(tool);
  if (found === undefined) throw new BailiwickError(`guard: the catalog has no tool \`${tool}\``);
  if (parameters === undefined) return found;
  const copy = Array.isArray(parameters) ? Array.from(parameters) : [undefined];
  if (copy.some((name) => typeof name !== 'string') || new Set(copy).size !== copy.length) {
    throw new BailiwickError('guard: parameters are a list of names, each once');
  }
  return copy;
}

/** The current task, if it is one of this engine: another's policies and catalog say nothing about its tools. */
function acting(engine, tool) {
  const task = currentTask();
  if (task === undefined) throw new BailiwickError(`\`${tool}\` was called outside of a task: use \`task.run\``);
  if (task.engine !== engine) throw new BailiwickError(`\`${tool}\` was called in a task of another engine`);
  return task;
}
