// Bytes of a use: a log may count none of them, and absent is not zero.
import { describe, expect, it } from 'vitest';
import { findBytes } from '../../../src/model/withheld.ts';
import { bytesText } from '../../../src/report/text/use-bytes.ts';

describe('bytes of a use', () => {
  const logged = {
    bytesUp: 0,
    bytesDown: 0,
    withheld: [{ field: 'bytesUp', reason: 'the log counts none' }],
  };

  it('are unknown, not zero, where a log counts none', () => {
    expect(findBytes(logged, 'bytesUp')).toBeNull();
    expect(bytesText(logged, 'bytesUp')).toBe('–');
    expect(bytesText(logged, 'bytesDown')).toBe('0 B');
  });

  it('are those that the log counts where it counts some', () => {
    expect(bytesText({ ...logged, bytesUp: 2000 }, 'bytesUp')).toBe('2.0 kB');
  });
});
