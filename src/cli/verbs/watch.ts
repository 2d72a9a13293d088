// `wiretally watch -i IFACE`: live interfaces into windows, reports and findings.

import { WiretallyError } from '../../model/errors.ts';
import type { WatchBackend } from '../../model/sensor.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { addHandoutOptions } from '../input/handout-options.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addReportOptions,
  addSensorOption,
  addWindowOptions,
  network,
  repeatable,
  wholeNumber,
} from '../input/options.ts';
import { addSensorsOption } from '../input/sensors-option.ts';
import { EXIT } from '../output/exit-code.ts';
import type { DefineVerb } from './define-verb.ts';
import { addListenOptions } from './serve/listen-options.ts';
import type { WatchVerbOptions } from './watch/options.ts';

/** More rings than this are not fed by one interface. */
const MAX_WORKERS = 32;
const MAX_SECONDS = 10 * 366 * DAY_SECONDS;

export const defineWatch: DefineVerb = (command, done) => {
  command
    .option('-i, --interface <name>', 'interface to listen on (repeatable)', repeatable, [])
    .option(
      '--duration <seconds>',
      'end after this time (default: when told to)',
      wholeNumber('--duration', 1, MAX_SECONDS),
    )
    .option(
      '--status <seconds>',
      'a line on stderr this often; SIGUSR1 asks for one at any time',
      wholeNumber('--status', 1, MAX_SECONDS),
    )
    .option('--no-screen', 'lines instead of a live screen, on a terminal too')
    .option('--workers <n>', 'rings and threads for each interface', wholeNumber('--workers', 1, MAX_WORKERS))
    .option(
      '--backend <name>',
      'ring (Linux, AF_PACKET) or cap (the optional package)',
      backend,
      'ring' as const,
    )
    .option('-f, --filter <bpf>', 'only packets that this BPF expression takes; the kernel filters')
    .option('--exclude <cidr>', 'never record this network (repeatable)', network('--exclude'), [])
    .option('--write <dir>', 'keep the windows in a folder of .usage files, one a day')
    .option('--store <file>', 'keep the windows in a store; with --write, on a server (clickhouse://…)')
    .option('--policy <file>', 'raise findings by this policy')
    .option('--hosts <file.csv>', 'groups by network, MAC or host name: columns match,group')
    .option('--pseudonymize <keyfile>', 'pseudonyms instead of hosts, in the windows already')
    .option('--alerts-file <file>', 'append findings to this file, one JSON line each')
    .option('--syslog <url>', 'send findings to udp://HOST:514 or tcp://HOST:601 (RFC 5424)')
    .option('--webhook <url>', 'POST findings to this address')
    .option('--state <dir>', 'folder of undelivered findings: a journal for each sensor and policy')
    .option('--replay-alerts', 'send again what earlier runs raised, and what they left under other policies')
    .option('--ring-mib <n>', 'memory of the rings of one interface', wholeNumber('--ring-mib', 1, 65_536))
    .option(
      '--flow-table <n>',
      'flows that are followed at once, over all threads',
      wholeNumber('--flow-table', 1024, 268_435_456),
    )
    .option('--no-promiscuous', 'only packets to this machine')
    .option('--ignore-outgoing', 'only packets that arrive: for mirror ports')
    .option('--hardware-time', 'time stamps of the interface where it has them')
    .option('--user <name>', 'become this user once the interfaces are open');
  addHandoutOptions(
    command,
    'what is handed out to this sensor, in the place of --policy, --hosts, --sensors and --catalogue',
  );
  addSensorOption(command);
  addListenOptions(command);
  addWindowOptions(command);
  addSensorsOption(command);
  addCatalogueOption(command);
  addReportOptions(command);
  addCommonOptions(command);
  command.action(async (options: WatchVerbOptions) => {
    if (options.interface.length === 0) {
      const { interfaceNames } = await import('../../capture/ring.ts');
      throw new WiretallyError('USAGE', 'no interface was named', {
        next: `wiretally watch -i ${interfaceNames()[0] ?? 'eth0'}`,
      });
    }
    const { runWatch } = await import('./watch/run.ts');
    await runWatch(options);
    done(EXIT.done);
  });
};

function backend(value: string): WatchBackend {
  if (value === 'ring' || value === 'cap') return value;
  throw new WiretallyError('USAGE', `--backend must be ring or cap, not "${value}"`, {
    where: 'option --backend',
  });
}
