// What is written as pcapng is read again, by this product and by the specification.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readFlows } from '../../../../src/reading/captures/analyze-captures.ts';
import { PcapngWriter } from '../../../../src/reading/captures/pcapng-writer.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('pcapng');

/** IPv4 and TCP without data, from port 40000 + i. */
const ip = (i: number): number[] => [
  ...[0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
  ...[0x9c, 0x40 + i, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 255, 255, 0, 0, 0, 0],
];
const ETHERNET = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];

it('keeps time, length and link type of packets, with one interface per link type', async () => {
  const writer = new PcapngWriter();
  const ns = 1_783_906_416_123_456_789n;
  const time = [Number(ns & 0xffff_ffffn), Number(ns >> 32n)] as const;
  const blocks = [
    [writer.start()],
    writer.packet({ linkType: 1, time, wireBytes: 99, bytes: Uint8Array.from([...ETHERNET, ...ip(0)]) }),
    writer.packet({ linkType: 101, time, wireBytes: 40, bytes: Uint8Array.from(ip(1)) }),
    writer.packet({ linkType: 1, time, wireBytes: 55, bytes: Uint8Array.from([...ETHERNET, ...ip(2), 7]) }),
  ];
  expect(blocks.map((part) => part.length)).toEqual([1, 2, 2, 1]);
  const path = join(folder, 'made.pcapng');
  const bytes = Buffer.concat(blocks.flat());
  writeFileSync(path, bytes);
  expect(bytes.length % 4).toBe(0);
  const seen: string[] = [];
  const { captures, errors } = await readFlows([path], {}, ({ flow }) => {
    seen.push(`${flow.clientPort} ${flow.flowFirstUs} ${flow.bytesUp}`);
  });
  expect(errors).toEqual([]);
  expect(captures).toMatchObject([{ packets: 3, linkTypes: [1, 101], truncated: false }]);
  expect(seen.sort()).toEqual([
    '40000 1783906416123456 99',
    '40001 1783906416123456 40',
    '40002 1783906416123456 55',
  ]);
});
