// Writes a comparison of two spans as one CSV table: a line for each tool, provider and host.

import type { Change, ComparedHost, ComparedTool, Comparison, RangeChange } from '../../model/report.ts';
import { snakeCase } from '../../text/word-lists.ts';
import { csvLine } from './csv-line.ts';

type Value = string | number | boolean | null;

const ROW_HEADS = ['row', 'id', 'name', 'groups', 'state_before', 'state_after'] as const;
const CHANGES = ['activeMinutes', 'bytesUp', 'bytesDown', 'violations'] as const;
const RANGES = ['requests', 'telemetryPayloadUp'] as const;
const MOVED = ['new', 'gone', 'absent'] as const;
const SPAN_HEADS = ['since', 'until', 'seconds', 'observed_seconds'] as const;

export function* comparisonCsv(comparison: Comparison): Iterable<string> {
  const change = (name: string): string[] =>
    ['before', 'after', 'difference'].map((side) => `${snakeCase(name)}_${side}`);
  yield csvLine([
    ...ROW_HEADS,
    ...change('hosts'),
    ...MOVED,
    ...CHANGES.flatMap((name) => [...change(name), ...perDayHeads(name)]),
    ...RANGES.flatMap((name) => change(name).flatMap((head) => [`${head}_min`, `${head}_max`])),
    'comparable',
    'limits',
    ...['before', 'after'].flatMap((side) => SPAN_HEADS.map((head) => `${side}_${head}`)),
  ]);
  const rest = listTotals(comparison);
  for (const tool of comparison.tools) yield csvLine([...listToolValues(tool), ...figures(tool), ...rest]);
  for (const host of comparison.hosts) yield csvLine([...listHostValues(host), ...figures(host), ...rest]);
}

const perDayHeads = (name: string): string[] =>
  name === 'violations' ? [] : [`${snakeCase(name)}_before_per_day`, `${snakeCase(name)}_after_per_day`];

function listToolValues(tool: ComparedTool): Value[] {
  const { hosts, newHosts, goneHosts, absentHosts } = tool;
  return [
    ...[tool.isProvider ? 'provider' : 'tool', tool.tool, tool.name, null, null, null],
    ...listFigures(hosts),
    ...[newHosts, goneHosts, absentHosts].map((moved) => moved?.length ?? null),
  ];
}

function listHostValues({ host, name, groups, before, after, newTools, goneTools }: ComparedHost): Value[] {
  return [
    ...['host', host, name, groups.join(' '), before, after],
    ...[null, null, null],
    ...[newTools?.length ?? null, goneTools?.length ?? null, null],
  ];
}

const listFigures = (change: Change | null): Value[] =>
  change === null ? [null, null, null] : [change.before, change.after, change.difference];

function figures(row: ComparedTool | ComparedHost): Value[] {
  const listRange = ({ before, after, difference }: RangeChange): Value[] =>
    [before, after, difference].flatMap((range) => [range?.min ?? null, range?.max ?? null]);
  return [
    ...CHANGES.flatMap((name) => {
      const change = row[name];
      const perDay =
        name === 'violations' ? [] : [change?.perDay?.before ?? null, change?.perDay?.after ?? null];
      return [...listFigures(change), ...perDay];
    }),
    ...RANGES.flatMap((name) => listRange(row[name])),
  ];
}

function listTotals({ before, after, isComparable, limits }: Comparison): Value[] {
  return [
    isComparable,
    limits.map(({ limit, span }) => (span === null ? limit : `${limit}:${span}`)).join(' '),
    ...[before, after].flatMap(({ since, until, seconds, observedSeconds }) => [
      ...[since, until, seconds, observedSeconds],
    ]),
  ];
}
