import { AsyncLocalStorage } from 'node:async_hooks';
import { document, millis, reasonOf, text, written } from './convert.js';
import { decisionOf } from './decision.js';
import { raising } from './error.js';
import { snapshot } from './snapshot.js';
const current = new AsyncLocalStorage();
/**
 * The task whose {@link Task.run} this is, across `await`; `undefined` outside of all.
 *
 * @example
 * await task.run(async () => currentTask() === task); // true
 */
export function currentTask() {
    return current.getStore();
}
/**
 * A piece of work under one chain, made by {@link Engine.begin}, {@link Engine.resume} or {@link Task.delegate}.
 * Its children draw on its budgets.
 */
export class Task {
    /** The engine that decides. */
    engine;
    #native;
    /** @internal */
    constructor(engine, native) {
        this.engine = engine;
        this.#native = native;
    }
    /**
     * Whether the acting agent may make this call now. An allow draws on budgets and uses up approvals.
     *
     * `args` are those that will be passed: plain JSON values, and bigints of 64 bits. Anything else, a class instance,
     * a `toJSON` or a cycle included, is denied with `call.malformed`.
     *
     * @example
     * task.decide('erp.pay', { iban: 'DE89', amount: '480.00' }).effect // 'allow'
     */
    decide(tool, args, options = {}) {
        const name = text(tool, 'tool');
        const now = millis(options.nowMs);
        const host = options.host === undefined ? undefined : written(options.host, 'host');
        let walked;
        try {
            walked = snapshot(args).text;
        }
        catch (error) {
            return decisionOf(raising(() => this.#native.decideMalformed(name, reasonOf(error), now)));
        }
        return decisionOf(raising(() => this.#native.decide(name, walked, host, now)));
    }
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
    approve(ticket, options) {
        const [request, by, now] = [document(ticket, 'ticket'), written(options.by, 'by'), millis(options.nowMs)];
        return JSON.parse(raising(() => this.#native.approve(request, by, now)));
    }
    /**
     * Hands work to another agent. The child may do what the grant says *and* this task may do; {@link cut} says what
     * that left out. Policies are asked with every call of the child whether the delegation is permitted.
     *
     * Throws {@link BailiwickError}: `chain.depth`, `chain.cycle`, `chain.expired`, `json.malformed`.
     *
     * @example
     * const reader = task.delegate({ issuer: 'https://agents.example', subject: 'research-bot' }, { grant: { actions: ['read'] } });
     */
    delegate(agent, handover) {
        const { grant, prompt, lifetimeMs, depthMax, ownAuthority, nowMs } = handover;
        const fields = { agent, grant, prompt, lifetime_ms: lifetimeMs, depth_max: depthMax, own_authority: ownAuthority };
        const [json, now] = [written(fields, 'handover'), millis(nowMs)];
        return new Task(this.engine, raising(() => this.#native.delegate(json, now)));
    }
    /** The chain, sealed: {@link Engine.resume} takes it, in a process with the same seal key. */
    get chain() {
        return JSON.parse(raising(() => this.#native.chain()));
    }
    /** What the grant of this task asked for and did not get, a sentence each. */
    get cut() {
        return raising(() => this.#native.cut());
    }
    /**
     * Runs `work` with this task as the {@link currentTask}, which guarded functions ask.
     *
     * @example
     * await task.run(async () => { await guardedRead('m-17'); });
     */
    run(work) {
        return current.run(this, work);
    }
}
