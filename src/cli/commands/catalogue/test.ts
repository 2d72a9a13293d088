// `wiretally catalogue test NAME`: prints the catalogue lines that match a server name.

import type { ToolEndpoint } from '../../../catalogue/catalogue.ts';
import type { Found } from '../../../catalogue/name-index.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { usageError } from '../../../model/errors.ts';
import type { RenderOptions } from '../../../report/text/render-options.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { defineCommand, example } from '../../command.ts';
import { catalogueListing } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { printWarning } from '../../output/print-errors.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';
import { buildTerminal } from '../../output/terminal.ts';
import { fitColumns, listColumns } from '../../output/text-columns.ts';

export const command = defineCommand({
  summary: 'List catalogue lines that match a server name',
  arguments: [{ name: '<name>' }],
  options: catalogueListing,
  examples: [
    example('catalogue test api.anthropic.com', 'List lines that match a name'),
    example('catalogue test api2.cursor.sh', 'List lines that match another name'),
  ],
  async run([name = ''], options) {
    const catalogue = await loadCatalogue(options.catalogue);
    const found = catalogue.lookup(parseServerName(name));
    const json = found.map(({ pattern, value: { tool, endpoint } }) => ({
      tool: tool.id,
      pattern,
      role: endpoint.role,
      specificity: endpoint.specificity,
      confidence: endpoint.confidence,
      sources: endpoint.sources,
    }));
    if (options.format === 'json') await writeJson(json);
    else await writeOut(testText(name, found, buildTerminal(options)));
    const tool = found.length > 0 ? undefined : catalogue.toolWritten(name);
    if (tool !== undefined && options.quiet !== true)
      printWarning(`"${name}" is a tool, not a server name: wiretally catalogue show ${tool.id}`);
    // Scripts can test the exit code.
    return found.length === 0 ? EXIT.failed : EXIT.done;
  },
});

/** Returns the name in the form of handshakes. Users may paste the address of a page. */
function parseServerName(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (/^[\w-]+(\.[\w-]+)*$/.test(name)) return name;
  const inAddress = /^(?:[a-z]+:\/\/)?([\w-]+(?:\.[\w-]+)+)(?:[:/?#]|$)/.exec(name)?.[1];
  throw usageError(
    `"${text}" is not a server name`,
    `wiretally catalogue test ${inAddress ?? 'api.example.com'}`,
  );
}

function testText(name: string, found: readonly Found<ToolEndpoint>[], terminal: RenderOptions): string {
  if (found.length === 0) return `${visibleText(name)}: no line of the catalogue matches.\n`;
  const table = listColumns(found, [
    ['TOOL', ({ value }) => value.tool.id],
    ['LINE', ({ pattern }) => pattern],
    ['ROLE', ({ value }) => value.endpoint.role],
    ['OWNER', ({ value }) => value.endpoint.specificity],
    ['SOURCE', ({ value }) => value.endpoint.sources[0] ?? ''],
  ]);
  return `${fitColumns(table, terminal).join('\n')}\n`;
}
