// Every way to add up a report gives the same sums: those of its rows that are more than possible.
import { expect } from 'vitest';
import type { Breakdown, ReportDocument } from '../../src/model/report.ts';

const FIELDS = ['flows', 'bytesUp', 'bytesDown', 'payloadUp'] as const;
type Sums = Readonly<Record<(typeof FIELDS)[number], number>>;
/** Null: a log does not count it. */
type Parts = Readonly<Record<keyof Sums, number | null>>;

function sumsOf(parts: readonly Parts[]): Sums {
  const sum = (field: keyof Sums): number => parts.reduce((all, part) => all + (part[field] ?? 0), 0);
  return {
    flows: sum('flows'),
    bytesUp: sum('bytesUp'),
    bytesDown: sum('bytesDown'),
    payloadUp: sum('payloadUp'),
  };
}

/** Breakdowns must be by every key. */
export function expectWholeSums(document: ReportDocument, breakdowns: readonly Breakdown[]): void {
  const tools = document.hosts.flatMap((host) => host.tools.filter((use) => use.confidence !== 'possible'));
  const providers = document.hosts.flatMap((host) => host.providers);
  const whole = sumsOf([...tools, ...providers]);
  for (const { by, rows } of breakdowns) expect({ by, ...sumsOf(rows) }).toEqual({ by, ...whole });
  expect(sumsOf(document.tools)).toEqual(sumsOf(tools));
  for (const use of [...tools, ...providers]) {
    const { payloadUp: _, ...frames } = sumsOf([use]);
    expect(sumsOf(use.names)).toEqual(sumsOf([use]));
    expect(sumsOf(use.days.map((day) => ({ ...day, payloadUp: 0 })))).toMatchObject(frames);
    if (use.activeMinutes !== null)
      expect(use.days.reduce((all, day) => all + (day.activeMinutes ?? 0), 0)).toBe(use.activeMinutes);
  }
  const ofTool = new Map(breakdowns.find(({ by }) => by === 'tool')?.rows.map((row) => [row.key, row]));
  // Names that were queried and not contacted have no traffic to sum.
  for (const total of document.tools.filter(({ flows }) => flows > 0)) {
    const alone = providers.every(({ tool }) => tool !== total.tool);
    const row = ofTool.get(total.tool);
    if (alone)
      expect({ ...(row && sumsOf([row])), hosts: row?.hosts }).toEqual({
        ...sumsOf([total]),
        hosts: total.hosts,
      });
  }
}
