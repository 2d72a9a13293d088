// Words that an option or an argument takes, where they are a list.

import { networkInterfaces } from 'node:os';
import type { Argument, Command, Option } from 'commander';
import { commandName } from '../command-name.ts';

type Values = () => Promise<readonly string[]>;

const toolIds: Values = async () => {
  const { loadCatalogue } = await import('../../files/catalogue-files.ts');
  return (await loadCatalogue([])).tools.map(({ id }) => id);
};

const reportFormats: Values = async () => (await import('../../report/render.ts')).FORMAT_NAMES;
const exportFormats: Values = async () =>
  Object.keys((await import('../../policy/export/formats.ts')).EXPORT_FORMATS);
const these =
  (...words: readonly string[]): Values =>
  () =>
    Promise.resolve(words);

/** By the long name of an option; of one command before those of all. */
const OPTIONS: Readonly<Record<string, Values>> = {
  'policy export --format': exportFormats,
  'catalogue --format': these('terminal', 'json'),
  'store --format': these('terminal', 'json'),
  'judge --format': these('terminal', 'json'),
  'doctor --format': these('terminal', 'json'),
  'advisory --format': these('terminal', 'json', 'csv', 'md', 'html'),
  'profile --format': these('terminal', 'json', 'md'),
  'sql --format': async () => (await import('../verbs/sql/sql.ts')).FORMATS,
  '--format': reportFormats,
  '--tool': toolIds,
  '--ban': toolIds,
  '--by': async () => (await import('../../model/report.ts')).BREAKDOWNS,
  '--color': these('auto', 'always', 'never'),
  '--timezone': () => Promise.resolve(['UTC', ...Intl.supportedValuesOf('timeZone')]),
  '--interface': () => Promise.resolve(Object.keys(networkInterfaces())),
  '--backend': these('ring', 'cap'),
};

const ARGUMENTS: Readonly<Record<string, Values>> = {
  'catalogue show': toolIds,
  'catalogue page': toolIds,
  'config show': async () => (await import('../verbs.ts')).VERBS.map(({ name }) => name),
};

/** null: no list, so that it may be a file. */
export function valuesOf(
  command: Command,
  part: Option | Argument | undefined,
): Promise<readonly string[]> | null {
  const name = commandName(command);
  if (part?.argChoices !== undefined) return Promise.resolve(part.argChoices);
  if (part === undefined || !('long' in part)) return ARGUMENTS[name]?.() ?? null;
  const [verb] = name.split(' ');
  const values =
    OPTIONS[`${name} ${part.long}`] ?? OPTIONS[`${verb} ${part.long}`] ?? OPTIONS[`${part.long}`];
  return values?.() ?? null;
}
