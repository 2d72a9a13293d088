// Runs `watch`: reads the files of its options, and provides the session with terminal, rights and report.

import { programBeside } from '../../files/program-files.ts';
import { ServerDelivery } from '../../fleet/server-delivery.ts';
import { listSinks } from '../../live/alerts/policy-outboxes.ts';
import { serverOfReceiver } from '../../live/alerts/receivers-file.ts';
import { Session } from '../../live/session.ts';
import { changeFolderOwner } from '../../live/state-folder.ts';
import type { ViewProgram } from '../../live/views/live-view.ts';
import { optionError } from '../../model/errors.ts';
import { readPseudonyms } from '../../query/inputs/pseudonyms.ts';
import { loadFormat } from '../../report/render.ts';
import { readReceivers } from '../input/receivers.ts';
import { requireTrust } from '../input/signed-config-options.ts';
import { EXIT } from '../output/exit-code.ts';
import { pause } from '../output/interrupt.ts';
import { printError, printWarning } from '../output/print-errors.ts';
import { printSkippedFiles } from '../output/read-summary.ts';
import { printReport } from '../reading/print-report.ts';
import { becomeUser, findUser } from '../rights/user.ts';
import { isTerminalGone } from '../start-terminal.ts';
import { confineWatch, refusePrivileges } from './confine-watch.ts';
import { buildMemoryDocument } from './memory-report.ts';
import { requireConsistentOptions } from './require-options.ts';
import { readWatchConfig, type WatchConfig } from './watch-config.ts';
import type { ViewStart, WatchOptions } from './watch-options.ts';

/** Throws the error that prevents listening; see docs/errors.md. */
export async function runWatch(options: WatchOptions): Promise<void> {
  if (options.backend === 'cap' && new Set(options.interface).size > 1) {
    throw optionError(
      '--interface',
      'backend cap captures on one interface only',
      'start one process per interface, and merge their stores',
    );
  }
  requireConsistentOptions(options);
  requireTrust(options);
  let config = await readConfig(options, null);
  const pseudonymOf = options.pseudonymize === undefined ? null : readPseudonyms(options.pseudonymize);
  const receivers = options.receivers === undefined ? [] : await readReceivers(options.receivers);
  const sinks = listSinks(options, receivers);
  const user = options.user === undefined ? null : findUser(options.user);
  const session = new Session(options, config, pseudonymOf, {
    lines: { print: printWarning, printError: (error) => printError(error, 'lines') },
    readRules: async () => {
      config = await readConfig(options, config);
      return config;
    },
    openDelivery: (folder, store, print) => ServerDelivery.open(folder, store, { print, pause }),
    prepareReport: () => loadFormat(options.format),
    report: (windows) => printReport(buildMemoryDocument(windows, config, pseudonymOf, options, {}), options),
    becomeUser:
      user === null
        ? null
        : () => {
            changeFolderOwner(options, user);
            becomeUser(user);
          },
    refusePrivileges,
    confine: (views, print) => confineWatch(options, views, receivers.map(serverOfReceiver), print),
    isTerminalGone,
    endAtOnce: () => process.exit(EXIT.interrupted),
  });
  const isOnScreen = wantsScreen(options);
  const start: ViewStart = { options, user };
  const programs = {
    pages: options.listen === undefined ? null : pagesProgram(isOnScreen ? 'lines' : 'inherit'),
    screen: isOnScreen ? screenProgram() : null,
    start,
  };
  await session.open(programs, sinks);
  await session.ended();
  await session.close();
}

async function readConfig(options: WatchOptions, before: WatchConfig | null): Promise<WatchConfig> {
  const config = await readWatchConfig(options, before);
  if (options.quiet !== true) printSkippedFiles(config.skippedAdvisories);
  return config;
}

/** `stderr`: `lines` if a screen owns the terminal. */
function pagesProgram(stderr: ViewProgram['stderr']): ViewProgram {
  const program = programBeside(import.meta.url, 'pages-process');
  return { program, name: 'the pages', option: '--listen', isScreen: false, stderr };
}

function screenProgram(): ViewProgram {
  const program = programBeside(import.meta.url, 'screen-process');
  return { program, name: 'the screen', option: '--screen', isScreen: true, stderr: 'lines' };
}

/** A terminal with keys, without a request for lines or for machine-readable output. */
function wantsScreen({ screen, status, quiet, format }: WatchOptions): boolean {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  return (
    isTerminal &&
    process.env.TERM !== 'dumb' &&
    screen &&
    status === undefined &&
    quiet !== true &&
    format === 'terminal'
  );
}
