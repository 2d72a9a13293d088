// `wiretally fleet collect nats://… --store STORE`: stores the windows that sensors deliver.

import { resolve } from 'node:path';
import { usageError } from '../../../model/errors.ts';
import { SERVER_FORMS } from '../../../store/on-server.ts';
import { loadEngine } from '../../../store/open.ts';
import { findServer } from '../../../store/servers.ts';
import { defineCommand, example } from '../../command.ts';
import { brokerAccess, brokerFiles, brokerOptions, carriesInClear } from '../../input/broker.ts';
import { flag, option } from '../../input/declare-option.ts';
import { catalogueOptions, commonOptions } from '../../input/options.ts';
import { sensorsOptions } from '../../input/policy-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { interruptible, pause } from '../../output/interrupt.ts';
import { buildMessagePrinters } from '../../output/print-errors.ts';
import { confineDelivery } from '../../rights/confine-delivery.ts';
import { urlPlace } from '../../rights/server-ports.ts';

const options = {
  store: option('--store <file|dir>', 'Output', `Store of the records, or ${SERVER_FORMS}`, {
    isMandatory: true,
  }),
  once: flag('--once', 'General', 'Collect delivered records, then exit', { isCommon: true }),
  durable: option(
    '--durable <name>',
    'General',
    'Durable consumer name; collectors with the same name share the work',
    { byDefault: 'wiretally' },
  ),
  setAside: option('--set-aside <dir>', 'Output', 'Folder for refused records (default: STORE.refused)'),
  onlyPseudonyms: flag(
    '--only-pseudonyms',
    'Policy',
    'Refuse records with host addresses instead of pseudonyms',
  ),
  ...brokerOptions,
  ...sensorsOptions,
  ...catalogueOptions,
  ...commonOptions,
};

export const command = defineCommand({
  summary: 'Collect delivered records into a store',
  arguments: [
    {
      name: '<address>',
      description: 'Broker that sensors deliver to: nats://USER@HOST:PORT or tls://…',
    },
  ],
  options,
  /** It connects to servers, and knows its outputs only after parsing its options: confine-delivery.ts. */
  permissions: { confinesItself: true },
  examples: [
    example(
      'fleet collect tls://collector@broker.example:4222 --password-file password --store fleet.duckdb',
      'Collect from a broker into a store',
    ),
    example(
      'fleet collect nats://127.0.0.1:4222 --store fleet.duckdb --once',
      'Collect delivered records, then exit',
    ),
  ],
  /** Throws USAGE, STORE_BUSY, and with --once BROKER_FAILED, STORE_WRITE. */
  async run([address = ''], options) {
    const { print, printDetail } = buildMessagePrinters(options);
    const { store: path, durable } = options;
    if (!/^[\w-]{1,32}$/.test(durable))
      throw usageError(`--durable must be letters, digits, - or _, not "${durable}"`);
    const access = brokerAccess(address, options, process.env);
    if (carriesInClear(access))
      print(`${access.url.host}: records are received unencrypted; use tls:// or --tls-ca`);
    const [{ requireSafeOutputs }, { readAttributor }, { collect }] = await Promise.all([
      import('../../output/output-guard.ts'),
      import('../../input/open-store.ts'),
      import('../../../fleet/collect-fleet.ts'),
    ]);
    requireSafeOutputs(brokerFiles(options), { store: path });
    const server = findServer(path);
    const own = server === null ? path.replace(/\/+$/, '') : 'wiretally';
    const aside = options.setAside ?? `${own}.refused`;
    const attributor = await readAttributor(options);
    if (server === null) await loadEngine();
    confineDelivery(
      {
        folders: path.endsWith('/') ? [path, aside] : [aside],
        files: server === null ? [path] : [],
        reads: [...brokerFiles(options), ...(server?.secretFiles(process.env) ?? [])],
        servers: [
          urlPlace(access.url, Number(access.url.port)),
          ...(server === null ? [] : [server.placeOf(path)]),
        ],
      },
      options,
      printDetail,
    );
    const collecting = {
      access,
      durable,
      path,
      attributor,
      asideFolder: resolve(aside),
      isOnce: options.once === true,
      onlyPseudonyms: options.onlyPseudonyms === true,
    };
    await interruptible((signal) => collect({ ...collecting, print, pause, signal }));
    return EXIT.done;
  },
});
