// Composed cases with forged packets, fixed seed: no host is framed, hidden or exempted, and honest controls stay right.
// A larger run: captures/README.md.

import { describe, expect, it } from 'vitest';
import { makeCase } from '../../captures/composed/families.ts';
import { FORGED } from '../../captures/composed/forged/families.ts';
import { faultsOf } from '../../captures/composed/table.ts';
import { openJudge } from './open-judge.ts';

const SEED = 1;
/** Each case starts the command line for its audit. */
const TIMEOUT_MS = 300_000;

const { recordings, judge, all } = await openJudge();

describe('composed cases with forged packets', () => {
  it.each(FORGED)(
    '$name: no host is framed, hidden or exempted',
    async (family) => {
      const faults: string[] = [];
      for (let index = 0; index < (family.kinds ?? 12); index++) {
        const one = makeCase(family, index, SEED, recordings);
        const result = await judge.judge(one);
        all.push({ one, result });
        const wrong = faultsOf(result);
        if (wrong.length > 0) faults.push(`${index}: ${one.about}: ${wrong.join('; ')}`);
      }
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
