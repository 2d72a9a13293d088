import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExposureDay, ReportDocument } from '../../../src/model/report.ts';
import { compareHosts, sortHosts } from '../../../src/net/address.ts';
import { renderEcs } from '../../../src/report/format/ecs.ts';
import { renderJson } from '../../../src/report/format/json.ts';
import { jsonChunks, jsonText } from '../../../src/text/json-text.ts';
import { joinParts } from '../../../src/text/text-parts.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

/** One day of two hosts is one object; a host without days. */
function withExposure(): ReportDocument {
  const shared: ExposureDay = { date: '2026-07-02', answer: 'may', spans: [[null, '1.2.3']] };
  const other: ExposureDay = { date: '2026-07-03', answer: 'ran', spans: [], downloaded: '2026-07-01' };
  const exposure = [[shared, other], [shared], []].map((days, i) => ({
    ...{ advisory: 'X-1', host: `10.0.0.${i}`, tool: 'claude-code', answer: 'may' as const },
    ...{ first: '2026-07-02', last: '2026-07-02', days },
  }));
  return { ...sampleDocument(), exposure };
}

const joined = (pieces: Iterable<string>): string => [...pieces].join('');

describe('JSON in pieces', () => {
  it('is the text of the whole, whatever the value and the depth', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 5 }),
      fc.record({
        name: fc.string({ unit: 'binary' }),
        none: fc.constant(undefined),
        list: fc.array(fc.string()),
      }),
      fc.array(fc.option(fc.string(), { nil: undefined })),
    );
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 5 }), (each, depth) => {
        expect(joined(jsonChunks(each, depth))).toBe(jsonText(each, 2));
      }),
    );
  });

  it('takes keys as they are named, whatever every object has', () => {
    for (const key of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) {
      const value = Object.fromEntries([[key, 0]]);
      expect(joined(jsonChunks(value, 2))).toBe(jsonText(value, 2));
    }
  });

  it.each([
    ['seen', sampleDocument()],
    ['audit', sampleAudit()],
    ['with advisories', withExposure()],
  ])('is the text of a whole report: %s', (_, document) => {
    expect(joined(renderJson(document))).toBe(`${jsonText(document, 2)}\n`);
  });
});

it('makes no line of a report before it is asked for', () => {
  const { hosts, ...rest } = sampleDocument();
  const [first] = hosts;
  if (first === undefined) throw new Error('the sample has hosts');
  const later = {
    ...first,
    get tools(): never {
      throw new Error('asked for too early');
    },
  };
  const lines = renderEcs({ ...rest, hosts: [first, later] })[Symbol.iterator]();
  expect(JSON.parse(lines.next().value ?? '')).toHaveProperty('event.dataset', 'wiretally.use');
});

it('puts pieces together and loses none', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 20 }), (pieces, length) => {
      const parts = [...joinParts(pieces, length)];
      expect(parts.join('')).toBe(pieces.join(''));
      for (const part of parts.slice(0, -1)) expect(part.length).toBeGreaterThanOrEqual(length);
    }),
  );
});

it('sorts hosts as they are compared', () => {
  const host = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('::1', '0.0.0.0', '010.1.1.1', 'fd00::'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(host), (hosts) => {
      expect(sortHosts(hosts)).toEqual([...hosts].sort(compareHosts));
    }),
  );
});
