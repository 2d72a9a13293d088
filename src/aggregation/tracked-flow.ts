// A tracked flow: its name, and its slices and exchanges until the name is known.

import type { ExchangeRecord, FlowRecord, FlowSummary } from '../model/flow.ts';
import type { UsageLookup, UsageRow } from '../model/usage.ts';
import type { SameHello } from './duplicate-flows.ts';
import { hidesName, isHostDiscoveryPort } from './not-visible.ts';
import type { CountedFlow, CountedOnce, RowIdentity } from './row-builder.ts';

/** Maximum slices of a flow without a known name: an hour of minutes. Beyond it the oldest count in totals only. */
export const MAX_PENDING_SLICES = 64;
/** Maximum exchanges of such a flow. */
export const MAX_PENDING_EXCHANGES = 512;

/** Shape of a relayed model call to an unlisted name: a prompt with its context goes up … */
const RELAY_MIN_UP_BYTES = 20_000;
/** … and the answer arrives in pieces, or in one long one from a buffering proxy. Telemetry POSTs are answered
 * by one short record (facts of the recordings). */
const RELAY_MIN_RECORDS_DOWN = 3;
const RELAY_MIN_DOWN_BYTES = 2000;

/** Hellos arrive within a few round trips of the first packet; with STARTTLS, of the following packets. */
export const GREETING_US = 10_000_000;

export interface TrackedFlow extends CountedFlow {
  readonly flowId: number;
  /** The newest slice: its flags and names contain all that is known of the flow so far. */
  latest: FlowRecord;
  identity: RowIdentity | null;
  /** True for names that are not in the catalogue. */
  isRelay: boolean;
  slices: FlowRecord[];
  exchanges: ExchangeRecord[];
  /** Relation of the hello to equal hellos of other flows; null until requested. */
  sameHello: SameHello | null;
  isCopyReported: boolean;
  /** The flow has ended: no more slices follow. */
  isOver: boolean;
  /** Which once-per-flow counts of a row were made. */
  readonly counted: Set<CountedOnce>;
}

/** Source of names for addresses. */
export interface AddressNames {
  nameOf(client: string, address: string, tsUs: number): string | null;
}

export function trackFlow(flow: FlowRecord): TrackedFlow {
  return {
    flowId: flow.flowId,
    latest: flow,
    identity: null,
    isRelay: false,
    slices: [],
    exchanges: [],
    sameHello: null,
    isOver: false,
    counted: new Set(),
    answeredSlices: 0,
    answeredIn: null,
    isCopyReported: false,
  };
}

/** Result of a slice: the flow has a name or may get one, or it matches nothing. */
export function mayMatter(flow: FlowRecord, lookup: UsageLookup, names: AddressNames): boolean {
  if (flow.userAgent !== null) return true;
  if (flow.hello !== null && lookup.runtimeOf(flow.hello) !== null) return true;
  if (otherIdentity(flow, lookup) !== null) return true;
  if (flow.sni !== null) return lookup.isListed(flow.sni) || hidesName(flow);
  if (flow.proxy !== null) return true;
  if (isHostDiscoveryPort(flow.serverPort) || isHostDiscoveryPort(flow.clientPort)) return false;
  if (mayStillGreet(flow)) return true;
  return flow.payloadUp + flow.payloadDown > 0 && addressIdentity(flow, lookup, names) !== null;
}

/** True for a slice that only reports the end of the flow: its packets are in earlier slices. */
export function isBareEnd(flow: FlowSummary | FlowRecord): boolean {
  return flow.isLastSlice && flow.packetsUp + flow.packetsDown === 0;
}

/** True for a flow that had no time yet to send its hello when its first window ended. */
export function mayStillGreet(flow: FlowSummary | FlowRecord): boolean {
  if (!flow.isFirstSlice || flow.isLastSlice || flow.helloUs !== null) return false;
  return flow.lastUs - flow.flowFirstUs < GREETING_US;
}

/** True for a flow that may still send a hello, and whose later slices repeat all that is known. */
export function isUnknownYet(flow: FlowRecord, lookup: UsageLookup, names: AddressNames): boolean {
  if (flow.sni !== null || flow.proxy !== null || flow.userAgent !== null || !mayStillGreet(flow))
    return false;
  if (isHostDiscoveryPort(flow.serverPort) || isHostDiscoveryPort(flow.clientPort)) return false;
  // Without payload an address gives no name either.
  return flow.payloadUp + flow.payloadDown === 0 || addressIdentity(flow, lookup, names) === null;
}

/** Catalogued name in the flow itself. Needs no other record, and is final. */
export function ownIdentity(flow: FlowRecord, lookup: UsageLookup): RowIdentity | null {
  if (flow.sni !== null && lookup.isListed(flow.sni)) {
    return identityOf(flow, flow.sni, flow.hello === null ? 'host' : 'sni');
  }
  const other = otherIdentity(flow, lookup);
  if (other !== null) return other;
  if (flow.sni !== null && !hidesName(flow)) return null;
  const target = proxyTarget(flow);
  return target !== null && lookup.isListed(target) ? identityOf(flow, target, 'proxy') : null;
}

/** The listed name in a hello that contradicts the first one: one of the two is a decoy, which cannot be seen. */
export function otherIdentity(flow: FlowRecord, lookup: UsageLookup): RowIdentity | null {
  if (flow.otherSni === null || flow.otherSni === flow.sni || !lookup.isListed(flow.otherSni)) return null;
  return { ...identityOf(flow, flow.otherSni, 'sni'), fingerprint: null };
}

/** Name from DNS answers or the owner of the address, for a flow without a name. */
export function addressIdentity(
  flow: FlowRecord,
  lookup: UsageLookup,
  names: AddressNames,
): RowIdentity | null {
  if (flow.sni !== null && !hidesName(flow)) return null;
  const resolved = names.nameOf(flow.client, flow.server, flow.flowFirstUs);
  if (resolved !== null) return identityOf(flow, resolved, 'dns');
  return lookup.networkOf(flow.server) === null ? null : identityOf(flow, bracketed(flow.server), 'network');
}

/** Name of a flow to an unlisted destination of an AI tool. */
export function relayIdentity(
  flow: FlowRecord,
  exchanges: readonly ExchangeRecord[],
  lookup: UsageLookup,
): RowIdentity | null {
  const isToolByItself = flow.userAgent !== null;
  if (!isToolByItself && !(hasToolRuntime(flow, lookup) && exchanges.some(looksLikeModelCall))) return null;
  return unlistedIdentity(flow);
}

/** True for a runtime of which one large request is enough to suspect a relay. */
function hasToolRuntime({ hello }: FlowRecord, lookup: UsageLookup): boolean {
  if (hello === null || lookup.runtimeOf(hello) === null) return false;
  return lookup.needsLoop?.(hello) !== true;
}

/** Name in the flow, listed or not. */
export function unlistedIdentity(flow: FlowRecord): RowIdentity {
  if (flow.sni !== null) return identityOf(flow, flow.sni, flow.hello === null ? 'host' : 'sni');
  const target = proxyTarget(flow);
  if (target !== null) return identityOf(flow, target, 'proxy');
  return identityOf(flow, bracketed(flow.server), 'host');
}

function looksLikeModelCall(exchange: ExchangeRecord): boolean {
  if (exchange.bytesUp < RELAY_MIN_UP_BYTES) return false;
  return exchange.recordsDown >= RELAY_MIN_RECORDS_DOWN || exchange.bytesDown >= RELAY_MIN_DOWN_BYTES;
}

function identityOf(flow: FlowRecord, name: string, nameFrom: UsageRow['nameFrom']): RowIdentity {
  const hello = flow.hello;
  return {
    host: flow.client,
    name,
    nameFrom,
    fingerprint:
      hello === null
        ? null
        : { transport: hello.transport, ja4: hello.ja4, ja3: hello.ja3, alpn: hello.alpn, ech: hello.ech },
    proxy: flow.proxy?.kind ?? null,
    userAgent: flow.userAgent,
  };
}

function bracketed(address: string): string {
  return `[${address}]`;
}

/** Host part of "host:port", lower case, without the dot of the root. */
function proxyTarget(flow: FlowRecord): string | null {
  if (flow.proxy === null) return null;
  const target = flow.proxy.target.toLowerCase();
  const colon = target.lastIndexOf(':');
  const host = (colon > 0 ? target.slice(0, colon) : target).replace(/\.$/, '');
  return host === '' ? null : host;
}
