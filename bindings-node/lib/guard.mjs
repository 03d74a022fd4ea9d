/** Plain functions as tools that ask before they act. */

import { types } from 'node:util';
import { BailiwickError, Denied } from './error.mjs';
import { options } from './options.mjs';
import { currentTask, decideFixed, observeReturned } from './task.mjs';

/** `call`, called only when the current task may call the tool with these very arguments. */
export function guarded(engine, tool, call, given) {
  const taken = options(given, ['parameters', 'object'], 'guard');
  if (typeof call !== 'function') throw new BailiwickError('guard: a function is needed');
  const reading = taken.object === undefined ? byPosition(names(engine, tool, taken.parameters)) : asObject(taken);

  const decided = (args) => {
    const task = acting(engine, tool);
    const { decision, fixed } = decideFixed(task, tool, reading.named(args));
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
  Object.defineProperty(guard, 'name', { value: call.name, configurable: true });
  return Object.defineProperty(guard, 'length', { value: call.length, configurable: true });
}

/** Arguments by position: the names are the tool's, in the order of the function's parameters. */
function byPosition(parameters) {
  return {
    named(args) {
      if (args.length > parameters.length) {
        throw new BailiwickError(`guard: ${args.length} arguments for the parameters (${parameters.join(', ')})`);
      }
      const named = { __proto__: null };
      args.forEach((argument, index) => {
        named[parameters[index]] = argument;
      });
      return named;
    },
    passed: (fixed, count) => parameters.slice(0, count).map((parameter) => fixed[parameter]),
  };
}

/** One object that has the arguments by name. */
function asObject({ object, parameters }) {
  if (object !== true || parameters !== undefined) {
    throw new BailiwickError('guard: either `object: true` or `parameters`');
  }
  return {
    named(args) {
      if (args.length !== 1) throw new BailiwickError(`guard: one object is needed, not ${args.length} arguments`);
      return args[0];
    },
    passed: (fixed) => [fixed],
  };
}

function names(engine, tool, parameters) {
  const found = parameters === undefined ? engine.parameters(tool) : parameters;
  if (found === undefined) throw new BailiwickError(`guard: the catalog has no tool \`${tool}\``);
  const copy = Array.isArray(found) ? [...found] : [undefined];
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
