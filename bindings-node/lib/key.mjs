/** Keys that sign chains for other processes. */

import { inspect } from 'node:util';
import native from '../native.cjs';
import { BailiwickError, calling } from './error.mjs';
import { options } from './options.mjs';
import { document } from './snapshot.mjs';

/** The key as the engine knows it. */
export let nativeKey;

export class SigningKey {
  #native;

  static {
    nativeKey = (key) => {
      const isKey = typeof key === 'object' && key !== null && #native in key;
      if (!isKey) throw new BailiwickError('key: a SigningKey is needed');
      return key.#native;
    };
  }

  constructor(key) {
    if (!(key instanceof native.SigningKey)) throw new BailiwickError('a key is read with `SigningKey.fromJwk`');
    this.#native = key;
  }

  static fromJwk(jwk, given) {
    const { issuer } = options(given, 'fromJwk');
    const copy = document(jwk, 'jwk');
    return new SigningKey(calling(() => new native.SigningKey(copy, issuer)));
  }

  get public() {
    return JSON.parse(calling(() => this.#native.publicJwk()));
  }

  get thumbprint() {
    return calling(() => this.#native.thumbprint());
  }

  [inspect.custom]() {
    return `SigningKey { \`${this.thumbprint}\` }`;
  }
}
