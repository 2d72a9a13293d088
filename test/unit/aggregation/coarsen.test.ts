// Coarsening of exchanges is idempotent.
import { describe, expect, it } from 'vitest';
import { coarsen } from '../../../src/aggregation/coarsen.ts';
import { exchange } from '../attribution/rows.ts';

describe('what is kept of an exchange', () => {
  it.each([
    {
      name: 'a streamed answer without its exact size, number of records and times',
      given: { bytesUp: 48_123, bytesDown: 4321, recordsDown: 23, firstDown: 301, largestDown: 619 },
      kept: { bytesUp: 48_128, bytesDown: 4096, recordsDown: 16, firstDown: 256, largestDown: 512 },
    },
    {
      name: 'times in tenths of a second',
      given: { startMs: 5678, waitMs: 987, answerMs: 2345, largestGapMs: 61, uploadMs: 149 },
      kept: { startMs: 5600, waitMs: 900, answerMs: 2300, largestGapMs: 0, uploadMs: 100 },
    },
    {
      name: 'a small call whole: it tells how a tool begins',
      given: {
        bytesUp: 275,
        bytesDown: 1307,
        recordsDown: 1,
        largestUp: 275,
        firstDown: 1307,
        largestDown: 1307,
      },
      kept: {
        bytesUp: 275,
        bytesDown: 1307,
        recordsDown: 1,
        largestUp: 275,
        firstDown: 1307,
        largestDown: 1307,
      },
    },
    {
      name: 'a long answer in one piece without its exact size',
      given: { bytesDown: 13_107, recordsDown: 1 },
      kept: { bytesDown: 13_056, recordsDown: 1 },
    },
    {
      name: 'a large request in one record without its exact size anywhere',
      given: { bytesUp: 4617, largestUp: 4617 },
      kept: { bytesUp: 4624, largestUp: 4624 },
    },
  ])('$name', ({ given, kept }) => {
    const once = coarsen(exchange(given));
    expect(once).toMatchObject(kept);
    expect(coarsen(once)).toEqual(once);
  });
});
