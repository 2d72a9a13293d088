// Envelopes of messages: each gives what the plain log gives, for programs with a time of their own and for those without.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLogs } from '../../../fuzz/parsers/logs.ts';
import { reportOfLines } from './report-of-lines.ts';

const LOGS = join(import.meta.dirname, '../../../../captures/logs');

/** What a log says of its tools, with the times, and how its lines were counted. */
async function read(lines: readonly string[]) {
  const { hosts, inputs } = await reportOfLines(lines);
  const found = hosts.flatMap(({ host, tools, providers }) =>
    [...tools, ...providers].map(({ firstSeen, bytesDown }) => `${host} ${firstSeen} ${bytesDown}`),
  );
  return { found, ignored: inputs?.map(({ ignored }) => ignored), rows: inputs?.map(({ rows }) => rows) };
}

const AT = '2026-11-18T11:06:40.000Z';
const US = Date.parse(AT) * 1000;
interface Said {
  readonly program: string;
  readonly message: string;
}
type Wrap = (said: Said) => string;
const json: (value: unknown) => string = JSON.stringify;
const eve: Wrap = ({ message }) => message;
const line5424: Wrap = ({ program, message }) =>
  `<30>1 2026-11-18T11:06:40+00:00 gw ${program} 67 - [meta sequenceId="5" x="a\\"]b"] ${message}`;

const WRAPS: Readonly<Record<string, Wrap>> = {
  'RFC 3164': ({ program, message }) => `<30>Nov 18 11:06:40 gw ${program}[67]: ${message}`,
  'RFC 3164 without a host': ({ program, message }) => `<30>Nov 18 11:06:40 ${program}[67]: ${message}`,
  'RFC 3164 with a year': ({ program, message }) => `<30>Nov 18 2026 11:06:40 gw ${program}[67]: ${message}`,
  'a file of syslogd -vv': ({ program, message }) =>
    `Nov 18 11:06:40.123456 <daemon.info> gw ${program}[67]: ${message}`,
  'RFC 5424': line5424,
  'RFC 5424 with a count of bytes': (said) => `123 ${line5424(said)}`,
  'RFC 5424 with a mark': ({ program, message }) =>
    `<30>1 2026-11-18T11:06:40.123456Z gw ${program} - - - \ufeff${message}`,
  journald: ({ program, message }) => `Nov 18 11:06:40 gw ${program}[67]: ${message}`,
  'journald, short-full': ({ program, message }) =>
    `Wed 2026-11-18 11:06:40 UTC gw ${program}[67]: ${message}`,
  'journald, short-iso': ({ program, message }) => `2026-11-18T11:06:40+0000 gw ${program}[67]: ${message}`,
  'journald, short-unix': ({ program, message }) => `1795000000.123456 gw ${program}[67]: ${message}`,
  'journald, json': ({ program, message }) =>
    json({ __REALTIME_TIMESTAMP: `${US}`, SYSLOG_IDENTIFIER: program, _PID: '67', MESSAGE: message }),
  logread: ({ program, message }) => `Wed Nov 18 11:06:40 2026 daemon.info ${program}[67]: ${message}`,
  'logread -t': ({ program, message }) =>
    `Wed Nov 18 11:06:40 2026 [1795000000.123] daemon.info ${program}[67]: ${message}`,
  Docker: ({ program, message }) =>
    json({ log: `${program}[67]: ${message}\n`, stream: 'stdout', time: '2026-11-18T11:06:40.123456789Z' }),
  'Docker, of syslog': (said) => json({ log: `${line5424(said)}\n`, stream: 'stdout', time: AT }),
  CRI: ({ program, message }) => `2026-11-18T11:06:40.123456789Z stdout F ${program}[67]: ${message}`,
  Filebeat: (said) => json({ '@timestamp': AT, message: line5424(said), log: { offset: 5 } }),
  Vector: ({ program, message }) =>
    json({ appname: program, hostname: 'gw', message, procid: 67, timestamp: AT }),
  Fluentd: ({ program, message }) =>
    `2026-11-18T11:06:40+00:00\tgw.logs\t${json({ ident: program, pid: '67', message })}`,
  Elasticsearch: ({ program, message }) =>
    json({ _index: 'x', _source: { '@timestamp': AT, process: { name: program, pid: 67 }, message } }),
  'docker compose logs': ({ program, message }) => `dns-1  | Nov 18 11:06:40 ${program}[67]: ${message}`,
  'kubectl logs --prefix': ({ program, message }) =>
    `[pod/dns-5d4/dns] 2026-11-18T11:06:40.123456789Z ${program}[67]: ${message}`,
  stern: ({ program, message }) => `dns-5d78c9869d-x7k2p dns Nov 18 11:06:40 ${program}[67]: ${message}`,
  'stern -A': ({ program, message }) => `kube-system dns-0 dns Nov 18 11:06:40 ${program}[67]: ${message}`,
  'kcat -J': (said) =>
    json({
      topic: 'logs',
      partition: 0,
      offset: 7,
      tstype: 'create',
      ts: US / 1000,
      payload: line5424(said),
    }),
  'Kafka Connect': (said) => json({ schema: { type: 'string', optional: false }, payload: line5424(said) }),
  'journald, with-unit': ({ program, message }) =>
    `Wed 2026-11-18 11:06:40 UTC gw ${program}.service[67]: ${message}`,
  'GELF of a program': ({ program, message }) =>
    json({ version: '1.1', short_message: message, timestamp: 1_795_000_000.1, _application_name: program }),
  'GELF with the whole message': (said) => json({ message: said.message, full_message: line5424(said) }),
  rsyslog: ({ program, message }) =>
    json({ timestamp: AT, syslogtag: `${program}[67]:`, msg: ` ${message}` }),
  'syslog-ng': ({ program, message }) =>
    json({ PROGRAM: program, PID: '67', MESSAGE: message, DATE: 'Nov 18 11:06:40' }),
  'Azure Monitor': ({ program, message }) =>
    json({ TimeGenerated: AT, ProcessName: program, ProcessID: 67, SyslogMessage: message }),
  NXLog: ({ program, message }) => json({ EventTime: AT, SourceName: program, Message: message }),
  Loki: ({ program, message }) => json({ line: `${program}[67]: ${message}`, ts: `${US}000` }),
  Wazuh: ({ program, message }) =>
    `2026 Nov 18 11:06:41 (gw) 192.0.2.1->/var/log/messages Nov 18 11:06:40 gw ${program}[67]: ${message}`,
  Papertrail: ({ program, message }) =>
    `77\t2026-11-18T11:06:40Z\t2026-11-18T11:06:41Z\t1\tgw\t192.0.2.1\tDaemon\tInfo\t${program}\t${message}`,
  'a relay of RFC 3164': ({ program, message }) =>
    `<30>Nov 18 11:06:41 relay <30>Nov 18 11:06:40 gw ${program}[67]: ${message}`,
  'a relay without <PRI>': ({ program, message }) =>
    `Nov 18 11:06:41 192.0.2.1 2026-11-18T11:06:40+00:00 gw ${program}[67]: ${message}`,
  UniFi: ({ program, message }) => `<30>Nov 18 11:06:40 UDM UDM ${program}[67]: ${message}`,
  svlogd: ({ program, message }) => `2026-11-18_11:06:40.12345 ${program}[67]: ${message}`,
  'Kiwi Syslog': ({ program, message }) =>
    `2026-11-18 11:06:40\tDaemon.Info\t192.0.2.1\t${program}[67]: ${message}`,
  logcli: ({ program, message }) =>
    `2026-11-18T11:06:40Z {app="dns", host="gw"}    Nov 18 11:06:40 gw ${program}[67]: ${message}`,
  'journald, json with bytes': ({ program, message }) =>
    json({ __REALTIME_TIMESTAMP: `${US}`, SYSLOG_IDENTIFIER: program, MESSAGE: [...Buffer.from(message)] }),
  OpenTelemetry: (said) => json({ timeUnixNano: `${US}000`, body: { stringValue: line5424(said) } }),
  Datadog: (said) => json({ id: 'A', content: { timestamp: AT, message: line5424(said) } }),
  'Splunk, without a header': ({ program, message }) =>
    json({ preview: false, result: { _raw: `${program}[67]: ${message}`, _time: AT } }),
  Cribl: ({ program, message }) => json({ _raw: message, _time: 1_795_000_000.123, program, host: 'gw' }),
  'syslog-ng, ISODATE': ({ program, message }) =>
    json({ ISODATE: '2026-11-18T11:06:40+00:00', HOST: 'gw', PROGRAM: program, PID: '67', MESSAGE: message }),
  'journald, json-seq': ({ program, message }) =>
    `\x1e${json({ __REALTIME_TIMESTAMP: `${US}`, SYSLOG_IDENTIFIER: program, _PID: '67', MESSAGE: message })}`,
  'syslog file of pfSense': ({ program, message }) =>
    `2026-11-18T11:06:40.123456+00:00 fw ${program} 67 - - ${message}`,
  Splunk: (said) => json({ preview: false, result: { _raw: line5424(said) } }),
  'Splunk, with the zone of the export': ({ program, message }) =>
    json({ result: { _raw: `${program}[67]: ${message}`, _time: '2026-11-18 11:06:40.000 UTC' } }),
  'Fluent Bit, stdout': ({ program, message }) =>
    `[0] syslog.0: [[1795000000.030000000, {}], {"pri"=>"30", "ident"=>"${program}", "pid"=>"67", "message"=>"${message}"}]`,
  'Fluent Bit before 2.1, stdout': (said) =>
    `[12] tail.0: [1795000000.030000000, {"log"=>"${line5424(said)}", "stream"=>"stdout"}]`,
  'Fluent Bit, file': ({ program, message }) =>
    `tail.0: [1795000000.030000000, ${json({ ident: program, pid: '67', message })}]`,
  'Fluentd, S3': ({ program, message }) =>
    json({ ident: program, pid: '67', message, tag: 'system.daemon.info', time: AT }),
  'Grafana, logs as text': ({ program, message }) => `${US}000\t${AT}\t${program}[67]: ${message}`,
  'Kafka, console consumer': ({ program, message }) =>
    `CreateTime:${US / 1000}\tgw\t${program}[67]: ${message}`,
  'containers of Azure': ({ program, message }) =>
    json({ TimeGenerated: AT, PodName: 'dns-1', LogMessage: `${program}[67]: ${message}` }),
  LogScale: ({ program, message }) =>
    json({ '@timestamp': US / 1000, '@rawstring': `${program}[67]: ${message}` }),
  Telegraf: ({ program, message }) =>
    json({
      fields: { message, procid: '67', timestamp: US * 1000 },
      name: 'syslog',
      tags: { appname: program },
    }),
  'Promtail of syslog, without a program': ({ message }) =>
    json({ labels: { job: 'syslog' }, line: message, timestamp: AT }),
  'a stream of CloudWatch': ({ message }) => `2026-11-18T11:06:40.030000+00:00 gw-1 ${message}`,
};
const OF_OBJECTS: Readonly<Record<string, Wrap>> = {
  'CEE in syslog': ({ program, message }) => `Nov 18 11:06:40 gw ${program}[67]: @cee: ${message}`,
  CEE: ({ message }) => `@cee: ${message}`,
  'AWS Network Firewall': ({ message }) =>
    `{"firewall_name":"fw","event_timestamp":"1795000000","event":${message}}`,
  HEC: ({ message }) => `{"time":1795000000,"host":"s","event":${message}}`,
  _source: ({ message }) => `{"_index":"x","_source":${message}}`,
  'HEC in _source': ({ message }) => `{"_source":{"event":${message}}}`,
  'Fluent Bit, stdout, of JSON as text': ({ message }) =>
    `[0] tail.0: [[1795000000.030000000, {}], {"log"=>"${message}"}]`,
  'original event': ({ message }) => json({ event: { original: message, kind: 'event' }, message: 'alert' }),
};

const DNSMASQ = { program: 'dnsmasq', message: 'query[A] api.anthropic.com from 192.0.2.10' };
const UNBOUND = { program: 'unbound', message: '[67:3] query: 192.0.2.10 api.anthropic.com. A IN' };
const BIND = {
  program: 'named',
  message:
    'client @0x7f0a 192.0.2.10#50123 (api.anthropic.com): query: api.anthropic.com IN A +E(0)K (192.0.2.1)',
};
const SQUID = {
  program: '(squid-1)',
  message:
    '1795000000.500    500 192.0.2.10 TCP_TUNNEL/200 5321 CONNECT api.anthropic.com:443 - HIER_DIRECT/198.51.100.20 -',
};
const event = (type: string, more: object): Said => ({
  program: 'suricata',
  message: json({
    ...{ timestamp: '2026-11-18T11:06:40.030000+0000', flow_id: 10, event_type: type, src_ip: '192.0.2.10' },
    ...{ src_port: 40_001, dest_ip: '198.51.100.20', dest_port: 443, proto: 'TCP', ...more },
  }),
});
const EVE = [
  event('tls', { tls: { sni: 'api.anthropic.com', version: 'TLS 1.3' } }),
  event('flow', {
    ...{
      app_proto: 'tls',
      flow: { pkts_toserver: 9, pkts_toclient: 7, bytes_toserver: 3900, bytes_toclient: 3600 },
    },
    ...{
      flow: {
        pkts_toserver: 9,
        pkts_toclient: 7,
        bytes_toserver: 3900,
        bytes_toclient: 3600,
        start: AT,
        end: AT,
      },
    },
  }),
];

describe('a message is read in its envelope', () => {
  it.each(Object.entries(WRAPS))('%s', async (name, wrap) => {
    for (const said of [DNSMASQ, UNBOUND, BIND]) {
      const { found, ignored } = await read([wrap(said)]);
      expect([...new Set(found.map((text) => text.slice(0, 27)))]).toEqual(['192.0.2.10 2026-11-18T11:06']);
      expect(ignored, name).toEqual([{}]);
    }
  });

  it.each(Object.entries({ ...WRAPS, ...OF_OBJECTS }))(
    '%s, of a program with its own times',
    async (_, wrap) => {
      if (wrap !== WRAPS.Docker && !wrap(SQUID).includes('stdout') && wrap !== OF_OBJECTS.HEC) {
        const { found } = await read(EVE.map(wrap));
        expect(found).toEqual((await read(EVE.map(eve))).found);
      }
    },
  );

  it('Squid behind syslog, and EVE in Docker and CRI without a program', async () => {
    const plain = await read([SQUID.message]);
    expect(plain.found.length).toBeGreaterThan(0);
    expect((await read([line5424(SQUID)])).found).toEqual(plain.found);
    const { found } = await read(EVE.map(eve));
    const tagged = EVE.map(({ message }) => `${AT} stdout F suricata[67]: ${message}`);
    const docker = EVE.map(({ message }) => json({ log: `${message}\n`, stream: 'stdout', time: AT }));
    const cri = EVE.map(({ message }) => `${AT} stdout F ${message}`);
    for (const lines of [docker, cri, tagged]) expect((await read(lines)).found).toEqual(found);
  });

  it('joins lines of CRI in parts, of two streams', async () => {
    const [first = '', second = ''] = EVE.map(({ message }) => message);
    const parts = [
      `${AT} stdout P ${first.slice(0, 150)}`,
      `${AT} stderr P {"never`,
      `${AT} stdout P ${first.slice(150, 170)}`,
      `${AT} stdout F ${first.slice(170)}`,
      `${AT} stdout F ${second}`,
    ];
    const { found, ignored, rows } = await read(parts);
    expect(found).toEqual((await read(EVE.map(eve))).found);
    expect([ignored, rows]).toEqual([[{}], [2]]);
  });

  it('joins a line that Docker cut', async () => {
    const [first, second] = EVE.map(({ message }) => message);
    const long = `${first?.slice(0, -1)},"pad":"${'x'.repeat(20_000)}"}\n`;
    const entry = (log: string): string => json({ log, stream: 'stdout', time: AT });
    const parts = [long.slice(0, 16_384), long.slice(16_384), `${second}\n`].map(entry);
    const { found, ignored, rows } = await read(parts);
    expect(found).toEqual((await read(EVE.map(eve))).found);
    expect([ignored, rows]).toEqual([[{}], [2]]);
  });
});

const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
/** Exports as CSV: the header, and the row of a message. */
const TABLES: Readonly<Record<string, readonly [header: string, row: Wrap]>> = {
  Splunk: ['"_raw","_time",host', ({ message }) => `${cell(message)},"2026-11-18T11:06:40.000+0000",gw`],
  'CloudWatch Logs Insights': [
    '@timestamp,@message',
    ({ message }) => `2026-11-18 11:06:40.000,${cell(message)}`,
  ],
  'Log Analytics': [
    'TimeGenerated [UTC],ProcessName,ProcessID,SyslogMessage',
    ({ program, message }) => `2026-11-18T11:06:40.000Z,${program},67,${cell(message)}`,
  ],
  'Log Analytics, as its page shows times': [
    '"TimeGenerated [UTC]",ProcessName,ProcessID,SyslogMessage',
    ({ program, message }) => `"11/18/2026, 11:06:40.000 AM",${program},67,${cell(message)}`,
  ],
  Kibana: [
    '"@timestamp",process.name,message',
    ({ program, message }) => `"Nov 18, 2026 @ 11:06:40.000",${program},${cell(message)}`,
  ],
  'Sumo Logic, with semicolons': [
    '"_messagetimems";"_messagetime";"_raw"',
    ({ program, message }) => `"${US / 1000}";"${US / 1000}";${cell(`${program}[67]: ${message}`)}`,
  ],
};

function asColumns(rows: readonly Record<string, unknown>[]): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [names.join(','), ...rows.map((row) => names.map((name) => cell(`${row[name] ?? ''}`)).join(','))];
}

describe('exports as CSV', () => {
  it.each(Object.entries(TABLES))('%s gives what the plain log gives', async (_, [header, row]) => {
    const events = EVE.map(row);
    const again = await read([header, ...events.slice(0, 1), header, ...events.slice(1)]);
    expect(again.found).toEqual((await read(EVE.map(eve))).found);
    expect(again.ignored).toEqual([{}]);
    if (row(DNSMASQ).includes('dnsmasq')) {
      const wrap = WRAPS['RFC 3164'] ?? eve;
      expect((await read([header, row(DNSMASQ)])).found).toEqual((await read([wrap(DNSMASQ)])).found);
    }
  });

  it.each([
    ['12:06:40 AM', '2026-11-18T00:06:40'],
    ['12:06:40.5 PM', '2026-11-18T12:06:40'],
    ['3:06:40\u202fPM', '2026-11-18T15:06:40'],
  ])('%s on a page of Log Analytics is a time', async (clock, expected) => {
    const message = cell('query[A] api.anthropic.com from 10.0.0.5');
    const { found } = await read([
      '"TimeGenerated [UTC]",ProcessName,SyslogMessage',
      `"11/18/2026, ${clock}",dnsmasq,${message}`,
    ]);
    expect(found.map((text) => text.split(' ')[1]?.slice(0, 19))).toContain(expected);
  });

  it('of fields of the messages give what the messages give', async () => {
    const logs = ['conn', 'ssl'].map((name) =>
      readFileSync(join(LOGS, 'zeek-json', `${name}.log`), 'utf8')
        .trimEnd()
        .split('\n'),
    );
    const rows = logs.map((lines) => lines.map((line): Record<string, unknown> => JSON.parse(line)));
    const reports = await Promise.all(
      [logs, rows.map(asColumns)].map(async (files) => {
        const names = files.map((lines, i) => ({ name: `${i}.log`, bytes: Buffer.from(lines.join('\n')) }));
        return (await readLogs(names)).windows.map((window) => ({ ...window, sensor: '' }));
      }),
    );
    expect(reports[0]?.length).toBeGreaterThan(0);
    expect(reports[1]).toEqual(reports[0]);
  });

  it('with the same header are of two sensors', async () => {
    const sensors = EVE.map(async (said) => {
      const [header, row] = TABLES.Splunk ?? ['', eve];
      const { windows } = await readLogs([{ name: 'a', bytes: Buffer.from(`${header}\n${row(said)}\n`) }]);
      return windows[0]?.sensor;
    });
    expect(new Set(await Promise.all(sensors)).size).toBe(EVE.length);
  });

  it('have no prefix of a row that fails or makes a second row', async () => {
    for (const [header, row] of Object.values(TABLES)) {
      const [whole = ''] = EVE.map(row);
      const prefixes = Array.from({ length: whole.length }, (_, i) => whole.slice(0, i));
      const { rows, ignored } = await read([header, whole, ...prefixes]);
      const counted = Object.values(ignored?.[0] ?? {}).reduce((sum, count) => sum + count, 0);
      expect((rows?.[0] ?? 0) + counted).toBeLessThanOrEqual(prefixes.length + 1);
    }
  });
});

describe('lines that are none of the log', () => {
  it('of another program are of no use; damaged ones are counted', async () => {
    const wrap = WRAPS['RFC 3164'] ?? eve;
    const cut = { program: 'suricata', message: '{"timestamp":"2026-11-18' };
    const other = { program: 'sshd', message: 'Accepted password' };
    const { ignored, rows } = await read([...EVE, other, cut].map(wrap));
    expect([ignored, rows]).toEqual([[{ cut: 1 }], [2]]);
  });

  it('a row of a program that the first lines do not show counts', async () => {
    const wrap = WRAPS['RFC 3164'] ?? eve;
    const more = event('tls', { flow_id: 11, src_port: 40_002, tls: { sni: 'ampcode.com' } });
    const { rows } = await read([...EVE, { ...more, program: 'eve2' }].map(wrap));
    expect(rows).toEqual([3]);
  });

  it('deeper than two objects are not unwrapped', async () => {
    const deep = EVE.map(({ message }) => `{"_source":{"event":{"json":${message}}}}`);
    const { hosts } = await reportOfLines(deep).catch(() => ({ hosts: [] }));
    expect(hosts).toEqual([]);
  });
});

describe('hostile envelopes', () => {
  it('have no prefix that fails or makes a row of its own', async () => {
    const wraps = [...Object.values(WRAPS), OF_OBJECTS.CEE ?? eve];
    const wholes = wraps.map((wrap) => wrap(wrap === OF_OBJECTS.CEE ? (EVE[0] ?? DNSMASQ) : DNSMASQ));
    for (const whole of wholes) {
      const prefixes = Array.from({ length: whole.length }, (_, i) =>
        whole.slice(0, i).replaceAll('\n', ' '),
      );
      const { rows, ignored } = await read([whole, ...prefixes]);
      const counted = Object.values(ignored?.[0] ?? {}).reduce((sum, count) => sum + count, 0);
      expect((rows?.[0] ?? 0) + counted).toBeLessThanOrEqual(prefixes.length + 2);
    }
  });

  it('of any depth and length end', async () => {
    const hostile = [
      `{"message":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      `{"_source":${'['.repeat(10_000)}`,
      `<30>1 2026-11-18T11:06:40Z a b c d ${'[x y="'.repeat(100_000)}`,
      `<30>1 2026-11-18T11:06:40Z a b c d [${'a'.repeat(10 << 20)}`,
      `Nov 18 11:06:40 ${'a '.repeat(1 << 20)}`,
      `{"log":"${'\\u0000\\u001b'.repeat(1 << 18)}","stream":"stdout"}`,
      `[0] t: [[1795000000.1, {}], {"log"=>"${'{"log"=>"'.repeat(1 << 18)}x}]`,
      '2026-11-18T11:06:40Z stdout P never ended',
      '{"time":1e300,"message":"dnsmasq: query[A] api.anthropic.com from 192.0.2.10"}',
    ];
    for (const wrap of [line5424, WRAPS.Docker ?? eve, WRAPS.CRI ?? eve]) {
      const started = performance.now();
      const { found } = await read([wrap(DNSMASQ), ...hostile]);
      expect(found.length).toBeGreaterThan(0);
      expect(performance.now() - started).toBeLessThan(20_000);
    }
  });
});
