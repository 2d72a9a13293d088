// Filters of a finding for other programs.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EvidenceItem } from '../../../src/model/report.ts';
import { ENGLISH_WORDS } from '../../../src/report/text/english-words.ts';
import { buildFlowFilters, type FilteredFlows } from '../../../src/report/text/flow-filters.ts';

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
const filtersOf = (more: Partial<FilteredFlows> = {}) => buildFlowFilters(flows(more), ENGLISH_WORDS);
const texts = (more: Partial<FilteredFlows>): string[] => filtersOf(more).map(({ text }) => text);
const NAMES = 'tls.handshake.extensions_server_name in {"api.anthropic.com", "claude.ai"}';
const TIMES = 'frame.time_epoch >= 1783906416 && frame.time_epoch <= 1783910897';

describe('filters of a finding', () => {
  it('are for handshakes, flows and logs', () => {
    expect(filtersOf()).toEqual([
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
      expect.objectContaining({ program: 'Zeek, uid of each connection' }),
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

  describe('of Zeek logs', () => {
    const log = 'captures/logs/zeek-text/ssl.log';
    const [line = ''] = readFileSync(log, 'utf8')
      .split('\n')
      .filter((each) => /^\d/u.test(each));
    const [ts = '', uid = '', host = ''] = line.split('\t');
    const name = 'ampcode.com';
    const at = new Date(Number(ts) * 1000).toISOString();
    const uidsOf = (more: Partial<FilteredFlows>): string => {
      const [command = ''] = texts({
        ...{ host: { host, mac: null }, names: [name], evidence: [item({ first: at, last: at })] },
        ...more,
      }).slice(-1);
      return execFileSync('sh', ['-c', command.replace(/ssl\.log$/u, log)], { encoding: 'utf8' });
    };

    it('print the uid of the connections of this host to these names in this time', () => {
      expect(line).toContain(`\t${name}\t`);
      expect(uidsOf({})).toBe(`${uid}\n`);
      expect(uidsOf({ names: ['x.example', name] })).toBe(`${uid}\n`);
      expect(uidsOf({ host: { host: 'fd00::1', addresses: ['fd00::1', host], mac: null } })).toBe(`${uid}\n`);
    });

    it('print no others', () => {
      expect(uidsOf({ host: { host: '10.77.0.1', mac: null } })).toBe('');
      expect(uidsOf({ names: ['code.com', 'ampcodeXcom'] })).toBe('');
      expect(uidsOf({ evidence: [item()] })).toBe('');
    });

    it('are none for a MAC address, which no such log contains', () => {
      const mac = '02:57:4c:14:01:11';
      expect(texts({ host: { host: mac, mac } }).join('\n')).not.toContain('awk');
    });
  });

  it('do not name a pseudonym', () => {
    const host = { host: 'host-7c2f', mac: null };
    expect(filtersOf({ host, evidence: [item({ communityIds: [] })] })).toEqual([]);
  });

  it('take nothing from the wire that could end a string or a command', () => {
    const names = ['a"} || tcp || {"', "b';rm -rf /", 'c$(id)', 'd\\', 'ok.example', `${'x'.repeat(254)}`];
    const [byName, byId] = texts({ names, evidence: [item({ communityIds: ["1:'; id;'", id(2)] })] });
    expect(byName).toContain('in {"ok.example"} &&');
    expect(byId).toBe(`communityid in {"${id(2)}"}`);
    const [zeek = ''] = texts({ names }).slice(-1);
    // Pages name hidden signs, so a text to copy has none.
    expect(zeek).toMatch(/^[ -~]+$/u);
    expect(zeek).toContain('split("ok.example", l, " ")');
    expect(zeek).not.toMatch(/rm -rf|\$\(id\)|tcp/u);
  });

  it('count what they do not find', () => {
    const many = Array.from({ length: 20 }, (_, i) => id(i + 1));
    const names = Array.from({ length: 15 }, (_, i) => `n${i}.example`);
    const notes = filtersOf({ names, evidence: [item({ flows: 40, communityIds: many })] }).map(
      ({ note }) => note,
    );
    expect(notes).toEqual([
      'finds 12 of 15 names',
      'Community IDs must be enabled; finds 16 flows, there are more',
      'Community IDs must be enabled; finds 4 flows, there are more',
      'tab-separated logs; quic.log has the same columns; finds 12 of 15 names',
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

  it('are absent without evidence', () => expect(filtersOf({ evidence: [] })).toEqual([]));
});
