// Makes what is published, from a clean clone after `npm ci`: the package with its cores, a bill of materials and
// checksums, in build/release. The same commit gives the same bytes.
// usage: node native-bindings/release.mjs [--only-here]; with it, only this machine's core is built

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'build/release');

function run(command, words) {
  const { status, stdout } = spawnSync(command, words, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status === 0) return stdout;
  process.stderr.write(`release: "${command} ${words.join(' ')}" failed, see above\n`);
  process.exit(1);
}

if (run('git', ['status', '--porcelain', '--untracked-files=no']) !== '') {
  process.stderr.write('release: there are changes that are not committed; commit or put them aside\n');
  process.exit(1);
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const archs = process.argv.includes('--only-here') ? [process.arch] : ['x64', 'arm64'];
rmSync(new URL('prebuilds', import.meta.url), { recursive: true, force: true });
run(process.execPath, ['native-bindings/prebuild.mjs', ...archs]);
// Packing compiles TypeScript first, by the script "prepare".
run('npm', ['pack', '--silent', '--pack-destination', target]);

/** Without its number and time, which differ at each run. */
const bill = JSON.parse(run('npm', ['sbom', '--omit=dev', '--sbom-format=cyclonedx']));
delete bill.serialNumber;
delete bill.metadata.timestamp;
writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);

const sums = readdirSync(target)
  .sort()
  .map(
    (name) =>
      `${createHash('sha256')
        .update(readFileSync(join(target, name)))
        .digest('hex')}  ${name}\n`,
  );
writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));
process.stdout.write(sums.join(''));
