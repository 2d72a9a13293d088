// `wiretally catalogue status`: prints the age of facts, recorded and known versions, and ended tools.

import { listStatus, type ToolStatus } from '../../../catalogue/freshness.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { requireKnownTool } from '../../../query/known-tool.ts';
import type { RenderOptions } from '../../../report/text/render-options.ts';
import { plural } from '../../../text/quantity.ts';
import { wrap } from '../../../text/text-layout.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { defineCommand } from '../../command.ts';
import { option } from '../../input/declare-option.ts';
import { catalogueListing, parseDay, TOOL_VALUES } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';
import { buildTerminal } from '../../output/terminal.ts';
import { fitColumns, listColumns } from '../../output/text-columns.ts';

const options = {
  ...catalogueListing,
  tool: option('--tool <id>', 'Input', 'Show this tool only', { isCommon: true, ...TOOL_VALUES }),
  date: option('--date <date>', 'Input', 'As of this day, YYYY-MM-DD (default: today, UTC)', {
    parse: parseDay,
  }),
};

export const command = defineCommand({
  summary: 'Show the age of facts, recorded and known versions, ended tools',
  options,
  examples: [],
  async run(_, options) {
    const catalogue = await loadCatalogue(options.catalogue);
    const tools = options.tool === undefined ? catalogue.tools : [requireKnownTool(catalogue, options.tool)];
    const today = options.date ?? new Date().toISOString().slice(0, 10);
    const found = listStatus(tools, today);
    if (options.format === 'json') await writeJson(found);
    else await writeOut(formatStatus(catalogue.version, found, buildTerminal(options)));
    return EXIT.done;
  },
});

export function formatStatus(version: string, tools: readonly ToolStatus[], terminal: RenderOptions): string {
  const dash = terminal.unicode ? '–' : '-';
  const formatDays = (count: number | null): string => (count === null ? dash : String(count));
  const table = listColumns(tools, [
    ['ID', ({ tool }) => tool],
    ['LOOKED AT', ({ newestFactDays }) => formatDays(newestFactDays)],
    ['OLDEST', ({ oldestFactDays }) => formatDays(oldestFactDays)],
    ['UNCHECKED', ({ names, neverChecked }) => `${neverChecked} of ${names}`],
    ['RECORDED', ({ recorded }) => recorded.at(-1) ?? 'never', 8],
    ['BUILDS TO', ({ builds }) => builds?.newest ?? dash, 8],
    [
      'NEWEST KNOWN',
      ({ newest }) => newest.map(({ version: newestVersion }) => newestVersion).join(', ') || dash,
      8,
    ],
  ]);
  const never = tools.filter(({ recorded }) => recorded.length === 0).length;
  const behind = tools.filter(({ isBehind, recorded }) => isBehind && recorded.length > 0);
  const ended = tools.flatMap((tool) => tool.ended.map((part) => ({ ...part, name: tool.name })));
  const lines = [
    ...fitColumns(table, terminal),
    '',
    ...wrap(
      `Catalogue ${version}, ${plural(tools.length, 'tool', 'tools')}, ${never} never recorded. LOOKED AT and OLDEST are days since the newest and the oldest verification of a fact; UNCHECKED counts names without a later verification; RECORDED is the newest recorded version; BUILDS TO is the newest build with recorded marks of its start.`,
      terminal.width,
    ),
    ...buildLines(tools, terminal.width),
    ...(behind.length === 0
      ? []
      : wrap(
          `Recorded versions that are not the newest: ${behind.map(({ tool }) => tool).join(', ')}.`,
          terminal.width,
        )),
    ...ended.flatMap(({ name, what, since, successors }) =>
      wrap(
        visibleText(
          `Ended ${since}: ${name}, ${what}${successors === undefined ? '' : `; after it ${successors.join(', ')}`}.`,
        ),
        terminal.width,
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Lists the newest recorded build per tool. A start of a newer one matches none, or those whose newest signs fit later
 * versions too.
 */
function buildLines(tools: readonly ToolStatus[], width: number): string[] {
  const parts = tools.flatMap(({ tool, builds }) =>
    builds === null ? [] : [`${tool} since ${builds.date} (${builds.newest})`],
  );
  return parts.length === 0 ? [] : wrap(`Later builds are newer than known: ${parts.join(', ')}.`, width);
}
