// The versions of Node that the program is tested on: the one that runs the tests, and those of package.json here.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const STAMP = join(folder, 'node_modules/.installed-of');

/** Programs of other processors and systems would not start. */
const canInstallNodes = process.platform === 'linux' && process.arch === 'x64';

/** As the lockfile binds them. Nothing is installed again while it stays the same. */
function installNodes() {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return;
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the versions of Node cannot be installed:\n${stderr}`);
  writeFileSync(STAMP, lock);
}

/** The running Node first. */
export function testedNodes() {
  const running = { name: `Node ${process.versions.node}`, path: process.execPath };
  if (!canInstallNodes) {
    console.log('skipped: other versions of Node are installed on Linux with x64 alone');
    return [running];
  }
  installNodes();
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const others = Object.entries(dependencies).map(([name, asked]) => ({
    name: `Node ${asked.slice(asked.lastIndexOf('@') + 1)}`,
    path: join(folder, 'node_modules', name, 'bin/node'),
  }));
  return [running, ...others];
}
