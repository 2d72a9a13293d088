import { describe, expect, it } from 'vitest';
import { Outages } from '../../../src/sensor/outages.ts';
import { silentWindow as windowAt } from '../aggregation/records.ts';

describe('outages', () => {
  it('are told once, from the first word of an interface being down to its return', () => {
    const outages = new Outages();
    outages.note('eth0', true, 1);
    outages.note('eth0', false, 70_000_000);
    outages.note('eth0', false, 80_000_000);
    expect(outages.addTo([windowAt(60)])).toEqual([windowAt(60)]);
    outages.note('eth0', true, 130_000_000);
    expect(outages.addTo([])).toEqual([]);
    const gap = { fromUs: 70_000_000, toUs: 130_000_000, reason: 'interfaceDown' };
    expect(outages.addTo([windowAt(120)])).toEqual([{ ...windowAt(120), gaps: [gap] }]);
    expect(outages.addTo([windowAt(180)])).toEqual([windowAt(180)]);
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
