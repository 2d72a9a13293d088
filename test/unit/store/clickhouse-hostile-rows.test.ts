// What a table of a ClickHouse server holds was written by others: each row is a whole window, or damage with its reason.

import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeMessage, decodeUsage } from '../../../src/store/clickhouse/rows.ts';
import { packWindow, readStoredWindow, TOO_MUCH } from '../../../src/store/packed-window.ts';
import { encodeWindow } from '../../../src/window/codec.ts';
import { minuteWindow } from './minute-window.ts';

const window = minuteWindow(1);
const key = { sensor: window.sensor, start: window.startSeconds };
const packed = packWindow(window);
const stored = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const [message, usage] = [stored(packed), stored(encodeWindow(window))];

const HOSTILE: readonly (readonly [what: string, row: string])[] = [
  ['nothing', ''],
  ['no Base64', '\u001b[31m<script>'],
  ['bytes of no window', stored(Buffer.alloc(4096, 0xff))],
  [
    'two windows',
    stored(deflateRawSync(Buffer.concat([encodeWindow(window), encodeWindow(minuteWindow(2))]))),
  ],
];

describe('a row of a server', () => {
  it('is read whole', () => {
    expect(decodeMessage(message)).toMatchObject({ windows: [window], damage: [] });
    expect(decodeUsage(usage, null)).toMatchObject({ windows: [window], damage: [] });
  });

  it.each(HOSTILE)('of %s is left out with its reason', (_, row) => {
    expect(readStoredWindow('store', key, decodeMessage(row))).toMatchObject({
      window: null,
      damage: { code: 'STORE_DAMAGED' },
    });
  });

  it('under the key of another sensor or minute is left out', () => {
    const read = decodeMessage(message);
    expect(readStoredWindow('store', key, read)).toEqual({ window, damage: null });
    for (const other of [
      { ...key, sensor: 'other' },
      { ...key, start: key.start + 60 },
    ])
      expect(readStoredWindow('store', other, read)).toMatchObject({
        window: null,
        damage: { message: expect.stringContaining('it holds another window') },
      });
  });

  it('that inflates without an end is refused at its limit', () => {
    const bomb = decodeMessage(stored(deflateRawSync(Buffer.alloc(64 << 20))));
    expect(bomb).toMatchObject({ windows: [], damage: [{ reason: TOO_MUCH }] });
  });

  it.each([
    ['a message', message, decodeMessage],
    ['usage', usage, (row: string) => decodeUsage(row, null)],
  ] as const)('with a prefix of %s holds no part of a window', (_, whole, read) => {
    const bytes = Buffer.from(whole, 'base64');
    for (let length = 0; length < bytes.length; length++) {
      const part = read(stored(bytes.subarray(0, length)));
      expect(part.windows, `${length} bytes`).toEqual([]);
      expect(readStoredWindow('store', key, part).damage).not.toBeNull();
    }
  });
});
