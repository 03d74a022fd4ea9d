import { type Document } from './convert.js';
import { type Decision } from './decision.js';
import { type GuardOptions } from './guard.js';
import { Log } from './log.js';
import { Task } from './task.js';
import type { Agent, Grant, Origin, Request } from './types.js';
/** What an engine can be told beside its policies. */
export interface EngineOptions {
    /** The agents; without it nobody is known, and everything is denied. */
    registry?: Document;
    /** The host's own resources, in Cedar's JSON entity format. */
    entities?: Document;
    /** Whether {@link Engine.decide} decides on chains nobody has proven. */
    acceptClaimedChains?: boolean;
    /** 32 random bytes; engines that share them accept each other's sealed chains and approvals. Made anew otherwise. */
    sealKey?: Uint8Array;
}
/** What an engine is made of: texts by name, and documents as JSON text or plain objects. */
export interface EngineParts extends EngineOptions {
    /** Cedar policies by name; a name that ends in `.cedar.json` is Cedar's JSON format. */
    policies: Record<string, string>;
    /** The host's own Cedar schema, by name. */
    schema?: Record<string, string>;
    /** The tools: our format, MCP's `tools/list`, or OpenAI functions. */
    catalog?: Document;
    /** What tools of the latter two do. */
    annotations?: Document;
}
/** What a task begins with. */
export interface Start {
    origin: Origin;
    agent: Agent;
    /** What the origin asked for, in their words. */
    prompt?: string;
    /** What the first link passes on; everything the origin may do unless said otherwise. */
    grant?: Grant;
    /** Names the task; made anew unless given. */
    id?: string;
    /** How long, in milliseconds; one hour unless said otherwise. */
    lifetimeMs?: number;
    /** The deepest hop; four unless said otherwise. */
    depthMax?: number;
    /** The instant, in milliseconds since the epoch; the host's clock unless given. */
    nowMs?: number;
}
/**
 * Policies, schema and catalog, loaded and checked, with the registry and entities in force and the log of what was
 * decided. What is in force can be replaced at any time, atomically.
 *
 * @example
 * const engine = new Engine({ policies: { 'all.cedar': 'permit(principal, action, resource);' }, catalog, registry });
 */
export declare class Engine {
    #private;
    /** Throws {@link BailiwickError} with file, line and column when anything does not load. */
    constructor(parts: EngineParts);
    /**
     * An engine of a directory: `*.cedar`, `*.cedar.json`, `*.cedarschema`, `tools.json`, `registry.json` and
     * `entities.json`. `catalog` is the path of another `tools.json`; `registry` and `entities` take the place of the
     * files. Rejects with {@link BailiwickError}.
     *
     * @example
     * const engine = await Engine.fromDir('policies/', { catalog: 'tools.json' });
     */
    static fromDir(dir: string, options?: EngineOptions & {
        catalog?: string;
    }): Promise<Engine>;
    /**
     * Begins a piece of work that `origin` hands to `agent`. Whether the agent may act is not asked here; every
     * decision does. Throws {@link BailiwickError}.
     *
     * @example
     * const task = engine.begin({
     *   origin: { kind: 'user', issuer: 'https://idp.example', subject: 'alice' },
     *   agent: { issuer: 'https://agents.example', subject: 'invoice-bot' },
     *   prompt: 'Pay the March invoices',
     * });
     */
    begin(start: Start): Task;
    /** Goes on with a chain that was begun before. Throws {@link BailiwickError}: `chain.seal`, `chain.expired`, … */
    resume(chain: Document, options?: {
        nowMs?: number;
    }): Task;
    /**
     * Decides one request: the stateless door. What is not a request is denied with `request.malformed`. Without a
     * ledger, budgets cannot be shown to have room and approvals not to have been used.
     *
     * @example
     * engine.decide({ chain, call: { tool: 'mail.read', arguments: { id: 'm-17' } } }).effect // 'allow'
     */
    decide(request: Request | string, options?: {
        ledger?: Document;
        nowMs?: number;
    }): Decision;
    /**
     * A function that asks the {@link currentTask} before it acts, and acts with exactly the arguments that were
     * decided on. Throws {@link Denied} when they are not allowed, {@link BailiwickError} outside of a task of this
     * engine; then it is not called.
     *
     * @example
     * const read = engine.guard('mail.read', (id) => mails.get(id));
     * task.run(() => read('m-17'));
     */
    guard<A extends unknown[], R>(tool: string, work: (...args: A) => R, options?: GuardOptions): (...args: A) => R;
    /** Puts policies in force in place of all others. Throws {@link BailiwickError}, and then the old ones stay. */
    loadPolicies(policies: Record<string, string>): void;
    /** Puts a registry in force. Throws {@link BailiwickError}, and then the old one stays. */
    loadRegistry(registry: Document): void;
    /** Puts the host's resources in force. Throws {@link BailiwickError}, and then the old ones stay. */
    loadEntities(entities: Document): void;
    /** Puts the policies of a directory in force, and its `registry.json` and `entities.json`: all, or none. */
    reload(dir: string): void;
    /** The Cedar schema policies are validated against, for editors and reviewers. */
    get schema(): string;
    /** What Cedar's validator found odd but not wrong. */
    get warnings(): string[];
    /** What is odd about the catalog, such as a tool nobody has said the effect of. */
    get lint(): string[];
    /** The names of a tool's parameters, in the catalog's order; `undefined` when there is no such tool. */
    parameters(tool: string): string[] | undefined;
    /** The log of what this engine decided. */
    get log(): Log;
}
/** Every reason code and its meaning. */
export declare function reasonCodes(): Record<string, string>;
