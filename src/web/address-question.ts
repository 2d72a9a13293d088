// Reads the question in the address of a page: span, filters, order, page. Pages, tables and the API use the same words.

import { omitUndefined } from '../model/omit-undefined.ts';
import type { ReportDocument } from '../model/report.ts';
import type { Named, WrittenNames } from '../text/written-name.ts';
import { secondsOfDateTime } from '../time/datetime.ts';
import { readSort, type Sort } from './order.ts';
import { PageError } from './page-error.ts';

/** A half-open span in Unix seconds; an absent bound is open. */
export interface RequestedSpan {
  readonly since?: number;
  readonly until?: number;
}

export interface Question {
  /** Time as the user wrote it. */
  readonly since: string;
  readonly until: string;
  /** Start of the span to compare with. */
  readonly againstSince: string;
  readonly againstUntil: string;
  readonly host: string;
  readonly group: string;
  readonly tool: string;
  /** Part of an address, name, group or tool. */
  readonly q: string;
  readonly result: string;
  /** ID of a rule. */
  readonly rule: string;
  /** State of a finding, as the log of findings has it. */
  readonly state: string;
  readonly sort: Sort;
  /** Page number, from 1 on. */
  readonly page: number;
}

/** Parameters of an address with their descriptions for the API, without order and page. */
export const QUESTION_WORDS: readonly (readonly [string, string])[] = [
  ['since', 'From this date or time on: 2026-07-10, 2026-07-10T09:30 or RFC 3339.'],
  ['until', 'Before this date or time.'],
  ['against_since', 'For a comparison: start of the other span.'],
  ['against_until', 'It ends before this date or time; where since begins, when it is left out.'],
  ['host', 'Address, name, MAC or pseudonym.'],
  ['group', 'Group of hosts.'],
  ['tool', 'Catalogue id of a tool or provider.'],
  ['q', 'Part of an address, name, group, tool or server name.'],
  ['result', 'Result of a finding.'],
  ['rule', 'ID of the rule of a finding.'],
  [
    'state',
    'State of a finding, with a log of findings: new, acknowledged, assigned, exceptionRequested, closed.',
  ],
];

const MAX_WORD = 256;
const MAX_PAGE = 100_000;
const PICKED_DAY = /^\d{4}-\d\d-\d\d$/;
const PICKED_TIME = /^\d\d:\d\d$/;

/** Throws PageError 400. */
export function readQuestion(parameters: URLSearchParams): Question {
  const word = (name: string): string => {
    const values = parameters.getAll(name);
    const [value = ''] = values;
    if (values.length > 1)
      throw new PageError(400, `${name} was given ${values.length} times`, 'pass it once');
    if (value.length > MAX_WORD)
      throw new PageError(400, `${name} is longer than ${MAX_WORD} characters`, 'shorten it');
    return value.trim();
  };
  /** Forms send the day and the time in separate fields. */
  const picked = (name: string): string => {
    const [value, time] = [word(name), word(`${name}_time`)];
    return PICKED_DAY.test(value) && PICKED_TIME.test(time) ? `${value}T${time}` : value;
  };
  const page = word('page');
  if (page !== '' && (!/^[1-9]\d*$/.test(page) || Number(page) > MAX_PAGE))
    throw new PageError(400, 'page must be a whole number of at least 1', 'omit page for the first one');
  return {
    since: picked('since'),
    until: picked('until'),
    againstSince: picked('against_since'),
    againstUntil: picked('against_until'),
    host: word('host'),
    group: word('group'),
    tool: word('tool'),
    q: word('q'),
    result: word('result'),
    rule: word('rule'),
    state: word('state'),
    sort: readSort(word('sort')),
    page: page === '' ? 1 : Number(page),
  };
}

/** The rows of a document, which name its tools. */
type Rows = Pick<ReportDocument, 'hosts'>;

/** Replaces the tool of the question, an id or a displayed name in any case, by its id. Throws PageError 400. */
export function withToolId(question: Question, tools: WrittenNames<Named>, rows: Rows): Question {
  return question.tool === '' ? question : { ...question, tool: findToolId(question.tool, tools, rows, 400) };
}

/**
 * Returns the id of a tool. Rows may name a tool that the current catalogue no longer contains. Throws PageError with the
 * near match.
 */
export function findToolId(
  text: string,
  tools: WrittenNames<Named>,
  { hosts }: Rows,
  status: 400 | 404,
): string {
  const found = tools.find(text);
  if (found !== undefined) return found.id;
  if (hosts.some((host) => [...host.tools, ...host.providers].some(({ tool }) => tool === text))) return text;
  const near = tools.near(text);
  throw new PageError(
    status,
    `the catalogue has no tool "${text}"`,
    near === null ? 'pass an id or a name from /tools' : `did you mean ${near}?`,
  );
}

/** Throws PageError 400. */
export function parseSpan({ since, until }: Question, timezone: string): RequestedSpan {
  const [from, to] = [findDateTime('since', since, timezone), findDateTime('until', until, timezone)];
  if (from !== undefined && to !== undefined && from >= to)
    throw new PageError(400, 'since must be before until', 'exchange them');
  return { ...omitUndefined({ since: from, until: to }) };
}

function findDateTime(name: string, value: string, timezone: string): number | undefined {
  if (value === '') return undefined;
  const seconds = secondsOfDateTime(value, timezone, name);
  if (seconds === null)
    throw new PageError(
      400,
      `${name} must be a date or a time`,
      `use for example ${name}=2026-07-10 or ${name}=2026-07-10T09:30`,
    );
  return seconds;
}

/** Returns the two spans of a comparison; null until both are chosen. Throws PageError 400. */
export function readComparedSpans(
  question: Question,
  timezone: string,
): { before: RequestedSpan; after: RequestedSpan } | null {
  const { againstSince, againstUntil, since } = question;
  if (since === '' || againstSince === '') return null;
  const after = parseSpan(question, timezone);
  const from = findDateTime('against_since', againstSince, timezone);
  const to = findDateTime('against_until', againstUntil, timezone) ?? after.since;
  if (from !== undefined && to !== undefined && from >= to)
    throw new PageError(400, 'against_since must be before against_until', 'exchange them');
  if (to !== undefined && after.since !== undefined && to > after.since)
    throw new PageError(
      400,
      'the compared span must end before the other begins',
      'swap the spans, or end it earlier',
    );
  return { before: { ...omitUndefined({ since: from, until: to }) }, after };
}

/** Names of parameters that differ from the fields of the question. */
const NAMES: Readonly<Partial<Record<keyof Question, string>>> = {
  againstSince: 'against_since',
  againstUntil: 'against_until',
};

/** Lists the parts of a question that an address carries, in order. */
export function listParameters(question: Question): [name: string, value: string][] {
  const words = Object.entries(question) as [keyof Question, string | number][];
  return words
    .filter(([name, value]) => value !== '' && !(name === 'page' && value === 1))
    .map(([name, value]) => [NAMES[name] ?? name, String(value)]);
}

/** Returns the address of another page or view for the same question. */
export function getAddress(path: string, question: Question, changes: Partial<Question> = {}): string {
  const parameters = new URLSearchParams(listParameters({ ...question, page: 1, ...changes }));
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Keeps only the span of the question, for links to other pages. */
export function keepSpan({ since, until }: Question): Question {
  return { ...NO_QUESTION, since, until };
}

const NO_QUESTION: Question = {
  since: '',
  until: '',
  againstSince: '',
  againstUntil: '',
  host: '',
  group: '',
  tool: '',
  q: '',
  result: '',
  rule: '',
  state: '',
  sort: '',
  page: 1,
};
