// Keeps what takes minutes to build outside of the checkout, by the digest of all that it is made of: the next build of the
// same, also in another clone, copies it.

import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The digests of the files of an entry, which has its name once all are written. */
const SUMS = 'sums.json';

/** WIRETALLY_CACHE names another folder. */
export function cacheFolder() {
  const { WIRETALLY_CACHE, XDG_CACHE_HOME } = process.env;
  return WIRETALLY_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'wiretally');
}

function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** One digest of texts and files, each with its name: `[name, bytes]`. */
export function digestOfAll(parts) {
  const lines = parts.map(([name, bytes]) => `${digestOf(bytes)} ${name}\n`);
  return digestOf(lines.join(''));
}

function isWhole(entry, files) {
  try {
    const sums = JSON.parse(readFileSync(join(entry, SUMS), 'utf8'));
    return files.every((file) => digestOf(readFileSync(join(entry, file))) === sums[file]);
  } catch {
    return false;
  }
}

function keep(entry, source, files) {
  const folder = dirname(entry);
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'new-'));
  const sums = {};
  for (const file of files) {
    copyFileSync(join(source, file), join(work, file));
    sums[file] = digestOf(readFileSync(join(work, file)));
  }
  writeFileSync(join(work, SUMS), JSON.stringify(sums));
  rmSync(entry, { recursive: true, force: true });
  renameSync(work, entry);
}

/**
 * Puts `files` into `target`: kept ones of `key`, or those that `build` makes in the folder that it returns. An entry that
 * is damaged is built again. Returns whether they were kept.
 */
export function placeBuild({ name, key, files, target, build }) {
  const entry = join(cacheFolder(), `${name}-${key}`);
  const isKept = isWhole(entry, files);
  const source = isKept ? entry : build();
  for (const file of files) copyFileSync(join(source, file), join(target, file));
  if (isKept) return true;
  try {
    keep(entry, source, files);
  } catch (error) {
    console.warn(`${name} is not kept for the next build: ${error.message}`);
  }
  return false;
}
