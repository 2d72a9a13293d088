// Declares the section that compares the tools and providers found with and without server names.

import type { NamedPart, WithoutNames } from '../../model/report.ts';
import { type ReportWords, wordFor } from '../text/english-words.ts';
import type { Section, SectionTable } from './section.ts';

const table: SectionTable<WithoutNames> = {
  texts: ({ withoutNames }) => withoutNames,
  rows: ({ withoutNames = [] }) => withoutNames,
  columns: ({ words }) => [
    {
      head: words.heads.tool,
      kind: 'text',
      of: ({ name, isProvider }) => (isProvider ? words.provider(name) : name),
    },
    { head: words.heads.withNames, kind: 'confidence', of: ({ named }) => named?.confidence ?? null },
    { head: words.heads.hosts, kind: 'number', of: ({ named }) => named?.hosts ?? 0 },
    { head: words.heads.withoutNames, kind: 'confidence', of: ({ unnamed }) => unnamed?.confidence ?? null },
    { head: words.heads.hostsLeft, kind: 'number', of: ({ unnamed }) => unnamed?.hosts ?? 0 },
    { head: words.heads.evidenceLeft, kind: 'text', of: ({ unnamed }) => evidenceText(unnamed, words) },
    { head: words.heads.anySign, kind: 'text', of: (row) => anySign(row, words) },
    { head: words.heads.requests, kind: 'range', of: ({ named }) => named?.requests },
    { head: words.heads.requestsLeft, kind: 'range', of: ({ unnamed }) => unnamed?.requests },
  ],
  noun: 'tool',
};

const evidenceText = (part: NamedPart | null, { sections, listSeparator }: ReportWords): string =>
  part === null
    ? '–'
    : part.evidence.map((kind) => wordFor(sections.withoutNames.kinds, kind)).join(listSeparator);

/** Counts hosts of a row that still have a row of any tool or provider. */
const anySign = ({ named, traced }: WithoutNames, { sections }: ReportWords): string =>
  named === null ? '–' : sections.withoutNames.anySign(traced, named.hosts);

function sumsText(rows: readonly WithoutNames[], { sections }: ReportWords): string {
  const tools = rows.filter(({ isProvider, named }) => !isProvider && named !== null);
  const left = tools.filter(({ unnamed }) => unnamed !== null).length;
  return sections.withoutNames.note(left, tools.length);
}

export const WITHOUT_NAMES: Section = {
  id: 'withoutNames',
  tables: [table],
  notes: ({ document, words }) => [sumsText(document.withoutNames ?? [], words)],
  isShown: ({ withoutNames }) => withoutNames !== undefined,
};
