// One row of a window while it is being filled.

import type { ExchangeRecord, FlowRecord } from '../model/flow.ts';
import {
  type ClientFingerprint,
  LARGE_LOGGED_BYTES,
  MAX_HELLO_TIMES,
  MAX_OPEN_SECONDS,
  MAX_RAW_EXCHANGES,
  type UsageExchange,
  type UsageRow,
} from '../model/usage.ts';
import type { ProxyKind } from '../model/words.ts';
import { US } from '../time/units.ts';
import { MAX_COMMUNITY_IDS, MAX_MACS, MAX_SERVER_PORTS, MAX_SERVERS } from '../window/ceilings.ts';
import {
  keepEarliest,
  keepExchanges,
  keepHelloTimes,
  smallestNumbers,
  smallestTexts,
} from '../window/sums.ts';
import { coarsen } from './coarsen.ts';
import { isOneWay } from './not-visible.ts';
import { isWithin } from './window-stats.ts';

/** Lists of a row are cut to their ceilings when they have grown this many times over. */
const SLACK = 8;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type ListField = 'helloTimesUs' | 'servers' | 'macs' | 'serverPorts' | 'communityIds' | 'exchanges' | 'cells';

/** Row of an open window; `flowNumbers` distinguishes the flows of its exchanges. */
export interface RowBuilder extends Omit<Mutable<UsageRow>, ListField> {
  helloTimesUs: number[];
  servers: string[];
  serverPorts: number[];
  communityIds: string[];
  macs: readonly string[];
  exchanges: UsageExchange[];
  cells: UsageRow['cells'];
  /** Null until the first exchange: most rows have none. */
  flowNumbers: Map<number, number> | null;
}

export interface RowIdentity {
  readonly host: string;
  readonly name: string;
  readonly nameFrom: UsageRow['nameFrom'];
  readonly fingerprint: ClientFingerprint | null;
  readonly proxy: ProxyKind | null;
  readonly userAgent: string | null;
}

/** Written out, like `finishRow`: copying the fields by name takes ten times as long. The type requires all of them. */
export function emptyRow(identity: RowIdentity, tsUs: number): RowBuilder {
  return {
    host: identity.host,
    name: identity.name,
    nameFrom: identity.nameFrom,
    fingerprint: identity.fingerprint,
    proxy: identity.proxy,
    userAgent: identity.userAgent,
    flows: 0,
    establishedFlows: 0,
    failedFlows: 0,
    resumedFlows: 0,
    midFlow: 0,
    oneWay: 0,
    http2Flows: 0,
    cutShortFlows: 0,
    answeredSlices: 0,
    contradictedSlices: 0,
    copiedHellos: 0,
    packetsUp: 0,
    packetsDown: 0,
    bytesUp: 0,
    bytesDown: 0,
    payloadUp: 0,
    payloadDown: 0,
    lostUp: 0,
    lostDown: 0,
    loggedSlices: 0,
    unsizedUp: 0,
    unsizedDown: 0,
    largeLogged: 0,
    firstUs: tsUs,
    lastUs: tsUs,
    openSeconds: 0,
    helloBytesMin: 0,
    helloBytesMax: 0,
    helloTimesUs: [],
    servers: [],
    serverPorts: [],
    communityIds: [],
    macs: [],
    exchanges: [],
    cells: [],
    flowNumbers: null,
  };
}

/** A slice of a flow that was opened before the window. */
export function noteOpening(row: RowBuilder, slice: FlowRecord, windowStartUs: number): void {
  if (slice.flowFirstUs >= windowStartUs) return;
  const seconds = Math.min(Math.floor((windowStartUs - slice.flowFirstUs) / US), MAX_OPEN_SECONDS);
  row.openSeconds = Math.max(row.openSeconds, seconds);
}

/** Puts an exchange into the row of the window in which it starts. */
export function addExchange(row: RowBuilder, exchange: ExchangeRecord, windowStartUs: number): void {
  const { flowId, startUs } = exchange;
  row.flowNumbers ??= new Map();
  let flow = row.flowNumbers.get(flowId);
  if (flow === undefined) {
    flow = row.flowNumbers.size;
    row.flowNumbers.set(flowId, flow);
  }
  row.firstUs = Math.min(row.firstUs, startUs);
  row.lastUs = Math.max(row.lastUs, startUs);
  row.exchanges.push(
    coarsen({
      startMs: Math.floor((startUs - windowStartUs) / 1000),
      bytesUp: exchange.bytesUp,
      bytesDown: exchange.bytesDown,
      recordsUp: exchange.recordsUp,
      recordsDown: exchange.recordsDown,
      largestUp: exchange.largestUp,
      largestDown: exchange.largestDown,
      firstDown: exchange.firstDown,
      waitMs: exchange.waitMs,
      answerMs: exchange.answerMs,
      largestGapMs: exchange.largestGapMs,
      uploadMs: exchange.uploadMs,
      messagesUp: exchange.messagesUp,
      flags: exchange.flags,
      flow,
    }),
  );
  if (row.exchanges.length <= SLACK * MAX_RAW_EXCHANGES) return;
  const kept = keepEarliest(row.exchanges, row.cells);
  row.exchanges = [...kept.exchanges];
  row.cells = kept.cells;
}

export function addServer(row: RowBuilder, server: string, port: number, communityId: string | null): void {
  if (!row.servers.includes(server)) row.servers = smallestTexts([...row.servers, server], MAX_SERVERS);
  if (!row.serverPorts.includes(port)) {
    row.serverPorts = smallestNumbers([...row.serverPorts, port], MAX_SERVER_PORTS);
  }
  if (communityId === null || row.communityIds.includes(communityId)) return;
  row.communityIds.push(communityId);
  if (row.communityIds.length > SLACK * MAX_COMMUNITY_IDS) {
    row.communityIds = smallestTexts(row.communityIds, MAX_COMMUNITY_IDS);
  }
}

export function finishRow(builder: RowBuilder): UsageRow {
  const kept = keepExchanges(builder.exchanges, builder.cells);
  return {
    host: builder.host,
    name: builder.name,
    nameFrom: builder.nameFrom,
    fingerprint: builder.fingerprint,
    proxy: builder.proxy,
    userAgent: builder.userAgent,
    flows: builder.flows,
    establishedFlows: builder.establishedFlows,
    failedFlows: builder.failedFlows,
    resumedFlows: builder.resumedFlows,
    midFlow: builder.midFlow,
    oneWay: builder.oneWay,
    http2Flows: builder.http2Flows,
    cutShortFlows: builder.cutShortFlows,
    answeredSlices: builder.answeredSlices,
    contradictedSlices: builder.contradictedSlices,
    copiedHellos: builder.copiedHellos,
    packetsUp: builder.packetsUp,
    packetsDown: builder.packetsDown,
    bytesUp: builder.bytesUp,
    bytesDown: builder.bytesDown,
    payloadUp: builder.payloadUp,
    payloadDown: builder.payloadDown,
    lostUp: builder.lostUp,
    lostDown: builder.lostDown,
    loggedSlices: builder.loggedSlices,
    unsizedUp: builder.unsizedUp,
    unsizedDown: builder.unsizedDown,
    largeLogged: builder.largeLogged,
    firstUs: builder.firstUs,
    lastUs: builder.lastUs,
    openSeconds: builder.openSeconds,
    helloBytesMin: builder.helloBytesMin,
    helloBytesMax: builder.helloBytesMax,
    helloTimesUs: keepHelloTimes(builder.helloTimesUs),
    servers: builder.servers,
    serverPorts: builder.serverPorts,
    macs: builder.macs,
    communityIds: smallestTexts(builder.communityIds, MAX_COMMUNITY_IDS),
    exchanges: kept.exchanges,
    cells: kept.cells,
  };
}

/** Counts once per flow, independent of the number of slices. */
export type CountedOnce =
  | 'flow'
  | 'oneWay'
  | 'established'
  | 'resumed'
  | 'http2'
  | 'cutShort'
  | 'relay'
  | 'large';

/** Counted parts of a flow. */
export interface CountedFlow {
  readonly counted: Set<CountedOnce>;
  /** Slices that count as answered, and were not taken back. */
  answeredSlices: number;
  /** Window of the last counted slice, or of the last contradicted one: one slice per window. */
  answeredIn: RowBuilder | null;
}

export function addSlice(row: RowBuilder, slice: FlowRecord, flow: CountedFlow): void {
  const { counted } = flow;
  const isNew = (what: CountedOnce): boolean => {
    if (counted.has(what)) return false;
    counted.add(what);
    return true;
  };
  if (isNew('flow')) {
    row.flows++;
    if (slice.isMidFlow) row.midFlow++;
  }
  if (slice.established && isNew('established')) row.establishedFlows++;
  if (slice.resumed && isNew('resumed')) row.resumedFlows++;
  if (slice.isHttp2 && isNew('http2')) row.http2Flows++;
  if (slice.cutShort && isNew('cutShort')) row.cutShortFlows++;
  if (isOneWay(slice) && isNew('oneWay')) row.oneWay++;
  addProof(row, slice, flow);
  row.packetsUp += slice.packetsUp;
  row.packetsDown += slice.packetsDown;
  row.bytesUp += slice.bytesUp;
  row.bytesDown += slice.bytesDown;
  row.payloadUp += slice.payloadUp;
  row.payloadDown += slice.payloadDown;
  row.lostUp += slice.lostUp;
  row.lostDown += slice.lostDown;
  if (slice.logged !== undefined) {
    row.loggedSlices++;
    if (!slice.logged.hasUp) row.unsizedUp++;
    if (!slice.logged.hasDown) row.unsizedDown++;
    if (slice.logged.sentInAll >= LARGE_LOGGED_BYTES && isNew('large')) row.largeLogged++;
  }
  row.firstUs = Math.min(row.firstUs, slice.firstUs);
  row.lastUs = Math.max(row.lastUs, slice.lastUs);
}

/** A contradiction takes back what earlier slices of the flow seemed to prove. */
function addProof(row: RowBuilder, slice: FlowRecord, flow: CountedFlow): void {
  if (slice.clientMac !== null && !row.macs.includes(slice.clientMac))
    row.macs = smallestTexts([...row.macs, slice.clientMac], MAX_MACS);
  // The end of a flow may follow its packets: its evidence counts with them, once per window.
  const isNew = flow.answeredIn !== row;
  if (slice.isContradicted) {
    const own = isNew ? 1 : 0;
    row.answeredSlices += own;
    row.contradictedSlices += own + flow.answeredSlices;
    flow.answeredSlices = 0;
    flow.answeredIn = row;
  } else if (isNew && isAnswered(slice)) {
    row.answeredSlices++;
    flow.answeredSlices++;
    flow.answeredIn = row;
  }
}

/** Both ends took part, as far as the capture can show it: a ServerHello may be lost or cut off. */
function isAnswered(flow: FlowRecord): boolean {
  return flow.isAnswered && (flow.hello === null || flow.serverHello || flow.cutShort || flow.lostDown > 0);
}

/** Adds the hello when this slice holds the packet that completed it. */
export function addHello(row: RowBuilder, slice: FlowRecord): void {
  const helloUs = slice.helloUs;
  if (slice.hello === null || helloUs === null || !isWithin(helloUs, slice)) return;
  row.helloTimesUs.push(helloUs);
  if (row.helloTimesUs.length > SLACK * MAX_HELLO_TIMES) row.helloTimesUs = keepHelloTimes(row.helloTimesUs);
  const bytes = slice.hello.bytes;
  row.helloBytesMin = row.helloBytesMin === 0 ? bytes : Math.min(row.helloBytesMin, bytes);
  row.helloBytesMax = Math.max(row.helloBytesMax, bytes);
}
