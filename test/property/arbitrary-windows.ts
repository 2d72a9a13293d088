// Windows as fast-check makes them: any content, keys from small sets so that they collide.

import fc from 'fast-check';
import { ROW_SUMS, type RowSum } from '../../src/model/counters.ts';
import { sumEchConfigs } from '../../src/model/ech-configs.ts';
import {
  DELAY_BOUNDS_MS,
  OUTCOME_DELAYS,
  OUTCOME_KINDS,
  OUTCOME_MAXIMA,
  OUTCOME_MINIMA,
  OUTCOME_SUMS,
} from '../../src/model/outcome.ts';
import type {
  ClientFingerprint,
  ExchangeCell,
  HostTotals,
  NotVisibleTraffic,
  OutcomeCell,
  QueriedName,
  UsageExchange,
  UsageRow,
  UsageWindow,
  WindowStats,
} from '../../src/model/usage.ts';
import { ECH_OUTER_NAMES } from '../../src/model/window-words.ts';
import { unionHeard } from '../../src/window/heard.ts';
import { unionParts } from '../../src/window/host-parts.ts';
import {
  claimKey,
  keepExchanges,
  keepHelloTimes,
  mapFields,
  notVisibleKey,
  queriedNameKey,
  rowKey,
  sumEchAnswers,
  unionGaps,
} from '../../src/window/sums.ts';

const START = 1_783_900_800;
const count = fc.integer({ min: 0, max: 2 ** 40 });
const small = fc.integer({ min: 0, max: 9 });
const host = fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1', 'host-4fa1');
const name = fc.constantFrom('api.anthropic.com', 'chatgpt.com', 'ä.example', '[10.0.0.9]');

function sortedBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function sortedTexts(values: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string[]> {
  return fc.uniqueArray(values, { maxLength }).map((list) => list.sort((a, b) => (a < b ? -1 : 1)));
}

const fingerprint: fc.Arbitrary<ClientFingerprint | null> = fc.option(
  fc.record({
    transport: fc.constantFrom('tcp', 'quic', 'dtls'),
    ja4: fc.constantFrom('t13d1714h1_5b57614c22b0_43ade6aba3df', 't13d171000_5b57614c22b0_78e6aca7449b'),
    ja3: fc.constantFrom('d871d02cecbde59abbf8f4806134addf', ''),
    alpn: fc.constantFrom([], ['http/1.1'], ['h2', 'http/1.1']),
    ech: fc.constantFrom('none', 'present', 'esni'),
  }),
  { nil: null },
);

const exchange: fc.Arbitrary<UsageExchange> = fc.record({
  startMs: fc.integer({ min: 0, max: 59_999 }),
  bytesUp: count,
  bytesDown: count,
  recordsUp: small,
  recordsDown: small,
  largestUp: small,
  largestDown: small,
  firstDown: small,
  waitMs: small,
  answerMs: small,
  largestGapMs: small,
  uploadMs: small,
  messagesUp: small,
  flags: fc.integer({ min: 0, max: 511 }),
  flow: fc.integer({ min: 0, max: 3 }),
});

const cell: fc.Arbitrary<ExchangeCell> = fc.record({
  upClass: fc.integer({ min: 0, max: 3 }),
  answerClass: fc.integer({ min: 0, max: 3 }),
  count: small,
  bytesUp: count,
  bytesDown: count,
});

function times(startUs: number): fc.Arbitrary<{ firstUs: number; lastUs: number }> {
  return fc
    .tuple(fc.integer({ min: 0, max: 59_999_999 }), fc.integer({ min: 0, max: 59_999_999 }))
    .map(([a, b]) => ({ firstUs: startUs + Math.min(a, b), lastUs: startUs + Math.max(a, b) }));
}

function row(startUs: number): fc.Arbitrary<UsageRow> {
  const sums = fc.record({
    ...mapFields(Object.keys(ROW_SUMS) as RowSum[], (name) =>
      /bytes|packets|payload|lost|unsized|logged/i.test(name) ? count : small,
    ),
    helloBytesMin: fc.constantFrom(0, 249, 512),
    helloBytesMax: fc.constantFrom(0, 512, 1800),
    openSeconds: fc.constantFrom(0, 1, 40_000, 604_800),
  });
  const keys = fc.record({
    host,
    name,
    nameFrom: fc.constantFrom('sni', 'proxy', 'dns', 'network', 'host'),
    fingerprint,
    proxy: fc.constantFrom(null, 'connect', 'socks5'),
    userAgent: fc.constantFrom(null, 'claude-cli/'),
  });
  const lists = fc.record({
    helloTimesUs: fc
      .array(fc.integer({ min: 0, max: 59_999_999 }), { maxLength: 40 })
      .map((list) => keepHelloTimes(list.map((us) => startUs + us))),
    servers: sortedTexts(fc.ipV4(), 8),
    serverPorts: fc.constantFrom([], [443], [443, 8443]),
    communityIds: sortedTexts(fc.string({ minLength: 1, maxLength: 8 }), 8),
    macs: sortedTexts(fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03'), 4),
  });
  const kept = fc
    .tuple(fc.array(exchange, { maxLength: 12 }), fc.array(cell, { maxLength: 4 }))
    .map(([raw, cells]) => ({ ...keepExchanges(raw, cells) }));
  return fc
    .tuple(keys, sums, lists, kept, times(startUs))
    .map(([a, b, c, d, e]): UsageRow => ({ ...a, ...b, ...c, ...d, ...e }) as UsageRow);
}

function notVisible(startUs: number): fc.Arbitrary<NotVisibleTraffic> {
  return fc
    .tuple(
      fc.record({
        kind: fc.constantFrom('ech', 'tunnel', 'loss'),
        hint: fc.constantFrom('unknown', 'wireguard'),
        flows: small,
        bytes: count,
      }),
      times(startUs),
    )
    .map(([a, b]) => ({ ...a, ...b }) as NotVisibleTraffic);
}

function hostTotals(startUs: number): fc.Arbitrary<HostTotals> {
  const mac = fc.constantFrom(
    { mac: null, macFrom: null },
    { mac: '02:00:00:00:00:01', macFrom: 'frame' },
    { mac: '02:00:00:00:00:02', macFrom: 'dhcp' },
    { mac: '02:00:00:00:00:03', macFrom: 'dhcp' },
  );
  const rest = fc.record({
    host,
    names: sortedTexts(fc.constantFrom('dev-1', 'dev-2', 'böse'), 3),
    vlans: fc.constantFrom([], [10], [10, 20]),
    flows: small,
    packets: count,
    bytesUp: count,
    bytesDown: count,
    notVisible: fc
      .uniqueArray(notVisible(startUs), { selector: notVisibleKey, maxLength: 3 })
      .map((list) => sortedBy(list, notVisibleKey)),
  });
  const claim = fc.record({
    name: fc.constantFrom(null, 'dev-1', 'böse'),
    mac: fc.constantFrom(null, '02:00:00:00:00:01', '02:00:00:00:00:02'),
    from: fc.constantFrom(...(['dhcp', 'arp', 'mdns'] as const)),
    isOwn: fc.boolean(),
  });
  const claims = fc
    .uniqueArray(claim, { selector: claimKey, maxLength: 3 })
    .map((list) => (list.length === 0 ? {} : { claims: sortedBy(list, claimKey) }));
  return fc
    .tuple(rest, mac, times(startUs), claims)
    .map(([a, b, c, d]) => ({ ...a, ...b, ...c, ...d }) as HostTotals);
}

function asked(startUs: number): fc.Arbitrary<QueriedName> {
  return fc
    .tuple(
      fc.record({
        host,
        name,
        count: small,
        addresses: sortedTexts(fc.ipV4(), 8),
        offersEch: fc.boolean(),
        isLogged: fc.boolean(),
      }),
      times(startUs),
      echAnswers(startUs),
    )
    .map(([a, b, c]) => ({ ...a, ...b, echAnswers: c }));
}

const echAnswers = (startUs: number): fc.Arbitrary<QueriedName['echAnswers']> =>
  fc
    .array(
      fc.record({
        resolver: fc.constantFrom('10.0.0.53', '10.0.0.54', '1.1.1.1', '8.8.8.8', '9.9.9.9', 'fd00::53'),
        firstUs: fc.integer({ min: startUs, max: startUs + 1_000_000 }),
        ttlSeconds: small,
      }),
      { maxLength: 3 },
    )
    .map((list) => sumEchAnswers(list.map((answer) => [answer])));

const stats: fc.Arbitrary<WindowStats> = fc.record({
  packets: count,
  bytes: count,
  flows: count,
  hellosComplete: count,
  hellosIncomplete: count,
  snaplenCut: count,
  evictedFlows: count,
  kernelDrops: count,
  malformed: fc.constantFrom({}, { 'ip.length': 1 }, { 'ip.length': 2, 'tcp.data_offset': 3 }),
  undecoded: count,
  frames: count,
  overflow: fc.constantFrom({}, { rows: 4 }),
});

function gaps(startUs: number): fc.Arbitrary<Pick<UsageWindow, 'gaps'>> {
  const gap = fc.record({
    fromUs: fc.constantFrom(startUs, startUs + 1),
    toUs: fc.constantFrom(startUs + 90_000_000, startUs + 7_200_000_000),
    reason: fc.constantFrom('silence' as const, 'interfaceDown' as const, 'notRunning' as const),
  });
  return fc.array(gap, { maxLength: 2 }).map((list) => unionGaps([{ gaps: list }]));
}

/** Runs of seconds; absent: the sensor states its time. */
function heard(startUs: number): fc.Arbitrary<Pick<UsageWindow, 'heard'>> {
  const second = fc.integer({ min: 0, max: 58 }).map((at) => [startUs + at * 1e6, startUs + (at + 1) * 1e6]);
  const window = { startSeconds: startUs / 1e6, lengthSeconds: 60 };
  return fc.oneof(
    fc.constant({}),
    fc.array(second, { minLength: 1, maxLength: 3 }).map((runs) =>
      unionHeard(
        runs.map((run) => ({ ...window, heard: run })),
        window,
      ),
    ),
  );
}

function services(startUs: number): fc.Arbitrary<Pick<UsageWindow, 'services'>> {
  const seen = fc.record({
    host,
    server: fc.constantFrom('10.0.0.7', 'fd00::7'),
    port: fc.constantFrom(8000, 11434),
    firstUs: fc.constantFrom(startUs, startUs + 5),
    lastUs: fc.constantFrom(startUs + 10, startUs + 20),
    signs: sortedTexts(fc.constantFrom('llamaServer', 'ollamaList', 'openAiAnswer'), 3),
    flows: small,
    requests: small,
    uses: small,
    isUncounted: fc.boolean(),
    isOtherNetwork: fc.boolean(),
    bytesUp: count,
    bytesDown: count,
  });
  const details = fc.record(
    {
      versions: sortedTexts(fc.constantFrom('0.9.2', '0.9.10', '1.80'), 2).filter(({ length }) => length > 0),
      mcp: fc.tuple(small, small, small, fc.integer({ min: 1, max: 9 })),
    },
    { requiredKeys: [] },
  );
  const detailed = fc.tuple(seen, details).map(([one, more]) => ({ ...one, ...more }));
  return fc.array(detailed, { maxLength: 3 }).map((list) => unionParts([{ services: list }]));
}

function outcomes(startUs: number): fc.Arbitrary<Pick<UsageWindow, 'outcomes'>> {
  const key = fc.record({
    host,
    name: fc.constantFrom('', 'api.anthropic.com', 'chatgpt.com'),
    server: fc.constantFrom('198.18.0.1', 'fd00::7'),
    port: fc.constantFrom(53, 443),
    kind: fc.constantFrom(...OUTCOME_KINDS.slice(0, 3), 'dnsError' as const),
    detail: fc.constantFrom(0, 3),
    by: fc.constantFrom('', '10.0.0.9', '198.18.0.3'),
  });
  const numbers = fc.record({
    ...mapFields([...OUTCOME_SUMS], () => small),
    ...mapFields([...OUTCOME_MAXIMA, ...OUTCOME_MINIMA], () => fc.integer({ min: 0, max: 2 ** 31 })),
  });
  const counts = fc.array(small, { maxLength: DELAY_BOUNDS_MS.length }).map((list) => [...list, 1]);
  const delays = fc.record(
    mapFields([...OUTCOME_DELAYS], () => counts),
    { requiredKeys: [] },
  );
  const cell = fc
    .tuple(key, numbers, delays, times(startUs))
    .map(([a, b, c, d]): OutcomeCell => ({ ...a, ...b, ...c, ...d }));
  return fc.array(cell, { maxLength: 4 }).map((list) => unionParts([{ outcomes: list }]));
}

function hellos(): fc.Arbitrary<Pick<UsageWindow, 'hellos'>> {
  const config = fc.record({
    outer: fc.constantFrom(...ECH_OUTER_NAMES),
    id: fc.integer({ min: 0, max: 255 }),
    hellos: small,
  });
  const seen = fc.record({
    ...{ host, hellos: small, ech: small, hidden: small, unlistedRequests: small },
    echConfigs: fc.array(config, { maxLength: 3 }).map((list) => sumEchConfigs([list])),
  });
  return fc.array(seen, { maxLength: 3 }).map((list) => unionParts([{ hellos: list }]));
}

/** Any window of one of three sensors, in one of three minutes. Its content is free, its lists canonical. */
export const anyWindow: fc.Arbitrary<UsageWindow> = fc
  .tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.constantFrom(START, START + 60, START + 120),
    fc.integer({ min: 0, max: 2 }),
  )
  .chain(([sensor, startSeconds, revision]) =>
    fc
      .record({
        stats,
        hosts: fc
          .uniqueArray(hostTotals(startSeconds * 1e6), { selector: (h) => h.host, maxLength: 4 })
          .map((list) => sortedBy(list, (h) => h.host)),
        rows: fc
          .uniqueArray(row(startSeconds * 1e6), { selector: rowKey, maxLength: 5 })
          .map((list) => sortedBy(list, rowKey)),
        queriedNames: fc
          .uniqueArray(asked(startSeconds * 1e6), { selector: queriedNameKey, maxLength: 3 })
          .map((list) => sortedBy(list, queriedNameKey)),
      })
      .chain((content) => gaps(startSeconds * 1e6).map((own) => ({ ...content, ...own })))
      .chain((content) => heard(startSeconds * 1e6).map((own) => ({ ...content, ...own })))
      .chain((content) => services(startSeconds * 1e6).map((own) => ({ ...content, ...own })))
      .chain((content) => outcomes(startSeconds * 1e6).map((own) => ({ ...content, ...own })))
      .chain((content) => hellos().map((own) => ({ ...content, ...own })))
      .map((content) => ({ sensor, startSeconds, revision, lengthSeconds: 60, ...content })),
  );

/** Windows of which two with one key and revision are equal, as sensors guarantee. */
export const anyWindows: fc.Arbitrary<UsageWindow[]> = fc.uniqueArray(anyWindow, {
  selector: (window) => `${window.sensor} ${window.startSeconds} ${window.revision}`,
  maxLength: 8,
});
