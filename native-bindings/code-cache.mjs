// Stores the compiled code that every command loads, for the current Node: dist/cli/*.cache. It runs when the program
// is built or installed, never in the program, which must not read code that a user wrote later.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const require = createRequire(import.meta.url);
const folder = inPackage('dist/cli');
const MAIN = `${folder}/main.js`;
const KEPT_CODE = `${folder}/kept-code.js`;

/** The functions that this command compiles are stored. All others are compiled when they are called. */
const COMMAND = ['analyze', inPackage('captures/demo.pcap.gz'), '--workers', '1', '--quiet'];

/** Node 20 has this default (`node --v8-options`); cli/command-line.ts changes it. */
const DEFAULT_INTERRUPT_BUDGET = 67_584;

/** Returns the reason why there is no code, or null. Without it, commands start more slowly but work. */
export function keepCode() {
  if (!existsSync(MAIN)) return 'dist is not built';
  for (const name of readdirSync(folder)) if (name.endsWith('.cache')) rmSync(`${folder}/${name}`);
  const { CACHE } = require(KEPT_CODE);
  // The file is opened here, because the command drops the right to write.
  const unfinished = `${CACHE}.unfinished`;
  const file = openSync(unfinished, 'w', 0o644);
  const { status, stderr, error } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), '--run', ...COMMAND],
    { stdio: ['ignore', 'ignore', 'pipe', file], encoding: 'utf8', timeout: 120_000 },
  );
  closeSync(file);
  if (status === 0) {
    renameSync(unfinished, CACHE);
    return null;
  }
  rmSync(unfinished);
  return error?.message ?? stderr.trim();
}

if (process.argv[2] === '--run') {
  const { script, withChecksum } = require(KEPT_CODE);
  process.on('exit', (exitCode) => {
    // V8 refuses code that was made under other flags than those it starts with: the command sets these. Set before
    // start.js is loaded, they would have V8 refuse the code that Node keeps of its own modules (14 ms of 180).
    if (process.versions.v8.startsWith('11.3.')) {
      setFlagsFromString(`--interrupt-budget=${DEFAULT_INTERRUPT_BUDGET}`);
      setFlagsFromString('--heap-growing-percent=0');
    }
    if (exitCode === 0) writeSync(3, withChecksum(script.createCachedData()));
  });
  process.argv.splice(1, 2, MAIN);
  require(MAIN);
}
