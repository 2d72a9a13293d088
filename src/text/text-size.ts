/** The maximum size of policies and other files that people write; real ones (thousands of exceptions) are far smaller. */
export const MAX_TEXT_BYTES = 1_048_576;
