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
export declare class BailiwickError extends Error {
    readonly name: string;
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
    constructor(message: string, code?: string, place?: Partial<Pick<Thrown, 'file' | 'line' | 'column' | 'report'>>);
}
/**
 * Thrown by a guarded function whose call was not allowed; the function was not called.
 *
 * @example
 * try { await pay('DE89', 480); } catch (error) { if (error instanceof Denied) console.log(error.decision.explain()); }
 */
export declare class Denied extends BailiwickError {
    readonly name: string;
    /** The decision that asked or denied. */
    readonly decision: Decision;
    /** @internal */
    constructor(decision: Decision);
}
/** Calls the native half; what it throws becomes a {@link BailiwickError}. @internal */
export declare function raising<T>(work: () => T): T;
/** @internal */
export declare function converted(error: unknown): BailiwickError;
export {};
