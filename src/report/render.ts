// Lists the output formats, one file each. A format is loaded on demand, because some are large.

import type { ReportDocument } from '../model/report.ts';
import { PLAIN, type RenderOptions } from './text/render-options.ts';

/** A text, or pieces of it that are whole lines except for JSON. */
type Rendered = string | Iterable<string>;

type Render = (document: ReportDocument, options: RenderOptions) => Rendered | Promise<Rendered>;

/** Parts on request: a breakdown by day, tool, host or role; a comparison of two spans; the result without names. */
type OnRequest = 'breakdown' | 'comparison' | 'withoutNames';

interface Format {
  /** Its days and times are in the reader's time zone. */
  readonly isForPeople?: true;
  /** The format exists in every language. Other formats are in English. */
  readonly hasLanguages?: true;
  /** The format shows these parts on request. */
  readonly shows?: readonly OnRequest[];
  readonly load: () => Promise<Render>;
}

const FORMATS = {
  terminal: {
    isForPeople: true,
    shows: ['breakdown', 'comparison', 'withoutNames'],
    load: async () => (await import('./terminal/terminal.ts')).renderTerminal,
  },
  json: {
    shows: ['breakdown', 'comparison', 'withoutNames'],
    load: async () => (await import('./format/json.ts')).renderJson,
  },
  ndjson: {
    load: async () => (await import('./format/eve.ts')).renderEve,
  },
  eve: { load: async () => (await import('./format/eve.ts')).renderEve },
  zeek: {
    load: async () => (await import('./format/zeek.ts')).renderZeek,
  },
  ecs: {
    load: async () => (await import('./format/ecs.ts')).renderEcs,
  },
  csv: {
    shows: ['breakdown', 'comparison'],
    load: async () => (await import('./format/csv.ts')).renderCsv,
  },
  md: {
    isForPeople: true,
    hasLanguages: true,
    shows: ['breakdown', 'comparison', 'withoutNames'],
    load: async () => (await import('./format/markdown.ts')).renderMarkdown,
  },
  html: {
    isForPeople: true,
    hasLanguages: true,
    shows: ['comparison', 'withoutNames'],
    load: async () => (await import('./html/report-page.ts')).renderHtml,
  },
  summary: {
    isForPeople: true,
    hasLanguages: true,
    load: async () => (await import('./html/compliance-summary.ts')).renderSummary,
  },
  junit: {
    load: async () => (await import('./format/junit.ts')).renderJunit,
  },
  sarif: {
    load: async () => (await import('./format/sarif.ts')).renderSarif,
  },
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];

const formatsWith = (isSelected: (format: Format) => boolean): readonly FormatName[] =>
  FORMAT_NAMES.filter((name) => isSelected(FORMATS[name]));

export const BREAKDOWN_FORMATS = formatsWith(({ shows }) => shows?.includes('breakdown') === true);
export const COMPARISON_FORMATS = formatsWith(({ shows }) => shows?.includes('comparison') === true);
export const NAMES_FORMATS = formatsWith(({ shows }) => shows?.includes('withoutNames') === true);
export const LANGUAGE_FORMATS = formatsWith(({ hasLanguages }) => hasLanguages === true);

export function isForPeople(format: FormatName): boolean {
  const { isForPeople: is }: Format = FORMATS[format];
  return is === true;
}

/** Loads a format early, because a confined process may not be able to do so later. */
export async function loadFormat(format: FormatName): Promise<void> {
  await FORMATS[format].load();
}

/** Yields the report in pieces on demand, because the report of a large network is longer than a string can be. */
export async function reportChunks(
  document: ReportDocument,
  format: FormatName,
  options: RenderOptions,
): Promise<Iterable<string>> {
  const render: Render = await FORMATS[format].load();
  const rendered = await render(document, options);
  return typeof rendered === 'string' ? [rendered] : rendered;
}

export async function renderReport(
  document: ReportDocument,
  format: FormatName,
  options: RenderOptions = PLAIN,
): Promise<string> {
  return [...(await reportChunks(document, format, options))].join('');
}
