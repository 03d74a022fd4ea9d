/** Longest JSON text of one call or request: the core's limit. Longer ends here, before memory does. */
export declare const BYTES_MAX: number;
/** A JSON value nobody else can change, and its text. @internal */
export interface Snapshot {
    readonly value: unknown;
    readonly text: string;
}
/** Why a value is not JSON, and where in it. @internal */
export declare class Misfit extends Error {
}
/**
 * Walks a value once, exactly: what is not JSON is refused, never turned into something else. The copy it returns is
 * frozen, so that what is decided on is what is passed on.
 * @internal
 */
export declare function snapshot(value: unknown, lengthMax?: number): Snapshot;
