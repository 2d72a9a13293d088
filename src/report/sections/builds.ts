// Declares the section on builds: a line for each host and tool with a placed start. Pages and Markdown have them with
// the evidence.

import type { ReportDocument } from '../../model/report.ts';
import { buildsText } from '../text/words.ts';
import type { Section, SectionContext, SectionTable } from './section.ts';

interface BuildRow {
  readonly host: string;
  readonly name: string;
  readonly text: string;
}

const table: SectionTable<BuildRow> = {
  texts: ({ builds }) => builds,
  rows: buildRows,
  columns: ({ words: { heads, sections } }) => [
    { head: heads.host, kind: 'text', of: ({ host }) => host },
    { head: heads.tool, kind: 'text', of: ({ name }) => name },
    { head: sections.builds.build, kind: 'text', of: ({ text }) => text },
  ],
  noun: 'line',
  most: { terminal: 20 },
};

/** Returns no rows without a placed start. */
function buildRows(
  { hosts, breakdown, comparison }: ReportDocument,
  { words }: Pick<SectionContext, 'words'>,
): BuildRow[] {
  // Builds belong to the rows of hosts, which a breakdown or comparison replaces.
  if (breakdown !== undefined || comparison !== undefined) return [];
  return hosts.flatMap(({ host, tools }) =>
    tools.flatMap(({ name, builds, confidence }) => {
      // A possible tool may be another program, so its builds are only in the evidence.
      const text = builds === undefined || confidence === 'possible' ? null : buildsText(builds, words);
      return text === null ? [] : [{ host, name, text }];
    }),
  );
}

export const BUILDS: Section = {
  id: 'builds',
  tables: [table],
  notes: ({ words }, more) => [more, words.sections.builds.note],
  places: ['terminal'],
  isInFullOnly: true,
};
