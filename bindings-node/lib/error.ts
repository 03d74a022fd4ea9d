import type { Decision } from './decision.js';

/** What the native half throws, as JSON in the message. */
interface Thrown {
  code: string;
  message: string;
  file: string | null;
  line: number | null;
  column: number | null;
  report: string;
}

/**
 * The one error of this library: wrong use, or something that does not load.
 * A denial is not an error but a {@link Decision}.
 *
 * @example
 * try { new Engine({ policies: { 'a.cedar': 'permit(' } }); }
 * catch (error) { console.log(error.code, error.file, error.line, error.column); } // policy.invalid a.cedar 1 8
 */
export class BailiwickError extends Error {
  override readonly name: string = 'BailiwickError';
  /** The stable code, the same in every language: `policy.invalid`, `chain.expired`, `usage`, … */
  readonly code: string;
  /** The text it is about, when that is known. */
  readonly file?: string;
  /** Line, from 1. */
  readonly line?: number;
  /** Column in characters, from 1. */
  readonly column?: number;
  /** The whole report for a person: every finding, with the source around it. */
  readonly report: string;

  /** @internal */
  constructor(message: string, code = 'usage', place: Partial<Pick<Thrown, 'file' | 'line' | 'column' | 'report'>> = {}) {
    super(message);
    this.code = code;
    if (place.file != null) this.file = place.file;
    if (place.line != null) this.line = place.line;
    if (place.column != null) this.column = place.column;
    this.report = place.report ?? message;
  }
}

/**
 * Thrown by a guarded function whose call was not allowed; the function was not called.
 *
 * @example
 * try { await pay('DE89', 480); } catch (error) { if (error instanceof Denied) console.log(error.decision.explain()); }
 */
export class Denied extends BailiwickError {
  override readonly name: string = 'Denied';
  /** The decision that asked or denied. */
  readonly decision: Decision;

  /** @internal */
  constructor(decision: Decision) {
    super(decision.message, decision.reason.code);
    this.decision = decision;
  }
}

/** Calls the native half; what it throws becomes a {@link BailiwickError}. @internal */
export function raising<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw converted(error);
  }
}

/** @internal */
export function converted(error: unknown): BailiwickError {
  if (error instanceof BailiwickError) return error;
  const message = error instanceof Error ? error.message : String(error);
  try {
    const thrown = JSON.parse(message) as Thrown;
    if (typeof thrown.code === 'string') return new BailiwickError(thrown.message, thrown.code, thrown);
  } catch {
    // Not ours: napi's own complaint about a parameter, or a panic.
  }
  const isPanic = error instanceof Error && !(error instanceof TypeError) && !/Expect|Failed to convert|InvalidArg/.test(`${message} ${(error as { code?: string }).code ?? ''}`);
  return new BailiwickError(message, isPanic ? 'engine.internal' : 'usage');
}
