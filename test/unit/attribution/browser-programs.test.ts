// Browser extensions and Electron windows send what a page cannot: any header, to any name. Headers are encrypted and
// the hello stays that of a browser, so no tool is likely by them.

import { expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { openZone } from '../../../src/time/zone.ts';
import { CLAUDE_START, exchange, FORMS, later, post, row, START, window } from './rows.ts';

const catalogue = await loadCatalogue();
const zone = openZone('UTC');

/** An Electron release that was not recorded: HTTP/2 as browsers offer it, in another form. */
const electron = { ...FORMS.chromium, ja4: 't13d1516h2_8daaf6152771_000000000000', ja3: '1'.repeat(32) };
const HELLOS = { extension: FORMS.chromium, electron, 'an extension of Firefox': FORMS.firefox };
/** What a tool sends when it starts, then requests to a model with streamed answers, and telemetry. */
const sent = [
  ...CLAUDE_START.https,
  exchange(),
  exchange({ startMs: 9000, bytesUp: 60_000 }),
  post(5000, 30_000),
];
const KINDS = new Set(['cli', 'agent', 'ide', 'ide-extension']);

const isProgram = (tool: string): boolean =>
  catalogue.tools.some(({ id, kind }) => id === tool && KINDS.has(kind));

const cases = catalogue.tools
  .filter(({ kind }) => KINDS.has(kind))
  .flatMap(({ id, endpoints }) =>
    Object.entries(HELLOS).map(([program, hello]) => {
      const names = endpoints.map(({ host }) => host.replace('*', 'eu'));
      return { id, program, rows: names.map((name) => row(name, hello, { exchanges: sent })) };
    }),
  );

it.each(cases)('$program on the names of $id', ({ rows }) => {
  const windows = [window(rows), window(later(rows, 900), [], START + 900)];
  const [host] = attribute(windows, catalogue, { zone });
  const proven = (host?.tools ?? []).filter(
    ({ use }) => use.confidence !== 'possible' && isProgram(use.tool),
  );
  expect(proven.map(({ use }) => use.tool)).toEqual([]);
});

it('a page that calls a chat more often than requests are kept is no visit', () => {
  const exchanges = Array.from({ length: 256 }, (_, i) => exchange({ startMs: 20 * i, bytesUp: 430 }));
  const cells = [{ upClass: 0, answerClass: 1, count: 44, bytesUp: 44 * 430, bytesDown: 44 * 900 }];
  const windows = [window([row('claude.ai', FORMS.chromium, { exchanges, cells })])];
  const [host] = attribute(windows, catalogue, { zone });
  expect(host?.tools.map(({ use }) => [use.tool, use.confidence])).toEqual([['claude-app', 'possible']]);
});
