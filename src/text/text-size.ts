/** Ceiling of a file that people write; the largest sensible ones (thousands of exceptions) stay far below. */
export const MAX_TEXT_BYTES = 1_048_576;
