// Codes of system errors.

/** True for "ENOENT" and the like, as Node gives them. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
