// Outcomes of connections and DNS questions, as cells of the window in which they began.

import type { DnsRecord } from '../model/flow.ts';
import type { OutcomeKind, OutcomeRecord } from '../model/outcome.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { PROXY_PORTS } from '../native/record-layout.ts';
import { isPrivate } from '../net/private-networks.ts';
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
import { DnsMap } from './dns-map.ts';

/** Connections that wait for the settled time, at most. */
const MAX_NAMELESS = 65_536;
/** Questions that wait for an answer, at most; further ones are not followed. */
const MAX_QUESTIONS = 65_536;
/** Resolvers of programs repeat a question after 1 to 5 s: a later answer is of no use. */
const UNANSWERED_US = 12 * US;
/** At the end of a capture: a question that is younger may have been answered later. */
const UNANSWERED_AT_END_US = 4 * US;
/** Copies of one question, at most. */
const MAX_COPIES = 8;
/** Interval between evictions of old DNS answers. */
const EXPIRE_EVERY_US = 600 * US;
/** From the start of a connection to the lookup of its name, at most. */
const LONGEST_WAIT_US = 7200 * US;
const DNS_PORT = 53;
const TYPE_A = 1;
const TYPE_AAAA = 28;
/** Only connections to these are kept without a name. */
const KEPT_PORTS: ReadonlySet<number> = new Set(PROXY_PORTS);

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

/** One question with all of its copies. */
interface Question {
  readonly name: string;
  readonly record: DnsRecord;
  readonly askedUs: number[];
  readonly answers: DnsRecord[];
}

export class Outcomes {
  readonly #names = new DnsMap();
  readonly #add: AddOutcome;
  readonly #questions = new Map<string, Question>();
  /** When a host reported that nothing listens there. A forged report is known by the answer that comes all the same. */
  readonly #refused = new Map<string, number>();
  /** Connections without a name: the answer that names them may be read later. */
  #nameless: OutcomeRecord[] = [];
  /** IPv6 addresses that DNS gave, for any host: a host may ask over IPv4. */
  readonly #ip6Names = new Map<string, string>();
  overflow = 0;
  #latestUs = Number.NEGATIVE_INFINITY;
  #expiredUs = Number.NEGATIVE_INFINITY;

  constructor(add: AddOutcome) {
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
      if (record.kind === 'icmp' && record.serverPort === DNS_PORT) {
        if (this.#refused.size < MAX_QUESTIONS) this.#refused.set(endsOf(record), record.tsUs);
        continue;
      }
      const name =
        this.#names.nameOf(record.client, record.server, record.tsUs) ??
        this.#ip6Names.get(record.server) ??
        null;
      if (name !== null) this.#addNamed(record, name);
      else if (KEPT_PORTS.has(record.serverPort) && isPrivate(record.server)) this.#addNamed(record, '');
    }
  }

  /** `name` is the listed name of the message. */
  addDns(record: DnsRecord, name: string): void {
    this.#latestUs = Math.max(this.#latestUs, record.tsUs);
    if (record.isResponse) this.#names.add(record, name);
    if (record.queryType !== TYPE_A && record.queryType !== TYPE_AAAA) return;
    if (record.isLogged === true) {
      this.#addLoggedAnswer(record, name);
      return;
    }
    for (const address of record.addresses) {
      if (address.includes(':') && this.#ip6Names.size < MAX_NAMELESS) this.#ip6Names.set(address, name);
    }
    const key = `${record.client} ${record.server} ${record.clientPort} ${record.messageId} ${record.queryType} ${record.name}`;
    const known = this.#questions.get(key);
    if (known !== undefined) {
      const list = record.isResponse ? known.answers : known.askedUs;
      if (list.length < MAX_COPIES)
        record.isResponse ? known.answers.push(record) : known.askedUs.push(record.tsUs);
    } else if (this.#questions.size >= MAX_QUESTIONS) {
      this.overflow++;
    } else {
      const askedUs = record.isResponse ? [] : [record.tsUs];
      const answers = record.isResponse ? [record] : [];
      this.#questions.set(key, { name, record, askedUs, answers });
    }
  }

  /** A log pairs a question with its answer, or has no answer; times between them are not measured. */
  #addLoggedAnswer(record: DnsRecord, name: string): void {
    if (!record.isResponse) return;
    const { client: host, server, tsUs, queryType } = record;
    // Many logs leave out the addresses of an answer: without them, only a code or a block says that there are none.
    const isUnknown = record.rcode === 0 && record.addresses.length === 0;
    if (isUnknown && record.isBlocked !== true) return;
    const [kind, detail, by]: ReturnType<typeof answerOf> = isUnknown
      ? ['dnsZero', queryType, '']
      : answerOf(record);
    this.#add(tsUs, { host, name, server, port: DNS_PORT, kind, detail }, numbersAt(tsUs, 0, by));
  }

  /**
   * Copies of a question share its number. With an answer for each, they belong together in order; with fewer, the
   * answers are those of the last copies, and the first ones were lost.
   */
  #conclude(key: string, { name, record, askedUs, answers }: Question, nowUs: number): void {
    this.#questions.delete(key);
    const { client: host, server } = record;
    const put = (tsUs: number, kind: OutcomeKind, detail: number, numbers: CellNumbers): void =>
      this.#add(tsUs, { host, name, server, port: 53, kind, detail }, numbers);
    const unanswered = Math.max(0, askedUs.length - answers.length);
    const untilUs = Math.min(nowUs, this.#refused.get(endsOf(record)) ?? nowUs);
    for (const tsUs of askedUs.slice(0, unanswered)) {
      const waitedUs = Math.max(0, Math.min(untilUs, tsUs + UNANSWERED_US) - tsUs);
      put(tsUs, 'dnsUnanswered', 0, numbersAt(tsUs, waitedUs));
    }
    for (const [i, answer] of answers.entries()) {
      const tsUs = Math.min(askedUs[unanswered + i] ?? answer.tsUs, answer.tsUs);
      const [kind, detail, by] = answerOf(answer);
      put(tsUs, kind, detail, numbersAt(tsUs, answer.tsUs - tsUs, by));
    }
  }

  /** All records of packets before this time have been added. */
  settle(untilUs: number): void {
    if (!Number.isFinite(untilUs)) return;
    this.#latestUs = Math.max(this.#latestUs, untilUs);
    this.#addNameless(untilUs);
    this.#concludeBefore(untilUs - UNANSWERED_US, untilUs);
    if (untilUs < this.#expiredUs + EXPIRE_EVERY_US) return;
    this.#expiredUs = untilUs;
    this.#names.expire(untilUs - LONGEST_WAIT_US);
    for (const [ends, tsUs] of this.#refused)
      if (tsUs < untilUs - EXPIRE_EVERY_US) this.#refused.delete(ends);
  }

  finish(lastUs: number | null): void {
    this.#addNameless(Number.POSITIVE_INFINITY);
    const untilUs = lastUs ?? this.#latestUs;
    this.#concludeBefore(Number.POSITIVE_INFINITY, untilUs);
  }

  #concludeBefore(beforeUs: number, nowUs: number): void {
    for (const [key, question] of this.#questions) {
      if (question.record.tsUs > beforeUs) continue;
      // At the end of a capture: it may be answered later.
      const askedUs = question.askedUs.at(-1) ?? nowUs;
      const isYoung = nowUs - askedUs < UNANSWERED_AT_END_US;
      const isRefused = (this.#refused.get(endsOf(question.record)) ?? 0) >= askedUs;
      if (isYoung && !isRefused && question.answers.length < question.askedUs.length) question.askedUs.pop();
      this.#conclude(key, question, nowUs);
    }
  }
}

const endsOf = ({ client, clientPort, server }: DnsRecord | OutcomeRecord): string =>
  `${client} ${clientPort} ${server}`;

function answerOf(record: DnsRecord): [kind: OutcomeKind, detail: number, by: string] {
  const [first = ''] = [...record.addresses].sort();
  if (record.rcode !== 0) return ['dnsError', record.rcode, ''];
  if (record.addresses.length === 0) return ['dnsEmpty', record.queryType, ''];
  if (record.addresses.every((address) => address === '0.0.0.0' || address === '::'))
    return ['dnsZero', record.queryType, first];
  if (record.addresses.every(isPrivate)) return ['dnsPrivate', record.queryType, first];
  return ['dnsAnswered', record.queryType, first];
}
