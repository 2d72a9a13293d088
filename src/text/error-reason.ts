// Returns the reason of an error for messages.

/** Returns the message of an error; other thrown values as text. */
export const errorReason = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
