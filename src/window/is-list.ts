// Recognizes the lists of a window in either form: arrays, and entries that are made as they are read.

export const isList = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
