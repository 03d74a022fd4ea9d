import { reasonOf } from './convert.js';
import type { Engine } from './engine.js';
import { BailiwickError, Denied } from './error.js';
import { snapshot } from './snapshot.js';
import { currentTask, type Task } from './task.js';

/** How a guarded function's arguments are named. */
export interface GuardOptions {
  /** Names of the positional arguments; the catalog's parameters, in its order, unless given. */
  parameters?: string[];
  /** The function takes one object whose members are the arguments. */
  object?: boolean;
}

/** @internal */
export function guarded<A extends unknown[], R>(engine: Engine, tool: string, work: (...args: A) => R, options: GuardOptions): (...args: A) => R {
  if (typeof work !== 'function') throw new BailiwickError(`guard: \`${tool}\` needs a function`);
  const names = options.object ? [] : (options.parameters ?? engine.parameters(tool));
  if (names === undefined) throw new BailiwickError(`guard: \`${tool}\` is not in the catalog; name its parameters`);
  return function (this: unknown, ...args: A): R {
    const task = acting(engine, tool);
    const named = options.object ? one(tool, args) : byName(tool, names, args);
    let fixed: Record<string, unknown>;
    try {
      fixed = snapshot(named).value as Record<string, unknown>;
    } catch (error) {
      // Denied as any call is that cannot be read; should that ever be allowed, it is not made all the same.
      throw refusal(task, tool, named, error);
    }
    const decision = task.decide(tool, fixed);
    if (!decision.allowed) throw new Denied(decision);
    const passed = options.object ? [fixed] : names.slice(0, args.length).map((name) => fixed[name]);
    return work.apply(this, passed as A);
  };
}

function acting(engine: Engine, tool: string): Task {
  const task = currentTask();
  if (task === undefined) throw new BailiwickError(`\`${tool}\` was called outside of a task: use \`task.run\``);
  if (task.engine !== engine) throw new BailiwickError(`\`${tool}\` was called in a task of another engine`);
  return task;
}

function byName(tool: string, names: readonly string[], args: readonly unknown[]): object {
  if (args.length > names.length) throw new BailiwickError(`\`${tool}\` takes ${names.length} arguments, ${args.length} were given`);
  return Object.defineProperties({}, Object.fromEntries(args.map((value, index) => [names[index], { value, enumerable: true, writable: true, configurable: true }])));
}

function one(tool: string, args: readonly unknown[]): object {
  const [only] = args;
  if (args.length !== 1 || typeof only !== 'object' || only === null) throw new BailiwickError(`\`${tool}\` takes one object`);
  return only;
}

function refusal(task: Task, tool: string, named: object, error: unknown): BailiwickError {
  const decision = task.decide(tool, named);
  return decision.allowed ? new BailiwickError(`\`${tool}\`: ${reasonOf(error)}`, 'call.malformed') : new Denied(decision);
}
