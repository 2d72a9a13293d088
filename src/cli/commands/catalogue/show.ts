// `wiretally catalogue show ID`: prints one tool with its names, networks, rules and sources.

import type { Rule } from '../../../catalogue/rules.ts';
import type { ToolEntry } from '../../../catalogue/schema.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { requireKnownTool } from '../../../query/known-tool.ts';
import { getTableWidth, type RenderOptions } from '../../../report/text/render-options.ts';
import { painter, wrap, wrapIndented } from '../../../text/text-layout.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { defineCommand, example } from '../../command.ts';
import { catalogueListing, TOOL_VALUES } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';
import { buildTerminal } from '../../output/terminal.ts';
import { fitColumns, listColumns } from '../../output/text-columns.ts';

export const command = defineCommand({
  summary: 'Show one tool with sources',
  arguments: [{ name: '<id>', suggest: TOOL_VALUES.suggest }],
  options: catalogueListing,
  examples: [
    example('catalogue show claude-code', 'Print names, roles, runtimes, sources'),
    example('catalogue show qwen-code --json', 'Print the entry as JSON'),
  ],
  async run([id = ''], options) {
    const catalogue = await loadCatalogue(options.catalogue);
    const tool = requireKnownTool(catalogue, id);
    if (options.format === 'json') await writeJson(tool);
    else await writeOut(showText(tool, catalogue.compiled(tool).rules, buildTerminal(options)));
    return EXIT.done;
  },
});

function showText(tool: ToolEntry, rules: readonly Rule[], terminal: RenderOptions): string {
  const paint = painter(terminal.color);
  const endpoints = listColumns(tool.endpoints, [
    ['NAME', (endpoint) => endpoint.host],
    ['ROLE', (endpoint) => endpoint.role],
    ['OWNER', (endpoint) => endpoint.specificity],
    ['CONFIDENCE', (endpoint) => endpoint.confidence],
    ['CHECKED', (endpoint) => endpoint.lastChecked ?? '-'],
    ['SOURCE', (endpoint) => endpoint.sources[0] ?? ''],
  ]);
  const networks = tool.networks ?? [];
  const wrapLine = (line: string): string[] => wrapIndented(line, getTableWidth(terminal));
  const lines = [
    `${paint('head', tool.name)} (${tool.id}): ${tool.kind} of ${tool.vendor}`,
    visibleText(tool.homepage),
    ...(tool.runtimes === undefined ? [] : wrapLine(`built on ${tool.runtimes.join(', ')}`)),
    ...listParts(tool, terminal.width),
    ...(tool.notes === undefined ? [] : wrap(visibleText(tool.notes), terminal.width)),
    '',
    ...fitColumns(endpoints, terminal),
    ...(networks.length === 0
      ? []
      : [
          '',
          paint('head', 'NETWORKS'),
          ...networks.flatMap((network) =>
            wrapLine(`  ${network.cidr ?? `AS${network.asn}`} (${visibleText(network.source)})`),
          ),
        ]),
    '',
    paint('head', 'RULES'),
    ...(rules.length === 0
      ? ['  none: it is reported as a provider']
      : rules.flatMap((rule) => wrapLine(formatRule(rule)))),
  ];
  return `${lines.join('\n')}\n`;
}

/** Lists dates of the tool and its parts, as `catalogue status` prints ended ones. */
function listParts({ since = [], ended = [] }: ToolEntry, width: number): string[] {
  const parts = [
    ...since.map(({ day, what }) => `since ${day}: ${what}`),
    ...ended.map((part) => `ended ${part.since}: ${part.what}`),
  ];
  return parts.flatMap((part) => wrap(visibleText(part), width));
}

function formatRule(rule: Rule): string {
  const names = 'names' in rule ? ` ${rule.names.flat().slice(0, 4).join(', ')}` : '';
  return `  ${rule.id}: ${rule.kind}${'gives' in rule ? ` gives ${rule.gives}` : ''};${names}`;
}
