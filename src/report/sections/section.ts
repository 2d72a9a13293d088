// A section of the report: tables of the document with the texts around them. Each is declared once, in a file of its own;
// terminal, page, Markdown and CSV draw every section of the list.

import type { Confidence } from '../../model/confidence.ts';
import type { Range, ReportDocument } from '../../model/report.ts';
import { formatCount, formatRange } from '../../text/quantity.ts';
import type { ReportWords } from '../text/english-words.ts';
import { type ReaderZone, readerZone } from '../text/instant.ts';
import type { ListNoun } from '../text/messages.ts';

type SectionWords = ReportWords['sections'];

export type Place = 'terminal' | 'page' | 'markdown' | 'csv';

/** Pages of a server that show sections of the report below their own parts. */
export type ServerPage = 'overview' | 'host' | 'tool' | 'services' | 'notVisible' | 'health';

export interface SectionContext {
  readonly document: ReportDocument;
  readonly words: ReportWords;
  readonly zone: ReaderZone;
  readonly place: Place;
}

/** What a cell holds; numbers stand on the right. */
export type Column<Row> = {
  readonly head: string;
  /** Names the row; absent on every column: the first does. */
  readonly isRowHead?: true;
} & (
  | { readonly kind: 'text'; of(row: Row): string }
  /** On the page, the host of the row leads to the health of its connections. */
  | { readonly kind: 'link'; of(row: Row): string }
  /** A text is an amount in words. */
  | { readonly kind: 'number'; of(row: Row): number | string }
  | { readonly kind: 'seconds'; of(row: Row): number }
  | { readonly kind: 'bytes'; of(row: Row): number }
  /** Null: not known. */
  | { readonly kind: 'share'; of(row: Row): number | null }
  | { readonly kind: 'instant'; of(row: Row): string }
  /** Undefined: there is nothing to estimate; null: no estimate is possible. */
  | { readonly kind: 'range'; of(row: Row): Range | null | undefined }
  /** Null: not found. */
  | { readonly kind: 'confidence'; of(row: Row): Confidence | null }
);

export interface TableTexts {
  /** Absent: the title of the section. */
  readonly title?: string;
  /** Accessible name; absent: the title. */
  readonly label?: string;
  readonly caption: string;
}

export interface SectionTable<Row = unknown> {
  texts(words: SectionWords): TableTexts;
  columns(context: SectionContext): readonly Column<Row>[];
  /** None where the place leaves the table out. */
  rows(document: ReportDocument, context: Pick<SectionContext, 'words' | 'place'>): readonly Row[];
  readonly noun: ListNoun;
  /** Largest number of rows. */
  readonly most?: Partial<Record<Place, number>>;
  /** Lines of a row under the columns of the table of uses; absent: CSV leaves the table out. */
  csvLines?(row: Row): readonly Readonly<Record<string, string | number | null>>[];
}

export interface Section {
  /** Names the texts of the section, and its place on the page. */
  readonly id: keyof SectionWords;
  readonly tables: readonly SectionTable[];
  /** Sentences about the tables, those without text left out; `more` counts the rows that are left out. */
  notes(context: SectionContext, more: string): readonly string[];
  /** Pages of a server that show it. */
  readonly pages: readonly ServerPage[];
  /** Absent: a section without rows is not shown. */
  isShown?(document: ReportDocument): boolean;
}

/** Rows of a table that has no limit of its own; all of them are in JSON. */
const MOST: Partial<Record<Place, number>> = { page: 200 };

/** A table with its columns and rows for one place. */
export interface TableShown {
  readonly title: string;
  readonly label: string;
  readonly caption: string;
  readonly noun: ListNoun;
  readonly columns: readonly Column<unknown>[];
  readonly rows: readonly unknown[];
  /** Rows that are left out. */
  readonly more: number;
  readonly context: SectionContext;
}

/** The tables with rows; null where the section is not shown. */
export function showSection(
  { id, tables, isShown }: Section,
  context: SectionContext,
): readonly TableShown[] | null {
  const { document, words } = context;
  const shown = tables
    .map((table) => showTable(table, words.sections[id].title, context))
    .filter(({ rows }) => rows.length > 0);
  return shown.length > 0 || isShown?.(document) === true ? shown : null;
}

export function showTable<Row>(
  table: SectionTable<Row>,
  sectionTitle: string,
  context: SectionContext,
): TableShown {
  const { document, words, place } = context;
  const { title = sectionTitle, label = title, caption } = table.texts(words.sections);
  const all: readonly Row[] = table.rows(document, context);
  const rows = all.slice(0, table.most?.[place] ?? MOST[place]);
  return {
    ...{ title, label, caption, noun: table.noun, rows, more: all.length - rows.length },
    columns: table.columns(context),
    context,
  };
}

/** `more`: how many rows are left out; empty: none. */
export const notesText = ({ notes }: Section, context: SectionContext, more = ''): string =>
  notes(context, more)
    .filter((note) => note !== '')
    .join(' ');

export const contextOf = (document: ReportDocument, words: ReportWords, place: Place): SectionContext => ({
  ...{ document, words, place },
  zone: readerZone(document),
});

const NUMERIC: readonly Column<unknown>['kind'][] = ['number', 'seconds', 'bytes', 'share', 'range'];

export const isNumeric = ({ kind }: Column<unknown>): boolean => NUMERIC.includes(kind);

export function cellText(
  column: Column<unknown>,
  row: unknown,
  { words, zone }: Pick<SectionContext, 'words' | 'zone'>,
): string {
  switch (column.kind) {
    case 'text':
    case 'link':
      return column.of(row);
    case 'number': {
      const value = column.of(row);
      return typeof value === 'string' ? value : formatCount(value);
    }
    case 'seconds':
      return `${formatCount(column.of(row))} s`;
    case 'bytes':
      return words.bytes(column.of(row));
    case 'share': {
      const share = column.of(row);
      return share === null ? '–' : words.share(share);
    }
    case 'instant':
      return words.shortTime(column.of(row), zone);
    case 'range': {
      const range = column.of(row);
      return range === undefined ? '–' : range === null ? words.noEstimate : formatRange(range, 'total');
    }
    case 'confidence': {
      const confidence = column.of(row);
      return confidence === null ? words.notFound : words.confidences[confidence];
    }
  }
}
