/**
 * Copies of JSON-like values, made once, so that what is decided is what is passed.
 *
 * Only values that are the same whoever reads them, and whenever, are copied: no proxy, no accessor, no class, nothing
 * hidden beside the members. Reading them runs no foreign code. Numbers, and text, keep what they are; see
 * `src/convert.rs` for which of them the engine takes.
 */

import { types } from 'node:util';
import native from '../native.cjs';
import { BailiwickError } from './error.mjs';

export const BOUNDS = native.bounds();

/** Longest piece of a name that is repeated in a message: enough to find it, too little to fill a log. */
const SHOWN_MAX = 60;

const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { freeze, hasOwn } = Object;
const { isArray } = Array;
const { isExternal, isProxy } = types;

/** Why a value is no JSON value, and where in it. */
export class Misfit extends Error {
  constructor(path, why) {
    const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${shown(step)}`));
    const place = steps.join('').replace(/^\./, '');
    super((place === '' ? why : `\`${place}\`: ${why}`).toWellFormed());
  }
}

/** A copy in which everything is frozen. Throws `Misfit`. */
export function snapshot(given, room = BOUNDS.requestBytes) {
  return new Copier(room).copy(given, 0);
}

/** A document for the engine: JSON text as it is, anything else as a copy. Throws `BailiwickError`. */
export function document(given, where) {
  if (typeof given === 'string') return given;
  try {
    return snapshot(given, BOUNDS.textBytes);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new BailiwickError(`${where}: ${error.message}`, { code: 'json.malformed' });
  }
}

/** Whether it is an object with members of its own and nothing else. */
export function isPlain(given) {
  if (typeof given !== 'object' || given === null || isProxy(given) || isExternal(given)) return false;
  const prototype = getPrototypeOf(given);
  return prototype === null || prototype === Object.prototype;
}

/** The room shrinks by no more than the JSON text of what is copied, and by something for every value met. */
class Copier {
  constructor(room) {
    this.room = room;
    this.room_max = room;
    this.path = [];
  }

  copy(given, depth) {
    this.take(1);
    switch (typeof given) {
      case 'string':
        return this.text(given);
      case 'boolean':
        return given;
      case 'number':
        // What is decided on is 0, of either sign.
        return Number.isFinite(given) ? given + 0 : this.refuse(`${given} is not a JSON value`);
      case 'bigint':
        return BigInt.asIntN(64, given) === given ? given : this.refuse('a bigint beyond 64 bits');
      case 'object':
        return given === null ? null : this.container(given, depth);
      default:
        return this.refuse(`${typeof given} is not a JSON value`);
    }
  }

  container(given, depth) {
    if (isProxy(given) || isExternal(given)) this.refuse('a proxy is not a JSON value');
    if (depth === BOUNDS.depth) this.refuse(`nested deeper than ${BOUNDS.depth} levels`);
    if (isArray(given) && getPrototypeOf(given) === Array.prototype) return this.items(given, depth + 1);
    if (isArray(given) || !isPlain(given)) this.refuse(`${kind(getPrototypeOf(given))} is not a JSON value`);
    return this.members(given, depth + 1);
  }

  items(given, depth) {
    const { length } = given;
    this.take(length);
    if (ownKeys(given).length !== length + 1) this.refuse('a list with holes, or with more than its items');
    const copy = [];
    for (let index = 0; index < length; index += 1) {
      this.path.push(index);
      copy.push(this.copy(this.member(given, index), depth));
      this.path.pop();
    }
    return freeze(copy);
  }

  members(given, depth) {
    // Without a prototype, so that `__proto__` is a name like any other.
    const copy = { __proto__: null };
    const names = ownKeys(given);
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index];
      if (isInternal(given, name)) continue;
      this.path.push(name);
      if (typeof name === 'symbol') this.refuse('a member named by a symbol');
      const member = this.member(given, name);
      this.take(name.length + 3);
      if (!name.isWellFormed()) this.refuse('a name with half a surrogate pair');
      if (member !== undefined) copy[name] = this.copy(member, depth);
      this.path.pop();
    }
    // What `Object.prototype` got after this module was loaded would be read as members that nobody decided on.
    return freeze(getPrototypeOf(given) === null || isPolluted() ? copy : { ...copy });
  }

  /** The member as it stands there: an accessor could tell everybody something else. */
  member(given, name) {
    const slot = getOwnPropertyDescriptor(given, name);
    if (slot === undefined) this.refuse('a hole in a list');
    if (!hasOwn(slot, 'value')) this.refuse('an accessor is not a JSON value');
    if (!slot.enumerable) this.refuse('a member that is not enumerable: give a copy without it');
    return slot.value;
  }

  text(given) {
    this.take(given.length);
    return given.isWellFormed() ? given : this.refuse('text with half a surrogate pair');
  }

  take(room) {
    this.room -= room;
    if (this.room < 0) this.refuse(`larger than ${this.room_max} bytes of JSON`);
  }

  refuse(why) {
    throw new Misfit(this.path, why);
  }
}

/** Whether the member is a library's own, as the `~standard` of Standard Schema: hidden, and not in JSON text either. */
function isInternal(given, name) {
  return typeof name === 'string' && name[0] === '~' && !getOwnPropertyDescriptor(given, name).enumerable;
}

const INHERITED = ownKeys(Object.prototype).length;

function isPolluted() {
  return ownKeys(Object.prototype).length !== INHERITED;
}

/** The class of an object, by its name if that can be had without running its code. */
function kind(prototype) {
  const maker = own(prototype, 'constructor');
  const name = typeof maker === 'function' ? own(maker, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? `\`${shown(name)}\`` : 'an object of a class';
}

function own(given, name) {
  const slot = given === null || isProxy(given) ? undefined : getOwnPropertyDescriptor(given, name);
  return slot !== undefined && hasOwn(slot, 'value') ? slot.value : undefined;
}

function shown(name) {
  const text = String(name);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
