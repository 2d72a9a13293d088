import { expect, it } from 'vitest';
import { uniteSpans } from '../../../src/time/spans.ts';

it('joins a span inside a longer one without shortening it', () => {
  const long = { fromUs: 0, untilUs: 9 };
  expect(uniteSpans([long, { fromUs: 2, untilUs: 5 }])).toEqual([long]);
  expect(uniteSpans([{ fromUs: 2, untilUs: 12 }, long])).toEqual([{ fromUs: 0, untilUs: 12 }]);
});
