/** A small world for tests and for the examples in `index.d.ts`. */

import { Engine, SigningKey } from 'bailiwick';

export const POLICIES = `
@id("reads") permit (principal, action in [Action::"read", Action::"delegate"], resource);
@id("pays") @obligation("notify:finance") permit (principal, action == Action::"erp.pay", resource);
@id("large-pays") @ask("owner") @reason("more than 500 needs the owner")
forbid (principal, action == Action::"erp.pay", resource) when { context.input.amount.greaterThan(decimal("500.00")) };
`;

function tool(name, effect, properties, more = {}) {
  const parameters = { type: 'object', properties, required: Object.keys(properties) };
  return { name, system: name.split('.')[0], effects: [effect], parameters, ...more };
}

const text = { type: 'string' };
export const CATALOG = {
  tools: [
    tool('mail.read', 'read', { id: text }),
    tool(
      'erp.pay',
      'pay',
      { iban: text, amount: { type: 'string', format: 'decimal' } },
      { tier: 'high', roles: { iban: 'destination', amount: 'amount' } },
    ),
    tool('note.free', 'read', { value: {} }),
  ],
};

export const owner = { issuer: 'https://idp.example', subject: 'olga' };
const registered = (subject) => ({ issuer: 'https://agents.example', subject, owner, state: 'active' });
export const REGISTRY = { agents: [registered('invoice-bot'), registered('research-bot')] };

export const alice = { kind: 'user', issuer: 'https://idp.example', subject: 'alice', groups: ['finance'] };
export const olga = { kind: 'user', ...owner };
export const bot = { issuer: 'https://agents.example', subject: 'invoice-bot' };
export const research = { issuer: 'https://agents.example', subject: 'research-bot' };
export const LARGE = ['erp.pay', { iban: 'DE89', amount: '900.00' }];
export const NOW = 1_700_000_000_000;

/** RFC 8037, appendix A: everybody knows this key. */
export const JWK = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};
export const key = SigningKey.fromJwk(JWK, { issuer: 'https://idp.example' });
export const trust = {
  revocations: 'optional',
  audiences: ['https://erp.example'],
  issuers: [
    {
      issuer: 'https://idp.example',
      keys: { keys: [key.public] },
      formats: ['native', 'aat', 'access_token', 'set'],
      actors: ['https://agents.example'],
    },
  ],
};

export function made(more = {}) {
  return new Engine({ policies: { 'all.cedar': POLICIES }, catalog: CATALOG, registry: REGISTRY, ...more });
}

export function begun(engine = made(), more = {}) {
  return engine.begin({ origin: alice, agent: bot, prompt: 'Pay the March invoices', ...more });
}
