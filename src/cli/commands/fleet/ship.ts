// `wiretally fleet ship DIR --to URL`: delivers what a sensor keeps, and loses nothing on the way.

import { defineCommand, example } from '../../command.ts';
import { shipOptions } from '../../fleet/options.ts';
import { carrierOptions } from '../../input/carrier.ts';
import { but } from '../../input/declare-option.ts';
import { commonOptions } from '../../input/options.ts';
import { signedConfigOptions } from '../../input/signed-config-options.ts';
import { EXIT } from '../../output/exit-code.ts';

export const command = defineCommand({
  summary: 'Deliver windows of a sensor to a broker, a server or a folder',
  arguments: [
    {
      name: '<dir>',
      description: 'Folder of windows written by "watch --write" or "analyze --sensor NAME --write"',
    },
  ],
  options: {
    ...shipOptions,
    ...signedConfigOptions,
    signedConfig: but(signedConfigOptions.signedConfig, {
      description: 'File of the signed configuration of this sensor, received from the broker',
    }),
    ...carrierOptions,
    ...commonOptions,
  },
  /** It connects, and knows what it writes once its words are understood: confine-carrier.ts. */
  permissions: { confinesItself: true },
  examples: [
    example('fleet ship windows --to delivered --once', 'Deliver windows to another folder'),
    example(
      'fleet ship windows --to tls://sensors@broker.example:4222 --password-file password',
      'Deliver to a broker until interrupted',
    ),
  ],
  async run([folder = ''], options) {
    const { runShip } = await import('../../fleet/run-ship.ts');
    await runShip(folder, options);
    return EXIT.done;
  },
});
