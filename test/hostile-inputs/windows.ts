// Windows, stores and bundles of at most 1 MB that are made to cost memory or time once they are read.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { HostTotals, UsageRow, UsageWindow } from '../../src/model/usage.ts';
import { openDuckdb } from '../../src/store/duckdb/duckdb-store.ts';
import { encodeWindow, encodeWindows } from '../../src/window/codec.ts';
import { EMPTY_STATS } from '../../src/window/sums.ts';
import { BARE_HOST, BARE_ROW } from '../bare-facts.ts';
import { type Kind, MEGABYTE } from './kind.ts';

const START = 1_782_000_000;
const DAY = 86_400;

const address = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

const window = (over: Partial<UsageWindow>): UsageWindow => ({
  sensor: 's',
  startSeconds: START,
  revision: 0,
  lengthSeconds: 60,
  stats: { ...EMPTY_STATS, packets: 1 },
  hosts: [],
  rows: [],
  queriedNames: [],
  ...over,
});

const hostOf = (n: number, startSeconds: number, over: Partial<HostTotals> = {}): HostTotals => ({
  host: address(n),
  ...BARE_HOST,
  flows: 1,
  packets: 1,
  bytesUp: 100,
  bytesDown: 0,
  firstUs: startSeconds * 1e6,
  lastUs: startSeconds * 1e6,
  ...over,
});

const rowOf = (n: number, startSeconds: number, over: Partial<UsageRow> = {}): UsageRow => ({
  ...BARE_ROW,
  host: address(n),
  name: 'api.anthropic.com',
  establishedFlows: 1,
  answeredSlices: 1,
  packetsUp: 10,
  packetsDown: 10,
  bytesUp: 10_000,
  bytesDown: 10_000,
  payloadUp: 9000,
  payloadDown: 9000,
  firstUs: startSeconds * 1e6,
  lastUs: startSeconds * 1e6,
  ...over,
});

/** The maximum number of windows that fit. */
function many(turn: (n: number) => UsageWindow, most = MEGABYTE): Buffer {
  const parts: Uint8Array[] = [];
  let room = most;
  for (let n = 0; ; n++) {
    const bytes = encodeWindow(turn(n));
    room -= bytes.length;
    if (room < 0) return Buffer.concat(parts);
    parts.push(bytes);
  }
}

/** One window with so much in it that it is as large as can be. */
function one(turn: (count: number) => UsageWindow, most = MEGABYTE): Buffer {
  const sample = 1000;
  const each = (encodeWindow(turn(2 * sample)).length - encodeWindow(turn(sample)).length) / sample;
  return Buffer.from(encodeWindow(turn(Math.floor((0.97 * most) / each))));
}

const list = <T>(count: number, turn: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => turn(n));

const EXCHANGE = {
  startMs: 0,
  bytesUp: 4096,
  bytesDown: 4096,
  recordsUp: 1,
  recordsDown: 9,
  largestUp: 4096,
  largestDown: 512,
  firstDown: 100,
  waitMs: 500,
  answerMs: 5000,
  largestGapMs: 100,
  uploadMs: 0,
  messagesUp: 1,
  flags: 0,
  flow: 0,
};
const START_US = START * 1e6;

const WINDOWS: Readonly<Record<string, () => Buffer>> = {
  'windows of one sensor': () => many((n) => window({ startSeconds: START + 60 * n })),
  'windows a day each': () =>
    many((n) => window({ startSeconds: START + DAY * n, hosts: [hostOf(1, START + DAY * n)] })),
  'windows back and forth': () =>
    many((n) =>
      window({ startSeconds: n % 2 === 0 ? 60 * n : 4_000_000_000 - 60 * n, hosts: [hostOf(1, 60 * n)] }),
    ),
  'first and last moment': () =>
    Buffer.from(
      encodeWindows([
        window({ startSeconds: 0, hosts: [hostOf(1, 0)], rows: [rowOf(1, 0)] }),
        window({
          startSeconds: 253_000_000_020,
          hosts: [hostOf(1, 253_000_000_020)],
          rows: [rowOf(1, 253_000_000_020)],
        }),
      ]),
    ),
  'a sensor each': () => many((n) => window({ sensor: `s${n}` })),
  'revisions of one window': () => many((n) => window({ revision: n })),
  'hosts of one window': () => one((count) => window({ hosts: list(count, (n) => hostOf(n, START)) })),
  'rows of one window': () => one((count) => window({ rows: list(count, (n) => rowOf(n, START)) })),
  'rows of one host': () =>
    one((count) => window({ rows: list(count, (n) => rowOf(1, START, { name: `n${n}.openai.azure.com` })) })),
  'AI hosts a day each': () =>
    many((n) => {
      const startSeconds = START + DAY * n;
      return window({ startSeconds, hosts: [hostOf(n, startSeconds)], rows: [rowOf(n, startSeconds)] });
    }),
  'an AI host on all days': () =>
    many((n) => {
      const startSeconds = START + DAY * n;
      return window({ startSeconds, hosts: [hostOf(1, startSeconds)], rows: [rowOf(1, startSeconds)] });
    }),
  'exchanges of one row': () =>
    one((count) =>
      window({
        rows: [rowOf(1, START, { exchanges: list(count, (n) => ({ ...EXCHANGE, startMs: n, flow: n })) })],
      }),
    ),
  'hello times of one row': () =>
    one((count) => window({ rows: [rowOf(1, START, { helloTimesUs: list(count, (n) => START_US + n) })] })),
  'cells of one row': () =>
    one((count) =>
      window({
        rows: [
          rowOf(1, START, {
            cells: list(count, (n) => ({
              upClass: n,
              answerClass: n % 7,
              count: 1,
              bytesUp: 1,
              bytesDown: 1,
            })),
          }),
        ],
      }),
    ),
  'names of one host': () =>
    one((count) => window({ hosts: [hostOf(1, START, { names: list(count, (n) => `n${n}`) })] })),
  'addresses of one host': () =>
    one((count) => window({ hosts: [hostOf(1, START, { addresses: list(count, address) })] })),
  'addresses that are each other': () =>
    one((count) =>
      window({ hosts: list(count, (n) => hostOf(n, START, { addresses: [address(n), address(n + 1)] })) }),
    ),
  'gaps of one window': () =>
    one((count) =>
      window({
        gaps: list(count, (n) => ({ fromUs: START_US + n, toUs: START_US + n + 1, reason: 'cut' as const })),
      }),
    ),
  'traffic of one host that is not visible': () =>
    one((count) =>
      window({
        hosts: [
          hostOf(1, START, {
            notVisible: list(count, () => ({
              kind: 'ech' as const,
              hint: 'tls' as const,
              flows: 1,
              bytes: 1,
              firstUs: START_US,
              lastUs: START_US,
            })),
          }),
        ],
      }),
    ),
  'questions of one host': () =>
    one((count) =>
      window({
        queriedNames: list(count, (n) => ({
          host: address(1),
          name: `n${n}.openai.azure.com`,
          count: 1,
          firstUs: START_US,
          lastUs: START_US,
          addresses: [],
          offersEch: false,
          isLogged: false,
          echAnswers: [],
        })),
      }),
    ),
  'reasons of malformed packets': () =>
    one((count) =>
      window({ stats: { ...EMPTY_STATS, malformed: Object.fromEntries(list(count, (n) => [`r${n}`, 1])) } }),
    ),
  'lengths that lead nowhere': () => Buffer.alloc(MEGABYTE, Buffer.from([0xff, 0xff, 0x0f])),
  'lengths of half the file': () => Buffer.alloc(MEGABYTE, Buffer.from([0xa0, 0xc2, 0x1e])),
  'windows with a hole in each': () => {
    const bytes = many((n) => window({ startSeconds: START + 60 * n }));
    for (let at = 0; at < bytes.length; at += 97) bytes[at] = 255;
    return bytes;
  },
};

/** Statements that corrupt a store, in addition to its tables. */
const STORES: Readonly<Record<string, readonly string[]>> = {
  'windows without end in a view': [
    'ALTER TABLE windows RENAME TO old_windows',
    'CREATE VIEW windows AS SELECT o.* REPLACE (o.start_seconds + r.range AS start_seconds) FROM old_windows o, range(1000000000000) r',
  ],
  'hosts without end in a view': [
    'ALTER TABLE host_totals RENAME TO old_totals',
    'CREATE VIEW host_totals AS SELECT o.* REPLACE (CAST(r.range AS VARCHAR) AS host) FROM old_totals o, range(1000000000000) r',
  ],
  'the schema version from a view without end': [
    'ALTER TABLE meta RENAME TO old_meta',
    'CREATE VIEW meta AS SELECT o.* FROM old_meta o, range(1000000000000) r',
  ],
  'sums that a macro makes': ['CREATE MACRO sum(x) AS (SELECT count(*) FROM range(1000000000000))'],
  'a column that is computed': [
    'ALTER TABLE meta RENAME TO old_meta',
    "CREATE TABLE meta (schema_version INTEGER, attributed_by VARCHAR GENERATED ALWAYS AS (repeat('x', 100)))",
    'INSERT INTO meta (schema_version) VALUES (1)',
  ],
  'a million windows': [
    'INSERT INTO windows BY NAME SELECT w.* REPLACE (start_seconds + 60 * r.range AS start_seconds) FROM windows w, range(1000000) r',
  ],
  'ten million host totals': [
    'INSERT INTO host_totals SELECT h.* FROM (SELECT * FROM host_totals LIMIT 1) h, range(10000000) r',
  ],
  'ten million period sums': [
    'INSERT INTO period_sums SELECT u.* FROM (SELECT * FROM period_sums LIMIT 1) u, range(10000000) r',
  ],
  'ten million periods': [
    'INSERT INTO periods SELECT u.* FROM (SELECT * FROM periods LIMIT 1) u, range(10000000) r',
  ],
  'ten million rows': [
    'INSERT INTO usage_rows SELECT u.* FROM (SELECT * FROM usage_rows LIMIT 1) u, range(10000000) r',
  ],
  'windows a century apart': [
    'INSERT INTO windows BY NAME SELECT * REPLACE (start_seconds + 3155760000 AS start_seconds) FROM windows',
  ],
  'windows ten thousand centuries apart': [
    'INSERT INTO windows BY NAME SELECT * REPLACE (start_seconds + 31557600000000 AS start_seconds) FROM windows',
  ],
  'spans to judge without end': ['INSERT INTO pending VALUES (0, 9000000000000000)'],
  'a million spans to judge': ['INSERT INTO pending SELECT range * 60, range * 60 + 60 FROM range(1000000)'],
};

async function writeStore(path: string, statements: readonly string[]): Promise<void> {
  const store = await openDuckdb(path, { mode: 'write' });
  await store.put([window({ hosts: [hostOf(1, START)], rows: [rowOf(1, START)] })]);
  await store.close();
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
}

/** A window that is as large as is believed once it is inflated. */
async function writeInflating(path: string): Promise<void> {
  await writeStore(path, []);
  const message = one(
    (count) => window({ hosts: list(count, (n) => hostOf(n % 100, START)) }),
    60 * MEGABYTE,
  );
  const packed = deflateRawSync(message, { level: 9 });
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const count = Math.max(1, Math.floor((0.8 * MEGABYTE) / packed.length));
  await connection.run(
    `INSERT INTO windows BY NAME SELECT w.* REPLACE (start_seconds + 60 * (r.range + 1) AS start_seconds, from_hex('${packed.toString('hex')}') AS message) FROM windows w, range(${count}) r`,
  );
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const REPORT = JSON.stringify({
  command: 'analyze x',
  recordsFrom: null,
  period: { timezone: 'UTC' },
});

const POLICY =
  'version: 1\nname: x\ntimezone: UTC\nrules:\n- { id: R, title: t, match: { tools: [claude-code] }, action: deny, effective: 2020-01-01 }\n';

/** Valid by its manifest, so that all of it is evaluated again. */
function writeBundle(path: string, files: Readonly<Record<string, string | Uint8Array>>, inputs = 1): void {
  mkdirSync(path);
  const all: Record<string, string | Uint8Array> = {
    'report.json': REPORT,
    'findings.json': '[]',
    'policy.yaml': POLICY,
    'windows.usage': encodeWindow(window({ hosts: [hostOf(1, START)], rows: [rowOf(1, START)] })),
    ...files,
  };
  const sums = Object.entries(all).map(([name, content]) => {
    const bytes = Buffer.from(content);
    writeFileSync(join(path, name), bytes);
    return { name, bytes: bytes.length, sha256: sha256(bytes) };
  });
  const input = {
    file: 'x',
    bytes: 1,
    sha256: sha256(Buffer.of()),
    read: 'whole',
    packets: 1,
    lastPacket: null,
  };
  const manifest = {
    schema: 1,
    wiretally: '0.1.0',
    catalogue: '2026.11.1',
    policySha256: sha256(Buffer.from(POLICY)),
    complete: true,
    interrupted: false,
    incomplete: [],
    inputs: list(inputs, (n) => ({ ...input, file: `x${n}` })),
    files: sums,
  };
  writeFileSync(join(path, 'manifest.json'), JSON.stringify(manifest));
}

const BUNDLES: Readonly<Record<string, (path: string) => void>> = {
  'windows a day each': (path) =>
    writeBundle(path, { 'windows.usage': WINDOWS['AI hosts a day each']?.() ?? '' }),
  'windows of one sensor': (path) =>
    writeBundle(path, { 'windows.usage': WINDOWS['windows of one sensor']?.() ?? '' }),
  'inputs of the manifest': (path) => writeBundle(path, {}, 6000),
  'findings in lists': (path) => writeBundle(path, { 'findings.json': '['.repeat(MEGABYTE) }),
  'many findings': (path) => writeBundle(path, { 'findings.json': `[1${',1'.repeat(MEGABYTE / 2 - 10)}]` }),
  'memberships of quarters': (path) =>
    writeBundle(path, {
      'memberships.json': JSON.stringify(
        list(9000, (n) => ({
          host: `h${n}`,
          groups: [],
          rules: ['R'],
          exceptions: [],
          isMacKnown: false,
          quarters: {},
        })),
      ),
    }),
  'a manifest of lists': (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'manifest.json'), '['.repeat(MEGABYTE));
  },
  'a manifest of wrong inputs': (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'manifest.json'), `{"inputs":[0${',0'.repeat(MEGABYTE / 2 - 20)}]}`);
  },
  'a manifest of unknown keys': (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'manifest.json'), `{"a":1${list(90_000, (n) => `,"k${n}":1`).join('')}}`);
  },
};

function usageFolder(path: string): void {
  mkdirSync(path);
  for (let n = 0; n < 10_000; n++) {
    const day = new Date(n * DAY * 1000).toISOString().slice(0, 10);
    writeFileSync(join(path, `${day}.usage`), encodeWindow(window({ startSeconds: n * DAY })));
  }
}

const slug = (name: string): string => name.replaceAll(' ', '-');

/** A store may contain less than requested if that would exceed a megabyte: its size is printed. */
export function windowKinds(): Kind[] {
  const usage = Object.entries(WINDOWS).map(
    ([name, make]): Kind => ({
      name,
      of: 'windows',
      file: `${slug(name)}.usage`,
      write: (path) => writeFileSync(path, make()),
    }),
  );
  const stores = Object.entries(STORES).map(
    ([name, statements]): Kind => ({
      name,
      of: 'store',
      file: `${slug(name)}.duckdb`,
      write: (path) => writeStore(path, statements),
    }),
  );
  const bundles = Object.entries(BUNDLES).map(
    ([name, write]): Kind => ({
      name,
      of: 'bundle',
      file: `bundle-${slug(name)}`,
      write,
    }),
  );
  return [
    ...usage,
    { name: 'a file a day', of: 'folder', file: 'a-file-a-day', write: usageFolder },
    ...stores,
    { name: 'windows that inflate', of: 'store', file: 'inflating.duckdb', write: writeInflating },
    ...bundles,
  ];
}
