// A loop of your own: ask before each tool call, and tell the model no more than it may know.

import { Engine } from 'bailiwick';

const engine = await Engine.fromDir('examples/office');
const task = engine.begin({
  origin: { kind: 'user', issuer: 'https://idp.example', subject: 'emma' },
  agent: { issuer: 'https://agents.example', subject: 'assistant' },
  prompt: 'What is new in my inbox?',
});
const calls = [
  ['get_unread_emails', {}],
  ['send_email', { recipients: ['mark@black-market.example'], subject: 'Hi', body: '…' }],
  ['send_email', { recipients: new Set(['mark']), subject: 'Hi', body: '…' }],
];
for (const [tool, args] of calls) {
  const decision = task.decide(tool, args);
  console.log(`${tool}: ${decision.effect} (${decision.reason.code}); the model hears: ${decision.message}`);
}

// Prints:
// get_unread_emails: allow (permitted); the model hears: This action is permitted.
// send_email: deny (policy.no_permit); the model hears: This action is not permitted.
// send_email: deny (call.malformed); the model hears: This action is not permitted.
