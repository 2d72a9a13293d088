// Evidence that a text would list twice.

import { expect, it } from 'vitest';
import { mergeEvidence } from '../../../src/model/merge-evidence.ts';
import type { EvidenceItem } from '../../../src/model/report.ts';

const item = (detail: string, hour: number, flows: number): EvidenceItem => ({
  kind: 'fingerprint',
  rule: 'runtime',
  detail,
  for: true,
  first: `2026-07-08T0${hour}:00:00.000000Z`,
  last: `2026-07-08T0${hour + 1}:00:00.000000Z`,
  flows,
  communityIds: [`1:${hour}`],
});

it('merges items with the same programs in another order, and no others', () => {
  const merged = mergeEvidence([
    item('runs on A, B', 3, 2),
    item('runs on B, A', 1, 5),
    item('runs on A', 4, 1),
  ]);
  expect(merged).toEqual([
    { ...item('runs on A, B', 1, 7), last: '2026-07-08T04:00:00.000000Z', communityIds: ['1:3', '1:1'] },
    item('runs on A', 4, 1),
  ]);
});
