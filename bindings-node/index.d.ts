/**
 * Decides, before every action of an AI agent, whether it is still within what the person who started the work
 * delegated: Cedar policies over who started it, which agents stand in between, and the system acted on.
 *
 * Load once, decide often. Loading throws `BailiwickError`, with file, line and column; deciding does not throw for
 * anything a model says: what cannot be shown to be allowed comes back as a deny. All times are milliseconds.
 *
 * Documents (origins, agents, grants, chains, registries, …) have the member names they have as JSON in every
 * language, such as `auth_time_ms`; options of this package are in camel case, such as `lifetimeMs`.
 *
 * ```js
 * const engine = new Engine({
 *   policies: { 'all.cedar': 'permit(principal, action in [Action::"read", Action::"delegate"], resource);' },
 *   catalog: { tools: [{ name: 'mail.read', system: 'mail', effects: ['read'], parameters: {
 *     type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } }] },
 *   registry: { agents: [{ issuer: 'https://agents.example', subject: 'invoice-bot', state: 'active',
 *                          owner: { issuer: 'https://idp.example', subject: 'olga' } }] },
 * });
 * const task = engine.begin({
 *   origin: { kind: 'user', issuer: 'https://idp.example', subject: 'alice', groups: ['finance'] },
 *   agent: { issuer: 'https://agents.example', subject: 'invoice-bot' },
 *   prompt: 'Find the March invoices',
 * });
 * assert.equal(task.decide('mail.read', { id: 'm-17' }).effect, 'allow');
 * assert.equal(task.decide('mail.send', { to: 'mallory@example.org' }).reason.code, 'call.tool_unknown');
 * ```
 */

/** Someone or something with a name: unique within its issuer (and tenant). */
export interface Principal {
  issuer: string;
  subject: string;
  /** Where one issuer serves several. */
  tenant?: string;
}

/** An agent, as a chain names it. Its owner, blueprint and state are the registry's to say. */
export interface Agent extends Principal {
  /** Which running instance; recorded, never compared. */
  instance?: string;
}

/** Who started the work. Only users can approve. */
export interface Origin extends Principal {
  /** `agent_user`: a user account that an agent has. */
  kind: 'user' | 'service' | 'schedule' | 'agent_user';
  groups?: string[];
  session?: string;
  /** When they logged in, in milliseconds since 1970. */
  auth_time_ms?: number;
}

/** A Cedar entity. */
export interface EntityRef {
  type: string;
  id: string;
}

/** A condition on an argument. Decimal numbers are strings, with at most four places. */
export type Constraint =
  | 'any'
  | { exact: unknown }
  | { one_of: unknown[] }
  | { not_one_of: unknown[] }
  | { range: { min?: string; max?: string; exclusive_min?: string; exclusive_max?: string } }
  | { subset_of: unknown[] }
  | { contains: unknown[] }
  | { all: Constraint[] }
  | { any_of: Constraint[] }
  /** Every element of an array. */
  | { all: Constraint }
  /** Some element of an array. */
  | { any: Constraint }
  /** The argument may be absent. */
  | { optional: Constraint }
  /** A path to this directory or below it, `..` resolved. */
  | { subpath: string }
  | { prefix: string }
  /** `*` and `?` within one name, `**` for any directories. */
  | { glob: string }
  /** `host` may be `*.domain`; the port is the scheme's own unless given. */
  | { url: { scheme?: 'https' | 'http' | 'wss' | 'ws'; host: string; port?: number; path?: string } }
  | { cidr: string }
  /** `corp.example`, or `*.corp.example` for the domains below it. */
  | { email_domain: string };

/** Actions on resources under conditions. */
export interface Capability {
  /** Names of tools or of groups: `'erp.pay'`, `'read'`, `'system:mail'`. */
  actions: 'any' | string[];
  /** Every one unless given. */
  resources?: 'any' | ({ eq: EntityRef } | { in: EntityRef } | { is: string })[];
  /** When given, an argument that is not named here is not covered; `'*'` says what holds for all others. */
  arguments?: Record<string, Constraint>;
  /** Who must approve each call, one of them: a role as of `@ask`, a group the policies name, a person (`issuer|subject`), or any group. */
  approvers?: (string | Principal | { group: string })[];
  /** From this instant on, nothing is covered. */
  expires_ms?: number;
}

/** A limit on the sum of an argument over all calls; without `argument`, on how many there are. */
export interface Budget {
  name: string;
  actions: 'any' | string[];
  argument?: string;
  limit: string;
}

/** What is passed on: one capability, or several of which one must cover the call, and budgets. */
export type Grant = Capability | { capabilities: Capability[]; budgets?: Budget[] };

/** A public key, as RFC 7517 writes it. */
export interface Jwk {
  kty: string;
  [member: string]: unknown;
}

/** An approved task, whose state somebody else keeps. */
export interface Mission {
  id: string;
  /** Who keeps its state. */
  origin: string;
  /** What was approved, as its keeper hashes it. */
  authority_hash: string;
}

/** What a link says besides who hands what to whom. What is left out is taken over from the link before. */
export interface Terms {
  /** What for, as a code: words joined by dots, which further links may only lengthen. */
  purpose_code?: string;
  /** The systems it may be used on; any unless given. */
  targets?: string[];
  /** The approved task it serves. */
  mission?: Mission;
  /** To whom the agent may hand on: to anybody the policies permit unless given. */
  redelegate_to?: { agents?: Principal[]; blueprints?: string[] };
  /** Why it passes on more than was passed on: a token signed by the origin's side. */
  reauthorization?: string;
}

/** One delegation. */
export interface Link extends Terms {
  id: string;
  delegator: Principal;
  delegate: Agent;
  /** The delegate's public key: what it signs further links and proofs of possession with. */
  key?: Jwk;
  grant: Grant;
  /** What for, in the delegator's words. */
  purpose?: string;
  issued_ms: number;
  not_before_ms?: number;
  /** Not valid from this instant on. */
  expires_ms: number;
  /** 0: the delegate may not hand on. */
  depth_max: number;
  own_authority?: boolean;
}

/** An issuer and a subject: short for an agent, and for an origin that is a user. */
export type Pair = readonly [issuer: string, subject: string];

/** From the origin to the acting agent. */
export interface Chain {
  id: string;
  origin: Origin;
  links: Link[];
  /** Made by an engine; without it, and without evidence, the chain is only claimed. */
  seal?: string;
  /** The tokens it was read from. */
  evidence?: Evidence;
}

/** A chain in the tokens of those who signed it: believed when the trust document has them. */
export type Evidence =
  | { format: 'native'; links: string[] }
  | { format: 'aat'; tokens: string[] }
  /** `parent` is the token this one was exchanged for. */
  | { format: 'access_token' | 'id_token'; token: string; parent?: string }
  | { format: 'entra' | 'id_jag' | 'txn_token' | 'jwt_svid' | 'wit'; token: string };

/** What `Task.export` writes: all of it, tokens of another maker's format, or one token for a server elsewhere. */
/** `attenuated_jwt`: JWTs in the shape of the AAT draft, read back as `aat`; no other implementation has verified them. */
export type ExportFormat = 'native' | 'attenuated_jwt' | { access_token: { audience: string } };

/** A chain, written down for another process. */
export interface Exported {
  /** For `Engine.resume`, or the `chain` of a request, where the signer is trusted. */
  evidence: Evidence;
  /** One word for each thing about the work that the format cannot say, sorted; empty when nothing was lost. */
  lossy: string[];
}

/** A proof of possession: that the one who calls has the holder's key, and made the proof for this very call. */
export type Proof =
  /** Method and URL are those the host saw. */
  | { type: 'dpop'; jwt: string; method: string; url: string }
  /** `wit` is absent when it is the chain itself. */
  | { type: 'wpt'; jwt: string; wit?: string }
  | { type: 'aat'; jwt: string };

/** Who brings a call, as the host has authenticated them: never what the caller says of itself. */
export interface Presenter {
  /** It must be the chain's holder. */
  agent?: Principal;
  /** The thumbprint of the key it was authenticated with; it must be the holder's. */
  key?: string;
  /** The login session the call belongs to; it must be the origin's. */
  session?: string;
  /** What came with the call. */
  proof?: Proof;
}

/** What a person must see to approve one call. Sealed: a changed one is refused. */
export interface Ticket {
  digest: string;
  /** The id of the decision that asked. */
  decision: string;
  tool: string;
  /** The arguments as they will be passed. */
  arguments: unknown;
  origin: Principal;
  agent: Principal;
  /** Those who may approve: `user`, `owner`, `sponsor`, or a group. */
  roles: string[];
  detail: string;
  seal: string;
}

/** A person's yes to one call. */
export interface Approval {
  digest: string;
  approver: Principal;
  roles: string[];
  approved_ms: number;
  expires_ms: number;
  seal: string;
}

/** One question at the stateless door. */
export interface Request {
  chain: Chain | Evidence;
  call: { tool: string; arguments?: unknown };
  /** Who brings the call, as the host has authenticated them. */
  presenter?: Presenter;
  /** Facts for `context.host`. */
  host?: Record<string, unknown>;
  /** Counted only with a ledger. */
  approvals?: Approval[];
}

/** What was spent: debits from budgets, the ids of approvals, and proofs of possession, as decisions record them. */
export interface Ledger {
  spent?: readonly Debit[];
  approvals?: readonly string[];
  proofs?: readonly ProofUse[];
}

/** What a call draws from a budget. */
export interface Debit {
  chain: string;
  link: string;
  budget: string;
  amount: string;
}

/** A proof of possession that was used, and until when it must be remembered. */
export interface ProofUse {
  id: string;
  until_ms: number;
}

/** One answer to AuthZEN. */
export interface Evaluation {
  /** Whether the call may be made now. */
  decision: boolean;
  context: {
    /** The reason code. */
    code: string;
    effect: 'allow' | 'ask' | 'deny';
    /** The id of the decision in the log. */
    id: string;
    /** What the model may be told. */
    message: string;
    /** The roles whose approval is missing, when the effect is `ask`. */
    ask?: string[];
  };
}

/** Why a decision is what it is. */
export interface Reason {
  /** Stable and the same in every language; `reasonCodes` has them all. */
  readonly code: string;
  /** The link it was found at; 0 is the one from the origin to the first agent. */
  readonly hop?: number;
  /** When policies decided. */
  readonly gate?: 'origin' | 'agent' | 'delegate';
  /** Ids of the policies that decided, sorted. */
  readonly policies: readonly string[];
  /** One sentence for the operator; never for the model. */
  readonly detail: string;
}

/** Something discovered on the way, such as an agent the registry does not know. */
export interface Finding {
  readonly kind: string;
  readonly [member: string]: unknown;
}

/** The audit entry of a decision, as the log keeps it. */
export interface DecisionRecord {
  /** Version of the record. */
  readonly v: number;
  readonly effect: 'allow' | 'ask' | 'deny';
  readonly reason: Partial<Reason> & Pick<Reason, 'code'>;
  readonly ask?: readonly string[];
  readonly now_ms: number;
  /** The how-many-th decision of the task, from 0; absent at the stateless door. */
  readonly sequence?: number;
  readonly call: {
    readonly tool: string;
    /** Absent when the tool is unknown. */
    readonly system?: string;
    readonly effects?: readonly string[];
    readonly digest?: string;
  };
  /** Absent when the chain was not of a shape to tell. */
  readonly chain?: ChainRecord;
  /** Which permissions applied: the policies that permitted, and the digests of what was in force. */
  readonly permissions: {
    readonly gates?: readonly {
      readonly gate: 'origin' | 'agent' | 'delegate';
      readonly hop: number;
      /** Ids of the policies that permitted, sorted. */
      readonly permits: readonly string[];
    }[];
    readonly policies?: string;
    readonly registry?: string;
  };
  /** Absent for a task without a prompt, and where the call was refused before. */
  readonly intent?: IntentRecord;
  readonly obligations?: readonly string[];
  readonly shadow?: { readonly effect: 'allow' | 'ask' | 'deny'; readonly policies: readonly string[] };
  readonly findings?: readonly Finding[];
  /** What the call draws from budgets, if it is made. */
  readonly debits?: readonly Debit[];
  /** The proof of possession that was used up: for the `proofs` of a ledger. */
  readonly proof?: ProofUse;
  /** The approvals that were used. */
  readonly approvals?: readonly {
    readonly id: string;
    readonly approver: Principal;
    readonly roles: readonly string[];
  }[];
  /** Why approvals that were presented did not count. */
  readonly declined?: readonly string[];
}

/** The chain, as the log knows it. What only verifying tells is absent when it did not verify. */
export interface ChainRecord {
  readonly id: string;
  readonly digest?: string;
  /** 0: claimed. 1: sealed. 2: attested by one issuer. 3: every hop proven. 4: and the holder meant this very call. */
  readonly proof_level?: 0 | 1 | 2 | 3 | 4;
  /** Whether every hop is proven. */
  readonly complete?: boolean;
  /** The agent acts for itself. */
  readonly autonomous?: true;
  /** What its format did not tell, and what is odd about it; sorted. */
  readonly flags?: readonly string[];
  /** What its token says and no policy may decide on. */
  readonly claims?: Readonly<Record<string, string>>;
  readonly origin_kind: Origin['kind'];
  readonly origin: Principal;
  /** Every agent, first to acting. */
  readonly agents: readonly Principal[];
}

/** What every decision tells. */
export interface DecisionBase {
  /** Whether the call may be made now: true for `allow` only. */
  readonly allowed: boolean;
  readonly reason: Reason;
  /** What the model may be told: never which rule, value or agent stood in the way. */
  readonly message: string;
  /** The roles whose approval is missing, when the effect is `ask`. */
  readonly ask: readonly string[];
  /** What the host must also do, from the `@obligation` of the policies that decided. */
  readonly obligations: readonly string[];
  /** What it would have been, had the `@shadow` policies counted; absent when it is the same. */
  readonly shadow?: { readonly effect: 'allow' | 'ask' | 'deny'; readonly policies: readonly string[] };
  readonly findings: readonly Finding[];
  /** Whether the call serves what the prompt asked for; absent for a task without a prompt. */
  readonly intent?: IntentRecord;
  /** Names the decision everywhere: `dec_` and the first 128 bits of the SHA-256 of its record. */
  readonly id: string;
  /** The digest of tool, arguments and chain, which approvals are bound to; absent when arguments were not JSON. */
  readonly digest?: string;
  /** The audit entry. */
  readonly record: DecisionRecord;

  /**
   * The record: `JSON.stringify` of a decision is exactly the text the log keeps and hashes.
   *
   * ```js
   * const d = task.decide('mail.read', { id: 'm-17' });
   * assert.equal(JSON.stringify(d), engine.log.entries().at(-1).toString());
   * ```
   */
  toJSON(): DecisionRecord;

  /**
   * Whether this is the decision on exactly this call, under its chain. Ask right before the call is made, where the
   * arguments may have changed since. Throws `BailiwickError` when `tool` is no string.
   *
   * ```js
   * const d = task.decide('mail.read', { id: 'm-17' });
   * assert.deepEqual([d.isOf('mail.read', { id: 'm-17' }), d.isOf('mail.read', { id: 'm-18' })], [true, false]);
   * ```
   */
  isOf(tool: string, args: unknown): boolean;

  /**
   * The account for an operator: who acted, who initiated it, which permissions applied, was it consistent.
   *
   * ```js
   * assert.match(task.decide('mail.read', { id: 'm-17' }).explain(), /acting agent  https:..agents.example.invoice-bot/);
   * ```
   */
  explain(): string;

  /**
   * The ticket for `Task.approve`. Throws `BailiwickError` (`usage`) when the effect is not `ask`, or the decision was
   * not made by a task.
   *
   * ```js
   * const ticket = task.decide('erp.pay', { iban: 'DE89', amount: '900.00' }).approvalRequest();
   * assert.deepEqual([ticket.tool, ticket.roles], ['erp.pay', ['owner']]);
   * ```
   */
  approvalRequest(): Ticket;
}

/** The call may be made now. */
export interface Allowed extends DecisionBase {
  readonly effect: 'allow';
  readonly allowed: true;
}

/** A person must approve exactly this call first. */
export interface Asked extends DecisionBase {
  readonly effect: 'ask';
  readonly allowed: false;
}

/** The call must not be made. */
export interface Refused extends DecisionBase {
  readonly effect: 'deny';
  readonly allowed: false;
}

/**
 * The answer to one call, and the account of it. Always returned, never thrown. An object is true to JavaScript:
 * ask `decision.allowed`, not `decision`.
 *
 * ```js
 * const d = task.decide('erp.pay', { iban: 'DE89', amount: '900.00' });
 * switch (d.effect) {
 *   case 'allow': assert.fail(); break;
 *   case 'ask': assert.deepEqual(d.ask, ['owner']); break;
 *   case 'deny': assert.fail(); break;
 * }
 * ```
 */
export type Decision = Allowed | Asked | Refused;

/** JSON text, or a value that has the same as plain objects, arrays, strings, numbers, booleans and null. */
export type Document<T = object> = string | T;

/** How well a value is grounded; the first is the best. See INTENT.md. */
export type Level = 'prompt' | 'trusted' | 'keyed' | 'field' | 'named_text' | 'untrusted' | 'nowhere';

/** One thing a prompt asks for, or forbids. */
export interface IntentGrant {
  effects?: readonly string[];
  /** What it is about. */
  objects?: readonly string[];
  /** The tools that do just that. */
  tools: readonly string[];
  /** Tools that count where every value is the prompt's own. */
  by_value?: readonly string[];
  /** Tools that may be meant as well. */
  perhaps?: readonly string[];
  /** Tools that count as `perhaps` with what the prompt names, and not at all with anything else. */
  about?: readonly string[];
  calls_max?: number;
  amount_max?: string;
  /** The words it follows from: byte offsets, and the text. */
  evidence?: { start: number; end: number; text: string };
}

/** What the work is for. */
export interface Contract {
  mode: 'read_only' | 'bounded' | 'delegated';
  issuer?: 'derived' | 'host' | 'person';
  grants?: readonly IntentGrant[];
  denies?: readonly IntentGrant[];
  delegated_sources?: readonly { start: number; end: number; text: string }[];
  standing?: readonly string[];
  topics?: readonly string[];
  unknown?: readonly string[];
  /** How much of the prompt was understood, in thousandths. */
  confidence?: number;
}

/** Whether a call serves what the prompt asked for. */
export interface IntentRecord {
  readonly verdict: 'aligned' | 'delegated' | 'ungrounded' | 'out_of_scope';
  readonly scope: 'asked' | 'perhaps' | 'not';
  /** One sentence, for the operator; absent when aligned. */
  readonly why?: string;
  /** The worst level of the arguments in each role. */
  readonly grounding: Readonly<Record<'destination' | 'resource' | 'amount' | 'credential' | 'content', Level>>;
  /** A value stands in what reads like an instruction. */
  readonly directive: boolean;
  /** The tool only reads. */
  readonly reads: boolean;
  /** How far the task has drifted, in thousandths, before this call. */
  readonly drift: number;
  readonly drifted: boolean;
  readonly denied_probes: number;
  /** How many delegations away from the prompt. */
  readonly hop: number;
  readonly mode: Contract['mode'];
  /** The contract's digest. */
  readonly contract: string;
  readonly origins?: readonly {
    readonly argument: string;
    readonly role: string;
    readonly level: Level;
    readonly call?: number;
    readonly field?: string;
    readonly directive?: true;
  }[];
}

/** What an engine can be made with, wherever its policies come from. */
export interface EngineOptions {
  /** Which agents there are; without it nobody is known, and everything is denied. */
  registry?: Document;
  /** The host's own resources, in Cedar's JSON entity format. */
  entities?: Document;
  /** Whom chains from elsewhere are believed from; nobody unless given. */
  trust?: Document;
  /** What was taken back. */
  revocations?: Document;
  /** Whether `decide` and `resume` take chains nobody has proven. */
  acceptClaimedChains?: boolean;
  /** 32 random bytes. Processes that share them accept each other's chains and approvals; else they are made anew. */
  sealKey?: Uint8Array;
  /**
   * Compares one decision in so many with Cedar's own, gate by gate, and denies (`engine.oracle`) where they differ.
   * Such a decision costs what Cedar costs.
   */
  compareWithCedar?: number;
  /** `false`: evaluate only as many permits as a decision takes. It decides the same, and names fewer. */
  allReasons?: boolean;
  /** The policies this package ships for the intent of calls, which only forbid and ask; none unless given. */
  baseline?: 'observe' | 'balanced' | 'strict';
  /** Tools that are allowed whatever a prompt says, such as a duty to log. */
  standing?: readonly string[];
}

/**
 * One of several servers in a catalog. Calls, policies and annotations name its tools with the prefix in front.
 *
 * ```js
 * const github = { name: 'github', prefix: 'github__', trust: 'trusted', tools: [{ name: 'search', parameters: {} }] };
 * assert.deepEqual(new Engine({ policies: {}, catalog: [github] }).parameters('github__search'), []);
 * ```
 */
export interface Server {
  name: string;
  /** Put before the name of each tool, as it is: `github__`, `mcp__github__`. None unless given. */
  prefix?: string;
  /** The system the tools belong to; the server's name unless given. */
  system?: string;
  /** Whether what the server says of its own tools is believed; `untrusted` unless given. */
  trust?: 'trusted' | 'untrusted';
  /** Its answer to `tools/list`, or its tools in another format of the catalog. */
  tools: Document;
}

/** What an engine of texts is made of. */
export interface EngineParts extends EngineOptions {
  /** Cedar texts by name; a name that ends in `.cedar.json` is Cedar's JSON format. */
  policies: Record<string, string>;
  /** The host's own Cedar schema texts by name: resource types, and `type HostContext`. */
  schema?: Record<string, string>;
  /** The tools: our format, MCP's `tools/list`, or OpenAI functions; or a list of servers. */
  catalog?: Document | readonly Server[];
  /** Says of tools of the latter two what they do. */
  annotations?: Document;
}

/** What a task begins with. */
export interface Start {
  /** Who started the work; a pair is a user. */
  origin: Origin | Pair;
  agent: Agent | Pair;
  /** The agent's public key: what it proves itself with, and signs further links with. */
  key?: Jwk;
  /** What the origin asked for, in their words. */
  prompt?: string;
  /** A contract somebody else made of the prompt: it narrows what is compiled; with issuer `person` it stands as it is. */
  contract?: Contract;
  /** What is passed on; everything the origin may do unless given. */
  grant?: Grant;
  /** What else the link says. */
  terms?: Terms;
  /** Unique among the host's tasks; made when not given. */
  id?: string;
  /** How long the work may take, in milliseconds; one hour unless given. */
  lifetimeMs?: number;
  /** How deep it may be delegated; 4 unless given. */
  depthMax?: number;
  nowMs?: number;
}

/** An instant in milliseconds since 1970, in place of the host's clock. */
export interface At {
  nowMs?: number;
}

/** Something odd about policies that load all the same, in the form of `bailiwick check --json`. */
export interface PolicyWarning {
  /** Stable and the same in every language: `policy.impossible`, `policy.unknown_entity`, `policy.tool_unreachable`, … */
  readonly code: string;
  /** What is odd, and what to do. */
  readonly message: string;
  /** Name of the text, as it was given or found in the directory. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** In characters, from 1. */
  readonly column?: number;
  /** The message with the place in front; what `toString` returns. Not in JSON. */
  readonly text: string;
  toString(): string;
}

/**
 * Policies, schema and catalog, loaded and checked, with the registry and entities in force and the log of what was
 * decided. What is in force can be replaced at any time, atomically.
 */
export class Engine {
  /**
   * An engine of texts. Throws `BailiwickError` with file, line and column when anything does not load.
   *
   * ```js
   * assert.throws(() => new Engine({ policies: { 'all.cedar': 'permit(principal, action, resource)' } }), {
   *   code: 'policy.invalid', file: 'all.cedar', line: 1, column: 36,
   * });
   * ```
   */
  constructor(parts: EngineParts);

  /**
   * An engine of a directory: `*.cedar`, `*.cedar.json`, `*.cedarschema`, `tools.json`, `registry.json`,
   * `entities.json`, `trust.json` and `revocations.json`, sub-directories included. More tools are in `tools/NAME.json`
   * or `NAME/tools.json`, those of the server `NAME`. `catalog` is the path of a file in place of all of these; the
   * other documents take the place of the files. Read and compiled on another thread.
   *
   * Rejects with `BailiwickError`; `file.unreadable` when there is no policy in the directory.
   *
   * ```js
   * await assert.rejects(Engine.fromDir('no/such/directory'), { code: 'file.unreadable' });
   * ```
   */
  static fromDir(path: string | URL, options?: EngineOptions & { catalog?: string | URL }): Promise<Engine>;

  /**
   * Begins a piece of work that `origin` hands to `agent`.
   *
   * Throws `BailiwickError`: `json.malformed` for what is not of the shape, `usage` for a grant that names what nobody knows,
   * `revocation.…`, or the code of the chain.
   *
   * ```js
   * const begun = engine.begin({ origin: alice, agent: bot, id: 'task-18', lifetimeMs: 60_000 });
   * assert.equal(begun.chain.id, 'task-18');
   * ```
   */
  begin(start: Start): Task;

  /**
   * Goes on with the chain of another task, or with evidence from elsewhere: that of `Task.export`, or
   * `{ format: 'access_token', token: … }` and its like, from those in the trust document.
   *
   * `ledger` is what was spent under the chain before (`Task.ledger`). Without it a chain with budgets is refused
   * (`grant.ledger`), and calls with side effects that come with a proof of possession are denied (`proof.ledger`):
   * nobody could tell that the proof was not used.
   *
   * Throws `BailiwickError` with the code of what is wrong: `chain.seal`, `chain.expired`, `token.signature`, …
   *
   * ```js
   * assert.equal(engine.resume(task.chain).decide('mail.read', { id: 'm-17' }).effect, 'allow');
   * const receiver = made({ trust });
   * assert.equal(receiver.resume(task.export(key).evidence).decide('mail.read', { id: 'm-17' }).effect, 'allow');
   * ```
   */
  resume(chain: Document<Chain | Evidence>, options?: At & { ledger?: Document<Ledger> }): Task;

  /**
   * Decides one request on its own, for gateways. What is no request is denied with `request.malformed`. Without a
   * ledger, budgets cannot be shown to have room, and approvals and proofs do not count.
   *
   * Throws `BailiwickError` only for a `ledger` or `nowMs` of the wrong shape.
   *
   * ```js
   * const request = { chain: task.chain, call: { tool: 'mail.read', arguments: { id: 'm-17' } } };
   * assert.equal(engine.decide(request).effect, 'allow');
   * assert.equal(engine.decide('{').reason.code, 'request.malformed');
   * ```
   */
  decide(request: Document<Request>, options?: At & { ledger?: Document<Ledger> }): Decision;

  /**
   * Decides requests one after the other, each as `decide` does. Chains given as evidence are verified once for all of
   * them.
   *
   * ```js
   * const request = { chain: task.chain, call: { tool: 'mail.read', arguments: { id: 'm-17' } } };
   * assert.deepEqual(engine.decideMany([request, '{']).map((decision) => decision.effect), ['allow', 'deny']);
   * ```
   */
  decideMany(requests: Document<Request>[], options?: At & { ledger?: Document<Ledger> }): Decision[];

  /**
   * Answers an evaluation request of AuthZEN 1.0 in AuthZEN's form, a batch of them with `evaluations`; the decisions
   * are logged. `subjectIssuer` is the issuer of subjects without `properties.issuer`, `agent` the one that calls when
   * the request names none. Who asks this way only claims: unless the delegation in the request's `context` is proven,
   * the engine must accept claimed chains.
   *
   * Throws `BailiwickError` only for options of the wrong shape; what is no request is answered with
   * `decision: false`.
   *
   * ```js
   * const answer = engine.decideAuthzen({
   *   subject: { type: 'user', id: 'alice' },
   *   action: { name: 'mail.read' },
   *   resource: { type: 'tool', id: 'mail.read' },
   *   context: { arguments: { id: 'm-17' }, delegation: task.chain },
   * }, { subjectIssuer: 'https://idp.example' });
   * assert.deepEqual([answer.decision, answer.context.code], [true, 'permitted']);
   * assert.equal(engine.decideAuthzen('{}').decision, false);
   * ```
   */
  decideAuthzen(
    request: Document,
    options?: At & { subjectIssuer?: string; agent?: Agent | Pair; ledger?: Document<Ledger> },
  ): Evaluation | { evaluations: Evaluation[] };

  /**
   * Compiles what a prompt asks for: which of the catalog's tools, and from which words it follows.
   *
   * ```js
   * assert.deepEqual(engine.contract('Please pay the March invoice').grants[0].tools, ['erp.pay']);
   * ```
   */
  contract(prompt: string): Contract;

  /**
   * A function that calls `call` only when the current task (`Task.run`) may call the tool with these very arguments,
   * and with a frozen copy of them, so that they cannot change in between.
   *
   * Arguments are named, in their order, by `parameters`, or by the tool's in the order of the catalog; with
   * `{ object: true }` there is one argument, an object of them all. An argument that is `undefined` is decided as
   * absent, and passed as `undefined`. `this` is handed on as it is.
   *
   * What `call` returns, or its promise comes to, is observed (`Task.observe`) by a task with a prompt; a value that is no
   * JSON as its text.
   *
   * What it returns throws `Denied` when the decision is not `allow`, and `BailiwickError` outside of a task of this
   * engine or for more arguments than names. When `call` is an `async` function it rejects instead.
   *
   * ```js
   * const read = engine.guard('mail.read', async (id) => `the text of ${id}`);
   * assert.equal(await task.run(() => read('m-17')), 'the text of m-17');
   * await assert.rejects(() => read('m-17'), BailiwickError); // outside of a task
   *
   * const pay = engine.guard('erp.pay', ({ iban }) => `paid to ${iban}`, { object: true });
   * assert.throws(() => task.run(() => pay({ iban: 'DE89', amount: '900.00' })), Denied);
   * ```
   *
   * A default value in the function's own parameters is never used without a decision: a call that leaves such a
   * parameter out is denied (`call.malformed`). `defaults` are values that are decided on where none was given. A default
   * value deeper within a destructured parameter is refused when the guard is made; a function whose source cannot be
   * read, such as a bound one, must be given every parameter, and so must a wrapper that hands its arguments on, such as
   * `(...args) => send(...args)`: guard `send`, and wrap the guard. What a function with named
   * parameters passes on, as in `(to, text) => send(to, text)`, is not seen: nobody decides on the default values of
   * `send`. A function with a parameter that is named like one of the tool's at another place is refused: say its order
   * with `parameters`.
   *
   * ```js
   * const note = engine.guard('mail.read', (id = 'm-1') => id, { defaults: { id: 'm-17' } });
   * assert.equal(task.run(() => note()), 'm-17');
   * const bare = engine.guard('mail.read', (id = 'm-1') => id);
   * assert.throws(() => task.run(() => bare()), { code: 'call.malformed' });
   * ```
   */
  guard<This, Arguments extends unknown[], Result>(
    tool: string,
    call: (this: This, ...args: Arguments) => Result,
    options?: { parameters?: readonly string[]; defaults?: Record<string, unknown> },
  ): (this: This, ...args: Arguments) => Result;
  guard<This, Arguments extends object, Result>(
    tool: string,
    call: (this: This, args: Arguments) => Result,
    options: { object: true; defaults?: Record<string, unknown> },
  ): (this: This, args: Arguments) => Result;

  /**
   * Puts policies in force in place of all others; decisions under way finish with the old ones. Throws
   * `BailiwickError`, and then the old ones stay.
   *
   * ```js
   * engine.loadPolicies({ 'none.cedar': '' });
   * assert.equal(task.decide('mail.read', { id: 'm-17' }).reason.code, 'policy.no_permit');
   * ```
   */
  loadPolicies(policies: Record<string, string>): void;

  /**
   * Puts a registry in force. Throws `BailiwickError`, and then the old one stays.
   *
   * ```js
   * engine.loadRegistry({ agents: [] });
   * assert.equal(task.decide('mail.read', { id: 'm-17' }).reason.code, 'registry.unknown');
   * ```
   */
  loadRegistry(registry: Document): void;

  /**
   * Puts the host's resources in force. Throws `BailiwickError`, and then the old ones stay.
   *
   * ```js
   * engine.loadEntities([]);
   * ```
   */
  loadEntities(entities: Document): void;

  /**
   * Puts in force the host's resources of now with those of `changed` put in or changed, and those of `removed` taken
   * out. What is not named is shared with the old snapshot: the cost does not grow with how many there are. Throws
   * `BailiwickError`, and then the old ones stay.
   *
   * ```js
   * engine.changeEntities([], { removed: [{ type: 'Doc', id: 'd-1' }] });
   * ```
   */
  changeEntities(changed: Document, options?: { removed?: EntityRef[] }): void;

  /**
   * Puts trust anchors in force: tasks and chains that came with others are verified anew. Throws `BailiwickError`, and
   * then the old ones stay.
   *
   * ```js
   * engine.loadTrust({ issuers: [] });
   * assert.throws(() => engine.resume(task.export(key).evidence), { code: 'chain.root_untrusted' });
   * ```
   */
  loadTrust(trust: Document): void;

  /**
   * Puts a revocation snapshot in force. Throws `BailiwickError`, and then the old one stays.
   *
   * ```js
   * engine.loadRevocations({ as_of_ms: 1_700_000_000_000, max_age_ms: 300_000 });
   * assert.equal(task.decide('mail.read', { id: 'm-17' }).reason.code, 'revocation.stale');
   * ```
   */
  loadRevocations(revocations: Document): void;

  /**
   * Takes a security event token (RFC 8417) of an issuer in the trust document into the revocation snapshot in force,
   * and says how many of its events counted. The snapshot gets no younger by it.
   *
   * Throws `BailiwickError`: `usage` without trust document or snapshot, or the code of what is wrong with the token.
   *
   * ```js
   * assert.throws(() => engine.absorbEvent('not a token'), /need trust anchors and a revocation snapshot/);
   * ```
   */
  absorbEvent(event: string, options?: At): number;

  /**
   * Puts the policies of a directory in force, and its `registry.json`, `entities.json`, `trust.json` and
   * `revocations.json` when it has them: all, or none and `BailiwickError`. Catalog and schema stay as they are.
   *
   * ```js
   * assert.throws(() => engine.reload('no/such/directory'), { code: 'file.unreadable' });
   * ```
   */
  reload(path: string | URL): void;

  /**
   * How the policies in force are evaluated: those that Cedar evaluates one by one, those that every call must look at.
   *
   * ```js
   * assert.deepEqual(engine.report.fallen_back, []);
   * ```
   */
  readonly report: { policies: number; compiled: number; fallen_back: string[]; unscoped: string[]; expressions: number };

  /** The Cedar schema policies are validated against, for editors and reviewers. */
  readonly schema: string;
  /**
   * What can never work with the policies and the registry in force, and what is odd about the policies: the warnings of
   * `bailiwick check`. Whatever loads policies or a registry also emits those with a place in a text on `process`, as
   * warnings named `PolicyWarning` with the same `code`, `file`, `line` and `column`; an engine emits each once, and
   * again only after a load that did not have it.
   *
   * ```js
   * assert.deepEqual(engine.warnings, []);
   * ```
   */
  readonly warnings: PolicyWarning[];
  /** What is odd about the catalog, such as a tool nobody has said the effect of. */
  readonly lint: string[];
  /** The log of what this engine decided. */
  readonly log: Log;

  /**
   * The names of a tool's parameters, in the order of the catalog; `undefined` when there is no such tool.
   *
   * ```js
   * assert.deepEqual(engine.parameters('erp.pay'), ['iban', 'amount']);
   * ```
   */
  parameters(tool: string): string[] | undefined;
}

/**
 * A piece of work under one chain, made by `Engine.begin`, `Engine.resume` or `Task.delegate`. Its children draw on its
 * budgets.
 */
export class Task {
  private constructor();

  /** The engine that decides. */
  readonly engine: Engine;
  /** The chain, sealed: `Engine.resume` takes it, with the ledger, in a process with the same seal key. */
  readonly chain: Chain;
  /**
   * What was spent so far under this task's budgets, and which approvals and proofs were used, by this task and those
   * it delegated to: keep it with the chain. `undefined` when that is no longer known.
   */
  readonly ledger: Ledger | undefined;
  /** What the grant of this task asked for and did not get, a sentence each. */
  readonly cut: string[];
  /** What the work is for; `undefined` for a task without a prompt. */
  readonly contract: Contract | undefined;
  /** What the contract it was begun with asked for beyond the prompt, a sentence each. */
  readonly intentCut: string[];

  /**
   * Whether the acting agent may make this call now. Synchronous. An allow draws on budgets and uses up approvals.
   *
   * `args` are those that will be passed: null, booleans, finite numbers, bigints of 64 bits, strings, arrays and
   * plain objects (a member that is `undefined` is absent). Anything else (a class, an accessor, a proxy, a cycle, …)
   * is denied with `call.malformed`. `host` are facts for `context.host`.
   *
   * `presenter` is what the host knows of the one who brings the call; it must be the chain's holder. One that cannot
   * be read is denied with `call.malformed`.
   *
   * Throws `BailiwickError` when `tool` is no string, or for `host` or `nowMs` of the wrong type.
   *
   * ```js
   * assert.equal(task.decide('erp.pay', { iban: 'DE89', amount: '480.00' }).effect, 'allow');
   * assert.equal(task.decide('mail.read', { id: new Date() }).reason.detail, '`id`: `Date` is not a JSON value');
   * const presenter = { session: 'another' };
   * assert.equal(task.decide('mail.read', { id: 'm-17' }, { presenter }).reason.code, 'chain.session');
   * ```
   */
  decide(
    tool: string,
    args: unknown,
    options?: At & { host?: Record<string, unknown>; presenter?: Document<Presenter> },
  ): Decision;

  /**
   * Decides calls, `[tool, args]` each, one after the other, each as `decide` does: what an earlier one draws on budgets
   * is gone for a later one. For replay and gateways; the log is locked once.
   *
   * ```js
   * const calls = [['mail.read', { id: 'm-17' }], ['mail.read', { id: 3 }]];
   * assert.deepEqual(task.decideMany(calls).map((decision) => decision.effect), ['allow', 'deny']);
   * ```
   */
  decideMany(calls: [tool: string, args: unknown][], options?: At & { host?: Record<string, unknown> }): Decision[];

  /**
   * Takes a person's approval of the call in `ticket`. The next `decide` on exactly that call, within fifteen
   * minutes, uses it up. The host vouches that it was `by` who said yes. Returns the approval, for the `approvals` of
   * a request to `Engine.decide`.
   *
   * Throws `BailiwickError`: `approval.invalid` for a ticket this engine did not make, `approval.mismatch` for one of
   * another task, `approval.role` when `by` holds none of the roles.
   *
   * ```js
   * const call = ['erp.pay', { iban: 'DE89', amount: '900.00' }];
   * task.approve(task.decide(...call).approvalRequest(), { by: olga });
   * assert.deepEqual([task.decide(...call).effect, task.decide(...call).effect], ['allow', 'ask']);
   * ```
   */
  approve(ticket: Document<Ticket>, options: At & { by: Origin | Pair }): Approval;

  /**
   * Takes in what a tool answered: later calls may use its values, as far as it can be trusted. It never widens what the
   * work is for. A result of MCP (`{ content, structuredContent }`) and a list of content parts, as MCP, Anthropic and
   * OpenAI write them, count as what they say, and a text in them that is JSON as the records it is. Throws
   * `BailiwickError`, `usage`, for a task without a prompt.
   *
   * ```js
   * task.observe('mail.read', { id: 'm-17' }, { invoice: 'March', iban: 'DE89370400440532013000' });
   * assert.equal(task.decide('erp.pay', { iban: 'DE89370400440532013000', amount: '1.00' }).intent.grounding.destination, 'keyed');
   * ```
   */
  observe(tool: string, args: unknown, output: unknown): void;

  /**
   * The same of what the agent of a child task answered: nothing in it is better than the worst that agent has read.
   *
   * ```js
   * const child = task.delegate({ issuer: 'https://agents.example', subject: 'research-bot' }, { grant: { actions: ['read'] } });
   * task.observeAgent(child, 'The invoice is m-17');
   * ```
   */
  observeAgent(child: Task, output: unknown): void;

  /**
   * Another turn of the user, in their own words: what it asks for is added to what the work is for.
   *
   * ```js
   * task.extend('And pay 12.00 EUR to DE02120300000000202051');
   * assert.equal(task.decide('erp.pay', { iban: 'DE02120300000000202051', amount: '12.00' }).intent.verdict, 'aligned');
   * ```
   */
  extend(prompt: string): void;

  /**
   * Facts the operator vouches for, such as the user's own addresses.
   *
   * ```js
   * task.know({ landlord: 'DE02120300000000202051' });
   * ```
   */
  know(facts: unknown): void;

  /**
   * Hands work to another agent. The child may do what the grant says *and* this task may do; `cut` says what that
   * left out. Policies are asked with every call of the child whether the delegation is permitted.
   *
   * `lifetimeMs` and `depthMax` are this task's unless less is said, and so are the terms. With `ownAuthority` the
   * delegate acts on rights of its own, where a policy annotated `@own_authority` permits that.
   *
   * Throws `BailiwickError`: `chain.depth`, `chain.cycle`, `chain.expired`, `json.malformed`, `usage`.
   *
   * ```js
   * const reader = task.delegate({ issuer: 'https://agents.example', subject: 'research-bot' }, { grant: { actions: ['read'] } });
   * assert.equal(reader.decide('mail.read', { id: 'm-17' }).effect, 'allow');
   * assert.equal(reader.decide('erp.pay', { iban: 'DE89', amount: '1.00' }).reason.code, 'grant.action');
   * ```
   */
  delegate(
    agent: Agent | Pair,
    options: At & {
      grant: Grant;
      key?: Jwk;
      terms?: Terms;
      prompt?: string;
      /** What the child may do of what this task is for; all of it unless less is said. */
      contract?: Contract;
      lifetimeMs?: number;
      depthMax?: number;
      ownAuthority?: boolean;
    },
  ): Task;

  /**
   * Writes the chain down for another process, which believes it when it trusts the issuer of `key`. `native`, the
   * format unless another is given, loses nothing.
   *
   * Throws `BailiwickError`, `usage`: for a chain that is only claimed or came in another format, for a link that
   * another key must sign, and where the format cannot say a limit of the chain.
   *
   * ```js
   * const received = made({ trust }).resume(task.export(key).evidence);
   * assert.equal(received.decide('mail.read', { id: 'm-17' }).record.chain.proof_level, 3);
   * const { lossy } = task.export(key, { format: { access_token: { audience: 'https://erp.example' } } });
   * assert.deepEqual(lossy, ['purpose']);
   * ```
   */
  export(key: SigningKey, options?: { format?: ExportFormat }): Exported;

  /**
   * Calls `work` with this task as the current one, for it and for everything it starts, and returns what it returns.
   *
   * ```js
   * await task.run(async () => assert.equal(currentTask(), task));
   * assert.equal(currentTask(), undefined);
   * ```
   */
  run<Result>(work: () => Result): Result;
}

/**
 * A private key, Ed25519 or P-256, for `Task.export`. It can be used and not be read: the secret is in no member, and
 * not in what is printed or written as JSON. For the first link of a chain it needs the issuer that publishes it.
 *
 * ```js
 * assert.match(inspect(key), /^SigningKey { `kPrK_/);
 * ```
 */
export class SigningKey {
  private constructor();

  /**
   * A key of a private JWK.
   *
   * Throws `BailiwickError`: `json.malformed`; `key.invalid` for another kind of key, or when the public half is not
   * that of the private.
   *
   * ```js
   * // RFC 8037, appendix A
   * const jwk = { kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' };
   * assert.equal(SigningKey.fromJwk(jwk, { issuer: 'https://idp.example' }).thumbprint, key.thumbprint);
   * assert.throws(() => SigningKey.fromJwk({ kty: 'RSA', d: 'AQAB' }), { code: 'key.invalid' });
   * ```
   */
  static fromJwk(jwk: Document<Jwk>, options?: { issuer?: string }): SigningKey;

  /** The public half, as a JWK: for the `keys` of a trust document, or as `key` of a link. */
  readonly public: Jwk;
  /** The SHA-256 thumbprint of the public half (RFC 7638), base64url: the `key` of a presenter. */
  readonly thumbprint: string;
}

/** The size of a log and its root: who keeps it can tell later whether history was changed. */
export interface Head {
  size: number;
  /** `sha256:` and 64 hexadecimal digits. */
  root: string;
}

/** The log of an engine's decisions: an RFC 6962 Merkle tree, in memory. */
export interface Log {
  /** How many decisions were logged. */
  readonly length: number;

  /**
   * Size and root, now or when the log had `size` entries. Keep it where whoever runs this process cannot write.
   *
   * ```js
   * assert.match(engine.log.head(0).root, /^sha256:e3b0c442/);
   * ```
   */
  head(size?: number): Head;

  /**
   * The entries from `start` on, as JSON: for storing elsewhere.
   *
   * ```js
   * assert.deepEqual(engine.log.entries(engine.log.length), []);
   * ```
   */
  entries(start?: number): Buffer[];

  /**
   * Proof that entry `index` is in the log of `size` entries (RFC 6962 §2.1.1). Throws `BailiwickError` when it is not.
   *
   * ```js
   * task.decide('mail.read', { id: 'm-17' });
   * assert.deepEqual(engine.log.inclusion(0, 1), []);
   * ```
   */
  inclusion(index: number, size: number): string[];

  /**
   * Proof that the log of `earlier` entries is the beginning of that of `later` (RFC 6962 §2.1.2).
   *
   * ```js
   * assert.deepEqual(engine.log.consistency(0, engine.log.length), []);
   * ```
   */
  consistency(earlier: number, later: number): string[];

  /**
   * Hashes every entry again, or `entries` that were exported, and compares with what was logged and with `head`.
   * Throws `BailiwickError` (`log.damaged`) naming the first bad entry.
   *
   * ```js
   * task.decide('mail.read', { id: 'm-17' });
   * engine.log.verify(engine.log.head());
   * assert.throws(() => engine.log.verify(engine.log.head(), [Buffer.from('{}')]), /entry 0 is not the one/);
   * ```
   */
  verify(head: Head, entries?: readonly Uint8Array[]): void;
}

/**
 * Whether `proof` shows `entry` at `index` under `head`; needs no log.
 *
 * ```js
 * const d = task.decide('mail.read', { id: 'm-17' });
 * const head = engine.log.head();
 * const proof = engine.log.inclusion(head.size - 1, head.size);
 * assert(verifyInclusion(head, head.size - 1, Buffer.from(JSON.stringify(d)), proof));
 * ```
 */
export function verifyInclusion(head: Head, index: number, entry: Uint8Array, proof: readonly string[]): boolean;

/**
 * Whether `proof` shows that the log under `earlier` is the beginning of that under `later`; needs no log.
 *
 * ```js
 * const head = engine.log.head();
 * assert(verifyConsistency(head, head, []));
 * ```
 */
export function verifyConsistency(earlier: Head, later: Head, proof: readonly string[]): boolean;

/**
 * The task whose `run` this is, here and in everything started from there; `undefined` outside of all.
 *
 * ```js
 * assert.equal(task.run(currentTask), task);
 * ```
 */
export function currentTask(): Task | undefined;

/**
 * Every reason code a decision can have, and what it means.
 *
 * ```js
 * assert.equal(reasonCodes()['chain.expired'], "a link's time has passed");
 * ```
 */
export function reasonCodes(): Record<string, string>;

/**
 * The library was called with something it cannot use: a policy that does not load, a chain that does not hold, a
 * wrong type. Never the answer "no" to a call: that is a `Decision`.
 *
 * ```js
 * assert.throws(() => engine.begin({ origin: { kind: 'robot' }, agent: bot }), { code: 'json.malformed' });
 * ```
 */
export class BailiwickError extends Error {
  constructor(message: string, options?: Partial<Pick<BailiwickError, 'code' | 'file' | 'line' | 'column' | 'report' | 'cause'>>);
  /** Stable and the same in every language: `policy.invalid`, `chain.expired`, `usage`, … */
  readonly code: string;
  /** Name of the text, as it was given or found in the directory. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** In characters, from 1. */
  readonly column?: number;
  /** For a person: every finding, with the source around it. */
  readonly report: string;
}

/**
 * A guarded function was not called, because the decision was not `allow`. Its message, and its JSON, are what a model
 * may be told; everything else is in `decision`.
 *
 * ```js
 * const pay = engine.guard('erp.pay', (iban, amount) => {});
 * try {
 *   task.run(() => pay('DE89', '900.00'));
 * } catch (error) {
 *   assert(error instanceof Denied);
 *   assert.deepEqual([error.message, error.decision.ask], ["This action needs a person's approval.", ['owner']]);
 * }
 * ```
 */
export class Denied extends BailiwickError {
  constructor(decision: Asked | Refused);
  readonly decision: Asked | Refused;
  toJSON(): { name: string; message: string };
}
