// `diagnose` as a user runs it: one capture point, and two.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const CAPTURE = 'captures/faults/claude-tcp-blackhole-name.pcap.gz';

describe('diagnose', () => {
  it('names fault and place of one capture', async () => {
    const { code, out } = await wiretally(['diagnose', CAPTURE]);
    expect(code).toBe(0);
    expect(out).toContain('tcp-blackhole, likely\n  where:   local-firewall\n');
    expect(out).toMatch(/\n\nTimes are UTC\.\n$/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('makes a page with the place, the change and the course of the connections', async () => {
    const { code, out } = await wiretally(['diagnose', CAPTURE, '--format', 'html']);
    expect(code).toBe(0);
    expect(out).toContain('<h1>Connections to api.anthropic.com are dropped without an answer.</h1>');
    expect(out).toContain(
      '<span>claude-tcp-blackhole-name.pcap.gz</span><span>records from <time>2026-11-21 ',
    );
    expect(out).not.toContain('captures/');
    expect(out).toMatch(/<li class="at" aria-current="true"><b><svg .*?<\/svg>Firewall<\/b>/);
    expect(out).toContain('allow TCP from 10.77.0.2 to api.anthropic.com (now 198.51.100.5), port 443.</p>');
    expect(out).toMatch(
      /<desc id="d0s0d">0 ms SYN \(lost\); +133 repetitions in 22 connections, no answer \(lost\)<\/desc>/,
    );
    expect(out).toContain('host 10.77.0.2 and host 198.51.100.5<');
  });

  it('moves the place behind a second capture that shows the same', async () => {
    const { code, out } = await wiretally(['diagnose', CAPTURE, '--behind', CAPTURE]);
    expect(code).toBe(0);
    expect(out).toContain('tcp-blackhole, likely\n  where:   path, certain\n');
  });

  it('states what changed since another capture', async () => {
    const { code, out } = await wiretally(['diagnose', CAPTURE, '--compare', CAPTURE, '--format', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(out).comparison).toEqual({ names: 1, changes: [], onlyBefore: [], onlyAfter: [] });
  });

  it('diagnoses the time between two instants', async () => {
    const { out } = await wiretally(['diagnose', CAPTURE, '--until', '2026-11-21T20:49:00Z']);
    expect(out).toMatch(/^No connection to a name of the catalogue was seen/);
    const asked = ['--since', '2026-11-21T20:50', '--against-since', '2026-11-21T20:49', '--timezone', 'UTC'];
    const { out: compared } = await wiretally(['diagnose', CAPTURE, ...asked]);
    expect(compared).toContain('What changed:\n');
  });

  it('compares a source with itself up to the diagnosed time, or with the given part', async () => {
    const folder = temporaryFolder('diagnose-compare');
    const store = join(folder, 'history.usage');
    await wiretally(['analyze', CAPTURE, '--store', store]);
    const since = ['diagnose', store, '--since', '2026-11-21T20:50', '--timezone', 'UTC', '--format', 'json'];
    const { out } = await wiretally([...since, '--compare', store]);
    const { out: expected } = await wiretally([...since, '--against-since', '2026-11-21']);
    expect(out).toBe(expected);
    expect(JSON.parse(out).comparison).toEqual({ names: 1, changes: [], onlyBefore: [], onlyAfter: [] });
    const empty = ['--against-since', '2026-11-20', '--against-until', '2026-11-21'];
    const { out: before } = await wiretally([...since, '--compare', store, ...empty]);
    expect(JSON.parse(before).comparison).toEqual({
      ...{ names: 0, changes: [], onlyBefore: [] },
      onlyAfter: ['api.anthropic.com'],
    });
  });

  it('takes one comparison at once', async () => {
    const { code, err } = await wiretally(['diagnose', CAPTURE, '--compare', CAPTURE, '--behind', CAPTURE]);
    expect(code).toBe(2);
    expect(err).toContain('two comparisons at once');
  });

  it('says what is wrong with a second capture that cannot be read', async () => {
    const { code, out, err } = await wiretally(['diagnose', CAPTURE, '--behind', 'no-such.pcap']);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('no-such.pcap');
  });
});
