// Lists of a window, whichever way they are kept: arrays, and entries that are made as they are read.

export const isList = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
