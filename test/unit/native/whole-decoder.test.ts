// Every capture at hand through the whole decoder under the address and undefined behaviour sanitizers, with one worker
// and with two, and every prefix of the small ones.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { runNativeTest } from '../../native/build.ts';

const RECORDINGS = 'captures/recordings';
const CORPUS = '../shared/corpus/captures';
/** Larger ones take minutes under the sanitizers and hold nothing that smaller ones lack. */
const MOST_BYTES = 1_500_000;
/** Beginnings of a recording, for a small capture whose every prefix is tried. */
const SMALL_BYTES = 1_400;

const temporary = mkdtempSync(join(tmpdir(), 'wiretally-whole-'));
afterAll(() => rmSync(temporary, { recursive: true }));

function unpacked(name: string): string {
  const path = join(temporary, name.slice(0, -3));
  writeFileSync(path, gunzipSync(readFileSync(join(RECORDINGS, name))));
  return path;
}

function beginningOf(name: string): string {
  const path = join(temporary, `beginning-${name.slice(0, -3)}`);
  writeFileSync(path, gunzipSync(readFileSync(join(RECORDINGS, name))).subarray(0, SMALL_BYTES));
  return path;
}

function captures(): string[] {
  const own = readdirSync(RECORDINGS)
    .filter((name) => name.endsWith('.pcap.gz'))
    .sort();
  const files = own
    .filter((name) => gunzipSync(readFileSync(join(RECORDINGS, name))).length <= MOST_BYTES)
    .map(unpacked);
  files.push(
    beginningOf('claude-code-2.1.328-connect-proxy.pcap.gz'),
    beginningOf('base-chromium-quic-claude.ai.pcap.gz'),
  );
  if (!existsSync(CORPUS)) {
    console.warn('whole-decoder.test.ts: ../shared/corpus is absent: its captures are not tried');
    return files;
  }
  const foreign = readdirSync(CORPUS)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort();
  return [
    ...files,
    ...foreign.map((name) => join(CORPUS, name)).filter((path) => readFileSync(path).length <= MOST_BYTES),
  ];
}

it.runIf(process.platform === 'linux')(
  'the whole decoder reads every capture cleanly, and alike with two workers',
  async () => {
    process.env.WIRETALLY_TEST_CAPTURES = captures().join('\n');
    const { passed, output } = await runNativeTest('whole_decoder_test');
    expect(passed, output).toBe(true);
    expect(output).toMatch(/[1-9]\d* checks, 0 failed\n$/);
  },
  900_000,
);
