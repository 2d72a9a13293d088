// Runs of requests: each counts once, in the period in which it begins.
import { describe, expect, it } from 'vitest';
import { type RequestSpan, runsIn } from '../../../../src/attribution/sums/attribute-periods.ts';

const S = 1_000_000;
/** Requests of a second each, by the seconds at which they begin. */
const asked = (...starts: number[]): RequestSpan[] =>
  starts.map((start) => ({ start: start * S, end: (start + 1) * S }));

interface Case {
  readonly about: string;
  readonly periods: RequestSpan[][];
  readonly endUs?: number;
  /** Of each period: prompts at least, at most, sessions. */
  readonly expected: readonly (readonly [min: number, max: number, sessions: number])[];
}

const CASES: Case[] = [
  { about: 'nothing', periods: [[]], expected: [[0, 0, 0]] },
  { about: 'one request', periods: [asked(0)], expected: [[1, 1, 1]] },
  { about: 'a pause that may be one of a person', periods: [asked(0, 10)], expected: [[1, 2, 1]] },
  { about: 'a pause that is one', periods: [asked(0, 30)], expected: [[2, 2, 1]] },
  { about: 'a pause that ends a session', periods: [asked(0, 3600)], expected: [[2, 2, 2]] },
  {
    about: 'a run that goes on in the next period',
    periods: [asked(0, 2), asked(4, 6, 60)],
    expected: [
      [1, 1, 1],
      [1, 1, 0],
    ],
  },
  {
    about: 'periods whose requests are mixed',
    periods: [asked(0, 4), asked(2, 6)],
    expected: [
      [1, 1, 1],
      [0, 0, 0],
    ],
  },
  {
    about: 'a request of one period that outlasts many of the next',
    periods: [[{ start: 0, end: 5000 * S }], asked(10, 100, 4000, 7000)],
    expected: [
      [1, 1, 1],
      [1, 1, 1],
    ],
  },
  { about: 'a block that goes on', periods: [asked(10)], endUs: 9 * S, expected: [[0, 0, 0]] },
  { about: 'a block that goes on after a pause', periods: [asked(10)], endUs: 0, expected: [[0, 1, 0]] },
];

describe('runs of requests', () => {
  it.each(CASES)('of $about', ({ periods, endUs, expected }) => {
    const runs = runsIn(periods, endUs ?? null);
    expect(runs.map(({ prompts, sessions }) => [prompts.min, prompts.max, sessions])).toEqual(expected);
  });
});
