// Checks C++ with clang-format, or with --tidy with clang-tidy, which takes minutes; two processes at a time.
// Without the tool it prints a message and continues; in CI (CI=true) that is a failure.

import { execFile, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const JOBS = 2;
/** A process reads headers once for each file all the same; small shares end together. */
const FILES_OF_A_PROCESS = 6;

function sources(folder, endings) {
  return readdirSync(`${root}${folder}`, { recursive: true })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .sort()
    .map((file) => `${folder}/${file}`);
}

function isInstalled(tool) {
  if (spawnSync(tool, ['--version']).status === 0) return true;
  console.warn(
    `${tool} is not installed, so nothing is checked with .${tool} (Debian: apt-get install ${tool})`,
  );
  if (process.env.CI === 'true') process.exitCode = 1;
  return false;
}

/** Runs `tool` over shares of the files; prints its output on failure. */
async function runOver(files, tool, options, last = []) {
  const shares = [];
  for (let at = 0; at < files.length; at += FILES_OF_A_PROCESS) {
    shares.push(files.slice(at, at + FILES_OF_A_PROCESS));
  }
  const takeShares = async () => {
    for (let share = shares.shift(); share !== undefined; share = shares.shift()) {
      try {
        await run(tool, [...options, ...share, ...last], { cwd: root, maxBuffer: 1 << 26 });
      } catch (error) {
        console.error(`${error.stdout}${error.stderr}`);
        process.exitCode = 1;
      }
    }
  };
  await Promise.all(Array.from({ length: JOBS }, takeShares));
}

const core = sources('native-bindings/src', ['.cc', '.h']);
const isTidy = process.argv.includes('--tidy');
if (!isTidy && isInstalled('clang-format')) {
  const all = [...core, ...sources('test', ['.cc', '.h']), ...sources('bench', ['.cc', '.h'])];
  await runOver(all, 'clang-format', ['--dry-run', '-Werror']);
}
if (isTidy && isInstalled('clang-tidy')) {
  // addon.cc reads headers of Node, which are where node-gyp puts them.
  const files = core.filter((file) => file.endsWith('.cc') && !file.endsWith('/addon.cc'));
  // A fifth of the paths that the analyzer follows by default: of the largest functions it takes three times as long.
  const analyzer = ['-Xclang', '-analyzer-config', '-Xclang', 'max-nodes=50000'];
  await runOver(files, 'clang-tidy', ['--quiet'], ['--', '-std=c++20', ...analyzer]);
}
