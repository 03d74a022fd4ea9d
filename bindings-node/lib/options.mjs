/** Options: own members of a plain object, all of them known. */

import { BailiwickError } from './error.mjs';
import { isPlain } from './snapshot.mjs';

const { getOwnPropertyDescriptor, ownKeys } = Reflect;
const { hasOwn } = Object;

const DOCUMENTS = ['registry', 'entities', 'trust', 'revocations'];

/** Options of an engine that are no documents. */
export const SETTINGS = ['acceptClaimedChains', 'sealKey', 'compareWithCedar', 'allReasons', 'baseline', 'standing'];

/** Every option there is, by what takes it. */
export const OPTIONS = {
  __proto__: null,
  Engine: ['policies', 'schema', 'catalog', 'annotations', ...DOCUMENTS, ...SETTINGS],
  fromDir: ['catalog', ...DOCUMENTS, ...SETTINGS],
  begin: ['origin', 'agent', 'key', 'prompt', 'contract', 'grant', 'terms', 'id', 'lifetimeMs', 'depthMax', 'nowMs'],
  resume: ['ledger', 'nowMs'],
  'engine.decide': ['ledger', 'nowMs'],
  decideAuthzen: ['subjectIssuer', 'agent', 'ledger', 'nowMs'],
  guard: ['parameters', 'object', 'defaults'],
  changeEntities: ['removed'],
  absorbEvent: ['nowMs'],
  'task.decide': ['host', 'presenter', 'nowMs'],
  decideMany: ['host', 'nowMs'],
  approve: ['by', 'nowMs'],
  delegate: ['key', 'grant', 'terms', 'prompt', 'contract', 'lifetimeMs', 'depthMax', 'ownAuthority', 'nowMs'],
  export: ['format'],
  fromJwk: ['issuer'],
};

/**
 * The options given to `taker`, if they are all among those there are: a misspelt `grant` must not be taken for none.
 * What is returned has no prototype, so that an option nobody gave is absent whatever `Object.prototype` has.
 */
export function options(given, taker) {
  const taken = { __proto__: null };
  if (given === undefined) return taken;
  const where = taker.slice(taker.indexOf('.') + 1);
  if (!isPlain(given)) throw new BailiwickError(`${where}: options are a plain object`);
  const names = OPTIONS[taker];
  const keys = ownKeys(given);
  for (let index = 0; index < keys.length; index += 1) {
    const name = keys[index];
    if (!names.includes(name)) {
      throw new BailiwickError(`${where}: there is no option \`${String(name)}\`; there are: ${names.join(', ')}`);
    }
    const slot = getOwnPropertyDescriptor(given, name);
    // An accessor could run foreign code, and give something else the next time.
    if (slot === undefined || !hasOwn(slot, 'value')) throw new BailiwickError(`${where}: option \`${name}\` is an accessor: give a value`);
    if (slot.enumerable) taken[name] = slot.value;
  }
  return taken;
}
