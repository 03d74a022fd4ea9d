/** JSON, as text or as JavaScript has it. */
export type Document = string | object;
/** The JSON text of a document for the core's strict readers; a string is taken as JSON text. @internal */
export declare function document(value: Document, name: string): string;
/** @internal */
export declare function optional(value: Document | undefined, name: string): string | undefined;
/** @internal */
export declare function written(value: unknown, name: string): string;
/** Why a value could not be walked: a misfit of ours, or whatever a getter or proxy threw. @internal */
export declare function reasonOf(error: unknown): string;
/** @internal */
export declare function millis(nowMs: number | undefined): number | undefined;
/** @internal */
export declare function count(value: number, name: string): number;
/** @internal */
export declare function text(value: string, name: string): string;
