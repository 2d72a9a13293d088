// Where a hand-out is read from, and whose are taken.

import type { Command } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
import { addOptions, but, list, type OptionValues, option } from '../options/declare.ts';

const handoutOptions = {
  handout: option('--handout <file>', {
    group: 'Policy',
    description: 'Signed configuration of this sensor',
  }),
  trust: list('--trust <public.pem>', {
    group: 'Policy',
    description: 'Ed25519 public key that may sign it',
  }),
};
export type HandoutOptions = OptionValues<typeof handoutOptions>;

export const addHandoutOptions = (command: Command, description: string): void =>
  addOptions(command, { ...handoutOptions, handout: but(handoutOptions.handout, { description }) });

/** Throws USAGE: one of them says nothing without the other. */
export function requireTrust({ handout, trust }: HandoutOptions): void {
  if (handout === undefined ? trust.length === 0 : trust.length > 0) return;
  const isKeyless = handout !== undefined;
  throw new WiretallyError(
    'USAGE',
    isKeyless ? '--handout needs a trusted key: no signer is trusted' : '--trust was given without --handout',
    {
      where: `option ${isKeyless ? '--handout' : '--trust'}`,
      next: `add ${isKeyless ? '--trust PUBLIC.pem' : '--handout FILE'}`,
    },
  );
}
