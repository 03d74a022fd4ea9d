// A person says yes to one call: the ticket is JSON, so they may sit elsewhere.

import { Engine } from 'bailiwick';

const emma = { kind: 'user', issuer: 'https://idp.example', subject: 'emma' };
const engine = await Engine.fromDir('examples/office');
const assistant = engine.begin({ origin: emma, agent: { issuer: 'https://agents.example', subject: 'assistant' } });
const specialist = { issuer: 'https://agents.example', subject: 'specialist' };
const task = assistant.delegate(specialist, { grant: { actions: ['system:mail'] } });

const call = ['send_email', { recipients: ['new.customer@example.org'], subject: 'Offer', body: '…' }];
const decision = task.decide(...call);
console.log(decision.effect, decision.ask.join(), decision.reason.detail);

const ticket = JSON.stringify(decision.approvalRequest());
task.approve(ticket, { by: emma });
console.log(task.decide(...call).effect, 'then', task.decide(...call).effect);

// Prints:
// ask user somebody who is not in the address book would be written to
// allow then ask
