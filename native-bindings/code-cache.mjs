// Keeps the compiled code of what every command loads, for the Node that runs this: dist/cli/start.cjs.*.cache. Called
// where the program is built and where it is installed, never by the program: it reads no code that a user wrote later.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const require = createRequire(import.meta.url);
const START = inPackage('dist/cli/start-script.cjs');
const folder = inPackage('dist/cli');

/** Functions that this compiles are kept; all others are compiled when they are called. */
const COMMAND = ['analyze', inPackage('captures/demo.pcap.gz'), '--workers', '1'];

/** Returns why there is no code, or null: without it, commands start more slowly and do the same. */
export async function keepCode() {
  if (!existsSync(START)) return 'dist is not built';
  for (const name of readdirSync(folder)) if (name.endsWith('.cache')) rmSync(`${folder}/${name}`);
  const { codeCache } = require(START);
  // Opened here: the command gives up the right to write.
  const unfinished = `${codeCache}.unfinished`;
  const file = openSync(unfinished, 'w', 0o644);
  const { status, stderr, error } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--run'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
    timeout: 120_000,
  });
  closeSync(file);
  if (status === 0) {
    renameSync(unfinished, codeCache);
    return null;
  }
  rmSync(unfinished);
  return error?.message ?? stderr.trim();
}

if (process.argv[2] === '--run') {
  const { exported, script, withChecksum } = require(START);
  const exitCode = await exported.runCommandLine([...COMMAND, '--quiet']);
  if (exitCode === 0) writeSync(3, withChecksum(script.createCachedData()));
  process.exit(exitCode);
}
