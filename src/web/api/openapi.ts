// Defines the HTTP API: the answer of each address, and the description (OpenAPI 3.1), which is generated from the schemas.

import { z } from 'zod';
import { checkedName, diagnosis, halfSeenName } from '../../model/diagnosis.ts';
import { fleetSensor } from '../../model/fleet.ts';
import { health } from '../../model/health.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import {
  type Comparison,
  comparison,
  coverage,
  finding,
  head as headOfReport,
  host,
  notVisible,
  policy,
  type ReportDocument,
  report,
  stats,
  summary,
  tool,
} from '../../model/report.ts';
import { comparisonCsv } from '../../report/format/comparison-csv.ts';
import { readingState } from '../../report/text/blind-spots.ts';
import { formatInstant } from '../../time/instant.ts';
import { QUESTION_WORDS, type Question } from '../address-question.ts';
import { ORDERS } from '../order.ts';
import { PageError } from '../page-error.ts';
import type { PageRequest } from '../page-request.ts';
import { hostPart, selectPart, toolPart } from '../selection.ts';
import { sensorsCsv, TABLES } from './csv-tables.ts';

interface Route {
  /** Path with the placeholders "{host}" and "{tool}". */
  readonly path: string;
  readonly says: string;
  readonly answer: AnswerName;
  readonly give: (request: PageRequest) => object | Promise<object>;
}

/** The answer of a route; the reason if it is older than the source, which cannot be read again. */
export async function buildAnswer({ give, answer }: Route, request: PageRequest): Promise<object> {
  const given = await give(request);
  const { trouble } = request.site.documents;
  return trouble === null || OF_NOW.has(answer) ? given : { ...given, trouble: trouble.message };
}

/** Builds an answer that needs only the document. */
const fromDocument =
  (give: (document: ReportDocument, question: Question, request: PageRequest) => object): Route['give'] =>
  async (request) => {
    const { question, document } = await request.readAnswer();
    return give(document, question, request);
  };

export const ROUTES: readonly Route[] = [
  {
    path: '/report',
    says: 'The report document about the span, narrowed by the filters.',
    answer: 'Report',
    give: fromDocument(selectPart),
  },
  {
    path: '/hosts',
    says: 'Hosts with everything that was seen on them.',
    answer: 'Hosts',
    give: fromDocument(hostsAnswer),
  },
  {
    path: '/hosts/{host}',
    says: 'One host, by address, name, MAC or pseudonym.',
    answer: 'Host',
    give: fromDocument((document, _, { host }) => hostAnswer(document, host)),
  },
  { path: '/tools', says: 'Tools with their totals.', answer: 'Tools', give: fromDocument(toolsAnswer) },
  {
    path: '/tools/{tool}',
    says: 'One tool or provider, and the hosts with it.',
    answer: 'Tool',
    give: fromDocument((document, _, request) => toolAnswer(document, request.toolIn(document))),
  },
  {
    path: '/findings',
    says: 'Findings of the policy and its verdicts.',
    answer: 'Findings',
    give: fromDocument(findingsAnswer),
  },
  {
    path: '/not-visible',
    says: 'Traffic that was not visible, packets that the sensor lost, and inputs that were not read completely.',
    answer: 'NotVisible',
    give: fromDocument(notVisibleAnswer),
  },
  {
    path: '/compare',
    says: 'Comparison of the span with another one by tool and host, with its limits.',
    answer: 'Compare',
    give: async (request) => {
      const { document, comparison } = await request.readComparison();
      return { ...buildHead(document), comparison: requireComparison(comparison) };
    },
  },
  {
    path: '/health',
    says: 'Connections by tool and server name: tried, passed, stopped, latency, over time. With host: its diagnoses.',
    answer: 'Health',
    // Diagnoses of one host have the form of `wiretally diagnose --format json`.
    give: async (request) => {
      const { document, shown } = await request.readHealth();
      return { ...buildHead(document), health: shown.health, ...shown.diagnosis };
    },
  },
  {
    path: '/sensors',
    says: 'The sensors of a fleet as they are now, whatever the span.',
    answer: 'Sensors',
    // `wiretally fleet sensors --json` prints the same.
    give: async ({ site: { wiretally, fleet } }) => {
      const { atMs, sensors } = await fleet.states();
      return { wiretally, at: formatInstant(atMs * 1000), sensors };
    },
  },
  {
    path: '/status',
    says: 'States if there is data, and its version.',
    answer: 'Status',
    give: ({ site: { wiretally, documents } }) => ({
      wiretally,
      isReady: documents.isReady,
      trouble: documents.trouble?.message ?? null,
      version: documents.version,
    }),
  },
];

interface CsvRoute {
  readonly table: string;
  readonly give: (request: PageRequest) => Promise<CsvAnswer>;
}

interface CsvAnswer {
  readonly lines: Iterable<string>;
  /** The document of the table; absent for a table of several documents, or of none. */
  readonly document?: ReportDocument;
}

export const CSV_ROUTES: readonly CsvRoute[] = [
  ...Object.entries(TABLES).map(([table, csvOf]) => ({
    table,
    give: async (request: PageRequest) => {
      const { question, document } = await request.readAnswer();
      return { lines: csvOf(selectPart(document, question)), document };
    },
  })),
  {
    table: 'compare',
    give: async (request) => {
      const { comparison } = await request.readComparison();
      return { lines: comparisonCsv(requireComparison(comparison)) };
    },
  },
  { table: 'sensors', give: async ({ site }) => ({ lines: sensorsCsv(await site.fleet.states()) }) },
];

/** Warnings of a table, which has no place for a message: RFC 7234 §5.5 defines this header. */
export function warningsOf({ document }: CsvAnswer, { documents }: PageRequest['site']): string[] {
  const state = document === undefined ? 'whole' : readingState(document);
  const isPart = state === 'incomplete' || state === 'interrupted';
  return [
    ...(documents.trouble === null ? [] : ['110 - "Response is Stale"']),
    ...(!isPart ? [] : [`199 - "The reading of the inputs was ${state}"`]),
    ...(state !== 'filtered' && document?.filter === undefined
      ? []
      : ['199 - "Only packets that match a filter were read"']),
  ];
}

/** Throws PageError 400. */
function requireComparison(comparison: Comparison | null): Comparison {
  if (comparison !== null) return comparison;
  throw new PageError(
    400,
    'a comparison needs two spans with data',
    'pass since, until, against_since and against_until',
  );
}

/** Text responses, in addition to the JSON responses. */
const TEXTS = [
  { path: '/healthz', says: 'Liveness of the server; requires no token.', type: 'text/plain' },
  {
    path: '/readyz',
    says: 'Readiness: 200 if there is data, else 503 with the reason.',
    type: 'text/plain',
  },
  {
    path: '/metrics',
    says: 'Metrics in the text format of Prometheus; no label is a host, a user or a name.',
    type: 'text/plain',
  },
  {
    path: '/events',
    says: 'Server-sent events, without end: "change" with the shown version, at the start and after each change; "alive" every 8 s.',
    type: 'text/event-stream',
  },
] as const;

const PARAMETERS = [
  ...QUESTION_WORDS.map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: { type: 'string' },
  })),
  {
    name: 'sort',
    in: 'query',
    description: 'Order of hosts, tools and findings, largest first; ascending after a minus.',
    schema: { type: 'string', enum: ORDERS.flatMap((order) => [order, `-${order}`]) },
  },
];

/** Answers without span and filters. */
const OF_NOW: ReadonlySet<AnswerName> = new Set(['Status', 'Sensors']);

export function openApi(wiretally: string): object {
  const refused = { description: 'Refused.', content: buildJson('Refusal') };
  const routes = ROUTES.map(({ path, says, answer }) => {
    const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part);
    const own = parts.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
    const parameters = OF_NOW.has(answer) ? [] : [...own, ...PARAMETERS];
    const responses = { 200: { description: says, content: buildJson(answer) }, default: refused };
    return [`/api/v1${path}`, { get: { summary: says, parameters, responses } }];
  });
  const tables = CSV_ROUTES.map(({ table }) => {
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
        'Which hosts use which AI coding tools. Fields are never removed; docs/report-json.md describes them.',
    },
    paths: Object.fromEntries([...routes, ...tables, ...texts]),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

const buildJson = (answer: AnswerName) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${answer}` } },
});

// Schemas of the API: parts of the documents of src/model. They are strict, so that the test that compares
// answers with them finds fields that are missing here.

const trouble = z
  .string()
  .optional()
  .describe('reason why the source cannot be read again: the answer is older than the source');
/** Present in each answer, because without them a part of the report looks complete. */
const { filter, interrupted, incomplete, leftOut } = report.shape;
const head = { ...headOfReport, filter, interrupted, incomplete, leftOut, trouble };
const { unrecorded, clockErrors, down, inputs, captures } = report.shape;

const ANSWERS = {
  Report: report.extend({ trouble }),
  Hosts: z.strictObject({ ...head, hosts: z.array(host) }),
  Host: z.strictObject({ ...head, host, findings: z.array(finding).optional() }),
  Tools: z.strictObject({ ...head, tools: z.array(tool) }),
  Tool: z.strictObject({
    ...head,
    tools: z.array(tool),
    hosts: z.array(host),
    findings: z.array(finding).optional(),
  }),
  Findings: z.strictObject({
    ...head,
    policy: policy.optional(),
    summary: summary.optional(),
    findings: z.array(finding),
  }),
  Compare: z.strictObject({ ...head, comparison }),
  NotVisible: z.strictObject({
    ...head,
    unrecorded,
    clockErrors,
    down,
    inputs,
    captures,
    stats,
    coverage: z.array(coverage),
    notVisible: z.array(notVisible),
  }),
  Health: z.strictObject({
    ...head,
    health,
    diagnoses: z.array(diagnosis).optional(),
    checked: z.array(checkedName).optional(),
    halfSeen: z.array(halfSeenName).optional(),
  }),
  Sensors: z.strictObject({ wiretally: z.string(), at: z.string(), sensors: z.array(fleetSensor) }),
  Status: z.strictObject({
    wiretally: z.string(),
    isReady: z.boolean(),
    trouble: z.string().nullable(),
    version: z.string(),
  }),
  Refusal: z.strictObject({
    error: z.strictObject({ status: z.number().int(), what: z.string(), next: z.string().nullable() }),
  }),
} as const;

type AnswerName = keyof typeof ANSWERS;

// Answers of the API: each address returns a part of the report document.

const buildHead = ({
  wiretally,
  catalogue,
  period,
  filter,
  interrupted,
  incomplete,
  leftOut,
}: ReportDocument) => ({
  wiretally,
  catalogue,
  period,
  ...omitUndefined({ filter, interrupted, incomplete, leftOut }),
});

const buildFindings = ({ findings }: ReportDocument) => (findings === undefined ? {} : { findings });

function hostsAnswer(document: ReportDocument, question: Question) {
  return { ...buildHead(document), hosts: selectPart(document, question).hosts };
}

function hostAnswer(document: ReportDocument, word: string) {
  const { host, ...part } = hostPart(document, word);
  return { ...buildHead(document), host, ...buildFindings(part) };
}

function toolsAnswer(document: ReportDocument, question: Question) {
  return { ...buildHead(document), tools: selectPart(document, question).tools };
}

function toolAnswer(document: ReportDocument, id: string) {
  const part = toolPart(document, id);
  return { ...buildHead(document), tools: part.tools, hosts: part.hosts, ...buildFindings(part) };
}

function findingsAnswer(document: ReportDocument, question: Question) {
  const { policy, summary, findings = [] } = selectPart(document, question);
  return {
    ...buildHead(document),
    ...omitUndefined({ policy, summary }),
    findings,
  };
}

function notVisibleAnswer(document: ReportDocument, question: Question) {
  const { unrecorded, clockErrors, down, inputs, captures, stats, coverage } = document;
  return {
    ...buildHead(document),
    ...omitUndefined({ unrecorded, clockErrors, down, inputs }),
    captures,
    stats,
    coverage,
    notVisible: selectPart(document, question).notVisible,
  };
}
