// A hello with one changed parameter is still a hello to an exclusive name of a tool: the result may be weaker,
// and is never empty.

import { expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import { isProviderKind, PROGRAM_ROLES } from '../../src/catalogue/rules.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { ClientFingerprint } from '../../src/model/usage.ts';
import { openZone } from '../../src/time/zone.ts';
import { exchange, FORMS, row, smallCall, window } from '../unit/attribution/rows.ts';

const catalogue = await loadCatalogue();
const zone = openZone('UTC');

/** Names that only programs of the tool request. */
const ownNames = catalogue.tools
  .filter(({ kind }) => kind !== 'chat')
  .flatMap((tool) =>
    tool.endpoints
      .filter(
        ({ host, specificity, role, visited }) =>
          specificity === 'tool' &&
          (isProviderKind(tool) ? role === 'inference' : PROGRAM_ROLES.has(role)) &&
          role !== 'auth' &&
          role !== 'update' &&
          visited !== true &&
          !host.includes('*'),
      )
      .map(({ host }) => ({ tool: tool.id, kind: tool.kind, host })),
  );

const RECORDED = [
  FORMS.bun144Fetch,
  FORMS.bun144Https,
  FORMS.bun1314,
  FORMS.node22Fetch,
  FORMS.node22Https,
  FORMS.rustls,
  FORMS.rustlsSocket,
];
/** Cipher lists, hashed as in JA4: including TLS 1.3 only in the order of Chromium. */
const CIPHERS = ['55b375c5d22e', '5b57614c22b0', '61a7ad8aa9b6', 'c7886603b240', '000000000000'];

function* changed(fingerprint: ClientFingerprint): Generator<ClientFingerprint> {
  const [a = '', b = '', c = ''] = fingerprint.ja4.split('_');
  for (const ciphers of CIPHERS) yield { ...fingerprint, ja4: `${a}_${ciphers}_${c}` };
  for (const extensions of ['05', '10', '14', '15', '16', '17', '20'])
    yield { ...fingerprint, ja4: `${a.slice(0, 6)}${extensions}${a.slice(8)}_${b}_${c}` };
  yield { ...fingerprint, ja4: `${a}_${b}_${'1'.repeat(12)}` };
  yield { ...fingerprint, ja3: '2'.repeat(32) };
  for (const alpn of [[], ['http/1.1'], ['h2'], ['h2', 'http/1.1']]) yield { ...fingerprint, alpn };
  yield { ...fingerprint, ja4: `q${fingerprint.ja4.slice(1)}`, transport: 'quic' };
  yield { ...fingerprint, ech: fingerprint.ech === 'none' ? 'present' : 'none' };
}

it.each(ownNames)(
  '$host says at least that $tool is possible, whatever one parameter says',
  ({ tool, host }) => {
    for (const fingerprint of RECORDED) {
      for (const hello of changed(fingerprint)) {
        const rows = [row(host, hello, { exchanges: [smallCall(600), exchange()] })];
        const [found] = attribute([window(rows)], catalogue, { zone });
        const said = [...(found?.tools ?? []), ...(found?.providers ?? [])].map(({ use }) => use.tool);
        expect(said, `${hello.transport} ${hello.ja4} ${hello.alpn.join(',')}`).toContain(tool);
      }
    }
  },
);
