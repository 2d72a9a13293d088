// The process of the screen, as it is started, and where there is one.

import { programBeside } from '../../../files/program-files.ts';
import type { WatchOptions } from '../options.ts';
import type { ViewProgram } from '../view/live-view.ts';

export function screenProgram(): ViewProgram {
  const program = programBeside(import.meta.url, 'screen-process');
  return { program, name: 'the screen', option: '--screen', isScreen: true, stderr: 'lines' };
}

/** A terminal with keys, without a request for lines or for machine-readable output. */
export function wantsScreen({ screen, status, quiet, format }: WatchOptions): boolean {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  return (
    isTerminal &&
    process.env.TERM !== 'dumb' &&
    screen &&
    status === undefined &&
    quiet !== true &&
    format === 'terminal'
  );
}
