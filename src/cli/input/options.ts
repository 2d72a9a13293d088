// Declares options with the same meaning in every command, and checks their values.

import { readdirSync, statSync } from 'node:fs';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { errorAt, optionError, usageError } from '../../model/errors.ts';
import { INPUT_FORMATS } from '../../model/input-format.ts';
import { parseNetwork } from '../../net/address.ts';
import { listWindowFolders } from '../../query/inputs/window-folders.ts';
import { FORMAT_NAMES, LANGUAGE_FORMATS } from '../../report/render.ts';
import { LANGUAGES } from '../../report/text/languages.ts';
import { nearestWord } from '../../text/near-word.ts';
import { QUARTER_SECONDS } from '../../time/units.ts';
import { isTimeZone } from '../../time/zone.ts';
import {
  changeOption,
  choice,
  flag,
  list,
  type OptionValues,
  option,
  refuse,
  wholeNumber,
} from './declare-option.ts';

export const REPLACES_A_FILE = 'it replaces a file: set it on the command line only';

const listToolIds = async (): Promise<readonly string[]> => {
  return (await loadCatalogue([])).tools.map(({ id }) => id);
};

/** Facts of options that take a tool of the catalogue. */
export const TOOL_VALUES = { suggest: listToolIds, stored: 'tool' } as const;

/** Checks for an existing date as YYYY-MM-DD. */
export function parseDay(value: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const time = isDay ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value)
    refuse('--date', 'a day, YYYY-MM-DD', value);
  return value;
}

const WINDOW_UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60 };

/** Checks that windows divide a quarter hour, so that a day of any time zone is a sum of windows. */
function parseWindowSeconds(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= QUARTER_SECONDS && QUARTER_SECONDS % number === 0)
    return number;
  const unit = /^(\d+)([sm])$/.exec(value);
  const seconds = Number(unit?.[1]) * (WINDOW_UNIT_SECONDS[unit?.[2] ?? ''] ?? Number.NaN);
  const suggestion =
    Number.isFinite(seconds) && QUARTER_SECONDS % seconds === 0
      ? `use --window ${seconds}`
      : 'use --window 60';
  return refuse('--window', 'a number of seconds that divides 900', value, suggestion);
}

function parseTimezone(value: string): string {
  if (isTimeZone(value)) return value;
  return refuse(
    '--timezone',
    'a time zone of the IANA list',
    value,
    'use for example --timezone Asia/Shanghai',
  );
}

export function parseNetworks(name: string): (value: string, before: readonly string[]) => readonly string[] {
  return (value, before) => {
    if (parseNetwork(value) === null) refuse(name, 'an address or a network, for example 10.0.0.0/8', value);
    return [...before, value];
  };
}

/** Declares --timezone. `says`: its use and default, for the help. */
export const timezoneOption = (says: string) =>
  option('--timezone <zone>', 'Output', `Time zone of ${says}`, {
    parse: parseTimezone,
    changesResult: true,
    suggest: () => Promise.resolve(['UTC', ...Intl.supportedValuesOf('timeZone')]),
  });

/** Declares --format of commands that print no report. */
export const formatOption = <const F extends string>(...names: readonly ['terminal', ...F[]]) =>
  choice<'terminal' | F>('--format <name>', 'Output', 'Output format', names, {
    byDefault: 'terminal',
    isCommon: true,
  });

export const plainFormat = { format: formatOption('terminal', 'json') };

export const commonOptions = {
  color: choice('--color <when>', 'Output', 'Use colors', ['auto', 'always', 'never'], { byDefault: 'auto' }),
  ascii: flag('--ascii', 'Output', 'Print ASCII characters only'),
  quiet: flag('-q, --quiet', 'General', 'Print no progress and no warnings', { isCommon: true }),
  verbose: flag('-v, --verbose', 'General', 'Print more on stderr'),
};
export type CommonOptions = OptionValues<typeof commonOptions>;

export const configOption = {
  config: option('--config <file>', 'General', 'Read options from this file (docs/configuration.md)', {
    notInConfig: 'a configuration file cannot include another one',
  }),
};

export const catalogueOptions = {
  catalogue: list('--catalogue <dir>', 'Policy', 'Directory with additional tools, gateways and relays', {
    changesResult: true,
  }),
};
export type CatalogueOptions = OptionValues<typeof catalogueOptions>;

/** Limit of the addon (kMaxFlows). */
const MAX_FLOWS = 134_217_728;

export const decodingOptions = {
  filter: option('-f, --filter <bpf>', 'Input', 'BPF capture filter: read matching packets only', {
    isCommon: true,
    changesResult: true,
  }),
  exclude: list('--exclude <cidr>', 'Input', 'Do not record traffic of this network', {
    parse: parseNetworks('--exclude'),
    changesResult: true,
    // An option on the command line does not remove networks that are never recorded.
    isMerged: true,
  }),
  flowTable: wholeNumber(
    '--flow-table <n>',
    'Decoding',
    'Maximum concurrent flows, all threads (default: 262144)',
    { min: 1024, max: MAX_FLOWS, changesResult: true },
  ),
};

export const logOptions = {
  inputFormat: option(
    '--input-format <format>',
    'Input',
    'Format of every input (default: by content): capture, zeek, suricata, squid, arkime, …',
    { parse: parseInputFormat, changesResult: true },
  ),
  logColumns: option(
    '--log-columns <file>',
    'Input',
    'Names of the columns of logs without a header, in their order (docs/logs.md)',
    { changesResult: true },
  ),
};

export const readingOptions = {
  read: list('-r, --read <file>', 'Input', 'Capture file, same as a FILE argument', {
    notInConfig: 'pass inputs on the command line',
  }),
  ...logOptions,
  ...decodingOptions,
  workers: wholeNumber(
    '--workers <n>',
    'Decoding',
    'Decoding threads (default: one per core, 1 for small inputs)',
    { min: 1, max: 256 },
  ),
};
export type ReadingOptions = OptionValues<typeof readingOptions>;

function parseInputFormat(value: string): string {
  if (INPUT_FORMATS.includes(value)) return value;
  const near = nearestWord(value, INPUT_FORMATS);
  const next =
    near === null ? 'remove --input-format; wiretally recognizes formats' : `did you mean ${near}?`;
  return refuse('--input-format', `one of ${INPUT_FORMATS.join(', ')}`, value, next);
}

export const captureArgument = {
  name: '[file...]',
  description:
    'Captures (pcap or pcapng; plain, gzip or zstd), folders of them, or "-" for stdin; several are read as one capture',
};

const localNetOption = {
  localNet: list('--local-net <cidr>', 'Input', 'Local network whose hosts are reported', {
    parse: parseNetworks('--local-net'),
    changesResult: true,
  }),
};

/** Options of commands that make windows. */
export const windowOptions = {
  window: option<number>(
    '--window <seconds>',
    'Decoding',
    'Aggregation window; must divide 900 (default: 60; logs: 900)',
    { parse: parseWindowSeconds, changesResult: true },
  ),
  ...localNetOption,
};

/** The name of a sensor distinguishes the windows of several sources. It may stay the same from run to run. */
export const sensorOption = {
  sensor: option('--sensor <name>', 'Output', 'Sensor name in the stored records', {
    parse: parseSensorName,
  }),
};

function parseSensorName(value: string): string {
  // "+" joins names of several sensors.
  if (/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,62}$/u.test(value)) return value;
  return refuse(
    '--sensor',
    'a name of letters, digits, ".", "_", "@" and "-"',
    value,
    'use for example --sensor office-1',
  );
}

/** Declares --json, the usual alias of --format json. */
export const jsonAlias = {
  json: flag('--json', 'Output', 'Same as --format json', {
    notInConfig: 'use "format: json"',
    attach(command) {
      command.hook('preAction', () => {
        const { json, format: named } = command.opts<{ json?: true; format: string }>();
        if (json === undefined) return;
        if (named !== 'json' && command.getOptionValueSource('format') === 'cli')
          throw usageError(`--json and --format ${named} conflict`);
        command.setOptionValue('format', 'json');
      });
    },
  }),
};

/** Options of commands that print text or JSON. */
export const outputOptions = { ...plainFormat, ...jsonAlias };

/** Throws USAGE for an option that the format does not have. `translated`: formats of the command with languages. */
export function requireOptionOfFormat(
  { format = 'terminal', language = 'en', wholeData }: Partial<ReportOptions>,
  translated = 'html, md or summary',
): void {
  if (wholeData === true && format !== 'html')
    throw optionError(
      '--whole-data',
      `--format ${format} has no embedded data`,
      'add --format html, or remove --whole-data',
    );
  if (language === 'en' || LANGUAGE_FORMATS.includes(format)) return;
  throw optionError(
    '--language',
    `--format ${format} is available in English only`,
    `add --format ${translated}, or remove --language`,
  );
}

export const languageOption = choice('--language <name>', 'Output', 'Language', LANGUAGES);

const DETAILS = ['brief', 'full'] as const;

export const reportOptions = {
  format: choice('--format <name>', 'Output', 'Output format', FORMAT_NAMES, {
    byDefault: 'terminal',
    isCommon: true,
    attach(command) {
      command.hook('preAction', (_, action) => requireOptionOfFormat(action.opts()));
    },
  }),
  timezone: changeOption(
    timezoneOption("days and times (default: the policy's, else the system's; UTC in machine formats)"),
    { isCommon: true },
  ),
  detail: choice(
    '--detail <name>',
    'Output',
    'With --format terminal: one screen, or every host, finding and section (default: brief in a terminal, full in pipes and files)',
    DETAILS,
  ),
  legend: flag('--legend', 'Output', 'With --format terminal: explain the columns'),
  stamp: flag('--stamp', 'Output', 'Add the creation time to the report'),
  language: changeOption(languageOption, { description: 'Language of --format html, md and summary' }),
  wholeData: flag('--whole-data', 'Output', 'With --format html: embed all data, whatever the page size'),
  ...jsonAlias,
};
export type ReportOptions = Omit<OptionValues<typeof reportOptions>, 'json'>;

export const bundleOptions = {
  bundle: option(
    '--bundle <dir>',
    'Output',
    'Write an evidence bundle: findings, records, policy, versions, checksums',
    { isCommon: true, notInConfig: REPLACES_A_FILE },
  ),
  signKey: option('--sign-key <key.pem>', 'Output', 'Sign the bundle with this Ed25519 private key'),
  ...catalogueOptions,
};

export const catalogueListing = { ...outputOptions, ...catalogueOptions, ...commonOptions };

/** Like the function below, for commands that read once. Throws INPUT_UNREADABLE for a folder with nothing in it. */
export function listFilledInputs(
  files: readonly string[],
  options: { readonly read?: readonly string[] },
): string[] {
  const all = listInputs(files, options);
  const empty = all.find(isEmptyFolder);
  if (empty === undefined) return all;
  throw errorAt('INPUT_UNREADABLE', empty, 'the folder is empty', {
    next: 'pass a folder with captures (*.pcap, *.pcapng, *.cap) or a store (*.usage)',
  });
}

/** Lists FILE arguments and -r files in the given order, at least one. A folder of folders of windows is replaced by these. */
export function listInputs(
  files: readonly string[],
  options: { readonly read?: readonly string[] },
): string[] {
  const all = [...files, ...(options.read ?? [])].flatMap((file) => listWindowFolders(file) ?? [file]);
  if (all.length === 0) {
    throw usageError('no input', 'pass one or more files, or "-" for stdin');
  }
  if (all.filter((file) => file === '-').length > 1) {
    throw usageError('stdin ("-") can be read only once');
  }
  return all;
}

/** False for a folder that cannot be read: its reader reports the reason. */
function isEmptyFolder(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}
