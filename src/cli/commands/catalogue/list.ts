// `wiretally catalogue list`: lists tools, APIs, gateways and hubs of the catalogue.

import type { ToolEntry } from '../../../catalogue/schema.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { TOOL_KINDS } from '../../../model/catalogue-words.ts';
import type { RenderOptions } from '../../../report/text/render-options.ts';
import { plural } from '../../../text/quantity.ts';
import { wrap } from '../../../text/text-layout.ts';
import { defineCommand, example } from '../../command.ts';
import { choice } from '../../input/declare-option.ts';
import { catalogueListing } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';
import { buildTerminal } from '../../output/terminal.ts';
import { fitColumns, listColumns } from '../../output/text-columns.ts';

const options = {
  ...catalogueListing,
  kind: choice('--kind <kind>', 'Input', 'List this kind only', TOOL_KINDS, { isCommon: true }),
};

export const command = defineCommand({
  summary: 'List tools, APIs, gateways and hubs',
  options,
  examples: [
    example('catalogue list', 'List every tool'),
    example('catalogue list --kind cli --json', 'List one kind, for programs'),
  ],
  async run(_, options) {
    const catalogue = await loadCatalogue(options.catalogue);
    const tools = catalogue.tools.filter((tool) => options.kind === undefined || tool.kind === options.kind);
    const json = tools.map(({ id, name, vendor, kind, endpoints }) => ({
      id,
      name,
      vendor,
      kind,
      names: endpoints.length,
    }));
    if (options.format === 'json') await writeJson(json);
    else await writeOut(listText(catalogue.version, tools, buildTerminal(options)));
    return EXIT.done;
  },
});

const hasExclusiveName = (tool: ToolEntry): boolean =>
  tool.endpoints.some(({ specificity }) => specificity === 'tool');

function listText(version: string, tools: readonly ToolEntry[], terminal: RenderOptions): string {
  const sorted = [...tools].sort((a, b) => (a.id < b.id ? -1 : 1));
  const table = listColumns(sorted, [
    ['ID', (tool) => tool.id],
    ['NAME', (tool) => tool.name, 12],
    ['VENDOR', (tool) => tool.vendor, 8],
    ['KIND', (tool) => tool.kind],
    ['NAMES', (tool) => String(tool.endpoints.length)],
    ['OWN NAME', (tool) => (hasExclusiveName(tool) ? 'yes' : 'no')],
  ]);
  const lines = [
    ...fitColumns(table, terminal),
    '',
    ...wrap(
      `Catalogue ${version}, ${plural(tools.length, 'entry', 'entries')}. A tool without a name of its own is never certain by names only.`,
      terminal.width,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
