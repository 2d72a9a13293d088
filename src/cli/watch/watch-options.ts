// Declares the options of `watch`.

import { createHash } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { CHATS_AND_PAGERS } from '../../live/alerts/receiver-names.ts';
import { SERVER_SCHEMES } from '../../store/on-server.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import type { CommonValues } from '../command.ts';
import {
  changeOption,
  choice,
  flag,
  list,
  type OptionValues,
  option,
  wholeNumber,
} from '../input/declare-option.ts';
import { findingLogOptions } from '../input/finding-log-options.ts';
import {
  catalogueOptions,
  commonOptions,
  decodingOptions,
  logOptions,
  reportOptions,
  sensorOption,
  windowOptions,
} from '../input/options.ts';
import {
  advisoriesOption,
  hostsOption,
  policyOption,
  pseudonymizeOption,
  sensorsOptions,
} from '../input/policy-options.ts';
import { signedConfigOptions } from '../input/signed-config-options.ts';
import type { User } from '../rights/user.ts';
import { listenOptions } from '../serve/listen-options.ts';

/** Maximum number of rings per interface. */
const MAX_WORKERS = 32;
const MAX_SECONDS = 10 * 366 * DAY_SECONDS;

export const watchOptions = {
  interface: list('-i, --interface <name>', 'Input', 'Interface to capture on', {
    isCommon: true,
    suggest: () => Promise.resolve(Object.keys(networkInterfaces())),
  }),
  follow: list(
    '--follow <path>',
    'Input',
    'Log file or folder of another sensor to follow over rotation, instead of an interface',
    { isCommon: true },
  ),
  ...logOptions,
  duration: wholeNumber(
    '--duration <seconds>',
    'General',
    'Stop after this time, then report (default: until interrupted)',
    { min: 1, max: MAX_SECONDS, isCommon: true },
  ),
  status: wholeNumber(
    '--status <seconds>',
    'Output',
    'Interval of status lines on stderr; SIGUSR1 prints one at any time',
    { min: 1, max: MAX_SECONDS },
  ),
  screen: flag('--no-screen', 'Output', 'Print lines instead of the live screen on a terminal', {
    byDefault: true,
  }),
  workers: wholeNumber('--workers <n>', 'Decoding', 'Rings and worker threads per interface', {
    min: 1,
    max: MAX_WORKERS,
  }),
  backend: choice(
    '--backend <name>',
    'Input',
    'Capture backend: ring (Linux, AF_PACKET) or cap (optional package)',
    ['ring', 'cap'],
    { byDefault: 'ring' },
  ),
  ...decodingOptions,
  write: option('--write <dir>', 'Output', 'Write records to a folder, one file per day'),
  store: option('--store <file>', 'Output', `Add records to a store or a server (${SERVER_SCHEMES})`, {
    isCommon: true,
  }),
  policy: changeOption(policyOption, { description: 'Raise findings by this policy file' }),
  advisories: advisoriesOption,
  hosts: hostsOption,
  pseudonymize: changeOption(pseudonymizeOption, {
    description: 'Replace hosts with keyed pseudonyms, in the stored records too',
  }),
  alertsFile: option(
    '--alerts-file <file>',
    'Output',
    'Append findings to this file, one JSON object per line',
  ),
  syslog: option('--syslog <url>', 'Output', 'Send findings to udp://HOST:514 or tcp://HOST:601 (RFC 5424)'),
  webhook: option('--webhook <url>', 'Output', 'POST findings to this URL'),
  ...findingLogOptions,
  receivers: option(
    '--receivers <file>',
    'Output',
    `Send findings to the ${CHATS_AND_PAGERS} and mail receivers in this file (mode 0600)`,
  ),
  state: option(
    '--state <dir>',
    'Output',
    'Folder of undelivered findings and of positions in followed logs',
  ),
  replayAlerts: flag(
    '--replay-alerts',
    'Output',
    'Send findings of earlier runs again, also of other policies',
  ),
  ringMib: wholeNumber('--ring-mib <mib>', 'Decoding', 'Ring buffer memory per interface, in MiB', {
    min: 1,
    max: 65_536,
  }),
  promiscuous: flag('--no-promiscuous', 'Input', 'Capture packets to this machine only', { byDefault: true }),
  ignoreOutgoing: flag(
    '--ignore-outgoing',
    'Input',
    'Capture incoming packets only, as on a mirror (SPAN) port',
  ),
  hardwareTime: flag('--hardware-time', 'Input', 'Use hardware timestamps where the interface has them'),
  user: option('--user <name>', 'General', 'Change to this user after the interfaces are open'),
  ...signedConfigOptions,
  signedConfig: changeOption(signedConfigOptions.signedConfig, {
    description: 'Signed configuration of this sensor; replaces --policy, --hosts, --sensors and --catalogue',
  }),
  ...sensorOption,
  ...listenOptions,
  ...windowOptions,
  ...sensorsOptions,
  ...catalogueOptions,
  ...reportOptions,
  ...commonOptions,
};

/** Options of the command line. */
type TypedWatchOptions = OptionValues<typeof watchOptions> & CommonValues;

/** Options with the defaults that depend on the input. */
export type WatchOptions = Omit<TypedWatchOptions, 'window'> & { readonly window: number };

/** Start message to the processes of pages and screen. */
export interface ViewStart {
  readonly options: WatchOptions;
  readonly user: User | null;
}

const INTERFACE_WINDOW_SECONDS = 60;
/** A row of a log is a whole flow, and has no facts about single minutes. */
const LOG_WINDOW_SECONDS = 900;

export function withDefaults(options: TypedWatchOptions): WatchOptions {
  const { follow, sensor, window } = options;
  if (follow.length === 0) return { ...options, window: window ?? INTERFACE_WINDOW_SECONDS };
  // Positions are stored by the name of the sensor. Without a name it is made from the host name and the followed paths.
  const paths = follow.map((path) => resolve(path)).sort();
  const digest = createHash('sha1').update(JSON.stringify(paths)).digest('hex').slice(0, 8);
  const name = `${hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-')}-logs-${digest}`;
  return { ...options, window: window ?? LOG_WINDOW_SECONDS, sensor: sensor ?? name };
}
