// Declares the glossary of the report.

import type { ReportDocument } from '../../model/report.ts';
import type { ReportWords } from '../text/english-words.ts';
import { readerZone, unixSeconds } from '../text/instant-text.ts';
import { buildVerdicts } from '../text/verdict.ts';
import type { Section, SectionTable } from './section.ts';

type Term = readonly [term: string, meaning: string];

const table: SectionTable<Term> = {
  texts: ({ glossary: { title } }) => ({ caption: title, isOfTerms: true }),
  rows: (document, { words }) => listTerms(document, words),
  columns: () => [
    { head: '', kind: 'text', of: ([term]) => term },
    { head: '', kind: 'text', of: ([, meaning]) => meaning },
  ],
};

/** Omits terms of a policy if the document has none. */
function listTerms(document: ReportDocument, words: ReportWords): Term[] {
  const grace = graceText(document, words);
  const shown = {
    ...words.sections.glossary.terms,
    ...(document.policy === undefined ? { exception: null, gracePeriod: null } : {}),
    ...(grace === null ? { gracePeriod: null } : {}),
  };
  return Object.values(shown).flatMap((entry) =>
    entry === null ? [] : [[entry.term, entry.meaning(grace)] as const],
  );
}

/** Returns the days of the grace period of the report's first rule. */
function graceText(document: ReportDocument, words: ReportWords): string | null {
  const [first] = buildVerdicts(document);
  const { effective = null, graceUntil = null } = first?.rule ?? {};
  if (effective === null || graceUntil === null) return null;
  const zone = readerZone(document);
  return words.span(zone.dayOf(unixSeconds(effective)), zone.dayOf(unixSeconds(graceUntil) - 1));
}

export const GLOSSARY: Section = {
  id: 'glossary',
  tables: [table],
  places: ['page'],
};
