// How much a watch remembers that keeps nothing on disk, and the pages of any.

/** A day. */
export const QUARTERS_IN_MEMORY = 96;
