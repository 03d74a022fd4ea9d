import { verifyConsistency as nativeConsistency, verifyInclusion as nativeInclusion, type NativeLog } from '../native.cjs';
import { count, written } from './convert.js';
import { raising } from './error.js';
import type { Head } from './types.js';

/** The log of an engine's decisions: an RFC 6962 Merkle tree in memory. */
export class Log {
  readonly #native: NativeLog;

  /** @internal */
  constructor(native: NativeLog) {
    this.#native = native;
  }

  /**
   * Size and root, now or when the log had `size` entries.
   *
   * @example
   * const head = engine.log.head(); // { size: 2, root: 'sha256:…' }
   */
  head(size?: number): Head {
    const at = size === undefined ? undefined : count(size, 'size');
    return JSON.parse(raising(() => this.#native.head(at))) as Head;
  }

  /** How many entries there are. */
  get length(): number {
    return this.head().size;
  }

  /** The entries, first to last: the bytes of {@link Decision.toBytes}. */
  entries(): Buffer[] {
    return raising(() => this.#native.entries());
  }

  /** Proof that entry `index` is in the log of `size` entries (RFC 6962 §2.1.1). */
  inclusion(index: number, size: number): string[] {
    return raising(() => this.#native.inclusion(count(index, 'index'), count(size, 'size')));
  }

  /** Proof that the log of `old` entries is a prefix of that of `size` (RFC 6962 §2.1.2). */
  consistency(old: number, size: number): string[] {
    return raising(() => this.#native.consistency(count(old, 'old'), count(size, 'size')));
  }

  /**
   * Hashes every entry again and compares with what was logged and with `head`. Throws {@link BailiwickError}
   * `log.damaged` that names the first bad entry.
   *
   * @example
   * engine.log.verify(engine.log.head());
   */
  verify(head: Head, entries?: Buffer[]): void {
    raising(() => this.#native.verify(written(head, 'head'), entries));
  }
}

/** Whether `proof` shows `entry` at `index` under `head` (RFC 9162 §2.1.3.2). */
export function verifyInclusion(head: Head, index: number, entry: Buffer, proof: string[]): boolean {
  return raising(() => nativeInclusion(written(head, 'head'), count(index, 'index'), entry, written(proof, 'proof')));
}

/** Whether `proof` shows that the log under `old` is a prefix of that under `head` (RFC 9162 §2.1.4.2). */
export function verifyConsistency(old: Head, head: Head, proof: string[]): boolean {
  return raising(() => nativeConsistency(written(old, 'old'), written(head, 'head'), written(proof, 'proof')));
}
