// The office of the history benchmarks, and their queries. Seeded.
import type { HostTotals, UsageRow, UsageWindow } from '../src/model/usage.ts';
import { makeHost, makeQuarter, makeRow, START } from './made-windows.ts';
import { Random } from './random.ts';

const DAY = 86_400;

export class Office {
  readonly sums = { hostRows: 0, usageRows: 0, packets: 0, bytesUp: 0, payloadUp: 0 };
  readonly #random = new Random(7);
  readonly #hosts: number;

  constructor(hosts: number) {
    this.#hosts = hosts;
  }

  /** One quarter hour: in office hours all hosts are active and a third of them occasionally uses a tool. */
  quarter(startSeconds: number): UsageWindow {
    const random = this.#random;
    const sinceStart = (startSeconds - START) / DAY;
    const hour = ((startSeconds - START) % DAY) / 3600;
    const isOffice = hour >= 8 && hour < 18 && Math.floor(sinceStart + 2) % 7 < 5;
    const hosts: HostTotals[] = [];
    const rows: UsageRow[] = [];
    for (let i = 0; i < this.#hosts; i++) {
      if (!isOffice && random.below(20) > 0) continue;
      const machine = machineOf(i);
      const startUs = startSeconds * 1e6;
      hosts.push(makeHost(machine, startUs, random));
      if (i % 3 === 0 && random.below(4) === 0)
        rows.push(makeRow(machine.host, i, startUs, { random, exchanges: 12 }));
    }
    const window = makeQuarter(startSeconds, hosts, rows);
    const { sums } = this;
    sums.packets += window.stats.packets;
    sums.hostRows += hosts.length;
    sums.usageRows += rows.length;
    for (const { bytesUp } of hosts) sums.bytesUp += bytesUp;
    for (const { payloadUp } of rows) sums.payloadUp += payloadUp;
    return window;
  }
}

function machineOf(i: number): { readonly host: string; readonly mac: string; readonly name: string } {
  const mac = `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
  return { host: `10.${20 + (i >> 8)}.${i & 255}.7`, mac, name: `dev-${i}` };
}

const HOST = '10.20.3.7';

export interface Question {
  readonly about: string;
  /** Behind `wiretally analyze STORE`. */
  readonly words: readonly string[];
}

/** For a history of N days. */
export function questionsOf(days: number): Question[] {
  const dayOf = (day: number): string => new Date((START + day * DAY) * 1000).toISOString().slice(0, 10);
  const lastDay = ['--since', dayOf(days - 5), '--until', dayOf(days - 4)];
  const week = ['--since', dayOf(days - 12), '--until', dayOf(days - 5)];
  return [
    ...[
      { span: 'a day', words: lastDay },
      { span: 'a week', words: week },
      { span: 'half of it, against the other half', words: ['--since', dayOf(days / 2)] },
      { span: 'all days', words: [] },
    ].flatMap(({ span, words }) => [
      { about: `${span}: who uses what, since when; trend, new, movers`, words },
      ...['hour', 'day', 'week', 'tool', 'host', 'role'].map((by) => ({
        about: `${span}: the same by ${by}`,
        words: [...words, '--by', by],
      })),
      { about: `${span}: one host by day`, words: [...words, '--host', HOST, '--by', 'day'] },
      { about: `${span}: one provider by day`, words: [...words, '--tool', 'anthropic-api', '--by', 'day'] },
    ]),
    { about: 'a week in another zone', words: [...week, '--timezone', 'America/New_York', '--by', 'day'] },
    { about: 'all days as JSON', words: ['--format', 'json', '--by', 'day'] },
  ];
}
