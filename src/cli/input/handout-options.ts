// Where a hand-out is read from, and whose are taken.

import type { Command } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
import { repeatable } from './options.ts';

export interface HandoutOptions {
  readonly handout?: string;
  readonly trust: readonly string[];
}

export function addHandoutOptions(command: Command, says: string): void {
  command
    .option('--handout <file>', says)
    .option('--trust <public.pem>', 'Ed25519 key that signs hand-outs (repeatable)', repeatable, []);
}

/** Throws USAGE: one of them says nothing without the other. */
export function requireTrust({ handout, trust }: HandoutOptions): void {
  if (handout === undefined ? trust.length === 0 : trust.length > 0) return;
  const isKeyless = handout !== undefined;
  throw new WiretallyError(
    'USAGE',
    isKeyless
      ? 'a hand-out is taken from whoever signed it, and nobody is trusted'
      : 'a key was given, and no hand-out',
    {
      where: `option ${isKeyless ? '--handout' : '--trust'}`,
      next: `add ${isKeyless ? '--trust PUBLIC.pem' : '--handout FILE'}`,
    },
  );
}
