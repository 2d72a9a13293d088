// A DNS name of a host in an open window: queries, and the answers to the same machine.

import type { DnsRecord } from '../model/flow.ts';
import type { NameAsked } from '../model/usage.ts';
import { MAX_ASKED_ADDRESSES } from '../window/ceilings.ts';
import { smallestNumbers, smallestTexts } from '../window/sums.ts';

/** Maximum machines that send one query with one address: one, two behind redundant routers; more indicate an attacker. */
const MAX_MACHINES = 4;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface QuestionBuilder extends Omit<Mutable<NameAsked>, 'addresses'> {
  /** Machines that sent a question, by the tail of their MAC. The smallest, so that order does not matter. */
  askers: readonly number[];
  /** Addresses in the answers to each machine. */
  answers: ReadonlyMap<number, readonly string[]>;
}

export function emptyQuestion(host: string, name: string, tsUs: number): QuestionBuilder {
  return {
    host,
    name,
    count: 0,
    firstUs: tsUs,
    lastUs: tsUs,
    offersEch: false,
    isLogged: false,
    askers: [],
    answers: new Map(),
  };
}

export function addDnsMessage(question: QuestionBuilder, record: DnsRecord): void {
  const { tsUs, offersEch, isResponse, addresses, clientMacTail, isLogged } = record;
  question.firstUs = Math.min(question.firstUs, tsUs);
  question.lastUs = Math.max(question.lastUs, tsUs);
  question.offersEch ||= offersEch;
  question.isLogged ||= isLogged === true;
  if (!isResponse) {
    question.count++;
    question.askers = smallestNumbers([...question.askers, clientMacTail], MAX_MACHINES);
  } else if (addresses.length > 0) {
    const known = question.answers.get(clientMacTail) ?? [];
    const answers = new Map(question.answers);
    answers.set(clientMacTail, smallestTexts([...known, ...addresses], MAX_ASKED_ADDRESSES));
    const kept = smallestNumbers(answers.keys(), MAX_MACHINES);
    question.answers = new Map([...answers].filter(([machine]) => kept.includes(machine)));
  }
}

/**
 * A resolver also answers queries with a spoofed source, and sends the answer to the machine with that address.
 * So an answer counts only after a query of its receiver; if the query is in an earlier window, every answer counts.
 */
export function finishQuestion(question: QuestionBuilder): NameAsked {
  const { askers, answers, ...asked } = question;
  const own = [...answers].filter(([machine]) => asked.count === 0 || askers.includes(machine));
  const addresses = own.flatMap(([, list]) => list);
  return { ...asked, addresses: smallestTexts(addresses, MAX_ASKED_ADDRESSES) };
}
