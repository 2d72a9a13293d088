// `wiretally fleet configure --policy FILE --sign-key KEY --to URL`: gives policy, hosts file and catalogue entries to sensors, signed.

import { defineCommand, example } from '../../command.ts';
import { configureOptions } from '../../fleet/options.ts';
import { EXIT } from '../../output/exit-code.ts';

export const command = defineCommand({
  summary: 'Sign and distribute policy, hosts file and catalogue to sensors',
  options: configureOptions,
  /** It connects, and knows what it writes once its words are understood: confine-carrier.ts. */
  permissions: { confinesItself: true },
  examples: [
    example(
      'fleet configure --policy policy.yaml --sign-key key.pem --to rules.signed',
      'Policy of all sensors, as a file',
    ),
    example(
      "fleet configure --keep-days 30 --for 'paris-*' --sign-key key.pem --to paris.signed",
      'Retention period of the spools of one site',
    ),
  ],
  async run(_, options) {
    const { runConfigure } = await import('../../fleet/run-configure.ts');
    await runConfigure(options);
    return EXIT.done;
  },
});
