// Alerts for names that first offer Encrypted ClientHello: each once in a run, with its first answer.
import { expect, it } from 'vitest';
import { EchAlerts } from '../../../src/live/alerts/ech-alerts.ts';
import type { Alert } from '../../../src/live/alerts/sinks.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';

const START_US = 1_783_900_800_000_000;

type Asked = UsageWindow['queriedNames'][number];
const asked = (name: string, ...answers: readonly (readonly [string, number])[]): Asked => ({
  ...{ host: '10.0.0.1', name, count: 1, firstUs: START_US, lastUs: START_US, addresses: [] },
  ...{ offersEch: answers.length > 0, isLogged: false },
  echAnswers: answers.map(([resolver, us]) => ({ resolver, firstUs: START_US + us, ttlSeconds: 300 })),
});

function raisedBy(
  batches: readonly (readonly Asked[])[],
  pseudonymOf: ((host: string) => string) | null = null,
): { readonly alerts: Alert[]; readonly said: string[] } {
  const [alerts, said]: [Alert[], string[]] = [[], []];
  const checked = new EchAlerts({
    pseudonymOf,
    raise: (alert) => void alerts.push(alert),
    print: (text) => void said.push(text),
  });
  for (const batch of batches) checked.add([{ queriedNames: batch }]);
  return { alerts, said };
}

it('raises a name once, with the first answer of the windows that close together', () => {
  const { alerts } = raisedBy([
    [asked('claude.ai')],
    [asked('claude.ai', ['9.9.9.9', 5], ['10.0.0.53', 2]), asked('chatgpt.com', ['10.0.0.53', 1])],
    [asked('claude.ai', ['1.1.1.1', 0])],
  ]);
  expect(alerts.map(({ id, time }) => [id, time])).toEqual([
    ['ech/chatgpt.com', '2026-07-13T00:00:00.000001Z'],
    ['ech/claude.ai', '2026-07-13T00:00:00.000002Z'],
  ]);
  const [, second] = alerts;
  expect(second?.text).toContain('claude.ai offers Encrypted ClientHello: resolver 10.0.0.53');
  expect(JSON.parse(second?.line ?? '')).toMatchObject({
    event_type: 'alert',
    alert: { signature: 'claude.ai offers Encrypted ClientHello', severity: 4 },
    wiretally: { type: 'ech', name: 'claude.ai', resolver: '10.0.0.53', ttl: 300 },
  });
});

it('shows no resolver of the network behind pseudonyms', () => {
  const { alerts } = raisedBy([[asked('claude.ai', ['10.0.0.53', 1])]], () => 'host-7');
  expect(JSON.stringify(alerts)).not.toContain('10.0.0');
});

it('stops at a number of names, and says so once', () => {
  const many = Array.from({ length: 300 }, (_, i) => asked(`n${i}.claude.ai`, ['9.9.9.9', i]));
  const { alerts, said } = raisedBy([many, [asked('claude.ai', ['9.9.9.9', 0])]]);
  expect(alerts).toHaveLength(256);
  expect(said).toHaveLength(1);
});
