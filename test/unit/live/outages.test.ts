import { describe, expect, it } from 'vitest';
import { Outages } from '../../../src/live/watch-loop.ts';
import { openZone } from '../../../src/time/zone.ts';
import { listCoverage } from '../../../src/window/coverage.ts';
import { silentWindow as windowAt } from '../reading/collector/records.ts';

describe('outages', () => {
  it('count from their first second, window by window, until the interface is back', () => {
    const outages = new Outages();
    outages.note('eth0', true, 1);
    expect(outages.open()).toEqual([]);
    outages.note('eth0', false, 70_000_000);
    outages.note('eth0', false, 80_000_000);
    expect(outages.open()).toEqual([{ interface: 'eth0', sinceSeconds: 70 }]);
    const gap = (from: number, to: number) => ({
      fromUs: from * 1e6,
      toUs: to * 1e6,
      reason: 'interfaceDown',
    });
    expect(outages.addTo([windowAt(60)])).toEqual([{ ...windowAt(60), gaps: [gap(70, 120)] }]);
    outages.note('eth0', true, 130_000_000);
    expect(outages.open()).toEqual([]);
    expect(outages.addTo([])).toEqual([]);
    expect(outages.addTo([windowAt(120)])).toEqual([{ ...windowAt(120), gaps: [gap(120, 130)] }]);
    expect(outages.addTo([windowAt(180)])).toEqual([windowAt(180)]);
  });

  it('are one gap in a report, however many windows tell of them', () => {
    const outages = new Outages();
    outages.note('eth0', false, 70_000_000);
    const windows = [60, 120, 180].flatMap((start) => outages.addTo([windowAt(start)]));
    expect(listCoverage(windows, openZone('UTC'))[0]?.gaps).toEqual([
      {
        from: '1970-01-01T00:01:10.000000Z',
        to: '1970-01-01T00:04:00.000000Z',
        reason: 'the interface was down',
      },
    ]);
  });

  it('last to the end where an interface does not come back', () => {
    const outages = new Outages();
    outages.note('eth0', false, 10);
    outages.add('notRunning', 3, 5);
    outages.add('notRunning', 5, 5);
    outages.end(20);
    expect(outages.addTo([windowAt(0)])[0]?.gaps).toEqual([
      { fromUs: 3, toUs: 5, reason: 'notRunning' },
      { fromUs: 10, toUs: 20, reason: 'interfaceDown' },
    ]);
  });
});
