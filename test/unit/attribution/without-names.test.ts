// Rows without their names: what stands under an address, and what is gone.
import { expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { hideServerNames } from '../../../src/attribution/hide-names.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { asked, exchange, FORMS, row, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue();

const hidden = (rows: readonly UsageRow[]) =>
  hideServerNames([window(rows, [asked('api.anthropic.com')])], catalogue)[0];

it('keeps a row under an address of a network that a vendor owns, without names and products', () => {
  const one = row('api.anthropic.com', FORMS.curl, {
    servers: ['198.51.100.7', '160.79.104.10'],
    userAgent: 'claude-cli/2.0',
  });
  const left = hidden([one]);
  expect(left?.queriedNames).toEqual([]);
  expect(left?.rows).toEqual([{ ...one, name: '[160.79.104.10]', nameFrom: 'network', userAgent: null }]);
});

it('names the provider of such a network as possible, by its address', () => {
  const one = row('api.anthropic.com', FORMS.bun144Fetch, {
    servers: ['160.79.104.10'],
    exchanges: [exchange()],
  });
  const found = attribute(hideServerNames([window([one])], catalogue), catalogue, { zone: openZone('UTC') });
  expect(found.flatMap(({ tools }) => tools)).toEqual([]);
  expect(found.flatMap(({ providers }) => providers.map(({ use }) => [use.tool, use.confidence]))).toEqual([
    ['anthropic-api', 'possible'],
  ]);
});

it('keeps what talks to an address as an agent does, and names no tool for it', () => {
  const agent = row('api.anthropic.com', FORMS.bun144Fetch, { exchanges: [exchange()] });
  expect(hidden([agent])?.rows).toEqual([{ ...agent, name: '[198.51.100.7]', nameFrom: 'host' }]);
  const found = attribute(hideServerNames([window([agent])], catalogue), catalogue, {
    zone: openZone('UTC'),
  });
  expect(found.flatMap(({ tools }) => tools)).toEqual([]);
  expect(found.flatMap(({ providers }) => providers.map(({ use }) => [use.tool, use.confidence]))).toEqual([
    ['relay', 'possible'],
  ]);
});

it.each([
  ['a browser', row('claude.ai', FORMS.chromium, { exchanges: [exchange()] })],
  [
    'a runtime with small calls',
    row('api.anthropic.com', FORMS.bun144Fetch, { exchanges: [smallCall(400)] }),
  ],
  ['a flow without a hello', row('api.anthropic.com', null, { exchanges: [exchange()] })],
  [
    'a row without an address',
    row('api.anthropic.com', FORMS.bun144Fetch, { servers: [], exchanges: [exchange()] }),
  ],
])('keeps nothing of %s', (_, one) => {
  expect(hidden([one])?.rows).toEqual([]);
});

it('sums rows of several names at one address', () => {
  const one = row('api.anthropic.com', FORMS.bun144Fetch, { exchanges: [exchange()] });
  const other = row('claude.ai', FORMS.bun144Fetch, { exchanges: [smallCall(400)] });
  const [sum, ...more] = hidden([one, other])?.rows ?? [];
  expect(more).toEqual([]);
  expect([sum?.flows, sum?.bytesUp, sum?.exchanges.length]).toEqual([2, 120_000, 2]);
});
