// Declares and reads the options of every command that can evaluate a policy.

import { type OptionValues, option } from './declare-option.ts';
import { type FailOn, parseFailOn } from './fail-on.ts';

export const hostsOption = option(
  '--hosts <file.csv>',
  'Policy',
  'Host groups by network, MAC or host name (columns match,group)',
  { changesResult: true },
);

export const pseudonymizeOption = option(
  '--pseudonymize <keyfile>',
  'Policy',
  'Replace hosts with keyed pseudonyms',
  { changesResult: true },
);

export const policyOption = option('--policy <file>', 'Policy', 'Evaluate this policy file', {
  isCommon: true,
  changesResult: true,
});

export const advisoriesOption = option(
  '--advisories <file|dir>',
  'Policy',
  'Advisory on tool versions, or a folder of them (*.yaml, *.json, *.zip)',
  { changesResult: true },
);

export const registerOption = option(
  '--register <file>',
  'Policy',
  'Compare with this register of approved tools (CSV or YAML)',
  { changesResult: true },
);

export const sensorsOptions = {
  sensors: option('--sensors <file>', 'Policy', 'Sensors file: networks that each sensor may report', {
    changesResult: true,
  }),
};
export type SensorsOptions = OptionValues<typeof sensorsOptions>;

export const policyOptions = {
  policy: policyOption,
  advisories: advisoriesOption,
  hosts: hostsOption,
  register: registerOption,
  pseudonymize: pseudonymizeOption,
  failOn: option<FailOn>(
    '--fail-on <results>',
    'Policy',
    'Additional results that cause exit code 1, e.g. suspected,inconclusive',
    { parse: parseFailOn },
  ),
  ...sensorsOptions,
};
export type PolicyOptions = OptionValues<typeof policyOptions>;
