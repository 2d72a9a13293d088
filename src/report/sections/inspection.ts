// Declares the section on connections by the statement of gateways: decrypted, passed without inspection, or no
// statement.

import type { ToolUse } from '../../model/report.ts';
import { isInProviderRow } from '../text/provider-rows.ts';
import type { Section, SectionTable } from './section.ts';

interface Inspected extends Pick<ToolUse, 'name'>, NonNullable<ToolUse['inspection']> {
  readonly host: string;
}

const table: SectionTable<Inspected> = {
  texts: ({ inspection }) => inspection,
  rows: ({ hosts }) =>
    hosts.flatMap((host) =>
      [...host.tools, ...host.providers].flatMap((use) =>
        // A possible tool has the connections of its provider, which count once. Names are compared only where they are read.
        use.inspection === undefined || (host.tools.includes(use) && isInProviderRow(use, host))
          ? []
          : [{ host: host.host, name: use.name, ...use.inspection }],
      ),
    ),
  columns: ({ words: { heads, sections, notKnown } }) => [
    { head: heads.host, kind: 'text', isRowHead: true, of: ({ host }) => host },
    { head: heads.tool, kind: 'text', of: ({ name }) => name },
    { head: sections.inspection.inspected, kind: 'number', of: ({ inspected }) => inspected },
    { head: sections.inspection.notInspected, kind: 'number', of: ({ notInspected }) => notInspected },
    { head: notKnown, kind: 'number', of: ({ unknown }) => unknown },
  ],
  noun: 'line',
  most: { terminal: 20 },
};

export const INSPECTION: Section = {
  id: 'inspection',
  tables: [table],
  notes: ({ words }, more) => [words.sections.inspection.note, more],
  pages: ['overview', 'host', 'tool'],
  isInFullOnly: true,
};
