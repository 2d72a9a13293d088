// Findings of `watch` on their way: to stderr at once, and through the outbox to file, syslog and webhook.

import { closeSync, constants, fchownSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { writeError } from '../../../files/durable-file.ts';
import { plural } from '../../../report/text/quantity.ts';
import { MAX_WAITING, Outbox } from '../../../sensor/alerts/outbox.ts';
import {
  type Alert,
  type AlertSink,
  fileSink,
  syslogSink,
  webhookSink,
} from '../../../sensor/alerts/sinks.ts';
import type { WatchVerbOptions } from './options.ts';
import type { User } from './user.ts';

/** Sinks that answer get this long at the end; what they did not take waits for the next run. */
const LAST_WAIT_MS = 3000;
const POLL_EVERY_MS = 20;

type StateOptions = Pick<WatchVerbOptions, 'state' | 'user'>;

export interface Alerts {
  /** Resolves when it is on disk; never rejects. */
  raise(alert: Alert): Promise<void>;
  /** Not yet taken, and given up. */
  count(): { readonly waiting: number; readonly dropped: number };
  close(): Promise<void>;
}

/** Where a sensor that root starts for another user keeps its state. */
const SYSTEM_STATE = '/var/lib/wiretally';

/** Throws USAGE for an address that is none. */
export function sinksOf(options: Pick<WatchVerbOptions, 'alertsFile' | 'syslog' | 'webhook'>): AlertSink[] {
  return [
    ...(options.alertsFile === undefined ? [] : [fileSink(options.alertsFile)]),
    ...(options.syslog === undefined ? [] : [syslogSink(options.syslog)]),
    ...(options.webhook === undefined ? [] : [webhookSink(options.webhook)]),
  ];
}

/** `tell`: a line for whoever runs the sensor. */
export async function openAlerts(
  options: StateOptions,
  sinks: readonly AlertSink[],
  tell: (text: string) => void,
): Promise<Alerts> {
  const folder = stateFolder(options);
  const outbox = new Outbox({
    file: join(folder, 'outbox.ndjson'),
    sinks,
    pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
    onTrouble: (sink, error, waiting) =>
      tell(
        `${sink}: ${error instanceof Error ? error.message : error}; ${plural(waiting, 'finding')} ${waiting === 1 ? 'waits' : 'wait'}`,
      ),
  });
  await outbox.open().catch((cause: unknown) => {
    throw writeError(folder, cause);
  });
  return {
    async raise(alert) {
      try {
        // Known from an earlier run of today: it was said then.
        if (await outbox.add(alert)) tell(`finding: ${alert.text}`);
      } catch (error) {
        tell(`finding: ${alert.text} (cannot be kept: ${error instanceof Error ? error.message : error})`);
      }
    },
    count: () => ({ waiting: outbox.waiting, dropped: outbox.dropped }),
    async close() {
      for (let waited = 0; outbox.waiting > 0 && waited < LAST_WAIT_MS; waited += POLL_EVERY_MS) {
        await setTimeout(POLL_EVERY_MS);
      }
      await outbox.close();
      if (outbox.waiting > 0)
        tell(
          `${plural(outbox.waiting, 'finding')} ${outbox.waiting === 1 ? 'was' : 'were'} not taken; the next run sends what waits`,
        );
      if (outbox.dropped > 0)
        tell(
          `${plural(outbox.dropped, 'finding')} ${outbox.dropped === 1 ? 'was' : 'were'} given up, the oldest first: no more than ${MAX_WAITING} wait for a receiver`,
        );
    },
  };
}

/** A policy is there, or may be handed out later. */
export function mayRaise({ policy, handout }: Pick<WatchVerbOptions, 'policy' | 'handout'>): boolean {
  return policy !== undefined || handout !== undefined;
}

/** As told, else systemd's StateDirectory=, else where programs of a system or of a user keep their state. */
export function stateFolder({ state, user }: StateOptions): string {
  if (state !== undefined) return state;
  const given = process.env.STATE_DIRECTORY?.split(':')[0];
  if (given !== undefined) return given;
  if (user !== undefined) return SYSTEM_STATE;
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'wiretally');
}

/** While the process is root: the program's own state folder becomes the user's. One that was named is left alone. */
export function giveStateFolder(options: WatchVerbOptions, { uid, gid }: User): void {
  if (options.state !== undefined || !mayRaise(options)) return;
  const folder = stateFolder(options);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // By its handle: a name could have become another's meanwhile.
    const handle = openSync(folder, constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      if (fstatSync(handle).uid === 0) fchownSync(handle, uid, gid);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw writeError(folder, cause);
  }
}
