// What every command loads, as one script, and what it needs from the first tool on as another. Their compiled code is kept
// beside them (code-cache.mjs): compiling was a third of every start. Without that code, or with another Node, they are
// compiled. No ES module, because loading those takes a tenth of a start. Copied to dist/cli by bundle.mjs.
'use strict';

const { closeSync, openSync, readFileSync } = require('node:fs');
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

/** Opened at the start: a command may give up the rights that it needs to reach its own files. */
function open(name) {
  const path = join(__dirname, name);
  return { path, source: openSync(path, 'r'), code: codeOf(path) };
}

function codeOf(path) {
  try {
    return openSync(cacheOf(path), 'r');
  } catch {
    return null;
  }
}

/** The content of an open file, which is closed. */
function take(file, encoding) {
  const content = readFileSync(file, encoding);
  closeSync(file);
  return content;
}

function takeCode(file) {
  try {
    const bytes = take(file);
    const code = bytes.subarray(0, -CRC_BYTES);
    return crc32(code) === bytes.readUInt32LE(code.length) ? code : undefined;
  } catch {
    return undefined; // there is none, or less than its checksum
  }
}

const scripts = new Map();
const load = (part) => import(part);

/** What the modules in a script export, by the names that bundle.mjs gave. `other`: the exports of the other script. */
function run({ path, source, code }, other) {
  const script = new Script(take(source, 'latin1'), { filename: path, cachedData: takeCode(code) });
  scripts.set(path, script);
  const exported = Object.create(null); // a dictionary: V8 would make a map for each of hundreds of names
  script.runInThisContext()(exported, require, path, load, other);
  return exported;
}

const later = open('rows.cjs');
let loaded = null;
const rows = () => {
  loaded ??= run(later, () => exported);
  return loaded;
};
const exported = run(open('start.cjs'), rows);

module.exports = { cacheOf, exported, rows, runAndEnd: exported.runAndEnd, scripts, withChecksum };
