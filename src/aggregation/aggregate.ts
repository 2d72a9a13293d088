// Aggregates border records into windows of facts. Records are ordered by capture time, but a flow is emitted
// only when its window or its life ends. So a DNS name is known before the flow that needs it, and the second leg
// of a proxied flow may follow much later. All other facts are sums, unions, minima and maxima: order does not matter.

import type {
  Counters,
  DnsRecord,
  ExchangeRecord,
  FlowRecord,
  FlowSummary,
  HostObservationRecord,
  HostTotalsRecord,
  ServiceRecord,
} from '../model/flow.ts';
import { COPIED_FLAG, type UsageLookup, type UsageWindow, type WindowStats } from '../model/usage.ts';
import { communityId, type Sha1 } from '../net/community-id.ts';
import { US } from '../time/units.ts';
import { AgentLoops } from './agent-loops.ts';
import { DnsMap } from './dns-map.ts';
import { DUPLICATE_KEPT_US, DUPLICATE_WAIT_US, DuplicateFlows, type SameHello } from './duplicate-flows.ts';
import { EarlySlices } from './early-slices.ts';
import { addNotVisible, addObservation, addToHost, addTotalsToHost } from './host-builder.ts';
import { rankOf, SIGHTED } from './host-ranks.ts';
import { isUnicast, LocalNetworks } from './local-networks.ts';
import { addRelayPart, NotVisibleParts } from './not-visible-parts.ts';
import { OpenWindows } from './open-windows.ts';
import { addDnsMessage } from './question-builder.ts';
import { RecordFilter } from './record-filter.ts';
import {
  addExchange,
  addHello,
  addServer,
  addSlice,
  noteOpening,
  type RowBuilder,
  type RowIdentity,
} from './row-builder.ts';
import { type JoinedSlice, Subflows } from './subflows.ts';
import {
  addressIdentity,
  isBareEnd,
  isUnknownYet,
  MAX_PENDING_EXCHANGES,
  MAX_PENDING_SLICES,
  mayMatter,
  mayStillGreet,
  otherIdentity,
  ownIdentity,
  relayIdentity,
  type TrackedFlow,
  trackFlow,
  unlistedIdentity,
} from './tracked-flow.ts';
import { WaitingExchanges } from './waiting-exchanges.ts';
import { countFlow, countTotals, restOf, restSoFar } from './window-stats.ts';

/** Maximum number of tracked flows: about 1 KB each. */
export const MAX_TRACKED_FLOWS = 65_536;
/** Flows that their own packets have ended are over after so much silence; native code waits a minute. */
const CLOSED_US = 61 * US;
/** A flow that was silent for this long is evicted first when the table is full. */
const STALE_US = 600 * US;
/** Interval between evictions of old DNS answers. */
const EXPIRE_EVERY_US = 600 * US;
/** Maximum time from the start of a flow to the lookup of its name. */
const LONGEST_WAIT_US = 7200 * US;
/**
 * Maximum silence of an open flow. Native code ends every flow after this time at the latest, so a flow that it still
 * tracks is never evicted here; otherwise the result would depend on the time of the eviction.
 */
const LONGEST_SILENCE_US = 96 * 3600 * US;

export interface AggregatorOptions {
  /** Divides 900. */
  readonly windowSeconds: number;
  readonly lookup: UsageLookup;
  /** JA4_b parts of the catalogued runtimes. */
  readonly ciphers: readonly string[];
  readonly localNets: readonly string[];
  readonly sha1: Sha1;
}

export class Aggregator {
  readonly #options: AggregatorOptions;
  #lookup: UsageLookup;
  #watchlist: RecordFilter;
  readonly #localNetworks: LocalNetworks;
  readonly #dns = new DnsMap();
  readonly #duplicates = new DuplicateFlows();
  readonly #notVisible: NotVisibleParts;
  readonly #early: EarlySlices;
  readonly #open: OpenWindows;
  readonly #tracked = new Map<number, TrackedFlow>();
  readonly #waiting = new WaitingExchanges();
  readonly #loops = new AgentLoops();
  readonly #subflows = new Subflows();
  /** Flows that their own packets have ended. Their last slice may be omitted: it would be empty. */
  readonly #closed = new Set<TrackedFlow>();
  /** Flows with a name and with something to count. */
  readonly #ready = new Set<TrackedFlow>();
  #expiredUs = Number.NEGATIVE_INFINITY;
  #overflow: Record<string, number> = {};

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#lookup = options.lookup;
    this.#watchlist = new RecordFilter(options.lookup, options.ciphers);
    this.#localNetworks = new LocalNetworks(options.localNets);
    this.#early = new EarlySlices(options.windowSeconds);
    this.#open = new OpenWindows(options.windowSeconds);
    this.#notVisible = new NotVisibleParts(options.windowSeconds, this.#open);
  }

  /** Replaces the catalogue for subsequent records; identified flows keep their identity. */
  setLookup(lookup: UsageLookup, ciphers: readonly string[]): void {
    this.#lookup = lookup;
    this.#watchlist = new RecordFilter(lookup, ciphers);
  }

  /** Counts a flow that matches nothing. False: it matches, and the caller adds its full record. */
  addFlowSummary(flow: FlowSummary): boolean {
    if (isBareEnd(flow)) {
      if (this.#tracked.has(flow.flowId) || flow.lostUp + flow.lostDown > 0) return false;
      this.#end(flow.flowId);
      return true;
    }
    const isFollowed = this.#tracked.has(flow.flowId) || this.#waiting.has(flow.flowId);
    if (isFollowed || this.#notVisible.isWaitingFor(flow.flowId)) return false;
    if (!this.#localNetworks.contains(flow.client) || !this.#watchlist.isNone(flow, this.#dns)) return false;
    const builder = this.#open.at(flow.firstUs);
    countFlow(builder.stats, flow);
    const host = builder.host(flow.client, flow.firstUs, rankOf(flow.bytesDown, flow.helloUs !== null));
    if (host !== null) addToHost(host, flow);
    return true;
  }

  /** Counts sums of flows that match nothing, as addFlowSummary would have counted the flows. */
  addTotals(totals: HostTotalsRecord): void {
    const builder = this.#open.at(totals.firstUs);
    countTotals(builder.stats, totals);
    const rank = rankOf(totals.bytesDown, totals.hellosComplete > 0);
    const host = builder.host(totals.host, totals.firstUs, rank);
    if (host === null) return;
    addTotalsToHost(host, totals);
    const { firstUs, lastUs } = totals;
    for (const { kind, hint, flows, bytes } of totals.notVisible)
      addNotVisible(host, kind, hint, { flows, bytes, firstUs, lastUs });
  }

  addFlow(record: FlowRecord): void {
    if (isBareEnd(record)) {
      this.#learnAtEnd(record);
      this.#end(record.flowId);
      return;
    }
    const builder = this.#open.at(record.firstUs);
    countFlow(builder.stats, record);
    const flow = this.#localNetworks.orient(record);
    if (flow === null) return;
    const host = builder.host(flow.client, flow.firstUs, rankOf(flow.bytesDown, flow.helloUs !== null));
    if (host !== null) addToHost(host, flow);
    this.#notVisible.add(flow);
    if (this.#tracked.has(flow.flowId) || !this.#subflows.add(flow)) this.#follow(flow);
  }

  /**
   * Adds a row of another sensor's log, whole: its slices in the order of time. No later record of the flow follows, and
   * DNS answers that name it were added before.
   */
  addLogged(slices: readonly FlowRecord[]): void {
    const oriented = slices.flatMap((slice) => this.#localNetworks.orient(slice) ?? []);
    for (const slice of slices) countFlow(this.#open.at(slice.firstUs).stats, slice);
    const last = oriented.at(-1);
    if (last === undefined) return;
    for (const slice of oriented) {
      const rank = rankOf(slice.bytesDown, slice.helloUs !== null);
      const host = this.#open.at(slice.firstUs).host(slice.client, slice.firstUs, rank);
      if (host !== null) addToHost(host, slice);
      this.#notVisible.add(slice);
    }
    this.#notVisible.end(last.flowId);
    const tracked = trackFlow(last);
    tracked.slices = oriented;
    this.#conclude(tracked);
  }

  /** Pending exchanges are evaluated again at the end of the flow, which may follow its last packets. */
  #learnAtEnd(record: FlowRecord): void {
    const flow = this.#localNetworks.orient(record);
    if (flow === null) return;
    this.#notVisible.addLoss(flow);
    const tracked = this.#tracked.get(flow.flowId);
    if (tracked === undefined) return;
    tracked.latest = flow;
    tracked.slices.push(flow);
  }

  #end(flowId: number): void {
    const tracked = this.#tracked.get(flowId);
    if (tracked === undefined) {
      if (!this.#subflows.end(flowId)) this.#forget(flowId);
    } else {
      // Its first leg may not have been emitted yet: whether this flow counts is decided after all records of the window.
      tracked.isOver = true;
      this.#ready.add(tracked);
    }
    this.#notVisible.end(flowId);
  }

  #follow(flow: FlowRecord): void {
    let tracked = this.#tracked.get(flow.flowId);
    // After all others: the first ones have the longest silence.
    if (this.#tracked.delete(flow.flowId) && tracked !== undefined) this.#tracked.set(flow.flowId, tracked);
    const isNew = tracked === undefined;
    if (tracked === undefined) {
      const early = flow.isFirstSlice ? null : this.#early.take(flow);
      if (isUnknownYet(flow, this.#lookup, this.#dns)) {
        if (this.#early.isWorthKeeping(flow)) this.#early.add(flow);
        return;
      }
      if (!mayMatter(flow, this.#lookup, this.#dns)) {
        if (flow.isLastSlice) this.#forget(flow.flowId);
        return;
      }
      this.#makeRoom(flow.lastUs);
      tracked = trackFlow(flow);
      this.#tracked.set(flow.flowId, tracked);
      tracked.exchanges.push(...this.#waiting.take(flow.flowId));
      if (early !== null) tracked.slices.push(early);
    }
    this.#duplicates.note(flow);
    tracked.latest = flow;
    this.#subflows.noteConnection(tracked);
    if (flow.end === 'fin' || flow.end === 'reset') this.#closed.add(tracked);
    tracked.slices.push(flow);
    if (tracked.identity === null) this.#identify(tracked, flow.isLastSlice);
    if (isNew) for (const exchange of tracked.exchanges) this.#noteCall(tracked, exchange);
    if (tracked.identity !== null) this.#ready.add(tracked);
    else if (!this.#mayBeRelay(flow)) this.#forget(flow.flowId);
    else if (tracked.slices.length > MAX_PENDING_SLICES) {
      tracked.slices.shift();
      this.#countOverflow('pendingSlices', 1);
    }
  }

  /** True while a later slice or exchange may still give the flow a name. */
  #mayBeRelay(flow: FlowRecord): boolean {
    if (flow.isLastSlice) return false;
    return mayStillGreet(flow) || (flow.hello !== null && this.#lookup.runtimeOf(flow.hello) !== null);
  }

  /**
   * When too many flows wait for their other leg, they count: a duplicate leg is better than a missing flow. Then
   * the flow with the longest silence is evicted; if it continues, it counts as a new flow.
   */
  #makeRoom(nowUs: number): void {
    if (this.#tracked.size < MAX_TRACKED_FLOWS) return;
    for (const tracked of this.#ready) this.#flush(tracked);
    if (this.#tracked.size < MAX_TRACKED_FLOWS) return;
    const [oldest] = this.#tracked.values();
    if (oldest === undefined) return;
    if (nowUs - oldest.latest.lastUs < STALE_US) this.#countOverflow('trackedFlows', 1);
    this.#conclude(oldest);
  }

  addExchange(exchange: ExchangeRecord): void {
    const tracked = this.#tracked.get(exchange.flowId);
    if (tracked === undefined) {
      this.#waiting.add(exchange);
      return;
    }
    if (tracked.exchanges.length >= MAX_PENDING_EXCHANGES) {
      this.#countOverflow('pendingExchanges', 1);
      return;
    }
    tracked.exchanges.push(exchange);
    if (tracked.identity === null) this.#identify(tracked, false);
    this.#noteCall(tracked, exchange);
    if (tracked.identity !== null) this.#ready.add(tracked);
  }

  addDns(record: DnsRecord): void {
    if (record.isMulticast || !isUnicast(record.client)) return;
    const name = [record.name, ...record.cnames].find((asked) => this.#lookup.isListed(asked));
    if (name === undefined) return;
    const builder = this.#open.at(record.tsUs);
    if (record.isResponse) {
      this.#dns.add(record, name);
      builder.answered(record.server, name);
    }
    const asked = builder.asked(record.client, name, record.tsUs);
    if (asked !== null) addDnsMessage(asked, record);
  }

  addObservation(observation: HostObservationRecord): void {
    if (observation.address === null || !isUnicast(observation.address)) return;
    if (!this.#localNetworks.contains(observation.address) && !isOnLink(observation)) return;
    const host = this.#open.at(observation.tsUs).host(observation.address, observation.tsUs, SIGHTED);
    if (host !== null) addObservation(host, observation);
  }

  addService(service: ServiceRecord): void {
    if (this.#localNetworks.contains(service.server)) this.#open.at(service.firstUs).addService(service);
  }

  /** All records of packets before this time have been added: names and legs are known up to it. */
  settle(untilUs: number): void {
    for (const tracked of this.#ready) {
      const helloUs = tracked.latest.helloUs;
      if (helloUs === null || helloUs + DUPLICATE_WAIT_US <= untilUs) this.#flush(tracked);
    }
    for (const tracked of this.#closed) {
      if (tracked.latest.lastUs + CLOSED_US <= untilUs) this.#conclude(tracked);
    }
    this.#early.expire(untilUs);
    this.#notVisible.settle(untilUs);
    if (untilUs >= this.#expiredUs + EXPIRE_EVERY_US) this.#expire(untilUs);
  }

  #expire(untilUs: number): void {
    this.#expiredUs = untilUs;
    const beforeUs = untilUs - LONGEST_WAIT_US;
    // Flows first: they may refer to evicted entries.
    for (const tracked of this.#tracked.values()) {
      if (tracked.latest.lastUs < untilUs - LONGEST_SILENCE_US) this.#conclude(tracked);
      else if ((tracked.latest.helloUs ?? beforeUs) < beforeUs) this.#sameHello(tracked);
    }
    this.#dns.expire(beforeUs);
    this.#duplicates.expire(untilUs - DUPLICATE_KEPT_US);
    this.#notVisible.expire(untilUs - LONGEST_SILENCE_US);
    this.#loops.expire(untilUs);
    this.#subflows.expire(untilUs - LONGEST_SILENCE_US);
    this.#waiting.expire(beforeUs);
  }

  /**
   * Closes the windows that end at `untilUs` or before. `counters` are totals since the start: values without a time
   * (packets in no flow, malformed ones, drops) count in the last of these windows; bytes of packets in
   * no flow are known only at the end.
   */
  close(untilUs: number, sensor: string, revision: number, counters: Counters | null): UsageWindow[] {
    for (const joined of this.#subflows.take(untilUs)) this.#countJoined(joined);
    for (const tracked of this.#ready) {
      // One thread may have emitted later hellos than the other.
      if ((tracked.latest.helloUs ?? 0) < untilUs) this.#flush(tracked);
    }
    this.settle(untilUs);
    const rest = counters === null ? null : (placed: WindowStats) => restSoFar(counters, placed);
    return this.#open.handOn(untilUs, sensor, revision, rest, this.#takeOverflow());
  }

  /** Ensures a window at this time: a live sensor reports silence as observed time. */
  keepWindow(us: number): void {
    this.#open.at(us);
  }

  /** Closes all windows after the last record. `lastUs` is the time of the last packet, null without one. */
  finish(sensor: string, revision: number, counters: Counters, lastUs: number | null): UsageWindow[] {
    for (const tracked of this.#tracked.values()) this.#conclude(tracked);
    for (const joined of this.#subflows.take(Number.POSITIVE_INFINITY)) this.#countJoined(joined);
    // Subflows that count as flows are tracked again.
    for (const tracked of this.#tracked.values()) this.#conclude(tracked);
    this.#notVisible.settle(Number.POSITIVE_INFINITY);
    if (this.#open.isEmpty && lastUs !== null) this.#open.at(lastUs);
    const rest = (placed: WindowStats): WindowStats => restOf(counters, placed);
    return this.#open.handOn(Number.POSITIVE_INFINITY, sensor, revision, rest, this.#takeOverflow());
  }

  #takeOverflow(): Record<string, number> {
    const parts = {
      dnsAnswers: this.#dns,
      duplicates: this.#duplicates,
      pendingSlices: this.#early,
      notVisibleFlows: this.#notVisible,
      waitingExchanges: this.#waiting,
      loopCalls: this.#loops,
      subflows: this.#subflows,
    };
    for (const [ceiling, part] of Object.entries(parts)) {
      if (part.overflow > 0) this.#countOverflow(ceiling, part.overflow);
      part.overflow = 0;
    }
    const overflow = this.#overflow;
    this.#overflow = {};
    return overflow;
  }

  #countOverflow(ceiling: string, count: number): void {
    this.#overflow[ceiling] = (this.#overflow[ceiling] ?? 0) + count;
  }

  /** `isFinal`: no later slice will bring a hello. */
  #identify(tracked: TrackedFlow, isFinal: boolean): void {
    const flow = tracked.latest;
    tracked.identity = ownIdentity(flow, this.#lookup);
    if (tracked.identity !== null || (!isFinal && mayStillGreet(flow))) return;
    tracked.identity = addressIdentity(flow, this.#lookup, this.#dns);
    if (tracked.identity !== null) return;
    tracked.identity = relayIdentity(flow, tracked.exchanges, this.#lookup);
    tracked.isRelay = tracked.identity !== null;
  }

  /** A call may be the one that makes a loop: then the flows with calls to the name are known, ended ones too. */
  #noteCall(tracked: TrackedFlow, exchange: ExchangeRecord): void {
    const { hello } = tracked.latest;
    if (tracked.identity !== null || hello === null || this.#lookup.runtimeOf(hello) === null) return;
    const { host, name } = unlistedIdentity(tracked.latest);
    const isSocket = this.#lookup.keepsConversation?.(hello) === true;
    for (const flow of this.#loops.add(host, name, tracked, exchange, isSocket)) {
      flow.identity = unlistedIdentity(flow.latest);
      flow.isRelay = true;
      if (!this.#tracked.has(flow.flowId)) {
        flow.isOver = true;
        this.#tracked.set(flow.flowId, flow);
      }
      this.#ready.add(flow);
    }
  }

  #forget(flowId: number): void {
    const tracked = this.#tracked.get(flowId);
    if (tracked !== undefined) {
      this.#ready.delete(tracked);
      this.#closed.delete(tracked);
    }
    this.#tracked.delete(flowId);
    this.#waiting.take(flowId);
  }

  #flush(tracked: TrackedFlow): void {
    if (tracked.isOver) {
      this.#conclude(tracked);
      return;
    }
    this.#ready.delete(tracked);
    const { exchanges, latest } = tracked;
    // A hello before the slices may make the flow a second leg.
    const isAhead = (exchange: ExchangeRecord): boolean =>
      latest.helloUs === null && exchange.startUs > latest.lastUs;
    tracked.exchanges = exchanges.filter((exchange) => !isAhead(exchange));
    this.#count(tracked);
    tracked.exchanges = exchanges.filter(isAhead);
    if (latest.isLastSlice) this.#conclude(tracked);
  }

  /**
   * Last record of the flow. An explicit end may be missing: a flow whose last slice was flushed and that was
   * silent afterwards ends without a record.
   */
  #conclude(tracked: TrackedFlow): void {
    this.#forget(tracked.flowId);
    if (tracked.identity === null) this.#identify(tracked, true);
    this.#count(tracked);
    const { identity, latest, counted } = tracked;
    if (identity === null || this.#sameHello(tracked) === 'secondLeg') return;
    this.#countOther(tracked, identity);
    if (latest.hello === null || counted.has('established') || counted.has('oneWay')) return;
    const row = this.#open.at(latest.firstUs).row(identity, latest.firstUs);
    if (row !== null) row.failedFlows++;
  }

  /** A flow with two hellos may have either name; its bytes count under one of them. */
  #countOther({ latest }: TrackedFlow, identity: RowIdentity): void {
    const other = otherIdentity(latest, this.#lookup);
    if (other === null || other.name === identity.name) return;
    const row = this.#open.at(latest.firstUs).row(other, latest.firstUs);
    if (row === null) return;
    row.flows++;
    row.answeredSlices++;
    row.contradictedSlices++;
    row.lastUs = Math.max(row.lastUs, latest.lastUs);
    addServer(row, latest.server, latest.serverPort, communityId(latest, this.#options.sha1));
  }

  /** Counts a subflow of a multipath connection under the name of its first flow, or as a flow if that is unknown. */
  #countJoined({ slice, flow, identity }: JoinedSlice): void {
    if (identity === null) {
      this.#follow(slice);
      return;
    }
    this.#waiting.take(slice.flowId);
    const builder = this.#open.at(slice.firstUs);
    const row = builder.row(identity, slice.firstUs);
    if (row === null) return;
    addSlice(row, unproven(slice), flow);
    noteOpening(row, slice, builder.startUs);
    addServer(row, slice.server, slice.serverPort, communityId(slice, this.#options.sha1));
  }

  /** Final: the other leg may be evicted before the flow ends. */
  #sameHello(tracked: TrackedFlow): SameHello {
    if (tracked.latest.helloUs === null) return 'only';
    if (tracked.sameHello !== null) return tracked.sameHello;
    const { outcome, isFinal } = this.#duplicates.sameHello(tracked.latest);
    if (isFinal) tracked.sameHello = outcome;
    return outcome;
  }

  /** Of a second leg only the bytes before its hello count: they may have been counted before the hello was known. */
  #count(tracked: TrackedFlow): void {
    const { slices, exchanges, identity, latest } = tracked;
    // Without a name yet; a later flow may add one.
    if (identity === null) return;
    tracked.slices = [];
    tracked.exchanges = [];
    const sameHello = this.#sameHello(tracked);
    const untilUs = sameHello === 'secondLeg' ? latest.helloUs : null;
    for (const slice of slices) {
      if (untilUs !== null && slice.helloUs !== null) continue;
      const builder = this.#open.at(slice.firstUs);
      if (tracked.isRelay) addRelayPart(builder, slice, tracked.counted);
      const row = builder.row(identity, slice.firstUs);
      if (row === null) continue;
      // Bytes before the hello may have been counted before the hello was known.
      const isDoubted = sameHello === 'unclear' && slice.helloUs !== null;
      addSlice(row, isDoubted ? { ...slice, isAnswered: false } : slice, tracked);
      if (slice.helloUs !== null && COUNTED_AGAIN.has(sameHello)) countCopy(row, tracked);
      noteOpening(row, slice, builder.startUs);
      if (!isBareEnd(slice)) addHello(row, slice);
      addServer(row, slice.server, slice.serverPort, communityId(slice, this.#options.sha1));
    }
    const isMaybeCopy = sameHello === 'unclear' || sameHello === 'retold';
    for (const exchange of exchanges) {
      if (sameHello === 'again' || (untilUs !== null && exchange.startUs >= untilUs)) continue;
      const builder = this.#open.at(exchange.startUs);
      const row = builder.row(identity, exchange.startUs);
      if (row === null) continue;
      const one = isMaybeCopy ? { ...exchange, flags: exchange.flags | COPIED_FLAG } : exchange;
      addExchange(row, one, builder.startUs);
    }
  }
}

/** Neighbor discovery never leaves the link (RFC 4861 section 11.2): machines with global addresses only are local as well. */
const isOnLink = ({ source, address, isByOwner }: HostObservationRecord): boolean =>
  source === 'ndp' && isByOwner && address !== null && /^[23]/.test(address) && address.includes(':');

/** Any machine that observed a token can join with it: a joined subflow is no evidence about the first host. */
const unproven = (slice: FlowRecord): FlowRecord => ({
  ...slice,
  isAnswered: false,
  isContradicted: false,
  established: false,
  clientMac: null,
});

const COUNTED_AGAIN: ReadonlySet<SameHello> = new Set(['unclear', 'retold', 'copy']);

function countCopy(row: RowBuilder, tracked: TrackedFlow): void {
  if (!tracked.isCopyReported) row.copiedHellos++;
  tracked.isCopyReported = true;
}
