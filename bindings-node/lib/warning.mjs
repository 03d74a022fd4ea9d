/** What is odd about policies that load all the same. */

/** The form of `bailiwick check --json`: what has no place in a text has no `file`, `line` and `column`. */
export class PolicyWarning {
  #text;

  constructor({ code, message, file, line, column, text }) {
    put(this, { __proto__: null, code, message, file, line, column });
    this.#text = text;
  }

  /** The message with the place in front. */
  get text() {
    return this.#text;
  }

  toString() {
    return this.#text;
  }
}

/** Emits a warning on `process`. */
export function emit(warning) {
  const { code, file, line, column, text } = warning;
  const told = new Error(text);
  put(told, { __proto__: null, name: 'PolicyWarning', code, file, line, column });
  process.emitWarning(told);
}

function put(target, members) {
  for (const name in members) {
    const value = members[name];
    if (value === undefined) continue;
    Object.defineProperty(target, name, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
  }
}
