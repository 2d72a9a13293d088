// Marks the fields of rows that a summary did not read, so that nothing takes them for empty.

function refuse(): never {
  throw new Error('a summary has no names, fingerprints, evidence and builds of rows');
}

/** Stands for a field that was not read. Each use of it throws: taken for an empty list, it would be a false all-clear. */
export const UNREAD = new Proxy([], { get: refuse, has: refuse, ownKeys: refuse }) as never;

/** Stands for an amount above zero that was not read: a sum with it is no number, and is never taken for zero. */
export const UNREAD_AMOUNT = Number.NaN;
