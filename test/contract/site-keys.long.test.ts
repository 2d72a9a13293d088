// A pseudonym key per site, and a collector that accepts pseudonyms only: nothing is mixed, and one key reveals one site.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { readPseudonyms } from '../../src/query/inputs/pseudonyms.ts';
import { openStore } from '../../src/store/open.ts';
import { isPseudonym } from '../../src/text/pseudonym.ts';
import { pseudonymizeWindows } from '../../src/window/pseudonymize-windows.ts';
import { wiretally } from '../cli/run.ts';
import { temporaryFolder } from '../temporary.ts';
import { Broker, lacksBroker } from './broker.ts';
import { addTo, oneSensor } from './carried.ts';

const folder = temporaryFolder('keys');
const path = (...names: string[]): string => join(folder, ...names);

const SITES = ['oslo', 'paris'] as const;
/** The same private addresses at each. */
const seenAt = (sensor: string): UsageWindow[] =>
  oneSensor(1).windows.map((window) => ({ ...window, sensor }));
const hostsOf = (windows: readonly UsageWindow[]): string[] => [
  ...new Set(windows.flatMap(({ hosts }) => hosts.map(({ host }) => host))),
];

describe.skipIf(lacksBroker())('sites with a pseudonym key each', () => {
  let broker: Broker;
  let collected: readonly UsageWindow[];
  let said: string;

  beforeAll(async () => {
    mkdirSync(path('broker'));
    broker = await Broker.start(path('broker'));
    for (const [i, site] of SITES.entries()) {
      writeFileSync(path(`${site}.key`), Buffer.alloc(32, i + 1));
      addTo(path(site), pseudonymizeWindows(seenAt(site), readPseudonyms(path(`${site}.key`))));
    }
    addTo(path('rome'), seenAt('rome'));
    // Pseudonyms, and in addition facts that identify hosts.
    const half = pseudonymizeWindows(seenAt('bern'), readPseudonyms(path('paris.key')));
    const asTheyAre = seenAt('bern');
    const leaks: UsageWindow[] = half.map((window, i) => {
      const clear = asTheyAre[i] ?? window;
      return i % 2 === 0
        ? { ...window, hosts: window.hosts.map((host) => ({ ...host, names: ['anna-laptop'] })) }
        : {
            ...window,
            rows: window.rows.map((row) => ({ ...row, communityIds: clear.rows[0]?.communityIds ?? [] })),
          };
    });
    addTo(path('bern'), leaks);
    for (const site of [...SITES, 'rome', 'bern'])
      expect(await wiretally(['fleet', 'ship', path(site), '--to', broker.url, '--once'])).toMatchObject({
        code: 0,
      });
    const words = [
      'fleet',
      'collect',
      broker.url,
      '--store',
      path('fleet.duckdb'),
      '--once',
      '--only-pseudonyms',
    ];
    const { code, err } = await wiretally(words);
    expect(code).toBe(0);
    said = err;
    const store = await openStore(path('fleet.duckdb'), { mode: 'read' });
    collected = await store.windows();
    await store.close();
  });
  afterAll(() => broker?.kill());

  it('are kept whole and apart: no host of one is a host of another', () => {
    const [oslo = [], paris = []] = SITES.map((site) =>
      hostsOf(collected.filter(({ sensor }) => sensor === site)),
    );
    expect(oslo.length).toBe(hostsOf(seenAt('oslo')).length);
    expect(paris.length).toBe(oslo.length);
    expect([...oslo, ...paris].every(isPseudonym)).toBe(true);
    expect(new Set([...oslo, ...paris]).size).toBe(oslo.length + paris.length);
  });

  it('are all that is collected: what tells hosts, or what stands behind a pseudonym, is set aside', () => {
    expect(new Set(collected.map(({ sensor }) => sensor))).toEqual(new Set(SITES));
    expect(collected).toHaveLength(SITES.length * seenAt('x').length);
    for (const site of ['rome', 'bern'])
      expect(said).toContain(`${site}: a window contains hosts without pseudonyms`);
    expect(readdirSync(path('fleet.duckdb.refused')).sort()).toEqual([
      expect.stringMatching(/^bern-/),
      expect.stringMatching(/^rome-/),
    ]);
  });

  it('count each host of each site once in a report', async () => {
    const { out } = await wiretally(['analyze', path('fleet.duckdb'), '--json']);
    const { hosts } = JSON.parse(out) as ReportDocument;
    expect(hosts.map(({ host }) => host).sort()).toEqual(hostsOf(collected).sort());
    expect(hosts.some(({ severalMachines }) => severalMachines)).toBe(false);
  });

  it('are opened by their own key alone', async () => {
    const [address = ''] = hostsOf(seenAt('paris'));
    const pseudonym = readPseudonyms(path('paris.key'))(address);
    const asked = (site: string) =>
      wiretally([
        ...['reidentify', pseudonym, '--key', path(`${site}.key`), '--log', path('look-ups.log')],
        ...['--reason', 'a test', '--among', '10.0.0.0/24'],
      ]);
    expect(await asked('paris')).toMatchObject({ code: 0, out: expect.stringContaining(address) });
    const { code, out } = await asked('oslo');
    expect(code).not.toBe(0);
    expect(out).not.toContain(address);
  });
});
