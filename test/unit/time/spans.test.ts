import { expect, it } from 'vitest';
import { joinedSpans } from '../../../src/time/spans.ts';

it('joins a span inside a longer one without shortening it', () => {
  const long = { fromUs: 0, untilUs: 9 };
  expect(joinedSpans([long, { fromUs: 2, untilUs: 5 }])).toEqual([long]);
  expect(joinedSpans([{ fromUs: 2, untilUs: 12 }, long])).toEqual([{ fromUs: 0, untilUs: 12 }]);
});
