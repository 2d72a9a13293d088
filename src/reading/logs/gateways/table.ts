// Defines what a format of a firewall or web gateway declares: which of the vendor's fields is which of ours, which words of
// an action mean what, and how its lines are written.

import type { Inspection } from '../../../model/outcome.ts';
import { FieldNames } from '../fields.ts';
import type { LogFormat, Missing } from '../records.ts';

/**
 * A format may have these fields. Times are those of the row, `start` of the connection; `outerClient` is behind a NAT of
 * its site.
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
} as const;
export type GatewayField = keyof typeof F;
/** Rows know a field by its number. */
export type FieldNumber = (typeof F)[GatewayField];
export const GATEWAY_FIELDS = Object.keys(F) as GatewayField[];

/** `session`: a whole connection, without its name. `request`: the name, and what one request or tunnel carried. */
export type RowKind = 'session' | 'request' | 'question';

/** Columns of rows without a header, by their places; `kind`: text of a column, where products write several kinds. */
export interface FixedColumns {
  readonly kind?: readonly [place: number, ...texts: readonly string[]];
  readonly names: Readonly<Record<number, string>>;
}

export interface GatewayTable {
  readonly id: LogFormat['id'];
  readonly title: string;
  readonly shows: string;
  /** Names that only logs of the product have together, as columns or keys: one line with them makes a file its log. */
  readonly signs?: readonly (readonly string[])[];
  /** The same of a line without names. */
  readonly pattern?: RegExp;
  /** The vendor's names of each field, in every form of the log. */
  readonly fields: Readonly<Partial<Record<GatewayField, readonly string[]>>>;
  /** How a line without a header is written that is neither JSON, CEF nor LEEF. */
  readonly text: 'pairs' | 'columns';
  readonly fixed?: readonly FixedColumns[];
  /** How columns are separated, where no header tells. */
  readonly separator?: string;
  /** Null for a line that is no row: an interim one, or one of another log of the product. */
  kindOf(row: GatewayRow): RowKind | null;
  /**
   * Actions by which a connection did not reach its server, in lower case. A page that warns is shown in its place; isolation
   * passes it on.
   */
  readonly blocked: ReadonlySet<string>;
  /** Others than all products have. */
  readonly allowed?: ReadonlySet<string>;
  /** Absent: no row of the product says whether it decrypted a connection. */
  inspectionOf?(row: GatewayRow): Inspection;
  /** A row has the ports of its client: rows of one connection are joined. */
  readonly isJoined: boolean;
  /** Its logs of requests and of sessions have the same traffic, and no number that joins them. */
  readonly isTwice?: boolean;
  /** A row of a record replaces an earlier one of it: counts are those of the whole connection so far. */
  readonly hasUpdates?: boolean;
  /** Bytes of sessions are those of frames with a link header, of IP packets, or of payload. */
  readonly bytes: 'frames' | 'packets' | 'payload';
  /** Rows of requests are of a proxy, which the client asked. */
  readonly isProxy: boolean;
  /** Rows are parts of a connection: each of one direction, of the side that sent, or each of some time. */
  readonly parts?: 'directions' | 'times';
  /** Times without an offset are UTC. */
  readonly isUtc?: boolean;
  /** Words for protocols that hold any name. */
  readonly opaque?: ReadonlySet<string>;
  /** Fields that a review asks for, and how the product adds them. */
  readonly wanted: readonly (readonly [field: GatewayField, missing: Missing])[];
}

/** The row that is being read. */
export interface GatewayRow {
  is(field: FieldNumber, text: string): boolean;
  has(field: FieldNumber): boolean;
  /** In lower case; "" for an absent one. */
  word(field: FieldNumber): string;
}

/** Beginnings of actions that refuse, as all products write them; the table of a product has its own. */
const BLOCKED =
  /^(?:re[qs]p?_)?(?:block|den(?:y|ied)|drop|reset|reject|prevent|quarantine|refuse|forbid|terminate|sinkhole)/;
/** Actions that let through, whole: of a word that is not known, nothing is. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['allow', 'allowed', 'accept', 'accepted', 'permit', 'permitted', 'pass', 'passed', 'passthrough'],
  ...['alert', 'monitor', 'monitored', 'detect', 'log', 'none', 'continue', 'proceed', 'override'],
  ...['inspect', 'decrypt', 'do not decrypt', 'bypass', 'exempt', 'isolate', 'isolated'],
]);

export type Decision = 'allowed' | 'blocked' | 'unknown';

/** A product that logs no action logs what passed. In flow logs of clouds the action is a state of the connection. */
export function decisionBy({ allowed, blocked, parts }: GatewayTable, word: string): Decision {
  if (blocked.has(word) || BLOCKED.test(word)) return 'blocked';
  const isAllowed = word === '' || parts !== undefined || ALLOWED.has(word) || allowed?.has(word) === true;
  return isAllowed ? 'allowed' : 'unknown';
}

/** Collectors put these in front of the vendor's names: Splunk, of an event and of a result of a search. */
const PREFIXES = ['', 'event.', 'result.', 'result.event.'];

export const namesOfFields = (fields: GatewayTable['fields']): FieldNames =>
  new FieldNames(
    GATEWAY_FIELDS.map((field) =>
      (fields[field] ?? []).flatMap((name) => PREFIXES.map((prefix) => prefix + name)),
    ),
    true,
  );

/** An `inspectionOf` by the words of the field, in lower case. */
export const inspectionBy =
  (inspected: string, notInspected: readonly string[]): NonNullable<GatewayTable['inspectionOf']> =>
  (row) => {
    const word = row.word(F.inspection);
    return word === inspected ? 'inspected' : notInspected.includes(word) ? 'notInspected' : 'unknown';
  };
