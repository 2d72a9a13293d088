// Builds the cores that travel inside the package, for Linux with glibc: native-bindings/prebuilds/linux-ARCH/. Other
// processors than this machine's need Debian's compiler for them. The headers are those of this Node, which are the same
// for every processor.
// usage: node tools/prebuild.mjs x64 arm64

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('../native-bindings', import.meta.url));
/** What the names of a processor's tools begin with, and the Debian package that has them. */
const TOOLS = {
  x64: { prefix: 'x86_64-linux-gnu-', debian: 'g++' },
  arm64: { prefix: 'aarch64-linux-gnu-', debian: 'g++-aarch64-linux-gnu' },
};
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
const nodeFolder = process.env.npm_config_nodedir ?? dirname(dirname(process.execPath));

function fail(text) {
  process.stderr.write(`prebuild: ${text}\n`);
  process.exit(1);
}

function run(command, words, options) {
  const { status } = spawnSync(command, words, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  if (status !== 0) fail(`${command} failed, see above`);
}

function build(arch) {
  const tools = TOOLS[arch];
  if (tools === undefined) fail(`"${arch}" is none of ${Object.keys(TOOLS).join(', ')}`);
  const { prefix, debian } = tools;
  if (spawnSync(`${prefix}g++`, ['--version']).status !== 0) {
    fail(`no ${prefix}g++: apt-get install ${debian}`);
  }
  // A folder of its own inside the checkout: modules are found, and the core in use stays.
  const work = join(native, 'build', `prebuild-${arch}`);
  rmSync(work, { recursive: true, force: true });
  for (const name of ['src', 'binding.gyp', 'border-digest.mjs', 'list-sources.mjs']) {
    cpSync(join(native, name), join(work, name), { recursive: true });
  }
  const gyp = ['rebuild', '--release', `--arch=${arch}`, `--nodedir=${nodeFolder}`, '--loglevel=error'];
  const env = {
    ...process.env,
    MAKEFLAGS: '',
    CC: `${prefix}gcc`,
    CXX: `${prefix}g++`,
    LINK: `${prefix}g++`,
  };
  run(process.execPath, [nodeGyp, ...gyp, '--jobs=max'], { cwd: work, env });
  const target = join(native, 'prebuilds', `linux-${arch}`);
  mkdirSync(target, { recursive: true });
  const core = join(target, 'wiretally.glibc.node');
  cpSync(join(work, 'build/Release/wiretally.node'), core);
  // Without unused symbols and the build number: the same sources give the same bytes.
  run(`${prefix}strip`, ['--strip-unneeded', '--remove-section=.note.gnu.build-id', core]);
  rmSync(work, { recursive: true });
}

const archs = process.argv.slice(2);
if (archs.length === 0) fail(`say for which processors: ${Object.keys(TOOLS).join(' ')}`);
for (const arch of archs) build(arch);
