// What attributes besides the catalogue's data: the program's own rules, as one digest of the files that they are written in.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RULES = ['../catalogue/', '../attribution/'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);
const IS_RULE = /^[^.]+\.(ts|js)$/;

/** Changes with every rule, so that no version has to be raised manually. */
export function rulesDigest(folders: readonly string[] = RULES): string {
  const digest = createHash('sha256');
  for (const folder of folders) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => IS_RULE.test(file)).sort()) {
      digest
        .update(name)
        .update('\0')
        .update(readFileSync(join(folder, name)))
        .update('\0');
    }
  }
  return digest.digest('hex').slice(0, 16);
}
