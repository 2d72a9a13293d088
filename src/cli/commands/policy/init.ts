// `wiretally policy init`: prints a first policy from a decision.

import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { catalogueFacts } from '../../../catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { PROVIDER_KINDS } from '../../../model/catalogue-words.ts';
import { optionError, usageError } from '../../../model/errors.ts';
import { omitUndefined } from '../../../model/omit-undefined.ts';
import { parseNetwork } from '../../../net/address.ts';
import { addDays, draftPolicy } from '../../../policy/draft-policy.ts';
import { parsePolicy } from '../../../policy/parse-policy.ts';
import { parseDateTime } from '../../../policy/policy-time.ts';
import { requireKnownTool } from '../../../query/known-tool.ts';
import { openZone } from '../../../time/zone.ts';
import { defineCommand, example } from '../../command.ts';
import { list, option } from '../../input/declare-option.ts';
import { catalogueOptions, parseNetworks, TOOL_VALUES, timezoneOption } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { printWarning } from '../../output/print-errors.ts';
import { writeOut } from '../../output/stdout.ts';

const options = {
  ban: list('--ban <tool>', 'Policy', 'Banned tool', { isCommon: true, ...TOOL_VALUES }),
  allow: list('--allow <tool>', 'Policy', 'Allowed tool; every other tool is banned', {
    isCommon: true,
    ...TOOL_VALUES,
  }),
  from: option('--from <day>', 'Policy', 'First day of the rule, e.g. 2026-07-10', { isMandatory: true }),
  grace: option('--grace <days>', 'Policy', 'Grace period from that day: 3d, or the first day after it', {
    isCommon: true,
  }),
  exempt: list('--exempt <cidr>', 'Policy', 'Exempt network', {
    parse: parseNetworks('--exempt'),
    isCommon: true,
  }),
  timezone: timezoneOption('the days (default: UTC)'),
  ...catalogueOptions,
};

export const command = defineCommand({
  summary: 'Print a first policy: banned tools from a date, or the only allowed tools',
  options,
  examples: [
    example('policy init --ban claude-code --from 2026-07-10 --grace 3d > ban.yaml', 'First policy'),
    example('policy init --ban claude-code --from 2026-07-10 --exempt 10.30.5.0/24', 'Add an exemption'),
  ],
  async run(_, options) {
    const catalogue = await loadCatalogue(options.catalogue);
    if (options.ban.length + options.allow.length === 0)
      throw usageError(
        'no tool',
        'use for example --ban claude-code, or --allow qwen-code for an allow list',
      );
    const ban = findToolIds(catalogue, '--ban', options.ban);
    const allow = findToolIds(catalogue, '--allow', options.allow);
    const both = ban.find((id) => allow.includes(id));
    if (both !== undefined)
      throw usageError(`${both} is both banned and allowed`, 'pass it with either --ban or --allow');
    const zone = options.timezone ?? 'UTC';
    const from = requireDay('--from', options.from, zone);
    const graceUntil = parseGrace(options.grace, from, zone);
    const facts = catalogueFacts(catalogue);
    const text = draftPolicy(
      {
        ban,
        allow,
        from,
        ...omitUndefined({ graceUntil }),
        exempt: options.exempt.flatMap((written) => parseNetwork(written) ?? []),
        timezone: zone,
      },
      facts,
    );
    for (const { message } of parsePolicy(text, facts).warnings) printWarning(message);
    await writeOut(text);
    return EXIT.done;
  },
});

/** Returns each tool once. Throws USAGE for an unknown tool. */
function findToolIds(catalogue: Catalogue, option: string, written: readonly string[]): string[] {
  const ids = written.map((text) => {
    const { id, kind } = requireKnownTool(catalogue, text);
    if (!PROVIDER_KINDS.includes(kind)) return id;
    throw optionError(
      option,
      `${id} is not a tool: many programs use it (${kind})`,
      'list it under "related" in a rule about a tool to raise suspected findings',
    );
  });
  return [...new Set(ids)];
}

function requireDay(option: string, day: string, zone: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day)
    ? parseDateTime(day, openZone(zone), 'quarter')
    : `"${day}" is not a date: use for example 2026-07-10`;
  if (typeof at === 'string') throw optionError(option, at);
  return day;
}

/** The first day on which use is a violation. */
function parseGrace(grace: string | undefined, from: string, zone: string): string | undefined {
  if (grace === undefined) return undefined;
  const days = /^([1-9]\d{0,3})d$/.exec(grace)?.[1];
  if (days === undefined && !/^\d{4}-/.test(grace))
    throw optionError(
      '--grace',
      `"${grace}" is neither days with their unit, as in 3d, nor a date`,
      'write 3d or 2026-07-13',
    );
  const until = days === undefined ? requireDay('--grace', grace, zone) : addDays(from, Number(days));
  if (until > from) return until;
  throw optionError(
    '--grace',
    `the grace period would end on ${until}, before the policy takes effect`,
    'use for example --grace 3d',
  );
}
