// What every command loads, as one script, and what it needs from the first tool on as another. Their compiled code is kept
// beside them (code-cache.mjs): compiling was a third of every start. Without that code, or with another Node, they are
// compiled. No ES module, because loading those takes a tenth of a start. Copied to dist/cli by bundle.mjs.
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const CRC_BYTES = 4;

/** V8 does not check it, and damaged code would end the process. */
function withChecksum(code) {
  const checksum = Buffer.alloc(CRC_BYTES);
  checksum.writeUInt32LE(crc32(code));
  return Buffer.concat([code, checksum]);
}

/** Of this Node. V8 refuses code of another version or of other flags, but only after it has been read. */
const cacheOf = (path) => `${path}.${process.version}-${process.arch}.cache`;

function readCode(path) {
  try {
    const bytes = readFileSync(cacheOf(path));
    const code = bytes.subarray(0, -CRC_BYTES);
    return crc32(code) === bytes.readUInt32LE(code.length) ? code : undefined;
  } catch {
    return undefined;
  }
}

const scripts = new Map();
const load = (part) => import(part);

/** What the modules in a script export, by the names that bundle.mjs gave. `other`: the exports of the other script. */
function run(name, other) {
  const path = join(__dirname, name);
  const script = new Script(readFileSync(path, 'latin1'), { filename: path, cachedData: readCode(path) });
  scripts.set(path, script);
  const exported = {};
  script.runInThisContext()(exported, require, path, load, other);
  return exported;
}

let loaded = null;
const rows = () => {
  loaded ??= run('rows.cjs', () => exported);
  return loaded;
};
const exported = run('start.cjs', rows);

module.exports = { cacheOf, exported, rows, runAndEnd: exported.runAndEnd, scripts, withChecksum };
