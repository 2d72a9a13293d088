// A log that its writer empties while it is looked at: no byte of the look is one that the file does not have.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openLog } from '../../../../src/reading/logs/inputs.ts';
import { temporaryFolder } from '../../../temporary.ts';

const row = 'a row of the log of 0123456789\n';
const [whole, begun] = [row.repeat(1000), row.repeat(10)];

test('a log that is emptied at any moment of a look', async () => {
  const name = join(temporaryFolder('emptied'), 'conn.log');
  const sizes = new Set<number | null>();
  for (let moment = 0; moment < 400; moment++) {
    writeFileSync(name, whole);
    const opened = openLog(name, 0);
    for (let turn = 0; turn < moment % 40; turn++) await setImmediate();
    truncateSync(name);
    if (moment % 2 === 1) writeFileSync(name, begun);
    const { head, size } = await opened;
    expect(head.includes(0)).toBe(false);
    sizes.add(size);
  }
  // Both sides of the moment were met.
  expect([...sizes]).toEqual(expect.arrayContaining([0, whole.length]));
});
