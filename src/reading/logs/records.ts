// Defines the output of a log reader: records of the border, made from rows that are whole flows. Absent values are
// never zero.

import type { DnsRecord, FlowRecord, HostObservationRecord, HostTotalsRecord } from '../../model/flow.ts';
import type { LogFormatId } from '../../model/input-format.ts';
import { type ConnectionOutcome, INSPECTIONS, type Inspection } from '../../model/outcome.ts';
import type { ClientFingerprint } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { JoinTables } from './join-table.ts';
import type { RowSums, SummedFormat } from './summed-form.ts';

/** One connection in a log; null: not logged. */
export interface LoggedFlow
  extends Pick<
      FlowRecord,
      'firstUs' | 'lastUs' | 'helloUs' | 'client' | 'clientPort' | 'server' | 'serverPort'
    >,
    Pick<FlowRecord, 'protocol' | 'clientMac' | 'vlans' | 'sni' | 'proxy' | 'userAgent' | 'isMidFlow'> {
  readonly fingerprint: ClientFingerprint | null;
  readonly packetsUp: number | null;
  readonly packetsDown: number | null;
  /** In the unit of the log: frames, or IP packets. */
  readonly bytesUp: number | null;
  readonly bytesDown: number | null;
  readonly payloadUp: number | null;
  readonly payloadDown: number | null;
  readonly lost: number;
  /** Both ends took part, and the connection was not refused. */
  readonly isEstablished: boolean;
  readonly isResumed: boolean;
  /** It has no name because its protocol was not analyzed, so that it may have had one. */
  readonly isUnread: boolean;
  /** Inspection by the gateway that logged it. */
  readonly inspection: Inspection;
  /** The outcome; absent or undefined: the log does not contain it. */
  readonly outcome?: LoggedOutcome | undefined;
}

export interface LoggedOutcome {
  readonly kind: ConnectionOutcome;
  /** Status of `connectStatus`. */
  readonly detail: number;
}

/** Builds an outcome without a detail. */
export const buildOutcome = (kind: ConnectionOutcome): { readonly outcome: LoggedOutcome } => ({
  outcome: { kind, detail: 0 },
});

/** Builds the outcome for an error status of a proxy. */
export const buildRefusal = (status: number): { readonly outcome: LoggedOutcome } => ({
  outcome: { kind: 'connectStatus', detail: status },
});

/** Derives the outcome from a row with the name of a connection. `status`: status of a proxy that refused it. */
export function namedOutcome({
  isRefused,
  isEstablished,
  status,
}: {
  readonly isRefused: boolean;
  readonly isEstablished: boolean;
  readonly status: number;
}): Pick<LoggedFlow, 'outcome'> {
  if (isRefused) return buildRefusal(status);
  return isEstablished ? buildOutcome('served') : {};
}

/** The ends of a connection. */
export type FlowEnds = Pick<LoggedFlow, 'client' | 'clientPort' | 'server' | 'serverPort' | 'protocol'>;
/** The time of a connection, as far as its rows show it. */
export type FlowSpan = Pick<LoggedFlow, 'firstUs' | 'lastUs'>;

const WHOLE_FLOW: LoggedFlow = {
  firstUs: 0,
  lastUs: 0,
  client: '',
  clientPort: 0,
  server: '',
  serverPort: 0,
  protocol: 'tcp',
  helloUs: null,
  clientMac: null,
  vlans: [],
  sni: null,
  fingerprint: null,
  proxy: null,
  userAgent: null,
  packetsUp: null,
  packetsDown: null,
  bytesUp: null,
  bytesDown: null,
  payloadUp: null,
  payloadDown: null,
  lost: 0,
  isEstablished: false,
  isResumed: false,
  isMidFlow: false,
  isUnread: false,
  inspection: 'unknown',
  outcome: undefined,
};

/**
 * Fields of a connection that a log may lack. It contains the others too, which its type hides, so that each reader must
 * set them: on Node 20, a spread followed by a new field gives each object a form of its own, and reading a field of it
 * takes a microsecond.
 */
export const EMPTY_FLOW: Omit<LoggedFlow, keyof FlowEnds | keyof FlowSpan> = WHOLE_FLOW;

/** Joins a session that a log has in parts, of which one contains the names and the hello. */
export const joinParts = <T extends LoggedFlow>(first: T, more: LoggedFlow): T => ({
  ...first,
  firstUs: Math.min(first.firstUs, more.firstUs),
  lastUs: Math.max(first.lastUs, more.lastUs),
  helloUs: first.helloUs ?? more.helloUs,
  sni: first.sni ?? more.sni,
  fingerprint: first.fingerprint ?? more.fingerprint,
  packetsUp: addCounts(first.packetsUp, more.packetsUp),
  packetsDown: addCounts(first.packetsDown, more.packetsDown),
  bytesUp: addCounts(first.bytesUp, more.bytesUp),
  bytesDown: addCounts(first.bytesDown, more.bytesDown),
  payloadUp: addCounts(first.payloadUp, more.payloadUp),
  payloadDown: addCounts(first.payloadDown, more.payloadDown),
  isEstablished: first.isEstablished || more.isEstablished,
  inspection: joinInspections(first.inspection, more.inspection),
});

/**
 * Joins two rows of one connection. A row without a statement adds none; one part without inspection determines the
 * result.
 */
export const joinInspections = (a: Inspection, b: Inspection): Inspection =>
  INSPECTIONS.indexOf(a) >= INSPECTIONS.indexOf(b) ? a : b;

export const addCounts = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : a + b;

const WHOLE_QUESTION: DnsRecord = {
  tsUs: 0,
  client: '',
  server: '',
  name: '',
  queryType: 0,
  rcode: 0,
  ttlSeconds: 0,
  fileIndex: 0,
  isResponse: false,
  offersEch: false,
  echTtlSeconds: 0,
  isMulticast: false,
  overTcp: false,
  cnames: [],
  addresses: [],
  clientMacTail: 0,
  isLogged: true,
};

/** Fields of a query that a log may lack, see EMPTY_FLOW. */
export const EMPTY_QUESTION: Omit<DnsRecord, 'tsUs' | 'client' | 'server' | 'name'> = WHOLE_QUESTION;

/** Lengths of headers: Ethernet, IP, TCP with timestamps, and UDP. */
const HEADERS = { ethernet: 14, ip4: 20, ip6: 40, tcp: 32, udp: 8 } as const;

/**
 * Returns the minimum payload. A log of frames does not count it, and headers are rarely longer. Null if frames are
 * unknown.
 */
export function payloadOfFrames(
  bytes: number | null,
  packets: number | null,
  { client, protocol }: Pick<LoggedFlow, 'client' | 'protocol'>,
  link: number = HEADERS.ethernet,
): number | null {
  if (bytes === null || packets === null) return null;
  const headers = link + (client.includes(':') ? HEADERS.ip6 : HEADERS.ip4) + HEADERS[protocol];
  return Math.max(0, bytes - packets * headers);
}

/** True if TCP packets contain data. The header of a SYN has up to 8 bytes more than others. */
export const hasData = (bytes: number, packets: number, client: string, link?: number): boolean =>
  payloadOfFrames(bytes, packets, { client, protocol: 'tcp' }, (link ?? HEADERS.ethernet) + 8) !== 0;

/** Types of queries that precede a connection, by name (IANA registry). */
export const QUERY_TYPES: ReadonlyMap<string, number> = new Map([
  ['A', 1],
  ['TYPE1', 1],
  ['CNAME', 5],
  ['TYPE5', 5],
  ['AAAA', 28],
  ['TYPE28', 28],
  ['SVCB', 64],
  ['HTTPS', 65],
  ['TYPE64', 64],
  ['TYPE65', 65],
]);

/** Rows about whole connections, about parts of connections in the same log, and about the sensor or hosts. */
export type RowKind = 'connections' | 'parts' | 'status';

/** The records that readers add. */
export interface LogRecords {
  /** True for names that may be recorded. Everything else leaves the reader only as a sum. */
  isListed(name: string): boolean;
  /** Returns the product token of a client in the catalogue; null for other text, which must not be recorded. */
  findAgent(text: string): string | null;
  /** Returns the sums of rows that the core reads; null or absent: the reader reads all of them. */
  sumRows?(format: SummedFormat): RowSums | null;
  /** True for a connection from an outer host to a local one, which counts for no host. Absent: there is none. */
  isInbound?(client: string, server: string): boolean;
  /** Records that a row was written at this time. Default: a connection. */
  wrote(us: TimestampUs, kind?: RowKind): void;
  /** True if an address is evidence: in a vendor's network, or in the answer to an earlier query for a listed name. */
  hasListedServer(client: string, server: string, firstUs: TimestampUs): boolean;
  flow(flow: LoggedFlow): void;
  /**
   * Adds an irrelevant flow, which counts in the totals of its host only. `server`: null for a host without a
   * connection.
   */
  totals(totals: HostTotalsRecord, server: string | null): void;
  dns(record: DnsRecord): void;
  observation(observation: HostObservationRecord): void;
  /** Adds a proxy's user for a connection to a listed name. It is recorded on request only, as a pseudonym. */
  user(client: string, user: string, us: TimestampUs): void;
  /** Records that the sensor counted only one packet in N. Absent: it does not matter. */
  sampled?(): void;
  /** Adds packets that the sensor lost. */
  lost(firstUs: TimestampUs, lastUs: TimestampUs, count: number): void;
}

/** Records of a reading whose results alone matter. */
export const NO_RECORDS: LogRecords = {
  isListed: () => false,
  findAgent: () => null,
  wrote: () => undefined,
  hasListedServer: () => false,
  flow: () => undefined,
  totals: () => undefined,
  dns: () => undefined,
  observation: () => undefined,
  user: () => undefined,
  lost: () => undefined,
};

/** The decompressed beginning of one log. */
export interface LogSample {
  readonly file: string;
  /** Lines that are not empty, without newlines. The last one may be truncated. */
  readonly lines: readonly string[];
  /** Modification time of the file; for a stream, the time at which it was opened. */
  readonly modifiedUs: TimestampUs;
}

/**
 * True for definitions of formats instead of rows: a configuration of Squid, or "columns FORMAT NAME …" of a log
 * without a header.
 */
export const isDefinition = ({ lines }: LogSample): boolean =>
  lines.some((line) => /^\s*logformat\s|^columns\s+[a-z-]+\s/.test(line));

/** A valid line without a connection or query, for example a comment or an event of another kind. */
export const NO_ROW: unique symbol = Symbol('no row');

/** The result of a line: null for a row, NO_ROW, or the reason why it is ignored. */
export type LineResult = string | typeof NO_ROW | null;

/** Rows that were counted, and that could not be read once the file ended. `line`: the first of them. */
export interface LateFault {
  readonly reason: string;
  readonly line: number;
  readonly count: number;
}

/** Reads the lines of one file. */
export interface LineReader {
  /** `mayContinue`: OPEN_QUOTE means that the next line belongs to the same row. Otherwise the line is all of it. */
  line(bytes: Buffer, start: number, end: number, mayContinue?: boolean): LineResult;
  /** Reads the rows from `start` on that only sums include; null or absent: none. */
  take?(bytes: Buffer, start: number): Pick<RowSums, 'end' | 'lines'> | null;
  /** Returns the results of the other messages if the last line had several. */
  others?(): readonly LineResult[];
  /** Byte that ends a line, if not a newline, for growing documents whose single line may have any length. */
  readonly ending?: number;
  /**
   * Must be called after the last line of a document whose entries count instead of its lines. Returns the result of
   * each entry.
   */
  end?(): readonly LineResult[];
  /** Must be called after the last line. Returns rows that turned out to be none; null: there are none. */
  late?(): LateFault | null;
  /** Lines to read again before reading continues in the middle of a file, for example a header. */
  readonly context?: readonly string[];
}

/** Describes a file for the order of reading and for `doctor`. */
export interface LogKind {
  /** Kind of the rows: "conn", "ssl", "eve". */
  readonly kind: string;
  /** Files with lower ranks are read first: names before bytes. */
  readonly rank: number;
  readonly columns?: readonly string[];
  /** Time of the first row; absent without rows. */
  readonly firstUs?: TimestampUs;
}

/** Reads all logs of one product together. */
export interface LogReader {
  describe(sample: LogSample): LogKind;
  open(sample: LogSample): LineReader;
  /**
   * Must be called after the last file. Passes on what waits for a later row, but keeps it. Returns sentences about
   * incomplete logs.
   */
  finish(): readonly string[];
  /** Passes on rows of connections that began before `untilUs`: they no longer wait for later rows. Absent: none wait. */
  settle?(untilUs: TimestampUs): void;
  /** Returns, after the last file, the reason why no row can show a tool; null: some can. Absent: every row can. */
  readonly blindness?: string | null;
  /** Tables with values of rows for later rows; absent if rows are independent. */
  readonly tables?: JoinTables;
}

export interface LogReaderOptions {
  /** Time zone of local times without an offset. */
  readonly zone: string;
  /** Definitions of formats, see `isDefinition`. */
  readonly definitions: readonly string[];
  /** Records are used after the last row, so that a connection may wait for the row with its name. */
  readonly isWhole?: boolean;
}

/** The facts that a log makes visible. Null: none of this kind. */
export interface Visible {
  /** The log, or its configuration; absent: the title of the format. */
  readonly log?: string;
  readonly names: string | null;
  readonly fingerprint: string | null;
  readonly bytes: string | null;
}

/**
 * Returns the maximum confidence for a tool. A name with the bytes of its connection is stronger than a name or an
 * address without them.
 */
export const findMaximumConfidence = ({ names, bytes }: Visible): 'likely' | 'possible' =>
  names !== null && bytes !== null ? 'likely' : 'possible';

/**
 * Missing if a log has JA3 but no JA4. Browsers permute their extensions, so that each of their hellos has another JA3.
 */
export const JA3_ALONE = 'JA4: browsers, and programs built on them, cannot be recognized by JA3';

export interface LogFormat {
  readonly id: LogFormatId;
  readonly title: string;
  /** One entry for each log of the product, or way to configure it, with the most visible first. */
  readonly visible: readonly [Visible, ...Visible[]];
  /** Its lines may have headers of syslog, or be inside the objects that the product writes. */
  readonly hasPrefixes?: boolean;
  /** Its reader finds the rows of a document in one line. */
  readonly readsDocuments?: boolean;
  recognizes(sample: LogSample, definitions: readonly string[]): boolean;
  /** True for a line that only logs of the product contain; absent if lines do not show it. */
  owns?(line: string): boolean;
  reader(records: LogRecords, options: LogReaderOptions): LogReader;
  /** Returns the maximum that the logs can show, and what a configuration would add. */
  review(samples: readonly LogSample[], definitions: readonly string[]): LogReview;
  /** Returns how many of these names are columns of the product; absent if the columns of its logs have no names. */
  countKnown?(columns: readonly string[]): number;
  /** Returns what a log with these columns lacks to be recognized and to have rows. */
  lacks?(columns: readonly string[]): Lacks;
  /** Returns the reason why named columns do not fit a log, with the line that shows it; null if they do. */
  misfit?(sample: LogSample, definitions: readonly string[]): Misfit | null;
}

/** Names of columns that a log lacks. */
export interface Lacks {
  /** Those that identify the product. */
  readonly signs: readonly string[];
  /** Those that each row needs. */
  readonly fields: readonly string[];
}

/** The format whose columns a log has that no format recognizes. */
export interface NearestFormat {
  readonly format: LogFormat;
  readonly lacks: Lacks;
}

export interface Misfit {
  readonly line: number;
  readonly reason: string;
}

export interface LogReview {
  readonly shows: string;
  readonly missing: readonly Missing[];
}

/** Facts that logs lack, or that they have in an unsupported form. */
export interface Missing {
  readonly what: string;
  /** The configuration or option to set, or the command that converts the logs. */
  readonly next: string;
}

/** Lists what logs lack. `needs`: whether they have it, what it is, and what adds it. */
export const listMissing = (
  needs: readonly (readonly [isThere: boolean, what: string, next: string])[],
): Missing[] => needs.flatMap(([isThere, what, next]) => (isThere ? [] : [{ what, next }]));

/** Fields that logs of queries share. */
export const OF_QUESTIONS = {
  visible: [{ names: 'questions', fingerprint: null, bytes: null }],
  review: () => ({ shows: 'names that hosts asked for; tools are possible at most', missing: [] }),
} as const satisfies Pick<LogFormat, 'visible' | 'review'>;
