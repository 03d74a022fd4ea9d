/** Options: an object that says what it says, and nothing unknown. */

import { BailiwickError } from './error.mjs';
import { isPlain } from './snapshot.mjs';

/** The options given, if they are all among `names`: a misspelt `grant` must not be taken for none. */
export function options(given, names, where) {
  if (given === undefined) return {};
  if (!isPlain(given)) throw new BailiwickError(`${where}: options are a plain object`);
  let taken;
  try {
    taken = { ...given };
  } catch (cause) {
    throw new BailiwickError(`${where}: options cannot be read`, { cause });
  }
  const unknown = Object.keys(taken).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BailiwickError(`${where}: there is no option \`${unknown}\`; there are: ${names.join(', ')}`);
  }
  return taken;
}
