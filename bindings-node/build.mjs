// Builds the native module: `node build.mjs [--release] [--check]`.
//
// `napi build` always passes `--target` to Cargo, which then compiles everything, Cedar too, once more into a
// folder of its own. So Cargo is called here, and the parts of `@napi-rs/cli` that write the loader and its types.
// With `--check` nothing is put in place: it fails if loader or types are not those that were committed.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateTypeDef, parseTriple, writeJsBinding } from '@napi-rs/cli';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const { name, version, napi } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const release = process.argv.includes('--release');
const check = process.argv.includes('--check');

const { target_directory: target } = JSON.parse(cargo(['metadata', '--format-version=1', '--no-deps']));
const profile = join(target, 'napi', release ? 'release' : 'debug');
const types = join(profile, 'types');
const library = compile();
if (!check) install(library);
await generate();

/** The library that Cargo made. */
function compile() {
  const env = { NAPI_TYPE_DEF_TMP_FOLDER: types };
  // The types are written while the crate compiles; Cargo does not know that they are gone.
  if (!existsSync(types) || readdirSync(types).length === 0) env.NAPI_FORCE_BUILD_BAILIWICK_NODE = String(Date.now());
  mkdirSync(types, { recursive: true });
  const flags = ['--package=bailiwick-node', '--locked', '--message-format=json-render-diagnostics'];
  const messages = cargo(['build', ...flags, ...(release ? ['--release'] : [])], env).trim().split('\n').map(JSON.parse);
  const artifact = messages.find((message) => message.reason === 'compiler-artifact' && message.target.name === 'bailiwick_node');
  return artifact.filenames.find((file) => /\.(so|dylib|dll)$/.test(file));
}

function install(library) {
  const [, triple] = execFileSync('rustc', ['-vV'], { encoding: 'utf8' }).match(/^host: (.+)$/m);
  const module = join(here, `${napi.binaryName}.${parseTriple(triple).platformArchABI}.node`);
  // Renamed into place: a process that runs has the old one mapped into its memory.
  copyFileSync(library, `${module}.new`);
  renameSync(`${module}.new`, module);
}

/** The loader, and the types that `#[napi]` wrote down. */
async function generate() {
  const { exports: idents, dts } = await generateTypeDef({ typeDefDir: types, cwd: here });
  const output = join(profile, 'generated');
  mkdirSync(output, { recursive: true });
  const loader = { platform: true, jsBinding: 'native.cjs', binaryName: napi.binaryName, packageName: name, version };
  await writeJsBinding({ ...loader, idents, outputDir: output });
  writeFileSync(join(output, 'native.d.cts'), dts);
  for (const file of ['native.cjs', 'native.d.cts']) {
    if (!check) copyFileSync(join(output, file), join(here, file));
    else if (readFileSync(join(output, file), 'utf8') !== readFileSync(join(here, file), 'utf8')) {
      throw new Error(`${file} is not what is generated: run \`npm run build:debug -w ${name}\` and commit it`);
    }
  }
}

function cargo(args, env = {}) {
  const stdio = ['ignore', 'pipe', 'inherit'];
  return execFileSync('cargo', args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env }, stdio, maxBuffer: 1 << 28 });
}
