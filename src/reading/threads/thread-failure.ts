// Converts errors for another thread, in which they would lose their code.

import { ERROR_CODES, WiretallyError } from '../../model/errors.ts';
import type { ThreadFailure } from './thread-messages.ts';

export function buildFailure(error: unknown): ThreadFailure {
  if (error instanceof WiretallyError) return { code: error.code, message: error.message, next: error.next };
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), next: null };
}

export function buildError({ code, message, next }: ThreadFailure): WiretallyError {
  const errorCode = ERROR_CODES.find((candidate) => candidate === code) ?? 'INTERNAL';
  return new WiretallyError(errorCode, message, next === null ? {} : { next });
}
