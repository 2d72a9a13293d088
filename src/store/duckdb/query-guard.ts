// Restricts SQL queries of a DuckDB store. The engine parses the query (json_serialize_sql, which accepts
// SELECT statements only and runs nothing), and every part of its parse tree must be on a list of those that read the
// tables of the store only. The text is not inspected: comments, quotes and letter case hide nothing from the engine.

import type { DuckDBConnection } from '@duckdb/node-api';
import { usageError, type WiretallyError } from '../../model/errors.ts';
import { nearestWord } from '../../text/near-word.ts';
import { readRows } from './duckdb-file.ts';

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
export async function requireReadOnlyQuery(connection: DuckDBConnection, sql: string): Promise<void> {
  // The engine would run the text up to this character but parse beyond it.
  if (sql.includes('\0')) throw refused('a query contains no NUL character');
  const parts = listParts(await readTree(connection, sql.replace(EXPLAIN, '')));
  const tables = new Set(
    await readNames(connection, 'SELECT table_name FROM system.main.duckdb_tables() WHERE NOT internal'),
  );
  const views = new Set(await readNames(connection, 'SELECT view_name FROM system.main.duckdb_views()'));
  for (const name of parts.flatMap(namedQueries)) {
    // Outside of the WITH query, the name would refer to a view of the engine or a file.
    if (views.has(name) || !PLAIN_NAME.test(name)) throw refused(`WITH ${name} is not allowed in queries`);
    tables.add(name);
  }
  for (const part of parts) requireReading(part, tables);
}

async function readTree(connection: DuckDBConnection, sql: string): Promise<Part> {
  const [[json] = []] = await readRows(connection, 'SELECT system.main.json_serialize_sql($1::VARCHAR)', [
    sql,
  ]);
  const tree = parseTree(String(json));
  const { error, error_type: kind, error_message: message, statements } = tree;
  if (error !== false) {
    const reason = String(message).split('\n')[0] ?? '';
    throw refused(kind === 'parser' ? reason : 'a query is one SELECT statement, and only reads');
  }
  const count = Array.isArray(statements) ? statements.length : 0;
  if (count !== 1) throw refused(`a query is one SELECT statement, not ${count}`);
  return tree;
}

/** Parses the JSON of the engine, which contains infinite numbers. */
function parseTree(json: string): Part {
  try {
    return JSON.parse(json) as Part;
  } catch {
    throw refused('a number in the query is out of range');
  }
}

async function readNames(connection: DuckDBConnection, sql: string): Promise<string[]> {
  return (await readRows(connection, sql)).map(([name]) => String(name).toLowerCase());
}

/** Walks without recursion, because the query determines the depth. */
function listParts(tree: Part): Part[] {
  const parts: Part[] = [];
  const left: unknown[] = [tree];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) parts.push(next as Part);
    for (const child of Object.values(next)) left.push(child);
  }
  return parts;
}

/** Lists the names of queries in WITH. */
function namedQueries({ cte_map: named }: Part): string[] {
  const entries = (named as { readonly map?: readonly { readonly key?: unknown }[] } | undefined)?.map ?? [];
  return entries.map(({ key }) => String(key).toLowerCase());
}

function requireReading(part: Part, tables: ReadonlySet<string>): void {
  const { class: expression, type, function: call } = part;
  if (typeof expression === 'string') {
    if (!EXPRESSIONS.has(expression)) throw refused(`${expression} is not allowed in queries`);
  } else if (typeof type === 'string' && !PARTS.has(type)) throw refused(`${type} is not allowed in queries`);
  if (type === 'TABLE_FUNCTION') requireFunction(call, TABLE_FUNCTIONS);
  else if (type === 'SHOW_REF') requireShown(part);
  else if (type === 'BASE_TABLE') requireStoreTable(part, tables);
  if (expression === 'FUNCTION' || expression === 'WINDOW') requireFunction(part, FUNCTIONS);
}

/** Checks only the name of a function: a prefix may be a schema or a value, and does not change the function. */
function requireFunction(part: unknown, allowed: ReadonlySet<string>): void {
  const { function_name: name, export_state: isState } = part as Part;
  const word = String(name);
  // The state of an aggregate contains raw memory.
  if (allowed.has(word.toLowerCase()) && isState !== true) return;
  throw refused(`the function ${word} is not allowed in queries`);
}

function requireShown({ show_type: kind, query, table_name: name }: Part): void {
  if (SHOWN.has(String(kind)) && query !== null) return;
  if (name !== SHOW_TABLES || query !== null) throw refused(`SHOW ${name} is not allowed in queries`);
}

function requireStoreTable(
  { catalog_name: catalog, schema_name: schema, table_name: name }: Part,
  tables: ReadonlySet<string>,
): void {
  const isHere = catalog === '' && (schema === '' || String(schema).toLowerCase() === 'main');
  if (isHere && tables.has(String(name).toLowerCase())) return;
  const full = [catalog, schema, name].filter((part) => part !== '').join('.');
  const near = nearestWord(full, tables);
  throw refused(
    `${full} is not a table of the store`,
    near === null
      ? 'docs/store.md lists the tables, e.g. report_tools and report_days'
      : `did you mean ${near}? docs/store.md describes the tables`,
  );
}

function refused(reason: string, next?: string): WiretallyError {
  return usageError(
    reason,
    next ?? 'write one SELECT statement; docs/store.md lists tables, columns and functions',
  );
}

// Functions that an SQL query on a DuckDB store may call. Each only computes from its arguments. The lists exclude
// functions that read settings, files, memory addresses or other catalogs, wait, write a log, or run a query from a text.

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** Table functions whose rows depend on arguments only. */
export const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(
  words('generate_series json_each json_tree range unnest'),
);

const OPERATORS = words(
  '!__postfix !~~ !~~* % & && * ** + - ->> / // <-> << <=> <@ >> @ @> ^ ^@ | || ~ ~~ ~~* ~~~',
);

const AGGREGATES = words(`
  any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_max_nulls_last arg_min
  arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor bitstring_agg bool_and bool_or corr count
  count_if count_star countif covar_pop covar_samp cume_dist dense_rank entropy favg fill first first_value fsum geomean
  geometric_mean group_concat histogram histogram_exact kahan_sum kurtosis kurtosis_pop lag last last_value lead list listagg
  mad max max_by mean median min min_by mode nth_value ntile percent_rank product quantile quantile_cont quantile_disc rank
  rank_dense regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile
  row_number sem skewness stddev stddev_pop stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp variance wavg
  weighted_avg`);

const NUMBERS = words(`
  abs acos acosh add asin asinh atan atan2 atanh bit_count bit_length bit_position bitstring cbrt ceil ceiling cos cosh cot
  degrees divide even exp factorial fdiv floor fmod gamma gcd get_bit greatest greatest_common_divisor isfinite isinf isnan
  lcm least least_common_multiple lgamma ln log log10 log2 mod multiply nextafter pi pow power radians random round
  round_even roundbankers set_bit sign signbit sin sinh sqrt subtract tan tanh trunc xor`);

const TEXTS = words(`
  ascii bar base64 bin char_length character_length chr concat concat_ws contains damerau_levenshtein decode editdist3 encode
  ends_with format formatreadabledecimalsize formatreadablesize format_bytes from_base64 from_binary from_hex hamming hash hex
  ilike_escape instr jaccard jaro_similarity jaro_winkler_similarity lcase left left_grapheme len length length_grapheme
  levenshtein like_escape lower lpad ltrim md5 md5_number md5_number_lower md5_number_upper mismatches nfc_normalize
  not_ilike_escape not_like_escape octet_length ord parse_dirname parse_dirpath parse_filename parse_formatted_bytes parse_path
  position prefix printf regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
  regexp_split_to_array regexp_split_to_table repeat replace reverse right right_grapheme rpad rtrim sha1 sha256 split
  split_part starts_with str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos
  substr substring substring_grapheme suffix to_base to_base64 to_binary to_hex translate trim ucase unbin unhex unicode upper
  url_decode url_encode`);

const TIMES = words(`
  age ago century current_date current_localtime current_localtimestamp date_add date_diff date_part date_sub date_trunc
  datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms epoch_ns
  epoch_us era get_current_time get_current_timestamp hour isodow isoyear julian last_day make_date make_time make_timestamp
  make_timestamp_ms make_timestamp_ns make_timestamptz microsecond millennium millisecond minute month monthname nanosecond
  normalized_interval now quarter second strftime strptime time_bucket timetz_byte_comparable timezone timezone_hour
  timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia to_milliseconds to_minutes to_months
  to_quarters to_seconds to_timestamp to_weeks to_years today transaction_timestamp try_strptime week weekday weekofyear year
  yearweek`);

const LISTS = words(`
  aggregate apply array_aggr array_aggregate array_append array_apply array_cat array_concat array_contains
  array_cosine_distance array_cosine_similarity array_cross_product array_distance array_distinct array_dot_product
  array_extract array_filter array_grade_up array_has array_has_all array_has_any array_indexof array_inner_product
  array_intersect array_length array_negative_dot_product array_negative_inner_product array_pop_back array_pop_front
  array_position array_prepend array_push_back array_push_front array_reduce array_resize array_reverse array_reverse_sort
  array_select array_slice array_sort array_to_string array_to_string_comma_default array_transform array_unique array_value
  array_where array_zip cardinality element_at equi_width_bins filter flatten generate_series generate_subscripts
  grade_up list_aggr list_aggregate list_any_value list_append list_apply list_approx_count_distinct list_avg list_bit_and
  list_bit_or list_bit_xor list_bool_and list_bool_or list_cat list_concat list_contains list_cosine_distance
  list_cosine_similarity list_count list_distance list_distinct list_dot_product list_element list_entropy list_extract
  list_filter list_first list_grade_up list_has list_has_all list_has_any list_histogram list_indexof list_inner_product
  list_intersect list_kurtosis list_kurtosis_pop list_last list_mad list_max list_median list_min list_mode
  list_negative_dot_product list_negative_inner_product list_pack list_position list_prepend list_product list_reduce
  list_resize list_reverse list_reverse_sort list_select list_sem list_skewness list_slice list_sort list_stddev_pop
  list_stddev_samp list_string_agg list_sum list_transform list_unique list_value list_var_pop list_var_samp list_where list_zip
  map map_concat map_contains map_contains_entry map_contains_value map_entries map_extract map_extract_value map_from_entries
  map_keys map_values range reduce row struct_concat struct_contains struct_extract struct_extract_at struct_has struct_indexof
  struct_insert struct_keys struct_pack struct_position struct_update struct_values union_extract union_tag union_value unnest
  unpivot_list`);

const JSON_FUNCTIONS = words(`
  array_to_json from_json from_json_strict json json_array json_array_length json_contains json_exists json_extract
  json_extract_path json_extract_path_text json_extract_string json_group_array json_group_object json_group_structure
  json_keys json_merge_patch json_object json_pretty json_quote json_structure json_transform json_transform_strict json_type
  json_valid json_value row_to_json to_json`);

const OTHERS = words(`
  alias constant_or_null error gen_random_uuid is_histogram_other_bin nullif typeof uuid uuid_extract_timestamp
  uuid_extract_version uuidv4 uuidv7 version`);

/** All allowed functions in lower case, including table functions, because the engine parses their calls as nested calls. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...TABLE_FUNCTIONS,
  ...OPERATORS,
  ...AGGREGATES,
  ...NUMBERS,
  ...TEXTS,
  ...TIMES,
  ...LISTS,
  ...JSON_FUNCTIONS,
  ...OTHERS,
]);
