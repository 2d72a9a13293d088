import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { capturesIn, versionIn } from '../../tools/catalogue/version-files.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'wiretally-versions-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

describe('captures of versions', () => {
  it.each([
    ['codex-0.137.0-p1.pcap.gz', '0.137.0'],
    ['v2.3.4.pcap', '2.3.4'],
  ])('%s is of %s', (name, version) => expect(versionIn(name)).toBe(version));

  it.each(['demo.pcap.gz', 'tool-1.2.pcap', 'tool-1.2.3.4.pcap'])('%s has no version', (name) =>
    expect(() => versionIn(name)).toThrow('no version of three numbers'),
  );

  it('are those of a folder, sorted', () => {
    for (const name of ['tool-1.0.1.pcap', 'tool-1.0.0.pcap.gz', 'tool-1.0.0.json'])
      writeFileSync(join(FOLDER, name), '');
    expect(capturesIn([FOLDER])).toEqual(
      ['tool-1.0.0.pcap.gz', 'tool-1.0.1.pcap'].map((name) => join(FOLDER, name)),
    );
  });
});
