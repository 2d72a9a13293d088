// The built-in catalogue as the build keeps it: sensors are answered without the tools, and everything else with them.

import { describe, expect, it } from 'vitest';
import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { addOwn } from '../../../src/catalogue/parse.ts';
import { compileBuiltIn, formatCompiled, parseCatalogue } from '../../../src/files/catalogue-files.ts';

const built = new Catalogue(compileBuiltIn());
const [first = '', tools = '', ...more] = formatCompiled().split('\n');

/** One of each known form, with and without HTTP/1.1. */
const HELLOS = built.data.runtimes.flatMap(({ builds }) =>
  builds.flatMap(({ forms }) =>
    forms.flatMap(({ ja4, ja3 = [''] }) =>
      [[], ['http/1.1']].map(
        (alpn) => ({ transport: 'tcp', ja4, ja3: ja3[0] ?? '', alpn, ech: 'none' }) as const,
      ),
    ),
  ),
);

describe('the compiled catalogue', () => {
  it('is two lines of ASCII', () => {
    expect(more).toEqual([]);
    expect(`${first}${tools}`).toMatch(/^[\x20-\x7e]+$/);
  });

  it('is that of the files', () => {
    const kept = parseCatalogue(Buffer.from(`${first}\n${tools}`));
    expect(kept.sensorPart).toEqual(built.sensorPart);
    // Half a megabyte that no message should contain.
    expect(kept.text() === built.text()).toBe(true);
    expect(kept.tool('claude-code')?.name).toBe('Claude Code');
  });

  it('takes own entries as that of the files does', () => {
    const kept = parseCatalogue(Buffer.from(`${first}\n${tools}`));
    const entry = {
      id: 'own',
      name: 'Own',
      vendor: 'Own',
      kind: 'cli',
      homepage: 'https://own.example',
      endpoints: [],
    };
    const own = [{ file: 'own.json', text: JSON.stringify(entry) }];
    const [one, other] = [kept, built].map(({ data }) => new Catalogue(addOwn(data, own)));
    expect(one?.tool('own')?.name).toBe('Own');
    expect(one?.text() === other?.text()).toBe(true);
    expect(one?.sensorPart).toEqual(other?.sensorPart);
  });

  it('answers sensors without its tools', () => {
    const kept = parseCatalogue(Buffer.from(`${first}\nno JSON`));
    expect(kept.watchlist()).toEqual(built.watchlist());
    for (const name of ['api.anthropic.com', 'office.example', 'a.b.datadoghq.com'])
      expect(kept.isListed(name)).toBe(built.isListed(name));
    for (const address of ['160.79.104.10', '2607:6bc0::1', '192.0.2.1'])
      expect(kept.findNetworkOwner(address)).toBe(built.findNetworkOwner(address));
    const seen = (catalogue: Catalogue) =>
      HELLOS.map((hello) => [
        catalogue.runtimeOf(hello),
        catalogue.needsLoop(hello),
        catalogue.keepsConversation(hello),
      ]);
    expect(seen(kept)).toEqual(seen(built));
    expect(new Set(seen(built).map(String)).size).toBeGreaterThan(3);
    expect(() => kept.tools).toThrow(SyntaxError);
  });
});
