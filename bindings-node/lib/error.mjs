/** What is thrown, and the one place where it is made. */

export class BailiwickError extends Error {
  static {
    Object.defineProperty(this.prototype, 'name', { __proto__: null, value: 'BailiwickError', configurable: true, writable: true });
  }

  constructor(message, more) {
    // Only what was said: `Object.prototype` may have a `code` or `cause` by now.
    const { code = 'usage', file, line, column, report = message, cause } = { __proto__: null, ...more };
    super(message, cause === undefined ? undefined : { __proto__: null, cause });
    put(this, 'code', code);
    put(this, 'file', file);
    put(this, 'line', line);
    put(this, 'column', column);
    // Long, and for a person who asks for it: not repeated wherever the error is printed.
    Object.defineProperty(this, 'report', { __proto__: null, value: report });
  }
}

export class Denied extends BailiwickError {
  static {
    Object.defineProperty(this.prototype, 'name', { __proto__: null, value: 'Denied', configurable: true, writable: true });
  }

  constructor(decision) {
    super(decision.message, { code: decision.reason.code, report: decision.explain() });
    Object.defineProperty(this, 'decision', { __proto__: null, value: decision });
  }

  /** Frameworks turn errors into JSON for the model: it is told no more than the message. */
  toJSON() {
    return { name: this.name, message: this.message };
  }
}

function put(error, name, value) {
  if (value === undefined) return;
  Object.defineProperty(error, name, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
}

/** Calls into the native module; what it throws is thrown on as a `BailiwickError`. */
export function calling(work) {
  try {
    return work();
  } catch (error) {
    throw failure(error);
  }
}

/** The error that the native module wrote down as JSON (`src/raise.rs`), or one about whatever else went wrong. */
export function failure(error) {
  try {
    const thrown = JSON.parse(error.message);
    return new BailiwickError(thrown.message, thrown);
  } catch {
    return new BailiwickError(String(error?.message ?? error), { cause: error });
  }
}
