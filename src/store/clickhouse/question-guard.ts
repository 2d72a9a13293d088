// Restricts SQL queries to a server. The server parses a query (EXPLAIN AST, which resolves and opens nothing), and the
// parts of its tree are compared with lists of those that read only the tables of the store: a server
// also reads files, other servers and URLs for its users.

import { WiretallyError } from '../../model/errors.ts';

/** Queryable tables. */
export interface Askable {
  /** The store's database. */
  readonly database: string;
  /** Its tables and views. */
  readonly own: ReadonlySet<string>;
  /** Other tables of that database. */
  readonly foreign: ReadonlySet<string>;
  /** Other databases of the server. */
  readonly databases: ReadonlySet<string>;
}

/** Permitted parts of a query; other parts may hide their content (as APPLY hides the name of a function). */
const PARTS = new Set(
  `SelectWithUnionQuery SelectIntersectExceptQuery SelectQuery ExpressionList Subquery WithElement Asterisk
  QualifiedAsterisk ColumnsRegexpMatcher ColumnsListMatcher ColumnsTransformerList ColumnsExceptTransformer Identifier
  Literal OrderByElement TablesInSelectQuery TablesInSelectQueryElement TableExpression TableIdentifier TableJoin ArrayJoin
  Function WindowDefinition WindowListElement`.split(/\s+/),
);

/** Functions that compute from their arguments only, in lower case: operators, and words by meaning. */
const FUNCTIONS = new Set(
  `plus minus multiply divide intdiv modulo positivemodulo negate abs sign equals notequals less greater lessorequals
  greaterorequals and or not xor in notin nullin notnullin globalin globalnotin exists like notlike ilike notilike match
  if multiif case caseWithExpression coalesce ifnull nullif assumenotnull isnull isnotnull isnan isfinite isinfinite
  greatest least cast accuratecast accuratecastornull reinterpret tuple untuple lambda in concat concatwithseparator
  count sum sumwithoverflow sumcount min max any anylast anyheavy first_value last_value argmin argmax avg avgweighted
  median mode var_pop var_samp varpop varsamp stddev_pop stddev_samp stddevpop stddevsamp covarpop covarsamp corr
  uniq uniqexact uniqcombined uniqcombined64 uniqhll12 countdistinct topk topkweighted boundingratio entropy kurtpop
  skewpop deltasum simplelinearregression exponentialmovingaverage
  row_number rank dense_rank percent_rank cume_dist ntile lag lead laginframe leadinframe nth_value
  now now64 today yesterday timeslot timeslots timediff age monthname add subtract
  length lengthutf8 empty notempty lower upper lowerutf8 upperutf8 reverse left right lpad rpad repeat ascii char hex unhex
  base64encode base64decode startswith endswith like position locate instr strpos ltrim rtrim
  floor ceil ceiling round roundbankers trunc truncate sqrt cbrt exp exp2 exp10 ln log log2 log10 pow power intexp2 pi e
  cityhash64 siphash64 md5 sha1 sha256 crc32 bitcount has hasall hasany indexof countequal range
  ipv4numtostring ipv4stringtonum ipv6numtostring ipv6stringtonum isipv4string isipv6string isipaddressinrange
  ipv4cidrtorange ipv6cidrtorange`
    .toLowerCase()
    .split(/\s+/),
);
/** Families of the same; no table function begins so. */
const FAMILIES =
  /^(to|date|format(datetime|readable)|parsedatetime|add(s|m|h|d|w|q|y)|subtract(s|m|h|d|w|q|y)|array|tuple|map|bit(and|or|xor|not|shift|test|mask)|grouparray|groupuniqarray|groupbit|quantiles?|median|substring|position|replace|split|string|extract|trim|isnull|json|simplejson|regexp|argmin|argmax)/;
/** Suffixes of aggregate functions. */
const COMBINATORS = /(if|distinct|ornull|ordefault|foreach|array)+$/;

/** The words that begin a question. */
const BEGIN = /^[\s(]*(?:select|with|from)\b/i;
/** Words that end a query or change its output; refused inside texts and names too, where none is needed. */
const ENDINGS = /\b(outfile|settings)\b/i;
const LINE = /^ *([A-Za-z:]+)(?: (.*?))??(?: \(alias .*\))?(?: \(children \d+\))?$/;
const NAME = /^[A-Za-z_]\w*$/;

/** Returns the single statement. Throws USAGE for other text. */
export function plainQuestion(sql: string): string {
  const question = sql.replace(/[\s;]+$/, '');
  if (!BEGIN.test(question)) throw refused('a question to a server begins with SELECT, WITH or FROM');
  if (question.includes(';'))
    throw refused('a question to a server is one statement, and holds no semicolon (char(59) is one)');
  const ending = ENDINGS.exec(question)?.[1];
  if (ending !== undefined) throw refused(`${ending.toUpperCase()} is not for questions`);
  return question;
}

/** Parser of a query. Between brackets only a SELECT is valid. */
export const partsQuery = (question: string): string => `EXPLAIN AST SELECT * FROM (\n${question}\n)`;

/** `lines`: output of the server for its parts. Throws USAGE for queries beyond the tables of the store. */
export function requireOwnTables(lines: readonly string[], askable: Askable): void {
  for (const line of lines) {
    if (line.trim() === '') continue;
    const [, part = '', what = ''] = LINE.exec(line) ?? [];
    if (!PARTS.has(part)) throw refused(`${part === '' ? 'this' : part} is not for questions`);
    if (part === 'Function') requireReckoning(what);
    if (part === 'TableIdentifier' || part === 'Identifier') requireInside(what, askable);
  }
}

function requireReckoning(name: string): void {
  const word = name.toLowerCase();
  const bare = word.replace(COMBINATORS, '');
  if (NAME.test(name) && (FUNCTIONS.has(word) || FUNCTIONS.has(bare) || FAMILIES.test(word))) return;
  throw refused(`the function ${name} is not for questions`);
}

/** After IN a plain name may be a table too. */
function requireInside(name: string, { database, own, foreign, databases }: Askable): void {
  const [first = '', second = ''] = name.split('.');
  const isOutside = foreign.has(name) || (name.includes('.') && databases.has(first));
  if (isOutside || (first === database && name.includes('.') && !own.has(second)))
    throw refused(`${name} is no table of the store`);
}

export function refused(reason: string): WiretallyError {
  return new WiretallyError('USAGE', reason, {
    next: 'ask with SELECT; docs/store.md names tables and columns',
  });
}
