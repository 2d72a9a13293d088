// `wiretally diagnose SOURCE… [--host H] [--tool ID] [--name N] [--behind CAPTURE]`: finds why connections of AI tools fail.

import { basename } from 'node:path';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/package-version.ts';
import { usageError } from '../../model/errors.ts';
import { findMaximum, findMinimum } from '../../model/extremes.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import { canonicalAddress } from '../../net/address.ts';
import {
  buildDiagnosis,
  compareDiagnoses,
  firstStart,
  listAddressNames,
  namesToDiagnose,
} from '../../query/diagnosis.ts';
import { sourceKind } from '../../query/inputs/source-kind.ts';
import { requireKnownRow } from '../../query/known-tool.ts';
import type { SourceRead } from '../../query/source.ts';
import { cutToSpan } from '../../query/source-part.ts';
import { renderDiagnosis } from '../../report/diagnosis/render-diagnosis.ts';
import type { DiagnosedSource } from '../../report/html/diagnosis-page.ts';
import type { Span } from '../../store/span.ts';
import { formatInstant } from '../../time/instant.ts';
import { defineCommand, example } from '../command.ts';
import { list, type OptionValues, option } from '../input/declare-option.ts';
import {
  catalogueOptions,
  commonOptions,
  formatOption,
  jsonAlias,
  listFilledInputs,
  logOptions,
  TOOL_VALUES,
  timezoneOption,
} from '../input/options.ts';
import { sensorsOptions } from '../input/policy-options.ts';
import { parseComparedSpan, parseSpan, questionOptions } from '../input/question-options.ts';
import { chooseZone } from '../input/time-options.ts';
import { EXIT } from '../output/exit-code.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeOut } from '../output/stdout.ts';
import { buildTerminal } from '../output/terminal.ts';
import { type InputOptions, readSource } from '../reading/read-source.ts';

const options = {
  host: option('--host <host>', 'Input', 'Address of the host (default: all)', {
    isCommon: true,
    stored: 'host',
  }),
  tool: option('--tool <id>', 'Input', 'Tool or provider, by id or name (default: all)', {
    isCommon: true,
    ...TOOL_VALUES,
  }),
  name: option(
    '--name <name>',
    'Input',
    'Server name (default: all of the catalogue); with captures also an unlisted name',
    { isCommon: true },
  ),
  behind: list(
    '--behind <file>',
    'Input',
    'Capture of the same time, taken behind the firewall, NAT or proxy',
    {
      isCommon: true,
    },
  ),
  since: questionOptions.since,
  until: questionOptions.until,
  compare: list('--compare <file>', 'Input', 'Source of another time, to compare with', {
    isCommon: true,
  }),
  againstSince: questionOptions.againstSince,
  againstUntil: questionOptions.againstUntil,
  timezone: timezoneOption("times (default: the system's; UTC in machine formats)"),
  format: formatOption('terminal', 'json', 'html'),
  ...jsonAlias,
  ...sensorsOptions,
  ...logOptions,
  ...catalogueOptions,
  ...commonOptions,
};

export const command = defineCommand({
  group: 'Analyze',
  summary: 'Diagnose why connections of AI tools fail: place, time and fix (in English)',
  arguments: [{ name: '<source...>', description: 'Captures, logs, a store, or an evidence bundle' }],
  options,
  examples: [
    example('diagnose office.pcap.gz', 'Diagnose every name that fails'),
    example('diagnose history.duckdb --host 10.20.1.13 --tool claude-code', 'Diagnose one host from a store'),
    example('diagnose today.pcap --compare yesterday.pcap', 'Compare two captures'),
    example(
      'diagnose history.duckdb --since 2026-07-14T14:20 --compare history.duckdb',
      'Compare two periods of a store',
    ),
  ],
  async run(files, options) {
    const inputs = listFilledInputs(files, {});
    const isBundle = sourceKind(inputs) === 'bundle';
    // Checked before captures are read for minutes. A bundle may contain its own entries.
    if (options.tool !== undefined && !isBundle)
      requireKnownRow(await loadCatalogue(options.catalogue), options.tool);
    const zone = chooseZone(options);
    const { since, until } = parseSpan(options, zone);
    const against = parseComparedSpan(options, since, zone);
    requireSingleComparison(options, against !== null);
    const more = { ...options, ...namesToDiagnose(options.name) };
    const whole = await readSource(inputs, more);
    const code = printReadSummary(whole, options);
    if (code === EXIT.failed) {
      return code;
    }
    const other = await readComparedSource(whole, more);
    const otherCode = other === null ? EXIT.done : printReadSummary(other, options);
    if (otherCode !== EXIT.failed) {
      const { host, tool, name } = options;
      const question = omitUndefined({
        host: host === undefined ? undefined : canonicalAddress(host),
        tool: tool === undefined ? undefined : requireKnownRow(whole.catalogue, tool).id,
        name,
      });
      const source = cutToSpan(whole, since, until, zone);
      const compared = options.compare.length === 0 && against !== null ? whole : other;
      const result =
        compared === null || options.behind.length > 0
          ? buildDiagnosis(source, question, compared)
          : compareDiagnoses(source, cutComparedSource(compared, since, against, zone), question);
      const titleOf = (tool: string): string => whole.catalogue.toolName(tool);
      const text = { ...buildTerminal(options), titleOf, source: describeSource(files, source) };
      await writeOut(await renderDiagnosis(options.format, result, zone, text));
    }
    return code === EXIT.done ? otherCode : code;
  },
});

type Options = OptionValues<typeof options>;

/** Describes the source without folders and addresses of stores, because the page may be passed on. */
function describeSource(files: readonly string[], { windows }: SourceRead): DiagnosedSource {
  const names = files.map((file) =>
    file === '-' ? 'standard input' : file.includes('://') ? 'a store' : basename(file),
  );
  const cells = windows.flatMap(({ outcomes = [] }) => outcomes);
  const times = cells.flatMap(({ firstUs, lastUs }) => [firstUs, lastUs]);
  const span =
    times.length === 0
      ? {}
      : { from: formatInstant(findMinimum(times)), to: formatInstant(findMaximum(times)) };
  return { files: names, version: packageVersion(), ...span };
}

/** Reads the source of another place or time; null without one. */
async function readComparedSource(
  source: SourceRead,
  options: Options & InputOptions,
): Promise<SourceRead | null> {
  if (options.compare.length > 0) return await readSource(options.compare, options);
  if (options.behind.length === 0) return null;
  return await readSource(options.behind, { ...options, addressNames: listAddressNames(source) });
}

/** Cuts the earlier source at the start of the diagnosed time, because it may be the same store. */
function cutComparedSource(
  source: SourceRead,
  since: number | undefined,
  against: Span | null,
  zone: string,
): SourceRead {
  if (against !== null) return cutToSpan(source, against.from, against.to, zone);
  const isBefore = since !== undefined && firstStart(source) < since;
  return isBefore ? cutToSpan(source, undefined, since, zone) : source;
}

/** Throws USAGE. */
function requireSingleComparison({ behind, compare }: Options, isAgainst: boolean): void {
  if (behind.length === 0 || (compare.length === 0 && !isAgainst)) return;
  throw usageError('two comparisons at once', 'pass either --behind, or --compare or --against-since');
}
