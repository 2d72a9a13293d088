// Entries of the catalogue as text for a terminal.

import type { EndpointOf } from '../../catalogue/catalogue.ts';
import type { Found } from '../../catalogue/name-index.ts';
import type { Rule } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { plural } from '../../report/text/quantity.ts';
import {
  ASCII_GLYPHS,
  type RenderOptions,
  tableWidthOf,
  UNICODE_GLYPHS,
} from '../../report/text/render-options.ts';
import { type Column, fitTable, painter, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';

/** A third part says to what width the texts of a column may be cut. */
function columnsOf<T>(
  items: readonly T[],
  columns: readonly (readonly [string, (item: T) => string, number?])[],
): Column[] {
  return columns.map(([head, text, leastWidth]) => ({
    head,
    align: 'left',
    cells: items.map((item) => ({ text: visibleText(text(item)) })),
    ...(leastWidth === undefined ? {} : { leastWidth }),
  }));
}

const fitted = (table: readonly Column[], terminal: RenderOptions): string[] =>
  fitTable(
    table,
    painter(terminal.color),
    tableWidthOf(terminal),
    (terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS).ellipsis,
  );

const hasOwnName = (tool: ToolEntry): boolean =>
  tool.endpoints.some(({ specificity }) => specificity === 'tool');

export function listText(version: string, tools: readonly ToolEntry[], terminal: RenderOptions): string {
  const sorted = [...tools].sort((a, b) => (a.id < b.id ? -1 : 1));
  const table = columnsOf(sorted, [
    ['ID', (tool) => tool.id],
    ['NAME', (tool) => tool.name, 12],
    ['VENDOR', (tool) => tool.vendor, 8],
    ['KIND', (tool) => tool.kind],
    ['NAMES', (tool) => String(tool.endpoints.length)],
    ['OWN NAME', (tool) => (hasOwnName(tool) ? 'yes' : 'no')],
  ]);
  const lines = [
    ...fitted(table, terminal),
    '',
    ...wrap(
      `Catalogue ${version}, ${plural(tools.length, 'entry', 'entries')}. Without an own name a tool is never certain by its names alone.`,
      terminal.width,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

export function showText(tool: ToolEntry, rules: readonly Rule[], terminal: RenderOptions): string {
  const paint = painter(terminal.color);
  const endpoints = columnsOf(tool.endpoints, [
    ['NAME', (endpoint) => endpoint.host],
    ['ROLE', (endpoint) => endpoint.role],
    ['OWNER', (endpoint) => endpoint.specificity],
    ['CONFIDENCE', (endpoint) => endpoint.confidence],
    ['CHECKED', (endpoint) => endpoint.lastChecked ?? '-'],
    ['SOURCE', (endpoint) => endpoint.sources[0] ?? ''],
  ]);
  const networks = tool.networks ?? [];
  const lines = [
    `${paint('head', tool.name)} (${tool.id}): ${tool.kind} of ${tool.vendor}`,
    visibleText(tool.homepage),
    ...(tool.runtimes === undefined ? [] : [`built on ${tool.runtimes.join(', ')}`]),
    ...(tool.notes === undefined ? [] : wrap(visibleText(tool.notes), terminal.width)),
    '',
    ...fitted(endpoints, terminal),
    ...(networks.length === 0
      ? []
      : [
          '',
          paint('head', 'NETWORKS'),
          ...networks.map((each) => `  ${each.cidr ?? `AS${each.asn}`} (${visibleText(each.source)})`),
        ]),
    '',
    paint('head', 'RULES'),
    ...(rules.length === 0 ? ['  none: it appears in provider rows'] : rules.map(ruleLine)),
  ];
  return `${lines.join('\n')}\n`;
}

function ruleLine(rule: Rule): string {
  const names = 'names' in rule ? ` ${rule.names.flat().slice(0, 4).join(', ')}` : '';
  return `  ${rule.id}: ${rule.kind}${'gives' in rule ? ` gives ${rule.gives}` : ''};${names}`;
}

export function testText(name: string, found: readonly Found<EndpointOf>[], terminal: RenderOptions): string {
  if (found.length === 0) return `${visibleText(name)}: no line of the catalogue matches.\n`;
  const table = columnsOf(found, [
    ['TOOL', ({ value }) => value.tool.id],
    ['LINE', ({ pattern }) => pattern],
    ['ROLE', ({ value }) => value.endpoint.role],
    ['OWNER', ({ value }) => value.endpoint.specificity],
    ['SOURCE', ({ value }) => value.endpoint.sources[0] ?? ''],
  ]);
  return `${fitted(table, terminal).join('\n')}\n`;
}
