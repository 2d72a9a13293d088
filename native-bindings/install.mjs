// Runs at installation: uses the prebuilt native core for this machine, or builds it in place, and stores the compiled
// code of the command line. It downloads nothing: it uses the headers of the current Node. Usage: install.mjs
// [--compile]; with this option, or npm_config_build_from_source=true, it always builds.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepCode } from './code-cache.mjs';

const here = dirname(fileURLToPath(import.meta.url));

function runs(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Tests if `folder`/include/node contains headers of this Node's major version. */
function hasHeaders(folder) {
  const version = join(folder, 'include/node/node_version.h');
  if (!existsSync(version) || !existsSync(join(folder, 'include/node/common.gypi'))) return false;
  const major = /#define NODE_MAJOR_VERSION (\d+)/.exec(readFileSync(version, 'utf8'))?.[1];
  return major === process.versions.node.split('.')[0];
}

function findNodeFolder() {
  const besideNode = dirname(dirname(process.execPath));
  return [process.env.npm_config_nodedir, besideNode, '/usr', '/usr/local'].find(
    (folder) => folder !== undefined && folder !== '' && hasHeaders(folder),
  );
}

/** Finds node-gyp, which is needed for building only; npm provides the path of its own. */
function findNodeGyp() {
  const { resolve } = createRequire(import.meta.url);
  try {
    resolve('node-addon-api/package.json');
  } catch {
    return undefined;
  }
  try {
    return resolve('node-gyp/bin/node-gyp.js');
  } catch {
    return process.env.npm_config_node_gyp;
  }
}

/** Lists missing tools, one sentence each, with the package that contains them. */
function findMissing(nodeFolder, nodeGyp) {
  const missing = [];
  if (nodeGyp === undefined) {
    missing.push('no node-gyp and node-addon-api: npm install without --omit=optional');
  }
  if (![process.env.CXX, 'g++', 'c++'].some((name) => name && runs(name))) {
    missing.push('no C++ compiler: apt-get install build-essential');
  }
  if (!runs('make')) missing.push('no make: apt-get install build-essential');
  if (![process.env.PYTHON, 'python3', 'python'].some((name) => name && runs(name))) {
    missing.push('no Python 3: apt-get install python3');
  }
  if (nodeFolder === undefined) {
    missing.push(
      `no headers of Node ${process.versions.node}: apt-get install libnode-dev, or use the distribution from ` +
        'nodejs.org, which brings them, or say where they are: npm_config_nodedir=FOLDER npm ci',
    );
  }
  return missing;
}

function fail(lines) {
  process.stderr.write(
    `wiretally: the native core cannot be built\n${lines.map((line) => `  ${line}\n`).join('')}`,
  );
  process.exit(1);
}

/** Tests if the package contains a core for this system, processor and C library that can be loaded. */
function hasPrebuilt() {
  const load = `require('node-gyp-build')(${JSON.stringify(here)})`;
  const env = { ...process.env, PREBUILDS_ONLY: '1' };
  return spawnSync(process.execPath, ['-e', load], { cwd: here, env, stdio: 'ignore' }).status === 0;
}

const isAskedFor = process.argv.includes('--compile') || process.env.npm_config_build_from_source === 'true';
if (!isAskedFor && hasPrebuilt()) {
  keepCode();
  process.exit(0);
}

const nodeFolder = findNodeFolder();
const nodeGyp = findNodeGyp();
const missing = findMissing(nodeFolder, nodeGyp);
if (missing.length > 0) fail(missing);

const build = spawnSync(
  process.execPath,
  [nodeGyp, 'configure', 'build', '--release', `--nodedir=${nodeFolder}`, '--loglevel=error', '--jobs=max'],
  { cwd: here, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { ...process.env, MAKEFLAGS: '' } },
);
if (build.status !== 0) {
  fail([
    `${build.error ?? ''}${build.stdout ?? ''}${build.stderr ?? ''}`.trimEnd(),
    'node-gyp failed, see above',
  ]);
}
keepCode();
