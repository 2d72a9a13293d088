// `wiretally store sql STORE "…"`: runs a read-only SQL query, and prints a table, CSV or JSON.

import { statSync } from 'node:fs';
import { usageError, WiretallyError } from '../../../model/errors.ts';
import { ask as askReport } from '../../../query/ask.ts';
import { kindOfInput } from '../../../query/inputs/source-kind.ts';
import { namesReportTable, reportTables } from '../../../query/report-tables.ts';
import type { ReadOutcome } from '../../../query/source.ts';
import { csvLine } from '../../../report/format/csv-line.ts';
import { filterSentences, incompleteSentences } from '../../../report/text/blind-spots.ts';
import { type Cell, toPlainCell, writeCsvFile } from '../../../store/csv-file.ts';
import type { AddedTable, ExportFormat } from '../../../store/duckdb/export-answer.ts';
import { isOnServer, SERVER_FORMS } from '../../../store/on-server.ts';
import { loadEngine } from '../../../store/open.ts';
import { findServer } from '../../../store/servers.ts';
import { jsonText } from '../../../text/json-text.ts';
import { shellWord } from '../../../text/shell-word.ts';
import { type Column, painter, renderTable } from '../../../text/text-layout.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { defineCommand, example } from '../../command.ts';
import { type OptionValues, option, wholeNumber } from '../../input/declare-option.ts';
import { requireExistingStore } from '../../input/open-store.ts';
import {
  catalogueOptions,
  commonOptions,
  formatOption,
  jsonAlias,
  REPLACES_A_FILE,
  timezoneOption,
} from '../../input/options.ts';
import { questionOptions } from '../../input/question-options.ts';
import { parseDateTime } from '../../input/time-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { requireSafeAnswer } from '../../output/output-guard.ts';
import { errorText, printWarning } from '../../output/print-errors.ts';
import { writeOut } from '../../output/stdout.ts';
import { buildTerminal } from '../../output/terminal.ts';
import { runWithReadSummary } from '../../reading/print-report.ts';
import { openInputs } from '../../reading/read-source.ts';
import { limitProcess } from '../../rights/confine.ts';

interface AnswerFile {
  readonly path: string;
  readonly format: ExportFormat;
}

interface QueryOptions {
  readonly maxSeconds: number;
  /** Output file of the answer; null returns it to the caller. */
  readonly file: AnswerFile | null;
  /** Tables that exist only for this query. */
  readonly tables: readonly AddedTable[];
  /** Applies the limits of this process after the store is open. `spillFolder`: folder that is removed if the time limit is reached; empty for none. */
  readonly limit: (spillFolder: string) => void;
}

interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Returns null if the answer was written to its file. */
type RunQuery = (path: string, question: string, asking: QueryOptions) => Promise<QueryAnswer | null>;

/** Memory limit: half for the engine, the rest for Node, stacks and the answer. */
const MAX_BYTES = 2 ** 31;
const MAX_SECONDS = 60;

const options = {
  since: questionOptions.since,
  until: questionOptions.until,
  format: formatOption('terminal', 'json', 'csv', 'parquet'),
  out: option('--out <file>', 'Output', 'Write the result to a csv or parquet file', {
    notInConfig: REPLACES_A_FILE,
  }),
  maxSeconds: wholeNumber('--max-seconds <seconds>', 'General', 'Stop a query that takes longer', {
    min: 1,
    max: 86_400,
    byDefault: MAX_SECONDS,
  }),
  timezone: timezoneOption('days of report_days (default: UTC)'),
  ...jsonAlias,
  ...catalogueOptions,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  summary: 'Query a store in SQL, read-only',
  arguments: [
    { name: '<store>', description: `DuckDB file, or ${SERVER_FORMS}` },
    { name: '<query>', description: 'SELECT statement; docs/store.md lists tables and columns' },
  ],
  options,
  permissions: { writes: ['out'] },
  examples: [
    example("store sql history.duckdb 'SELECT count(*) FROM windows'", 'Count records'),
    example("store sql history.duckdb 'SELECT DISTINCT sensor FROM windows' --format csv", 'Print CSV'),
    example(
      "store sql history.duckdb 'SELECT host, tool, requests_max FROM report_tools'",
      'Figures of the report',
    ),
  ],
  async run([path = '', question = ''], options) {
    if (question.trim() === '') throw usageError('the query is empty');
    const isServer = isOnServer(path);
    requireExistingStore(path);
    if (!isServer) requireDuckdb(path);
    const file = isExport(options) ? buildExport(options) : null;
    if (file !== null) requireSafeAnswer('--out', file.path, ['.csv', '.parquet'], isServer ? [] : [path]);
    // Only the code of the store in use is loaded.
    const ask = isServer ? queryServer : queryDuckdb;
    const tables = await runWithReadSummary(options, (onRead) =>
      buildTables(path, question, options, onRead),
    );
    if (tables === null) return EXIT.failed;
    const limit = (spillFolder: string): void => limitQuery(options, spillFolder);
    const answer = await ask(path, question, {
      maxSeconds: options.maxSeconds,
      file,
      limit,
      tables: tables.result,
    });
    if (answer !== null) await writeOut(formatText(answer, options));
    return tables.code;
  },
});

/** Makes the figures of a report before the store is open for the query, because the report opens it itself. */
async function buildTables(
  path: string,
  question: string,
  options: Options,
  onRead: (outcome: ReadOutcome) => void,
): Promise<readonly AddedTable[]> {
  // A list of tables requires no figures.
  if (/^\s*(show|describe)\s+(all\s+)?tables\b/i.test(question) && !isOnServer(path))
    return reportTables({ hosts: [] });
  const isAsked = namesReportTable(question);
  if (!isAsked) {
    if (options.since === undefined && options.until === undefined) return [];
    throw usageError(
      '--since and --until are for the tables report_tools and report_days',
      'in other tables, compare start_seconds or first_us',
    );
  }
  if (isOnServer(path)) {
    throw usageError(
      'report_tools and report_days are tables of DuckDB stores',
      `wiretally analyze ${shellWord(path)} --format json prints the same figures`,
    );
  }
  const timezone = options.timezone ?? 'UTC';
  const parse = (name: '--since' | '--until', time: string | undefined): number | undefined =>
    time === undefined ? undefined : parseDateTime(name, time, timezone);
  const span = {
    sinceSeconds: parse('--since', options.since),
    untilSeconds: parse('--until', options.until),
  };
  const source = await openInputs([path], { ...options, timezone, onRead });
  const { incomplete: _, ...document } = await askReport(source, { command: '', span });
  // The tables have no place for what the report states. Inputs that could not be read now were printed.
  if (options.quiet !== true)
    for (const sentence of [...incompleteSentences(document), ...filterSentences(document)])
      printWarning(`${path}: ${sentence}`);
  return reportTables(document);
}

function formatText({ columns, rows }: QueryAnswer, options: Options): string {
  const cells = rows.map((row) => row.map(toPlainCell));
  if (options.format === 'csv') return [[...columns], ...cells].map(csvLine).join('');
  if (options.format !== 'json') return formatTable(columns, cells, buildTerminal(options).color);
  const objects = cells.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
  return `${jsonText(objects, 2)}\n`;
}

/** Refuses windows in a file or a folder, which have no tables. The engine checks other files. */
function requireDuckdb(path: string): void {
  const kind = kindOfInput(path);
  if (kind === 'captures' || (kind === 'store' && !statSync(path).isDirectory())) return;
  const what = {
    store: 'a folder of windows',
    usageFiles: 'a file of windows',
    bundle: 'an evidence bundle',
  };
  throw usageError(
    `${path} is ${what[kind]}: "store sql" queries DuckDB stores only`,
    `wiretally analyze ${shellWord(path)} reports on it; analyze CAPTURE --store HISTORY.duckdb creates a DuckDB store`,
  );
}

/** Sets limits that also apply while the engine plans a query, when no other code of this process runs. */
function limitQuery({ format, maxSeconds }: Options, spillFolder: string): void {
  const style = format === 'json' ? 'json' : 'lines';
  const state = (what: string, next: string): string =>
    errorText(new WiretallyError('QUESTION_LIMIT', what, { next }), style);
  limitProcess({
    dataBytes: MAX_BYTES,
    seconds: maxSeconds,
    memoryMessage: state(
      'the query was stopped: it needs more than 2 GB of memory, or the database engine failed',
      'select less data',
    ),
    timeMessage: state(
      `the query took more than ${maxSeconds} s`,
      'select less data, or raise --max-seconds',
    ),
    spillFolder,
    exitCode: EXIT.failed,
  });
}

const isExport = ({ out, format }: Options): boolean => out !== undefined || format === 'parquet';

/** Derives the format from the file name without --format. */
function buildExport({ out, format }: Options): AnswerFile {
  if (out === undefined) {
    throw usageError('--format parquet needs a file: a terminal cannot show it', 'add --out ANSWER.parquet');
  }
  if (format === 'csv' || (format === 'terminal' && out.endsWith('.csv')))
    return { path: out, format: 'csv' };
  if (format === 'parquet' || (format === 'terminal' && out.endsWith('.parquet')))
    return { path: out, format: 'parquet' };
  throw usageError('--out writes csv or parquet', 'add --format csv or --format parquet');
}

function formatTable(names: readonly string[], rows: readonly (readonly Cell[])[], color: boolean): string {
  const columns = names.map((name, i): Column => {
    const cells = rows.map((row) => row[i] ?? null);
    return {
      head: visibleText(name),
      align:
        cells.length > 0 && cells.every((cell) => typeof cell === 'number' || cell === null)
          ? 'right'
          : 'left',
      cells: cells.map((cell) => ({ text: cell === null ? '' : visibleText(String(cell)) })),
    };
  });
  return `${renderTable(columns, painter(color)).join('\n')}\n`;
}

/** Queries a store on a server. DuckDB writes the answer as Parquet, as for a DuckDB store. */
const queryServer: RunQuery = async (path, question, { maxSeconds, file, limit }) => {
  // Loaded before the connection, because files may not be opened later.
  if (file?.format === 'parquet') await loadEngine();
  limit('');
  const answer = await findServer(path)?.ask(path, question, maxSeconds);
  if (answer === undefined) return null;
  const { columns, types, rows } = answer;
  if (file === null) return { columns, rows };
  if (file.format === 'csv') {
    await writeCsvFile(file.path, columns, [rows]);
    return null;
  }
  const { exportTexts } = await import('../../../store/duckdb/export-answer.ts');
  await exportTexts(
    columns.map((name, i) => ({ name, type: types[i] ?? 'VARCHAR' })),
    rows,
    file.path,
  );
  return null;
};

/** Queries a DuckDB store. */
const queryDuckdb: RunQuery = async (path, question, { maxSeconds, file, limit, tables }) => {
  const { openDuckdb } = await loadEngine();
  const store = await openDuckdb(path, { mode: 'read' });
  limit(store.spillFolder ?? '');
  try {
    for (const table of tables) await store.addTable(table);
    if (/\bperiod(s|_\w+)\b/i.test(question) && (await store.hasPending())) {
      printWarning(
        `some windows have no sums yet, and the tables of periods lack them: run "wiretally store compact ${shellWord(path)}", or query report_tools`,
      );
    }
    if (file === null) return await store.query(question, maxSeconds);
    await store.exportQuery(question, file.path, file.format);
    return null;
  } finally {
    await store.close();
  }
};
