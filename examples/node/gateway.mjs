// A gateway decides on requests that come with their chain, and keeps no task.

import { Engine } from 'bailiwick';

const engine = await Engine.fromDir('examples/office', { acceptClaimedChains: true });
const emma = { issuer: 'https://idp.example', subject: 'emma' };
const link = {
  id: '0',
  delegator: emma,
  delegate: { issuer: 'https://agents.example', subject: 'assistant' },
  grant: { actions: ['read'] },
  issued_ms: 1_700_000_000_000,
  expires_ms: 1_700_000_600_000,
  depth_max: 0,
};
const request = {
  chain: { id: 'chat-7', origin: { kind: 'user', ...emma }, links: [link] },
  call: { tool: 'list_files', arguments: {} },
};
const body = JSON.stringify(request);
for (const [text, nowMs] of [[body, 1_700_000_000_000], [body, 1_700_000_600_000], [body.slice(0, -1), 1_700_000_000_000]]) {
  const { effect, reason } = engine.decide(text, { nowMs });
  console.log(effect, reason.code);
}

// Prints:
// allow permitted
// deny chain.expired
// deny request.malformed
