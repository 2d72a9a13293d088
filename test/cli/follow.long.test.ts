// Logs that are followed under rotation by a sensor that is killed at any moment make the windows of one reading of all.
import { expect, test } from 'vitest';
import { followUnderRotation } from './follow-run.ts';

const RUNS = [
  { seed: 1, isJson: false, rotation: 'compress', kills: [9, 23, 40, 61, 90] },
  { seed: 2, isJson: true, rotation: 'rename', kills: [4, 31, 52, 77, 101] },
  { seed: 3, isJson: false, rotation: 'copytruncate', kills: [16, 35, 58, 83, 110] },
  { seed: 4, isJson: true, rotation: 'compress', kills: [12, 28, 49, 70, 97] },
] as const;

test.concurrent.for(RUNS)('$rotation, seed $seed', { timeout: 180_000 }, async (run) => {
  const { followed, analyzed, errors } = await followUnderRotation({
    ...run,
    steps: 130,
    stepMs: 150,
    rotateEvery: 12,
    connections: 1500,
  });
  expect(errors).toBe('');
  expect(analyzed.length).toBeGreaterThan(8);
  expect(analyzed.flatMap(({ rows }) => rows).length).toBeGreaterThan(100);
  expect(JSON.stringify(followed)).toBe(JSON.stringify(analyzed));
});
