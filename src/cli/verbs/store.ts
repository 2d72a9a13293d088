// `wiretally store info|prune|compact STORE`: what is kept, and retention that really deletes.

import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/version.ts';
import { WiretallyError } from '../../model/errors.ts';
import { readSensors } from '../../query/inputs/sensors-file.ts';
import { attributorOf } from '../../store/attributor.ts';
import { isOnServer } from '../../store/on-server.ts';
import { openSummed } from '../../store/open.ts';
import type { Store, StoreInfo } from '../../store/store.ts';
import { jsonText } from '../../text/json-text.ts';
import { formatBytes, plural } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { formatInstant } from '../../time/instant.ts';
import {
  type CatalogueOptions,
  type CommonOptions,
  catalogueOptions,
  commonOptions,
  jsonAlias,
  type PlainFormat,
  plainFormat,
  REPLACES_A_FILE,
  timezoneOption,
} from '../input/options.ts';
import { type SensorsOptions, sensorsOptions } from '../input/sensors-option.ts';
import { addOptions, list, option } from '../options/declare.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeOut } from '../output/stdout.ts';
import type { DefineVerb } from './define-verb.ts';
import type { PruneOptions } from './prune/prune.ts';

interface Options extends CommonOptions, CatalogueOptions, SensorsOptions {
  readonly format: PlainFormat;
  readonly timezone?: string;
}

const pruneOptions = {
  before: option('--before <time>', 'Input', 'Delete windows that end before this date or time', {
    isMandatory: true,
    notInConfig: 'it deletes stored data: only the command line can set it',
  }),
  timezone: timezoneOption('that time (default: UTC)'),
  sensor: list('--sensor <name>', 'Input', 'Only windows of this sensor; "*" matches any text'),
  proof: option('--proof <file>', 'Output', 'Write a signed proof of what was deleted', {
    notInConfig: REPLACES_A_FILE,
  }),
  signKey: option('--sign-key <key.pem>', 'Output', 'Sign the proof with this Ed25519 private key'),
  ...plainFormat,
  ...jsonAlias,
  ...sensorsOptions,
  ...catalogueOptions,
  ...commonOptions,
};

export const defineStore: DefineVerb = (command, done) => {
  const verb = (usage: string, summary: string): Command => {
    const sub = command.command(usage).description(summary);
    sub.argument('<store>', 'DuckDB file, .usage file, or folder of them');
    addOptions(sub, { ...plainFormat, ...jsonAlias, ...commonOptions });
    return sub;
  };
  verb('info', 'Print sensors, period, windows and damage of a store').action(
    async (path: string, options: Options) =>
      done(await withStore(path, null, (store) => info(store, options))),
  );
  const writing = (usage: string, summary: string): Command => {
    const sub = verb(usage, summary);
    addOptions(sub, { ...sensorsOptions, ...catalogueOptions });
    return sub;
  };
  const pruning = command
    .command('prune <stores...>')
    .description('Delete windows that end before a time, from the disk too; write a proof');
  addOptions(pruning, pruneOptions);
  pruning.action(async (paths: string[], options: Options & PruneOptions) => {
    const { prune } = await import('./prune/prune.ts');
    done(await prune(paths, options, (path, work) => withStore(path, options, work)));
  });
  writing(
    'compact',
    'Reclaim space of replaced revisions; attribute windows that are not attributed yet',
  ).action(async (path: string, options: Options) =>
    done(await withStore(path, options, (store) => compact(store, options))),
  );
};

/** Opened for reading, or for writing with what it is attributed by. */
async function withStore<T>(
  path: string,
  by: (CatalogueOptions & SensorsOptions) | null,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  // Opening for writing would make a store where there is none.
  requireThere(path);
  const attributor =
    by === null
      ? null
      : attributorOf(await loadCatalogue(by.catalogue), packageVersion(), await readSensors(by));
  const store = await openSummed(path, { mode: attributor === null ? 'read' : 'write' }, attributor);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

export function requireThere(path: string): void {
  if (isOnServer(path)) return; // opening it reports the error
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new WiretallyError('INPUT_UNREADABLE', `${path}: no such file or folder`, {
      next: 'wiretally analyze CAPTURE --store FILE makes one',
    });
  }
}

async function info(store: Store, options: Options): Promise<ExitCode> {
  const { damage, ...figures } = await store.info();
  await writeOut(
    options.format === 'json'
      ? `${jsonText({ ...figures, damaged: damage.length }, 2)}\n`
      : infoText(figures),
  );
  return printReadSummary({ errors: damage, notes: [], inputsRead: 1, interrupted: false }, options);
}

function infoText(info: Omit<StoreInfo, 'damage'>): string {
  const instant = (seconds: number | null): string =>
    seconds === null ? 'nothing' : formatInstant(seconds * 1_000_000);
  return [
    `${visibleText(info.path)}: ${info.kind}, ${formatBytes(info.bytes)}`,
    `  windows  ${plural(info.windows, 'window')}`,
    ...(info.checked < info.windows
      ? [`  checked  the newest ${plural(info.checked, 'window')} for damage`]
      : []),
    `  from     ${instant(info.firstSeconds)}`,
    `  until    ${instant(info.lastSeconds)}`,
    `  sensors  ${info.sensors.map(visibleText).join(', ') || 'none'}`,
    '',
  ].join('\n');
}

async function compact(store: Store, options: Options): Promise<ExitCode> {
  const result = await store.compact();
  const text = `${formatBytes(result.bytesBefore)} to ${formatBytes(result.bytesAfter)}\n`;
  await writeOut(options.format === 'json' ? `${jsonText(result, 2)}\n` : text);
  return EXIT.done;
}
