// Findings of runs that share a state folder: other sensors, other policies, other receivers.
import { appendFileSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AlertState } from '../../../src/live/alerts/alert-state.ts';
import { type Alerts, buildAlerts } from '../../../src/live/alerts/policy-outboxes.ts';
import type { Alert, AlertSink } from '../../../src/live/alerts/sinks.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = (): string => temporaryFolder('alerts');
const alert = (id: string): Alert => ({ id, time: '', severity: 'high', line: `{"id":"${id}"}`, text: id });

interface Receiver extends AlertSink {
  readonly taken: string[];
}

function receiver(name: string, isAway = false): Receiver {
  const taken: string[] = [];
  return {
    name,
    taken,
    async send(item) {
      if (isAway) throw new Error('away');
      taken.push(item.id);
    },
  };
}

interface RunOptions {
  readonly state: string;
  readonly policy?: string;
  readonly sensor?: string;
  readonly replayAlerts?: true;
  readonly sinks?: readonly AlertSink[];
}

/** A run that raises findings and ends; returns its log. */
async function run(
  { state, policy = 'A', sinks = [], ...rest }: RunOptions,
  ids: readonly string[],
): Promise<string[]> {
  const reported: string[] = [];
  const tell = (text: string): void => void reported.push(text);
  const alerts = buildAlerts({ state, interface: ['eth0'], ...rest }, sinks, { tell, print: tell });
  await alerts.admit(policy);
  for (const id of ids) await alerts.raise(alert(id), policy);
  await alerts.close();
  return reported;
}

/** As after a crash: nothing is waited for. */
async function crashed(alerts: Alerts, policy: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) await alerts.raise(alert(id), policy);
}

// At the same time: a run whose receiver is away waits three seconds at its end.
describe.concurrent('findings of an earlier run', () => {
  it.each([
    ['policy', { policy: 'B' }],
    ['sensor', { sensor: 'site-2' }],
  ])(
    'are not sent under another %s, and silence nothing there',
    async (_, other) => {
      const state = folder();
      const away = receiver('hook', true);
      await run({ state, sensor: 'site-1', sinks: [away] }, ['1', '2']);
      const hook = receiver('hook');
      const reported = await run({ state, sensor: 'site-1', sinks: [hook], ...other }, ['2', '3']);
      expect(hook.taken).toEqual(['2', '3']);
      expect(reported.filter((text) => text.startsWith('finding:'))).toEqual(['finding: 2', 'finding: 3']);
    },
    20_000,
  );

  it('are sent by the next run of the same sensor and policy', async () => {
    const state = folder();
    await run({ state, sensor: 'site-1', sinks: [receiver('hook', true)] }, ['1']);
    const hook = receiver('hook');
    const reported = await run({ state, sensor: 'site-1', sinks: [hook] }, ['1']);
    expect(hook.taken).toEqual(['1']);
    expect(reported).toContain('finding: 1 (an earlier run raised it)');
  }, 20_000);

  it('do not flood a receiver that is new, which gets what is raised again', async () => {
    const state = folder();
    await run({ state, sinks: [receiver('a')] }, ['1', '2', '3']);
    const [a, b] = [receiver('a'), receiver('b')];
    await run({ state, sinks: [a, b] }, ['2']);
    expect([a.taken, b.taken]).toEqual([[], ['2']]);
  });

  it('are named, and sent again on request alone', async () => {
    const state = folder();
    await run({ state, policy: 'A', sinks: [receiver('hook', true)] }, ['1', '2']);
    const hook = receiver('hook');
    const reported = await run({ state, policy: 'B', sinks: [hook] }, []);
    expect(hook.taken).toEqual([]);
    expect(reported.join('\n')).toContain(
      '2 findings of earlier runs under other policies were not delivered',
    );
    expect(reported.join('\n')).toContain('--replay-alerts');
    await run({ state, policy: 'B', sinks: [hook], replayAlerts: true }, []);
    expect(hook.taken).toEqual(['1', '2']);
    await run({ state, policy: 'B', sinks: [hook], replayAlerts: true }, []);
    expect(hook.taken).toEqual(['1', '2']);
  }, 20_000);

  it('are sent once more when they are raised again and that is asked for', async () => {
    const state = folder();
    const hook = receiver('hook');
    for (const replayAlerts of [{}, {}, { replayAlerts: true } as const])
      await run({ state, sinks: [hook], ...replayAlerts }, ['1', '1']);
    expect(hook.taken).toEqual(['1', '1']);
  });
});

describe('the journal of findings', () => {
  it('is named at the start', async () => {
    const state = folder();
    const reported = await run({ state, sensor: 'site 1/../x' }, []);
    const [journal = ''] = readdirSync(state);
    expect(journal).toMatch(/^alerts-site_1_\.\._x-[0-9a-f]{8}-[0-9a-f]{12}\.ndjson$/);
    expect(reported.join('\n')).toContain(join(state, journal));
  });

  it('belongs to one run at a time, which keeps what another one raises apart', async () => {
    const state = folder();
    const quiet = { tell: () => {}, print: () => {} };
    const [one, two] = [1, 2].map(() => buildAlerts({ state, interface: ['eth0'] }, [], quiet));
    await one?.admit('A');
    await two?.admit('A');
    await crashed(one as Alerts, 'A', ['1']);
    await crashed(two as Alerts, 'A', ['2']);
    await one?.close();
    await two?.close();
    const journals = readdirSync(state).map((name) => readFileSync(join(state, name), 'utf8'));
    expect(journals.map((text) => JSON.parse(text).alert.id).sort()).toEqual(['1', '2']);
  });

  it('of another policy is opened when that comes into force, and what the first one raised is still sent', async () => {
    const state = folder();
    const hook = receiver('hook');
    const reported: string[] = [];
    const tell = (text: string): void => void reported.push(text);
    const alerts = buildAlerts({ state, interface: ['eth0'] }, [hook], { tell, print: tell });
    for (const policy of ['A', 'B', 'A']) {
      await alerts.admit(policy);
      await alerts.raise(alert('1'), policy);
    }
    await alerts.raise(alert('2'), 'C');
    await alerts.close();
    expect(hook.taken).toEqual(['1', '1']);
    expect(readdirSync(state).length).toBe(2);
    expect(reported).toContain('finding: 2 (not kept: its policy has no journal)');
  });

  it('is removed when all of it was delivered days ago, and kept when not', async () => {
    const state = folder();
    await run({ state, policy: 'A', sinks: [receiver('hook')] }, ['1']);
    await run({ state, policy: 'B', sinks: [receiver('hook', true)] }, ['2']);
    const now = Date.now();
    const old = new Date(now - 3 * 86_400_000);
    for (const name of readdirSync(state)) utimesSync(join(state, name), old, old);
    const left = new AlertState(state, { interfaces: ['eth0'] }).listLeftJournals(now);
    expect(left.map(({ undelivered }) => undelivered.map(({ id }) => id))).toEqual([['2']]);
    expect(readdirSync(state).length).toBe(1);
  }, 20_000);

  it('is read as far as it is whole', async () => {
    const state = folder();
    await run({ state, sinks: [receiver('hook')] }, ['1']);
    const [journal = ''] = readdirSync(state);
    appendFileSync(
      join(state, journal),
      '{"known":7}\n{"alert":{"id":"x"},"sinks":["hook"]}\n{"known":"y","sinks":[',
    );
    const hook = receiver('hook');
    await run({ state, sinks: [hook] }, ['x', 'y', '1']);
    expect(hook.taken).toEqual(['x', 'y']);
  });
});

describe('a provisional finding whose run ended', () => {
  const provisional = (id: string): Alert => ({
    ...alert(id),
    subject: 'of both',
    atStop: { ...alert(`${id} unconfirmed`), subject: 'of both' },
  });
  const opened = async (state: string, hook: AlertSink, policy = 'A'): Promise<[Alerts, string[]]> => {
    const reported: string[] = [];
    const tell = (text: string): void => void reported.push(text);
    const alerts = buildAlerts({ state, interface: ['eth0'] }, [hook], { tell, print: tell });
    await alerts.admit(policy);
    return [alerts, reported];
  };

  it('without a word has its final state from the next run of the policy, once', async () => {
    const state = folder();
    const hook = receiver('hook');
    const [first] = await opened(state, hook);
    await first.raise(provisional('1'), 'A');
    await first.close();
    const [second, reported] = await opened(state, hook);
    await second.close();
    expect(reported.join('\n')).toContain('finding: 1 unconfirmed');
    const [third] = await opened(state, hook);
    await third.close();
    expect(hook.taken).toEqual(['1', '1 unconfirmed']);
  });

  it('has none where it was confirmed, corrected, or reported as unconfirmed before', async () => {
    const state = folder();
    const hook = receiver('hook');
    const [first] = await opened(state, hook);
    await first.raise(provisional('1'), 'A');
    await first.raise({ ...alert('1 confirmed'), subject: 'of both' }, 'A');
    await first.close();
    const [second] = await opened(state, hook);
    await second.close();
    expect(hook.taken).toEqual(['1', '1 confirmed']);
  });

  it('keeps it in a compacted journal', async () => {
    const state = folder();
    const hook = receiver('hook');
    const many = Array.from({ length: 6 }, (_, i) => receiver(`hook${i}`));
    const quiet = { tell: () => {}, print: () => {} };
    const first = buildAlerts({ state, interface: ['eth0'] }, many, quiet);
    await first.admit('A');
    await first.raise(provisional('1'), 'A');
    for (let at = 0; at < 20; at++)
      await Promise.all(Array.from({ length: 100 }, (_, i) => first.raise(alert(`n${at}-${i}`), 'A')));
    await first.close();
    const [journal = ''] = readdirSync(state);
    const text = readFileSync(join(state, journal), 'utf8');
    expect(text).toContain('"known":"n0-1"');
    const [second] = await opened(state, hook);
    await second.close();
    expect(hook.taken.at(-1)).toBe('1 unconfirmed');
  });

  it('under a policy that is gone is sent with --replay-alerts', async () => {
    const state = folder();
    const hook = receiver('hook');
    const [first] = await opened(state, hook);
    await first.raise(provisional('1'), 'A');
    await first.close();
    const reported = await run({ state, policy: 'B', sinks: [hook] }, []);
    expect(reported.join('\n')).toContain('1 finding of earlier runs under other policies was not delivered');
    await run({ state, policy: 'B', sinks: [hook], replayAlerts: true }, []);
    expect(hook.taken).toEqual(['1', '1 unconfirmed']);
  });
});
