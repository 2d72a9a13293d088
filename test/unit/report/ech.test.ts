// Encrypted ClientHello in reports: sums by host and day, names that offer it, and what narrowing and pseudonyms leave.
import { describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { buildEch, buildEchFacts } from '../../../src/report/document/ech-rows.ts';
import { narrowTo } from '../../../src/report/document/narrow.ts';
import { pseudonymizeReport } from '../../../src/report/document/pseudonymize.ts';
import { pageModel } from '../../../src/report/html/page-model.ts';
import { sectionPart } from '../../../src/report/html/page-sections.ts';
import { buildFileLinks } from '../../../src/report/html/section-links.ts';
import { ECH } from '../../../src/report/sections/ech.ts';
import { sectionLines } from '../../../src/report/terminal/sections.ts';
import { ENGLISH_WORDS } from '../../../src/report/text/english-words.ts';
import { painter } from '../../../src/text/text-layout.ts';
import { openZone } from '../../../src/time/zone.ts';
import { sampleDocument } from './sample-document.ts';

const START = Date.parse('2026-07-13T23:00:00Z') / 1000;
const lines = { width: 120, paint: painter(false), ellipsis: '…' };

const config = (id: number, hellos: number) => ({ outer: 'cloudflare-ech.com', id, hellos }) as const;
const hellos = (
  host: string,
  [all, ech, hidden]: readonly [number, number, number],
  ...configs: ReturnType<typeof config>[]
) => ({
  ...{ host, hellos: all, ech, hidden, unlistedRequests: 0 },
  echConfigs: configs,
});
const asked = (
  host: string,
  resolver: string,
  atSeconds: number,
  ttlSeconds: number,
): UsageWindow['queriedNames'][number] => ({
  ...{ host, name: 'chatgpt.com', count: 1, addresses: [], offersEch: true, isLogged: false },
  ...{ firstUs: atSeconds * 1e6, lastUs: atSeconds * 1e6 },
  echAnswers: [{ resolver, firstUs: atSeconds * 1e6, ttlSeconds }],
});

const WINDOWS = [
  {
    startSeconds: START,
    hellos: [hellos('10.0.0.1', [9, 4, 3], config(7, 1), config(200, 2)), hellos('10.0.0.2', [5, 0, 0])],
    queriedNames: [asked('10.0.0.1', '10.0.0.53', START + 9, 280)],
  },
  {
    startSeconds: START + 900,
    hellos: [hellos('10.0.0.1', [2, 1, 1], config(7, 1))],
    queriedNames: [
      asked('10.0.0.2', '10.0.0.53', START + 901, 300),
      asked('10.0.0.2', '9.9.9.9', START + 902, 60),
    ],
  },
  { startSeconds: START + 3600, hellos: [hellos('10.0.0.1', [1, 1, 0])], queriedNames: [] },
];

const echIn = (timezone: string) => buildEch(buildEchFacts(WINDOWS, openZone(timezone))).ech;

describe('hellos by host and day', () => {
  it('are sums by day of the zone, without hosts that never sent the extension', () => {
    expect(echIn('UTC')?.hosts).toEqual([
      {
        ...{ host: '10.0.0.1', date: '2026-07-13', without: 6, grease: 1, real: 4 },
        configs: [config(7, 2), config(200, 2)],
      },
      { host: '10.0.0.1', date: '2026-07-14', without: 0, grease: 1, real: 0, configs: [] },
    ]);
    expect(echIn('Europe/Berlin')?.hosts.map(({ date, grease }) => [date, grease])).toEqual([
      ['2026-07-14', 2],
    ]);
  });

  it('say nothing where nothing was sent and offered', () => {
    const windows = [{ startSeconds: START, hellos: [hellos('10.0.0.2', [5, 0, 0])], queriedNames: [] }];
    expect(buildEch(buildEchFacts(windows, openZone('UTC')))).toEqual({});
  });
});

describe('names that offer it', () => {
  it('have the first answer of each resolver and its largest TTL', () => {
    expect(echIn('UTC')?.names).toEqual([
      {
        ...{
          name: 'chatgpt.com',
          resolver: '10.0.0.53',
          since: '2026-07-13T23:00:09.000000Z',
          ttlSeconds: 300,
        },
        hosts: ['10.0.0.1', '10.0.0.2'],
      },
      {
        ...{ name: 'chatgpt.com', resolver: '9.9.9.9', since: '2026-07-13T23:15:02.000000Z', ttlSeconds: 60 },
        hosts: ['10.0.0.2'],
      },
    ]);
  });
});

describe('the document', () => {
  const document = { ...sampleDocument(), ...buildEch(buildEchFacts(WINDOWS, openZone('UTC'))) };

  it('keeps the hosts that are asked for', () => {
    const part = narrowTo(
      { ...document, hosts: document.hosts.map((host, i) => ({ ...host, host: `10.0.0.${i + 1}` })) },
      ({ host }) => host === '10.0.0.2',
    );
    expect(part.ech?.hosts).toEqual([]);
    expect(part.ech?.names.map(({ hosts }) => hosts)).toEqual([['10.0.0.2'], ['10.0.0.2']]);
    expect(narrowTo(document, () => false).ech).toBeUndefined();
  });

  it('has no address of the network behind pseudonyms', () => {
    const { ech } = pseudonymizeReport(document, (host) => `host-${host.length}`);
    expect(JSON.stringify(ech)).not.toContain('10.0.0');
    expect(ech?.names.map(({ resolver }) => resolver)).toEqual(['host-9', '9.9.9.9']);
  });

  it('prints names, days with a hidden name, and what is not visible', () => {
    expect(sectionLines(ECH, document, lines)).toMatchInlineSnapshot(`
      [
        "",
        "ENCRYPTED CLIENTHELLO",
        "NAME THAT OFFERS IT SINCE       RESOLVER    TTL HOSTS",
        "chatgpt.com         07-14 07:00 10.0.0.53 300 s     2",
        "chatgpt.com         07-14 07:15 9.9.9.9    60 s     1",
        "HOST     DAY        NAME HIDDEN GREASE WITHOUT CONFIGURATIONS",
        "10.0.0.1 2026-07-13           4      1       6 cloudflare-ech.com: 7 (2 hellos), 200 (2 hellos)",
        "4 hellos with a known public name, 2 with GREASE or an unknown public name. Whether a server accepted Encrypted",
        "ClientHello is not visible.",
      ]
    `);
    const grease = { ...document, ech: { hosts: document.ech?.hosts.slice(1) ?? [], names: [] } };
    expect(sectionLines(ECH, grease, lines)).toEqual([]);
    expect(sectionPart(ECH, pageModel(grease), buildFileLinks(new Set(), ENGLISH_WORDS)).markup).toContain(
      'GREASE',
    );
  });
});
