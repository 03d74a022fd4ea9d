/**
 * The one error of this library: wrong use, or something that does not load.
 * A denial is not an error but a {@link Decision}.
 *
 * @example
 * try { new Engine({ policies: { 'a.cedar': 'permit(' } }); }
 * catch (error) { console.log(error.code, error.file, error.line, error.column); } // policy.invalid a.cedar 1 8
 */
export class BailiwickError extends Error {
    name = 'BailiwickError';
    /** The stable code, the same in every language: `policy.invalid`, `chain.expired`, `usage`, … */
    code;
    /** The text it is about, when that is known. */
    file;
    /** Line, from 1. */
    line;
    /** Column in characters, from 1. */
    column;
    /** The whole report for a person: every finding, with the source around it. */
    report;
    /** @internal */
    constructor(message, code = 'usage', place = {}) {
        super(message);
        this.code = code;
        if (place.file != null)
            this.file = place.file;
        if (place.line != null)
            this.line = place.line;
        if (place.column != null)
            this.column = place.column;
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
    name = 'Denied';
    /** The decision that asked or denied. */
    decision;
    /** @internal */
    constructor(decision) {
        super(decision.message, decision.reason.code);
        this.decision = decision;
    }
}
/** Calls the native half; what it throws becomes a {@link BailiwickError}. @internal */
export function raising(work) {
    try {
        return work();
    }
    catch (error) {
        throw converted(error);
    }
}
/** @internal */
export function converted(error) {
    if (error instanceof BailiwickError)
        return error;
    const message = error instanceof Error ? error.message : String(error);
    try {
        const thrown = JSON.parse(message);
        if (typeof thrown.code === 'string')
            return new BailiwickError(thrown.message, thrown.code, thrown);
    }
    catch {
        // Not ours: napi's own complaint about a parameter, or a panic.
    }
    const isPanic = error instanceof Error && !(error instanceof TypeError) && !/Expect|Failed to convert|InvalidArg/.test(`${message} ${error.code ?? ''}`);
    return new BailiwickError(message, isPanic ? 'engine.internal' : 'usage');
}
