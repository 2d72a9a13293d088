// `diagnose` as a user runs it: one capture point, and two.
import { describe, expect, it } from 'vitest';
import { wiretally } from './run.ts';

const CAPTURE = 'captures/faults/claude-tcp-blackhole-name.pcap.gz';

describe('diagnose', () => {
  it('names fault and place of one capture', async () => {
    const { code, out } = await wiretally(['diagnose', CAPTURE]);
    expect(code).toBe(0);
    expect(out).toContain('tcp-blackhole, likely\n  where:   local-firewall\n');
  });

  it('moves the place behind a second capture that shows the same', async () => {
    const { code, out } = await wiretally(['diagnose', CAPTURE, '--behind', CAPTURE]);
    expect(code).toBe(0);
    expect(out).toContain('tcp-blackhole, likely\n  where:   path, certain\n');
  });

  it('says what is wrong with a second capture that cannot be read', async () => {
    const { code, out, err } = await wiretally(['diagnose', CAPTURE, '--behind', 'no-such.pcap']);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('no-such.pcap');
  });
});
