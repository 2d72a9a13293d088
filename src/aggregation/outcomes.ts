// Outcomes of connections and DNS questions, as cells of the window in which they began.

import type { DnsRecord } from '../model/flow.ts';
import type { OutcomeCell, OutcomeKind, OutcomeRecord } from '../model/outcome.ts';
import { isPrivateAddress } from '../net/private-address.ts';
import { US } from '../time/units.ts';
import { MAX_OUTCOMES } from '../window/ceilings.ts';
import {
  addToCell,
  type CellKey,
  type CellNumbers,
  numbersAt,
  numbersOf,
  outcomeKey,
  sumOutcomes,
} from '../window/outcomes.ts';
import type { AddressNames } from './tracked-flow.ts';

/** Connections that wait for the settled time, at most. */
const MAX_NAMELESS = 65_536;
/** Questions that wait for an answer, at most; further ones are not followed. */
const MAX_QUESTIONS = 65_536;
/** Resolvers of programs repeat a question after 1 to 5 s: a later answer is of no use. */
const UNANSWERED_US = 12 * US;
/** At the end of a capture: a question that is younger may have been answered later. */
const UNANSWERED_AT_END_US = 4 * US;
const TYPE_A = 1;
const TYPE_AAAA = 28;
/** Ports of proxies, as in flow/connection_watch.cc: only these connections are kept without a name. */
const PROXY_PORTS: ReadonlySet<number> = new Set([
  1080, 3128, 3129, 8000, 8080, 8081, 8118, 8888, 9090, 9400, 9480,
]);

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Cells of one window. */
export class OutcomeCells {
  readonly #cells = new Map<string, Mutable<OutcomeCell>>();

  /** False when there are too many. */
  add(key: CellKey, numbers: CellNumbers): boolean {
    const text = outcomeKey(key);
    const known = this.#cells.get(text);
    if (known !== undefined) addToCell(known, numbers);
    else if (this.#cells.size >= MAX_OUTCOMES) return false;
    else this.#cells.set(text, { ...key, ...numbers });
    return true;
  }

  finish(): OutcomeCell[] {
    return sumOutcomes([[...this.#cells.values()]]);
  }
}

/** Receives a fact of a time. */
export type AddOutcome = (tsUs: number, key: CellKey, numbers: CellNumbers) => void;

interface Question {
  readonly record: DnsRecord;
  readonly name: string;
}

export class Outcomes {
  readonly #names: AddressNames;
  readonly #add: AddOutcome;
  readonly #questions = new Map<string, Question>();
  /** Connections without a name: the answer that names them may be read later. */
  #nameless: OutcomeRecord[] = [];
  overflow = 0;
  #latestUs = Number.NEGATIVE_INFINITY;

  constructor(names: AddressNames, add: AddOutcome) {
    this.#names = names;
    this.#add = add;
  }

  addConnection(record: OutcomeRecord): void {
    if (record.name !== '') this.#addNamed(record, record.name);
    else if (this.#nameless.length < MAX_NAMELESS) this.#nameless.push(record);
    else this.overflow++;
  }

  #addNamed(record: OutcomeRecord, name: string): void {
    const { client: host, server, serverPort: port, kind, detail } = record;
    this.#add(record.tsUs, { host, name, server, port, kind, detail }, numbersOf(record));
  }

  /** The name is the one that the host resolved to the server. Proxies are kept without a name. */
  #addNameless(untilUs: number): void {
    const waiting = this.#nameless;
    this.#nameless = waiting.filter(({ tsUs }) => tsUs > untilUs);
    for (const record of waiting) {
      if (record.tsUs > untilUs) continue;
      const name = this.#names.nameOf(record.client, record.server, record.tsUs);
      if (name !== null) this.#addNamed(record, name);
      else if (PROXY_PORTS.has(record.serverPort) && isPrivateAddress(record.server)) this.#addNamed(record, '');
    }
  }

  /** `name` is the listed name of the message. */
  addDns(record: DnsRecord, name: string): void {
    this.#latestUs = Math.max(this.#latestUs, record.tsUs);
    if (record.queryType !== TYPE_A && record.queryType !== TYPE_AAAA) return;
    if (record.isLogged === true) return;
    const key = `${record.client} ${record.server} ${record.clientPort} ${record.messageId} ${record.queryType} ${record.name}`;
    if (!record.isResponse) {
      if (this.#questions.size < MAX_QUESTIONS && !this.#questions.has(key))
        this.#questions.set(key, { record, name });
      else this.#repeat(key, record);
      return;
    }
    const asked = this.#questions.get(key);
    this.#questions.delete(key);
    const tsUs = asked?.record.tsUs ?? record.tsUs;
    const [kind, detail, by] = answerOf(record);
    this.#put(tsUs, record, name, kind, detail, numbersAt(tsUs, record.tsUs - tsUs, by));
  }

  /** The same question again: the one before was not answered in time. */
  #repeat(key: string, record: DnsRecord): void {
    const asked = this.#questions.get(key);
    if (asked === undefined) return;
    const { tsUs } = asked.record;
    if (record.tsUs - tsUs < US) return;
    this.#put(tsUs, asked.record, asked.name, 'dnsUnanswered', 0, numbersAt(tsUs, record.tsUs - tsUs));
    this.#questions.set(key, { ...asked, record });
  }

  #put(
    tsUs: number,
    { client, server }: DnsRecord,
    name: string,
    kind: OutcomeKind,
    detail: number,
    numbers: CellNumbers,
  ): void {
    this.#add(tsUs, { host: client, name, server, port: 53, kind, detail }, numbers);
  }

  /** All records of packets before this time have been added. */
  settle(untilUs: number): void {
    if (!Number.isFinite(untilUs)) return;
    this.#latestUs = Math.max(this.#latestUs, untilUs);
    this.#addNameless(untilUs);
    this.#giveUp(untilUs - UNANSWERED_US, untilUs);
  }

  finish(lastUs: number | null): void {
    this.#addNameless(Number.POSITIVE_INFINITY);
    const untilUs = lastUs ?? this.#latestUs;
    this.#giveUp(untilUs - UNANSWERED_AT_END_US, untilUs);
    this.#questions.clear();
  }

  #giveUp(beforeUs: number, nowUs: number): void {
    for (const [key, { record, name }] of this.#questions) {
      if (record.tsUs > beforeUs) continue;
      this.#questions.delete(key);
      const { tsUs } = record;
      const waitedUs = Math.min(nowUs, tsUs + UNANSWERED_US) - tsUs;
      this.#put(tsUs, record, name, 'dnsUnanswered', 0, numbersAt(tsUs, waitedUs));
    }
  }
}

function answerOf(record: DnsRecord): [kind: OutcomeKind, detail: number, by: string] {
  const [first = ''] = [...record.addresses].sort();
  if (record.rcode !== 0) return ['dnsError', record.rcode, ''];
  if (record.addresses.length === 0) return ['dnsEmpty', record.queryType, ''];
  if (record.addresses.every((address) => address === '0.0.0.0' || address === '::'))
    return ['dnsZero', record.queryType, first];
  if (record.addresses.every(isPrivateAddress)) return ['dnsPrivate', record.queryType, first];
  return ['dnsAnswered', record.queryType, first];
}
