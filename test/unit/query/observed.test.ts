// Observed time of a scope: only sensors that can see it count.
import { describe, expect, it } from 'vitest';
import type { ObservedScope } from '../../../src/model/policy.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { parseNetwork } from '../../../src/net/address.ts';
import { lostShare } from '../../../src/policy/observed.ts';
import { measureObserved } from '../../../src/query/observed.ts';
import { parseSensorsFile } from '../../../src/window/sensors-file.ts';
import { minuteWindow, START } from '../store/minute-window.ts';

const US = 1_000_000;
const READ = { interrupted: false, unread: [], ignored: [], sinceSeconds: null, untilSeconds: null };

/** Minutes of a sensor with these hosts. */
const minutes = (sensor: string, from: number, until: number, hosts: readonly string[]): UsageWindow[] =>
  Array.from({ length: until - from }, (_, i) => {
    const window = minuteWindow(from + i, sensor);
    const [host] = [...window.hosts];
    return {
      ...window,
      hosts: host === undefined ? [] : hosts.map((name) => ({ ...host, host: name })),
      rows: [],
    };
  });

const scopeOf = (networks: readonly string[], hosts: readonly string[]): ObservedScope => ({
  networks: networks.flatMap((text) => parseNetwork(text) ?? []),
  hosts: new Set(hosts),
});

const SITES = parseSensorsFile(
  'sensors:\n  - { name: a, networks: [10.20.0.0/16] }\n  - { name: b, networks: [10.30.0.0/16] }\n',
  'sensors.yaml',
);
const A = ['10.20.0.1', '10.20.0.2'];
const B = ['10.30.0.1'];
const PAUSED = [...minutes('a', 0, 60, A), ...minutes('a', 180, 240, A), ...minutes('b', 0, 240, B)];

const spansOf = (
  windows: readonly UsageWindow[],
  scope: ObservedScope,
  networks: typeof SITES | null = null,
) =>
  measureObserved(windows, READ, { networks })
    .spansOf(scope)
    .map(({ fromUs, untilUs }) => [(fromUs / US - START) / 60, (untilUs / US - START) / 60]);

const APART = [
  [0, 60],
  [180, 240],
];

describe('a site that paused while another one ran', () => {
  it.each([
    ['by networks', SITES],
    ['by hosts', null],
  ])('was not observed: %s', (_, networks) => {
    expect(spansOf(PAUSED, scopeOf(['10.20.0.0/16'], A), networks)).toEqual(APART);
    expect(spansOf(PAUSED, { networks: 'all', hosts: new Set([...A, ...B]) }, networks)).toEqual(APART);
    expect(spansOf(PAUSED, scopeOf(['10.30.0.0/16'], B), networks)).toEqual([[0, 240]]);
  });

  it('was observed where another sensor of its network ran', () => {
    const others = minutes('c', 50, 200, A);
    const both = parseSensorsFile(
      'sensors:\n  - { name: "[ac]", networks: [10.20.0.0/16] }\n  - { name: c, networks: [10.0.0.0/8] }\n  - { name: a, networks: [10.20.0.0/16] }\n',
      'sensors.yaml',
    );
    expect(spansOf([...PAUSED, ...others], scopeOf(['10.20.0.0/16'], A), both)).toEqual([[0, 240]]);
    expect(spansOf([...PAUSED, ...others], scopeOf(['10.20.0.0/16'], A))).toEqual([[0, 240]]);
  });

  it('was not observed by one that shares a host that moves', () => {
    const moved = minutes('b', 0, 240, [...B, '10.20.0.2']);
    const three = [...A, '10.20.0.3'];
    const windows = [...minutes('a', 0, 60, three), ...minutes('a', 180, 240, three), ...moved];
    expect(spansOf(windows, scopeOf(['10.20.0.0/16'], three))).toEqual(APART);
  });
});

describe('a sensor that reports lookups of hosts, and no connection', () => {
  const lookups = minutes('dns', 0, 240, A).map((window) => ({
    ...window,
    hosts: window.hosts.map((host) => ({ ...host, flows: 0 })),
  }));
  const unnamed = minutes('log-0123456789abcdef', 0, 60, A);

  it.each([
    ['of a named sensor', PAUSED, APART],
    ['of a run without a name', unnamed, [[0, 60]]],
  ])('observed no pause %s', (_, windows, spans) => {
    const others = lookups.map((window) => ({ ...window, sensor: 'log-fedcba9876543210' }));
    for (const own of [lookups, others])
      expect(spansOf([...windows, ...own], scopeOf(['10.20.0.0/16'], A))).toEqual(spans);
    expect(spansOf([...PAUSED, ...lookups], scopeOf(['10.20.0.0/16'], A), SITES)).toEqual(APART);
  });

  it('counts where there is no other', () => {
    expect(spansOf(lookups, scopeOf(['10.20.0.0/16'], A))).toEqual([[0, 240]]);
  });
});

describe('a sensor that began late or ended early while another one ran', () => {
  const FULL = minutes('b', 0, 240, B);
  const BOTH: ObservedScope = { networks: 'all', hosts: new Set([...A, ...B]) };

  it.each([
    ['ended', minutes('a', 0, 60, A), [[0, 60]]],
    ['began', minutes('a', 180, 240, A), [[180, 240]]],
    ['is later than a window of the others', minutes('a', 10, 230, A), [[0, 240]]],
    ['has no name', minutes('capture-0123456789abcdef', 0, 60, A), [[0, 240]]],
  ])(
    'saw its hosts as long as it ran, but for the lag of windows and a run without a name: %s',
    (_, windows, spans) => {
      expect(spansOf([...FULL, ...windows], BOTH)).toEqual(spans);
    },
  );

  it('does not where a third one saw them, under another name', () => {
    expect(spansOf([...FULL, ...minutes('a', 0, 60, A), ...minutes('a2', 60, 240, A)], BOTH)).toEqual([
      [0, 240],
    ]);
  });

  it('does not to hosts that it never saw', () => {
    expect(spansOf([...FULL, ...minutes('a', 0, 60, A)], scopeOf(['10.30.0.0/16'], B))).toEqual([[0, 240]]);
  });
});

describe('a sensor that has a part of the packets, among many that have all', () => {
  const poor = (change: (window: UsageWindow) => UsageWindow) => [
    ...minutes('a', 0, 60, A).map(change),
    ...Array.from({ length: 20 }, (_, i) => minutes(`b${i}`, 0, 60, B)).flat(),
  ];

  it('has lost its share of them, for the scopes that it sees', () => {
    const observed = measureObserved(
      poor((window) => ({ ...window, stats: { ...window.stats, packets: 90, kernelDrops: 10 } })),
      READ,
    );
    expect(lostShare(observed.traffic, observed, scopeOf(['10.20.0.0/16'], A))).toBe(0.1);
    expect(lostShare(observed.traffic, observed, { networks: 'all', hosts: new Set([...A, ...B]) })).toBe(
      0.1,
    );
    expect(lostShare(observed.traffic, observed, scopeOf(['10.30.0.0/16'], B))).toBe(0);
  });

  it('is sampled', () => {
    const cut = poor((window) => ({
      ...window,
      hosts: [...window.hosts].map((host) => ({
        ...host,
        notVisible: [
          { kind: 'loss', hint: 'tls', flows: 1, bytes: 1000, firstUs: host.firstUs, lastUs: host.lastUs },
        ],
      })),
    }));
    const { sampled, sees } = measureObserved(cut, READ);
    expect(sampled).toEqual(['a']);
    expect(sees('a', scopeOf(['10.20.0.0/16'], A))).toBe(true);
    expect(sees('a', scopeOf(['10.30.0.0/16'], B))).toBe(false);
  });
});

it('of a network that no sensor lists, or of hosts that none reported, there is none', () => {
  expect(spansOf(PAUSED, scopeOf(['10.40.0.0/16'], []), SITES)).toEqual([]);
  expect(spansOf(PAUSED, scopeOf(['10.20.0.9/32'], []))).toEqual([]);
});

it('of a span is that of all windows around it, and nothing else of them', () => {
  const all = minutes('a', 0, 240, A).filter((_, i) => i < 100 || i >= 130);
  const asked = { sinceSeconds: START + 110 * 60, untilSeconds: START + 150 * 60 };
  const within = all.filter(
    ({ startSeconds }) => startSeconds >= asked.sinceSeconds && startSeconds < asked.untilSeconds,
  );
  const { whole, gaps } = measureObserved(within, { ...READ, ...asked }, { around: all });
  expect(whole).toEqual({ fromUs: (START + 130 * 60) * US, untilUs: asked.untilSeconds * US });
  expect(gaps).toEqual([
    { fromUs: asked.sinceSeconds * US, toUs: (START + 130 * 60) * US, reason: 'silence' },
  ]);
});

describe('a window that begins before the span', () => {
  it('is not read, and its time in the span is not observed', () => {
    const all = minutes('a', 0, 10, A);
    const sinceSeconds = START + 150;
    const observed = measureObserved(all.slice(3), { ...READ, sinceSeconds }, { around: all });
    const [first, second, ...more] = observed.spansOf(scopeOf(['10.20.0.0/16'], A));
    expect([first?.untilUs, second?.fromUs, second?.untilUs, more]).toEqual([
      (START + 120) * US,
      (START + 180) * US,
      (START + 600) * US,
      [],
    ]);
  });

  it('leaves a span at the edge of a window as it is', () => {
    const all = minutes('a', 0, 10, A);
    const observed = measureObserved(all.slice(3), { ...READ, sinceSeconds: START + 180 }, { around: all });
    expect(observed.spansOf(scopeOf(['10.20.0.0/16'], A))).toHaveLength(1);
  });
});

describe('a sensor that was silent while another one ran', () => {
  const silent = [...minutes('a', 0, 60, A), ...minutes('b', 0, 240, B)];
  const scope: ObservedScope = { networks: 'all', hosts: new Set([...A, ...B]) };
  const minutesOf = (spans: readonly { readonly fromUs: number; readonly untilUs: number }[]): number =>
    spans.reduce((sum, { fromUs, untilUs }) => sum + (untilUs - fromUs) / US / 60, 0);

  it('takes nothing from what that one observed of its hosts', () => {
    const observed = measureObserved(silent, READ);
    expect(minutesOf(observed.spansOf(scope))).toBe(60);
    const own = observed.spansBySensor(scope).map(({ sensor, spans }) => [sensor, minutesOf(spans)]);
    expect(own).toEqual([
      ['a', 60],
      ['b', 240],
    ]);
  });

  it('is not listed for a scope of which it saw no host, nor where it cannot see the rule', () => {
    const observed = measureObserved(silent, READ);
    const names = (hosts: readonly string[], isBlind?: (sensor: string) => boolean): string[] =>
      observed.spansBySensor({ networks: 'all', hosts: new Set(hosts) }, isBlind).map(({ sensor }) => sensor);
    expect(names(B)).toEqual(['b']);
    expect(names([...A, ...B], (sensor) => sensor === 'b')).toEqual(['a']);
  });
});
