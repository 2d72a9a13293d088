// `wiretally attest`: makes a statement that a tool was not observed, or lists why none is possible; signed with its evidence.

import { loadCatalogue } from '../../files/catalogue-files.ts';
import { optionError, usageError } from '../../model/errors.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import type { Statement } from '../../model/statement.ts';
import { periodText } from '../../policy/attest.ts';
import { attest } from '../../query/attest.ts';
import { BUNDLE_FILES } from '../../query/inputs/bundle-files.ts';
import { readPolicy, readTextFile } from '../../query/inputs/policy-file.ts';
import { requireKnownTool } from '../../query/known-tool.ts';
import { acceptedNames } from '../../query/policy-view.ts';
import { writeAnswerBundle } from '../../query/write-bundle.ts';
import { readPrivateText } from '../../store/signing.ts';
import { formatBytes, formatMinutes, plural } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { parseInstant } from '../../time/instant.ts';
import { HOUR_SECONDS, US } from '../../time/units.ts';
import { defineCommand, example } from '../command.ts';
import { list, option } from '../input/declare-option.ts';
import {
  bundleOptions,
  catalogueOptions,
  commonOptions,
  listFilledInputs,
  logOptions,
  plainFormat,
  TOOL_VALUES,
  timezoneOption,
} from '../input/options.ts';
import { sensorsOptions } from '../input/policy-options.ts';
import { parseDateTime } from '../input/time-options.ts';
import { EXIT } from '../output/exit-code.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeJson } from '../output/stdout.ts';
import { writeWrapped } from '../output/write-wrapped.ts';
import { readSource } from '../reading/read-source.ts';

const options = {
  tool: option('--tool <id>', 'Input', 'Tool, by id or name', { isMandatory: true, ...TOOL_VALUES }),
  since: option('--since <time>', 'Input', 'Start of the period, a date or time', { isMandatory: true }),
  until: option('--until <time>', 'Input', 'End of the period, exclusive', { isMandatory: true }),
  scope: list(
    '--scope <network>',
    'Input',
    'Hosts of this network, or group of the policy (default: every host)',
    { isCommon: true },
  ),
  via: list(
    '--via <gateway>',
    'Input',
    'State that all traffic of the tool passed this address, network or server name',
    { isCommon: true },
  ),
  policy: option('--policy <file>', 'Input', 'Policy with groups, and thresholds under "attest"'),
  timezone: timezoneOption('--since and --until (default: the zone of the policy, else UTC)'),
  bundle: bundleOptions.bundle,
  signKey: bundleOptions.signKey,
  ...plainFormat,
  ...sensorsOptions,
  ...logOptions,
  ...catalogueOptions,
  ...commonOptions,
};

export const command = defineCommand({
  group: 'Policy and evidence',
  summary: 'State that a tool was not observed, or passed a gateway; or why no statement is possible',
  arguments: [{ name: '<source...>', description: 'Captures, a store, or an evidence bundle' }],
  options,
  permissions: { writes: ['bundle'] },
  examples: [
    example(
      'attest office.usage --tool claude-code --since 2026-07-14 --until 2026-07-15',
      'Write a statement of non-use, or the reasons why none is possible',
    ),
    example(
      'attest office.usage --tool openai-codex --since 2026-07-14 --until 2026-07-15 --bundle statement/',
      'Write the statement as a bundle',
    ),
    example(
      'attest office.usage --tool claude-code --via 10.0.0.5 --since 2026-07-14 --until 2026-07-15',
      'State that all of its traffic passed a proxy',
    ),
  ],
  async run(files, options) {
    const inputs = listFilledInputs(files, {});
    const onDisk =
      options.policy === undefined
        ? null
        : readPolicy(options.policy, await loadCatalogue(options.catalogue));
    const zone = options.timezone ?? onDisk?.policy.timezone ?? 'UTC';
    const sinceSeconds = parseDateTime('--since', options.since, zone);
    const untilSeconds = parseDateTime('--until', options.until, zone);
    if (untilSeconds <= sinceSeconds) throw optionError('--until', 'the period ends before it begins');
    const signKeyPem =
      options.signKey === undefined ? null : readPrivateText(options.signKey, 'option --sign-key');
    if (signKeyPem !== null && options.bundle === undefined)
      throw usageError('--sign-key signs a bundle', 'add --bundle DIR');
    const lookedUp = acceptedNames(onDisk);
    const read = await readSource(inputs, { ...options, lookedUp });
    const code = printReadSummary(read, options);
    if (code === EXIT.failed) {
      return code;
    }
    const { statement, document, reported, source, view } = attest(read, {
      tool: requireKnownTool(read.catalogue, options.tool),
      scope: [...options.scope],
      via: [...options.via],
      sinceSeconds,
      untilSeconds,
      timezone: zone,
      policy: options.policy === undefined ? null : readPolicy(options.policy, read.catalogue).policy,
      command: 'attest',
    });
    if (options.bundle !== undefined) {
      const sensorsText = options.sensors === undefined ? null : readTextFile(options.sensors);
      await writeAnswerBundle(options.bundle, {
        document,
        inputs,
        source,
        view,
        signKeyPem,
        sensorsText,
        attributions: reported.attributions,
        hostsText: null,
        catalogues: options.catalogue,
        more: [{ name: BUNDLE_FILES.statement, value: statement }],
      });
    }
    if (options.format === 'json') await writeJson(statement);
    else await writeWrapped(formatStatement(statement), options);
    return code === EXIT.done && statement.result === 'noStatement' ? EXIT.violation : code;
  },
});

/** Returns "20 of 3600 seconds" or "1.5 of 24 hours": hours of a short time would be rounded to 0. */
function formatObservedTime({ observed, period }: Statement): string {
  const whole = (parseInstant(period.until) - parseInstant(period.since)) / US;
  const [unit, seconds] = whole > 2 * HOUR_SECONDS ? ['hours', HOUR_SECONDS] : ['seconds', 1];
  const amount = (part: number): number => Math.floor((part / seconds) * 100) / 100;
  // The share is truncated to millionths.
  const part = Math.min(whole, (observed.share + 1e-6) * whole);
  return `${observed.share === 0 ? 0 : amount(part)} of ${amount(whole)} ${unit}`;
}

function formatSensor(
  { sensor, first, last, packets, silent = [] }: Statement['sensors'][number],
  { timezone }: Statement['period'],
): string {
  const formatSpan = (since: string, until: string): string =>
    periodText({ since, until, ...omitUndefined({ timezone }) });
  const seen =
    first === null || last === null
      ? 'no records in the period'
      : `${formatSpan(first, last)}, ${plural(packets, 'packet')}`;
  const pauses = silent.map(({ from, to }) => `; silent ${formatSpan(from, to)}`);
  return `sensor     ${visibleText(sensor)}: ${seen}${pauses.join('')}`;
}

function formatStatement(statement: Statement): string[] {
  const { sentence, period, observed, hosts, bytes, sensors, found, flows } = statement;
  const share = bytes.lookedInto === null ? 'none' : `${Math.floor(bytes.lookedInto * 1000) / 10} %`;
  return [
    visibleText(sentence),
    '',
    `period     ${periodText(period)}`,
    `observed   ${formatObservedTime(statement)} (${Math.floor(observed.share * 10_000) / 100} %), longest gap ${formatMinutes(observed.longestGapMinutes)}`,
    `hosts      ${hosts.seen} seen, ${hosts.hidden} with too much hidden traffic`,
    `bytes      ${formatBytes(bytes.total)}, inspected: ${share}`,
    ...(bytes.inside === 0
      ? []
      : [`  inside   ${formatBytes(bytes.inside)} between local networks, not covered`]),
    ...bytes.notVisible.map(
      ({ kind, flows, bytes: hidden }) =>
        `  hidden   ${kind}: ${formatBytes(hidden)} in ${plural(flows, 'flow')}`,
    ),
    ...(statement.accepted ?? []).map(
      ({ kind, to, bytes: size }) =>
        `  accepted ${kind} to ${visibleText(to.join(', '))}: ${formatBytes(size)}`,
    ),
    ...(statement.advice ?? []).map((line) => `to fix     ${visibleText(line)}`),
    ...sensors.map((sensor) => formatSensor(sensor, period)),
    `found      ${plural(found.uses, 'host')} with use, ${found.possible} possible, ${found.telemetry} telemetry only, ${found.attempts} with DNS queries only, ${found.nearby} with an unknown program, ${found.unknownNames} with unlisted names of an AI runtime, ${found.unlisted} with large requests to unlisted names, ${found.services} with AI services of local networks`,
    ...(flows === undefined
      ? []
      : [
          `paths      ${plural(flows.through, 'connection')} through the gateways, ${flows.around} direct, ${flows.unclear + flows.unknown} unclear`,
        ]),
    `made with  wiretally ${statement.wiretally}, catalogue ${statement.catalogue}`,
    ...statement.conditions.map((condition) => `not covered: ${condition}`),
  ];
}
