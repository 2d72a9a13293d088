// Adds the records of log readers to windows. A row is a whole flow. It is distributed evenly over the windows of its
// duration, because a log has no finer times.

import { MAX_DISTANCE_US } from '../../model/ceilings.ts';
import type { DnsRecord, FlowRecord, HostObservationRecord, HostTotalsRecord } from '../../model/flow.ts';
import { addTo } from '../../model/grouped-by.ts';
import { INSPECTIONS, type OutcomeRecord } from '../../model/outcome.ts';
import type { CaptureDrops } from '../../model/sensor.ts';
import type { ClientFingerprint, UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import { smallestTexts } from '../../window/sums.ts';
import type { Aggregator } from '../collector/aggregator.ts';
import { addRows, newSpan, type WrittenSpan } from './gaps.ts';
import { HostSums } from './host-sums.ts';
import type { LogFilter } from './log-filter.ts';
import type { LoggedFlow, LoggedOutcome, LogRecords, RowKind } from './records.ts';
import type { RowSums, SummedFormat } from './summed-form.ts';
import { SummedRows } from './summed-rows.ts';
import { hostTotals } from './totals.ts';
import { FewBytes } from './unseen.ts';

/** Maximum flows to names of the catalogue that wait for the end of the read, in which duplicate flows are found. */
const MAX_WAITING = 262_144;
/** Maximum slices of one flow: a week in quarter hours. Longer flows are damage. */
const MAX_SLICES = 672;
/** Maximum windows of rows: almost four years of quarter hours. Damaged times would open any number. */
const MAX_WINDOWS = 131_072;
/** Losses are stored by the window in which they were reported. */
const MAX_DROPS = 8192;
/** Number of hidden rows per call, because each call of native code costs as much as some rows. */
const HIDDEN_AT_ONCE = 256;
/** Totals of the reading. */
const [PACKETS, BYTES, FLOWS, HELLOS, LAST_US] = [0, 1, 2, 3, 4] as const;
/** Maximum connections to one name within seconds that each is compared with, the nearest first. */
const MAX_COMPARED = 512;
/**
 * Maximum difference between the clocks of two sensors of one network. A client does not reuse a port within this time.
 */
const SENSORS_US = 1_000_000;
/** Maximum time until a proxy forwards a hello: seconds. Clocks and times of rows differ by less than a second. */
const PROXY_US = { before: 1_000_000, after: 10_000_000 } as const;
/** Maximum time for address translation, which takes microseconds. */
const TRANSLATED_US = 100_000;

type LogAggregator = Pick<
  Aggregator,
  'addTotals' | 'addWrittenTotals' | 'addDns' | 'addObservation' | 'addLogged' | 'addOutcome'
>;

export interface CollectorOptions {
  readonly aggregator: LogAggregator;
  readonly filter: LogFilter;
  readonly windowSeconds: number;
  /** Returns pseudonyms of users; absent: users are dropped. */
  readonly userOf?: ((user: string) => string) | undefined;
}

export class LogCollector implements LogRecords {
  readonly #aggregator: LogAggregator;
  readonly #filter: LogFilter;
  readonly #few = new FewBytes();
  readonly #windowUs: number;
  /** Users of proxies, if they were requested. */
  readonly users: ProxyUsers | null;
  #waiting: LoggedFlow[] = [];
  #flowId = 0;
  readonly #drops = new Map<string, CaptureDrops>();
  readonly #windows = new Set<number>();
  /** Totals of hosts by window that the aggregator has not received yet. */
  readonly #sums: HostSums;
  /** Totals of rows with a part that is not visible, by server. */
  readonly #hidden: HostTotalsRecord[] = [];
  #summed: RowSums | null = null;
  #lastWindow = Number.NaN;
  isSampled = false;
  #outside = 0;
  #unsorted = 0;
  /** Time span of the current file. */
  #span: WrittenSpan = newSpan();
  /** The core adds to these totals too. */
  readonly #totals = Float64Array.of(0, 0, 0, 0, Number.NEGATIVE_INFINITY);

  constructor({ aggregator, filter, windowSeconds, userOf }: CollectorOptions) {
    this.#aggregator = aggregator;
    this.#filter = filter;
    this.#sums = new HostSums((sums) => aggregator.addTotals(sums));
    this.#windowUs = windowSeconds * US;
    this.users = userOf === undefined ? null : new ProxyUsers(this.#windowUs, userOf);
  }

  wrote(us: TimestampUs, kind: RowKind = 'connections'): void {
    addRows(this.#span, { firstUs: us, lastUs: us }, 1, kind);
  }

  get packets(): number {
    return this.#totals[PACKETS] ?? 0;
  }

  get bytes(): number {
    return this.#totals[BYTES] ?? 0;
  }

  get flows(): number {
    return this.#totals[FLOWS] ?? 0;
  }

  get hellos(): number {
    return this.#totals[HELLOS] ?? 0;
  }

  get lastUs(): TimestampUs | null {
    const us = this.#totals[LAST_US] ?? Number.NEGATIVE_INFINITY;
    return Number.isFinite(us) ? us : null;
  }

  sumRows(format: SummedFormat): RowSums | null {
    const filter = this.#filter;
    if (filter.hasExclusions) return null;
    this.#summed = new SummedRows(format, {
      sums: this.#sums,
      totals: this.#totals,
      windowUs: this.#windowUs,
      answered: filter.answered,
      lists: filter.lists,
      isLocal: (address) => filter.isLocal(address),
      isVendors: (address) => filter.isVendors(address),
      openWindow: (window) => this.#openWindow(window),
      addTotals: (batch, length) => this.#aggregator.addWrittenTotals(batch, length),
      wroteRows: (rows, connections, parts) => {
        addRows(this.#span, connections, rows, 'connections');
        addRows(this.#span, parts, 0, 'parts');
      },
    });
    return this.#summed;
  }

  isInbound(client: string, server: string): boolean {
    return !this.#filter.isLocal(client) && this.#filter.isLocal(server);
  }

  isListed(name: string): boolean {
    return this.#filter.isListed(name);
  }

  findAgent(text: string): string | null {
    return this.#filter.findAgent(text);
  }

  hasListedServer(client: string, server: string, firstUs: TimestampUs): boolean {
    return this.#filter.hasListedServer(client, server, firstUs);
  }

  flow(flow: LoggedFlow): void {
    const hidden = this.#filter.hiddenTotals(flow);
    if (hidden !== null) {
      this.totals(hidden, flow.server);
      return;
    }
    if (this.#filter.leavesOut(flow.client) || this.#filter.leavesOut(flow.server)) return;
    if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(flow);
      return;
    }
    this.#unsorted++;
    this.#add(flow);
  }

  totals(row: HostTotalsRecord, server: string | null): void {
    const counted = this.#filter.counted(row, server);
    if (counted === null) return;
    const totals = this.#few.sum(counted);
    const window = Math.floor(totals.firstUs / this.#windowUs);
    if (window !== this.#lastWindow && !this.#hasRoom(totals.firstUs, totals.firstUs)) return;
    this.#lastWindow = window;
    this.#count(totals.packets, totals.bytesUp + totals.bytesDown, totals.lastUs);
    this.#countFlows(totals.flows, totals.hellosComplete);
    // Its bytes count in the window of its start, because a window contains no later times.
    const lastUs = Math.min(totals.lastUs, (window + 1) * this.#windowUs - 1);
    // The sum of almost all rows is passed in one call, instead of each row.
    if (totals.notVisible.length === 0 && totals.vlans.length === 0) this.#sums.add(window, totals, lastUs);
    else {
      this.#hidden.push(lastUs === totals.lastUs ? totals : { ...totals, lastUs });
      const { unsizedFlows = 0, host, mac, firstUs } = totals;
      if (unsizedFlows > 0)
        this.#sums.add(window, hostTotals({ host, mac, firstUs, lastUs, unsizedFlows }), lastUs);
    }
    if (this.#hidden.length === HIDDEN_AT_ONCE) this.#emitHidden();
  }

  #emitHidden(): void {
    this.#aggregator.addTotals(this.#hidden);
    this.#hidden.length = 0;
  }

  dns(record: DnsRecord): void {
    if (this.#filter.leavesOut(record.client) || !this.#filter.isAboutTools(record)) return;
    if (!this.#hasRoom(record.tsUs, record.tsUs)) return;
    this.#filter.learn(record);
    this.#aggregator.addDns(record);
    this.#count(0, 0, record.tsUs);
  }

  observation(observation: HostObservationRecord): void {
    if (observation.address !== null && this.#filter.leavesOut(observation.address)) return;
    if (!this.#hasRoom(observation.tsUs, observation.tsUs)) return;
    this.#aggregator.addObservation(observation);
  }

  user(client: string, user: string, us: TimestampUs): void {
    if (!this.#filter.leavesOut(client)) this.users?.add(client, user, us);
  }

  sampled(): void {
    this.isSampled = true;
  }

  lost(firstUs: TimestampUs, lastUs: TimestampUs, count: number): void {
    const [first, last] = [Math.max(0, firstUs), lastUs].map((us) => Math.floor(us / this.#windowUs));
    const key = this.#drops.size < MAX_DROPS ? `${first} ${last}` : 'later';
    const existing = this.#drops.get(key);
    this.#drops.set(key, {
      firstUs: Math.min(existing?.firstUs ?? firstUs, firstUs),
      lastUs: Math.max(existing?.lastUs ?? lastUs, lastUs),
      count: (existing?.count ?? 0) + count,
    });
  }

  get drops(): CaptureDrops[] {
    return [...this.#drops.values()];
  }

  /** Begins a file, whose rows are counted separately. */
  startFile(): WrittenSpan {
    this.#span = newSpan();
    return this.#span;
  }

  /**
   * Must be called after the last row. Adds flows in order of time, duplicate flows once. Returns sentences about
   * omitted data.
   */
  finish(): string[] {
    this.#sums.emitAll();
    this.#emitHidden();
    this.#summed?.emitHidden();
    const sorted = this.#waiting.sort(compareTime);
    this.#waiting = [];
    const flows = removeRepeatedConnections(sorted);
    const copies = sorted.length - flows.length;
    const duplicates = new DuplicateFlows(flows);
    for (const flow of flows) this.#add(duplicates.has(flow) ? removeName(flow) : flow);
    const notes: string[] = [];
    if (copies > 0) notes.push(`connections that two sensors logged count once; copies left out: ${copies}`);
    if (this.#unsorted > 0)
      notes.push(
        `more than ${MAX_WAITING} connections to listed names; ${this.#unsorted} of them were not compared with those of proxies and other sensors`,
      );
    notes.push(...this.#filter.notes(), ...(this.users?.notes() ?? []));
    if (this.#outside > 0)
      notes.push(
        `${this.#outside} rows are left out: all rows together lie in more than ${MAX_WINDOWS} windows; read fewer logs at once, or a longer --window`,
      );
    return notes;
  }

  /** True if the windows of a record are open or may be opened. */
  #hasRoom(firstUs: TimestampUs, lastUs: TimestampUs): boolean {
    const first = Math.floor(firstUs / this.#windowUs);
    const count = Math.min(Math.floor(lastUs / this.#windowUs) - first + 1, MAX_SLICES);
    for (let i = 0; i < count; i++) {
      if (!this.#openWindow(first + i)) {
        this.#outside++;
        return false;
      }
    }
    return true;
  }

  #openWindow(window: number): boolean {
    if (this.#windows.size >= MAX_WINDOWS && !this.#windows.has(window)) return false;
    this.#windows.add(window);
    return true;
  }

  #count(packets: number, bytes: number, lastUs: TimestampUs): void {
    const totals = this.#totals;
    totals[PACKETS] = (totals[PACKETS] ?? 0) + packets;
    totals[BYTES] = (totals[BYTES] ?? 0) + bytes;
    totals[LAST_US] = Math.max(totals[LAST_US] ?? 0, lastUs);
  }

  #countFlows(flows: number, hellos: number): void {
    const totals = this.#totals;
    totals[FLOWS] = (totals[FLOWS] ?? 0) + flows;
    totals[HELLOS] = (totals[HELLOS] ?? 0) + hellos;
  }

  #add(flow: LoggedFlow): void {
    if (!this.#hasRoom(flow.firstUs, Math.max(flow.firstUs, flow.lastUs))) return;
    this.#count(
      (flow.packetsUp ?? 0) + (flow.packetsDown ?? 0),
      (flow.bytesUp ?? flow.payloadUp ?? 0) + (flow.bytesDown ?? flow.payloadDown ?? 0),
      flow.lastUs,
    );
    this.#countFlows(1, flow.helloUs === null ? 0 : 1);
    if (flow.outcome !== undefined) {
      const startUs = Math.floor(flow.firstUs / this.#windowUs) * this.#windowUs;
      this.#aggregator.addOutcome(buildOutcome(flow, flow.outcome, startUs + MAX_DISTANCE_US));
    }
    this.#aggregator.addLogged(listSlices(flow, ++this.#flowId, this.#windowUs));
  }
}

/** `latestUs`: the end of its window. */
function buildOutcome(
  flow: LoggedFlow,
  { kind, detail }: LoggedOutcome,
  latestUs: TimestampUs,
): OutcomeRecord {
  const { client, clientPort, server, serverPort, proxy, sni, firstUs, lastUs, inspection } = flow;
  return {
    tsUs: firstUs,
    lastUs: Math.min(Math.max(firstUs, lastUs), latestUs),
    client,
    clientPort,
    server,
    serverPort,
    kind,
    detail: kind === 'served' ? INSPECTIONS.indexOf(inspection) : detail,
    name: sni ?? proxy?.target.replace(/:\d+$/, '').toLowerCase() ?? '',
    isProxied: proxy !== null,
  };
}

const flowEnds = (flow: LoggedFlow): string =>
  `${flow.client} ${flow.clientPort} ${flow.server} ${flow.serverPort} ${flow.sni ?? ''}`;

const compareTime = (a: LoggedFlow, b: LoggedFlow): number =>
  a.firstUs - b.firstUs || compareText(flowEnds(a), flowEnds(b));

/**
 * Removes connections that a second sensor logged too; the row with a name counts. `flows` must be in order of time.
 */
function removeRepeatedConnections(flows: readonly LoggedFlow[]): LoggedFlow[] {
  const latest = new Map<string, LoggedFlow>();
  const copies = new Set<LoggedFlow>();
  for (const flow of flows) {
    if (flow.clientPort === 0) continue;
    const key = flowEnds({ ...flow, sni: null });
    const before = latest.get(key);
    const isCopy =
      before !== undefined &&
      flow.firstUs - before.firstUs <= SENSORS_US &&
      // Parts of one connection follow each other; a row without an end gives no evidence of that.
      (flow.firstUs <= before.lastUs || before.firstUs === before.lastUs) &&
      (before.sni === null || flow.sni === null || before.sni === flow.sni);
    const isBetter = isCopy && before.sni === null && flow.sni !== null;
    if (isCopy) copies.add(isBetter ? before : flow);
    if (!isCopy || isBetter) latest.set(key, flow);
  }
  return copies.size === 0 ? [...flows] : flows.filter((flow) => !copies.has(flow));
}

/** Removes everything that identifies a tool. The flow then counts in the totals of the proxy that opened it. */
const removeName = (flow: LoggedFlow): LoggedFlow => ({
  ...flow,
  outcome: undefined,
  sni: null,
  fingerprint: null,
  proxy: null,
  userAgent: null,
  helloUs: null,
  isUnread: false,
  isEstablished: false,
});

/** Finds flows that a proxy or a router opened for a client whose own flow is in the same logs. */
class DuplicateFlows {
  readonly #duplicates = new Set<LoggedFlow>();

  /** `flows` must be in order of time. */
  constructor(flows: readonly LoggedFlow[]) {
    const byName = new Map<string, LoggedFlow[]>();
    for (const flow of flows) {
      if (flow.sni !== null) addTo(byName, flow.sni, flow);
    }
    for (const list of byName.values()) this.#find(list);
  }

  has(flow: LoggedFlow): boolean {
    return this.#duplicates.has(flow);
  }

  /**
   * Finds duplicates among the flows of one name: the first flow went to the client of the second (a proxy), or to the
   * same server with the same sizes.
   */
  #find(flows: readonly LoggedFlow[]): void {
    const toProxies = new Map<string, LoggedFlow[]>();
    const toServers = new Map<string, LoggedFlow[]>();
    for (const flow of flows) {
      addTo(toProxies, flow.server, flow);
      const key = findSizes(flow);
      if (key !== null) addTo(toServers, key, flow);
    }
    for (const list of [...toProxies.values(), ...toServers.values()])
      list.sort((a, b) => loggedFlowTime(a) - loggedFlowTime(b));
    for (const flow of flows) {
      const key = findSizes(flow);
      const firsts = toProxies.get(flow.client) ?? (key === null ? undefined : toServers.get(key));
      if (firsts !== undefined && hasFirst(firsts, flow)) this.#duplicates.add(flow);
    }
  }
}

/** Identifies a connection that a router may have repeated; null if its sizes do not distinguish it from others. */
function findSizes({ server, serverPort, payloadUp, payloadDown, fingerprint }: LoggedFlow): string | null {
  if (payloadUp === null || payloadUp === 0 || fingerprint === null) return null;
  return `${server} ${serverPort} ${payloadUp} ${payloadDown}`;
}

/** True if one of `firsts`, in order of time, is the connection that `flow` repeats. */
function hasFirst(firsts: readonly LoggedFlow[], flow: LoggedFlow): boolean {
  const fromUs = loggedFlowTime(flow) - PROXY_US.after;
  const untilUs = loggedFlowTime(flow) + PROXY_US.before;
  let [low, high] = [0, firsts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (loggedFlowTime(firsts[middle] ?? flow) <= untilUs) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= Math.max(0, low - MAX_COMPARED); at--) {
    const first = firsts[at];
    if (first === undefined || loggedFlowTime(first) < fromUs) return false;
    if (first !== flow && isDuplicateFlow(first, flow)) return true;
  }
  return false;
}

const loggedFlowTime = ({ helloUs, firstUs }: LoggedFlow): number => helloUs ?? firstUs;

/** True if `first` went to the client of the second, or to the same server with the same sizes. */
function isDuplicateFlow(first: LoggedFlow, second: LoggedFlow): boolean {
  if (!isSameForm(first, second) || first.client === second.client) return false;
  if (first.server === second.client) return true;
  const apart = loggedFlowTime(second) - loggedFlowTime(first);
  const isLater = apart > 0 || (apart === 0 && compareText(flowEnds(first), flowEnds(second)) < 0);
  return isLater && apart <= TRANSLATED_US;
}

function isSameForm({ fingerprint: a }: LoggedFlow, { fingerprint: b }: LoggedFlow): boolean {
  return a === null || b === null || (a.ja4 === b.ja4 && a.ja3 === b.ja3);
}

const helloOf = ({ transport, ja4, ja3, ech, alpn }: ClientFingerprint): FlowRecord['hello'] => ({
  transport,
  ja4,
  ja3,
  ech,
  alpn,
  bytes: 0,
  segments: 0,
  legacyVersion: 0,
});

/** Divides a flow evenly over time into whole numbers with the same sum. */
function listSlices(flow: LoggedFlow, flowId: number, windowUs: number): FlowRecord[] {
  const firstUs = flow.firstUs;
  const firstWindow = Math.floor(firstUs / windowUs);
  const lastUs = Math.min(Math.max(firstUs, flow.lastUs), (firstWindow + MAX_SLICES) * windowUs - 1);
  const helloUs = flow.helloUs === null ? null : Math.min(Math.max(flow.helloUs, firstUs), lastUs);
  const count = Math.floor(lastUs / windowUs) - firstWindow + 1;
  const slices: FlowRecord[] = [];
  let doneShare = 0;
  for (let i = 0; i < count; i++) {
    const isLast = i === count - 1;
    const endUs = isLast ? lastUs : (firstWindow + i + 1) * windowUs;
    const share = isLast ? 1 : (endUs - firstUs) / (lastUs - firstUs);
    const part = (whole: number | null): number =>
      whole === null ? 0 : Math.floor(whole * share) - Math.floor(whole * doneShare);
    slices.push({
      flowId,
      isFirstSlice: i === 0,
      isLastSlice: isLast,
      synSeen: !flow.isMidFlow,
      isMidFlow: flow.isMidFlow,
      serverHello: flow.isEstablished,
      established: flow.isEstablished,
      isTls13: false,
      resumed: flow.isResumed,
      isHttp2: false,
      retried: false,
      cutShort: false,
      flowFirstUs: firstUs,
      firstUs: i === 0 ? firstUs : (firstWindow + i) * windowUs,
      lastUs: isLast ? lastUs : endUs - 1,
      helloUs,
      client: flow.client,
      server: flow.server,
      clientPort: flow.clientPort,
      serverPort: flow.serverPort,
      clientMac: flow.clientMac,
      serverMac: null,
      protocol: flow.protocol,
      packetsUp: part(flow.packetsUp),
      packetsDown: part(flow.packetsDown),
      bytesUp: part(flow.bytesUp ?? flow.payloadUp),
      bytesDown: part(flow.bytesDown ?? flow.payloadDown),
      payloadUp: part(flow.payloadUp),
      payloadDown: part(flow.payloadDown),
      lostUp: 0,
      lostDown: part(flow.lost),
      fileIndex: 0,
      end: isLast ? 'fin' : 'open',
      clientKnownBy: 'hello',
      appHint: flow.protocol === 'udp' && (flow.isUnread || flow.sni !== null) ? 'quic' : 'unknown',
      vlans: flow.vlans,
      tunnel: [],
      proxy: flow.proxy,
      userAgent: flow.userAgent,
      sni: flow.sni,
      hello: flow.fingerprint === null ? null : helloOf(flow.fingerprint),
      helloHash: null,
      isAnswered: flow.isEstablished,
      isContradicted: false,
      isJoined: false,
      multipathToken: 0,
      isParsed: false,
      otherSni: null,
      logged: {
        hasUp: flow.payloadUp !== null || flow.bytesUp !== null,
        hasDown: flow.payloadDown !== null || flow.bytesDown !== null,
        sentInAll: flow.payloadUp ?? 0,
      },
    });
    doneShare = share;
  }
  return slices;
}

// Collects users that a proxy logged for connections to listed names, by pseudonyms: they become names of their hosts
// in windows.

/** Maximum names of one host in a window of a sensor. */
const MAX_NAMES = 16;
/** Maximum hosts with users over all windows. */
const MAX_HOSTS = 262_144;

export class ProxyUsers {
  readonly #windowUs: number;
  readonly #userOf: (user: string) => string;
  readonly #users = new Map<string, readonly string[]>();
  /** Number of users beyond the limits. */
  #beyond = 0;

  constructor(windowUs: number, userOf: (user: string) => string) {
    this.#windowUs = windowUs;
    this.#userOf = userOf;
  }

  add(host: string, user: string, us: TimestampUs): void {
    const key = getKey(Math.floor(us / this.#windowUs) * this.#windowUs, host);
    const existing = this.#users.get(key);
    if (existing === undefined && this.#users.size >= MAX_HOSTS) {
      this.#beyond++;
      return;
    }
    const name = this.#userOf(user);
    if (existing?.includes(name) !== true)
      this.#users.set(key, smallestTexts([...(existing ?? []), name], MAX_NAMES));
  }

  /** Adds users as names of hosts to the windows. */
  addTo(windows: readonly UsageWindow[]): UsageWindow[] {
    return windows.map((window) => ({
      ...window,
      hosts: window.hosts.map((host) => {
        const users = this.#users.get(getKey(window.startSeconds * US, host.host));
        return users === undefined
          ? host
          : { ...host, names: smallestTexts([...host.names, ...users], MAX_NAMES) };
      }),
    }));
  }

  notes(): string[] {
    return this.#beyond === 0 ? [] : [`rows whose users are left out: ${this.#beyond}`];
  }
}

const getKey = (windowUs: TimestampUs, host: string): string => `${windowUs} ${host}`;
