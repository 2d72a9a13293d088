// Identity of an attribution: catalogue and built-in rules, under a key that a store records with its sums.

import { createHash } from 'node:crypto';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { SensorNetworks } from '../window/sensor-networks.ts';
import { rulesDigest } from './rules-digest.ts';

export interface Attributor {
  readonly catalogue: Catalogue;
  /** Of a sensors file: the networks that each sensor may report hosts of. */
  readonly networks: SensorNetworks | null;
  /** Another one whenever it may attribute otherwise. */
  readonly key: string;
}

/** Read once, before the process may have given up its rights. */
const RULES = rulesDigest();

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `program` is the version of the program: its rules affect attribution as the catalogue does. */
export function attributorOf(
  catalogue: Catalogue,
  program: string,
  networks: SensorNetworks | null = null,
): Attributor {
  const digest = digestOf(catalogue.text());
  const bound = networks === null ? '' : ` ${digestOf(networks.key)}`;
  return { catalogue, networks, key: `${program} ${RULES} ${catalogue.version} ${digest}${bound}` };
}
