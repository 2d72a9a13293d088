// Builds the identity of an attribution: catalogue and built-in rules, with a key that a store records with its sums.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { SensorNetworks } from '../window/sensor-networks.ts';

export interface Attributor {
  readonly catalogue: Catalogue;
  /** A sensors file lists these networks: each sensor may report hosts of its own networks only. */
  readonly networks: SensorNetworks | null;
  /** Changes whenever the attribution may change. */
  readonly key: string;
}

const RULE_FOLDERS = ['../catalogue/', '../attribution/'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);
const IS_RULE = /^[^.]+\.(ts|js)$/;

/** Read at startup, because a confined process may not read the files later. */
const RULES = rulesDigest();

const hashText = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `program` is the version of the program: its rules affect attribution as the catalogue does. */
export function buildAttributor(
  catalogue: Catalogue,
  program: string,
  networks: SensorNetworks | null = null,
): Attributor {
  const digest = hashText(catalogue.text());
  const bound = networks === null ? '' : ` ${hashText(networks.key)}`;
  return { catalogue, networks, key: `${program} ${RULES} ${catalogue.version} ${digest}${bound}` };
}

/**
 * Digest of the files with the rules of the program. It changes with every rule, so that no version must be raised manually.
 */
export function rulesDigest(folders: readonly string[] = RULE_FOLDERS): string {
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
