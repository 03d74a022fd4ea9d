// Prints the table of decision times in Node: ours beside `@cedar-policy/cedar-wasm`, interleaved in one run.
//
// With `--readme FILE` it also writes the table there, between `<!-- bench:node -->` and `<!-- /bench -->`. Needs
// `npm ci` in this folder, `npm run build -w bindings-node`, and Python (`$PYTHON`, or `python3`) for the scenario.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import cedar from '@cedar-policy/cedar-wasm/nodejs';
import { Engine } from 'bailiwick';

/** An engine's `decide(amount)` says whether it allows the call with this amount, made anew of raw arguments. */
const OURS = '1 hop';
const PEER = 'cedar-wasm';

const ROUNDS = 200;
/** Not recorded, so that each engine is in its steady state. */
const ROUNDS_BEFORE = 20;
/** Decisions in each round; of those that are slower than `SLOW_MS`, as many as let the run end. */
const [BURST, BURST_SLOW, SLOW_MS] = [10, 2, 3];

const [option, readme, ...more] = process.argv.slice(2);
if (option !== undefined && (option !== '--readme' || readme === undefined || more.length > 0)) {
  fail('usage: node.mjs [--readme FILE]');
}
if (isDebugBuild()) {
  console.error('NOT FIGURES: a debug build of bailiwick; run `npm run build -w bindings-node`');
  if (readme) process.exit(1);
}

const titles = ['policies', OURS, '4 hops', PEER, `${PEER} ÷ ${OURS}`];
const lines = [row(titles), `|${'--:|'.repeat(titles.length)}`];
for (const count of [10, 100, 1_000, 10_000]) {
  const scenario = scenarioOf(count);
  const times = measured(scenario, { ...ours(scenario), [PEER]: byCedar(scenario) });
  const ratio = percentile(times[PEER], 50) / percentile(times[OURS], 50);
  lines.push(row([count, ...Object.values(times).map(cell), `${ratio.toFixed(1)}×`]));
}
const version = (file) => JSON.parse(readFileSync(file, 'utf8')).version;
const ownFile = createRequire(import.meta.url).resolve('bailiwick/package.json');
const peerFile = new URL('node_modules/@cedar-policy/cedar-wasm/package.json', import.meta.url);
lines.push(`
p50 / p99 of ${ROUNDS * BURST} decisions, or of as many as are in brackets, and ratios of p50; each call is made anew, \
of an object. A decision of ours at one hop has three gates, at four hops nine, and is logged; cedar-wasm is asked one \
of them, the fastest way it offers: \`statefulIsAuthorized\` over policies parsed before, without a schema. \
${machine()}; bailiwick ${version(ownFile)}, @cedar-policy/cedar-wasm ${version(peerFile)}.
`);
const table = lines.join('\n');
console.log(table);
if (readme) writeInto(readme, 'node', table);

function scenarioOf(count) {
  const script = fileURLToPath(new URL('scenario.py', import.meta.url));
  const made = execFileSync(process.env.PYTHON ?? 'python3', [script, String(count)], { maxBuffer: 1 << 28 });
  return JSON.parse(made);
}

/** Tasks at the first and the last agent of the chain. */
function ours({ policies, catalog, registry, origin, agents, tool, account }) {
  const engine = new Engine({ policies: { 'bench.cedar': policies.join('\n') }, catalog, registry });
  const [first, ...others] = agents;
  const one = engine.begin({ origin, agent: first });
  const four = others.reduce((task, agent) => task.delegate(agent, { grant: { actions: [tool, 'read'] } }), one);
  return {
    [OURS]: (amount) => one.decide(tool, { account, amount }).allowed,
    '4 hops': (amount) => four.decide(tool, { account, amount }).allowed,
  };
}

function byCedar({ policies, principal, action, resource, entities, context, account }) {
  const parsed = cedar.preparsePolicySet('bench', { staticPolicies: policies.join('\n') });
  if (parsed.type !== 'success') fail(JSON.stringify(parsed.errors));
  return (amount) => {
    const input = { account, amount: { __extn: { fn: 'decimal', arg: String(amount) } } };
    const asked = { principal, action, resource, context: { ...context, input } };
    const answer = cedar.statefulIsAuthorized({ ...asked, preparsedPolicySetId: 'bench', entities });
    return answer.type === 'success' && answer.response.decision === 'allow';
  };
}

/** Milliseconds of each decision, engine by engine, taken in turns. */
function measured({ amount, amount_denied: denied }, engines) {
  const timed = (decide) => {
    const start = performance.now();
    const allowed = decide(amount);
    const time = performance.now() - start;
    if (!allowed) fail('the call must be allowed');
    return time;
  };
  const series = Object.entries(engines).map(([name, decide]) => {
    if (!decide(amount) || decide(denied)) fail(`${name}: the call must be allowed, and over the limit it must not`);
    const fastest = Math.min(...Array.from({ length: BURST }, () => timed(decide)));
    return { name, decide, burst: fastest < SLOW_MS ? BURST : BURST_SLOW, times: [] };
  });
  for (let round = -ROUNDS_BEFORE; round < ROUNDS; round += 1) {
    for (const { decide, burst, times } of series) {
      timed(decide); // meets the caches as the engine before left them
      for (let i = 0; i < burst; i += 1) {
        const time = timed(decide);
        if (round >= 0) times.push(time);
      }
    }
  }
  return Object.fromEntries(series.map(({ name, times }) => [name, times]));
}

function percentile(times, percent) {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length * percent) / 100)];
}

function row(cells) {
  return `| ${cells.join(' | ')} |`;
}

function cell(times) {
  const micros = (percent) => (percentile(times, percent) * 1_000).toFixed(1);
  return `${micros(50)} / ${micros(99)} µs${times.length === ROUNDS * BURST ? '' : ` (${times.length})`}`;
}

/** What the figures were measured on. */
function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${model}, ${availableParallelism()} cores, ${process.platform}; Node ${process.versions.node}`;
}

/** Whether our library has debug information, as `--release` leaves it out. Known on Linux only. */
function isDebugBuild() {
  const library = Object.keys(createRequire(import.meta.url).cache).find((path) => /bailiwick.*\.node$/.test(path));
  return library !== undefined && readFileSync(library).includes('\0.debug_info\0');
}

/** Puts the table between `<!-- bench:NAME -->` and `<!-- /bench -->`. */
function writeInto(path, name, text) {
  const [begin, end] = [`<!-- bench:${name} -->`, '<!-- /bench -->'];
  const old = readFileSync(path, 'utf8');
  const start = old.indexOf(begin);
  const stop = old.indexOf(end, start);
  if (start < 0 || stop < 0) fail(`${path} has no \`${begin}\` that \`${end}\` closes`);
  writeFileSync(path, `${old.slice(0, start)}${begin}\n${text}${old.slice(stop)}`);
}

function fail(why) {
  console.error(why);
  process.exit(1);
}
