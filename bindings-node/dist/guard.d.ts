import type { Engine } from './engine.js';
/** How a guarded function's arguments are named. */
export interface GuardOptions {
    /** Names of the positional arguments; the catalog's parameters, in its order, unless given. */
    parameters?: string[];
    /** The function takes one object whose members are the arguments. */
    object?: boolean;
}
/** @internal */
export declare function guarded<A extends unknown[], R>(engine: Engine, tool: string, work: (...args: A) => R, options: GuardOptions): (...args: A) => R;
