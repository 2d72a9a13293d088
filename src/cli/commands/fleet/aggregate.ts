// `wiretally fleet aggregate STORE --shard I/N`: makes the period sums from which reports are answered.

import { usageError, type WiretallyError } from '../../../model/errors.ts';
import { isOnServer, SERVER_FORMS } from '../../../store/on-server.ts';
import { openStore } from '../../../store/open.ts';
import { MAX_SHARDS, type Shard } from '../../../store/store.ts';
import { plural } from '../../../text/quantity.ts';
import { ARGUMENT, defineCommand, example } from '../../command.ts';
import { option, refuse } from '../../input/declare-option.ts';
import { readAttributor, requireExistingStore } from '../../input/open-store.ts';
import { catalogueOptions, commonOptions, outputOptions } from '../../input/options.ts';
import { sensorsOptions } from '../../input/policy-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';

const options = {
  shard: option<Shard>('--shard <i/n>', 'Input', 'Process part I of N of the hosts (default: 1/1)', {
    parse: parseShard,
    isCommon: true,
  }),
  ...outputOptions,
  ...sensorsOptions,
  ...catalogueOptions,
  ...commonOptions,
};

const ALL: Shard = { part: 1, of: 1 };

export const command = defineCommand({
  summary: 'Precompute sums of a store for fast reports',
  arguments: [{ name: '<store>', description: `${SERVER_FORMS}, or a DuckDB file` }],
  options,
  permissions: { writes: [ARGUMENT] },
  examples: [
    example('fleet aggregate history.duckdb', 'Aggregate new records of all hosts'),
    example('fleet aggregate history.duckdb --shard 1/1 --json', 'Print JSON'),
  ],
  async run([path = ''], options) {
    // Opening for writing would create a missing store.
    requireExistingStore(path);
    if (isOnServer(path)) await (await openStore(path, { mode: 'read' })).close();
    const attributor = await readAttributor(options);
    const store = await openStore(path, { mode: 'write' });
    try {
      if (store.attribute === undefined) throw buildRefusal(path);
      const chosenShard = options.shard ?? ALL;
      const { periods, wasPending } = await store.attribute(attributor, chosenShard);
      const sentence = wasPending ? `${plural(periods, 'sum')} computed` : 'all sums are up to date';
      const document = { schema: 1, shard: chosenShard, pending: wasPending, periods };
      if (options.format === 'json') await writeJson(document);
      else await writeOut(`${sentence}\n`);
    } finally {
      await store.close();
    }
    return EXIT.done;
  },
});

function parseShard(value: string): Shard {
  const [, part, shards] = (/^(\d{1,3})\/(\d{1,3})$/.exec(value) ?? []).map(Number);
  if (part === undefined || shards === undefined || part < 1 || part > shards || shards > MAX_SHARDS)
    return refuse('--shard', `I/N with I from 1 to N, and N up to ${MAX_SHARDS}`, value);
  return { part, of: shards };
}

const buildRefusal = (path: string): WiretallyError =>
  usageError(
    `${path}: has no period sums: each report is computed from its windows`,
    `pass a DuckDB file, or ${SERVER_FORMS}`,
  );
