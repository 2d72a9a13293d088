// Compares the results of the decoder, without a flow table, with independent results.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasNativeTools, make, NATIVE_SET } from './make.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const corpus = join(root, '../shared/corpus');
const hasCorpus = existsSync(join(corpus, 'manifest.json'));
if (!hasCorpus) console.warn('wire.test.ts: ../shared/corpus is absent: its captures are not tried');

interface DumpRow {
  readonly src_ip: string;
  readonly src_port: number;
  readonly dst_ip: string;
  readonly dst_port: number;
  readonly transport: string;
  readonly packetsUp: number;
  readonly bytesUp: number;
  readonly payloadUp: number;
}

interface DumpSummary {
  readonly summary: true;
  readonly packets: number;
  readonly wire_bytes: number;
  readonly captured_bytes: number;
  readonly error: number;
}

interface Conversation {
  readonly proto: string;
  readonly a_ip: string;
  readonly a_port: number;
  readonly b_ip: string;
  readonly b_port: number;
  readonly ab_packets: number;
  readonly ab_frame_bytes: number;
  readonly ab_payload_bytes: number;
  readonly ba_packets: number;
  readonly ba_frame_bytes: number;
  readonly ba_payload_bytes: number;
}

interface Answer {
  readonly packets: number;
  readonly wire_bytes: number;
  readonly captured_bytes: number;
  readonly read_error: object | null;
  readonly ip_fragment_frames: { readonly count: number };
  readonly conversations: readonly Conversation[];
}

describe.runIf(hasCorpus && hasNativeTools())('the decoder alone', () => {
  const dump = join(root, 'build', NATIVE_SET, 'dump');

  beforeAll(() => make(NATIVE_SET), 600_000);

  function plainBytes(path: string): Uint8Array {
    const bytes = readFileSync(path);
    if (path.endsWith('.gz')) return gunzipSync(bytes);
    return path.endsWith('.zst') ? execFileSync('zstd', ['-dc', path], { maxBuffer: 1 << 30 }) : bytes;
  }

  /** Packets, frame bytes and payload bytes by directed 5-tuple. */
  function expectedSums(answer: Answer): Map<string, number[]> {
    const sums = new Map<string, number[]>();
    for (const c of answer.conversations) {
      const [a, b] = [`${c.a_ip} ${c.a_port}`, `${c.b_ip} ${c.b_port}`];
      if (c.ab_packets > 0)
        sums.set(`${c.proto} ${a} ${b}`, [c.ab_packets, c.ab_frame_bytes, c.ab_payload_bytes]);
      if (c.ba_packets > 0)
        sums.set(`${c.proto} ${b} ${a}`, [c.ba_packets, c.ba_frame_bytes, c.ba_payload_bytes]);
    }
    return sums;
  }

  const files = capturesOfManifest();
  it.each(files)('agrees with the conversations of %s', (file) => {
    const answer = JSON.parse(readFileSync(join(corpus, 'answers', `${file}.json`), 'utf8')) as Answer;
    const input = plainBytes(join(corpus, 'captures', file));
    const text = execFileSync(dump, ['-'], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
    const lines = text.trimEnd().split('\n');
    const summary = JSON.parse(lines.pop() ?? '') as DumpSummary;
    expect(summary).toMatchObject({
      packets: answer.packets,
      wire_bytes: answer.wire_bytes,
      captured_bytes: answer.captured_bytes,
    });
    expect(summary.error !== 0).toBe(answer.read_error !== null);
    const actual = new Map<string, number[]>();
    for (const line of lines) {
      const row = JSON.parse(line) as DumpRow;
      const key = `${row.transport} ${row.src_ip} ${row.src_port} ${row.dst_ip} ${row.dst_port}`;
      actual.set(key, [row.packetsUp, row.bytesUp, row.payloadUp]);
    }
    const expected = expectedSums(answer);
    // Of fragmented datagrams the answers count only the frame that completes them; payloads agree all the same.
    const comparable = (sums: Map<string, number[]>): [string, number[]][] =>
      [...sums].sort().map(([key, sum]) => [key, answer.ip_fragment_frames.count > 0 ? sum.slice(2) : sum]);
    expect(comparable(actual)).toEqual(comparable(expected));
  });

  function capturesOfManifest(): string[] {
    if (!hasCorpus) return [];
    const manifest = JSON.parse(readFileSync(join(corpus, 'manifest.json'), 'utf8')) as {
      files: { file: string }[];
    };
    return manifest.files.map((entry) => entry.file);
  }
});
