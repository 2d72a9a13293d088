// `wiretally fleet ship DIR --to URL`: delivers the stored windows of a sensor without loss.

import { statSync } from 'node:fs';
import type { SignedConfigLoop } from '../../../fleet/configuration/signed-config-loop.ts';
import type { BrokerAccess } from '../../../fleet/delivery/nats.ts';
import { errorAt, optionError } from '../../../model/errors.ts';
import { isOnServer, SERVER_SCHEMES } from '../../../store/on-server.ts';
import { findServer } from '../../../store/servers.ts';
import { defineCommand, example } from '../../command.ts';
import { brokerAccess, brokerFiles, brokerOptions, carriesInClear, isNats } from '../../input/broker.ts';
import { changeOption, flag, list, type OptionValues, wholeNumber } from '../../input/declare-option.ts';
import { commonOptions } from '../../input/options.ts';
import { keepDaysOption, requireTrust, signedConfigOptions } from '../../input/signed-config-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { interruptible, pause } from '../../output/interrupt.ts';
import { buildMessagePrinters } from '../../output/print-errors.ts';
import { confineDelivery } from '../../rights/confine-delivery.ts';
import { urlPlace } from '../../rights/server-ports.ts';

const MIB = 1 << 20;
/** Free space that is reserved for other programs, above all for the sensor. */
const MIN_FREE_MIB = 64;

const options = {
  to: list(
    '--to <address>',
    'Output',
    `Destination: nats://USER@HOST:PORT, tls://…, ${SERVER_SCHEMES} or a folder`,
    { isMandatory: true },
  ),
  once: flag('--once', 'General', 'Deliver undelivered records, then exit', { isCommon: true }),
  every: wholeNumber('--every <seconds>', 'General', 'Polling interval for new records', {
    min: 1,
    max: 3600,
    byDefault: 5,
  }),
  keepDays: changeOption(keepDaysOption, {
    description: 'Delete delivered days that are older (default: when space is needed)',
  }),
  maxSize: wholeNumber(
    '--max-size <mib>',
    'General',
    'Maximum size of the folder, in MiB; the oldest days are deleted first, delivered ones before others',
    { min: 1, max: 1 << 30 },
  ),
  minFree: wholeNumber(
    '--min-free <mib>',
    'General',
    'Minimum free space of the disk, in MiB; days are deleted to keep it',
    { min: 0, max: 1 << 30, byDefault: MIN_FREE_MIB },
  ),
  ...signedConfigOptions,
  signedConfig: changeOption(signedConfigOptions.signedConfig, {
    description: 'File of the signed configuration of this sensor, received from the broker',
  }),
  ...brokerOptions,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  summary: 'Deliver records of a sensor to a broker, a server or a folder',
  arguments: [
    {
      name: '<dir>',
      description: 'Store written by "watch --write" or "analyze --sensor NAME --write"',
    },
  ],
  options,
  /** It connects to servers, and knows its outputs only after parsing its options: confine-delivery.ts. */
  permissions: { confinesItself: true },
  examples: [
    example('fleet ship windows --to delivered --once', 'Deliver records to another folder'),
    example(
      'fleet ship windows --to tls://sensors@broker.example:4222 --password-file password',
      'Deliver to a broker until interrupted',
    ),
  ],
  async run([folder = ''], options) {
    const { print, printDetail } = buildMessagePrinters(options);
    requireSpool(folder);
    const addresses = [...new Set(options.to)];
    // Commander cannot require a list, which is empty by default.
    if (addresses.length === 0) throw optionError('--to', 'no destination', 'add --to ADDRESS');
    const access = addresses.filter(isNats).map((address) => brokerAccess(address, options, process.env));
    for (const brokerAccess of access)
      if (carriesInClear(brokerAccess))
        print(`${brokerAccess.url.host}: records are sent unencrypted; use tls:// or --tls-ca`);
    const servers = addresses.filter(isOnServer);
    const folders = addresses.filter((address) => !isNats(address) && !isOnServer(address));
    for (const to of folders) requireFolder(folder, to);
    const [{ natsDestination }, { storeDestination }, { deliver }] = await Promise.all([
      import('../../../fleet/delivery/nats-destination.ts'),
      import('../../../fleet/delivery/store-destination.ts'),
      import('../../../fleet/deliver.ts'),
    ]);
    const destinations = [...access.map(natsDestination), ...[...servers, ...folders].map(storeDestination)];
    const signedConfigs = await receiveSignedConfigs(folder, access, options, print);
    confineDelivery(
      {
        folders: [folder, ...folders],
        files: options.signedConfig === undefined ? [] : [options.signedConfig],
        reads: [
          ...brokerFiles(options),
          ...new Set(servers.flatMap((to) => findServer(to)?.secretFiles(process.env) ?? [])),
        ],
        servers: [
          ...access.map(({ url }) => urlPlace(url, Number(url.port))),
          ...servers.flatMap((to) => findServer(to)?.placeOf(to) ?? []),
        ],
      },
      options,
      printDetail,
    );
    const delivery = {
      isOnce: options.once === true,
      everyMs: options.every * 1000,
      mostBytes: options.maxSize === undefined ? null : options.maxSize * MIB,
      leastFreeBytes: options.minFree * MIB,
      keepDays: options.keepDays ?? null,
    };
    await interruptible((signal) =>
      deliver({ folder, destinations, signedConfigs, ...delivery, print, pause, signal }),
    );
    return EXIT.done;
  },
});

function requireSpool(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw errorAt('INPUT_UNREADABLE', folder, 'no such folder', {
    next: 'pass the folder of "watch --write" or "analyze --sensor NAME --write"',
  });
}

function requireFolder(spool: string, to: string): void {
  const refuse = (reason: string, next: string): never => {
    throw optionError('--to', `${to}: ${reason}`, next);
  };
  if (/^[a-z][a-z+]*:\/\//.test(to))
    refuse('unsupported kind of destination', 'use nats://USER@HOST:PORT, or a folder');
  const existing = statSync(to, { throwIfNoEntry: false });
  if (existing === undefined) return;
  const own = statSync(spool);
  if (existing.dev === own.dev && existing.ino === own.ino)
    refuse('is also the source folder', 'pass another');
  if (!existing.isDirectory()) refuse('is a file', 'pass a folder');
}

/** Returns null if none are requested. Throws USAGE. */
async function receiveSignedConfigs(
  folder: string,
  from: readonly BrokerAccess[],
  options: Options,
  print: (text: string) => void,
): Promise<SignedConfigLoop | null> {
  requireTrust(options);
  const { signedConfig: file, trust } = options;
  if (file === undefined) return null;
  if (from.length === 0) {
    throw optionError(
      '--signed-config',
      'signed configurations require a broker in --to',
      'without a broker pass the file to the sensor: wiretally watch --signed-config FILE',
    );
  }
  const [{ requireSafeSealed }, { SIGNED_CONFIG_SEAL }, { openSignedConfigLoop }, { findConfigFault }] =
    await Promise.all([
      import('../../output/output-guard.ts'),
      import('../../../store/signed-config.ts'),
      import('../../../fleet/configuration/signed-config-loop.ts'),
      import('../../../query/inputs/signed-config-file.ts'),
    ]);
  requireSafeSealed('--signed-config', file, SIGNED_CONFIG_SEAL, [folder, ...trust]);
  return openSignedConfigLoop({ folder, file, trust, from, faultOf: findConfigFault, print });
}
