import { type NativeLog } from '../native.cjs';
import type { Head } from './types.js';
/** The log of an engine's decisions: an RFC 6962 Merkle tree in memory. */
export declare class Log {
    #private;
    /** @internal */
    constructor(native: NativeLog);
    /**
     * Size and root, now or when the log had `size` entries.
     *
     * @example
     * const head = engine.log.head(); // { size: 2, root: 'sha256:…' }
     */
    head(size?: number): Head;
    /** How many entries there are. */
    get length(): number;
    /** The entries, first to last: the bytes of {@link Decision.toBytes}. */
    entries(): Buffer[];
    /** Proof that entry `index` is in the log of `size` entries (RFC 6962 §2.1.1). */
    inclusion(index: number, size: number): string[];
    /** Proof that the log of `old` entries is a prefix of that of `size` (RFC 6962 §2.1.2). */
    consistency(old: number, size: number): string[];
    /**
     * Hashes every entry again and compares with what was logged and with `head`. Throws {@link BailiwickError}
     * `log.damaged` that names the first bad entry.
     *
     * @example
     * engine.log.verify(engine.log.head());
     */
    verify(head: Head, entries?: Buffer[]): void;
}
/** Whether `proof` shows `entry` at `index` under `head` (RFC 9162 §2.1.3.2). */
export declare function verifyInclusion(head: Head, index: number, entry: Buffer, proof: string[]): boolean;
/** Whether `proof` shows that the log under `old` is a prefix of that under `head` (RFC 9162 §2.1.4.2). */
export declare function verifyConsistency(old: Head, head: Head, proof: string[]): boolean;
