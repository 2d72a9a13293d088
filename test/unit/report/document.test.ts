import { describe, expect, it } from 'vitest';
import type { ToolUse } from '../../../src/model/report.ts';
import type { HostAttribution } from '../../../src/model/tool.ts';
import type { HostTotals, UsageWindow } from '../../../src/model/usage.ts';
import { buildReport, type ReportInput } from '../../../src/report/document/document.ts';
import { narrow } from '../../../src/report/document/narrow.ts';
import { statsOfWindows } from '../../../src/report/document/window-totals.ts';
import { renderJson } from '../../../src/report/format/json.ts';
import { BARE_HOST } from '../../bare-facts.ts';
import { sampleDocument, sampleUse } from './sample-document.ts';

const START = Date.UTC(2026, 6, 8, 15, 45) / 1000;

function totals(host: string, more: Partial<HostTotals> = {}): HostTotals {
  return {
    host,
    ...BARE_HOST,
    flows: 2,
    packets: 20,
    bytesUp: 600,
    bytesDown: 400,
    firstUs: START * 1e6,
    lastUs: START * 1e6 + 5,
    ...more,
  };
}

function window(startSeconds: number, hosts: readonly HostTotals[]): UsageWindow {
  return {
    sensor: 'core',
    startSeconds,
    revision: 0,
    lengthSeconds: 60,
    stats: {
      packets: 100,
      bytes: 9000,
      flows: 4,
      hellosComplete: 2,
      hellosIncomplete: 1,
      snaplenCut: 0,
      evictedFlows: 0,
      kernelDrops: 3,
      malformed: { 'udp.length': 1, 'ip.version': 2 },
    },
    hosts,
    rows: [],
    queriedNames: [],
  };
}

function input(windows: readonly UsageWindow[], attributions: readonly HostAttribution[] = []): ReportInput {
  return {
    attributions,
    windows,
    captures: [],
    stats: statsOfWindows(windows),
    coverage: [],
    recordsFrom: null,
    recordsUntil: null,
    wiretally: '0.1.0',
    catalogue: '2026.11.1',
    command: 'analyze core.usage',
    timezone: 'Asia/Shanghai',
    generated: null,
  };
}

const use = (tool: string, confidence: ToolUse['confidence'], megabytesUp: number): ToolUse =>
  sampleUse({ tool, name: tool, vendor: 'V', confidence, minutes: [1, 0, 0, 0, 0, 0, 0], megabytesUp });

describe('buildReport', () => {
  it.each([
    ['2026-07-10T00:00:00Z', null, 0],
    ['2026-12-01T23:00:00Z', null, 0],
    ['2027-01-31T00:00:00Z', null, 61],
    ['2027-01-31T00:00:00Z', '2026-12-11T00:00:00Z', 10],
  ])(
    'tells the age of a catalogue of November 2026, traffic until %s, made on %s: %s days',
    (until, generated, days) => {
      const untilSeconds = Date.parse(until) / 1000;
      const { catalogueAgeDays } = buildReport({ ...input([window(START, [])]), untilSeconds, generated });
      expect(catalogueAgeDays).toBe(days);
    },
  );

  it('tells no age of the catalogue without a period', () => {
    expect(buildReport(input([])).catalogueAgeDays).toBeNull();
  });

  it('sorts hosts by address, IPv4 first, pseudonyms last', () => {
    const hosts = ['h-4XP8', 'fd00::2', '10.0.0.10', '10.0.0.9', '9.255.0.1'].map((host) => totals(host));
    const report = buildReport(input([window(START, hosts)]));
    expect(report.hosts.map(({ host }) => host)).toEqual([
      '9.255.0.1',
      '10.0.0.9',
      '10.0.0.10',
      'fd00::2',
      'h-4XP8',
    ]);
  });

  it('counts a day of the zone, not of UTC, as presence', () => {
    const report = buildReport(
      input([window(START, [totals('10.0.0.1')]), window(START + 1200, [totals('10.0.0.1')])]),
    );
    expect(report.hosts[0]?.presence).toEqual(['2026-07-08', '2026-07-09']);
    expect(report.hosts[0]?.bytes).toBe(2000);
  });

  it('takes the edges of the windows as the period', () => {
    const report = buildReport(input([window(START + 60, []), window(START, [])]));
    expect(report.period).toEqual({
      since: '2026-07-08T15:45:00.000000Z',
      until: '2026-07-08T15:47:00.000000Z',
      timezone: 'Asia/Shanghai',
    });
    expect(report.sensor).toBe('core');
  });

  it('says nothing of a period without windows', () => {
    const report = buildReport(input([]));
    expect(report.period.since).toBeNull();
    expect(report.sensor).toBeNull();
    expect(report.hosts).toEqual([]);
  });

  it('sums statistics and sorts the reasons', () => {
    const report = buildReport(input([window(START, []), window(START + 60, [])]));
    expect(report.stats.clientHellos).toEqual({ complete: 4, incomplete: 2 });
    expect(Object.entries(report.stats.malformed)).toEqual([
      ['ip.version', 4],
      ['udp.length', 2],
    ]);
  });

  it('believes a MAC of DHCP before one of a frame, and none that several hosts share', () => {
    const router = { mac: '02:00:00:00:00:01', macFrom: 'frame' } as const;
    const hosts = [
      totals('10.0.0.1', router),
      totals('10.0.0.2', router),
      totals('10.0.0.3', { mac: '02:00:00:00:00:03', macFrom: 'frame' }),
    ];
    const later = [totals('10.0.0.2', { mac: '02:00:00:00:00:02', macFrom: 'dhcp', names: ['dev-02'] })];
    const report = buildReport(input([window(START, hosts), window(START + 60, later)]));
    expect(report.hosts.map(({ mac, name }) => [mac, name])).toEqual([
      ['02:00:00:00:00:01', null],
      ['02:00:00:00:00:02', 'dev-02'],
      ['02:00:00:00:00:03', null],
    ]);
  });

  it('adds up what was dark, over windows and over hosts, with its effect', () => {
    const notVisible = {
      kind: 'ech',
      hint: 'tls',
      flows: 1,
      bytes: 250,
      firstUs: START * 1e6,
      lastUs: START * 1e6,
    } as const;
    const hosts = [
      totals('10.0.0.1', { notVisible: [notVisible, { ...notVisible, hint: 'quic' }] }),
      totals('10.0.0.2'),
    ];
    const report = buildReport(input([window(START, hosts)]));
    expect(report.hosts[0]?.notVisible).toMatchObject([{ kind: 'ech', flows: 2, bytes: 500, share: 0.5 }]);
    expect(report.notVisible).toMatchObject([{ kind: 'ech', flows: 2, bytes: 500, share: 0.25 }]);
    expect(report.notVisible[0]?.effect).toMatch(/hidden/);
  });

  it('sorts tools by bytes and leaves possible rows out of the sums', () => {
    const attributions = [
      {
        host: '10.0.0.1',
        tools: [use('small', 'certain', 1), use('large', 'likely', 9), use('maybe', 'possible', 5)].map(
          (each) => ({
            use: each,
            quarters: [],
          }),
        ),
        providers: [],
      },
    ];
    const report = buildReport(input([window(START, [totals('10.0.0.1')])], attributions));
    expect(report.hosts[0]?.tools.map(({ tool }) => tool)).toEqual(['large', 'maybe', 'small']);
    expect(report.tools.map(({ tool, hosts, bytesUp }) => [tool, hosts, bytesUp])).toEqual([
      ['large', 1, 9e6],
      ['small', 1, 1e6],
      ['maybe', 0, 0],
    ]);
    expect(report.tools[2]?.hostsByConfidence).toEqual({ certain: 0, likely: 0, possible: 1 });
  });

  it('calls the traffic to a suspected relay dark', () => {
    const relay = { ...use('relay', 'possible', 1), bytesUp: 300, bytesDown: 200 };
    const attributions = [{ host: '10.0.0.1', tools: [], providers: [{ use: relay, quarters: [] }] }];
    const report = buildReport(input([window(START, [totals('10.0.0.1')])], attributions));
    expect(report.notVisible).toMatchObject([{ kind: 'relay', bytes: 500, share: 0.5 }]);
  });

  it('gives the same bytes whatever the order of windows and attributions', () => {
    const windows = [
      window(START, [totals('10.0.0.2', { names: ['b', 'a'] }), totals('10.0.0.1')]),
      window(START + 900, [totals('10.0.0.1', { mac: '02:00:00:00:00:09', macFrom: 'arp' })]),
    ];
    const attributions = ['10.0.0.1', '10.0.0.2'].map((host) => ({
      host,
      tools: [{ use: use('x', 'likely', 1), quarters: [] }],
      providers: [],
    }));
    const one = [...renderJson(buildReport(input(windows, attributions)))].join('');
    const other = [
      ...renderJson(buildReport(input([...windows].reverse(), [...attributions].reverse()))),
    ].join('');
    expect(other).toBe(one);
  });
});

describe('narrow', () => {
  it('keeps the named host and tool, and totals follow', () => {
    const report = narrow(sampleDocument(), { hosts: ['dev-05', '10.20.2.8'], groups: [], tools: ['codex'] });
    expect(report.hosts.map(({ host }) => host)).toEqual(['10.20.1.5', '10.20.2.8']);
    expect(report.tools.map(({ tool }) => tool)).toEqual(['codex']);
  });

  it('leaves the document alone when nothing is asked', () => {
    const report = sampleDocument();
    expect(narrow(report, { hosts: [], groups: [], tools: [] })).toBe(report);
  });
});

describe('the account of traffic', () => {
  const own = (host: string, bytes: number): NonNullable<UsageWindow['account']> => [
    {
      ...{ host, lookedInto: bytes, harmless: 10, inside: 20, destinations: [] },
      hidden: (['tunnel', 'unknown'] as const).map((kind) => ({
        ...{ kind, hint: 'unknown', flows: 1, bytes: 300, firstUs: START * 1e6, lastUs: START * 1e6 },
      })),
    },
  ];
  const hosts = [totals('10.0.0.1'), totals('10.0.0.2')];
  const windows = [
    { ...window(START, hosts), account: [...own('', 1), ...own('10.0.0.1', 1000)] },
    { ...window(START + 60, hosts), account: own('10.0.0.1', 500) },
    window(START + 120, hosts),
  ];
  const first = { wireBytes: 2760, lookedInto: 1500, harmless: 20, inside: 40, hidden: 1200 };

  it('is summed by host, and over all hosts with what has no local end', () => {
    const { account, hosts: reported } = buildReport(input(windows));
    expect(reported.map((host) => host.account)).toEqual([first, undefined]);
    expect(account).toEqual({ wireBytes: 3391, lookedInto: 1501, harmless: 30, inside: 60, hidden: 1800 });
  });

  it('of a part of the hosts is the sum of theirs', () => {
    const of = (host: string) =>
      narrow(buildReport(input(windows)), { hosts: [host], groups: [], tools: [] });
    expect(of('10.0.0.1').account).toEqual(first);
    expect(of('10.0.0.2').account).toBeUndefined();
  });

  it('is absent where no bytes are known', () => {
    expect(buildReport(input([window(START, hosts)])).account).toBeUndefined();
  });
});
