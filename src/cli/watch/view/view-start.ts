// Defines the start message and the answer of the process of pages or screen.

import type { FromView, ToView } from '../../../live/views/view-messages.ts';
import { WiretallyError } from '../../../model/errors.ts';
import type { User } from '../../rights/user.ts';
import type { WatchOptions } from '../watch-options.ts';

export interface ViewStart {
  readonly options: WatchOptions;
  readonly user: User | null;
}

export type ToWatchView = ToView<ViewStart>;

export function answer(message: FromView): void {
  process.send?.(message, () => undefined);
}

export function buildFailure(error: unknown): FromView {
  const known =
    error instanceof WiretallyError
      ? error
      : new WiretallyError('INTERNAL', error instanceof Error ? error.message : String(error));
  const { code, message, where, next } = known;
  return { kind: 'failed', code, message, where, next };
}
