// A compressed log that is damaged is never passed over, however short it is.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openSource } from '../../../../src/query/source.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('gzip-damage');

const LINE = JSON.stringify({
  ...{ timestamp: '2026-11-18T11:10:10.000000+0000', flow_id: 1, event_type: 'flow' },
  ...{ src_ip: '192.0.2.10', src_port: 30_010, dest_ip: '198.51.100.20', dest_port: 443, proto: 'TCP' },
  flow: { bytes_toserver: 10, bytes_toclient: 10, start: '2026-11-18T11:10:00.000000+0000' },
});
const WHOLE = gzipSync(`${LINE}\n`.repeat(20));

it.each<[string, Buffer, boolean]>([
  ['is whole', WHOLE, false],
  ['is padded with zeros', Buffer.concat([WHOLE, Buffer.alloc(512)]), false],
  ['lacks its last bytes', WHOLE.subarray(0, -9), true],
  ['is followed by other bytes', Buffer.concat([WHOLE, Buffer.from('other bytes')]), true],
  ['has other bytes in it', Buffer.concat([WHOLE.subarray(0, 30), Buffer.alloc(20, 0xff)]), true],
])('one that %s', async (name, bytes, isDamaged) => {
  const place = join(folder, name.replaceAll(' ', '-'));
  mkdirSync(place);
  writeFileSync(join(place, 'eve.json.gz'), bytes);
  const { errors } = await (await openSource([place], {})).read();
  expect(errors.length > 0).toBe(isDamaged);
});
