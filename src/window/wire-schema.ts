// Tables of usage.proto: which field of a window stands under which number, and how. A test holds them against it.

import { APP_HINTS, ECH_SEEN, EXCHANGE_COUNTS, PROXY_KINDS, TRANSPORTS } from '../model/flow.ts';
import { GAP_REASONS, NAME_SOURCES, NOT_VISIBLE_KINDS } from '../model/usage.ts';
import { MAC_SOURCES } from '../net/mac-source.ts';

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
  /** Stands for a word that a newer version wrote; without one such a window cannot be read. */
  readonly otherWord?: string;
}

export type Schema = readonly Field[];

/** Consecutive numbers from `first` for fields of one kind. */
function fields(first: number, kind: FieldKind, names: readonly string[]): Field[] {
  return names.map((name, i) => ({ number: first + i, name, kind }));
}

const COUNT: Schema = [
  { number: 1, name: 'name', kind: 'text' },
  { number: 2, name: 'count', kind: 'number' },
];

const STATS: Schema = [
  ...fields(1, 'number', [
    'packets',
    'bytes',
    'flows',
    'hellosComplete',
    'hellosIncomplete',
    'snaplenCut',
    'evictedFlows',
    'kernelDrops',
  ]),
  { number: 9, name: 'malformed', kind: 'counts', schema: COUNT },
  { number: 10, name: 'undecoded', kind: 'number' },
  { number: 11, name: 'overflow', kind: 'counts', schema: COUNT },
];

const NOT_VISIBLE: Schema = [
  { number: 1, name: 'kind', kind: 'word', words: NOT_VISIBLE_KINDS },
  { number: 2, name: 'hint', kind: 'word', words: APP_HINTS, otherWord: 'unknown' },
  ...fields(3, 'number', ['flows', 'bytes']),
  ...fields(5, 'time', ['firstUs', 'lastUs']),
];

const HOST: Schema = [
  { number: 1, name: 'host', kind: 'text' },
  { number: 2, name: 'mac', kind: 'textOrNull' },
  { number: 3, name: 'macFrom', kind: 'wordOrNull', words: MAC_SOURCES },
  { number: 4, name: 'names', kind: 'texts' },
  { number: 5, name: 'vlans', kind: 'numbers' },
  ...fields(6, 'number', ['flows', 'packets', 'bytesUp', 'bytesDown']),
  ...fields(10, 'time', ['firstUs', 'lastUs']),
  { number: 12, name: 'notVisible', kind: 'messages', schema: NOT_VISIBLE },
  { number: 13, name: 'addresses', kind: 'texts', isOptional: true },
];

const FINGERPRINT: Schema = [
  { number: 1, name: 'transport', kind: 'word', words: TRANSPORTS },
  ...fields(2, 'text', ['ja4', 'ja3']),
  { number: 4, name: 'alpn', kind: 'texts' },
  { number: 5, name: 'ech', kind: 'word', words: ECH_SEEN },
];

const EXCHANGE: Schema = [
  { number: 1, name: 'startMs', kind: 'signed' },
  ...fields(2, 'number', [...EXCHANGE_COUNTS, 'flow']),
];

const CELL: Schema = fields(1, 'number', ['upClass', 'answerClass', 'count', 'bytesUp', 'bytesDown']);

const ROW: Schema = [
  ...fields(1, 'text', ['host', 'name']),
  { number: 3, name: 'nameFrom', kind: 'word', words: NAME_SOURCES },
  { number: 4, name: 'fingerprint', kind: 'message', schema: FINGERPRINT },
  { number: 5, name: 'proxy', kind: 'wordOrNull', words: PROXY_KINDS },
  { number: 6, name: 'userAgent', kind: 'textOrNull' },
  ...fields(7, 'number', [
    'flows',
    'establishedFlows',
    'failedFlows',
    'resumedFlows',
    'midFlow',
    'oneWay',
    'http2Flows',
    'cutShortFlows',
    'packetsUp',
    'packetsDown',
    'bytesUp',
    'bytesDown',
    'payloadUp',
    'payloadDown',
    'lostUp',
    'lostDown',
  ]),
  ...fields(23, 'time', ['firstUs', 'lastUs']),
  ...fields(25, 'number', ['helloBytesMin', 'helloBytesMax']),
  { number: 27, name: 'helloTimesUs', kind: 'times' },
  { number: 28, name: 'servers', kind: 'texts' },
  { number: 29, name: 'serverPorts', kind: 'numbers' },
  { number: 30, name: 'communityIds', kind: 'texts' },
  { number: 31, name: 'exchanges', kind: 'messages', schema: EXCHANGE },
  { number: 32, name: 'cells', kind: 'messages', schema: CELL },
];

const ASKED: Schema = [
  ...fields(1, 'text', ['host', 'name']),
  { number: 3, name: 'count', kind: 'number' },
  ...fields(4, 'time', ['firstUs', 'lastUs']),
  { number: 6, name: 'addresses', kind: 'texts' },
  { number: 7, name: 'offersEch', kind: 'bool' },
];

const GAP: Schema = [
  ...fields(1, 'time', ['fromUs', 'toUs']),
  {
    number: 3,
    name: 'reason',
    kind: 'word',
    words: GAP_REASONS,
    otherWord: 'notRunning',
  },
];

/** The window itself; its table of texts (1) and its checksum (15) are the codec's own. */
export const WINDOW_SCHEMA: Schema = [
  { number: 2, name: 'sensor', kind: 'text' },
  ...fields(3, 'number', ['startSeconds', 'revision', 'lengthSeconds']),
  { number: 6, name: 'stats', kind: 'message', schema: STATS },
  { number: 7, name: 'hosts', kind: 'messages', schema: HOST },
  { number: 8, name: 'rows', kind: 'messages', schema: ROW },
  { number: 9, name: 'asked', kind: 'messages', schema: ASKED },
  { number: 10, name: 'gaps', kind: 'messages', schema: GAP, isOptional: true },
];

export const STRINGS_FIELD = 1;
export const CHECKSUM_FIELD = 15;
