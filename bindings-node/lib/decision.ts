import type { NativeDecision } from '../native.cjs';
import { raising } from './error.js';

/** Why a decision is what it is. */
export interface Reason {
  /** The stable code; see {@link reasonCodes}. */
  readonly code: string;
  /** The link it was found at; 0 leads from the origin to the first agent. */
  readonly hop?: number;
  /** The gate, when policies decided. */
  readonly gate?: 'origin' | 'agent' | 'delegate';
  /** Ids of the policies that decided. */
  readonly policies: readonly string[];
  /** A sentence for the operator; never for the model. */
  readonly detail: string;
}

/** What a person is asked to approve: serializable, and bound to one call. */
export type Ticket = Readonly<Record<string, unknown>> & { readonly tool: string; readonly arguments: unknown; readonly roles: readonly string[] };

interface DecisionBase {
  /** Why. */
  readonly reason: Reason;
  /** What the model may be told. */
  readonly message: string;
  /** What the host must also do. */
  readonly obligations: readonly string[];
  /** What would have been decided had `@shadow` policies counted, when that differs. */
  readonly shadow?: { readonly effect: 'allow' | 'ask' | 'deny'; readonly policies: readonly string[] };
  /** What was discovered on the way. */
  readonly findings: readonly object[];
  /** Names the decision everywhere. */
  readonly id: string;
  /** The digest of tool, arguments and chain. */
  readonly digest?: string;
  /** The audit entry. */
  readonly record: Readonly<Record<string, unknown>>;
  /** The bytes of the audit entry: the leaf of the log. */
  toBytes(): Buffer;
  toJSON(): Readonly<Record<string, unknown>>;
  /** The account for an operator: who acted, who initiated it, which permissions applied, was it consistent. */
  explain(): string;
  /**
   * What a person must see to approve this call. Throws {@link BailiwickError} when the effect is not `ask`, or the
   * decision came from the stateless door.
   */
  approvalRequest(): Ticket;
}

/**
 * The answer to one call. Only `allow` permits it; name all three in a `switch`.
 *
 * @example
 * const d = task.decide('erp.pay', { iban: 'DE89', amount: '480.00' });
 * switch (d.effect) {
 *   case 'allow': break;
 *   case 'ask': queue.push(d.approvalRequest()); break;
 *   case 'deny': console.log(d.reason.code); break;
 * }
 */
export type Decision =
  | (DecisionBase & { readonly effect: 'allow'; readonly allowed: true; readonly ask: readonly [] })
  | (DecisionBase & { readonly effect: 'ask'; readonly allowed: false; readonly ask: readonly string[] })
  | (DecisionBase & { readonly effect: 'deny'; readonly allowed: false; readonly ask: readonly [] });

/** @internal */
export function decisionOf(native: NativeDecision): Decision {
  const bytes = native.toBytes();
  const record = frozen(JSON.parse(bytes.toString('utf8')));
  const decision = {
    effect: record.effect,
    allowed: native.isAllowed(),
    reason: Object.freeze({ policies: Object.freeze([]), detail: '', ...record.reason }),
    message: native.message(),
    ask: record.ask ?? Object.freeze([]),
    obligations: record.obligations ?? Object.freeze([]),
    ...(record.shadow && { shadow: record.shadow }),
    findings: record.findings ?? Object.freeze([]),
    ...(record.call?.digest && { digest: record.call.digest }),
    id: native.id(),
    record,
    toBytes: () => Buffer.from(bytes),
    toJSON: () => record,
    explain: () => raising(() => native.explain()),
    approvalRequest: () => JSON.parse(raising(() => native.approvalRequest())) as Ticket,
  };
  return Object.freeze(decision) as Decision;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the record's shape is the core's to say
function frozen(value: any): any {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}
