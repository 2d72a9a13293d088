// What every command loads, as one script whose compiled code is kept beside it (code-cache.mjs): compiling was a third of
// every start. Without that code, or with another Node, the script is compiled. Copied to dist/cli by bundle.mjs.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

const path = fileURLToPath(new URL('start.cjs', import.meta.url));

/** Of this Node. V8 refuses code of another version or of other flags, but only after it has been read. */
export const codeCache = `${path}.${process.version}-${process.arch}.cache`;

const CRC_BYTES = 4;

/** V8 does not check it, and damaged code would end the process. */
export function withChecksum(code) {
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

export const script = new Script(readFileSync(path, 'latin1'), {
  filename: path,
  cachedData: readCode(),
});

/** What the modules in the script export, by the names that bundle.mjs gave. */
export const exported = {};
const load = (part) => import(part);
script.runInThisContext()(exported, createRequire(import.meta.url), path, load);
