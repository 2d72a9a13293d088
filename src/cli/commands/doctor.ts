// `wiretally doctor`: checks that the engine, the rights, the interfaces and the versions are sufficient for a capture.

import type { Command } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
import { reviewSource } from '../../query/source.ts';
import { loadEngine } from '../../store/open.ts';
import { plural } from '../../text/quantity.ts';
import { painter, wrap } from '../../text/text-layout.ts';
import { defineCommand, example } from '../command.ts';
import { listSettingLines, loadConfig } from '../config/load-config.ts';
import { checkCaptures } from '../doctor/capture-checks.ts';
import { type Check, runChecks } from '../doctor/machine-checks.ts';
import type { OptionValues } from '../input/declare-option.ts';
import { commonOptions, logOptions, outputOptions } from '../input/options.ts';
import { EXIT, type ExitCode, readingExitCode } from '../output/exit-code.ts';
import { writeJson, writeOut } from '../output/stdout.ts';
import { buildTerminal } from '../output/terminal.ts';
import { superviseReading } from '../reading/read-source.ts';

const options = { ...outputOptions, logColumns: logOptions.logColumns, ...commonOptions };

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  group: 'Setup',
  summary: 'Check installation, permissions, interfaces and versions',
  arguments: [
    {
      name: '[path...]',
      description: 'Logs, captures or folders: read them, list what they show and what they lack',
    },
  ],
  options,
  permissions: { reportsRights: true },
  ignoresConfig: true,
  examples: [example('doctor', 'Check this machine; print fixes'), example('doctor --json', 'Print JSON')],
  async run(paths, options, { buildFullProgram }) {
    if (paths.length > 0) {
      const { checks, code } = await checkInputs(paths, options);
      await printChecks(checks, options);
      return code;
    }
    const checks = [...runChecks(), await storeEngine(), checkConfiguration(await buildFullProgram())];
    await printChecks(checks, options);
    // Without the engine no command works; a missing right affects only `watch`.
    return checks.some(({ name, state }) => name === 'engine' && state === 'bad') ? EXIT.failed : EXIT.done;
  },
});

async function printChecks(checks: readonly Check[], options: Options): Promise<void> {
  const terminal = buildTerminal(options);
  if (options.format === 'json') await writeJson(checks);
  else await writeOut(formatChecks(checks, terminal.width, painter(terminal.color)));
}

async function storeEngine(): Promise<Check> {
  const name = 'stores';
  try {
    await loadEngine();
    return { name, state: 'good', says: 'DuckDB is loaded', next: null };
  } catch (error) {
    if (!(error instanceof WiretallyError)) throw error;
    return { name, state: 'note', says: error.message, next: error.next };
  }
}

function checkConfiguration(program: Command): Check {
  const name = 'configuration';
  const next = 'wiretally config check';
  try {
    const { config, problems, settings } = loadConfig(program, undefined);
    if (config === null)
      return { name, state: 'good', says: 'none: only the command line sets options', next: null };
    const { length } = problems;
    if (length > 0) return { name, state: 'bad', says: `${config.file}: ${plural(length, 'fault')}`, next };
    return {
      name,
      state: 'good',
      says: `${config.file}: ${plural(listSettingLines(settings).size, 'option')}`,
      next: null,
    };
  } catch (error) {
    if (!(error instanceof WiretallyError)) throw error;
    return { name, state: 'bad', says: error.message, next: error.next };
  }
}

const WORDS = { good: 'ok', bad: 'BAD', note: 'note' } as const;

function formatChecks(checks: readonly Check[], width: number, paint: ReturnType<typeof painter>): string {
  const lines: string[] = [];
  for (const { name, state, says, next } of checks) {
    const role = state === 'good' ? 'good' : state === 'bad' ? 'bad' : 'warn';
    const [first = '', ...rest] = wrap(says, width - 21);
    lines.push(`${paint(role, WORDS[state].padEnd(5))} ${name.padEnd(14)} ${first}`);
    lines.push(...rest.map((line) => `${' '.repeat(21)}${line}`));
    if (next !== null) lines.push(`${' '.repeat(21)}next: ${next}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Reads the inputs of `wiretally doctor PATH` to their end: their kind, the facts that they can show, those that their
 * configuration omits, and what an analysis cannot read of them.
 */
async function checkInputs(
  paths: readonly string[],
  options: Options,
): Promise<{ readonly checks: readonly Check[]; readonly code: ExitCode }> {
  const { read, products } = await reviewSource(paths, { ...options, supervise: superviseReading(options) });
  const { captures, errors, notes, interrupted } = read;
  const ofPackets = captures.filter(({ log }) => log === undefined);
  const checks = [
    ...checkCaptures(ofPackets, read),
    ...products.flatMap(({ id, title, files, review, unread }): Check[] => [
      {
        name: id,
        state: unread === null ? 'good' : 'bad',
        says: `${title}, ${plural(files, 'file')}: ${unread === null ? '' : `no row is read (${unread}); `}${review.shows}`,
        next: null,
      },
      ...review.missing.map(
        ({ what, next }): Check => ({ name: id, state: 'note', says: `missing: ${what}`, next }),
      ),
    ]),
    ...errors.map(({ message, next }): Check => ({ name: 'input', state: 'bad', says: message, next })),
    ...[...notes, ...(interrupted ? ['interrupted: only a part was read'] : [])].map(
      (says): Check => ({ name: 'input', state: 'note', says, next: null }),
    ),
  ];
  const isRead = checks.some(({ state }) => state === 'good');
  return { checks, code: readingExitCode({ errors, capturesRead: isRead ? 1 : 0, interrupted }) };
}
