// Declares the options that select a part of a history, each with its field of the question.

import type { Command as ParsedCommand } from 'commander';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { BREAKDOWNS } from '../../model/breakdowns.ts';
import { optionError } from '../../model/errors.ts';
import { requireKnownRow } from '../../query/known-tool.ts';
import { readOptionalView } from '../../query/policy-view.ts';
import type { Question } from '../../query/question.ts';
import { requirePseudonyms } from '../../query/require-pseudonyms.ts';
import {
  BREAKDOWN_FORMATS,
  COMPARISON_FORMATS,
  type FormatName,
  NAMES_FORMATS,
} from '../../report/render.ts';
import type { Span } from '../../store/span.ts';
import { printWarning } from '../output/print-errors.ts';
import { printSkippedAdvisories } from '../output/read-summary.ts';
import { buildCommand, choice, flag, list, longFlag, type OptionValues, option } from './declare-option.ts';
import { type CatalogueOptions, type CommonOptions, type ReportOptions, TOOL_VALUES } from './options.ts';
import type { PolicyOptions } from './policy-options.ts';
import { chooseZone, formatTypedTime, parseDateTime } from './time-options.ts';

export const questionOptions = {
  since: option('--since <time>', 'Input', 'Report from this date or time on', {
    isCommon: true,
    changesResult: true,
  }),
  until: option('--until <time>', 'Input', 'Report up to this date or time, exclusive', {
    isCommon: true,
    changesResult: true,
  }),
  host: list('--host <host>', 'Input', 'Report this address, name or MAC only', {
    isCommon: true,
    changesResult: true,
    stored: 'host',
  }),
  group: list('--group <group>', 'Input', 'Report hosts of this group only', { changesResult: true }),
  tool: list('--tool <id>', 'Input', 'Report this tool or provider only, by id or name', {
    isCommon: true,
    changesResult: true,
    ...TOOL_VALUES,
  }),
  by: choice('--by <key>', 'Output', 'Add a breakdown', BREAKDOWNS, { isCommon: true, changesResult: true }),
  against: option(
    '--against <report>',
    'Input',
    'Compare the time after an earlier report (--format json) with its period',
    { isCommon: true, changesResult: true },
  ),
  againstSince: option(
    '--against-since <time>',
    'Input',
    'Compare with the period from this date or time on',
    { changesResult: true },
  ),
  againstUntil: option(
    '--against-until <time>',
    'Input',
    'End of that period, exclusive (default: --since)',
    { changesResult: true },
  ),
  withoutNames: flag('--without-names', 'Output', 'Add a table of the result without any server name', {
    changesResult: true,
  }),
};
export type QuestionOptions = OptionValues<typeof questionOptions>;

export function listRequestedParts(options: QuestionOptions): string[] {
  const values: Readonly<Record<string, string | boolean | readonly string[] | undefined>> = options;
  return Object.entries(questionOptions).flatMap(([key, { flags }]) => {
    const value = values[key];
    const isAsked = typeof value === 'boolean' ? value : (value?.length ?? 0) > 0;
    return isAsked ? [longFlag(flags)] : [];
  });
}

type ReportQuestionOptions = QuestionOptions &
  CommonOptions &
  CatalogueOptions &
  ReportOptions &
  PolicyOptions;

/** Throws USAGE for an invalid question, or for a part that the format does not show. */
export async function readQuestion(
  parsed: ParsedCommand,
  inputs: readonly string[],
  written: ReportQuestionOptions,
): Promise<Question> {
  const toolNames = await findRequestedTools(written);
  const options = { ...written, ...(await readReportSpans(written)), tool: [...toolNames.keys()] };
  const { by, format, withoutNames } = options;
  if (by !== undefined) requireFormat(BREAKDOWN_FORMATS, format, '--by', `--by ${by}`);
  if (withoutNames === true) requireFormat(NAMES_FORMATS, format, '--without-names');
  const policy = await readOptionalView(options);
  if (policy !== null) requirePseudonyms(policy);
  printSkippedAdvisories(policy, options);
  const timezone = chooseZone(options, policy?.onDisk?.policy.timezone);
  const { since, until } = parseSpan(options, timezone);
  const against = parseComparedSpan(options, since, timezone);
  return {
    ...buildCommand(parsed, inputs, { tool: options.tool, ...typedSpan(options, timezone) }),
    span: { sinceSeconds: since, untilSeconds: until },
    against,
    hasTrend: against === null,
    by,
    withoutNames,
    policy,
    hosts: options.host,
    groups: options.group,
    tools: options.tool,
    toolNames,
    generated: options.stamp === true ? new Date() : null,
    ...(options.quiet === true
      ? {}
      : { onSilentHost: (host) => printWarning(`no host "${host}" was seen in that span`) }),
  };
}

/** Returns the requested span in Unix seconds. Throws USAGE for a span that ends before it begins. */
export function parseSpan(
  { since, until }: Pick<QuestionOptions, 'since' | 'until'>,
  timezone: string,
): { readonly since: number | undefined; readonly until: number | undefined } {
  const from = since === undefined ? undefined : parseDateTime('--since', since, timezone);
  const to = until === undefined ? undefined : parseDateTime('--until', until, timezone);
  if (from !== undefined && to !== undefined && from >= to)
    throw optionError('--since', '--since must be before --until');
  return { since: from, until: to };
}

/** Returns the requested span as the repeated command contains it. */
export function typedSpan(options: Pick<QuestionOptions, 'since' | 'until'>, timezone: string) {
  const { since, until } = parseSpan(options, timezone);
  return {
    since: formatTypedTime(options.since, since, timezone),
    until: formatTypedTime(options.until, until, timezone),
  };
}

/** Returns the names of the requested tools by id. Throws USAGE. */
async function findRequestedTools({
  tool,
  catalogue,
}: ReportQuestionOptions): Promise<ReadonlyMap<string, string>> {
  if (tool.length === 0) return new Map();
  const known = await loadCatalogue(catalogue);
  return new Map(tool.map((text) => requireKnownRow(known, text)).map(({ id, name }) => [id, name]));
}

function requireFormat(formats: readonly FormatName[], format: FormatName, name: string, shown = name): void {
  if (!formats.includes(format))
    throw optionError(
      name,
      `--format ${format} does not show ${shown}`,
      `use --format ${formats.join(', ')}`,
    );
}

/** Requests the time since the end of an earlier report, compared with its period. */
async function readReportSpans({
  against,
  againstSince,
  since,
}: Pick<ReportQuestionOptions, 'against' | 'againstSince' | 'since'>): Promise<
  Partial<Pick<ReportQuestionOptions, 'since' | 'againstSince' | 'againstUntil'>>
> {
  if (against === undefined) return {};
  if (againstSince !== undefined)
    throw optionError('--against', '--against and --against-since exclude each other');
  const { readReportPeriod } = await import('../../query/inputs/report-period.ts');
  const period = readReportPeriod(against);
  return { since: since ?? period.until, againstSince: period.since, againstUntil: period.until };
}

// The period that a report is compared with, if requested: `--against-since`, `--against-until`.

export interface AgainstOptions {
  readonly since?: string;
  readonly by?: string;
  readonly format: FormatName;
  readonly againstSince?: string;
  readonly againstUntil?: string;
}

/** Returns null without a comparison. Throws USAGE if nothing can be compared, or the format does not show comparisons. */
export function parseComparedSpan(
  options: AgainstOptions,
  since: number | undefined,
  timezone: string,
): Span | null {
  const { againstSince, againstUntil, by, format } = options;
  if (againstSince === undefined) {
    if (againstUntil === undefined) return null;
    throw optionError('--against-until', '--against-until needs --against-since');
  }
  if (since === undefined)
    throw optionError('--against-since', '--against-since needs --since, because it compares two spans');
  if (by !== undefined) throw optionError('--by', '--by and --against-since exclude each other');
  requireFormat(COMPARISON_FORMATS, format, '--against-since');
  const from = parseDateTime('--against-since', againstSince, timezone);
  const to = againstUntil === undefined ? since : parseDateTime('--against-until', againstUntil, timezone);
  if (from >= to) throw optionError('--against-since', '--against-since must be before --against-until');
  if (to > since)
    throw optionError(
      '--against-until',
      'the period to compare with must end before --since',
      'swap the periods, or end it earlier',
    );
  return { from, to };
}
