// `wiretally doctor`: checks that the engine, the rights, the interfaces and the versions are sufficient for a capture.

import type { Command } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
import { type LogOptions, reviewInputs } from '../../query/inputs/log-files.ts';
import { loadEngine } from '../../store/open.ts';
import { plural } from '../../text/quantity.ts';
import { painter, wrap } from '../../text/text-layout.ts';
import { defineCommand, example } from '../command.ts';
import { listSettingLines, loadConfig } from '../config/load-config.ts';
import { type Check, runChecks } from '../doctor/machine-checks.ts';
import { commonOptions, logOptions, outputOptions } from '../input/options.ts';
import { EXIT } from '../output/exit-code.ts';
import { writeJson, writeOut } from '../output/stdout.ts';
import { buildTerminal } from '../output/terminal.ts';

export const command = defineCommand({
  group: 'Setup',
  summary: 'Check engine, permissions, interfaces and versions',
  arguments: [
    {
      name: '[path...]',
      description: 'Logs, captures or folders: recognize them, list what they show and what they lack',
    },
  ],
  options: { ...outputOptions, logColumns: logOptions.logColumns, ...commonOptions },
  /** It keeps its rights, because it reports them. It reads no untrusted files. */
  permissions: { confinesItself: true },
  ignoresConfig: true,
  examples: [example('doctor', 'Check this machine; print fixes'), example('doctor --json', 'Print JSON')],
  async run(paths, options, { buildFullProgram }) {
    const checks =
      paths.length > 0
        ? await checkInputs(paths, options)
        : [...runChecks(), await storeEngine(), checkConfiguration(await buildFullProgram())];
    const terminal = buildTerminal(options);
    if (options.format === 'json') await writeJson(checks);
    else await writeOut(formatChecks(checks, terminal.width, painter(terminal.color)));
    // Without the engine no command works; a missing right affects only `watch`.
    const isFault = ({ name, state }: Check): boolean =>
      state === 'bad' && (paths.length > 0 || name === 'engine');
    if (!checks.some(isFault)) return EXIT.done;
    return checks.some(({ state }) => paths.length > 0 && state === 'good') ? EXIT.damaged : EXIT.failed;
  },
});

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
 * Checks the inputs of `wiretally doctor PATH`: their kind, the facts that they can show, and those that their
 * configuration omits.
 */
async function checkInputs(paths: readonly string[], options: LogOptions): Promise<Check[]> {
  const { captures, products, errors, notes } = await reviewInputs(paths, options);
  return [
    ...(captures.length === 0
      ? []
      : [
          {
            name: 'captures',
            state: 'good' as const,
            says: `${plural(captures.length, 'capture')}; tools can be certain, likely or possible`,
            next: null,
          },
        ]),
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
    ...notes.map((says): Check => ({ name: 'input', state: 'note', says, next: null })),
  ];
}
