// Catalogue names by client and resolved address: a bounded, expiring map for flows without a name.

import type { DnsRecord } from '../model/flow.ts';
import { compareText } from '../net/address.ts';
import { type TimestampUs, US } from '../time/units.ts';

/** Maximum answers of all clients: about 40 MB of text in the worst case; further answers are counted only. */
const MAX_DNS_ANSWERS = 131_072;
/** Resolvers and programs use an address well after its TTL: minimum lifetime of an answer. */
const HOLD_SECONDS = 3600;
/** A client's clock and the sensor's differ by queueing only: an answer may be seen this much after its flow. */
const LATE_ANSWER_US = 50_000;

interface Answer {
  readonly tsUs: TimestampUs;
  readonly untilUs: TimestampUs;
  readonly name: string;
}

export class DnsMap {
  readonly #answers = new Map<string, Answer[]>();
  #count = 0;
  overflow = 0;

  /** `name` is the catalogue name that was queried, or a name in the CNAME chain. */
  add(record: DnsRecord, name: string): void {
    const untilUs = record.tsUs + Math.max(record.ttlSeconds, HOLD_SECONDS) * US;
    for (const address of record.addresses) {
      if (this.#count >= MAX_DNS_ANSWERS) {
        this.overflow++;
        continue;
      }
      const key = `${record.client} ${address}`;
      const answers = this.#answers.get(key);
      const answer = { tsUs: record.tsUs, untilUs, name };
      if (answers === undefined) this.#answers.set(key, [answer]);
      else answers.push(answer);
      this.#count++;
    }
  }

  /** Last name before `tsUs` that the client resolved to this address; null without one. */
  nameOf(client: string, address: string, tsUs: TimestampUs): string | null {
    let best: Answer | null = null;
    for (const answer of this.#answers.get(`${client} ${address}`) ?? []) {
      if (answer.tsUs > tsUs + LATE_ANSWER_US || answer.untilUs < tsUs) continue;
      if (best === null || isBetter(answer, best)) best = answer;
    }
    return best?.name ?? null;
  }

  /** Evicts entries that no flow starting at `tsUs` or later can use. */
  expire(tsUs: TimestampUs): void {
    for (const [key, answers] of this.#answers) {
      const alive = answers.filter((answer) => answer.untilUs >= tsUs);
      this.#count -= answers.length - alive.length;
      if (alive.length === 0) this.#answers.delete(key);
      else if (alive.length < answers.length) this.#answers.set(key, alive);
    }
  }
}

function isBetter(a: Answer, b: Answer): boolean {
  return a.tsUs !== b.tsUs ? a.tsUs > b.tsUs : compareText(a.name, b.name) < 0;
}
