// Reads captures and writes lines to stdout, with progress and interruption; ends early after the pipe was closed.

import { omitUndefined } from '../../model/omit-undefined.ts';
import type { ReadOptions, ReadSummary } from '../../model/sensor.ts';
import { listCaptures } from '../../query/inputs/log-files.ts';
import { workersFor } from '../../query/workers.ts';
import type { CommonOptions, ReadingOptions } from '../input/options.ts';
import type { ExitCode } from '../output/exit-code.ts';
import { interruptible } from '../output/interrupt.ts';
import { openProgress } from '../output/progress.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { isReaderGone, type Lines, LineWriter } from '../output/stdout.ts';

export async function readLines(
  inputs: readonly string[],
  options: ReadingOptions & CommonOptions,
  read: (
    captures: readonly string[],
    reading: ReadOptions,
    print: (lines: Lines) => boolean,
  ) => Promise<ReadSummary>,
): Promise<ExitCode> {
  const { captures, errors, notes } = await listCaptures(inputs);
  const progress = openProgress(options.quiet === true);
  const output = new LineWriter();
  const readerLeft = new AbortController();
  const print = (lines: Lines): boolean => {
    const isTaken = output.add(lines);
    if (isReaderGone()) readerLeft.abort();
    return isTaken;
  };
  const summary = await interruptible((signal) =>
    read(
      captures,
      {
        signal: AbortSignal.any([signal, readerLeft.signal]),
        onProgress: (status) => progress.update(status),
        whenReady: () => output.whenReady(),
        workers: workersFor(captures, options.workers),
        ...omitUndefined({ filter: options.filter, flowTable: options.flowTable }),
        exclude: options.exclude,
      },
      print,
    ),
  ).finally(() => progress.end());
  await output.end();
  return printReadSummary(
    {
      errors: [...errors, ...summary.errors],
      notes: [...notes, ...summary.notes],
      captures: summary.captures,
      inputsRead: summary.captures.length,
      interrupted: summary.interrupted && !readerLeft.signal.aborted,
    },
    options,
  );
}
