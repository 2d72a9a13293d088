// Builds what a page needs, all in dist/browser: the library, the core as WebAssembly, the catalogue, and the page that
// analyses captures. Needs emscripten and make; the package installs without it.
// usage: build-browser.mjs [--when-changed]; with it, nothing is built when nothing has changed since the last build

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { bundleForPage, inPackage } from './browser-bundle.mjs';
import { buildPage } from './build-page.mjs';
import { digestOfAll, placeBuild } from './kept-build.mjs';

function stop(reason) {
  console.error(`build:browser: ${reason}`);
  process.exit(1);
}

const compiler = spawnSync('em++', ['--version'], { encoding: 'utf8' });
if (compiler.status !== 0)
  stop('em++ is not installed; install emscripten (Debian: apt-get install emscripten)');
if (!existsSync(inPackage('dist/files/catalogue-files.js')))
  stop('dist has no catalogue; run npm run build:ts before');

const WASM = inPackage('native-bindings/wasm');

/** The sources of zlib and libzstd. None of the install scripts of their packages is run. */
function installSources() {
  const lock = readFileSync(`${WASM}/package-lock.json`, 'utf8');
  const stamp = `${WASM}/node_modules/.installed-of`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (spawnSync('npm', words, { cwd: WASM, stdio: 'inherit' }).status !== 0)
    stop('the sources of zlib and libzstd cannot be installed, see above');
  writeFileSync(stamp, lock);
}

function compileCore() {
  installSources();
  const made = spawnSync('make', ['-j2', '-C', WASM], { stdio: 'inherit' });
  if (made.error !== undefined) stop(`make cannot be run: ${made.error.message}`);
  if (made.status !== 0) stop('the core does not compile');
  return inPackage('build/browser');
}

/** Two minutes of compiling, unless the same compiler has made a core of the same sources before. */
function placeCore() {
  const sources = readdirSync(inPackage('native-bindings'), { recursive: true })
    .filter((name) => /^(src|wasm)\/(?!.*node_modules).*(\.cc|\.h|Makefile|package-lock\.json)$/.test(name))
    .sort()
    .map((name) => [name, readFileSync(inPackage(`native-bindings/${name}`))]);
  const key = digestOfAll([['em++', compiler.stdout], ...sources]);
  const files = ['core.mjs', 'core.wasm'];
  placeBuild({ name: 'browser-core', key, files, target: inPackage('dist/browser'), build: compileCore });
}

/** Whether the file that is written last is newer than all that it is made of. */
function isCurrent() {
  const last = inPackage('dist/browser/service-worker.js');
  if (!existsSync(last)) return false;
  const builtAt = statSync(last).mtimeMs;
  const sources = ['src', 'native-bindings/src', 'native-bindings/wasm'].flatMap((folder) =>
    readdirSync(inPackage(folder), { recursive: true }).map((name) => `${folder}/${name}`),
  );
  const scripts = readdirSync(inPackage('tools')).map((name) => `tools/${name}`);
  return [...sources, ...scripts, 'package.json'].every(
    (name) => statSync(inPackage(name)).mtimeMs < builtAt,
  );
}

if (process.argv.includes('--when-changed') && isCurrent()) process.exit(0);

// The modules that the library is made of are no files of a page; their types remain.
for (const file of readdirSync(inPackage('dist/browser'), { recursive: true }))
  if (file.endsWith('.js')) rmSync(inPackage(`dist/browser/${file}`));
// Policies are YAML.
await bundleForPage('wiretally', 'src/browser/index.ts', { packages: ['yaml', 'zod'] });
placeCore();
const { compileBuiltIn } = await import(new URL('../dist/files/catalogue-files.js', import.meta.url));
writeFileSync(inPackage('dist/browser/catalogue.json'), JSON.stringify(compileBuiltIn()));
await buildPage();
