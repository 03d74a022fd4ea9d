// An agent hands on less than it has; asking for more is cut, and said.

import { Engine } from 'bailiwick';

const engine = await Engine.fromDir('examples/office');
const assistant = engine.begin({
  origin: { kind: 'user', issuer: 'https://idp.example', subject: 'emma' },
  agent: { issuer: 'https://agents.example', subject: 'assistant' },
  grant: { actions: ['read', 'system:calendar'] },
});
const specialist = assistant.delegate(
  { issuer: 'https://agents.example', subject: 'specialist' },
  { grant: { actions: ['read', 'send_email'] }, prompt: 'Find a date for the meeting' },
);
console.log('cut:', ...specialist.cut);
for (const [tool, args] of [['search_emails', { query: 'meeting' }], ['delete_email', { email_id: '1' }]]) {
  const { effect, reason } = specialist.decide(tool, args);
  console.log(`${tool}: ${effect} (${reason.code}, hop ${reason.hop})`);
}

// Prints:
// cut: capability 0 (read, send_email): narrowed to what is held
// search_emails: allow (permitted, hop undefined)
// delete_email: deny (grant.action, hop 0)
