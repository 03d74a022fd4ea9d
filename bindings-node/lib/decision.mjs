/** The answer to one call. */

import { inspect } from 'node:util';
import native from '../native.cjs';
import { calling } from './error.mjs';
import { Misfit, snapshot } from './snapshot.mjs';

export class Decision {
  #native;
  #record;
  /** What the decision is about is kept, for `approvalRequest`. */
  #task;

  constructor(decision, task) {
    this.#native = decision;
    this.#task = task;
  }

  get effect() {
    return this.#native.effect;
  }

  get allowed() {
    return this.#native.allowed;
  }

  get message() {
    return this.#native.message;
  }

  get reason() {
    return { policies: [], detail: '', ...said(this.record, 'reason') };
  }

  get ask() {
    return said(this.record, 'ask') ?? [];
  }

  get obligations() {
    return said(this.record, 'obligations') ?? [];
  }

  get intent() {
    return said(this.record, 'intent');
  }

  get shadow() {
    return said(this.record, 'shadow');
  }

  get findings() {
    return said(this.record, 'findings') ?? [];
  }

  get id() {
    return calling(() => this.#native.id());
  }

  get digest() {
    return this.record.call.digest;
  }

  /** Read when first asked for: most decisions are only asked whether they allow. */
  get record() {
    this.#record ??= frozen(JSON.parse(calling(() => this.#native.record())));
    return this.#record;
  }

  isOf(tool, args) {
    let fixed;
    try {
      fixed = snapshot(args);
    } catch (error) {
      // Then it stays `undefined`, which is no arguments either: no decision is about them.
      if (!(error instanceof Misfit)) throw error;
    }
    return calling(() => this.#native.isOf(tool, fixed));
  }

  explain() {
    return calling(() => this.#native.explain());
  }

  approvalRequest() {
    return JSON.parse(calling(() => this.#native.approvalRequest()));
  }

  toJSON() {
    return this.record;
  }

  [inspect.custom]() {
    return `Decision { ${this.effect} \`${this.record.call.tool}\` ${this.reason.code} }`;
  }
}

export function reasonCodes() {
  return calling(() => native.reasonCodes());
}

/** A member of the record, and nothing that `Object.prototype` has. */
function said(record, name) {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function frozen(value) {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
