// Placing a start from its marks: with the data of Claude Code, whose boundaries were recorded build by build.

import { describe, expect, it } from 'vitest';
import { placeStart } from '../../../../src/attribution/builds/build-sums.ts';
import type { SeenCall, SeenHello, Start } from '../../../../src/attribution/builds/starts.ts';
import { loadCatalogue } from '../../../../src/files/catalogue-files.ts';

const facts = (await loadCatalogue()).tool('claude-code')?.builds;
if (facts === undefined) throw new Error('the catalogue has no builds of claude-code');
const DAY = '2026-11-20';

const API = 'api.anthropic.com';
const hello = (ja4: string, ja3: string, alpn: readonly string[]): SeenHello => ({
  ...{ atUs: 0, name: API, runtime: 'bun', alpn, ja4, ja3 },
});
const FETCH = hello('t13d1713h1_5b57614c22b0_6a3d802a7139', '1523504b38f0fae0d881d4b6554aac1b', ['http/1.1']);
const HTTPS = hello('t13d181000_5d04281c6031_78e6aca7449b', '5355e3851d76d069ab8a98fdb51cf1b4', []);
const OLD_HTTPS = hello('t13d181000_5d04281c6031_78e6aca7449b', '71dc8c533dd919ae9f4963224a4ba8fd', []);

const call = (up: number, alpn: readonly string[] = [], isProxied = false): SeenCall => ({
  ...{ atUs: 0, name: API, runtime: 'bun', alpn, up, isProxied },
});
const start = (hellos: readonly SeenHello[], calls: readonly SeenCall[]): Start => ({
  atUs: 0,
  hellos,
  calls,
});
const place = (one: Start, day = DAY) => placeStart(one, facts, day);

/** 2.1.265 with a key: policy_limits, settings, bootstrap, penguin_mode. */
const KEYED = [339, 377, 405, 331];

describe('a start', () => {
  it('is placed where all of its marks agree', () => {
    const { spans, why } = place(
      start(
        [FETCH, HTTPS],
        KEYED.map((up) => call(up)),
      ),
    );
    expect({ spans, why }).toEqual({ spans: [['2.1.257', '2.1.270']], why: null });
  });

  it('has smaller calls through a proxy', () => {
    const direct = place(
      start(
        [FETCH, HTTPS],
        KEYED.map((up) => call(up)),
      ),
    );
    const proxied = place(
      start(
        [FETCH, HTTPS],
        KEYED.map((up) => call(up - 5, [], true)),
      ),
    );
    const behind = place(
      start(
        [FETCH, HTTPS],
        KEYED.map((up) => call(up - 5)),
      ),
    );
    expect(proxied.spans).toEqual(direct.spans);
    expect(behind.spans).toEqual(direct.spans);
  });

  it('is not placed by marks that contradict each other', () => {
    const { spans, why } = place(
      start(
        [FETCH, OLD_HTTPS],
        KEYED.map((up) => call(up)),
      ),
    );
    expect({ spans, why }).toEqual({ spans: null, why: 'contradiction' });
  });

  it('is not placed by two marks', () => {
    expect(place(start([FETCH, HTTPS], []))).toMatchObject({ spans: null, why: 'fewMarks' });
    expect(place(start([HTTPS], [call(339)]))).toMatchObject({ spans: null, why: 'fewMarks' });
  });

  it('is not placed by two sizes and an unknown form', () => {
    const unknown = { ...HTTPS, ja3: '0'.repeat(32) };
    expect(place(start([unknown], [call(339), call(377)]))).toMatchObject({ spans: null, why: 'fewMarks' });
    expect(
      place(
        start(
          [unknown],
          KEYED.map((up) => call(up)),
        ),
      ),
    ).toMatchObject({ spans: [['2.1.219', '2.1.270']] });
  });

  it('is not placed where the calls are of sizes that no build makes: another key, another program', () => {
    for (let more = 1; more <= 40; more++) {
      const { spans } = place(
        start([FETCH, HTTPS], [call(155, ['http/1.1']), ...KEYED.map((up) => call(up + more))]),
      );
      if (spans !== null) expect({ more, spans }).toMatchObject({ spans: [['2.1.257', expect.anything()]] });
    }
    const moved = KEYED.map((up) => call(up + 3));
    expect(place(start([FETCH, HTTPS], [call(155, ['http/1.1']), ...moved]))).toMatchObject({
      why: 'unknownCalls',
    });
  });

  it('that fits no build is possibly newer than known where it is later than the recordings', () => {
    const one = start([FETCH, HTTPS], [call(155, ['http/1.1']), ...KEYED.map((up) => call(up + 3))]);
    expect(place(one, facts.date)).not.toHaveProperty('newerSince');
    expect(place(one, '2027-01-01')).toMatchObject({ spans: null, newerSince: facts.date });
    const known = place(
      start(
        [FETCH, HTTPS],
        KEYED.map((up) => call(up)),
      ),
      '2027-01-01',
    );
    expect(known).not.toHaveProperty('newerSince');
    expect(place(start([FETCH], []), '2027-01-01')).not.toHaveProperty('newerSince');
  });

  it('cannot have been made by a build that is younger', () => {
    const one = start([FETCH, HTTPS], [...KEYED.map((up) => call(up))]);
    const [[, last] = []] = place(one, '2026-09-05').spans ?? [];
    expect(last).not.toBe('2.1.270');
    expect(place(one, '2026-08-01')).toMatchObject({ spans: null, why: 'laterBuilds' });
  });

  it('of a runtime that no line has says nothing', () => {
    const other = start(
      [FETCH, HTTPS],
      KEYED.map((up) => call(up)),
    );
    const strange = {
      ...other,
      hellos: other.hellos.map((one) => ({ ...one, runtime: 'python' })),
      calls: other.calls.map((one) => ({ ...one, runtime: 'python' })),
    };
    expect(place(strange)).toMatchObject({ spans: null, why: 'fewMarks', marks: [] });
  });
});
