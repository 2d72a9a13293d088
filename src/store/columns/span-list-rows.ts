// Rows of the lists of a span, as the engines return them: each begins with the key of a use.

import type { EvidenceSums } from '../../attribution/sums/period-sums.ts';
import type { DaySums, SpanLists } from '../../attribution/sums/span-sums.ts';
import type { ToolFingerprint, ToolName } from '../../model/report.ts';
import type { UseKey } from '../period-source.ts';
import { signsOf } from './signs-text.ts';
import { dayTexts } from './zone-sql.ts';

export type ListRow = readonly unknown[];

/** Columns after the key of each row: */
export interface ListRows {
  /** One text: days by semicolons, of each its number, flows, bytes up and down, grade, and minutes. */
  readonly days: readonly ListRow[];
  /** Name, role, specificity, traffic. */
  readonly names: readonly ListRow[];
  /** JA4, JA3, ALPN (JSON), runtime or nothing, flows. */
  readonly fingerprints: readonly ListRow[];
  /** Whether it is evidence for, kind, rule, detail, first, last, flows, and lines of community ids (JSON). */
  readonly evidence: readonly ListRow[];
  /** One text, or lines of them: see signs-text.ts. */
  readonly signs: readonly ListRow[];
}

export function listsOf(rows: ListRows): (use: UseKey) => SpanLists {
  const dayText = dayTexts();
  const days = group(rows.days, ([text]) => daysOf(String(text), dayText));
  const names = group(rows.names, nameOf);
  const prints = group(rows.fingerprints, fingerprintOf);
  const evidence = group(rows.evidence, evidenceOf);
  const signs = group(rows.signs, ([text]) => String(text).split('\n').flatMap(signsOf));
  return ({ host, tool, isProvider }) => {
    const key = keyOf(host, tool, isProvider);
    return {
      days: days.get(key)?.[0] ?? [],
      names: names.get(key) ?? [],
      fingerprints: prints.get(key) ?? [],
      evidence: evidence.get(key) ?? [],
      signs: signs.get(key)?.flat() ?? [],
    };
  };
}

/** Truths are true or 1. */
const keyOf = (host: unknown, tool: unknown, isProvider: unknown): string =>
  `${Number(isProvider)} ${String(tool)} ${String(host)}`;

function group<T>(rows: readonly ListRow[], read: (rest: ListRow) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const [host, tool, isProvider, ...rest] of rows) {
    const key = keyOf(host, tool, isProvider);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [read(rest)]);
    else list.push(read(rest));
  }
  return groups;
}

function daysOf(text: string, dayText: (day: number) => string): DaySums[] {
  return text.split(';').map((words) => {
    const [day = 0, flows = 0, bytesUp = 0, bytesDown = 0, grade = 0, activeMinutes = 0] = words
      .split(' ')
      .map(Number);
    return { date: dayText(day), flows, bytesUp, bytesDown, grade, activeMinutes };
  });
}

function nameOf([name, role, specificity, ...numbers]: ListRow): ToolName {
  const [flows = 0, bytesUp = 0, bytesDown = 0, payloadUp = 0, payloadDown = 0] = numbers.map(Number);
  return {
    name: String(name),
    role: String(role),
    specificity: specificity === 'tool' || specificity === 'vendor' ? specificity : 'shared',
    flows,
    bytesUp,
    bytesDown,
    payloadUp,
    payloadDown,
  };
}

function fingerprintOf([ja4, ja3, alpn, runtime, flows]: ListRow): ToolFingerprint {
  return {
    ja4: String(ja4),
    ja3: String(ja3),
    alpn: JSON.parse(String(alpn)) as string[],
    runtime: runtime === '' ? null : String(runtime),
    flows: Number(flows),
  };
}

function evidenceOf([speaksFor, kind, rule, detail, firstUs, lastUs, flows, ids]: ListRow): EvidenceSums {
  return {
    speaksFor: Number(speaksFor) === 1,
    kind: kind as EvidenceSums['kind'],
    rule: String(rule),
    detail: String(detail),
    firstUs: Number(firstUs),
    lastUs: Number(lastUs),
    flows: Number(flows),
    communityIds: String(ids)
      .split('\n')
      .flatMap((list) => JSON.parse(list) as string[]),
  };
}
