// Builds the report document from attributions and merged windows. Every output format reads this document. The same
// input gives the same document, key by key, independent of the order of workers and inputs.

import { ESTIMATED_ROLES } from '../../model/catalogue-words.ts';
import { isFiltered } from '../../model/counters.ts';
import { omitEmpty, omitUndefined } from '../../model/omit-undefined.ts';
import type {
  CaptureSummary,
  CoverageDay,
  HostReport,
  IncompleteInput,
  LeftOutFiles,
  LogInput,
  NotVisible,
  OutsideNetworks,
  ReportAttempt,
  ReportDocument,
  ReportService,
  ReportStats,
  SensorReport,
  SensorTime,
  ToolUse,
  TrafficAccount,
} from '../../model/report.ts';
import { REQUEST, type ReportRequest } from '../../model/request.ts';
import type { InterfaceDown } from '../../model/sensor.ts';
import type { HostAttribution } from '../../model/tool.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { GAP_WORDS } from '../../model/window-words.ts';
import { NO_REQUEST_SEEN } from '../../model/withheld.ts';
import { compareText, sortHosts } from '../../net/address.ts';
import { formatInstant, parseInstant } from '../../time/instant.ts';
import { DAY_MS, US } from '../../time/units.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { SECTIONS } from '../sections/section-list.ts';
import { isObservedDay } from '../text/day-strip.ts';
import { type Accounts, accountTotal, buildAccounts } from './accounts.ts';
import { buildEch, buildEchFacts, type EchFacts } from './ech-rows.ts';
import { collectHosts, type HostFacts } from './host-facts.ts';
import { type InspectionsByName, withInspection } from './inspected-connections.ts';
import { sumNotVisible, toolTotals } from './report-totals.ts';
import { listServices } from './service-rows.ts';
import { type HostUses, type Packing, type Relayed, UsesByHost, withUses } from './uses-by-host.ts';

export interface ReportInput extends ReportFrame {
  /** Iterated once, so that they need not all be in memory. */
  readonly attributions: Iterable<HostAttribution>;
  /** Merged windows: each (sensor, start) once. */
  readonly windows: readonly UsageWindow[];
}

/** Sums over windows, in addition to attributions, that the caller computed. */
export interface ReportParts {
  readonly attributions: readonly HostAttribution[];
  readonly hosts: ReadonlyMap<string, HostFacts>;
  readonly accounts: Accounts;
  readonly sensors: readonly string[];
  readonly services: readonly ReportService[];
  readonly ech: EchFacts;
  /** Start of the first window and end of the last; null without any. */
  readonly span: { readonly since: number; readonly until: number } | null;
}

/** Facts about the report in addition to its windows. */
export interface ReportFrame {
  readonly captures: readonly CaptureSummary[];
  readonly stats: ReportStats;
  readonly coverage: readonly CoverageDay[];
  /** Absent without any. */
  readonly attempts?: readonly ReportAttempt[];
  /** Absent: unknown for all connections. */
  readonly inspections?: InspectionsByName;
  /** Time of the first packet or window; null without any. */
  readonly recordsFrom: string | null;
  /** Time of the last packet, or the end of the last window; null without any. */
  readonly recordsUntil: string | null;
  /** This read was interrupted. Interruptions of windows are in the coverage. */
  readonly interrupted?: boolean;
  readonly incomplete?: readonly IncompleteInput[];
  readonly leftOut?: LeftOutFiles;
  readonly wiretally: string;
  readonly catalogue: string;
  readonly command: string;
  readonly request?: ReportRequest;
  readonly timezone: string;
  /** RFC 3339; null: the document does not contain its creation time. */
  readonly generated: string | null;
  /** Half-open, Unix seconds; default: start of the first and end of the last window. */
  readonly sinceSeconds?: number;
  readonly untilSeconds?: number;
  /** Present for a fleet only. */
  readonly sensors?: readonly SensorReport[];
  /** BPF filter of the packets that were read. */
  readonly filter?: string;
  readonly down?: readonly InterfaceDown[];
  /** Times at which each sensor observed, for a requested span. */
  readonly observedBy?: readonly SensorTime[];
  /** Present with a sensors file only. */
  readonly outsideNetworks?: readonly OutsideNetworks[];
  /** Packs the rows of many hosts; absent: rows stay as they are. */
  readonly packing?: Packing;
}

export function buildReport(input: ReportInput): ReportDocument {
  const { windows } = input;
  const zone = openZone(input.timezone);
  const hosts = collectHosts(windows, zone);
  const uses = usesByHost(input.attributions, hosts, input);
  const accounts = buildAccounts(windows);
  const sensors = [...new Set(windows.map((window) => window.sensor))];
  const services = listServices(windows);
  const ech = buildEchFacts(windows, zone);
  return assemble({ uses, hosts, accounts, sensors, services, ech, span: findSpan(windows) }, input);
}

export function assembleReport({ attributions, ...parts }: ReportParts, frame: ReportFrame): ReportDocument {
  return assemble({ ...parts, uses: usesByHost(attributions, parts.hosts, frame) }, frame);
}

function usesByHost(
  attributions: Iterable<HostAttribution>,
  hosts: ReadonlyMap<string, HostFacts>,
  frame: ReportFrame,
): UsesByHost {
  const isComplete = isSeenWhole(frame);
  return new UsesByHost(attributions, frame.packing ?? null, undefined, (attribution, use, isProvider) => {
    const { host } = attribution;
    const facts = hosts.get(host);
    const isKnown = facts !== undefined && isComplete && !isProvider && isSized(attribution);
    const counted = isKnown ? withKnownAbsence(use, facts) : use;
    const withShare = withKnownShare(counted, facts?.notVisible ?? NONE);
    return frame.inspections === undefined ? withShare : withInspection(host, withShare, frame.inspections);
  });
}

type Parts = Omit<ReportParts, 'attributions'> & { readonly uses: UsesByHost };

function assemble(parts: Parts, frame: ReportFrame): ReportDocument {
  const hosts = buildHosts(parts);
  const { sensors } = parts;
  const [onlySensor] = sensors;
  const days = daysByClock(frame.coverage, frame.catalogue);
  const span = parts.span === null ? null : limitToDays(parts.span, days, openZone(frame.timezone));
  const recorded: Recorded =
    days.wrong.length === 0
      ? { recordsFrom: frame.recordsFrom, recordsUntil: frame.recordsUntil }
      : {
          recordsFrom: chooseLater(frame.recordsFrom, formatOptional(span?.since)),
          recordsUntil: chooseEarlier(frame.recordsUntil, formatOptional(span?.until)),
        };
  const until = formatOptional(frame.untilSeconds ?? span?.until);
  const document: ReportDocument = {
    schema: 1,
    wiretally: frame.wiretally,
    catalogue: frame.catalogue,
    generated: frame.generated,
    catalogueAgeDays: catalogueAgeDays(frame, until),
    command: frame.command,
    ...(frame.request === undefined ? {} : { [REQUEST]: frame.request }),
    period: {
      since: formatOptional(frame.sinceSeconds ?? span?.since),
      until,
      timezone: frame.timezone,
    },
    sensor: sensors.length === 1 && onlySensor !== undefined && onlySensor !== '' ? onlySensor : null,
    ...omitUndefined({
      sensors: frame.sensors,
      filter: frame.filter,
      observedBy: frame.observedBy,
      outsideNetworks: frame.outsideNetworks,
    }),
    ...recorded,
    ...omitEmpty({ unrecorded: listUnrecorded(frame, recorded) }),
    ...buildClockErrors(days),
    ...omitEmpty({
      down: frame.down?.map(({ interface: name, sinceSeconds }) => ({
        interface: name,
        since: formatInstant(sinceSeconds * US),
      })),
      interrupted: frame.interrupted === true || frame.coverage.some(isInterrupted) || undefined,
      incomplete: frame.incomplete,
      leftOut: frame.leftOut,
      inputs: listInputs(frame.captures),
    }),
    captures: frame.captures.map(({ log: _, ...capture }) => capture),
    stats: frame.stats,
    coverage: frame.coverage,
    hosts,
    tools: toolTotals(hosts),
    notVisible: sumNotVisible(hosts, listSpots(parts.hosts.get(''), 0)),
    ...accountTotal(parts.accounts.values()),
    services: parts.services,
    ...buildEch(parts.ech),
    ...omitUndefined({ attempts: frame.attempts }),
  };
  const facts: Partial<ReportDocument> = Object.assign(
    {},
    ...SECTIONS.map((section) => section.facts?.(document)),
  );
  return { ...document, ...facts };
}

const isInterrupted = ({ gaps }: CoverageDay): boolean =>
  gaps.some(({ reason }) => reason === GAP_WORDS.interrupted);

function buildClockErrors({ wrong }: DaysByClock): Pick<ReportDocument, 'clockErrors'> {
  if (wrong.length === 0) return {};
  const packets = wrong.reduce((sum, day) => sum + day.packets, 0);
  return { clockErrors: { days: wrong.length, packets } };
}

const chooseLater = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && parseInstant(b) > parseInstant(a)) ? b : a;

const chooseEarlier = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && parseInstant(b) < parseInstant(a)) ? b : a;

const listInputs = (captures: ReportFrame['captures']): LogInput[] =>
  captures.flatMap(({ file, log }) => {
    if (log === undefined) return [];
    const { unread: _, ...counts } = log;
    return [{ path: file, ...counts }];
  });

type Recorded = Pick<ReportDocument, 'recordsFrom' | 'recordsUntil'>;

/** Lists requested time that no record covers. It is not time without use. */
function listUnrecorded(
  { sinceSeconds, untilSeconds }: ReportFrame,
  { recordsFrom, recordsUntil }: Recorded,
): NonNullable<ReportDocument['unrecorded']> {
  if (recordsFrom === null || recordsUntil === null) return [];
  const [since, until] = [sinceSeconds, untilSeconds].map(formatOptional);
  const isBefore = since != null && since < recordsFrom;
  const isAfter = until == null ? since != null && since >= recordsUntil : until > recordsUntil;
  return [
    ...(isBefore ? [{ from: since, to: chooseEarlier(recordsFrom, until ?? null) }] : []),
    ...(isAfter
      ? [{ from: chooseLater(recordsUntil, since ?? null) ?? recordsUntil, to: until ?? null }]
      : []),
  ];
}

const formatOptional = (seconds: number | undefined): string | null =>
  seconds === undefined ? null : formatInstant(seconds * US);

function findSpan(windows: readonly UsageWindow[]): { since: number; until: number } | null {
  let since = Number.POSITIVE_INFINITY;
  let until = Number.NEGATIVE_INFINITY;
  for (const window of windows) {
    since = Math.min(since, window.startSeconds);
    until = Math.max(until, window.startSeconds + window.lengthSeconds);
  }
  return windows.length === 0 ? null : { since, until };
}

/** True if no packet of the span is known to be missing. */
const isSeenWhole = (frame: ReportFrame): boolean => {
  const { stats, coverage, captures, interrupted, incomplete, down } = frame;
  return (
    !isFiltered(frame) &&
    stats.kernelDrops + stats.evictedFlows + stats.snaplenCut === 0 &&
    coverage.every(({ gaps, kernelDrops }) => gaps.length === 0 && kernelDrops === 0) &&
    captures.every(({ truncated, error }) => !truncated && error === undefined) &&
    interrupted !== true &&
    (incomplete ?? NONE).length + (down ?? NONE).length === 0
  );
};

function buildHosts({ hosts: facts, accounts, uses }: Parts): HostReport[] {
  const factHosts = [...facts.keys()].filter((host) => host !== '');
  const names = [...factHosts, ...[...uses.hosts()].filter((host) => !facts.has(host))];
  return sortHosts(names).map((host) =>
    buildHost(
      host,
      { fact: facts.get(host), account: accounts.get(host) },
      { used: uses.of(host), relayed: uses.relayedOf(host) },
    ),
  );
}

/**
 * This is a separate function, so that the closure that reads a host's uses again retains nothing else of the report.
 */
function buildHost(
  host: string,
  { fact, account }: { readonly fact: HostFacts | undefined; readonly account: TrafficAccount | undefined },
  { used, relayed }: { readonly used: (() => HostUses) | null; readonly relayed: Relayed | null },
): HostReport {
  const bytes = fact?.bytes ?? 0;
  const about: HostReport = {
    host,
    identity: 'address',
    mac: fact?.mac ?? null,
    name: fact?.names[0] ?? null,
    groups: NONE,
    bytes,
    flows: fact?.flows ?? 0,
    presence: fact?.presence ?? NONE,
    tools: NONE,
    providers: NONE,
    notVisible: listHiddenTraffic(fact, relayed, bytes),
    ...omitUndefined({ account }),
  };
  const addresses = fact?.addresses ?? NONE;
  const whole = addresses.length === 0 ? about : withAddresses(about, addresses);
  const doubted = fact === undefined ? whole : withDoubts(whole, fact);
  return used === null
    ? doubted
    : withUses(
        doubted,
        () => used().tools,
        () => used().providers,
      );
}

function withAddresses(about: HostReport, addresses: readonly string[]): HostReport {
  const { host, identity, mac, name, ...rest } = about;
  return { host, identity, mac, name, addresses, ...rest };
}

/** Adds doubts as last fields, so that they can also be added later. */
function withDoubts(about: HostReport, { isOfSeveral, isBehindRouter, sameMachine }: HostFacts): HostReport {
  if (!isOfSeveral && !isBehindRouter && sameMachine.length === 0) return about;
  return {
    ...about,
    ...(isOfSeveral ? { severalMachines: true } : {}),
    ...(isBehindRouter ? { behindRouter: true } : {}),
    ...omitEmpty({ sameMachine }),
  };
}

/** The empty list that hosts without entries share, because a large network has many. */
const NONE: readonly never[] = [];

const listSpots = (fact: HostFacts | undefined, bytes: number): NotVisible[] =>
  (fact?.notVisible ?? NONE).map((spot) => ({
    kind: spot.kind,
    flows: spot.flows,
    bytes: spot.bytes,
    share: bytes === 0 ? 0 : Math.min(1, spot.bytes / bytes),
    first: formatInstant(spot.firstUs),
    last: formatInstant(spot.lastUs),
  }));

/**
 * Lists the traffic of a host that is not visible. A suspected relay has a provider row, but its traffic also counts
 * here, because the provider behind it is not visible.
 */
function listHiddenTraffic(
  fact: HostFacts | undefined,
  relay: Relayed | null,
  bytes: number,
): readonly NotVisible[] {
  const spots = listSpots(fact, bytes);
  if (relay !== null && !spots.some((spot) => spot.kind === 'relay')) {
    const relayed = relay.bytesUp + relay.bytesDown;
    spots.push({
      kind: 'relay',
      flows: relay.flows,
      bytes: relayed,
      share: bytes === 0 ? 0 : Math.min(1, relayed / bytes),
      first: relay.firstSeen,
      last: relay.lastSeen,
    });
  }
  return spots.length === 0 ? NONE : spots.sort((a, b) => compareText(a.kind, b.kind));
}

/** Computes the age of the catalogue. A requested period may end after the report was created. */
function catalogueAgeDays(
  { catalogue, generated }: Pick<ReportFrame, 'catalogue' | 'generated'>,
  until: string | null,
): number | null {
  const [, year, month] = /^(\d{4})\.(\d{1,2})\./.exec(catalogue) ?? [];
  if (year === undefined || month === undefined || until === null) return null;
  const end = Math.min(Date.parse(until), Date.parse(generated ?? until));
  return Math.max(0, Math.floor((end - Date.UTC(Number(year), Number(month))) / DAY_MS));
}

// Finds days that no capture can cover, because the clock of a sensor was wrong or its windows are forged. Charts by
// day omit them, since one window would stretch every axis over centuries. Rows include their traffic.

/** No sensor of this program is older. */
const EARLIEST_DAY = '2000-01-01';
/** Maximum time that a program is used after its catalogue was created. */
const MAX_YEARS_AHEAD = 10;
/** Minimum days without records before and after a part of a history that may be an error. */
const ALONE_DAYS = 366;
/** Such a part is an error if the largest part has this many times its days. */
const ERROR_RATIO = 100;

interface DateSpan {
  readonly since: number;
  readonly until: number;
}

interface DaysByClock {
  readonly right: readonly CoverageDay[];
  readonly wrong: readonly CoverageDay[];
}

/**
 * Days must be in order. If none can be right, it is unknown which are wrong. A day that was not observed is neither: the
 * gap behind a window of a wrong clock begins on one.
 */
function daysByClock(coverage: readonly CoverageDay[], catalogue: string): DaysByClock {
  const madeIn = Number(/^\d{4}/.exec(catalogue)?.[0] ?? 2100 - MAX_YEARS_AHEAD);
  const latest = `${madeIn + MAX_YEARS_AHEAD}-12-31`;
  const isPossible = ({ date }: CoverageDay): boolean => date >= EARLIEST_DAY && date <= latest;
  const parts = listParts(coverage.filter(isPossible));
  const largest = Math.max(0, ...parts.map(({ length }) => length));
  const right = new Set(
    parts.filter((part) => part.length * ERROR_RATIO > largest && part.some(isObservedDay)).flat(),
  );
  if (right.size === 0) return { right: coverage, wrong: [] };
  return { right: [...right], wrong: coverage.filter((day) => !right.has(day) && isObservedDay(day)) };
}

/** Splits days into parts that are separated by a long time without records. */
function listParts(days: readonly CoverageDay[]): CoverageDay[][] {
  const parts: CoverageDay[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const day of days) {
    const at = Date.parse(day.date);
    const part = parts.at(-1);
    if (part === undefined || at - last > ALONE_DAYS * DAY_MS) parts.push([day]);
    else part.push(day);
    last = at;
  }
  return parts;
}

/** Limits a span of windows to plausible days: an edge on another day moves to the nearest of these. */
function limitToDays(span: DateSpan, { right, wrong }: DaysByClock, zone: Zone): DateSpan {
  const [first, last] = [right[0], right.at(-1)];
  if (wrong.length === 0 || first === undefined || last === undefined) return span;
  const afterLast = new Date(Date.parse(last.date) + DAY_MS).toISOString().slice(0, 10);
  return {
    since: Math.max(span.since, zone.startOfDay(first.date)),
    until: Math.min(span.until, zone.startOfDay(afterLast)),
  };
}

// States that no model request was sent. A tool without observed requests may use a gateway or a relay, but not if the
// host sent too few bytes elsewhere for a request.

/**
 * Minimum bytes of an agent's first request, which contains instructions and tools. The smallest in the recordings has
 * a body of 5447 B, and 7 kB of frames with its connection.
 */
const MIN_REQUEST_BYTES = 5000;
const MIN_CONNECTION_BYTES = 6000;

/** True if logs have the bytes that the host sent to each listed name: its sum is all that it sent. */
export const isSized = ({ tools, providers }: Pick<HostAttribution, 'tools' | 'providers'>): boolean =>
  ![...tools, ...providers].some(({ use }) => use.withheld.some(({ field }) => field === 'bytesUp'));

/** `facts`: facts of the host in the same span. */
export function withKnownAbsence(use: ToolUse, facts: HostFacts): ToolUse {
  const isUnseen = ({ reason }: { readonly reason: string }): boolean => reason === NO_REQUEST_SEEN.text;
  if (!use.withheld.some(isUnseen) || hasBlindSpot(facts)) return use;
  if (facts.bytesUp - use.bytesUp >= MIN_CONNECTION_BYTES) return use;
  // A request to a name with one of these roles would have been counted.
  if (use.names.some(({ role, payloadUp }) => !ESTIMATED_ROLES.has(role) && payloadUp >= MIN_REQUEST_BYTES))
    return use;
  return {
    ...use,
    activeMinutes: 0,
    modelPayloadUp: 0,
    requests: { min: 0, max: 0 },
    prompts: { min: 0, max: 0 },
    sessions: 0,
    withheld: use.withheld.filter((entry) => !isUnseen(entry)),
    days: use.days.map((day) => ({ ...day, activeMinutes: 0 })),
  };
}

/** Above this change of the share of telemetry, it is not known. */
const MAX_SHARE_CHANGE = 0.01;

/**
 * Without the bytes of model requests, the share of telemetry is not known. Connections that began before the capture may
 * have carried requests and telemetry: how much is not known either.
 */
export function withKnownShare(use: ToolUse, notVisible: HostFacts['notVisible']): ToolUse {
  const { telemetry, modelPayloadUp: model } = use;
  if (telemetry === null || telemetry.share === null) return use;
  if (model === null) return { ...use, telemetry: { ...telemetry, share: null } };
  const unread = notVisible.reduce((sum, { kind, bytes }) => sum + (kind === 'midFlow' ? bytes : 0), 0);
  if (unread <= MAX_SHARE_CHANGE * (model + telemetry.payloadUp + unread)) return use;
  return { ...use, telemetry: { ...telemetry, max: telemetry.max + unread, share: null } };
}

/** True if other machines, or other addresses of this one, may have sent traffic that the facts of the host lack. */
const hasBlindSpot = ({ notVisible, isOfSeveral, isBehindRouter, sameMachine }: HostFacts): boolean =>
  notVisible.length > 0 || isOfSeveral || isBehindRouter || sameMachine.length > 0;
