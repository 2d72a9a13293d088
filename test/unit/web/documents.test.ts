// Documents of a source: who waits for which reading.

import { expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { Documents, type PageSource } from '../../../src/web/documents.ts';
import { sampleDocument } from '../report/sample-document.ts';

/** Counts the readings of a source whose version can be changed. */
function openDocuments(): { documents: Documents; readings: () => number; change: () => void } {
  let [readings, version] = [0, 0];
  const source: PageSource = {
    timezone: 'UTC',
    version: () => String(version),
    document: async (): Promise<ReportDocument> => {
      readings++;
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
  const early = documents.about({});
  const read = documents.refresh();
  expect(await Promise.all([early, documents.about({})])).toEqual([sampleDocument(), sampleDocument()]);
  await read;
  expect(documents.latest).toBe(await documents.about({}));
  expect(readings()).toBe(1);
  change();
  await documents.refresh();
  expect(readings()).toBe(2);
});
