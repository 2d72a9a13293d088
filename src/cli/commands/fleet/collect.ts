// `wiretally fleet collect nats://… --store STORE`: takes what sensors ship into a store.

import { defineCommand, example } from '../../command.ts';
import { collectOptions } from '../../fleet/options.ts';
import { EXIT } from '../../output/exit-code.ts';

export const command = defineCommand({
  summary: 'Collect delivered windows into a store',
  arguments: [
    {
      name: '<address>',
      description: 'Broker that sensors deliver to: nats://USER@HOST:PORT or tls://…',
    },
  ],
  options: collectOptions,
  /** It connects, and knows what it writes once its words are understood: confine-carrier.ts. */
  permissions: { confinesItself: true },
  examples: [
    example(
      'fleet collect tls://collector@broker.example:4222 --password-file password --store fleet.duckdb',
      'Collect from a broker into a store',
    ),
    example(
      'fleet collect nats://127.0.0.1:4222 --store fleet.duckdb --once',
      'Collect pending windows, then exit',
    ),
  ],
  async run([address = ''], options) {
    const { runCollect } = await import('../../fleet/run-collect.ts');
    await runCollect(address, options);
    return EXIT.done;
  },
});
