// Describes the form of rows that only sums include, for the core; summed-rows.ts passes them to it.

/** Cells of a row in the order of Cell in the core. */
export const CELLS = [
  'kind',
  'written',
  'start',
  'end',
  'duration',
  'id',
  'client',
  'clientPort',
  'server',
  'serverPort',
  'transport',
  'service',
  'bytesUp',
  'otherUp',
  'bytesDown',
  'otherDown',
  'packetsUp',
  'packetsDown',
  'name',
  'answers',
  'mac',
  'url',
  'outerClient',
  'clock',
  'zone',
  'milliseconds',
  'microseconds',
  'question',
] as const;
/** One kind of row: the field of each of its cells. */
export interface RowForm {
  readonly row: 'flow' | 'name' | 'question' | 'gateway';
  readonly cells: Partial<Readonly<Record<(typeof CELLS)[number], number>>>;
}

/** Flags of the protocol that the sensor recognized: ServiceFlag in the core. */
export const SERVICE = {
  naming: 1,
  hello: 2,
  mayWait: 4,
  hidden: 8,
  quic: 16,
  mayHideName: 32,
  requests: 64,
} as const;
/** Receives the table and its count, which the core also uses; null for both after a second table was created. */
export type ShareHashes = (places: Int32Array | null, count: Int32Array | null) => void;

/** Rows that the core keeps until it reads those with their names. */
export interface CoreRows {
  has(key: string): boolean;
  /** Returns the values of a row and removes it; null: none. */
  take(key: string): string | null;
}

/** Places of sessions that wait for their requests, in a ring from `next` on. */
export interface SessionPlaces {
  readonly next: Int32Array;
  readonly hashes: Int32Array;
  readonly owners: Uint8Array;
  /** Recent sessions whose place was needed. */
  readonly gone: Int32Array;
}

/** Sessions that the core keeps. */
export interface CoreSessions {
  /** Returns the place of the session with this hash; -1: none. */
  findSession(hash: number): number;
  /** Returns its values. */
  readSession(place: number): string;
  removeSession(place: number): void;
}

/** Flags of rows with the same words: RowClassFlag in the core. 0: their reader reads them. */
export const ROW_CLASS = {
  session: 1,
  request: 2,
  blocked: 4,
  tcp: 8,
  opaque: 16,
  hidesName: 32,
  question: 64,
  noService: 128,
} as const;

/** Meanings of the words of a sensor. */
export interface SensorWords {
  /** Returns the number of the form of a row of this kind, from 1; 0: none. */
  formOf(kind: string): number;
  /** Returns flags of SERVICE. */
  serviceFlags(word: string): number;
}

/** Rows of a gateway. Its reader answers the questions of the core about a line. */
export interface GatewayRows {
  readonly isJoined: boolean;
  readonly isTwice: boolean;
  /** Sessions that wait for their requests; null: none does. */
  readonly early: { readonly places: SessionPlaces; share(core: CoreSessions): void } | null;
  /** The words of these fields, and the set of fields in a row, determine its class. */
  readonly classFields: readonly number[];
  /** Returns flags of ROW_CLASS. */
  classOf(bytes: Buffer, start: number, end: number): number;
  /** Returns the time of a row, or of the start of its connection; NaN for an unreadable one. */
  timeOf(bytes: Buffer, start: number, end: number, isStart: boolean): number;
  /** Requests whose session was not read. */
  readonly requested: {
    /** Hashes of the connections with a session. */
    readonly sessions: { share(share: ShareHashes): void };
    share(share: (columns: RequestColumns) => void): void;
    /** Must be called before numbers of hosts are assigned to others. */
    keepClients(): void;
  };
}

/** Columns of requests. `hosts`: numbers of their clients, as in HostSums. */
export interface RequestColumns {
  readonly hashes: Int32Array;
  readonly hosts: Int32Array;
  readonly times: Float64Array;
  readonly count: Int32Array;
}

/** The form of rows that may be summed, and shared tables. */
export interface SummedFormat {
  /** Names of each field. */
  readonly fields: { readonly plain: readonly (readonly string[])[]; readonly isRanked: boolean };
  readonly forms: readonly RowForm[];
  readonly maxId: number;
  readonly words?: SensorWords;
  readonly gateway?: GatewayRows;
  readonly names: {
    /** Hashes of unlisted names. */
    readonly unlisted: Int32Array;
    get(bytes: Buffer, start: number, end: number): string | null;
  };
  readonly early: {
    /** `waiting` and the second of the counts belong to the core. */
    readonly tables: Readonly<Record<'recent' | 'waiting' | 'readers' | 'counts' | 'beyond', Int32Array>>;
    share?(core: CoreRows): void;
  };
  readonly named?: { share(share: ShareHashes): void };
  /** Connections to listed names. */
  readonly open: { readonly bits: Int32Array };
}

/** The rows with names that a reader has read. */
export interface NameState {
  readonly hasNames: boolean;
  /** Connections of TLS certainly lack the rows of their names. */
  readonly lacksNames: boolean;
  /** Rows of requests in clear text were read; absent: no. */
  readonly hasRequests?: boolean;
  /** Connections in clear text certainly lack the rows of their requests; absent: no. */
  readonly lacksRequests?: boolean;
}

/** State of the reader for the following rows. */
export interface RowState extends NameState {
  /** Form of rows that do not state their kind, from 1; 0: they are not summed. */
  readonly form: number;
  readonly readsKind: boolean;
  /** Rows of connections may wait for the rows with their names. */
  readonly mayWait: boolean;
  /** Separator between the answers in a cell; absent: a JSON list. */
  readonly separator?: string | null;
}

/** Form of lines. The columns of another header are another object. */
export type LineForm =
  | { readonly kind: 'json' }
  | { readonly kind: 'header' }
  | {
      readonly kind: 'cells';
      readonly separator: number;
      readonly columns: Int16Array;
      readonly unset: Uint8Array;
      readonly empty: Uint8Array;
    }
  | {
      readonly kind: 'columns';
      readonly separator: number;
      readonly hasMore: boolean;
      readonly forms: readonly ColumnForm[];
    }
  /** `mark`: character between key and value. */
  | { readonly kind: 'pairs'; readonly separator: number; readonly mark: number };

/** Columns of the lines that have one of `texts` at a position; without texts, of all lines. */
export interface ColumnForm {
  readonly place: number;
  readonly texts: readonly string[];
  readonly columns: Int16Array;
}

export const JSON_LINES: LineForm = { kind: 'json' };

/** Sums the rows of one product. */
export interface RowSums {
  /** Sums the lines of `bytes` from `start` to the first that its reader must read. */
  take(bytes: Buffer, start: number, state: RowState, lines: LineForm): void;
  /** Start of the first line that was not summed. */
  readonly end: number;
  /** Number of lines that were summed. */
  readonly lines: number;
  /** Returns the host with this number. */
  hostOf(number: number): string;
  /** Passes the rows with a hidden name to the collector. */
  emitHidden(): void;
  /** Sums the waiting rows without a name. Yields those that cannot be summed; reading one may change the state. */
  sumWaiting(findState: () => NameState): Iterable<string>;
  /** Sums the sessions of the core without those that their reader must read. */
  sumSessions(): void;
}
