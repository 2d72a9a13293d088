// `wiretally collect nats://… --store STORE`: takes what sensors ship into a store.

import { addCarrierOptions } from '../../input/carrier.ts';
import { addCatalogueOption, addCommonOptions } from '../../input/options.ts';
import { addSensorsOption } from '../../input/sensors-option.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import type { CollectOptions } from './options.ts';

export const defineCollect: DefineVerb = (command, done) => {
  command
    .argument('<address>', 'nats://USER@HOST:PORT or tls://…, as sensors ship to it')
    .requiredOption('--store <file|dir>', 'where windows are kept, or clickhouse://USER@HOST:PORT/DATABASE')
    .option('--once', 'take what waits, then end')
    .option('--durable <name>', 'place on the broker; collectors with one name share the work', 'wiretally')
    .option('--set-aside <dir>', 'for what has no place in the store (default: STORE.refused)')
    .option('--only-pseudonyms', 'set aside windows that tell hosts as they are');
  addCarrierOptions(command);
  addSensorsOption(command);
  addCatalogueOption(command);
  addCommonOptions(command);
  command.action(async (address: string, options: CollectOptions) => {
    const { runCollect } = await import('./run-collect.ts');
    await runCollect(address, options);
    done(EXIT.done);
  });
};
