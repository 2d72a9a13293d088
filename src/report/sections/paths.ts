// Declares the section on required paths: the connections of a tool that passed a gateway of its rule, by host and day,
// and the paths of the others.

import type { PathDay } from '../../model/report.ts';
import { formatToolName } from '../text/finding-words.ts';
import type { Section, SectionTable } from './section.ts';

interface PathRow extends PathDay {
  readonly rule: string;
}

const table: SectionTable<PathRow> = {
  texts: ({ paths }) => paths,
  rows: ({ summary }) =>
    (summary?.rules ?? []).flatMap(({ rule, paths }) =>
      (paths?.days ?? []).map((day) => ({ rule, ...day })).sort((a, b) => b.around - a.around),
    ),
  columns: ({ words, document }) => {
    const { heads, sections } = words;
    const { through, around, unclear, unknown, share, directTo } = sections.paths;
    return [
      { head: heads.rule, kind: 'text', of: ({ rule }) => rule },
      { head: heads.host, kind: 'text', isRowHead: true, of: ({ host }) => host },
      { head: heads.tool, kind: 'text', of: (row) => formatToolName(document, row) },
      { head: heads.day, kind: 'text', of: ({ date }) => date },
      { head: share, kind: 'share', of: shareThrough },
      { head: through, kind: 'number', of: (row) => row.through },
      { head: around, kind: 'number', of: (row) => row.around },
      { head: unclear, kind: 'number', of: (row) => row.unclear },
      { head: unknown, kind: 'number', isOptional: true, of: (row) => row.unknown },
      {
        head: directTo,
        kind: 'text',
        isOptional: true,
        isCode: true,
        of: ({ direct = [] }) =>
          direct.map(({ name, servers, flows }) => `${name} ${servers.join(' ')} (${flows})`).join(', '),
      },
    ];
  },
  noun: 'line',
  most: { terminal: 20 },
};

/** Returns the share of connections through a gateway, among those whose path is known or unclear; null without any. */
function shareThrough({ through, around, unclear }: PathDay): number | null {
  const all = through + around + unclear;
  return all === 0 ? null : through / all;
}

export const PATHS: Section = {
  id: 'paths',
  tables: [table],
  notes: ({ words }, more) => [words.sections.paths.note, more],
  pages: ['overview', 'host'],
};
