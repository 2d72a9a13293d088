// Logs in memory, as `analyze` reads them from files, and what holds for whatever stands in them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { WiretallyError } from '../../../src/model/errors.ts';
import { parseAddress } from '../../../src/net/address.ts';
import { analyzeLogs } from '../../../src/reading/logs/analyze-logs.ts';
import { formatNamed, LOG_FORMATS, recognize } from '../../../src/reading/logs/formats.ts';
import { buildSample, type RecognizedLog } from '../../../src/reading/logs/inputs.ts';
import type { LogFormat } from '../../../src/reading/logs/records.ts';
import { decodeWindows, encodeWindows } from '../../../src/window/codec.ts';
import { inLists } from '../../windows-in-lists.ts';
import type { Target } from './drive.ts';

const SAMPLES = join(import.meta.dirname, '../../../captures/logs');
const MODIFIED_US = Date.UTC(2026, 10, 22) * 1000;
const SAMPLE_BYTES = 64 << 10;
/** Records hold times until then; see values.ts. */
const LATEST_SECONDS = 2 ** 53 / 1_000_000;

const catalogue = await loadCatalogue();

export interface MemoryLog {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type LogsRead = Awaited<ReturnType<typeof analyzeLogs>>;

/** `format`: of every log; else each is recognized, and those of no known kind are left out. */
export async function readLogs(
  logs: readonly MemoryLog[],
  { format, definitions = [] }: { readonly format?: string; readonly definitions?: readonly string[] } = {},
): Promise<LogsRead> {
  const recognized = logs.flatMap(({ name, bytes }, fileIndex): RecognizedLog[] => {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const head = content.subarray(0, SAMPLE_BYTES);
    const sample = buildSample(name, head, MODIFIED_US);
    const found = format === undefined ? recognize(sample, definitions) : formatNamed(format);
    if (found === null || found === undefined) return [];
    const stream = Readable.from(bytes.length === 0 ? [] : [content]);
    return [
      {
        format: found,
        input: { name, fileIndex, compression: 'none', isDamaged: false, size: null, sample, head, stream },
      },
    ];
  });
  if (recognized.length === 0) throw new WiretallyError('INPUT_UNREADABLE', 'no known log');
  return await analyzeLogs(recognized, { lookup: catalogue, watchlist: catalogue.watchlist(), definitions });
}

export interface LogSampleFolder {
  readonly name: string;
  readonly format: LogFormat;
  readonly logs: readonly MemoryLog[];
  readonly definitions: readonly string[];
}

/** Folders of captures/logs. */
export const LOG_SAMPLES: readonly LogSampleFolder[] = readdirSync(SAMPLES)
  .sort()
  .map((name) => {
    const files = readdirSync(join(SAMPLES, name)).sort();
    const read = (file: string): Buffer => readFileSync(join(SAMPLES, name, file));
    const definitions = files
      .filter((file) => file.endsWith('.part'))
      .flatMap((file) => read(file).toString().split('\n'));
    const logs = files
      .filter((file) => !file.endsWith('.part'))
      .map((file) => ({ name: file, bytes: read(file) }));
    const [first] = logs;
    const format =
      first === undefined
        ? null
        : recognize(buildSample(name, Buffer.from(first.bytes), MODIFIED_US), definitions);
    if (format === null) throw new Error(`captures/logs/${name} is no known log`);
    return { name, format, logs, definitions };
  });

function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** What holds for every reading, whatever was read. */
export function checkReading(read: LogsRead, logs: readonly MemoryLog[]): void {
  for (const { file, packets, bytes, firstPacket, lastPacket, log } of read.captures) {
    // Of a document that is one line, the texts in quotes count.
    const lines = logs
      .filter(({ name }) => name === file)
      .reduce((sum, one) => sum + Buffer.from(one.bytes).toString('latin1').split(/[\n"]/).length, 0);
    const damaged = Object.values(log?.ignored ?? {}).reduce((sum, count) => sum + count, 0);
    holds(damaged <= lines, `${file}: more lines are damaged than there are`);
    holds(Number.isSafeInteger(packets) && packets >= 0, `${file}: ${packets} packets`);
    holds(Number.isSafeInteger(bytes) && bytes >= 0, `${file}: ${bytes} bytes`);
    holds((firstPacket ?? '') <= (lastPacket ?? ''), `${file}: ends before it begins`);
  }
  for (const { startSeconds, hosts, rows } of read.windows) {
    holds(startSeconds >= 0 && startSeconds < LATEST_SECONDS, `a window at ${startSeconds}`);
    const named = [...hosts, ...rows].map(({ host }) => host);
    for (const host of named) holds(parseAddress(host) !== null, `host ${host.slice(0, 80)} is no address`);
  }
  const decoded = decodeWindows(encodeWindows(read.windows));
  holds(decoded.damage.length === 0, 'windows of logs are damaged when they are written');
  holds(
    isDeepStrictEqual(decoded.windows, read.windows.map(inLists)),
    'windows of logs differ when they are written',
  );
}

const WORDS = [
  '\n',
  '\r\n',
  '\0',
  '\ufeff',
  '\xff\xfe',
  '\t',
  '"',
  '\\',
  '{',
  '}',
  '[[',
  'null',
  '-1',
  '1e308',
  '1795155743.302660e+09',
  '99999999999999999999',
  '9007199254740991',
  '0000-00-00T99:99:99',
  '9999-12-31T23:59:59Z',
  'ampcode.com',
  '10.0.0.1',
  '::1',
  'fe80::1%eth0',
];

/** The same lines as syslog, Docker and a table write them: each change reaches an envelope or a message. */
const inEnvelopes = (bytes: Uint8Array): Uint8Array[] => {
  const lines = Buffer.from(bytes).toString('utf8').split('\n').slice(0, 20);
  const docker = (line: string): string =>
    JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2026-11-18T11:06:40Z' });
  const table = lines.map((line) => `2026-11-18T11:06:40Z,"${line.replaceAll('"', '""')}"`);
  const wrapped = [(line: string) => `<30>1 2026-11-18T11:06:40Z gw app 67 - [m a="1"] ${line}`, docker].map(
    (wrap) => lines.map(wrap),
  );
  return [...wrapped, ['time,message', ...table]].map((all) => Buffer.from(all.join('\n')));
};

/** One target a format: its samples, changed, with the other files of their folder. */
export const LOG_TARGETS: readonly Target[] = LOG_FORMATS.map((format) => {
  const folders = LOG_SAMPLES.filter((folder) => folder.format === format);
  const definitions = folders.flatMap((folder) => folder.definitions);
  const others = folders.flatMap(({ logs }) => (logs.length > 1 ? logs : []));
  const companions = [...new Map(others.map((one) => [one.name, one])).values()];
  return {
    name: `log-${format.id}`,
    made: folders
      .flatMap(({ logs }) => logs.map(({ bytes }) => bytes.slice(0, 8192)))
      .flatMap((bytes) => [bytes, ...inEnvelopes(bytes)]),
    words: WORDS,
    stepsPerByte: 400,
    stepsAtLeast: 400_000,
    async check(bytes) {
      const logs = [{ name: 'fuzzed', bytes }, ...companions];
      const read = await readLogs(logs, { format: format.id, definitions });
      checkReading(read, logs);
      return read.windows.length > 0;
    },
  };
});
