// Drafts the marks of builds of one tool from recordings of its versions:
//   npm run catalogue:builds -- FILE|FOLDER… --tool ID [--platform linux-x64] [--date YYYY-MM-DD] [--write]
// Names of the files contain the version (tool-1.2.3-p1.pcap.gz). Prints the entry's builds and the result of the test of
// each recording; --write replaces src/catalogue/tools/ID.json. Exits with 2 when a recording is matched to other versions
// or the entry has a lint error; then nothing is written.
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { formatEntry } from '../../src/catalogue/entry-text.ts';
import { lintCatalogue } from '../../src/catalogue/lint-catalogue.ts';
import { plural } from '../../src/text/quantity.ts';
import { draftVersions, type VersionRecording } from './draft-builds.ts';
import { capturesIn, versionIn } from './version-files.ts';

const { values: options, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    tool: { type: 'string', default: '' },
    platform: { type: 'string', default: 'linux-x64' },
    date: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const library: typeof import('../../src/index.ts') = await import(pathToFileURL('dist/index.js').href);
const catalogue = await library.loadCatalogue();
const before = catalogue.tool(options.tool);
if (before === undefined || paths.length === 0)
  throw new Error('usage: npm run catalogue:builds -- FILE|FOLDER… --tool ID');

const recordings: VersionRecording[] = [];
const firstPackets: string[] = [];
for (const file of capturesIn(paths)) {
  const { windows, captures } = await library.analyze([file], { catalogue, sensor: 'lab' });
  recordings.push({ version: versionIn(basename(file)), windows });
  firstPackets.push(...captures.flatMap(({ firstPacket }) => firstPacket ?? []));
}
const date = options.date ?? firstPackets.sort()[0]?.slice(0, 10) ?? '';
const versions = new Set(recordings.map(({ version }) => version)).size;
const about = { tool: before.id, date, source: `recordings of ${plural(versions, 'version')}` };
const drafted = draftVersions(recordings, catalogue, before, options.platform, about);
const entry = drafted.builds === undefined ? before : { ...before, builds: drafted.builds };
const { placed, notPlaced, wrong } = drafted;
const faults = [
  ...wrong.map((version) => `the marks match a start of ${version} to other versions: check its recording`),
  ...lintCatalogue(catalogue.with(entry).data, new Set([entry.id]))
    .filter(({ tool }) => tool === entry.id)
    .map(({ path, message }) => `${entry.id}: ${path}: ${message}`),
];
if (!options.write) console.log(JSON.stringify(entry.builds ?? null, null, 2));
else if (faults.length === 0) writeFileSync(`src/catalogue/tools/${entry.id}.json`, formatEntry(entry));
console.error(
  `tested on ${plural(recordings.length, 'recording')}: matched to its version in ${placed}, cannot say in ${notPlaced}, matched to other versions in ${wrong.length}`,
);
for (const line of [...drafted.remarks, ...faults]) console.error(line);
process.exitCode = faults.length > 0 ? 2 : 0;
