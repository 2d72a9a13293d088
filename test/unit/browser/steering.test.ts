// What a policy changes of an analysis in a page.

import { expect, it } from 'vitest';
import { buildSteering } from '../../../src/browser/analyze-in-page.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';

const core = { sha256: () => 'sum' } as unknown as Parameters<typeof buildSteering>[0]['core'];
const engine = { core, catalogue: await loadCatalogue() };
const policy = (more: string) => ({
  name: 'p.yaml',
  text: `version: 1\nname: office\ntimezone: Asia/Shanghai\nrules:\n  - { id: A, title: none, match: { tools: [claude-code] }, action: deny }\n${more}`,
});

it('is its zone, and the networks that are not recorded', () => {
  const asked = { policy: policy('groups:\n  guests: { cidr: [10.99.0.0/16], exclude: true }\n') };
  expect(buildSteering(engine, asked)).toMatchObject({
    timezone: 'Asia/Shanghai',
    exclude: ['10.99.0.0/16'],
  });
  expect(buildSteering(engine, { ...asked, timezone: 'UTC' })).toMatchObject({ timezone: 'UTC' });
  expect(buildSteering(engine, {})).toEqual({ timezone: 'UTC', policy: null, exclude: [] });
});

it('is refused where it asks for pseudonyms, for which a page has no key', () => {
  const asked = { policy: policy('privacy: { hosts: pseudonym }\n') };
  expect(() => buildSteering(engine, asked)).toThrow('a browser has no key');
  expect(() => buildSteering(engine, { ...asked, timezone: 'UTC' })).toThrow('a browser has no key');
});
