// `wiretally catalogue refresh`: what the npm registry has that was never recorded. For those who keep the catalogue.

import { execFile } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import {
  type KnownPackage,
  knownPackages,
  type PublishedVersion,
  type RefreshedPackage,
  type RegistryPackage,
  refreshed,
  stateOf,
} from '../../../catalogue/refresh.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { compareText } from '../../../net/address.ts';
import { plural } from '../../../report/text/quantity.ts';
import {
  ASCII_GLYPHS,
  type RenderOptions,
  tableWidthOf,
  UNICODE_GLYPHS,
} from '../../../report/text/render-options.ts';
import { jsonText } from '../../../text/json-text.ts';
import { type Column, fitTable, painter, wrap } from '../../../text/text-layout.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { requireKnownTool } from '../../input/known-tool.ts';
import type { CatalogueOptions, CommonOptions, PlainFormat } from '../../input/options.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { writeOut } from '../../output/stdout.ts';
import { terminalOf } from '../../output/terminal.ts';

export interface RefreshOptions extends CommonOptions, CatalogueOptions {
  readonly format: PlainFormat;
  readonly tool?: string;
  /** False: versions alone, nothing is fetched. */
  readonly names: boolean;
}

export async function refresh(options: RefreshOptions): Promise<ExitCode> {
  const catalogue = await loadCatalogue(options.catalogue);
  const tools = options.tool === undefined ? catalogue.tools : [requireKnownTool(catalogue, options.tool)];
  const packages = knownPackages(tools);
  if (packages.length === 0) {
    throw new WiretallyError('USAGE', `${options.tool} has no package in a registry that is known`, {
      next: 'wiretally catalogue status',
    });
  }
  const found: RefreshedPackage[] = [];
  // One after the other: npm is not quick to start, and a registry is not asked by the dozen.
  for (const one of packages) found.push(await comparePackage(one, catalogue, options.names));
  await writeOut(
    options.format === 'json'
      ? `${jsonText(found, 2)}\n`
      : refreshText(found, options.verbose === true, terminalOf(options)),
  );
  return EXIT.done;
}

async function comparePackage(
  one: KnownPackage,
  catalogue: Catalogue,
  withNames: boolean,
): Promise<RefreshedPackage> {
  const registry = await packageInRegistry(one.npm);
  if (registry === null || !withNames || stateOf(one, registry.newest) === 'same')
    return refreshed(one, registry, null, catalogue);
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-refresh-'));
  try {
    const names = new Set<string>();
    for (const spec of await packagesOf(one.npm, registry.newest))
      for (const name of await namesInPackage(await fetchPackage(spec, folder))) names.add(name);
    return refreshed(one, registry, [...names].sort(compareText), catalogue);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// `wiretally catalogue refresh` as text: one row a package, then what to record and which names to look into.

function refreshText(
  packages: readonly RefreshedPackage[],
  withOthers: boolean,
  terminal: RenderOptions,
): string {
  const dash = terminal.unicode ? '–' : '-';
  const column = (head: string, text: (one: RefreshedPackage) => string, leastWidth?: number): Column => ({
    head,
    align: 'left',
    cells: packages.map((one) => ({ text: visibleText(text(one)) })),
    ...(leastWidth === undefined ? {} : { leastWidth }),
  });
  const table = [
    column('ID', ({ tool }) => tool),
    column('PACKAGE', ({ npm }) => npm, 10),
    column('RECORDED', ({ recorded }) => recorded ?? 'never', 8),
    column('KNOWN', ({ known }) => known, 8),
    column('REGISTRY', ({ registry }) => registry ?? 'not there', 8),
    column('NEW NAMES', ({ newNames }) => (newNames === null ? dash : String(newNames.length))),
  ];
  const { ellipsis } = terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const newer = packages.filter(({ state }) => state === 'newer');
  const lines = [
    ...fitTable(table, painter(terminal.color), tableWidthOf(terminal), ellipsis),
    '',
    newer.length === 0
      ? 'Nothing to record: every package is at the version that was recorded.'
      : `To record (captures/lab): ${plural(newer.length, 'package')}`,
    ...newer.flatMap((one) =>
      [toRecord(one), ...(withOthers ? otherNames(one) : [])].flatMap((text) =>
        wrap(`- ${visibleText(text)}`, terminal.width),
      ),
    ),
    ...packages.flatMap((one) => releaseLines(one, withOthers, terminal.width)),
  ];
  return `${lines.join('\n')}\n`;
}

function toRecord({ npm, tool, registry, recorded, newNames, otherNames: others }: RefreshedPackage): string {
  const what = `${tool} ${registry} (${npm}), recorded: ${recorded ?? 'never'}`;
  if (newNames === null) return what;
  const fresh = newNames.length === 0 ? 'no new name' : `new names: ${newNames.join(', ')}`;
  return `${what}; ${fresh}; ${plural(others?.length ?? 0, 'further name')} that no entry lists (-v shows them)`;
}

/** More are counted, unless all are asked for. */
const MAX_RELEASES = 10;

/** Nothing without a release after the newest recorded build. */
function releaseLines(
  { tool, npm, since, published }: RefreshedPackage,
  withAll: boolean,
  width: number,
): string[] {
  if (published.length === 0) return [];
  const shown = withAll ? published : published.slice(-MAX_RELEASES);
  const left = published.length - shown.length;
  const before = left === 0 ? '' : `${plural(left, 'earlier one')} (-v shows them), `;
  return wrap(
    visibleText(`Published after ${since} (${tool}, ${npm}): ${before}${shown.map(releaseText).join(', ')}.`),
    width,
  );
}

const releaseText = ({ version, date }: PublishedVersion): string =>
  date === null ? version : `${version} (${date})`;

const otherNames = ({ otherNames: names }: RefreshedPackage): string[] =>
  names === null || names.length === 0 ? [] : [`further names: ${names.join(', ')}`];

// Server names that stand in a package: whatever follows "https://" in any of its files, unpacked on the way and not kept.

/** A program with its runtime has some 400 MB. */
const MAX_BYTES = 2 ** 31;
const MAX_NAMES = 20_000;
/** A name that lies across two pieces is found again with the end of the first. */
const OVERLAP = 300;
const IN_TEXT =
  /\b(?:https?|wss?):\/\/((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})(?![a-z0-9.-]*[${])/gi;
/** Of documents and tests. */
const NO_SERVERS = /(^|\.)(example|test|invalid|local|localhost|internal|example\.(com|org|net))$/;

/** Sorted, in lower case. */
async function namesInPackage(file: string): Promise<string[]> {
  const names = new Set<string>();
  let bytes = 0;
  let rest = '';
  const unpacked: AsyncIterable<Buffer> = createReadStream(file).pipe(createGunzip());
  for await (const piece of unpacked) {
    bytes += piece.length;
    const text = rest + piece.toString('latin1');
    for (const [, name = ''] of text.matchAll(IN_TEXT)) names.add(name.toLowerCase());
    if (bytes > MAX_BYTES || names.size > MAX_NAMES) break;
    rest = text.slice(-OVERLAP);
  }
  return [...names].filter((name) => !NO_SERVERS.test(name)).sort(compareText);
}

// Asks the npm registry through npm itself: which registry, which account and which proxy is npm's own configuration.

/** What npm prints of one package. */
const MAX_ANSWER_BYTES = 16 << 20;
/** A download of some hundred megabytes included. */
const MAX_SECONDS = 600;
/** One more try, and a registry that says nothing for so long is not there. */
const TIME_LIMITS = ['--fetch-retries=1', '--fetch-timeout=20000', '--fetch-retry-mintimeout=500'];
const NOT_THERE = 'E404';

const failureSchema = z.object({ error: z.object({ code: z.string(), summary: z.string().optional() }) });
const packedSchema = z.array(z.object({ filename: z.string().regex(/^[\w.-]+\.tgz$/) })).length(1);
const optionalSchema = z.record(z.string(), z.string());
/** What is recorded: captures/lab. */
const PLATFORM = /linux-x64(-gnu)?$/;
const ALIAS = /^npm:(.+)$/;
/** Nothing that npm would take for an option, a file or an address. */
const SPEC = /^(@[\w.-]+\/)?[\w.][\w.-]*@[\w.+-]+$/;
const versionSchema = z.string().min(1).max(100);
/** One version is not in a list; `time` is not in every registry. */
const packageSchema = z.object({
  version: versionSchema,
  versions: z.union([versionSchema.transform((only) => [only]), z.array(versionSchema)]),
  time: z.record(z.string(), z.string()).optional(),
});
const DAY = /^\d{4}-\d{2}-\d{2}/;

/** Null when the registry does not have the package. */
async function packageInRegistry(npm: string): Promise<RegistryPackage | null> {
  const answer = await runNpm(['view', npm, 'version', 'versions', 'time', '--json', ...TIME_LIMITS]);
  if (answer === null) return null;
  const { version: newest, versions, time = {} } = packageSchema.parse(answer);
  const dateOf = (version: string): string | null => DAY.exec(time[version] ?? '')?.[0] ?? null;
  return { newest, versions: versions.map((version) => ({ version, date: dateOf(version) })) };
}

/** The package, and the one with its program for this platform where that is another: as `npm pack` takes them. */
async function packagesOf(npm: string, version: string): Promise<readonly string[]> {
  const spec = `${npm}@${version}`;
  const answer = optionalSchema.safeParse(
    await runNpm(['view', spec, 'optionalDependencies', '--json', ...TIME_LIMITS]),
  );
  const programs = Object.entries(answer.data ?? {}).filter(([name]) => PLATFORM.test(name));
  // Some give a version of the same package another name: "npm:@openai/codex@0.169.0-linux-x64".
  return [spec, ...programs.map(([name, wanted]) => ALIAS.exec(wanted)?.[1] ?? `${name}@${wanted}`)];
}

/** Fetches a package into the folder and gives the file; nothing of it is run. */
async function fetchPackage(spec: string, folder: string): Promise<string> {
  if (!SPEC.test(spec))
    throw new WiretallyError('INPUT_UNREADABLE', `the registry tells of "${spec}", which is no package`);
  const words = ['pack', spec, '--json', '--ignore-scripts', `--pack-destination=${folder}`];
  const answer = await runNpm([...words, ...TIME_LIMITS]);
  const [packed] = packedSchema.parse(answer ?? []);
  return join(folder, packed?.filename ?? '');
}

/** Null: the registry does not have it. Throws when npm or the registry cannot be asked. */
function runNpm(words: readonly string[]): Promise<unknown> {
  const options = { maxBuffer: MAX_ANSWER_BYTES, timeout: MAX_SECONDS * 1000 };
  return new Promise((resolve, reject) => {
    execFile('npm', words, options, (error, stdout, stderr) => {
      const answer = jsonOf(stdout);
      if (error === null) {
        resolve(answer);
        return;
      }
      const failure = failureSchema.safeParse(answer);
      if (failure.success && failure.data.error.code === NOT_THERE) resolve(null);
      else reject(cannotAsk(error, failure.data?.error.code ?? lastLine(stderr)));
    });
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What npm says without JSON is on its stderr.
    return null;
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

function cannotAsk(error: Error & { readonly code?: unknown }, why: string): WiretallyError {
  if (error.code === 'ENOENT') {
    return new WiretallyError('INPUT_UNREADABLE', 'npm is not installed here, so no registry can be asked', {
      next: 'install npm, or look at what is known: wiretally catalogue status',
    });
  }
  return new WiretallyError('INPUT_UNREADABLE', `the npm registry cannot be asked: ${why}`, {
    where: 'the registry of "npm config get registry"',
    next: 'go on line, or look at what is known: wiretally catalogue status',
    cause: error,
  });
}
