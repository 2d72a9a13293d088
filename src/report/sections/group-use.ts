// Declares the section on groups: hosts with AI tools by week, as a curve.

import type { GroupUse } from '../../model/report.ts';
import type { Section, SectionTable } from './section.ts';

type Row = GroupUse['groups'][number];

/** Maximum characters of a curve. In longer periods, one character stands for several weeks. */
const MAX_SIGNS = 26;
const STEPS = [...'▁▂▃▄▅▆▇█'];

const table: SectionTable<Row> = {
  texts: ({ groupUse }) => groupUse,
  rows: ({ groupUse }) => groupUse?.groups ?? [],
  columns: ({ words, place }, rows) => {
    const { group, used, of, since, curve } = words.sections.groupUse;
    const top = Math.max(0, ...rows.map(countUsed));
    return [
      { head: group, kind: 'text', isRowHead: true, of: (row) => row.group },
      { head: used, kind: 'number', of: countUsed },
      { head: of, kind: 'number', of: ({ hosts }) => hosts },
      { head: since, kind: 'text', of: ({ weeks }) => weeks[0]?.week ?? '–' },
      place === 'page'
        ? {
            head: curve,
            kind: 'bars',
            of: ({ weeks }) =>
              weeks.length === 0
                ? null
                : { of: 'days', counts: selectWeeks(weeks), top, label: selectWeeks(weeks).join(', ') },
          }
        : {
            head: curve,
            kind: 'text',
            isOptional: true,
            of: ({ weeks }) => sparkline(selectWeeks(weeks), top),
          },
    ];
  },
  noun: 'line',
};

const countUsed = ({ weeks }: Row): number => weeks.at(-1)?.hosts ?? 0;

/** Selects the last of the weeks that one character stands for. */
function selectWeeks(weeks: Row['weeks']): number[] {
  const perSign = Math.max(1, Math.ceil(weeks.length / MAX_SIGNS));
  return weeks.flatMap(({ hosts }, i) => ((weeks.length - 1 - i) % perSign === 0 ? [hosts] : []));
}

const sparkline = (counts: readonly number[], top: number): string =>
  counts
    .map(
      (count) =>
        STEPS[Math.min(STEPS.length - 1, Math.floor((count / Math.max(1, top)) * (STEPS.length - 1)))],
    )
    .join('');

export const GROUP_USE: Section = {
  id: 'groupUse',
  tables: [table],
  notes: ({ words, document }, more) => {
    const { note, withheld } = words.sections.groupUse;
    const { leastHosts = 1, withheld: count = 0 } = document.groupUse ?? {};
    return [note, count === 0 ? '' : withheld(count, leastHosts), more];
  },
  pages: ['overview'],
};
