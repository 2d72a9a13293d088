// Restricts SQL queries of a DuckDB store. The engine parses the query (json_serialize_sql, which accepts
// SELECT statements only and runs nothing), and every part of its parse tree must be on a list of those that read the
// tables of the store only. The text is not inspected: comments, quotes and letter case hide nothing from the engine.

import type { DuckDBConnection } from '@duckdb/node-api';
import { WiretallyError } from '../../model/errors.ts';
import { FUNCTIONS, TABLE_FUNCTIONS } from './question-functions.ts';

/** Kinds of expressions. */
const EXPRESSIONS = new Set(
  `BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR POSITIONAL_REFERENCE STAR
  SUBQUERY WINDOW`.split(/\s+/),
);
/** Node types around expressions: queries, tables, modifiers of rows, and types of values. */
const PARTS = new Set(
  `SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE BASE_TABLE SUBQUERY JOIN TABLE_FUNCTION EXPRESSION_LIST EMPTY PIVOT
  SHOW_REF ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING
  DESCENDING DECIMAL_TYPE_INFO LIST_TYPE_INFO STRUCT_TYPE_INFO ARRAY_TYPE_INFO STRING_TYPE_INFO UNBOUND_TYPE_INFO`.split(
    /\s+/,
  ),
);
/** DESCRIBE, SUMMARIZE, and SHOW TABLES. */
const SHOWN = new Set(['DESCRIBE', 'SUMMARY']);
const SHOW_TABLES = '"tables"';

/** EXPLAIN is not in the parse tree; a statement follows it. */
const EXPLAIN = /^\s*EXPLAIN\s+(?:ANALYZE\s+)?/i;
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

type Part = Readonly<Record<string, unknown>>;

/** Throws USAGE for text other than one SELECT on the tables of the store. */
export async function requireQuestion(connection: DuckDBConnection, sql: string): Promise<void> {
  // The engine would run the text up to this character but parse beyond it.
  if (sql.includes('\0')) throw refused('a question holds no NUL character');
  const parts = allParts(await treeOf(connection, sql.replace(EXPLAIN, '')));
  const tables = new Set(
    await namesOf(connection, 'SELECT table_name FROM system.main.duckdb_tables() WHERE NOT internal'),
  );
  const views = new Set(await namesOf(connection, 'SELECT view_name FROM system.main.duckdb_views()'));
  for (const name of parts.flatMap(namedQueries)) {
    // Out of its reach, the name would mean the engine's own view, or a file.
    if (views.has(name) || !PLAIN_NAME.test(name)) throw refused(`WITH ${name} is not for questions`);
    tables.add(name);
  }
  for (const part of parts) requireReading(part, tables);
}

async function treeOf(connection: DuckDBConnection, sql: string): Promise<Part> {
  const answer = await connection.runAndReadAll('SELECT system.main.json_serialize_sql($1::VARCHAR)', [sql]);
  const tree = parsed(String(answer.getRows()[0]?.[0]));
  const { error, error_type: kind, error_message: message, statements } = tree;
  if (error !== false) {
    const reason = String(message).split('\n')[0] ?? '';
    throw refused(kind === 'parser' ? reason : 'a question is one SELECT statement, and only reads');
  }
  const count = Array.isArray(statements) ? statements.length : 0;
  if (count !== 1) throw refused(`a question is one SELECT statement, not ${count}`);
  return tree;
}

/** The engine writes an infinite number into its JSON as it is. */
function parsed(json: string): Part {
  try {
    return JSON.parse(json) as Part;
  } catch {
    throw refused('a number of the question is out of range');
  }
}

async function namesOf(connection: DuckDBConnection, sql: string): Promise<string[]> {
  return (await connection.runAndReadAll(sql)).getRows().map(([name]) => String(name).toLowerCase());
}

/** Without recursion: the question decides how deep it is. */
function allParts(tree: Part): Part[] {
  const parts: Part[] = [];
  const left: unknown[] = [tree];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) parts.push(next as Part);
    for (const each of Object.values(next)) left.push(each);
  }
  return parts;
}

/** Names that WITH gives to queries. */
function namedQueries({ cte_map: named }: Part): string[] {
  const entries = (named as { readonly map?: readonly { readonly key?: unknown }[] } | undefined)?.map ?? [];
  return entries.map(({ key }) => String(key).toLowerCase());
}

function requireReading(part: Part, tables: ReadonlySet<string>): void {
  const { class: expression, type, function: call } = part;
  if (typeof expression === 'string') {
    if (!EXPRESSIONS.has(expression)) throw refused(`${expression} is not for questions`);
  } else if (typeof type === 'string' && !PARTS.has(type)) throw refused(`${type} is not for questions`);
  if (type === 'TABLE_FUNCTION') requireFunction(call, TABLE_FUNCTIONS);
  else if (type === 'SHOW_REF') requireShown(part);
  else if (type === 'BASE_TABLE') requireOwn(part, tables);
  if (expression === 'FUNCTION' || expression === 'WINDOW') requireFunction(part, FUNCTIONS);
}

/** A name in front of a function may be a schema or a value: the function is the same. */
function requireFunction(part: unknown, allowed: ReadonlySet<string>): void {
  const { function_name: name, export_state: isState } = part as Part;
  const word = String(name);
  // The state of an aggregate is bytes of memory.
  if (allowed.has(word.toLowerCase()) && isState !== true) return;
  throw refused(`the function ${word} is not for questions`);
}

function requireShown({ show_type: kind, query, table_name: name }: Part): void {
  if (SHOWN.has(String(kind)) && query !== null) return;
  if (name !== SHOW_TABLES || query !== null) throw refused(`SHOW ${name} is not for questions`);
}

function requireOwn(
  { catalog_name: catalog, schema_name: schema, table_name: name }: Part,
  tables: ReadonlySet<string>,
): void {
  const isHere = catalog === '' && (schema === '' || String(schema).toLowerCase() === 'main');
  if (isHere && tables.has(String(name).toLowerCase())) return;
  const full = [catalog, schema, name].filter((each) => each !== '').join('.');
  throw refused(`${full} is no table of the store`);
}

function refused(reason: string): WiretallyError {
  return new WiretallyError('USAGE', reason, {
    next: 'ask with one SELECT; docs/store.md names tables, columns and functions',
  });
}
