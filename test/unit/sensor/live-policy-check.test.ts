// Findings of a live day: each once, in a stable order, some hosts at a time, and never more than a ceiling without a word.
import { describe, expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { Policy } from '../../../src/model/policy.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { policyHeader } from '../../../src/policy/header.ts';
import { loadPolicy } from '../../../src/policy/policy.ts';
import { LivePolicyCheck } from '../../../src/sensor/alerts/live-policy-check.ts';
import type { Alert } from '../../../src/sensor/alerts/sinks.ts';
import { sharesOf } from '../../../src/window/shares.ts';
import { exchange, FORMS, row, START, smallCall, window } from '../attribution/rows.ts';

const catalogue = await loadCatalogue([]);
const policyText = (rule: string): Policy =>
  loadPolicy(
    `version: 1
name: p
timezone: UTC
rules:
  - id: ${rule}
    title: t
    match: { tools: [claude-code, factory] }
    action: deny
    evidence: { confidence: likely, minRequests: 0 }
`,
    'policy.yaml',
    catalogueFacts(catalogue),
  );
const policy = policyText('R1');
const DAY = 86_400;

function checkOf(maxRaised?: number) {
  const raised: string[] = [];
  const alerts: Alert[] = [];
  const said: string[] = [];
  const evaluate = new LivePolicyCheck(
    { policy, header: policyHeader(policy, '', catalogueFacts(catalogue)), catalogue },
    {
      sensor: 'span-1',
      wiretally: '0.0.0',
      pseudonymOf: null,
      raise: async (alert) => {
        alerts.push(alert);
        raised.push(alert.id);
      },
      say: (text) => said.push(text),
      ...(maxRaised === undefined ? {} : { maxRaised }),
    },
  );
  return { evaluate, raised, alerts, said };
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
    expect(said).toEqual([
      '3 findings were raised on 2026-07-02; further ones of this day are not: a report has them all',
    ]);
    evaluate.add([violations(1, START + DAY)]);
    await evaluate.settled();
    expect(raised).toHaveLength(4);
  });

  it('corrects what the rest of the day says less of, once', async () => {
    const { evaluate, alerts } = checkOf();
    // A script that posts to one tool after the other: the first alone is all that a user of it would show.
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
      'low: Factory (Droid) suspected on 10.77.0.9 (R1 rev 1, certain), last seen 2026-07-02T14:00:02.000000Z',
      'info: correction: Factory (Droid) on 10.77.0.9 was raised as a suspicion; all of the day so far shows no finding (R1 rev 1)',
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

describe('shares of hosts', () => {
  it.each([1, 2, 3, 10])('of %i hosts hold all that is said of them, and nothing twice', (size) => {
    const windows = [violations(5), violations(7, START + 900)];
    const hosts = Array.from({ length: 7 }, (_, number) => addressOf(number));
    const shares = [...sharesOf(windows, hosts, size)];
    expect(shares).toHaveLength(Math.ceil(7 / size));
    for (const [at, whole] of windows.entries())
      expect(shares.flatMap((share) => share[at]?.rows ?? [])).toEqual(whole.rows);
    for (const share of shares)
      expect(new Set(share.flatMap(({ rows }) => rows.map(({ host }) => host))).size).toBeLessThanOrEqual(
        size,
      );
  });
});
