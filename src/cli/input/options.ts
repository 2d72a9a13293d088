// Options that mean the same with every verb, and how their values are checked.

import type { Command } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
import { parseNetwork } from '../../net/address.ts';
import { FORMAT_NAMES, type FormatName, isFormatName } from '../../report/render.ts';
import { LANGUAGES, type Language } from '../../report/text/languages.ts';
import { QUARTER_SECONDS } from '../../time/units.ts';
import { isTimeZone } from '../../time/zone.ts';
import { type ColorChoice, parseColor } from '../output/terminal.ts';
import { capturesIn, isEmptyFolder } from './capture-folder.ts';

export interface CommonOptions {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: ColorChoice;
  readonly ascii?: boolean;
}

export interface CatalogueOptions {
  readonly catalogue: readonly string[];
}

export interface ReadingOptions {
  readonly read: readonly string[];
  readonly workers?: number;
  readonly filter?: string;
  readonly flowTable?: number;
  readonly exclude: readonly string[];
}

export interface WindowOptions {
  readonly window: number;
  readonly localNet: readonly string[];
}

export interface ReportOptions {
  readonly language?: Language;
  readonly format: FormatName;
  readonly timezone?: string;
  readonly stamp?: boolean;
  readonly wholeData?: boolean;
}

/** Collects the values of an option that may be given several times. */
export const repeatable = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function refuse(option: string, demand: string, value: string, next?: string): never {
  throw new WiretallyError('USAGE', `${option} must be ${demand}, not "${value}"`, {
    where: `option ${option}`,
    ...(next === undefined ? {} : { next }),
  });
}

/** A day that exists, as YYYY-MM-DD. */
export function day(value: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const time = isDay ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value)
    refuse('--date', 'a day, YYYY-MM-DD', value);
  return value;
}

export function wholeNumber(option: string, least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) {
      refuse(option, `a whole number from ${least} to ${most}`, value);
    }
    return number;
  };
}

const DEFAULT_WINDOW_SECONDS = 60;

/** As the document repeats it: undefined where it is the default. */
export function windowAskedFor({ window }: WindowOptions): number | undefined {
  return window === DEFAULT_WINDOW_SECONDS ? undefined : window;
}

const WINDOW_UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60 };

/** Windows divide a quarter hour, so that a day of any time zone is a sum of windows. */
function windowSeconds(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= QUARTER_SECONDS && QUARTER_SECONDS % number === 0)
    return number;
  const unit = /^(\d+)([sm])$/.exec(value);
  const seconds = Number(unit?.[1]) * (WINDOW_UNIT_SECONDS[unit?.[2] ?? ''] ?? Number.NaN);
  const suggestion =
    Number.isFinite(seconds) && QUARTER_SECONDS % seconds === 0
      ? `write --window ${seconds}`
      : 'write --window 60';
  return refuse('--window', 'a number of seconds that divides 900', value, suggestion);
}

export function timezone(value: string): string {
  if (isTimeZone(value)) return value;
  return refuse(
    '--timezone',
    'a time zone of the IANA list',
    value,
    'write for example --timezone Asia/Shanghai',
  );
}

export function network(option: string): (value: string, before: readonly string[]) => readonly string[] {
  return (value, before) => {
    if (parseNetwork(value) === null) refuse(option, 'an address or a network like 10.0.0.0/8', value);
    return [...before, value];
  };
}

function format(value: string): FormatName {
  if (isFormatName(value)) return value;
  return refuse('--format', `one of ${FORMAT_NAMES.join(', ')}`, value);
}

export function oneOf<T extends string>(option: string, names: readonly T[]): (value: string) => T {
  return (value) =>
    names.find((each) => each === value) ?? refuse(option, `one of ${names.join(', ')}`, value);
}

/** Formats of verbs that print something else than a report. */
export function formatAmong<F extends string>(...names: readonly F[]): (value: string) => F {
  return (value) => {
    const name = names.find((each) => each === value);
    return name ?? refuse('--format', `${names.slice(0, -1).join(', ')} or ${names.at(-1)} here`, value);
  };
}

export type PlainFormat = 'terminal' | 'json';
export const plainFormat = formatAmong<PlainFormat>('terminal', 'json');

export function addCommonOptions(command: Command): void {
  command
    .option('--color <when>', 'colours: auto, always or never', parseColor, 'auto' as const)
    .option('--ascii', 'no signs beyond ASCII')
    .option('-q, --quiet', 'no progress and no warnings')
    .option('-v, --verbose', 'say more on stderr');
}

export function addCatalogueOption(command: Command): void {
  command.option(
    '--catalogue <dir>',
    'own tools, gateways and relays beside the built-in ones (repeatable)',
    repeatable,
    [],
  );
}

export function addReadingOptions(command: Command): void {
  command
    .argument(
      '[file...]',
      'captures: pcap or pcapng, plain, gzip or zstd, or a folder of them; "-" for stdin; together they are one capture',
    )
    .option('-r, --read <file>', 'the same as a FILE argument', repeatable, [])
    .option('-f, --filter <bpf>', 'only packets that this BPF expression takes')
    .option('--exclude <cidr>', 'never record this network (repeatable)', network('--exclude'), [])
    .option(
      '--workers <n>',
      'decoding threads (default: the cores, one for small inputs)',
      wholeNumber('--workers', 1, 256),
    )
    .option(
      '--flow-table <n>',
      'flows that are followed at once, over all threads (default: 262144)',
      wholeNumber('--flow-table', 1024, 134_217_728),
    );
}

export function addWindowOptions(command: Command): void {
  command
    .option('--window <seconds>', 'length of a window; divides 900', windowSeconds, DEFAULT_WINDOW_SECONDS)
    .option(
      '--local-net <cidr>',
      'local networks, whose hosts are reported (repeatable)',
      network('--local-net'),
      [],
    );
}

/** Of a sensor that keeps it from run to run: what windows are known by wherever they come together. */
export function addSensorOption(command: Command): void {
  command.option('--sensor <name>', 'name of the sensor in the windows that are kept', sensorName);
}

function sensorName(value: string): string {
  // "+" joins names of several sensors.
  if (/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,62}$/u.test(value)) return value;
  return refuse(
    '--sensor',
    'a name of letters, digits, ".", "_", "@" and "-"',
    value,
    'write for example --sensor office-1',
  );
}

/** The usual short word for the format that programs read. */
export function addJsonAlias(command: Command): void {
  command.option('--json', 'the same as --format json').hook('preAction', () => {
    const { json, format: named } = command.opts<{ json?: true; format: string }>();
    if (json === undefined) return;
    if (named !== 'json' && command.getOptionValueSource('format') === 'cli')
      throw new WiretallyError('USAGE', `--json and --format ${named} ask for different things`);
    command.setOptionValue('format', 'json');
  });
}

/** Throws USAGE: the other formats are in English alone. */
function requireSheet(options: Partial<ReportOptions>): void {
  if (options.wholeData === true && options.format !== 'html')
    throw new WiretallyError('USAGE', `--format ${options.format ?? 'terminal'} has no data beside it`, {
      where: 'option --whole-data',
      next: 'add --format html, or leave --whole-data out',
    });
  if (options.language === undefined || options.language === 'en' || options.format === 'summary') return;
  throw new WiretallyError('USAGE', `--format ${options.format ?? 'terminal'} is in English alone`, {
    where: 'option --language',
    next: 'add --format summary, or leave --language out',
  });
}

export function language(value: string): Language {
  const known = LANGUAGES.find((each) => each === value);
  if (known === undefined) refuse('--language', LANGUAGES.join(' or '), value);
  return known;
}

export function addReportOptions(command: Command): void {
  command
    .option('--format <name>', FORMAT_NAMES.join(', '), format, 'terminal' as const)
    .option(
      '--timezone <zone>',
      "zone of days and times (default: the policy's, else the system's; UTC in machine formats)",
      timezone,
    )
    .option('--stamp', 'say when the report was made')
    .option('--language <name>', 'of --format summary: en or zh', language)
    .option('--whole-data', 'of --format html: all data inside, however large the page gets')
    .hook('preAction', (_, action) => requireSheet(action.opts()));
  addJsonAlias(command);
}

/** As below, for commands that read once. Throws USAGE for a folder with nothing in it. */
export function inputFiles(
  files: readonly string[],
  options: { readonly read?: readonly string[] },
): string[] {
  const all = namedInputs(files, options);
  const empty = all.find(isEmptyFolder);
  if (empty === undefined) return all;
  throw new WiretallyError('USAGE', `${empty}: the folder is empty`, {
    next: 'name a folder with captures (*.pcap, *.pcapng, *.cap) or with recorded windows (*.usage)',
  });
}

/** FILE arguments and -r files in the order given, of a folder of captures these; at least one. */
export function namedInputs(
  files: readonly string[],
  options: { readonly read?: readonly string[] },
): string[] {
  const all = [...files, ...(options.read ?? [])].flatMap((file) => capturesIn(file) ?? [file]);
  if (all.length === 0) {
    throw new WiretallyError('USAGE', 'no input was named', {
      next: 'name one or more files, or "-" for stdin',
    });
  }
  if (all.filter((file) => file === '-').length > 1) {
    throw new WiretallyError('USAGE', 'stdin ("-") can be read once only');
  }
  return all;
}
