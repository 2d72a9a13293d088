// Defines a section of the report: tables of the document with their texts. Each is declared once, in its own file;
// terminal, page, Markdown and CSV render every listed section.

import type { Confidence } from '../../model/confidence.ts';
import type { Range, ReportDocument } from '../../model/report.ts';
import { formatCount, formatRange } from '../../text/quantity.ts';
import type { ReportWords } from '../text/english-words.ts';
import { type ReaderZone, readerZone } from '../text/instant-text.ts';
import type { ListNoun } from '../text/messages.ts';
import type { OutcomeKind } from '../text/policy-outcome.ts';

type SectionWords = ReportWords['sections'];

export type Place = 'terminal' | 'page' | 'markdown' | 'csv';

/** Pages of a server that show sections after their own parts. */
export type ServerPage = 'overview' | 'host' | 'tool' | 'services' | 'notVisible' | 'health';

export interface SectionContext {
  readonly document: ReportDocument;
  readonly words: ReportWords;
  readonly zone: ReaderZone;
  readonly place: Place;
}

/** Columns by which the table of tools can be sorted. */
export type ToolColumn = 'name' | 'hosts' | 'minutes' | 'sent' | 'received' | 'first';

/** Link targets of cells and heads; null without such a page. */
export interface CellLinks {
  tool(id: string): string | null;
  host(host: string): string | null;
  /** Links to the health of the connections of a host or tool. */
  health(part: { readonly host?: string; readonly tool?: string }): string | null;
  /** Links to a table in another order, with its current order; null if the script of the page sorts it. */
  sortTools(
    by: ToolColumn,
  ): { readonly to: string; readonly sorted: 'ascending' | 'descending' | null } | null;
}

/** Two values, and their difference. */
export interface ChangeText {
  readonly before: string;
  readonly after: string;
  /** With its sign; empty if no difference is claimed. */
  readonly difference: string;
  /** "1.2 MB to 3.4 MB"; empty if the sums are sufficient. */
  readonly perDay: string;
}

/** Small bars of a row. All rows have one scale up to `top`. */
export type Bars =
  | { readonly of: 'days'; readonly counts: readonly number[]; readonly top: number; readonly label: string }
  /** The uncertain part of telemetry, drawn paler. */
  | {
      readonly of: 'payload';
      readonly model: number;
      readonly low: number;
      readonly high: number;
      readonly top: number;
    };

/** The tool is denied on all hosts of the report, or on some. */
export type BanOfTool = 'banned' | 'partlyBanned';

/** A column: the content of its cells. Numbers are right-aligned. */
export type Column<Row> = {
  readonly head: string;
  /** Head next to a cell on screens without columns; absent: the head. */
  readonly shortHead?: string;
  /** The column names the row. If absent on every column, the first one does. */
  readonly isRowHead?: true;
  /** If the line is too short, the terminal omits the last of these columns first; without any, the last column. */
  readonly isOptional?: true;
  /** The terminal may truncate texts to this width. */
  readonly leastWidth?: number;
  /** On the page, the head of a row is code, for example an address. */
  readonly isCode?: true;
  tone?(row: Row): 'info' | 'susp' | 'none';
  /** Text below the cell on the page. */
  below?(row: Row): string | null;
  /** Link of the cell on the page. */
  to?(row: Row, links: CellLinks): string | null;
  /** The page can sort the table by this column. */
  readonly sort?: { readonly by: ToolColumn; value(row: Row): string | number };
} & (
  | { readonly kind: 'text'; of(row: Row): string }
  /** A text is an amount in words. */
  | { readonly kind: 'number'; of(row: Row): number | string }
  | { readonly kind: 'seconds'; of(row: Row): number }
  /** Null: unknown. */
  | { readonly kind: 'bytes'; of(row: Row): number | null }
  | { readonly kind: 'share'; of(row: Row): number | null }
  | { readonly kind: 'instant'; of(row: Row): string }
  /** With the name of the month; null: unknown. */
  | { readonly kind: 'time'; of(row: Row): string | null }
  /** Undefined: there is nothing to estimate. Null: no estimate is possible. */
  | { readonly kind: 'range'; of(row: Row): Range | null | undefined }
  /** Null: not found. */
  | { readonly kind: 'confidence'; of(row: Row): Confidence | null }
  /** Null: no rule covers it. */
  | { readonly kind: 'outcome'; of(row: Row): OutcomeKind | BanOfTool | null }
  /** Null: no change. */
  | { readonly kind: 'change'; of(row: Row): ChangeText | null }
  /** On the page only. The head is a legend of the colors, by class. */
  | {
      readonly kind: 'bars';
      readonly keys?: readonly (readonly [className: string, text: string])[];
      of(row: Row): Bars | null;
    }
);

export interface TableTexts {
  /** Absent: the title of the section. */
  readonly title?: string;
  /** Accessible name; absent: the title. */
  readonly label?: string;
  readonly caption: string;
  /** Absent: only screen readers use the caption. */
  readonly isCaptionShown?: true;
  /** The table has two columns: terms and their meaning. */
  readonly isOfTerms?: true;
}

export interface SectionTable<Row = unknown> {
  /** `all`: number of rows, shown or not. */
  texts(words: SectionWords, rows: readonly Row[], all: number): TableTexts;
  columns(context: SectionContext, rows: readonly Row[]): readonly Column<Row>[];
  /** Returns no rows if the place omits the table. */
  rows(document: ReportDocument, context: Pick<SectionContext, 'words' | 'place'>): readonly Row[];
  /** Absent: the table has no note about omitted rows, and all rows are printed. */
  readonly noun?: ListNoun;
  readonly most?: Partial<Record<Place, number>>;
  /** Returns lines of a row under the columns of the table of uses; absent: CSV omits the table. */
  csvLines?(row: Row): readonly Readonly<Record<string, string | number | null>>[];
}

export interface Section {
  /** Key of the section's texts, and its fragment on the page. */
  readonly id: keyof SectionWords;
  readonly tables: readonly SectionTable[];
  /** Computes fields of the document from its other fields; absent: none. */
  facts?(document: ReportDocument): Partial<ReportDocument>;
  /** Returns sentences about the tables. `more` states the number of omitted rows. Absent: none. */
  notes?(context: SectionContext, more: string): readonly string[];
  /** Pages of a server that show it; absent: none. */
  readonly pages?: readonly ServerPage[];
  /** Absent: every place except CSV, which contains lines of tables. */
  readonly places?: readonly Place[];
  /** The brief terminal report states only the number of its rows. */
  readonly isInFullOnly?: true;
  /** Absent: a section without rows is not shown. 'heads': its tables are shown without rows. */
  isShown?(document: ReportDocument): boolean | 'heads';
}

/**
 * Maximum hosts in a table. Readers do not read further, and the width of a column is known only when all of its rows
 * are in memory.
 */
export const MAX_TABLE_HOSTS = 10_000;

/** Maximum rows of a table without a limit of its own; JSON has all of them. */
const MOST: Partial<Record<Place, number>> = { page: 200 };

/** A part of a list. */
export interface Rows {
  readonly from: number;
  readonly count: number;
}

/** A table with its columns and rows for one place. */
export interface TableShown extends Required<Omit<TableTexts, 'isCaptionShown' | 'isOfTerms'>> {
  readonly isCaptionShown: boolean;
  readonly isOfTerms: boolean;
  readonly noun: ListNoun | null;
  readonly columns: readonly Column<unknown>[];
  readonly rows: readonly unknown[];
  /** Number of omitted rows. */
  readonly more: number;
  readonly context: SectionContext;
}

/** Returns the tables with rows; null if the section is not shown. */
export function showSection(
  { id, tables, places, isShown }: Section,
  context: SectionContext,
): readonly TableShown[] | null {
  const { document, words, place } = context;
  if (places?.includes(place) === false) return null;
  const title = formatTitle(id, words);
  const isWanted = isShown?.(document) ?? false;
  const shown = tables
    .map((table) => showTable(table, title, context))
    .filter(({ rows }) => rows.length > 0 || isWanted === 'heads');
  return shown.length > 0 || isWanted !== false ? shown : null;
}

export const formatTitle = (id: Section['id'], { sections }: ReportWords): string => sections[id].title;

export function showTable<Row>(
  table: SectionTable<Row>,
  sectionTitle: string,
  context: SectionContext,
  part: Rows = { from: 0, count: table.most?.[context.place] ?? MOST[context.place] ?? Infinity },
): TableShown {
  const { document, words, place } = context;
  const all: readonly Row[] = table.rows(document, context);
  const rows = all.slice(part.from, part.from + part.count);
  const texts = table.texts(words.sections, rows, all.length);
  const { title = sectionTitle, label = title } = texts;
  const columns = table.columns(context, all);
  return {
    isCaptionShown: false,
    isOfTerms: false,
    ...texts,
    title,
    label,
    rows,
    context,
    noun: table.noun ?? null,
    columns: place === 'page' ? columns : columns.filter(({ kind }) => kind !== 'bars'),
    more: all.length - rows.length,
  };
}

/** `more`: number of omitted rows in words; empty: none. */
export const notesText = (section: Section, context: SectionContext, more = ''): string =>
  (section.notes?.(context, more) ?? []).filter((note) => note !== '').join(' ');

export const buildContext = (document: ReportDocument, words: ReportWords, place: Place): SectionContext => ({
  document,
  words,
  place,
  zone: readerZone(document),
});

const NUMERIC: ReadonlySet<Column<unknown>['kind']> = new Set([
  ...(['number', 'seconds', 'bytes', 'share', 'range', 'change'] as const),
]);

export const isNumeric = ({ kind }: Column<unknown>): boolean => NUMERIC.has(kind);

/** Returns "12 to 15". */
export const formatChange = ({ before, after }: ChangeText, words: ReportWords): string =>
  before === after ? before : words.comparison.change(before, after);

export function cellText(
  column: Column<unknown>,
  row: unknown,
  { words, zone }: Pick<SectionContext, 'words' | 'zone'>,
): string {
  const textOr = <T>(value: T | null, print: (value: T) => string, unknown = '–'): string =>
    value === null ? unknown : print(value);
  switch (column.kind) {
    case 'text':
      return column.of(row);
    case 'number': {
      const value = column.of(row);
      return typeof value === 'string' ? value : formatCount(value);
    }
    case 'seconds':
      return `${formatCount(column.of(row))} s`;
    case 'bytes':
      return textOr(column.of(row), words.bytes);
    case 'share':
      return textOr(column.of(row), words.share);
    case 'instant':
      return words.shortTime(column.of(row), zone);
    case 'time':
      return textOr(column.of(row), (instant) => words.time(instant, zone));
    case 'range': {
      const range = column.of(row);
      return range === undefined
        ? '–'
        : textOr(range, (estimate) => formatRange(estimate, 'total'), words.noEstimate);
    }
    case 'confidence':
      return textOr(column.of(row), (confidence) => words.confidences[confidence], words.notFound);
    case 'outcome': {
      const outcome = column.of(row);
      return outcome === 'banned' || outcome === 'partlyBanned'
        ? words.sections.tools[outcome]
        : textOr(outcome, (kind) => words.outcomes[kind], '');
    }
    case 'change':
      return textOr(column.of(row), (change) => changeText(change, words), '');
    case 'bars':
      return '';
  }
}

/** Returns "12 to 15 (+3; a day 1.7 to 2.1)". */
function changeText(change: ChangeText, words: ReportWords): string {
  const { difference, perDay } = change;
  const more = [difference, perDay === '' ? '' : words.comparison.perDay(perDay)].filter(
    (text) => text !== '',
  );
  return more.length === 0
    ? formatChange(change, words)
    : `${formatChange(change, words)} (${more.join(words.clauseSeparator)})`;
}
