// Builds the format that a table declares, with the review of its logs for `doctor`.

import { plural } from '../../../text/quantity.ts';
import { localTime } from '../dns-row.ts';
import { HostIn } from '../host-in.ts';
import {
  findMaximumConfidence,
  type Lacks,
  type LogFormat,
  type LogSample,
  listMissing,
  type Misfit,
  type Missing,
  NO_RECORDS,
  NO_ROW,
  type Visible,
} from '../records.ts';
import { parseLoggedAddress, parseName } from '../values.ts';
import { buildLine, columnNames, type GatewayLine, namePattern, ownLines } from './line.ts';
import { GatewayReader } from './reader.ts';
import { Row } from './row.ts';
import {
  F,
  findDecision,
  GATEWAY_FIELDS,
  type GatewayField,
  type GatewayTable,
  namesOfFields,
  type RowKind,
} from './table.ts';

/** Builds the format that a table declares. */
export function gatewayFormat(table: GatewayTable): LogFormat {
  const isOwn = ownLines(table);
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
  const visible = findVisible(table);
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
      const { seen, undecided, kinds } = findSeenFields(table, samples, definitions);
      const found = [...seen].map((field) => findVendorName(table, field, samples, definitions));
      return {
        shows: `${table.shows}; tools are ${findMaximumConfidence(visible)} at most; read: ${found.join(', ') || 'nothing'}`,
        missing: [
          ...listMissingFacts(table, seen, kinds),
          ...listMissing([
            [
              undecided === 0,
              `decisions that are known: ${plural(undecided, 'row')} of the beginning have others`,
              'export the action in the words of the vendor',
            ],
          ]),
        ],
      };
    },
    countKnown(columns) {
      const names = namesOfFields(table.fields);
      return columns.filter((name) => names.find(name) >= 0).length;
    },
    lacks: (columns) => listLacks(table, columns),
    misfit: (sample, definitions) => findMisfit(table, sample, definitions),
  };
}

/** Fields of which each row needs one of each list. */
const NEEDED: readonly (readonly GatewayField[])[] = [
  ['time'],
  ['client', 'outerClient'],
  ['name', 'url', 'question', 'server'],
];

function listLacks({ signs = [], fields }: GatewayTable, columns: readonly string[]): Lacks {
  const isColumn = (name: string): boolean => {
    const pattern = namePattern(name);
    return columns.some((column) => pattern.test(column));
  };
  const lacks = signs.map((names) => names.filter((name) => !isColumn(name)));
  return {
    signs: lacks.toSorted((a, b) => a.length - b.length)[0] ?? [],
    fields: NEEDED.flatMap((list) => {
      const names = list.flatMap((field) => fields[field] ?? []);
      return names.some(isColumn) ? [] : names.slice(0, 1);
    }),
  };
}

/** Facts of a row, the fields of which any has them, and the cost of their absence. */
const FACTS: readonly {
  readonly fields: readonly GatewayField[];
  readonly what: string;
  readonly cost: string;
  /** Kinds of rows that have it; absent: all. */
  readonly kinds?: readonly RowKind[];
}[] = [
  { fields: ['client', 'outerClient'], what: 'addresses of clients', cost: 'no row is read' },
  { fields: ['name', 'url', 'question'], what: 'names of servers', cost: 'no tool is found by its name' },
  {
    fields: ['bytesUp'],
    what: 'bytes sent',
    kinds: ['session', 'request'],
    cost: 'uploads are unknown, and verdicts about programs are inconclusive',
  },
  {
    fields: ['bytesDown'],
    what: 'bytes received',
    kinds: ['session', 'request'],
    cost: 'answers are unknown, and verdicts about programs are inconclusive',
  },
  {
    fields: ['action'],
    what: 'decisions of the gateway',
    kinds: ['request'],
    cost: 'refused requests count as use',
  },
];

/** Returns the facts that no row has. The product names the fields that it adds by a setting. */
function listMissingFacts(
  { wanted, fields, parts }: GatewayTable,
  seen: ReadonlySet<GatewayField>,
  kinds: ReadonlySet<RowKind>,
): Missing[] {
  const findFact = (field: GatewayField) => FACTS.find((fact) => fact.fields.includes(field));
  const isSeen = (field: GatewayField): boolean => seen.has(field);
  const formatCost = (field: GatewayField): string => {
    const fact = findFact(field);
    return fact === undefined || fact.fields.some(isSeen) ? '' : `: ${fact.cost}`;
  };
  const missingFields = wanted.filter(([field]) => {
    const names = findFact('name')?.fields ?? [];
    // Counts of packets stand for the log of sessions.
    if (field === 'packetsUp' && kinds.has('session')) return false;
    return !isSeen(field) && !(names.includes(field) && names.some(isSeen));
  });
  const others = FACTS.filter((fact) => {
    const present = fact.fields.filter((field) => fields[field] !== undefined);
    const isOfRows =
      fact.kinds === undefined || (parts === undefined && fact.kinds.some((kind) => kinds.has(kind)));
    return (
      isOfRows &&
      present.length > 0 &&
      !present.some(isSeen) &&
      !missingFields.some(([field]) => fact.fields.includes(field))
    );
  });
  return [
    ...missingFields.map(([field, { what, next }]) => ({ what: `${what}${formatCost(field)}`, next })),
    ...others.map(({ fields: [first = 'client'], what, cost }) => ({
      what: `${what}: ${cost}`,
      next: `add ${fields[first]?.[0] ?? first} to the export`,
    })),
  ];
}

/** Returns what the fields of the product make visible. */
function findVisible({ fields, bytes, parts }: GatewayTable): Visible {
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
function findSeenFields(
  table: GatewayTable,
  samples: readonly LogSample[],
  definitions: readonly string[],
): { readonly seen: Set<GatewayField>; readonly undecided: number; readonly kinds: Set<RowKind> } {
  const row = new Row(table, localTime('UTC'));
  const seen = new Set<GatewayField>();
  const kinds = new Set<RowKind>();
  let undecided = 0;
  for (const sample of samples) {
    const reader = buildLine(table, row, sample, definitions);
    for (const line of sample.lines) {
      const bytes = Buffer.from(line);
      if (reader.isHeader(bytes, 0, bytes.length) || reader.read(bytes, 0, bytes.length) !== null) continue;
      for (const field of GATEWAY_FIELDS) if (row.has(F[field])) seen.add(field);
      const kind = table.kindOf(row);
      if (kind === null) continue;
      kinds.add(kind);
      if (findDecision(table, row.word(F.action)) === 'unknown') undecided++;
    }
  }
  return { seen, undecided, kinds };
}

/** Returns the vendor's name of a field in the logs or their definition. */
function findVendorName(
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
