// Every decision is in the log, and the log can prove it.

import { Engine, verifyInclusion } from 'bailiwick';

const engine = await Engine.fromDir('examples/office');
const task = engine.begin({
  origin: { kind: 'user', issuer: 'https://idp.example', subject: 'emma' },
  agent: { issuer: 'https://agents.example', subject: 'assistant' },
});
let decision;
for (const query of ['offer', 'invoice', 'holidays']) decision = task.decide('search_emails', { query });

const head = engine.log.head(); // give it to somebody who cannot write here
const entries = engine.log.entries(); // and these to whoever keeps them
console.log(verifyInclusion(head, 2, Buffer.from(JSON.stringify(decision)), engine.log.inclusion(2, head.size)));

entries[1] = Buffer.from(entries[1].toString().replace('allow', 'deny'));
try {
  engine.log.verify(head, entries);
} catch (error) {
  console.log(error.message);
}

// Prints:
// true
// entry 1 is not the one that was logged
