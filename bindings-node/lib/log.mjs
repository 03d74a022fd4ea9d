/** The audit log: every decision an entry in an RFC 6962 Merkle tree, in memory. */

import native from '../native.cjs';
import { calling } from './error.mjs';
import { document } from './snapshot.mjs';

export class Log {
  #native;

  constructor(log) {
    this.#native = log;
  }

  get length() {
    return this.head().size;
  }

  head(size) {
    return calling(() => this.#native.head(size));
  }

  entries(start) {
    return calling(() => this.#native.entries(start));
  }

  inclusion(index, size) {
    return calling(() => this.#native.inclusion(index, size));
  }

  consistency(earlier, later) {
    return calling(() => this.#native.consistency(earlier, later));
  }

  verify(head, entries) {
    const copy = document(head, 'head');
    calling(() => this.#native.verify(copy, entries));
  }
}

export function verifyInclusion(head, index, entry, proof) {
  const top = document(head, 'head');
  const path = document(proof, 'proof');
  return calling(() => native.verifyInclusion(top, index, entry, path));
}

export function verifyConsistency(earlier, later, proof) {
  const old = document(earlier, 'earlier');
  const top = document(later, 'later');
  const path = document(proof, 'proof');
  return calling(() => native.verifyConsistency(old, top, path));
}
