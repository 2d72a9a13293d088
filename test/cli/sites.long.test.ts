// One host and many sensors: what is one flow counts once, and where an address and a machine are not one for one, it is
// said, in the report, on every host, and against every finding.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding, HostReport, ReportDocument } from '../../src/model/report.ts';
import type { HostTotals, UsageRow, UsageWindow } from '../../src/model/usage.ts';
import { openStore } from '../../src/store/open.ts';
import { readUsageFile } from '../../src/store/usage-file.ts';
import { encodeWindows } from '../../src/window/codec.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const CLAUDE = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const HOST = '10.77.0.2';
const MAC_A = '02:00:00:00:00:0a';
const MAC_B = '02:00:00:00:00:0b';

const folder = temporaryFolder('sites');
const path = (name: string): string => join(folder, name);

let seen: readonly UsageWindow[];
beforeAll(async () => {
  const { code } = await wiretally(['analyze', CLAUDE, '--sensor', 'paris', '--write', path('spool/')]);
  expect(code).toBe(0);
  const { out } = await wiretally(['policy', 'init', '--ban', 'claude-code', '--from', '2020-01-01']);
  writeFileSync(path('policy.yaml'), out);
  const names = readdirSync(path('spool'));
  seen = (
    await Promise.all(
      names.filter((name) => name.endsWith('.usage')).map((name) => readUsageFile(path(`spool/${name}`))),
    )
  ).flatMap(({ windows }) => windows);
});

interface Site {
  readonly sensor: string;
  readonly mac?: Pick<HostTotals, 'mac' | 'macFrom'>;
  readonly host?: string;
  /** Flows of another machine have other ids. */
  readonly flows?: 'same' | 'own';
  readonly laterSeconds?: number;
}

/** What another sensor would have seen of it. */
function at({
  sensor,
  mac = { mac: null, macFrom: null },
  host = HOST,
  flows = 'same',
  laterSeconds = 0,
}: Site) {
  const shiftUs = laterSeconds * 1e6;
  const moved = <T extends { host: string; firstUs: number; lastUs: number }>(of: T): T => ({
    ...of,
    host: of.host === HOST ? host : of.host,
    firstUs: of.firstUs + shiftUs,
    lastUs: of.lastUs + shiftUs,
  });
  const rowOf = (row: UsageRow): UsageRow => ({
    ...moved(row),
    helloTimesUs: row.helloTimesUs.map((us) => us + shiftUs),
    communityIds:
      flows === 'same'
        ? row.communityIds
        : row.communityIds.map((id) => `${id.slice(0, -5)}${sensor.slice(0, 4)}=`),
  });
  return seen.map(
    (window): UsageWindow => ({
      ...window,
      sensor,
      startSeconds: window.startSeconds + laterSeconds,
      hosts: window.hosts.map((totals) => ({
        ...moved(totals),
        ...mac,
        notVisible: totals.notVisible.map((spot) => ({
          ...spot,
          firstUs: spot.firstUs + shiftUs,
          lastUs: spot.lastUs + shiftUs,
        })),
      })),
      rows: window.rows.map(rowOf),
      queriedNames: window.queriedNames.map(moved),
    }),
  );
}

let made = 0;
async function reported(sites: readonly Site[], ...words: string[]): Promise<ReportDocument> {
  const file = path(`${made++}.usage`);
  writeFileSync(file, encodeWindows(sites.flatMap(at)));
  const { code, out, err } = await wiretally([
    'analyze',
    file,
    '--json',
    '--policy',
    path('policy.yaml'),
    ...words,
  ]);
  expect(code, err).not.toBe(2);
  return JSON.parse(out) as ReportDocument;
}
const hostOf = ({ hosts }: ReportDocument, name = HOST): HostReport | undefined =>
  hosts.find(({ host }) => host === name);
const doubtsOf = ({ findings = [] }: ReportDocument): string[] => [
  ...new Set(findings.flatMap(({ against }: Finding) => against.map(({ rule }) => rule))),
];
const proven = (mac: string) => ({ mac, macFrom: 'arp' }) as const;

describe('a host that two sensors see', () => {
  it('counts once where they saw the same flows, and nothing is in doubt', async () => {
    const one = hostOf(await reported([{ sensor: 'paris', mac: proven(MAC_A) }]));
    const document = await reported([
      { sensor: 'paris', mac: proven(MAC_A) },
      { sensor: 'paris-core', mac: proven(MAC_A) },
    ]);
    const both = hostOf(document);
    expect(
      both?.tools.map(({ tool, flows, requests, activeMinutes }) => ({
        tool,
        flows,
        requests,
        activeMinutes,
      })),
    ).toEqual(
      one?.tools.map(({ tool, flows, requests, activeMinutes }) => ({
        tool,
        flows,
        requests,
        activeMinutes,
      })),
    );
    expect(both?.severalMachines).toBeUndefined();
    expect(doubtsOf(document)).not.toContain('several-machines');
    expect(doubtsOf(document)).not.toContain('several-sensors');
    expect(document.findings?.length).toBeGreaterThan(0);
  });

  it('with one address and two MACs is told as several machines, in the row and against each finding', async () => {
    const document = await reported([
      { sensor: 'oslo', mac: proven(MAC_B), flows: 'own' },
      { sensor: 'paris', mac: proven(MAC_A) },
    ]);
    expect(hostOf(document)).toMatchObject({ severalMachines: true, mac: null });
    expect(hostOf(document)?.behindRouter).toBeUndefined();
    expect(doubtsOf(document)).toEqual(expect.arrayContaining(['several-machines', 'several-sensors']));
    expect(
      document.findings?.every(({ against }) => against.some(({ rule }) => rule === 'several-machines')),
    ).toBe(true);
  });

  it('is told so where only one of them was seen with a tool', async () => {
    const document = await reported([
      { sensor: 'oslo', mac: proven(MAC_B), flows: 'own', laterSeconds: 86_400 },
      { sensor: 'paris', mac: proven(MAC_A) },
    ]);
    expect(hostOf(document)?.severalMachines).toBe(true);
    expect(doubtsOf(document)).toContain('several-machines');
  });

  it('without MACs, at one time in flows of their own, is told as doubt of the tool', async () => {
    const document = await reported([{ sensor: 'oslo', flows: 'own' }, { sensor: 'paris' }]);
    expect(hostOf(document)?.severalMachines).toBeUndefined();
    const [item] =
      document.findings?.flatMap(({ against }) => against).filter(({ rule }) => rule === 'several-sensors') ??
      [];
    expect(item?.detail).toBe(
      'sensors oslo, paris saw this address use the tool at the same time, in different flows: it may be several machines',
    );
  });

  it('one after the other is in no doubt: a day of captures has many sensors', async () => {
    const document = await reported([
      { sensor: 'monday' },
      { sensor: 'tuesday', flows: 'own', laterSeconds: 3600 },
    ]);
    expect(doubtsOf(document)).not.toContain('several-sensors');
  });
});

describe('a machine that moves between sites', () => {
  const moving = [
    { sensor: 'paris', mac: proven(MAC_A) },
    { sensor: 'oslo', mac: proven(MAC_A), host: '10.88.0.9', flows: 'own', laterSeconds: 86_400 },
  ] as const;

  it('is told as one where its MAC is proven, though each address is a host', async () => {
    const document = await reported(moving);
    expect(hostOf(document)?.sameMachine).toEqual(['10.88.0.9']);
    expect(hostOf(document, '10.88.0.9')?.sameMachine).toEqual([HOST]);
    expect(hostOf(document)?.severalMachines).toBeUndefined();
  });

  it('is not where frames alone showed the MAC: they may be a router’s', async () => {
    const framed = { mac: MAC_A, macFrom: 'frame' } as const;
    const document = await reported(moving.map((site) => ({ ...site, mac: framed })));
    expect(hostOf(document)?.sameMachine).toBeUndefined();
  });
});

describe('what people are told of it', () => {
  const sites = [
    { sensor: 'oslo', mac: proven(MAC_B), flows: 'own' },
    { sensor: 'paris', mac: proven(MAC_A) },
  ] as const;

  it('is a sentence on the terminal, the same from period sums as from windows', async () => {
    const windows = sites.flatMap(at);
    writeFileSync(path('told.usage'), encodeWindows(windows));
    const store = await openStore(path('told.duckdb'), { mode: 'write' });
    await store.put(windows);
    await store.close();
    expect((await wiretally(['store', 'compact', path('told.duckdb')])).code).toBe(0);
    const outputs = await Promise.all(
      ['told.usage', 'told.duckdb'].map(async (name) => (await wiretally(['analyze', path(name)])).out),
    );
    const json = await Promise.all(
      ['told.usage', 'told.duckdb'].map(async (name) =>
        (await wiretally(['analyze', path(name), '--json'])).out.replaceAll('told.duckdb', 'told.usage'),
      ),
    );
    const words = (outputs[0] ?? '').replaceAll(/\s+/g, ' ');
    expect(words).toContain(`more than one machine used the address of 1 host (${HOST})`);
    expect(outputs[1]?.replaceAll('told.duckdb', 'told.usage')).toBe(outputs[0]);
    expect(json[1]).toBe(json[0]);
  });

  it('stays in an evidence bundle, with pseudonyms as well, and is found again by verify', async () => {
    writeFileSync(path('key'), '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n', {
      mode: 0o600,
    });
    // Without ids of flows, hellos of one time would pass for one flow.
    const later = [{ ...sites[0], laterSeconds: 86_400 }, sites[1]];
    writeFileSync(path('later.usage'), encodeWindows(later.flatMap(at)));
    for (const [i, words] of [[], ['--pseudonymize', path('key')]].entries()) {
      const bundle = path(`bundle-${i}`);
      const audit = [
        'analyze',
        path('later.usage'),
        '--policy',
        path('policy.yaml'),
        '--bundle',
        bundle,
        ...words,
      ];
      expect([0, 1, 4]).toContain((await wiretally(audit)).code);
      const { out } = await wiretally(['verify', bundle]);
      expect(out).toContain('evaluated again: the same verdict and findings');
      expect(out).not.toContain('DIFFERENT');
      const findings = readFileSync(join(bundle, 'findings.json'), 'utf8');
      expect(findings).toContain('several-machines');
    }
  });
});
