// Rows that the core sums give what their readers make of them: every record, count and note of a damaged log is the same with
// and without the core.

import { describe, expect, it } from 'vitest';
import { Random } from '../../../../bench/random.ts';
import { BATCH, HOST_TOTALS, RECORD } from '../../../../src/native/record-layout.ts';
import { RecordWriter } from '../../../../src/native/record-writer.ts';
import { LogCollector } from '../../../../src/reading/logs/collect.ts';
import { SURICATA } from '../../../../src/reading/logs/formats/suricata.ts';
import { ZEEK } from '../../../../src/reading/logs/formats/zeek.ts';
import { buildSample } from '../../../../src/reading/logs/inputs.ts';
import { LineCounts } from '../../../../src/reading/logs/line-counts.ts';
import { LineSplitter } from '../../../../src/reading/logs/lines.ts';
import { LogFilter } from '../../../../src/reading/logs/log-filter.ts';
import type { LogFormat, LogRecords } from '../../../../src/reading/logs/records.ts';

const LISTED = 'api.example.com';
const SECONDS = 1_795_155_700;

interface Outcome {
  readonly text: string;
  /** Lines that the core summed. */
  readonly summed: number;
}

const TOTALS_SUMS = [
  HOST_TOTALS.packets,
  HOST_TOTALS.bytesUp,
  HOST_TOTALS.bytesDown,
  HOST_TOTALS.flows,
  HOST_TOTALS.hellosComplete,
];

/** Records of totals by all that they do not sum: the collector adds them up in any order. */
class Totals {
  readonly #sums = new Map<string, { first: bigint; last: bigint; readonly counts: bigint[] }>();

  add(batch: Uint8Array, length: number): void {
    const view = new DataView(batch.buffer, batch.byteOffset);
    for (let at: number = BATCH.size; at < length; at += HOST_TOTALS.size) {
      const read = (field: number): bigint => view.getBigUint64(at + field, true);
      const [first, last] = [read(HOST_TOTALS.firstNs), read(HOST_TOTALS.lastNs)];
      const texts = [
        [RECORD.flags, RECORD.flags + 2],
        [HOST_TOTALS.address, HOST_TOTALS.kindFlows],
        [HOST_TOTALS.appHint, HOST_TOTALS.size],
      ].map(([from = 0, to = 0]) => Buffer.from(batch.subarray(at + from, at + to)).toString('hex'));
      const key = `${texts.join(' ')} ${first / 900_000_000_000n}`;
      const known = this.#sums.get(key);
      this.#sums.set(key, {
        first: known !== undefined && known.first < first ? known.first : first,
        last: known !== undefined && known.last > last ? known.last : last,
        counts: TOTALS_SUMS.map((field, i) => read(field) + (known?.counts[i] ?? 0n)),
      });
    }
  }

  list(): string[] {
    return [...this.#sums]
      .map(([key, { first, last, counts }]) => [key, first, last, counts].join(' '))
      .sort();
  }
}

/** Reads logs in their order, in chunks of any size. */
function readLogs(format: LogFormat, logs: readonly string[], chunk: number, isSummed: boolean): Outcome {
  const given: unknown[] = [];
  const give =
    (kind: string) =>
    (record: unknown): void =>
      void given.push(kind, record);
  const lookup = {
    isListed: (name: string) => name === LISTED,
    networkOf: (address: string) => (address.startsWith('198.51.100.') ? 'vendor' : null),
  };
  const writer = new RecordWriter();
  const totals = new Totals();
  const collector = new LogCollector({
    aggregator: {
      addTotals(sums) {
        for (const sum of sums) {
          writer.totals(sum);
          const { bytes, length } = writer.take();
          totals.add(bytes, length);
        }
      },
      addWrittenTotals: (batch, length) => totals.add(batch, length),
      addDns: give('dns'),
      addObservation: give('observation'),
      addLogged: give('flow'),
      addOutcome: give('outcome'),
    },
    filter: new LogFilter({ lookup, localNets: [], exclude: [], userAgents: [] }),
    windowSeconds: 900,
  });
  let summed = 0;
  const records: LogRecords = {
    isListed: (name) => collector.isListed(name),
    agentOf: (text) => collector.agentOf(text),
    wrote: (us) => collector.wrote(us),
    isOfNote: (client, server, us) => collector.isOfNote(client, server, us),
    flow: (flow) => collector.flow(flow),
    totals: (totals, server) => collector.totals(totals, server),
    dns: (record) => collector.dns(record),
    observation: (observation) => collector.observation(observation),
    user: (client, user, us) => collector.user(client, user, us),
    lost: (firstUs, lastUs, count) => collector.lost(firstUs, lastUs, count),
    sumRows: (form) => (isSummed ? collector.sumRows(form) : null),
  };
  const reader = format.reader(records, { zone: 'UTC', definitions: [], isWhole: true });
  const results = logs.map((log) => {
    const bytes = Buffer.from(log, 'latin1');
    const span = collector.startFile();
    const counts = new LineCounts();
    const lines = reader.open(buildSample('a.log', bytes, 0));
    const visitor = counts.visitor(lines);
    const splitter = new LineSplitter({
      ...visitor,
      take(from, start) {
        const before = counts.lines;
        const end = visitor.take?.(from, start) ?? start;
        summed += counts.lines - before;
        return end;
      },
    });
    for (let at = 0; at < bytes.length; at += chunk) splitter.push(bytes.subarray(at, at + chunk));
    splitter.end();
    const { lines: count, rows, ignored, reasons, first } = counts;
    return { span, count, rows, ignored, reasons: [...reasons], first };
  });
  const notes = [...reader.finish(), ...collector.finish()];
  const { packets, bytes, flows, hellos, lastUs } = collector;
  const text = JSON.stringify(
    { results, notes, packets, bytes, flows, hellos, lastUs, given, totals },
    null,
    1,
  );
  return { text, summed };
}

const NAMES = ['n1.example.net', 'n2.example.net', 'N3.Example.org.', LISTED, 'API.example.com', 'x', ''];
const SERVERS = [
  '203.0.113.7',
  '203.0.113.8',
  '198.51.100.3',
  '2001:db8::7',
  '2001:0db8::7',
  '10.0.0.9',
  '10.0.0.09',
  'x',
];
const CLIENTS = ['10.0.0.1', '10.0.0.2', 'fd00::5', '192.0.2.77'];
const SERVICES = ['ssl', 'tls', 'http', 'quic', 'dns', 'ssl,quic', 'ssh', 'failed', 'dtls', '-'];
/** Cells that damage or another version writes. */
const ODD = [
  '-',
  '',
  '0',
  '00',
  '1.5',
  '1e3',
  '-1',
  '35184372088833',
  '1795155743302.66',
  '2026-11-20T06:22:42.5Z',
  '2026-02-29T06:22:42Z',
  '2026-11-20 06:22:60+01:00',
  '2026-11-20T06:22:42.123456789-0130',
  '443',
  '853',
  'udp',
  'TCP',
  '017',
  LISTED,
  '"',
  '\\x2e',
  '\t',
  '{',
  '\xe4',
  '(empty)',
];

const pick = <T>(random: Random, list: readonly [T, ...T[]] | readonly T[]): T =>
  list[random.below(list.length)] as T;

const byNumber = <T>(list: readonly T[], number: number): T => list[number % list.length] as T;

interface Made {
  readonly id: number;
  readonly us: number;
  readonly client: string;
  readonly port: number;
  readonly server: string;
  readonly name: string;
  readonly service: string;
  readonly counts: readonly number[];
}

const made = (random: Random, id: number): Made => ({
  id,
  us: SECONDS * 1_000_000 + random.below(3_000_000) * 1000,
  client: pick(random, CLIENTS),
  port: 20_000 + random.below(20),
  server: random.below(3) > 0 ? '203.0.113.7' : pick(random, SERVERS),
  name: random.below(3) > 0 ? 'n1.example.net' : pick(random, NAMES),
  service: random.below(3) > 0 ? 'ssl' : pick(random, SERVICES),
  counts: Array.from({ length: 6 }, () => random.below(3000)),
});

const seconds = (us: number): string => (us / 1_000_000).toFixed(6);
const stamp = (us: number): string => new Date(us / 1000).toISOString().replace('Z', '000+0000');

type WriteRow = (row: Made, kind: string) => readonly (readonly [string, string])[];

const zeekRow: WriteRow = ({ id, us, client, port, server, name, service, counts }, kind) => [
  ['ts', seconds(us)],
  ['uid', `C${id}`],
  ['id.orig_h', client],
  ['id.orig_p', `${port}`],
  ['id.resp_h', server],
  ['id.resp_p', '443'],
  ...(kind === 'conn'
    ? ([
        ['proto', service === 'quic' ? 'udp' : 'tcp'],
        ['service', service],
        ['duration', seconds((counts[0] ?? 0) * 999_999)],
        ['orig_bytes', `${counts[1]}`],
        ['resp_bytes', `${counts[2]}`],
        ['conn_state', 'SF'],
        ['orig_pkts', `${counts[3]}`],
        ['orig_ip_bytes', `${counts[4]}`],
        ['resp_pkts', `${counts[5]}`],
        ['resp_ip_bytes', '0'],
        ['orig_l2_addr', id % 9 === 0 ? '02:00:00:00:00:01' : '-'],
      ] as const)
    : kind === 'dns'
      ? ([
          ['query', name],
          ['qtype', '1'],
          ['rcode', '0'],
          ['answers', id % 4 === 0 ? `${byNumber(NAMES, id)},203.0.113.8` : '203.0.113.7'],
          ['TTLs', '60,60'],
        ] as const)
      : ([
          ['server_name', name],
          ['established', 'T'],
          ['ssl_history', 'CsiI'],
        ] as const)),
];

const answersOf = ({ id }: Made): string =>
  JSON.stringify([{ rrname: byNumber(NAMES, id), rrtype: 'A', ttl: 60, rdata: '203.0.113.7' }]);

function eveLine(row: Made, kind: string): string {
  const { id, us, client, port, server, name, service, counts } = row;
  const head = `{"timestamp":"${stamp(us)}","flow_id":${id},"event_type":"${kind}","src_ip":"${client}","src_port":${port},"dest_ip":"${server}","dest_port":443,"proto":"${service === 'quic' ? 'UDP' : 'TCP'}"`;
  if (kind === 'tls') return `${head},"tls":{"sni":"${name}","version":"TLS 1.3"}}`;
  if (kind === 'quic') return `${head},"quic":{"sni":"${name}"}}`;
  if (kind === 'dns')
    return `${head},"dns":{"type":"answer","rrname":"${name}","rrtype":"A","rcode":"NOERROR","answers":${answersOf(row)}}}`;
  return `${head},"app_proto":"${service === 'ssl' ? 'tls' : service}","flow":{"pkts_toserver":${counts[0]},"pkts_toclient":${counts[1]},"bytes_toserver":${counts[2]},"bytes_toclient":${counts[3]},"start":"${stamp(us)}","end":"${stamp(us + (counts[4] ?? 0) * 1000)}"}}`;
}

/** One line in eight has a damaged place. */
function damaged(random: Random, line: string): string {
  if (random.below(8) > 0) return line;
  const at = random.below(line.length);
  const parts = line.split(/([\t,":])/);
  switch (random.below(5)) {
    case 0:
      return line.slice(0, at);
    case 1:
      return line.slice(0, at) + String.fromCharCode(random.below(256)) + line.slice(at + 1);
    case 2:
      return `${line}\r`;
    default:
      parts[2 * random.below((parts.length + 1) >> 1)] = pick(random, ODD);
      return parts.join('');
  }
}

const KINDS = ['conn', 'ssl', 'dns'] as const;
const header = (kind: string): string =>
  `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t${kind}\n#fields\t${zeekRow(
    made(new Random(1), 1),
    kind,
  )
    .map(([name]) => name)
    .join('\t')}\n`;
const asText = (row: Made, kind: string): string =>
  zeekRow(row, kind)
    .map(([, value]) => value)
    .join('\t');
const asJson = (row: Made, kind: string): string => {
  const values = zeekRow(row, kind).map(([name, value]) => [
    name,
    name === 'answers'
      ? value.split(',')
      : name === 'ts' || /_(?:p|bytes|pkts)$/.test(name)
        ? Number(value)
        : value,
  ]);
  return JSON.stringify({ _path: kind, ...Object.fromEntries(values.filter(([, value]) => value !== '-')) });
};

/** `count` rows of each kind; every second connection has a row of each. */
function lines(random: Random, count: number, write: (row: Made) => string): string {
  const written: string[] = [];
  for (let i = 0; i < count; i++) written.push(damaged(random, write(made(random, random.below(count)))));
  return `${written.join('\n')}\n`;
}

const COUNT = 400;
const LOGS: readonly (readonly [name: string, format: LogFormat, logs: (random: Random) => string[]])[] = [
  [
    'Zeek, names first',
    ZEEK,
    (random) =>
      ['dns', 'ssl', 'conn'].map((kind) => header(kind) + lines(random, COUNT, (row) => asText(row, kind))),
  ],
  [
    'Zeek, connections first',
    ZEEK,
    (random) =>
      ['conn', 'ssl', 'conn'].map((kind) => header(kind) + lines(random, COUNT, (row) => asText(row, kind))),
  ],
  [
    'Zeek, JSON of all kinds',
    ZEEK,
    (random) => [lines(random, 3 * COUNT, (row) => asJson(row, pick(random, KINDS)))],
  ],
  [
    'Suricata EVE',
    SURICATA,
    (random) => [
      lines(random, 3 * COUNT, (row) =>
        eveLine(row, pick(random, ['flow', 'flow', 'tls', 'dns', 'quic', 'http'])),
      ),
    ],
  ],
];

describe.each(LOGS)('%s', (_, format, makeLogs) => {
  it('gives the same with and without the core', () => {
    let summed = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const random = new Random(seed);
      const logs = makeLogs(random);
      const chunk = 500 + random.below(20_000);
      const core = readLogs(format, logs, chunk, true);
      expect(core.text, `seed ${seed}`).toBe(readLogs(format, logs, chunk, false).text);
      summed += core.summed;
    }
    // Damage makes the core pause.
    expect(summed).toBeGreaterThan(100);
  });
});

it('sums rows that cannot wait for their names', () => {
  const waiting = 65_536;
  const random = new Random(1);
  const ends = { client: '10.0.0.1', server: '203.0.113.7', service: 'ssl' };
  const rows = Array.from({ length: waiting + 3000 }, (_, id) => ({ ...made(random, id), ...ends }));
  const late = rows.slice(waiting).map((row) => ({ ...row, us: row.us + 1_000_000 }));
  const names = [late[7], rows[7]].map((row) => asText({ ...(row ?? late[0]), name: LISTED } as Made, 'ssl'));
  const logs = [
    header('conn') + rows.map((row) => `${asText(row, 'conn')}\n`).join(''),
    `${header('ssl')}${names.join('\n')}\n`,
    header('conn') + late.map((row) => `${asText(row, 'conn')}\n`).join(''),
  ];
  const core = readLogs(ZEEK, logs, 65_536, true);
  expect(core.text).toBe(readLogs(ZEEK, logs, 65_536, false).text);
  expect(core.text).toContain('more than 65536 rows waited');
  expect(core.summed).toBeGreaterThan(3000);
});
