// Tables of windows and of period sums: the columns that all SQL engines share, and what they contain. An engine adds
// its own keys, and names the types.

import type { Estimates, Shortfall } from '../../attribution/estimates/shortfall.ts';
import {
  noEstimates,
  noTraffic,
  type PeriodSums,
  type QuarterSums,
  type SummedPeriod,
  type Traffic,
} from '../../attribution/sums/period-sums.ts';
import {
  HOST_SUMS,
  type HostSum,
  ROW_COLUMNS,
  STATS_SUMS,
  type StatsSum,
  TOOL_SUMS,
} from '../../model/counters.ts';
import { OUTCOME_DELAYS, OUTCOME_MAXIMA, OUTCOME_MINIMA, OUTCOME_SUMS } from '../../model/outcome.ts';
import { sentenceText } from '../../model/sentences.ts';
import type { BuildSign, UpdateTraffic } from '../../model/tool.ts';
import type {
  HelloCounts,
  HostAccount,
  HostTotals,
  NotVisibleTraffic,
  OutcomeCell,
  ServiceSeen,
  UsageRow,
  UsageWindow,
} from '../../model/usage.ts';
import { hidesNames, MCP_CLASSES } from '../../model/window-words.ts';
import { type EchAnswerTo, listEchAnswers } from '../../report/document/ech-rows.ts';
import { hiddenWithoutHost } from '../../report/document/host-facts.ts';
import { snakeCase } from '../../text/word-lists.ts';
import { US } from '../../time/units.ts';

/**
 * `word`: a text with few distinct values. `count`: 64 bits, not negative. `whole`: 64 bits. `small`: 32 bits. `tiny`: 8 bits.
 * `period`: the number of a period.
 */
export type ColumnType = 'text' | 'word' | 'count' | 'whole' | 'small' | 'tiny' | 'truth' | 'period';
export type ColumnValue = string | number | boolean | null;

/** Rows belong to a window, to a period, or to a tool in a period (`Of`). */
export interface Column<Row = unknown, Of = unknown> {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  value(row: Row, of: Of): ColumnValue;
}

export interface Table<Of, Row = unknown> {
  readonly name: string;
  readonly columns: readonly Column<Row, Of>[];
  rowsOf(of: Of): Iterable<Row>;
}

export const column = <Row, Of = unknown>(
  name: string,
  type: ColumnType,
  value: (row: Row, of: Of) => ColumnValue,
): Column<Row, Of> => ({ name, type, isNullable: false, value });

export const nullable = <Row, Of>(column: Column<Row, Of>): Column<Row, Of> => ({
  ...column,
  isNullable: true,
});

export const fields = <Name extends string>(
  type: ColumnType,
  names: readonly Name[],
): Column<Readonly<Record<Name, ColumnValue>>>[] =>
  names.map((name) => column(snakeCase(name), type, (row) => row[name]));

/** Returns the values of a row by field; the field of a column has its name. */
export const fieldsIn = (
  columns: readonly Pick<Column, 'name' | 'type'>[],
  values: readonly unknown[],
): Record<string, ColumnValue> =>
  Object.fromEntries(columns.map(({ name, type }, i) => [fieldName(name), valueIn(type, values[i])]));

/** Converts "payload_up" to "payloadUp". */
const fieldName = (column: string): string =>
  column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function valueIn(type: ColumnType, value: unknown): ColumnValue {
  if (type === 'truth') return Number(value) === 1;
  return type === 'text' || type === 'word' ? String(value) : Number(value);
}

const listNames = <Name extends string>(table: Readonly<Record<Name, number>>): Name[] =>
  Object.keys(table) as Name[];

/** Counters of a window, summed over a span. */
export const STATS_COUNTERS: readonly StatsSum[] = listNames(STATS_SUMS);

/** Formats the times relative to the start, so that windows without a silence have the same text. */
function heardText({ startSeconds, heard }: UsageWindow): string | null {
  return heard === undefined ? null : JSON.stringify(heard.map((us) => us - startSeconds * US));
}

export const WINDOWS: Table<UsageWindow, UsageWindow> = {
  name: 'windows',
  rowsOf: (window) => [window],
  columns: [
    ...STATS_COUNTERS.map((name) =>
      column<UsageWindow>(snakeCase(name), 'count', ({ stats }) => stats[name]),
    ),
    column('undecoded', 'count', ({ stats }) => stats.undecoded ?? 0),
    nullable(column('malformed', 'text', ({ stats }) => countsText(stats.malformed))),
    column('frames', 'count', ({ stats }) => stats.frames ?? 0),
    nullable(column('heard', 'text', heardText)),
    nullable(column('gaps', 'text', ({ gaps }) => (gaps === undefined ? null : JSON.stringify(gaps)))),
  ],
};

export const WINDOW_KEY = {
  sensor: column<unknown, UsageWindow>('sensor', 'word', (_, { sensor }) => sensor),
  start: column<unknown, UsageWindow>('start_seconds', 'whole', (_, { startSeconds }) => startSeconds),
  revision: column<unknown, UsageWindow>('revision', 'small', (_, { revision }) => revision),
  length: column<unknown, UsageWindow>('length_seconds', 'small', (_, { lengthSeconds }) => lengthSeconds),
} as const;

const countsText = (counts: Readonly<Record<string, number>>): string | null =>
  Object.keys(counts).length === 0 ? null : JSON.stringify(counts);

const HOST_COUNTERS: readonly HostSum[] = listNames(HOST_SUMS);

export const HOST_TOTALS: Table<UsageWindow, HostTotals> = {
  name: 'host_totals',
  rowsOf: ({ hosts }) => hosts,
  columns: [
    column('host', 'word', ({ host }) => host),
    nullable(column('mac', 'word', ({ mac }) => mac)),
    ...fields('count', HOST_COUNTERS),
    column('hidden_bytes', 'count', hiddenBytes),
  ],
};

export type Identity = Pick<HostTotals, 'host' | 'mac' | 'macFrom' | 'names' | 'addresses'>;

/** Columns of the identity of a host in a window, in addition to its address and MAC. */
export const IDENTITY: readonly Column<Identity>[] = [
  nullable(column('mac_from', 'word', ({ macFrom }) => macFrom)),
  column('names', 'word', ({ names }) => JSON.stringify(names)),
  nullable(column('addresses', 'word', ({ addresses }) => addressesText(addresses))),
];

const addressesText = (addresses: Identity['addresses']): string | null =>
  addresses === undefined ? null : JSON.stringify(addresses);

/** Formats an identity as its columns, for comparison without parsing. */
export const identityText = ({ host, mac, macFrom, names, addresses }: Identity): string =>
  JSON.stringify([host, mac, macFrom, JSON.stringify(names), addressesText(addresses)]);

function hiddenBytes({ notVisible }: HostTotals): number {
  return notVisible.filter(({ kind }) => hidesNames(kind)).reduce((sum, { bytes }) => sum + bytes, 0);
}

interface NotVisibleRow {
  readonly host: string;
  readonly traffic: NotVisibleTraffic;
}

export const NOT_VISIBLE: Table<UsageWindow, NotVisibleRow> = {
  name: 'host_dark',
  rowsOf: (window) => [
    ...window.hosts.flatMap(({ host, notVisible }) =>
      notVisible.map((notVisibleTraffic) => ({ host, traffic: notVisibleTraffic })),
    ),
    ...hiddenWithoutHost(window).map((notVisibleTraffic) => ({ host: '', traffic: notVisibleTraffic })),
  ],
  columns: [
    column('host', 'word', ({ host }) => host),
    column('kind', 'word', ({ traffic }) => traffic.kind),
    column('hint', 'word', ({ traffic }) => traffic.hint),
    column('flows', 'count', ({ traffic }) => traffic.flows),
    column('bytes', 'count', ({ traffic }) => traffic.bytes),
    column('first_us', 'whole', ({ traffic }) => traffic.firstUs),
    column('last_us', 'whole', ({ traffic }) => traffic.lastUs),
  ],
};

/** Bytes of whole frames on the wire by class. The empty host has traffic without a local end. */
export const HOST_ACCOUNTS: Table<UsageWindow, HostAccount> = {
  name: 'host_accounts',
  rowsOf: ({ account }) => account ?? [],
  columns: [
    column('host', 'word', ({ host }) => host),
    ...fields('count', ['lookedInto', 'harmless', 'inside']),
    column('hidden', 'count', ({ hidden }) => hidden.reduce((sum, { bytes }) => sum + bytes, 0)),
  ],
};

export const USAGE_ROWS: Table<UsageWindow, UsageRow> = {
  name: 'usage_rows',
  rowsOf: ({ rows }) => rows,
  columns: [
    ...fields('text', ['host', 'name']),
    ...fields('word', ['nameFrom']),
    nullable(column('ja4', 'text', ({ fingerprint }) => fingerprint?.ja4 ?? null)),
    nullable(column('ja3', 'text', ({ fingerprint }) => fingerprint?.ja3 ?? null)),
    ...fields('text', ['proxy']).map(nullable),
    ...fields('count', ROW_COLUMNS),
    // Counts model requests and other calls.
    column('exchanges', 'count', ({ exchanges, cells }) =>
      cells.reduce((sum, { count }) => sum + count, exchanges.length),
    ),
    ...fields('whole', ['firstUs', 'lastUs']),
  ],
};

export const QUERIED_NAMES: Table<UsageWindow, UsageWindow['queriedNames'][number]> = {
  name: 'names_asked',
  rowsOf: ({ queriedNames }) => queriedNames,
  columns: [...fields('text', ['host', 'name']), ...fields('count', ['count'])],
};

/** Configurations as "outer:id:hellos", joined by blanks. */
export const HELLOS_SEEN: Table<UsageWindow, HelloCounts> = {
  name: 'hellos_seen',
  rowsOf: ({ hellos }) => hellos ?? [],
  columns: [
    ...fields('text', ['host']),
    ...fields('count', ['hellos', 'ech', 'hidden', 'unlistedRequests']),
    column('ech_configs', 'word', ({ echConfigs }) =>
      echConfigs.map(({ outer, id, hellos }) => `${outer}:${id}:${hellos}`).join(' '),
    ),
  ],
};

/** Each row has the answers of one resolver to one host for one name. Times are microseconds of Unix time. */
export const ECH_ANSWERS: Table<UsageWindow, EchAnswerTo> = {
  name: 'ech_answers',
  rowsOf: ({ queriedNames }) => listEchAnswers(queriedNames),
  columns: [
    ...fields('text', ['host', 'name', 'resolver']),
    ...fields('whole', ['firstUs']),
    ...fields('count', ['ttlSeconds']),
  ],
};

/** Times are microseconds of Unix time; signs and versions are joined by blanks. */
export const SERVICES_SEEN: Table<UsageWindow, ServiceSeen> = {
  name: 'services_seen',
  rowsOf: ({ services }) => services ?? [],
  columns: [
    ...fields('text', ['host', 'server']),
    ...fields('small', ['port']),
    ...fields('whole', ['firstUs', 'lastUs']),
    column('signs', 'word', ({ signs }) => signs.join(' ')),
    ...fields('count', ['flows', 'requests', 'uses', 'bytesUp', 'bytesDown']),
    ...fields('truth', ['isUncounted', 'isOtherNetwork']),
    column('versions', 'word', ({ versions = [] }) => versions.join(' ')),
    ...MCP_CLASSES.map((name, place) =>
      column<ServiceSeen>(`mcp_${name}`, 'count', ({ mcp }) => mcp?.[place] ?? 0),
    ),
  ],
};

export const OUTCOME_KEYS = ['host', 'name', 'server', 'port', 'kind', 'detail'] as const;

/** Each number has its own merge rule. Times are microseconds of Unix time. */
export const OUTCOMES: Table<UsageWindow, OutcomeCell> = {
  name: 'outcomes',
  rowsOf: ({ outcomes }) => outcomes ?? [],
  columns: [
    ...fields('text', ['host', 'name', 'server']),
    ...fields('small', ['port']),
    ...fields('word', ['kind']),
    ...fields('count', ['detail', ...OUTCOME_SUMS, ...OUTCOME_MAXIMA, ...OUTCOME_MINIMA]),
    ...fields('whole', ['firstUs', 'lastUs']),
    column('answered_by', 'text', ({ by }) => by),
    // Counts by bucket are joined by blanks.
    ...OUTCOME_DELAYS.map((name) =>
      column<OutcomeCell>(snakeCase(name), 'text', (cell) => (cell[name] ?? []).join(' ')),
    ),
  ],
};

/** Facts of windows; `windows` itself is separate, as engines add most of their columns to it. */
export const FACT_TABLES: readonly Table<UsageWindow>[] = [
  HOST_TOTALS,
  NOT_VISIBLE,
  HOST_ACCOUNTS,
  USAGE_ROWS,
  QUERIED_NAMES,
  HELLOS_SEEN,
  ECH_ANSWERS,
  SERVICES_SEEN,
  OUTCOMES,
];

/** Lists hosts with flows that may continue those of another capture, with these flows only. */
export function midFlowHosts({ hosts }: UsageWindow): readonly HostTotals[] {
  return hosts.flatMap(({ host, firstUs, lastUs, notVisible }) => {
    const midFlow = notVisible.filter(({ kind }) => kind === 'midFlow');
    return midFlow.length === 0 ? [] : [{ ...NO_TOTALS, host, firstUs, lastUs, notVisible: midFlow }];
  });
}

const NO_TOTALS = {
  mac: null,
  macFrom: null,
  names: [],
  vlans: [],
  flows: 0,
  packets: 0,
  bytesUp: 0,
  bytesDown: 0,
} as const;

/** A period with its number in the tables: as decimal digits if a number of JavaScript has too few bits. */
export interface NumberedPeriod extends SummedPeriod {
  readonly period: number | string;
}

export const PERIODS: Table<NumberedPeriod, NumberedPeriod> = {
  name: 'periods',
  rowsOf: (period) => [period],
  columns: [
    ...fields('period', ['period']),
    ...fields('word', ['host']),
    ...fields('whole', ['blockSeconds', 'firstSeconds', 'lastSeconds', 'firstUs', 'lastUs']),
    column('sensors', 'word', ({ sensors }) => JSON.stringify(sensors)),
  ],
};

export interface ToolInPeriod {
  readonly period: NumberedPeriod;
  readonly sums: PeriodSums;
}

export const toolsIn = <P extends NumberedPeriod>(
  periods: readonly P[],
): (ToolInPeriod & { readonly period: P })[] =>
  periods.flatMap((period) => period.sums.map((sums) => ({ period, sums })));

/** Grade is 0 possible, 1 likely, 2 certain. */
const TOOL_KEY: readonly Column<unknown, ToolInPeriod>[] = [
  column('period', 'period', (_, { period }) => period.period),
  column('host', 'word', (_, { period }) => period.host),
  column('tool', 'word', (_, { sums }) => sums.tool),
  column('is_provider', 'truth', (_, { sums }) => sums.isProvider),
  column('grade', 'tiny', (_, { sums }) => sums.grade),
];

/** Fields of periods that are summed. */
export const TRAFFIC: readonly (keyof Traffic)[] = TOOL_SUMS;
export const ESTIMATES = Object.keys(noEstimates()) as (keyof Estimates)[];
/** The same as columns. */
type Amounts = Pick<QuarterSums, 'traffic' | 'estimates'>;
const AMOUNTS: readonly Column<Amounts>[] = [
  ...TRAFFIC.map((name) => column<Amounts>(snakeCase(name), 'whole', ({ traffic }) => traffic[name])),
  ...ESTIMATES.map((name) => column<Amounts>(snakeCase(name), 'whole', ({ estimates }) => estimates[name])),
];

/** Fields of a shortfall that are summed, with their columns. */
export const SHORTFALL: readonly (readonly [Exclude<keyof Shortfall, 'isCut'>, string])[] = [
  ['lost', 'lost'],
  ['payload', 'estimated_payload'],
  ['payloadUp', 'estimated_payload_up'],
  ['flows', 'estimated_flows'],
  ['oneWay', 'one_way'],
  ['established', 'established'],
  ['uncut', 'uncut'],
  ['logged', 'logged'],
  ['unsizedUp', 'unsized_up'],
  ['unsizedDown', 'unsized_down'],
];

const PERIOD_SUMS: Table<ToolInPeriod, PeriodSums> = {
  name: 'period_sums',
  rowsOf: ({ sums }) => [sums],
  columns: [
    ...TOOL_KEY,
    ...fields('whole', ['firstUs', 'lastUs']).map(nullable),
    ...AMOUNTS,
    ...SHORTFALL.map(([field, name]) =>
      column<PeriodSums>(name, 'whole', ({ shortfall }) => shortfall[field]),
    ),
    column('is_cut', 'truth', ({ shortfall }) => shortfall.isCut),
    ...fields('truth', ['isCutByPackets', 'isCarried']),
    column('quarters', 'small', ({ quarters }) => quarters.length),
    ...fields('whole', ['activeMinutes', 'telemetryMin']),
    ...fields('truth', ['isTelemetryByName']),
    column('prompts_min', 'whole', ({ prompts }) => prompts.min),
    column('prompts_max', 'whole', ({ prompts }) => prompts.max),
    ...fields('whole', ['sessions']),
    ...fields('whole', ['modelLastUs']).map(nullable),
    column('sensors', 'word', ({ sensors }) => JSON.stringify(sensors)),
  ],
};

interface QuarterRow {
  readonly of: Omit<QuarterSums, 'times'>;
  readonly minutesOf: number;
}

const buildAmount = ({ name, type, value }: (typeof AMOUNTS)[number]): Column<QuarterRow> =>
  column(name, type, ({ of }) => value(of, null));

const PERIOD_QUARTERS: Table<ToolInPeriod, QuarterRow> = {
  name: 'period_quarters',
  rowsOf: ({ sums }) => quarterRows(sums),
  columns: [
    ...TOOL_KEY,
    column('start_seconds', 'whole', ({ of }) => of.startSeconds),
    column('role', 'word', ({ of }) => of.role),
    column('is_carried', 'truth', ({ of }) => of.isCarried),
    ...AMOUNTS.map(buildAmount),
    column('minutes_of', 'whole', ({ minutesOf }) => minutesOf),
    column('minutes', 'small', ({ of, minutesOf }) => of.minutes.get(minutesOf) ?? 0),
  ],
};

const NOTHING = { traffic: noTraffic(), estimates: noEstimates(), isCarried: false };

/** Lists quarter hours. A request that lasts longer is active in later ones, which get rows with only minutes. */
function quarterRows({ quarters }: PeriodSums): QuarterRow[] {
  const rows: QuarterRow[] = [];
  for (const quarter of quarters) {
    const { startSeconds, minutes } = quarter;
    rows.push({ of: quarter, minutesOf: startSeconds });
    if (minutes.size === 0) continue;
    for (const minutesOf of minutes.keys())
      if (minutesOf !== startSeconds) rows.push({ of: { ...quarter, ...NOTHING }, minutesOf });
  }
  return rows;
}

const PERIOD_NAMES: Table<ToolInPeriod, PeriodSums['names'][number]> = {
  name: 'period_names',
  rowsOf: ({ sums }) => sums.names,
  columns: [
    ...TOOL_KEY,
    ...fields('word', ['name', 'role', 'specificity']),
    ...fields('whole', TRAFFIC),
    column('servers', 'word', ({ servers, serverPorts }) => JSON.stringify([servers, serverPorts])),
  ],
};

const PERIOD_FINGERPRINTS: Table<ToolInPeriod, PeriodSums['fingerprints'][number]> = {
  name: 'period_fingerprints',
  rowsOf: ({ sums }) => sums.fingerprints,
  columns: [
    ...TOOL_KEY,
    ...fields('word', ['ja4', 'ja3']),
    column('alpn', 'word', ({ alpn }) => JSON.stringify(alpn)),
    ...fields('word', ['runtime']).map(nullable),
    ...fields('whole', ['flows']),
  ],
};

const PERIOD_EVIDENCE: Table<ToolInPeriod, PeriodSums['evidence'][number]> = {
  name: 'period_evidence',
  rowsOf: ({ sums }) => sums.evidence,
  columns: [
    ...TOOL_KEY,
    ...fields('truth', ['speaksFor']),
    ...fields('word', ['kind', 'rule']),
    column('detail', 'word', ({ sentence }) => sentenceText(sentence)),
    ...fields('whole', ['firstUs', 'lastUs', 'flows']),
    column('community_ids', 'text', ({ communityIds }) => JSON.stringify(communityIds)),
  ],
};

/** Signs of builds as one text per period: lists are read completely, and most tools have none. */
const PERIOD_BUILDS: Table<ToolInPeriod, Pick<PeriodSums, 'builds' | 'updates'>> = {
  name: 'period_builds',
  rowsOf: ({ sums: { builds, updates } }) =>
    builds.length + updates.length === 0 ? [] : [{ builds, updates }],
  columns: [...TOOL_KEY, column('signs', 'text', ({ builds, updates }) => signsText(builds, updates))],
};

/** Times, kinds and spans of signs, without their marks; a start of a possibly newer build also has a date. */
export type StoredSign = readonly [
  atUs: number,
  kind: BuildSign['kind'],
  spans: BuildSign['spans'],
  newerSince?: string,
];
type StoredUpdate = readonly [
  firstUs: number,
  kind: 'channel',
  name: string,
  lastUs: number,
  payloadDown: number,
];

export function signsText(signs: readonly BuildSign[], updates: readonly UpdateTraffic[]): string {
  return JSON.stringify([
    ...signs.map(
      ({ atUs, kind, spans, newerSince }): StoredSign =>
        newerSince === undefined ? [atUs, kind, spans] : [atUs, kind, spans, newerSince],
    ),
    ...updates.map(
      ({ name, firstUs, lastUs, payloadDown }): StoredUpdate => [
        firstUs,
        'channel',
        name,
        lastUs,
        payloadDown,
      ],
    ),
  ]);
}

/** A parsed text of signs and updates. */
export type StoredSigns = readonly (StoredSign | StoredUpdate)[];

export const isSign = (entry: StoredSign | StoredUpdate): entry is StoredSign => entry[1] !== 'channel';
const isUpdate = (entry: StoredSign | StoredUpdate): entry is StoredUpdate => entry[1] === 'channel';

export function restoreSigns(signs: readonly StoredSign[], timeOf: (i: number) => number): BuildSign[] {
  return signs.map(([, kind, spans, newerSince], i) => {
    const sign = { atUs: timeOf(i), kind, spans, marks: NONE, why: null, platforms: NONE };
    return newerSince === undefined ? sign : { ...sign, newerSince };
  });
}

const NONE: readonly never[] = [];

export const restoreUpdates = (entries: StoredSigns): UpdateTraffic[] =>
  entries
    .filter(isUpdate)
    .map(([firstUs, , name, lastUs, payloadDown]) => ({ name, firstUs, lastUs, payloadDown }));

export const TOOL_TABLES = [
  PERIOD_SUMS,
  PERIOD_QUARTERS,
  PERIOD_NAMES,
  PERIOD_FINGERPRINTS,
  PERIOD_EVIDENCE,
  PERIOD_BUILDS,
] as const satisfies readonly Table<ToolInPeriod>[];

/** `periods` is first, because retention deletes by its time. */
export const PERIOD_TABLES: readonly string[] = [PERIODS, ...TOOL_TABLES].map(({ name }) => name);
