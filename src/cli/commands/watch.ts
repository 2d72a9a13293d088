// `wiretally watch -i IFACE` and `wiretally watch --follow PATH`: reads live interfaces, or logs as they are written, and
// writes windows, reports and findings.

import { usageError } from '../../model/errors.ts';
import { defineCommand, example } from '../command.ts';
import { EXIT } from '../output/exit-code.ts';
import { watchOptions, withDefaults } from '../watch/watch-options.ts';

export const command = defineCommand({
  group: 'Live',
  summary: 'Monitor live interfaces, or logs of other sensors, and report AI tool use',
  options: watchOptions,
  /** The command drops its privileges after it opens the interfaces: watch/confine-watch.ts. */
  permissions: { confinesItself: true },
  examples: [
    example('watch -i eth0 --store history.duckdb --user wiretally', 'Capture and store records'),
    example('watch -i eth0 --duration 600 --policy policy.yaml', 'Monitor for ten minutes, then report'),
    example('watch --follow /opt/zeek/logs --write records/', 'Follow logs of Zeek instead of an interface'),
  ],
  async run(_, given) {
    const options = withDefaults(given);
    if (options.interface.length === 0 && options.follow.length === 0) {
      const { interfaceNames } = await import('../../reading/rings/ring.ts');
      throw usageError(
        'no interface',
        `wiretally watch -i ${interfaceNames()[0] ?? 'eth0'}, or --follow PATH for logs of another sensor`,
      );
    }
    const { runWatch } = await import('../watch/run-watch.ts');
    await runWatch(options);
    return EXIT.done;
  },
});
