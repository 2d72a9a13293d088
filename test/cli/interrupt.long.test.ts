// An audit that somebody ends: no verdict of it is "compliant", and no bundle of it passes for one of a whole reading.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const folder = temporaryFolder('interrupt');
const at = (name: string): string => join(folder, name);
/** Whole packets of the demo, libpcap's classic file format: a day and a half. */
const capture = firstPackets(gunzipSync(readFileSync('captures/demo.pcap.gz')), 12 << 20);
const PHASES = 10;
/** More than a pipe holds: once this is gone, the program has begun to read. */
const LEAST_FED = 1 << 20;

// Nobody of the demo office uses it, and the office has packets all the time: a whole reading is "compliant".
const policy = at('policy.yaml');
writeFileSync(
  policy,
  `version: 1
name: Nobody breaks it
timezone: UTC
rules:
  - { id: R1, title: No Windsurf, match: { tools: [windsurf] }, action: deny, effective: 2026-07-08T00:45:00Z, until: 2026-07-08T06:00:00Z }
`,
);
writeFileSync(at('demo.pcap'), capture);

function firstPackets(file: Buffer, bytes: number): Buffer {
  let end = 24;
  while (end < bytes) end += 16 + file.readUInt32LE(end + 8);
  return file.subarray(0, end);
}

const wordsOf = (input: string, bundle: string): string[] => [
  'analyze',
  input,
  '--policy',
  policy,
  '--bundle',
  at(bundle),
  '--format',
  'json',
];

const verdictsOf = (out: string): string[] =>
  (JSON.parse(out) as ReportDocument).summary?.rules.map(({ verdict }) => verdict) ?? [];

/** Feeds a part of the capture, and holds the pipe open until the program has ended. */
const fed =
  (bytes: number, signal: NodeJS.Signals) =>
  (child: ChildProcessWithoutNullStreams): void => {
    child.stdin.write(capture.subarray(0, bytes), () => child.kill(signal));
  };

/** Milliseconds that a whole reading takes here and now. */
let wholeMs = 0;

it('is kept where nobody ends it', async () => {
  const began = performance.now();
  const { code, out } = await wiretally(wordsOf(at('demo.pcap'), 'whole'));
  wholeMs = performance.now() - began;
  expect({ code, verdicts: verdictsOf(out) }).toEqual({ code: 0, verdicts: ['compliant'] });
  expect((await wiretally(['verify', at('whole'), '--unsigned'])).code).toBe(0);
});

describe.each([
  ['SIGINT', [0, 3, 6, 9]],
  ['SIGTERM', [0, 8]],
] as const)('%s in the midst of a stream', (signal, moments) => {
  it.each(moments)('at moment %i ends in "cannot say"', async (moment) => {
    const bytes = LEAST_FED + Math.floor(((capture.length - LEAST_FED - 1) * moment) / PHASES);
    const bundle = `${signal}-${moment}`;
    const { code, out } = await wiretally(wordsOf('-', bundle), { meddle: fed(bytes, signal) });
    expect(code).toBe(130);
    const document = JSON.parse(out) as ReportDocument;
    expect(document.interrupted).toBe(true);
    expect(document.coverage.flatMap(({ gaps }) => gaps)).toContainEqual(
      expect.objectContaining({ to: null, reason: 'the reading was interrupted' }),
    );
    expect(document.summary?.rules).toMatchObject([{ verdict: 'inconclusive' }]);
    const manifest = JSON.parse(readFileSync(join(at(bundle), 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      complete: false,
      interrupted: true,
      inputs: [{ file: '-', bytes: null, sha256: null, read: 'part' }],
    });
    const verify = await wiretally(['verify', at(bundle), '--unsigned']);
    expect(verify.code).toBe(4);
    expect(verify.out).toMatch(/^INTERRUPTED /m);
    expect(verify.out).toMatch(/^INCONCLUSIVE/m);
  });
});

describe.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s at any time of reading a file', (signal) => {
  it.each([0.15, 0.35, 0.55, 0.75, 0.95])(
    'at a share of %d never leaves more than was read',
    async (moment) => {
      const bundle = `file-${signal}-${moment}`;
      const meddle = (child: ChildProcessWithoutNullStreams): void => {
        void setTimeout(moment * wholeMs).then(() => child.kill(signal));
      };
      const { code, out } = await wiretally(wordsOf(at('demo.pcap'), bundle), { meddle });
      const verify = existsSync(at(bundle)) ? await wiretally(['verify', at(bundle), '--unsigned']) : null;
      // It had read all before the signal came.
      if (code === 0) {
        expect(verdictsOf(out)).toEqual(['compliant']);
        expect(verify?.code).toBe(0);
        return;
      }
      if (code === 130) {
        expect(verdictsOf(out)).toEqual(['inconclusive']);
        expect(verify).toMatchObject({ code: 4, out: expect.stringContaining('INTERRUPTED') });
        return;
      }
      // The signal itself ended it: before it read, or behind a whole reading.
      expect(code).toBeNull();
      expect(verify === null || verify.code === 0).toBe(true);
    },
  );
});

describe('an audit that was ended', () => {
  it.each([
    ['terminal', /INCONCLUSIVE[\s\S]*the reading was interrupted/],
    ['md', /\*\*INCONCLUSIVE\*\*[\s\S]*reading was interrupted/],
    ['html', /INCONCLUSIVE[\s\S]*reading was interrupted/],
    ['summary', /INCONCLUSIVE[\s\S]*not read to the end/],
    ['eve', /"reading":"interrupted"[^\n]*"verdict":"inconclusive"/],
    ['ecs', /"reading":"interrupted"[^\n]*"verdict":"inconclusive"/],
    ['zeek', /inconclusive[\s\S]*the reading was interrupted[\s\S]*\tinterrupted\n/],
    ['junit', /<skipped message="inconclusive; [^"]*the reading was interrupted/],
    ['sarif', /"executionSuccessful": false[\s\S]*"verdict": "inconclusive"/],
    ['csv', /,exception,reading\r\n[\s\S]*,interrupted\r\n/],
  ])('says so as %s', async (format, words) => {
    const run = await wiretally(['analyze', '-', '--policy', policy, '--format', format], {
      meddle: fed(LEAST_FED, 'SIGINT'),
    });
    expect(run.code).toBe(130);
    expect(run.out).toMatch(words);
  });
});
