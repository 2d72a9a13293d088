// What an attribution and its report cost when an attacker makes a list as long as he likes: twice the list, twice the
// work, and a little more for sorting.

import { describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { ReportDocument } from '../../src/model/report.ts';
import type {
  CaptureGap,
  ClientFingerprint,
  HostTotals,
  UsageRow,
  UsageWindow,
} from '../../src/model/usage.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { policyHeader } from '../../src/policy/header.ts';
import { loadPolicy } from '../../src/policy/parse-policy.ts';
import { listSubjects } from '../../src/policy/subjects.ts';
import { measureObserved } from '../../src/query/observed.ts';
import { buildReport } from '../../src/report/document/document.ts';
import { breakDown } from '../../src/report/document/part-sums.ts';
import { statsOfWindows } from '../../src/report/document/window-totals.ts';
import { FORMAT_NAMES, renderReport } from '../../src/report/render.ts';
import { openZone } from '../../src/time/zone.ts';
import { decodeWindows, encodeWindows } from '../../src/window/codec.ts';
import { listCoverage } from '../../src/window/coverage.ts';
import { joinDualStackBySensor } from '../../src/window/dual-stack.ts';
import { joinWindows, mergeWindows, rollUpWindows } from '../../src/window/merge-windows.ts';
import {
  asked,
  exchange,
  FORMS,
  later,
  post,
  row,
  START,
  smallCall,
  window,
} from '../unit/attribution/rows.ts';
// First: see there.
import { operationsOf, operationsOfAsync } from './operations.ts';

const catalogue = await loadCatalogue([]);
const zone = openZone('UTC');
const policy = loadPolicy(
  `version: 1
name: p
timezone: UTC
default: deny
rules:
  - id: R1
    title: t
    match: { kind: [cli, ide, agent] }
    scope: { cidr: [10.0.0.0/8] }
    action: deny
    evidence: { confidence: likely, minRequests: 0 }
`,
  'policy.yaml',
  catalogueFacts(catalogue),
);

/** All computations of a report with a verdict. */
function reportOn(windows: readonly UsageWindow[]): ReportDocument {
  const merged = joinDualStackBySensor(mergeWindows(windows, windows));
  const attributions = attribute(merged, catalogue, { zone });
  const document = buildReport({
    ...{
      attributions,
      windows: merged,
      captures: [],
      stats: statsOfWindows(merged),
      coverage: listCoverage(merged, zone),
    },
    ...{
      recordsFrom: null,
      recordsUntil: null,
      wiretally: '0',
      catalogue: '0',
      command: '',
      timezone: 'UTC',
      generated: null,
    },
  });
  for (const by of ['hour', 'host', 'tool', 'role'] as const)
    breakDown({ attributions, windows: merged, zone, by });
  const reading = { interrupted: false, unread: [], ignored: [], sinceSeconds: null, untilSeconds: null };
  const result = evaluate(policy, listSubjects(merged, attributions), measureObserved(merged, reading));
  return {
    ...document,
    policy: policyHeader(policy, '0'.repeat(64), catalogueFacts(catalogue)),
    summary: result.summary,
    findings: result.findings,
  };
}

function sumsOf(windows: readonly UsageWindow[]): void {
  rollUpWindows(windows, 900);
  joinWindows([...windows, ...windows.map((one) => ({ ...one, sensor: 'other' }))]);
  expect(decodeWindows(encodeWindows(windows)).damage).toEqual([]);
}

const list = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Another form of the same program: JA3 is that of another order of extensions. */
const formOf = (form: ClientFingerprint, i: number): ClientFingerprint => ({
  ...form,
  ja3: i.toString(16).padStart(32, '0'),
});
const strangeForm = (i: number): ClientFingerprint => ({
  ...FORMS.unknown,
  ja4: `t13d0000h1_${i.toString(16).padStart(12, '0')}_000000000000`,
});

const at = (seconds: number): Pick<UsageRow, 'firstUs' | 'lastUs' | 'helloTimesUs'> => ({
  firstUs: (START + seconds) * 1e6,
  lastUs: (START + seconds + 1) * 1e6,
  helloTimesUs: [(START + seconds) * 1e6],
});

const hostTotals = (host: string, parts: Partial<HostTotals> = {}): HostTotals => ({
  host,
  mac: '02:00:00:00:00:01',
  macFrom: 'frame',
  names: [],
  vlans: [],
  flows: 1,
  packets: 2,
  bytesUp: 100,
  bytesDown: 100,
  firstUs: START * 1e6,
  lastUs: (START + 59) * 1e6,
  notVisible: [],
  ...parts,
});
const addressOf = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;

/** Names of the catalogue with suffix rules, each filled as an attacker would. */
const SUFFIX = '.kilo.ai';
const OWN = 'api.anthropic.com';
const forged = { establishedFlows: 0, failedFlows: 1, http2Flows: 0, payloadDown: 0, bytesDown: 0 };

/** Windows in which one list is `n` long. */
const LISTS: Readonly<Record<string, (n: number) => UsageWindow[]>> = {
  'forged hellos to subdomains': (n) => [
    window(list(n, (i) => row(`a${i}${SUFFIX}`, FORMS.bun1314, { ...forged, ...at(i % 60) }))),
  ],
  'subdomains with small calls': (n) => [
    window(list(n, (i) => row(`a${i}${SUFFIX}`, FORMS.bun1314, { exchanges: [smallCall(600, i % 60_000)] }))),
  ],
  'subdomains with model requests and calls': (n) => [
    window(
      list(n, (i) =>
        row(`a${i}${SUFFIX}`, FORMS.node22Fetch, {
          exchanges: [i % 2 === 0 ? smallCall(600, i % 60_000) : exchange({ startMs: i % 60_000 })],
        }),
      ),
    ),
  ],
  'subdomains tried again and again': (n) => [
    window(
      list(n, (i) =>
        row(`a${i}${SUFFIX}`, FORMS.bun1314, {
          ...forged,
          helloTimesUs: [0, 1, 2, 3].map((s) => (START + s) * 1e6),
        }),
      ),
    ),
  ],
  'unlisted names behind a gateway': (n) => [
    window([
      row(OWN, FORMS.bun144Fetch, {
        exchanges: [exchange(), smallCall(213), smallCall(226), smallCall(700)],
      }),
      ...list(n, (i) => row(`gateway-${i}.example`, FORMS.bun144Fetch, { exchanges: [exchange()] })),
    ]),
  ],
  'unlisted addresses of networks': (n) => [
    window(
      list(n, (i) =>
        row(`[160.79.104.${i}]`, FORMS.bun144Fetch, { nameFrom: 'network', exchanges: [exchange()] }),
      ),
    ),
  ],
  'forms of the hello of a known program': (n) => [
    window(
      list(n, (i) =>
        row(OWN, formOf(i % 2 === 0 ? FORMS.bun144Fetch : FORMS.bun144Https, i), at((7 * i) % 60)),
      ),
    ),
  ],
  'forms that never pair': (n) => [
    window(
      list(n, (i) =>
        row(OWN, formOf(i % 2 === 0 ? FORMS.bun144Fetch : FORMS.bun144Https, i), at(i % 2 === 0 ? 0 : 50)),
      ),
    ),
  ],
  'programs of unknown kind': (n) => [
    window(list(n, (i) => row(OWN, strangeForm(i), { exchanges: [smallCall(600), exchange()] }))),
  ],
  'small calls of one size': (n) =>
    list(Math.ceil(n / 100), (k) =>
      window(
        later(
          [row(OWN, FORMS.bun144Https, { exchanges: list(100, (i) => smallCall(300, 500 * i)) })],
          60 * k,
        ),
        [],
        START + 60 * k,
      ),
    ),
  'side calls of many sizes and a large request': (n) =>
    list(Math.ceil(n / 100), (k) =>
      window(
        later(
          [
            row(OWN, FORMS.bun144Https, {
              exchanges: [post(9000), ...list(100, (i) => smallCall(200 + (i % 2), 100 * i))],
            }),
          ],
          60 * k,
        ),
        [],
        START + 60 * k,
      ),
    ),
  'posts and model requests of one size': (n) =>
    list(Math.ceil(n / 100), (k) =>
      window(
        later(
          [
            row(OWN, FORMS.node22Https, {
              exchanges: list(100, (i) =>
                i % 2 === 0 ? post(9000 + i, 0) : exchange({ startMs: 0, bytesUp: 9000 }),
              ),
            }),
          ],
          60 * k,
        ),
        [],
        START + 60 * k,
      ),
    ),
  'answers that last for hours': (n) =>
    list(Math.ceil(n / 100), (k) =>
      window(
        later(
          [
            row(OWN, FORMS.bun144Fetch, {
              exchanges: list(100, (i) => exchange({ startMs: i, answerMs: 1e12 })),
            }),
          ],
          60 * k,
        ),
        [],
        START + 60 * k,
      ),
    ),
  'windows of one channel': (n) =>
    list(n, (k) =>
      window(later([row(OWN, FORMS.bun144Fetch, { exchanges: [exchange()] })], 60 * k), [], START + 60 * k),
    ),
  'names asked for': (n) => [
    window(
      [],
      list(n, (i) => asked(`a${i}${SUFFIX}`)),
    ),
  ],
  'names asked for and visited': (n) => [
    window(
      list(n, (i) => row(`a${i}${SUFFIX}`, FORMS.chromium)),
      list(n, (i) => asked(`a${i}${SUFFIX}`)),
    ),
  ],
  'companion names': (n) => [
    window(
      list(n, (i) =>
        row(
          i % 2 === 0 ? 'generativelanguage.googleapis.com' : 'play.googleapis.com',
          formOf(FORMS.node22Fetch, i),
          { ...at(i % 60), exchanges: [smallCall(600)] },
        ),
      ),
    ),
  ],
  'companion names that are never near': (n) =>
    [0, 3600].map((seconds) =>
      window(
        later(
          list(n, (i) =>
            row(
              seconds === 0 ? 'generativelanguage.googleapis.com' : 'play.googleapis.com',
              formOf(FORMS.node22Fetch, i),
            ),
          ),
          seconds,
        ),
        [],
        START + seconds,
      ),
    ),
  'starts of a tool with builds': (n) => [
    window(
      list(n, (i) =>
        row(OWN, formOf(FORMS.bun144Https, i), {
          helloTimesUs: [START * 1e6 + 10 * i],
          exchanges: [smallCall(300, i % 30_000)],
        }),
      ),
    ),
  ],
  'downloads of a tool': (n) =>
    list(Math.ceil(n / 100), (k) =>
      window(
        later(
          [
            row('downloads.claude.ai', FORMS.bun144Https, {
              exchanges: list(100, (i) => smallCall(213, 100 * i)),
            }),
          ],
          60 * k,
        ),
        [],
        START + 60 * k,
      ),
    ),
  'agent loops of programs without a name': (n) => [
    window(
      list(n, (i) =>
        row('api.openai.com', formOf(FORMS.rustls, i), { exchanges: [exchange({ startMs: 9 * i })] }),
      ),
    ),
  ],
  'programs that name themselves': (n) => [
    window(list(n, (i) => row(`h${i}.example`, null, { userAgent: `claude-cli/${i}`, nameFrom: 'host' }))),
  ],
  'rows that two sensors saw': (n) =>
    ['a', 'b'].map((sensor) => ({
      ...window(list(n, (i) => row(OWN, formOf(FORMS.bun144Fetch, i), { communityIds: [`1:${i}`] }))),
      sensor,
    })),
  'rows of one flow that two sensors saw': (n) =>
    ['a', 'b'].map((sensor, k) => ({
      ...window(list(n, (i) => row(OWN, formOf(FORMS.bun144Fetch, 2 * i + k), { communityIds: ['1:same'] }))),
      sensor,
    })),
  'rows of one flow that another sensor saw from the middle on': (n) =>
    ['a', 'b'].map((sensor) => ({
      ...window(
        list(4 * n, (i) =>
          row(`a${i}${SUFFIX}`, sensor === 'a' ? FORMS.bun144Fetch : null, {
            communityIds: ['1:same'],
            lastUs: (START + (sensor === 'a' ? 20 : 40)) * 1e6,
          }),
        ),
      ),
      sensor,
    })),
  'flows without a beginning': (n) => [
    { ...window([row(OWN, FORMS.bun144Fetch, { exchanges: [exchange()] })]), sensor: 'a' },
    ...list(n, (k) => ({
      ...window([], [], START + 60 * k),
      sensor: 'b',
      hosts: [
        hostTotals('10.77.0.2', {
          notVisible: [
            {
              ...{ kind: 'midFlow' as const, hint: 'tls' as const, flows: 1, bytes: 9000 },
              ...{ firstUs: (START + 60 * k) * 1e6, lastUs: (START + 60 * k + 1) * 1e6 },
            },
          ],
        }),
      ],
    })),
  ],
  'sensors of one time': (n) =>
    list(n, (i) => ({
      ...window([row(OWN, FORMS.bun144Fetch, { communityIds: [`1:${i}`], exchanges: [exchange()] })]),
      sensor: `s${i}`,
    })),
  'hosts that use a tool': (n) => [
    {
      ...window(
        list(n, (i) => ({
          ...row(OWN, FORMS.bun144Fetch, { exchanges: [exchange(), smallCall(213), smallCall(700)] }),
          host: addressOf(i),
        })),
      ),
      hosts: list(n, (i) => hostTotals(addressOf(i))),
    },
  ],
  'hosts, each in its own window': (n) =>
    list(n, (i) => {
      const seconds = 5 * 3600 * i;
      return {
        ...window(
          later(
            [{ ...row(OWN, FORMS.bun144Fetch, { exchanges: [exchange()] }), host: addressOf(i) }],
            seconds,
          ),
          [],
          START + seconds,
        ),
        hosts: [
          hostTotals(addressOf(i), {
            firstUs: (START + seconds) * 1e6,
            lastUs: (START + seconds + 59) * 1e6,
          }),
        ],
      };
    }),
  'hosts that use nothing': (n) => [
    {
      ...window([]),
      hosts: list(n, (i) =>
        hostTotals(addressOf(i), { mac: `02:00:00:00:${(i >> 8) & 255}:${i & 255}`, names: [`host-${i}`] }),
      ),
    },
  ],
  'machines of one address': (n) =>
    list(n, (k) => ({
      ...window([], [], START + 60 * k),
      hosts: [
        hostTotals('10.77.0.2', {
          ...{
            mac: `02:00:00:00:${(k >> 8).toString(16)}:${(k & 255).toString(16)}`,
            macFrom: 'dhcp' as const,
          },
          ...{ names: [`name-${k}`], vlans: [k], addresses: ['10.77.0.2', addressOf(k)] },
        }),
      ],
    })),
  gaps: (n) => [
    {
      ...window([], []),
      hosts: [hostTotals('10.77.0.2')],
      gaps: list(n, (i): CaptureGap => {
        const fromUs = START * 1e6 + 1000 * i;
        return { fromUs, toUs: fromUs + 500, reason: i % 3 === 0 ? 'silent' : 'interfaceDown' };
      }),
    },
  ],
  'servers, ports and flows of a row': (n) =>
    list(Math.ceil(n / 8), (k) =>
      window(
        later(
          [
            row(OWN, FORMS.bun144Fetch, {
              servers: list(8, (i) => addressOf(8 * k + i)),
              serverPorts: list(4, (i) => 4 * k + i),
              communityIds: list(8, (i) => `1:${8 * k + i}`),
            }),
          ],
          60 * k,
        ),
        [],
        START + 60 * k,
      ),
    ),
};

/** Sizes at which what grows with a square is most of the work. */
const [SMALL, MIDDLE, LARGE] = [400, 800, 1600];

describe.each([
  ['a report', reportOn],
  ['sums of windows', sumsOf],
])('%s', (_what, run) => {
  it.each(Object.entries(LISTS))('costs as many times as much as it has %s', (_list, windowsOf) => {
    run(windowsOf(SMALL));
    const [small = 0, middle = 0, large = 0] = [SMALL, MIDDLE, LARGE].map((n) => {
      const windows = windowsOf(n);
      return operationsOf(() => run(windows));
    });
    expect(small).toBeGreaterThan(SMALL / 100);
    expect(middle / small, `${small} to ${middle}`).toBeLessThan(2.2);
    expect(large / middle, `${middle} to ${large}`).toBeLessThan(2.2);
    // Cost of each further entry, without the fixed cost of a report.
    expect((large - middle) / (middle - small), `${small}, ${middle}, ${large}`).toBeLessThan(2.5);
  });
});

describe('every format', () => {
  it.each(Object.entries(LISTS))(
    'costs at most as many times as much as it has %s',
    async (_list, windowsOf) => {
      const documents = [SMALL, MIDDLE, LARGE].map((n) => reportOn(windowsOf(n)));
      for (const format of FORMAT_NAMES) {
        // The largest, which contains what the others do: texts that are measured once are known then in all of them.
        for (const document of documents.slice(-1)) await renderReport(document, format);
        const counts: number[] = [];
        for (const document of documents)
          counts.push(await operationsOfAsync(() => renderReport(document, format)));
        const [small = 0, middle = 0, large = 0] = counts;
        expect(small, format).toBeGreaterThan(0);
        expect.soft(middle / small, `${format}: ${small} to ${middle}`).toBeLessThan(2.2);
        expect.soft(large / middle, `${format}: ${middle} to ${large}`).toBeLessThan(2.2);
      }
    },
  );
});

it('counts what lists are searched for, copied and spread, so that a square is one', () => {
  const squares: readonly ((numbers: readonly number[]) => unknown)[] = [
    (numbers) => numbers.filter((one) => numbers.includes(-one)),
    (numbers) => numbers.map((_, i) => [...numbers.values()].at(i)),
    (numbers) => numbers.map((_, i) => numbers.slice(i)),
    (numbers) => numbers.map(() => [...new Set(numbers)]),
  ];
  for (const square of squares) {
    const [few, many] = [200, 400].map((n) => operationsOf(() => square(list(n, (i) => i + 1))));
    expect((many ?? 0) / (few ?? 1), String(square)).toBeGreaterThan(3);
  }
});
