// What a sensor of logs keeps: files known by their first rows, and a journal of which a torn line counts for nothing.

import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FileTable } from '../../../src/live/follow/file-table.ts';
import { Journal, type JournalStep } from '../../../src/live/follow/journal.ts';
import { hasHead, listHeads } from '../../../src/reading/logs/file-identity.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('follow');
const header = '#separator \\x09\n#path\tconn\n#fields\tts\tuid\n';

describe('a file', () => {
  const row = (i: number): string => `176328000${i}.000000\tC${i}\n`;

  it('is not known before its first row is whole', () => {
    for (const text of ['', '#sep', header, `${header}17632`, 'ts,uid,src\n'])
      expect(listHeads(Buffer.from(text))).toEqual([]);
    expect(listHeads(Buffer.from(header + row(1)))).toHaveLength(1);
  });

  it('that has grown has each head that it had', () => {
    let text = header + row(1);
    const [first] = listHeads(Buffer.from(text));
    for (let i = 2; i < 400; i++) {
      text += row(i % 10);
      const heads = listHeads(Buffer.from(text)).map(({ sha1 }) => sha1);
      expect(heads).toContain(first?.sha1);
    }
  });

  it('that was emptied and begun again is another one', () => {
    const [head] = listHeads(Buffer.from(header + row(1)));
    expect(head !== undefined && hasHead(Buffer.from(header + row(2)), head)).toBe(false);
    expect(head !== undefined && hasHead(Buffer.from(header), head)).toBe(false);
  });
});

describe('a table of files', () => {
  it('takes a definition of columns for no log', async () => {
    const logs = join(folder, 'squid');
    mkdirSync(logs);
    const lines = ['logformat own %ts.%03tu %>a %ru "%{User-Agent}>h"', 'access_log stdio:/a own'];
    writeFileSync(join(logs, 'squid.conf'), `${lines.join('\n')}\n`);
    const { definitions, unread, unknownFiles } = await new FileTable([logs]).scan(0, String);
    expect([definitions, unread, unknownFiles]).toEqual([lines, [], []]);
  });

  it('knows a compressed file while it is being written, of any length', async () => {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    const log = join(logs, 'conn.log');
    const rows = Array.from({ length: 500 }, (_, i) => `17632800${10 + i}.000000\tC${i * 7919}\n`).join('');
    writeFileSync(log, header + rows);
    const table = new FileTable([logs]);
    const failed: string[] = [];
    const scan = (): ReturnType<FileTable['scan']> => table.scan(0, (path) => failed.push(path));
    const [first] = (await scan()).unknownFiles;
    const [head, firstRow] = [first?.heads[0], first?.heads.at(-1)];
    if (head === undefined || firstRow === undefined) throw new Error('no row');
    const nothing = { position: 0, lines: 0, rows: 0, ignored: 0, span: null, context: [] };
    table.set({
      id: 1,
      product: 'zeek',
      head,
      firstRow,
      path: log,
      kind: 'conn',
      rank: 4,
      firstUs: 0,
      ...nothing,
    });
    const packed = gzipSync(readFileSync(log));
    for (let length = 0; length <= packed.length; length += 100) {
      writeFileSync(`${log}.gz`, packed.subarray(0, length));
      expect((await scan()).unknownFiles).toEqual([]);
    }
    // Also where the file before is gone, and where the other one is a copy.
    rmSync(log);
    writeFileSync(join(logs, 'conn.1.log'), header + rows.slice(0, 90));
    expect((await scan()).unknownFiles).toEqual([]);
    writeFileSync(join(logs, 'conn.2.log'), header + rows.slice(27, 90));
    expect((await scan()).unknownFiles).toHaveLength(1);
    expect(failed).toEqual([]);
  });
});

describe('a journal', () => {
  const steps: JournalStep[] = [{ revision: 1 }, { product: 'zeek', finalUs: 7 }, { revision: 3 }];

  async function stepsIn(name: string): Promise<JournalStep[]> {
    const journal = new Journal(folder, name, 900);
    const found: JournalStep[] = [];
    await journal.open((step) => found.push(step));
    journal.close();
    return found;
  }

  async function written(name: string): Promise<string> {
    const journal = new Journal(folder, name, 900);
    await journal.open(() => undefined);
    for (const step of steps) journal.add(step);
    journal.close();
    return join(folder, name);
  }

  it('gives its steps again', async () => {
    await written('whole');
    expect(await stepsIn('whole')).toEqual(steps);
  });

  it('that is cut at any byte gives the steps before, and goes on behind them', async () => {
    const path = await written('cut');
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes);
      truncateSync(path, length);
      const lines = bytes.subarray(0, length).toString().split('\n').length - 1;
      expect(await stepsIn('cut')).toEqual(steps.slice(0, Math.max(0, lines - 1)));
    }
    const journal = new Journal(folder, 'cut', 900);
    await journal.open(() => undefined);
    journal.add({ revision: 9 });
    journal.close();
    expect((await stepsIn('cut')).at(-1)).toEqual({ revision: 9 });
  });

  it('ends at a line that was changed', async () => {
    const path = await written('changed');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"finalUs":7', '"finalUs":8'));
    appendFileSync(path, 'more\n');
    expect(await stepsIn('changed')).toEqual(steps.slice(0, 1));
  });

  it('is refused with windows of another length', async () => {
    await written('other');
    await expect(new Journal(folder, 'other', 60).open(() => undefined)).rejects.toThrow(
      'holds windows of 900 s',
    );
  });
});
