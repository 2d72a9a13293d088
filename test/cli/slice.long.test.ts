// wiretally slice: exactly the packets of a finding, without payload unless asked for.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readPcap } from '../../captures/pcap.ts';
import type { ReportDocument } from '../../src/model/report.ts';
import { temporaryFolder } from '../temporary.ts';
import { type Run, wiretally } from './run.ts';

const slice = (...words: readonly string[]): Promise<Run> => wiretally(['slice', ...words]);

const DEMO = 'captures/demo.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';
const FINDING = 'AI-0710/2/10.20.1.13/claude-code/violation';
const folder = temporaryFolder('slice');
const out = (name: string): string => join(folder, name);

interface Line {
  readonly ts: string;
  readonly last: string;
  readonly src_ip: string;
  readonly sni: string | null;
  readonly community_id: string;
  readonly packetsUp: number;
  readonly packetsDown: number;
  readonly payloadUp: number;
}

async function linesOf(kind: 'flows' | 'hellos', capture: string): Promise<Line[]> {
  const { out: text } = await wiretally(['dump', kind, capture, '-q']);
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
}
const facts = ({ ts, last, sni, community_id, packetsUp, packetsDown, payloadUp }: Line): string =>
  [ts, last, sni, community_id, packetsUp, packetsDown, payloadUp].join(' ');

/** Bodies of enhanced packet blocks. */
function packetsOf(path: string): { bytes: Buffer; wireBytes: number }[] {
  const file = readFileSync(path);
  const packets: { bytes: Buffer; wireBytes: number }[] = [];
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
    if (file.readUInt32LE(at) !== 6) continue;
    const length = file.readUInt32LE(at + 20);
    packets.push({ bytes: file.subarray(at + 28, at + 28 + length), wireBytes: file.readUInt32LE(at + 24) });
  }
  return packets;
}

describe('slice', () => {
  it('writes the packets of the flows of a finding, and no others', async () => {
    const path = out('finding.pcapng');
    const { code, err } = await slice(DEMO, '--policy', POLICY, '--finding', FINDING, '--write', path);
    expect(code).toBe(0);
    const sliced = await linesOf('flows', path);
    expect(err).toContain(`of ${sliced.length} flows`);
    const first = Date.parse('2026-07-13T01:33:00Z');
    const expected = (await linesOf('flows', DEMO)).filter(
      (flow) =>
        flow.src_ip === '10.20.1.13' &&
        /^(?:api\.anthropic\.com|downloads\.claude\.ai)$/u.test(flow.sni ?? '') &&
        Date.parse(flow.ts) >= first,
    );
    expect(expected.length).toBeGreaterThan(20);
    expect(sliced.map(facts)).toEqual(expected.map(facts));
    const packets = sliced.reduce((sum, flow) => sum + flow.packetsUp + flow.packetsDown, 0);
    expect(packetsOf(path)).toHaveLength(packets);
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  it('gives the same finding with payload, and no verdict of compliance without it', async () => {
    const path = out('again.pcapng');
    const findingsIn = async (...more: string[]) => {
      expect(
        (await slice(DEMO, '--policy', POLICY, '--finding', FINDING, '--write', path, ...more)).code,
      ).toBe(0);
      const { out: text } = await wiretally(['analyze', path, '--policy', POLICY, '--format', 'json', '-q']);
      const { findings, summary } = JSON.parse(text) as ReportDocument;
      const verdict = summary?.rules.find(({ rule }) => rule === 'AI-0710')?.verdict;
      return { results: findings?.map(({ id }) => id.replace(/^.*\//u, '')), verdict };
    };
    expect(await findingsIn('--payload')).toEqual({ results: ['violation'], verdict: 'violated' });
    expect(await findingsIn()).toEqual({ results: ['suspected'], verdict: 'inconclusive' });
  });

  it('keeps complete handshakes and no application data', async () => {
    const capture = 'captures/recordings/claude-code-2.1.328-rt-session.pcap.gz';
    const path = out('headers.pcapng');
    const asked = ['--host', '10.77.0.2', '--tool', 'claude-code', '--write', path];
    expect((await slice(capture, ...asked)).code).toBe(0);
    const names = new Set((await linesOf('flows', path)).map(({ sni }) => sni));
    const hellos = (await linesOf('hellos', capture)).filter(({ sni }) => names.has(sni));
    expect((await linesOf('hellos', path)).map(({ ts, sni }) => `${ts} ${sni}`)).toEqual(
      hellos.map(({ ts, sni }) => `${ts} ${sni}`),
    );
    const kept = packetsOf(path);
    const cut = kept.filter(({ bytes, wireBytes }) => bytes.length < wireBytes);
    expect(cut.length).toBeGreaterThan(100);
    // Ethernet, IPv4 and TCP headers, or a ClientHello.
    for (const { bytes } of cut) expect(bytes.length).toBeLessThan(1600);
    // The recorded bodies of application data are zeros; a header and a handshake never have forty of them.
    const zeros = Buffer.alloc(40);
    expect(kept.filter(({ bytes }) => bytes.includes(zeros))).toEqual([]);
  });

  it('keeps all bytes with --payload, from gzip and plain captures alike', async () => {
    const capture = 'captures/recordings/claude-code-2.1.328-connect-proxy.pcap.gz';
    const plain = out('plain.pcap');
    const frames = gunzipSync(readFileSync(capture));
    writeFileSync(plain, frames);
    const known = new Set(readPcap(frames).map(({ bytes }) => bytes.toString('hex')));
    const sizes: number[] = [];
    for (const [i, input] of [capture, plain].entries()) {
      const path = out(`payload-${i}.pcapng`);
      const asked = ['--host', '10.77.0.2', '--tool', 'Claude Code', '--payload', '--write', path];
      expect(await slice(input, ...asked, '-q')).toMatchObject({ code: 0, err: '' });
      const packets = packetsOf(path);
      for (const { bytes, wireBytes } of packets) {
        expect(bytes.length).toBe(wireBytes);
        expect(known.has(bytes.toString('hex'))).toBe(true);
      }
      sizes.push(packets.length);
    }
    expect(sizes[0]).toBeGreaterThan(50);
    expect(sizes[0]).toBe(sizes[1]);
    // Without it, the way through the proxy is kept, and credentials are cut.
    const path = out('proxy.pcapng');
    expect((await slice(capture, '--host', '10.77.0.2', '--tool', 'claude-code', '--write', path)).code).toBe(
      0,
    );
    expect(readFileSync(path).includes('CONNECT')).toBe(true);
    expect(readFileSync(path).includes('Proxy-Authorization')).toBe(false);
    expect(readFileSync(out('payload-0.pcapng')).includes('CONNECT')).toBe(true);
    expect((await linesOf('hellos', path)).length).toBe(
      (await linesOf('hellos', out('payload-0.pcapng'))).length,
    );
  });

  it.each<[string, string[], string]>([
    ['nothing asked for', [DEMO], 'pass --finding ID, or --host HOST and --tool ID'],
    ['both', [DEMO, '--finding', 'a', '--host', 'b', '--tool', 'cline'], 'pass --finding ID, or'],
    ['a finding without policy', [DEMO, '--finding', 'a'], 'needs the policy'],
    [
      'a finding that is not there',
      [DEMO, '--policy', POLICY, '--finding', `${FINDING}s`],
      'did you mean AI-0710',
    ],
    ['stdin', ['-', '--host', '10.20.1.13', '--tool', 'cline'], 'stdin cannot be read'],
    ['a tool that is unknown', [DEMO, '--host', '10.20.1.13', '--tool', 'clime'], 'clime'],
    ['a tool that was not seen', [DEMO, '--host', '10.20.1.13', '--tool', 'cline'], 'cline was not seen'],
  ])('refuses %s', async (_, words, message) => {
    const path = out('refused.pcapng');
    const { code, err } = await slice(...words, '--write', path);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it('writes what could be read of a damaged capture', async () => {
    const capture = readFileSync('captures/recordings/claude-code-2.1.328-rt-session.pcap.gz');
    const path = out('cut.pcapng');
    const asked = ['--host', '10.77.0.2', '--tool', 'claude-code', '--write', path];
    const packets: number[] = [];
    for (const [name, bytes] of [
      ['cut.pcap.gz', capture.subarray(0, capture.length / 2)],
      ['cut.pcap', gunzipSync(capture).subarray(0, 1_000_001)],
    ] as const) {
      writeFileSync(out(name), bytes);
      const { code, err } = await slice(out(name), ...asked);
      expect(code).toBe(4);
      expect(err).toContain(name);
      packets.push(packetsOf(path).length);
    }
    for (const count of packets) expect(count).toBeGreaterThan(100);
  });

  it('replaces no input and no file of another kind', async () => {
    const asked = ['--host', '10.77.0.2', '--tool', 'claude-code', '--write'];
    const capture = out('own.pcapng');
    writeFileSync(
      capture,
      gunzipSync(readFileSync('captures/recordings/claude-code-2.1.328-prompt.pcap.gz')),
    );
    expect(await slice(capture, ...asked, capture)).toMatchObject({ code: 2 });
    const other = out('notes.txt');
    writeFileSync(other, 'notes');
    expect(await slice(capture, ...asked, other)).toMatchObject({ code: 2 });
    expect(readFileSync(other, 'utf8')).toBe('notes');
  });
});
