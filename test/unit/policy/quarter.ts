// A quarter hour with likely use, at ten o'clock of a day.

import type { RoleTraffic, UsageQuarter } from '../../../src/model/tool.ts';

export const at = (day: string): number => Date.parse(`${day}T10:00:00Z`) / 1000;

export function quarter(day: string): UsageQuarter {
  const startSeconds = at(day);
  const requests = { min: 1, max: 1 };
  const sums = { flows: 1, bytesUp: 9, bytesDown: 9, payloadUp: 9, payloadDown: 9, requests };
  const times = { firstUs: startSeconds * 1e6, lastUs: startSeconds * 1e6 };
  const inference: RoleTraffic = { ...times, ...sums };
  return {
    ...{ startSeconds, isInRow: true, confidence: 'likely', activeMinutes: [startSeconds / 60] },
    ...{ telemetryPayloadUp: null, modelPayloadUp: null, byRole: { inference } },
    ...times,
    ...sums,
  };
}
