// Flows of AI runtimes to unlisted names, buffered until the requests to one name look like an agent loop. Names
// without such a loop stay in memory and never reach a window.

import {
  agentLoopOf,
  conversationOf,
  type Message,
  mayBeCall,
  mayBeSideCall,
  messageLoopOf,
  messageOf,
  type StreamedCall,
  streamedCallOf,
} from '../catalogue/agent-loop.ts';
import type { ExchangeRecord } from '../model/flow.ts';
import { US } from '../time/units.ts';
import type { TrackedFlow } from './tracked-flow.ts';

/** Pairs of host and name with a large request and a streamed answer, of some KB each. */
const MAX_LOOP_NAMES = 8192;
/** Calls and flows remembered of one pair that shows no loop. An agent has shown one within some minutes. */
const MAX_CALLS_OF_NAME = 128;
const MAX_FLOWS_OF_NAME = 64;
/** Flows with a large request only: a first answer is often too short to classify, and side calls are not streamed. */
const MAX_OTHER_FLOWS = 16;

/** A destination that was not called for so long is another one. */
const LONGEST_PAUSE_US = 7200 * US;

interface Destination {
  /** By machine and name; null where frames show no MAC. */
  readonly pairKey: string | null;
  calls: StreamedCall[];
  /** Of connections that keep the conversation. */
  messages: Message[];
  /** With a call each, ended ones too; empty once there is a loop. */
  readonly flows: Set<TrackedFlow>;
  /** With a large request of another shape: counted once there is a loop, but evidence for none. */
  readonly otherFlows: Set<TrackedFlow>;
  isLoop: boolean;
  lastUs: number;
}

/** What one machine calls by its IPv4 and its IPv6 address. */
interface Pair {
  ip4: Destination | null;
  ip6: Destination | null;
  /** More hosts show the MAC: it is a router's. */
  isShared: boolean;
}

const isIp6 = (host: string): boolean => host.includes(':');

function looksLikeAgent(together: readonly Destination[]): boolean {
  const calls = together.flatMap((one) => one.calls);
  if (together.some(({ isLoop }) => isLoop) || conversationOf(calls) !== null || agentLoopOf(calls) !== null)
    return true;
  return messageLoopOf(together.flatMap(({ messages }) => messages)) !== null;
}

export class AgentLoops {
  /** By host and name, least recently used first. */
  readonly #destinations = new Map<string, Destination>();
  readonly #pairs = new Map<string, Pair>();
  overflow = 0;

  /**
   * Flows that may be named now: none before there is a loop, then all that waited for it. `isSocket`: the connection may
   * keep the conversation.
   */
  add(
    host: string,
    name: string,
    flow: TrackedFlow,
    exchange: ExchangeRecord,
    isSocket = false,
  ): readonly TrackedFlow[] {
    const call = streamedCallOf(exchange.startUs, exchange);
    const message = isSocket ? messageOf(exchange.startUs, exchange) : null;
    const key = `${host} ${name}`;
    // Of side calls alone nothing is remembered.
    const isBeside = mayBeCall(exchange) || (mayBeSideCall(exchange) && this.#destinations.has(key));
    if (call === null && message === null && !isBeside) return [];
    const mac = flow.latest.clientMac;
    const pairKey = mac === null ? null : `${mac} ${name}`;
    const destination = this.#destination(key, exchange.startUs, pairKey);
    destination.lastUs = Math.max(destination.lastUs, call?.endUs ?? message?.endUs ?? exchange.startUs);
    if (destination.isLoop) return [flow];
    if (message !== null) destination.messages.push(message);
    if (call === null && message === null) {
      destination.otherFlows.add(flow);
      const [oldest] = destination.otherFlows;
      if (destination.otherFlows.size > MAX_OTHER_FLOWS && oldest !== undefined)
        destination.otherFlows.delete(oldest);
      return [];
    }
    if (call !== null) destination.calls.push(call);
    destination.flows.add(flow);
    const other = this.#otherAddress(destination, isIp6(host));
    const together = other === null ? [destination] : [destination, other];
    if (!looksLikeAgent(together)) {
      this.#limit(destination);
      return [];
    }
    const named = together.flatMap(({ flows, otherFlows }) => [...flows, ...otherFlows]);
    for (const one of together) {
      one.isLoop = true;
      one.calls = [];
      one.messages = [];
      one.flows.clear();
      one.otherFlows.clear();
    }
    return [...new Set(named)];
  }

  /** The same name as called by the machine's address of the other family: the steps of one loop may change between them. */
  #otherAddress(destination: Destination, isIp6: boolean): Destination | null {
    const { pairKey } = destination;
    if (pairKey === null) return null;
    const pair = this.#pairs.get(pairKey) ?? { ip4: null, ip6: null, isShared: false };
    this.#pairs.set(pairKey, pair);
    const field = isIp6 ? 'ip6' : 'ip4';
    if (pair[field] !== null && pair[field] !== destination) pair.isShared = true;
    pair[field] = destination;
    return pair.isShared ? null : pair[isIp6 ? 'ip4' : 'ip6'];
  }

  #destination(key: string, startUs: number, pairKey: string | null): Destination {
    const latest = this.#destinations.get(key);
    const known = latest !== undefined && startUs - latest.lastUs > LONGEST_PAUSE_US ? undefined : latest;
    this.#destinations.delete(key);
    if (known === undefined) this.#forgetPair(latest);
    if (known === undefined && this.#destinations.size >= MAX_LOOP_NAMES) {
      const [oldest] = this.#destinations.keys();
      if (oldest !== undefined) this.#leave(oldest);
    }
    const destination = known ?? {
      pairKey,
      calls: [],
      messages: [],
      flows: new Set<TrackedFlow>(),
      otherFlows: new Set<TrackedFlow>(),
      isLoop: false,
      lastUs: Number.NEGATIVE_INFINITY,
    };
    this.#destinations.set(key, destination);
    return destination;
  }

  /** Without a call there is nothing to report. */
  #leave(key: string): void {
    const destination = this.#destinations.get(key);
    this.#destinations.delete(key);
    if (destination === undefined) return;
    this.#forgetPair(destination);
    const { isLoop, calls, messages } = destination;
    if (isLoop || calls.length + messages.length > 0) this.overflow++;
  }

  #forgetPair(destination: Destination | undefined): void {
    const pair = this.#pairs.get(destination?.pairKey ?? '');
    if (destination === undefined || destination.pairKey === null || pair === undefined) return;
    if (pair.ip4 === destination) pair.ip4 = null;
    if (pair.ip6 === destination) pair.ip6 = null;
    if (pair.ip4 === null && pair.ip6 === null) this.#pairs.delete(destination.pairKey);
  }

  #limit({ calls, messages, flows }: Destination): void {
    for (const list of [calls, messages]) {
      if (list.length <= MAX_CALLS_OF_NAME) continue;
      list.sort((a, b) => a.startUs - b.startUs).shift();
      this.overflow++;
    }
    if (flows.size <= MAX_FLOWS_OF_NAME) return;
    const [oldest] = flows;
    if (oldest !== undefined && flows.delete(oldest)) this.overflow++;
  }

  /** Evicts what a call at `untilUs` or later cannot match. */
  expire(untilUs: number): void {
    for (const [key, destination] of this.#destinations) {
      if (untilUs - destination.lastUs <= LONGEST_PAUSE_US) continue;
      this.#destinations.delete(key);
      this.#forgetPair(destination);
    }
  }
}
