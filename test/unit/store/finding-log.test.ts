// The log of findings: every entry is chained and signed; the first one that does not hold is named, those before it are kept.

import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { WiretallyError } from '../../../src/model/errors.ts';
import type { FindingChange } from '../../../src/policy/finding-life.ts';
import { appendChanges, isLogText, readFindingLog } from '../../../src/store/finding-log.ts';
import { temporaryFolder } from '../../temporary.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const folder = temporaryFolder('findings');
const file = join(folder, 'log.ndjson');

const change = (state: FindingChange['state'], why: string): FindingChange => ({
  time: '2026-07-14T08:00:00.000Z',
  finding: 'AI-0710/2/10.20.1.13/claude-code/violation',
  state,
  who: 'anna',
  why,
});
const own = { key: privateKey, trusted: [publicKey] };
const put = (...changes: FindingChange[]) => appendChanges(file, changes, own);
const read = (bytes: Buffer = readFileSync(file)) => readFindingLog(bytes, [publicKey]);
const reasons = (bytes?: Buffer): string[] => read(bytes).entries.map(({ why }) => why);

beforeEach(async () => {
  rmSync(file, { force: true });
  await put(change('acknowledged', 'one'), change('assigned', 'zwei – 二'));
  await put(change('closed', 'three'));
});

describe('a log of findings', () => {
  it('has what was written, each entry with the digest of all before it', () => {
    expect(read()).toMatchObject({ fault: null, incompleteBytes: 0 });
    expect(reasons()).toEqual(['one', 'zwei – 二', 'three']);
    expect(read().entries.map(({ entry }) => entry)).toEqual([1, 2, 3]);
    expect(new Set(read().heads).size).toBe(3);
    expect(read().entries[2]?.before).toBe(read().heads[1]);
    expect(readFindingLog(Buffer.alloc(0), [publicKey])).toMatchObject({ entries: [], fault: null });
  });

  it('keeps the entries before any byte that is another', () => {
    const bytes = readFileSync(file);
    const ends = [...bytes.keys()].filter((at) => bytes[at] === 10);
    for (let at = 0; at < bytes.length; at++) {
      const forged = Buffer.from(bytes);
      forged.writeUInt8(forged.readUInt8(at) ^ 1, at);
      const { entries, fault, incompleteBytes } = read(forged);
      const line = ends.filter((end) => end < at).length;
      const isLastLineEnd = at === bytes.length - 1;
      expect(entries.length, `byte ${at}`).toBeLessThanOrEqual(line);
      expect(fault !== null || (isLastLineEnd && incompleteBytes > 0), `byte ${at}`).toBe(true);
    }
  });

  it('keeps the whole entries where it is cut anywhere, and says how much is left over', () => {
    const bytes = readFileSync(file);
    for (let length = 0; length <= bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      const { entries, fault, incompleteBytes } = read(cut);
      const whole = bytes.subarray(0, length + 1).filter((byte) => byte === 10).length;
      expect([fault, entries.length], `${length} bytes`).toEqual([null, whole]);
      expect(incompleteBytes > 0, `${length} bytes`).toBe(
        length > 0 && cut.at(-1) !== 10 && bytes.at(length) !== 10,
      );
    }
  });

  it('names the entry after one that was removed, moved or doubled', () => {
    const [one = '', two = '', three = ''] = readFileSync(file, 'utf8').split('\n');
    const faultOf = (...lines: string[]) => read(Buffer.from(`${lines.join('\n')}\n`)).fault;
    const what = 'what is before it was changed, removed or added';
    expect(faultOf(one, three)).toEqual({ line: 2, what });
    expect(faultOf(two, one, three)).toEqual({ line: 1, what });
    expect(faultOf(one, two, two, three)).toEqual({ line: 3, what });
    expect(faultOf(one, '{}', two)).toEqual({ line: 2, what: 'it is not an entry' });
    expect(faultOf(one, two, three, 'x')).toEqual({ line: 4, what: 'it is not an entry' });
    expect(faultOf(one, two, three, 'x', 'y')).toEqual({ line: 4, what: 'it is not an entry' });
  });

  it('goes on after a part of an entry, which stays where it is', async () => {
    appendFileSync(file, Buffer.from([0x7b, 0xe4, 0xba])); // inside a character
    expect(read()).toMatchObject({ fault: null, incompleteBytes: 3 });
    await put(change('new', 'four'));
    expect(read()).toMatchObject({ fault: null, incompleteBytes: 0 });
    expect(reasons()).toEqual(['one', 'zwei – 二', 'three', 'four']);
    const lines = readFileSync(file, 'latin1').split('\n');
    const without = lines.filter((_, i) => i !== 3).join('\n');
    expect(read(Buffer.from(without, 'latin1')).fault).toEqual({
      line: 4,
      what: 'an incomplete line before it was removed',
    });
    await put(change('closed', 'five'));
    expect(reasons().at(-1)).toBe('five');
  });

  it('is not extended where an entry does not hold, or no trusted key has signed one', async () => {
    await expect(
      appendChanges(file, [change('new', 'x')], { key: other.privateKey, trusted: [other.publicKey] }),
    ).rejects.toMatchObject({ code: 'FINDING_LOG_INVALID', next: expect.stringContaining('--finding-key') });
    await appendChanges(file, [change('new', 'of another')], {
      key: other.privateKey,
      trusted: [other.publicKey, publicKey],
    });
    expect(read().fault).toEqual({ line: 4, what: 'no trusted key has signed it' });
    expect(readFindingLog(readFileSync(file), [publicKey, other.publicKey]).fault).toBeNull();
    expect(readFindingLog(readFileSync(file), null)).toMatchObject({ fault: null, heads: { length: 4 } });
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('one', 'two'));
    await expect(put(change('new', 'x'))).rejects.toBeInstanceOf(WiretallyError);
    expect(readFileSync(file, 'utf8')).toBe(text.replace('one', 'two'));
  });

  it('takes one line of text, of a length that has a limit', () => {
    expect(isLogText('Grund – 理由', 500)).toBe(true);
    for (const bad of ['', 'a\nb', 'a\u001b[2J', 'a\u2028b', 'x'.repeat(501)])
      expect(isLogText(bad, 500), bad).toBe(false);
  });

  it('written by several at once has every entry once', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, i) => put(change('assigned', `at once ${i}`))));
    expect(read()).toMatchObject({ fault: null, entries: { length: 11 } });
  }, 30_000);
});
