// Runs the built command line as a user does: a process with its output, errors and exit code.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryFolder } from '../temporary.ts';

const ENTRY = 'dist/cli/main.js';

/** A folder with `wiretally` in it, for shells. */
export function folderOfCommand(): string {
  const folder = temporaryFolder('bin');
  chmodSync(ENTRY, 0o755);
  symlinkSync(resolve(ENTRY), join(folder, 'wiretally'));
  return folder;
}

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array;
  /** Called with the process once it runs, to signal it or to cut its pipes. */
  readonly meddle?: (child: ChildProcessWithoutNullStreams) => void;
}

export function wiretally(words: readonly string[], options: RunOptions = {}): Promise<Run> {
  const env = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...options.env };
  const child = spawn(process.execPath, [ENTRY, ...words], { env });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => {});
  if (options.meddle === undefined) child.stdin.end(options.input);
  else options.meddle(child);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
