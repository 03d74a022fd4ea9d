/** Policies, schema and catalog, loaded and checked. */

import { fileURLToPath } from 'node:url';
import native from '../native.cjs';
import { Decision } from './decision.mjs';
import { BailiwickError, calling, failure } from './error.mjs';
import { guarded } from './guard.mjs';
import { agentDocument, originDocument } from './identity.mjs';
import { Log } from './log.mjs';
import { OPTIONS, SETTINGS, options } from './options.mjs';
import { Misfit, BOUNDS, document, snapshot } from './snapshot.mjs';
import { Task } from './task.mjs';
import { PolicyWarning, emit } from './warning.mjs';

export class Engine {
  #native;
  #log;
  /** What the last load emitted, or would have emitted had it not been emitted before. */
  #emitted = new Set();

  constructor(given) {
    this.#native = given instanceof native.Engine ? given : made(given);
    this.#log = new Log(this.#native.log());
    this.#warn();
  }

  static async fromDir(path, given) {
    const taken = options(given, 'fromDir');
    const dir = place(path);
    const parts = OPTIONS.fromDir.map((name) => (name === 'catalog' ? place(taken[name]) : part(taken, name)));
    const loading = calling(() => Reflect.apply(native.Engine.fromDir, native.Engine, [dir].concat(parts)));
    return new Engine(
      await loading.catch((error) => {
        throw failure(error);
      }),
    );
  }

  begin(given) {
    const { origin, agent, lifetimeMs, depthMax, nowMs, ...rest } = options(given, 'begin');
    const who = { origin: originDocument(origin), agent: agentDocument(agent) };
    const start = document({ ...who, ...rest, lifetime_ms: lifetimeMs, depth_max: depthMax }, 'begin');
    return new Task(this, calling(() => this.#native.begin(start, nowMs)));
  }

  resume(chain, given) {
    const { ledger, nowMs } = options(given, 'resume');
    const copy = document(chain, 'chain');
    const spent = optional(ledger, 'ledger');
    return new Task(this, calling(() => this.#native.resume(copy, spent, nowMs)));
  }

  decide(request, given) {
    const { ledger, nowMs } = options(given, 'engine.decide');
    const spent = optional(ledger, 'ledger');
    let copy = request;
    try {
      // Larger than a request may be: that one is too large is the core's to say.
      if (typeof request !== 'string') copy = snapshot(request, BOUNDS.textBytes);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      return new Decision(calling(() => this.#native.decideMalformed(error.message, nowMs)));
    }
    return new Decision(calling(() => this.#native.decide(copy, spent, nowMs)));
  }

  decideMany(requests, given) {
    if (!Array.isArray(requests)) throw new BailiwickError('requests: an array is needed');
    return requests.map((request) => this.decide(request, given));
  }

  decideAuthzen(request, given) {
    const { subjectIssuer, agent, ledger, nowMs } = options(given, 'decideAuthzen');
    const asking = document({ subject_issuer: subjectIssuer, agent: agentDocument(agent) }, 'decideAuthzen');
    const spent = optional(ledger, 'ledger');
    let copy = request;
    try {
      if (typeof request !== 'string') copy = snapshot(request, BOUNDS.textBytes);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      // What cannot be read is answered too: a text is no evaluation, and this one says why.
      copy = JSON.stringify(error.message);
    }
    return JSON.parse(calling(() => this.#native.decideAuthzen(copy, asking, spent, nowMs)));
  }

  contract(prompt) {
    return JSON.parse(calling(() => this.#native.contract(prompt)));
  }

  guard(tool, call, given) {
    return guarded(this, tool, call, given);
  }

  loadPolicies(policies) {
    const copy = document(policies, 'policies');
    calling(() => this.#native.loadPolicies(copy));
    this.#warn();
  }

  loadRegistry(registry) {
    const copy = document(registry, 'registry');
    calling(() => this.#native.loadRegistry(copy));
    this.#warn();
  }

  loadEntities(entities) {
    const copy = document(entities, 'entities');
    calling(() => this.#native.loadEntities(copy));
  }

  changeEntities(changed, given) {
    const { removed = [] } = options(given, 'changeEntities');
    const copy = document(changed, 'changed');
    const gone = document(removed, 'removed');
    calling(() => this.#native.changeEntities(copy, gone));
  }

  loadTrust(trust) {
    const copy = document(trust, 'trust');
    calling(() => this.#native.loadTrust(copy));
  }

  loadRevocations(revocations) {
    const copy = document(revocations, 'revocations');
    calling(() => this.#native.loadRevocations(copy));
  }

  absorbEvent(event, given) {
    const { nowMs } = options(given, 'absorbEvent');
    return calling(() => this.#native.absorbEvent(event, nowMs));
  }

  reload(path) {
    const dir = place(path);
    calling(() => this.#native.reload(dir));
    this.#warn();
  }

  /**
   * Emits what is odd about the texts in force, and was not after the load before. What has no place, such as a tool
   * without a permit, may be meant so, and is only listed.
   */
  #warn() {
    const found = this.warnings;
    const emitted = new Set();
    for (let index = 0; index < found.length; index += 1) {
      const { line, text } = found[index];
      if (line === undefined) continue;
      if (!this.#emitted.has(text)) emit(found[index]);
      emitted.add(text);
    }
    this.#emitted = emitted;
  }

  get report() {
    return JSON.parse(calling(() => this.#native.report()));
  }

  get schema() {
    return calling(() => this.#native.schema());
  }

  get warnings() {
    return calling(() => this.#native.warnings()).map((told) => new PolicyWarning(told));
  }

  get lint() {
    return calling(() => this.#native.lint());
  }

  parameters(tool) {
    return calling(() => this.#native.parameters(tool)) ?? undefined;
  }

  get log() {
    return this.#log;
  }
}

function made(given) {
  const taken = options(given, 'Engine');
  const parts = OPTIONS.Engine.map((name) => part(taken, name));
  return calling(() => Reflect.construct(native.Engine, parts));
}

/** An option as the native module takes it: documents are copied, settings are read there. */
function part(taken, name) {
  return SETTINGS.includes(name) ? taken[name] : optional(taken[name], name);
}

function optional(given, where) {
  return given === undefined ? undefined : document(given, where);
}

/** A path, also as a `file:` URL. */
function place(path) {
  if (!(path instanceof URL)) return path;
  try {
    return fileURLToPath(path);
  } catch (cause) {
    throw new BailiwickError(`path: ${cause.message}`, { cause });
  }
}
