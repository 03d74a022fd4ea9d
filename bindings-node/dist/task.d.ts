import type { NativeTask } from '../native.cjs';
import { type Decision, type Ticket } from './decision.js';
import type { Engine } from './engine.js';
import type { Agent, Grant, Origin } from './types.js';
/**
 * The task whose {@link Task.run} this is, across `await`; `undefined` outside of all.
 *
 * @example
 * await task.run(async () => currentTask() === task); // true
 */
export declare function currentTask(): Task | undefined;
/** What is handed to another agent. */
export interface Handover {
    /** What the child may do, as far as this task may. */
    grant: Grant;
    /** What for. */
    prompt?: string;
    /** How long, in milliseconds; as long as this task unless less is said. */
    lifetimeMs?: number;
    /** The deepest hop; this task's unless less is said. */
    depthMax?: number;
    /** The delegate acts on rights of its own, where a policy annotated `@own_authority` permits that. */
    ownAuthority?: boolean;
    /** The instant, in milliseconds since the epoch; the host's clock unless given. */
    nowMs?: number;
}
/**
 * A piece of work under one chain, made by {@link Engine.begin}, {@link Engine.resume} or {@link Task.delegate}.
 * Its children draw on its budgets.
 */
export declare class Task {
    #private;
    /** The engine that decides. */
    readonly engine: Engine;
    /** @internal */
    constructor(engine: Engine, native: NativeTask);
    /**
     * Whether the acting agent may make this call now. An allow draws on budgets and uses up approvals.
     *
     * `args` are those that will be passed: plain JSON values, and bigints of 64 bits. Anything else, a class instance,
     * a `toJSON` or a cycle included, is denied with `call.malformed`.
     *
     * @example
     * task.decide('erp.pay', { iban: 'DE89', amount: '480.00' }).effect // 'allow'
     */
    decide(tool: string, args: object, options?: {
        host?: object;
        nowMs?: number;
    }): Decision;
    /**
     * Takes a person's approval of the call in `ticket`. The next {@link decide} on exactly that call, within fifteen
     * minutes, uses it up. The host vouches that it was `by` who said yes. Returns the approval, for the `approvals` of
     * a {@link Engine.decide}.
     *
     * Throws {@link BailiwickError}: `approval.invalid`, `approval.mismatch`, `approval.role`.
     *
     * @example
     * task.approve(decision.approvalRequest(), { by: { kind: 'user', issuer: 'https://idp.example', subject: 'olga' } });
     */
    approve(ticket: Ticket | string, options: {
        by: Origin;
        nowMs?: number;
    }): object;
    /**
     * Hands work to another agent. The child may do what the grant says *and* this task may do; {@link cut} says what
     * that left out. Policies are asked with every call of the child whether the delegation is permitted.
     *
     * Throws {@link BailiwickError}: `chain.depth`, `chain.cycle`, `chain.expired`, `json.malformed`.
     *
     * @example
     * const reader = task.delegate({ issuer: 'https://agents.example', subject: 'research-bot' }, { grant: { actions: ['read'] } });
     */
    delegate(agent: Agent, handover: Handover): Task;
    /** The chain, sealed: {@link Engine.resume} takes it, in a process with the same seal key. */
    get chain(): object;
    /** What the grant of this task asked for and did not get, a sentence each. */
    get cut(): string[];
    /**
     * Runs `work` with this task as the {@link currentTask}, which guarded functions ask.
     *
     * @example
     * await task.run(async () => { await guardedRead('m-17'); });
     */
    run<T>(work: () => T): T;
}
