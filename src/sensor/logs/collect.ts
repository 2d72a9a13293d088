// Puts the records of log readers into windows. A row is a whole flow: it is spread over the windows of its duration, evenly,
// because a log knows nothing finer.

import type { Aggregator } from '../../aggregation/aggregate.ts';
import { LocalNetworks } from '../../aggregation/local-networks.ts';
import type { LoggedFlow, LogRecords } from '../../input/logs/records.ts';
import type { DnsRecord, FlowRecord, HostObservationRecord, HostTotalsRecord } from '../../model/flow.ts';
import type { CaptureDrops } from '../../model/sensor.ts';
import type { UsageLookup } from '../../model/usage.ts';
import { compareText, type Network, networkContains, parseAddress, parseNetwork } from '../../net/address.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import type { WrittenSpan } from './gaps.ts';

/** Flows to names of the catalogue that wait for the end of the reading, so that duplicate flows are found. */
const MAX_WAITING = 262_144;
/** Answers whose addresses are remembered, and addresses of which it is known whether they matter. */
const MAX_ADDRESSES = 131_072;
/** Slices of one flow: a week in quarter hours. */
const MAX_SLICES = 672;
/** A product and its version. */
const MAX_AGENT = 64;
/** A proxy passes a hello on within seconds; clocks and times of rows differ by less than a second. */
const PROXY_US = { before: 1_000_000, after: 10_000_000 } as const;
/** Address translation takes microseconds. */
const TRANSLATED_US = 100_000;

export interface CollectorOptions {
  readonly aggregator: Aggregator;
  readonly lookup: UsageLookup;
  readonly localNets: readonly string[];
  readonly exclude: readonly string[];
  readonly windowSeconds: number;
  /** Product tokens of clear-text clients that the catalogue names. */
  readonly userAgents: readonly string[];
}

export class LogCollector implements LogRecords {
  readonly #aggregator: Aggregator;
  readonly #lookup: UsageLookup;
  readonly #local: LocalNetworks;
  readonly #excluded: readonly Network[];
  readonly #windowUs: number;
  readonly #userAgents: readonly string[];
  readonly #addresses = new Map<string, boolean>();
  readonly #answers = new Set<string>();
  readonly #names = new Map<string, boolean>();
  readonly #isExcluded = new Map<string, boolean>();
  #waiting: LoggedFlow[] = [];
  #flowId = 0;
  readonly drops: CaptureDrops[] = [];
  /** Of the file that is being read. */
  #span: WrittenSpan = newSpan();
  packets = 0;
  bytes = 0;
  flows = 0;
  hellos = 0;
  lastUs: TimestampUs | null = null;

  constructor({ aggregator, lookup, localNets, exclude, windowSeconds, userAgents }: CollectorOptions) {
    this.#aggregator = aggregator;
    this.#lookup = lookup;
    this.#local = new LocalNetworks(localNets);
    this.#excluded = exclude.flatMap((text) => parseNetwork(text) ?? []);
    this.#windowUs = windowSeconds * US;
    this.#userAgents = userAgents;
  }

  wrote(us: TimestampUs): void {
    const span = this.#span;
    if (us < span.firstUs) span.firstUs = us;
    if (us > span.lastUs) span.lastUs = us;
    span.rows++;
  }

  isListed(name: string): boolean {
    let answer = this.#names.get(name);
    if (answer === undefined) {
      answer = this.#lookup.isListed(name);
      remember(this.#names, name, answer);
    }
    return answer;
  }

  agentOf(text: string): string | null {
    const token = text.split(' ', 1)[0] ?? '';
    return this.#userAgents.some((known) => token.startsWith(known)) ? token.slice(0, MAX_AGENT) : null;
  }

  isOfNote(client: string, server: string): boolean {
    if (this.#answers.size > 0 && this.#answers.has(`${client} ${server}`)) return true;
    let answer = this.#addresses.get(server);
    if (answer === undefined) {
      answer = this.#lookup.networkOf(server) !== null;
      remember(this.#addresses, server, answer);
    }
    return answer;
  }

  flow(flow: LoggedFlow): void {
    if (this.#isLeftOut(flow.client) || this.#isLeftOut(flow.server)) return;
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(flow);
    else this.#add(flow);
  }

  totals(totals: HostTotalsRecord, server: string | null): void {
    if (this.#isLeftOut(totals.host) || (server !== null && this.#isLeftOut(server))) return;
    if (server !== null && !this.#local.contains(totals.host) && this.#local.contains(server)) return;
    this.#count(totals.packets, totals.bytesUp + totals.bytesDown, totals.lastUs);
    this.flows += totals.flows;
    this.hellos += totals.hellosComplete;
    this.#aggregator.addTotals(totals);
  }

  dns(record: DnsRecord): void {
    if (this.#isLeftOut(record.client)) return;
    if (record.isResponse && this.#answers.size < MAX_ADDRESSES)
      for (const address of record.addresses) this.#answers.add(`${record.client} ${address}`);
    this.#aggregator.addDns({ ...record, isLogged: true });
    this.#count(0, 0, record.tsUs);
  }

  observation(observation: HostObservationRecord): void {
    if (observation.address !== null && this.#isLeftOut(observation.address)) return;
    this.#aggregator.addObservation(observation);
  }

  lost(firstUs: TimestampUs, lastUs: TimestampUs, count: number): void {
    this.drops.push({ firstUs, lastUs, count });
  }

  /** A file begins: its rows are counted apart. */
  startFile(): WrittenSpan {
    this.#span = newSpan();
    return this.#span;
  }

  /** After the last row: flows in the order of time, duplicate flows once. */
  finish(): void {
    const flows = this.#waiting.sort(byTime);
    this.#waiting = [];
    const duplicates = new DuplicateFlows(flows);
    for (const flow of flows) this.#add(duplicates.has(flow) ? unnamed(flow) : flow);
  }

  #isLeftOut(address: string): boolean {
    if (this.#excluded.length === 0) return false;
    let answer = this.#isExcluded.get(address);
    if (answer === undefined) {
      const bytes = parseAddress(address);
      answer = bytes !== null && this.#excluded.some((network) => networkContains(network, bytes));
      remember(this.#isExcluded, address, answer);
    }
    return answer;
  }

  #count(packets: number, bytes: number, lastUs: TimestampUs): void {
    this.packets += packets;
    this.bytes += bytes;
    if (this.lastUs === null || lastUs > this.lastUs) this.lastUs = lastUs;
  }

  #add(flow: LoggedFlow): void {
    this.#count(
      (flow.packetsUp ?? 0) + (flow.packetsDown ?? 0),
      (flow.bytesUp ?? flow.payloadUp ?? 0) + (flow.bytesDown ?? flow.payloadDown ?? 0),
      flow.lastUs,
    );
    this.flows++;
    if (flow.helloUs !== null) this.hellos++;
    this.#aggregator.addLogged(slicesOf(flow, ++this.#flowId, this.#windowUs));
  }
}

const newSpan = (): WrittenSpan => ({
  firstUs: Number.POSITIVE_INFINITY,
  lastUs: Number.NEGATIVE_INFINITY,
  rows: 0,
});

function remember(answers: Map<string, boolean>, key: string, answer: boolean): void {
  if (answers.size >= MAX_ADDRESSES) answers.clear();
  answers.set(key, answer);
}

const endsOf = (flow: LoggedFlow): string =>
  `${flow.client} ${flow.clientPort} ${flow.server} ${flow.serverPort} ${flow.sni ?? ''}`;

const byTime = (a: LoggedFlow, b: LoggedFlow): number =>
  a.firstUs - b.firstUs || compareText(endsOf(a), endsOf(b));

/** The same flow without what names a tool: it counts in the totals of the proxy that opened it. */
const unnamed = (flow: LoggedFlow): LoggedFlow => ({
  ...flow,
  sni: null,
  fingerprint: null,
  proxy: null,
  userAgent: null,
  helloUs: null,
  isUnread: false,
  isEstablished: false,
});

/** Flows that a proxy or a router opened for a client whose own flow is in the same logs. */
class DuplicateFlows {
  readonly #duplicates = new Set<LoggedFlow>();

  /** `flows` in the order of time. */
  constructor(flows: readonly LoggedFlow[]) {
    const byName = new Map<string, LoggedFlow[]>();
    for (const flow of flows) {
      if (flow.sni === null) continue;
      const list = byName.get(flow.sni);
      if (list === undefined) byName.set(flow.sni, [flow]);
      else list.push(flow);
    }
    for (const list of byName.values()) this.#find(list);
  }

  has(flow: LoggedFlow): boolean {
    return this.#duplicates.has(flow);
  }

  #find(flows: readonly LoggedFlow[]): void {
    const servers = new Set(flows.map(({ server }) => server));
    let from = 0;
    for (const [i, flow] of flows.entries()) {
      while (timeOf(flows[from] ?? flow) < timeOf(flow) - PROXY_US.after) from++;
      for (let at = from; at < flows.length; at++) {
        const other = flows[at];
        if (other === undefined || timeOf(other) > timeOf(flow) + PROXY_US.before) break;
        if (at !== i && isDuplicateFlow(other, flow, servers)) this.#duplicates.add(flow);
      }
    }
  }
}

const timeOf = ({ helloUs, firstUs }: LoggedFlow): number => helloUs ?? firstUs;

function isDuplicateFlow(first: LoggedFlow, second: LoggedFlow, servers: ReadonlySet<string>): boolean {
  if (!isSameForm(first, second) || first.client === second.client) return false;
  if (servers.has(second.client)) return first.server === second.client;
  if (first.server !== second.server || first.serverPort !== second.serverPort) return false;
  const isSameSize =
    first.payloadUp !== null &&
    first.payloadUp > 0 &&
    first.payloadUp === second.payloadUp &&
    first.payloadDown === second.payloadDown;
  const apart = timeOf(second) - timeOf(first);
  const isLater = apart > 0 || (apart === 0 && compareText(endsOf(first), endsOf(second)) < 0);
  return isSameSize && first.fingerprint !== null && isLater && apart <= TRANSLATED_US;
}

function isSameForm({ fingerprint: a }: LoggedFlow, { fingerprint: b }: LoggedFlow): boolean {
  return a === null || b === null || (a.ja4 === b.ja4 && a.ja3 === b.ja3);
}

/** Evenly over time, in whole numbers that add up. */
function slicesOf(flow: LoggedFlow, flowId: number, windowUs: number): FlowRecord[] {
  const firstUs = flow.firstUs;
  const lastUs = Math.max(firstUs, flow.lastUs);
  const helloUs = flow.helloUs === null ? null : Math.min(Math.max(flow.helloUs, firstUs), lastUs);
  const firstWindow = Math.floor(firstUs / windowUs);
  const count = Math.min(Math.floor(lastUs / windowUs) - firstWindow + 1, MAX_SLICES);
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
      hello:
        flow.fingerprint === null ? null : { ...flow.fingerprint, bytes: 0, segments: 0, legacyVersion: 0 },
      helloHash: null,
      isAnswered: flow.isEstablished,
      isContradicted: false,
      isJoined: false,
      multipathToken: 0,
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
