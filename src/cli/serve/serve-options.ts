// Declares the options of `serve`.

import { list, type OptionValues, option } from '../input/declare-option.ts';
import { findingLogOptions } from '../input/finding-log-options.ts';
import { type CatalogueOptions, type CommonOptions, timezoneOption } from '../input/options.ts';
import {
  advisoriesOption,
  hostsOption,
  policyOption,
  pseudonymizeOption,
  registerOption,
  sensorsOptions,
} from '../input/policy-options.ts';
import type { ListenOptions } from './listen-options.ts';

export const serveOptions = {
  policy: policyOption,
  advisories: advisoriesOption,
  hosts: hostsOption,
  register: registerOption,
  pseudonymize: pseudonymizeOption,
  ...findingLogOptions,
  findingEditor: list(
    '--finding-editor <name>',
    'Output',
    'User with permission to change the state of findings',
  ),
  findingSignKey: option(
    '--finding-sign-key <key.pem>',
    'Output',
    'Sign these changes with this Ed25519 private key',
  ),
  timezone: timezoneOption("days and times (default: the policy's, else the system's)"),
  ...sensorsOptions,
};

export interface ServeOptions
  extends CommonOptions,
    CatalogueOptions,
    ListenOptions,
    OptionValues<typeof serveOptions> {
  readonly sandbox: boolean;
}
