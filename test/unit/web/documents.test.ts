// Documents of a source: who waits for which reading.

import { expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { Documents, type PageSource } from '../../../src/web/documents.ts';
import { sampleDocument } from '../report/sample-document.ts';
import { siteOver } from './site.ts';

/** Counts the readings of a source whose version can be changed; they end with `end`. */
function openDocuments(end: Promise<unknown> = Promise.resolve()): {
  documents: Documents;
  readings: () => number;
  change: () => void;
} {
  let [readings, version] = [0, 0];
  const source: PageSource = {
    timezone: 'UTC',
    version: () => String(version),
    document: async (): Promise<ReportDocument> => {
      readings++;
      await end;
      return sampleDocument();
    },
    health: () => Promise.reject(new Error('not asked')),
    diagnosis: () => Promise.reject(new Error('not asked')),
    identity: () => null,
  };
  return { documents: new Documents(source), readings: () => readings, change: () => version++ };
}

it('reads a source once for its start and for the requests that wait for it', async () => {
  const { documents, readings, change } = openDocuments();
  const early = documents.findDocument({});
  const read = documents.refresh();
  expect(await Promise.all([early, documents.findDocument({})])).toEqual([
    sampleDocument(),
    sampleDocument(),
  ]);
  await read;
  expect(documents.latest).toBe(await documents.findDocument({}));
  expect(readings()).toBe(1);
  change();
  await documents.refresh();
  expect(readings()).toBe(2);
});

it('shows browsers that the first reading lasts; programs wait for their answer', async () => {
  let end = (): void => undefined;
  const { documents } = openDocuments(
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  const site = await siteOver(sampleDocument(), { documents });
  try {
    const ask = (accept: string): Promise<Response> => fetch(site.url, { headers: { accept } });
    const program = ask('*/*');
    const early = await ask('text/html,*/*');
    expect(early.status).toBe(503);
    expect(early.headers.get('refresh')).toBe('1');
    expect(await early.text()).toContain('Reading the records');
    end();
    expect((await program).status).toBe(200);
    const page = await ask('text/html,*/*');
    expect(page.status).toBe(200);
    expect(page.headers.get('refresh')).toBeNull();
  } finally {
    await site.close();
  }
});
