// Headline, chart, icons, tables, JSON, terminal, Markdown and the live pages show the same numbers, for any policy,
// span, filter and gap, and each use is that of the first rule that matches.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Office } from './cases.ts';
import { composedOffice, contradictionsIn, demoOffice } from './contradictions.ts';

const CASES = Number(process.env.WIRETALLY_NUMBER_CASES ?? 1000);
/** Number of the first case: other cases than those of every run. */
const FIRST_CASE = Number(process.env.WIRETALLY_NUMBER_SEED ?? 0);
const AT_ONCE = 100;
const offices: Office[] = [];

beforeAll(async () => {
  offices.push(await demoOffice(), await composedOffice());
}, 300_000);

describe('every output tells the same numbers', () => {
  const parts = Array.from({ length: Math.ceil(CASES / AT_ONCE) }, (_, i) => FIRST_CASE + i * AT_ONCE);
  it.each(parts)(
    'of the cases from %i on',
    async (from) => {
      const { made, found } = await contradictionsIn(offices, {
        from,
        until: Math.min(FIRST_CASE + CASES, from + AT_ONCE),
      });
      expect(found.slice(0, 10)).toEqual([]);
      expect(found).toHaveLength(0);
      expect(made).toBeGreaterThan(AT_ONCE / 2);
    },
    300_000,
  );
});
