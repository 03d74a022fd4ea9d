/**
 * Decides, before every action of an AI agent, whether it is within what the person who started the work delegated.
 * Start with {@link Engine}.
 * @packageDocumentation
 */
export type { Document } from './convert.js';
export type { Decision, Reason, Ticket } from './decision.js';
export { Engine, reasonCodes, type EngineOptions, type EngineParts, type Start } from './engine.js';
export { BailiwickError, Denied } from './error.js';
export type { GuardOptions } from './guard.js';
export { verifyConsistency, verifyInclusion, type Log } from './log.js';
export { currentTask, Task, type Handover } from './task.js';
export type { Actions, Agent, Budget, Capability, Constraint, EntityRef, Grant, Head, Origin, Request } from './types.js';
