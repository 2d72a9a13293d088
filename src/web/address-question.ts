// Reads the question in the address of a page: span, filters, order, page. The same words for pages, tables and the API.

import { omitUndefined } from '../model/omit-undefined.ts';
import type { ReportDocument } from '../model/report.ts';
import type { Named, WrittenNames } from '../text/written-name.ts';
import { secondsOfDateTime } from '../time/datetime.ts';
import { readSort, type Sort } from './order.ts';
import { PageError } from './page-error.ts';

/** Half-open, in Unix seconds; what is left out is open. */
export interface RequestedSpan {
  readonly since?: number;
  readonly until?: number;
}

export interface Question {
  /** Times are as the user wrote them. */
  readonly since: string;
  readonly until: string;
  /** The span that it is compared with. */
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
  /** From 1 on. */
  readonly page: number;
}

/** Words of an address, as the API describes them; order and page in addition. */
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
      throw new PageError(400, `${name} was given ${values.length} times`, 'give it once');
    if (value.length > MAX_WORD)
      throw new PageError(400, `${name} is longer than ${MAX_WORD} signs`, 'ask for less');
    return value.trim();
  };
  /** The pickers of a form have the day and the time in fields of their own. */
  const picked = (name: string): string => {
    const [value, time] = [word(name), word(`${name}_time`)];
    return PICKED_DAY.test(value) && PICKED_TIME.test(time) ? `${value}T${time}` : value;
  };
  const page = word('page');
  if (page !== '' && (!/^[1-9]\d*$/.test(page) || Number(page) > MAX_PAGE))
    throw new PageError(400, 'page must be a whole number from 1 on', 'leave page out for the first one');
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

/** Rows of a document show which tools it has. */
type Rows = Pick<ReportDocument, 'hosts'>;

/** The question with the id of the tool that it names by id or displayed name, in any case. Throws PageError 400. */
export function withToolId(question: Question, tools: WrittenNames<Named>, rows: Rows): Question {
  return question.tool === ''
    ? question
    : { ...question, tool: parseToolId(question.tool, tools, rows, 400) };
}

/** Rows may be of a tool that the catalogue in force has no more. Throws PageError with the near match. */
export function parseToolId(
  text: string,
  tools: WrittenNames<Named>,
  { hosts }: Rows,
  status: 400 | 404,
): string {
  const known = tools.find(text);
  if (known !== undefined) return known.id;
  if (hosts.some((host) => [...host.tools, ...host.providers].some(({ tool }) => tool === text))) return text;
  const near = tools.near(text);
  throw new PageError(
    status,
    `the catalogue has no tool "${text}"`,
    near === null ? 'give an id or a name, as /tools lists them' : `did you mean ${near}?`,
  );
}

/** Throws PageError 400. */
export function buildSpan({ since, until }: Question, timezone: string): RequestedSpan {
  const [from, to] = [findDateTime('since', since, timezone), findDateTime('until', until, timezone)];
  if (from !== undefined && to !== undefined && from >= to)
    throw new PageError(400, 'since must be before until', 'exchange them');
  return { ...omitUndefined({ since: from, until: to }) };
}

function findDateTime(name: string, value: string, timezone: string): number | undefined {
  if (value === '') return undefined;
  const seconds = secondsOfDateTime(value, timezone);
  if (seconds === null)
    throw new PageError(
      400,
      `${name} must be a date or a time`,
      `write for example ${name}=2026-07-10 or ${name}=2026-07-10T09:30`,
    );
  return seconds;
}

/** The two spans of a comparison; null until both are chosen. Throws PageError 400. */
export function readComparedSpans(
  question: Question,
  timezone: string,
): { before: RequestedSpan; after: RequestedSpan } | null {
  const { againstSince, againstUntil, since } = question;
  if (since === '' || againstSince === '') return null;
  const after = buildSpan(question, timezone);
  const from = findDateTime('against_since', againstSince, timezone);
  const to = findDateTime('against_until', againstUntil, timezone) ?? after.since;
  if (from !== undefined && to !== undefined && from >= to)
    throw new PageError(400, 'against_since must be before against_until', 'exchange them');
  if (to !== undefined && after.since !== undefined && to > after.since)
    throw new PageError(
      400,
      'the span to compare with must end before the other begins',
      'exchange the spans, or end it earlier',
    );
  return {
    before: { ...omitUndefined({ since: from, until: to }) },
    after,
  };
}

/** Names of the words in an address where they are not those of the question. */
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

/** Address of another page, or of another view of the same, which keeps what was asked for. */
export function getAddress(path: string, question: Question, changes: Partial<Question> = {}): string {
  const parameters = new URLSearchParams(listParameters({ ...question, page: 1, ...changes }));
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** To another page: the span alone goes along. */
export function keepSpan({ since, until }: Question): Question {
  return { ...NO_QUESTION, since, until };
}

const NO_QUESTION: Question = {
  ...{ since: '', until: '', againstSince: '', againstUntil: '' },
  ...{ host: '', group: '', tool: '', q: '', result: '', rule: '', state: '' },
  ...{ sort: '', page: 1 },
};
