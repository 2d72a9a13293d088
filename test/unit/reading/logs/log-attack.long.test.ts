// Reads each sample of a log in another form, damaged, or without one of its fields. Another form gives the same windows;
// damage causes an error or hidden traffic, never use by another host or use in place of an attempt.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../../../src/query/source.ts';
import { formatNamed, LOG_FORMATS } from '../../../../src/reading/logs/formats.ts';
import {
  LOG_SAMPLES,
  type LogSampleFolder,
  type LogsRead,
  type MemoryLog,
  readLogs,
} from '../../../fuzz/parsers/logs.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { NAME, readAll } from './read-lines.ts';

const changed = (logs: readonly MemoryLog[], change: (text: string) => string): MemoryLog[] =>
  logs.map(({ name, bytes }) => ({
    name,
    bytes: Buffer.from(change(Buffer.from(bytes).toString('latin1')), 'latin1'),
  }));
const read = (
  { definitions }: LogSampleFolder,
  logs: readonly MemoryLog[],
  format?: string,
): Promise<LogsRead> => readLogs(logs, { definitions, ...(format === undefined ? {} : { format }) });

/** Uses and questions: host and name. */
const found = ({ windows }: LogsRead): string[] =>
  [
    ...new Set(
      windows.flatMap(({ rows, queriedNames }) => [
        ...rows.map(({ host, name }) => `${host} ${name}`),
        ...queriedNames.map(({ host, name }) => `${host} asked ${name}`),
      ]),
    ),
  ].sort();

/** Lines of other programs, and damage. */
const BETWEEN = `${'\0'.repeat(700)}\n\xff\xfe\x80\xc3\x28\n${'x'.repeat(20_000)}\n`;

describe.each(LOG_SAMPLES)('$name', (sample) => {
  const { logs } = sample;
  let whole: LogsRead;
  beforeAll(async () => {
    whole = await read(sample, logs, sample.format.id);
  });

  it('with CRLF, a byte order mark and empty lines, and without its last newline, is the same', async () => {
    const other = changed(logs, (text) => {
      const lines = text.trimEnd().replaceAll('\r', '');
      return `\xef\xbb\xbf\r\n${lines.replaceAll('\n', '\r\n\n\r\n')}`;
    });
    const { windows, errors } = await read(sample, other);
    expect(windows).toEqual(whole.windows);
    expect(errors).toHaveLength(whole.errors.length);
  });

  // A document of one line is damaged as a whole.
  it.skipIf(sample.format.id === 'azure-flow').each<[string, (text: string) => string, boolean]>([
    [
      'that begins and ends within a line',
      (text) => text.slice(text.startsWith('#') ? 0 : 31, Math.ceil(text.length * 0.8)),
      true,
    ],
    ['with other lines', (text) => `starting up\n${text.replace('\n', `\n${BETWEEN}`)}`, false],
    ['twice', (text) => `${text}\n${text}`, false],
  ])('%s loses nothing without a word', async (_, change, isCut) => {
    const damaged = await read(sample, changed(logs, change), sample.format.id);
    const names = found(damaged);
    expect(names.filter((name) => !found(whole).includes(name))).toEqual([]);
    if (!isCut && names.length < found(whole).length) expect(damaged.errors).not.toEqual([]);
  });
});

it.each(
  LOG_SAMPLES.filter(
    ({ format }) => format.countKnown !== undefined || ['zeek', 'suricata'].includes(format.id),
  ),
)('$name is recognized behind the end of a line that was split', async (sample) => {
  for (const log of sample.logs) {
    const text = Buffer.from(log.bytes).toString('latin1');
    if (text.startsWith('#') || text.startsWith('{"records"') || /^\w+[ ,]\w+/.test(text)) continue;
    const { captures } = await read(
      sample,
      changed([log], () => `e":"x","b":7}\n${text}`),
    );
    expect(captures[0]?.log).toMatchObject({ kind: sample.format.id, firstIgnored: 1 });
  }
});

/** Names of keys; those of objects are joined by a space. */
function keysOf(line: string): string[] {
  if (!line.startsWith('{'))
    return [...line.matchAll(/(?:^|[\s|,;[])"?([\w-]+)(?:=|:{1,2}")/g)].map(([, key = '']) => key);
  const keys = (value: unknown, before: string): string[] =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? []
      : Object.entries(value).flatMap(([key, inside]) => [
          `${before}${key}`,
          ...keys(inside, `${before}${key} `),
        ]);
  return keys(JSON.parse(line), '');
}

function without(line: string, path: string): string {
  if (!line.startsWith('{')) {
    const value = /CEF:\d/.test(line)
      ? '[^=]*?(?= [\\w.]+=|$)'
      : /LEEF:/.test(line)
        ? '[^\\t|^]*'
        : '(?:"[^"]*"|[^\\s|,;]*)';
    return line.replace(new RegExp(`(^|[\\s|,;[^])"?${path}(?:=|:{1,2}(?="))${value}`), '$1');
  }
  const remove = (value: Record<string, unknown>, [key = '', ...rest]: readonly string[]): unknown =>
    Object.fromEntries(
      Object.entries(value).flatMap(([name, inside]) =>
        name !== key
          ? [[name, inside]]
          : rest.length === 0
            ? []
            : [[name, remove(inside as Record<string, unknown>, rest)]],
      ),
    );
  return JSON.stringify(remove(JSON.parse(line), path.split(' ')));
}

/** Addresses of clients in front of the gateway, which stand for them if theirs are not logged. */
const OUTER = '192.0.2.1';
const GATEWAYS = LOG_FORMATS.filter((format) => format.countKnown !== undefined).map(({ id }) => id);
const FILES = LOG_SAMPLES.filter(({ format }) => GATEWAYS.includes(format.id)).flatMap(
  ({ name, format, logs }) =>
    logs.map((log) => ({
      path: `${name}/${log.name}`,
      format: format.id,
      lines: Buffer.from(log.bytes)
        .toString()
        .replaceAll(/\b(?:ampcode\.com|opencode\.ai)\b/g, NAME)
        .split(/\r?\n/)
        .filter((line) => line !== ''),
    })),
);

function account(lines: readonly string[], format: string) {
  const { flows, totals, results } = readAll(lines, { format });
  const named = flows.filter(({ sni, proxy }) => (sni ?? proxy?.target ?? '').startsWith(NAME));
  const hosts = (list: typeof named): string[] => [...new Set(list.map(({ client }) => client))];
  return {
    used: hosts(named.filter(({ isEstablished }) => isEstablished)),
    tried: hosts(named),
    rows: results.filter((result) => result === null).length,
    ignored: results.filter((result) => result !== null && result !== 'no row').length,
    hidden: totals.filter(({ notVisible, unsizedFlows }) => notVisible.length > 0 || (unsizedFlows ?? 0) > 0)
      .length,
  };
}

it.each(FILES)('$path without one field: no use is lost, no other host has any', ({ lines, format }) => {
  const whole = account(lines, format);
  const isKnown = (key: string): boolean =>
    formatNamed(format)?.countKnown?.([key.replaceAll(' ', '.'), key.slice(key.lastIndexOf(' ') + 1)]) !== 0;
  const keys = new Set(lines.filter((line) => !line.startsWith('#')).flatMap(keysOf));
  for (const key of [...keys].filter(isKnown)) {
    const part = account(
      lines.map((line) => (line.startsWith('#') ? line : without(line, key))),
      format,
    );
    const isSaid = part.rows === 0 || part.ignored > 0 || part.hidden > whole.hidden;
    const lost = whole.used.filter((host) => !part.tried.includes(host) && !part.tried.includes(OUTER));
    expect(isSaid ? [] : lost, `use without ${key}`).toEqual([]);
    const accused = [
      ...part.tried.filter((host) => !whole.tried.includes(host)),
      ...part.used.filter((host) => !whole.used.includes(host)),
    ].filter((host) => host !== OUTER);
    expect(accused, `accused without ${key}`).toEqual([]);
  }
});

const NETSKOPE =
  '#Fields: date time cs-bytes sc-bytes s-ip sc-status cs-host cs-uri x-cs-userip x-ssl-bypass';
it.each([
  [
    'a path without a host, of a connection that was decrypted',
    [NETSKOPE, '2026-11-20 06:22:42 9000 1000 203.0.113.7 200 - "/v1/messages" 10.0.0.5 No'],
  ],
  [
    'a proxy row of Umbrella without its URL',
    [
      JSON.stringify({
        ...{ timestamp: 1_795_155_762_000, type: 'proxy', internalip: '10.0.0.5', externalip: OUTER },
        ...{ verdict: 'allowed', statuscode: 200, requestsize: 9000, responsesize: 1000 },
      }),
    ],
  ],
  [
    'the pattern of a listed domain',
    [
      'time,cip,sip,eurl,action,reqsize,respsize',
      `Fri Nov 20 06:22:42 2026,10.0.0.5,203.0.113.7,*.${NAME}/,Allowed,9000,1000`,
    ],
  ],
])('%s is hidden traffic', (_, lines) => {
  const { totals, flows } = readAll(lines);
  expect([flows, totals.flatMap(({ notVisible }) => notVisible)]).toMatchObject([
    [],
    [{ kind: 'unnamed', bytes: 10_000 }],
  ]);
});

it('a session of FortiGate whose type is not logged is ignored, not left out', () => {
  const { results } = readAll(
    FILES.find(({ format }) => format === 'fortigate')?.lines.map((line) =>
      line.replace(/ type="\w+"/, ''),
    ) ?? [],
    { format: 'fortigate' },
  );
  expect(results).toContain('a line of another form');
});

it('a page with status 403 is no use where the action is not logged', () => {
  const row = (status: number): string =>
    `Fri Nov 20 06:22:42 2026,10.0.0.5,203.0.113.7,${NAME}/,${status},1100,9100`;
  const { flows, notes } = readAll(['time,cip,sip,eurl,respcode,reqsize,respsize', row(403), row(200)]);
  expect(flows.map(({ isEstablished }) => isEstablished)).toEqual([false, true]);
  expect(notes.join()).toContain('1 row with a decision that is not known');
});

it.each([
  ` ${NAME}`,
  `${NAME}  `,
  NAME.toUpperCase(),
  `${NAME}.`,
  `${NAME}:443`,
  `https://${NAME}:443/x`,
  `bob@${NAME}`,
])('"%s" is the listed name', (written) => {
  const header = '#Fields: date\ttime\tcs-bytes\tsc-bytes\ts-ip\tsc-status\tcs-host\tx-cs-userip';
  const row = `2026-11-20\t06:22:42\t9000\t1000\t203.0.113.7\t200\t${written}\t10.0.0.5`;
  const pairs = `date=2026-11-20 time=06:22:42 eventtime=1795155762 logid="0317013312" type="utm" subtype="webfilter" srcip=10.0.0.5 srcport=4000 dstip=203.0.113.7 dstport=443 proto=6 hostname="${written}" action="passthrough" sentbyte=9000 rcvdbyte=1000`;
  for (const lines of [[header, row], [pairs]])
    expect(readAll(lines).flows.map(({ sni, proxy }) => sni ?? proxy?.target)).toEqual([
      expect.stringMatching(/^api\.example(?::443)?$/),
    ]);
});

it('a long line behind the first is ignored, and the log is read', async () => {
  const folder = temporaryFolder('long-line');
  for (const [i, { path, format, lines }] of FILES.entries()) {
    if (lines.length < 2 || format === 'azure-flow') continue;
    const read = async (all: readonly string[]) => {
      const file = join(folder, `${i}.log`);
      writeFileSync(file, `${all.join('\n')}\n`);
      const { captures, windows } = await (await openSource([file])).read();
      return { windows, counts: captures.map(({ log }) => [log?.kind, log?.rows]) };
    };
    const whole = await read(lines);
    const attacked = await read([...lines.slice(0, 1), 'x"='.repeat(350_000), ...lines.slice(1)]);
    expect(attacked.counts, path).toEqual(whole.counts);
    expect(attacked.windows.length, path).toBe(whole.windows.length);
  }
});

it.each(['gcp-flow', 'zscaler'])(
  'JSON of another product in a log of %s is ignored, not left out',
  (format) => {
    const lines = FILES.find((file) => file.format === format)?.lines ?? [];
    const other = FILES.find(
      (file) => file.format === (format === 'zscaler' ? 'cloudflare' : 'netskope-events'),
    );
    const { results } = readAll([...lines, ...(other?.lines.slice(0, 2) ?? [])], { format });
    expect(results.slice(lines.length).filter((result) => result === 'no row')).toEqual([]);
  },
);

it.each(FILES)('$path with mapped IPv4 addresses has the same hosts', ({ lines, format }) => {
  const mapped = lines.map((line) => line.replaceAll(/(?<![\d.])10\.77\.0\.\d+(?![\d.])/g, '::ffff:$&'));
  // Columns that spaces or colons separate cannot have them.
  const hosts = (all: readonly string[]): string[] =>
    [...new Set(readAll(all, { format }).totals.map(({ host }) => host))].sort();
  expect(hosts(mapped)).toEqual(hosts(lines));
});

/** The columns of each line in the other order. */
const reordered = (lines: readonly string[], separator: string): string[] =>
  lines.map((line) => {
    const [mark = '', columns = line] = line.startsWith('#Fields: ') ? ['#Fields: ', line.slice(9)] : [];
    if (line.startsWith('#') && mark === '') return line;
    return mark + columns.split(separator).toReversed().join(separator);
  });

const TABLE = [
  'time,cip,sip,eurl,action,respcode,reqsize,respsize',
  ...['www.example.org', NAME].map(
    (name, i) => `Fri Nov 20 06:22:4${i} 2026,10.0.0.5,203.0.113.7,${name}/,Allowed,200,3000,9000`,
  ),
];
it.each<[string, readonly string[], string]>([
  ['zscaler', TABLE, ','],
  ['aws-flow', FILES.find(({ format }) => format === 'aws-flow')?.lines ?? [], ' '],
  [
    'netskope',
    [NETSKOPE, `2026-11-20 06:22:42 9000 1000 203.0.113.7 200 ${NAME} /v1/messages 10.0.0.5 No`],
    ' ',
  ],
])('columns of %s in another order, also from the middle of the log on', (format, lines, separator) => {
  const whole = readAll(lines, { format });
  const other = reordered(lines, separator);
  expect(readAll(other, { format }).flows).toEqual(whole.flows);
  expect(readAll(other, { format }).totals).toEqual(whole.totals);
  const both = readAll([...lines, ...other], { format });
  expect(both.flows.length).toBe(2 * whole.flows.length);
  expect(both.totals.length).toBe(2 * whole.totals.length);
});
