/** Who: what may be said in short. */

import { types } from 'node:util';

/** An origin; a pair `[issuer, subject]` is a user. What is neither is the engine's to refuse. */
export function originDocument(given) {
  return isPair(given) ? { kind: 'user', issuer: given[0], subject: given[1] } : given;
}

/** An agent, also as a pair `[issuer, subject]`. */
export function agentDocument(given) {
  return isPair(given) ? { issuer: given[0], subject: given[1] } : given;
}

function isPair(given) {
  // Only two strings of its own: an accessor or a hole is refused with the rest of the document.
  if (!Array.isArray(given) || types.isProxy(given) || given.length !== 2) return false;
  return isText(given, 0) && isText(given, 1);
}

function isText(given, index) {
  const slot = Reflect.getOwnPropertyDescriptor(given, index);
  return slot !== undefined && Object.hasOwn(slot, 'value') && typeof slot.value === 'string';
}
