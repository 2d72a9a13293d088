// The options of the commands about findings.

import { FINDING_STATES } from '../../../model/words.ts';
import { findingLogOptions } from '../../input/finding-log-options.ts';
import { plainFormat } from '../../input/options.ts';
import { but, type OptionValues, oneOf, option } from '../../options/declare.ts';

const logOptions = {
  findingLog: but(findingLogOptions.findingLog, {
    description: 'Log of findings',
    isMandatory: true,
  }),
  findingKey: but(findingLogOptions.findingKey, { isCommon: true }),
};

export const changeOptions = {
  ...logOptions,
  signKey: option('--sign-key <key.pem>', 'Output', 'Sign the entries with this Ed25519 private key', {
    isMandatory: true,
  }),
  why: option('--why <text>', 'Input', 'Reason of the change, logged (at most 500 characters)', {
    isMandatory: true,
  }),
};

export const assignOptions = {
  to: option('--to <name>', 'Input', 'Person or team that the findings are assigned to, logged', {
    isMandatory: true,
  }),
};

export const listOptions = {
  ...logOptions,
  only: oneOf('--only <state>', 'Input', 'List findings in this state only', FINDING_STATES, {
    isCommon: true,
  }),
  finding: option('--finding <id>', 'Input', 'List every change of this finding', { isCommon: true }),
  ...plainFormat,
};

export const verifyOptions = {
  ...logOptions,
  head: option(
    '--head <sha256>',
    'Input',
    'SHA-256 that an earlier verification printed: entries up to it must be there',
    { isCommon: true },
  ),
};

export type ChangeOptions = Required<OptionValues<typeof changeOptions>> & {
  readonly to?: string;
};
export type ListOptions = OptionValues<typeof listOptions> & { readonly findingLog: string };
export type VerifyOptions = OptionValues<typeof verifyOptions> & { readonly findingLog: string };
