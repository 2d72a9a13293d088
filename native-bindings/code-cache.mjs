// Keeps the compiled code of what every command loads, for the Node that runs this: dist/cli/*.cache. Called
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
export function keepCode() {
  if (!existsSync(START)) return 'dist is not built';
  for (const name of readdirSync(folder)) if (name.endsWith('.cache')) rmSync(`${folder}/${name}`);
  const { cacheOf } = require(START);
  return keepCodeOf('start.cjs', cacheOf) ?? keepCodeOf('rows.cjs', cacheOf);
}

function keepCodeOf(script, cacheOf) {
  const cache = cacheOf(`${folder}/${script}`);
  // Opened here: the command gives up the right to write.
  const unfinished = `${cache}.unfinished`;
  const file = openSync(unfinished, 'w', 0o644);
  const words = [fileURLToPath(import.meta.url), '--run', script];
  const { status, stderr, error } = spawnSync(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
    timeout: 120_000,
  });
  closeSync(file);
  if (status === 0) {
    renameSync(unfinished, cache);
    return null;
  }
  rmSync(unfinished);
  return error?.message ?? stderr.trim();
}

if (process.argv[2] === '--run') {
  const wanted = process.argv[3];
  const { exported, scripts, withChecksum } = require(START);
  const words = [...COMMAND, '--quiet'];
  const keep = (exitCode) => {
    if (exitCode === 0) writeSync(3, withChecksum(scripts.get(`${folder}/${wanted}`).createCachedData()));
  };
  if (wanted === 'rows.cjs') {
    process.on('exit', keep);
    await exported.runAndEnd(words);
  } else {
    const exitCode = await exported.runCommandLine(words);
    keep(exitCode);
    process.exit(exitCode);
  }
}
