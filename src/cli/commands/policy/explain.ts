// `wiretally policy explain POLICY --host H --at T`: why a rule applies to a host or not.

import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { SERVICE_PRODUCTS } from '../../../model/services.ts';
import { canonicalAddress, parseAddress } from '../../../net/address.ts';
import { parseDateTime } from '../../../policy/datetime.ts';
import { explainPolicy, type Question } from '../../../policy/explain.ts';
import { readPolicy } from '../../../query/inputs/policy-file.ts';
import { requireKnownTool } from '../../../query/known-tool.ts';
import { isPseudonym } from '../../../text/pseudonym.ts';
import { openZone } from '../../../time/zone.ts';
import { defineCommand, example } from '../../command.ts';
import { flag, type OptionValues, option } from '../../input/declare-option.ts';
import { catalogueOptions, OF_TOOLS } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeLines } from '../../output/stdout.ts';

const options = {
  ...catalogueOptions,
  host: option('--host <host>', 'Input', 'Address of the host', { isMandatory: true }),
  tool: option('--tool <id>', 'Input', 'Tool of the catalogue', { isCommon: true, ...OF_TOOLS }),
  service: option('--service <product>', 'Input', 'AI service that the host runs, instead of --tool', {
    suggest: () => Promise.resolve([...SERVICE_PRODUCTS.keys()]),
  }),
  exposed: flag('--exposed', 'Input', 'With --service: hosts of other networks reach it'),
  at: option('--at <time>', 'Input', 'Date or time, in the time zone of the policy', { isMandatory: true }),
  mac: option('--mac <mac>', 'Input', 'MAC address of the host'),
  name: option('--name <name>', 'Input', 'Host name'),
  vlan: option('--vlan <id>', 'Input', 'VLAN of the host'),
};
type Options = OptionValues<typeof options>;

export const command = defineCommand({
  summary: 'Explain why a rule applies or not',
  arguments: [{ name: '<policy>' }],
  options,
  permissions: {},
  examples: [
    example(
      'policy explain ban.yaml --host 10.20.1.13 --tool claude-code --at 2026-07-14',
      'Why a rule applies',
    ),
    example(
      'policy explain ban.yaml --host 10.20.1.13 --tool claude-code --at 2026-07-01',
      'Why it does not apply before its date',
    ),
  ],
  async run([file = ''], options) {
    requireHost(options);
    const catalogue = await loadCatalogue(options.catalogue);
    const { policy } = readPolicy(file, catalogue);
    const tool = subjectOf(options, catalogue);
    const at = parseDateTime(options.at, openZone(policy.timezone), 'any');
    if (typeof at === 'string') throw new WiretallyError('USAGE', at, { where: 'option --at' });
    const lines = explainPolicy(policy, {
      host: {
        host: canonicalAddress(options.host),
        mac: options.mac?.toLowerCase() ?? null,
        vlans: options.vlan === undefined ? [] : [Number(options.vlan)],
        names: options.name === undefined ? [] : [options.name.toLowerCase()],
        groups: [],
      },
      tool,
      at,
    });
    await writeLines(lines);
    return EXIT.done;
  },
});

/** A word that is no address would match no network, and the answer would be about no host. */
function requireHost({ host, name, mac }: Options): void {
  if (parseAddress(host) !== null || isPseudonym(host) || name !== undefined || mac !== undefined) return;
  throw new WiretallyError('USAGE', `"${host}" is no address`, {
    where: 'option --host',
    next: `give the address, with --name ${host} if that is the name`,
  });
}

function subjectOf({ tool, service, exposed }: Options, catalogue: Catalogue): Question['tool'] {
  if ((tool === undefined) === (service === undefined))
    throw new WiretallyError('USAGE', 'give --tool or --service');
  if (service === undefined) return requireKnownTool(catalogue, tool ?? '');
  const serviceClass = SERVICE_PRODUCTS.get(service);
  if (serviceClass === undefined)
    throw new WiretallyError('USAGE', `"${service}" is no AI service that is known`, {
      where: 'option --service',
      next: `use one of ${[...SERVICE_PRODUCTS.keys()].join(', ')}`,
    });
  return { product: service, class: serviceClass, isExposed: exposed === true };
}
