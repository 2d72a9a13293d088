// `wiretally fleet aggregate STORE --shard I/N`: makes the period sums that reports are answered from.

import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { packageVersion } from '../../../files/version.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { readSensors } from '../../../query/inputs/sensors-file.ts';
import { attributorOf } from '../../../store/attributor.ts';
import { isOnServer, SERVER_FORMS } from '../../../store/on-server.ts';
import { openStore } from '../../../store/open.ts';
import { MAX_SHARDS, type Shard } from '../../../store/store.ts';
import { jsonText } from '../../../text/json-text.ts';
import { plural } from '../../../text/quantity.ts';
import { catalogueOptions, commonOptions, jsonAlias, plainFormat } from '../../input/options.ts';
import { sensorsOptions } from '../../input/sensors-option.ts';
import { addOptions, type OptionValues, option, refuse } from '../../options/declare.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeOut } from '../../output/stdout.ts';
import type { DefineVerb } from '../define-verb.ts';
import { requireThere } from '../store.ts';

const aggregateOptions = {
  shard: option<Shard>('--shard <i/n>', 'Input', 'Hosts of one of N processes (default: 1/1)', {
    parse: shard,
    isCommon: true,
  }),
  ...plainFormat,
  ...jsonAlias,
  ...sensorsOptions,
  ...catalogueOptions,
  ...commonOptions,
};

type Options = OptionValues<typeof aggregateOptions>;

const ALL: Shard = { part: 1, of: 1 };

export const defineAggregate: DefineVerb = (command, done) => {
  command.argument('<store>', `${SERVER_FORMS}, or a DuckDB file`);
  addOptions(command, aggregateOptions);
  command.action(async (path: string, options: Options) => {
    // Opening for writing would make a store where there is none.
    requireThere(path);
    if (isOnServer(path)) await (await openStore(path, { mode: 'read' })).close();
    const attributor = attributorOf(
      await loadCatalogue(options.catalogue),
      packageVersion(),
      await readSensors(options),
    );
    const store = await openStore(path, { mode: 'write' });
    try {
      if (store.attribute === undefined) throw keepsNone(path);
      const asked = options.shard ?? ALL;
      const { periods, wasPending } = await store.attribute(attributor, asked);
      const sentence = wasPending ? `${plural(periods, 'activity period')} made` : 'nothing was pending';
      const document = { schema: 1, shard: asked, pending: wasPending, periods };
      await writeOut(options.format === 'json' ? `${jsonText(document, 2)}\n` : `${sentence}\n`);
    } finally {
      await store.close();
    }
    done(EXIT.done);
  });
};

function shard(value: string): Shard {
  const [, part, of] = (/^(\d{1,3})\/(\d{1,3})$/.exec(value) ?? []).map(Number);
  if (part === undefined || of === undefined || part < 1 || part > of || of > MAX_SHARDS)
    return refuse('--shard', `I/N with I from 1 to N, and N up to ${MAX_SHARDS}`, value);
  return { part, of };
}

const keepsNone = (path: string): WiretallyError =>
  new WiretallyError('USAGE', `${path}: keeps no period sums: reports are made of its windows each time`, {
    next: `name a DuckDB file, or ${SERVER_FORMS}`,
  });
