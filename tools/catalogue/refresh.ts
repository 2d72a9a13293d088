// Compares the npm registry with the catalogue: newer versions, and server names of their packages that no entry lists.
//   npm run catalogue:refresh -- [--tool ID] [--no-names] [--json] [-v]
// --no-names compares versions only and fetches no package; -v also lists all releases and the other unlisted names.
// Exits with 3 when the registry cannot be queried.
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { errorLines, errorWords } from '../../src/report/text/error-words.ts';
import { knownPackages, type RefreshedPackage } from './compare.ts';
import { refreshText } from './refresh-text.ts';
import { comparePackage } from './registry.ts';

const { values: options } = parseArgs({
  options: {
    tool: { type: 'string' },
    'no-names': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', short: 'v', default: false },
  },
});
const library: typeof import('../../src/index.ts') = await import(pathToFileURL('dist/index.js').href);
const catalogue = await library.loadCatalogue();
const tools = catalogue.tools.filter(({ id }) => options.tool === undefined || id === options.tool);
const packages = knownPackages(tools);
if (packages.length === 0)
  throw new Error(`--tool ${options.tool}: the catalogue has no package of this tool`);
const found: RefreshedPackage[] = [];
try {
  // One at a time: each query starts npm.
  for (const one of packages) found.push(await comparePackage(one, catalogue, !options['no-names']));
  process.stdout.write(
    options.json ? `${JSON.stringify(found, null, 2)}\n` : refreshText(found, options.verbose),
  );
} catch (error) {
  console.error(errorLines(errorWords(error)).join('\n'));
  process.exitCode = 3;
}
