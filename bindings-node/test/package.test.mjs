/** The package as a whole: what it exports, its types, what is generated, its examples. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as bailiwick from 'bailiwick';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url);
const PACKAGE = new URL('../', import.meta.url);
const TYPES = readFileSync(new URL('index.d.ts', PACKAGE), 'utf8');
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
      import { alice, begun, bot, made, olga } from ${JSON.stringify(import.meta.resolve('./world.mjs'))};
      const engine = made();
      const task = begun(engine);
      { ${text} }
      // ${index}`;
    await import(`data:text/javascript,${encodeURIComponent(source)}`);
  });
}

for (const name of EXAMPLES) {
  test(`examples/node/${name} prints what it says`, async () => {
    const path = fileURLToPath(new URL(`examples/node/${name}`, ROOT));
    const [, said] = readFileSync(path, 'utf8').split('\n// Prints:\n');
    const { stdout } = await run(process.execPath, [path], { cwd: fileURLToPath(ROOT) });
    assert.equal(stdout, said.replace(/^\/\/ ?/gm, ''));
  });
}
