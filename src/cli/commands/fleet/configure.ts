// `wiretally fleet configure --policy FILE --sign-key KEY --to URL`: distributes signed policy, hosts file and catalogue
// entries to sensors.

import { basename } from 'node:path';
import { loadCatalogue, readOwnTexts } from '../../../files/catalogue-files.ts';
import { optionError, usageError } from '../../../model/errors.ts';
import type { SensorConfig } from '../../../store/signed-config.ts';
import { defineCommand, example } from '../../command.ts';
import { brokerAccess, brokerFiles, brokerOptions, isNats } from '../../input/broker.ts';
import { changeOption, list, type OptionValues, option, wholeNumber } from '../../input/declare-option.ts';
import { catalogueOptions, commonOptions } from '../../input/options.ts';
import { advisoriesOption, hostsOption, policyOption, sensorsOptions } from '../../input/policy-options.ts';
import { keepDaysOption } from '../../input/signed-config-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { buildMessagePrinters } from '../../output/print-errors.ts';
import { printSkippedAdvisories } from '../../output/read-summary.ts';
import { writeLines } from '../../output/stdout.ts';
import { confineDelivery } from '../../rights/confine-delivery.ts';
import { urlPlace } from '../../rights/server-ports.ts';

const options = {
  to: list(
    '--to <address>',
    'Output',
    'Destination: nats://USER@HOST:PORT, tls://…, or a file that sensors read',
    { isMandatory: true },
  ),
  signKey: option('--sign-key <key.pem>', 'Input', 'Ed25519 private key; sensors trust its public key', {
    isMandatory: true,
  }),
  for: list('--for <sensor>', 'Input', 'Sensors that apply it; "*" matches any text (default: all)', {
    isCommon: true,
  }),
  policy: changeOption(policyOption, { description: 'Policy file of the sensors' }),
  hosts: hostsOption,
  advisories: advisoriesOption,
  keepDays: changeOption(keepDaysOption, { description: 'Sensors delete delivered days that are older' }),
  revision: wholeNumber(
    '--revision <n>',
    'General',
    'Revision number (default: the highest present plus one)',
    { min: 1, max: Number.MAX_SAFE_INTEGER },
  ),
  ...sensorsOptions,
  ...catalogueOptions,
  ...brokerOptions,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  summary: 'Sign and distribute policy, hosts file and catalogue to sensors',
  options,
  /** It connects to servers, and knows its outputs only after parsing its options: confine-delivery.ts. */
  permissions: { confinesItself: true },
  examples: [
    example(
      'fleet configure --policy policy.yaml --sign-key key.pem --to rules.signed',
      'Write the policy of all sensors to a file',
    ),
    example(
      "fleet configure --keep-days 30 --for 'paris-*' --sign-key key.pem --to paris.signed",
      'Set the retention period on the sensors of one site',
    ),
  ],
  /** Throws USAGE, POLICY_INVALID, CATALOGUE_INVALID, HOSTS_INVALID, SENSORS_INVALID, BROKER_FAILED, STORE_WRITE. */
  async run(_, options) {
    const { to, policy, hosts, sensors, catalogue, advisories, signKey } = options;
    if (
      policy === undefined &&
      hosts === undefined &&
      sensors === undefined &&
      advisories === undefined &&
      catalogue.length === 0 &&
      options.keepDays === undefined
    ) {
      throw usageError(
        'the configuration is empty',
        'pass --policy FILE, --hosts FILE, --sensors FILE, --advisories DIR, --catalogue DIR or --keep-days N',
      );
    }
    const access = to.filter(isNats).map((address) => brokerAccess(address, options, process.env));
    const files = to.filter((address) => !isNats(address));
    const inputs = [policy, hosts, sensors, advisories, signKey].filter((file) => file !== undefined);
    for (const file of files) await requireOutput(file, inputs);
    const reads = [...inputs, ...catalogue, ...brokerFiles(options)];
    const servers = access.map(({ url }) => urlPlace(url, Number(url.port)));
    confineDelivery(
      { folders: [], files, reads, servers },
      options,
      buildMessagePrinters(options).printDetail,
    );
    const { readPrivateKey } = await import('../../../store/signing.ts');
    const key = readPrivateKey(signKey, 'option --sign-key');
    const content = await readContent(options);
    const { publishConfig } = await import('../../../fleet/configuration/publish.ts');
    await publishConfig(content, key, {
      files,
      brokers: access,
      revision: options.revision ?? null,
      print: (line) => writeLines([line]),
    });
    return EXIT.done;
  },
});

/** Reads and validates the parts, so that an unusable part is never signed. */
async function readContent(options: Options): Promise<Omit<SensorConfig, 'revision'>> {
  const { policy, hosts, sensors, advisories, catalogue, keepDays } = options;
  const [{ readTextFile }, { openSignedConfig }] = await Promise.all([
    import('../../../query/inputs/policy-file.ts'),
    import('../../../query/inputs/signed-config-file.ts'),
  ]);
  const content = {
    made: new Date().toISOString(),
    sensors: options.for.length === 0 ? ['*'] : [...options.for],
    policy: policy === undefined ? null : readTextFile(policy),
    hosts: hosts === undefined ? null : readTextFile(hosts),
    // Older programs reject a configuration with an unknown part.
    ...(sensors === undefined ? {} : { sensorNetworks: readTextFile(sensors) }),
    ...(advisories === undefined ? {} : { advisories: await readAdvisories(options, advisories) }),
    catalogue: catalogue.flatMap(readOwnTexts).map(({ file, text }) => ({ name: basename(file), text })),
    keepDays: keepDays ?? null,
  };
  await openSignedConfig(
    { revision: 1, ...content },
    policy ?? hosts ?? sensors ?? catalogue[0] ?? 'configuration',
  );
  return content;
}

async function readAdvisories({ catalogue }: Options, path: string): Promise<string> {
  const [{ readOptionalAdvisories }, { advisoriesText }] = await Promise.all([
    import('../../../query/policy-view.ts'),
    import('../../../policy/parse-advisory.ts'),
  ]);
  const published = await readOptionalAdvisories(path, await loadCatalogue(catalogue));
  printSkippedAdvisories(published);
  return advisoriesText(published.advisories);
}

async function requireOutput(to: string, inputs: readonly string[]): Promise<void> {
  if (/^[a-z][a-z+]*:\/\//.test(to)) {
    throw optionError(
      '--to',
      `${to}: not the address of a broker or a file`,
      'pass nats://USER@HOST:PORT, or a file',
    );
  }
  const [{ requireSafeSealed }, { SIGNED_CONFIG_SEAL }] = await Promise.all([
    import('../../output/output-guard.ts'),
    import('../../../store/signed-config.ts'),
  ]);
  requireSafeSealed('--to', to, SIGNED_CONFIG_SEAL, inputs);
}
