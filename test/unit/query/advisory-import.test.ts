// Advisories in files, folders and zip archives: damaged ones are named and skipped, whatever their bytes are.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { zipEntries } from '../../../src/files/zip-entries.ts';
import { readAdvisories } from '../../../src/query/inputs/advisory-files.ts';
import { importAdvisories, listFiles, type SkippedFile } from '../../../src/query/inputs/advisory-import.ts';
import { temporaryFolder } from '../../temporary.ts';

const FOLDER = temporaryFolder('import');
const at = (name: string): string => join(FOLDER, name);
const catalogue = await loadCatalogue([]);

const osv = (id: string, name: string, fixed: string): string =>
  JSON.stringify({
    id,
    modified: '2026-03-02T10:00:00Z',
    summary: id,
    affected: [
      {
        package: { ecosystem: 'npm', name },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  });
const CODEX = osv('GHSA-1', '@openai/codex', '0.39.0');
const OTHER = osv('GHSA-2', 'left-pad', '1.0.0');

interface Packed {
  readonly name: string;
  readonly text: string;
  /** What the directory of the archive says instead of the truth. */
  readonly size?: number;
  readonly sum?: number;
}

function zip(files: readonly Packed[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text, size, sum } of files) {
    const bytes = Buffer.from(text);
    const packed = deflateRawSync(bytes);
    const fields = Buffer.alloc(22);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(sum ?? crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(size ?? bytes.length, 18);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(name.length);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, lengths, Buffer.from(name), packed]);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), fields, lengths, end, Buffer.from(name)]),
    );
    locals.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, listed, Buffer.from('PK\u0005\u0006'), end]);
}

const FILES = [
  { name: 'npm/GHSA-1.json', text: CODEX },
  { name: 'npm/GHSA-2.json', text: OTHER },
  { name: 'npm/readme.txt', text: 'x' },
];

async function listed<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

describe('an import of files', () => {
  it('reads a folder and an archive alike', async () => {
    mkdirSync(at('folder/deep'), { recursive: true });
    writeFileSync(at('folder/a.json'), CODEX);
    writeFileSync(at('folder/deep/b.json'), OTHER);
    writeFileSync(at('folder/notes.txt'), 'x');
    symlinkSync(at('folder'), at('folder/deep/again'));
    writeFileSync(at('all.zip'), zip(FILES));
    const folder = await importAdvisories([at('folder')], catalogue);
    const archive = await importAdvisories([at('all.zip')], catalogue);
    expect(folder).toMatchObject({ read: 2, other: 1, withdrawn: 0, joined: 0, skipped: [] });
    expect(folder.advisories).toMatchObject([
      { id: 'GHSA-1', tool: 'openai-codex', affected: [[null, '0.38.9999999999']] },
    ]);
    expect(archive).toEqual(folder);
  });

  it('names what is damaged, and reads the rest', async () => {
    writeFileSync(at('damaged.json'), CODEX.slice(0, -5));
    writeFileSync(at('other.json'), '{"name":"a package"}');
    writeFileSync(
      at('damaged.zip'),
      zip([
        { name: 'a.json', text: CODEX },
        { name: 'bomb.json', text: ' '.repeat(20 << 20) },
        { name: 'hidden-bomb.json', text: ' '.repeat(20 << 20), size: 1000 },
        { name: 'sum.json', text: OTHER, sum: 7 },
        { name: `${'n'.repeat(1200)}.json`, text: OTHER },
      ]),
    );
    const files = ['damaged.json', 'missing.json', 'other.json', 'damaged.zip'].map(at);
    const { advisories, read, skipped } = await importAdvisories(files, catalogue);
    expect([advisories.length, read]).toEqual([1, 1]);
    expect(skipped.map(({ file, reason }) => `${file.slice(FOLDER.length + 1)}: ${reason}`)).toEqual([
      'damaged.json: not JSON',
      'damaged.zip:bomb.json: is too large',
      expect.stringContaining('damaged.zip:hidden-bomb.json: cannot be unpacked'),
      expect.stringMatching(/^damaged.zip:n+: its name has more than 1000 characters$/),
      'damaged.zip:sum.json: does not have the size and checksum of the archive',
      'missing.json: no such file',
      'other.json: neither an OSV nor a GitHub advisory',
    ]);
  });

  it('reads or refuses every prefix of an archive, and every changed byte', async () => {
    const whole = zip(FILES.slice(0, 2));
    const read = async (bytes: Buffer): Promise<number> => {
      writeFileSync(at('try.zip'), bytes);
      const { skipped, read: count } = await importAdvisories([at('try.zip')], catalogue);
      return count + skipped.length;
    };
    for (let length = 0; length < whole.length; length++)
      expect(await read(whole.subarray(0, length))).toBeGreaterThan(0);
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      expect(await read(changed)).toBeLessThan(4);
    }
  });

  it('keeps the ceilings of an archive', async () => {
    writeFileSync(at('many.zip'), zip(FILES));
    const limits = {
      archiveBytes: 1 << 20,
      entries: 3,
      nameBytes: 100,
      entryBytes: 1 << 20,
      totalBytes: CODEX.length,
    };
    const entries = await listed(zipEntries(at('many.zip'), limits));
    expect(entries.map((entry) => ('refused' in entry ? entry.refused : 'read'))).toEqual([
      'read',
      'is too large',
      'is too large',
    ]);
    const few = listed(zipEntries(at('many.zip'), { ...limits, entries: 2 }));
    await expect(few).rejects.toThrow('holds more than 2 files');
    const small = listed(zipEntries(at('many.zip'), { ...limits, archiveBytes: 100 }));
    await expect(small).rejects.toThrow('is larger than');
  });
});

it('names the first file beyond the limit of files', () => {
  mkdirSync(at('many'));
  for (const name of ['a.json', 'b.json', 'c.json', 'd.txt']) writeFileSync(at(`many/${name}`), CODEX);
  const skipped: SkippedFile[] = [];
  expect(listFiles([at('many')], skipped, 2)).toEqual([at('many/a.json'), at('many/b.json')]);
  expect(skipped).toEqual([
    { file: at('many/c.json'), reason: 'this and later files exceed the limit of 2 files' },
  ]);
  const none: SkippedFile[] = [];
  expect(listFiles([at('many')], none, 3)).toHaveLength(3);
  expect(none).toEqual([]);
});

describe('a folder of advisories', () => {
  it('takes YAML files before published ones with their ID', async () => {
    mkdirSync(at('mixed'));
    writeFileSync(at('mixed/a.json'), CODEX);
    writeFileSync(at('mixed/b.json'), '{');
    writeFileSync(
      at('mixed/a.yaml'),
      'version: 1\nid: GHSA-1\ntitle: edited\ntool: openai-codex\naffected: [{ to: 0.38.9 }]\nseverity: low\nsources: [x]\naction: x\n',
    );
    const skipped: string[] = [];
    const found = await readAdvisories(at('mixed'), catalogue, ({ reason }) => skipped.push(reason));
    expect(found.map(({ title }) => title)).toEqual(['edited']);
    expect(skipped).toEqual(['not JSON']);
  });
});
