// Goes on with a task of another process, in any language: `examples/python/handover.py` writes the file.

import { readFileSync } from 'node:fs';
import { Engine } from 'bailiwick';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node examples/node/receive.mjs <file>');
  process.exit(2);
}
const { evidence, call = { tool: 'mail.read', arguments: { id: 'm-17' } }, now_ms: nowMs, ...parts } = JSON.parse(readFileSync(file, 'utf8'));

const engine = new Engine(parts); // shares nothing with the process that wrote the file but the issuer's public key
const task = engine.resume(evidence, { nowMs });
const decision = task.decide(call.tool, call.arguments, { nowMs });
process.stdout.write(decision.explain());

// Prints:
// allow `mail.read` at … (dec_…)
//   because       permitted: every gate, grant and hold lets the call pass
//   acting agent  https://agents.example|research-bot
//   initiated by  user https://idp.example|alice
//   through       https://agents.example|invoice-bot > https://agents.example|research-bot
//   proven        level 3, linked
//   permitted by  people.cedar#0 (origin)
//   permitted by  people.cedar#0 (delegate 0)
//   permitted by  agents.cedar#0 (agent 0)
//   permitted by  agents.cedar#0 (delegate 1)
//   permitted by  agents.cedar#0 (agent 1)
//   intent        aligned
//   authorized    yes: within every grant of the chain that counts
