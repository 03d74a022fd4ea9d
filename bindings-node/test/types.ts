// Compiled, never run: what the types say, and what they refuse.

import { BailiwickError, Denied, Engine, SigningKey, Task, currentTask, reasonCodes, verifyInclusion } from 'bailiwick';
import type { Approval, Decision, Evaluation, Evidence, Exported, Grant, Ledger, Origin, PolicyWarning, Presenter, Request, Server, Terms, Ticket } from 'bailiwick';

const origin: Origin = { kind: 'user', issuer: 'https://idp.example', subject: 'alice', groups: ['finance'] };
const agent = { issuer: 'https://agents.example', subject: 'invoice-bot' };
const grant: Grant = { actions: ['read'], resources: [{ is: 'Folder' }], arguments: { id: { one_of: ['m-17'] } } };

export async function used(): Promise<void> {
  const engine: Engine = await Engine.fromDir('policies/', { catalog: 'tools.json', sealKey: new Uint8Array(32) });
  new Engine({ policies: { 'a.cedar': '' }, catalog: { tools: [] }, registry: '{"agents": []}', entities: [] });
  const servers: Server[] = [{ name: 'github', prefix: 'github__', trust: 'trusted', tools: '[]' }];
  new Engine({ policies: {}, catalog: servers });
  // @ts-expect-error: a server is trusted or not
  new Engine({ policies: {}, catalog: [{ name: 'github', trust: 'yes', tools: [] }] satisfies Server[] });
  const [odd]: PolicyWarning[] = engine.warnings;
  const place: [string?, number?, number?] = [odd?.file, odd?.line, odd?.column];
  const said: string[] = odd === undefined ? [] : [odd.code, odd.message, odd.text, odd.toString()];
  void [place, said];
  const task: Task = engine.begin({ origin, agent, prompt: 'Pay', grant, lifetimeMs: 60_000 });
  const decision: Decision = task.decide('erp.pay', { iban: 'DE89' }, { host: { region: 'day' }, nowMs: 0 });

  // A union: each effect is a case of its own, and there is no fourth.
  switch (decision.effect) {
    case 'allow': {
      const allowed: true = decision.allowed;
      void allowed;
      break;
    }
    case 'ask': {
      const allowed: false = decision.allowed;
      const ticket: Ticket = decision.approvalRequest();
      const approval: Approval = task.approve(ticket, { by: origin });
      const request: Request = { chain: task.chain, call: { tool: 'erp.pay', arguments: {} }, approvals: [approval] };
      engine.decide(request, { ledger: { approvals: [] } });
      void allowed;
      break;
    }
    case 'deny':
      decision.reason.policies.map((policy: string) => policy.length);
      break;
    default: {
      const nothing: never = decision;
      void nothing;
    }
  }
  if (decision.allowed) {
    const effect: 'allow' = decision.effect;
    void effect;
  }

  const sub: Task = task.delegate(agent, { grant: { capabilities: [{ actions: 'any' }], budgets: [] }, ownAuthority: true });
  const cut: string[] = sub.cut;
  const answer: number = await sub.run(async () => 3);
  const current: Task | undefined = currentTask();
  void [cut, answer, current, reasonCodes()['permitted'], engine.parameters('erp.pay')?.length];

  const read = engine.guard('mail.read', async (id: string, deep?: boolean) => `${id} ${deep}`);
  const text: string = await read('m-17');
  const pay = engine.guard('erp.pay', (args: { iban: string }) => args.iban.length, { object: true });
  const length: number = pay({ iban: 'DE89' });
  const named: (a: string, b: number) => void = engine.guard('a', (a: string, b: number) => {}, { parameters: ['a', 'b'] });
  void [text, length, named];

  const entries: Buffer[] = engine.log.entries();
  const head = engine.log.head();
  const proven: boolean = verifyInclusion(head, 0, entries[0], engine.log.inclusion(0, head.size));
  void proven;

  const key: SigningKey = SigningKey.fromJwk('{}', { issuer: 'https://idp.example' });
  const terms: Terms = { purpose_code: 'pay.invoices', targets: ['erp'], redelegate_to: { blueprints: ['first-party'] } };
  const signed = engine.begin({ origin, agent, key: key.public, terms });
  const { evidence, lossy }: Exported = signed.delegate(agent, { grant, key: key.public, terms: {} }).export(key);
  signed.export(key, { format: { access_token: { audience: 'https://erp.example' } } });
  const token: Evidence = { format: 'access_token', token: 'a.b.c', parent: 'd.e.f' };
  const ledger: Ledger | undefined = engine.resume(token, { ledger: signed.ledger, nowMs: 0 }).ledger;
  const presenter: Presenter = { agent, key: key.thumbprint, session: 's-1', proof: { type: 'dpop', jwt: '', method: 'POST', url: '' } };
  const same: boolean = signed.decide('erp.pay', {}, { presenter }).isOf('erp.pay', {});
  engine.decide({ chain: evidence, call: { tool: 'erp.pay' }, presenter }, { ledger: { proofs: [{ id: '', until_ms: 0 }] } });
  const { chain, proof } = decision.record;
  const level: 0 | 1 | 2 | 3 | 4 | undefined = chain?.proof_level;
  const claim: string | undefined = chain?.claims?.['xms_par_app_azp'];
  const response = engine.decideAuthzen({}, { subjectIssuer: 'https://idp.example', agent });
  const answers: Evaluation[] = 'evaluations' in response ? response.evaluations : [response];
  const counted: number = engine.absorbEvent('a.b.c');
  engine.loadTrust({ issuers: [] });
  engine.loadRevocations('{}');
  new Engine({ policies: {}, trust: { issuers: [] }, revocations: '{}' });
  void [lossy, ledger, same, level, claim, answers[0]?.context.ask, counted, proof?.until_ms, chain?.flags, chain?.complete, chain?.autonomous];

  try {
    engine.loadPolicies({ 'a.cedar': 'permit' });
  } catch (error) {
    if (error instanceof Denied) void error.decision.approvalRequest();
    if (error instanceof BailiwickError) void [error.code.length, error.file?.length, error.line?.toFixed(), error.report.length];
  }
}

export function refused(engine: Engine, task: Task, key: SigningKey): void {
  // @ts-expect-error an origin has a kind
  engine.begin({ origin: { issuer: 'a', subject: 'b' }, agent });
  // @ts-expect-error and one of four
  engine.begin({ origin: { ...origin, kind: 'robot' }, agent });
  // @ts-expect-error the option is called `lifetimeMs`
  engine.begin({ origin, agent, lifetime: 3 });
  // @ts-expect-error policies are texts by name
  new Engine({ policies: 'permit (principal, action, resource);' });
  // @ts-expect-error deciding is synchronous
  void task.decide('a', {}).then();
  // @ts-expect-error there is no such effect
  void (task.decide('a', {}).effect === 'maybe');
  // @ts-expect-error a decision cannot be changed
  task.decide('a', {}).effect = 'allow';
  // @ts-expect-error a warning without a place has no file
  void engine.warnings.map((warning) => warning.file.length);
  // @ts-expect-error nor can it be changed
  engine.warnings.forEach((warning) => (warning.code = 'policy.fine'));
  // @ts-expect-error a task is begun, not made
  new Task();
  // @ts-expect-error a delegation grants something
  task.delegate(agent, {});
  // @ts-expect-error the guarded function takes what the function takes
  engine.guard('a', (id: string) => id)(3);
  // @ts-expect-error a key is read, not made
  new SigningKey();
  // @ts-expect-error what signs is a key, not a document
  task.export({ kty: 'OKP' });
  // @ts-expect-error there is no such format
  task.export(key, { format: 'paper' });
  // @ts-expect-error a proof of which kind?
  task.decide('a', {}, { presenter: { proof: { jwt: '' } } });
  // @ts-expect-error terms are documents: `purpose_code`
  task.delegate(agent, { grant, terms: { purposeCode: 'pay' } });
  // @ts-expect-error one object of arguments
  engine.guard('a', (id: string) => id, { object: true });
}
