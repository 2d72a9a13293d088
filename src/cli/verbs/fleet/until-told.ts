// Commands that go on until they are told to end: SIGINT and SIGTERM end them as they should, a second one at once.

import { setTimeout } from 'node:timers/promises';
import { EXIT } from '../../output/exit-code.ts';

/** Aborted by the first signal. */
export function endSignal(): AbortSignal {
  const told = new AbortController();
  const end = (): void => {
    if (told.signal.aborted) process.exit(EXIT.interrupted);
    told.abort();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  return told.signal;
}

/** Resolves early when the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);
}
