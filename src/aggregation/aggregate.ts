// Records of the border into windows of facts. Records come in the order of the capture's clock, but a flow is told of
// only when its window or its life ends; so a name asked for is known before the flow that needs it, and the other leg
// of a proxied flow may come much later. Sums, unions, minima and maxima make the rest a matter of no order.

import type {
  Counters,
  DnsRecord,
  ExchangeRecord,
  FlowRecord,
  FlowSummary,
  HostObservationRecord,
  HostTotalsRecord,
} from '../model/flow.ts';
import type { UsageLookup } from '../model/sensor.ts';
import { COPIED_FLAG, type UsageWindow, type WindowStats } from '../model/usage.ts';
import { communityId, type Sha1 } from '../net/community-id.ts';
import { US } from '../time/units.ts';
import { AgentLoops } from './agent-loops.ts';
import { DnsMap } from './dns-map.ts';
import { DUPLICATE_KEPT_US, DUPLICATE_WAIT_US, DuplicateFlows, type SameHello } from './duplicate-flows.ts';
import { EarlySlices } from './early-slices.ts';
import { addObservation, addToHost, addTotalsToHost } from './host-builder.ts';
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

/** Flows that may matter at once: about 1 KB each. */
export const MAX_TRACKED_FLOWS = 65_536;
/** Flows that their own packets have ended are over after so much silence; native code waits a minute. */
const CLOSED_US = 61 * US;
/** A flow that was silent for so long is hardly missed when it has to make room. */
const STALE_US = 600 * US;
/** DNS answers are looked through for old ones this often. */
const EXPIRE_EVERY_US = 600 * US;
/** Longest time from a flow's start to the moment its name is looked up. */
const LONGEST_WAIT_US = 7200 * US;
/**
 * Longest silence of an open flow that lives on. Native code tells the end of every flow at this at the latest, so that
 * no flow is forgotten here which it still follows: whether what it then tells counts would depend on when we looked.
 */
const LONGEST_SILENCE_US = 24 * 3600 * US;

export interface AggregatorOptions {
  /** Divides 900. */
  readonly windowSeconds: number;
  readonly lookup: UsageLookup;
  /** JA4_b parts of the runtimes that the look-up knows. */
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
  /** Flows that their own packets have ended. Their last slice need not be told: it would be empty. */
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

  /** Another catalogue for what comes from now on; what was identified stays so. */
  setLookup(lookup: UsageLookup, ciphers: readonly string[]): void {
    this.#lookup = lookup;
    this.#watchlist = new RecordFilter(lookup, ciphers);
  }

  /** Counts a flow of no interest. False: the flow is of interest, and its whole record shall be added. */
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

  /** Counts what flows of no interest add up to, as addGlance would have counted them. */
  addTotals(totals: HostTotalsRecord): void {
    const builder = this.#open.at(totals.firstUs);
    countTotals(builder.stats, totals);
    const rank = rankOf(totals.bytesDown, totals.hellosComplete > 0);
    const host = builder.host(totals.host, totals.firstUs, rank);
    if (host !== null) addTotalsToHost(host, totals);
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

  /** What waited for bytes before it is looked at when the flow is over: that may have been after its packets were told. */
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
      // Its other leg may not have been told yet: whether this one counts is asked when all has been, as for others.
      tracked.isOver = true;
      this.#ready.add(tracked);
    }
    this.#notVisible.end(flowId);
  }

  #follow(flow: FlowRecord): void {
    let tracked = this.#tracked.get(flow.flowId);
    // Behind all others: those in front have been silent longest.
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
   * When too many flows wait for their other leg, they wait no longer: a leg too many is less than a flow too few. Then
   * the flow that has been silent longest goes; should it go on, it counts as another one.
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

  /** Tells that every record of packets before this time has been added: names and legs are known up to there. */
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
    // Flows first: what is forgotten may have to do with them.
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
   * Finishes the windows that end at `untilUs` or before. `counters` are the totals since the beginning: what no record
   * places in time (packets in no flow, malformed ones, drops) counts in the last of these windows; bytes of packets in
   * no flow are known at the end only.
   */
  close(untilUs: number, sensor: string, revision: number, counters: Counters | null): UsageWindow[] {
    for (const joined of this.#subflows.take(untilUs)) this.#countJoined(joined);
    for (const tracked of this.#ready) {
      // Later hellos may have been told by one thread and not by the other yet.
      if ((tracked.latest.helloUs ?? 0) < untilUs) this.#flush(tracked);
    }
    this.settle(untilUs);
    const rest = counters === null ? null : (placed: WindowStats) => restSoFar(counters, placed);
    return this.#open.handOn(untilUs, sensor, revision, rest, this.#takeOverflow());
  }

  /** Makes sure that there is a window at this time: a live sensor says of silence too that it listened. */
  keepWindow(us: number): void {
    this.#open.at(us);
  }

  /** Finishes everything: no record comes any more. `lastUs` is the time of the last packet, null without one. */
  finish(sensor: string, revision: number, counters: Counters, lastUs: number | null): UsageWindow[] {
    for (const tracked of this.#tracked.values()) this.#conclude(tracked);
    for (const joined of this.#subflows.take(Number.POSITIVE_INFINITY)) this.#countJoined(joined);
    // Subflows that are counted as flows of their own are tracked again.
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
    // Ahead of the slices there may be a hello that makes the flow a second leg.
    const isAhead = (exchange: ExchangeRecord): boolean =>
      latest.helloUs === null && exchange.startUs > latest.lastUs;
    tracked.exchanges = exchanges.filter((exchange) => !isAhead(exchange));
    this.#count(tracked);
    tracked.exchanges = exchanges.filter(isAhead);
    if (latest.isLastSlice) this.#conclude(tracked);
  }

  /**
   * Nothing more comes of the flow. Its end need not have been told: a flow whose last slice was flushed, and that was
   * silent from then on, ends without a word.
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

  /** A flow with two hellos may be of either name; what it carried counts under one. */
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

  /** Counts a part of a multipath connection under the name of its first flow; one whose connection is unknown for itself. */
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

  /** Kept once it is certain: the flow's other leg may be forgotten before the flow ends. */
  #sameHello(tracked: TrackedFlow): SameHello {
    if (tracked.latest.helloUs === null) return 'only';
    if (tracked.sameHello !== null) return tracked.sameHello;
    const { outcome, isFinal } = this.#duplicates.sameHello(tracked.latest);
    if (isFinal) tracked.sameHello = outcome;
    return outcome;
  }

  /** Of a second leg only what came before its hello counts: that may have been counted before the hello was known. */
  #count(tracked: TrackedFlow): void {
    const { slices, exchanges, identity, latest } = tracked;
    // What has no name yet may get one by a later flow.
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
      // What came before the hello may have been counted before it was known.
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

/** Neighbour discovery never leaves the link (RFC 4861 section 11.2): machines with global addresses alone are ours as well. */
const isOnLink = ({ source, address, isByOwner }: HostObservationRecord): boolean =>
  source === 'ndp' && isByOwner && address !== null && /^[23]/.test(address) && address.includes(':');

/** Whoever saw a token can join with it, from any machine: what is joined proves nothing of the host that began. */
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
