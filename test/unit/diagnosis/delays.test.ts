import { expect, test } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { OutcomeCell } from '../../../src/model/usage.ts';
import { openSource } from '../../../src/query/source.ts';
import { delayBucket } from './delay-bucket.ts';

const CAPTURE = 'captures/demo.pcap.gz';

const sum = (counts: readonly number[] | undefined): number => (counts ?? []).reduce((a, b) => a + b, 0);

test('the core counts delays in the buckets of the model', async () => {
  const source = await openSource([CAPTURE], { loadedCatalogue: await loadCatalogue(), workers: 1 });
  const { windows } = await source.read();
  const cells = windows.flatMap(({ outcomes = [] }): readonly OutcomeCell[] => outcomes);
  const single = cells.filter(({ count, handshakeMaxUs }) => count === 1 && handshakeMaxUs > 0);
  expect(single.length).toBeGreaterThan(0);
  for (const { handshakeDelays, handshakeMaxUs } of single) {
    expect(handshakeDelays?.length).toBe(delayBucket(handshakeMaxUs) + 1);
    expect([sum(handshakeDelays), handshakeDelays?.at(-1)]).toEqual([1, 1]);
  }
  for (const { kind, count, handshakeMaxUs, delayMaxUs, handshakeDelays, answerDelays } of cells) {
    expect(sum(handshakeDelays)).toBeLessThanOrEqual(handshakeMaxUs === 0 ? 0 : count);
    if (kind === 'served') expect(answerDelays?.length).toBe(delayBucket(delayMaxUs) + 1);
    else expect(answerDelays).toBeUndefined();
  }
});
