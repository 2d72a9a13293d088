// Reading as programs use it: an abort() is heard after each batch, and a missing file is an error.

import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { analyze, loadCatalogue, readFlows, readHandshakes } from '../../../../src/index.ts';
import { type DecoderOptions, loadAddon, type NativeDecoder } from '../../../../src/native/addon.ts';
import { temporaryFolder } from '../../../temporary.ts';

const DEMO = 'captures/demo.pcap.gz';
const folder = temporaryFolder('abort');
afterEach(() => vi.restoreAllMocks());

/** Batches of the input that are asked for after the signal was aborted. */
function countBatches(signal: AbortSignal): { before: number; after: number } {
  const counts = { before: 0, after: 0 };
  const addon = loadAddon();
  const create = addon.createDecoder;
  vi.spyOn(addon, 'createDecoder').mockImplementation((options: DecoderOptions) => {
    const decoder = create(options);
    let isFinishing = false;
    return new Proxy(decoder, {
      get(target, name: keyof NativeDecoder) {
        if (name === 'finish') isFinishing = true;
        if (name === 'poll' && !isFinishing) counts[signal.aborted ? 'after' : 'before']++;
        const value = target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  });
  return counts;
}

describe('abort()', () => {
  it('is heard after the batch', async () => {
    const abort = new AbortController();
    const counts = countBatches(abort.signal);
    let batches = 0;
    const whenReady = (): null => {
      if (++batches === 2) setImmediate(() => abort.abort());
      return null;
    };
    const whole = await readFlows([DEMO], {}, () => undefined);
    const batchesOfAll = counts.before;
    counts.before = 0;
    const part = await readFlows([DEMO], { signal: abort.signal, whenReady }, () => undefined);
    expect(part.interrupted).toBe(true);
    expect(part.counters.packets).toBeLessThan(whole.counters.packets);
    expect(counts.before).toBeLessThan(batchesOfAll);
    expect(counts.after).toBeLessThanOrEqual(1);
  });

  it.each([
    ['flows', readFlows],
    ['hellos', readHandshakes],
  ] as const)('at the tenth of the %s is heard before the next', async (_, read) => {
    const abort = new AbortController();
    let given = 0;
    const emit = () => {
      if (++given === 10) abort.abort();
    };
    const summary = await read([DEMO], { signal: abort.signal }, emit);
    expect(given).toBe(10);
    expect(summary.interrupted).toBe(true);
  });
});

describe('a missing file', () => {
  const missing = join(folder, 'none.pcap');

  it('is INPUT_UNREADABLE', async () => {
    const error = { code: 'INPUT_UNREADABLE', message: expect.stringMatching(/none\.pcap: no such file$/) };
    await expect(readFlows([missing], {}, () => undefined)).rejects.toMatchObject(error);
    await expect(readHandshakes([missing], {}, () => undefined)).rejects.toMatchObject(error);
    await expect(analyze([missing], { catalogue: await loadCatalogue() })).rejects.toMatchObject(error);
  });

  it('next to others is in the errors of the result', async () => {
    const { errors, captures } = await readFlows([missing, DEMO], {}, () => undefined);
    expect(errors).toMatchObject([{ code: 'INPUT_UNREADABLE' }]);
    expect(captures).toHaveLength(1);
  });
});
