// The README's Node example prints what it says it prints.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the example prints what it says', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const code = readme.split('```js\n')[1].split('```')[0];
  const said = code.split('// Prints:\n')[1].trimEnd().split('\n').map((line) => line.replace(/^\/\/ /, ''));
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd, encoding: 'utf8' });
  assert.ok(said.length > 0);
  assert.deepEqual(printed.trimEnd().split('\n'), said);
});
