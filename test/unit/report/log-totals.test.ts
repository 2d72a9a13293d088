// Totals of tools and the trend, where logs do not count the bytes.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('log-totals');
const DAYS = ['2026-11-19', '2026-11-20'];
/** A request of a log without bytes. */
const request = (day: string): string =>
  JSON.stringify({
    ...{ Datetime: `${day}T06:22:42Z`, DestinationIP: '203.0.113.7', DestinationPort: 443, DeviceID: 'd' },
    ...{
      HTTPHost: 'api.anthropic.com',
      SourceIP: '192.0.2.1',
      SourceInternalIP: '10.0.0.5',
      Action: 'allow',
    },
    ...{ URL: 'https://api.anthropic.com/', HTTPStatusCode: 200, HTTPMethod: 'POST', RequestID: day },
  });
/** Other traffic in each quarter hour of the days, so that both are observed. */
const OTHERS = DAYS.flatMap((day) =>
  Array.from({ length: 96 }, (_, i) => Date.parse(`${day}T00:00:00Z`) + i * 900_000),
);
const otherRequest = (ms: number): string =>
  request(new Date(ms).toISOString().slice(0, 10))
    .replaceAll('api.anthropic.com', 'www.example.org')
    .replace('06:22:42', new Date(ms).toISOString().slice(11, 19))
    .replace('RequestID":"', `RequestID":"${ms} `);
const write = (name: string, lines: readonly string[]): string => {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};
const squid = (day: string): string =>
  `${Date.parse(`${day}T06:22:42Z`) / 1000}.000 4000 10.0.0.5 TCP_TUNNEL/200 5321 CONNECT ampcode.com:443 - HIER_DIRECT/203.0.113.7 -`;

const otherTunnel = (ms: number): string =>
  `${ms / 1000}.000 4000 10.0.0.6 TCP_TUNNEL/200 5321 CONNECT www.example.org:443 - HIER_DIRECT/203.0.113.8 -`;

const analyze = async (...words: readonly string[]): Promise<ReportDocument> =>
  JSON.parse((await wiretallyHere(['analyze', ...words, '--format', 'json'])).out);

it('totals are unknown if no log counts bytes, and known in part if one direction is', async () => {
  const { tools } = await analyze(write('bare.json', DAYS.map(request)));
  expect(tools).toMatchObject([
    {
      tool: 'claude-code',
      hosts: 0,
      flows: 0,
      bytesUp: null,
      bytesDown: null,
      payloadUp: null,
      payloadDown: null,
    },
  ]);
  const { tools: down } = await analyze(write('access.log', DAYS.map(squid)));
  expect(down).toMatchObject([{ tool: 'amp', bytesUp: null, payloadUp: null, payloadDown: 10_642 }]);
});

it('the trend of bytes is unknown, and no tool moved', async () => {
  const windows = join(folder, 'bare.usage');
  await wiretallyHere([
    'analyze',
    write('two.json', [...OTHERS.map(otherRequest), ...DAYS.map(request)]),
    '--write',
    windows,
  ]);
  const period = ['--since', '2026-11-20', '--until', '2026-11-21', '--timezone', 'UTC'];
  const report = await wiretallyHere(['analyze', windows, ...period, '--format', 'json']);
  const { trend }: ReportDocument = JSON.parse(report.out);
  expect(trend).toMatchObject({
    hosts: { before: 1, after: 1 },
    bytes: { before: null, after: null },
    movers: [],
  });
  const { out } = await wiretallyHere(['analyze', windows, ...period]);
  expect(out).toContain('unknown bytes to unknown bytes');
});

it('a trend without use before has zero bytes before', async () => {
  const windows = join(folder, 'squid.usage');
  await wiretallyHere([
    'analyze',
    write('one.log', [...OTHERS.map(otherTunnel), squid('2026-11-20')]),
    '--write',
    windows,
  ]);
  const period = ['--since', '2026-11-20', '--until', '2026-11-21', '--timezone', 'UTC'];
  const report = await wiretallyHere(['analyze', windows, ...period, '--format', 'json']);
  const { trend }: ReportDocument = JSON.parse(report.out);
  expect(trend).toMatchObject({ bytes: { before: 0, after: 5321 } });
});
