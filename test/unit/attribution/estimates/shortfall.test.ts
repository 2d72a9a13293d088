// When estimates are withheld: each limit, and what is just within.

import { expect, it } from 'vitest';
import { reasonToWithhold, type Shortfall } from '../../../../src/attribution/estimates/shortfall.ts';

const WHOLE: Shortfall = {
  ...{ lost: 0, payload: 1_000_000, payloadUp: 100_000, flows: 10, oneWay: 0, established: 10, uncut: 0 },
  ...{ logged: 0, unsizedUp: 0, unsizedDown: 0, isCut: true },
};

it.each<[string, Partial<Shortfall>, RegExp | null]>([
  ['all is there', {}, null],
  ['few bytes of a small capture are lost', { payload: 50_000, lost: 9_999 }, null],
  ['many bytes of a large capture are lost, and a small share', { payload: 1e9, lost: 1e6 }, null],
  ['a large share is lost', { lost: 200_000 }, /^16\.7 % of the bytes are missing/],
  ['half of the flows have one direction', { oneWay: 5 }, null],
  ['more than half of the flows have one direction', { oneWay: 6 }, /one direction only/],
  ['a twentieth was not cut', { uncut: 5_000 }, null],
  ['more than a twentieth was not cut', { uncut: 5_001 }, /could not be split into exchanges/],
  ['no flow was cut', { isCut: false }, /could not be split into exchanges/],
  ['no flow was established', { isCut: false, established: 0 }, null],
  ['a log was read', { logged: 1 }, /./],
])('where %s', (_, parts, reason) => {
  const said = reasonToWithhold({ ...WHOLE, ...parts });
  if (reason === null) expect(said).toBeNull();
  else expect(said?.text).toMatch(reason);
});
