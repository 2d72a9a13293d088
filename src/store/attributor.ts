// Who attributes windows to tools: a catalogue and the program's own rules, under a name that a store keeps with its sums.

import { createHash } from 'node:crypto';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { rulesDigest } from './rules-digest.ts';

export interface Attributor {
  readonly catalogue: Catalogue;
  /** Another one whenever it may attribute otherwise. */
  readonly key: string;
}

/** Read once, before the process may have given up its rights. */
const RULES = rulesDigest();

/** `program` is the version of the program, whose rules attribute as much as the catalogue does. */
export function attributorOf(catalogue: Catalogue, program: string): Attributor {
  const digest = createHash('sha256').update(catalogue.text()).digest('hex');
  return { catalogue, key: `${program} ${RULES} ${catalogue.version} ${digest}` };
}
