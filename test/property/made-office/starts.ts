// Recorded starts of builds of Claude Code, as rows of usage windows of any host at any time.

import { readFileSync } from 'node:fs';
import type { ClientFingerprint, UsageExchange, UsageRow } from '../../../src/model/usage.ts';
import { BARE_ROW } from '../../bare-facts.ts';

import { coarsen } from './coarsen.ts';

type RecordedExchange = readonly [
  seconds: number,
  up: number,
  recordsUp: number,
  down: number,
  recordsDown: number,
];
type RecordedFlow = readonly [
  name: string,
  form: number,
  seconds: number,
  resumed: 0 | 1,
  exchanges: readonly RecordedExchange[],
];

export interface RecordedStart {
  readonly build: string;
  readonly line: 'linux-x64' | 'node';
  /** How it was started: docs of captures/README.md. */
  readonly as: string;
  /** YYYY-MM-DD */
  readonly built: string;
  readonly flows: readonly RecordedFlow[];
}

interface RecordedForm {
  readonly ja4: string;
  readonly ja3: string;
  readonly alpn: readonly string[];
  readonly helloBytes: number;
}

const recorded: { readonly forms: readonly RecordedForm[]; readonly starts: readonly RecordedStart[] } =
  JSON.parse(readFileSync('captures/builds/starts.json', 'utf8'));
export const starts = recorded.starts;

/** An answer with this many records is streamed. */
const STREAM_RECORDS = 8;

/** Devices between a host and the sensor, and losses of the sensor. */
export interface Surroundings {
  readonly host: string;
  readonly isProxied: boolean;
  /** False: the exchange was lost. */
  readonly keeps: () => boolean;
}

/** Rows of a start that begins at `atSeconds`, in the window that begins at `windowSeconds`. */
export function startRows(
  start: RecordedStart,
  atSeconds: number,
  windowSeconds: number,
  surroundings: Surroundings,
): UsageRow[] {
  const byChannel = new Map<string, RecordedFlow[]>();
  for (const flow of start.flows) {
    const key = `${flow[0]} ${flow[1]}`;
    byChannel.set(key, [...(byChannel.get(key) ?? []), flow]);
  }
  const offsetMs = (atSeconds - windowSeconds) * 1000;
  return [...byChannel.values()].flatMap((flows) => {
    const [name, form] = flows[0] ?? ['', 0];
    const exchanges = flows.flatMap(([, , , , list], flow) =>
      list
        .filter(() => surroundings.keeps())
        .map(([seconds, up, recordsUp, down, recordsDown]) =>
          exchangeOf(offsetMs + seconds * 1000, flow, up, recordsUp, down, recordsDown),
        ),
    );
    const times = flows.map(([, , seconds]) => (atSeconds + seconds) * 1_000_000);
    return [rowOf(name, form, windowSeconds, times, exchanges, surroundings)];
  });
}

/** Rows of work without a start: a model request on each flow that the build opens. */
export function useRows(
  start: RecordedStart,
  atSeconds: number,
  windowSeconds: number,
  surroundings: Surroundings,
): UsageRow[] {
  const model = start.flows.find(([, , , , exchanges]) => exchanges.some(([, up]) => up > 20_000));
  if (model === undefined) return [];
  const [name, form] = model;
  const offsetMs = (atSeconds - windowSeconds) * 1000;
  const exchanges = [0, 6, 15].map((seconds) =>
    exchangeOf(offsetMs + seconds * 1000, 0, 62_000, 4, 6000, 24),
  );
  return [rowOf(name, form, windowSeconds, [atSeconds * 1_000_000], exchanges, surroundings)];
}

function exchangeOf(
  startMs: number,
  flow: number,
  bytesUp: number,
  recordsUp: number,
  bytesDown: number,
  recordsDown: number,
): UsageExchange {
  const isStreamed = recordsDown >= STREAM_RECORDS;
  return coarsen({
    ...{ startMs: Math.round(startMs), flow, bytesUp, recordsUp, bytesDown, recordsDown },
    largestUp: Math.min(bytesUp, 16_384),
    largestDown: isStreamed ? 300 : bytesDown,
    firstDown: isStreamed ? 300 : bytesDown,
    waitMs: isStreamed ? 900 : 30,
    answerMs: isStreamed ? 2000 : 0,
    largestGapMs: isStreamed ? 100 : 0,
    uploadMs: 0,
    messagesUp: 1,
    flags: 0,
  });
}

function rowOf(
  name: string,
  form: number,
  windowSeconds: number,
  helloTimesUs: readonly number[],
  exchanges: readonly UsageExchange[],
  { host, isProxied }: Surroundings,
): UsageRow {
  const times = [...helloTimesUs].sort((a, b) => a - b).map(Math.round);
  const sum = (pick: (one: UsageExchange) => number): number =>
    exchanges.reduce((all, one) => all + pick(one), 0);
  const ends = exchanges.map(
    ({ startMs, waitMs, answerMs }) => windowSeconds * 1e6 + (startMs + waitMs + answerMs) * 1e3,
  );
  const flows = times.length;
  return {
    ...BARE_ROW,
    host,
    name,
    fingerprint: fingerprintOf(form),
    proxy: isProxied ? 'connect' : null,
    flows,
    establishedFlows: flows,
    answeredSlices: 1,
    packetsUp: 10 * flows,
    packetsDown: 10 * flows,
    bytesUp: sum(({ bytesUp }) => bytesUp) + 2000 * flows,
    bytesDown: sum(({ bytesDown }) => bytesDown) + 3000 * flows,
    payloadUp: sum(({ bytesUp }) => bytesUp) + 700 * flows,
    payloadDown: sum(({ bytesDown }) => bytesDown) + 2000 * flows,
    firstUs: times[0] ?? windowSeconds * 1e6,
    lastUs: Math.max(...times, ...ends),
    helloBytesMin: recorded.forms[form]?.helloBytes ?? 0,
    helloBytesMax: recorded.forms[form]?.helloBytes ?? 0,
    helloTimesUs: times,
    servers: ['198.51.100.7'],
    serverPorts: [443],
    exchanges,
  };
}

function fingerprintOf(form: number): ClientFingerprint | null {
  const found = recorded.forms[form];
  if (found === undefined) return null;
  const { ja4, ja3, alpn } = found;
  return { transport: 'tcp', ja4, ja3, alpn, ech: 'none' };
}
