// Number and encoding of each field on the wire. A test makes docs/usage.proto of it.

import { HOST_SUMS, ROW_SUMS, STATS_SUMS } from '../model/counters.ts';
import {
  DELAY_BOUNDS_MS,
  OUTCOME_DELAYS,
  OUTCOME_KINDS,
  OUTCOME_MAXIMA,
  OUTCOME_MINIMA,
  OUTCOME_SUMS,
} from '../model/outcome.ts';
import { MAX_SIGNS, MAX_VERSIONS, MCP_CLASSES } from '../model/services.ts';
import { EXCHANGE_COUNTS, MAX_HELLO_TIMES, MAX_RAW_EXCHANGES, MAX_SERVERS } from '../model/usage.ts';
import {
  APP_HINTS,
  CLAIM_SOURCES,
  ECH_OUTER_NAMES,
  ECH_SEEN,
  GAP_REASONS,
  NAME_SOURCES,
  NOT_VISIBLE_KINDS,
  PROXY_KINDS,
  TRANSPORTS,
} from '../model/window-words.ts';
import { MAC_SOURCES } from '../net/mac-source.ts';
import {
  MAX_ALPN,
  MAX_CELLS,
  MAX_CLAIMS,
  MAX_COMMUNITY_IDS,
  MAX_COUNTS,
  MAX_ECH_ANSWERS,
  MAX_ECH_CONFIGS,
  MAX_EXCLUDED,
  MAX_FLAWS,
  MAX_GAP_DISTANCE_US,
  MAX_GAPS,
  MAX_HEARD,
  MAX_HIDDEN_DESTINATIONS,
  MAX_MACS,
  MAX_NOT_VISIBLE,
  MAX_OF_HOST,
  MAX_OUTCOMES,
  MAX_QUERIED_ADDRESSES,
  MAX_SERVER_PORTS,
  MAX_SHARED_MACS,
} from './ceilings.ts';

/** How a field is written. Texts are numbers into the window's table of texts; times are relative to its start. */
export type FieldKind =
  | 'number' // uint64, not negative
  | 'signed' // sint64
  | 'time' // sint64, microseconds after the window's start
  | 'bool'
  | 'text' // absent = ''
  | 'textOrNull' // absent = null
  | 'word' // a text of a closed list
  | 'wordOrNull'
  | 'numbers'
  | 'times'
  | 'texts'
  | 'message' // absent = null
  | 'messages'
  | 'counts'; // Record<string, number>

export interface Field {
  readonly number: number;
  readonly name: string;
  readonly kind: FieldKind;
  readonly schema?: Schema;
  readonly words?: readonly string[];
  /** Absent from the value when it is empty. */
  readonly isOptional?: boolean;
  /** Entries of a list at most; readers refuse a window with more. Absent: known by the length of the window. */
  readonly most?: number;
  /** Maximum distance of times from the start of the window; default MAX_DISTANCE_US. */
  readonly farthestUs?: number;
  /** Replaces an enum value of a newer version; without it such a window is not readable. */
  readonly otherWord?: string;
}

export type Schema = readonly Field[];

/** Consecutive numbers from `first` for fields of one kind. */
function fields(first: number, kind: FieldKind, names: readonly string[]): Field[] {
  return names.map((name, i) => ({ number: first + i, name, kind }));
}

const sums = (table: Readonly<Record<string, number>>): Field[] =>
  Object.entries(table).map(([name, number]) => ({ number, name, kind: 'number' }));

const COUNT: Schema = [
  { number: 1, name: 'name', kind: 'text' },
  { number: 2, name: 'count', kind: 'number' },
];

const STATS: Schema = [
  ...sums(STATS_SUMS),
  { number: 9, name: 'malformed', kind: 'counts', schema: COUNT, most: MAX_COUNTS },
  { number: 10, name: 'undecoded', kind: 'number' },
  { number: 11, name: 'overflow', kind: 'counts', schema: COUNT, most: MAX_COUNTS },
  { number: 12, name: 'frames', kind: 'number' },
];

const NOT_VISIBLE: Schema = [
  { number: 1, name: 'kind', kind: 'word', words: NOT_VISIBLE_KINDS },
  { number: 2, name: 'hint', kind: 'word', words: APP_HINTS, otherWord: 'unknown' },
  ...fields(3, 'number', ['flows', 'bytes']),
  ...fields(5, 'time', ['firstUs', 'lastUs']),
];

const MAC_SEEN: Schema = [
  { number: 1, name: 'mac', kind: 'text' },
  ...fields(2, 'time', ['firstUs', 'lastUs']),
  { number: 4, name: 'isAnswered', kind: 'bool' },
];

const CLAIM: Schema = [
  ...fields(1, 'textOrNull', ['name', 'mac']),
  { number: 3, name: 'from', kind: 'word', words: CLAIM_SOURCES },
  { number: 4, name: 'isOwn', kind: 'bool' },
];

const HOST: Schema = [
  { number: 1, name: 'host', kind: 'text' },
  { number: 2, name: 'mac', kind: 'textOrNull' },
  { number: 3, name: 'macFrom', kind: 'wordOrNull', words: MAC_SOURCES },
  { number: 4, name: 'names', kind: 'texts', most: MAX_OF_HOST },
  { number: 5, name: 'vlans', kind: 'numbers', most: MAX_OF_HOST },
  ...sums(HOST_SUMS),
  ...fields(10, 'time', ['firstUs', 'lastUs']),
  { number: 12, name: 'notVisible', kind: 'messages', schema: NOT_VISIBLE, most: MAX_NOT_VISIBLE },
  { number: 13, name: 'addresses', kind: 'texts', isOptional: true, most: MAX_OF_HOST },
  { number: 14, name: 'macs', kind: 'messages', schema: MAC_SEEN, isOptional: true, most: MAX_MACS },
  { number: 15, name: 'claims', kind: 'messages', schema: CLAIM, isOptional: true, most: MAX_CLAIMS },
];

const FINGERPRINT: Schema = [
  { number: 1, name: 'transport', kind: 'word', words: TRANSPORTS },
  ...fields(2, 'text', ['ja4', 'ja3']),
  { number: 4, name: 'alpn', kind: 'texts', most: MAX_ALPN },
  { number: 5, name: 'ech', kind: 'word', words: ECH_SEEN },
];

const EXCHANGE: Schema = [
  { number: 1, name: 'startMs', kind: 'signed' },
  ...fields(2, 'number', [...EXCHANGE_COUNTS, 'flow']),
];

const CELL: Schema = fields(1, 'number', ['upClass', 'answerClass', 'count', 'bytesUp', 'bytesDown']);

/** Written in the order of their numbers. */
const inOrder = (schema: Schema): Schema => schema.toSorted((a, b) => a.number - b.number);

const ROW: Schema = inOrder([
  ...fields(1, 'text', ['host', 'name']),
  { number: 3, name: 'nameFrom', kind: 'word', words: NAME_SOURCES },
  { number: 4, name: 'fingerprint', kind: 'message', schema: FINGERPRINT },
  { number: 5, name: 'proxy', kind: 'wordOrNull', words: PROXY_KINDS },
  { number: 6, name: 'userAgent', kind: 'textOrNull' },
  ...sums(ROW_SUMS),
  ...fields(23, 'time', ['firstUs', 'lastUs']),
  ...fields(25, 'number', ['helloBytesMin', 'helloBytesMax']),
  { number: 27, name: 'helloTimesUs', kind: 'times', most: MAX_HELLO_TIMES },
  { number: 28, name: 'servers', kind: 'texts', most: MAX_SERVERS },
  { number: 29, name: 'serverPorts', kind: 'numbers', most: MAX_SERVER_PORTS },
  { number: 30, name: 'communityIds', kind: 'texts', most: MAX_COMMUNITY_IDS },
  { number: 31, name: 'exchanges', kind: 'messages', schema: EXCHANGE, most: MAX_RAW_EXCHANGES },
  { number: 32, name: 'cells', kind: 'messages', schema: CELL, most: MAX_CELLS },
  { number: 36, name: 'macs', kind: 'texts', most: MAX_MACS },
  { number: 37, name: 'openSeconds', kind: 'number' },
]);

const ECH_ANSWER: Schema = [
  { number: 1, name: 'resolver', kind: 'text' },
  { number: 2, name: 'firstUs', kind: 'time' },
  { number: 3, name: 'ttlSeconds', kind: 'number' },
];

const QUERIED_NAME: Schema = [
  ...fields(1, 'text', ['host', 'name']),
  { number: 3, name: 'count', kind: 'number' },
  ...fields(4, 'time', ['firstUs', 'lastUs']),
  { number: 6, name: 'addresses', kind: 'texts', most: MAX_QUERIED_ADDRESSES },
  { number: 7, name: 'offersEch', kind: 'bool' },
  { number: 8, name: 'isLogged', kind: 'bool' },
  { number: 9, name: 'echAnswers', kind: 'messages', schema: ECH_ANSWER, most: MAX_ECH_ANSWERS },
];

const GAP: Schema = [
  { number: 1, name: 'fromUs', kind: 'time', farthestUs: MAX_GAP_DISTANCE_US },
  { number: 2, name: 'toUs', kind: 'time', farthestUs: MAX_GAP_DISTANCE_US },
  {
    number: 3,
    name: 'reason',
    kind: 'word',
    words: GAP_REASONS,
    otherWord: 'notRunning',
  },
];

const OUTCOME: Schema = [
  ...fields(1, 'text', ['host', 'name', 'server']),
  { number: 4, name: 'port', kind: 'number' },
  { number: 5, name: 'kind', kind: 'word', words: OUTCOME_KINDS, otherWord: 'opened' },
  { number: 6, name: 'detail', kind: 'number' },
  ...fields(7, 'time', ['firstUs', 'lastUs']),
  { number: 9, name: 'by', kind: 'text' },
  ...fields(
    10,
    'number',
    OUTCOME_SUMS.filter((name) => name !== 'cutOff'),
  ),
  ...fields(20, 'number', OUTCOME_MAXIMA),
  ...fields(26, 'number', OUTCOME_MINIMA),
  ...fields(31, 'numbers', OUTCOME_DELAYS).map((field) => ({
    ...field,
    isOptional: true,
    most: DELAY_BOUNDS_MS.length + 1,
  })),
  { number: 33, name: 'cutOff', kind: 'number' },
];

const SHARED_MAC: Schema = [
  { number: 1, name: 'mac', kind: 'text' },
  { number: 2, name: 'hosts', kind: 'number' },
];

const SERVICE: Schema = [
  ...fields(1, 'text', ['host', 'server']),
  { number: 3, name: 'port', kind: 'number' },
  ...fields(4, 'time', ['firstUs', 'lastUs']),
  { number: 6, name: 'signs', kind: 'texts', most: MAX_SIGNS },
  ...fields(7, 'number', ['flows', 'requests', 'uses']),
  { number: 10, name: 'isUncounted', kind: 'bool' },
  ...fields(11, 'number', ['bytesUp', 'bytesDown']),
  { number: 13, name: 'isOtherNetwork', kind: 'bool' },
  { number: 14, name: 'versions', kind: 'texts', isOptional: true, most: MAX_VERSIONS },
  { number: 15, name: 'mcp', kind: 'numbers', isOptional: true, most: MCP_CLASSES.length },
];

const ECH_CONFIG: Schema = [
  // A closed list: a window of a hostile sensor cannot add another name to a store.
  { number: 1, name: 'outer', kind: 'word', words: ECH_OUTER_NAMES, otherWord: '' },
  ...fields(2, 'number', ['id', 'hellos']),
];

const HELLOS: Schema = [
  { number: 1, name: 'host', kind: 'text' },
  ...fields(2, 'number', ['hellos', 'ech', 'hidden', 'unlistedRequests']),
  { number: 6, name: 'echConfigs', kind: 'messages', schema: ECH_CONFIG, most: MAX_ECH_CONFIGS },
];

const DESTINATION: Schema = [
  { number: 1, name: 'kind', kind: 'word', words: NOT_VISIBLE_KINDS, otherWord: 'unknown' },
  ...fields(2, 'text', ['address', 'name']),
  { number: 4, name: 'bytes', kind: 'number' },
];

const ACCOUNT: Schema = [
  { number: 1, name: 'host', kind: 'text' },
  ...fields(2, 'number', ['lookedInto', 'harmless', 'inside']),
  { number: 5, name: 'hidden', kind: 'messages', schema: NOT_VISIBLE, most: MAX_NOT_VISIBLE },
  {
    number: 6,
    name: 'destinations',
    kind: 'messages',
    schema: DESTINATION,
    most: MAX_HIDDEN_DESTINATIONS,
  },
];

/** The window itself; its table of texts (1) and its checksum (15) are the codec's own. */
export const WINDOW_SCHEMA: Schema = [
  { number: 2, name: 'sensor', kind: 'text' },
  ...fields(3, 'number', ['startSeconds', 'revision', 'lengthSeconds']),
  { number: 6, name: 'stats', kind: 'message', schema: STATS },
  { number: 7, name: 'hosts', kind: 'messages', schema: HOST },
  { number: 8, name: 'rows', kind: 'messages', schema: ROW },
  { number: 9, name: 'queriedNames', kind: 'messages', schema: QUERIED_NAME },
  { number: 10, name: 'gaps', kind: 'messages', schema: GAP, isOptional: true, most: MAX_GAPS },
  {
    number: 11,
    name: 'sharedMacs',
    kind: 'messages',
    schema: SHARED_MAC,
    isOptional: true,
    most: MAX_SHARED_MACS,
  },
  { number: 12, name: 'services', kind: 'messages', schema: SERVICE, isOptional: true },
  { number: 13, name: 'outcomes', kind: 'messages', schema: OUTCOME, isOptional: true, most: MAX_OUTCOMES },
  { number: 14, name: 'hellos', kind: 'messages', schema: HELLOS, isOptional: true },
  { number: 16, name: 'account', kind: 'messages', schema: ACCOUNT, isOptional: true },
  { number: 17, name: 'heard', kind: 'times', isOptional: true, most: MAX_HEARD },
  { number: 18, name: 'flaws', kind: 'texts', isOptional: true, most: MAX_FLAWS },
  { number: 19, name: 'excluded', kind: 'texts', isOptional: true, most: MAX_EXCLUDED },
];

export const STRINGS_FIELD = 1;
export const CHECKSUM_FIELD = 15;
