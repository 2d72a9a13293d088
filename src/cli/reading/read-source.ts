// Opens sources for commands: captures are read with a line of progress, and a signal ends the reading.

import {
  openSource,
  type ReadControl,
  type Source,
  type SourceOptions,
  type SourceRead,
} from '../../query/source.ts';
import { optimizeAfter } from '../optimizing.ts';
import { interruptible } from '../output/interrupt.ts';
import { openProgress } from '../output/progress.ts';

export interface InputOptions extends SourceOptions {
  readonly quiet?: boolean;
}

export async function openInputs(files: readonly string[], options: InputOptions): Promise<Source> {
  return await openSource(files, { ...options, supervise: superviseReading(options) });
}

/** Shows the progress of a reading, and ends it at a signal. */
export const superviseReading =
  (options: { readonly quiet?: boolean }) =>
  async <T>(read: (control: ReadControl) => Promise<T>): Promise<T> => {
    const progress = openProgress(options.quiet === true);
    const onProgress: typeof progress.update = (status) => {
      optimizeAfter(status);
      progress.update(status);
    };
    return await interruptible((signal) => read({ signal, onProgress })).finally(() => progress.end());
  };

export async function readSource(files: readonly string[], options: InputOptions): Promise<SourceRead> {
  return await (await openInputs(files, options)).read();
}
