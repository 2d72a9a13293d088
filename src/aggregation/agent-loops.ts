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

const looksLikeAgent = ({ calls, messages }: Destination): boolean =>
  conversationOf(calls) !== null || agentLoopOf(calls) !== null || messageLoopOf(messages) !== null;

export class AgentLoops {
  /** By host and name, least recently used first. */
  readonly #destinations = new Map<string, Destination>();
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
    const destination = this.#destination(key, exchange.startUs);
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
    if (!looksLikeAgent(destination)) {
      this.#limit(destination);
      return [];
    }
    const named = [...new Set([...destination.flows, ...destination.otherFlows])];
    destination.isLoop = true;
    destination.calls = [];
    destination.messages = [];
    destination.flows.clear();
    destination.otherFlows.clear();
    return named;
  }

  #destination(key: string, startUs: number): Destination {
    const latest = this.#destinations.get(key);
    const known = latest !== undefined && startUs - latest.lastUs > LONGEST_PAUSE_US ? undefined : latest;
    this.#destinations.delete(key);
    if (known === undefined && this.#destinations.size >= MAX_LOOP_NAMES) {
      const [oldest] = this.#destinations.keys();
      if (oldest !== undefined) this.#leave(oldest);
    }
    const destination = known ?? {
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
    const { isLoop, calls, messages } = destination;
    if (isLoop || calls.length + messages.length > 0) this.overflow++;
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
    for (const [key, { lastUs }] of this.#destinations) {
      if (untilUs - lastUs > LONGEST_PAUSE_US) this.#destinations.delete(key);
    }
  }
}
