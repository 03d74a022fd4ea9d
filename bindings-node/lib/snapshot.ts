/** Deepest nesting that is read, as in the core. */
const DEPTH_MAX = 64;
/** Longest JSON text of one call or request: the core's limit. Longer ends here, before memory does. */
export const BYTES_MAX = 2 * 1024 * 1024;

/** A JSON value nobody else can change, and its text. @internal */
export interface Snapshot {
  readonly value: unknown;
  readonly text: string;
}

/** Why a value is not JSON, and where in it. @internal */
export class Misfit extends Error {}

/**
 * Walks a value once, exactly: what is not JSON is refused, never turned into something else. The copy it returns is
 * frozen, so that what is decided on is what is passed on.
 * @internal
 */
export function snapshot(value: unknown, lengthMax = BYTES_MAX): Snapshot {
  const room = { left: lengthMax };
  return walk(value, '', 0, room);
}

function walk(value: unknown, path: string, depth: number, room: { left: number }): Snapshot {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw misfit(path, 'text with half a surrogate pair');
      return leaf(value, JSON.stringify(value), path, room);
    case 'boolean':
      return leaf(value, String(value), path, room);
    case 'number':
      if (!Number.isFinite(value)) throw misfit(path, `${value} is not a JSON number`);
      return leaf(value, JSON.stringify(value), path, room);
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw misfit(path, 'a bigint beyond 64 bits');
      return leaf(value, value.toString(), path, room);
    case 'object':
      if (value === null) return leaf(null, 'null', path, room);
      if (depth === DEPTH_MAX) throw misfit(path, `nested deeper than ${DEPTH_MAX} levels`);
      return Array.isArray(value) ? array(value, path, depth, room) : object(value, path, depth, room);
    default:
      throw misfit(path, `${typeof value} is not a JSON value`);
  }
}

function array(items: readonly unknown[], path: string, depth: number, room: { left: number }): Snapshot {
  if (Object.getPrototypeOf(items) !== Array.prototype) throw misfit(path, 'a subclass of Array is not a JSON value');
  const walked: Snapshot[] = [];
  for (let index = 0; index < items.length; index++) {
    take(1, path, room);
    if (!Object.hasOwn(items, index)) throw misfit(`${path}[${index}]`, 'a hole is not a JSON value');
    walked.push(walk(items[index], `${path}[${index}]`, depth + 1, room));
  }
  return {
    value: Object.freeze(walked.map((item) => item.value)),
    text: `[${walked.map((item) => item.text).join(',')}]`,
  };
}

function object(members: object, path: string, depth: number, room: { left: number }): Snapshot {
  const prototype = Object.getPrototypeOf(members);
  if (prototype !== Object.prototype && prototype !== null) throw misfit(path, `${nameOf(prototype)} is not a JSON value`);
  if (Object.getOwnPropertySymbols(members).length > 0) throw misfit(path, 'a symbol is not the name of a JSON member');
  const values: Record<string, unknown> = Object.create(null);
  const texts: string[] = [];
  for (const name of Object.keys(members)) {
    // Read once: a getter may answer differently the next time.
    const member = (members as Record<string, unknown>)[name];
    if (member === undefined) continue; // as every writer of JSON does
    take(name.length + 3, path, room);
    if (!name.isWellFormed()) throw misfit(path, 'a member name with half a surrogate pair');
    const walked = walk(member, path === '' ? name : `${path}.${name}`, depth + 1, room);
    values[name] = walked.value;
    texts.push(`${JSON.stringify(name)}:${walked.text}`);
  }
  // An own `toJSON` would make other writers of JSON write something else.
  if (typeof (members as { toJSON?: unknown }).toJSON === 'function') throw misfit(path, 'an object with `toJSON` is not a JSON value');
  // Of the ordinary prototype, as the callee expects; `__proto__` among the names stays a member.
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(values));
  return { value: Object.freeze(copy), text: `{${texts.join(',')}}` };
}

function leaf(value: unknown, text: string, path: string, room: { left: number }): Snapshot {
  take(text.length, path, room);
  return { value, text };
}

function take(length: number, path: string, room: { left: number }): void {
  room.left -= length;
  if (room.left < 0) throw misfit(path, 'larger than a request may be');
}

function misfit(path: string, why: string): Misfit {
  return new Misfit(path === '' ? why : `\`${path}\`: ${why}`);
}

function nameOf(prototype: { constructor?: { name?: unknown } }): string {
  const name = prototype.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'an object with a prototype of its own';
}
