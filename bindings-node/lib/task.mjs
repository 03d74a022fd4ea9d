/** A piece of work in progress. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { Decision } from './decision.mjs';
import { BailiwickError, calling } from './error.mjs';
import { agentDocument, originDocument } from './identity.mjs';
import { nativeKey } from './key.mjs';
import { options } from './options.mjs';
import { BOUNDS, Misfit, document, snapshot } from './snapshot.mjs';

const current = new AsyncLocalStorage();
const NO_OPTIONS = Object.freeze({ __proto__: null });

/** `{ decision, fixed }`: the decision, and the copy of the arguments it is about; no copy when there can be none. */
export let decideFixed;

/** The decision on a call that a guard cannot make, and why: it is denied. */
export let decideUnread;

/** Shows a task what a guarded function returned, where it follows a prompt. Never throws. */
export let observeReturned;

export function currentTask() {
  return current.getStore();
}

export class Task {
  #engine;
  #native;
  #follows;

  static {
    observeReturned = (task, tool, fixed, output) => {
      task.#follows ??= task.contract !== undefined;
      if (!task.#follows) return;
      let seen;
      try {
        seen = snapshot(output === undefined ? null : output, BOUNDS.textBytes);
      } catch {
        seen = described(output);
      }
      try {
        task.#native.observe(tool, fixed, seen);
      } catch {
        // What was not seen counts for nothing: later calls with its values are denied.
      }
    };
    decideUnread = (task, tool, why) => new Decision(calling(() => task.#native.decideMalformed(tool, why)), task.#native);
    decideFixed = (task, tool, given, taken = NO_OPTIONS) => {
      const { host, presenter, nowMs } = taken;
      const native = task.#native;
      const facts = host === undefined ? undefined : document(host, 'host');
      let fixed;
      let by;
      try {
        fixed = snapshot(given);
        by = presented(presenter);
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        return { decision: new Decision(calling(() => native.decideMalformed(tool, error.message, facts, nowMs)), native) };
      }
      return { decision: new Decision(calling(() => native.decide(tool, fixed, facts, by, nowMs)), native), fixed };
    };
  }

  constructor(engine, native) {
    this.#engine = engine;
    this.#native = native;
    native.watch();
  }

  get engine() {
    return this.#engine;
  }

  get chain() {
    return JSON.parse(calling(() => this.#native.chain()));
  }

  get ledger() {
    const ledger = calling(() => this.#native.ledger());
    return ledger === null ? undefined : JSON.parse(ledger);
  }

  get cut() {
    return calling(() => this.#native.cut());
  }

  decide(tool, args, given) {
    return decideFixed(this, tool, args, options(given, 'task.decide')).decision;
  }

  decideMany(calls, given) {
    const { host, nowMs } = options(given, 'decideMany');
    if (!Array.isArray(calls) || !calls.every((call) => Array.isArray(call) && call.length === 2)) {
      throw new BailiwickError('calls: an array of [tool, args] is needed');
    }
    const facts = host === undefined ? undefined : document(host, 'host');
    const why = new Array(calls.length).fill(undefined);
    const fixed = calls.map((call, place) => {
      try {
        return snapshot(call[1]);
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        why[place] = error.message;
        return null;
      }
    });
    const tools = calls.map((call) => call[0]);
    return calling(() => this.#native.decideMany(tools, fixed, why, facts, nowMs)).map((made) => new Decision(made, this.#native));
  }

  observe(tool, args, output) {
    const fixed = value(args, 'args');
    const seen = value(output, 'output');
    calling(() => this.#native.observe(tool, fixed, seen));
  }

  observeAgent(child, output) {
    if (!(child instanceof Task)) throw new BailiwickError('child: a Task is needed');
    const seen = value(output, 'output');
    calling(() => this.#native.observeAgent(child.#native, seen));
  }

  extend(prompt) {
    calling(() => this.#native.extend(prompt));
  }

  know(facts) {
    const told = value(facts, 'facts');
    calling(() => this.#native.know(told));
  }

  get contract() {
    const contract = calling(() => this.#native.contract());
    return contract === null || contract === undefined ? undefined : JSON.parse(contract);
  }

  get intentCut() {
    return calling(() => this.#native.intentCut());
  }

  approve(ticket, given) {
    const { by, nowMs } = options(given, 'approve');
    const request = document(ticket, 'ticket');
    const approver = document(originDocument(by), 'by');
    return JSON.parse(calling(() => this.#native.approve(request, approver, nowMs)));
  }

  delegate(agent, given) {
    const { lifetimeMs, depthMax, ownAuthority, nowMs, ...rest } = options(given, 'delegate');
    const handover = { agent: agentDocument(agent), ...rest, lifetime_ms: lifetimeMs, depth_max: depthMax, own_authority: ownAuthority };
    const copy = document(handover, 'delegate');
    return new Task(this.#engine, calling(() => this.#native.delegate(copy, nowMs)));
  }

  export(key, given) {
    const { format = 'native' } = options(given, 'export');
    const signer = nativeKey(key);
    const copy = document(format, 'format');
    const { evidence, lossy } = calling(() => this.#native.export(signer, copy));
    return { evidence: JSON.parse(evidence), lossy };
  }

  run(work) {
    if (typeof work !== 'function') throw new BailiwickError('run: a function is needed');
    return current.run(this, () => work());
  }

  [inspect.custom]() {
    const { id, links } = this.chain;
    return `Task { \`${id}\` \`${links.at(-1).delegate.subject}\` }`;
  }
}

/** What can be told of a value that is no JSON. */
function described(output) {
  try {
    return String(output).toWellFormed();
  } catch {
    return null;
  }
}

/** A copy of a value, named for its parameter. */
function value(given, where) {
  try {
    return snapshot(given, BOUNDS.textBytes);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new BailiwickError(`${where}: ${error.message}`);
  }
}

/** A copy of who brings a call. What cannot be copied ends as arguments that cannot: as a decision. */
function presented(given) {
  if (given === undefined || typeof given === 'string') return given;
  try {
    return snapshot(given);
  } catch (error) {
    if (error instanceof Misfit) error.message = `presenter: ${error.message}`;
    throw error;
  }
}
