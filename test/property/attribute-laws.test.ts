// Laws of attribution: more evidence never lowers a tool, the order of windows is irrelevant, sums are consistent.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { UsageRow } from '../../src/model/usage.ts';
import { openZone } from '../../src/time/zone.ts';
import { exchange, FORMS, later, post, row, START, smallCall, window } from '../unit/attribution/rows.ts';

const catalogue = await loadCatalogue();
const zone = openZone('UTC');
const GRADES = ['possible', 'likely', 'certain'];

const names = [
  'api.anthropic.com',
  'downloads.claude.ai',
  'api.openai.com',
  'chatgpt.com',
  'ab.chatgpt.com',
  'generativelanguage.googleapis.com',
  'play.googleapis.com',
  'api.cline.bot',
  'otel.cline.bot',
  'api.kilo.ai',
  'dashscope.aliyuncs.com',
  'gb4w8c3ygj-default-sea.rum.aliyuncs.com',
  'api2.cursor.sh',
  'ai-gateway.corp.example',
  'us-east5-aiplatform.googleapis.com',
];
const anyExchange = fc.oneof(
  fc.integer({ min: 100, max: 900 }).map((size) => smallCall(size)),
  fc.integer({ min: 2000, max: 90_000 }).map((size) => exchange({ bytesUp: size })),
  fc.integer({ min: 2000, max: 300_000 }).map((size) => post(size)),
);
const anyRow: fc.Arbitrary<UsageRow> = fc
  .record({
    name: fc.constantFrom(...names),
    fingerprint: fc.constantFrom(...Object.values(FORMS), null),
    exchanges: fc.array(anyExchange, { maxLength: 6 }),
    minutes: fc.integer({ min: 0, max: 30 }),
  })
  .map(({ name, fingerprint, exchanges, minutes }) => {
    const one = row(name, fingerprint, { exchanges });
    return later([one], minutes * 60)[0] ?? one;
  });
const anyRows = fc.array(anyRow, { minLength: 1, maxLength: 12 });

function grades(rows: readonly UsageRow[]): Map<string, number> {
  const windows = rows.map((one) =>
    window([one], [], START + Math.floor((one.firstUs / 1e6 - START) / 60) * 60),
  );
  const [host] = attribute(windows, catalogue, { zone });
  return new Map((host?.tools ?? []).map(({ use }) => [use.tool, GRADES.indexOf(use.confidence)]));
}

describe('attribution', () => {
  it('never names a tool less surely because more was seen', () => {
    fc.assert(
      fc.property(anyRows, anyRows, (rows, more) => {
        const before = grades(rows);
        const after = grades([...rows, ...more]);
        for (const [tool, grade] of before) {
          // A possible tool may give way to a likely one that explains its traffic; a named one may not.
          if (grade > 0) expect(after.get(tool) ?? -1).toBeGreaterThanOrEqual(grade);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('is certain only where a name of the tool alone was asked for', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const seen = new Set(rows.map(({ name }) => name));
        for (const [tool, grade] of grades(rows)) {
          if (grade < 2) continue;
          const own = [...seen].some((name) =>
            catalogue
              .lookup(name)
              .some(({ value }) => value.tool.id === tool && value.endpoint.specificity === 'tool'),
          );
          expect(own, tool).toBe(true);
        }
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  it('gives the same answer in whatever order windows come', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const windows = rows.map((one, i) => ({ ...window([one]), sensor: `s${i}` }));
        const there = attribute(windows, catalogue, { zone });
        const back = attribute([...windows].reverse(), catalogue, { zone });
        // Rows contain a function, and functions are never equal.
        expect(JSON.stringify(back)).toEqual(JSON.stringify(there));
      }),
      { numRuns: 200, seed: 9 },
    );
  });

  it('counts each byte in one row at most, possible rows aside', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const [host] = attribute([window(rows)], catalogue, { zone });
        const named = (host?.tools ?? []).filter(({ use }) => use.confidence !== 'possible');
        const reported = [...named, ...(host?.providers ?? [])].reduce(
          (sum, { use }) => sum + use.payloadUp,
          0,
        );
        expect(reported).toBeLessThanOrEqual(rows.reduce((sum, one) => sum + one.payloadUp, 0));
      }),
      { numRuns: 200, seed: 10 },
    );
  });
});
