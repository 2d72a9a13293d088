// `wiretally catalogue learn --versions`: the marks of builds from captures of several versions, as a diff for a person to sign.

import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  draftVersions,
  type VersionRecording,
  type VersionsDrafted,
} from '../../../attribution/builds/draft-builds.ts';
import { signEntry } from '../../../catalogue/entry-text.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { compareText } from '../../../net/address.ts';
import { plural } from '../../../report/text/quantity.ts';
import { jsonText } from '../../../text/json-text.ts';
import { requireKnownTool } from '../../input/known-tool.ts';
import { readSource } from '../../input/read-source.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { printWarning } from '../../output/messages.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeLines, writeOut } from '../../output/stdout.ts';
import { CAPTURE } from './against.ts';
import { checkSignature, diffOf, faultsOf, writeSigned } from './learn.ts';
import type { LearnOptions } from './learn-options.ts';

/** "codex-0.137.0-p1.pcap.gz", "v2.3.4.pcap". */
const VERSION_IN_NAME = /(?:^|[^\d.])(\d{1,6}\.\d{1,6}\.\d{1,10})(?![\d]|\.\d)/;

/** Drafts, prints, tests, and writes what a person signed. */
export async function learnBuilds(paths: readonly string[], options: LearnOptions): Promise<ExitCode> {
  checkSignature(options);
  const catalogue = await loadCatalogue(options.catalogue);
  const before = requireKnownTool(catalogue, options.tool);
  const { recordings, code, from } = await readVersions(filesIn(paths), options);
  if (recordings.length === 0) return EXIT.failed;
  const date = options.date ?? from?.slice(0, 10) ?? '';
  const versions = new Set(recordings.map(({ version }) => version)).size;
  const about = { tool: before.id, date, source: `recordings of ${plural(versions, 'version')}` };
  const drafted = draftVersions(recordings, catalogue, before, options.platform, about);
  const draft = { ...before, ...(drafted.builds === undefined ? {} : { builds: drafted.builds }) };
  const { sign, write } = options;
  const entry = sign === undefined ? draft : signEntry(draft, before, sign, date);
  const { runtimes } = catalogue.data;
  if (options.format === 'json') await writeOut(`${jsonText(entry.builds ?? null, 2)}\n`);
  else {
    const shown = { ...options, version: plural(versions, 'version') };
    await writeLines(diffOf({ before, entry, runtimes, remarks: drafted.remarks }, catalogue, shown));
  }
  if (options.quiet !== true) printWarning(testedLine(drafted));
  const faults = [...wrongLines(drafted), ...faultsOf(entry, catalogue, sign !== undefined)];
  for (const fault of faults) printWarning(fault);
  if (faults.length > 0) {
    if (sign !== undefined) printWarning('not signed: nothing was written');
    return EXIT.usage;
  }
  if (write !== undefined) await writeSigned({ before, entry, runtimes, remarks: [] }, catalogue, write);
  return code;
}

const testedLine = ({ placed, notPlaced, wrong }: VersionsDrafted): string =>
  `tested on its ${plural(placed + notPlaced + wrong.length, 'recording')}: matched to its version in ${placed}, cannot say in ${notPlaced}, matched to other versions in ${wrong.length}`;

const wrongLines = ({ wrong }: VersionsDrafted): string[] =>
  wrong.map((version) => `the marks match a start of ${version} to other versions: check its recording`);

interface VersionsRead {
  readonly recordings: readonly VersionRecording[];
  readonly code: ExitCode;
  /** Time of the earliest record. */
  readonly from: string | null;
}

async function readVersions(files: readonly string[], options: LearnOptions): Promise<VersionsRead> {
  const recordings: VersionRecording[] = [];
  let code: ExitCode = EXIT.done;
  let from: string | null = null;
  for (const file of files) {
    const source = await readSource([file], { ...options, keepsAllNames: true });
    code = Math.max(code, printReadSummary(source, options)) as ExitCode;
    if (source.inputsRead === 0) continue;
    recordings.push({ version: versionIn(file), windows: source.windows });
    const { recordsFrom } = source;
    if (recordsFrom !== null && (from === null || recordsFrom < from)) from = recordsFrom;
  }
  return { recordings, code, from };
}

function versionIn(file: string): string {
  const version = VERSION_IN_NAME.exec(basename(file))?.[1];
  if (version !== undefined) return version;
  throw new WiretallyError('USAGE', `${file}: its name contains no version of three numbers`, {
    where: 'option --versions',
    next: 'rename it, for example to tool-1.2.3.pcap.gz',
  });
}

/** Captures as they are named, and all of folders. */
function filesIn(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
    const captures = readdirSync(path).filter((name) => CAPTURE.test(name));
    return captures.sort(compareText).map((name) => join(path, name));
  });
  for (const file of files) versionIn(file);
  if (files.length > 0) return files;
  throw new WiretallyError('USAGE', `${paths.join(', ')}: contains no capture`, {
    where: 'option --versions',
  });
}
