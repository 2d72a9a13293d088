// Builds rows of usage windows for the tests of the catalogue: a host, a name, a form of the hello, exchanges.

import type {
  ClientFingerprint,
  QueriedName,
  UsageExchange,
  UsageRow,
  UsageWindow,
} from '../../../src/model/usage.ts';
import { BARE_ROW } from '../../bare-facts.ts';

export const START = 1_783_000_800; // 2026-07-02T14:00:00Z, a multiple of 900

const fingerprint = (ja4: string, ja3: string, alpn: readonly string[]): ClientFingerprint => ({
  transport: ja4.startsWith('q') ? 'quic' : 'tcp',
  ja4,
  ja3,
  alpn,
  ech: 'none',
});

export const FORMS = {
  bun144Fetch: fingerprint('t13d1713h1_5b57614c22b0_7f527383e249', '1523504b38f0fae0d881d4b6554aac1b', [
    'http/1.1',
  ]),
  bun144Https: fingerprint('t13d181000_5d04281c6031_25d8bb11352d', '5355e3851d76d069ab8a98fdb51cf1b4', []),
  bun141Https: fingerprint('t13d181000_5d04281c6031_78e6aca7449b', '5355e3851d76d069ab8a98fdb51cf1b4', []),
  bun1314: fingerprint('t13d1714h1_5b57614c22b0_43ade6aba3df', 'd871d02cecbde59abbf8f4806134addf', [
    'http/1.1',
  ]),
  bun1313a: fingerprint('t13d1714h1_5b57614c22b0_7baf387fc6ff', '44f88fca027f27bab4bb08d4af15f23e', [
    'http/1.1',
  ]),
  bun1313b: fingerprint('t13d1715h1_5b57614c22b0_e8ed158c4d85', '50027c67d7d68e24c00d233bca146d88', [
    'http/1.1',
  ]),
  node22Fetch: fingerprint('t13d5212h1_b262b3658495_8e6e362c5eac', 'd67b094811e5145139d7cea5f014309f', [
    'http/1.1',
  ]),
  node22Https: fingerprint('t13d521100_b262b3658495_8e6e362c5eac', '944d1e1858cd278718f8a46b65d3212f', []),
  rustls: fingerprint('t13d1011h2_61a7ad8aa9b6_0d308c48d2a3', 'f'.repeat(32), ['h2', 'http/1.1']),
  rustlsSocket: fingerprint('t13d101000_61a7ad8aa9b6_0d308c48d2a3', 'e'.repeat(32), []),
  nativeTls: fingerprint('t13d301100_1d37bd780c83_8e6e362c5eac', '0b85eb0d4981e69064e40753e4f0ac5f', []),
  chromium: fingerprint('t13d1517h2_8daaf6152771_cb7bf5808d99', 'a'.repeat(32), ['h2', 'http/1.1']),
  firefox: fingerprint('t13d1717h2_5b57614c22b0_3cbfd9057e0d', '6f7889b9fb1a62a9577e685c1fcfa919', [
    'h2',
    'http/1.1',
  ]),
  firefoxSocket: fingerprint('t13d1717h1_5b57614c22b0_3cbfd9057e0d', '6f7889b9fb1a62a9577e685c1fcfa919', [
    'http/1.1',
  ]),
  curl: fingerprint('t13d3112h2_e8f1e7e78f70_b26ce05bbdd6', '0149f47eabf9a20d0893e2a44e5a6323', [
    'h2',
    'http/1.1',
  ]),
  unknown: fingerprint('t13d0000h1_000000000000_000000000000', '0'.repeat(32), ['http/1.1']),
} as const;

/** A model request with a streamed answer by default. */
export function exchange(parts: Partial<UsageExchange> = {}): UsageExchange {
  return {
    startMs: 5000,
    bytesUp: 48_000,
    bytesDown: 4000,
    recordsUp: 3,
    recordsDown: 20,
    largestUp: 16_384,
    largestDown: 300,
    firstDown: 300,
    waitMs: 900,
    answerMs: 2000,
    largestGapMs: 60,
    uploadMs: 5,
    messagesUp: 1,
    flags: 0,
    flow: 0,
    ...parts,
  };
}

export const smallCall = (bytesUp: number, startMs = 1000): UsageExchange =>
  exchange({ startMs, bytesUp, bytesDown: 200, recordsUp: 1, recordsDown: 1, waitMs: 30, answerMs: 0 });

export const post = (bytesUp: number, startMs = 9000): UsageExchange =>
  exchange({ startMs, bytesUp, bytesDown: 285, recordsDown: 1, waitMs: 80, answerMs: 0 });

/** What builds of Claude Code were recorded to ask for when they start, by the form of the hello. */
export const CLAUDE_START = {
  fetch: [smallCall(331), smallCall(334, 1200), smallCall(339, 1500)],
  https: [smallCall(233), smallCall(338, 1100), smallCall(435, 1200)],
} as const;

export function row(name: string, hello: ClientFingerprint | null, parts: Partial<UsageRow> = {}): UsageRow {
  const exchanges = parts.exchanges ?? [];
  return {
    ...BARE_ROW,
    host: '10.77.0.2',
    name,
    fingerprint: hello,
    establishedFlows: 1,
    http2Flows: hello?.alpn[0] === 'h2' ? 1 : 0,
    answeredSlices: 1,
    packetsUp: 20,
    packetsDown: 20,
    bytesUp: 60_000,
    bytesDown: 9000,
    payloadUp: 58_000,
    payloadDown: 8000,
    firstUs: START * 1_000_000,
    lastUs: (START + 20) * 1_000_000,
    helloBytesMin: 512,
    helloBytesMax: 512,
    helloTimesUs: [START * 1_000_000],
    servers: ['198.51.100.7'],
    serverPorts: [443],
    communityIds: [`1:${name}`],
    ...parts,
    exchanges,
  };
}

export function asked(name: string): QueriedName {
  return {
    host: '10.77.0.2',
    name,
    count: 1,
    firstUs: START * 1_000_000,
    lastUs: START * 1_000_000,
    addresses: [],
    offersEch: false,
    echAnswers: [],
    isLogged: false,
  };
}

export function window(
  rows: readonly UsageRow[],
  names: readonly QueriedName[] = [],
  startSeconds = START,
): UsageWindow {
  return {
    sensor: 'test',
    startSeconds,
    revision: 0,
    lengthSeconds: 60,
    stats: {
      packets: 0,
      bytes: 0,
      flows: 0,
      hellosComplete: 0,
      hellosIncomplete: 0,
      snaplenCut: 0,
      evictedFlows: 0,
      kernelDrops: 0,
      malformed: {},
    },
    hosts: [],
    rows,
    queriedNames: names,
  };
}

/** The same rows at a later time. */
export function later(rows: readonly UsageRow[], seconds: number): UsageRow[] {
  const us = seconds * 1_000_000;
  return rows.map((one) => ({
    ...one,
    firstUs: one.firstUs + us,
    lastUs: one.lastUs + us,
    helloTimesUs: one.helloTimesUs.map((time) => time + us),
  }));
}
