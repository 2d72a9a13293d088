// Asks the npm registry through npm itself: which registry, which account and which proxy is npm's own configuration.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { WiretallyError } from '../../../model/errors.ts';

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

/** The version that `npm install` would take; null when the registry does not have the package. */
export async function newestVersion(npm: string): Promise<string | null> {
  const answer = await runNpm(['view', npm, 'version', '--json', ...TIME_LIMITS]);
  if (answer === null) return null;
  return versionSchema.parse(answer);
}

/** The package, and the one with its program for this platform where that is another: as `npm pack` takes them. */
export async function packagesOf(npm: string, version: string): Promise<readonly string[]> {
  const spec = `${npm}@${version}`;
  const answer = optionalSchema.safeParse(
    await runNpm(['view', spec, 'optionalDependencies', '--json', ...TIME_LIMITS]),
  );
  const programs = Object.entries(answer.data ?? {}).filter(([name]) => PLATFORM.test(name));
  // Some give a version of the same package another name: "npm:@openai/codex@0.169.0-linux-x64".
  return [spec, ...programs.map(([name, wanted]) => ALIAS.exec(wanted)?.[1] ?? `${name}@${wanted}`)];
}

/** Fetches a package into the folder and gives the file; nothing of it is run. */
export async function fetchPackage(spec: string, folder: string): Promise<string> {
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
