// The table of families: how many cases are right, and what is wrong with the others.
import type { ComposedCase } from './case.ts';
import type { CaseResult } from './judge.ts';

export interface Judged {
  readonly one: ComposedCase;
  readonly result: CaseResult;
}

const COLUMNS = [
  'family',
  'cases',
  'right',
  'accused',
  'hidden',
  'exempted',
  'missed',
  'not reported',
  'policy',
  'attempts',
  'in range',
  'withheld',
  'sure but wrong',
];

export function faultsOf(result: CaseResult): string[] {
  const { accused, hidden, exempted, missed, unreported, policy, attempts, wrongRanges } = result;
  return [
    ...accused.map((text) => `ACCUSED ${text}`),
    ...hidden.map((text) => `HIDDEN ${text}`),
    ...exempted.map((text) => `EXEMPTED ${text}`),
    ...missed.map((text) => `missed ${text}`),
    ...unreported.map((text) => `not reported: ${text}`),
    ...policy.map((text) => `policy: ${text}`),
    ...attempts.map((text) => `attempts: ${text}`),
    ...wrongRanges.map((text) => `range: ${text}`),
  ];
}

/** In Markdown: one row for each family, and their sum. */
export function tableOf(judged: readonly Judged[]): string {
  return byFamily(COLUMNS, judged, row);
}

/** A table in Markdown with a row for the cases of each family, and one for all. */
export function byFamily(
  columns: readonly string[],
  judged: readonly Judged[],
  rowOf: (name: string, judged: readonly Judged[]) => readonly string[],
): string {
  const families = [...new Set(judged.map(({ one }) => one.family))];
  const rows = families.map((name) =>
    rowOf(
      name,
      judged.filter(({ one }) => one.family === name),
    ),
  );
  rows.push(rowOf('all', judged));
  const lines = [columns, columns.map((_, i) => (i === 0 ? '---' : '--:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function row(name: string, judged: readonly Judged[]): string[] {
  const results = judged.map(({ result }) => result);
  const ranges = results.flatMap((result) => result.ranges);
  const reported = ranges.flatMap(({ reported: range, truth }) => (range === null ? [] : [{ range, truth }]));
  const isIn = ({ range, truth }: (typeof reported)[number]): boolean =>
    range.min <= truth.max && truth.min <= range.max;
  const count = (of: (result: CaseResult) => readonly unknown[]): string =>
    String(results.filter((result) => of(result).length > 0).length);
  return [
    name,
    String(results.length),
    String(results.filter((result) => faultsOf(result).length === 0).length),
    count(({ accused }) => accused),
    count(({ hidden }) => hidden),
    count(({ exempted }) => exempted),
    count(({ missed }) => missed),
    count(({ unreported }) => unreported),
    count(({ policy }) => policy),
    count(({ attempts }) => attempts),
    `${reported.filter(isIn).length} of ${ranges.length}`,
    String(ranges.length - reported.length),
    String(reported.filter((one) => one.range.min === one.range.max && !isIn(one)).length),
  ];
}
