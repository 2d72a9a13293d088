// Alerts into a file, one a line, also behind a write that failed.

import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Alert, fileSink } from '../../../src/live/alerts/sinks.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('sinks');
const FULL = '/dev/full';

const alert = (line: string): Alert => ({
  ...{ id: line, time: '2026-07-10T00:00:00Z', severity: 'high', line, text: line },
});

it('are lines of the file', async () => {
  const file = join(folder, 'a.ndjson');
  const sink = fileSink(file);
  for (const line of ['{"a":1}', '{"a":2}']) await sink.send(alert(line));
  expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"a":2}\n');
});

it.skipIf(!existsSync(FULL))('begin a new line behind one that a full disk may have cut', async () => {
  const file = join(folder, 'b.ndjson');
  const sink = fileSink(file);
  symlinkSync(FULL, file);
  await expect(sink.send(alert('{"a":1}'))).rejects.toThrow('ENOSPC');
  rmSync(file);
  for (const line of ['{"a":2}', '{"a":3}']) await sink.send(alert(line));
  expect(readFileSync(file, 'utf8')).toBe('\n{"a":2}\n{"a":3}\n');
});
