// What a process that shows what a sensor sees says to it.

import { WiretallyError } from '../../../model/errors.ts';
import type { FromView } from './messages.ts';

export function answer(message: FromView): void {
  process.send?.(message, () => undefined);
}

export function failureOf(error: unknown): FromView {
  const known =
    error instanceof WiretallyError
      ? error
      : new WiretallyError('INTERNAL', error instanceof Error ? error.message : String(error));
  const { code, message, where, next } = known;
  return { kind: 'failed', code, message, where, next };
}
