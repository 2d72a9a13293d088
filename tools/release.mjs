// Makes what is published, out of a clone of its own of the last commit: the package with its cores, a bill of materials,
// where they come from, and checksums, in build/release. Needs emscripten for the core of pages. The same commit and the same tools give the same bytes.
// usage: node tools/release.mjs [--only-here] [--twice]; with --only-here, only this machine's core is built;
// with --twice, all is made again in another folder, and nothing is left unless the bytes are the same

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const archs = process.argv.includes('--only-here') ? [process.arch] : ['x64', 'arm64'];
const COMPILERS = { x64: 'x86_64-linux-gnu-g++', arm64: 'aarch64-linux-gnu-g++' };

function fail(text) {
  process.stderr.write(`release: ${text}\n`);
  process.exit(1);
}

function run(command, words, options) {
  const { status, stdout } = spawnSync(command, words, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  if (status !== 0) fail(`"${command} ${words.join(' ')}" failed, see above`);
  return stdout.trim();
}

const commit = run('git', ['rev-parse', 'HEAD']);
const seconds = run('git', ['log', '-1', '--format=%ct']);
const date = new Date(Number(seconds) * 1000).toISOString();

/** What npm would write with a number, a time and a folder's name of its own; of every platform, as the lockfile has it. */
function billOfMaterials({ name }, text) {
  const { serialNumber, ...bill } = JSON.parse(text);
  const { component } = bill.metadata;
  const metadata = { ...bill.metadata, timestamp: date, component: { ...component, name } };
  return `${JSON.stringify({ ...bill, metadata }, null, 2)}\n`;
}

function provenance({ name, version }) {
  const firstLine = (command, words) => run(command, words).split('\n')[0];
  const compilers = archs.map((arch) => `- ${arch}: ${firstLine(COMPILERS[arch], ['--version'])}`);
  return `# Where ${name} ${version} comes from

Commit ${commit} of ${date}, by \`npm run release\` in a clean clone, with

- Node ${process.versions.node}, npm ${run('npm', ['--version'])}
- dependencies as package-lock.json binds them, by SHA-512; none of their install scripts was run
${compilers.join('\n')}
- pages: ${firstLine('em++', ['--version'])}

The cores in native-bindings/prebuilds were compiled from native-bindings/src of the same commit; dist/browser/core.wasm
from the same sources, native-bindings/wasm, and the sources of zlib and libzstd that
native-bindings/wasm/package-lock.json binds by SHA-512. Nothing else in the package is binary but the demo capture, which
stands in the repository.

To verify it against the sources: check the commit out on a machine with the same tools, run \`npm run release\`, and compare
SHA256SUMS. Who does not want compiled cores installs with npm_config_build_from_source=true.
`;
}

function checksums(folder) {
  const sumOf = (file) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
  return readdirSync(folder)
    .sort()
    .map((file) => `${sumOf(file)}  ${file}\n`)
    .join('');
}

/** Makes everything in `work`, which is not there yet; returns the folder of what is published. */
function release(work, more = {}) {
  const source = join(work, 'source');
  const target = join(work, 'release');
  mkdirSync(target, { recursive: true });
  run('git', ['clone', '--quiet', root, source]);
  run('git', ['checkout', '--quiet', commit], { cwd: source });
  const options = { cwd: source, env: { ...process.env, SOURCE_DATE_EPOCH: seconds, ...more } };
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], options);
  run(process.execPath, ['tools/prebuild.mjs', ...archs], options);
  // Its script "prepare" builds dist with types and pages.
  run('npm', ['pack', '--silent', '--pack-destination', target], options);
  const wiretally = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const bill = run('npm', ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx'], options);
  writeFileSync(join(target, 'sbom.cdx.json'), billOfMaterials(wiretally, bill));
  writeFileSync(join(target, 'PROVENANCE.md'), provenance(wiretally));
  writeFileSync(join(target, 'SHA256SUMS'), checksums(target));
  return target;
}

if (run('git', ['status', '--porcelain', '--untracked-files=no']) !== '') {
  fail('there are changes that are not committed; commit or put them aside');
}
// Files of a package carry who may read them.
process.umask(0o022);
const work = mkdtempSync(join(tmpdir(), 'wiretally-release-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const made = release(join(work, 'one'));
if (process.argv.includes('--twice')) {
  const again = release(join(work, 'another'), { TZ: 'Asia/Tokyo', LC_ALL: 'C' });
  const differing = readdirSync(made).filter(
    (file) => !readFileSync(join(made, file)).equals(readFileSync(join(again, file))),
  );
  if (differing.length > 0) fail(`made twice, these differ: ${differing.join(', ')}`);
}
const published = join(root, 'build/release');
rmSync(published, { recursive: true, force: true });
cpSync(made, published, { recursive: true });
process.stdout.write(readFileSync(join(published, 'SHA256SUMS'), 'utf8'));
