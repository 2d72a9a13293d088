// How a format writes the rows that may count in sums alone: summed-rows.ts gives them to the core.

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
] as const;
/** One kind of row: the field of each cell that it has. */
export interface RowForm {
  readonly row: 'flow' | 'name' | 'question';
  readonly cells: Partial<Readonly<Record<(typeof CELLS)[number], number>>>;
}

/** Flags of the protocol that the sensor recognized, ServiceFlag in the core. */
export const SERVICE = { naming: 1, hello: 2, mayWait: 4, hidden: 8, quic: 16, mayHideName: 32 } as const;
/** Receives the table and its count, which the core uses as well; null for both once a second table is in use. */
export type ShareHashes = (places: Int32Array | null, count: Int32Array | null) => void;

/** Rows that the core keeps until those with their names come. */
export interface CoreRows {
  has(key: string): boolean;
  /** The values of a row, which is kept no more; null for none. */
  take(key: string): string | null;
}

/** How a format writes rows that may be summed, and what it knows of them. */
export interface SummedFormat {
  /** Names of each field. */
  readonly fields: { readonly plain: readonly (readonly string[])[] };
  readonly forms: readonly RowForm[];
  readonly maxId: number;
  /** Number of the form, from 1, of a row of this kind; 0: none. */
  formOf(kind: string): number;
  /** Flags of SERVICE. */
  serviceFlags(word: string): number;
  readonly names: {
    /** Hashes of names that are not listed. */
    readonly unlisted: Int32Array;
    get(bytes: Buffer, start: number, end: number): string | null;
  };
  readonly early: {
    /** The second of the counts is that of the core. */
    readonly tables: Readonly<Record<'recent' | 'waiting' | 'counts' | 'beyond', Int32Array>>;
    share(core: CoreRows): void;
  };
  readonly named: { share(share: ShareHashes): void };
  /** Connections to listed names. */
  readonly open: { readonly bits: Int32Array };
}

/** State of the reader for the rows that follow. */
export interface RowState {
  /** Form of rows that do not state their kind, from 1; 0: they are not summed. */
  readonly form: number;
  readonly readsKind: boolean;
  readonly hasNames: boolean;
  /** Rows of connections may wait for the rows with their names. */
  readonly mayWait: boolean;
  /** It is known that connections of TLS lack the rows of their names. */
  readonly lacksNames: boolean;
  /** Between the answers in a cell; absent: a list of JSON. */
  readonly separator?: string | null;
}

/** How lines have their cells. */
export interface CellForm {
  readonly separator: number;
  readonly columns: Int16Array;
  readonly unset: Uint8Array;
  readonly empty: Uint8Array;
}

/** Sums the rows of one product. */
export interface RowSums {
  /** Sums the lines of `bytes` from `start` to the first that has its reader. `cells` is null for lines of JSON. */
  take(bytes: Buffer, start: number, state: RowState, cells: CellForm | null): void;
  /** The first line that was not summed begins there. */
  readonly end: number;
  /** Lines that were summed. */
  readonly lines: number;
  /** Gives the rows with a hidden name to the collector. */
  giveHidden(): void;
  /** Sums the rows that no name came for. Gives those that are not summed; each reading of one may change the state. */
  sumWaiting(findState: () => Pick<RowState, 'hasNames' | 'lacksNames'>): Iterable<string>;
}
