// Builds the format that a table declares, with the review of its logs for `doctor`.

import { plural } from '../../../text/quantity.ts';
import { localTime } from '../dns-row.ts';
import { HostIn } from '../host-in.ts';
import {
  atMost,
  type LogFormat,
  type LogRecords,
  type LogSample,
  type Misfit,
  NO_ROW,
  type Visible,
} from '../records.ts';
import { parseLoggedAddress, parseName } from '../values.ts';
import { buildLine, columnNames, type GatewayLine, namePattern } from './line.ts';
import { GatewayReader } from './reader.ts';
import { Row } from './row.ts';
import {
  decisionBy,
  F,
  GATEWAY_FIELDS,
  type GatewayField,
  type GatewayTable,
  namesOfFields,
} from './table.ts';

/** Builds the format that a table declares. */
export function gatewayFormat(table: GatewayTable): LogFormat {
  const signs = (table.signs ?? []).map((names) => names.map(namePattern));
  const isOwn = (line: string): boolean =>
    table.pattern?.test(line) === true || signs.some((names) => names.every((name) => name.test(line)));
  const recognizes = (sample: LogSample, definitions: readonly string[]): boolean => {
    if (!sample.lines.some(isOwn) && columnNames(table, definitions) === null) return false;
    const row = new Row(table, localTime('UTC'));
    const reader = buildLine(table, row, sample, definitions);
    return sample.lines.some((line) => {
      const bytes = Buffer.from(line);
      const isRead = !reader.isHeader(bytes, 0, bytes.length) && reader.read(bytes, 0, bytes.length) === null;
      return (
        isRead &&
        // A sample of events only belongs to a log of this product without a row so far.
        (isOwn(line) || table.kindOf(row) !== null) &&
        row.timeOf(bytes, 0, bytes.length, sample.modifiedUs) > 0
      );
    });
  };
  const visible = visibleIn(table);
  return {
    id: table.id,
    title: table.title,
    hasPrefixes: true,
    visible: [visible],
    recognizes,
    owns: isOwn,
    reader: (records, { zone, definitions, isWhole }) =>
      new GatewayReader(
        table,
        records,
        localTime(table.isUtc === true ? 'UTC' : zone),
        zone,
        definitions,
        isWhole === true,
      ),
    review(samples, definitions) {
      const { seen, undecided } = fieldsSeen(table, samples, definitions);
      const found = [...seen].map((field) => writtenAs(table, field, samples, definitions));
      return {
        shows: `${table.shows}; tools are ${atMost(visible)} at most; read: ${found.join(', ') || 'nothing'}`,
        missing: [
          ...table.wanted.flatMap(([field, missing]) =>
            // Names of queries are names too.
            seen.has(field) || (field === 'name' && seen.has('question')) ? [] : [missing],
          ),
          ...(undecided === 0
            ? []
            : [
                {
                  what: `decisions that are known: ${plural(undecided, 'row')} of the beginning have others`,
                  next: 'export the action in the words of the vendor',
                },
              ]),
        ],
      };
    },
    countKnown(columns) {
      const names = namesOfFields(table.fields);
      return columns.filter((name) => names.find(name) >= 0).length;
    },
    misfit: (sample, definitions) => findMisfit(table, sample, definitions),
  };
}

/** Returns what the fields of the product make visible. */
function visibleIn({ fields, bytes, parts }: GatewayTable): Visible {
  const names = [
    ...(fields.name === undefined && fields.question === undefined ? [] : ['server name']),
    ...(fields.url === undefined ? [] : ['host of the URL; the path is dropped']),
  ];
  const fingerprints = (['ja3', 'ja4'] as const).filter((field) => fields[field] !== undefined);
  const isCounted = fields.bytesUp !== undefined || fields.bytesDown !== undefined;
  const isDown = fields.bytesUp === undefined;
  return {
    names: names.length === 0 ? null : names.join(', '),
    fingerprint: fingerprints.length === 0 ? null : `${fingerprints.join(', ').toUpperCase()}, if exported`,
    bytes: isCounted
      ? `${BYTES_OF[bytes]}${isDown ? ', downward only' : ''}${parts === undefined ? '' : ', in parts'}`
      : null,
  };
}

const BYTES_OF = { frames: 'frames', packets: 'IP packets', payload: 'payload' } as const;

/** Returns fields with a value in any row, and the number of rows with an unknown action. */
function fieldsSeen(
  table: GatewayTable,
  samples: readonly LogSample[],
  definitions: readonly string[],
): { readonly seen: Set<GatewayField>; readonly undecided: number } {
  const row = new Row(table, localTime('UTC'));
  const seen = new Set<GatewayField>();
  let undecided = 0;
  for (const sample of samples) {
    const reader = buildLine(table, row, sample, definitions);
    for (const line of sample.lines) {
      const bytes = Buffer.from(line);
      if (reader.isHeader(bytes, 0, bytes.length) || reader.read(bytes, 0, bytes.length) !== null) continue;
      for (const field of GATEWAY_FIELDS) if (row.has(F[field])) seen.add(field);
      if (table.kindOf(row) !== null && decisionBy(table, row.word(F.action)) === 'unknown') undecided++;
    }
  }
  return { seen, undecided };
}

/** Returns the vendor's name of a field in the logs or their definition. */
function writtenAs(
  { fields }: GatewayTable,
  field: GatewayField,
  samples: readonly LogSample[],
  definitions: readonly string[],
): string {
  const [first = field, ...others] = fields[field] ?? [];
  const lines = [...definitions, ...samples.flatMap((sample) => sample.lines)];
  const isWritten = (name: string): boolean => {
    const pattern = namePattern(name);
    return lines.some((line) => pattern.test(line));
  };
  return [first, ...others].find(isWritten) ?? first;
}

const NO_RECORDS: LogRecords = {
  isListed: () => false,
  agentOf: () => null,
  wrote: () => undefined,
  hasListedServer: () => false,
  flow: () => undefined,
  totals: () => undefined,
  dns: () => undefined,
  observation: () => undefined,
  user: () => undefined,
  lost: () => undefined,
};

/** Returns the first row whose values do not have the types of its columns, if most rows are like it. */
function findMisfit(table: GatewayTable, sample: LogSample, definitions: readonly string[]): Misfit | null {
  const columns = columnNames(table, definitions);
  if (columns === null) return null;
  const row = new Row(table, localTime('UTC'));
  const reader = new GatewayReader(table, NO_RECORDS, localTime('UTC'), 'UTC', definitions, false).open(
    sample,
  );
  const names = buildLine(table, row, sample, definitions);
  const results = sample.lines.map((line, i) => {
    const bytes = Buffer.from(line);
    const result = reader.line(bytes, 0, bytes.length);
    return { line: i + 1, result: result === null ? hostFault(names, row, bytes) : result };
  });
  const rows = results.filter(({ result }) => result !== NO_ROW);
  const faults = rows.flatMap(({ line, result }) => (typeof result === 'string' ? [{ line, result }] : []));
  const [first] = faults;
  if (first === undefined || faults.length * 2 <= rows.length) return null;
  const [, what = first.result, field] = /^(no [a-z]+): (\w+)$/.exec(first.result) ?? [];
  const place = columns.findIndex((name) => row.names.find(name) === F[field as GatewayField]);
  return {
    line: first.line,
    reason: place < 0 ? what : `${what} in column ${place + 1}, "${columns[place]}"`,
  };
}

/** Returns the reason why the host of a row is invalid: it is a user, a category, or empty. */
function hostFault(names: GatewayLine, row: Row, bytes: Buffer): string | null {
  names.read(bytes, 0, bytes.length);
  const host = new HostIn();
  for (const field of ['url', 'name', 'question'] as const) {
    const text = row.text(F[field]);
    // The field is a path, and its host is in another column.
    if (text === null || (text.startsWith('/') && row.has(F.name))) continue;
    const written = Buffer.from(text);
    host.find(written, 0, written.length);
    // An address of mail contains a host as well.
    if (/^[^/:]*@/.test(text)) return `no host: ${field}`;
    const found = written.toString('utf8', host.start, host.end);
    if (parseName(found) === null && parseLoggedAddress(found) === null) return `no host: ${field}`;
  }
  return null;
}
