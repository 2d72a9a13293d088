// Builds the C++ tests of the native core with the address and undefined behaviour sanitizers and runs them inside Node.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const sourceFolder = join(root, 'native-bindings/src');
const testFolder = join(root, 'test/native');
const objectFolder = join(root, 'build/native-tests');
const compiler = process.env.CXX ?? 'g++';
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'];
const warnings = [
  '-Wall',
  '-Wextra',
  '-Wshadow',
  '-Wconversion',
  ...(process.env.CI === 'true' ? ['-Werror'] : []),
];

/** Where the headers of this Node are: beside its executable, or where node-gyp has put them. */
function nodeHeaders(): string {
  const version = process.versions.node;
  const folders = [
    join(dirname(process.execPath), '../include/node'),
    join(homedir(), '.cache/node-gyp', version, 'include/node'),
    join(homedir(), 'Library/Caches/node-gyp', version, 'include/node'),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found === undefined) throw new Error(`no headers of Node ${version}; looked in ${folders.join(', ')}`);
  return found;
}

function newestHeaderMs(): number {
  const headers = [sourceFolder, testFolder].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.h'))
      .map((file) => join(folder, file)),
  );
  return Math.max(...headers.map((file) => statSync(file).mtimeMs));
}

const objects = new Map<string, Promise<string>>();

/** Compiles one file, unless an object newer than it and every header is there. */
function compile(file: string): Promise<string> {
  const object = join(objectFolder, `${relative(root, file).replaceAll(/[\\/]/g, '_')}.o`);
  const pending = objects.get(object) ?? compileNow(file, object);
  objects.set(object, pending);
  return pending;
}

async function compileNow(file: string, object: string): Promise<string> {
  const isFresh =
    existsSync(object) && statSync(object).mtimeMs > Math.max(statSync(file).mtimeMs, newestHeaderMs());
  if (isFresh) return object;
  const flags = [
    '-std=c++20',
    '-g',
    '-O1',
    '-fPIC',
    '-Dmain=wiretally_test_main',
    `-isystem${nodeHeaders()}`,
  ];
  // Several test files build at once, each in a process of its own: nobody may link what another one still writes.
  const unfinished = `${object}.${process.pid}`;
  const counted = file.startsWith(sourceFolder) ? ['-fsanitize-coverage=trace-pc'] : [];
  await run(compiler, [...flags, ...warnings, ...sanitizers, ...counted, '-c', file, '-o', unfinished]);
  renameSync(unfinished, object);
  return object;
}

/** The files under native-bindings/src that the first line of a test names. */
export function sourcesOf(test: string): string[] {
  const first = readFileSync(test, 'utf8').split('\n', 1)[0] ?? '';
  const list = /^\/\/ sources: (.+)$/.exec(first)?.[1];
  if (list === undefined) throw new Error(`${test}: the first line must be "// sources: …"`);
  return list.split(' ').flatMap((file) => (file === 'all' ? allSources() : [join(sourceFolder, file)]));
}

/** Everything but the face to Node. */
function allSources(): string[] {
  return readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.cc') && file !== 'addon.cc')
    .sort()
    .map((file) => join(sourceFolder, file));
}

/** Builds and runs test/native/<name>.cc; what it printed and whether it passed. */
export async function runNativeTest(name: string): Promise<{ passed: boolean; output: string }> {
  mkdirSync(objectFolder, { recursive: true });
  const test = join(testFolder, `${name}.cc`);
  const files = [test, join(testFolder, 'node_main.cc'), join(root, 'test/cost.cc'), ...sourcesOf(test)];
  const built: string[] = [];
  for (const file of files) built.push(await compile(file));
  const library = join(objectFolder, `${name}.node`);
  const countedByTest = '-Wl,--wrap=__sanitizer_cov_trace_pc'; // test/cost.h
  await run(compiler, ['-shared', ...sanitizers, countedByTest, ...built, '-o', library]);
  const preload: string[] = [];
  for (const runtime of ['libasan.so', 'libubsan.so']) {
    preload.push((await run(compiler, [`-print-file-name=${runtime}`])).stdout.trim());
  }
  const env = { ...process.env, LD_PRELOAD: preload.join(' '), ASAN_OPTIONS: 'detect_leaks=0' };
  const script = `process.dlopen({ exports: {} }, ${JSON.stringify(library)})`;
  try {
    const { stderr } = await run(process.execPath, ['-e', script], { env });
    return { passed: true, output: stderr };
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return { passed: false, output };
  }
}
