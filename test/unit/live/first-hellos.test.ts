import { describe, expect, it } from 'vitest';
import { FirstHellos, MAX_FIRST_HELLOS } from '../../../src/live/first-hellos.ts';
import type { HelloRecord } from '../../../src/model/flow.ts';
import { EMPTY_STATS } from '../../../src/window/sums.ts';
import { FORMS, START } from '../attribution/rows.ts';

const record = (parts: Partial<HelloRecord> = {}): HelloRecord => ({
  ...{ flowId: 1, tsUs: START * 1e6, source: '10.77.0.2', sourcePort: 40_000 },
  ...{ destination: '160.79.104.10', destinationPort: 443, fileIndex: 0 },
  ...{ fingerprint: FORMS.bun144Fetch, family: '', sni: 'api.anthropic.com', legacyVersion: 771 },
  ...{
    supportedVersions: [],
    ja3Text: '',
    helloBytes: 512,
    segments: 1,
    vlans: [],
    tunnel: [],
    isRetry: false,
  },
  ...parts,
});

const windowAt = (startSeconds: number) => ({
  ...{ sensor: 's', startSeconds, revision: 0, lengthSeconds: 60 },
  ...{ stats: EMPTY_STATS, hosts: [], rows: [], queriedNames: [] },
});

describe('first hellos', () => {
  it('are given once by host, name and form', () => {
    const hellos = new FirstHellos(START);
    expect(hellos.add(record())).toBe(true);
    expect(hellos.add(record({ sni: 'api.anthropic.com.', sourcePort: 40_001 }))).toBe(false);
    expect(hellos.add(record({ source: '10.77.0.3' }))).toBe(true);
    expect(hellos.add(record({ sni: null }))).toBe(false);
    expect(hellos.take().map(({ host, name }) => `${host} ${name}`)).toEqual([
      '10.77.0.2 api.anthropic.com',
      '10.77.0.3 api.anthropic.com',
    ]);
    expect(hellos.take()).toEqual([]);
  });

  it('keep their ceiling in a flood, and tell of it', () => {
    const hellos = new FirstHellos(START);
    for (let i = 0; i < 3 * MAX_FIRST_HELLOS; i++)
      hellos.add(record({ source: `10.1.${i >> 8}.${i & 255}` }));
    expect(hellos.isCut).toBe(true);
    expect(hellos.take()).toHaveLength(MAX_FIRST_HELLOS);
  });

  it('end with the first whole window, not with one that began before', () => {
    const hellos = new FirstHellos(START + 30);
    hellos.addClosed([windowAt(START)]);
    expect(hellos.add(record())).toBe(true);
    hellos.addClosed([windowAt(START + 60)]);
    expect(hellos.take()).toEqual([]);
    expect(hellos.add(record({ source: '10.77.0.4' }))).toBe(false);
  });
});
