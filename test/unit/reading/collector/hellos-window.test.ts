// Provisional rows are made of hellos alone. They must never say more than a closed window that contains only those hellos.

import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../../src/files/catalogue-files.ts';
import type { FirstHello } from '../../../../src/model/sensor.ts';
import { windowsOfHellos } from '../../../../src/reading/collector/hellos-window.ts';
import { LocalNetworks } from '../../../../src/reading/collector/local-networks.ts';
import { openZone } from '../../../../src/time/zone.ts';
import { decodeWindows, encodeWindows } from '../../../../src/window/codec.ts';
import { FORMS, START } from '../../attribution/rows.ts';

const catalogue = await loadCatalogue();
const OPTIONS = {
  lookup: catalogue,
  local: new LocalNetworks([]),
  windowSeconds: 60,
  sensor: 'early',
} as const;

const hello = (parts: Partial<FirstHello> = {}): FirstHello => ({
  ...{ tsUs: START * 1e6, host: '10.77.0.2', server: '160.79.104.10', serverPort: 443 },
  ...{ name: 'api.anthropic.com', fingerprint: FORMS.bun144Fetch, helloBytes: 512 },
  ...parts,
});

const usesOf = (hellos: readonly FirstHello[]) =>
  attribute(windowsOfHellos(hellos, OPTIONS), catalogue, { zone: openZone('UTC') }).flatMap(
    ({ tools, providers }) => [...tools, ...providers].map(({ use }) => use),
  );

describe('windows of hellos', () => {
  it('make every name of the catalogue possible at most, in every form, also many times over', () => {
    const names = catalogue.tools.flatMap(({ endpoints }) =>
      endpoints.map(({ host }) => host.replaceAll('*', 'a').replace(/^\./, 'a.')),
    );
    const listed = [...new Set(names)].filter((name) => catalogue.isListed(name));
    expect(listed.length).toBeGreaterThan(300);
    for (const form of ['bun144Fetch', 'rustls', 'chromium', 'unknown'] as const) {
      const fingerprint = FORMS[form];
      const hellos = listed.map((name, i) =>
        hello({ name, fingerprint, host: `10.1.${i >> 8}.${i & 255}`, tsUs: START * 1e6 + i }),
      );
      const uses = usesOf([...hellos, ...hellos, ...hellos]);
      const strong = uses.filter(({ confidence }) => confidence !== 'possible');
      expect(strong.map(({ tool, confidence }) => `${form} ${tool} ${confidence}`)).toEqual([]);
      expect(uses.length).toBeGreaterThan(0);
    }
  });

  it('make all names of one tool on one host possible at most', () => {
    for (const tool of catalogue.tools) {
      const hellos = tool.endpoints.map(({ host }, i) =>
        hello({ name: host.replaceAll('*', 'a').replace(/^\./, 'a.'), tsUs: START * 1e6 + 1000 * i }),
      );
      expect(usesOf(hellos).filter(({ confidence }) => confidence !== 'possible')).toEqual([]);
    }
  });

  it('contain neither other names nor servers of the own network', () => {
    const hellos = [
      hello({ name: 'bank.example' }),
      hello({ host: '203.0.113.9', server: '10.77.0.9' }),
      hello({ host: '2001:db8::5' }),
    ];
    const windows = windowsOfHellos(hellos, OPTIONS);
    expect(windows.flatMap(({ hosts }) => hosts.map(({ host }) => host))).toEqual(['2001:db8::5']);
    expect(JSON.stringify(windows)).not.toContain('bank.example');
  });

  it('add up, are sorted by start, and can be written', () => {
    const windows = windowsOfHellos(
      [hello({ tsUs: (START + 61) * 1e6 }), hello(), hello({ tsUs: (START + 1) * 1e6, serverPort: 8443 })],
      OPTIONS,
    );
    expect(windows.map(({ startSeconds, rows }) => [startSeconds, rows.length, rows[0]?.flows])).toEqual([
      [START, 1, 2],
      [START + 60, 1, 1],
    ]);
    expect(windows[0]?.rows[0]).toMatchObject({ serverPorts: [443, 8443], firstUs: START * 1e6 });
    expect(decodeWindows(encodeWindows(windows)).damage).toEqual([]);
  });
});
