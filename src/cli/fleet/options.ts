// The options of the commands of a fleet, as they come from the command line.

import { SERVER_FORMS, SERVER_SCHEMES } from '../../store/on-server.ts';
import { type CarrierOptions, carrierOptions } from '../input/carrier.ts';
import { but, flag, list, type OptionValues, option, wholeNumber } from '../input/declare-option.ts';
import { type CommonOptions, catalogueOptions, commonOptions } from '../input/options.ts';
import { advisoriesOption, hostsOption, policyOption, sensorsOptions } from '../input/policy-options.ts';
import type { SignedConfigOptions } from '../input/signed-config-options.ts';

/** Reserved for the other programs of the machine, the sensor first of all. */
const LEAST_FREE_MIB = 64;
const MAX_DAYS = 36_500;

const keepDaysOption = wholeNumber('--keep-days <n>', 'General', 'Delete delivered days that are older', {
  least: 0,
  most: MAX_DAYS,
});

export const shipOptions = {
  to: list(
    '--to <address>',
    'Output',
    `Destination: nats://USER@HOST:PORT, tls://…, ${SERVER_SCHEMES} or a folder`,
    { isMandatory: true },
  ),
  once: flag('--once', 'General', 'Deliver pending windows, then exit', { isCommon: true }),
  every: wholeNumber('--every <seconds>', 'General', 'Interval of the search for new windows', {
    least: 1,
    most: 3600,
    byDefault: 5,
  }),
  keepDays: but(keepDaysOption, {
    description: 'Delete delivered days that are older (default: when space is needed)',
  }),
  maxSize: wholeNumber(
    '--max-size <mib>',
    'General',
    'Maximum size of the folder, in MiB; the oldest days are deleted first, delivered ones before others',
    { least: 1, most: 1 << 30 },
  ),
  minFree: wholeNumber(
    '--min-free <mib>',
    'General',
    'Minimum free space of the disk, in MiB; days are deleted to keep it',
    { least: 0, most: 1 << 30, byDefault: LEAST_FREE_MIB },
  ),
};

export interface ShipOptions
  extends CommonOptions,
    CarrierOptions,
    SignedConfigOptions,
    OptionValues<typeof shipOptions> {
  readonly sandbox: boolean;
}

export const collectOptions = {
  store: option('--store <file|dir>', 'Output', `Store of the windows, or ${SERVER_FORMS}`, {
    isMandatory: true,
  }),
  once: flag('--once', 'General', 'Collect pending windows, then exit', { isCommon: true }),
  durable: option(
    '--durable <name>',
    'General',
    'Durable consumer name; collectors with one name share the work',
    { byDefault: 'wiretally' },
  ),
  setAside: option('--set-aside <dir>', 'Output', 'Folder for refused windows (default: STORE.refused)'),
  onlyPseudonyms: flag(
    '--only-pseudonyms',
    'Policy',
    'Refuse windows with host addresses instead of pseudonyms',
  ),
  ...carrierOptions,
  ...sensorsOptions,
  ...catalogueOptions,
  ...commonOptions,
};

export interface CollectOptions extends OptionValues<typeof collectOptions> {
  readonly sandbox: boolean;
}

export const configureOptions = {
  to: list(
    '--to <address>',
    'Output',
    'Destination: nats://USER@HOST:PORT, tls://…, or a file that sensors read',
    { isMandatory: true },
  ),
  signKey: option('--sign-key <key.pem>', 'Input', 'Ed25519 private key; sensors trust its public key', {
    isMandatory: true,
  }),
  for: list('--for <sensor>', 'Input', 'Sensors that use it; "*" matches any text; default: all', {
    isCommon: true,
  }),
  policy: but(policyOption, { description: 'Policy file of the sensors' }),
  hosts: hostsOption,
  advisories: advisoriesOption,
  keepDays: but(keepDaysOption, { description: 'Sensors delete delivered days that are older' }),
  revision: wholeNumber(
    '--revision <n>',
    'General',
    'Revision number (default: the highest present plus one)',
    { least: 1, most: Number.MAX_SAFE_INTEGER },
  ),
  ...sensorsOptions,
  ...catalogueOptions,
  ...carrierOptions,
  ...commonOptions,
};

export interface ConfigureOptions extends OptionValues<typeof configureOptions> {
  readonly sandbox: boolean;
}
