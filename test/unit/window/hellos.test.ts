// Configurations of Encrypted ClientHello: sums by outer name and id, and ids that are refused.
import { expect, it } from 'vitest';
import { sumEchConfigs } from '../../../src/model/ech-configs.ts';
import { renameParts, unionParts } from '../../../src/window/host-parts.ts';

const one = { host: '10.0.0.1', hellos: 3, ech: 2, hidden: 2, unlistedRequests: 0 } as const;
const config = (id: number, hellos: number) => ({ outer: 'cloudflare-ech.com', id, hellos }) as const;

it('sums configurations in the order of names and numbers', () => {
  expect(
    sumEchConfigs([
      [config(9, 1), config(200, 1)],
      [config(31, 2), config(9, 4)],
    ]),
  ).toEqual([config(9, 5), config(31, 2), config(200, 1)]);
});

it('leaves out ids that are no byte', () => {
  expect(sumEchConfigs([[config(256, 1), config(255, 1)]])).toEqual([config(255, 1)]);
});

it('sums those of hosts that get one name', () => {
  const hellos = [
    { ...one, echConfigs: [config(1, 2)] },
    { ...one, host: '10.0.0.2', echConfigs: [config(1, 1), config(2, 1)] },
  ];
  expect(renameParts({ hellos }, () => 'p')).toEqual(
    unionParts([
      {
        hellos: [
          {
            host: 'p',
            hellos: 6,
            ech: 4,
            hidden: 4,
            unlistedRequests: 0,
            echConfigs: [config(1, 3), config(2, 1)],
          },
        ],
      },
    ]),
  );
});
