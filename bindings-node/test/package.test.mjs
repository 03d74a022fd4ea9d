/** The package as a whole: what it exports, its types, what is generated, its examples. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as bailiwick from 'bailiwick';
import { CATALOG, REGISTRY, begun, key, research, trust } from './world.mjs';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url);
const PACKAGE = new URL('../', import.meta.url);
const TYPES = readFileSync(new URL('index.d.ts', PACKAGE), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'bailiwick-'));
after(() => rmSync(scratch, { recursive: true }));
const EXAMPLES = readdirSync(new URL('examples/node/', ROOT)).filter((name) => name.endsWith('.mjs'));

test('nothing is required', () => {
  const { dependencies, optionalDependencies, scripts } = JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8'));
  assert.deepEqual([dependencies, optionalDependencies, scripts.install, scripts.postinstall], [undefined, undefined, undefined, undefined]);
});

test('the lock file names no registry', () => {
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8'));
  const elsewhere = Object.values(packages).filter(({ resolved, link }) => resolved !== undefined && !link);
  assert.deepEqual(elsewhere, []);
});

test('what is declared is what there is', () => {
  const declared = [...TYPES.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(declared.toSorted(), Object.keys(bailiwick).toSorted());
  for (const [, name, body] of TYPES.matchAll(/^export (?:class|interface) (\w+)[^{]*\{\n(.*?)^\}/gms)) {
    const members = [...body.matchAll(/^ {2}(?:readonly )?(?!static|constructor|private)(\w+)/gm)].map(([, member]) => member);
    const { prototype } = bailiwick[name] ?? {};
    if (prototype === undefined || prototype instanceof Error) continue;
    const found = Object.getOwnPropertyNames(prototype).filter((member) => member !== 'constructor');
    assert.deepEqual([...new Set(members)].toSorted(), found.toSorted(), name);
  }
});

test('the types hold', async () => {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  await run(process.execPath, [compiler, '--project', fileURLToPath(new URL('test', PACKAGE))]).catch(({ stdout }) => assert.fail(stdout));
});

test('what is generated is what was committed', async () => {
  // If this fails: `npm run build:debug -w bindings-node`.
  const program = fileURLToPath(new URL('build.mjs', PACKAGE));
  await run(process.execPath, [program, '--check']).catch(({ stderr }) => assert.fail(stderr));
});

test('everything public shows itself in use', () => {
  const shown = /(?:\/\*\*(?:(?!\*\/).)*?```js(?:(?!\*\/).)*?\*\/\s*)$/s;
  const missing = [];
  for (const match of TYPES.matchAll(/^(?:export (?:class|function)| {2}(?:static )?\w+(?:<.*>)?\()/gm)) {
    const line = TYPES.slice(match.index).split('\n', 1)[0];
    const before = TYPES.slice(0, match.index);
    const documented = before.trimEnd().endsWith('*/');
    const isClass = line.startsWith('export class Engine') || line.startsWith('export class Task');
    if (documented && !isClass && !shown.test(before)) missing.push(line);
  }
  assert.deepEqual(missing, []);
});

/** Each example of `index.d.ts` finds the small world of the tests. */
const SHOWN = [...TYPES.matchAll(/^( *)\/?\*+ ?```js\n(.*?)^ *\* ```/gms)].map(([, , text]) => text.replace(/^ *\* ?/gm, ''));

test('there are examples', () => assert(SHOWN.length > 25 && EXAMPLES.length > 0, `${SHOWN.length}`));

for (const [index, text] of SHOWN.entries()) {
  test(`example ${index} of the types does what it says: ${text.split('\n', 1)[0]}`, async () => {
    const source = `
      import assert from 'node:assert/strict';
      import { ${Object.keys(bailiwick).join(', ')} } from ${JSON.stringify(import.meta.resolve('bailiwick'))};
      import { inspect } from 'node:util';
      import { alice, begun, bot, key, made, olga, trust } from ${JSON.stringify(import.meta.resolve('./world.mjs'))};
      const engine = made();
      const task = begun(engine);
      { ${text} }
      // ${index}`;
    await import(`data:text/javascript,${encodeURIComponent(source)}`);
  });
}

/** What `examples/python/handover.py` writes for `receive.mjs`. */
function handed() {
  const policies = {
    'people.cedar': 'permit (principal in Group::"finance", action in [Action::"read", Action::"delegate"], resource);',
    'agents.cedar': 'permit (principal is Agent, action in [Action::"read", Action::"delegate"], resource);',
  };
  const parts = { policies, catalog: CATALOG, registry: REGISTRY, trust: { ...trust, issuers: [{ ...trust.issuers[0], groups: 'as_named' }] } };
  const child = begun(new bailiwick.Engine(parts)).delegate(research, { grant: { actions: ['read'] } });
  return { evidence: child.export(key).evidence, ...parts };
}

for (const name of EXAMPLES) {
  test(`examples/node/${name} prints what it says`, async () => {
    const path = fileURLToPath(new URL(`examples/node/${name}`, ROOT));
    const source = readFileSync(path, 'utf8');
    const [, said] = source.split('\n// Prints:\n');
    const file = join(scratch, `${name}.json`);
    writeFileSync(file, JSON.stringify(handed()));
    const { stdout } = await run(process.execPath, [path, ...(source.includes('process.argv') ? [file] : [])], { cwd: fileURLToPath(ROOT) });
    // When it was decided, and so the id, is another every time.
    assert.equal(stdout.replace(/ at \S+ \(dec_\w+\)$/m, ' at … (dec_…)'), said.replace(/^\/\/ ?/gm, ''));
  });
}
