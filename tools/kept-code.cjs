// Loads start.js, which every command needs, with its compiled code: compiling is a quarter of a start. That code is made
// where the program is built or installed (native-bindings/code-cache.mjs), for one version of Node. Without it, V8 compiles
// the file. Copied to dist/cli by bundle.mjs; main.js requires it first.
'use strict';

const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const START = join(__dirname, 'start.js');
/** V8 refuses code of another version or of other flags, but only after it has been read. */
const CACHE = `${START}.${process.version}-${process.arch}.cache`;
const CRC_BYTES = 4;

/** V8 does not check it, and damaged code would end the process. */
function withChecksum(code) {
  const checksum = Buffer.alloc(CRC_BYTES);
  checksum.writeUInt32LE(crc32(code));
  return Buffer.concat([code, checksum]);
}

function keptCode() {
  try {
    const bytes = readFileSync(CACHE);
    const code = bytes.subarray(0, -CRC_BYTES);
    return crc32(code) === bytes.readUInt32LE(code.length) ? code : undefined;
  } catch {
    return undefined; // there is none, or less than its checksum
  }
}

const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(START, 'latin1')}\n})`;
const script = new Script(source, { filename: START, cachedData: keptCode() });
const start = new Module(START);
start.filename = START;
start.loaded = true;
// Files that require start.js take it from here.
require.cache[START] = start;
script.runInThisContext()(start.exports, require, start, START, dirname(START));

module.exports = { CACHE, script, withChecksum };
