// Defines the output of a log reader: the records of the border, made of rows that are whole flows. Absent is never zero.

import type { DnsRecord, FlowRecord, HostObservationRecord, HostTotalsRecord } from '../../model/flow.ts';
import type { LogFormatId } from '../../model/input-format.ts';
import { type ConnectionOutcome, INSPECTIONS, type Inspection } from '../../model/outcome.ts';
import type { ClientFingerprint } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { JoinTables } from './join-table.ts';
import type { RowSums, SummedFormat } from './summed-form.ts';

/** One connection as a log has it; null: not in the log. */
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
  /** It has no name, and one may have been there: its protocol was not analyzed. */
  readonly isUnread: boolean;
  /** Inspection by the gateway that logged it. */
  readonly inspection: Inspection;
  /** How it went; absent: the log does not say. */
  readonly outcome?: LoggedOutcome;
}

export interface LoggedOutcome {
  readonly kind: ConnectionOutcome;
  /** Status of `connectStatus`. */
  readonly detail: number;
}

/** An outcome that has no detail. */
export const went = (kind: ConnectionOutcome): { readonly outcome: LoggedOutcome } => ({
  outcome: { kind, detail: 0 },
});

/** An error status of a proxy. */
export const refused = (status: number): { readonly outcome: LoggedOutcome } => ({
  outcome: { kind: 'connectStatus', detail: status },
});

/** Derives the outcome from a row with the name of a connection. `status`: of a proxy that refused it. */
export function namedOutcome({
  isRefused,
  isEstablished,
  status,
}: {
  readonly isRefused: boolean;
  readonly isEstablished: boolean;
  readonly status: number;
}): Pick<LoggedFlow, 'outcome'> {
  if (isRefused) return refused(status);
  return isEstablished ? went('served') : {};
}

/** The ends of a connection. */
export type FlowEnds = Pick<LoggedFlow, 'client' | 'clientPort' | 'server' | 'serverPort' | 'protocol'>;
/** When it was open, as far as its rows tell. */
export type FlowSpan = Pick<LoggedFlow, 'firstUs' | 'lastUs'>;

export const EMPTY_FLOW = {
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
} as const satisfies Partial<LoggedFlow>;

/** A session that a log has in parts: names and the hello stand in one of them. */
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

/** Joins two rows of one connection: a row without a statement adds none, and a part that was not inspected decides. */
export const joinInspections = (a: Inspection, b: Inspection): Inspection =>
  INSPECTIONS.indexOf(a) >= INSPECTIONS.indexOf(b) ? a : b;

export const addCounts = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : a + b;

/** A log does not state these about a question. */
export const EMPTY_QUESTION = {
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
} as const satisfies Partial<DnsRecord>;

/** Headers of Ethernet, IP, and of TCP with timestamps or UDP. */
const HEADERS = { ethernet: 14, ip4: 20, ip6: 40, tcp: 32, udp: 8 } as const;

/** Payload at least: a log of frames does not count it, and headers are rarely longer. Null where frames are unknown. */
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

/** True where packets of TCP have data: the header of a SYN has up to 8 bytes more than that of others. */
export const hasData = (bytes: number, packets: number, client: string, link?: number): boolean =>
  payloadOfFrames(bytes, packets, { client, protocol: 'tcp' }, (link ?? HEADERS.ethernet) + 8) !== 0;

/** Types of questions that ask for a connection, by their names (IANA registry). */
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

/** Readers add the records that they find. */
export interface LogRecords {
  /** True for names that may be kept: the only ones of which anything but a sum leaves the reader. */
  isListed(name: string): boolean;
  /** The product token of a client that the catalogue names; null for any other text, which must not be kept. */
  agentOf(text: string): string | null;
  /** Rows that the core sums; null or absent: the reader reads all of them. */
  sumRows?(format: SummedFormat): RowSums | null;
  /** A row was written at this time. */
  wrote(us: TimestampUs): void;
  /** True where an address is evidence: a vendor's network, or the answer to an earlier question for a listed name. */
  hasListedServer(client: string, server: string, firstUs: TimestampUs): boolean;
  flow(flow: LoggedFlow): void;
  /** A flow of no interest: it counts in the totals of its host alone. `server`: null for a host that was only seen. */
  totals(totals: HostTotalsRecord, server: string | null): void;
  dns(record: DnsRecord): void;
  observation(observation: HostObservationRecord): void;
  /** A proxy's user of a connection to a listed name: kept as a pseudonym, and only on request. */
  user(client: string, user: string, us: TimestampUs): void;
  /** Packets that the sensor lost. */
  lost(firstUs: TimestampUs, lastUs: TimestampUs, count: number): void;
}

/** The beginning of one log, unpacked. */
export interface LogSample {
  readonly file: string;
  /** Lines that are not empty, without their newlines; the last may be cut. */
  readonly lines: readonly string[];
  /** Time of the file; for a stream, when it was opened. */
  readonly modifiedUs: TimestampUs;
}

/** Definitions of formats instead of rows: a configuration of Squid, or "columns FORMAT NAME …" of a log without a header. */
export const isDefinition = ({ lines }: LogSample): boolean =>
  lines.some((line) => /^\s*logformat\s|^columns\s+[a-z-]+\s/.test(line));

/** A line that states no connection and no question, and is none that was not understood: a comment, an event of another kind. */
export const NO_ROW: unique symbol = Symbol('no row');

/** A line gives null for a row, NO_ROW, or the reason why it is ignored. */
export type LineResult = string | typeof NO_ROW | null;

/** Reads the lines of one file. */
export interface LineReader {
  line(bytes: Buffer, start: number, end: number): LineResult;
  /** Reads the rows from `start` on that count in sums alone; null or absent: none. */
  take?(bytes: Buffer, start: number): Pick<RowSums, 'end' | 'lines'> | null;
  /** Returns the results of the other messages, if the last line had several. */
  others?(): readonly LineResult[];
  /** Byte that ends a line in the place of the newline: of documents that grow, whose one line may have any length. */
  readonly ending?: number;
  /** After the last line of a document, whose entries count instead of its lines. Returns what each of them gives. */
  end?(): readonly LineResult[];
  /** Lines to be read again before the reading goes on in mid-file: a header. */
  readonly context?: readonly string[];
}

/** Describes a file for the order of reading and for `doctor`. */
export interface LogKind {
  /** Kind of the rows: "conn", "ssl", "eve". */
  readonly kind: string;
  /** Lower ranks are read first: names before bytes. */
  readonly rank: number;
  readonly columns?: readonly string[];
  /** Time of the first row; absent if it has none. */
  readonly firstUs?: TimestampUs;
}

/** Reads all logs of one product, which belong together. */
export interface LogReader {
  describe(sample: LogSample): LogKind;
  open(sample: LogSample): LineReader;
  /**
   * After the last file: gives what waits for a later row, and keeps it. Returns sentences about what the logs leave open.
   */
  finish(): readonly string[];
  /** After the last file: the reason why no row can show a tool; null: some can. Absent: each row that is read can. */
  readonly blindness?: string | null;
  /** Rows leave these for later rows; absent if each row stands for itself. */
  readonly tables?: JoinTables;
}

export interface LogReaderOptions {
  /** Zone of local times without an offset. */
  readonly zone: string;
  /** Definitions of formats, as `isDefinition` knows them. */
  readonly definitions: readonly string[];
  /** Records are used after the last row, so that a connection may wait for the row with its name. */
  readonly isWhole?: boolean;
}

/** A log makes these visible. Null: nothing of the kind. */
export interface Visible {
  /** Names the log, or what configures it; absent: the format by its title. */
  readonly log?: string;
  readonly names: string | null;
  readonly fingerprint: string | null;
  readonly bytes: string | null;
}

/** The highest confidence of a tool: a name and bytes of its connection are more than a name, or an address, alone. */
export const atMost = ({ names, bytes }: Visible): 'likely' | 'possible' =>
  names !== null && bytes !== null ? 'likely' : 'possible';

/** Missing where a log has JA3 and no JA4: browsers permute their extensions, which gives each of their hellos another JA3. */
export const JA3_ALONE = 'JA4: browsers, and programs built on them, cannot be recognized by JA3';

export interface LogFormat {
  readonly id: LogFormatId;
  readonly title: string;
  /** One for each log of the product, or way to configure it, with the most visible first. */
  readonly visible: readonly [Visible, ...Visible[]];
  /** Its lines are read behind headers of syslog, and inside the objects that the product writes. */
  readonly hasPrefixes?: boolean;
  /** Its reader finds the rows of a document in one line. */
  readonly readsDocuments?: boolean;
  recognizes(sample: LogSample, definitions: readonly string[]): boolean;
  /** True for a line that only logs of the product have; absent where lines do not tell. */
  owns?(line: string): boolean;
  reader(records: LogRecords, options: LogReaderOptions): LogReader;
  /** States what the logs can show at most, and what a configuration would add. */
  review(samples: readonly LogSample[], definitions: readonly string[]): LogReview;
  /** How many of these names are columns of the product; absent where the columns of its logs cannot be named. */
  countKnown?(columns: readonly string[]): number;
  /** The reason why columns that were named do not fit a log, with the line that shows it; null where they do. */
  misfit?(sample: LogSample, definitions: readonly string[]): Misfit | null;
}

export interface Misfit {
  readonly line: number;
  readonly reason: string;
}

export interface LogReview {
  readonly shows: string;
  readonly missing: readonly Missing[];
}

/** Logs lack this, or have a form of it that is not read. */
export interface Missing {
  readonly what: string;
  /** Names what to configure or pass, or the command that converts them. */
  readonly next: string;
}

/** Logs of questions share these. */
export const OF_QUESTIONS = {
  visible: [{ names: 'questions', fingerprint: null, bytes: null }],
  review: () => ({ shows: 'names that hosts asked for; tools are possible at most', missing: [] }),
} as const satisfies Pick<LogFormat, 'visible' | 'review'>;
