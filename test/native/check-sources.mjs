// Checks C++ with clang-format, or with --tidy with clang-tidy, which takes minutes; two processes at a time.
// Without the tool it prints a message and continues; in CI (CI=true) that is a failure.
// usage: check-sources.mjs [--tidy [--changed]]     --changed: only files that changed since the CI run before the last, and
// those that include them

import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findAffected } from './affected-sources.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const JOBS = 2;
/** A process reads headers once for each file all the same; small shares end together. */
const FILES_OF_A_PROCESS = 6;

function sources(folder, endings) {
  return readdirSync(`${root}${folder}`, { recursive: true })
    .filter((file) => !file.includes('node_modules') && endings.some((ending) => file.endsWith(ending)))
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

function git(...words) {
  const { status, stdout } = spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.split('\n').filter((line) => line !== '') : undefined;
}

/**
 * Files that changed since the last commit but one that set .ci/slice: the last one may be part of the change that is
 * checked. Undefined when that is not known.
 */
function findChanged() {
  if (git('rev-parse', '--is-shallow-repository')?.[0] !== 'false') return undefined;
  const since = git('log', '-2', '--format=%H', '--', '.ci/slice')?.[1];
  if (since === undefined) return undefined;
  const changed = git('diff', '--name-only', '--no-renames', since);
  const added = git('ls-files', '--others', '--exclude-standard');
  return changed && added && [...changed, ...added];
}

/** Of `files` those that clang-tidy may judge otherwise than before. */
function narrow(files) {
  const changed = findChanged();
  const rules = ['.clang-tidy', 'test/native/check-sources.mjs'];
  const isAll = changed === undefined || changed.some((file) => rules.includes(file));
  const narrowed = isAll
    ? files
    : findAffected(files, changed, (file) => readFileSync(`${root}${file}`, 'utf8'));
  console.log(`clang-tidy: ${narrowed.length} of ${files.length} files`);
  return narrowed;
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
  const judged = process.argv.includes('--changed') ? narrow(files) : files;
  // A fifth of the paths that the analyzer follows by default: of the largest functions it takes three times as long.
  const analyzer = ['-Xclang', '-analyzer-config', '-Xclang', 'max-nodes=50000'];
  await runOver(judged, 'clang-tidy', ['--quiet'], ['--', '-std=c++20', ...analyzer]);
}
