// How far a confidence and a range can be trusted: what was said, against what was so, over all cases of a family.
import { byFamily, type Judged } from './table.ts';

const COLUMNS = [
  'family',
  'cases',
  'certain',
  'likely',
  'possible',
  'ranges that hold',
  'exact',
  'mean width',
  'withheld',
];

/** In Markdown: of the rows of each confidence, how many tools really ran; of the ranges, how many hold. */
export function calibrationOf(judged: readonly Judged[]): string {
  return byFamily(COLUMNS, judged, row);
}

function row(name: string, judged: readonly Judged[]): string[] {
  const said = judged.flatMap(({ result }) => result.rows);
  const precision = (['certain', 'likely', 'possible'] as const).map((level) => {
    const rows = said.filter(({ confidence }) => confidence === level);
    return share(rows.filter(({ ran }) => ran).length, rows.length);
  });
  const ranges = judged.flatMap(({ result }) => result.ranges);
  const reported = ranges.flatMap(({ reported: range, truth }) => (range === null ? [] : [{ range, truth }]));
  const holding = reported.filter(({ range, truth }) => range.min <= truth.max && truth.min <= range.max);
  const exact = holding.filter(({ range }) => range.min === range.max);
  const width = reported.reduce((sum, { range }) => sum + range.max - range.min, 0) / reported.length;
  return [
    name,
    String(judged.length),
    ...precision,
    share(holding.length, reported.length),
    share(exact.length, reported.length),
    reported.length === 0 ? '–' : width.toFixed(2),
    share(ranges.length - reported.length, ranges.length),
  ];
}

function share(part: number, of: number): string {
  return of === 0 ? '–' : `${part} of ${of}`;
}
