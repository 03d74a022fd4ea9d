/** A piece of work in progress. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { Decision } from './decision.mjs';
import { BailiwickError, calling } from './error.mjs';
import { options } from './options.mjs';
import { Misfit, document, snapshot } from './snapshot.mjs';

const current = new AsyncLocalStorage();

/** `{ decision, fixed }`: the decision, and the copy of the arguments it is about; no copy when there can be none. */
export let decideFixed;

export function currentTask() {
  return current.getStore();
}

export class Task {
  #engine;
  #native;

  static {
    decideFixed = (task, tool, given, host, nowMs) => {
      const native = task.#native;
      const facts = host === undefined ? undefined : document(host, 'host');
      let fixed;
      try {
        fixed = snapshot(given);
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        return { decision: new Decision(calling(() => native.decideMalformed(tool, error.message, facts, nowMs))) };
      }
      return { decision: new Decision(calling(() => native.decide(tool, fixed, facts, nowMs))), fixed };
    };
  }

  constructor(engine, native) {
    this.#engine = engine;
    this.#native = native;
  }

  get engine() {
    return this.#engine;
  }

  get chain() {
    return JSON.parse(calling(() => this.#native.chain()));
  }

  get cut() {
    return calling(() => this.#native.cut());
  }

  decide(tool, args, given) {
    const { host, nowMs } = options(given, ['host', 'nowMs'], 'decide');
    return decideFixed(this, tool, args, host, nowMs).decision;
  }

  approve(ticket, given) {
    const { by, nowMs } = options(given, ['by', 'nowMs'], 'approve');
    const [request, approver] = [document(ticket, 'ticket'), document(by, 'by')];
    return JSON.parse(calling(() => this.#native.approve(request, approver, nowMs)));
  }

  delegate(agent, given) {
    const names = ['grant', 'prompt', 'lifetimeMs', 'depthMax', 'ownAuthority', 'nowMs'];
    const { lifetimeMs, depthMax, ownAuthority, nowMs, ...rest } = options(given, names, 'delegate');
    const handover = { agent, ...rest, lifetime_ms: lifetimeMs, depth_max: depthMax, own_authority: ownAuthority };
    const copy = document(handover, 'delegate');
    return new Task(this.#engine, calling(() => this.#native.delegate(copy, nowMs)));
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
