// What judges besides the catalogue's data: the program's own rules, as one digest of the files that they are written in.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const RULES = new URL('../catalogue/', import.meta.url);
const IS_RULE = /^[^.]+\.(ts|js)$/;

/** Another one whenever a rule was changed: nobody has to remember to say so. */
export function rulesDigest(folder: URL = RULES): string {
  const digest = createHash('sha256');
  for (const name of readdirSync(folder)
    .filter((file) => IS_RULE.test(file))
    .sort()) {
    digest
      .update(name)
      .update('\0')
      .update(readFileSync(new URL(name, folder)))
      .update('\0');
  }
  return digest.digest('hex').slice(0, 16);
}
