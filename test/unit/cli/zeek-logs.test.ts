// Logs of Zeek's format in files of their own.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requireLogFolder, writeZeekLogs } from '../../../src/cli/output/zeek-logs.ts';
import { reportChunks } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { temporaryFolder } from '../../temporary.ts';
import { sampleAudit } from '../report/sample-document.ts';

const folder = temporaryFolder('zeek-logs');

it('are the pieces of the report, each with its own header and end', async () => {
  const out = join(folder, 'new/logs');
  requireLogFolder(out, 'zeek');
  writeZeekLogs(await reportChunks(sampleAudit(), 'zeek', PLAIN), out);
  const names = readdirSync(out);
  expect(names).toContain('wiretally_use.log');
  expect(names).toContain('notice.log');
  const texts = names.map((name) => readFileSync(join(out, name), 'utf8'));
  for (const [i, text] of texts.entries()) {
    expect(text.match(/^#path\t(\w+)$/gm)).toEqual([`#path\t${names[i]?.replace('.log', '')}`]);
    expect(text).toMatch(/\n#close\t[\d-]+\n$/);
  }
  const whole = [...(await reportChunks(sampleAudit(), 'zeek', PLAIN))].join('');
  expect(texts.join('')).toHaveLength(whole.length);
});

it('replace no other log, and are of this format alone', () => {
  const used = join(folder, 'used');
  mkdirSync(used);
  writeFileSync(join(used, 'notice.log'), 'x');
  expect(() => requireLogFolder(used, 'zeek')).toThrow('the folder is not empty');
  expect(() => requireLogFolder(join(used, 'notice.log'), 'zeek')).toThrow('cannot be created');
  expect(() => requireLogFolder(join(folder, 'other'), 'json')).toThrow('has no separate logs');
});
