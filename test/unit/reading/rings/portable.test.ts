// The package cap compiles capture filters without a limit: the native core refuses long ones before.
import { expect, it } from 'vitest';
import { WiretallyError } from '../../../../src/model/errors.ts';
import { openPortable } from '../../../../src/reading/rings/portable.ts';

const refusalOf = (filter: string): Promise<unknown> =>
  openPortable('lo', filter, () => undefined).then(
    () => null,
    (error: unknown) => (error instanceof WiretallyError ? [error.code, error.message] : error),
  );

it('refuses a filter that libpcap cannot compile in time', { timeout: 60_000 }, async () => {
  const terms = Array.from({ length: 3000 }, (_, i) => `host 10.${i >> 8}.${i & 255}.1`).join(' or ');
  const startMs = performance.now();
  expect(await refusalOf(terms)).toEqual([
    'FILTER_INVALID',
    expect.stringMatching(/^capture filter: the filter takes more than 3 s to compile/),
  ]);
  expect(performance.now() - startMs).toBeLessThan(40_000);
});

it('refuses what is no filter in the words of libpcap', async () => {
  expect(await refusalOf('no such word')).toEqual([
    'FILTER_INVALID',
    expect.stringMatching(/^capture filter: .*syntax error/),
  ]);
});
