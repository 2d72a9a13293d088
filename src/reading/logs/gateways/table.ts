// Defines what a format of a firewall or web gateway declares: the field for each of the vendor's names, the meaning of
// action words, and the form of its lines.

import type { Inspection } from '../../../model/outcome.ts';
import { FieldNames } from '../fields.ts';
import type { LogFormat, Missing } from '../records.ts';

/**
 * Fields of a format. Times are those of the row; `start` is that of the connection. `outerClient` is behind a NAT of
 * its site. `laterAction` is applied to a connection or an answer that the action let through.
 */
export const F = {
  time: 0,
  clock: 1,
  zone: 2,
  start: 3,
  seconds: 4,
  milliseconds: 5,
  microseconds: 6,
  kind: 7,
  part: 8,
  record: 9,
  client: 10,
  outerClient: 11,
  clientPort: 12,
  server: 13,
  serverPort: 14,
  protocol: 15,
  service: 16,
  session: 17,
  user: 18,
  name: 19,
  question: 20,
  url: 21,
  status: 22,
  action: 23,
  inspection: 24,
  bypass: 25,
  bytesUp: 26,
  bytesDown: 27,
  packetsUp: 28,
  packetsDown: 29,
  agent: 30,
  ja3: 31,
  ja4: 32,
  type: 33,
  rcode: 34,
  answers: 35,
  laterAction: 36,
} as const;
export type GatewayField = keyof typeof F;
/** Rows identify a field by its number. */
export type FieldNumber = (typeof F)[GatewayField];
export const GATEWAY_FIELDS = Object.keys(F) as GatewayField[];

/** `session`: a whole connection, without its name. `request`: the name, and the traffic of one request or tunnel. */
export type RowKind = 'session' | 'request' | 'question';

/**
 * Columns of rows without a header, by their positions. `kind`: text of a column, if a product writes several kinds.
 */
export interface FixedColumns {
  readonly kind?: readonly [place: number, ...texts: readonly string[]];
  readonly names: Readonly<Record<number, string>>;
}

export interface GatewayTable {
  readonly id: LogFormat['id'];
  readonly title: string;
  readonly shows: string;
  /** Names that only logs of the product have together, as columns or keys. One line with them identifies the log. */
  readonly signs?: readonly (readonly string[])[];
  /** Pattern that identifies a line without names. */
  readonly pattern?: RegExp;
  /** The vendor's names of each field, in every form of the log. */
  readonly fields: Readonly<Partial<Record<GatewayField, readonly string[]>>>;
  /** Form of a line without a header that is not JSON, CEF or LEEF. */
  readonly text: 'pairs' | 'columns';
  readonly fixed?: readonly FixedColumns[];
  /** Separator of columns without a header. */
  readonly separator?: string;
  /** Returns null for a line that is not a row: an interim one, or one of another log of the product. */
  kindOf(row: GatewayRow): RowKind | null;
  /**
   * Actions after which a connection did not reach its server, in lower case. A warning page replaces the server;
   * isolation forwards the connection.
   */
  readonly blocked: ReadonlySet<string>;
  /** Actions in addition to those of all products. */
  readonly allowed?: ReadonlySet<string>;
  /** Absent: no row of the product states if it decrypted a connection. */
  inspectionOf?(row: GatewayRow): Inspection;
  /** A row contains the ports of its client, so that rows of one connection are joined. */
  readonly isJoined: boolean;
  /** Its logs of requests and of sessions contain the same traffic, without a number that joins them. */
  readonly isTwice?: boolean;
  /** A row of a record replaces an earlier one. Its counts cover the whole connection so far. */
  readonly hasUpdates?: boolean;
  /** Bytes of sessions are those of frames with a link header, of IP packets, or of payload. */
  readonly bytes: 'frames' | 'packets' | 'payload';
  /** Rows of requests come from a proxy that the client connected to. */
  readonly isProxy: boolean;
  /** Rows are parts of a connection: each of one direction, from the side that sent, or each of some time. */
  readonly parts?: 'directions' | 'times';
  /** Times without an offset are UTC. */
  readonly isUtc?: boolean;
  /** Words for protocols that hide names. */
  readonly opaque?: ReadonlySet<string>;
  /** Fields that a review requires, and how the product adds them. */
  readonly wanted: readonly (readonly [field: GatewayField, missing: Missing])[];
}

/** The current row. */
export interface GatewayRow {
  is(field: FieldNumber, text: string): boolean;
  has(field: FieldNumber): boolean;
  /** Returns a word in lower case; "" for an absent one. */
  word(field: FieldNumber): string;
}

/** Prefixes of refusing actions in all products. The table of a product adds its own. */
const BLOCKED =
  /^(?:re[qs]p?_)?(?:block|den(?:y|ied)|drop|reset|reject|prevent|quarantine|refuse|forbid|terminate|sinkhole)/;
/** Complete words of allowing actions. An unknown word gives no decision. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['allow', 'allowed', 'accept', 'accepted', 'permit', 'permitted', 'pass', 'passed', 'passthrough'],
  ...['alert', 'monitor', 'monitored', 'detect', 'log', 'none', 'continue', 'proceed', 'override'],
  ...['inspect', 'decrypt', 'do not decrypt', 'bypass', 'exempt', 'isolate', 'isolated'],
]);

export type Decision = 'allowed' | 'blocked' | 'unknown';

/**
 * Returns the decision. A product that logs no action logs traffic that passed. In flow logs of clouds the action is a
 * state of the connection.
 */
export function findDecision({ allowed, blocked, parts }: GatewayTable, word: string): Decision {
  if (blocked.has(word) || BLOCKED.test(word)) return 'blocked';
  const isAllowed = word === '' || parts !== undefined || ALLOWED.has(word) || allowed?.has(word) === true;
  return isAllowed ? 'allowed' : 'unknown';
}

/** Prefixes that collectors add to the vendor's names: Splunk, for an event and for a search result. */
const PREFIXES = ['', 'event.', 'result.', 'result.event.'];

export const namesOfFields = (fields: GatewayTable['fields']): FieldNames =>
  new FieldNames(
    GATEWAY_FIELDS.map((field) =>
      (fields[field] ?? []).flatMap((name) => PREFIXES.map((prefix) => prefix + name)),
    ),
    true,
  );

/** Builds an `inspectionOf` from the words of the field, in lower case. */
export const inspectionBy =
  (inspected: string, notInspected: readonly string[]): NonNullable<GatewayTable['inspectionOf']> =>
  (row) => {
    const word = row.word(F.inspection);
    return word === inspected ? 'inspected' : notInspected.includes(word) ? 'notInspected' : 'unknown';
  };
