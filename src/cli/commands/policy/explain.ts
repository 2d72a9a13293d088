// `wiretally policy explain POLICY HOST TOOL DATE`: prints which rule applies, and why the others do not.

import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { optionError, usageError } from '../../../model/errors.ts';
import type { HostIdentity, Policy } from '../../../model/policy.ts';
import { SERVICE_PRODUCTS } from '../../../model/services.ts';
import { canonicalAddress, parseAddress } from '../../../net/address.ts';
import { explainPolicy, explanationLines, type Question } from '../../../policy/explain-decision.ts';
import { parseDateTime } from '../../../policy/policy-time.ts';
import { withGroups } from '../../../policy/subjects.ts';
import { readHostsFile, readPolicy } from '../../../query/inputs/policy-file.ts';
import { requireKnownTool } from '../../../query/known-tool.ts';
import { nearestWord } from '../../../text/near-word.ts';
import { isPseudonym } from '../../../text/pseudonym.ts';
import { openZone } from '../../../time/zone.ts';
import { defineCommand, example } from '../../command.ts';
import { flag, type OptionValues, option } from '../../input/declare-option.ts';
import { catalogueOptions, outputOptions, TOOL_VALUES } from '../../input/options.ts';
import { hostsOption } from '../../input/policy-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeJson } from '../../output/stdout.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';

const options = {
  ...catalogueOptions,
  host: option('--host <host>', 'Input', 'Address of the host', { isCommon: true }),
  tool: option('--tool <id>', 'Input', 'Tool of the catalogue', { isCommon: true, ...TOOL_VALUES }),
  service: option('--service <product>', 'Input', 'AI service that the host runs, instead of --tool', {
    suggest: () => Promise.resolve([...SERVICE_PRODUCTS.keys()]),
  }),
  exposed: flag('--exposed', 'Input', 'With --service: hosts of other networks reach it'),
  at: option('--at <time>', 'Input', 'Date or time, in the time zone of the policy', { isCommon: true }),
  mac: option('--mac <mac>', 'Input', 'MAC address of the host'),
  name: option('--name <name>', 'Input', 'Host name'),
  vlan: option('--vlan <id>', 'Input', 'VLAN of the host'),
  hosts: hostsOption,
  ...outputOptions,
};
type Options = OptionValues<typeof options>;

export const command = defineCommand({
  summary: 'Explain which rule applies to a host and a tool on a date',
  arguments: [
    { name: '<policy>', description: 'Policy file' },
    { name: '[host]', description: 'Same as --host' },
    { name: '[tool]', description: 'Same as --tool', suggest: TOOL_VALUES.suggest },
    { name: '[date]', description: 'Same as --at' },
  ],
  options,
  examples: [
    example('policy explain ban.yaml 10.20.1.13 claude-code 2026-07-14', 'Explain why a rule applies'),
    example(
      'policy explain ban.yaml --host 10.20.1.13 --tool claude-code --at 2026-07-01 --json',
      'Print as JSON why a rule does not apply before its date',
    ),
  ],
  async run([file = '', ofHost, ofTool, date], given) {
    const host = requireOption(given.host ?? ofHost, 'host');
    const at = requireOption(given.at ?? date, 'at');
    const tool = given.tool ?? ofTool;
    const catalogue = await loadCatalogue(given.catalogue);
    const { policy } = readPolicy(file, catalogue);
    requireHost(policy, host, given);
    const zone = openZone(policy.timezone);
    const seconds = parseDateTime(at, zone, 'any');
    if (typeof seconds === 'string') throw optionError('--at', seconds);
    const identity = buildIdentity(host, given);
    const explanation = explainPolicy(policy, {
      host: given.hosts === undefined ? identity : withGroups(identity, readHostsFile(given.hosts).groupsOf),
      tool: buildSubject({ ...given, tool }, catalogue),
      at: seconds,
    });
    if (given.format === 'json') await writeJson(explanation);
    else await writeWrapped(explanationLines(explanation, policy.timezone));
    return EXIT.done;
  },
});

function requireOption(value: string | undefined, option: 'host' | 'at'): string {
  if (value !== undefined) return value;
  throw usageError(
    `give --${option}`,
    'wiretally policy explain POLICY HOST TOOL DATE; see wiretally policy explain --help',
  );
}

const buildIdentity = (host: string, { mac, name, vlan }: Options): HostIdentity => ({
  host: canonicalAddress(host),
  mac: mac?.toLowerCase() ?? null,
  vlans: vlan === undefined ? [] : [Number(vlan)],
  names: name === undefined ? [] : [name.toLowerCase()],
  groups: [],
});

/** Refuses unknown names: they match no network, so the answer would be about no host. */
function requireHost({ groups, rules, exceptions }: Policy, host: string, { name, mac }: Options): void {
  if (parseAddress(host) !== null || isPseudonym(host) || name !== undefined || mac !== undefined) return;
  const scopes = [...groups, ...[...rules, ...exceptions].map(({ scope }) => scope)];
  const listed = scopes.flatMap((scope) => scope.hosts);
  if (listed.includes(canonicalAddress(host))) return;
  const near = nearestWord(host, [...listed, ...scopes.flatMap(({ names }) => names)]);
  const suggestion = near === null || near === host ? '' : `did you mean ${near}? `;
  throw optionError(
    '--host',
    `"${host}" is not an address`,
    `${suggestion}pass the address, with --name ${host} if that is its name`,
  );
}

function buildSubject(
  { tool, service, exposed }: Omit<Options, 'tool'> & { readonly tool: string | undefined },
  catalogue: Catalogue,
): Question['tool'] {
  if ((tool === undefined) === (service === undefined)) throw usageError('pass --tool or --service');
  if (service === undefined) return requireKnownTool(catalogue, tool ?? '');
  const serviceClass = SERVICE_PRODUCTS.get(service);
  if (serviceClass === undefined)
    throw optionError(
      '--service',
      `"${service}" is not a known AI service`,
      `use one of ${[...SERVICE_PRODUCTS.keys()].join(', ')}`,
    );
  return { product: service, class: serviceClass, isExposed: exposed === true };
}
