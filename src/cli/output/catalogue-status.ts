// `wiretally catalogue status` as text: one row a tool, then what has ended.

import type { ToolStatus } from '../../catalogue/status.ts';
import {
  ASCII_GLYPHS,
  type RenderOptions,
  tableWidthOf,
  UNICODE_GLYPHS,
} from '../../report/text/render-options.ts';
import { plural } from '../../text/quantity.ts';
import { type Column, fitTable, painter, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';

export function statusText(version: string, tools: readonly ToolStatus[], terminal: RenderOptions): string {
  const dash = terminal.unicode ? '–' : '-';
  const column = (head: string, text: (tool: ToolStatus) => string, leastWidth?: number): Column => ({
    head,
    align: 'left',
    cells: tools.map((tool) => ({ text: visibleText(text(tool)) })),
    ...(leastWidth === undefined ? {} : { leastWidth }),
  });
  const days = (count: number | null): string => (count === null ? dash : String(count));
  const table = [
    column('ID', ({ tool }) => tool),
    column('LOOKED AT', ({ newestFactDays }) => days(newestFactDays)),
    column('OLDEST', ({ oldestFactDays }) => days(oldestFactDays)),
    column('UNCHECKED', ({ names, neverChecked }) => `${neverChecked} of ${names}`),
    column('RECORDED', ({ recorded }) => recorded.at(-1) ?? 'never', 8),
    column('BUILDS TO', ({ builds }) => builds?.newest ?? dash, 8),
    column('NEWEST KNOWN', ({ newest }) => newest.map(({ version: known }) => known).join(', ') || dash, 8),
  ];
  const { ellipsis } = terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const never = tools.filter(({ recorded }) => recorded.length === 0).length;
  const behind = tools.filter(({ isBehind, recorded }) => isBehind && recorded.length > 0);
  const ended = tools.flatMap((tool) => tool.ended.map((one) => ({ ...one, name: tool.name })));
  const lines = [
    ...fitTable(table, painter(terminal.color), tableWidthOf(terminal), ellipsis),
    '',
    ...wrap(
      `Catalogue ${version}, ${plural(tools.length, 'tool', 'tools')}, ${never} never recorded. LOOKED AT and OLDEST are days since the newest and the oldest fact were verified; UNCHECKED are names that were not verified again; RECORDED is the newest version that was recorded; BUILDS TO is the newest build whose start has recorded marks.`,
      terminal.width,
    ),
    ...buildLines(tools, terminal.width),
    ...(behind.length === 0
      ? []
      : wrap(
          `A newer version is known than was recorded: ${behind.map(({ tool }) => tool).join(', ')}.`,
          terminal.width,
        )),
    ...ended.flatMap(({ name, what, since, successor }) =>
      wrap(
        visibleText(
          `Ended ${since}: ${name}, ${what}${successor === undefined ? '' : `; after it ${successor}`}.`,
        ),
        terminal.width,
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** A start of a newer build fits no recorded one, or those of which the newest marks are open to later versions. */
function buildLines(tools: readonly ToolStatus[], width: number): string[] {
  const parts = tools.flatMap(({ tool, builds }) =>
    builds === null ? [] : [`${tool} since ${builds.date} (${builds.newest})`],
  );
  return parts.length === 0 ? [] : wrap(`Later builds are newer than known: ${parts.join(', ')}.`, width);
}
