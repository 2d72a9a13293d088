// Rows that the core sums give what their readers make of them: every record, count and note of a damaged log is the same with
// and without the core.

import { describe, expect, it } from 'vitest';
import { Random } from '../../../../bench/random.ts';
import { BATCH, HOST_TOTALS, RECORD } from '../../../../src/native/record-layout.ts';
import { RecordWriter } from '../../../../src/native/record-writer.ts';
import { LogCollector } from '../../../../src/reading/logs/collect.ts';
import { CLOUDFLARE } from '../../../../src/reading/logs/formats/cloudflare.ts';
import { FORTIGATE } from '../../../../src/reading/logs/formats/fortigate.ts';
import { NETSKOPE } from '../../../../src/reading/logs/formats/netskope.ts';
import { PALO_ALTO } from '../../../../src/reading/logs/formats/paloalto.ts';
import { SOPHOS } from '../../../../src/reading/logs/formats/sophos.ts';
import { SURICATA } from '../../../../src/reading/logs/formats/suricata.ts';
import { UMBRELLA } from '../../../../src/reading/logs/formats/umbrella.ts';
import { ZEEK } from '../../../../src/reading/logs/formats/zeek.ts';
import { ZSCALER } from '../../../../src/reading/logs/formats/zscaler.ts';
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
    findNetworkOwner: (address: string) => (address.startsWith('198.51.100.') ? 'vendor' : null),
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
    filter: new LogFilter({
      lookup,
      localNets: [],
      watchlist: { networks: ['198.51.100.0/24'], listed: [LISTED] },
      exclude: [],
      userAgents: [],
    }),
    windowSeconds: 900,
  });
  let summed = 0;
  const records: LogRecords = {
    isListed: (name) => collector.isListed(name),
    findAgent: (text) => collector.findAgent(text),
    wrote: (us, kind) => collector.wrote(us, kind),
    hasListedServer: (client, server, us) => collector.hasListedServer(client, server, us),
    flow: (flow) => collector.flow(flow),
    totals: (totals, server) => collector.totals(totals, server),
    dns: (record) => collector.dns(record),
    observation: (observation) => collector.observation(observation),
    user: (client, user, us) => collector.user(client, user, us),
    lost: (firstUs, lastUs, count) => collector.lost(firstUs, lastUs, count),
    sumRows: (form) => (isSummed ? collector.sumRows(form) : null),
  };
  const reader = format.reader(records, { zone: 'Europe/Berlin', definitions: [], isWhole: true });
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

const NAMES = [
  'n1.example.net',
  'n2.example.net',
  'N3.Example.org.',
  LISTED,
  'API.example.com',
  '192.0.2.7',
  '::7',
  'x',
  '',
];
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

const iso = (us: number): string => new Date(us / 1000).toISOString();
const slashed = (us: number): string => iso(us).slice(0, 19).replaceAll('-', '/').replace('T', ' ');
/** "Fri Nov 20 08:00:00 2026". */
const spelt = (us: number): string =>
  new Date(us / 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 $4');
const urlIn = ({ id, name }: Made): string =>
  byNumber(
    [`https://${name}/a?b=c`, `${name}:443`, name, `http://u:p@${name}`, '203.0.113.7:443', '*.example.net'],
    id % 23,
  );
const actionIn = (id: number, allowed: string, blocked: string): string =>
  id % 17 === 0 ? 'frobnicated' : id % 7 === 0 ? blocked : allowed;

/** A request or the session of a connection, by products. */
type WriteGatewayRow = (row: Made, isRequest: boolean) => string;

const fortigateRow: WriteGatewayRow = (
  { id, us, client, port, server, name, service, counts },
  isRequest,
) => {
  const head = `date=${iso(us).slice(0, 10)} time=${iso(us).slice(11, 19)} devid="FG1" ${id % 3 === 0 ? '' : `eventtime=${us}${id % 3 === 1 ? '000' : ''} `}tz="+0100" logid="${isRequest ? '0317013312' : id % 11 === 0 ? '0000000020' : '0000000013'}" type="${isRequest ? 'utm' : 'traffic'}" subtype="${isRequest ? 'webfilter' : 'forward'}" srcip=${client} srcport=${port} dstip=${server} dstport=443 sessionid=${id} proto=${service === 'quic' ? 17 : service === 'ssh' ? 1 : 6}`;
  if (isRequest)
    return `${head} hostname="${name}" action="${actionIn(id, 'passthrough', 'blocked')}" url="https://${name}/" sentbyte=517 rcvdbyte=0`;
  return `${head} action="${actionIn(id, 'close', 'deny')}" app="${service}" duration=${counts[0]} sentbyte=${counts[1]} rcvdbyte=${counts[2]} sentpkt=${counts[3]} rcvdpkt=${counts[4]}`;
};

const panRow: WriteGatewayRow = (row, isRequest) => {
  const { id, us, client, port, server, service, counts } = row;
  const rest = isRequest
    ? `${actionIn(id, 'alert', 'block-url')},"${urlIn(row)}",(9999),any,informational`
    : `${actionIn(id, 'allow', 'deny')},1,${counts[0]},${counts[1]},0,${slashed(us - (counts[2] ?? 0) * 1_000_000)},${counts[3]},any,0,1,0x0,a,b,0,${counts[4]},${counts[5]},tcp-fin`;
  return `<14>Nov 20 06:22:42 PA 1,${slashed(us)},0128,${isRequest ? 'THREAT,url' : 'TRAFFIC,end'},2561,${slashed(us)},${client},${server},192.0.2.1,${server},"out, of",,,${service},vsys1,a,b,e1,e2,fwd,${slashed(us)},${id},1,${port},443,1,443,0x0,${service === 'quic' ? 'udp' : 'tcp'},${rest}`;
};

const panHeaderRow: WriteGatewayRow = (row, isRequest) => {
  const { id, us, client, port, server, service, counts } = row;
  const [, month, day, clock] = /, (\d+) (\w+) \d+ ([\d:]+)/.exec(new Date(us / 1000).toUTCString()) ?? [];
  const head = `CEF:0|Palo Alto Networks|PAN-OS|11.1|${isRequest ? 'url|THREAT' : 'end|TRAFFIC'}|1|rt=${day} ${month} 2026 ${clock} GMT src=${client} dst=${server} app=${service} cn1Label=SessionID cn1=${id} spt=${port} dpt=443 proto=tcp`;
  return isRequest
    ? `${head} act=alert request="${urlIn(row)}"`
    : `${head} act=${actionIn(id, 'allow', 'deny')} in=${counts[0]} out=${counts[1]} cn3=${counts[2]} PanOSPacketsSent=${counts[3]}`;
};

const zscalerRow: WriteGatewayRow = (row, isRequest) => {
  const { id, us, client, server, name, service, counts } = row;
  return JSON.stringify({
    sourcetype: isRequest ? 'zscalernss-web' : 'zscalernss-fw',
    event: isRequest
      ? {
          ...{ time: spelt(us), cip: client, sip: id % 5 === 0 ? 'NA' : server, proto: 'HTTPS' },
          ...{ eurl: urlIn(row), action: actionIn(id, 'Allowed', 'Blocked'), respcode: '200' },
          ...{ reqsize: `${counts[0]}`, respsize: `${counts[1]}`, ctime: `${counts[2]}` },
        }
      : {
          ...{ datetime: spelt(us), csip: client, csport: `${row.port}`, cdip: server, cdport: '443' },
          ...{
            ipproto: service === 'quic' ? 'UDP' : 'TCP',
            nwapp: service,
            action: actionIn(id, 'Allow', 'Drop'),
          },
          ...{
            cdfqdn: id % 4 === 0 ? name : 'None',
            inbytes: counts[0],
            outbytes: counts[1],
            durationms: counts[2],
          },
        },
  });
};

const netskopeRow: WriteGatewayRow = ({ id, us, client, server, name, counts }) =>
  `${iso(us).slice(0, 10)} ${iso(us).slice(11, id % 4 === 0 ? 23 : 19)} ${counts[0]} ${counts[1]} ${counts[2]} ${client} ${server} "tool (x)" 200 ${name === '' ? '-' : name} 443 ${actionIn(id, 'allow', 'block')} ${id}`;
const NETSKOPE_HEADER =
  '#Fields: date time time-taken cs-bytes sc-bytes c-ip s-ip cs-user-agent sc-status cs-host cs-uri-port x-policy-action x-cs-session-id\n';

const umbrellaRow: WriteGatewayRow = (row, isRequest) => {
  const { id, us, client, server, name, service, counts } = row;
  const at = `"${iso(us).slice(0, 19).replace('T', ' ')}"`;
  return isRequest
    ? `${at},"HQ","${client}","192.0.2.1","${server}","text/html","${actionIn(id, 'ALLOWED', 'BLOCKED')}","${urlIn(row)}","","a, b","200","${counts[0]}","${counts[1]}","","","AI"`
    : `${at},"1","HQ","Network","OUTBOUND","${service === 'quic' ? 17 : 6}","1","${client}","${row.port}","${server}","${id % 2 === 0 ? 443 : 22}","","5","${id % 7 === 0 ? 'BLOCK' : 'ALLOW'}","${id % 3 === 0 ? name : ''}"`;
};

const sophosRow: WriteGatewayRow = (row, isRequest) => {
  const { id, us, client, port, server, name, service, counts } = row;
  const head = `device_name="XG" timestamp="${iso(us).slice(0, 19)}+0100" log_type="${isRequest ? 'Content Filtering' : 'Firewall'}" log_subtype="${actionIn(id, 'Allowed', 'Denied')}" src_ip="${client}" dst_ip="${server}" protocol="${service === 'quic' ? 'UDP' : 'TCP'}" src_port=${port} dst_port=443`;
  return isRequest
    ? `${head} url="${urlIn(row)}" domain="${name}" http_status="200" bytes_sent=1 bytes_received=1`
    : `${head} duration=${counts[0]} con_event="${id % 9 === 0 ? 'Start' : 'Stop'}" bytes_sent=${counts[1]} bytes_received=${counts[2]} packets_sent=${counts[3]}`;
};

const cloudflareRow: WriteGatewayRow = (row, isRequest) => {
  const { id, us, client, port, server, name, counts } = row;
  return JSON.stringify(
    isRequest
      ? {
          ...{ Action: actionIn(id, 'allow', 'block'), Datetime: iso(us), DeviceID: 'd', SNI: name },
          ...{ SourceIP: client, SourcePort: port, DestinationIP: server, DestinationPort: 443 },
        }
      : {
          ...{
            SessionStartTime: iso(us - (counts[0] ?? 0) * 1000),
            SessionEndTime: iso(us),
            Protocol: 'TCP',
          },
          ...{ SourceIP: client, SourcePort: port, OriginIP: server, OriginPort: 443 },
          ...{ BytesSent: counts[1], BytesReceived: counts[2] },
        },
  );
};

/** Requests and sessions in one log, behind names that show that they are whole. */
const gatewayLog =
  (write: WriteGatewayRow, head = '') =>
  (random: Random): string[] => {
    const whole = Array.from({ length: 40 }, (_, i) =>
      write({ ...made(random, 1 + 17 * i), name: `n${i}.example.net` }, true),
    );
    return [
      `${head}${whole.join('\n')}\n${lines(random, 3 * COUNT, (row) => write(row, random.below(3) > 0))}`,
    ];
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
  ['FortiGate', FORTIGATE, gatewayLog(fortigateRow)],
  ['Palo Alto', PALO_ALTO, gatewayLog(panRow)],
  ['Palo Alto, CEF', PALO_ALTO, gatewayLog(panHeaderRow)],
  ['Zscaler', ZSCALER, gatewayLog(zscalerRow)],
  ['Netskope', NETSKOPE, gatewayLog(netskopeRow, NETSKOPE_HEADER)],
  [
    'Netskope, with other columns in mid-file',
    NETSKOPE,
    (random) => {
      const [log = ''] = gatewayLog(netskopeRow, NETSKOPE_HEADER)(random);
      const others = lines(random, COUNT, (row) => {
        const [date, clock, ...rest] = netskopeRow(row, true).split(' ');
        return [...rest, date, clock].join(' ');
      });
      const [, ...names] = NETSKOPE_HEADER.trimEnd().split(' ');
      const [date, clock, ...rest] = names;
      return [`${log}#Fields: ${[...rest, date, clock].join(' ')}\n${others}`];
    },
  ],
  ['Umbrella', UMBRELLA, gatewayLog(umbrellaRow)],
  ['Sophos', SOPHOS, gatewayLog(sophosRow)],
  ['Cloudflare', CLOUDFLARE, gatewayLog(cloudflareRow)],
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

it('sums connections of HTTP, hidden before rows of requests and plain after them', () => {
  const random = new Random(2);
  const ends = { client: '10.0.0.1', server: '203.0.113.7', service: 'http' };
  const rows = Array.from({ length: 1000 }, (_, id) => ({ ...made(random, id), ...ends }));
  const conn = header('conn') + rows.map((row) => `${asText(row, 'conn')}\n`).join('');
  const [first] = rows;
  if (first === undefined) throw new Error('no row');
  const logs = ['ssl', 'http'].map((kind) => `${header(kind)}${asText({ ...first, id: 5000 }, kind)}\n`);
  const all = [logs[0] ?? '', conn, logs[1] ?? '', conn];
  const core = readLogs(ZEEK, all, 65_536, true);
  expect(core.text).toBe(readLogs(ZEEK, all, 65_536, false).text);
  expect(core.summed).toBeGreaterThan(1500);
});
