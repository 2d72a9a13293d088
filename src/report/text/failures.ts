// Describes how often a diagnosis was observed.

import type { Diagnosis } from '../../model/diagnosis.ts';
import { formatCount } from '../../text/quantity.ts';

/** Nouns for one connection and for several. */
export const COURSE_NOUNS = {
  connection: ['connection', 'connections'],
  question: ['DNS query', 'DNS queries'],
  request: ['request', 'requests'],
} as const;

/** Nouns for these faults. Queries of other faults failed. */
const QUERIES: Readonly<Partial<Record<Diagnosis['fault'], string>>> = {
  'dns-nxdomain': 'got no usable address',
  'dns-refused': 'got no usable address',
  'dns-blocked': 'got no usable address',
  'dns-sinkhole': 'got an address that does not work',
  'dns-timeout': 'got no answer',
};
const REFUSED = 'got a refusal';
const RESULTS: Readonly<Partial<Record<Diagnosis['fault'], string>>> = {
  ...QUERIES,
  'provider-error': REFUSED,
  'provider-auth': REFUSED,
};

/** Phrases for these faults, whose connections ended after a part of their answers. */
const ENDS: Readonly<Partial<Record<Diagnosis['fault'], string>>> = {
  'proxy-lifetime': 'no answer was complete',
  'dns-sinkhole': 'no connection worked',
};

/** Returns "3 of 21 connections failed" or "all 30 connections failed". `isNamed`: adds the name of their server. */
export function failuresText(diagnosis: Diagnosis, isNamed = false): string {
  const { fault, failures, attempts, neverWorked, effect, name, sequences, confidence } = diagnosis;
  const noun = sequences[0]?.of ?? 'connection';
  const isAll = failures >= attempts;
  const counted = (number: string): string =>
    `${number} ${COURSE_NOUNS[noun][attempts === 1 ? 0 : 1]}${isNamed ? ` ${noun === 'question' ? 'for' : 'to'} ${name}` : ''}`;
  const count = formatCount(failures);
  const share = `${count} of ${formatCount(attempts)}`;
  const all = counted(!isAll ? share : attempts === 1 ? 'the only' : `all ${count}`);
  if (effect === 'degraded') return `${counted(isAll ? count : share)} affected; requests were answered`;
  const result = RESULTS[fault] ?? 'failed';
  if (result === REFUSED) return `${all} ${confidence === 'possible' ? 'got a short answer' : result}`;
  if (isAll && !neverWorked) return `${all} ${result}; some requests got an answer or a part of it`;
  // Without an address, a client connects to nothing.
  const end = ENDS[fault] ?? (QUERIES[fault] === undefined ? 'no request was answered' : null);
  return `${all} ${result}${neverWorked && end !== null ? `; ${end}` : ''}`;
}

/** States that no name can be diagnosed. */
export const NO_NAME_SEEN =
  'No connection to a name of the catalogue was seen, so there is nothing to diagnose';

/** Title for names whose packets were captured in one direction only. */
export const HALF_SEEN_TITLE = 'Only one direction was captured';
export const HALF_SEEN =
  'Without the packets of the other side, a fault is neither found nor excluded. Mirror both directions of the link, or both links if the ways there and back differ.';
