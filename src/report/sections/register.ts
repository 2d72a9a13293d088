// Declares the section on the register: use without an approval, and the result of each entry.

import type { RegisterEntryReport, RegisterUse } from '../../model/report.ts';
import { formatCount } from '../../text/quantity.ts';
import { formatToolName } from '../text/finding-words.ts';
import type { Section, SectionTable } from './section.ts';

const formatLines = ({ lines }: RegisterUse): string => lines.map(formatCount).join(' ');

const computeMinutes = ({ observedSeconds }: { readonly observedSeconds: number }): number =>
  Math.floor(observedSeconds / 60);

const uses: SectionTable<RegisterUse> = {
  texts: ({ register }) => register.uses,
  rows: ({ register }) => register?.uses ?? [],
  columns: ({ words, document }) => {
    const { heads, sections } = words;
    return [
      { head: heads.host, kind: 'text', isRowHead: true, of: ({ host }) => host },
      { head: heads.tool, kind: 'text', of: (row) => formatToolName(document, row) },
      { head: heads.result, kind: 'text', of: ({ result }) => sections.register.results[result] },
      { head: heads.confidence, kind: 'confidence', of: ({ confidence }) => confidence },
      { head: heads.firstSeen, kind: 'instant', of: ({ first }) => first },
      { head: heads.lastSeen, kind: 'instant', of: ({ last }) => last },
      { head: sections.register.line, kind: 'text', isOptional: true, of: formatLines },
    ];
  },
  noun: 'line',
  most: { terminal: 20 },
  csvLines: ({ host, tool, result, confidence, first, last }) => [
    { host, row: 'register', tool, kind: result, confidence, first_seen: first, last_seen: last },
  ],
};

const entries: SectionTable<RegisterEntryReport> = {
  texts: ({ register }) => register.entries,
  rows: ({ register }) => register?.entries ?? [],
  columns: ({ words, zone }) => {
    const { heads, sections } = words;
    const { answers, after, line, owner, observed } = sections.register;
    return [
      { head: line, kind: 'text', of: (row) => formatCount(row.line) },
      { head: heads.tool, kind: 'text', isRowHead: true, of: ({ name }) => name },
      { head: owner, kind: 'text', isOptional: true, of: (row) => row.owner ?? '–' },
      { head: heads.result, kind: 'text', of: ({ answer }) => answers[answer] },
      { head: heads.hosts, kind: 'number', of: ({ hosts }) => hosts },
      { head: heads.lastSeen, kind: 'time', of: ({ last }) => last },
      { head: observed, kind: 'number', of: (row) => computeMinutes(row) },
      {
        head: sections.register.removed,
        kind: 'text',
        of: ({ removed }) =>
          removed === null
            ? '–'
            : after[removed.answer](words.time(removed.since, zone), computeMinutes(removed)),
      },
    ];
  },
  noun: 'line',
  most: { terminal: 40 },
};

export const REGISTER: Section = {
  id: 'register',
  tables: [uses, entries],
  notes: ({ words, document }, more) => {
    const { note, withheld } = words.sections.register;
    const left = document.register?.withheld;
    return [note, left === undefined ? '' : withheld(left.entries, left.uses, left.leastHosts), more];
  },
  pages: ['overview', 'host', 'tool'],
  isShown: ({ register }) => register !== undefined,
};
