// Selects flows without a full record: name, hello and address are unrelated to AI, and nothing is unobserved.

import type { FlowSummary } from '../model/flow.ts';
import type { UsageLookup } from '../model/usage.ts';
import { HIDING_NAMES, isHostDiscoveryPort, isPlainlySeen } from './not-visible.ts';
import { type AddressNames, mayStillGreet } from './tracked-flow.ts';

/** Cache size: a lookup is slower than a cache hit. A lost entry is looked up again. */
const MAX_REMEMBERED = 16_384;

export class RecordFilter {
  readonly #lookup: UsageLookup;
  readonly #ciphers: ReadonlySet<string>;
  readonly #names = new Map<string, boolean>();
  readonly #networks = new Map<string, boolean>();

  /** `ciphers` are the JA4_b parts of the catalogued runtimes. */
  constructor(lookup: UsageLookup, ciphers: readonly string[]) {
    this.#lookup = lookup;
    this.#ciphers = new Set(ciphers);
  }

  /** True when totals are all that the flow adds to. */
  isNone(flow: FlowSummary, names: AddressNames): boolean {
    if (flow.hasProxy || flow.hasUserAgent || flow.isJoined || !isPlainlySeen(flow)) return false;
    if (flow.cipher !== null && this.#ciphers.has(flow.cipher)) return false;
    if (flow.sni !== null) return !this.#isOfNote(flow.sni);
    if (isHostDiscoveryPort(flow.serverPort) || isHostDiscoveryPort(flow.clientPort)) return true;
    if (mayStillGreet(flow)) return false;
    if (flow.payloadUp + flow.payloadDown === 0) return true;
    return (
      !this.#isInNetwork(flow.server) && names.nameOf(flow.client, flow.server, flow.flowFirstUs) === null
    );
  }

  #isOfNote(name: string): boolean {
    let answer = this.#names.get(name);
    if (answer === undefined) {
      answer = this.#lookup.isListed(name) || HIDING_NAMES.has(name);
      remember(this.#names, name, answer);
    }
    return answer;
  }

  #isInNetwork(address: string): boolean {
    let answer = this.#networks.get(address);
    if (answer === undefined) {
      answer = this.#lookup.networkOf(address) !== null;
      remember(this.#networks, address, answer);
    }
    return answer;
  }
}

function remember(answers: Map<string, boolean>, key: string, answer: boolean): void {
  if (answers.size >= MAX_REMEMBERED) answers.clear();
  answers.set(key, answer);
}
