/** Who started the work. */
export interface Origin {
  kind: 'user' | 'service' | 'schedule';
  /** Who vouches for the subject: an OpenID issuer, a directory. */
  issuer: string;
  subject: string;
  tenant?: string;
  /** Ids of Cedar `Group` entities. */
  groups?: string[];
  session?: string;
  /** When the user last authenticated, in milliseconds since the epoch. */
  auth_time_ms?: number;
}

/** An agent, as a chain names it. */
export interface Agent {
  issuer: string;
  subject: string;
  tenant?: string;
  instance?: string;
}

/** A set of actions: everything, or tools and groups by name (`read`, `erp.pay`, `system:mail`). */
export type Actions = 'any' | string[];

/** An entity of the host's. */
export interface EntityRef {
  type: string;
  id: string;
}

/** A condition on one argument. */
export type Constraint =
  | 'any'
  | { exact: unknown }
  | { one_of: unknown[] }
  | { not_one_of: unknown[] }
  | { range: { min?: string; max?: string } }
  | { subset_of: unknown[] };

/** Actions on resources under conditions. With `arguments`, an argument not named there is not covered. */
export interface Capability {
  actions: Actions;
  resources?: 'any' | ({ eq: EntityRef } | { in: EntityRef } | { is: string })[];
  arguments?: Record<string, Constraint>;
}

/** A limit on the sum of an argument, or on the number of calls. */
export interface Budget {
  name: string;
  actions: Actions;
  argument?: string;
  /** A decimal, as a string. */
  limit: string;
}

/** What a link passes on: one capability, or several with budgets. Empty means nothing. */
export type Grant = Capability | { capabilities: Capability[]; budgets?: Budget[] };

/** Who wants to do what, for the stateless door. */
export interface Request {
  chain: object;
  call: { tool: string; arguments?: object };
  /** Facts for `context.host`. */
  host?: object;
  approvals?: object[];
}

/** Size and root of a log. */
export interface Head {
  size: number;
  /** `sha256:` and 64 hexadecimal digits. */
  root: string;
}
