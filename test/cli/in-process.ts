// The command line in the process of the test, where outputs and errors are asked, and the process itself is not. Its
// rights stay (test/confinements.ts).
import { vi } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { Run } from './run.ts';

/** Of the environment of `wiretally` in run.ts. */
const ENVIRONMENT = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8' };

type Taken = () => void;

/** Takes what is written instead of the stream. */
function collect(stream: NodeJS.WriteStream, add: (text: string) => void): { mockRestore: () => void } {
  const write = (text: string | Uint8Array, encoding?: BufferEncoding | Taken, taken?: Taken): boolean => {
    add(typeof text === 'string' ? text : Buffer.from(text).toString());
    const done = typeof encoding === 'function' ? encoding : taken;
    if (done !== undefined) queueMicrotask(done);
    return true;
  };
  return vi.spyOn(stream, 'write').mockImplementation(write);
}

let last: Promise<unknown> = Promise.resolve();

/** As `wiretally` of run.ts, one after the other: they share stdout, stderr and environment. */
export function wiretallyHere(words: readonly string[]): Promise<Run> {
  const run = last.then(() => runAlone(words));
  last = run.catch(() => undefined);
  return run;
}

async function runAlone(words: readonly string[]): Promise<Run> {
  let out = '';
  let err = '';
  const [env, umask] = [process.env, process.umask()];
  process.env = { ...ENVIRONMENT };
  process.umask(umask | 0o027);
  const streams = [
    collect(process.stdout, (text) => {
      out += text;
    }),
    collect(process.stderr, (text) => {
      err += text;
    }),
  ];
  try {
    const code = await runCommandLine(words);
    return { code, out, err };
  } finally {
    for (const stream of streams) stream.mockRestore();
    process.umask(umask);
    process.env = env;
  }
}
