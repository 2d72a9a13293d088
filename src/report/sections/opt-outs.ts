// Declares the section on telemetry that a rule requires to be switched off: the answer by host and tool.

import type { OptOut } from '../../model/report.ts';
import { formatBetween } from '../../text/quantity.ts';
import { formatToolName } from '../text/finding-words.ts';
import type { Section, SectionTable } from './section.ts';

interface OptOutRow extends OptOut {
  readonly rule: string;
}

const table: SectionTable<OptOutRow> = {
  texts: ({ optOuts }) => optOuts,
  rows: ({ summary }) =>
    (summary?.rules ?? []).flatMap(({ rule, optOuts = [] }) =>
      optOuts.map((optOut) => ({ rule, ...optOut })),
    ),
  columns: ({ words, document }) => {
    const { heads, sections, bytes } = words;
    const { answers, reasons } = sections.optOuts;
    return [
      { head: heads.rule, kind: 'text', of: ({ rule }) => rule },
      { head: heads.host, kind: 'text', isRowHead: true, of: ({ host }) => host },
      { head: heads.tool, kind: 'text', of: (row) => formatToolName(document, row) },
      { head: heads.result, kind: 'text', of: ({ answer }) => answers[answer] },
      { head: heads.since, kind: 'time', of: ({ since }) => since },
      { head: heads.last, kind: 'time', of: ({ last }) => last },
      {
        head: heads.telemetry,
        kind: 'number',
        of: ({ payloadUp }) => (payloadUp === null ? '–' : formatBetween(payloadUp, bytes)),
      },
      {
        head: heads.reason,
        kind: 'text',
        of: (row) => row.reasons.map((reason) => reasons[reason]).join(words.clauseSeparator),
      },
    ];
  },
  noun: 'line',
  most: { terminal: 20 },
};

export const OPT_OUTS: Section = {
  id: 'optOuts',
  tables: [table],
  notes: ({ words }, more) => [words.sections.optOuts.note, more],
  pages: ['overview', 'host'],
};
