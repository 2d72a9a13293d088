// One hello means one flow, for any clocks of capture points: by its ends and machines, and by its answers.
import { describe, expect, it } from 'vitest';
import {
  DUPLICATE_KEPT_US,
  DuplicateFlows,
  type SameHello,
} from '../../../src/aggregation/duplicate-flows.ts';
import type { FlowRecord } from '../../../src/model/flow.ts';
import { flow, START_US } from './records.ts';

const HELLO = { helloHash: 'a'.repeat(16), isAnswered: true, clientMac: '02:00:00:00:00:01' };
const first = flow({ ...HELLO, flowId: 1, helloUs: START_US });

function outcomeOf(over: Partial<FlowRecord>, seconds = 15, earlier: Partial<FlowRecord> = {}): SameHello {
  const helloUs = START_US + seconds * 1e6;
  const second = flow({ ...HELLO, flowId: 2, helloUs, flowFirstUs: helloUs, firstUs: helloUs, ...over });
  const flows = new DuplicateFlows();
  flows.note({ ...first, ...earlier });
  flows.note(second);
  return flows.sameHello(second).outcome;
}

const OTHER_MAC = { clientMac: '02:00:00:00:00:02' };

describe('two flows with one hello', () => {
  it('are one flow behind a translated address, within seconds', () => {
    expect(outcomeOf({ client: '192.0.2.50', ...OTHER_MAC }, 5)).toBe('secondLeg');
  });

  it.each([15, 60, 3600, 80_000])('are two of two addresses %i s apart: an old one hides none', (seconds) => {
    expect(outcomeOf({ client: '192.0.2.50', ...OTHER_MAC }, seconds)).toBe('copy');
  });

  it.each([15, 60, 3600, 80_000])('are one flow at two capture points, %i s apart', (seconds) => {
    expect(outcomeOf(OTHER_MAC, seconds)).toBe('again');
  });

  it('of one machine may be one flow: nothing that one machine alone sends hides a use', () => {
    expect(outcomeOf({}, 600)).toBe('unclear');
    expect(outcomeOf({}, 600, { isContradicted: true })).toBe('retold');
  });

  it('are two where the earlier one is unanswered', () => {
    for (const over of [{}, OTHER_MAC, { client: '192.0.2.50', ...OTHER_MAC }])
      expect(outcomeOf({ ...over, lastUs: START_US + 700e6 }, 600, { isAnswered: false })).toBe('copy');
  });

  it('are two where nothing connects them', () => {
    const elsewhere = { client: '192.0.2.50', server: '198.51.100.99', ...OTHER_MAC };
    expect(outcomeOf(elsewhere, 600)).toBe('copy');
    expect(outcomeOf({ helloHash: 'b'.repeat(16) }, 600)).toBe('only');
  });

  it('are forgotten after a day', () => {
    const flows = new DuplicateFlows();
    flows.note(first);
    flows.expire(START_US + DUPLICATE_KEPT_US);
    expect(flows.sameHello({ ...first, flowId: 2, helloUs: START_US + 1 }).outcome).toBe('only');
  });
});

describe('a flood of hellos', () => {
  it('takes the place of those that are not near, and no more', () => {
    const flows = new DuplicateFlows();
    const note = (count: number, from: number, atUs: number): void => {
      for (let i = 0; i < count; i++)
        flows.note(flow({ ...HELLO, flowId: from + i, helloHash: String(from + i), helloUs: atUs }));
    };
    note(131_072, 1, START_US);
    note(1, 200_000, START_US + 1e6);
    expect(flows.overflow).toBe(1);
    note(1, 200_001, START_US + 60e6);
    expect(flows.overflow).toBe(1);
    const late = flow({ ...HELLO, ...OTHER_MAC, flowId: 9, helloHash: '200001', helloUs: START_US + 90e6 });
    expect(flows.sameHello(late).outcome).toBe('again');
  });
});
