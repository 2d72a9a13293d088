// A capture filter leaves packets out: each format says so, also of records that were made with one. Where no filter can be
// applied, none is accepted.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const work = temporaryFolder('filtered-inputs');
const TOOL = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const [records, none] = [join(work, 'made.usage'), join(work, 'none.pcap')];

beforeAll(async () => {
  writeFileSync(none, gunzipSync(readFileSync('captures/recordings/base-node22-fetch.pcap.gz')));
  expect((await wiretallyHere(['analyze', TOOL, '-f', 'tcp', '--write', records, '-q'])).code).toBe(0);
});

const READING: readonly (readonly [format: string, says: RegExp])[] = [
  ['csv', /,reading\r\n.*,filtered\r\n/s],
  ['ndjson', /"reading":"filtered"/],
  ['eve', /"reading":"filtered"/],
  ['ecs', /"reading":"filtered"/],
  ['zeek', /#path\twiretally_reading\n(?:#.*\n)+.*\tfiltered\n/],
  ['sarif', /"reading": ?"filtered"/],
];
const SENTENCES = ['terminal', 'md', 'html', 'sarif'] as const;

describe('a filter', () => {
  it.each([...READING, ...SENTENCES.map((format) => [format, /packets that match tcp were read/] as const)])(
    'is stated in %s',
    async (format, says) => {
      const { code, out } = await wiretallyHere(['analyze', TOOL, '-f', 'tcp', '--format', format]);
      expect(code).toBe(0);
      expect(out.replaceAll(/\n {2,}/g, ' ')).toMatch(says);
    },
  );

  it.each([...READING, ...SENTENCES.map((format) => [format, /packets passed a capture filter/] as const)])(
    'is stated in %s of records that were made with it',
    async (format, says) => {
      const { code, out } = await wiretallyHere(['analyze', records, '--format', format]);
      expect(code).toBe(0);
      expect(out.replaceAll(/\n {2,}/g, ' ')).toMatch(says);
    },
  );

  it('is stated in JSON, and nothing is known to be absent', async () => {
    const { out } = await wiretallyHere(['analyze', TOOL, '-f', 'tcp', '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject({ filter: 'tcp' });
    const stored = await wiretallyHere(['analyze', records, '--format', 'json']);
    const { packets, malformed } = (JSON.parse(stored.out) as { stats: Record<string, unknown> }).stats as {
      packets: number;
      malformed: Record<string, number>;
    };
    expect(malformed).toEqual({ 'capture.filter': packets });
  });

  it('is stated in CSV without a row of use, and by key', async () => {
    const empty = await wiretallyHere(['analyze', none, '-f', 'tcp', '--format', 'csv']);
    const [head = '', line = '', ...more] = empty.out.split('\r\n');
    expect(more).toEqual(['']);
    const cells = Object.fromEntries(head.split(',').map((name, i) => [name, line.split(',')[i]]));
    expect(cells).toMatchObject({ host: '', row: 'none', reading: 'filtered' });
    expect((await wiretallyHere(['analyze', none, '--format', 'csv'])).out.split('\r\n')).toEqual([head, '']);
    const by = await wiretallyHere(['analyze', TOOL, '-f', 'tcp', '--by', 'day', '--format', 'csv']);
    expect(by.out).toMatch(/^day,.*,reading\r\n.*,filtered\r\n$/);
  });

  it.each([
    'captures/logs/zeek-json',
    'captures/logs/zeek-text',
    'captures/logs/eve8-noflow/eve.json',
    'captures/logs/netskope-events/events.json',
    'captures/logs',
  ])('is refused for %s, whose rows are not packets', async (path) => {
    const { code, out, err } = await wiretallyHere(['analyze', path, '-f', 'host 192.0.2.1']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('rows of a log, to which a capture filter cannot be applied');
    expect(err).toContain('remove --filter; --host');
  });

  it('is refused for records, and for logs that are followed', async () => {
    const stored = await wiretallyHere(['analyze', records, '-f', 'tcp']);
    expect(stored).toMatchObject({ code: 2, out: '' });
    expect(stored.err).toContain('holds records, to which a capture filter cannot be applied');
    const followed = await wiretallyHere(['watch', '--follow', 'captures/logs/zeek-json', '-f', 'tcp']);
    expect(followed).toMatchObject({ code: 2, out: '' });
    expect(followed.err).toContain('a capture filter cannot be applied to rows of logs');
  });
});
