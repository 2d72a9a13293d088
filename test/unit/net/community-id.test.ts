import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { communityId, type FlowEnds } from '../../../src/net/community-id.ts';

const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64');

describe('community ID v1', () => {
  // Vectors of the specification's baseline (corelight/community-id-spec, seed 0).
  const cases: { name: string; ends: FlowEnds; expected: string | null }[] = [
    {
      name: 'TCP',
      ends: {
        client: '128.232.110.120',
        clientPort: 34855,
        server: '66.35.250.204',
        serverPort: 80,
        protocol: 'tcp',
      },
      expected: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    },
    {
      name: 'UDP',
      ends: { client: '192.168.1.52', clientPort: 54585, server: '8.8.8.8', serverPort: 53, protocol: 'udp' },
      expected: '1:d/FP5EW3wiY1vCndhwleRRKHowQ=',
    },
    {
      name: 'a pseudonym, which has none',
      ends: { client: 'host-4fa1', clientPort: 1, server: '8.8.8.8', serverPort: 53, protocol: 'udp' },
      expected: null,
    },
  ];

  it.each(cases)('is right for $name', ({ ends, expected }) => {
    expect(communityId(ends, sha1)).toBe(expected);
    const swapped = {
      ...ends,
      client: ends.server,
      clientPort: ends.serverPort,
      server: ends.client,
      serverPort: ends.clientPort,
    };
    expect(communityId(swapped, sha1)).toBe(expected);
  });
});
