// Connections that last longer than times may be away from the start of a window.

import { expect, it } from 'vitest';
import { decodeWindows, encodeWindows } from '../../../../src/window/codec.ts';
import { LOG_SAMPLES, readLogs } from '../../../fuzz/parsers/logs.ts';

const END = 1_795_155_743;
const DAY = 86_400;

it.each([0, 5, 8, 10, 30, 400, 20_000])(
  'a session of %i days gives windows that can be stored',
  async (days) => {
    const sample = LOG_SAMPLES.find(({ name }) => name === 'checkpoint-leef');
    const logs = (sample?.logs ?? []).map((log) => ({
      ...log,
      bytes: Buffer.from(
        Buffer.from(log.bytes)
          .toString()
          .replace(`start_time=${END}`, `start_time=${END - days * DAY}`),
      ),
    }));
    const { windows } = await readLogs(logs, { format: sample?.format.id ?? '', definitions: [] });
    expect(decodeWindows(encodeWindows(windows)).damage).toEqual([]);
    // A start that is further away is a wrong one.
    expect(windows.length > 1).toBe(days > 0 && days <= 7);
  },
);

it('a Zeek connection of ten days keeps the window of its hello', async () => {
  const columns = 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p';
  const log = (path: string, fields: string, row: string) => ({
    name: `${path}.log`,
    bytes: Buffer.from(
      `#separator \\x09\n#path\t${path}\n#fields\t${`${columns} ${fields}`.replaceAll(' ', '\t')}\n1795155000.0\tC1\t10.0.0.5\t40000\t198.51.100.9\t443\t${row.replaceAll(' ', '\t')}\n`,
    ),
  });
  const { windows } = await readLogs(
    [
      log(
        'conn',
        'proto service duration orig_bytes resp_bytes conn_state',
        'tcp ssl 900000.0 100000 200000 SF',
      ),
      log('ssl', 'version server_name established', 'TLSv13 ampcode.com T'),
    ],
    { format: 'zeek', definitions: [] },
  );
  const decoded = decodeWindows(encodeWindows(windows));
  expect(decoded.damage).toEqual([]);
  expect(decoded.windows[0]?.startSeconds).toBe(1_795_154_400);
});
