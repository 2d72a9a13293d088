import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HostReport, ReportDocument } from '../../../src/model/report.ts';
import type { HostAttribution } from '../../../src/model/tool.ts';
import { leftOutSentence, listUseRows } from '../../../src/report/document/use-rows.ts';
import { type Packing, UsesByHost } from '../../../src/report/document/uses-by-host.ts';
import { FORMAT_NAMES, renderReport } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

const PACKING: Packing = {
  pack: (text) => deflateRawSync(text),
  unpack: (bytes) => inflateRawSync(bytes).toString(),
};

/** Enough hosts to fill some blocks, and a partial one. */
const manyHosts = (): HostReport[] =>
  Array.from({ length: 40 }, (_, turn) =>
    sampleDocument().hosts.map((host) => ({ ...host, host: `${host.host} ${turn}` })),
  ).flat();

const attributionsOf = (hosts: readonly HostReport[]): HostAttribution[] =>
  hosts
    .filter(({ tools, providers }) => tools.length + providers.length > 0)
    .map(({ host, tools, providers }) => ({
      host,
      tools: tools.map((use) => ({ use, quarters: [] })),
      providers: providers.map((use) => ({ use, quarters: [] })),
    }));

function packed(document: ReportDocument, hosts: readonly HostReport[], maxPlain: number): ReportDocument {
  const uses = new UsesByHost(attributionsOf(hosts), PACKING, maxPlain);
  return {
    ...document,
    hosts: hosts.map((host) => {
      const used = uses.of(host.host);
      return {
        ...host,
        get tools() {
          return used?.().tools ?? [];
        },
        get providers() {
          return used?.().providers ?? [];
        },
      };
    }),
  };
}

describe('what each host used', () => {
  const hosts = manyHosts();

  it.each([0, 3, 70, 10_000])('is the same in any order with %i hosts that stay as they are', (maxPlain) => {
    const plain = new UsesByHost(attributionsOf(hosts), null);
    const uses = new UsesByHost(attributionsOf(hosts), PACKING, maxPlain);
    expect([...uses.hosts()]).toEqual([...plain.hosts()]);
    for (const { host } of [...hosts, ...hosts.toReversed()])
      expect(uses.of(host)?.()).toEqual(plain.of(host)?.());
    expect(uses.of('203.0.113.1')).toBeNull();
  });

  it.each(FORMAT_NAMES)('makes the same report as %s, packed or not', async (format) => {
    const document = { ...sampleAudit(), hosts };
    const text = await renderReport(packed(document, hosts, 3), format, PLAIN);
    expect(text).toBe(await renderReport(packed(document, hosts, 10_000), format, PLAIN));
  });
});

describe('a table of many hosts', () => {
  const document = sampleDocument();
  const all = listUseRows(document, null);

  it('ends at its ceiling, and says how many hosts are behind it', () => {
    const { rows, hostsLeftOut } = listUseRows(document, null, 2);
    const shown = new Set(rows.map(({ host }) => host));
    expect(shown.size).toBe(2);
    expect(rows).toEqual(all.rows.filter(({ host }) => shown.has(host)));
    expect(hostsLeftOut).toBe(new Set(all.rows.map(({ host }) => host)).size - 2);
    expect(leftOutSentence(hostsLeftOut)).toContain(`${hostsLeftOut} more hosts`);
  });

  it('lists a possible tool alone where no row of a provider explains it, and names no row by itself', () => {
    const host = all.rows.find(({ use }) => use.tool === 'claude-code')?.host;
    const use = host?.tools[0];
    if (host === undefined || use === undefined) throw new Error('the sample has no such host');
    const named = (tool: string, vendor: string, bytesUp = 1): typeof use => ({
      ...{ ...use, confidence: 'possible', tool, name: tool, vendor, bytesUp },
      names: use.names.map((name) => ({ ...name, name: `${tool}.example` })),
    });
    const hosts = [
      {
        ...host,
        tools: [named('grok', 'xAI'), named('codebuff', 'Codebuff', 2)],
        providers: [named('grok', 'xAI')],
      },
    ];
    const { rows } = listUseRows({ ...document, hosts }, null);
    expect(rows.map((row) => [row.use.tool, row.possible])).toEqual([
      ['codebuff', []],
      ['grok', []],
    ]);
  });

  it('says nothing where all are shown', () => {
    expect(all.hostsLeftOut).toBe(0);
    expect(leftOutSentence(0)).toBe('');
  });
});
