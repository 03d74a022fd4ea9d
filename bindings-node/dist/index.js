export { Engine, reasonCodes } from './engine.js';
export { BailiwickError, Denied } from './error.js';
export { verifyConsistency, verifyInclusion } from './log.js';
export { currentTask, Task } from './task.js';
