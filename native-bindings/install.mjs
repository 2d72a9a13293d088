// At install: takes the native core that was built beforehand for this machine, or builds it in place, and keeps the
// compiled code of the command line. Downloads nothing: the headers that belong to this Node are used. usage: install.mjs [--compile]; with it, or npm_config_build_from_source=true, it is built in any case

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

/** Whether `folder`/include/node holds headers of this Node's major version. */
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

/** Optional packages, which only building takes; npm says where its own node-gyp is. */
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

/** Lists what is missing, one sentence each, with the package that brings it. */
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

/** Whether the package brings a core for this system, processor and C library, and it can be loaded here. */
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
