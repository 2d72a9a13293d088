// Declares options for the file of the signed configuration of a sensor, and the keys that may sign it.

import { optionError } from '../../model/errors.ts';
import { list, type OptionValues, option, wholeNumber } from './declare-option.ts';

export const signedConfigOptions = {
  signedConfig: option('--signed-config <file>', 'Policy', 'Signed configuration of this sensor'),
  trust: list('--trust <public.pem>', 'Policy', 'Ed25519 public key that may sign it'),
};
/** Option of commands with spools of sensors. */
export const keepDaysOption = wholeNumber(
  '--keep-days <n>',
  'General',
  'Delete delivered days that are older',
  {
    min: 0,
    max: 36_500,
  },
);

export type SignedConfigOptions = OptionValues<typeof signedConfigOptions>;

/** The two options require each other. Throws USAGE. */
export function requireTrust({ signedConfig, trust }: SignedConfigOptions): void {
  if (signedConfig === undefined ? trust.length === 0 : trust.length > 0) return;
  const isKeyless = signedConfig !== undefined;
  throw optionError(
    isKeyless ? '--signed-config' : '--trust',
    isKeyless
      ? '--signed-config needs a trusted key: no signer is trusted'
      : '--trust was given without --signed-config',
    `add ${isKeyless ? '--trust PUBLIC.pem' : '--signed-config FILE'}`,
  );
}
