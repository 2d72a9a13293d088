// The description of the interface for programs (OpenAPI 3.1), made of the shapes of its answers.

import { z } from 'zod';
import { ORDERS } from '../order.ts';
import { ANSWERS, type AnswerName } from './schema.ts';
import { TABLES } from './tables.ts';

interface Route {
  readonly path: string;
  readonly says: string;
  readonly answer: AnswerName;
  /** Name of the part of the path that is asked for. */
  readonly part?: 'host' | 'tool';
}

export const ROUTES: readonly Route[] = [
  { path: '/report', says: 'The report document about the span, narrowed by the filters.', answer: 'Report' },
  { path: '/hosts', says: 'Hosts with all that was seen on them.', answer: 'Hosts' },
  {
    path: '/hosts/{host}',
    says: 'One host, by address, name, MAC or pseudonym.',
    answer: 'Host',
    part: 'host',
  },
  { path: '/tools', says: 'Tools with their totals.', answer: 'Tools' },
  {
    path: '/tools/{tool}',
    says: 'One tool or provider, and the hosts with it.',
    answer: 'Tool',
    part: 'tool',
  },
  { path: '/findings', says: 'Findings of the policy and its verdicts.', answer: 'Findings' },
  {
    path: '/not-visible',
    says: 'What could not be looked into, and what the sensor lost.',
    answer: 'NotVisible',
  },
  {
    path: '/compare',
    says: 'Comparison of the span with another one by tool and host, with its limits.',
    answer: 'Compare',
  },
  {
    path: '/sensors',
    says: 'The sensors of a fleet as they are now, whatever the span.',
    answer: 'Sensors',
  },
  { path: '/status', says: 'Whether there is something to show, and of which version.', answer: 'Status' },
];

/** Text responses, in addition to the JSON responses. */
const TEXTS = [
  { path: '/healthz', says: 'That the server is alive; it asks for no token.', type: 'text/plain' },
  {
    path: '/readyz',
    says: 'That there is something to show; 503 and why where there is not.',
    type: 'text/plain',
  },
  {
    path: '/metrics',
    says: 'Metrics in the text format of Prometheus; no label is a host, a user or a name.',
    type: 'text/plain',
  },
  {
    path: '/events',
    says: 'Server-sent events, without end: "change" with the version that is shown now, at first and whenever it is another; "alive" every 8 s.',
    type: 'text/event-stream',
  },
] as const;

const WORDS: readonly (readonly [string, string])[] = [
  ['since', 'From this date or time on: 2026-07-10, 2026-07-10T09:30 or RFC 3339.'],
  ['until', 'Before this date or time.'],
  ['against_since', 'For a comparison: start of the other span.'],
  ['against_until', 'It ends before this date or time; where since begins, when it is left out.'],
  ['host', 'Address, name, MAC or pseudonym.'],
  ['group', 'Group of hosts.'],
  ['tool', 'Catalogue id of a tool or provider.'],
  ['q', 'Part of an address, name, group, tool or server name.'],
  ['result', 'Result of a finding.'],
];

const PARAMETERS = [
  ...WORDS.map(([name, description]) => ({ name, in: 'query', description, schema: { type: 'string' } })),
  {
    name: 'sort',
    in: 'query',
    description: 'Order of hosts, tools and findings, the most first; the other way round behind a minus.',
    schema: { type: 'string', enum: ORDERS.flatMap((order) => [order, `-${order}`]) },
  },
];

/** They know no span and no filter. */
const OF_NOW: ReadonlySet<AnswerName> = new Set(['Status', 'Sensors']);

export function openApi(wiretally: string): object {
  const refused = { description: 'Refused.', content: jsonOf('Refusal') };
  const routes = ROUTES.map(({ path, says, answer, part }) => {
    const own =
      part === undefined ? [] : [{ name: part, in: 'path', required: true, schema: { type: 'string' } }];
    const parameters = OF_NOW.has(answer) ? [] : [...own, ...PARAMETERS];
    const responses = { 200: { description: says, content: jsonOf(answer) }, default: refused };
    return [`/api/v1${path}`, { get: { summary: says, parameters, responses } }];
  });
  const tables = [...TABLES, 'compare', 'sensors'].map((table) => {
    const csv = {
      description: 'The table, RFC 4180.',
      content: { 'text/csv': { schema: { type: 'string' } } },
    };
    const get = {
      summary: `/${table} as CSV.`,
      parameters: table === 'sensors' ? [] : PARAMETERS,
      responses: { 200: csv, default: refused },
    };
    return [`/api/v1/${table}.csv`, { get }];
  });
  const texts = TEXTS.map(({ path, says, type }) => {
    const content = { [type]: { schema: { type: 'string' } } };
    return [
      path,
      { get: { summary: says, responses: { 200: { description: says, content }, default: refused } } },
    ];
  });
  const schemas = Object.entries(ANSWERS).map(([name, shape]) => [name, z.toJSONSchema(shape)]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Wiretally',
      version: wiretally,
      description:
        'Which hosts use which AI coding tools. Fields are only ever added; docs/report-json.md says what they mean.',
    },
    paths: Object.fromEntries([...routes, ...tables, ...texts]),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

const jsonOf = (answer: AnswerName) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${answer}` } },
});
