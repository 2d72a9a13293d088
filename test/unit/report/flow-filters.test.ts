// Filters of a finding for other programs.
import { describe, expect, it } from 'vitest';
import type { EvidenceItem } from '../../../src/model/report.ts';
import { type FilteredFlows, flowFilters } from '../../../src/report/text/flow-filters.ts';

const id = (i: number): string => `1:${String(i).padStart(27, 'A')}=`;
const item = (more: Partial<EvidenceItem> = {}): EvidenceItem => ({
  kind: 'name',
  rule: 'vendor-name',
  detail: '',
  for: true,
  first: '2026-07-13T01:33:36.400000Z',
  last: '2026-07-13T02:48:16.500000Z',
  flows: 1,
  communityIds: [id(1)],
  ...more,
});
const flows = (more: Partial<FilteredFlows> = {}): FilteredFlows => ({
  host: { host: '10.20.1.13', mac: null },
  names: ['api.anthropic.com', 'claude.ai'],
  evidence: [item()],
  ...more,
});
const texts = (more: Partial<FilteredFlows>): string[] => flowFilters(flows(more)).map(({ text }) => text);
const NAMES = 'tls.handshake.extensions_server_name in {"api.anthropic.com", "claude.ai"}';
const TIMES = 'frame.time_epoch >= 1783906416 && frame.time_epoch <= 1783910897';

describe('filters of a finding', () => {
  it('are for handshakes, flows and logs', () => {
    expect(flowFilters(flows())).toEqual([
      {
        program: 'Wireshark, handshakes',
        text: `ip.addr == 10.20.1.13 && ${NAMES} && ${TIMES}`,
        note: null,
      },
      {
        program: 'Wireshark, whole flows',
        text: `communityid in {"${id(1)}"}`,
        note: 'Community IDs must be enabled',
      },
      {
        program: 'Zeek and Suricata logs',
        text: `grep -hF -e '${id(1)}' conn.log eve.json`,
        note: 'Community IDs must be enabled',
      },
    ]);
  });

  it.each<[string, FilteredFlows['host'], string]>([
    ['IPv6', { host: 'fd00::1', mac: null }, 'ipv6.addr == fd00::1 && '],
    [
      'both families',
      { host: '10.0.0.1', mac: null, addresses: ['10.0.0.1', 'fd00::1'] },
      '(ip.addr == 10.0.0.1 || ipv6.addr == fd00::1) && ',
    ],
    ['a MAC', { host: '02:57:4c:14:01:11', mac: '02:57:4c:14:01:11' }, 'eth.addr == 02:57:4c:14:01:11 && '],
  ])('name a host by %s', (_, host, start) => expect(texts({ host })[0]?.startsWith(start)).toBe(true));

  it('do not name a pseudonym', () => {
    const host = { host: 'host-7c2f', mac: null };
    expect(flowFilters(flows({ host, evidence: [item({ communityIds: [] })] }))).toEqual([]);
  });

  it('take nothing from the wire that could end a string or a command', () => {
    const names = ['a"} || tcp || {"', "b';rm -rf /", 'c$(id)', 'd\\', 'ok.example', `${'x'.repeat(254)}`];
    const [byName, byId] = texts({ names, evidence: [item({ communityIds: ["1:'; id;'", id(2)] })] });
    expect(byName).toContain('in {"ok.example"} &&');
    expect(byId).toBe(`communityid in {"${id(2)}"}`);
  });

  it('count what they do not find', () => {
    const many = Array.from({ length: 20 }, (_, i) => id(i + 1));
    const names = Array.from({ length: 15 }, (_, i) => `n${i}.example`);
    const notes = flowFilters(flows({ names, evidence: [item({ flows: 40, communityIds: many })] })).map(
      ({ note }) => note,
    );
    expect(notes).toEqual([
      'finds 12 of 15 names',
      'Community IDs must be enabled; finds 16 flows, there are more',
      'Community IDs must be enabled; finds 4 flows, there are more',
    ]);
  });

  it('span the evidence for the finding only', () => {
    const evidence = [
      item(),
      item({ last: '2026-07-13T03:00:00.000000Z' }),
      item({ for: false, last: '2026-07-20T00:00:00.000000Z', communityIds: [id(9)] }),
      item({ flows: 0, first: '2026-07-01T00:00:00.000000Z', communityIds: [] }),
    ];
    const [byName, byId] = texts({ evidence });
    expect(byName).toContain('frame.time_epoch >= 1783906416 && frame.time_epoch <= 1783911601');
    expect(byId).not.toContain(id(9));
  });

  it('are absent without evidence', () => expect(flowFilters(flows({ evidence: [] }))).toEqual([]));
});
