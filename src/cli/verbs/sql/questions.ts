// What `sql` asks of a store, whichever it is, and what it is answered.

import type { ExportFormat } from '../../../store/duckdb/export.ts';

export interface AnswerFile {
  readonly path: string;
  readonly format: ExportFormat;
}

export interface Asking {
  readonly mostSeconds: number;
  /** Where the answer goes; null: to the caller. */
  readonly file: AnswerFile | null;
  /** Ceilings of this process, from when the store is open; `aside`: what is to be removed when one is met. */
  readonly limit: (aside: string) => void;
}

export interface Answered {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Null when the answer is in its file. */
export type Ask = (path: string, question: string, asking: Asking) => Promise<Answered | null>;
