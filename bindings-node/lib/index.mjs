/** What `index.d.ts` describes. */
export { reasonCodes } from './decision.mjs';
export { Engine } from './engine.mjs';
export { BailiwickError, Denied } from './error.mjs';
export { SigningKey } from './key.mjs';
export { verifyConsistency, verifyInclusion } from './log.mjs';
export { Task, currentTask } from './task.mjs';
