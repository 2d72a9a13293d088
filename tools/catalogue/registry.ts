// Queries the npm registry through npm, which has its own settings for registry, account and proxy.

import { execFile } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { WiretallyError } from '../../src/model/errors.ts';
import { compareText } from '../../src/net/address.ts';
import {
  type KnownPackage,
  type RefreshedPackage,
  type RegistryPackage,
  refreshed,
  stateOf,
} from './compare.ts';

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
const enginesSchema = z.record(z.string().max(100), z.string().max(200));
const DAY = /^\d{4}-\d{2}-\d{2}/;

/** Compares one package; without `withNames`, versions only. */
export async function comparePackage(
  one: KnownPackage,
  catalogue: Catalogue,
  withNames: boolean,
): Promise<RefreshedPackage> {
  const registry = await packageInRegistry(one);
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

/** Null when the registry does not have the package. */
async function packageInRegistry({ npm, recorded, known }: KnownPackage): Promise<RegistryPackage | null> {
  const answer = await runNpm(['view', npm, 'version', 'versions', 'time', '--json', ...TIME_LIMITS]);
  if (answer === null) return null;
  const { version: newest, versions, time = {} } = packageSchema.parse(answer);
  const dateOf = (version: string): string | null => DAY.exec(time[version] ?? '')?.[0] ?? null;
  const to = await enginesOf(npm, newest);
  const before = recorded ?? known;
  const isCompared = before !== newest && versions.includes(before);
  return {
    newest,
    versions: versions.map((version) => ({ version, date: dateOf(version) })),
    engines: { from: isCompared ? await enginesOf(npm, before) : to, to },
  };
}

/** Like "bun >=1.3, node >=22": a tool that asks for a newer runtime sends other hellos. */
async function enginesOf(npm: string, version: string): Promise<string> {
  const answer = enginesSchema.safeParse(
    await runNpm(['view', `${npm}@${version}`, 'engines', '--json', ...TIME_LIMITS]),
  );
  const engines = Object.entries(answer.data ?? {}).map(([name, range]) => `${name} ${range}`);
  return engines.sort(compareText).join(', ');
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
    throw new WiretallyError('INPUT_UNREADABLE', `the registry lists "${spec}", which is not a package`);
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

/** A program with its runtime has some 400 MB. */
const MAX_BYTES = 2 ** 31;
const MAX_NAMES = 20_000;
/** A name that lies across two pieces is found again with the end of the first. */
const OVERLAP = 300;
const IN_TEXT =
  /\b(?:https?|wss?):\/\/((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})(?![a-z0-9.-]*[${])/gi;
/** Of documents and tests. */
const NO_SERVERS = /(^|\.)(example|test|invalid|local|localhost|internal|example\.(com|org|net))$/;

/** Names that follow "https://" in the files of a package, sorted, in lower case. Unpacked files are not kept. */
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
