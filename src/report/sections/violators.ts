// Declares the list of hosts that violated a rule, below the verdict: since when, how much, and how certain. The
// terminal lists them among its findings.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { stateText } from '../text/finding-life-words.ts';
import { formatToolName, isGrave, sortBySeverity } from '../text/finding-words.ts';
import { hostsByName } from '../text/hosts-by-name.ts';
import type { Section, SectionTable } from './section.ts';

/** Maximum rows. The findings contain the others. */
const MAX_ROWS = 12;

const table: SectionTable<Finding> = {
  texts: ({ violators: { caption } }) => ({ caption, isCaptionShown: true }),
  rows: graveFindings,
  columns: ({ words, document, zone }, rows) => {
    const { heads } = words;
    const hosts = hostsByName(document);
    return [
      { head: heads.result, kind: 'outcome', of: ({ result }) => result },
      { head: heads.host, kind: 'text', isRowHead: true, isCode: true, of: ({ host }) => host },
      { head: heads.name, kind: 'text', of: ({ host }) => hosts.get(host)?.name ?? '–' },
      {
        head: words.sections.violators.group,
        kind: 'text',
        of: ({ host }) => hosts.get(host)?.groups.join(words.listSeparator) || '–',
      },
      { head: heads.tool, kind: 'text', of: (finding) => formatToolName(document, finding) },
      ...(new Set(rows.map(({ rule }) => rule)).size > 1
        ? [{ head: heads.rule, kind: 'text', of: ({ rule }: Finding) => rule } as const]
        : []),
      { head: heads.first, kind: 'time', of: ({ first }) => first },
      { head: heads.last, kind: 'time', of: ({ last }) => last },
      { head: heads.sent, kind: 'bytes', of: ({ payloadUp }) => payloadUp },
      { head: heads.confidence, kind: 'confidence', of: ({ confidence }) => confidence },
      ...(document.findingLog === undefined
        ? []
        : [
            {
              ...({ head: heads.state, kind: 'text' } as const),
              of: (finding: Finding) => stateText(finding, zone, words),
            },
          ]),
    ];
  },
  most: { page: MAX_ROWS },
};

function graveFindings({ findings = [] }: ReportDocument): Finding[] {
  return sortBySeverity(findings).filter(isGrave);
}

/** Returns the number of omitted rows. */
export const countMoreViolators = (document: ReportDocument): number =>
  Math.max(0, graveFindings(document).length - MAX_ROWS);

export const VIOLATORS: Section = {
  id: 'violators',
  tables: [table],
  places: ['page'],
};
