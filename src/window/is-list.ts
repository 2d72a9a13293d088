// Recognizes the lists of a window: arrays, and lists whose entries are decoded on access.

export const isList = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
