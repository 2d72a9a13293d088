// Declares the options of a text output: the capabilities of its destination. The document never depends on them.

import type { Language } from './languages.ts';

export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>;

export interface RenderOptions {
  /** Pages require it if the platform has none. Browsers provide one only for secure contexts. */
  readonly sha256?: Sha256;
  /** Language of pages for people; absent: English. */
  readonly language?: Language;
  /** A page contains all of its data, whatever its size. */
  readonly hasWholeData?: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Tables are as wide as their content, for pipes and files, where nothing is truncated. */
  readonly hasWholeTables?: boolean;
  /**
   * The terminal shows one screen: a summary, the most severe findings and the most relevant hosts. Absent: every
   * section.
   */
  readonly isBrief?: boolean;
  /** One screen also explains its columns, as a whole report always does. */
  readonly hasLegend?: boolean;
  readonly color: boolean;
  /** False: ASCII only. */
  readonly unicode: boolean;
  /** The command that starts this program for the reader; absent: its name. */
  readonly program?: string;
  /** Duration and threads for the footer of a terminal; absent if output must not depend on the clock. */
  readonly run?: { readonly seconds: number; readonly workers: number };
}

/** Returns Infinity for whole tables. */
export const getTableWidth = ({ width, hasWholeTables }: RenderOptions): number =>
  hasWholeTables === true ? Number.POSITIVE_INFINITY : width;

export const PLAIN: RenderOptions = { width: 80, color: false, unicode: true };

/** Characters and their ASCII replacements. */
export interface Glyphs {
  readonly dash: string;
  readonly none: string;
  readonly dot: string;
  readonly banMark: string;
  readonly unobserved: string;
  readonly steps: string;
  readonly openQuote: string;
  readonly closeQuote: string;
  readonly ellipsis: string;
  /** Names are not truncated. */
  readonly hasWholeNames?: true;
}

export const UNICODE_GLYPHS: Glyphs = {
  dash: '–',
  none: '–',
  dot: '·',
  banMark: '│',
  unobserved: '/',
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
  unobserved: '/',
  steps: '12345678',
  openQuote: '"',
  closeQuote: '"',
  ellipsis: '...',
};
