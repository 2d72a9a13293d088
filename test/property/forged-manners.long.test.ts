// Forged controls: ordinary programs that request every name of every tool, as scripts, monitors and crawlers do. They must
// not be identified as a tool, on any runtime; and a real tool on such a host is still identified.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import { isProviderKind, listRuleNames } from '../../src/catalogue/rules.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { ToolUse } from '../../src/model/report.ts';
import type { ClientFingerprint, UsageExchange, UsageRow } from '../../src/model/usage.ts';
import { openZone } from '../../src/time/zone.ts';
import { joinWindows } from '../../src/window/merge-windows.ts';
import { exchange, FORMS, row, START, smallCall, window } from '../unit/attribution/rows.ts';
import { isNamed, judge as judgeRecorded, recorded, recordings } from './judged-recordings.ts';

const catalogue = await loadCatalogue();
const zone = openZone('UTC');

const fingerprint = (ja4: string, ja3: string, alpn: readonly string[]): ClientFingerprint => ({
  transport: 'tcp',
  ja4,
  ja3,
  alpn,
  ech: 'none',
});

/** Every runtime that a monitor, a crawler or a script may be built on: browsers aside, which people use by hand. */
const PROGRAMS: Readonly<Record<string, ClientFingerprint>> = {
  bun144Fetch: FORMS.bun144Fetch,
  bun144Https: FORMS.bun144Https,
  bun1314: FORMS.bun1314,
  bun1313: FORMS.bun1313a,
  nodeFetch: FORMS.node22Fetch,
  nodeHttps: FORMS.node22Https,
  nodeBoth: fingerprint(FORMS.node22Fetch.ja4, FORMS.node22Fetch.ja3, ['http/1.1', 'h2']),
  rustlsNew: FORMS.rustls,
  rustlsSocket: FORMS.rustlsSocket,
  deno: fingerprint('t13d1011h2_61a7ad8aa9b6_f9531d972513', 'b'.repeat(32), ['h2', 'http/1.1']),
  nativeTls: fingerprint('t13d3012h1_1d37bd780c83_8e6e362c5eac', 'bb4bfd0ec15f5be2c4225880b93a8b18', [
    'http/1.1',
  ]),
  go: fingerprint('t13d1910h2_9dc949149365_97f8aa674fd9', '3fed133de60c35724739b913924b6c24', [
    'h2',
    'http/1.1',
  ]),
  pythonRequests: fingerprint('t13d4312h1_c7886603b240_b26ce05bbdd6', '07ff1e545ef8ab3fcf8a4dc9272221c2', [
    'http/1.1',
  ]),
  pythonHttpx: fingerprint('t13d4313h1_c7886603b240_d339722ba4af', 'e45087c66343de692972e62d757ac385', [
    'http/1.1',
  ]),
  curl: FORMS.curl,
  unknown: FORMS.unknown,
};

const page = (bytesUp: number, bytesDown: number, startMs = 1000): UsageExchange => ({
  ...smallCall(bytesUp, startMs),
  bytesDown,
  recordsDown: Math.ceil(bytesDown / 16_384),
});

/** Exchanges of one visit, and the number of visits, a minute apart. */
const MANNERS: Readonly<
  Record<string, { exchanges: readonly UsageExchange[]; visits: number; failed?: true }>
> = {
  'one GET': { exchanges: [smallCall(180)], visits: 1 },
  'one GET of a large page': { exchanges: [page(210, 120_000)], visits: 1 },
  'three GETs of different pages': {
    exchanges: [page(180, 14_000), page(191, 700, 1200), page(204, 4000, 1500)],
    visits: 1,
  },
  'a crawler that greets like a browser': {
    exchanges: [520, 560, 610, 655].map((up, i) => page(up, 30_000, 1000 + i * 300)),
    visits: 1,
  },
  'a monitor every minute': { exchanges: [smallCall(180)], visits: 5 },
  'a monitor that posts every minute': { exchanges: [smallCall(1300)], visits: 5 },
  'a monitor that only shakes hands': { exchanges: [], visits: 5 },
  'a monitor whose handshakes fail': { exchanges: [], visits: 5, failed: true },
};

function visits(name: string, hello: ClientFingerprint, manner: keyof typeof MANNERS): UsageRow[] {
  const { exchanges, visits: count, failed } = MANNERS[manner] ?? { exchanges: [], visits: 0 };
  return Array.from({ length: count }, (_, i) => {
    const at = (START + i * 60) * 1_000_000;
    return row(name, hello, {
      exchanges,
      firstUs: at,
      lastUs: at + 2_000_000,
      helloTimesUs: [at],
      payloadUp: 1900,
      failedFlows: failed === true ? 1 : 0,
      establishedFlows: failed === true ? 0 : 1,
    });
  });
}

/** The row in the window that begins then. */
const at = (one: UsageRow, seconds: number): UsageRow => ({
  ...one,
  firstUs: seconds * 1_000_000,
  lastUs: (seconds + 2) * 1_000_000,
  helloTimesUs: [seconds * 1_000_000],
});

function judge(rows: readonly UsageRow[]): ToolUse[] {
  const windows = new Map<number, UsageRow[]>();
  for (const one of rows) {
    const seconds = Math.floor(one.firstUs / 60_000_000) * 60;
    windows.set(seconds, [...(windows.get(seconds) ?? []), one]);
  }
  const merged = [...windows].map(([seconds, list]) => window(list, [], seconds));
  return attribute(merged, catalogue, { zone }).flatMap(({ tools }) => tools.map(({ use }) => use));
}

const accused = (uses: readonly ToolUse[]): string[] =>
  uses
    .filter(({ confidence }) => confidence !== 'possible')
    .map(({ tool, confidence }) => `${tool} ${confidence}`);

/** A name that the pattern matches. */
const example = (pattern: string): string =>
  pattern.startsWith('*.') ? `a.${pattern.slice(2)}` : pattern.replaceAll('*', 'us-east-1');

const tools = catalogue.tools.filter((tool) => !isProviderKind(tool));
const names = [
  ...new Set(tools.flatMap((tool) => catalogue.compiled(tool).rules.flatMap(listRuleNames)).map(example)),
].sort();

describe.each(Object.keys(PROGRAMS))('%s', (program) => {
  const hello = PROGRAMS[program] ?? FORMS.unknown;

  it.each(Object.keys(MANNERS))('%s is no tool, for any requested name', (manner) => {
    const found = names.flatMap((name) =>
      accused(judge(visits(name, hello, manner))).map((use) => `${use} for ${name}`),
    );
    expect(found).toEqual([]);
  });

  it.each(Object.keys(MANNERS))('%s at all names is no tool', (manner) => {
    expect(accused(judge(names.flatMap((name) => visits(name, hello, manner))))).toEqual([]);
  });
});

describe('a script that works with a model on a host', () => {
  const hello = PROGRAMS.nodeFetch ?? FORMS.unknown;
  const script = row('api.openai.com', hello, {
    exchanges: [exchange({ startMs: 4000 }), exchange({ startMs: 20_000, bytesUp: 52_000 })],
  });

  it('does not turn a monitor on the host into a tool', () => {
    const found = names.flatMap((name) =>
      accused(judge([...visits(name, hello, 'a monitor every minute'), script])).map(
        (use) => `${use} for ${name}`,
      ),
    );
    expect(found).toEqual([]);
  });

  it('does not make tools of the names that one program visits', () => {
    expect(accused(judge([...names.flatMap((name) => visits(name, hello, 'one GET')), script]))).toEqual([]);
  });
});

describe('recordings with a monitor of every name, on one client', () => {
  const running = recordings.filter(({ expect: e }) => (e.tools?.length ?? 0) > 0);
  it.each(running)('$name: the running tool is identified, and no other', async (recording) => {
    const windows = await recorded(recording);
    const start = windows[0]?.startSeconds ?? START;
    const host = windows.flatMap(({ rows, queriedNames }) => [...rows, ...queriedNames])[0]?.host ?? '';
    const monitor = Array.from({ length: 3 }, (_, minute) =>
      window(
        names.flatMap((name) =>
          visits(name, PROGRAMS.nodeFetch ?? FORMS.unknown, 'one GET').map((one) => ({ ...one, host })),
        ),
        [],
        start + minute * 60,
      ),
    ).map((one) => ({ ...one, rows: one.rows.map((row) => at(row, one.startSeconds)) }));
    const { tools } = judgeRecorded(joinWindows([...windows, ...monitor]));
    const named = tools.filter(isNamed).map(({ tool }) => tool);
    // If the tool only queried a name, the monitor's visit explains the query.
    const isSeen = windows.some(({ rows }) => rows.length > 0);
    expect(named.sort()).toEqual(isSeen ? [...(recording.expect.tools ?? [])].sort() : []);
  });
});

describe('what a report says of a monitor', () => {
  it('how it asks, and that other tools are asked in the same manner', () => {
    const hello = PROGRAMS.nodeFetch ?? FORMS.unknown;
    const rows = ['pi.dev', 'api.continue.dev', 'data.cline.bot'].flatMap((name) =>
      visits(name, hello, 'a monitor every minute'),
    );
    const against = judge(rows).map(
      ({ evidence }) => evidence.find(({ rule }) => rule === 'request-pattern')?.detail,
    );
    expect(against).toContain(
      'pi.dev: looks like a monitor: 5 small requests of 180 bytes, one every 60 s; names of 3 tools were used in the same way: a monitor or a crawler',
    );
  });
});
