// How a text output may look: what the place it goes to can show. The document itself never depends on it.

import type { Language } from './languages.ts';

export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>;

export interface RenderOptions {
  /** Pages need it if the platform has none: browsers have one only for addresses that they trust. */
  readonly sha256?: Sha256;
  /** Sheets for people use this language; absent: English. */
  readonly language?: Language;
  /** A page contains all of its data, however large that makes it. */
  readonly hasWholeData?: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Tables are as wide as what they hold: for pipes and files, where nothing is cut to a width. */
  readonly hasWholeTables?: boolean;
  /** The terminal shows one screen: a summary, the gravest findings and the hosts that matter most. Absent: every section. */
  readonly isBrief?: boolean;
  /** One screen also explains its columns; a whole report always does. */
  readonly hasLegend?: boolean;
  readonly color: boolean;
  /** False: ASCII only. */
  readonly unicode: boolean;
  /** How this program is started where the reader sits; absent: by its name. */
  readonly program?: string;
  /** Said in the footer where a person looks on; absent where bytes must not depend on the clock. */
  readonly run?: { readonly seconds: number; readonly workers: number };
}

/** Infinite where tables are whole. */
export const getTableWidth = ({ width, hasWholeTables }: RenderOptions): number =>
  hasWholeTables === true ? Number.POSITIVE_INFINITY : width;

export const PLAIN: RenderOptions = { width: 80, color: false, unicode: true };

/** Signs with their ASCII twins. */
export interface Glyphs {
  readonly dash: string;
  readonly none: string;
  readonly dot: string;
  readonly banMark: string;
  readonly steps: string;
  readonly openQuote: string;
  readonly closeQuote: string;
  readonly ellipsis: string;
  /** No name is cut. */
  readonly hasWholeNames?: true;
}

export const UNICODE_GLYPHS: Glyphs = {
  dash: '–',
  none: '–',
  dot: '·',
  banMark: '│',
  steps: '▁▂▃▄▅▆▇█',
  openQuote: '“',
  closeQuote: '”',
  ellipsis: '…',
};

export const ASCII_GLYPHS: Glyphs = {
  dash: '-',
  none: '-',
  dot: '.',
  banMark: '|',
  steps: '12345678',
  openQuote: '"',
  closeQuote: '"',
  ellipsis: '...',
};
