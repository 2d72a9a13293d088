// A contact without an answer, and packets of a machine without an address, are no observed host: no verdict is compliant.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { findUnanswered } from '../../../src/query/unanswered.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';
import { FORMS, row, START } from '../attribution/rows.ts';

const work = temporaryFolder('unanswered');
const policy = join(work, 'ban.yaml');
const ban = (tool: string): void =>
  writeFileSync(
    policy,
    `version: 1\nname: p\ntimezone: UTC\nrules:\n  - { id: B, title: t, match: { tools: [${tool}] }, action: deny, effective: 2026-07-01 }\n`,
  );

async function judge(input: string): Promise<{ document: ReportDocument; err: string }> {
  const { out, err } = await wiretallyHere(['analyze', input, '--policy', policy, '--format', 'json']);
  return { document: JSON.parse(out) as ReportDocument, err };
}

const verdictIn = ({ summary }: ReportDocument) => {
  const [rule] = summary?.rules ?? [];
  return [rule?.verdict, rule?.reasons.map(({ reason }) => reason)];
};

describe('QUIC hellos without an answer', () => {
  const capture = join(work, 'hello.pcap');
  beforeAll(() => {
    ban('claude-app');
    const all = gunzipSync(readFileSync('captures/recordings/base-chromium-quic-claude.ai.pcap.gz'));
    const kept = [all.subarray(0, 24)];
    // Ethernet and IPv4 without options: the protocol is byte 23, the destination port bytes 36 and 37.
    for (let at = 24; at < all.length; at += 16 + all.readUInt32LE(at + 8)) {
      const frame = all.subarray(at + 16, at + 16 + all.readUInt32LE(at + 8));
      if (frame[23] === 17 && frame.readUInt16BE(36) === 443) kept.push(all.subarray(at, at + 16), frame);
      if (kept.length > 4) break;
    }
    writeFileSync(capture, Buffer.concat(kept));
  });

  it('are reported, and give no compliant verdict', async () => {
    const { document } = await judge(capture);
    expect(verdictIn(document)).toEqual(['inconclusive', expect.arrayContaining(['noHosts', 'unconnected'])]);
  });

  it('are not denied by explain', async () => {
    const { document } = await judge(capture);
    const { out } = await wiretallyHere(['explain', capture, '--host', document.hosts[0]?.host ?? '']);
    expect(out).toContain('A hello to claude.ai was sent, and no answer was seen');
    expect(out).not.toContain('no AI traffic was seen');
  });
});

describe('a contact', () => {
  const hello = row('claude.ai', FORMS.chromium, { payloadUp: 1200, payloadDown: 0, answeredSlices: 0 });
  const windowOf = (startSeconds: number, ...rows: readonly (typeof hello)[]) => ({ startSeconds, rows });
  const answered = { ...hello, payloadDown: 3000, answeredSlices: 1 };
  it.each([
    ['is open without an answer', [windowOf(START, hello)], ['claude.ai']],
    ['is settled by an answer', [windowOf(START, hello, answered)], []],
    [
      'is settled by an answer a quarter hour later',
      [windowOf(START, hello), windowOf(START + 900, answered)],
      [],
    ],
    [
      'is open an hour before an answer',
      [windowOf(START, hello), windowOf(START + 3600, answered)],
      ['claude.ai'],
    ],
    ['of a log states its own result', [windowOf(START, { ...hello, loggedSlices: 1 })], []],
  ] as const)('%s', (_, windows, names) => {
    expect(
      [...findUnanswered(windows).values()].flatMap((quarters) => [...quarters.values()].flat()),
    ).toEqual(names);
  });
});

it('a Zeek folder with clients of DHCP alone shows no host and no name', async () => {
  ban('claude-code');
  const folder = join(work, 'zeek');
  mkdirSync(folder);
  const fields =
    'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state';
  const lines = [0, 600].map((after) =>
    [
      1794814519 + after,
      `C${after}`,
      '0.0.0.0',
      68,
      '255.255.255.255',
      67,
      'udp',
      'dhcp',
      0.05,
      300,
      300,
      'SF',
    ].join('\t'),
  );
  const head = ['#separator \\x09', '#path\tconn', `#fields\t${fields.replaceAll(' ', '\t')}`];
  writeFileSync(join(folder, 'conn.log'), `${[...head, ...lines].join('\n')}\n`);
  const { document, err } = await judge(folder);
  expect(verdictIn(document)).toEqual(['inconclusive', expect.arrayContaining(['noHosts'])]);
  expect(document.hosts).toEqual([]);
  expect(err).toContain('no ssl.log and no quic.log was read');
});
