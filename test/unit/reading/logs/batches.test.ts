// Lines with several messages, as collectors export them: each gives what the same lines give one by one.

import { describe, expect, it } from 'vitest';
import { findBatch, MAX_MESSAGES } from '../../../../src/reading/logs/batches.ts';
import { reportOfLines } from './report-of-lines.ts';

const json: (value: unknown) => string = JSON.stringify;
const NS = '1795000000123456789';
const AT = '2026-11-18T11:06:40.123Z';

/** What a log says of its tools, and how its messages were counted. */
async function read(lines: readonly string[]) {
  const { hosts, inputs } = await reportOfLines(lines);
  const found = hosts.flatMap(({ host, tools, providers }) =>
    [...tools, ...providers].map(
      ({ firstSeen, bytesDown }) => `${host} ${firstSeen?.slice(0, 16)} ${bytesDown}`,
    ),
  );
  return { found, ...{ rows: inputs?.[0]?.rows, ignored: inputs?.[0]?.ignored } };
}

const DNSMASQ = [10, 11, 12].map(
  (host) => `Nov 18 11:06:40 gw dnsmasq[67]: query[A] api.anthropic.com from 192.0.2.${host}`,
);
const EVE = [1, 2, 3].flatMap((id) => {
  const ends = { src_ip: `192.0.2.${id}`, src_port: 40_000 + id, dest_ip: '198.51.100.20', dest_port: 443 };
  const event = { timestamp: '2026-11-18T11:06:40.030000+0000', flow_id: id, ...ends, proto: 'TCP' };
  const flow = {
    pkts_toserver: 9,
    pkts_toclient: 7,
    bytes_toserver: 3900,
    bytes_toclient: 3600,
    start: AT,
    end: AT,
  };
  return [
    json({ ...event, event_type: 'tls', tls: { sni: 'api.anthropic.com', version: 'TLS 1.3' } }),
    json({ ...event, event_type: 'flow', app_proto: 'tls', flow }),
  ];
});

type Value = Readonly<Record<string, unknown>>;
/** AnyValue of a value of JSON. */
function anyValue(value: unknown): Value {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { intValue: `${value}` };
  return {
    kvlistValue: { values: Object.entries(value ?? {}).map(([key, one]) => ({ key, value: anyValue(one) })) },
  };
}
const records = (logRecords: readonly Value[]): Value => ({ scope: { name: 'filelog' }, logRecords });
const resource = (scopeLogs: readonly Value[]): Value => ({
  resource: { attributes: [{ key: 'host.name', value: { stringValue: 'gw [1] {2}' } }] },
  scopeLogs,
});
const record = (body: Value): Value => ({
  timeUnixNano: NS,
  severityNumber: 9,
  body,
  attributes: [],
  traceId: '',
});

type Batch = (lines: readonly string[]) => string;
const BATCHES: Readonly<Record<string, Batch>> = {
  'OTLP, file exporter': (lines) =>
    json({ resourceLogs: [resource([records(lines.map((line) => record({ stringValue: line })))])] }),
  'OTLP, several resources and scopes': (lines) =>
    json({
      resourceLogs: lines.map((line) => resource([records([record({ stringValue: line })]), records([])])),
    }),
  'OTLP before 0.18': (lines) =>
    json({
      resourceLogs: [
        { instrumentationLibraryLogs: [records(lines.map((line) => record({ stringValue: line })))] },
      ],
    }),
  'Loki, pushed': (lines) =>
    json({ streams: [{ stream: { job: 'a' }, values: lines.map((line) => [NS, line, { trace: 'x' }]) }] }),
  'Loki, queried': (lines) =>
    json({
      status: 'success',
      data: {
        resultType: 'streams',
        result: lines.map((line) => ({ stream: { filename: '/var/log/a' }, values: [[NS, line]] })),
        stats: { summary: { bytesProcessedPerSecond: 1 } },
      },
    }),
  CloudWatch: (lines) =>
    json({
      ...{ messageType: 'DATA_MESSAGE', owner: '1', logGroup: 'g', subscriptionFilters: ['f'] },
      logEvents: lines.map((message, i) => ({ id: `${i}`, timestamp: 1_795_000_000_123, message })),
    }),
  'CloudWatch, get-log-events': (lines) =>
    json({
      events: lines.map((message) => ({ timestamp: 1_795_000_000_123, message, ingestionTime: 1 })),
      nextForwardToken: 'f/1',
    }),
  Elasticsearch: (lines) =>
    json({
      ...{ took: 3, timed_out: false },
      hits: {
        total: { value: lines.length },
        hits: lines.map((message) => ({ _index: 'x', _source: { '@timestamp': AT, message } })),
      },
    }),
  'Azure Monitor': (lines) =>
    json({
      records: lines.map((SyslogMessage) => ({ TimeGenerated: AT, Type: 'Syslog', SyslogMessage })),
    }),
  Graylog: (lines) =>
    json({
      messages: lines.map((message) => ({
        message: { message, timestamp: AT, source: 'gw' },
        index: 'graylog_0',
      })),
    }),
  'Fluent Bit': (lines) => json(lines.map((log) => ({ date: 1_795_000_000.123, log }))),
  'objects without newlines': (lines) =>
    lines.map((event) => json({ time: 1_795_000_000, host: 's', event })).join(''),
};
const OF_OBJECTS: Readonly<Record<string, Batch>> = {
  'a list of events': (lines) => `[${lines.join(', ')}]`,
  'events without newlines': (lines) => lines.join(' '),
  'an answer of an API': (lines) => `{"ok":1,"result":[${lines.join(',')}]}`,
  'an answer with its data': (lines) => `{"data":[${lines.join(',')}],"meta":{}}`,
  'Chronicle, entries': (lines) =>
    json({
      customer_id: 'x',
      log_type: 'SURICATA_EVE',
      entries: lines.map((text) => ({ log_text: text })),
    }),
  'OTLP, parsed': (lines) =>
    json({ resourceLogs: [resource([records(lines.map((line) => record(anyValue(JSON.parse(line)))))])] }),
};

describe('a line with several messages', () => {
  it.each(Object.entries(BATCHES))('%s', async (_, batch) => {
    const plain = await read(DNSMASQ);
    expect(plain).toMatchObject({ rows: 3, ignored: {} });
    expect(await read([batch(DNSMASQ)])).toEqual(plain);
    expect(await read([batch(DNSMASQ.slice(0, 1)), batch(DNSMASQ.slice(1))])).toEqual(plain);
  });

  it.each(Object.entries({ ...BATCHES, ...OF_OBJECTS }))('%s, of EVE', async (_, batch) => {
    const plain = await read(EVE);
    expect(new Set(plain.found).size).toBe(3);
    expect(await read([batch(EVE)])).toEqual(plain);
  });

  it('longer than the beginning of a file by which it is recognized', async () => {
    const many = Array.from({ length: 100 }, () => EVE).flat();
    const { rows, found } = await read([BATCHES['OTLP, file exporter']?.(many) ?? '']);
    expect([rows, new Set(found).size]).toEqual([600, 3]);
  });

  it('counts a damaged message, and a line that is cut', async () => {
    const whole = OF_OBJECTS['a list of events']?.([...EVE, '{"timestamp":1}']) ?? '';
    const { rows, ignored } = await read([whole, whole.slice(0, -10)]);
    expect(rows).toBe(12);
    expect(ignored).toEqual({ 'no event_type': 1, cut: 1 });
  });
});

it.each([
  ['EVE', EVE],
  ['messages', DNSMASQ.map((message) => json({ '@timestamp': AT, message }))],
])('action lines of the bulk API are no rows and are not ignored: %s', async (_, lines) => {
  const actions = [
    '{"index":{}}',
    '{ "create" : { "_index" : "logs-1", "_id" : "a", "retry_on_conflict": 3 } }',
  ];
  const plain = await read(lines);
  expect(await read(lines.flatMap((line, i) => [actions[i % 2] ?? '', line]))).toEqual(plain);
  const { ignored } = await read([...lines, '{"index":{"a":{}}}', '{"index":{"_id":"a"}} x']);
  expect(Object.values(ignored ?? {}).reduce((sum, count) => sum + count, 0)).toBe(2);
});

describe('hostile batches', () => {
  it('end, whatever their depth, length and number of messages', () => {
    const count = (line: string): number => [...(findBatch(line) ?? [])].length;
    expect(count(`{"resourceLogs":${'['.repeat(100_000)}`)).toBeLessThan(2);
    expect(count(`{"streams":[{"values":[${'["1","a"],'.repeat(1000)}`)).toBe(1001);
    expect(count(`[${'{},'.repeat(2 * MAX_MESSAGES)}{}]`)).toBe(MAX_MESSAGES + 1);
    expect(count('{}'.repeat(2 * MAX_MESSAGES).replace('{}', '{}{"a":1}'))).toBe(MAX_MESSAGES + 1);
    expect(count(`[{"${'\\'.repeat(1 << 20)}`)).toBe(1);
    expect(count(`{"data":{"${'k'.repeat(1 << 20)}":[{"values":[["1","a"]]}]}}`)).toBe(0);
  });

  it('have no prefix that makes more messages than the whole', () => {
    for (const batch of [...Object.values(BATCHES), ...Object.values(OF_OBJECTS)]) {
      const whole = batch(EVE);
      const messages = [...(findBatch(whole) ?? [])];
      expect(messages).toHaveLength(EVE.length);
      for (let end = 0; end < whole.length; end++) {
        const some = [...(findBatch(whole.slice(0, end)) ?? [])];
        expect(some.slice(0, -1)).toEqual(messages.slice(0, Math.max(0, some.length - 1)));
      }
    }
  });
});
