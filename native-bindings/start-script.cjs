// What every command loads, as one script whose compiled code is kept beside it (code-cache.mjs): compiling was a third of
// every start. Without that code, or with another Node, the script is compiled. No ES module, because loading those takes a
// tenth of a start. Copied to dist/cli by bundle.mjs.
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const path = join(__dirname, 'start.cjs');

/** Of this Node. V8 refuses code of another version or of other flags, but only after it has been read. */
const codeCache = `${path}.${process.version}-${process.arch}.cache`;

const CRC_BYTES = 4;

/** V8 does not check it, and damaged code would end the process. */
function withChecksum(code) {
  const checksum = Buffer.alloc(CRC_BYTES);
  checksum.writeUInt32LE(crc32(code));
  return Buffer.concat([code, checksum]);
}

function readCode() {
  try {
    const bytes = readFileSync(codeCache);
    const code = bytes.subarray(0, -CRC_BYTES);
    return crc32(code) === bytes.readUInt32LE(code.length) ? code : undefined;
  } catch {
    return undefined;
  }
}

const script = new Script(readFileSync(path, 'latin1'), { filename: path, cachedData: readCode() });

/** What the modules in the script export, by the names that bundle.mjs gave. */
const exported = {};
const load = (part) => import(part);
script.runInThisContext()(exported, require, path, load);

module.exports = { codeCache, exported, script, withChecksum, runAndEnd: exported.runAndEnd };
