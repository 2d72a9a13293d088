// Connects the process of pages or screen to its sensor: signals, messages and answers.

import type { FromView, ToView } from '../../../live/views/view-messages.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { errorReason } from '../../../text/error-reason.ts';
import { endProcess } from '../../start-terminal.ts';
import type { ViewStart } from '../watch-options.ts';

export type ToWatchView = ToView<ViewStart>;

/** A terminal sends signals to the sensor and to its views. A view ends when the sensor disconnects. */
export function serveSensor(receive: (message: ToWatchView) => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const)
    process.on(signal, () => undefined);
  process.on('disconnect', () => endProcess(0));
  process.on('message', (message: ToWatchView) => void receive(message));
}

export function answer(message: FromView): void {
  process.send?.(message, () => undefined);
}

export function buildFailure(error: unknown): FromView {
  const known = error instanceof WiretallyError ? error : new WiretallyError('INTERNAL', errorReason(error));
  const { code, message, where, next } = known;
  return { kind: 'failed', code, message, where, next };
}
