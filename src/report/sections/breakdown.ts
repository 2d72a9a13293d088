// Declares the columns of a breakdown by day, tool, host or role. It replaces the rows of hosts, so each format places
// it itself.

import type { BreakdownBy } from '../../model/breakdowns.ts';
import type { BreakdownRow } from '../../model/report.ts';
import { wordFor } from '../text/english-words.ts';
import type { Column, SectionContext } from './section.ts';

/** `head`: head of the column with the names of the parts. */
export function breakdownColumns(
  head: string,
  by: BreakdownBy,
  { words, place }: SectionContext,
): readonly Column<BreakdownRow>[] {
  const { heads } = words;
  const isTerminal = place === 'terminal';
  const flows: Column<BreakdownRow> = { head: heads.flows, kind: 'number', of: (row) => row.flows };
  return [
    { head, kind: 'text', of: ({ label }) => (by === 'role' ? wordFor(words.roles, label) : label) },
    { head: heads.hosts, kind: 'number', of: ({ hosts }) => hosts },
    { head: heads.tools, kind: 'number', of: ({ tools }) => tools },
    ...(isTerminal ? [flows] : []),
    { head: heads.sent, kind: 'bytes', of: ({ bytesUp }) => bytesUp },
    { head: heads.received, kind: 'bytes', of: ({ bytesDown }) => bytesDown },
    { head: heads.activeMinutes, kind: 'number', of: ({ activeMinutes }) => activeMinutes ?? '–' },
    {
      head: heads.requests,
      kind: 'range',
      of: ({ requests }) => requests ?? (isTerminal ? undefined : null),
    },
    { head: heads.telemetry, kind: 'share', of: ({ telemetryShare }) => telemetryShare },
    { head: heads.notVisible, kind: 'share', of: ({ notVisibleShare }) => notVisibleShare },
  ];
}
