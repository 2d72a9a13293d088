// Findings of a live day: each once, in a stable order, some hosts at a time, and a report when the limit is exceeded.
import { describe, expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { LivePolicyCheck } from '../../../src/live/alerts/live-policy-check.ts';
import type { Alert } from '../../../src/live/alerts/sinks.ts';
import type { Policy } from '../../../src/model/policy.ts';
import type { UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { policyHeader } from '../../../src/policy/header.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { limitRows, listShares } from '../../../src/window/split-by-host.ts';
import { exchange, FORMS, row, START, smallCall, window } from '../attribution/rows.ts';

const catalogue = await loadCatalogue([]);
const policyText = (rule: string, action = 'deny'): Policy =>
  loadPolicy(
    `version: 1
name: p
timezone: UTC
rules:
  - id: ${rule}
    title: t
    match: { tools: [claude-code, factory] }
    action: ${action}
    evidence: { confidence: likely, minRequests: 0 }
`,
    'policy.yaml',
    catalogueFacts(catalogue),
  );
const policy = policyText('R1');
const DAY = 86_400;

function checkOf(maxRaised?: number, of = policy) {
  const raised: string[] = [];
  const alerts: Alert[] = [];
  const said: string[] = [];
  /** The policy of each alert. */
  const policies: string[] = [];
  const evaluate = new LivePolicyCheck(
    { policy: of, header: policyHeader(of, 'one', catalogueFacts(catalogue)), catalogue },
    {
      sensor: 'span-1',
      wiretally: '0.0.0',
      pseudonymOf: null,
      wasRaised: () => false,
      raise: async (alert, policySha256) => {
        alerts.push(alert);
        policies.push(policySha256);
        if (!alert.id.includes('/confirmed/')) raised.push(alert.id);
      },
      print: (text) => said.push(text),
      ...(maxRaised === undefined ? {} : { maxRaised }),
    },
  );
  return { evaluate, raised, alerts, said, policies };
}

const addressOf = (number: number): string => `10.77.${number >> 8}.${number & 255}`;

/** Every host uses a tool that is denied. */
function violations(hosts: number, startSeconds = START): UsageWindow {
  const firstUs = startSeconds * 1_000_000;
  const rows = Array.from({ length: hosts }, (_, number) =>
    row('api.anthropic.com', FORMS.bun1314, {
      host: addressOf(number),
      firstUs,
      lastUs: firstUs + 20_000_000,
      helloTimesUs: [firstUs],
      exchanges: [exchange({ messagesUp: 3 })],
    }),
  );
  return window(rows, [], startSeconds);
}

describe('the judge of live windows', () => {
  it('raises a finding of every host once a day, in the order of hosts, however many there are', async () => {
    const { evaluate, raised, said } = checkOf();
    evaluate.add([violations(1100)]);
    await evaluate.settled();
    const ids = raised.filter((id) => id.includes('/claude-code/'));
    expect(ids).toHaveLength(1100);
    expect(ids[1050]).toContain(addressOf(1050));
    evaluate.add([violations(3, START + 900)]);
    await evaluate.settled();
    expect(raised).toHaveLength(1100);
    evaluate.add([violations(3, START + DAY)]);
    await evaluate.settled();
    expect(raised).toHaveLength(1103);
    expect(said).toEqual([]);
  });

  it('raises use around a required path, once, and none through it', async () => {
    const GATEWAY = '10.1.0.9';
    const onPath = (host: string, more: Partial<UsageRow>) => {
      const firstUs = START * 1_000_000;
      const times = { firstUs, lastUs: firstUs + 20_000_000, helloTimesUs: [firstUs] };
      const exchanges = [exchange({ messagesUp: 3 })];
      return row('api.factory.ai', FORMS.bun144Fetch, { host, exchanges, ...times, ...more });
    };
    const { evaluate, raised, alerts } = checkOf(
      undefined,
      policyText('PATH', `allow\n    via: { host: ${GATEWAY} }`),
    );
    const windows = [
      window(
        [
          onPath('10.77.0.1', { servers: ['160.79.104.10'] }),
          onPath('10.77.0.2', { proxy: 'connect', servers: [GATEWAY] }),
          onPath('10.77.0.3', { servers: [GATEWAY] }),
        ],
        [],
        START,
      ),
    ];
    evaluate.add(windows);
    await evaluate.settled();
    evaluate.add(windows);
    await evaluate.settled();
    expect(raised).toHaveLength(1);
    expect(raised[0]).toContain('10.77.0.1');
    expect(alerts[0]?.text).toContain(
      'Factory (Droid) used on 10.77.0.1, around the required gateways (PATH rev 1',
    );
  });

  it('lets windows come while it judges others', async () => {
    const { evaluate, raised } = checkOf();
    for (let at = 0; at < 4; at++) evaluate.add([violations(1 + at, START + 900 * at)]);
    await evaluate.settled();
    expect(raised.map((id) => id.split('/')[2])).toEqual([0, 1, 2, 3].map(addressOf));
  });

  it('raises no more than a ceiling in a day, and says so once', async () => {
    const { evaluate, raised, said } = checkOf(3);
    evaluate.add([violations(5)]);
    evaluate.add([violations(5, START + 900)]);
    await evaluate.settled();
    expect(raised.map((id) => id.split('/')[2])).toEqual([0, 1, 2].map(addressOf));
    expect(said).toEqual(['3 findings were raised on 2026-07-02; a report contains the others of this day']);
    evaluate.add([violations(1, START + DAY)]);
    await evaluate.settled();
    expect(raised).toHaveLength(4);
  });

  it('corrects what the rest of the day says less of, once', async () => {
    const { evaluate, alerts } = checkOf();
    // A script that posts to one tool after the other: a user of a tool would show only the first.
    const visit = (name: string, second: number) => {
      const firstUs = (START + second) * 1_000_000;
      const times = { firstUs, lastUs: firstUs + 2_000_000, helloTimesUs: [firstUs] };
      const posts = [1300, 2100, 900].map((up, i) => smallCall(up, 1000 + i * 400));
      return row(name, FORMS.bun144Fetch, { host: '10.77.0.9', exchanges: posts, ...times });
    };
    evaluate.add([window([visit('api.factory.ai', 0)], [], START)]);
    await evaluate.settled();
    const others = ['ampcode.com', 'api2.cursor.sh', 'd20.api.augmentcode.com'];
    for (const second of [900, 1800]) {
      evaluate.add([
        window(
          others.map((name, i) => visit(name, second + i)),
          [],
          START + second,
        ),
      ]);
      await evaluate.settled();
    }
    expect(alerts.map(({ text }) => text)).toEqual([
      'low: Factory (Droid) suspected on 10.77.0.9 (R1 rev 1, certain), last seen 2026-07-02T14:00:02.000000Z; provisional until 2026-07-02T14:03:00.000000Z',
      'correction: Factory (Droid) on 10.77.0.9 was raised as a suspicion; all of the day so far shows no finding (R1 rev 1)',
    ]);
    expect(JSON.parse(alerts[1]?.line ?? '')).toMatchObject({
      event_type: 'alert',
      src_ip: '10.77.0.9',
      alert: { rev: 1, severity: 4 },
      wiretally: {
        type: 'correction',
        host: '10.77.0.9',
        tool: 'factory',
        was: 'suspected',
        result: null,
      },
    });
  });

  it('takes nothing back because the rule is another', async () => {
    const { evaluate, raised } = checkOf();
    evaluate.add([violations(1)]);
    await evaluate.settled();
    const other = policyText('R2');
    evaluate.setPolicy({
      policy: other,
      header: policyHeader(other, '', catalogueFacts(catalogue)),
      catalogue,
    });
    await evaluate.settled();
    expect(raised.map((id) => id.split('/')[0])).toEqual(['R1', 'R2']);
  });
});

describe('a provisional finding', () => {
  const silence = (startSeconds: number): UsageWindow => window([], [], startSeconds);
  const fieldsOf = ({ line }: Alert) =>
    (JSON.parse(line) as { wiretally: Record<string, unknown> }).wiretally;

  it('is confirmed once, two minutes later by the clock of the windows, also where nothing comes', async () => {
    const { evaluate, alerts } = checkOf();
    evaluate.add([violations(2)]);
    await evaluate.settled();
    expect(alerts.map((alert) => fieldsOf(alert).provisional)).toEqual([true, true]);
    expect(alerts[0]?.text).toContain('; provisional until 2026-07-02T14:03:00.000000Z');
    evaluate.add([silence(START + 60)]);
    await evaluate.settled();
    expect(alerts).toHaveLength(2);
    for (const second of [120, 180, 240]) {
      evaluate.add([silence(START + second)]);
      await evaluate.settled();
    }
    expect(alerts.slice(2).map(({ text }) => text)).toEqual([
      'confirmed: Claude Code on 10.77.0.0 was raised as a suspicion; all of the day so far shows the same (R1 rev 1)',
      'confirmed: Claude Code on 10.77.0.1 was raised as a suspicion; all of the day so far shows the same (R1 rev 1)',
    ]);
    expect(alerts.slice(2).map((alert) => [fieldsOf(alert).type, fieldsOf(alert).result])).toEqual([
      ['confirmation', 'suspected'],
      ['confirmation', 'suspected'],
    ]);
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(4);
  });

  it('is confirmed at the end of its day', async () => {
    const { evaluate, alerts } = checkOf();
    const lastMinute = START - (START % DAY) + DAY - 60;
    evaluate.add([violations(1, lastMinute)]);
    await evaluate.settled();
    evaluate.add([silence(lastMinute + 60)]);
    await evaluate.settled();
    expect(alerts.map(({ id }) => id.split('/').slice(4))).toEqual([
      ['suspected', '2026-07-02'],
      ['confirmed', '2026-07-02', '0'],
    ]);
  });

  it('is none where its signs are old: a sensor that has seen them for minutes has waited for long enough', async () => {
    const { evaluate, alerts } = checkOf();
    evaluate.add([{ ...violations(1), lengthSeconds: 900 }]);
    await evaluate.settled();
    evaluate.add([silence(START + 900)]);
    await evaluate.settled();
    expect(alerts.map((alert) => fieldsOf(alert).provisional)).toEqual([undefined]);
  });

  it('is unconfirmed under a policy that has not its rule', async () => {
    const { evaluate, alerts, policies } = checkOf();
    evaluate.add([violations(1)]);
    await evaluate.settled();
    const other = policyText('R2');
    const header = policyHeader(other, 'two', catalogueFacts(catalogue));
    evaluate.setPolicy({ policy: other, header, catalogue });
    evaluate.add([silence(START + 600)]);
    await evaluate.settled();
    expect(alerts.map((alert) => [fieldsOf(alert).rule, fieldsOf(alert).type])).toEqual([
      ['R1', 'finding'],
      ['R2', 'finding'],
      ['R1', 'unconfirmed'],
    ]);
    expect(policies).toEqual(['one', 'two', 'one']);
  });

  it('has a final state when the sensor stops, once, and none where it was confirmed', async () => {
    const { evaluate, alerts } = checkOf();
    evaluate.add([violations(1)]);
    evaluate.add([silence(START + 60)]);
    await evaluate.end();
    await evaluate.end();
    expect(alerts.map((alert) => fieldsOf(alert).type)).toEqual(['finding', 'unconfirmed']);
    expect(alerts[1]).toMatchObject({
      id: 'R1/1/10.77.0.0/claude-code/unconfirmed/2026-07-02/0',
      time: '2026-07-02T14:02:00.000000Z',
      text: 'unconfirmed: Claude Code on 10.77.0.0 was raised as a suspicion; monitoring ended before it was confirmed (R1 rev 1)',
    });
    expect(alerts[0]?.atStop?.id).toBe(alerts[1]?.id);
    expect(new Set(alerts.map(({ subject }) => subject)).size).toBe(1);

    const whole = checkOf();
    for (const second of [0, 60, 120, 180]) {
      whole.evaluate.add([second === 0 ? violations(1) : silence(START + second)]);
      await whole.evaluate.settled();
    }
    await whole.evaluate.end();
    expect(whole.alerts.map((alert) => fieldsOf(alert).type)).toEqual(['finding', 'confirmation']);
    expect(whole.alerts.map(({ atStop }) => atStop === undefined)).toEqual([false, true]);
  });
});

describe('a host that fills a window', () => {
  /** Endless forged hellos to names below one of the catalogue; `real`: additional real traffic. */
  const flooded = (forged: number, real: readonly UsageRow[]): UsageWindow => {
    const flood = Array.from({ length: forged }, (_, i) =>
      row(`a${i}.cursor.sh`, FORMS.bun1314, {
        host: addressOf(0),
        establishedFlows: 0,
        failedFlows: 1,
        payloadUp: 9e6,
      }),
    );
    return window([...flood, ...real]);
  };
  const [real] = violations(1).rows;
  if (real === undefined) throw new Error('no row was made');

  it('hides nothing that was answered, and what is left out is said once a day', async () => {
    const { evaluate, raised, said } = checkOf();
    evaluate.add([flooded(5000, [real])]);
    await evaluate.settled();
    expect(raised.filter((id) => id.includes('/claude-code/'))).toHaveLength(1);
    evaluate.add([{ ...flooded(5000, [real]), startSeconds: START + 60 }]);
    await evaluate.settled();
    expect(said).toEqual([
      '10.77.0.0: live findings use 2048 of its rows (answered rows first, then largest payload); 2953 more are only in a report',
    ]);
  });

  it('never keeps the thread: other work has its turn between two shares of hosts', async () => {
    const { evaluate } = checkOf();
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    evaluate.add([violations(3000)]);
    await evaluate.settled();
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(3000 / 512);
  });

  it('is cut alone: rows of others, and fewer rows than the ceiling, stay as they are', () => {
    const whole = flooded(10, violations(3).rows);
    expect(limitRows([whole], 11)).toEqual({ windows: [whole], leftOut: new Map() });
    const { windows, leftOut } = limitRows([whole], 4);
    expect(leftOut).toEqual(new Map([[addressOf(0), 7]]));
    expect(windows[0]?.rows.map(({ host, name }) => `${host} ${name}`)).toEqual([
      '10.77.0.0 a0.cursor.sh',
      '10.77.0.0 a1.cursor.sh',
      '10.77.0.0 a2.cursor.sh',
      '10.77.0.0 api.anthropic.com',
      '10.77.0.1 api.anthropic.com',
      '10.77.0.2 api.anthropic.com',
    ]);
  });
});

describe('shares of hosts', () => {
  it('hold no more rows than is asked for, but for a host that has more by itself', () => {
    const busy = Array.from({ length: 9 }, (_, i) =>
      row(`a${i}.cursor.sh`, FORMS.bun1314, { host: addressOf(1) }),
    );
    const hosts = Array.from({ length: 5 }, (_, number) => addressOf(number));
    const shares = [
      ...listShares([window([...violations(5).rows, ...busy])], hosts, { hosts: 3, entries: 4 }),
    ];
    expect(shares.map(([one]) => one?.rows.length)).toEqual([1, 10, 3]);
  });

  it.each([1, 2, 3, 10])('of %i hosts hold all that is said of them, and nothing twice', (size) => {
    const windows = [violations(5), violations(7, START + 900)];
    const hosts = Array.from({ length: 7 }, (_, number) => addressOf(number));
    const shares = [...listShares(windows, hosts, { hosts: size, entries: 1000 })];
    expect(shares).toHaveLength(Math.ceil(7 / size));
    for (const [at, whole] of windows.entries())
      expect(shares.flatMap((share) => share[at]?.rows ?? [])).toEqual(whole.rows);
    for (const share of shares)
      expect(new Set(share.flatMap(({ rows }) => rows.map(({ host }) => host))).size).toBeLessThanOrEqual(
        size,
      );
  });
});
