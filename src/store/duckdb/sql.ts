// Questions in SQL to a DuckDB store, as people ask them.

import { type DuckDBConnection, type DuckDBResult, type DuckDBValue, StatementType } from '@duckdb/node-api';
import { WiretallyError } from '../../model/errors.ts';
import { damaged, firstLine } from './file.ts';

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** Longest answer that is put into memory, and longest time that a question takes; a file may be longer. */
const MOST_ROWS = 1_000_000;
const MOST_SECONDS = 60;

/**
 * Throws USAGE when the question is not well formed, or would write; QUESTION_LIMIT when it takes too long or its answer
 * is too large; STORE_DAMAGED when the file cannot be read on.
 */
export async function askInSql(
  path: string,
  connection: DuckDBConnection,
  sql: string,
  mostSeconds: number = MOST_SECONDS,
): Promise<QueryResult> {
  let isLate = false;
  const clock = setTimeout(() => {
    isLate = true;
    connection.interrupt();
  }, mostSeconds * 1000);
  try {
    await requireQuestion(connection, sql);
    const reader = await connection.streamAndReadUntil(sql, MOST_ROWS + 1);
    if (reader.currentRowCount > MOST_ROWS) throw limited(`the answer has more than ${MOST_ROWS} rows`);
    return { columns: reader.columnNames(), rows: reader.getRows() };
  } catch (cause) {
    throw isLate
      ? limited(`the question took more than ${mostSeconds} s`, cause)
      : questionError(path, cause);
  } finally {
    clearTimeout(clock);
  }
}

const limited = (what: string, cause?: unknown): WiretallyError =>
  new WiretallyError('QUESTION_LIMIT', what, { cause, next: 'ask for less at once' });

/** The same, for an answer that is written to a file and need not be in memory. */
export async function streamAnswer(
  path: string,
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBResult> {
  try {
    await requireQuestion(connection, sql);
    return await connection.stream(sql);
  } catch (cause) {
    throw questionError(path, cause);
  }
}

/**
 * Functions that act when they are asked: that change the engine (its own log may end the process), take addresses of
 * memory, wait, or run another question that is only put together then.
 */
const ACTING = [
  /\b((enable|disable)_(logging|profil\w*|peg_parser)|truncate_duckdb_logs|write_log|(force_)?checkpoint)\b/i,
  /\b(arrow_scan\w*|seq_scan|sleep_ms|json_execute_serialized_sql)\b/i,
  /\b(query|query_table)\b["\s]*\(/i,
];
const COMMENTS = /\/\*[\s\S]*?\*\/|--[^\n]*/g;
/** Texts and names in quotes, which may hold a semicolon; those between dollars may have a tag. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1/g;
/** Words before the statement that is explained. */
const EXPLAINED = /^EXPLAIN\s+(?:ANALYZE\s+)?(?:\([^)]*\)\s*)?/i;
const READING = new Set(
  'SELECT FROM WITH VALUES TABLE DESCRIBE DESC SHOW SUMMARIZE PIVOT UNPIVOT EXPLAIN'.split(' '),
);

/**
 * A store is asked, not told: only statements that read, and none of the functions that act. The file is opened for
 * reading and the engine is sealed as well; this keeps what is left of it out of reach.
 */
async function requireQuestion(connection: DuckDBConnection, sql: string): Promise<void> {
  const bare = sql.replace(COMMENTS, ' ');
  for (const pattern of ACTING) {
    const acting = pattern.exec(bare)?.[1];
    if (acting !== undefined) throw refused(`${acting} is not for questions`);
  }
  // The engine would refuse some of them while it prepares them, in words of its own.
  for (const statement of bare.replace(QUOTED, "''").split(';')) {
    const word = /^[\s(]*([a-z_]+)/i.exec(statement.trim().replace(EXPLAINED, ''))?.[1]?.toUpperCase();
    if (word !== undefined && !READING.has(word))
      throw refused(`a question only reads: ${word} is not allowed`);
  }
  const statements = await connection.extractStatements(sql);
  for (let i = 0; i < statements.count; i++) {
    const { statementType } = await statements.prepare(i);
    if (statementType !== StatementType.SELECT && statementType !== StatementType.EXPLAIN) {
      throw refused(`a question only reads: ${StatementType[statementType]} is not allowed`);
    }
  }
}

function refused(reason: string): WiretallyError {
  return new WiretallyError('USAGE', reason, {
    next: 'ask with SELECT; docs/store.md names tables and columns',
  });
}

function questionError(path: string, cause: unknown): WiretallyError {
  if (cause instanceof WiretallyError) return cause;
  const reason = firstLine(cause);
  if (/^(IO|Serialization|Fatal|Internal) Error/i.test(reason)) return damaged(path, cause);
  if (/^Out of Memory Error|bad_alloc/i.test(reason)) {
    const what = `the question needs more memory than it may: ${reason.replace(/^Out of Memory Error: */i, '')}`;
    return limited(what, cause);
  }
  return new WiretallyError('USAGE', reason, { cause, next: 'docs/store.md names tables and columns' });
}
