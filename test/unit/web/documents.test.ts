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

it('has a summary first, the whole document at the next look, and never takes one for the other', async () => {
  const made: string[] = [];
  let version = 0;
  const make = (kind: string) => async (): Promise<ReportDocument> => {
    made.push(kind);
    return { ...sampleDocument(), command: kind };
  };
  const source = {
    timezone: 'UTC',
    version: () => String(version),
    document: make('whole'),
    summary: make('summary'),
  };
  const documents = new Documents(source as unknown as PageSource);
  await documents.refresh();
  expect(documents).toMatchObject({ isReady: true, isWhole: false, latest: { command: 'summary' } });
  expect((await documents.summary({})).command).toBe('summary');
  expect(made).toEqual(['summary']);
  // A page with details does not wait for the next look.
  expect((await documents.findDocument({ since: 1 })).command).toBe('whole');
  expect((await documents.summary({ since: 1 })).command).toBe('whole');
  expect((await documents.summary({ since: 2 })).command).toBe('summary');
  expect((await documents.findDocument({ since: 2 })).command).toBe('whole');
  version++;
  await documents.refresh();
  expect(documents).toMatchObject({ isWhole: true, latest: { command: 'whole' } });
  expect((await documents.summary({})).command).toBe('whole');
  expect(made).toEqual(['summary', 'whole', 'summary', 'whole', 'whole']);
});

it('reads the whole document of an unchanged source at the next look', async () => {
  const source = {
    timezone: 'UTC',
    version: () => '1',
    document: async () => ({ ...sampleDocument(), command: 'whole' }),
    summary: async () => sampleDocument(),
  };
  const documents = new Documents(source as unknown as PageSource);
  for (const isWhole of [false, true]) {
    await documents.refresh();
    expect(documents.isWhole).toBe(isWhole);
  }
  expect(documents.latest?.command).toBe('whole');
  expect((await documents.summary({})).command).toBe('whole');
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
