// A verdict of compliance states how long was observed, and how many hosts may use the tool all the same.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('compliant');

/** A rule about Claude Code, with further fields. */
function writePolicy(name: string, lines = 'action: deny'): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    `version: 1\nname: p\ntimezone: UTC\nrules:\n  - { id: BAN, title: No Claude Code, match: { tools: [claude-code] }, effective: 2026-07-01, ${lines} }\n`,
  );
  return file;
}

async function report(capture: string, policy: string, format = 'terminal', exit = 0): Promise<string> {
  const { code, out } = await wiretallyHere([
    ...['analyze', `captures/recordings/${capture}.pcap.gz`, '--policy', policy, '--format', format],
  ]);
  expect(code).toBe(exit);
  return out;
}

it('names the seconds of a short capture', async () => {
  const policy = writePolicy('ban.yaml');
  const text = await report('base-curl-http1.1', policy);
  expect(text).toContain('COMPLIANT');
  expect(text).toContain('not seen on the only host in scope in 1 second of observation');
  expect(await report('base-curl-http1.1', policy, 'html')).toContain(
    'Claude Code was not seen on the only host in scope in 1 second of observation.',
  );
});

it('counts the hosts that may use a denied tool, and leads to their evidence', async () => {
  const policy = writePolicy('possible.yaml');
  const text = await report('base-node24-fetch-api.anthropic.com', policy);
  expect(text).toContain('COMPLIANT');
  expect(text).toContain('no violation was found on 1 host in scope in 2 seconds of observation');
  expect(text).toContain('1 host may use a denied tool: other programs produce the same traffic');
  expect(text).toContain('--tool claude-code');
  expect(await report('base-node24-fetch-api.anthropic.com', policy, 'html')).toContain(
    '1 host may use a denied tool',
  );
  expect(await report('base-node24-fetch-api.anthropic.com', policy, 'summary')).toContain(
    '1 host may use a denied tool',
  );
});

it('does not say that a tool was not seen where it went through the required gateways', async () => {
  const policy = writePolicy('via.yaml', 'action: allow, via: { host: [10.77.0.1] }');
  const page = await report('claude-code-2.1.328-connect-proxy', policy, 'html');
  expect(page).toContain('No use around the required gateways was found on 1 host');
  expect(page).not.toContain('was not seen on the only host');
});

it('leaves open why nothing was captured', async () => {
  const policy = writePolicy('gaps.yaml');
  const sheet = await report('../demo', policy, 'summary', 1);
  expect(sheet).toContain('the sensor or the capture stopped, or no host sent anything');
  const page = await report('../demo', policy, 'html', 1);
  expect(page).toContain('Unobserved time');
  expect(page).not.toContain('Sensor gap');
});

describe('logs of a proxy alone', () => {
  const LIMIT = 'do not show traffic that did not pass them';
  const line =
    '1783000800.000    300 192.0.2.10 TCP_TUNNEL/200 5321 CONNECT chatgpt.com:443 - HIER_DIRECT/198.51.100.20 -\n';
  const log = join(folder, 'access.log');

  it('limit a compliant verdict to what passed it, and count no packets', async () => {
    writeFileSync(log, line);
    const words = ['analyze', log, '--policy', writePolicy('proxy.yaml'), '--format'];
    const { out } = await wiretallyHere([...words, 'md']);
    expect(out).toContain(LIMIT);
    expect((await wiretallyHere([...words, 'terminal'])).out).not.toContain('0 packets');
  });

  it('limit it also in a store, which does not state the kind of its inputs', async () => {
    writeFileSync(log, line);
    const kept = join(folder, 'kept.usage');
    expect((await wiretallyHere(['analyze', log, '--write', kept])).code).toBe(0);
    const capture = join(folder, 'capture.usage');
    const packets = 'captures/recordings/base-curl-http1.1.pcap.gz';
    expect((await wiretallyHere(['analyze', packets, '--write', capture])).code).toBe(0);
    const limitIn = async (source: string): Promise<boolean> => {
      const words = ['analyze', source, '--policy', writePolicy('stored.yaml'), '--format', 'md'];
      return (await wiretallyHere(words)).out.includes('traffic that the logs do not show');
    };
    expect([await limitIn(kept), await limitIn(capture)]).toEqual([true, false]);
  });

  it('next to a capture have no such limit', async () => {
    writeFileSync(log, line);
    const capture = 'captures/recordings/base-curl-http1.1.pcap.gz';
    const words = ['analyze', log, capture, '--policy', writePolicy('both.yaml'), '--format', 'md'];
    expect((await wiretallyHere(words)).out).not.toContain(LIMIT);
  });
});
